package parser

import (
	"strings"
	"unicode/utf8"
)

// readLimitation keeps a sentence that says what is not so, whole: a blank in
// it could turn its meaning around.
func readLimitation(r *reader, st statement) bool {
	text := plainWords(st.text)
	if !negative(text) || demonstrative.MatchString(text) || st.subject.id == "" || st.example || !sentenceEnd.MatchString(text) {
		return false
	}
	if n := utf8.RuneCountInString(text); n < 8 || n > aboutRunesMax || r.count > 0 {
		return false
	}
	r.add(st, "limitation", Fact{Subject: st.subject.id, Relation: Limitation, Object: sentenceForm(strings.TrimRight(text, ". ")), Negative: true})
	return false
}
