package kind

import (
	"cmp"
	"hash/fnv"
	"io"
	"slices"
	"strconv"

	"gieok/cards"
)

const (
	// spreadFirst is how many cards are chosen among all that are left; who
	// wants more is past what a sitting asks, and looks spreadAhead.
	spreadFirst = 128
	spreadAhead = 16
	// unlikeAgo is for how many cards a line or an answer does not come back.
	unlikeAgo = 16
)

// Select puts the plan into the order of a sitting: by chance, which depends on
// seed and each card alone, spread over concepts, topics, kinds and difficulty,
// with neighbours of different kinds and lines where there are any. Cards for which skip is true are left out; skip may be nil.
// The plan itself stays as it is.
func (p *Plan) Select(seed uint64, skip func(cards.ID) bool) *Plan {
	out := &Plan{options: p.options, book: p.book, skip: skip}
	left := slices.Clone(p.drafts)
	if skip != nil {
		left = slices.DeleteFunc(left, func(d draft) bool { return !d.runs && skip(d.card.ID) })
	}
	place := make(map[string]uint64, len(left))
	for _, d := range left {
		h := fnv.New64a()
		io.WriteString(h, strconv.FormatUint(seed, 10)+"\x00"+d.order)
		place[d.order] = h.Sum64()
	}
	slices.SortStableFunc(left, func(a, b draft) int {
		return cmp.Or(cmp.Compare(place[a.order], place[b.order]), cmp.Compare(a.order, b.order))
	})
	s := newSpread()
	for len(left) > 0 {
		at, least := 0, -1
		near := left
		if len(out.drafts) >= spreadFirst {
			near = left[:min(len(left), spreadAhead)]
		}
		for i, d := range near {
			cost := s.cost(d)
			if !unlike(out.drafts, d) {
				cost += alikeCost
			}
			if least < 0 || cost < least {
				at, least = i, cost
			}
		}
		s.count(left[at])
		out.drafts = append(out.drafts, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return out
}

// alikeCost keeps neighbours unlike unless all that are near are alike.
const alikeCost = 1 << 20

// A spread counts what has been dealt, so that the next card is of what was
// seldom: twenty questions go over many topics, kinds and difficulties.
type spread struct {
	topic, concept, kind map[string]int
	difficulty           map[int]int
}

func newSpread() *spread {
	return &spread{map[string]int{}, map[string]int{}, map[string]int{}, map[int]int{}}
}

// Weights of a card before of the same concept, topic, kind and difficulty.
const (
	conceptWeight    = 24
	topicWeight      = 12
	kindWeight       = 12
	slotWeight       = 3 // of one that only a run makes a card of: most give none
	difficultyWeight = 4
)

func (s *spread) cost(d draft) int {
	c := d.card
	kind := kindWeight * s.kind[string(c.Kind)]
	if d.runs {
		kind = slotWeight * s.kind[slotKind]
	}
	return conceptWeight*s.concept[c.Concept] + topicWeight*s.topic[c.Topic] + kind + difficultyWeight*s.difficulty[c.Difficulty]
}

// slotKind stands for all kinds whose cards come of a run.
const slotKind = "slot"

func (s *spread) count(d draft) {
	if d.runs {
		s.kind[slotKind]++
		return
	}
	s.kind[string(d.card.Kind)]++
	s.concept[d.card.Concept]++
	s.topic[d.card.Topic]++
	s.difficulty[d.card.Difficulty]++
}

// unlike reports whether d differs in kind from the last card and in line and
// concept from the last few.
func unlike(before []draft, d draft) bool {
	n := len(before)
	if n > 0 && before[n-1].card.Kind == d.card.Kind {
		return false
	}
	for _, o := range before[max(0, n-unlikeAgo):] {
		if o.card.Source == d.card.Source || o.card.Concept == d.card.Concept && o.card.Answer == d.card.Answer {
			return false
		}
	}
	return true
}
