package kind

import (
	"cmp"
	"context"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"gieok/cards"
	"gieok/lab"
	"gieok/parser"
)

// How many cards one snippet gives. The first of each kind is about the
// snippet as the note has it.
const (
	predictsPerSnippet = 4
	fixesPerSnippet    = 2
	// outcomesEnough is when no more variants of a snippet are run: so many
	// outcomes that differ, and manifests to fix.
	outcomesEnough = 4
	// mutationsRun bounds the mutations of one snippet that are run to find
	// outcomes.
	mutationsRun = 10
	// variantsAtOnce are run side by side; after each such few it is looked
	// whether there are enough.
	variantsAtOnce = 2
	// summaryRunesMax bounds an outcome that is a choice.
	summaryRunesMax = 110
)

// slips are operators that a reader sees as a slip of the pen: good to be put
// right, worth less as a prediction.
var slips = []string{"misspell", "tab", "kind", "api-version", "name", "case", "dash"}

// links are operators that part what belongs together, the most instructive
// mistakes: they are run first.
var links = []string{"selector", "label", "reference", "key"}

// ofVariants makes the card of a slot from what became of a snippet, which is
// all[0], and of its mutations.
type ofVariants func(ctx context.Context, n *bench, c *completed, all []variant, slot int) (card cards.Card, ok bool, err error)

// planVariants plans cards of kind k that are made of runs.
func planVariants(b *book, k cards.Kind, perSnippet int, of ofVariants) []draft {
	return planSlots(b, k, perSnippet, func(snippet, slot int) proof {
		return func(ctx context.Context, n *bench, _ cards.Card) (cards.Card, bool, error) {
			c := n.complete()[snippet]
			if !c.ok {
				return cards.Card{}, false, nil
			}
			all, err := n.variants(ctx, c)
			if err != nil {
				return cards.Card{}, false, err
			}
			return of(ctx, n, c, all, slot)
		}
	})
}

// planSlots plans cards of kind k for every snippet. What they ask is known
// only when the snippet has been made whole, so that a slot has no ID yet.
func planSlots(b *book, k cards.Kind, perSnippet int, prove func(snippet, slot int) proof) []draft {
	var out []draft
	for i := range b.graph.Snippets {
		s := &b.graph.Snippets[i]
		src := source(s.Span)
		for slot := range perSnippet {
			topic := b.words.ID(s.Topic)
			if topic == "" {
				topic = cards.Key(s.Topic)
			}
			out = append(out, draft{
				card:  cards.Card{Kind: k, Topic: s.Topic, Concept: topic, Source: src},
				prove: prove(i, slot), runs: true,
				order: string(k) + "\x00" + s.Text + "\x00" + strconv.Itoa(slot),
			})
		}
	}
	return out
}

// yamlCard fills what the cards of a snippet have in common.
func (n *bench) yamlCard(c *completed, k cards.Kind, relation parser.Relation, change string) cards.Card {
	src := source(c.snippet.Span)
	key := c.key
	if change != "" {
		key += "+" + change
	}
	return cards.Card{
		ID: cards.NewID(c.concept, string(relation), key, k, ""), Kind: k,
		Concept: c.concept, Topic: c.snippet.Topic, Relation: string(relation), CodeLang: "yaml",
		Accepted: []string{}, Choices: []string{}, Source: src, Sources: append([]cards.Source{src}, c.also...),
		Evidence: cards.Evidence{Status: cards.Executed, Note: c.snippet.Text}, Difficulty: 2,
	}
}

// mirrored names a mistake that can be made, and mended, at either of two
// places that must agree.
func mirrored(m lab.Mutation) string {
	if m.Operator == "label" {
		return "selector"
	}
	return m.Operator
}

// changeKey is operator and field path as part of an ID.
func changeKey(m lab.Mutation) string { return cards.Key(m.Operator + "+" + m.Path) }

// askable reports whether a card may rest on o. What a stand-in for an unknown
// image decides is not asked: only a refusal comes before any image.
func askable(o lab.Outcome) bool {
	return o.Stable && len(o.Unknown) == 0 && strings.TrimSpace(o.Summary) != "" && !strings.Contains(o.Summary, ".go:") &&
		(len(o.StandIns) == 0 || o.Rejected)
}

