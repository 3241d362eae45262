package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/korean"
	"gieok/prefilter"
)

var (
	// ratherThan is what a thing is not, before what it is: "A는 B가 아니라 C이다".
	ratherThan = prefilter.MustCompile(`^(.*(?:은|는))\s+[^,]{1,20}(?:이|가) 아니라\s+`)
	// isNamed is "…한 A는 X이다" and "…한 A가 X이다": the description comes first.
	isNamed = prefilter.MustCompile(`^(.*(?:[는된한던]|[^\s]을|할|될|인|난|온|진)\s+(?:[^\s]+ )?[^\s]*[^\s은는이가])(은|는|이|가)\s+([^,]{2,24}?)(?:이다|입니다)[.]?$`)
)

// readNamed reads a sentence that describes first and names last.
func readNamed(r *reader, st statement) bool {
	if st.topic != "" && !strings.Contains(st.text, "아니라") {
		return false
	}
	text := strings.TrimSpace(parenTail.ReplaceAllString(plainWords(st.text), ""))
	m := isNamed.FindStringSubmatch(ratherThan.ReplaceAllString(text, "$1 "))
	if m == nil || !r.nounWith(m[1], m[2]) || wordCount(m[3]) > 3 || strings.ContainsAny(m[3], "0123456789") {
		return false
	}
	s, ok := r.exactly(m[3], nil)
	if !ok || strings.HasSuffix(m[3], "것") || isLabel(m[3]) || weakNoun.MatchString(m[3]) || demonstrative.MatchString(m[1]) || adnominalInside.MatchString(m[3]+" ") {
		return false
	}
	r.names(st, "named", Definition, s, m[1])
	return r.count > 0
}

// nounWith reports whether the last word of text is a noun that the particle
// follows, and not a verb that only looks so: 받는.
func (r *reader) nounWith(text, particle string) bool {
	words := strings.Fields(text)
	word := words[len(words)-1]
	if _, known := r.gloss.lookup(word); known || word == "것" {
		return true
	}
	_, cut := korean.StripJosa(word + particle)
	last, _ := utf8.DecodeLastRuneInString(word)
	return cut == particle && !(strings.ContainsAny(particle, "은는") && strings.ContainsRune(verbStems, last))
}
