package cards

// duplicateShareMin is the share of trigrams at which two stems ask the same.
const duplicateShareMin = 0.85

// A Shown remembers the stems of cards, so that none is asked twice in other words.
type Shown struct {
	stems map[Kind][]map[[3]rune]struct{}
	codes map[string]bool
}

// NewShown is a Shown without cards.
func NewShown() *Shown {
	return &Shown{stems: map[Kind][]map[[3]rune]struct{}{}, codes: map[string]bool{}}
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
	grams := trigrams(c.Stem)
	for _, other := range s.stems[c.Kind] {
		if similar(grams, other) >= duplicateShareMin {
			return false
		}
	}
	s.stems[c.Kind] = append(s.stems[c.Kind], grams)
	return true
}

func trigrams(text string) map[[3]rune]struct{} {
	runes := []rune(" " + Normal(text) + " ")
	out := make(map[[3]rune]struct{}, len(runes))
	for i := 0; i+3 <= len(runes); i++ {
		out[[3]rune(runes[i:i+3])] = struct{}{}
	}
	return out
}

// similar is the Jaccard share of a and b.
func similar(a, b map[[3]rune]struct{}) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if float64(len(a)) < duplicateShareMin*float64(len(b)) {
		return 0
	}
	both := 0
	for g := range a {
		if _, ok := b[g]; ok {
			both++
		}
	}
	if len(a)+len(b) == both {
		return 1
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
