package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// propertyLabel are labels below which an item says what its subject is like.
var propertyLabel = prefilter.MustCompile(`^(?:특징|특성|장점|단점|역할|기능|주요 ?(?:기능|특징)|한계|성질)$`)

// alsoThere brings a further thing in and says nothing of the subject.
var alsoThere = prefilter.MustCompile(`도 (?:있다|있음|있습니다)[.]?$`)

// readProperty reads a sentence right below a known thing that no other pattern
// understood: it describes the thing, which is the answer.
func readProperty(r *reader, st statement) bool {
	text := strings.TrimSpace(parenTail.ReplaceAllString(plainWords(st.rest), ""))
	n := utf8.RuneCountInString(text)
	if st.title || r.count > 0 || n < predicateRunesMin || n > aboutRunesMax || !predicateEnd.MatchString(text) {
		return false
	}
	if len(st.labels) > 0 && !propertyLabel.MatchString(strings.TrimSpace(st.labels[0])) {
		return false
	}
	if _, known := r.gloss.lookup(st.subject.name); !known && !r.known[st.subject.id] {
		return false
	}
	if st.topic != "" || demonstrative.MatchString(text) || alsoThere.MatchString(text) || st.block.Number > 0 || !r.mayName(st) {
		return false
	}
	r.names(st, "property", HasProperty, st.subject, text)
	return false
}
