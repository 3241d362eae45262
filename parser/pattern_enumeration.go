package parser

import (
	"strings"

	"gieok/prefilter"
)

var (
	existList = prefilter.MustCompile(`^(?:(.+?)(?:에는|에|로는|으로는|은|는)\s+)?(.+?)(?:\s*등)?(?:이|가)?\s+(?:있다|있음|있습니다|존재한다|존재함|존재합니다|나뉜다|나뉨|나뉩니다)[.]?$`)
	dividedBy = prefilter.MustCompile(`^(.+?)(?:은|는)\s+(?:크게\s+)?(.+?)(?:으로|로)\s+(?:나뉜다|나뉨|나뉩니다|나눌 수 있다|나눌 수 있음|나눌 수 있습니다|구분된다|구분됨|구분됩니다|구성된다|구성됨|구성됩니다|이루어진다|이루어져 있다|이루어집니다)[.]?$`)
)

// readEnumeration reads "X에는 A, B, C가 있다" and "X는 A와 B로 나뉜다".
func readEnumeration(r *reader, st statement) bool {
	text := parenTail.ReplaceAllString(plainWords(st.text), "")
	m := dividedBy.FindStringSubmatch(text)
	if m == nil {
		if m = existList.FindStringSubmatch(text); m == nil || !strings.Contains(m[2], ",") {
			return false
		}
	}
	s := st.subject
	if m[1] != "" && st.topic == "" {
		named, ok := r.named(r.gloss.bare(m[1]), st.block)
		if !ok {
			return false
		}
		s = named
	}
	items := topSplit(enumerated.ReplaceAllString(m[2], ", "), ",")
	if len(items) < 2 || s.id == "" {
		return false
	}
	for _, item := range items {
		if wordCount(item) > 4 || item == "" || sentenceEnd.MatchString(item) && wordCount(item) > 1 {
			return false
		}
	}
	inner := st
	inner.subject = s
	r.concept(s)
	r.listed(inner, "enumeration", PartOf, strings.Join(items, ", "), s.name+"의 하나")
	return true
}

// enumerated joins the items of a list in words.
var enumerated = prefilter.MustCompile(`(?:와|과|하고|및|그리고)\s+|,\s*(?:그리고\s+)?`)
