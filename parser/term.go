package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"gieok/korean"
	"gieok/prefilter"
)

// A glossary finds terms by any of their spellings.
type glossary struct {
	terms  []Term
	byID   map[string]int
	byName map[string]int // folded Korean and English spellings
	byAbbr map[string]int // abbreviations, case kept: m and M differ
	names  *letters       // keys of byName, to be found in running text
	abbrs  *letters       // keys of byAbbr
}

// letters is a tree of spellings, rune by rune.
type letters struct {
	next map[rune]*letters
	term int // index in terms of the spelling that ends here, -1 for none
}

func newLetters() *letters { return &letters{next: map[rune]*letters{}, term: -1} }

func (l *letters) put(word string, term int) {
	for _, r := range word {
		n := l.next[r]
		if n == nil {
			n = newLetters()
			l.next[r] = n
		}
		l = n
	}
	l.term = term
}

func newGlossary(terms []Term) *glossary {
	g := &glossary{terms: terms, byID: map[string]int{}, byName: map[string]int{}, byAbbr: map[string]int{}, names: newLetters(), abbrs: newLetters()}
	for i, t := range terms {
		g.byID[t.ID] = i
		for _, list := range [][]string{t.En, t.Ko} {
			for _, n := range list {
				n = fold(n)
				if _, taken := g.byName[n]; !taken {
					g.byName[n] = i
					g.names.put(n, i)
				}
			}
		}
		for _, n := range t.Abbr {
			if _, taken := g.byAbbr[n]; !taken {
				g.byAbbr[n] = i
				g.abbrs.put(n, i)
			}
		}
	}
	return g
}

// fold makes spellings comparable: NFKC, lower case, no blanks and hyphens.
func fold(s string) string {
	plain := true // Hangul and small letters stay as they are
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z' || r == ' ' || r == '\t' || r == '\n' || r == '-' || r == '_' || r == '`':
			plain = false
		case r >= utf8.RuneSelf && !isHangulSyllable(r):
			return foldAny(s)
		}
	}
	if plain {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			out = append(out, c+'a'-'A')
		case c >= utf8.RuneSelf || !foldedAway(rune(c)):
			out = append(out, c)
		}
	}
	return string(out)
}

func isHangulSyllable(r rune) bool { return r >= '가' && r <= '힣' }

func foldedAway(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '_' || r == '`' }

// foldAny is fold for all other writing.
func foldAny(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Map(func(r rune) rune {
		if foldedAway(r) {
			return -1
		}
		return r
	}, s)
}

// lookup finds the term that s spells as a whole.
func (g *glossary) lookup(s string) (Term, bool) {
	s = strings.TrimSpace(strings.Trim(s, "`"))
	if s == "" || strings.HasPrefix(s, "-") {
		return Term{}, false
	}
	if i, ok := g.byName[fold(s)]; ok && !g.terms[i].otherCase(s) {
		return g.terms[i], true
	}
	if i, ok := g.byAbbr[s]; ok && utf8.RuneCountInString(s) >= 2 {
		return g.terms[i], true
	}
	return Term{}, false
}

// otherCase reports a name that is a field's while t is a value written like it:
// nodePort is no NodePort.
func (t Term) otherCase(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	if t.Kind != "value" || first < 'a' || first > 'z' {
		return false
	}
	for _, n := range t.En {
		if n == s {
			return false
		}
	}
	return strings.ContainsFunc(s, unicode.IsUpper)
}

// others are the spellings of t beside name.
func (t Term) others(name string) []string {
	var out []string
	for _, list := range [][]string{t.En, t.Ko, t.Abbr} {
		for _, n := range list {
			if n != name {
				out = addOnce(out, n)
			}
		}
	}
	return out
}

func addOnce(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// particles may stand behind a noun; several can follow one another.
const particles = `(?:들)?(?:` + particleWords + `)`

const particleWords = `으로부터|에서부터|이라는|이라고|이라면|으로서|으로써|이란|라는|라고|에서|에게|으로|까지|부터|처럼|보다|마다|끼리|이나|이며|이다|하고|은|는|이|가|을|를|의|에|와|과|로|도|만|란|인|나|며|든`

var particlesEnd = prefilter.MustCompile(`^(.+?)` + particles + `$`)

// particlesMax is how many particles follow a noun at most.
const particlesMax = 3

// particleList are the particles, each by the rune that it begins with.
var particleList = func() map[rune][]string {
	out := map[rune][]string{}
	for _, w := range strings.Split(particleWords, "|") {
		r, _ := utf8.DecodeRuneInString(w)
		out[r] = append(out[r], w)
	}
	return out
}()

// particlesThenEnd reports whether text is up to n particles and then no Hangul.
func particlesThenEnd(text string, n int) bool {
	r, _ := utf8.DecodeRuneInString(text)
	if text == "" || !unicode.Is(unicode.Hangul, r) {
		return true
	}
	if n == 0 {
		return false
	}
	for _, rest := range []string{text, strings.TrimPrefix(text, "들")} {
		r, _ = utf8.DecodeRuneInString(rest)
		for _, p := range particleList[r] {
			if strings.HasPrefix(rest, p) && particlesThenEnd(rest[len(p):], n-1) {
				return true
			}
		}
	}
	return false
}

// A found is a glossary term within a text, as bytes from..to.
type found struct {
	term     Term
	from, to int
}

// find gives the glossary terms in text, left to right, longest first at each place.
func (g *glossary) find(text string) []found {
	var out []found
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !wordStart(text, i, r) {
			i += size
			continue
		}
		if f, ok := g.at(text, i); ok {
			out = append(out, f)
			i = f.to
			continue
		}
		i += size
	}
	return out
}

func wordStart(text string, i int, r rune) bool {
	if !unicode.IsLetter(r) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	if i == 0 {
		return true
	}
	if unicode.Is(unicode.Hangul, r) {
		return !unicode.Is(unicode.Hangul, before)
	}
	return !isASCIIWord(before)
}

func isASCIIWord(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' || r == '.' || r == '/')
}

// termWordsMax bounds the words of a spelling that is looked for in text.
const termWordsMax = 5

// at finds the longest term that begins at byte i.
func (g *glossary) at(text string, i int) (found, bool) {
	best := found{from: i}
	name, abbr := g.names, g.abbrs
	words, end := 0, i
	for end < len(text) && words <= termWordsMax && (name != nil || abbr != nil) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' && r != '-' {
			break
		}
		if r == ' ' {
			words++
		}
		end += size
		name, abbr = name.along(r), abbr.after(r)
		if r == ' ' || r == '-' {
			continue
		}
		n := -1
		if name != nil && name.term >= 0 {
			n = name.term
		} else if abbr != nil && abbr.term >= 0 && end-i >= 3 {
			n = abbr.term
		}
		if n >= 0 && g.ends(text, end, r) {
			best.term, best.to = g.terms[n], end
		}
	}
	return best, best.to > 0
}

