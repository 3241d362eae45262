package korean

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NFC composes decomposed Hangul, as file systems of some computers and some
// clipboards give it.
func NFC(s string) string {
	if isPlain(s) {
		return s
	}
	return norm.NFC.String(s)
}

// NFKC is NFC and folds full width letters, half width Hangul and other
// compatibility forms. Compatibility jamo stay themselves: norm would turn ㅔ
// into a conjoining jamo, which no keyboard types.
func NFKC(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	rest := s
	for rest != "" {
		at := strings.IndexFunc(rest, IsJamo)
		if at < 0 {
			b.WriteString(norm.NFKC.String(rest))
			break
		}
		b.WriteString(norm.NFKC.String(rest[:at]))
		end := at
		for _, r := range rest[at:] {
			if !IsJamo(r) {
				break
			}
			end += len(string(r))
		}
		b.WriteString(rest[at:end])
		rest = rest[end:]
	}
	return b.String()
}

// isPlain reports whether s holds only ASCII and whole Hangul syllables, which
// every form of normalisation leaves as they are. Most text does, and it is
// asked of every word.
func isPlain(s string) bool {
	for _, r := range s {
		if r >= 0x80 && (r < 0xAC00 || r > 0xD7A3) {
			return false
		}
	}
	return true
}

// Visible drops the runes that nobody sees and nobody types on purpose: zero
// width spaces and joiners, soft hyphens, direction marks, byte order marks.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 0xAD || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || r == 0x115F || r == 0x1160 || r == 0x3164 {
			return -1
		}
		return r
	}, s)
}

// tabCells is the number of spaces that Printable puts for a tab.
const tabCells = 4

// Printable makes s safe to send to a terminal: it drops escape sequences
// (CSI, OSC and their like, with their text), C0 and C1 controls, and the
// runes that reorder text (bidi overrides and isolates). Line feeds stay,
// carriage returns before them go, a tab becomes spaces, and bytes that are no
// UTF-8 become U+FFFD.
func Printable(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '\n':
			b.WriteByte('\n')
		case r == '\t':
			b.WriteString(strings.Repeat(" ", tabCells))
		case r == 0x1B:
			i += escapeLen(runes[i+1:])
		case r == 0x9B:
			i += csiLen(runes[i+1:])
		case r == 0x90 || r == 0x98 || r == 0x9D || r == 0x9E || r == 0x9F:
			i += stringLen(runes[i+1:])
		case unicode.IsControl(r) || isReordering(r):
		case r == 0x2028 || r == 0x2029:
			b.WriteByte('\n')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escapeLen counts the runes that belong to the escape sequence after ESC.
func escapeLen(rest []rune) int {
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] {
	case '[':
		return 1 + csiLen(rest[1:])
	case ']', 'P', 'X', '^', '_':
		return 1 + stringLen(rest[1:])
	}
	n := 0
	for n < len(rest) && rest[n] >= 0x20 && rest[n] <= 0x2F {
		n++
	}
	if n < len(rest) && rest[n] >= 0x30 && rest[n] <= 0x7E {
		n++
	}
	return n
}

// csiLen counts parameters, intermediates and the final byte (ECMA-48). A rune
// that can't belong to the sequence ends it and stays.
func csiLen(rest []rune) int {
	n := 0
	for n < len(rest) && rest[n] >= 0x20 && rest[n] <= 0x3F {
		n++
	}
	if n < len(rest) && rest[n] >= 0x40 && rest[n] <= 0x7E {
		n++
	}
	return n
}

// stringLen counts a control string up to and with its terminator (BEL, ST or
// ESC \). A line feed ends an unclosed one: a note must not vanish behind it.
func stringLen(rest []rune) int {
	for n, r := range rest {
		switch {
		case r == 0x07 || r == 0x9C:
			return n + 1
		case r == '\n':
			return n
		case r == 0x1B:
			if n+1 < len(rest) && rest[n+1] == '\\' {
				return n + 2
			}
			return n
		}
	}
	return len(rest)
}

func isReordering(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 ||
		r == 0x200E || r == 0x200F || r == 0x061C
}
