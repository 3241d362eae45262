package quiz

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gieok/korean"
)

// A notion is what a word says, with its sign: 불안정 is 안정 turned around.
type notion struct {
	name   string
	denied bool
}

// notions maps the beginnings of words to what they say. A minus before the
// name turns it around. Longest beginning wins; words that are the same to a
// learner share a name.
var notions = notionTable(`
종료=종료 죽=종료 꺼지=종료 꺼짐=종료 꺼진=종료 kill=종료 killed=종료 강제종료=종료 강제=종료 멈추=종료 멈춘=종료 멈춤=종료 중단=종료 중지=종료 내려가=종료 끝나=종료 끝난=종료
재시작=재시작 재기동=재시작 다시시작=재시작 삭제=삭제 지우=삭제 지워=삭제 제거=삭제 없애=삭제 없어지=삭제 사라지=삭제
제한=제한 한정=제한 느려=제한 느리=제한 쓰로틀링=제한 스로틀링=제한 throttling=제한 throttled=제한 throttle=제한 저하=제한 지연=제한 늦어=제한 떨어=제한
안정=안정 고정=안정 일정=안정 불변=안정 영구=안정 변하=-안정 변해=-안정 변함=-안정 변할=-안정 변동=-안정 변경=-안정 바뀌=-안정 바뀐=-안정 바뀔=-안정 바뀜=-안정 달라=-안정 임시=-안정 휘발=-안정 유동=-안정 ephemeral=-안정 stable=안정 안정성=안정 안정적=안정
엔드포인트=엔드포인트 endpoint=엔드포인트 접속점=엔드포인트 접점=엔드포인트 접속지점=엔드포인트 접근지점=엔드포인트 진입지점=엔드포인트 접속주소=엔드포인트 접근경로=엔드포인트 접속경로=엔드포인트 창구=엔드포인트 접근점=엔드포인트 진입점=엔드포인트 끝점=엔드포인트
제공=제공 주기=제공 주려=제공 주는=제공 줘=제공 갖=제공 가지=제공 얻=제공 확보=제공 유지=제공
관리=관리 다루=관리 다뤄=관리 통제=관리 생성=생성 만들=생성 만든=생성 추가=생성 사용=사용 쓰=사용 쓸=사용 이용=사용 활용=사용
접근=접근 접속=접근 들어=접근 닿=접근 연결=접근 통신=접근 도달=접근 보장=보장 약속=보장 담보=보장 보증=보장
모든=모두 모두=모두 전체=모두 전부=모두 온갖=모두 모든것=모두 일부=-모두 몇몇=-모두
엔티티=엔티티 entity=엔티티 개체=엔티티 객체=엔티티 오브젝트=엔티티 object=엔티티
시스템=시스템 쿠버네티스=시스템 클러스터=시스템 system=시스템
안에=안 안의=안 안쪽=안 안=안 내부=안 내에=안 내의=안 내=안 속=안 밖=-안 바깥=-안 외부=-안 외=-안
가능=가능 불가=-가능 공유=공유 나눠=공유 나누=공유 함께=공유 같이=공유 따로=-공유 각자=-공유 별도=-공유 독립=-공유
암호화=암호화 encryption=암호화 encrypted=암호화 인코딩=인코딩 부호화=인코딩 encoding=인코딩 encoded=인코딩 부족=부족 모자라=부족 고갈=부족 초과=초과 넘=초과 충분=-부족 남=-부족
증가=증가 늘=증가 늘리=증가 감소=-증가 줄=-증가 줄이=-증가 높=높음 높이=높음 낮=-높음 낮추=-높음 많=많음 적=-많음 빠르=빠름 빨라=빠름 성공=성공 실패=-성공 시작=시작 켜=시작 허용=허용 금지=-허용 차단=-허용 거부=-허용 필요=필요 자동=자동 수동=-자동
`)

type notionRow struct {
	prefix string
	notion notion
}

