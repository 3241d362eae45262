package parser

import (
	"strings"
	"unicode"

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

// topicMark finds "X은/는/란 …": X is a short noun phrase without verb.
var topicMark = prefilter.MustCompile(`^([^,.:?!()]{1,40}?(?:\([^()]{1,45}\))?)(이란|란|은|는)\s+(.+)$`)

// split finds the topic of a statement. Only a name that the glossary, the
// note's headings or its spelling (Latin letters, code) make a thing counts.
func (r *reader) split(text string, inherited subject) (subject, string, string, bool) {
	m := topicMark.FindStringSubmatch(text)
	if m == nil || len(strings.Fields(m[1])) > 4 {
		return inherited, "", text, false
	}
	name := strings.TrimSpace(m[1])
	for _, lead := range []string{"즉 ", "그리고 ", "또한 ", "하지만 ", "따라서 ", "단, ", "단 ", "이때 ", "반면 ", "한편 "} {
		name = strings.TrimPrefix(name, lead)
	}
	name = insideOf.ReplaceAllString(name, "")
	s, ok := r.named(name, nil)
	if !ok || casePhrase.MatchString(name+" ") || adnominal.MatchString(name) {
		return inherited, "", text, false
	}
	_, known := r.gloss.lookup(s.name)
	known = known || r.knows(s.id) || m[2] == "이란" || m[2] == "란" || latinName.MatchString(s.name) ||
		len(strings.Fields(s.name)) <= 3 && (noCopula(m[3]) != m[3] || copulaThen.MatchString(m[3])) && adnominalInside.MatchString(m[3])
	if !known {
		return inherited, "", text, false
	}
	return s, name, m[3], true
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

// clean is text without marks of code.
func plainWords(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "`", ""))
}
