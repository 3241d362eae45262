package parser

import (
	"sort"
	"strings"
)

// concept notes that the note speaks of s, where it does so first.
func (r *reader) concept(s subject) {
	if s.id == "" {
		return
	}
	i, ok := r.concepts[s.id]
	if !ok {
		c := Concept{ID: s.id, Name: s.name, Kind: s.kind, Aliases: s.aliases[:len(s.aliases):len(s.aliases)]}
		if c.Kind == "" {
			c.Kind = "concept"
		}
		if t, found := r.gloss.lookup(s.name); found {
			c.Ko, c.En = t.Ko, t.En
		}
		if s.block != nil {
			c.Span = r.doc.Span(s.block, 0, len(s.block.Text))
		}
		r.concepts[s.id] = len(r.graph.Concepts)
		r.graph.Concepts = append(r.graph.Concepts, c)
		return
	}
	c := &r.graph.Concepts[i]
	c.Aliases = mergeStrings(c.Aliases, s.aliases)
	if c.Span.Line == 0 && s.block != nil {
		c.Span = r.doc.Span(s.block, 0, len(s.block.Text))
	}
}

// finish gives every subject of a fact its concept and puts notices in order.
func (r *reader) finish() {
	for _, f := range r.graph.Facts {
		if f.Subject == "" {
			continue
		}
		if i, ok := r.concepts[f.Subject]; ok {
			if r.graph.Concepts[i].Span.Line == 0 {
				r.graph.Concepts[i].Span = f.Span
			}
			continue
		}
		c := Concept{ID: f.Subject, Name: f.Subject, Kind: "concept", Span: f.Span}
		if i, ok := r.gloss.byID[f.Subject]; ok {
			t := r.gloss.terms[i]
			c.Ko, c.En, c.Kind = t.Ko, t.En, t.Kind
			c.Name = append(append(append([]string{}, t.Ko...), t.En...), t.ID)[0]
		}
		r.concepts[f.Subject] = len(r.graph.Concepts)
		r.graph.Concepts = append(r.graph.Concepts, c)
	}
	if len(strings.TrimSpace(string(r.doc.text))) == 0 {
		r.fileNotice("빈 노트입니다.")
	} else if len(r.graph.Facts)+len(r.graph.Snippets)+len(r.graph.Commands) == 0 {
		r.fileNotice("사실을 찾지 못한 노트입니다.")
	}
	sort.SliceStable(r.graph.Notices, func(i, j int) bool {
		a, b := r.graph.Notices[i].Span, r.graph.Notices[j].Span
		return a.Line < b.Line || a.Line == b.Line && a.Col < b.Col
	})
}

func (r *reader) fileNotice(text string) {
	p := Pos{File: r.doc.File, Line: 1, Col: 1}
	r.graph.Notices = append(r.graph.Notices, Notice{Span{p, 1}, text})
}

// Merge joins graphs in the order given: a concept of several notes keeps its
// first place and gathers the names of all.
func Merge(graphs ...*Graph) *Graph {
	out := &Graph{}
	at := map[string]int{}
	for _, g := range graphs {
		if g == nil {
			continue
		}
		for _, c := range g.Concepts {
			i, ok := at[c.ID]
			if !ok {
				at[c.ID] = len(out.Concepts)
				out.Concepts = append(out.Concepts, c)
				continue
			}
			have := &out.Concepts[i]
			have.Ko = mergeStrings(have.Ko[:len(have.Ko):len(have.Ko)], c.Ko)
			have.En = mergeStrings(have.En[:len(have.En):len(have.En)], c.En)
			have.Aliases = mergeStrings(have.Aliases[:len(have.Aliases):len(have.Aliases)], c.Aliases)
			if c.Name != have.Name {
				have.Aliases = mergeStrings(have.Aliases, []string{c.Name})
			}
		}
		for _, s := range g.Sentences {
			if s.Snippet >= 0 {
				s.Snippet += len(out.Snippets)
			}
			out.Sentences = append(out.Sentences, s)
		}
		out.Facts = append(out.Facts, g.Facts...)
		out.Snippets = append(out.Snippets, g.Snippets...)
		out.Commands = append(out.Commands, g.Commands...)
		out.Steps = append(out.Steps, g.Steps...)
		out.Notices = append(out.Notices, g.Notices...)
	}
	return out
}

// Files are the notes from which facts, snippets and commands come, in order.
func (g *Graph) Files() []string {
	seen := map[string]bool{}
	for _, f := range g.Facts {
		seen[f.Span.File] = true
	}
	for i := range g.Snippets {
		seen[g.Snippets[i].Span.File] = true
	}
	for _, c := range g.Commands {
		seen[c.Span.File] = true
	}
	files := make([]string, 0, len(seen))
	for name := range seen {
		files = append(files, name)
	}
	sort.Strings(files)
	return files
}