// notionTable sorts the longest beginning first.
func notionTable(text string) []notionRow {
	var rows []notionRow
	for _, field := range strings.Fields(text) {
		prefix, name, _ := strings.Cut(field, "=")
		denied := strings.HasPrefix(name, "-")
		rows = append(rows, notionRow{prefix, notion{strings.TrimPrefix(name, "-"), denied}})
	}
	slices.SortStableFunc(rows, func(a, b notionRow) int { return len(b.prefix) - len(a.prefix) })
	return rows
}

// silent words add nothing to a sentence.
var silent = strings.Fields(`때문 때문에 위해 위해서 위하여 위한 위함 것 것이 것은 수 등 및 그리고 그래서 그냥 좀 잘 바로 발생 발생해 발생하여 발생하고 발생해서 일어나 일어난다 일어나서 생겨 생겨서 경우 때 또 더 이 그 저 한다 하는 하다 함 해 하기 하려고 된다 되는 됨 돼 되어 되어서 이다 있다 있는 있음 있어서 있도록 이유 까닭 있는가 하는가 되는가 인가 무엇인가 않는가 무엇 어떤 어떻게 왜 현상 상태 대한 대해 통해 의해 인해 따라 자신 계속 매번 수시로 언제든 쉽게 자주 성능 성능이 속도 속도가 처리 이루어지 존재 걸린다 걸림 걸려 걸려서 걸리고 오류 에러 error 때문이다 종류 말한다 말함 말하는 뜻한다 뜻함 뜻하는 가리킨다 가리킴 일컫는다 의미한다 의미함 의미하는 부른다 부르는 모음 집합 그것 등등 필요해서 필요하기 필요하다 필요하니까 말 말이다 말입니다 얘기 설명 주장 나서 나고 나면 난다 나다 났다 나며 당한다 당함 당해 당하 벌어진다 벌어짐 뿐 뿐이다 있기 있으니까 있어 있으므로`)

