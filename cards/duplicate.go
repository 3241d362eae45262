package cards

import (
	"cmp"
	"math"
	"slices"
)

// duplicateShareMin is the share of trigrams at which two stems ask the same.
const duplicateShareMin = 0.85

// A Shown remembers the stems of cards, so that none is asked twice in other words.
type Shown struct {
	stems map[string]*stems // by kind; a statement and its opposite are two questions
	codes map[string]bool
}

// stems are the trigrams of stems, each found by the first few of them: two
// stems that have so many in common have one of these in common, too. So a new
// stem is held against a handful and not against all.
type stems struct {
	list  [][][3]rune // each in order
	first map[[3]rune][]int
}

// NewShown is a Shown without cards.
func NewShown() *Shown {
	return &Shown{stems: map[string]*stems{}, codes: map[string]bool{}}
}

// Add remembers c unless a card of its kind is a near-duplicate of it; then it
// is false. Cards with code are compared by the whole of it: one changed word
// there is the question.
func (s *Shown) Add(c Card) bool {
	if c.Code != "" {
		key := string(c.Kind) + "\x00" + c.Stem + "\x00" + c.Code
		fresh := !s.codes[key]
		s.codes[key] = true
		return fresh
	}
	key := string(c.Kind)
	if c.Kind == TrueFalse {
		key += c.Answer
	}
	of := s.stems[key]
	if of == nil {
		of = &stems{first: map[[3]rune][]int{}}
		s.stems[key] = of
	}
	grams := trigrams(c.Stem)
	// Of n trigrams at least share·n are common to a stem that asks the same, so
	// that one of any n - ceil(share·n) + 1 is.
	prefix := grams[:len(grams)-int(math.Ceil(duplicateShareMin*float64(len(grams))))+min(1, len(grams))]
	seen := map[int]bool{}
	for _, g := range prefix {
		for _, i := range of.first[g] {
			if !seen[i] && similar(grams, of.list[i]) >= duplicateShareMin {
				return false
			}
			seen[i] = true
		}
	}
	for _, g := range prefix {
		of.first[g] = append(of.first[g], len(of.list))
	}
	of.list = append(of.list, grams)
	return true
}

// trigrams are the runs of three runes of a text, in an order of their own,
// each once.
func trigrams(text string) [][3]rune {
	runes := []rune(" " + Normal(text) + " ")
	var out [][3]rune
	for i := 0; i+3 <= len(runes); i++ {
		out = append(out, [3]rune(runes[i:i+3]))
	}
	slices.SortFunc(out, compareGrams)
	return slices.Compact(out)
}

func compareGrams(a, b [3]rune) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
}

// similar is the share of a and b, or 0 when that can't be a duplicate's.
func similar(a, b [][3]rune) float64 {
	if float64(min(len(a), len(b))) < duplicateShareMin*float64(max(len(a), len(b))) {
		return 0
	}
	return share(a, b)
}

// share is the Jaccard share of a and b.
func share(a, b [][3]rune) float64 {
	if len(a)+len(b) == 0 {
		return 1
	}
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch d := compareGrams(a[i], b[j]); {
		case d < 0:
			i++
		case d > 0:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
