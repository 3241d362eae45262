package korean

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A class says how a predicate takes its endings.
type class int

const (
	verb      class = iota // 생성하-, 받-, 만들-
	adjective              // 필요하-, 같-
	existence              // 있-, 없-
	copula                 // a noun with 이다
	past                   // 했-, 되었-
	future                 // 겠-
	finished               // a whole sentence already, of a form that is not taken apart
)

// A predicate is the last word of a note's line, taken apart.
type predicate struct {
	head  string // everything before the stem, and the stem
	class class
}

// actionNouns become verbs with 하다 when a note ends in them. A longer noun
// that ends in one is one as well (재시작, 자동생성).
var actionNouns = strings.Fields(`
사용 생성 관리 실행 삭제 배포 확인 설정 지정 적용 정의 선언 할당 연결 전달 공유 저장 제공 보장 제한 유지 복제 교체 변경 수정 추가 제거
조회 검색 출력 입력 처리 요청 응답 호출 반환 접근 접속 통신 노출 마운트 스케줄링 모니터링 업데이트 롤백 시작 종료 중지 중단 정지 대기 감지
감시 선택 결정 판단 검사 체크 테스트 검증 인증 인가 암호화 인코딩 디코딩 압축 설치 구성 구현 작성 등록 해제 분리 분산 통합 이동 복사 보관
기록 수집 분석 측정 계산 비교 변환 매핑 바인딩 라우팅 포워딩 필터링 캐싱 빌드 동작 작동 수행 진행 발생 존재 포함 의존 참조 상속 확장 축소
증가 감소 발견 차단 허용 거부 거절 금지 권장 추천 주입 대체 대응 의미 표현 표시 설명 지원 요구 보호 복구 복원 백업 배치 조정 제어 조절
최적화 자동화 추상화 격리 소비 차지 점유 초기화 구분 분류 식별 명시 생략 무시 반영 갱신 동기화 완료 성공 실패 도달 초과 해당 소속 위치
만료 해석 이해 학습 활용 이용 운영 개발 구동 가동 기동 부여 관찰 예약 조작 로드 다운로드 업로드 감소 획득 취소 승인 회수 반납 전송 수신
송신 발송 발행 구독 재시도 시도 반복 순회 정렬 병합 결합 분할 강제 위임 전환 전파 유발 방지 예방 해결 대비 준비 보존 제외 배제 소멸 파괴 퇴거
축출 종속 연동 연계 관여 개입 담당 수용 조합 결정 나열 열거 정리 보고 알림 경고 통보 충돌 경쟁 공존 일치 변화 진입 탈출 이탈 참여 가입`)

// qualityNouns become adjectives with 하다.
var qualityNouns = strings.Fields(`
가능 불가능 필요 불필요 동일 유사 중요 다양 편리 불편 적합 부적합 유용 안전 충분 부족 간단 단순 복잡 고유 일정 동등 명확 확실 완전 불완전
안정 불안정 느슨 강력 유연 투명 적절 적당 유리 불리 특별 유일 유효 무효 무관 비슷 균등 독립적 저렴 신속 정확 부정확 엄격 모호 상이`)

// stemsInM are verb stems without a final consonant whose noun form only adds ㅁ
// (가지 → 가짐); nouns that happen to end in ㅁ are many, so the stems are listed.
var stemsInM = strings.Fields(`
가지 해지 어지 아지 여지 려지 켜지 라지 워지 겨지 혀지 져지 지켜지 사라지 떨어지 이루어지 내리 걸리 돌리 올리 알리 열리 풀리 불리 실리 늘리 들리 밀리 빌리 뿌리 살리 틀리
가리키 시키 일으키 지키 거치 걸치 마치 미치 고치 합치 놓치 겹치 뭉치 생기 남기 옮기 넘기 잠기 담기 맡기 숨기 옮겨지 끊기 당기 챙기 엉기 보내 나타내 꺼내 끝내 내
빼 쓰 애쓰 해주 어주 아주 여주 줘 주 어두 아두 여두 켜두 해두 쳐두 나오 들어오 가져오 오 나가 들어가 돌아가 가 살펴보 해보 바라보 보 두 맞추 멈추 갖추 감추 늦추 낮추 바꾸 나누 다루 이루 미루 지우 채우 비우
띄우 배우 세우 키우 태우 끄 켜 뛰 바뀌 나뉘 막히 닫히 잡히 읽히 밝히 얽히 묶이 보이 쓰이 줄이 높이 붙이 움직이 모이 들이 놓이 쌓이 섞이 엮이 덮이 기울이 받아들이
나타나 일어나 늘어나 끝나 벗어나 드러나 만나 나 따르 고르 오르 흐르 누르 부르 이르 치르 모으 담그 잠그 뜨 떠나 건너뛰 펼치 끼치 던지 퍼지 꺼지 쪼개 매 메 비추 나서 벌어지 주어지 없어지 느려지`)