var (
	tokenPattern  = regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{N}./_-]*`)
	deniesAfter   = regexp.MustCompile(`^(않|못|없|아니|아닌|아님|아닙|말고|말아)`)
	deniesBefore  = regexp.MustCompile(`^(안|못)$`)
	deniedJoined  = regexp.MustCompile(`(지않|지못|수없|안됨|안된|안돼|안됩|안함|안한|안합|안해|못함|못한|못해|못합)`)
	prefixDenial  = regexp.MustCompile(`^(불|비|미|무)(\p{Hangul}{2,})`)
	sentenceForms = []string{"하는가", "되는가", "하기 때문", "시키기", "합니다", "했습니다", "됩니다", "되었습니다", "습니다", "한다", "하는", "하기", "하여", "하려", "해서", "하고", "하면", "하며", "했다", "하다", "하게", "해야", "함", "할", "한", "해", "된다", "되는", "되기", "되어", "되면", "되고", "되지", "하지", "됨", "될", "된", "돼", "시킨", "이다", "이기", "이라", "입니다", "적인", "적이", "적으로", "적", "성", "인", "임", "들"}
)

// content is what a sentence says, as a set of notions in the order of mention.
func (q Question) content(text string) []notion {
	tokens := tokenPattern.FindAllString(korean.NFC(text), -1)
	var said []notion
	add := func(n notion) {
		if n.name != "" && !slices.Contains(said, n) {
			said = append(said, n)
		}
	}
	pending := false // 안, 못 before its verb
	for i := 0; i < len(tokens); i++ {
		token := tokens[i]
		if deniesBefore.MatchString(token) && i+1 < len(tokens) && !strings.HasPrefix(tokens[i+1], "에") {
			pending = true
			continue
		}
		if deniesAfter.MatchString(token) {
			if len(said) > 0 {
				said[len(said)-1].denied = !said[len(said)-1].denied
			}
			continue
		}
		names, used := q.termsAt(tokens[i:])
		if used > 0 {
			i += used - 1
			for _, name := range names {
				add(notion{name: name})
			}
			continue
		}
		if i+1 < len(tokens) {
			// 접속 지점 is one word to those who write it 접속지점.
			if joined := lookNotion(strings.ToLower(token + tokens[i+1])); joined.name != "" && joined != lookNotion(strings.ToLower(token)) {
				add(joined)
				i++
				continue
			}
		}
		for _, n := range q.wordNotions(token) {
			n.denied = n.denied != (pending || deniedJoined.MatchString(token))
			add(n)
			pending = false
		}
	}
	return said
}

const termWordsMax = 4

// termsAt reads a term of the glossary that begins the tokens.
func (q Question) termsAt(tokens []string) (names []string, used int) {
	for n := min(termWordsMax, len(tokens)); n > 0; n-- {
		if term, ok := q.findPhrase(tokens[:n]); ok && !slices.Contains([]string{"status", "data"}, term.ID) {
			if row := lookRow(strings.ToLower(tokens[0])); n == 1 && row.prefix != "" && len(row.prefix) >= reach(term, tokens[0]) {
				return nil, 0
			}
			return []string{term.ID}, n
		}
	}
	return nil, 0
}

// findPhrase finds a term of several words, also with particles between them
// and an ending on the last: 파드의 IP, 메모리가 부족해서.
func (q Question) findPhrase(words []string) (Term, bool) {
	if term, ok := q.Terms.findWord(strings.Join(words, " ")); ok || len(words) == 1 {
		return term, ok
	}
	bare := slices.Clone(words)
	for i, word := range bare[:len(bare)-1] {
		switch stem, particle := korean.StripJosa(word); particle {
		case "의", "이", "가", "을", "를":
			bare[i] = stem
		}
	}
	if term, ok := q.Terms.findWord(strings.Join(bare, " ")); ok {
		return term, true
	}
	last := len(bare) - 1
	bare[last] = wordStem(bare[last])
	return q.Terms.find(strings.Join(bare, " "))
}

// wordNotions reads one word: the table, its parts when it is a name in camel
// case, else its stem.
func (q Question) wordNotions(token string) []notion {
	lower := strings.ToLower(token)
	if found := lookNotion(lower); found.name != "" {
		return []notion{found}
	}
	if slices.Contains(silent, lower) {
		return nil
	}
	if parts := camelParts(token); len(parts) > 1 {
		var said []notion
		for _, part := range parts {
			if term, ok := q.Terms.find(part); ok {
				said = append(said, notion{name: term.ID})
			} else {
				said = append(said, q.wordNotions(part)...)
			}
		}
		return said
	}
	stem := wordStem(lower)
	if stem != lower {
		if slices.Contains(silent, stem) {
			return nil
		}
		if found := lookNotion(stem); found.name != "" {
			return []notion{found}
		}
		if term, ok := q.Terms.find(stem); ok {
			return []notion{{name: term.ID}}
		}
	}
	return []notion{{name: stem}}
}

var camelPattern = regexp.MustCompile(`^([A-Z]{2,})([A-Z][a-z]+)$`)

// camelParts splits OOMKilled.
func camelParts(token string) []string {
	if m := camelPattern.FindStringSubmatch(token); m != nil {
		return m[1:]
	}
	return nil
}

// lookNotion finds a word in the table, also behind 불 and its like.
func lookNotion(word string) notion {
	if row := lookRow(word); row.prefix != "" {
		return row.notion
	}
	if m := prefixDenial.FindStringSubmatch(word); m != nil {
		if row := lookRow(m[2]); row.prefix != "" {
			return notion{row.notion.name, !row.notion.denied}
		}
	}
	return notion{}
}

// reach is how far a spelling of term goes into word, in bytes. A word of the
// table gives way to a term that reaches farther: 클러스터 to 클러스터IP.
func reach(term Term, word string) int {
	longest := 0
	for _, spelling := range term.spellings() {
		if strings.HasPrefix(fold(word), fold(spelling)) {
			longest = max(longest, len(fold(spelling)))
		}
	}
	return longest
}

// endingStarts are the syllables with which particles and endings begin.
const endingStarts = "하한할함해했합되된될됨돼됐됩이인일임입은는을를가의에로으도만성적시지기고며면려어아었았여져진질짐때위않못와과까부처니게던도록랑라려러워운울움셔세요다나난서습음ㅁ였러리르"

var latinTail = regexp.MustCompile(`^[A-Za-z0-9]`)

// lookRow finds the row with the longest beginning of word.
func lookRow(word string) notionRow {
	for _, row := range notions {
		// A beginning of one syllable must be the whole stem: 안 is no part of 안정.
		if !strings.HasPrefix(word, row.prefix) {
			continue
		}
		if utf8.RuneCountInString(row.prefix) == 1 && !oneSyllable(word, row.prefix) {
			continue
		}
		if korean.HasHangul(row.prefix) && latinTail.MatchString(strings.TrimPrefix(word, row.prefix)) {
			continue // 클러스터IP is no 클러스터
		}
		if rest := strings.TrimPrefix(word, row.prefix); rest != "" && !strings.ContainsRune(endingStarts, []rune(rest)[0]) {
			continue // 사용자 is no 사용
		}
		return row
	}
	return notionRow{}
}

// afterOne are the endings that may follow a stem of one syllable.
var afterOne = []string{"", "에", "에서", "에서는", "에서만", "에만", "의", "은", "는", "다", "음", "기", "게", "고", "어", "어서", "으로", "어진다", "는다", "어나", "어난다", "이", "을", "쪽", "으니까", "려고", "려면", "려는", "면", "며", "거나", "도록", "니까", "는데", "던", "지", "고자", "려다"}

func oneSyllable(word, prefix string) bool {
	return slices.Contains(afterOne, strings.TrimPrefix(word, prefix))
}

// wordStem drops particles and endings from a word, crudely but the same way for
// both sides of a comparison.
func wordStem(word string) string {
	if stem, particle := korean.StripJosa(word); particle != "" {
		word = stem
	}
	for _, form := range sentenceForms {
		if stem, ok := strings.CutSuffix(word, form); ok && utf8.RuneCountInString(stem) > 1 {
			return stem
		}
	}
	return singular(word)
}

func (q Question) gradeSentence(text string) Grading {
	if strings.HasPrefix(text, "--") {
		return wrong("옵션을 묻지 않았습니다")
	}
	if deniedWhole.MatchString(text) && !deniedWhole.MatchString(q.Answer) {
		return wrong("정답을 부정했습니다")
	}
	chosen, _ := afterDenial(text)
	if chosen != "" && denial.MatchString(text) {
		text = chosen
	}
	for _, candidate := range q.candidates() {
		for _, form := range answerForms(text) {
			if fold(form) == fold(clean(candidate, SentenceForm)) || plainFold(form) == plainFold(clean(candidate, SentenceForm)) {
				return right("표기만 다릅니다")
			}
		}
	}
	said := q.content(text)
	stem := q.content(firstLine(q.Stem))
	allowed := slices.Clone(stem)
	for _, candidate := range q.candidates() {
		allowed = append(allowed, q.content(clean(candidate, SentenceForm))...)
	}
	best := wrong("다른 답입니다")
	for _, candidate := range q.candidates() {
		g := q.compareContent(q.content(clean(candidate, SentenceForm)), said, stem, allowed)
		if g.Verdict == Wrong && g.Why == reversed {
			return g
		}
		best = better(best, g)
	}
	if best.Verdict == Wrong {
		for _, candidate := range q.candidates() {
			if want := clean(candidate, SentenceForm); polarity(want) == polarity(text) && slipped(plainFold(want), plainFold(text)) {
				return almost("철자가 하나 다릅니다")
			}
		}
	}
	return best
}

// deniedWhole denies a whole reason: 안정성 때문이 아니다.
var deniedWhole = regexp.MustCompile(`(때문|위해서?|위함|것|이유|까닭)(이|가|은|는)? ?(아니다|아님|아닙니다|아니에요|아녜요)$`)

// firstLine is the question without the code under it.
func firstLine(stem string) string {
	line, _, _ := strings.Cut(stem, "\n")
	return line
}

const reversed = "뜻이 반대입니다"

// plainFold compares sentences without regard to how they end.
func plainFold(s string) string {
	s = strings.TrimRight(s, ".")
	for _, pair := range [][2]string{{"합니다", "한다"}, {"됩니다", "된다"}, {"습니다", "다"}, {"입니다", "이다"}, {"해요", "한다"}, {"돼요", "된다"}, {"이에요", "이다"}} {
		if stem, ok := strings.CutSuffix(s, pair[0]); ok {
			s = stem + pair[1]
		}
	}
	return strings.ReplaceAll(fold(korean.Plain(s)), "는다", "다")
}

// compareContent judges what was said against one answer. Words of the stem are
// free; a word turned around while the rest agrees is the opposite answer.
func (q Question) compareContent(want, said, stem, allowed []notion) Grading {
	for _, n := range said {
		turned := notion{n.name, !n.denied}
		if slices.Contains(want, turned) && !slices.Contains(want, n) && !slices.Contains(stem, n) {
			rest := slices.DeleteFunc(slices.Clone(want), func(w notion) bool { return w == turned })
			if len(rest) > 0 && subset(rest, said) || !slices.Contains(allowed, n) {
				return wrong(reversed)
			}
		}
	}
	if aboutOther(want, said, allowed) {
		return wrong("다른 것에 대한 말입니다")
	}
	key := slices.DeleteFunc(slices.Clone(want), func(n notion) bool { return slices.Contains(stem, n) || partsIn(n, stem) })
	if len(key) == 0 {
		key = want
	}
	if slices.ContainsFunc(key, func(n notion) bool { return !isSetting(n) }) && !slices.ContainsFunc(key, func(n notion) bool { return !isSetting(n) && slices.Contains(said, n) }) {
		return wrong("다른 답입니다")
	}
	if !slices.ContainsFunc(key, func(n notion) bool { return !isSetting(n) }) && !subset(key, said) {
		return wrong("다른 답입니다")
	}
	hits, optional := 0, 0
	for _, n := range key {
		switch {
		case slices.Contains(said, n):
			hits++
		case isSetting(n):
			optional++
		}
	}
	extra := 0
	for _, n := range said {
		if slices.Contains(allowed, n) {
			continue
		}
		if q.meansSomething(n) {
			return wrong("다른 것을 덧붙였습니다")
		}
		extra++
	}
	switch {
	case hits == 0:
		return wrong("다른 답입니다")
	case hits+optional == len(key) && extra == 0:
		return right("뜻이 같습니다")
	case hits+optional == len(key) && extra <= hits:
		return almost("군말이 섞여 있습니다")
	case extra == 0:
		return almost("일부만 적었습니다")
	}
	return wrong("다른 답입니다")
}

// meansSomething tells notions of the table and terms from words that nobody knows.
func (q Question) meansSomething(n notion) bool {
	for _, row := range notions {
		if row.notion.name == n.name {
			return true
		}
	}
	return slices.ContainsFunc(q.Terms.list, func(t Term) bool { return t.ID == n.name })
}

// isSetting tells the notions that say where, and may be left out.
func isSetting(n notion) bool { return n.name == "시스템" || n.name == "안" && !n.denied }

// aboutOther tells whether a property of which both signs occur among the right
// answers (the address is unstable, the endpoint is stable) was said of
// something that this answer does not speak of.
func aboutOther(want, said, allowed []notion) bool {
	twoSided := slices.ContainsFunc(said, func(n notion) bool {
		return slices.Contains(allowed, n) && slices.Contains(allowed, notion{n.name, !n.denied})
	})
	if !twoSided {
		return false
	}
	return slices.ContainsFunc(said, func(n notion) bool {
		return !slices.ContainsFunc(want, func(w notion) bool { return related(w.name, n.name) })
	})
}

// partsIn tells whether every part of a name of several words is named in the
// stem: 파드에 IP가 있는데 names the Pod IP.
func partsIn(n notion, stem []notion) bool {
	parts := strings.Split(n.name, "-")
	for _, part := range parts {
		if !slices.Contains(stem, notion{name: part}) {
			return false
		}
	}
	return len(parts) > 1
}

// related tells whether one name is a part of the other: ip and pod-ip.
func related(a, b string) bool {
	return a == b || slices.Contains(strings.Split(a, "-"), b) || slices.Contains(strings.Split(b, "-"), a)
}

func subset(part, whole []notion) bool {
	for _, n := range part {
		if !slices.Contains(whole, n) {
			return false
		}
	}
	return true
}
