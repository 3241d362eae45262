package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// colon is "X: Y" with a blank behind the colon; times, addresses and keys have none.
var colon = prefilter.MustCompile(`^(.{1,60}?)\s*[:：]\s+(.+)$`)

// dash is "X - Y" with blanks around; ranges and hyphened words have none.
var dash = prefilter.MustCompile(`^([^-–—:]{1,25}?)\s+[-–—]\s+([^-–—]+)$`)

var (
	defaultLabel = prefilter.MustCompile(`^(.*?)\s*(?:의\s*)?(?:기본 ?값|디폴트(?: ?값)?|기본 ?설정|(?i:default(?: value)?))$`)
	purposeLabel = prefilter.MustCompile(`(?:목적|용도|사용 ?(?:시점|이유|목적)|쓰임새?)$`)
	exampleLabel = prefilter.MustCompile(`(?:사용 ?예시?|활용 ?예시?|사용 ?사례|활용 ?사례|예시?|종류|유형|사례)$`)
	definedLabel = prefilter.MustCompile(`^(?:정의|개념|의미|뜻|역할|설명)$`)
)

func readColon(r *reader, st statement) bool {
	m := colon.FindStringSubmatch(st.text)
	if d := dash.FindStringSubmatch(st.text); m == nil && d != nil && wordCount(d[1]) <= 2 && wordCount(d[2]) >= 2 {
		m = d
	}
	if m == nil || st.example || strings.Count(m[1], "`")%2 == 1 || strings.Count(m[1], "(") != strings.Count(m[1], ")") {
		return false
	}
	left, right := strings.TrimSpace(m[1]), strings.TrimSpace(m[2])
	bareLeft, bareRight := plainWords(left), plainWords(right)
	if bareLeft == "" || bareRight == "" || strings.HasSuffix(bareLeft, "http") || strings.HasSuffix(bareLeft, "https") {
		return false
	}
	command := wholeCommand(right)
	switch {
	case strings.HasPrefix(left, "`") && asCommand(strings.Trim(left, "`")) != "":
		return false // a command and what it does: pattern code
	case defaultLabel.MatchString(bareLeft):
		about := defaultLabel.FindStringSubmatch(bareLeft)[1]
		r.defaultOf(st, about, shortValue(bareRight))
		return true
	case command != "":
		r.add(st, "colon", Fact{Subject: st.subject.id, Relation: CommandFor, Object: command, Term: true, About: r.fullAbout(st, bareLeft)})
		return true
	case purposeLabel.MatchString(bareLeft) && st.subject.name != "":
		r.names(st, "colon", Purpose, st.subject, bareRight)
		return true
	case definedLabel.MatchString(bareLeft) && st.subject.name != "":
		r.names(st, "colon", Definition, st.subject, bareRight)
		return false
	case isLabel(bareLeft) && exampleLabel.MatchString(bareLeft) && st.subject.name != "":
		r.examplesOf(st, bareRight, bareLeft)
		return true
	case isLabel(bareLeft):
		st.text, st.rest = right, right
		return r.valueOf(st, bareLeft, right)
	}
	r.colonPair(st, left, right)
	if s, ok := r.exactly(left, nil); r.count > 0 && (!ok || !r.sureTerm(s)) {
		readTerm(r, st) // the words of a label that only this note uses
	}
	return r.count > 0
}

// colonPair reads "X: Y" where X is no label.
func (r *reader) colonPair(st statement, left, right string) {
	s, ok := r.exactly(left, st.block)
	if !ok {
		if codes := identifiersIn(left); len(codes) == 1 && strings.HasPrefix(left, "`") {
			s, ok, _ = r.identified(codes[0], st.block)
		}
	}
	if !ok {
		return
	}
	if r.colonList(st, plainWords(left), right) {
		return
	}
	about := strings.TrimSpace(parenTail.ReplaceAllString(plainWords(right), ""))
	if utf8.RuneCountInString(about) < 2 {
		return
	}
	short := utf8.RuneCountInString(about) <= 15 && wordCount(about) <= 3
	if short && !adnominalInside.MatchString(about) {
		r.concept(s)
		r.add(st, "colon", Fact{Subject: s.id, Relation: PropertyValue, Object: about, Term: true, About: s.name})
	}
	if !short || adnominalInside.MatchString(about) || r.isTerm(s) && utf8.RuneCountInString(about) >= aboutRunesMin {
		r.names(st, "colon", Definition, s, r.contextual(st, about))
	}
}

// colonList reads "대표 프로토콜: TCP, UDP" below a subject: each is one of them.
func (r *reader) colonList(st statement, left, right string) bool {
	items := topSplit(listEnd.ReplaceAllString(plainWords(right), ""), ",")
	if len(items) < 2 || st.subject.id == "" {
		return false
	}
	for _, item := range items {
		if wordCount(item) > 3 || utf8.RuneCountInString(item) > 20 || verbEnd.MatchString(item) || particleTail.MatchString(item) || strings.Contains(item, "에서 ") {
			return false
		}
	}
	r.listed(st, "colon", PartOf, strings.Join(items, ", "), left)
	return true
}

// valueOf reads "{분류}: Y" below a subject: a short Y is a value of it.
func (r *reader) valueOf(st statement, label, right string) bool {
	value := plainWords(right)
	if st.subject.id != "" && utf8.RuneCountInString(value) <= 20 && wordCount(value) <= 3 {
		r.add(st, "colon", Fact{Subject: st.subject.id, Relation: HasProperty, Object: value, Term: true, About: label})
	}
	return false
}

// isTerm reports a subject that glossary or spelling make a name one can type.
func (r *reader) isTerm(s subject) bool {
	if _, ok := r.gloss.lookup(s.name); ok {
		return true
	}
	return latinName.MatchString(s.name) || r.known[s.id] || wordCount(s.name) <= 2
}

// contextual puts the subject before a description that is too short to be
// understood without it.
func (r *reader) contextual(st statement, about string) string {
	if _, term := r.gloss.lookup(st.subject.name); term {
		return about // one of many things below a resource, not one of its kinds
	}
	if utf8.RuneCountInString(about) < contextRunes && st.subject.name != "" && !strings.Contains(about, st.subject.name) {
		return st.subject.name + "에서 " + about
	}
	return about
}

// contextRunes: a description shorter than this needs its subject beside it.
const contextRunes = 8

// wholeCommand is the command when s is one code span that holds it.
func wholeCommand(s string) string {
	m := codeSpans.FindStringSubmatch(s)
	if m == nil || strings.TrimSpace(strings.Trim(s, ".")) != m[0] {
		return ""
	}
	return asCommand(m[1])
}

// shortValue cuts what follows a value: "(…)", ", …" and the copula.
func shortValue(s string) string {
	s = parenTail.ReplaceAllString(strings.TrimSpace(s), "")
	if i := strings.IndexAny(s, ",;"); i > 0 {
		s = s[:i]
	}
	return copula.ReplaceAllString(strings.TrimSpace(s), "")
}

// copula is "이다" in its forms behind a noun.
var copula = prefilter.MustCompile(`(?:입니다|이다|이에요|예요|임|이며|이고|이 된다|가 된다)[.]?$`)
