package kind

import (
	"strings"

	"gieok/cards"
	"gieok/korean"
	"gieok/parser"
	"gieok/prefilter"
)

var (
	manifestPrefix = prefilter.MustCompile(`^\S+ 매니페스트에서 (.*)$`)
	transliterated = prefilter.MustCompile(`^[A-Za-z]?[a-z]+$`)
	whereAlready   = prefilter.MustCompile(`^\S+( 매니페스트)?에서 `)
	groupNoun      = prefilter.MustCompile(`(타입|유형|전략|정책|방식|종류|패턴|모드)$`)
	keyNoun        = prefilter.MustCompile(`(프로퍼티|필드|속성|옵션|키|커맨드|명령|명령어|공간|도구|기능|자원|장치|기술|컨트롤러|컴포넌트|리소스|매커니즘|메커니즘|단위|전용|것|값|볼륨|프로브)$`)
	parenthesis    = prefilter.MustCompile(`\s*\([^()]*\)`)
	edgeMark       = prefilter.MustCompile(`^(ex\.|예\)|cf\.|즉|만약|단,|\(\d+\)|[①-⑳]|\d+\.)\s*`)
	numberUnit     = prefilter.MustCompile(`^(\d[\d.,^*]*)\s*(\D+)$`)
	placeholder    = prefilter.MustCompile(`\{([^{}]+)\}`)
	clauseSplit    = prefilter.MustCompile(`[가-힣](며|고|지만), `)
	linked         = prefilter.MustCompile(`^(.+) - (.+) 연결$`)
	ownTopic       = prefilter.MustCompile(`^([가-힣A-Za-z]+ )?[가-힣A-Za-z]+[^있없하되]는 .*다$`)
	thinRuler      = prefilter.MustCompile(`(할|될|된|인|의|는) ?$`)
)

// describedRunesMin is the shortest description, no definition, that one thing
// answers to.
const describedRunesMin = 9

// phrase is a description made ready for a stem.
type phrase struct {
	text string
	noun bool // text names a thing; else it stands before a noun
}

// describe turns the About of a fact into a phrase; ok is false when that can't
// be done without risk.
func describe(about string) (p phrase, ok bool) {
	about = strings.TrimSpace(about)
	if !strings.Contains(about, " ") {
		return phrase{}, false // one word describes nothing
	}
	outside := parenthesis.ReplaceAllString(about, "")
	if about == "" || strings.ContainsAny(outside, "?;:") || ownTopic.MatchString(outside) {
		return phrase{}, false
	}
	if m := linked.FindStringSubmatch(about); m != nil {
		return phrase{text: korean.With(m[1], "와/과") + " " + korean.With(m[2], "을/를") + " 연결하는"}, true
	}
	about = clip(about)
	if last := []rune(about); last[len(last)-1] == '는' && len(last) > 2 {
		return phrase{text: about}, true // 알리는, 설정하는
	}
	if head, last, ok := cutLast(about); ok && thinRuler.MatchString(head) {
		return phrase{text: trailing(about), noun: true}, true // 연결될 위치 is no act
	} else if ok && strings.HasSuffix(last, "화") && len([]rune(last)) > 2 {
		return phrase{text: korean.With(head, "을/를") + " " + last + "하는"}, true
	}
	m, done := korean.Modifier(about)
	if !done {
		return phrase{}, false
	}
	if bare := strings.TrimRight(about, " ."); m == bare+"인" || strings.HasSuffix(m, "인") && !strings.HasSuffix(m, "들인") && m == strings.TrimSpace(parenthesis.ReplaceAllString(bare, ""))+"인" {
		return phrase{text: strings.TrimSpace(trailing(bare)), noun: true}, true
	}
	if subjectOfNoun(m) {
		return phrase{}, false
	}
	return phrase{text: m}, true
}

// clip turns an ending in 함 into the bare act, before which a missing particle
// is put back: 엔드포인트 제공함.
func clip(s string) string {
	if m := clippedAct.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return s
}

var clippedAct = prefilter.MustCompile(`^(.*(?:^| )[가-힣]*[^해야못안지 ])함$`)

func cutLast(s string) (head, last string, ok bool) {
	at := strings.LastIndexByte(s, ' ')
	if at < 0 {
		return "", s, false
	}
	return s[:at], s[at+1:], true
}

