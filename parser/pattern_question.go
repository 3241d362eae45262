package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// selfAnswer is "A? B" on one line.
var selfAnswer = prefilter.MustCompile(`^(.{1,50}?)\s*\?\s+(.+)$`)

// whyWords make the question one for a reason.
var whyWords = prefilter.MustCompile(`왜|이유|까닭|필요한가|어째서`)

// readQuestion reads a question that its author answers on the same line.
func readQuestion(r *reader, st statement) bool {
	if r.answersAbove(st) {
		return true
	}
	if strings.HasPrefix(st.text, "Q.") || strings.HasPrefix(st.text, "Q:") {
		r.asked = strings.TrimSpace(st.text[2:])
		return true
	}
	if answer, ok := strings.CutPrefix(strings.Replace(st.text, "A:", "A.", 1), "A."); ok && r.asked != "" {
		if answer = strings.TrimSpace(answer); utf8.RuneCountInString(answer) <= clauseRunesMax {
			r.add(st, "question", Fact{Subject: st.subject.id, Relation: HasProperty, Object: answer, About: plainWords(r.asked), Aliases: clauseForms(plainWords(answer))})
		}
		r.asked = ""
		return true
	}
	m := selfAnswer.FindStringSubmatch(st.text)
	if m == nil || strings.Contains(m[1], "`") {
		return false
	}
	question, answer := strings.TrimSpace(m[1]), strings.TrimSpace(m[2])
	if whyWords.MatchString(question) {
		if st.subject.id == "" {
			return false
		}
		r.add(st, "question", Fact{Subject: st.subject.id, Relation: Need, Object: answer, About: question + "?", Aliases: reasons(answer)})
		return true
	}
	name := r.gloss.bare(cleanTitle(question + "?"))
	s, ok := r.named(name, st.block)
	if !ok || !r.sureTerm(s) {
		return false
	}
	about := answer
	if i := exampleInside.FindStringIndex(answer); i != nil {
		about = answer[:i[0]]
		inner := st
		inner.subject = s
		r.examples(inner, answer[i[1]:])
	}
	if isSpelling(plainWords(about)) && !hangulAnywhere.MatchString(about) {
		r.add(st, "question", Fact{Subject: s.id, Relation: Abbreviation, Object: about, Term: true, About: s.name})
		return true
	}
	r.names(st, "question", Definition, s, about)
	return r.count > 0
}

// answersAbove reads the first words below a heading or item that asks why.
func (r *reader) answersAbove(st statement) bool {
	question := st.block.topicText()
	if n := len(st.block.ancestors); n > 0 {
		question = plainWords(st.block.ancestors[n-1].Text)
	}
	if !r.fresh || !strings.HasSuffix(question, "?") || !whyWords.MatchString(question) || st.example {
		return false
	}
	s, _, _, ok := r.split(strings.TrimSuffix(question, "?"), st.subject)
	if !ok && st.subject.id == "" || utf8.RuneCountInString(st.text) > clauseRunesMax {
		return false
	}
	r.concept(s)
	r.add(st, "question", Fact{Subject: s.id, Relation: Need, Object: st.text, About: question, Aliases: append(reasons(st.text), clauseForms(plainWords(st.text))...)})
	return true
}

// sureTerm reports a subject whose name glossary, headings or Latin letters vouch for.
func (r *reader) sureTerm(s subject) bool {
	_, known := r.gloss.lookup(s.name)
	return known || latinName.MatchString(s.name) || r.known[s.id]
}

// reasons are other ways to write a reason: "안정성 때문" and "안정성".
func reasons(answer string) []string {
	bare := plainWords(answer)
	if cut, ok := strings.CutSuffix(bare, " 때문"); ok && !strings.HasSuffix(cut, "기") {
		return []string{cut}
	}
	return nil
}
