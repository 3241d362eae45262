// Package kind makes cards of what notes say: it plans without running
// anything, selects, and then proves the selected cards by lab.
package kind

import (
	"cmp"
	"slices"
	"strings"

	"gieok/cards"
	"gieok/parser"
)

// Options say which cards are wanted. The zero value wants all of them.
type Options struct {
	Kinds      []string // nil: all kinds
	Topics     []string // nil: all; else a topic, heading or concept must hold one of them, whatever its case
	PerConcept int      // at most so many cards of one concept; 0: no bound
	Seed       uint64   // order of choices, and of cards after Select
	N          int      // at most so many cards; 0: no bound
	Glossary   []parser.Term
	Renames    cards.Renames // first IDs of cards whose notes were changed
}

// A Plan is the cards that can be made of a graph, unproved, in the order of
// the notes until Select.
type Plan struct {
	options Options
	drafts  []draft
	book    *book
	skip    func(cards.ID) bool // nil: none
	planned map[cards.ID]bool   // IDs that need no run, before renames
	Dropped []Drop              // drafts that broke a rule of the lint
}

// A Drop is a draft that no person sees, with the reason.
type Drop struct {
	ID   cards.ID
	Rule string
	Stem string
}

// draft is a card before its proof.
type draft struct {
	card  cards.Card
	prove proof  // nil: it stands as the note states it
	runs  bool   // there is no card without the proof
	order string // what its place after Select depends on
}

// New plans the cards of g.
func New(g *parser.Graph, o Options) (*Plan, error) {
	if err := checkKinds(o.Kinds); err != nil {
		return nil, err
	}
	p := &Plan{options: o, book: newBook(g, o.Glossary, o.Seed)}
	var all []draft
	for _, m := range makers() {
		if len(o.Kinds) == 0 || slices.Contains(o.Kinds, string(m.kind)) {
			all = append(all, m.plan(p.book)...)
		}
	}
	for i := range all {
		if all[i].order == "" {
			all[i].order = string(all[i].card.ID)
		}
	}
	all = slices.DeleteFunc(all, func(d draft) bool { return !wanted(d.card, o.Topics) })
	p.drafts = p.unique(p.linted(all))
	p.planned = map[cards.ID]bool{}
	for _, d := range p.drafts {
		p.planned[d.card.ID] = true
	}
	slices.SortStableFunc(p.drafts, func(a, b draft) int {
		x, y := a.card.Source, b.card.Source
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	return p, nil
}

// wanted reports whether c belongs to one of topics.
func wanted(c cards.Card, topics []string) bool {
	return len(topics) == 0 || slices.ContainsFunc(topics, func(t string) bool {
		t = strings.ToLower(t)
		return strings.Contains(strings.ToLower(c.Topic), t) || strings.EqualFold(c.Concept, t)
	})
}

// linted drops what breaks the lint already. What a run decides is linted after it.
func (p *Plan) linted(all []draft) []draft {
	shown := cards.NewShown()
	type asked struct {
		id     cards.ID
		answer string
	}
	have := map[asked]bool{}
	var out []draft
	for _, d := range all {
		if d.runs {
			out = append(out, d)
			continue
		}
		p.finish(&d.card)
		rule := p.broken(d.card)
		if rule == "" && !shown.Add(d.card) {
			if !have[asked{d.card.ID, d.card.Answer}] {
				rule = "duplicate"
			}
		}
		if rule != "" {
			p.Dropped = append(p.Dropped, Drop{d.card.ID, rule, d.card.Stem})
			continue
		}
		have[asked{d.card.ID, d.card.Answer}] = true
		out = append(out, d)
	}
	return out
}

// broken is the first rule, no warning, that c breaks.
func (p *Plan) broken(c cards.Card) string {
	for _, problem := range cards.Lint(c, p.book.words) {
		if !problem.Warning {
			return problem.Rule
		}
	}
	return ""
}

// unique gives every draft an ID of its own: one that asks and answers what
// another does gives its sources to that one.
func (p *Plan) unique(all []draft) []draft {
	list := make([]cards.Card, 0, len(all))
	first := map[cards.ID]draft{}
	var out, run []draft
	for _, d := range all {
		if d.runs {
			run = append(run, d)
			continue
		}
		list = append(list, d.card)
		for _, id := range []cards.ID{d.card.ID, d.card.ID.Apart(d.card.Answer)} {
			if _, known := first[id]; !known {
				first[id] = d
			}
		}
	}
	for _, c := range cards.Merge(list) {
		d := first[c.ID]
		d.card, d.order = c, string(c.ID)
		out = append(out, d)
	}
	return append(out, run...)
}

// finish fills what every card shows.
func (p *Plan) finish(c *cards.Card) {
	c.Stem = p.book.words.MendJosa(c.Stem)
	switch {
	case c.Explanation == "":
		c.Explanation = explain(c)
	case c.Kind == cards.TrueFalse && !strings.Contains(c.Explanation, noteMark):
		c.Explanation += " " + explain(c)
	}
}

// noteMark stands before the words of a note.
const noteMark = "노트: "

// explain quotes the note.
func explain(c *cards.Card) string {
	note := strings.Join(strings.Fields(c.Evidence.Note), " ")
	return noteMark + note
}

// Len is the number of cards that are planned.
func (p *Plan) Len() int { return len(p.drafts) }