// trailing cuts a parenthesis off the end.
func trailing(s string) string {
	if strings.HasSuffix(s, ")") {
		if at := strings.LastIndexByte(s, '('); at > 0 {
			return strings.TrimSpace(s[:at])
		}
	}
	return s
}

// subjectOfNoun finds a clause whose own subject is what happens to: 문자열이
// 프로퍼티에 추가 can't stand before 것 as 추가하는.
func subjectOfNoun(m string) bool {
	head, _, ok := strings.Cut(m, " ")
	return ok && strings.HasSuffix(m, "추가하는") || strings.HasSuffix(head, "면")
}

// class is the noun that a question asks for: 리소스, 필드, 서비스 타입, 것.
func (b *book) class(f *parser.Fact) string {
	for i := len(f.Path) - 1; i >= 0 && i >= len(f.Path)-3; i-- {
		if g := strings.TrimSpace(f.Path[i]); groupNoun.MatchString(g) && len([]rune(g)) <= 10 && b.kindOf(f.Subject) == "value" {
			return g
		}
	}
	switch b.kindOf(f.Subject) {
	case "resource":
		return "리소스"
	case "field":
		return "필드"
	case "component":
		return "컴포넌트"
	}
	if f.Pattern == "comment" {
		return "필드"
	}
	return "것"
}

// namesSubject reports whether Object is the thing that the fact is about.
func (b *book) namesSubject(f *parser.Fact) bool {
	if !f.Term || f.About == "" {
		return false
	}
	switch f.Relation {
	case parser.Definition, parser.Purpose, parser.HasProperty, parser.Manages, parser.Contrast, parser.Example, parser.OptionFor:
	default:
		return false
	}
	if cards.Key(f.Object) == f.Subject || b.key(f.Object) == f.Subject || b.words.ID(f.Object) == f.Subject {
		return true
	}
	last := f.Subject[strings.LastIndexByte(f.Subject, '.')+1:]
	return strings.EqualFold(last, f.Object)
}

// stemTerm asks for the thing that About describes, "" if it can't be asked well.
func (b *book) stemTerm(f *parser.Fact) string {
	stem := b.bareStem(f)
	if m := manifestPrefix.FindStringSubmatch(stem); m != nil && f.Pattern == "comment" && b.manifestOf(f) != "" {
		stem = b.manifestOf(f) + " 매니페스트에서 " + m[1] // in one spelling
	}
	return b.inContext(f, stem, f.Object)
}

func (b *book) bareStem(f *parser.Fact) string {
	if strings.HasPrefix(f.About, "YAML 파일의") || b.term[f.Subject] == nil && clauseSplit.MatchString(f.About) {
		return ""
	}
	class := b.class(f)
	if f.Relation != parser.Definition && f.Relation != parser.OptionFor && len([]rune(f.About)) < describedRunesMin {
		return "" // 여러개 지정 가능: many things are
	}
	if f.Relation == parser.Example {
		p, ok := describe(strings.TrimSuffix(strings.TrimSuffix(f.About, " 등"), "..."))
		switch {
		case !ok:
			return ""
		case p.noun && strings.HasSuffix(p.text, "때"):
			return p.text + " 알맞은 " + b.with(class, "은/는") + " 무엇인가?"
		case p.noun:
			return p.text + "에 알맞은 " + b.with(class, "은/는") + " 무엇인가?"
		}
		return p.text + " 데 쓰는 " + b.with(class, "은/는") + " 무엇인가?"
	}
	p, ok := describe(f.About)
	if !ok {
		return ""
	}
	where := ""
	if f.Pattern == "comment" && !whereAlready.MatchString(f.About) {
		if kind := b.manifestOf(f); kind != "" {
			where = kind + " 매니페스트에서 "
		}
	}
	if !p.noun {
		if f.Relation == parser.Purpose && strings.HasSuffix(f.About, "는") {
			return where + p.text + " 데 쓰는 " + b.with(class, "은/는") + " 무엇인가?"
		}
		return where + p.text + " " + b.with(class, "은/는") + " 무엇인가?"
	}
	switch {
	case strings.HasSuffix(p.text, "때"):
		return where + p.text + " 사용하는 " + b.with(class, "은/는") + " 무엇인가?"
	case strings.HasSuffix(p.text, "경우"):
		return where + p.text + "에 사용하는 " + b.with(class, "은/는") + " 무엇인가?"
	case strings.HasSuffix(p.text, "역할"):
		return p.text + "을 하는 " + b.with(class, "은/는") + " 무엇인가?"
	case strings.HasSuffix(p.text, "방법"):
		return p.text + "을 쓰는 " + b.with(class, "은/는") + " 무엇인가?"
	case f.Relation == parser.HasProperty, f.Relation == parser.Contrast:
		return "" // one of many things that are so
	case strings.HasSuffix(p.text, "전용"):
		return where + p.text + " " + b.with(class, "은/는") + " 무엇인가?"
	case keyNoun.MatchString(p.text):
		return where + b.with(p.text, "은/는") + " 무엇인가?"
	case class == "필드" && f.Pattern == "comment":
		return where + b.with(p.text, "을/를") + " 적는 필드는 무엇인가?"
	}
	return where + b.with(p.text, "을/를") + " 무엇이라고 하는가?"
}

