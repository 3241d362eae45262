package prefilter

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A class is a set of runes; the zero class is of none.
type class struct {
	ascii  [2]uint64
	hangul []uint64 // a bit a syllable; nil: none
	pairs  []rune   // first and last runes of the ranges above ASCII, syllables aside
}

// The Hangul syllables.
const (
	syllableFirst = '가'
	syllableLast  = '힣'
)

// rangesMax bounds the ranges of a class; one with more is not looked for.
const rangesMax = 64

func newClass(pairs []rune) *class {
	c := &class{}
	for i := 0; i+1 < len(pairs); i += 2 {
		lo, hi := pairs[i], pairs[i+1]
		for r := lo; r <= min(hi, utf8.RuneSelf-1); r++ {
			c.ascii[r>>6] |= 1 << (r & 63)
		}
		for r := max(lo, syllableFirst); r <= min(hi, syllableLast); r++ {
			if c.hangul == nil {
				c.hangul = make([]uint64, (syllableLast-syllableFirst)/64+1)
			}
			c.hangul[(r-syllableFirst)>>6] |= 1 << ((r - syllableFirst) & 63)
		}
		c.other(max(lo, utf8.RuneSelf), min(hi, syllableFirst-1))
		c.other(max(lo, syllableLast+1), hi)
	}
	return c
}

func (c *class) other(lo, hi rune) {
	if lo <= hi {
		c.pairs = append(c.pairs, lo, hi)
	}
}

func (c *class) has(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && c.ascii[r>>6]&(1<<(r&63)) != 0
	}
	if r >= syllableFirst && r <= syllableLast {
		return c.hangul != nil && c.hangul[(r-syllableFirst)>>6]&(1<<((r-syllableFirst)&63)) != 0
	}
	for i := 0; i < len(c.pairs); i += 2 {
		if r >= c.pairs[i] && r <= c.pairs[i+1] {
			return true
		}
	}
	return false
}

// within reports whether a rune of s is of the class.
func (c *class) within(s string) bool {
	if len(c.pairs) == 0 && c.hangul == nil {
		for i := range len(s) {
			if b := s[i]; b < utf8.RuneSelf && c.ascii[b>>6]&(1<<(b&63)) != 0 {
				return true
			}
		}
		return false
	}
	for _, r := range s {
		if c.has(r) {
			return true
		}
	}
	return false
}

// edgeClass is the runes that what parts match can begin with, or end with; nil
// when it may be nothing or nearly anything.
func edgeClass(parts []*syntax.Regexp, first bool) *class {
	pairs, empty, ok := edgeRunes(parts, first)
	if !ok || empty || len(pairs) == 0 || len(pairs) > 2*rangesMax {
		return nil
	}
	return newClass(pairs)
}

// edgeRunes are pairs of runes; empty says that parts may match nothing at
// all, ok that the pairs are known.
func edgeRunes(parts []*syntax.Regexp, first bool) (pairs []rune, empty, ok bool) {
	for i := range parts {
		p := parts[i]
		if !first {
			p = parts[len(parts)-1-i]
		}
		more, nothing, known := runesOf(p, first)
		if !known {
			return nil, false, false
		}
		if pairs = append(pairs, more...); !nothing {
			return pairs, false, true
		}
	}
	return pairs, true, true
}

func runesOf(re *syntax.Regexp, first bool) (pairs []rune, empty, ok bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return nil, true, true
	case syntax.OpLiteral:
		r := re.Rune[0]
		if !first {
			r = re.Rune[len(re.Rune)-1]
		}
		pairs = []rune{r, r}
		if re.Flags&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				pairs = append(pairs, f, f)
			}
		}
		return pairs, false, true
	case syntax.OpCharClass:
		return slices.Clone(re.Rune), false, len(re.Rune) > 0 && len(re.Rune) <= 2*rangesMax
	case syntax.OpCapture, syntax.OpPlus:
		return edgeRunes(re.Sub, first)
	case syntax.OpStar, syntax.OpQuest:
		pairs, _, ok = edgeRunes(re.Sub, first)
		return pairs, true, ok
	case syntax.OpRepeat:
		pairs, empty, ok = edgeRunes(re.Sub, first)
		return pairs, empty || re.Min == 0, ok
	case syntax.OpConcat:
		return edgeRunes(re.Sub, first)
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			more, nothing, known := runesOf(s, first)
			if !known {
				return nil, false, false
			}
			pairs, empty = append(pairs, more...), empty || nothing
		}
		return pairs, empty, true
	}
	return nil, false, false
}
