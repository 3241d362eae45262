package parser

import (
	"strings"

	"gieok/prefilter"
)

// reachable is "A는 B에서(만) 접근 가능".
var reachable = prefilter.MustCompile(`^(.*?)((?:[^\s,]+ ){0,2}[^\s,]+?)(?:에서|서)(만|든지?|도)?\s+(?:만\s+)?(접근|사용|실행|생성|동작|조회|호출|통신|이용)\s*(?:이|을|를)?\s*(?:가능|할 수 있|한다|된다|함|됨)(.*)$`)

// verbJoin: what stands before 서 is a verb, as in "불러와서".
var verbJoin = prefilter.MustCompile(`(?:[와해여려워쳐겨져켜]|아|어)$`)

// readPlace reads where something can be done.
func readPlace(r *reader, st statement) bool {
	m := reachable.FindStringSubmatch(plainWords(st.text))
	if m == nil || st.subject.id == "" {
		return false
	}
	words := strings.Fields(m[2])
	for len(words) > 1 && (caseWord.MatchString(words[0]) && !strings.HasSuffix(words[0], "스터") || strings.HasSuffix(words[0], "에")) {
		words = words[1:]
	}
	where := strings.Join(words, " ")
	if verbJoin.MatchString(where) {
		return false
	}
	if m[3] == "든" || m[3] == "든지" {
		if before := strings.Fields(m[1]); len(before) > 0 && strings.HasPrefix(where, "어디") && len(words) == 1 {
			where = before[len(before)-1] + " " + where
		}
		where += "서든"
	}
	if demonstrative.MatchString(where) || isLabel(where) {
		return false
	}
	f := Fact{Subject: st.subject.id, Relation: HasProperty, Object: where, Term: true}
	f.Aliases = []string{strings.TrimSuffix(where, " 어디서든")}
	r.add(st, "place", f)
	return false
}
