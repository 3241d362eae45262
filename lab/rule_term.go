package lab

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gieok/korean"
	"gieok/parser"
)

// A use is one spelling of a term in a note.
type use struct {
	word  string
	count int
	first parser.Pos
}

// findTerms reports a term that the note writes in two ways: a loan word in two
// spellings (파드, 포드), or a name with other capitals (ClusterIP, ClusterIp).
func findTerms(_ context.Context, n *note) ([]Finding, error) {
	var out []Finding
	for _, t := range n.lab.words {
		if f, ok := twoSpellings(loanUses(n.graph, t), t); ok {
			out = append(out, f)
		}
		for _, en := range t.En {
			if f, ok := twoSpellings(capitalUses(n.graph, en), t); ok {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// twoSpellings words the finding at the first place of the rarest spelling.
func twoSpellings(uses []use, t parser.Term) (Finding, bool) {
	if len(uses) < 2 {
		return Finding{}, false
	}
	slices.SortStableFunc(uses, func(a, b use) int { return b.count - a.count })
	main, rare := uses[0], uses[len(uses)-1]
	var told []string
	for _, u := range uses {
		told = append(told, fmt.Sprintf("%s %d번", u.word, u.count))
	}
	return Finding{Pos: rare.first, EndLine: rare.first.Line, Severity: SeverityNotice,
		Message: fmt.Sprintf("한 용어를 두 가지로 적었습니다: %s.", strings.Join(told, ", ")),
		Fix:     fmt.Sprintf("한 가지로 적으세요. 예: %s", main.word)}, true
}

// loanUses are the spellings of one loan word, which differ by a few sounds.
func loanUses(g *parser.Graph, t parser.Term) []use {
	var out []use
	for _, ko := range t.Ko {
		if strings.Contains(ko, " ") || len([]rune(ko)) < 2 || !alike(ko, t.Ko[0]) {
			continue
		}
		if u := usesOf(g, ko, func(text string, i int) bool { return boundedKorean(text, i, ko) }); u.count > 0 {
			out = append(out, u)
		}
	}
	return out
}

// alikeShare is up to which share of the jamo two spellings of a loan word
// differ: 라벨 and 레이블, and not 파드 and 꼬투리.
const alikeShare = 0.6

func alike(a, b string) bool {
	longest := max(len([]rune(korean.Jamo(a))), len([]rune(korean.Jamo(b))))
	return a == b || float64(korean.JamoDistance(a, b)) <= alikeShare*float64(longest)
}

// boundedKorean tells whether a word that begins at i is not a part of a longer
// one: no letter stands before it, and behind it at most a particle.
func boundedKorean(text string, i int, word string) bool {
	before := []rune(text[:i])
	if n := len(before); n > 0 && (unicode.IsLetter(before[n-1]) || unicode.IsDigit(before[n-1])) {
		return false
	}
	rest := text[i+len(word):]
	end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.Is(unicode.Hangul, r) })
	if end < 0 {
		end = len(rest)
	}
	if end == 0 {
		return true
	}
	stem, _ := korean.StripJosa(word + rest[:end])
	return stem == word
}

// capitalUses are the spellings of a name with capitals within: other capitals
// are other spellings, all small ones are how commands write it.
func capitalUses(g *parser.Graph, en string) []use {
	if strings.Contains(en, " ") || !innerCapital.MatchString(en) {
		return nil
	}
	var out []use
	re := regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(en) + `\b`)
	for _, s := range g.Sentences {
		if s.Comment {
			continue
		}
		for _, w := range re.FindAllString(s.Text, -1) {
			if w == strings.ToLower(w) || w == strings.ToUpper(w) {
				continue
			}
			if i := slices.IndexFunc(out, func(u use) bool { return u.word == w }); i >= 0 {
				out[i].count++
				continue
			}
			out = append(out, use{w, 1, s.Span.Pos})
		}
	}
	// A field begins small (configMap), its kind with a capital.
	return slices.DeleteFunc(out, func(u use) bool { return unicode.IsLower(rune(u.word[0])) })
}

var innerCapital = regexp.MustCompile(`^[A-Z][a-z]+[A-Z]`)

// usesOf counts a word in the sentences of a note, where whole tells that it
// stands for itself.
func usesOf(g *parser.Graph, word string, whole func(text string, at int) bool) use {
	u := use{word: word}
	for _, s := range g.Sentences {
		for from := 0; ; {
			i := strings.Index(s.Text[from:], word)
			if i < 0 {
				break
			}
			if i += from; whole(s.Text, i) {
				if u.count++; u.count == 1 {
					u.first = s.Span.Pos
				}
			}
			from = i + len(word)
		}
	}
	return u
}

// unescaped is an anchor without percent signs.
func unescaped(anchor string) string {
	if s, err := url.PathUnescape(anchor); err == nil {
		return s
	}
	return anchor
}
