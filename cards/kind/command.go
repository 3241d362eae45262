package kind

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"gieok/cards"
	"gieok/lab"
	"gieok/parser"
	"gieok/prefilter"
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
		out = append(out, draft{card: c, prove: b.proveCommand(f)})
	}
	return out
}

// proveCommand runs the note's command. One that fails is not asked; one that
// can't be run is the note's word.
func (b *book) proveCommand(f *parser.Fact) proof {
	return func(ctx context.Context, n *bench, c cards.Card) (cards.Card, bool, error) {
		r, ok, err := n.command(ctx, f)
		if err != nil || !ok {
			return c, err == nil, err
		}
		bound, aligned := bindings(f.Object, r.Line)
		if r.Exit != 0 || !aligned {
			return c, false, nil
		}
		stem := b.stemCommand(f, bound)
		if stem == "" {
			return c, false, nil
		}
		run := r.Run
		c.Stem, c.Answer = stem, r.Line
		c.Evidence.Status, c.Evidence.Run = cards.Executed, &run
		c.Task = taskOf(r.Task)
		c.Explanation = explain(&c)
		if len(r.Changes) > 0 {
			c.Explanation += "\n실행해 보니: " + strings.Join(r.Changes, ", ") + "."
		}
		return c, !cards.Visible(c.Answer, c.Stem), nil
	}
}

// bindings are what lab put in the place of the placeholders of template, or
// of names that it does not have.
func bindings(template, line string) ([]binding, bool) {
	was, is := strings.Fields(template), strings.Fields(line)
	if len(was) != len(is) {
		return bindingsByPattern(template, line)
	}
	var out []binding
	for i := range was {
		if was[i] == is[i] {
			continue
		}
		if !strings.Contains(was[i], "{") {
			out = append(out, binding{"이름", is[i]})
			continue
		}
		more, ok := bindingsByPattern(was[i], is[i])
		if !ok {
			return nil, false
		}
		for _, m := range more {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return out, true
}

func bindingsByPattern(template, line string) ([]binding, bool) {
	var pattern strings.Builder
	var names []string
	rest := template
	for {
		at := placeholder.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		pattern.WriteString(regexp.QuoteMeta(rest[:at[0]]) + "(.+?)")
		names = append(names, strings.ReplaceAll(rest[at[2]:at[3]], "_", " "))
		rest = rest[at[1]:]
	}
	pattern.WriteString(regexp.QuoteMeta(rest))
	m := prefilter.MustCompile("^" + pattern.String() + "$").FindStringSubmatch(line)
	if m == nil {
		return nil, false
	}
	var out []binding
	for i, name := range names {
		out = append(out, binding{name, m[i+1]})
	}
	return out, true
}

// taskOf is a task of the lab as cards carry it.
func taskOf(t lab.Task) *cards.Task {
	out := &cards.Task{Manifests: t.Manifests, Setup: t.Setup, Reference: t.Reference}
	for _, a := range t.Assertions {
		out.Assertions = append(out.Assertions, cards.Assertion(a))
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
		if names := namesIn(line); len(names) > 0 {
			parts = append(parts, "쓸 값: `"+strings.Join(names, "`, `")+"`")
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
	words := shellWords(line)
	if len(words) < 3 || words[0] != "kubectl" {
		return nil
	}
	from := 2 // after the verb; a resource type comes first
	if words[1] == "rollout" || words[1] == "set" || words[1] == "create" && words[2] == "secret" {
		from = 3 // these verbs have two words
	}
	var names []string
	for i, w := range words[min(from, len(words)):] {
		_, value, isPair := strings.Cut(w, "=")
		switch {
		case strings.Contains(w, "{"):
		case strings.HasPrefix(w, "--") && isPair:
			names = append(names, value)
		case strings.HasPrefix(w, "-"):
		case isPair || i > 0 && !strings.HasPrefix(words[from+i-1], "-o"):
			names = append(names, w)
		}
	}
	return names
}

// shellWords are the words of a command line, those in quotes whole and without
// their quotes.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	open := false
	end := func() {
		if open {
			words = append(words, word.String())
			word.Reset()
			open = false
		}
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, open = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			end()
		default:
			word.WriteRune(r)
			open = true
		}
	}
	end()
	return words
}
