package kind

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gieok/cards"
	"gieok/korean"
	"gieok/parser"
)

// planBasic asks for what the notes say of a thing: a value, a default, a
// meaning, what happens. The answer is typed.
func planBasic(b *book) []draft {
	var out []draft
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		if b.namesSubject(f) || f.Relation == parser.CommandFor || f.Relation == parser.Example {
			continue
		}
		q, ok := b.value(f)
		if !ok || utf8.RuneCountInString(q.answer) > cards.TypedRunesMax {
			continue
		}
		direction, key := "", b.key(f.Object)
		if f.Relation == parser.Definition && !f.Term {
			direction, key = "meaning", b.key(f.Subject)
		}
		if !f.Term && direction == "" {
			key = b.termIn(f.Object)
		}
		c := b.card(f, cards.Basic, direction, key)
		c.Stem, c.Answer = b.inContext(f, q.stem, q.answer), q.answer
		c.Accepted = b.otherWays(f, q.answer, q.accepted)
		c.Accepted = slices.DeleteFunc(c.Accepted, func(a string) bool { return cards.Visible(a, c.Stem) })
		if !f.Term {
			c.Difficulty = 2
		}
		out = append(out, b.draft(f, c))
	}
	return out
}

// planReverse gives a description and asks for the thing.
func planReverse(b *book) []draft {
	var out []draft
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		if f.Relation == parser.Example || !b.namesSubject(f) || utf8.RuneCountInString(f.Object) > cards.TypedRunesMax {
			continue
		}
		stem := b.stemTerm(f)
		if stem == "" || tellsPart(f.Object, stem) {
			continue
		}
		c := b.card(f, cards.Reverse, "", b.key(f.Object))
		c.Stem, c.Answer = stem, f.Object
		c.Accepted = b.hidden(f, c.Stem, b.otherWays(f, f.Object, f.Aliases))
		out = append(out, b.draft(f, c))
	}
	return out
}

// hidden are the accepted answers that the stem doesn't show. A comment beside
// a key says in Korean what the key says, and the key is asked for; what is
// short for something, or another word for it, is shown by asking.
func (b *book) hidden(f *parser.Fact, stem string, accepted []string) []string {
	if f.Pattern != "comment" && f.Relation != parser.Abbreviation && f.Relation != parser.Alias {
		return accepted
	}
	return slices.DeleteFunc(accepted, func(a string) bool { return cards.Visible(a, stem) })
}

// tellsPart finds a stem that gives one of several words of the answer away.
func tellsPart(answer, stem string) bool {
	words := strings.Fields(answer)
	return len(words) > 1 && slices.ContainsFunc(words, func(w string) bool {
		return utf8.RuneCountInString(w) > 1 && (cards.Visible(w, stem) || korean.HasHangul(w) && strings.Contains(stem, w))
	})
}

// termIn is the key of a clause: the terms that it names, so that other words
// around them are the same answer; the clause itself if it names none.
func (b *book) termIn(clause string) string {
	ids := b.termsIn(clause)
	if len(ids) == 0 {
		return cards.Key(clause)
	}
	slices.Sort(ids)
	return strings.Join(ids, "+")
}

// termsIn are the ids of the terms that text names, in the glossary's order.
func (b *book) termsIn(text string) []string {
	var at []int
	for n := range b.index.answers.Shown(text) {
		at = append(at, b.index.answerOf[n])
	}
	slices.Sort(at)
	var ids []string
	for _, i := range slices.Compact(at) {
		ids = append(ids, b.terms[i].ID)
	}
	return ids
}

// otherWays are the other right answers: those of the parser and, for a term,
// its spellings; a field's key in another number or case is no key.
func (b *book) otherWays(f *parser.Fact, answer string, more []string) []string {
	out := []string{}
	add := func(w string) {
		if w == "" || w == answer || slices.Contains(out, w) || otherNumber(w, answer) && f.Pattern != "number" {
			return
		}
		out = append(out, w)
	}
	for _, w := range more {
		add(w)
	}
	if t := b.term[b.words.ID(answer)]; t != nil && f.Term {
		for _, w := range spellings(t) {
			add(w)
		}
	}
	return out
}

func otherNumber(w, answer string) bool {
	return strings.EqualFold(w+"s", answer) || strings.EqualFold(w, answer+"s")
}