// choosable reports whether o can be a choice.
func choosable(o lab.Outcome) bool {
	return askable(o) && utf8.RuneCountInString(o.Summary) <= summaryRunesMax
}

// mutations are the changes to a snippet that are run: as many operators as
// there are, in an order of its own for each snippet, so that a deck does not
// ask the same change of all.
func (n *bench) mutations(c *completed, refused bool) []lab.Mutation {
	all := n.lab.Mutate(c.manifest)
	place := func(m lab.Mutation) uint64 {
		h := fnv.New64a()
		io.WriteString(h, c.key+"\x00"+m.Operator+"\x00"+m.Path+"\x00"+m.Says) // not its text: a reworded comment asks the same
		return h.Sum64()
	}
	slip := func(m lab.Mutation) int {
		switch {
		case slices.Contains(slips, m.Operator) != refused: // what is refused is refused otherwise by a slip only
			return 2
		case slices.Contains(links, m.Operator):
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b lab.Mutation) int {
		return cmp.Or(cmp.Compare(slip(a), slip(b)), cmp.Compare(place(a), place(b)))
	})
	used := map[string]int{}
	var out []lab.Mutation
	for round := 0; len(out) < min(len(all), mutationsRun) && round < len(all); round++ {
		for _, m := range all {
			if used[m.Operator] == round && !slices.ContainsFunc(out, func(o lab.Mutation) bool { return o.Text == m.Text }) && len(out) < mutationsRun {
				used[m.Operator]++
				out = append(out, m)
			}
		}
	}
	return out
}

// variant is a manifest of a snippet with what became of it.
type variant struct {
	mutation lab.Mutation // zero for the snippet itself
	text     string
	outcome  lab.Outcome
}

// variantsKept bounds the snippets whose variants are kept for the next slot:
// slots of one snippet come near one another, and a run can be had again.
const variantsKept = 64

// variants runs a snippet and its mutations, once for slots that come soon one
// after the other.
func (n *bench) variants(ctx context.Context, c *completed) ([]variant, error) {
	c.running.Lock()
	defer c.running.Unlock()
	if all := c.variants.Load(); all != nil {
		return *all, nil
	}
	all, err := n.runVariants(ctx, c)
	if err != nil {
		return nil, err
	}
	c.variants.Store(&all)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kept = append(n.kept, c)
	if len(n.kept) > variantsKept {
		n.kept[0].variants.Store(nil)
		n.kept = n.kept[1:]
	}
	return all, nil
}

func (n *bench) runVariants(ctx context.Context, c *completed) ([]variant, error) {
	base, err := n.lab.Run(ctx, c.manifest)
	if err != nil {
		return nil, err
	}
	out := []variant{{text: c.manifest.Text, outcome: base}}
	classes, refused := map[string]bool{base.Class: true}, 0
	for pair := range slices.Chunk(n.mutations(c, base.Rejected), variantsAtOnce) {
		if len(classes) >= outcomesEnough && refused >= fixesPerSnippet {
			break
		}
		for _, v := range n.runPair(ctx, pair) {
			out = append(out, v)
			if choosable(v.outcome) {
				classes[v.outcome.Class] = true
			}
			if v.outcome.Rejected && askable(v.outcome) {
				refused++
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return out, nil
}

// runPair runs a few mutations at once and keeps their order. Nothing is known
// of one that the simulator can't run.
func (n *bench) runPair(ctx context.Context, pair []lab.Mutation) []variant {
	done := make([]variant, len(pair))
	failed := make([]bool, len(pair))
	var group sync.WaitGroup
	for i, m := range pair {
		group.Go(func() {
			o, err := n.lab.RunText(ctx, m.Text)
			done[i], failed[i] = variant{m, m.Text, o}, err != nil
		})
	}
	group.Wait()
	var out []variant
	for i, v := range done {
		if !failed[i] {
			out = append(out, v)
		}
	}
	return out
}
