package kind

import (
	"strings"

	"gieok/cards"
	"gieok/parser"
)

// planChoice asks what reverse and basic ask, with wrong answers of the same
// kind beside the right one; examples are asked this way alone, since they are
// never the only ones.
func planChoice(b *book) []draft {
	var out []draft
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		if !f.Term || f.Relation == parser.CommandFor || f.Relation == parser.Condition {
			continue
		}
		stem, answer := "", f.Object
		if b.namesSubject(f) {
			stem = b.stemTerm(f)
		} else if q, ok := b.value(f); ok {
			stem, answer = b.inContext(f, q.stem, q.answer), q.answer
		}
		if stem == "" || tellsPart(answer, stem) || strings.Contains(answer, ", ") {
			continue
		}
		wrong := b.distractors(f, stem, answer)
		if len(wrong) < distractorsMin {
			continue
		}
		c := b.card(f, cards.Choice, "", b.key(f.Object))
		c.Stem, c.Answer = "다음 중 "+stem, answer
		if strings.HasPrefix(stem, "‘") || strings.HasPrefix(stem, "`") {
			c.Stem = stem
		}
		c.Accepted = b.hidden(f, c.Stem, b.otherWays(f, answer, f.Aliases))
		c.Choices = shuffled(b.seed, string(c.ID), append([]string{answer}, wrong...))
		out = append(out, b.draft(f, c))
	}
	return out
}
