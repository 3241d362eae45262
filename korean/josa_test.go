package korean_test

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"gieok/korean"
)

type josaRow struct {
	ID, Word, Josa, Want string
	Accept               []string
}

func readJosa(t *testing.T) []josaRow {
	t.Helper()
	file, err := os.Open("testdata/josa.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rows []josaRow
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var row josaRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestJosaRows(t *testing.T) {
	rows := readJosa(t)
	if len(rows) < 80 {
		t.Fatalf("only %d rows", len(rows))
	}
	for _, row := range rows {
		if got := korean.Josa(row.Word, row.Josa); got != row.Want {
			t.Errorf("%s: got %s, want %s (%v)", row.ID, got, row.Want, row.Accept)
		}
	}
}

// The words of the glossary, each with the reading it gives for itself: the
// rules must agree with a person's reading without being told.
func TestJosaAgreesWithReadings(t *testing.T) {
	src, err := os.ReadFile("testdata/terms.json")
	if err != nil {
		t.Fatal(err)
	}
	var terms []struct {
		Ko, En, Abbr []string
		Reading      string
		Readings     map[string]string
	}
	if err := json.Unmarshal(src, &terms); err != nil {
		t.Fatal(err)
	}
	differing, all := 0, 0
	for _, term := range terms {
		for _, spelling := range slices.Concat(term.En, term.Abbr) {
			reading := term.Reading
			if own, ok := term.Readings[spelling]; ok {
				reading = own
			}
			all++
			if got, want := korean.Josa(spelling, "으로/로"), korean.Josa(reading, "으로/로"); got != want {
				differing++
				t.Logf("%s: %s, but %s is read %s", spelling, got, reading, want)
			}
		}
	}
	if differing*50 > all {
		t.Errorf("%d of %d spellings differ from their reading", differing, all)
	}
}