// ask is a question with its answer.
type ask struct {
	stem, answer string
	accepted     []string
}

// value asks for what About says of the subject, or for what a condition leads
// to; ok is false when the fact can't be asked so.
func (b *book) value(f *parser.Fact) (q ask, ok bool) {
	q = ask{answer: f.Object, accepted: f.Aliases}
	if strings.Contains(f.Condition+f.About, "?") && f.Relation != parser.Need {
		return q, false
	}
	switch f.Relation {
	case parser.Abbreviation:
		q.stem = b.with(f.About, "은/는") + " 무엇의 약자인가?"
	case parser.Alias:
		if korean.HasHangul(f.About) && transliterated.MatchString(f.Object) {
			return q, false // 비트, bit: says nothing
		}
		q.stem = "‘" + f.About + "’" + b.reader.Josa(f.About, "을/를") + " 달리 무엇이라고 하는가?"
		if len([]rune(f.About)) <= 3 && !korean.HasHangul(f.About) {
			q.stem = "‘" + f.About + "’" + b.reader.Josa(f.About, "은/는") + " 무엇을 뜻하는 표기인가?"
		}
	case parser.PropertyDefault:
		if t := b.term[f.Subject]; t != nil && t.Kind == "concept" && f.About == "기본값" {
			return q, false // of what, the note doesn't say
		}
		q.stem = b.name(f.Subject) + "의 기본값은 무엇인가?"
		if f.About != "" && f.About != "기본값" {
			q.stem = f.About + "의 기본값은 무엇인가?"
		}
	case parser.PropertyValue:
		q.stem = b.stemValue(f)
	case parser.HasProperty:
		return b.pair(f)
	case parser.Contrast:
		if f.About == "비슷한 것" {
			q.stem = b.with(b.name(f.Subject), "은/는") + " 무엇과 비슷한가?"
		}
	case parser.PartOf:
		if !strings.Contains(f.About, "YAML") {
			return q, false
		}
		q.stem = b.with(b.placed(f), "은/는") + " YAML의 어디에 적는가?"
	case parser.OptionFor:
		q.stem = b.stemOption(f)
	case parser.Definition:
		return b.meaning(f)
	case parser.Example:
		if t := b.term[b.words.ID(f.Object)]; f.About == "예" && t != nil && t.Kind == "concept" && b.kindOf(f.Subject) == "concept" {
			q.stem = b.name(f.Subject) + "의 예로 알맞은 것은 무엇인가?"
		}
	case parser.Naming:
		return b.naming(f)
	case parser.Need, parser.Condition, parser.Consequence:
		return b.outcome(f)
	case parser.Purpose:
		return b.purpose(f)
	}
	return q, q.stem != ""
}

