package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

var (
	parenAny   = prefilter.MustCompile(`[(（]([^()（）]+)[)）]`)
	upperAbbr  = prefilter.MustCompile(`^[A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*$`)
	exceptLead = prefilter.MustCompile(`^단,?\s+(.+)$`)
	parenEqual = prefilter.MustCompile(`^([\p{L} ]{1,12}?)\s*=\s*([\w.%-]{1,20})$`)
	objectMark = prefilter.MustCompile(`(?:을|를|들)$`)
	optionIs   = prefilter.MustCompile("^`?([\\w.-]+)`?\\s*(?:옵션|필드|프로퍼티|값|설정)?(?:이|가)\\s+`?([\\w.-]+)`?(?:인|일)\\s*(?:경우|때)")
	gluedLatin = prefilter.MustCompile(`^([A-Za-z][A-Za-z ]*)$`)
	nounBefore = prefilter.MustCompile("((?:[\\p{L}\\p{N}_-]+ )?`?[\\p{L}\\p{N}_./-]+`?)$")
)

// readParentheses reads what stands in parentheses: an abbreviation written out,
// another name, a condition, a command, examples. It never ends the reading.
func readParentheses(r *reader, st statement) bool {
	for _, m := range parenAny.FindAllStringSubmatchIndex(st.text, -1) {
		if strings.Count(st.text[:m[0]], "`")%2 == 1 {
			continue // inside code
		}
		before := strings.TrimRight(st.text[:m[0]], " ")
		r.parenthesis(st, before, strings.TrimSpace(st.text[m[2]:m[3]]), m[0] == len(before))
	}
	return false
}

func (r *reader) parenthesis(st statement, before, inner string, glued bool) {
	word := ""
	if n := nounBefore.FindString(before); n != "" {
		word = plainWords(n)
	}
	last := word
	if f := strings.Fields(word); len(f) > 0 {
		last = f[len(f)-1]
		if len(f) == 2 && caseWord.MatchString(f[0]) && !strings.HasSuffix(f[0], "한") {
			word = last
		}
	}
	plain := plainWords(inner)
	switch {
	case exceptLead.MatchString(inner):
		r.exception(st, before, exceptLead.FindStringSubmatch(inner)[1])
	case exampleLead.MatchString(inner):
		s := st
		name, ok := r.named(last, st.block)
		if s.subject = name; ok && !(utf8.RuneCountInString(last) > 1 && objectMark.MatchString(last)) {
			r.examples(s, exampleLead.ReplaceAllString(inner, ""))
		}
	case colon.MatchString(inner) && wholeCommand(colon.FindStringSubmatch(inner)[2]) != "":
		m := colon.FindStringSubmatch(inner)
		r.add(st, "parenthesis", Fact{Subject: st.subject.id, Relation: CommandFor, Object: wholeCommand(m[2]), Term: true, About: r.fullAbout(st, m[1])})
	case parenEqual.MatchString(inner):
		m := parenEqual.FindStringSubmatch(inner)
		r.add(st, "parenthesis", Fact{Subject: st.subject.id, Relation: PropertyValue, Object: m[2], Term: true, About: lastWords(before, 3) + " 시 " + m[1]})
	case glued && upperAbbr.MatchString(last) && spellsOut(last, plain):
		r.abbreviation(st, last, plain)
	case glued && upperAbbr.MatchString(plain) && spellsOut(plain, lastWords(before, len(plain))):
		r.abbreviation(st, plain, lastWords(before, len(plain)))
	case glued && isSpelling(plain) && last != "" && !isLabel(word):
		r.otherName(st, word, last, plain)
	}
}

// fullAbout is what the description in a parenthesis means beside the words before
// it: "모두 보기" alone does not say of what.
func (r *reader) fullAbout(st statement, about string) string {
	about = strings.TrimSpace(about)
	if st.subject.name != "" && utf8.RuneCountInString(about) < contextRunes && !strings.Contains(about, st.subject.name) {
		return st.subject.name + " " + about
	}
	return about
}

// exception keeps "(단, …)" as the condition of the sentence that it limits.
func (r *reader) exception(st statement, before, condition string) {
	m := optionIs.FindStringSubmatch(condition)
	if m == nil || st.subject.id == "" {
		return
	}
	r.add(st, "parenthesis", Fact{Subject: st.subject.id, Relation: Condition, Object: m[2], Term: true, Condition: plainWords(before), About: m[1]})
}

// spellsOut reports whether the capitals of abbr begin the words of full.
func spellsOut(abbr, full string) bool {
	words := strings.FieldsFunc(full, func(c rune) bool { return c == ' ' || c == '-' })
	if len(words) < 2 {
		return false
	}
	letters := strings.ToLower(abbr)
	first, _ := utf8.DecodeRuneInString(letters)
	start, _ := utf8.DecodeRuneInString(strings.ToLower(words[0]))
	if first != start {
		return false
	}
	i := 0
	for _, c := range strings.ToLower(full) {
		if i < len(letters) && c == rune(letters[i]) {
			i++
		}
	}
	return i == len(letters)
}

func (r *reader) abbreviation(st statement, abbr, full string) {
	s, ok := r.named(abbr, st.block)
	if !ok {
		return
	}
	s.name = abbr
	r.concept(s)
	var aliases []string
	if t, found := r.gloss.lookup(abbr); found {
		aliases = t.Ko
	}
	r.add(st, "parenthesis", Fact{Subject: s.id, Relation: Abbreviation, Object: full, Term: true, About: abbr, Aliases: aliases})
}

// otherName reads "파드(Pod)" and "간접 참조(느슨한 연결)".
func (r *reader) otherName(st statement, word, last, plain string) {
	name := last
	if n := wordCount(plain); n >= 2 && n <= 3 && !hangulAnywhere.MatchString(plain) {
		full := strings.Fields(word)
		if len(full) == n {
			name = word // as many words as the other name has
		}
	}
	if hangulStart.MatchString(plain) {
		name = word
	}
	s, ok := r.exactly(name, st.block)
	if !ok || gluedLatin.MatchString(last) && gluedLatin.MatchString(plain) && len(plain) > 30 {
		return
	}
	t, known := r.gloss.lookup(last)
	if u, also := r.gloss.lookup(plain); known && also && t.ID != u.ID {
		return // "파드(컨테이너)" is no other name
	}
	s.aliases = mergeStrings(s.aliases, []string{plain})
	if known || gluedLatin.MatchString(plain) {
		r.concept(s)
	}
	if known && containsFold(t.others(""), plain) || containsFold([]string{last}, plain) {
		return // both names are in the glossary already
	}
	about := word
	if hangulStart.MatchString(plain) && wordCount(word) < 2 && !gluedLatin.MatchString(last) {
		return // one Korean noun beside another says nothing sure
	}
	r.add(st, "parenthesis", Fact{Subject: s.id, Relation: Alias, Object: plain, Term: true, About: about})
}

func containsFold(list []string, s string) bool {
	for _, have := range list {
		if fold(have) == fold(s) {
			return true
		}
	}
	return false
}

// lastWords are the last n words of s.
func lastWords(s string, n int) string {
	f := strings.Fields(plainWords(s))
	return strings.Join(f[max(0, len(f)-n):], " ")
}
