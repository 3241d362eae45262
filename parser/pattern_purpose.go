package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

var (
	purposeUse  = prefilter.MustCompile(`^(.+?(?:하고|고) 싶을 때|.+?(?:할|을|를|될|일|는|한|싶을) 때|.+?(?:하려는|려는|하는|인|할|는|되는|한) 경우|.+? 데)(?:에는|에|는|도)?,?\s*(?:자주 |주로 |흔히 |많이 |보통 |대개 )?(?:사용|쓰|활용|쓴|쓸|이용|적합|유용)(.*)$`)
	purposeFor  = prefilter.MustCompile(`^(.+?)(?:을|를|하기|기)\s*(?:위해서?|위하여|위함|위한)\s*(.*)$`)
	purposeRole = prefilter.MustCompile(`^(.+?)(?:하는|할|하기 위한|을 위한|를 위한|의)?\s*(?:용도|목적)(?:으로|로|이다|임|입니다)?\s*(?:사용|쓰|활용)?.*$`)
	offers      = prefilter.MustCompile(`(?:제공|담당|전용|관리|수행|보장)(?:한다|함|합니다|하는 역할)?[.]?$|역할(?:을 한다|을 함|을 합니다|이다|임|을 수행)?[.]?$`)
	caseOpen    = prefilter.MustCompile(`^.+(?:해야|하려|되어야)\s*(?:하는|할|되는)?\s*(?:경우|때)$`)
)

// readPurpose reads what a thing is for.
func readPurpose(r *reader, st statement) bool {
	text := st.rest
	if m := purposeUse.FindStringSubmatch(text); m != nil && !negative(m[2]) {
		when := plainWords(m[1])
		r.names(st, "purpose", Purpose, st.subject, when)
		if st.subject.id != "" && !strings.HasSuffix(when, " 데") && utf8.RuneCountInString(when) <= clauseRunesMax {
			r.add(st, "purpose", Fact{Subject: st.subject.id, Relation: Purpose, Object: when, Aliases: useForms(when)})
		}
		return false
	}
	if m := purposeFor.FindStringSubmatch(text); m != nil {
		r.purposeFor(st, m)
		return false
	}
	if m := purposeRole.FindStringSubmatch(text); m != nil && wordCount(m[1]) >= 2 && !strings.Contains(m[1], "`") {
		r.names(st, "purpose", Purpose, st.subject, m[1])
		return false
	}
	if caseOpen.MatchString(plainWords(text)) || offers.MatchString(plainWords(text)) && st.topic == "" && wordCount(text) >= 2 && !strings.Contains(text, ",") {
		if r.mayName(st) {
			r.names(st, "purpose", Purpose, st.subject, text)
		}
	}
	return false
}

// purposeFor reads "A를 위해 B": A is the purpose, B the way.
func (r *reader) purposeFor(st statement, m []string) {
	goal := plainWords(m[1])
	if i := strings.LastIndexAny(goal, ",;"); i > 0 {
		goal = strings.TrimSpace(goal[i+1:])
	}
	if _, _, rest, ok := topicOf(goal); ok {
		goal = rest
	}
	if reasonTalk.MatchString(st.text) || demonstrative.MatchString(goal) || utf8.RuneCountInString(goal) < 2 || st.subject.id == "" {
		return
	}
	_, behind, _ := strings.Cut(plainWords(m[0]), goal)
	noun := strings.HasPrefix(behind, "을") || strings.HasPrefix(behind, "를")
	if noun && wordCount(goal) <= 5 {
		r.add(st, "purpose", Fact{Subject: st.subject.id, Relation: Purpose, Object: goal, Term: true})
	}
	if !negative(st.text) && r.mayName(st) {
		r.names(st, "purpose", Purpose, st.subject, st.rest)
	}
}

// reasonTalk: a sentence about reasons says no purpose of its subject.
var reasonTalk = prefilter.MustCompile(`(?:이유|까닭|원인)(?:는|은|에는|로는|가)|위함(?:이 있|이 있다|도 있)`)

// mayName reports whether a statement can be the description of its subject:
// the subject is named, stands directly above, and is not in the words.
func (r *reader) mayName(st statement) bool {
	name := st.subject.name
	if st.topic == "" && r.ownTopic(st.rest) && !purposeUse.MatchString(st.rest) {
		return false
	}
	if name == "" || st.aside || st.example || len(st.labels) > 1 {
		return false
	}
	text := fold(st.rest)
	if strings.Contains(text, fold(name)) {
		return false
	}
	for _, a := range st.subject.aliases {
		if utf8.RuneCountInString(a) >= 2 && strings.Contains(text, fold(a)) && hangulAnywhere.MatchString(a) {
			return false
		}
	}
	return true
}

// useForms are other endings of "…할 때".
func useForms(when string) []string {
	for _, pair := range [][2]string{{" 때", " 경우"}, {" 경우", " 때"}} {
		if cut, ok := strings.CutSuffix(when, pair[0]); ok {
			return []string{cut + pair[1]}
		}
	}
	return nil
}
