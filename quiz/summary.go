package quiz

import (
	"cmp"
	"slices"

	"gieok/cards"
)

// A Summary is what a sitting came to. A card that was asked twice counts with
// its first answer.
type Summary struct {
	Seed     uint64
	Asked    int // questions with a result
	Right    int
	Almost   int
	Wrong    int // given up included
	Unjudged int // answers that could not be run
	Flagged  int
	Weak     []Weak // concepts with a mistake, the weakest first
	Truth    cards.Truth
	Stopped  bool // before the last question
}

// A Weak is a concept of which something was missed.
type Weak struct {
	Concept string // id
	Missed  int
	Asked   int
}

// Summary is what the sitting has come to so far.
func (s Session) Summary() Summary {
	sum := Summary{Seed: s.o.Seed, Flagged: len(s.st.flags), Stopped: s.st.stopped}
	at := map[string]int{} // concept → index into weak
	var weak []Weak
	for _, r := range s.st.results {
		if r.Asked.Repeat {
			continue
		}
		sum.Asked++
		sum.Truth.Add(r.Asked.Card.Evidence.Status)
		concept := r.Asked.Card.Concept
		i, ok := at[concept]
		if !ok {
			i = len(weak)
			at[concept] = i
			weak = append(weak, Weak{Concept: concept})
		}
		switch {
		case !r.Graded():
			sum.Unjudged++
			continue
		case r.Verdict == Right:
			sum.Right++
		case r.Verdict == Almost:
			sum.Almost++
		default:
			sum.Wrong++
			weak[i].Missed++
		}
		weak[i].Asked++
	}
	weak = slices.DeleteFunc(weak, func(w Weak) bool { return w.Missed == 0 })
	// More mistakes first, then the larger share of them, then as they were asked.
	slices.SortStableFunc(weak, func(a, b Weak) int {
		return cmp.Or(cmp.Compare(b.Missed, a.Missed), cmp.Compare(b.Missed*a.Asked, a.Missed*b.Asked))
	})
	sum.Weak = weak
	return sum
}

// TruthLine is the line of truth that a sitting ends with.
func TruthLine(t cards.Truth) string {
	return t.String()
}
