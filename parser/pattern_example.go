package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// exampleInside is where the examples of a sentence begin.
var exampleInside = prefilter.MustCompile(`\s+(?i:ex\.?\)?|e\.g\.|예:|예\)|예시:)\s*[.:]?\s+`)

// exampleRunesMax: what is longer is no name of an example.
const exampleRunesMax = 30

// readExample reads "ex. A, B": examples of what stands before or above.
func readExample(r *reader, st statement) bool {
	if st.example {
		return r.exampleItem(st)
	}
	if r.underExamples(st) {
		return true
	}
	at := exampleInside.FindStringIndex(st.text)
	if at == nil || at[0] == 0 {
		return false
	}
	tail := st.text[at[1]:]
	if wholeCommand(tail) != "" {
		return false // the command pattern knows what it shows
	}
	inner := st
	inner.text = st.text
	inner.subject = r.lastNamed(st.text[:at[0]], st.subject)
	r.examples(inner, tail)
	return false
}

// exampleItem reads an item that is an example of its parent.
func (r *reader) exampleItem(st statement) bool {
	if wholeCommand(st.text) != "" {
		return r.exampleCommand(st)
	}
	if readApposition(r, st) {
		return true
	}
	if len([]rune(st.text)) <= exampleRunesMax && wordCount(st.text) <= 4 && st.subject.id != "" {
		r.examples(st, st.text)
		return true
	}
	if st.subject.name != "" && !sentenceEnd.MatchString(st.text) && len(st.block.Children) == 0 && nounEnd.MatchString(plainWords(st.text)) {
		r.names(st, "example", Example, st.subject, st.text)
		return true
	}
	return false
}

// exampleCommand gives a command below a sentence that says what it does.
func (r *reader) exampleCommand(st statement) bool {
	about := ""
	if before := sentences(st.block.Text); st.off > 0 && len(before) > 1 {
		about = plainWords(before[0].text) // the item says first what its command shows
	} else if n := len(st.block.ancestors); n > 0 {
		about = plainWords(st.block.ancestors[n-1].Text)
	}
	if about == "" || utf8.RuneCountInString(about) > aboutRunesMax {
		return false
	}
	r.add(st, "example", Fact{Subject: st.subject.id, Relation: CommandFor, Object: wholeCommand(st.text), Term: true, About: about})
	return true
}

// aboutRunesMax: a longer description makes a poor question.
const aboutRunesMax = 120

// underExamples reads an item below "사용예": the subject is what the item calls for.
func (r *reader) underExamples(st statement) bool {
	if len(st.labels) == 0 || !isLabel(st.labels[0]) || st.subject.name == "" || wholeCommand(st.text) != "" {
		return false
	}
	label := strings.ReplaceAll(st.labels[0], " ", "")
	switch {
	case strings.HasPrefix(label, "사용예") || strings.HasPrefix(label, "활용") || strings.HasPrefix(label, "사용사례") || label == "용도" || label == "목적" || label == "사용시점":
		if strings.Contains(st.text, ": ") || utf8.RuneCountInString(st.text) > aboutRunesMax {
			return false
		}
		r.names(st, "example", Example, st.subject, st.text)
		return true
	}
	return false
}

// examplesOf reads "사용예: A, B, …" below a subject.
func (r *reader) examplesOf(st statement, list, label string) {
	if strings.Contains(strings.ReplaceAll(label, " ", ""), "사용") || strings.HasPrefix(label, "활용") {
		r.names(st, "example", Example, st.subject, strings.Trim(list, " .…"))
		return
	}
	rel := Example
	if strings.HasSuffix(label, "종류") || strings.HasSuffix(label, "유형") {
		rel = PartOf
	}
	r.listed(st, "example", rel, list, label)
}

func (r *reader) examples(st statement, list string) {
	r.listed(st, "example", Example, list, "예")
}

// listed adds each short item of an enumeration.
func (r *reader) listed(st statement, pattern string, rel Relation, list, about string) {
	list = strings.TrimSpace(list)
	if st.subject.id == "" {
		return
	}
	for _, item := range topSplit(list, ",·") {
		item = listEnd.ReplaceAllString(plainWords(item), "")
		item = strings.TrimSpace(parenTail.ReplaceAllString(item, ""))
		if n := utf8.RuneCountInString(item); n < 2 || n > exampleRunesMax || sentenceEnd.MatchString(item) && wordCount(item) > 2 {
			continue
		}
		r.add(st, pattern, Fact{Subject: st.subject.id, Relation: rel, Object: item, Term: wordCount(item) <= 3, About: about})
	}
}

// listEnd is what closes an open enumeration.
var listEnd = prefilter.MustCompile(`\s*(?:등(?:등|이 있(?:다|음|습니다))?|\.{2,}|…)\s*\.?$`)

// lastNamed is the last known term in text, else s.
func (r *reader) lastNamed(text string, s subject) subject {
	if at := r.gloss.find(text); len(at) > 0 && s.name == "" {
		f := at[len(at)-1]
		return subject{id: f.term.ID, name: text[f.from:f.to], aliases: f.term.others(text[f.from:f.to]), kind: f.term.Kind}
	}
	return s
}
