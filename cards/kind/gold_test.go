package kind

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gieok/cards"
	"gieok/parser"
)

// What is taken from a person's own text, which is not part of the project.
const (
	goldNote     = "../../../shared/notes/kubernetes-resources.md"
	goldShareMin = 0.85
	goldCardsMin = 500
)

type goldFact struct {
	ID, Concept, Answer, Kind string
	Lines                     [2]int
	Aliases                   []string
}

// TestGold counts by the rule of the gold facts: a card finds a fact when its
// lines meet the fact's, one line off at most, and its answer is the fact's.
func TestGold(t *testing.T) {
	src, err := os.ReadFile(goldNote)
	if err != nil {
		t.Skip("the gold note lies outside the project: ", err)
	}
	all := cardsOf(t, string(src), Options{})
	if len(all) < goldCardsMin {
		t.Errorf("%d cards, want %d", len(all), goldCardsMin)
	}
	data, err := os.ReadFile("../../parser/testdata/gold.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	found, total := 0, 0
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		var want goldFact
		if err := json.Unmarshal(s.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		total++
		if slices.ContainsFunc(all, func(c cards.Card) bool { return finds(c, want) }) {
			found++
		}
	}
	t.Logf("%d cards find %d of %d gold facts", len(all), found, total)
	if share := float64(found) / float64(total); share < goldShareMin {
		t.Errorf("share of gold facts is %.2f, want at least %.2f", share, goldShareMin)
	}
	g, err := parser.Parse("note.md", src, parser.Options{Glossary: glossaryOf(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range g.Snippets {
		if !slices.ContainsFunc(all, func(c cards.Card) bool {
			return c.Evidence.Run != nil && c.Code != "" && c.Source.Line >= s.Span.Line && c.Source.Line <= s.Span.EndLine
		}) {
			t.Errorf("no card that was run of the snippet at line %d", s.Span.Line)
		}
	}
}

func finds(c cards.Card, want goldFact) bool {
	if !slices.ContainsFunc(c.Sources, func(s cards.Source) bool {
		return s.EndLine >= want.Lines[0]-1 && s.Line <= want.Lines[1]+1
	}) {
		return false
	}
	if want.Kind == "truefalse" || c.Kind == cards.TrueFalse {
		return want.Kind == string(c.Kind) && c.Answer == want.Answer && strings.Contains(cards.Normal(c.Stem), cards.Normal(want.Concept))
	}
	typed := func(kind string) bool {
		return slices.Contains([]string{"basic", "reverse", "cloze", "command"}, kind)
	}
	exact := typed(want.Kind) || typed(string(c.Kind))
	for _, have := range append([]string{c.Answer}, c.Accepted...) {
		for _, answer := range append([]string{want.Answer}, want.Aliases...) {
			x, y := cards.Normal(have), cards.Normal(answer)
			if x == y && x != "" || !exact && utf8.RuneCountInString(x) > 2 && utf8.RuneCountInString(y) > 2 && (strings.Contains(x, y) || strings.Contains(y, x)) {
				return true
			}
		}
	}
	return false
}
