package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// A yamlLine is one key of a snippet with its comment.
type yamlLine struct {
	path    []string // keys from the outside, the line's own last
	value   string
	comment string
	line    int // index in Snippet.Lines
	col     int // runes before the key
}

// blockScalar opens a text of several lines.
var blockScalar = prefilter.MustCompile(`^[|>][+-]?\d*$`)

// yamlLines reads the keys of YAML by their indent, so that a broken manifest
// gives its comments as well.
func yamlLines(text string) []yamlLine {
	type level struct {
		indent int
		key    string
	}
	var stack []level
	var out []yamlLine
	scalar := -1 // lines deeper than this are the text of a | or >
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if bare := strings.TrimLeft(line, " "); scalar >= 0 && (bare == "" || len(line)-len(bare) > scalar) {
			continue
		}
		scalar = -1
		body, comment := line, ""
		if at := commentAt(line); at >= 0 {
			body, comment = line[:at], strings.TrimSpace(strings.TrimLeft(line[at:], "# "))
		}
		key, ok := keyOf(body)
		if !ok {
			continue
		}
		indent := key.blanks + key.dashes
		value := strings.Trim(key.value, blankBytes)
		if blockScalar.MatchString(value) {
			scalar = key.blanks
		}
		for len(stack) > 0 && stack[len(stack)-1].indent >= indent {
			stack = stack[:len(stack)-1]
		}
		stack = append(stack, level{indent, key.name})
		var path []string
		for _, l := range stack {
			path = append(path, l.key)
		}
		out = append(out, yamlLine{path: path, value: strings.Trim(value, `"'`), comment: comment, line: i, col: indent})
	}
	return out
}

func (l yamlLine) key() string { return l.path[len(l.path)-1] }

// spellings are the ways to write the key with what stands above it.
func (l yamlLine) spellings() []string {
	var out []string
	for i := len(l.path) - 2; i >= 0; i-- {
		out = append(out, strings.Join(l.path[i:], "."))
	}
	return out
}

var (
	valueChoice = prefilter.MustCompile(`^([A-Za-z][\w-]*)\s*\(([^()]+)\)$`)
	quotedValue = prefilter.MustCompile(`^["'“]([^"'”]+)["'”](?:을|를)\s+(.+)$`)
	becauseOf   = prefilter.MustCompile(`^(.+?)(?:되어|돼서|하여|해서|어서|아서|므로|기 때문에)\s+(.+?(?:것|함|한다|했다|설정|사용))$`)
	defaultMark = prefilter.MustCompile(`(?:디폴트|기본 ?값|default)`)
)

// yamlFacts reads the comments of a snippet: what a field is, its values, its default.
func (r *reader) yamlFacts(b *Block, s Snippet) {
	inherited, _ := r.subjectOf(b)
	kind := ""
	for _, l := range yamlLines(s.Text) {
		if l.key() == "kind" && len(l.path) == 1 {
			kind = l.value
		}
		if l.comment == "" || !hangulAnywhere.MatchString(l.comment) && !strings.Contains(l.comment, "=") {
			continue
		}
		r.yamlComment(b, s, l, inherited, kind)
	}
}

// placedFact adds a fact of a snippet's line.
func (r *reader) placedFact(b *Block, s Snippet, l yamlLine, f Fact) {
	p := s.Lines[l.line]
	p.Col += l.col
	f.Topic, f.Path, f.Span = b.topic(), b.path(), Span{Pos: p, EndLine: p.Line}
	f.Words = strings.TrimSpace(strings.Split(s.Text, "\n")[l.line])
	r.addPlaced("comment", f)
}

