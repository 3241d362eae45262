package cards

import (
	"cmp"
	"slices"
	"strings"
)

// What became of a card between two decks.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
	Renamed = "renamed" // the same question under another ID
)

// A Change is what became of one card. Old is nil when it was added, New when it
// was removed.
type Change struct {
	What     string
	Old, New *Card
	Fields   []string // of a changed card: "stem", "code", "answer", "choices", "evidence"
}

// Diff is what leads from one deck to another, in the order of the new deck,
// then what was removed in the order of the old one. Both decks are without
// duplicates.
func Diff(old, now []Card) []Change {
	before := map[ID]*Card{}
	for i := range old {
		before[old[i].ID] = &old[i]
	}
	after := map[ID]bool{}
	for _, c := range now {
		after[c.ID] = true
	}
	var added, removed []*Card
	for i := range now {
		if before[now[i].ID] == nil {
			added = append(added, &now[i])
		}
	}
	for i := range old {
		if !after[old[i].ID] {
			removed = append(removed, &old[i])
		}
	}
	first := renamed(removed, added)
	var out []Change
	gone := map[ID]bool{}
	for i := range now {
		c := &now[i]
		if was := before[c.ID]; was != nil {
			if fields := changedFields(was, c); len(fields) > 0 {
				out = append(out, Change{Changed, was, c, fields})
			}
		} else if was := first[c.ID]; was != nil {
			gone[was.ID] = true
			out = append(out, Change{Renamed, was, c, changedFields(was, c)})
		} else {
			out = append(out, Change{What: Added, New: c})
		}
	}
	for _, c := range removed {
		if !gone[c.ID] {
			out = append(out, Change{What: Removed, Old: c})
		}
	}
	return out
}

func changedFields(a, b *Card) []string {
	var out []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"stem", a.Stem == b.Stem}, {"code", a.Code == b.Code}, {"answer", Normal(a.Answer) == Normal(b.Answer)},
		{"choices", slices.Equal(slices.Sorted(slices.Values(a.Choices)), slices.Sorted(slices.Values(b.Choices)))},
		{"evidence", a.Evidence.Status == b.Evidence.Status},
	} {
		if !f.same {
			out = append(out, f.name)
		}
	}
	return out
}

// How alike two cards are that are one question under two IDs: shares of
// trigrams that both have.
const (
	sameStemMin   = 0.85 // of questions whose answers differ in their spelling
	sameAnswerMin = 0.5  // of questions with one answer
	sameKeyMin    = 0.25 // of those that differ in the concept of their ID alone
	pairsMax      = 4_000_000
)

// renamed pairs cards that are gone with new ones of the same kind that ask the
// same, the most alike first; it is keyed by the new ID.
func renamed(removed, added []*Card) map[ID]*Card {
	type pair struct {
		old, now *Card
		alike    float64
	}
	var pairs []pair
	if len(removed)*len(added) > pairsMax {
		return nil
	}
	grams := map[*Card][][3]rune{}
	for _, list := range [][]*Card{removed, added} {
		for _, c := range list {
			grams[c] = trigrams(c.Stem + "\n" + c.Code)
		}
	}
	for _, o := range removed {
		for _, n := range added {
			if direction(o.ID) != direction(n.ID) {
				continue
			}
			alike := share(grams[o], grams[n])
			least := sameStemMin
			if Normal(o.Answer) == Normal(n.Answer) {
				least = sameAnswerMin
				if afterConcept(o.ID) == afterConcept(n.ID) {
					least = sameKeyMin
				}
			}
			if alike >= least {
				pairs = append(pairs, pair{o, n, alike})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(b.alike, a.alike), cmp.Compare(a.old.ID, b.old.ID), cmp.Compare(a.now.ID, b.now.ID))
	})
	out, taken := map[ID]*Card{}, map[ID]bool{}
	for _, p := range pairs {
		if out[p.now.ID] == nil && !taken[p.old.ID] {
			out[p.now.ID], taken[p.old.ID] = p.old, true
		}
	}
	return out
}

// afterConcept is an ID without what it is about.
func afterConcept(id ID) string {
	_, rest, _ := strings.Cut(string(id), "/")
	return rest
}

// direction is the kind of a card with its direction, as its ID has them.
func direction(id ID) string {
	_, kind, _ := strings.Cut(string(id), "#")
	return kind
}
