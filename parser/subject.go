package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gieok/prefilter"
)

// A subject is what a statement speaks of.
type subject struct {
	id      string
	name    string // as shown: the note's spelling
	aliases []string
	kind    string
	block   *Block // where the note names it
}

// labels name the relation of what stands below them and are never a subject.
var labels = wordSet(`특징 특성 생성 사용예 사용예시 사용사례 활용예 활용예시 활용사례 사용법 사용방법 종류 유형 필수프로퍼티 장점 단점 장단점 개념 정의 개요 소개 예시 예제 예 구성 구성요소
	목적 용도 방법 명령어 명령 커맨드 참고 참고사항 참고자료 참조 주의 주의사항 주의할점 기본 설정 설정방법 옵션 주요옵션 확인 삭제 조회 수정 변경 실행 역할 기능 주요기능 원리 동작 동작방식 동작원리
	작동원리 이유 필요성 정리 요약 배경 비교 차이 차이점 공통점 문제 문제점 해결 해결책 해결방법 한계 제약 제약사항 요구사항 조건 결과 과정 절차 순서 단계 흐름 구조 형식 문법 출력 출처 활용 사용 작성
	실습 예외 목차 기타 팁 링크 자주쓰는명령어 기본명령어 주요명령어 명령어모음 자주사용하는명령어 핵심 핵심개념 주요특징 주요필드 필드 프로퍼티 속성 값 디폴트 기본값 설명 의미 뜻 생성방법 설치 설치방법 사용시점 사용하는이유 왜사용하는가 언제사용하는가
	배포 적용 파일 yaml 예시코드 코드 매니페스트 note tip warning info`)

func isLabel(s string) bool {
	var key [labelBytesMax]byte
	n := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ' || c == '`' || c == ':' || c == '?' || c == '.':
			continue
		case n == len(key):
			return false
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		key[n] = c
		n++
	}
	return labels[string(key[:n])]
}

// labelBytesMax: no label is longer.
const labelBytesMax = 64

var (
	titleNumber = prefilter.MustCompile(`^(?:\d+(?:\.\d+)*[.)]?|[①-⑳]|[IVX]+\.|[Qq]\d*[.:]|제?\d+[장절강]\.?|\(\d+\)|Step ?\d+\s*[:.]?)\s+`)
	titleTail   = prefilter.MustCompile(`\s*(?:(?:이란|란|은|는|이)?\s*(?:무엇인가요?|무엇일까요?|무엇인가|뭘까|뭔가요|뭐지|무엇)?\s*\?+|(?:이란|란)\s*무엇인가요?|(?:이란|이란\s*\?)|(?:에 대해서?|에 대하여)|[:：])\s*$`)
	parenTail   = prefilter.MustCompile(`\s*[(（]([^()（）]*)[)）]\s*$`)
	itemNumber  = prefilter.MustCompile(`^(?:\(\d+\)|[①-⑳]|\d+\))\s*`)
	// actionTail are nouns of doing; before them stands what is done to.
	actionTail = prefilter.MustCompile(`^(.+?)(?:을|를|의)?\s+(?:설정|사용|활용|확인|관리|연결|부여|생성|삭제|조회|수정|지정|등록|추가|변경|적용|실행|정의|작성|배포|개념|소개|특징|종류|명령어?|예시|예제|구조|역할|동작 ?방식|동작 ?원리|이해|기초|정리|개요|사용법|옵션|타입|매니페스트|방법|필터링|조건 필터링|란)$`)
	casePhrase = prefilter.MustCompile(`(?:에서|으로|에게|하여|해서|하고|을|를)\s`)
	// sentenceEnd are the endings of a whole sentence.
	sentenceEnd = prefilter.MustCompile(`(?:다|요|까|죠|함|됨|임|음|있음|없음|않음)[.!?]?$`)
)

// cleanTitle is a heading without number, emoji, question and trailing marks.
func cleanTitle(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\n", " "))
	if len(s) > titleBytesMax {
		return s
	}
	s = strings.TrimLeftFunc(s, isTitleMark)
	s = titleNumber.ReplaceAllString(s, "")
	s = strings.TrimLeftFunc(s, isTitleMark)
	if cut := titleTail.ReplaceAllString(s, ""); cut != "" {
		s = cut
	}
	return strings.TrimSpace(strings.Trim(s, "`"))
}

// isTitleMark reports a rune that stands before a title and is not of it.
func isTitleMark(r rune) bool {
	return !isHangulSyllable(r) && !unicode.IsLetter(r) && !unicode.Is(unicode.N, r) && !strings.ContainsRune("`(-/.{<", r)
}

