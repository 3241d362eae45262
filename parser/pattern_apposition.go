package parser

import (
	"gieok/prefilter"
)

// apposed is "A인 X는 …": A says what X is.
var apposed = prefilter.MustCompile("^(.{10,}?)인\\s+`?([A-Za-z][\\w-]*|[\\p{Hangul}]{2,12}(?:\\([A-Za-z -]+\\))?)`?(은|는|이|가|을|를|의)\\s+(.+)$")

func readApposition(r *reader, st statement) bool {
	m := apposed.FindStringSubmatch(st.text)
	if m == nil || wordCount(m[1]) < 2 || !adnominalInside.MatchString(m[1]) || timeEnd.MatchString(m[1]) {
		return false
	}
	name := r.gloss.bare(m[2])
	s, ok := r.named(name, st.block)
	if !ok || !r.isTerm(s) {
		return false
	}
	if _, known := r.gloss.lookup(s.name); !known && !latinName.MatchString(s.name) && !r.known[s.id] {
		return false
	}
	r.names(st, "apposition", Purpose, s, m[1])
	if m[3] == "은" || m[3] == "는" {
		r.names(st, "apposition", HasProperty, s, m[4])
	}
	return true
}

var (
	adnominalInside = prefilter.MustCompile(`[는한된할될을던]\s`)
	timeEnd         = prefilter.MustCompile(`(?:^|\s)(?:중|전|후|상태|때|경우|개|가지|예정|것)$`)
)

// nounEnd reports words that end in a noun: no verb ending, no particle.
var nounEnd = prefilter.MustCompile(`(?:[^다요까\s.,!?은는을를에의고며면서로지게]|프로토콜|콘텐츠|인터페이스|서비스|패키지|이미지|메시지|페이지|스토리지|레지스트리|디렉터리|디렉토리|메모리|라이브러리|카테고리|쿼리|엔트리|포트|게이트웨이|데이터|도구|단위|기술|파일)[)]?$`)