// adjectivesInM are the same for adjectives.
var adjectivesInM = strings.Fields(`다르 빠르 크 느리 아니 나쁘 바쁘 흐리 어리 비싸 싸`)

// nounsInM end like a stem of stemsInM and are nouns.
var nounsInM = strings.Fields(`
이름 흐름 느낌 도움 모임 보름 여름 구름 자신감 현실감 힘 셈 봄 김 짐 침 그림 알림 걸음 처음 다음 마음 모음 얼음 소음 프로그램 시스템 볼륨 플랫폼 스트림 움직임 프레임 네임 타임 런타임 책임 게임 임 지침 방침 선임 신임 역임 전임 위임 담임 부임 크림 스킴`)

// adjectivesInEum take 음 after a consonant and are adjectives.
var adjectivesInEum = strings.Fields(`같 높 낮 많 적 작 좋 싫 짧 깊 얕 넓 좁 늦 맞 옳 굵 얇 젊 밝 괜찮`)

// irregularB are adjectives in ㅂ: 쉬움 → 쉽다.
var irregularB = map[string]string{
	"쉬움": "쉽", "어려움": "어렵", "가벼움": "가볍", "무거움": "무겁", "가까움": "가깝", "새로움": "새롭", "번거로움": "번거롭",
	"까다로움": "까다롭", "해로움": "해롭", "두려움": "두렵", "자유로움": "자유롭", "손쉬움": "손쉽", "뜨거움": "뜨겁", "차가움": "차갑",
}

// irregularD are verbs in ㄷ whose noun form shows ㄹ.
var irregularD = map[string]string{"들음": "듣", "물음": "묻", "실음": "싣", "깨달음": "깨닫"}

// Plain turns the clipped ending of a note into a whole sentence in the plain
// style: 생성됨 → 생성된다, 확인 가능 → 확인할 수 있다, 사용 → 사용한다,
// 파드 → 파드다. Whole sentences and lines that end in a particle or colon
// stay. A parenthesis at the end keeps its place behind the sentence.
func Plain(s string) string { return Reader{}.Plain(s) }

// Plain is the function Plain with the readings of r for the copula.
func (r Reader) Plain(s string) string {
	body, rest := splitEnd(s)
	p, ok := analyze(body)
	if !ok || p.class == finished {
		return s
	}
	return r.plain(p) + rest
}

// Modifier turns a predicate phrase, clipped or whole, into the form that
// stands before a noun: 관리됨 → 관리되는, 필요하다 → 필요한, 파드 → 파드인.
// ok is false when that can't be done safely.
func Modifier(s string) (modifier string, ok bool) {
	body, rest := splitEnd(s)
	if strings.Trim(rest, " .") != "" {
		return "", false
	}
	p, ok := analyze(body)
	if !ok {
		return "", false
	}
	if p.class == finished {
		if p, ok = unfinish(body); !ok {
			return "", false
		}
	}
	return p.modifier()
}

// splitEnd cuts the closing period and a parenthesis with what is before it off s.
func splitEnd(s string) (body, rest string) {
	body = strings.TrimRight(s, " .。")
	if strong := strings.TrimRight(body, "*_"); strings.HasPrefix(body, "*") || strings.Count(body, "**")%2 == 0 && strings.Contains(body, "**") {
		body = strings.TrimRight(strong, " .。") // **…함.** keeps its marks behind the sentence
	}
	if strings.HasSuffix(body, ")") {
		if before := beforeParenthesis(body); before != "" && strings.HasPrefix(body, before) {
			body = before
		}
	}
	rest = strings.TrimRight(s[len(body):], ".。 ")
	return body, rest
}

