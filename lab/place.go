package lab

import (
	"slices"
	"strings"

	"gieok/parser"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// hintGain is how much nearer a kind is that the note speaks of.
const hintGain = 2

// A candidate is a place where a fragment may belong.
type candidate struct {
	skeleton
	path           []step
	list           bool // the fragment is the list that the last step names
	known, unknown int
	cost           int
	field          field // of the fragment's first key
}

// placeOf finds where the root of a fragment belongs: where most of its keys
// are known, near the root of a common kind.
func (l *Lab) placeOf(s *parser.Snippet, root *yaml.Node) (candidate, bool) {
	var best candidate
	found := false
	for i, sk := range skeletons() {
		gvk := schema.FromAPIVersionAndKind(sk.apiVersion, sk.kind)
		t, ok := l.schemas.typeOf(gvk)
		if !ok {
			continue
		}
		cost := sk.cost
		if l.speaksOf(s, sk.kind) {
			cost -= hintGain
		}
		for _, p := range l.schemas.placesOf(t) {
			if len(p.path) > 0 && p.path[0].name == "metadata" && root.Kind == yaml.SequenceNode {
				continue
			}
			for _, c := range l.candidates(p, root) {
				c.skeleton, c.cost = sk, cost+len(c.path)
				if !found || c.better(best) {
					best, found = c, true
				}
			}
		}
		if found && best.unknown == 0 && best.kind == "Pod" && i == 0 && best.cost <= 2 {
			break // nothing is nearer
		}
	}
	return best, found && best.known > best.unknown
}

// candidates are the ways in which the root fits into one struct.
func (l *Lab) candidates(p place, root *yaml.Node) []candidate {
	switch root.Kind {
	case yaml.MappingNode:
		var f field
		some := false
		for i := 0; i+1 < len(root.Content); i += 2 {
			g, ok := l.schemas.field(p.typ, root.Content[i].Value)
			if !ok {
				g, ok = l.schemas.near(p.typ, root.Content[i].Value)
			}
			if ok && fits(root.Content[i+1], g.typ) {
				if !some {
					f = g
				}
				some = true
			}
		}
		if !some {
			return nil
		}
		known, unknown := l.schemas.score(root, p.typ)
		return []candidate{{path: p.path, known: known, unknown: unknown, field: f}}
	case yaml.SequenceNode:
		var out []candidate
		for _, f := range l.schemas.fieldsOf(p.typ) {
			if !isList(f.typ) || len(l.schemas.fieldsOf(elem(f.typ))) == 0 {
				continue
			}
			known, unknown := l.schemas.score(root, f.typ)
			if known > 0 {
				out = append(out, candidate{path: append(slices.Clip(p.path), step{f.name, true}), list: true, known: known, unknown: unknown, field: f})
			}
		}
		return out
	}
	return nil
}

// better tells whether c is preferred to b. Where a kind has one field in two
// places, the older one (its number in protobuf is lower) is what is meant.
func (c candidate) better(b candidate) bool {
	switch {
	case c.unknown != b.unknown:
		return c.unknown < b.unknown
	case c.known != b.known:
		return c.known > b.known
	case c.kind == b.kind && c.field.name == b.field.name && c.field.typ == b.field.typ && c.field.number != b.field.number && len(c.path) <= 2 && len(b.path) <= 2:
		return c.field.number < b.field.number
	}
	return c.cost < b.cost
}

// speaksOf tells whether the words above a snippet name a kind.
func (l *Lab) speaksOf(s *parser.Snippet, kind string) bool {
	if s == nil {
		return false
	}
	words := strings.ToLower(s.Topic + " " + s.Title)
	if strings.Contains(words, strings.ToLower(kind)) {
		return true
	}
	return slices.ContainsFunc(l.names[kind], func(name string) bool { return strings.Contains(words, name) })
}

// kindNames are the Korean names of kinds, from the glossary.
func kindNames(glossary []parser.Term) map[string][]string {
	out := map[string][]string{}
	for _, t := range glossary {
		if t.Kind != "resource" {
			continue
		}
		for _, en := range t.En {
			out[en] = append(out[en], t.Ko...)
		}
	}
	return out
}
