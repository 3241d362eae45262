package lab_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"gieok/content"
	"gieok/lab"
	"gieok/parser"
)

// newLab is one lab for all tests: each run is on a fork of its own.
func newLab(t testing.TB) *lab.Lab {
	t.Helper()
	l, err := sharedLab()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var sharedLab = sync.OnceValues(func() (*lab.Lab, error) {
	terms, err := readGlossary()
	if err != nil {
		return nil, err
	}
	return lab.New(context.Background(), lab.Options{Content: content.FS, Glossary: terms})
})

func readGlossary() ([]parser.Term, error) {
	src, err := content.FS.ReadFile("glossary/terms.json")
	if err != nil {
		return nil, err
	}
	var terms []parser.Term
	return terms, json.Unmarshal(src, &terms)
}

func glossary(t testing.TB) []parser.Term {
	t.Helper()
	terms, err := readGlossary()
	if err != nil {
		t.Fatal(err)
	}
	return terms
}
