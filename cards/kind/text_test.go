package kind

import (
	"encoding/json"
	"os"
	"testing"

	"gieok/parser"
)

func glossaryOf(t testing.TB) []parser.Term {
	t.Helper()
	data, err := os.ReadFile("../../content/glossary/terms.json")
	if err != nil {
		t.Fatal(err)
	}
	var terms []parser.Term
	if err := json.Unmarshal(data, &terms); err != nil {
		t.Fatal(err)
	}
	return terms
}
