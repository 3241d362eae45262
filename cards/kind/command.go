package kind

import (
	"strings"

	"gieok/cards"
	"gieok/parser"
)

// planCommand asks for the command line that does what the notes say.
func planCommand(b *book) []draft {
	var out []draft
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		if f.Relation != parser.CommandFor || !f.Term {
			continue
		}
		line, bound := bind(f.Object)
		stem := b.stemCommand(f, bound)
		if stem == "" || strings.ContainsAny(line, "{}\n") {
			continue
		}
		c := b.card(f, cards.Command, "", cards.CommandKey(line))
		c.Stem, c.Answer, c.Difficulty = stem, line, 2
		out = append(out, draft{card: c})
	}
	return out
}

// stemCommand says what is to be done, and on what.
func (b *book) stemCommand(f *parser.Fact, bound []binding) string {
	about := strings.TrimSuffix(strings.TrimSpace(f.About), "한다")
	p, ok := describe(f.About)
	if !ok {
		return ""
	}
	if strings.Contains(about, "커맨드 뒤") || strings.Contains(about, "는데") {
		return "" // says how a flag is typed, not what is to be done
	}
	what := p.text
	switch {
	case strings.HasSuffix(about, "커맨드"), strings.HasSuffix(about, "명령"), strings.HasSuffix(about, "명령어"):
		what = strings.TrimSuffix(b.with(about, "을/를"), " ") + " 적으라."
		return b.inContext(f, what, "") + given(f.Object, bound)
	case p.noun && strings.HasSuffix(what, " 모두 보기"):
		what = b.with(strings.TrimSuffix(what, " 모두 보기"), "을/를") + " 모두 보는"
	case p.noun && strings.HasSuffix(what, " 보기"):
		what = b.with(strings.TrimSuffix(what, " 보기"), "을/를") + " 보는"
	case p.noun:
		what += b.reader.Josa(what, "을/를") + " 하는"
	case strings.HasSuffix(what, "해 보는"), strings.HasSuffix(what, "해보는"):
		what = strings.TrimSuffix(strings.TrimSuffix(what, "해보는"), "해 보는") + "하는"
	}
	what = strings.Replace(what, "할 수 있는", "하는", 1)
	return b.inContext(f, what+" 명령을 적으라.", "") + given(f.Object, bound)
}

// given names, at the end of a stem, what nobody can guess.
func given(line string, bound []binding) string {
	if len(bound) > 0 {
		parts := make([]string, len(bound))
		for i, v := range bound {
			parts[i] = v.what + ": `" + v.value + "`"
		}
		return " (" + strings.Join(parts, ", ") + ")"
	}
	if names := namesIn(line); len(names) > 0 {
		return " (쓸 이름과 값: `" + strings.Join(names, "`, `") + "`)"
	}
	return ""
}

// namesIn says which names and values a command of the notes without
// placeholders uses: they are given, since nobody can guess them.
func namesIn(line string) []string {
	words := strings.Fields(line)
	if len(words) < 3 || words[0] != "kubectl" {
		return nil
	}
	var names []string
	for i, w := range words[2:] {
		w = strings.Trim(w, `'"`)
		_, value, isPair := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(w, "--") && isPair:
			names = append(names, value)
		case strings.HasPrefix(w, "-"):
		case isPair || i > 0 && !strings.HasPrefix(words[i+1], "-o"):
			names = append(names, w)
		}
	}
	return names
}
