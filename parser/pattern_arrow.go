package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

var (
	arrow       = prefilter.MustCompile(`\s*(?:→|⇒|⇢|➔|➡️?|=>|->|—>)\s*`)
	insteadOf   = prefilter.MustCompile("^(.+?)[,\\s]\\s*`([\\w.-]+)` 대신(?:에)? `([\\w.-]+)`(?:을|를)\\s+(?:쓰|사용|이용|적|넣)")
	replaceWord = prefilter.MustCompile(`원한다면|원하면|대신|바꾸|변경|교체|치환`)
)

// readArrow reads "A -> B": a replacement when the line says so, a flow of
// steps when there are three, else what follows from what.
func readArrow(r *reader, st statement) bool {
	if m := insteadOf.FindStringSubmatch(st.text); m != nil {
		s, _, _ := r.identified(m[3], st.block)
		r.concept(s)
		about := strings.TrimSpace(plainWords(m[1])) + " " + m[2] + " 대신 쓰는 것"
		r.add(st, "arrow", Fact{Subject: s.id, Relation: OptionFor, Object: m[3], Term: true, About: about})
		return true
	}
	at := arrow.FindAllStringIndex(st.text, -1)
	if len(at) == 0 || strings.Count(st.text[:at[0][0]], "`")%2 == 1 {
		return false
	}
	if at[0][0] == 0 {
		return false // a conclusion from the line above: its words stand alone
	}
	parts := arrow.Split(st.text, -1)
	if len(parts) >= 3 {
		r.flow(st, parts)
		return true
	}
	left, right := parts[0], parts[1]
	codes, next := identifiersIn(left), identifiersIn(right)
	if len(codes) > 0 && len(next) > 0 && replaceWord.MatchString(st.text) {
		old, fresh := codes[len(codes)-1], next[0]
		about := strings.TrimSpace(plainWords(left[:strings.LastIndex(left, "`"+old)]))
		s, _, _ := r.identified(fresh, st.block)
		r.concept(s)
		r.add(st, "arrow", Fact{Subject: s.id, Relation: OptionFor, Object: fresh, Term: true, About: strings.TrimSpace(about + " " + old + " 대신 쓰는 것")})
		return true
	}
	if s, ok := r.exactly(left, st.block); ok && wordCount(s.name) <= 2 && nounEnd.MatchString(plainWords(right)) && !verbEnd.MatchString(right) && wordCount(right) >= 2 {
		r.names(st, "arrow", Definition, s, right)
		return true
	}
	if st.subject.id != "" && utf8.RuneCountInString(right) <= clauseRunesMax {
		r.add(st, "arrow", Fact{Subject: st.subject.id, Relation: Consequence, Object: right, Condition: plainWords(left), Negative: negative(right)})
	}
	return false
}

// clauseRunesMax: a longer clause can't be typed as an answer.
const clauseRunesMax = 45

func (r *reader) flow(st statement, parts []string) {
	var items []string
	for _, p := range parts {
		if p = strings.TrimSpace(plainWords(p)); p != "" {
			items = append(items, p)
		}
	}
	r.graph.Steps = append(r.graph.Steps, Steps{
		Subject: st.subject.id, Title: strings.TrimSpace(st.subject.name + " 흐름"), Items: items, Topic: st.block.topic(), Span: r.span(st),
	})
	r.add(st, "arrow", Fact{Subject: st.subject.id, Relation: OrderOf, Object: strings.Join(items, " → "), About: "순서"})
}
