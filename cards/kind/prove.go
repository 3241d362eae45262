package kind

import (
	"context"
	"iter"
	"sync"

	"gieok/cards"
	"gieok/lab"
)

// Bounds of proving ahead of what was asked for.
const (
	provers     = 8  // goroutines: two cores stay busy while proofs wait for one another
	aheadDrafts = 96 // drafts under proof beyond the one that is waited for
)

// A proof gives a draft its answer and evidence by running it; ok is false
// when the run shows nothing to ask, or that the note is wrong there.
type proof func(ctx context.Context, b *bench, c cards.Card) (proved cards.Card, ok bool, err error)

// Cards proves the cards of the plan one after the other and yields those that
// stand, in the order of the plan, at most as many as the options want. One
// that falls is replaced by the next, so that the order depends on no speed.
// Without a lab, cards that need a run are left out.
func (p *Plan) Cards(ctx context.Context, l *lab.Lab) iter.Seq2[cards.Card, error] {
	return func(yield func(cards.Card, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		run := startProofs(ctx, newBench(l, p.book), p.drafts)
		defer run.wait()
		defer cancel()
		gate := newGate(p)
		for i := range p.drafts {
			c, ok, err := run.result(ctx, i)
			if err != nil && ctx.Err() != nil {
				yield(cards.Card{}, err)
				return
			}
			if err != nil { // the simulator failed on this one: no card rests on it
				d := p.drafts[i].card
				p.Dropped = append(p.Dropped, Drop{d.ID, "run: " + err.Error(), d.Stem})
				continue
			}
			if !ok || !gate.lets(&c, p.drafts[i].runs) {
				continue
			}
			if !yield(c, nil) || gate.full() {
				return
			}
		}
	}
}

// A gate lets cards through that keep the rules beside those before them.
type gate struct {
	plan    *Plan
	shown   *cards.Shown
	ids     map[cards.ID]bool
	concept map[string]int
	passed  int
}

func newGate(p *Plan) *gate {
	return &gate{plan: p, shown: cards.NewShown(), ids: map[cards.ID]bool{}, concept: map[string]int{}}
}

// lets finishes c. Cards of words alone were held against one another when
// they were planned.
func (g *gate) lets(c *cards.Card, byRun bool) bool {
	// A first ID that the notes give to a card again is that card's.
	if first, ok := g.plan.options.Renames[c.ID]; ok && !g.plan.planned[first] && !g.ids[first] {
		c.ID = first
	}
	if g.plan.skip != nil && g.plan.skip(c.ID) {
		return false
	}
	if per := g.plan.options.PerConcept; per > 0 && g.concept[c.Concept] >= per {
		return false
	}
	g.plan.finish(c)
	if g.ids[c.ID] && byRun {
		c.ID = c.ID.Apart(c.Code + c.Answer)
	}
	rule := ""
	switch {
	case g.ids[c.ID]:
		rule = "duplicate"
	case byRun:
		if rule = g.plan.broken(*c); rule == "" && !g.shown.Add(*c) {
			rule = "duplicate"
		}
	}
	if rule != "" {
		g.plan.Dropped = append(g.plan.Dropped, Drop{c.ID, rule, c.Stem})
		return false
	}
	g.ids[c.ID] = true
	g.concept[c.Concept]++
	g.passed++
	return true
}

func (g *gate) full() bool { return g.plan.options.N > 0 && g.passed >= g.plan.options.N }

// proofs are drafts under proof by a few goroutines, results in order.
type proofs struct {
	bench   *bench
	drafts  []draft
	results []chan proofResult
	jobs    chan int
	started int
	group   sync.WaitGroup
}

type proofResult struct {
	card cards.Card
	ok   bool
	err  error
}

func startProofs(ctx context.Context, b *bench, drafts []draft) *proofs {
	p := &proofs{bench: b, drafts: drafts, results: make([]chan proofResult, len(drafts)), jobs: make(chan int, aheadDrafts+1)}
	for range provers {
		p.group.Go(func() {
			for i := range p.jobs {
				if ctx.Err() != nil {
					p.results[i] <- proofResult{err: ctx.Err()}
					continue
				}
				c, ok, err := drafts[i].prove(ctx, b, drafts[i].card)
				p.results[i] <- proofResult{c, ok, err}
			}
		})
	}
	return p
}

// result waits for draft i and keeps the provers busy with those after it.
func (p *proofs) result(ctx context.Context, i int) (cards.Card, bool, error) {
	for ; p.started < len(p.drafts) && p.started <= i+aheadDrafts; p.started++ {
		if p.needsRun(p.started) {
			p.results[p.started] = make(chan proofResult, 1)
			p.jobs <- p.started
		}
	}
	if d := p.drafts[i]; !p.needsRun(i) {
		return d.card, !d.runs, nil
	}
	r := <-p.results[i]
	if ctx.Err() != nil {
		return cards.Card{}, false, ctx.Err()
	}
	return r.card, r.ok, r.err
}

func (p *proofs) needsRun(i int) bool { return p.drafts[i].prove != nil && p.bench.lab != nil }

func (p *proofs) wait() {
	close(p.jobs)
	p.group.Wait()
}