func (b *book) stemValue(f *parser.Fact) string {
	if f.About == "" {
		return ""
	}
	if lhs, rest, ok := strings.Cut(f.About, " — "); ok {
		return "‘" + lhs + "’" + b.reader.Josa(lhs, "은/는") + " 무엇을 " + strings.TrimSuffix(rest, "의 원래 값") + "인가?"
	}
	if cards.Key(f.About) == f.Subject || b.words.ID(f.About) == f.Subject {
		if m := numberUnit.FindStringSubmatch(f.Object); m != nil {
			return "1" + b.with(f.About, "은/는") + " 몇 " + strings.TrimSpace(m[2]) + "인가?"
		}
		return "" // 디플로이먼트: 배포 says too little by itself
	}
	name := b.name(f.Subject)
	if b.kindOf(f.Subject) == "field" && f.Pattern == "comment" && korean.HasHangul(f.About) {
		return name + "의 값 가운데 ‘" + f.About + "’" + b.reader.Josa(f.About, "을/를") + " 뜻하는 것은 무엇인가?"
	}
	if m := numberUnit.FindStringSubmatch(f.Object); m != nil && numberUnit.MatchString(f.About) {
		return name + "에서 " + b.with(f.About, "은/는") + " 몇 " + strings.TrimSpace(m[2]) + "인가?"
	}
	if b.named(f.Subject, f.About) {
		return b.with(f.About, "은/는") + " 무엇인가?"
	}
	return name + "에서 " + b.with(f.About, "은/는") + " 무엇인가?"
}

// stemOption asks for the flag that does what About says.
func (b *book) stemOption(f *parser.Fact) string {
	about := strings.TrimSuffix(f.About, "한다")
	where := ""
	if name := b.name(f.Subject); strings.HasPrefix(f.Subject, "kubectl-") {
		where = strings.ReplaceAll(name, "-", " ") + "에서 "
	}
	if strings.HasSuffix(about, "것") || strings.HasSuffix(about, "옵션") {
		return where + b.with(about, "은/는") + " 무엇인가?"
	}
	p, ok := describe(f.About)
	switch {
	case !ok:
		return ""
	case p.noun:
		return where + b.with(p.text, "을/를") + " 위한 옵션은 무엇인가?"
	case strings.HasSuffix(p.text, "해야 하는"):
		return where + strings.TrimSuffix(p.text, "하는") + "할 때 쓰는 옵션은 무엇인가?"
	case strings.HasSuffix(p.text, "할 수 있는"):
		return where + strings.TrimSuffix(p.text, " 수 있는") + " 때 쓰는 옵션은 무엇인가?"
	}
	return where + p.text + " 옵션은 무엇인가?"
}

// meaning asks what a field holds.
func (b *book) meaning(f *parser.Fact) (ask, bool) {
	if f.Term || f.About == "" || len([]rune(f.Object)) > cards.TypedRunesMax {
		return ask{}, false
	}
	q := ask{answer: f.Object, accepted: f.Aliases}
	if f.Pattern != "comment" {
		q.stem = b.with(f.About, "은/는") + " 무엇을 뜻하는가?"
		return q, true
	}
	where := ""
	if kind := b.manifestOf(f); kind != "" {
		where = kind + " 매니페스트의 "
	}
	p, ok := describe(f.Object)
	switch {
	case !ok:
		return ask{}, false
	case p.noun && !keyNoun.MatchString(p.text):
		q.stem = where + f.About + "에는 무엇을 적는가?"
	case p.noun:
		q.stem = where + b.with(f.About, "은/는") + " 무엇을 하는 필드인가?"
	default:
		q.stem = where + b.with(f.About, "은/는") + " 무엇을 하는 필드인가?"
		q.answer, q.accepted = b.reader.Plain(f.Object), append([]string{f.Object}, f.Aliases...)
	}
	return q, true
}

// purpose asks when or for what a thing is used.
func (b *book) purpose(f *parser.Fact) (ask, bool) {
	q := ask{answer: f.Object, accepted: f.Aliases}
	name := b.name(f.Subject)
	switch {
	case f.About != "" && strings.HasSuffix(f.About, "의 까닭"):
		example, _, _ := strings.Cut(f.Words, "#")
		if example = strings.TrimSpace(example); example == "" || f.Pattern != "comment" {
			return q, false
		}
		q.stem = "`" + example + "`인 " + b.topicName(f.Topic) + " 예시에서 " + strings.TrimSuffix(strings.TrimSuffix(f.About, "의 까닭"), " 것") + " 까닭은 무엇인가?"
	case f.About != "" || f.Term:
		return q, false
	case strings.HasSuffix(f.Object, "때"), strings.HasSuffix(f.Object, "경우"):
		q.stem = b.with(name, "은/는") + " 어떤 경우에 사용하는가?"
	default:
		return q, false
	}
	return q, true
}
