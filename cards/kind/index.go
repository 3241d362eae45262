package kind

import (
	"gieok/cards"
	"gieok/parser"
)

// An index finds the facts and terms that go with a fact, so that the work of a
// plan grows with the notes and not with their square.
type index struct {
	line      map[placeKey][]int      // facts by file and line
	siblings  map[siblingKey][]string // objects that are terms, each once
	beside    map[topicKey][]string   // subjects by file and topic, each once
	resources []string                // subjects that are resources of the glossary, each once
	fields    []string                // concepts that the glossary has
	shapes    map[shapeKey][]string   // objects that the glossary does not have, each once
	rights    map[rightKey][]rightFact
	snippets  map[string][]int // by file
	answers   *cards.Answers   // spellings of the glossary
	answerOf  []int            // index in terms of each of them
}

type placeKey struct {
	file string
	line int
}

type siblingKey struct {
	subject  string
	relation parser.Relation
	pattern  string
}

type topicKey struct{ file, topic string }

type shapeKey struct {
	relation parser.Relation
	pattern  string
	shape    string
}

type rightKey struct {
	relation     parser.Relation
	about, topic string
}

// A rightFact is an object that is right beside another one with its key.
type rightFact struct{ subject, object string }

// siblingsMax bounds the objects of one key that are looked at for wrong answers.
const siblingsMax = 256

func (b *book) newIndex() *index {
	x := &index{
		line: map[placeKey][]int{}, siblings: map[siblingKey][]string{}, beside: map[topicKey][]string{},
		shapes: map[shapeKey][]string{}, rights: map[rightKey][]rightFact{}, snippets: map[string][]int{},
	}
	type once struct{ of, word any }
	seen := map[once]bool{}
	first := func(of, word any) bool {
		fresh := !seen[once{of, word}]
		seen[once{of, word}] = true
		return fresh
	}
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		at := placeKey{f.Span.File, f.Span.Line}
		x.line[at] = append(x.line[at], i)
		if k := (topicKey{f.Span.File, f.Topic}); b.term[f.Subject] != nil && first(k, f.Subject) {
			x.beside[k] = append(x.beside[k], f.Subject)
		}
		if t := b.term[f.Subject]; t != nil && t.Kind == "resource" && first("resource", f.Subject) {
			x.resources = append(x.resources, f.Subject)
		}
		if k := (rightKey{f.Relation, f.About, f.Topic}); first(k, rightFact{f.Subject, f.Object}) {
			x.rights[k] = append(x.rights[k], rightFact{f.Subject, f.Object})
		}
		if !f.Term {
			continue
		}
		if k := (siblingKey{f.Subject, f.Relation, f.Pattern}); !b.namesSubject(f) && len(x.siblings[k]) < siblingsMax && first(k, f.Object) {
			x.siblings[k] = append(x.siblings[k], f.Object)
		}
		if k := (shapeKey{f.Relation, f.Pattern, shapeOf(f.Object)}); len(x.shapes[k]) < siblingsMax && b.term[b.words.ID(f.Object)] == nil && first(k, f.Object) {
			x.shapes[k] = append(x.shapes[k], f.Object)
		}
	}
	for _, c := range b.graph.Concepts {
		if b.term[c.ID] != nil {
			x.fields = append(x.fields, c.ID)
		}
	}
	for i := range b.graph.Snippets {
		file := b.graph.Snippets[i].Span.File
		x.snippets[file] = append(x.snippets[file], i)
	}
	var words []string
	for i := range b.terms {
		for _, w := range spellings(&b.terms[i]) {
			words, x.answerOf = append(words, w), append(x.answerOf, i)
		}
	}
	x.answers = cards.NewAnswers(words)
	return x
}

// snippetAt is the index of the snippet that a line of a file is part of, -1
// for none.
func (x *index) snippetAt(g *parser.Graph, file string, line int) int {
	for _, i := range x.snippets[file] {
		if s := &g.Snippets[i].Span; line >= s.Line && line <= s.EndLine {
			return i
		}
	}
	return -1
}