func (r *reader) yamlComment(b *Block, s Snippet, l yamlLine, inherited subject, kind string) {
	parts := slashSplit.Split(l.comment, -1)
	for i, part := range parts {
		part = strings.TrimSpace(part)
		switch {
		case asideLead.MatchString(part) || equalParts.MatchString(part):
			r.commentEquation(b, s, l, strings.TrimSpace(asideLead.ReplaceAllString(l.comment, "")))
			return
		case quotedValue.MatchString(part):
			m := quotedValue.FindStringSubmatch(part)
			r.placedFact(b, s, l, Fact{Subject: r.fieldID(l), Relation: PropertyValue, Object: m[1], Term: true, About: l.value + " — " + m[2] + "의 원래 값"})
		case r.valueChoices(b, s, l, part):
		case i > 0 && becauseOf.MatchString(part):
			m := becauseOf.FindStringSubmatch(part)
			verb := strings.TrimSuffix(part[len(m[1]):], m[2])
			stem := "되"
			if strings.HasPrefix(verb, "하") || strings.HasPrefix(verb, "해") {
				stem = "하"
			}
			r.placedFact(b, s, l, Fact{Subject: r.fieldID(l), Relation: Purpose, Object: m[1] + stem + "기 때문", About: m[2] + "의 까닭"})
		case i == 0:
			r.fieldComment(b, s, l, part, inherited, kind)
		}
	}
}

// fieldID is the concept of a field: the glossary's, else its key below its parent.
func (r *reader) fieldID(l yamlLine) string {
	if t, ok := r.gloss.lookup(l.key()); ok {
		return t.ID
	}
	if n := len(l.path); n >= 2 && utf8.RuneCountInString(l.key()) <= 5 {
		return conceptID(l.path[n-2] + "." + l.key())
	}
	return conceptID(l.key())
}

// fieldComment reads "필드: 값  # 설명": the comment describes the field.
func (r *reader) fieldComment(b *Block, s Snippet, l yamlLine, comment string, inherited subject, kind string) {
	id := r.fieldID(l)
	for _, m := range parenAny.FindAllStringSubmatch(comment, -1) {
		if lead := exampleLead.FindString(m[1]); lead != "" {
			for _, item := range topSplit(m[1][len(lead):], ",") {
				if item = listEnd.ReplaceAllString(item, ""); item != "" {
					r.placedFact(b, s, l, Fact{Subject: id, Relation: Example, Object: item, Term: true, About: "예"})
				}
			}
		}
	}
	about := strings.TrimSpace(parenAny.ReplaceAllString(comment, ""))
	if utf8.RuneCountInString(about) < 2 {
		return
	}
	if owner := kind; owner != "" && utf8.RuneCountInString(about) < contextRunes {
		about = owner + " 매니페스트에서 " + about
	} else if owner == "" && inherited.name != "" && utf8.RuneCountInString(about) < contextRunes {
		about = inherited.name + "에서 " + about
	}
	r.placedFact(b, s, l, Fact{Subject: id, Relation: Definition, Object: l.key(), Aliases: l.spellings(), Term: true, About: about, Negative: negative(about)})
	short := strings.TrimSpace(parenAny.ReplaceAllString(comment, ""))
	if utf8.RuneCountInString(short) <= shortRunes && !negative(short) {
		where := strings.Join(l.path, ".")
		r.placedFact(b, s, l, Fact{Subject: id, Relation: Definition, Object: short, About: where})
	}
}

// shortRunes: a description this short can be typed as an answer.
const shortRunes = 25

// valueChoices reads "# Always(디폴트, 항상 재시작), Never(안 함)": one fact a value.
func (r *reader) valueChoices(b *Block, s Snippet, l yamlLine, comment string) bool {
	items := topSplit(comment, ",")
	read := false
	for _, item := range items {
		m := valueChoice.FindStringSubmatch(strings.TrimSpace(item))
		if m == nil {
			continue
		}
		read = true
		var about []string
		for _, w := range topSplit(m[2], ",") {
			if defaultMark.MatchString(w) {
				r.placedFact(b, s, l, Fact{Subject: r.fieldID(l), Relation: PropertyDefault, Object: m[1], Term: true, About: "기본값"})
				continue
			}
			about = append(about, w)
		}
		if len(about) > 0 {
			r.placedFact(b, s, l, Fact{Subject: r.fieldID(l), Relation: PropertyValue, Object: m[1], Term: true, About: strings.Join(about, ", ")})
		}
	}
	return read
}