func (r Reader) plain(p predicate) string {
	switch p.class {
	case verb:
		last, size := utf8.DecodeLastRuneInString(p.head)
		lead, vowel, tail, _ := Split(last)
		if tail == 0 || tail == 'ㄹ' {
			closedN, _ := Join(lead, vowel, 'ㄴ')
			return p.head[:len(p.head)-size] + string(closedN) + "다"
		}
		return p.head + "는다"
	case copula:
		return r.With(p.head, "이다/다")
	}
	return p.head + "다"
}

func (p predicate) modifier() (string, bool) {
	last, size := utf8.DecodeLastRuneInString(p.head)
	before := p.head[:len(p.head)-size]
	lead, vowel, tail, ok := Split(last)
	if !ok && p.class != copula {
		return "", false
	}
	closedN, _ := Join(lead, vowel, 'ㄴ')
	openEnd, _ := Join(lead, vowel, 0)
	switch p.class {
	case verb:
		if tail == 'ㄹ' {
			return before + string(openEnd) + "는", true
		}
		return p.head + "는", true
	case existence:
		return p.head + "는", true
	case adjective:
		switch tail {
		case 0, 'ㄹ':
			return before + string(closedN), true
		case 'ㅂ':
			if p.irregular() {
				return before + string(openEnd) + "운", true
			}
		}
		return p.head + "은", true
	case copula:
		return p.head + "인", true
	case past:
		if last == '했' {
			return before + "한", true
		}
		if last == '됐' {
			return before + "된", true
		}
		if strings.HasSuffix(p.head, "되었") {
			return strings.TrimSuffix(p.head, "되었") + "된", true
		}
	}
	return "", false
}

func (p predicate) irregular() bool {
	for _, stem := range irregularB {
		if strings.HasSuffix(p.head, stem) {
			return true
		}
	}
	return false
}

// analyze finds the predicate at the end of a note's line; ok is false when the
// line is no predicate at all.
func analyze(body string) (p predicate, ok bool) {
	if body == "" || strings.HasSuffix(body, ":") || strings.HasSuffix(body, "]") {
		return p, false
	}
	if strings.ContainsRune("?!？！", lastRune(body)) {
		return predicate{body, finished}, true
	}
	last := body[strings.LastIndexAny(body, " \t\n")+1:]
	if !IsSyllable(lastRune(last)) {
		return predicate{body, copula}, !strings.ContainsRune(",;=→-", lastRune(last))
	}
	if isFinished(last) {
		return predicate{body, finished}, true
	}
	for _, rule := range []func(body, last string) (predicate, bool){
		possible, obliged, nominal, nounPredicate,
	} {
		if p, ok := rule(body, last); ok {
			return p, true
		}
	}
	if endsInParticle(last) {
		return p, false
	}
	return predicate{body, copula}, true
}

// nounsInDa end in 다 and are no sentence.
var nounsInDa = strings.Fields(`판다 람다 캐나다 베란다 아젠다`)

func isFinished(last string) bool {
	if slices.Contains(nounsInDa, last) {
		return false
	}
	for _, end := range []string{"다", "까", "요", "죠", "라", "자", "는가", "은가", "인가", "한가"} {
		if !strings.HasSuffix(last, end) || last == end {
			continue
		}
		switch end {
		case "라", "자": // 하라, 하자; 카메라, 글자 and 사용자 are nouns
			if !strings.HasSuffix(last, "하"+end) && !strings.HasSuffix(last, "으"+end) && !strings.HasSuffix(last, "어라") {
				continue
			}
		case "요": // 필요, 수요, 중요 are nouns
			if strings.HasSuffix(last, "필요") || strings.HasSuffix(last, "중요") || strings.HasSuffix(last, "주요") || strings.HasSuffix(last, "개요") || strings.HasSuffix(last, "수요") || strings.HasSuffix(last, "소요") {
				continue
			}
		case "한가", "인가":
			if strings.HasSuffix(last, "인가") && strings.HasSuffix(last, "증인가") {
				continue
			}
		}
		return true
	}
	return false
}

