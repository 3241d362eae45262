package parser

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	needed      = regexp.MustCompile(`^(.+?(?:하려면|려면|기 위해서는|기 위해선|기 위해))\s*,?\s+(.+?(?:해야 ?(?:함|한다|합니다|됨|된다)|야 (?:함|한다|합니다|됩니다)|필요(?:함|하다|합니다)?|된다|하면 됨|하면 된다)[.]?)$`)
	conditional = regexp.MustCompile(`^((?:만약 |만일 )?.+?(?:[^화측반전표평라도도수하]면|다면|라면|하면|되면|으면|[는을할될된인한은] ?경우(?:에는|엔|에)?|[을할될일] ?때(?:에는|는|엔|마다)?))\s*,?\s+(.+)$`)
	mustOnly    = regexp.MustCompile(`^(?:.*?(?:지만|하나|고|며),?\s+)?(.+?)(?:은|는|이|가)\s+(\d+\s*[가-힣]+|하나|[\w.]+)(?:이어야|여야|이여야|어야|만 가능)\s*(?:함|한다|합니다|만 함)?[.]?$`)
	partResult  = regexp.MustCompile(`^(.{1,20}?)(?:은|는)\s+(.+?)(?:이|가)?\s*(?:발생|일어남|일어난다|생김|생긴다)(?:함|한다|합니다|됨)?[.]?$`)
	belowField  = regexp.MustCompile(`^(?:(?:YAML|yaml|매니페스트)(?: 파일)?의?\s+)?(.+?)\s+(하위|아래|동위|안|내부)(?:에|의)?(?:\s+(?:프로퍼티|정의|작성|기술|설정|지정|명시|적).*)?$`)
	mustVerb    = regexp.MustCompile(`(?:해야|어야|아야|야)\s*(?:함|한다|합니다|됨|된다|됩니다)[.]?$`)
)

// readCondition reads "A하면 B", "A하려면 B", "A는 1개여야 함" and where a field belongs.
func readCondition(r *reader, st statement) bool {
	text := strings.TrimSpace(plainWords(st.text))
	if m := needed.FindStringSubmatch(text); m != nil {
		r.need(st, m[1], m[2])
		return false
	}
	if m := belowField.FindStringSubmatch(plainWords(st.rest)); m != nil && st.subject.id != "" && len(strings.Fields(m[1])) <= 3 && strings.Contains(text, "YAML") {
		r.place(st, m[1], m[2])
		return false
	}
	if m := mustOnly.FindStringSubmatch(text); m != nil && len(strings.Fields(m[1])) <= 4 && st.subject.id != "" {
		r.add(st, "condition", Fact{Subject: st.subject.id, Relation: Limitation, Object: m[1], Term: true, Condition: text})
		return false
	}
	m := conditional.FindStringSubmatch(text)
	if m == nil || st.subject.id == "" && st.topic == "" {
		return false
	}
	condition, result := strings.TrimSpace(m[1]), strings.TrimSpace(m[2])
	if demonstrative.MatchString(condition) || strings.HasPrefix(result, "사용") || strings.HasPrefix(result, "자주 사용") {
		return false
	}
	if r.partResults(st, condition, result) {
		return false
	}
	if n := utf8.RuneCountInString(result); n <= clauseRunesMax && n >= 4 && len(strings.Fields(condition)) >= 2 {
		rel := Consequence
		if mustVerb.MatchString(result) || strings.HasSuffix(result, "필요") {
			rel = Condition
		}
		r.add(st, "condition", Fact{Subject: st.subject.id, Relation: rel, Object: result, Aliases: clauseForms(result), Condition: condition, Negative: negative(result)})
	}
	return false
}

// need reads "A하려면 B해야 함".
func (r *reader) need(st statement, goal, way string) {
	if st.subject.id == "" || utf8.RuneCountInString(way) > clauseRunesMax {
		return
	}
	r.add(st, "condition", Fact{Subject: st.subject.id, Relation: Need, Object: way, Aliases: clauseForms(way), Condition: goal})
}

// place reads where in a manifest a field is written.
func (r *reader) place(st statement, where, side string) {
	where = strings.TrimSpace(strings.TrimSuffix(where, "의"))
	f := Fact{Subject: st.subject.id, Relation: PartOf, Object: where + " " + side, About: "YAML에서 적는 곳"}
	switch side {
	case "하위", "아래", "안", "내부":
		f.Aliases = []string{where + " 아래", where}
		f.Term = len(strings.Fields(where)) == 1
		if f.Term {
			f.Object, f.Aliases = where, []string{where + " 아래", where + " " + side}
		}
	case "동위":
		f.Aliases = []string{where + "와 같은 수준"}
	}
	r.add(st, "condition", f)
}

// partResults reads "A하면 X는 P 발생, Y는 Q 발생": what happens to each.
func (r *reader) partResults(st statement, condition, result string) bool {
	parts := topSplit(result, ",")
	read := false
	for _, p := range parts {
		m := partResult.FindStringSubmatch(p)
		if m == nil {
			return read
		}
		what := strings.TrimSpace(parenAny.ReplaceAllString(m[2], ""))
		full := what
		object := Fact{
			Subject: st.subject.id, Relation: Consequence, Object: full, Term: len(strings.Fields(full)) <= 3,
			Condition: condition, About: m[1], Aliases: []string{full + " 발생", full + "이 발생한다"},
		}
		if f := strings.Fields(full); len(f) == 2 && latinName.MatchString(f[0]) {
			object.Aliases = append(object.Aliases, f[0])
		}
		r.add(st, "condition", object)
		read = true
	}
	return read
}

var (
	mustTail   = regexp.MustCompile(`(?:해야|하여야)\s*(?:함|한다|합니다|됨|된다)[.]?$|(?:하면|면)\s*(?:됨|된다|됩니다)[.]?$`)
	objectTail = regexp.MustCompile(`^(.+?)(?:을|를)\s+([^\s]+)$`)
)

// clauseForms are other endings of a clause: as a sentence and as a noun phrase.
func clauseForms(s string) []string {
	var out []string
	if full := sentenceForm(s); full != s {
		out = append(out, full)
	}
	if cut := mustTail.ReplaceAllString(s, ""); cut != s {
		cut = strings.TrimSpace(cut)
		out = append(out, cut)
		if m := objectTail.FindStringSubmatch(cut); m != nil {
			out = append(out, m[1]+" "+m[2])
		}
	}
	return out
}

// endings turn noun-style endings into sentences; the longest match wins.
var endings = [][2]string{
	{"해야 함", "해야 한다"}, {"해야함", "해야 한다"}, {"야 함", "야 한다"}, {"지 않음", "지 않는다"}, {"지 못함", "지 못한다"}, {"할 수 있음", "할 수 있다"},
	{"수 있음", "수 있다"}, {"수 없음", "수 없다"}, {"있음", "있다"}, {"없음", "없다"}, {"됨", "된다"}, {"함", "한다"}, {"임", "이다"}, {" 필요", "이 필요하다"},
	{"짐", "진다"}, {"킴", "킨다"}, {"줌", "준다"}, {"감", "간다"}, {"음", "는다"},
}

// sentenceForm is s with a noun-style ending made a sentence.
func sentenceForm(s string) string {
	s = strings.TrimRight(s, ". ")
	for _, e := range endings {
		if cut, ok := strings.CutSuffix(s, e[0]); ok {
			return cut + e[1]
		}
	}
	return s
}
