package parser

import (
	"strings"

	"gieok/prefilter"
)

// nameColon is "… 프로퍼티 이름: `x`": the right side is the term, the left its description.
var nameColon = prefilter.MustCompile("^(.*?)\\s*(?:의\\s+)?(?:이름|명칭|키워드)\\s*[:：=]\\s*`?([^`:]{1,40}?)`?\\s*$")

// namingRule is "이름 법칙: `{서비스}.{…}`".
var namingRule = prefilter.MustCompile("^(.*?(?:이름|명명|네이밍)?\\s*(?:법칙|규칙|형식|포맷|패턴))\\s*[:：]\\s*`([^`]+)`\\s*$")

// readNaming turns "{설명} 이름: X" around.
func readNaming(r *reader, st statement) bool {
	if m := namingRule.FindStringSubmatch(st.text); m != nil {
		r.add(st, "naming", Fact{Subject: st.subject.id, Relation: Naming, Object: m[2], Term: true, About: m[1]})
		return true
	}
	m := nameColon.FindStringSubmatch(st.text)
	if m == nil || st.example {
		return false
	}
	about := strings.TrimSpace(m[1])
	if wordCount(about) <= 1 {
		// "프로퍼티 이름: x" says nothing of its own: the parent item describes x.
		parent := st.subject.name
		if n := len(st.block.ancestors); n > 0 {
			parent = plainWords(st.block.ancestors[n-1].Text)
		}
		if parent == "" {
			return false
		}
		about = strings.TrimSpace(parent + " " + about)
	}
	s, _, _ := r.identified(m[2], st.block)
	r.names(st, "naming", Definition, s, about)
	return true
}
