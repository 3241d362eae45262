// Package graph writes a concept graph as the bytes of one format each. The
// same graph gives the same bytes.
package graph

import (
	"encoding/json"
	"io"

	"gieok/parser"
)

// JSON writes g as one indented JSON object with a line end. Lists that are
// empty are [] and never null, so that a reader need not ask.
func JSON(w io.Writer, g *parser.Graph) error {
	whole := *g
	whole.Concepts = orEmpty(g.Concepts)
	whole.Facts = make([]parser.Fact, len(g.Facts))
	for i, f := range g.Facts {
		f.Path = orEmpty(f.Path)
		whole.Facts[i] = f
	}
	whole.Snippets = make([]parser.Snippet, len(g.Snippets))
	for i, s := range g.Snippets {
		s.Path = orEmpty(s.Path)
		whole.Snippets[i] = s
	}
	whole.Commands = make([]parser.Command, len(g.Commands))
	for i, c := range g.Commands {
		c.Path = orEmpty(c.Path)
		whole.Commands[i] = c
	}
	whole.Steps = orEmpty(g.Steps)
	whole.Notices = orEmpty(g.Notices)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(&whole)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
