package kind

import (
	"context"

	"gieok/cards"
	"gieok/lab"
	"gieok/parser"
)

// A Report says what became of a plan.
type Report struct {
	Planned int
	Dropped []Drop
	Truth   cards.Truth
}

// All is every card of g that stands, in the order of the notes.
func All(ctx context.Context, g *parser.Graph, l *lab.Lab, o Options) ([]cards.Card, Report, error) {
	p, err := New(g, o)
	if err != nil {
		return nil, Report{}, err
	}
	r := Report{Planned: p.Len()}
	var out []cards.Card
	for c, err := range p.Cards(ctx, l) {
		if err != nil {
			return nil, r, err
		}
		out = append(out, c)
		r.Truth.Add(c.Evidence.Status)
	}
	r.Dropped = p.Dropped
	return out, r, nil
}
