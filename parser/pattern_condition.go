package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/korean"
	"gieok/prefilter"
)

var (
	needed     = prefilter.MustCompile(`^(.+?(?:하려면|려면|기 위해서는|기 위해선|기 위해))\s*,?\s+(.+?(?:해야 ?(?:함|한다|합니다|됨|된다)|야 (?:함|한다|합니다|됩니다)|필요(?:함|하다|합니다)?|된다|면 됨|면 된다|면 됩니다|면 돼요)[.]?)$`)
	mustOnly   = prefilter.MustCompile(`^(?:.*?(?:지만|하나|고|며),?\s+)?(.+?)(?:은|는|이|가)\s+(\d+\s*[가-힣]+|하나|[\w.]+)(?:이어야|여야|이여야|어야|만 가능)\s*(?:함|한다|합니다|만 함)?[.]?$`)
	partResult = prefilter.MustCompile(`^(.{1,20}?)(?:은|는)\s+(.+?)(?:이|가)?\s*(?:발생|일어남|일어난다|생김|생긴다)(?:함|한다|합니다|됨)?[.]?$`)
	belowField = prefilter.MustCompile(`^(?:(?:YAML|yaml|매니페스트)(?: 파일)?의?\s+)?(.+?)\s+(하위|아래|동위|안|내부)(?:에|의)?(?:\s+(?:프로퍼티|정의|작성|기술|설정|지정|명시|적).*)?$`)
	mustVerb   = prefilter.MustCompile(`(?:해야|어야|아야|야)\s*(?:함|한다|합니다|됨|된다|됩니다)[.]?$`)
)

// readCondition reads "A하면 B", "A하려면 B", "A는 1개여야 함" and where a field belongs.
func readCondition(r *reader, st statement) bool {
	text := strings.TrimSpace(plainWords(st.text))
	bare := strings.TrimSpace(parenTail.ReplaceAllString(text, ""))
	if m := needed.FindStringSubmatch(bare); m != nil {
		r.need(st, m[1], m[2])
		return false
	}
	if m := belowField.FindStringSubmatch(plainWords(st.rest)); m != nil && st.subject.id != "" && wordCount(m[1]) <= 3 && strings.Contains(text, "YAML") && len(st.labels) == 0 {
		r.place(st, m[1], m[2])
		return false
	}
	if m := mustOnly.FindStringSubmatch(text); m != nil && wordCount(m[1]) <= 4 && st.subject.id != "" {
		r.add(st, "condition", Fact{Subject: st.subject.id, Relation: Limitation, Object: m[1], Term: true, Condition: text})
		return false
	}
	if st.topic != "" {
		text = strings.TrimSpace(plainWords(st.rest))
	}
	condition, result, ok := splitCondition(text)
	if at := strings.Index(result, ", "); ok && at > 0 {
		if _, _, second := splitCondition(result[at+2:]); second {
			// "A면 P, B면 Q": two facts; the verb behind Q is P's as well.
			inner := st
			inner.text, inner.off = strings.TrimSpace(result[at+2:]), st.off
			readCondition(r, inner)
			if result = strings.TrimSpace(result[:at]); wordCount(result) <= 3 && st.subject.id != "" {
				r.add(st, "condition", Fact{Subject: st.subject.id, Relation: Consequence, Object: result, Condition: condition, Term: wordCount(result) == 1})
				return false
			}
		}
	}
	if !ok || st.subject.id == "" && st.topic == "" {
		return false
	}
	if demonstrative.MatchString(condition) || strings.HasPrefix(condition, "즉 ") || usedThen.MatchString(result) || strings.HasPrefix(result, "안 ") || r.defined(condition) || strings.HasPrefix(condition, "필요") {
		return false
	}
	if r.partResults(st, condition, result) {
		return false
	}
	result = strings.TrimSpace(parenTail.ReplaceAllString(result, ""))
	if n := utf8.RuneCountInString(result); n <= clauseRunesMax && n >= 4 && predicateEnd.MatchString(result) && wordCount(condition) >= 2 {
		rel := Consequence
		if mustVerb.MatchString(result) || strings.HasSuffix(result, "필요") {
			rel = Condition
		}
		r.add(st, "condition", Fact{Subject: st.subject.id, Relation: rel, Object: result, Aliases: clauseForms(result), Condition: condition, Negative: negative(result)})
	}
	return false
}

