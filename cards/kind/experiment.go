package kind

import (
	"context"
	"strings"
	"unicode/utf8"

	"gieok/cards"
	"gieok/korean"
	"gieok/lab"
	"gieok/parser"
)

// commonWordsMin is how many words the note's line and what an experiment says
// share at least, for one to be about the other.
const commonWordsMin = 2

// planAsked asks, at a line of the notes, the question of an experiment on what
// the line says. The answer came out of a run.
func planAsked(b *book) []draft {
	var out []draft
	asked := map[string]bool{}
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		key := f.Subject + "\x00" + f.Words
		if asked[key] || f.Relation == parser.CommandFor || f.Relation == parser.OptionFor {
			continue
		}
		asked[key] = true
		c := b.card(f, cards.Basic, "", "asked")
		out = append(out, draft{card: c, prove: b.proveAsked(f), runs: true, order: string(c.ID) + "\x00" + f.Words})
	}
	return out
}

func (b *book) proveAsked(f *parser.Fact) proof {
	return func(ctx context.Context, n *bench, c cards.Card) (cards.Card, bool, error) {
		words := f.Words + " " + f.About
		p, ok, err := n.proved(ctx, words, []string{f.Subject, b.words.ID(f.Topic)}, func(e *lab.Experiment) bool {
			return e.Ask != "" && (cards.Visible(e.Answer, words) || commonWords(words, e.Says) >= commonWordsMin)
		})
		if err != nil || !ok {
			return c, false, err
		}
		run := p.Run
		c.ID = cards.NewID(cards.Key(p.Concept), string(parser.Consequence), cards.Key(p.Name), cards.Basic, "")
		c.Concept, c.Relation = p.Concept, string(parser.Consequence)
		c.Stem, c.Answer, c.Accepted = p.Ask, p.Answer, append([]string{}, p.Accept...)
		c.Evidence.Status, c.Evidence.Run = cards.Executed, &run
		c.Explanation = "실행해 보니: " + p.Says + "\n" + explain(&c)
		c.Difficulty = 2
		return c, true, nil
	}
}

// commonWords counts the words of a, without particles, that b has too.
func commonWords(a, b string) int {
	have := map[string]bool{}
	for word := range strings.FieldsSeq(b) {
		have[bare(word)] = true
	}
	n := 0
	for word := range strings.FieldsSeq(a) {
		if w := bare(word); utf8.RuneCountInString(w) > 1 && have[w] {
			n++
			delete(have, w)
		}
	}
	return n
}

func bare(word string) string {
	stem, _ := korean.StripJosa(strings.Trim(word, "`.,()“”‘’:"))
	return cards.Normal(stem)
}
