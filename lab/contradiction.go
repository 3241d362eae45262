package lab

import (
	"context"
	"slices"

	"gieok/parser"
)

// Contradicts is what a run shows otherwise than a sentence of g says; ok is
// false when nothing does. What is only imprecise does not count.
func (l *Lab) Contradicts(ctx context.Context, g *parser.Graph, s *parser.Sentence) (p Proof, ok bool, err error) {
	p, ok, err = l.contradiction(ctx, g, s)
	return p, ok && !p.Notice, err
}

// contradiction is the first experiment that contradicts a sentence. It runs
// first: one that does not go as its file says proves nothing and is not told.
func (l *Lab) contradiction(ctx context.Context, g *parser.Graph, s *parser.Sentence) (p Proof, ok bool, err error) {
	all, err := l.Experiments()
	if err != nil {
		return p, false, err
	}
	around, said := surrounding(s), speak(s)
	for i := range all {
		e := &all[i]
		if slices.ContainsFunc(e.claims, func(c claim) bool { return c.in(&said) }) || e.wrongIn(g, s, around, l.terms) {
			return l.Prove(ctx, *e)
		}
	}
	return p, false, nil
}
