package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/korean"
	"gieok/prefilter"
)

var (
	definedEnd = prefilter.MustCompile(`(?:이다|입니다|임|이에요|예요|을 말한다|를 말한다|을 말함|를 말함|을 말합니다|를 말합니다|을 뜻한다|를 뜻한다|을 뜻함|를 뜻함|을 의미한다|를 의미한다|을 의미함|를 의미함|을 의미합니다|를 의미합니다|을 뜻합니다|를 뜻합니다|것|역할|담당|전용)[.]?$`)
	copulaEnd  = prefilter.MustCompile(`(?:이다|입니다|임|이에요|예요|을 말한다|를 말한다|을 말함|를 말함|을 말합니다|를 말합니다|을 뜻한다|를 뜻한다|을 뜻함|를 뜻함|을 의미한다|를 의미한다|을 의미함|를 의미함|을 의미합니다|를 의미합니다|을 뜻합니다|를 뜻합니다)[.]?$`)
	verbEnd    = prefilter.MustCompile(`(?:한다|된다|있다|없다|않는다|합니다|됩니다|습니다|ㅂ니다|니다|해요|돼요|함|됨|있음|없음|않음|가능|필요)[.]?$`)
)

// readDefinition reads "X는 A이다", and the first words below a heading or a
// term when they are a noun phrase.
func readDefinition(r *reader, st statement) bool {
	text := strings.TrimSpace(parenTail.ReplaceAllString(plainWords(st.rest), ""))
	if st.first && purposeUse.MatchString(st.rest) || caseOpen.MatchString(text) {
		return false
	}
	if n := len(r.graph.Facts); st.topic != "" && r.count > 0 && r.graph.Facts[n-1].Relation == Contrast {
		return false // its two sides were read apart
	}
	if st.topic != "" {
		r.topicDefinition(st, text)
		return false
	}
	if st.title || r.ownTopic(text) || st.subject.name == "" || r.count > 0 && !st.first || strings.HasPrefix(st.text, "`") {
		return false
	}
	noun := definedEnd.MatchString(text) || nounEnd.MatchString(text) && !verbEnd.MatchString(text)
	if !noun || wordCount(text) < 2 || utf8.RuneCountInString(text) > aboutRunesMax || !r.mayName(st) {
		return false
	}
	if len(st.block.Children) > 0 && !adnominalInside.MatchString(text) && !strings.Contains(text, "의 ") {
		return false // the title of what stands below it
	}
	switch {
	case st.first && len(st.labels) == 0:
		r.names(st, "definition", Definition, st.subject, noCopula(text))
	case isLabelAny(st.labels, definedLabel) || len(st.labels) == 0 && nominalHead.MatchString(text):
		r.names(st, "definition", Definition, st.subject, noCopula(text))
	}
	return false
}

// noCopula is a description without 이다 in its forms; after a vowel it is only
// a 다, as in 저장소다, and the language decides whether that is one.
func noCopula(s string) string {
	if cut := copulaEnd.ReplaceAllString(s, ""); cut != s {
		return strings.TrimSpace(cut)
	}
	if cut, ok := strings.CutSuffix(strings.TrimRight(s, "."), "다"); ok && !strings.HasSuffix(cut, "니") {
		if m, known := korean.Modifier(s); known && m == cut+"인" {
			return cut
		}
	}
	return s
}

// ownTopic reports a sentence that speaks of something of its own: 은 or 는
// stands behind a noun among its first words.
func (r *reader) ownTopic(text string) bool {
	words := strings.Fields(text)
	for _, w := range words[:min(len(words), 4)] {
		if !strings.HasSuffix(w, "은") && !strings.HasSuffix(w, "는") {
			continue
		}
		stem, particle := korean.StripJosa(w)
		if particle != "은" && particle != "는" {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(stem)
		if _, known := r.gloss.lookup(stem); known || !strings.ContainsRune(verbStems, last) {
			return true
		}
	}
	return false
}

// verbStems are syllables on which verbs end that take 는 before a noun.
const verbStems = "드누퍼싸뜨끄쏘꾸비피켜두가하되있없받주내쓰크르맞오지보나기시키리치우추루느서세매이"

// nominalHead are nouns by which a phrase says what kind of thing it speaks of.
var nominalHead = prefilter.MustCompile(`[는한된할의인]\s+(?:[^\s]+ )?(?:컨트롤러|리소스|오브젝트|객체|프로퍼티|필드|속성|기술|방식|방법|개념|기능|도구|서비스|프로그램|프로세스|컴포넌트|매커니즘|메커니즘|메카니즘|프로토콜|시스템|명령어?|옵션|단위|공간|영역|환경|저장소|계층|장치|구조|언어|파일|패턴|전략|정책|타입|볼륨|컨테이너|파드|값|이름|주소|규칙|집합|묶음|인터페이스|플랫폼|소프트웨어|엔진|데몬|서버|네트워크|알고리즘|모델|것)(?:이다|입니다|임)?[.]?$`)

func isLabelAny(list []string, re *prefilter.Regexp) bool {
	return len(list) > 0 && re.MatchString(strings.TrimSpace(list[0]))
}

// topicDefinition reads a sentence that names its own subject.
func (r *reader) topicDefinition(st statement, text string) {
	s := st.subject
	s.block = st.block
	length := utf8.RuneCountInString(text)
	if length < 6 || length > aboutRunesMax || strings.Contains(fold(text), fold(s.name)) {
		return
	}
	switch {
	case noCopula(text) != text || definedEnd.MatchString(text) || nominalHead.MatchString(text) || nounEnd.MatchString(text) && !verbEnd.MatchString(text):
		r.names(st, "definition", Definition, s, noCopula(text))
	case length >= predicateRunesMin:
		r.names(st, "definition", HasProperty, s, text)
	}
}

// predicateRunesMin: a shorter predicate fits too many things.
const predicateRunesMin = 14