// titleBytesMax: what is longer is a text and no title.
const titleBytesMax = 400

// nameRunesMax bounds what can be the name of a subject, in runes.
const nameRunesMax = 28

// namedBytesMax: in more bytes, of which half are letters of their own, lies no name.
const namedBytesMax = 160

// named makes a subject of a name. Parentheses behind it are aliases when they
// hold another spelling. Labels and sentences name nothing.
func (r *reader) named(name string, b *Block) (subject, bool) { return r.nameOf(name, b, true) }

// exactly is named without cutting a noun of doing off: "볼륨 연결" stays itself.
func (r *reader) exactly(name string, b *Block) (subject, bool) { return r.nameOf(name, b, false) }

// A nameKey is what decides how a name is read; the same one is asked for by
// everything that stands below it.
type nameKey struct {
	name                 string
	item, placed, reduce bool
}

type nameValue struct {
	subject subject
	ok      bool
}

func (r *reader) nameOf(name string, b *Block, reduce bool) (subject, bool) {
	if len(name) > namedBytesMax && !strings.ContainsAny(name, "(（") && utf8.RuneCountInString(name) > namedBytesMax/2 {
		return subject{}, false // too long with number, marks and question cut off, too
	}
	key := nameKey{name, b != nil && b.Kind == ItemBlock, b != nil, reduce}
	v, known := r.byName[key]
	if !known {
		v.subject, v.ok = r.readName(name, b, reduce)
		r.byName[key] = v
	}
	v.subject.block = b
	return v.subject, v.ok
}

func (r *reader) readName(name string, b *Block, reduce bool) (subject, bool) {
	if len(name) > titleBytesMax {
		return subject{}, false
	}
	if asked := strings.TrimSpace(name); strings.HasSuffix(asked, "?") && whyWords.MatchString(asked) {
		return subject{}, false // a question for a reason
	}
	if demonstrative.MatchString(strings.TrimSpace(name)) {
		return subject{}, false
	}
	name = cleanTitle(itemNumber.ReplaceAllString(name, ""))
	name = noteTail.ReplaceAllString(name, "")
	var extra []string
	if m := parenTail.FindStringSubmatchIndex(name); m != nil && m[0] > 0 {
		inner := strings.TrimSpace(name[m[2]:m[3]])
		if isSpelling(inner) {
			extra = append(extra, inner)
		}
		name = strings.TrimSpace(name[:m[0]])
	}
	name = strings.TrimSpace(strings.Trim(name, "`*\"'“”‘’ "))
	if name == "" || isLabel(name) || utf8.RuneCountInString(name) > nameRunesMax || strings.ContainsAny(name, "?`{}<>\n") {
		return subject{}, false
	}
	if t, ok := r.gloss.lookup(name); ok {
		return subject{id: t.ID, name: name, aliases: mergeStrings(t.others(name), extra), kind: t.Kind, block: b}, true
	}
	for _, e := range extra {
		if t, ok := r.gloss.lookup(e); ok {
			return subject{id: t.ID, name: name, aliases: mergeStrings(t.others(name), extra), kind: t.Kind, block: b}, true
		}
	}
	if m := actionTail.FindStringSubmatch(name); m != nil && reduce {
		if t, ok := r.gloss.lookup(m[1]); ok && !strings.HasSuffix(name, "타입") {
			return subject{id: t.ID, name: m[1], aliases: t.others(m[1]), kind: t.Kind, block: b}, true
		}
	}
	if wayTail.MatchString(name) || twoNames.MatchString(name) && b != nil {
		return subject{}, false // "파드에 넣는 법" names what follows, not a thing
	}
	if sentenceEnd.MatchString(name) && wordCount(name) > 2 || casePhrase.MatchString(name) || wordCount(name) > 5 {
		return subject{}, false
	}
	if m := labelTail.FindStringSubmatch(name); m != nil && reduce && wordCount(m[1]) <= 4 {
		name = m[1]
	}
	if b != nil && b.Kind == ItemBlock && (wordCount(name) >= 3 && doingEnd.MatchString(name) || countLead.MatchString(name) || wordCount(name) > 2 && strings.Contains(name, "의 ")) {
		return subject{}, false // a description, not a name
	}
	return subject{id: conceptID(name), name: name, aliases: extra, kind: "concept", block: b}, true
}

