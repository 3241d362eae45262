package cards

import (
	"strings"
	"unicode/utf8"
)

// A WordIndex finds which of many words stand in a text without looking for
// each of them.
type WordIndex struct {
	at map[[2]rune][]indexedWord
}

type indexedWord struct {
	word string
	n    int // which one it is
}

// NewWordIndex makes an index of words, of which those of one rune are not found.
func NewWordIndex(words []string) *WordIndex {
	x := &WordIndex{map[[2]rune][]indexedWord{}}
	for n, w := range words {
		if first, ok := firstTwo(w); ok {
			x.at[first] = append(x.at[first], indexedWord{w, n})
		}
	}
	return x
}

// Each calls f with the index of each word in text, in the order of the text,
// until f is false.
func (x *WordIndex) Each(text string, f func(n int) (more bool)) {
	for i := range text {
		first, ok := firstTwo(text[i:])
		if !ok {
			return
		}
		for _, w := range x.at[first] {
			if strings.HasPrefix(text[i:], w.word) && !f(w.n) {
				return
			}
		}
	}
}

func firstTwo(s string) ([2]rune, bool) {
	a, size := utf8.DecodeRuneInString(s)
	b, more := utf8.DecodeRuneInString(s[size:])
	return [2]rune{a, b}, size > 0 && more > 0
}