// possible reads 가능 and 불가 after an action: 확인 가능 → 확인할 수 있다.
func possible(body, last string) (predicate, bool) {
	for _, end := range []struct{ word, can string }{
		{"불가능함", "없"}, {"불가능", "없"}, {"불가함", "없"}, {"불가", "없"}, {"가능함", "있"}, {"가능", "있"},
	} {
		before, ok := strings.CutSuffix(body, end.word)
		if !ok || !strings.HasSuffix(last, end.word) {
			continue
		}
		action := strings.TrimRight(before, " ")
		word := action[strings.LastIndexAny(action, " \t")+1:]
		if action != "" && endsInNoun(word, actionNouns) {
			return predicate{withObject(action, word) + "할 수 " + end.can, existence}, true
		}
		stem := strings.TrimSuffix(end.word, "함")
		if stem == "불가" {
			stem = "불가능"
		}
		return predicate{before + stem + "하", adjective}, true
	}
	return predicate{}, false
}

// obliged reads 해야 without its verb.
func obliged(body, last string) (predicate, bool) {
	if strings.HasSuffix(last, "해야") || strings.HasSuffix(last, "어야") || strings.HasSuffix(last, "아야") {
		return predicate{body + " 하", verb}, true
	}
	return predicate{}, false
}

// nominal reads the noun forms in ㅁ and 음.
func nominal(body, last string) (predicate, bool) {
	for _, noun := range nounsInM {
		if last == noun || utf8.RuneCountInString(noun) > 1 && strings.HasSuffix(last, noun) {
			return predicate{}, false
		}
	}
	if stem, ok := irregular(body, irregularB); ok {
		return predicate{stem, adjective}, true
	}
	if stem, ok := irregular(body, irregularD); ok {
		return predicate{stem, verb}, true
	}
	if stem, ok := strings.CutSuffix(body, "음"); ok {
		return nominalEum(stem)
	}
	r, size := utf8.DecodeLastRuneInString(body)
	lead, vowel, tail, _ := Split(r)
	before := body[:len(body)-size]
	switch tail {
	case 'ㄻ':
		withL, _ := Join(lead, vowel, 'ㄹ')
		if withL == '길' || withL == '멀' {
			return predicate{before + string(withL), adjective}, true
		}
		return predicate{before + string(withL), verb}, true
	case 'ㅁ':
		openEnd, _ := Join(lead, vowel, 0)
		return nominalOpen(before+string(openEnd), last)
	}
	return predicate{}, false
}

func irregular(body string, table map[string]string) (string, bool) {
	// At most one key of each table ends a given text in its longest form; the
	// keys are tried from the longest suffix on, so map order plays no part.
	runes := []rune(body)
	for n := min(len(runes), 4); n >= 2; n-- {
		suffix := string(runes[len(runes)-n:])
		if stem, ok := table[suffix]; ok {
			return strings.TrimSuffix(body, suffix) + stem, true
		}
	}
	return "", false
}

func nominalEum(stem string) (predicate, bool) {
	last := lastRune(stem)
	_, _, tail, ok := Split(last)
	switch {
	case !ok || tail == 0:
		return predicate{}, false // 다음, 처음
	case last == '있' || last == '없':
		return predicate{stem, existence}, true
	case last == '겠':
		return predicate{stem, future}, true
	case tail == 'ㅆ':
		return predicate{stem, past}, true
	case last == '않':
		if negated, ok := strings.CutSuffix(stem, "지 않"); ok && endsInQuality(negated) {
			return predicate{stem, adjective}, true
		}
		return predicate{stem, verb}, true
	}
	for _, adj := range adjectivesInEum {
		if strings.HasSuffix(stem, adj) {
			return predicate{stem, adjective}, true
		}
	}
	return predicate{stem, verb}, true
}

// endsInQuality tells whether a stem before 지 않다 is an adjective's: 필요하지 않다.
func endsInQuality(stem string) bool {
	if noun, ok := strings.CutSuffix(stem, "하"); ok {
		return endsInNoun(lastWord(noun), qualityNouns)
	}
	for _, adj := range slices.Concat(adjectivesInEum, adjectivesInM) {
		if strings.HasSuffix(stem, adj) {
			return true
		}
	}
	return strings.HasSuffix(stem, "이") && !endsInStem(stem, stemsInM)
}

