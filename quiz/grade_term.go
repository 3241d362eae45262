package quiz

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gieok/korean"
)

// A spelling is one way to write the answer.
type spelling struct {
	text string
	own  bool // given by the card, not by the glossary
	term bool // a term of the glossary, where a hyphen more or less says nothing
}

// spellingsOf gives the answers of the card and what the glossary adds.
func (q Question) spellingsOf(candidates []string) (all []spelling, term Term, known bool) {
	for _, candidate := range candidates {
		entry, found := q.Terms.find(candidate)
		all = append(all, spelling{clean(candidate, TermForm), true, found})
		if !known {
			term, known = entry, found
		}
	}
	if known {
		for _, text := range term.spellings() {
			all = append(all, spelling{clean(text, TermForm), false, true})
		}
	}
	return all, term, known
}

var (
	lowerCamel = regexp.MustCompile(`^[a-z]+[A-Z]`)
	fieldStem  = regexp.MustCompile(`필드|프로퍼티|속성|항목|값|옵션|키는|키를|타입`)
)

// caseful tells whether the case of letters and the plural matter: they do for
// fields and values, since a manifest is written with them. An answer in Korean
// is a word of the trade, whatever field shares its name.
func (q Question) caseful(term Term, known bool) bool {
	if korean.HasHangul(q.Answer) {
		return false
	}
	if known {
		return term.Kind == "field" || term.Kind == "value"
	}
	return lowerCamel.MatchString(q.Answer) || fieldStem.MatchString(q.Stem)
}

func (q Question) gradeTerm(text string) Grading {
	return q.gradeTermOf(q.candidates(), text)
}

// gradeTermOf compares a text with the spellings of one thing.
func (q Question) gradeTermOf(candidates []string, text string) Grading {
	all, term, known := q.spellingsOf(candidates)
	if sameMeaning(candidates, text) && !q.hits(all, true, text) {
		return almost("뜻은 맞지만 적을 이름이 아닙니다")
	}
	strict := q.caseful(term, known)
	chosen, negated := afterDenial(text)
	if negated && chosen == "" {
		return wrong("정답을 부정했습니다")
	}
	if chosen != "" {
		text = chosen
	}
	best := wrong("다른 답입니다")
	for _, form := range answerForms(text) {
		best = better(best, matchSpellings(all, strict, form))
	}
	if best.Verdict == Right {
		return best
	}
	for _, form := range answerForms(text) {
		if other, ok := q.Terms.find(form); ok && !(known && other.ID == term.ID) {
			return wrong("다른 용어입니다: " + form)
		}
	}
	if g, ok := q.gradeMixed(all, strict, term, known, text); ok {
		return better(best, g)
	}
	for _, form := range answerForms(text) {
		if best.Verdict == Wrong {
			best = better(best, q.slip(all, term, known, form))
		}
		if best.Verdict == Wrong {
			best = better(best, q.partOf(all, term, form))
		}
	}
	if best.Verdict == Wrong {
		best = pathOf(candidates, answerForms(text))
	}
	return best
}

// pathOf tells a path of fields that ends in the answer. It is right when it is
// the end of a path that the card accepts.
func pathOf(candidates, forms []string) Grading {
	best := wrong("다른 답입니다")
	for _, form := range forms {
		if !strings.HasSuffix(form, "."+candidates[0]) || strings.Contains(form, " ") {
			continue
		}
		best = better(best, almost("앞의 필드까지 적었습니다"))
		for _, candidate := range candidates {
			if strings.HasSuffix(candidate, "."+form) {
				return right("필드의 자리까지 적었습니다")
			}
		}
	}
	return best
}

// closings are how a Korean answer may end without saying more.
var closings = []string{
	"이라고 합니다", "라고 합니다", "이라고 한다", "라고 한다", "이라고 부른다", "라고 부른다", "이라고 해요", "라고 해요", "이라고", "라고", "인 것 같습니다", "인 것 같아요", "인 것 같다", "인것 같다", "인듯", "인 듯",
	"입니다", "이었습니다", "이에요", "예요", "에요", "이예요", "이다", "이죠", "죠", "이요", "이야", "임", "요", "다", "이지", "이랍니다", "랍니다", "를 사용한다", "을 사용한다", "를 쓴다", "을 쓴다", "를 사용", "을 사용", "가 된다", "이 된다", "이 됩니다", "가 됩니다", "로 된다", "으로 된다", "에 적는다", "에 적습니다", "가 맞다", "이 맞다", "를 쓰면 된다", "을 쓰면 된다",
}

