package container

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// An expander turns the words of one command into strings: parameters,
// arithmetic, the results of command substitutions that have run already,
// splitting into fields and file name patterns.
type expander struct {
	*machine
	results map[*syntax.CmdSubst]string
	bad     bool
	bytes   int
}

func (m *machine) expander(results map[*syntax.CmdSubst]string) *expander {
	return &expander{machine: m, results: results}
}

// failed tells whether the expansion went wrong; the task or the process has
// been told already.
func (x *expander) failed() bool { return x.bad || x.p.over() }

func (x *expander) unknown(why string) string {
	x.bad = true
	x.p.unknown(why)
	return ""
}

// segment is a piece of a word: quoted text is neither split nor a pattern.
type segment struct {
	text   string
	quoted bool
	split  bool // the result of an unquoted expansion
	cut    bool // a field ends before this one ("$@")
}

func (x *expander) fields(words []*syntax.Word) []string {
	var out []string
	for _, w := range words {
		for _, w := range x.braces(w) {
			out = append(out, x.globs(x.splitFields(x.segments(w)))...)
			if len(out) > wordFieldsMax {
				x.unknown("a command of over 4,096 words")
			}
			if x.failed() {
				return nil
			}
		}
	}
	return out
}

// braces carries out {a,b} and {1..5} of bash; ash and dash have none.
func (x *expander) braces(w *syntax.Word) []*syntax.Word {
	if !x.t.bash {
		return []*syntax.Word{w}
	}
	split := &syntax.Word{Parts: slices.Clone(w.Parts)}
	if !syntax.SplitBraces(split) {
		return []*syntax.Word{w}
	}
	var out []*syntax.Word
	for word, err := range expand.BracesSeq(nil, split) {
		if err != nil || len(out) == rangeMax {
			x.unknown("a range of over 1,000 words")
			return nil
		}
		out = append(out, word)
	}
	return out
}

// one expands a word to one string, without splitting and patterns.
func (x *expander) one(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	var b strings.Builder
	for i, s := range x.segments(w) {
		if s.cut && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.text)
	}
	return b.String()
}

