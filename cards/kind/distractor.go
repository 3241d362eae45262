package kind

import (
	"hash/fnv"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"gieok/cards"
	"gieok/korean"
	"gieok/parser"
)

// How many wrong choices stand beside the right one.
const (
	distractorsMin = 2
	distractorsMax = 3
)

// distractors are wrong answers to stem: of the glossary kind of the answer,
// those first that are easily confused with it, then those of the notes. None
// is another way to write the answer, stands in the stem or is right by
// another fact with the same description.
func (b *book) distractors(f *parser.Fact, stem, answer string) []string {
	id := b.words.ID(answer)
	t := b.term[id]
	var candidates []string
	addTerm := func(other string) {
		if o := b.term[other]; o != nil && t != nil && o.Kind == t.Kind && other != id {
			if w := spelledAs(o, answer); t.Kind != "field" || korean.HasHangul(w) || b.keys[w] || strings.IndexFunc(w, unicode.IsUpper) > 0 {
				candidates = append(candidates, w)
			}
		}
	}
	for i := range b.graph.Facts { // siblings: the other values of the same field
		o := &b.graph.Facts[i]
		if o.Subject == f.Subject && o.Relation == f.Relation && o.Term && o.Pattern == f.Pattern && !b.namesSubject(o) && b.sameMake(answer, o.Object) &&
			(t == nil || b.kindOf(b.words.ID(o.Object)) == t.Kind) {
			candidates = append(candidates, o.Object)
		}
	}
	if len(candidates) >= distractorsMin && t != nil && t.Kind == "value" {
		return b.wrongOf(f, stem, answer, candidates)
	}
	switch {
	case t != nil:
		for _, other := range t.Confusable {
			addTerm(other)
		}
		if len(candidates) >= distractorsMin && t.Kind == "value" {
			break // values of other fields answer nothing here
		}
		rest := len(candidates)
		for i := range b.graph.Facts { // what the notes say beside it
			if o := &b.graph.Facts[i]; o.Topic == f.Topic && o.Span.File == f.Span.File || t.Kind == "resource" {
				addTerm(o.Subject)
			}
		}
		shuffleTail(b.seed, f.Subject+answer, candidates[rest:])
		if t.Kind == "field" {
			rest = len(candidates)
			for _, c := range b.graph.Concepts {
				addTerm(c.ID)
			}
			shuffleTail(b.seed, f.Subject+answer, candidates[rest:])
		}
	case makeOf(answer) == "flag" || makeOf(answer) == "key" || makeOf(answer) == "number":
		from := len(candidates)
		for i := range b.graph.Facts {
			o := &b.graph.Facts[i]
			if o.Term && o.Relation == f.Relation && o.Pattern == f.Pattern && b.sameMake(answer, o.Object) && b.term[b.words.ID(o.Object)] == nil {
				candidates = append(candidates, o.Object)
			}
		}
		shuffleTail(b.seed, f.Subject+answer, candidates[from:])
	}
	return b.wrongOf(f, stem, answer, candidates)
}

func (b *book) wrongOf(f *parser.Fact, stem, answer string, candidates []string) []string {
	right := append([]string{answer}, b.otherWays(f, answer, f.Aliases)...)
	for i := range b.graph.Facts {
		o := &b.graph.Facts[i]
		if o.Relation == f.Relation && o.About == f.About && (b.namesSubject(f) || o.Subject == f.Subject) && o != f && o.Topic == f.Topic {
			right = append(right, o.Object)
		}
	}
	var out []string
	for _, c := range candidates {
		same := func(w string) bool { return cards.Normal(w) == cards.Normal(c) }
		if len(out) == distractorsMax || c == "" || slices.ContainsFunc(right, same) || slices.ContainsFunc(out, same) || cards.Visible(c, stem) {
			continue
		}
		out = append(out, c)
	}
	return out
}

// sameMake reports whether a and b could answer the same question: both flags,
// both keys, both numbers with one unit, both words.
func (b *book) sameMake(x, y string) bool {
	if m, n := numberUnit.FindStringSubmatch(x), numberUnit.FindStringSubmatch(y); m != nil || n != nil {
		return m != nil && n != nil && m[2] == n[2]
	}
	return makeOf(x) == makeOf(y)
}

func makeOf(s string) string {
	switch {
	case strings.HasPrefix(s, "-"):
		return "flag"
	case strings.Contains(s, " "):
		return "phrase"
	case korean.HasHangul(s):
		return "korean"
	case strings.ContainsFunc(s, unicode.IsDigit):
		return "number"
	}
	return "key"
}

// spelledAs is the spelling of o that looks like answer: Korean beside Korean,
// a key beside a key.
func spelledAs(o *parser.Term, answer string) string {
	list := o.En
	if korean.HasHangul(answer) {
		list = o.Ko
	}
	if len(list) == 0 {
		return ""
	}
	if !strings.Contains(answer, " ") && !korean.HasHangul(answer) {
		for _, w := range list {
			if !strings.Contains(w, " ") {
				return w
			}
		}
	}
	return list[0]
}

// shuffled puts list into an order that depends on seed and id alone.
func shuffled(seed uint64, id string, list []string) []string {
	shuffleTail(seed, id, list)
	return list
}

func shuffleTail(seed uint64, id string, list []string) {
	h := fnv.New64a()
	io.WriteString(h, id)
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}
