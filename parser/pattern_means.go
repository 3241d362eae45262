package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

var (
	meansUse  = prefilter.MustCompile(`(?:^|[,]\s*|\s)((?:[^\s,():]+ ){0,2}[^\s,():]+?)(?:을|를)\s*(?:이용|사용|활용|통|기반으로)(?:하여|해서?|으로)?\s+([^,]+)`)
	meansNoun = prefilter.MustCompile(`(?:^|,\s*)((?:[^\s,():]+ ){0,2}(?:[^\s,():]+ )?(?:알고리즘|방식|형식|기술|프로토콜|명령|명령어|옵션|포트|라벨|레이블|이름|키|플래그|토큰|인증서|해시))(?:으로|로)\s+([^,]+)$`)
	meansBy   = prefilter.MustCompile(`(?:^|,\s*)((?:[^\s,():]+ ){0,2}[^\s,():]*?)(?:으로|로)\s+((?:[^\s]+\s+)?(?:구분|식별|판단|지정|선택|접근|통신|스케줄링|정의|표현|관리|작성|저장|설정|연결|구성|실행|확인|저장|전달|암호화|인코딩|동작|처리)[^,]*)$`)
)

// readMeans reads with what something is done: "라벨로 파드를 고른다".
func readMeans(r *reader, st statement) bool {
	text := plainWords(st.rest)
	if st.subject.id == "" || st.example && wordCount(text) < 4 || strings.HasPrefix(st.text, "`") {
		return false
	}
	m := meansUse.FindStringSubmatch(text)
	if m == nil {
		m = meansBy.FindStringSubmatch(text)
	}
	if m == nil {
		m = meansNoun.FindStringSubmatch(text)
	}
	if m == nil || negative(m[2]) {
		return false
	}
	words := strings.Fields(m[1])
	for i := len(words) - 2; i >= 0; i-- {
		if words[i] != "서로" && (caseWord.MatchString(words[i]) || leadAdverb[words[i]]) {
			words = words[i+1:]
			break
		}
	}
	object := strings.Join(words, " ")
	if n := utf8.RuneCountInString(object); n < 2 || n > 20 || demonstrative.MatchString(object) || isLabel(object) || weakNoun.MatchString(object) || casePhrase.MatchString(object+" ") || adverb.MatchString(object) {
		return false
	}
	r.add(st, "means", Fact{Subject: st.subject.id, Relation: HasProperty, Object: object, Aliases: r.nounAliases(object), Term: true})
	return false
}

var (
	// caseWord is a word that belongs to the verb and not to the noun behind it.
	caseWord   = prefilter.MustCompile(`(?:은|는|이|가|을|를|에서|에게|에|로|와|과|도|한|할|된|여|해|고|며|서)$`)
	leadAdverb = wordSet("결국 주로 보통 대개 즉 또 또한 이후 먼저 직접 자주 흔히 다시 항상 그리고 하지만 따라서")
	weakNoun   = prefilter.MustCompile(`^(?:방법|방식|경우|때|것|수|등|값|상태|이름|위|이후|기본적|일반적|대표적|자동|내부적|주기적|지속적|점진적|동적|정적|별도|바로|새|실제)$`)
	adverb     = prefilter.MustCompile(`적$|^(?:서|따|그대|새|별|주|바|제|대체|실제|추가|임의|차례|순서대)$`)
)

// nounAliases are the other spellings of object, by the glossary as a whole or by its last word.
func (r *reader) nounAliases(object string) []string {
	if t, ok := r.gloss.lookup(object); ok {
		return t.others(object)
	}
	f := strings.Fields(object)
	if len(f) == 2 && (f[1] == "형식" || f[1] == "방식") {
		return []string{f[0]}
	}
	return nil
}