var (
	labelTail = prefilter.MustCompile(`^(.+?)의 (?:차이점?|비교|특징|종류|장점|단점|구성 ?요소|구조|역할|개념|정의|동작 ?원리|동작 ?방식|한계|필요성)$`)
	wayTail   = prefilter.MustCompile(`[는할은]\s(?:법|방법|이유|까닭|과정|순서|경우)$`)
	doingEnd  = prefilter.MustCompile(`\s(?:생성|사용|활용|작성|추가|확인|설정|적용|실행|저장|지정|연결|조회|삭제|변경|등록)$`)
	noteTail  = prefilter.MustCompile(`\s+(?:정리|공부|노트|학습|메모|기초|개요|요약|입문|TIL)$`)
	twoNames  = prefilter.MustCompile(`^\S+(?:와|과)\s|\s(?:및|vs\.?|VS|그리고)\s`)
	countLead = prefilter.MustCompile(`^\d+\s*(?:개|가지)`)
)

// conceptID is the id of a concept that no glossary names.
func conceptID(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.Trim(name, "`")), "-"))
}

func mergeStrings(a, b []string) []string {
	for _, s := range b {
		a = addOnce(a, s)
	}
	return a
}

// isSpelling reports whether the words of a parenthesis are another name of
// what stands before it.
func isSpelling(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > 45 || strings.ContainsAny(s, ",:=/?{}<>;") || wordCount(s) > 6 {
		return false
	}
	if sentenceEnd.MatchString(s) && hangulStart.MatchString(s) || exampleLead.MatchString(s) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	return first >= 'A' && first <= 'Z' || first >= 'a' && first <= 'z' || hangulStart.MatchString(s) && wordCount(s) <= 2
}

// A given is what subjectIn says of an item; all that stands below it asks.
type given struct {
	subject subject
	ok      bool
	label   string
}

// subjectOf is the nearest thing above b that a statement can speak of, and the
// labels passed on the way, nearest first.
func (r *reader) subjectOf(b *Block) (subject, []string) {
	var passed []string
	for i := len(b.ancestors) - 1; i >= 0; i-- {
		a := b.ancestors[i]
		g, known := r.given[a]
		if !known {
			g.subject, g.ok, g.label = r.subjectIn(a)
			r.given[a] = g
		}
		if g.ok {
			return g.subject, passed
		}
		if g.label != "" {
			passed = append(passed, g.label)
		}
	}
	for i := len(b.headings) - 1; i >= 0; i-- {
		h := b.headings[i]
		if s, ok := r.named(h.Text, h); ok {
			return s, passed
		}
		passed = append(passed, h.title())
	}
	return subject{}, passed
}

var (
	codeSpans  = prefilter.MustCompile("`([^`]*)`")
	identifier = prefilter.MustCompile(`^\.?[A-Za-z][\w.-]*(?:\[\])?(?:\.[\w]+(?:\[\])?)*$`)
	optionName = prefilter.MustCompile(`^--?[A-Za-z][\w-]*$`)
	leftColon  = prefilter.MustCompile(`^([^:：]{1,40}?)\s*[:：](?:\s+|$)`)
	leftEqual  = prefilter.MustCompile(`^([^=]{1,30}?)\s+=\s+`)
)

// subjectIn is the subject that item a gives to what stands below it, or the
// label that it is.
func (r *reader) subjectIn(a *Block) (subject, bool, string) {
	text := itemNumber.ReplaceAllString(strings.TrimSpace(a.Text), "")
	codes := identifiersIn(text)
	if m := leftColon.FindStringSubmatch(text); m != nil {
		if nameColon.MatchString(text) && len(codes) == 1 {
			return r.identified(codes[0], a)
		}
		if s, ok := r.named(m[1], a); ok && !exampleLead.MatchString(text) {
			return s, true, ""
		}
		return subject{}, false, strings.TrimSpace(m[1])
	}
	if m := leftEqual.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if s, ok := r.named(text, a); ok {
		return s, true, ""
	}
	if isLabel(cleanTitle(text)) {
		return subject{}, false, cleanTitle(text)
	}
	if len(codes) == 1 && (strings.HasPrefix(text, "`"+codes[0]) || len(codeSpans.FindAllString(text, -1)) == 1) {
		return r.identified(codes[0], a)
	}
	return subject{}, false, shorten(strings.ReplaceAll(text, "`", ""), pathRunesMax)
}

func (r *reader) identified(code string, b *Block) (subject, bool, string) {
	if t, ok := r.gloss.lookup(code); ok {
		return subject{id: t.ID, name: code, aliases: t.others(code), kind: t.Kind, block: b}, true, ""
	}
	return subject{id: conceptID(code), name: code, kind: "field", block: b}, true, ""
}

// identifiersIn gives the code spans that are one name: a field, a value, an option.
func identifiersIn(text string) []string {
	var out []string
	for _, m := range codeSpans.FindAllStringSubmatch(text, -1) {
		if identifier.MatchString(m[1]) || optionName.MatchString(m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}
