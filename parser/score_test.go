package parser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// goldNote is a person's own text that is not part of the project; without it
// the score can't be taken.
const goldNote = "../../shared/notes/kubernetes-resources.md"

// goldShareMin is the share of gold facts that the parser's facts must reach.
const goldShareMin = 0.60

type goldFact struct {
	ID, Concept, Answer, Kind, Statement, Relation string
	Lines                                          [2]int
	Aliases                                        []string
	True                                           bool
}

func glossaryOf(t testing.TB) []Term {
	t.Helper()
	data, err := os.ReadFile("../content/glossary/terms.json")
	if err != nil {
		t.Fatal(err)
	}
	var terms []Term
	if err := json.Unmarshal(data, &terms); err != nil {
		t.Fatal(err)
	}
	return terms
}

func readGold(t *testing.T) []goldFact {
	t.Helper()
	data, err := os.ReadFile("testdata/gold.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out []goldFact
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		var g goldFact
		if err := json.Unmarshal(s.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

// TestGold counts by the rule at the end of korean/README.md, "gold.jsonl을 세는 법".
func TestGold(t *testing.T) {
	src, err := os.ReadFile(goldNote)
	if err != nil {
		t.Skip("the gold note lies outside the project: ", err)
	}
	g, err := Parse("note.md", src, Options{Glossary: glossaryOf(t)})
	if err != nil {
		t.Fatal(err)
	}
	gold := readGold(t)
	found, missed := 0, []string{}
	for _, want := range gold {
		if reached(g, want) {
			found++
			continue
		}
		missed = append(missed, want.ID+" "+want.Kind+" "+want.Answer)
	}
	t.Logf("%d facts, %d snippets, %d commands, %d steps, %d notices", len(g.Facts), len(g.Snippets), len(g.Commands), len(g.Steps), len(g.Notices))
	t.Logf("%d of %d gold facts reached; not reached:\n%s", found, len(gold), strings.Join(missed, "\n"))
	if share := float64(found) / float64(len(gold)); share < goldShareMin {
		t.Errorf("share of gold facts is %.2f, want at least %.2f", share, goldShareMin)
	}
}

func reached(g *Graph, want goldFact) bool {
	for _, f := range g.Facts {
		if f.Span.EndLine < want.Lines[0]-1 || f.Span.Line > want.Lines[1]+1 {
			continue
		}
		if want.Kind == "truefalse" {
			if strings.Contains(squeeze(f.Words), squeeze(want.Concept)) || strings.Contains(squeeze(want.Concept), squeeze(f.Subject)) || strings.EqualFold(f.Subject, want.Concept) {
				return true
			}
			continue
		}
		exact := want.Kind == "basic" || want.Kind == "reverse" || want.Kind == "cloze" || want.Kind == "command"
		for _, have := range append([]string{f.Object}, f.Aliases...) {
			for _, answer := range append([]string{want.Answer}, want.Aliases...) {
				if same(squeeze(bind(have)), squeeze(answer), exact) {
					return true
				}
			}
		}
	}
	return false
}

func same(a, b string, exact bool) bool {
	if a == b && a != "" {
		return true
	}
	if exact || utf8.RuneCountInString(a) < 3 || utf8.RuneCountInString(b) < 3 {
		return false
	}
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// bind gives placeholders the names that cards give them.
func bind(s string) string {
	return strings.NewReplacer("{파드_이름}", "web", "pod_name", "web", "{디플로이먼트_이름}", "web", "{문자열}", "admin").Replace(s)
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsSymbol(r) {
			return r
		}
		return -1
	}, strings.ToLower(norm.NFKC.String(s)))
}
