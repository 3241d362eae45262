package kind

import (
	"cmp"
	"hash/fnv"
	"io"
	"slices"
	"strconv"

	"gieok/cards"
)

// spreadAhead is how far Select looks for a card of another kind and line.
const spreadAhead = 16

// Select puts the plan into the order of a sitting: by chance, which depends on
// seed and each card alone, with neighbours of different kinds and lines where
// there are any. Cards for which skip is true are left out; skip may be nil.
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
	for len(left) > 0 {
		at := 0
		for i, d := range left[:min(len(left), spreadAhead)] {
			if unlike(out.drafts, d) {
				at = i
				break
			}
		}
		out.drafts = append(out.drafts, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return out
}

// unlike reports whether d differs in kind from the last card and in line and
// concept from the last few.
func unlike(before []draft, d draft) bool {
	n := len(before)
	if n > 0 && before[n-1].card.Kind == d.card.Kind {
		return false
	}
	for _, o := range before[max(0, n-spreadAhead):] {
		if o.card.Source == d.card.Source || o.card.Concept == d.card.Concept && o.card.Answer == d.card.Answer {
			return false
		}
	}
	return true
}