// openings are how it may begin.
var openings = []string{"정답은 ", "정답: ", "정답 ", "답은 ", "답: ", "아마도 ", "아마 ", "그것은 ", "바로 ", "이것은 ", "저는 "}

// answerForms are a text as it stands and without politeness, the copula and a
// particle, shortest last.
func answerForms(text string) []string {
	for _, opening := range openings {
		text = strings.TrimPrefix(text, opening)
	}
	forms := []string{text}
	if bare := unquote(text); bare != text {
		forms = append(forms, bare)
	}
	add := func(form string) {
		form = unquote(strings.TrimRight(strings.TrimSpace(form), ",."))
		if form != "" && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	for _, closing := range closings {
		if stem, ok := strings.CutSuffix(text, closing); ok {
			add(stem)
		}
	}
	if stem, particle := korean.StripJosa(text); particle != "" {
		add(stem)
	}
	if stem, ok := strings.CutSuffix(text, "들"); ok {
		add(stem)
	}
	return forms
}

// matchSpellings compares one form with all spellings, without leniency for slips.
func matchSpellings(all []spelling, strict bool, form string) Grading {
	best := wrong("다른 답입니다")
	for _, s := range all {
		best = better(best, matchSpelling(s, strict, form))
	}
	return best
}

func matchSpelling(s spelling, strict bool, form string) Grading {
	spacedName := strings.Contains(s.text, " ") && !korean.HasHangul(s.text)
	sameFold := fold(s.text) == fold(form)
	if !sameFold && hyphenless(s.text) == hyphenless(form) {
		if s.term && !strict {
			return right("표기만 다릅니다")
		}
		return almost("하이픈이 다릅니다")
	}
	samePlural := fold(singular(s.text)) == fold(singular(form))
	if !strict {
		if sameFold || samePlural {
			return right("표기만 다릅니다")
		}
		return wrong("다른 답입니다")
	}
	switch {
	case korean.HasHangul(s.text):
		if sameFold {
			return right("표기만 다릅니다")
		}
		return wrong("다른 답입니다")
	case spacedName && strings.Contains(form, " "):
		if sameFold {
			return right("표기만 다릅니다")
		}
	case spacedName:
	case squeeze(s.text) == squeeze(form) && s.own:
		return right("표기만 다릅니다")
	case squeeze(s.text) == squeeze(form):
		return almost("필드 이름과 값은 그대로 적어야 합니다")
	}
	if sameFold {
		return almost("필드 이름과 값은 대소문자를 가립니다")
	}
	if samePlural {
		return almost("필드 이름과 값은 단수와 복수를 가립니다")
	}
	return wrong("다른 답입니다")
}

func hyphenless(s string) string {
	return hyphens.Replace(fold(s))
}

var hyphens = strings.NewReplacer("-", "", "_", "")

// denial cuts at "X가 아니라 Y" and its like: what counts is Y.
var denial = regexp.MustCompile(`(이|가|은|는|도)? ?(아니라|아니고|아닌|말고|아니며|아니지만|대신)[ ,]+|지 ?(않고|않으며|않지만|않으나|않은 채)[ ,]+`)

var denied = regexp.MustCompile(`아니|아닙|아님|아닌|않|못|없|말고|제외|빼고|\bnot\b`)

// afterDenial gives what is chosen after a denial. negated is true when there
// is a denial; chosen is empty when nothing is chosen instead.
func afterDenial(text string) (chosen string, negated bool) {
	places := denial.FindAllStringIndex(text, -1)
	if len(places) > 0 {
		chosen = strings.TrimSpace(text[places[len(places)-1][1]:])
		if chosen != "" && !denied.MatchString(chosen) {
			return chosen, true
		}
		return "", true
	}
	return "", denied.MatchString(text)
}

// fillers say nothing beside a term.
var fillers = strings.Fields(`리소스 오브젝트 객체 자원 컨트롤러 필드 프로퍼티 속성 항목 옵션 타입 유형 방식 방법 명령 명령어 용어 기술 개념 것 쿠버네티스 쿠버네티스의 k8s kubernetes resource object field type the a an 정답 답 바로 인코딩 플래그 컴포넌트`)

var separators = regexp.MustCompile(`[,/()·&+|]| 또는 | 혹은 | 및 | 그리고 | or | and | 아니면 `)

// mixedWordsMax bounds the square number of places where the term is looked for.
const mixedWordsMax = 20

// gradeMixed reads an answer of several words or several things: the right term
// with words that say nothing is right, with another term it is wrong.
func (q Question) gradeMixed(all []spelling, strict bool, term Term, known bool, text string) (Grading, bool) {
	items := nonEmpty(separators.Split(text, -1))
	if len(items) > 1 {
		return q.gradeSeveral(all, strict, term, known, items)
	}
	words := strings.Fields(text)
	if len(words) < 2 || len(words) > mixedWordsMax {
		return Grading{}, false
	}
	for from := range words {
		for to := len(words); to > from; to-- {
			if from == 0 && to == len(words) {
				continue
			}
			part := strings.Join(words[from:to], " ")
			if !q.hits(all, strict, part) {
				continue
			}
			rest := slices.Concat(words[:from], words[to:])
			return q.gradeRest(term, known, rest), true
		}
	}
	return Grading{}, false
}

func (q Question) hits(all []spelling, strict bool, text string) bool {
	for _, form := range answerForms(text) {
		if matchSpellings(all, strict, form).Verdict == Right {
			return true
		}
	}
	return false
}

func (q Question) gradeSeveral(all []spelling, strict bool, term Term, known bool, items []string) (Grading, bool) {
	hit := 0
	for _, item := range items {
		if q.hits(all, strict, item) {
			hit++
		}
	}
	switch {
	case hit == len(items):
		return right("표기만 다릅니다"), true
	case hit > 0:
		return wrong("다른 것을 덧붙였습니다"), true
	}
	return Grading{}, false
}

// gradeRest judges the words beside the right term.
func (q Question) gradeRest(term Term, known bool, rest []string) Grading {
	harmless := true
	for _, word := range rest {
		if q.isFiller(word) {
			continue
		}
		if other, ok := q.Terms.findWord(word); ok && !(known && other.ID == term.ID) {
			return wrong("다른 용어를 덧붙였습니다: " + word)
		}
		if _, particle := korean.StripJosa(word); slices.Contains([]string{"와", "과", "랑", "이랑", "하고"}, particle) {
			return wrong("다른 것을 덧붙였습니다")
		}
		harmless = false
	}
	if harmless {
		return right("군말을 빼면 맞습니다")
	}
	return almost("군말이 섞여 있습니다")
}

// isFiller tells whether a word says nothing new: it is one of the fillers or
// stands in the stem.
func (q Question) isFiller(word string) bool {
	for _, form := range wordForms(strings.ToLower(word)) {
		if slices.Contains(fillers, form) {
			return true
		}
		if utf8.RuneCountInString(form) > 1 && slices.ContainsFunc(strings.Fields(q.Stem), func(s string) bool {
			return slices.Contains(wordForms(strings.ToLower(strings.Trim(s, "?.,“”`"))), form)
		}) {
			return true
		}
	}
	for _, closing := range closings {
		if word == closing {
			return true
		}
	}
	return false
}

// The shortest texts in which one slip leaves no doubt what was meant.
const (
	slipLatinMin  = 4 // letters
	slipHangulMin = 2 // syllables
	acronymMax    = 5 // letters in capitals: one letter off is another acronym
)

var digitsIn = regexp.MustCompile(`[0-9]+`)

// slip tells a misspelled answer: one jamo, one letter, or two letters swapped.
func (q Question) slip(all []spelling, term Term, known bool, form string) Grading {
	for _, s := range all {
		if !slipped(s.text, form) {
			continue
		}
		return almost("철자가 하나 다릅니다")
	}
	return wrong("다른 답입니다")
}

func slipped(want, got string) bool {
	want, got = squeeze(want), squeeze(got)
	if !slices.Equal(digitsIn.FindAllString(want, -1), digitsIn.FindAllString(got, -1)) {
		return false
	}
	if korean.HasHangul(want) {
		if utf8.RuneCountInString(want) < slipHangulMin || !korean.HasHangul(got) {
			return false
		}
		syllables := korean.Distance(want, got)
		strokes := korean.JamoDistance(want, got)
		longer := utf8.RuneCountInString(got) > utf8.RuneCountInString(want) && utf8.RuneCountInString(want) >= 3
		return strokes == 1 || syllables == 1 && longer || syllables == 1 && (strokes <= 2 && utf8.RuneCountInString(want) >= 4 || utf8.RuneCountInString(want) >= 5)
	}
	if korean.HasHangul(got) {
		return false
	}
	if len(want) <= acronymMax && strings.ToUpper(want) == want || len(want) < slipLatinMin {
		return false
	}
	return korean.Distance(strings.ToLower(want), strings.ToLower(got)) == 1
}

// tradeWords are parts of names that mean something of their own outside
// Kubernetes, so that alone they are another answer.
var tradeWords = strings.Fields(`daemon 데몬 config 컨피그 configuration cron 크론 map 맵 storage 스토리지 network 네트워크 host 호스트 mount 마운트
load 로드 external api proxy 프록시 policy 정책 account 계정 class 클래스 slice 슬라이스 manager 매니저 key file path 경로 name dir directory 디렉터리 update 업데이트 address 주소 translation 변환 server 서버 runtime 런타임 interface 인터페이스 access control`)

// partOf tells an answer that names only a part of the term, where the part
// leaves no doubt which term is meant.
func (q Question) partOf(all []spelling, term Term, form string) Grading {
	key := fold(form)
	if !strings.ContainsFunc(key, unicode.IsLetter) {
		return wrong("다른 답입니다")
	}
	if slices.Contains(tradeWords, key) {
		return wrong("다른 뜻의 말입니다")
	}
	if owners := q.Terms.byParts[strings.ToLower(form)]; len(owners) > 1 {
		return wrong("여럿이 함께 쓰는 말입니다")
	}
	for _, s := range all {
		parts := nameParts(s.text)
		for from := range parts {
			for to := from + 1; to <= len(parts); to++ {
				if to-from < len(parts) && strings.Join(parts[from:to], "") == key && !q.shared(parts[from:to], term) && utf8.RuneCountInString(key) > 1 {
					return almost("이름의 일부만 적었습니다")
				}
			}
		}
		if q.uniqueBeginning(s.text, key, term) {
			return almost("이름의 일부만 적었습니다")
		}
	}
	return wrong("다른 답입니다")
}

// shared tells whether another term has all these parts, or they are a plain filler.
func (q Question) shared(parts []string, term Term) bool {
	for _, part := range parts {
		owners := q.Terms.byParts[part]
		if slices.Contains(fillers, part) {
			continue
		}
		if len(owners) == 0 || len(owners) == 1 && q.Terms.list[owners[0]].ID == term.ID {
			return false
		}
	}
	return true
}

// uniqueBeginning tells whether key is at least half of a Hangul name written
// in one word, and begins no other term.
func (q Question) uniqueBeginning(name, key string, term Term) bool {
	name = fold(name)
	if !korean.HasHangul(name) || name == key || !strings.HasPrefix(name, key) || utf8.RuneCountInString(key) < 2 || 2*utf8.RuneCountInString(key) < utf8.RuneCountInString(name) {
		return false
	}
	for _, other := range q.Terms.ordered {
		if strings.HasPrefix(other, key) {
			for _, i := range q.Terms.folded[other] {
				if q.Terms.list[i].ID != term.ID {
					return false
				}
			}
		}
	}
	return true
}

// meanings say in Korean what an English value means. Who types the meaning
// knows it, yet a manifest needs the name.
var meanings = map[string][]string{
	"always": {"항상", "언제나", "늘"}, "never": {"절대", "절대 안 함", "안 함", "하지 않음", "재시작 안 함", "결코"},
	"onfailure": {"실패 시", "실패하면", "실패할 때", "실패했을 때", "실패 시에만"}, "ifnotpresent": {"없으면", "없을 때", "없을 때만"},
	"recreate": {"재생성", "다시 생성", "다시 만들기"}, "rollingupdate": {"순차 업데이트", "점진적 업데이트", "순차 교체"}, "limits": {"제한", "한도", "최대치", "상한"}, "requests": {"요청", "최소치"},
	"forbid": {"금지"}, "allow": {"허용"}, "replace": {"교체", "대체"}, "retain": {"유지", "보존"}, "delete": {"삭제"}, "command": {"명령", "명령어"}, "true": {"참"}, "false": {"거짓"},
	"pending": {"대기", "대기 중"}, "running": {"실행 중"}, "succeeded": {"성공"}, "failed": {"실패"}, "clusterip": {"클러스터 내부 IP"}, "base64": {},
}

func sameMeaning(candidates []string, text string) bool {
	for _, candidate := range candidates {
		for _, meaning := range meanings[fold(candidate)] {
			for _, form := range answerForms(text) {
				if fold(meaning) == fold(form) {
					return true
				}
			}
		}
	}
	return false
}

func nonEmpty(items []string) []string {
	var kept []string
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" {
			kept = append(kept, item)
		}
	}
	return kept
}