// defined reports that this statement was read as a definition that holds the words.
func (r *reader) defined(words string) bool {
	n := len(r.graph.Facts)
	if r.count == 0 || n == 0 {
		return false
	}
	f := r.graph.Facts[n-1]
	return (f.Relation == Definition || f.Relation == Contrast) && strings.Contains(f.About, words)
}

// usedThen: "…할 때 사용" is a purpose and no consequence.
var usedThen = prefilter.MustCompile(`^(?:자주 |주로 |흔히 |보통 )?(?:사용|쓴다|쓰인|활용|이용|적합|유용|좋다|좋음)`)

// predicateEnd is how a clause ends that says what happens.
var predicateEnd = prefilter.MustCompile(`(?:다|요|함|됨|임|음|짐|킴|남|감|옴|줌|가능|불가|필요|발생|삭제|생성|실행|종료|적용|유지|추가|변경|중단|거부|무시|제공|시작|재시작|출력|표시|반환|전달|연결)[.]?$`)

// noCondition are nouns that end like a condition.
var noCondition = wordSet("화면 측면 반면 전면 표면 평면 라면 도면 장면 가면 후면 단면 정면 이면 그러면 지면 하면")

// splitCondition cuts a sentence behind "…면", "…경우" or "…때".
func splitCondition(text string) (condition, result string, ok bool) {
	words := strings.Fields(text)
	for i := 0; i < len(words)-1; i++ {
		w := strings.TrimRight(words[i], ",")
		ends := strings.HasSuffix(w, "면") && !noCondition[w] && utf8.RuneCountInString(w) >= 2
		if caseWords[w] && i > 0 && adnominalEnd(words[i-1]) {
			ends = true
		}
		if ends && i >= 1 {
			return strings.TrimRight(strings.Join(words[:i+1], " "), ","), strings.Join(words[i+1:], " "), true
		}
	}
	return "", "", false
}

var caseWords = wordSet("경우 경우에 경우엔 경우에는 때 때에 때는 때에는 때마다")

// adnominalEnd reports a word that ends in ㄴ or ㄹ, as a verb does before a noun.
func adnominalEnd(w string) bool {
	last, _ := utf8.DecodeLastRuneInString(w)
	if last < '가' || last > '힣' {
		return false
	}
	tail := (last - '가') % 28
	return tail == 4 || tail == 8
}

// need reads "A하려면 B해야 함".
func (r *reader) need(st statement, goal, way string) {
	if st.subject.id == "" || utf8.RuneCountInString(way) > clauseRunesMax {
		return
	}
	if codes := codeSpans.FindAllStringSubmatch(st.text, -1); len(codes) == 1 && asCommand(codes[0][1]) != "" && strings.Contains(way, asCommand(codes[0][1])) {
		r.add(st, "condition", Fact{Subject: st.subject.id, Relation: CommandFor, Object: asCommand(codes[0][1]), Term: true, About: goal})
		return
	}
	r.add(st, "condition", Fact{Subject: st.subject.id, Relation: Need, Object: way, Aliases: clauseForms(way), Condition: goal})
}

// place reads where in a manifest a field is written.
func (r *reader) place(st statement, where, side string) {
	if !strings.HasSuffix(where, "정의") {
		where = strings.TrimSpace(strings.TrimSuffix(where, "의"))
	}
	f := Fact{Subject: st.subject.id, Relation: PartOf, Object: where + " " + side, About: "YAML에서 적는 곳"}
	switch side {
	case "하위", "아래", "안", "내부":
		f.Aliases = []string{where + " 아래", where}
		f.Term = wordCount(where) == 1
		if f.Term {
			f.Object, f.Aliases = where, []string{where + " 아래", where + " " + side}
		}
	case "동위":
		f.Aliases = []string{korean.With(where, "과/와") + " 같은 수준"}
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
			Subject: st.subject.id, Relation: Consequence, Object: full, Term: wordCount(full) <= 3,
			Condition: condition, About: m[1], Aliases: []string{full + " 발생", korean.With(full, "이/가") + " 발생한다"},
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
	mustTail   = prefilter.MustCompile(`(?:해야|하여야)\s*(?:함|한다|합니다|됨|된다)[.]?$|하면\s*(?:됨|된다|됩니다)[.]?$`)
	objectTail = prefilter.MustCompile(`^(.+?)(?:을|를)\s+([^\s]+)$`)
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

// sentenceForm is s with a noun-style ending made a sentence.
func sentenceForm(s string) string {
	return strings.TrimRight(korean.Plain(strings.TrimRight(s, ". ")), ".")
}
