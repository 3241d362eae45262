package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// blanksMax bounds the terms left blank in one sentence: each is a card of its own.
const blanksMax = 2

var (
	camelWord  = prefilter.MustCompile(`\b[a-z]+[0-9]*[A-Z][A-Za-z0-9]+\b`)
	properWord = prefilter.MustCompile(`\b[A-Z][a-z]{3,}[A-Za-z0-9]*\b`)
	capsWord   = prefilter.MustCompile(`\b[A-Z][A-Za-z0-9]*(?:[A-Z][A-Za-z0-9]*)+\b|\b[A-Z]{2,}\b`)
	latinWord  = prefilter.MustCompile(`\b[A-Za-z][A-Za-z0-9]*(?:[-./][A-Za-z0-9]+)*\b`)
)

// readTerm leaves one term of a sentence blank that no other pattern asked for.
func readTerm(r *reader, st statement) bool {
	text := plainWords(st.text)
	if st.subject.id == "" && st.topic == "" && !st.aside {
		return false
	}
	if st.title || demonstrative.MatchString(text) || wordCount(text) < 4 || utf8.RuneCountInString(text) > aboutRunesMax || strings.HasPrefix(st.text, "`") || !hangulAnywhere.MatchString(text) {
		return false
	}
	asked := parenAny.ReplaceAllString(st.text, " ")
	if r.blank(st, text, r.termsIn(asked, false), false) == 0 && r.count == 0 && st.block.Number == 0 && !st.example {
		// Nothing else can be asked here: then even a common term or the subject itself.
		r.blank(st, text, r.termsIn(asked, true), true)
	}
	return false
}

// blank adds a fact for each of the first terms that stands in text once, and
// counts them.
func (r *reader) blank(st statement, text string, terms []string, subjectToo bool) int {
	blanks := 0
	for _, term := range terms {
		if blanks == blanksMax || subjectToo && blanks == 1 {
			break
		}
		own := fold(term) == fold(st.subject.name) || containsFold(st.subject.aliases, term)
		if utf8.RuneCountInString(term) < 2 || own && !subjectToo || strings.Count(fold(text), fold(term)) != 1 {
			continue
		}
		id := st.subject.id
		if id == "" {
			id = conceptID(term)
		}
		r.add(st, "term", Fact{Subject: id, Relation: HasProperty, Object: term, Term: true, Negative: negative(text)})
		blanks++
	}
	return blanks
}

// termsIn gives the terms of a text that are worth asking for: code names first,
// then words in capitals, glossary terms, other Latin words. Common ones count on demand.
func (r *reader) termsIn(text string, common bool) []string {
	var out []string
	for _, c := range identifiersIn(text) {
		out = addOnce(out, c)
	}
	plain := codeSpans.ReplaceAllString(text, " ")
	for _, w := range camelWord.FindAllString(plain, -1) {
		out = addOnce(out, w)
	}
	for _, w := range capsWord.FindAllString(plain, -1) {
		if w != "YAML" && w != "IP" && w != "ID" {
			out = addOnce(out, w)
		}
	}
	for _, f := range r.gloss.find(plain) {
		if !everyday[f.term.ID] || common && (f.term.Kind == "resource" || f.term.Kind == "component") {
			out = addOnce(out, plain[f.from:f.to])
		}
	}
	for _, at := range properWord.FindAllStringIndex(plain, -1) {
		w := plain[at[0]:at[1]]
		if strings.HasPrefix(plain[at[1]:], "한") || strings.HasPrefix(plain[at[1]:], "하") {
			continue // an adjective: "Stateful한"
		}
		if !everyday[strings.ToLower(w)] && w != "Kubernetes" {
			out = addOnce(out, w)
		}
	}
	for _, w := range latinWord.FindAllString(plain, -1) {
		if len(w) >= 4 && strings.ToLower(w) == w && w != "kubectl" {
			out = addOnce(out, w)
		}
	}
	return out
}

// everyday are terms too common in notes to be worth a blank.
var everyday = wordSet("pod container node cluster service kind spec data status replicas image env port metadata command args role kubectl volume docker")
