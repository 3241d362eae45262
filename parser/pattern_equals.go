package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

var (
	equalParts = prefilter.MustCompile(`\s+={1,3}>?\s+|\s+≒\s+`)
	quantity   = prefilter.MustCompile(`^(\d[\d,.]*)\s*([\p{L}%]*)(?:\s*\(.*\))?$`)
)

// readEquals reads "X = Y": a chain of three and more is one thing by several
// names, two quantities are a rate, else Y defines X.
func readEquals(r *reader, st statement) bool {
	if strings.HasPrefix(st.text, "(") || strings.Contains(st.text, "==") {
		return false
	}
	read := false
	list := []string{st.text}
	if len(equalParts.FindAllString(st.text, -1)) >= 2 {
		list = topSplit(st.text, ",")
	}
	for _, part := range list {
		parts := equalParts.Split(part, -1)
		if len(parts) < 2 || strings.Count(parts[0], "`")%2 == 1 {
			continue
		}
		read = r.equal(st, parts) || read
	}
	return read
}

func (r *reader) equal(st statement, parts []string) bool {
	left, right := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1])
	a, b := quantity.FindStringSubmatch(left), quantity.FindStringSubmatch(right)
	if a != nil && b != nil {
		r.rate(st, left, a, right, b)
		r.rate(st, right, b, left, a)
		return true
	}
	s, ok := r.exactly(left, st.block)
	if !ok {
		return false
	}
	if len(parts) >= 3 {
		r.sameNames(st, parts)
		return true
	}
	abouts, rel := slashSplit.Split(right, -1), Definition
	if len(abouts) > 1 {
		rel = HasProperty
	}
	for _, about := range abouts {
		about = plainWords(about)
		if utf8.RuneCountInString(about) <= 10 && wordCount(about) <= 2 {
			r.concept(s)
			r.add(st, "equals", Fact{Subject: s.id, Relation: rel, Object: about, Term: true, About: s.name})
		}
		r.names(st, "equals", rel, s, about)
	}
	return true
}

// rate says how many units of b one quantity a is: "1000m = 1core".
func (r *reader) rate(st statement, left string, a []string, right string, b []string) {
	id := st.subject.id
	if id == "" {
		id = conceptID(a[2])
	}
	r.add(st, "equals", Fact{
		Subject: id, Relation: PropertyValue, Object: right, Term: true, About: left,
		Aliases: []string{b[1], b[1] + " " + b[2]},
	})
}

// sameNames reads "Mi = MiB = 메비바이트(2^20 바이트)".
func (r *reader) sameNames(st statement, parts []string) {
	var names []string
	for _, p := range parts {
		p = strings.TrimSpace(slashSplit.Split(p, 2)[0])
		p = strings.TrimSpace(parenTail.ReplaceAllString(plainWords(p), ""))
		if p != "" {
			names = append(names, p)
		}
	}
	if len(names) < 2 {
		return
	}
	last := names[len(names)-1]
	id := conceptID(last)
	if t, ok := r.gloss.lookup(last); ok {
		id = t.ID
	}
	r.add(st, "equals", Fact{Subject: id, Relation: Alias, Object: last, Term: true, About: names[0], Aliases: names[1 : len(names)-1]})
}

// slashSplit parts alternatives; a slash without blanks belongs to a path or a unit.
var slashSplit = prefilter.MustCompile(`\s+/\s+`)

// topSplit cuts s at sep outside parentheses, code and quotes.
func topSplit(s, sep string) []string {
	var out []string
	depth, start := 0, 0
	code := false
	for i, c := range s {
		switch {
		case c == '`':
			code = !code
		case code:
		case c == '(' || c == '[' || c == '{' || c == '（':
			depth++
		case c == ')' || c == ']' || c == '}' || c == '）':
			depth = max(0, depth-1)
		case depth == 0 && strings.ContainsRune(sep, c):
			out = append(out, strings.TrimSpace(s[start:i]))
			start = i + utf8.RuneLen(c)
		}
	}
	return append(out, strings.TrimSpace(s[start:]))
}
