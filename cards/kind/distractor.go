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
	for _, o := range b.index.siblings[siblingKey{f.Subject, f.Relation, f.Pattern}] { // the other values of the same field
		if sameMake(answer, o) && (t == nil || b.kindOf(b.words.ID(o)) == t.Kind) {
			candidates = append(candidates, o)
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
		beside := b.index.beside[topicKey{f.Span.File, f.Topic}] // what the notes say beside it
		if t.Kind == "resource" {
			beside = b.index.resources
		}
		for _, subject := range beside {
			addTerm(subject)
		}
		shuffleTail(b.seed, f.Subject+answer, candidates[rest:])
		if t.Kind == "field" {
			rest = len(candidates)
			for _, c := range b.index.fields {
				addTerm(c)
			}
			shuffleTail(b.seed, f.Subject+answer, candidates[rest:])
		}
	case makeOf(answer) == "flag" || makeOf(answer) == "key" || makeOf(answer) == "number":
		from := len(candidates)
		candidates = append(candidates, b.index.shapes[shapeKey{f.Relation, f.Pattern, shapeOf(answer)}]...)
		shuffleTail(b.seed, f.Subject+answer, candidates[from:])
	}
	return b.wrongOf(f, stem, answer, candidates)
}

func (b *book) wrongOf(f *parser.Fact, stem, answer string, candidates []string) []string {
	right := append([]string{answer}, b.otherWays(f, answer, f.Aliases)...)
	for _, o := range b.index.rights[rightKey{f.Relation, f.About, f.Topic}] {
		if b.namesSubject(f) || o.subject == f.Subject {
			right = append(right, o.object)
		}
	}
	for i, w := range right {
		right[i] = cards.Normal(w)
	}
	var out []string
	for _, c := range candidates {
		if len(out) == distractorsMax {
			break
		}
		if normal := cards.Normal(c); c != "" && !slices.Contains(right, normal) && !cards.Visible(c, stem) {
			out, right = append(out, c), append(right, normal)
		}
	}
	return out
}

// sameMake reports whether a and b could answer the same question: both flags,
// both keys, both numbers with one unit, both words.
func sameMake(x, y string) bool { return shapeOf(x) == shapeOf(y) }

// shapeOf is what of a word makes it an answer to the same questions as another.
func shapeOf(s string) string {
	if m := numberUnit.FindStringSubmatch(s); m != nil {
		return "number of " + m[2]
	}
	return makeOf(s)
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
