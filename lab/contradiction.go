package lab

import (
	"context"

	"gieok/parser"
)

// A Contradiction is a sentence of a note that a run shows to be wrong.
type Contradiction struct {
	Span  parser.Span
	Proof Proof
}

// Contradictions are what the notes of g say otherwise than experiments show,
// in their order. What is only imprecise is not among them.
func (l *Lab) Contradictions(ctx context.Context, g *parser.Graph) ([]Contradiction, error) {
	var out []Contradiction
	err := l.eachContradiction(ctx, g, func(s *parser.Sentence, p Proof) {
		if !p.Notice {
			out = append(out, Contradiction{s.Span, p})
		}
	})
	return out, err
}

// eachContradiction calls f for each sentence that an experiment contradicts.
// The experiment runs first: one that does not go as its file says proves
// nothing and is not told.
func (l *Lab) eachContradiction(ctx context.Context, g *parser.Graph, f func(*parser.Sentence, Proof)) error {
	all, err := l.Experiments()
	if err != nil {
		return err
	}
	for i := range g.Sentences {
		s := &g.Sentences[i]
		for k := range all {
			e := &all[k]
			if !e.wrongIn(g, s, l.terms) {
				continue
			}
			p, ok, err := l.proofOf(ctx, *e)
			if err != nil {
				return err
			}
			if ok {
				f(s, p)
			}
			break // one correction a sentence
		}
	}
	return nil
}
