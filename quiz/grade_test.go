package quiz_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"gieok/quiz"
)

type gradedRow struct {
	ID, Question, Answer string
	Aliases              []string
	Typed, Verdict, Why  string
}

func readGraded(t testing.TB, path string) []gradedRow {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []gradedRow
	for lines := bufio.NewScanner(bytes.NewReader(src)); lines.Scan(); {
		var row gradedRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func readTerms(t testing.TB) quiz.Terms {
	t.Helper()
	src, err := os.ReadFile("testdata/terms.json")
	if err != nil {
		t.Fatal(err)
	}
	terms, err := quiz.ReadTerms(src)
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

func TestGradedRows(t *testing.T) {
	path := "testdata/graded.jsonl"
	if own := os.Getenv("GRADED"); own != "" {
		path = own
	}
	terms := readTerms(t)
	rows := readGraded(t, path)
	same := 0
	for _, row := range rows {
		q := quiz.Question{Stem: row.Question, Answer: row.Answer, Accepted: row.Aliases, Terms: terms}
		got := quiz.Grade(q, row.Typed)
		if got.Verdict.String() == row.Verdict {
			same++
			continue
		}
		t.Logf("%s %q typed %q: got %s (%s), want %s (%s)", row.ID, row.Answer, row.Typed, got.Verdict, got.Why, row.Verdict, row.Why)
		if row.Verdict == "wrong" && got.Verdict == quiz.Right {
			t.Errorf("%s: a wrong answer passed", row.ID)
		}
	}
	if same*100 < len(rows)*97 {
		t.Errorf("%d of %d rows agree", same, len(rows))
	}
	t.Logf("%d of %d rows agree", same, len(rows))
}
