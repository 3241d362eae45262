package korean

import (
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// RuneWidth is the number of terminal cells of r: 2 for Hangul, hanja and
// other wide runes, 0 for combining marks, vowels and tails of conjoining jamo
// and controls, else 1. Ambiguous runes such as “ and → count 1, and neither
// locale nor environment changes that.
func RuneWidth(r rune) int {
	switch {
	case r >= 0x1160 && r <= 0x11FF, r >= 0xD7B0 && r <= 0xD7FF:
		return 0
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc):
		return 0
	}
	narrow := runewidth.Condition{StrictEmojiNeutral: true}
	return narrow.RuneWidth(r)
}

// Width is the number of terminal cells of s on one line.
func Width(s string) int {
	cells := 0
	for _, r := range s {
		cells += RuneWidth(r)
	}
	return cells
}

// Cut gives the longest beginning of s that fits into cells; marks stay with
// the rune they stand on.
func Cut(s string, cells int) string {
	used := 0
	for at, r := range s {
		used += RuneWidth(r)
		if used > cells {
			return s[:at]
		}
	}
	return s
}

// Pad fills s with spaces to cells; a longer s stays as it is.
func Pad(s string, cells int) string {
	if missing := cells - Width(s); missing > 0 {
		return s + strings.Repeat(" ", missing)
	}
	return s
}

// Wrap breaks s into lines of at most cells terminal cells, by the rules of WrapFunc.
func Wrap(s string, cells int) []string {
	return WrapFunc(s, float64(cells), func(part string) float64 { return float64(Width(part)) })
}

// WrapFunc breaks s into lines that measure at most width, in whatever unit
// measure gives. It breaks at line feeds and spaces, which it drops at the
// break, then between syllables; a word that is still too long is broken
// anywhere. Closing marks do not begin a line and opening ones do not end one
// while there is another place. A single rune wider than width stands alone.
func WrapFunc(s string, width float64, measure func(string) float64) []string {
	var lines []string
	for _, paragraph := range strings.Split(s, "\n") {
		lines = append(lines, wrapParagraph(paragraph, width, measure)...)
	}
	return lines
}

func wrapParagraph(s string, width float64, measure func(string) float64) []string {
	var lines []string
	starts := runeStarts(s)
	for from := 0; ; {
		fit := fitting(s, starts[from:], width, measure)
		if from+fit >= len(starts)-1 {
			return append(lines, s[starts[from]:])
		}
		end := starts[from] + lineEnd(s[starts[from]:], starts[from+fit]-starts[from], width, measure)
		lines = append(lines, strings.TrimRight(s[starts[from]:end], " "))
		for from < len(starts)-1 && (starts[from] < end || s[starts[from]] == ' ') {
			from++
		}
		if from == len(starts)-1 {
			return lines
		}
	}
}

// fitting counts the runes, one at least, whose text fits into width. It
// doubles and then halves, so that a very long line is not measured whole for
// every line that is cut off it.
func fitting(s string, starts []int, width float64, measure func(string) float64) int {
	fits := func(n int) bool {
		return measure(strings.TrimRight(s[starts[0]:starts[n]], " ")) <= width
	}
	last := len(starts) - 1
	if last == 0 {
		return 0
	}
	low, high := 1, 2
	for high <= last && fits(high) {
		low, high = high, high*2
	}
	for high = min(high, last+1); low+1 < high; {
		if middle := (low + high) / 2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// lookAhead is how many bytes after the limit lineEnd needs to see: one rune.
const lookAhead = 4

// lineEnd is the byte where the first line of s ends; limit is where the last
// rune that fits ends.
func lineEnd(s string, limit int, width float64, measure func(string) float64) int {
	window := s[:min(len(s), limit+lookAhead)]
	best, class, inner := 0, breakNever, 0
	for _, at := range Breaks(window) {
		// The space at which a line breaks is dropped, so it may stand past the limit.
		if len(strings.TrimRight(s[:at], " ")) > limit {
			break
		}
		if strings.TrimSpace(s[:at]) == "" {
			continue
		}
		c := breakClass(s, at)
		if c >= class {
			best, class = at, c
		}
		if c == breakSyllable {
			inner = at
		}
	}
	// A break at a space that leaves most of the line empty looks worse than
	// one inside a word, which Korean typesetting allows.
	if class == breakSpace && inner > best && measure(s[:best]) < width/2 {
		return inner
	}
	if best > 0 {
		return best
	}
	for limit < len(s) && s[limit-1] != ' ' && RuneWidth(runeAt(s, limit)) == 0 {
		limit += len(string(runeAt(s, limit))) // a mark stays with its rune
	}
	return limit
}

// The quality of a place to break, from none to best.
const (
	breakNever = iota
	breakSyllable
	breakSpace
)

// Breaks gives the byte offsets in s where a new line may begin, in order: after
// spaces, between two wide runes, of which Hangul is one, and around brackets.
func Breaks(s string) []int {
	var places []int
	for at := range s {
		if at > 0 && breakClass(s, at) != breakNever {
			places = append(places, at)
		}
	}
	return places
}

const (
	closers = ".,!?:;)]}>%”’」』】》〉、。，．！？：；）］｝…·~"
	openers = "([{<“‘「『【《〈（［｛"
)

func breakClass(s string, at int) int {
	next := runeAt(s, at)
	previous := lastRune(s[:at])
	switch {
	case next == ' ' || RuneWidth(next) == 0:
		return breakNever
	case previous == ' ':
		if strings.ContainsRune(closers, next) {
			return breakNever
		}
		return breakSpace
	case strings.ContainsRune(closers, next) || strings.ContainsRune(openers, previous):
		return breakNever
	case RuneWidth(previous) == 2 && (RuneWidth(next) == 2 || strings.ContainsRune(openers, next)),
		strings.ContainsRune(closers, previous) && RuneWidth(next) == 2:
		return breakSyllable
	}
	return breakNever
}

func runeStarts(s string) []int {
	starts := make([]int, 0, len(s)+1)
	for at := range s {
		starts = append(starts, at)
	}
	return append(starts, len(s))
}

func runeAt(s string, at int) rune {
	for _, r := range s[at:] {
		return r
	}
	return 0
}

func lastRune(s string) rune {
	var last rune
	for i := len(s) - 1; i >= 0 && i >= len(s)-4; i-- {
		if s[i]&0xC0 != 0x80 {
			last = runeAt(s, i)
			break
		}
	}
	return last
}
