package korean

import (
	"strings"
	"unicode"
)

// A Reader chooses particles. The zero Reader knows the rules and the usual
// names alone.
type Reader struct {
	Readings map[string]string // how a spelling is read aloud, in Hangul; exact spelling first, then lower case
}

// Josa gives the form of a pair of particles that follows word, by its sound.
// A pair is two forms with a slash, in either order: 은/는, 을/를, 와/과,
// 으로/로, 이다/다, 이라고/라고. A parenthesis at the end is not read, marks of
// Markdown and quotes are not either; a word that can't be read takes the form
// after a consonant.
func Josa(word, pair string) string { return Reader{}.Josa(word, pair) }

// With is word with the form of the pair that follows it.
func With(word, pair string) string { return word + Josa(word, pair) }

// With is word with the form of the pair that follows it.
func (r Reader) With(word, pair string) string { return word + r.Josa(word, pair) }

// Josa is the function Josa with the readings of r.
func (r Reader) Josa(word, pair string) string {
	afterClosed, afterOpen := pairForms(pair)
	sound := r.sound(word)
	if sound == closedL && "으"+afterOpen == afterClosed {
		return afterOpen // 라벨로
	}
	if sound == open {
		return afterOpen
	}
	return afterClosed
}

// Closed tells whether word ends in a consonant when it is read aloud.
func (r Reader) Closed(word string) bool { return r.sound(word) != open }

// Reads tells whether there is anything in word that can be read aloud.
func (r Reader) Reads(word string) bool { return r.sound(word) != unknown }

// pairForms sorts the forms of a pair; one without a slash is its own partner.
func pairForms(pair string) (afterClosed, afterOpen string) {
	first, second, found := strings.Cut(pair, "/")
	if !found {
		return pair, pair
	}
	for _, prefix := range []string{"으", "이"} {
		if first == prefix+second {
			return first, second
		}
		if second == prefix+first {
			return second, first
		}
	}
	switch first {
	case "와", "는", "를", "가", "야", "예요", "였", "여", "랑":
		return second, first
	}
	return first, second
}

func (r Reader) sound(word string) ending {
	core := readable(word)
	if sound, ok := r.reading(core); ok {
		return sound
	}
	if name, ok := symbols[core]; ok {
		return readingSound(name)
	}
	if fields := strings.Fields(core); len(fields) > 1 {
		if !strings.ContainsFunc(core, unicode.IsLetter) {
			return unknown // a cron expression: nobody agrees how to read it
		}
		core = fields[len(fields)-1]
		if sound, ok := r.reading(core); ok {
			return sound
		}
	}
	return r.tailSound(core)
}

// reading looks a whole spelling up, in the caller's glossary and then in ours.
func (r Reader) reading(core string) (ending, bool) {
	for _, key := range []string{core, strings.ToLower(core)} {
		if reading, ok := r.Readings[key]; ok && HasHangul(reading) {
			return readingSound(reading), true
		}
	}
	if reading, ok := spoken[strings.ToLower(core)]; ok {
		return readingSound(reading), true
	}
	return unknown, false
}

// wrapping are marks around a word that are not read.
const wrapping = "`*_~\"'“”‘’「」『』《》〈〉<>{}[] \t"

// readable strips what is not read: marks around the word, a parenthesis after it.
func readable(word string) string {
	word = NFC(strings.TrimSpace(word))
	for {
		core := strings.Trim(word, wrapping)
		if inner := beforeParenthesis(core); inner != "" {
			core = inner
		}
		if core == "" || core == word {
			break
		}
		word = core
	}
	return word
}

// beforeParenthesis is what stands before a parenthesis that ends word, or what
// stands in it when nothing is before it.
func beforeParenthesis(word string) string {
	if !strings.HasSuffix(word, ")") {
		return ""
	}
	depth := 0
	for i := len(word) - 1; i >= 0; i-- {
		switch word[i] {
		case ')':
			depth++
		case '(':
			depth--
		}
		if depth == 0 {
			if before := strings.TrimSpace(word[:i]); before != "" {
				return before
			}
			return strings.TrimSpace(word[1 : len(word)-1])
		}
	}
	return ""
}

// tailSound reads the end of one word.
func (r Reader) tailSound(word string) ending {
	for _, unit := range []string{"+", "#", "%", "℃", "°", "°C", "‰"} {
		if strings.HasSuffix(word, unit) && len(word) > len(unit) {
			if name, ok := units[unit]; ok {
				return readingSound(name)
			}
			return readingSound(symbols[unit])
		}
	}
	trimmed := strings.TrimRightFunc(word, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	if trimmed == "" {
		return unknown
	}
	last := lastRune(trimmed)
	switch {
	case IsHangul(last):
		return hangulSound(last)
	case last >= '0' && last <= '9':
		return digitsSound(trimmed)
	case last < unicode.MaxASCII && unicode.IsLetter(last):
		return r.letters(trimmed)
	}
	return unknown
}

func digitsSound(word string) ending {
	head := strings.TrimRight(word, "0123456789")
	digits := word[len(head):]
	for strings.HasSuffix(head, ",") && len(digits)%3 == 0 {
		shorter := strings.TrimRight(head[:len(head)-1], "0123456789")
		digits = head[len(shorter):len(head)-1] + digits
		head = shorter
	}
	if head == "v" || head == "V" || strings.HasSuffix(head, "alpha") || strings.HasSuffix(head, "beta") || strings.HasSuffix(head, "/v") {
		return versionSound(digits)
	}
	return numberSound(digits)
}

// letters reads a word that ends in Latin letters: a unit after a number, a
// name of the glossary, else its last part (foo=bar, ConfigMap, --from-file).
func (r Reader) letters(word string) ending {
	head := strings.TrimRightFunc(word, func(c rune) bool { return c < unicode.MaxASCII && unicode.IsLetter(c) })
	tail := word[len(head):]
	if head != "" && head[len(head)-1] >= '0' && head[len(head)-1] <= '9' {
		if unit, ok := units[tail]; ok {
			return readingSound(unit)
		}
	}
	if sound, ok := r.reading(tail); ok {
		return sound
	}
	part := lastPart(tail)
	if part != tail {
		if sound, ok := r.reading(part); ok {
			return sound
		}
	}
	return latinSound(part)
}

// lastPart is the last word of a name in camel case: ConfigMap gives Map,
// clusterIP gives IP.
func lastPart(name string) string {
	isUpper := func(i int) bool { return name[i] >= 'A' && name[i] <= 'Z' }
	i := len(name) - 1
	if isUpper(i) {
		for i > 0 && isUpper(i-1) {
			i--
		}
		return name[i:]
	}
	for i > 0 && !isUpper(i) {
		i--
	}
	// PVCs: the capitals before a lone s are one abbreviation with it.
	if i == len(name)-2 && name[len(name)-1] == 's' {
		for i > 0 && isUpper(i-1) {
			i--
		}
	}
	return name[i:]
}