// after is the tree behind r, nil without one.
func (l *letters) after(r rune) *letters {
	if l == nil {
		return nil
	}
	return l.next[r]
}

// along is after for a rune as it is written; what fold drops leads nowhere else.
func (l *letters) along(r rune) *letters {
	switch {
	case l == nil || foldedAway(r):
		return l
	case r >= 'A' && r <= 'Z':
		return l.next[r+'a'-'A']
	case r < utf8.RuneSelf || isHangulSyllable(r):
		return l.next[r]
	}
	for _, c := range fold(string(r)) {
		l = l.after(c)
	}
	return l
}

// ends reports whether a word may end at byte end, after rune last.
func (g *glossary) ends(text string, end int, last rune) bool {
	if end == len(text) {
		return true
	}
	next, _ := utf8.DecodeRuneInString(text[end:])
	if last < utf8.RuneSelf {
		return !isASCIIWord(next) || next == '.'
	}
	if unicode.Is(unicode.Hangul, next) {
		return particlesThenEnd(text[end:], particlesMax)
	}
	return true
}

// bare cuts the particle off a single noun; words that glossary or note know
// as they stand are kept.
func (g *glossary) bare(s string) string {
	s = strings.TrimSpace(s)
	if _, ok := g.lookup(s); ok {
		return s
	}
	if stem, _ := korean.StripJosa(s); stem != s {
		if _, ok := g.lookup(stem); ok {
			return stem
		}
	}
	if m := particlesEnd.FindStringSubmatch(s); m != nil {
		if _, ok := g.lookup(m[1]); ok {
			return m[1]
		}
		last, _ := utf8.DecodeLastRuneInString(m[1])
		if last < utf8.RuneSelf || last == '`' {
			return m[1]
		}
	}
	return s
}
