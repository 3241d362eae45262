// Package korean holds what gieok knows of the Korean language: particles by
// the sound of a word, sentence endings, syllables and jamo, the two keyboard
// layouts, and the width and breaking of lines.
package korean

// The arithmetic of Hangul syllables (Unicode Standard, "Conjoining Jamo
// Behavior"): a syllable is base + (lead*21 + vowel)*28 + tail.
const (
	syllableBase  = 0xAC00
	syllableLast  = 0xD7A3
	vowelsPerLead = 21
	tailsPerVowel = 28
)

// The compatibility jamo of each position, in code point order.
const (
	leads  = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
	vowels = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
	tails  = "\x00ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ" // NUL: no tail
)

// jamoParts are the keys that make one compound jamo on the two-set layout.
var jamoParts = map[rune][2]rune{
	'ㅘ': {'ㅗ', 'ㅏ'}, 'ㅙ': {'ㅗ', 'ㅐ'}, 'ㅚ': {'ㅗ', 'ㅣ'}, 'ㅝ': {'ㅜ', 'ㅓ'},
	'ㅞ': {'ㅜ', 'ㅔ'}, 'ㅟ': {'ㅜ', 'ㅣ'}, 'ㅢ': {'ㅡ', 'ㅣ'},
	'ㄳ': {'ㄱ', 'ㅅ'}, 'ㄵ': {'ㄴ', 'ㅈ'}, 'ㄶ': {'ㄴ', 'ㅎ'}, 'ㄺ': {'ㄹ', 'ㄱ'},
	'ㄻ': {'ㄹ', 'ㅁ'}, 'ㄼ': {'ㄹ', 'ㅂ'}, 'ㄽ': {'ㄹ', 'ㅅ'}, 'ㄾ': {'ㄹ', 'ㅌ'},
	'ㄿ': {'ㄹ', 'ㅍ'}, 'ㅀ': {'ㄹ', 'ㅎ'}, 'ㅄ': {'ㅂ', 'ㅅ'},
}

// jamoPairs is jamoParts turned around.
var jamoPairs = func() map[[2]rune]rune {
	pairs := make(map[[2]rune]rune, len(jamoParts))
	for whole, parts := range jamoParts {
		pairs[parts] = whole
	}
	return pairs
}()

// IsSyllable tells whether r is a precomposed Hangul syllable.
func IsSyllable(r rune) bool { return r >= syllableBase && r <= syllableLast }

// IsJamo tells whether r is a compatibility jamo such as ㄱ or ㅏ.
func IsJamo(r rune) bool { return r >= 'ㄱ' && r <= 'ㅣ' }

// IsHangul tells whether r is a syllable or a compatibility jamo.
func IsHangul(r rune) bool { return IsSyllable(r) || IsJamo(r) }

// HasHangul tells whether s holds at least one Hangul letter.
func HasHangul(s string) bool {
	for _, r := range s {
		if IsHangul(r) {
			return true
		}
	}
	return false
}

// Split takes a syllable apart into compatibility jamo; tail is 0 when there is
// none, and ok is false when r is no syllable.
func Split(r rune) (lead, vowel, tail rune, ok bool) {
	if !IsSyllable(r) {
		return 0, 0, 0, false
	}
	n := int(r - syllableBase)
	lead = nth(leads, n/(vowelsPerLead*tailsPerVowel))
	vowel = nth(vowels, n/tailsPerVowel%vowelsPerLead)
	tail = nth(tails, n%tailsPerVowel)
	return lead, vowel, tail, true
}

// Join composes a syllable of compatibility jamo; tail 0 means none. ok is
// false when a jamo can't stand at its place.
func Join(lead, vowel, tail rune) (rune, bool) {
	l, v, t := index(leads, lead), index(vowels, vowel), index(tails, tail)
	if l < 0 || v < 0 || t < 0 {
		return 0, false
	}
	return rune(syllableBase + (l*vowelsPerLead+v)*tailsPerVowel + t), true
}

// Jamo writes s with every syllable taken apart, compounds into the keys they
// are typed with: 값 becomes ㄱㅏㅂㅅ. Other runes stay.
func Jamo(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		lead, vowel, tail, ok := Split(r)
		if !ok {
			out = appendParts(out, r)
			continue
		}
		out = appendParts(append(out, lead), vowel)
		if tail != 0 {
			out = appendParts(out, tail)
		}
	}
	return string(out)
}

func appendParts(out []rune, r rune) []rune {
	if parts, ok := jamoParts[r]; ok {
		return append(out, parts[0], parts[1])
	}
	return append(out, r)
}

// distanceRunesMax bounds the square work of Distance.
const distanceRunesMax = 400

// JamoDistance is Distance over Jamo: the number of key strokes between a and b.
func JamoDistance(a, b string) int { return Distance(Jamo(a), Jamo(b)) }

// Distance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b (optimal string alignment). Texts longer than
// 400 runes count as wholly different unless they are equal.
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if a == b {
		return 0
	}
	if len(x) > distanceRunesMax || len(y) > distanceRunesMax {
		return max(len(x), len(y))
	}
	before := make([]int, len(y)+1)
	last := make([]int, len(y)+1)
	row := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

func nth(s string, n int) rune {
	for _, r := range s {
		if n == 0 {
			if r == '\x00' {
				return 0
			}
			return r
		}
		n--
	}
	panic("korean: internal error: jamo index out of range")
}

func index(s string, want rune) int {
	i := 0
	for _, r := range s {
		if r == want {
			return i
		}
		i++
	}
	return -1
}