func nominalOpen(stem, last string) (predicate, bool) {
	if noun, ok := strings.CutSuffix(stem, "하"); ok {
		if endsInNoun(lastWord(noun), qualityNouns) {
			return predicate{stem, adjective}, true
		}
		if noun == "위" || strings.HasSuffix(noun, " 위") {
			return predicate{noun + "함", copula}, true
		}
		return predicate{stem, verb}, true
	}
	if strings.HasSuffix(stem, "되") {
		return predicate{stem, verb}, true
	}
	if endsInStem(lastWord(stem), adjectivesInM) && !strings.HasSuffix(stem, "싸") {
		return predicate{stem, adjective}, true
	}
	if endsInStem(lastWord(stem), stemsInM) {
		return predicate{stem, verb}, true
	}
	if noun, ok := strings.CutSuffix(stem, "이"); ok && noun != "" && strings.HasSuffix(last, "임") {
		return predicate{strings.TrimRight(noun, " "), copula}, true
	}
	return predicate{}, false
}

// endsInStem tells whether word is one of the stems or a compound with one of
// at least two syllables.
func endsInStem(word string, stems []string) bool {
	for _, stem := range stems {
		if word == stem || utf8.RuneCountInString(stem) > 1 && strings.HasSuffix(word, stem) {
			return true
		}
	}
	return false
}

// nounPredicate reads a line that ends in a noun of action or quality.
func nounPredicate(body, last string) (predicate, bool) {
	switch {
	case endsInNoun(last, qualityNouns) && !strings.HasSuffix(last, "적"):
		return predicate{withObject(body, last) + "하", adjective}, true
	case endsInNoun(last, actionNouns):
		return predicate{withObject(body, last) + "하", verb}, true
	}
	return predicate{}, false
}

// subjectNouns take what stands before them as their subject, placeNouns as
// their place, and intransitive ones take nothing that a rule could tell.
var (
	subjectNouns = strings.Fields(`발생 존재 필요 불필요 증가 감소 실패 성공 만료 소멸 충분 부족 변화 동일 완료`)
	placeNouns   = strings.Fields(`접근 접속 도달 참여 가입 진입`)
	intransitive = strings.Fields(`통신 동작 작동 해당 소속 위치 의존 대응 대기 가능 불가능 유사 중요 다양 편리 불편 적합 부적합 유용 안전 간단 단순 복잡 고유 일정 동등 안정 불안정 유리 불리 비슷 무관 업데이트 체크 테스트 포워딩 바인딩 충돌 경쟁 공존 일치 관여 개입 종속`)
	// adverbial are nouns that say how, before an action.
	adverbial = strings.Fields(`쭉 계속 바로 곧 먼저 나중에 그대로 자동 수동 직접 간접 전체 모두 전부 일부 정상 동적 정적 강제 순차 동시 개별 일괄 함께 다시 새로 항상 우선 즉시 매번 자주 따로 서로 후 전 시 때 및 등 중 간 내 경우 데 뒤 앞 더 잘 안 못 또 각각 최대 최소 기본 추가 임시 영구 별도 수 것 롤링 헬스 포트 재`)
)

// notObject are the last syllables that adverbs, particles and words before a
// noun end in; a noun among them stays without its particle.
const notObject = "는은한된할될인게고서며면지록히도만의와과로에을를이가적여어아해던른런든니터큼럼"

// objectNouns end in one of those syllables and are nouns all the same.
var objectNouns = strings.Fields(`권한 제한 기한 도메인 이미지 페이지 메시지 스토리지 경로 순서 결과 화면 경고 목록 기록 정의 속도 빈도 용도 온도 차이 길이 높이 추가 평가`)

// withObject puts the particle that notes leave out between a noun and the noun
// of action behind it: 상태 확인 becomes 상태를 확인, 권한 필요 권한이 필요.
func withObject(body, action string) string {
	before, ok := strings.CutSuffix(body, " "+action)
	if !ok || endsInNoun(action, intransitive) {
		return body
	}
	noun := lastWord(before)
	last := lastRune(noun)
	bare := IsSyllable(last) && !strings.ContainsRune(notObject, last) || last < 0x80 && (last >= 'a' && last <= 'z' || last >= 'A' && last <= 'Z' || last == '`')
	bare = bare || endsInNoun(noun, objectNouns)
	if !bare || slices.Contains(adverbial, noun) {
		return body
	}
	switch {
	case endsInNoun(action, subjectNouns):
		return With(before, "이/가") + " " + action
	case endsInNoun(action, placeNouns):
		return before + "에 " + action
	}
	return With(before, "을/를") + " " + action
}

