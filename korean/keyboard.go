package korean

import "strings"

// The two-set layout (KS X 5002): each Latin key and the jamo on it. Upper case
// is with shift; a key that has nothing of its own under shift keeps its jamo.
const (
	latinKeys = "rRseEfaqQtTdwWczxvgkoiOjpuPhynbmlADSFGHJKLZXCVBNMYUI"
	jamoKeys  = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣㅁㅇㄴㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅛㅕㅑ"
)

var (
	jamoOfKey = keyTable(latinKeys, jamoKeys)
	keyOfJamo = keyTable(jamoKeys, latinKeys)
)

// keyTable pairs two alphabets; the first pair of a key wins.
func keyTable(from, to string) map[rune]rune {
	target := []rune(to)
	table := make(map[rune]rune, len(target))
	for i, r := range []rune(from) {
		if _, taken := table[r]; !taken {
			table[r] = target[i]
		}
	}
	return table
}

// FromKeys reads Latin letters as if the keyboard had been in Korean mode and
// composes syllables as an input method does: vkem becomes 파드.
func FromKeys(s string) string {
	jamo := make([]rune, 0, len(s))
	for _, r := range s {
		if j, ok := jamoOfKey[r]; ok {
			r = j
		}
		jamo = append(jamo, r)
	}
	return Compose(string(jamo))
}

// ToKeys writes the keys that a Korean text is typed with: ㅔㅐㅇ becomes pod.
// Keys that give the same jamo with and without shift come out in lower case.
func ToKeys(s string) string {
	var b strings.Builder
	for _, r := range Jamo(s) {
		if key, ok := keyOfJamo[r]; ok {
			r = key
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Compose puts compatibility jamo together as an input method does, where a
// consonant between two vowels belongs to the second: ㄱㅏㅂㅣ becomes 가비.
func Compose(s string) string {
	keys := []rune(s)
	var out strings.Builder
	for i := 0; i < len(keys); {
		r, used := composeOne(keys[i:])
		out.WriteRune(r)
		i += used
	}
	return out.String()
}

// composeOne reads one syllable, or one rune that begins none, off keys.
func composeOne(keys []rune) (r rune, used int) {
	vowel, n := vowelAt(keys, 1)
	if n == 0 || index(leads, keys[0]) < 0 {
		if pair, width := vowelAt(keys, 0); width == 2 {
			return pair, 2
		}
		return keys[0], 1
	}
	used = 1 + n
	tail, width := tailAt(keys, used)
	whole, ok := Join(keys[0], vowel, tail)
	if !ok {
		return keys[0], 1
	}
	return whole, used + width
}

// vowelAt reads a vowel of one or two keys; n is 0 when there is none.
func vowelAt(keys []rune, at int) (vowel rune, n int) {
	if at >= len(keys) || index(vowels, keys[at]) < 0 {
		return 0, 0
	}
	if at+1 < len(keys) {
		if pair, ok := jamoPairs[[2]rune{keys[at], keys[at+1]}]; ok {
			return pair, 2
		}
	}
	return keys[at], 1
}

// tailAt reads a final consonant of one or two keys, leaving the consonant
// that a following vowel needs.
func tailAt(keys []rune, at int) (tail rune, n int) {
	if at >= len(keys) || keys[at] == 0 || index(tails, keys[at]) < 0 || isVowelAt(keys, at+1) {
		return 0, 0
	}
	if at+1 < len(keys) && !isVowelAt(keys, at+2) {
		if pair, ok := jamoPairs[[2]rune{keys[at], keys[at+1]}]; ok {
			return pair, 2
		}
	}
	return keys[at], 1
}

func isVowelAt(keys []rune, at int) bool {
	return at < len(keys) && index(vowels, keys[at]) >= 0
}
