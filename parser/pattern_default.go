package parser

import (
	"strings"

	"gieok/prefilter"
)

var (
	defaultAlone = prefilter.MustCompile(`^(?:디폴트|기본 ?값|기본|default)(?: ?타입| ?값)?(?:이다|임|입니다)?[.]?$`)
	defaultOf    = prefilter.MustCompile(`^(.+?)(?:의|은|는)?\s+(?:기본 ?값|디폴트(?: ?값)?|default)(?:은|는|이)?\s+(.+?)$`)
	defaultKind  = prefilter.MustCompile(`^((?:.{1,30}?의)?)\s*기본 (\p{Hangul}{1,6})(?:은|는)\s+([^,]{1,25}?)(?:이다|입니다|임|다)[.]?$`)
	defaultUse   = prefilter.MustCompile(`(?:^|\s)기본(?:값|적)?으로는?\s+([^,.]{1,30}?)(?:을|를|이|가|으로|로)\s*(?:사용|설정|지정|적용|선택)(?:한다|된다|됨|함|합니다|됩니다|하며|되며)`)
	defaultIs    = prefilter.MustCompile("^`?([\\w./ -]+?)`?(?:이|가|은|는)?\\s+(?:기본 ?값|디폴트(?: ?값)?)(?:이다|임|입니다|이며.*)?[.]?$")
)

// readDefault reads what is used when nothing is written.
func readDefault(r *reader, st statement) bool {
	text := plainWords(st.text)
	if defaultAlone.MatchString(text) {
		return r.parentIsDefault(st)
	}
	if m := defaultIs.FindStringSubmatch(text); m != nil && st.subject.id != "" {
		s := st.subject
		if fold(s.name) == fold(m[1]) {
			return r.parentIsDefault(st)
		}
		r.add(st, "default", Fact{Subject: s.id, Relation: PropertyDefault, Object: m[1], Term: true, About: "기본값"})
		return true
	}
	if m := defaultUse.FindStringSubmatch(text); m != nil && st.subject.id != "" && wordCount(m[1]) <= 3 {
		r.add(st, "default", Fact{Subject: st.subject.id, Relation: PropertyDefault, Object: m[1], Term: true})
		return false
	}
	if m := defaultKind.FindStringSubmatch(text); m != nil && st.subject.id != "" && !negative(text) {
		r.add(st, "default", Fact{Subject: st.subject.id, Relation: PropertyDefault, Object: m[3], Term: true, About: strings.TrimSpace(m[1] + " 기본 " + m[2])})
		return true
	}
	m := defaultOf.FindStringSubmatch(st.text)
	if m == nil || negative(text) {
		return false
	}
	value := strings.TrimSpace(defaultVerb.ReplaceAllString(shortValue(m[2]), ""))
	if wordCount(value) > 3 || value == "" || verbEnd.MatchString(value) || sentenceEnd.MatchString(value) && wordCount(value) > 1 {
		return false
	}
	r.defaultOf(st, plainWords(m[1]), value)
	return true
}

// defaultVerb is what a sentence says after the value.
var defaultVerb = prefilter.MustCompile(`(?:(?:으로|로)\s+(?:설정|지정|사용|적용)?\s*(?:된다|됨|되어 있(?:다|음)|합니다|됩니다|한다)?|을 사용.*|를 사용.*)[.]?$`)

// defaultOf adds the default of what, a property of the subject; "" is the subject itself.
func (r *reader) defaultOf(st statement, what, value string) {
	s := st.subject
	about := "기본값"
	if what = strings.TrimSpace(what); what != "" && fold(what) != fold(s.name) {
		about = what + "의 기본값"
		if named, ok := r.named(r.gloss.bare(what), st.block); ok && (wordCount(named.name) == 1 || r.glossed(named)) {
			s, about = named, "기본값"
			r.concept(s)
		}
	}
	if s.id == "" || value == "" {
		return
	}
	r.add(st, "default", Fact{Subject: s.id, Relation: PropertyDefault, Object: value, Term: true, About: about})
}

func (r *reader) glossed(s subject) bool {
	_, ok := r.gloss.lookup(s.name)
	return ok
}

// parentIsDefault reads a child "디폴트": its parent is the default of what
// stands above that.
func (r *reader) parentIsDefault(st statement) bool {
	n := len(st.block.ancestors)
	if n == 0 || st.subject.id == "" {
		return false
	}
	parent := st.block.ancestors[n-1]
	above, _ := r.subjectOf(parent)
	if above.id == "" {
		return false
	}
	span := st
	span.subject = above
	r.add(span, "default", Fact{Subject: above.id, Relation: PropertyDefault, Object: st.subject.name, Aliases: st.subject.aliases, Term: true, About: "기본값"})
	return true
}