func endsInNoun(word string, nouns []string) bool {
	for _, noun := range nouns {
		if word == noun || utf8.RuneCountInString(noun) > 1 && strings.HasSuffix(word, noun) {
			return true
		}
	}
	return false
}

func lastWord(s string) string { return s[strings.LastIndexAny(s, " \t")+1:] }

// endsInParticle tells whether a line breaks off at a particle, so that no
// ending can be put to it.
func endsInParticle(last string) bool {
	_, particle := StripJosa(last)
	switch particle {
	case "", "들", "도", "만", "의", "나", "이", "가", "로", "란", "며", "과", "하고":
		return false // too short to be sure: 네트워크 정책이
	}
	return true
}

// unpolite reads a 합니다 form without its 니다 as the clipped form of the same
// predicate, which tells verbs from adjectives: 공유합 → 공유함, 있습 → 있음, 만듭 → 만듦.
func unpolite(stem string) (predicate, bool) {
	r, size := utf8.DecodeLastRuneInString(stem)
	lead, vowel, tail, ok := Split(r)
	if !ok || tail != 'ㅂ' {
		return predicate{}, false
	}
	before := stem[:len(stem)-size]
	if r == '습' && before != "" {
		if p := (predicate{before, adjective}); p.irregular() { // 가볍습니다, whose clipped form is 가벼움
			return p, true
		}
		return clippedForm(before + "음")
	}
	m, _ := Join(lead, vowel, 'ㅁ')
	if p, ok := clippedForm(before + string(m)); ok {
		return p, true
	}
	lm, _ := Join(lead, vowel, 'ㄻ')
	return clippedForm(before + string(lm))
}

// clippedForm is the predicate of a form in ㅁ, not of a noun that ends so.
func clippedForm(body string) (predicate, bool) {
	return nominal(body, lastWord(body))
}

// unfinish takes a whole sentence apart, in the forms that Plain makes.
func unfinish(body string) (predicate, bool) {
	if polite, ok := strings.CutSuffix(body, "니다"); ok {
		if p, ok := unpolite(polite); ok {
			return p, true
		}
		if _, _, tail, _ := Split(lastRune(polite)); tail == 'ㅂ' {
			return predicate{}, false
		}
	}
	stem, ok := strings.CutSuffix(body, "다")
	if !ok {
		return predicate{}, false
	}
	if verbStem, ok := strings.CutSuffix(stem, "는"); ok && !strings.HasSuffix(verbStem, " ") {
		return predicate{verbStem, verb}, true
	}
	r, size := utf8.DecodeLastRuneInString(stem)
	lead, vowel, tail, ok := Split(r)
	if !ok {
		return predicate{stem, copula}, stem != ""
	}
	before := stem[:len(stem)-size]
	openEnd, _ := Join(lead, vowel, 0)
	switch {
	case r == '있' || r == '없':
		return predicate{stem, existence}, true
	case r == '이':
		return predicate{before, copula}, before != ""
	case tail == 'ㄴ':
		open := before + string(openEnd)
		if withL, _ := Join(lead, vowel, 'ㄹ'); withL == '들' || withL == '늘' {
			return predicate{before + string(withL), verb}, true
		}
		return predicate{open, verb}, strings.HasSuffix(open, "하") || strings.HasSuffix(open, "되") || endsInStem(lastWord(open), stemsInM)
	case tail == 'ㅆ' && r != '겠':
		return predicate{stem, past}, true
	case strings.HasSuffix(stem, "하"), endsInStem(lastWord(stem), adjectivesInM), endsInStem(lastWord(stem), adjectivesInEum), (predicate{stem, adjective}).irregular(), r == '않':
		return predicate{stem, adjective}, true
	}
	if _, ok := nominal(body, lastWord(stem)); !ok && tail == 0 {
		return predicate{stem, copula}, true
	}
	return predicate{}, false
}