// pattern expands a word to a pattern in which quoted text stands for itself.
func (x *expander) pattern(w *syntax.Word) string {
	var b strings.Builder
	for _, s := range x.segments(w) {
		if s.quoted {
			b.WriteString(quotePattern(s.text))
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}

func quotePattern(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`*?[]\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// match is fnmatch without regard to slashes.
func match(pattern, s string) bool {
	ok, err := path.Match(strings.ReplaceAll(strings.ReplaceAll(pattern, "/", "\x01"), "[!", "[^"), strings.ReplaceAll(s, "/", "\x01"))
	return err == nil && ok
}

func (x *expander) segments(w *syntax.Word) []segment {
	var out []segment
	for i, part := range w.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			text := part.Value
			if i == 0 && (text == "~" || strings.HasPrefix(text, "~/")) {
				out = append(out, segment{text: x.t.vars["HOME"].value, quoted: true})
				text = text[1:]
			}
			out = append(out, unescape(text)...)
		case *syntax.SglQuoted:
			text := part.Value
			if part.Dollar {
				text = ansiQuoted(text)
			}
			out = append(out, segment{text: text, quoted: true})
		case *syntax.DblQuoted:
			out = append(out, segment{quoted: true})
			for _, inner := range part.Parts {
				out = append(out, x.part(inner, true)...)
			}
		default:
			out = append(out, x.part(part, false)...)
		}
		for _, s := range out {
			x.bytes += len(s.text)
		}
		if x.bytes > wordBytesMax*4 {
			x.unknown("a command over 256 KiB")
		}
		if x.failed() {
			return nil
		}
	}
	return out
}

// ansiQuoted is what $'…' stands for.
func ansiQuoted(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case '\'', '"', '?':
			b.WriteByte(s[i])
		case 'e', 'E':
			b.WriteByte(0x1b)
		case 'x':
			n, k := 0, i+1
			for k < len(s) && k < i+3 && strings.IndexByte("0123456789abcdefABCDEF", s[k]) >= 0 {
				k++
			}
			if v, err := strconv.ParseUint(s[i+1:k], 16, 8); err == nil {
				n = int(v)
			}
			b.WriteByte(byte(n))
			i = k - 1
		default:
			end := i + 1
			for end < len(s) && end < i+3 && s[i] >= '0' && s[i] <= '7' && s[end] >= '0' && s[end] <= '7' {
				end++
			}
			text, _ := unbackslash(s[i-1:end], false)
			b.WriteString(text)
			i = end - 1
		}
	}
	return b.String()
}

func (x *expander) part(part syntax.WordPart, quoted bool) []segment {
	switch part := part.(type) {
	case *syntax.Lit:
		return []segment{{text: unescapeQuoted(part.Value), quoted: true}}
	case *syntax.ParamExp:
		return x.parameter(part, quoted)
	case *syntax.CmdSubst:
		text, ok := x.results[part]
		if !ok {
			x.unknown("a command substitution in this place")
		}
		return []segment{{text: text, quoted: quoted, split: !quoted}}
	case *syntax.ArithmExp:
		return []segment{{text: strconv.FormatInt(x.arithmetic(part.X), 10), quoted: quoted, split: !quoted}}
	}
	x.unknown("an expansion that is not simulated")
	return nil
}

// unescape reads the backslashes of unquoted text.
func unescape(s string) []segment {
	var out []segment
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if i > start {
			out = append(out, segment{text: s[start:i]})
		}
		if i++; i < len(s) && s[i] != '\n' {
			out = append(out, segment{text: s[i : i+1], quoted: true})
		}
		start = i + 1
	}
	if start < len(s) {
		out = append(out, segment{text: s[start:]})
	}
	return out
}

func unescapeQuoted(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("$`\"\\\n", s[i+1]) >= 0 {
			i++
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// field is a word on its way: which of its bytes may be part of a pattern.
type field struct {
	text    strings.Builder
	pattern strings.Builder
	glob    bool
}

func (x *expander) splitFields(segments []segment) []*field {
	ifs := " \t\n"
	if v, ok := x.t.vars["IFS"]; ok {
		ifs = v.value
	}
	var out []*field
	var f *field
	open := func() {
		if f == nil {
			f = &field{}
			out = append(out, f)
		}
	}
	for _, s := range segments {
		if s.cut {
			f = nil
		}
		if s.quoted || !s.split {
			if s.text != "" || s.quoted {
				open()
				f.add(s.text, s.quoted)
			}
			continue
		}
		rest := s.text
		for rest != "" {
			i := strings.IndexAny(rest, ifs)
			if ifs == "" || i < 0 {
				open()
				f.add(rest, false)
				break
			}
			if i > 0 {
				open()
				f.add(rest[:i], false)
			} else if !strings.ContainsRune(" \t\n", rune(rest[0])) {
				open() // an empty field before a separator that is no blank
			}
			f = nil
			rest = rest[i+1:]
		}
	}
	return out
}

func (f *field) add(text string, quoted bool) {
	f.text.WriteString(text)
	if quoted {
		f.pattern.WriteString(quotePattern(text))
		return
	}
	f.pattern.WriteString(text)
	f.glob = f.glob || strings.ContainsAny(text, "*?[")
}

// globs replaces patterns by the files that they match, if there are any.
func (x *expander) globs(fields []*field) []string {
	var out []string
	for _, f := range fields {
		if f.text.Len() > wordBytesMax {
			x.unknown("a word over 256 KiB")
			return nil
		}
		if !f.glob || strings.HasPrefix(f.text.String(), "[") && f.text.Len() < 3 {
			out = append(out, f.text.String())
			continue
		}
		found := x.glob(f.pattern.String())
		if x.failed() {
			return nil
		}
		if len(found) == 0 {
			found = []string{f.text.String()}
		}
		out = append(out, found...)
	}
	return out
}

func (x *expander) glob(pattern string) []string {
	heads := []string{""}
	if strings.HasPrefix(pattern, "/") {
		heads = []string{"/"}
	}
	for part := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		var next []string
		for _, h := range heads {
			names, err := x.view.list(x.t.abs(h))
			x.p.charge(64 * len(names))
			x.p.impure++
			if err == errNotFilled {
				x.unknown("the pattern " + pattern + " in a directory that is not reproduced")
				return nil
			}
			for _, n := range names {
				if match(part, n) && (!strings.HasPrefix(n, ".") || strings.HasPrefix(part, ".")) {
					next = append(next, strings.TrimSuffix(h, "/")+map[bool]string{true: "/", false: ""}[h != ""]+n)
				}
			}
			if err == nil && !strings.ContainsAny(part, "*?[") && len(names) > 0 && len(next) == 0 {
				if _, err := x.stat(x.t.abs(path.Join(h, part))); err == nil {
					next = append(next, path.Join(h, part))
				}
			}
		}
		heads = next
	}
	return heads
}

// heredoc gives the text of a here-document.
func (x *expander) heredoc(r *syntax.Redirect) string {
	if r.Hdoc == nil {
		return ""
	}
	literal := false
	for _, part := range r.Word.Parts {
		if lit, ok := part.(*syntax.Lit); !ok || strings.Contains(lit.Value, `\`) {
			literal = true
		}
	}
	var b strings.Builder
	for _, part := range r.Hdoc.Parts {
		if lit, ok := part.(*syntax.Lit); ok && literal {
			b.WriteString(lit.Value)
			continue
		}
		for _, s := range x.part(part, true) {
			b.WriteString(s.text)
		}
	}
	text := b.String()
	if r.Op == syntax.DashHdoc {
		lines := strings.Split(text, "\n")
		for i := range lines {
			lines[i] = strings.TrimLeft(lines[i], "\t")
		}
		text = strings.Join(lines, "\n")
	}
	return text
}
