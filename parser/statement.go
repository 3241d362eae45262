package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gieok/prefilter"
)

// A statement is one sentence or item of a note with what it speaks of.
type statement struct {
	block   *Block
	text    string // with code between backticks
	off     int    // byte offset of text in block.Text
	subject subject
	topic   string   // the words before 은/는 when the statement names its own subject
	rest    string   // text after the topic, else text
	labels  []string // labels between the statement and its subject, nearest first
	first   bool     // the first words below a heading or a term
	example bool     // begins with ex. or 예)
	aside   bool     // begins with cf.
	title   bool     // reads like the title of what stands below it
}

var (
	exampleLead = prefilter.MustCompile(`^(?i:ex\.?\)?|e\.g\.|예\)|예시\)|예를 ?들[어면]|예|예시)\s*[.:)]?\s+|^(?i:ex|예)[.:)]`)
	asideLead   = prefilter.MustCompile(`^(?i:cf)[.)]?\s*`)
	dots        = prefilter.MustCompile(`(?:\p{Hangul}\p{Hangul}|\))[.!?]\s+`)
)

// A piece is a part of a text with its byte offset.
type piece struct {
	text string
	off  int
}

// sentences cuts the words of a block at sentence ends and forced line breaks.
// A dot after ex, cf, a number or Latin letters ends nothing.
func sentences(text string) []piece {
	var out []piece
	start := 0
	cut := func(end int) {
		s := text[start:end]
		lead := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, piece{s, start + lead})
		}
		start = end
	}
	code := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '`':
			code = !code
		case text[i] == '\n':
			cut(i)
		case !code && (text[i] == '.' || text[i] == '!') && i+1 < len(text) && text[i+1] == ' ':
			from := max(0, i-7)
			for from < i && text[from]&0xC0 == 0x80 {
				from++
			}
			if dots.MatchString(text[from : i+2]) {
				cut(i + 1)
			}
		}
	}
	cut(len(text))
	return out
}

// Bounds of a topic and of the parenthesis behind it, in runes.
const (
	topicRunesMax = 40
	asideRunesMax = 45
)

// topicMarks stand behind a topic, the longer before what it ends in.
var topicMarks = []string{"이란", "란", "은", "는"}

// topicOf finds "X은/는/란 …": X is a short noun phrase without verb. It is
// looked for in nearly every sentence, and written out since an expression
// would try all lengths of X.
func topicOf(text string) (name, mark, rest string, ok bool) {
	at := 0
	for range topicRunesMax {
		r, size := utf8.DecodeRuneInString(text[at:])
		if size == 0 || strings.ContainsRune(",.:?!()", r) {
			return "", "", "", false
		}
		at += size
		end := at
		if strings.HasPrefix(text[at:], "(") {
			inside := strings.IndexAny(text[at+1:], "()")
			if inside <= 0 || text[at+1+inside] != ')' || utf8.RuneCountInString(text[at+1:at+1+inside]) > asideRunesMax {
				return "", "", "", false
			}
			end = at + inside + 2
		}
		for _, m := range topicMarks {
			if !strings.HasPrefix(text[end:], m) {
				continue
			}
			behind := text[end+len(m):]
			rest = strings.TrimLeft(behind, " \t\n\f\r")
			if rest != "" && rest != behind && !strings.Contains(rest, "\n") {
				return text[:end], m, rest, true
			}
		}
	}
	return "", "", "", false
}

// split finds the topic of a statement. Only a name that the glossary, the
// note's headings or its spelling (Latin letters, code) make a thing counts.
func (r *reader) split(text string, inherited subject) (subject, string, string, bool) {
	name, mark, rest, ok := topicOf(text)
	if !ok || wordCount(name) > 4 {
		return inherited, "", text, false
	}
	name = strings.TrimSpace(name)
	for _, lead := range []string{"즉 ", "그리고 ", "또한 ", "하지만 ", "따라서 ", "단, ", "단 ", "이때 ", "반면 ", "한편 "} {
		name = strings.TrimPrefix(name, lead)
	}
	name = insideOf.ReplaceAllString(name, "")
	s, ok := r.named(name, nil)
	if !ok || casePhrase.MatchString(name+" ") || adnominal.MatchString(name) {
		return inherited, "", text, false
	}
	_, known := r.gloss.lookup(s.name)
	known = known || r.knows(s.id) || mark == "이란" || mark == "란" || latinName.MatchString(s.name) ||
		wordCount(s.name) <= 3 && (noCopula(rest) != rest || copulaThen.MatchString(rest)) && adnominalInside.MatchString(rest)
	if !known {
		return inherited, "", text, false
	}
	return s, name, rest, true
}

var (
	// insideOf is where a topic is spoken of: "Git에서 브랜치는 …".
	insideOf = prefilter.MustCompile(`^[^\s]+(?:에서|에서의)\s+`)
	// copulaThen is a copula that goes on: "…하는 이름표이며, …".
	copulaThen = prefilter.MustCompile(`[는한된할]\s[^,]{1,20}(?:이며|이고),`)
	// adnominal are verbs bent to stand before a noun: with them a phrase is no mere name.
	adnominal = prefilter.MustCompile(`(?:하는|되는|있는|없는|받는|된|한|할|될|지는|오는|쓰는|않는)\s`)
	latinName = prefilter.MustCompile("^[`A-Za-z][\\w./` -]*$")
)

// wordCount is the number of words of s.
func wordCount(s string) int {
	n, inside := 0, false
	for i := range len(s) {
		switch b := s[i]; {
		case b == ' ' || b >= '\t' && b <= '\r':
			inside = false
		case b == 0xC2 || b >= 0xE1 && b <= 0xE3:
			return len(strings.Fields(s)) // there are blanks beyond ASCII
		case !inside:
			n, inside = n+1, true
		}
	}
	return n
}

// plainWords is text without marks of code.
func plainWords(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "`", ""))
}
