package container

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// What a shell leaves with that a mistake ends: ash and dash, bash, and bash
// where a parameter is not set.
const (
	fatalStatus      = 2
	fatalStatusBash  = 1
	fatalStatusUnset = 127
)

// fatal ends the shell with a complaint in the words of ash, dash or bash, and
// with the status that bash then has.
func (m *machine) fatal(ash, dash, bash string, bashStatus int) {
	text, status := ash, fatalStatus
	switch {
	case m.t.bash:
		text, status = bash, bashStatus
	case m.p.image.flavour == gnu:
		text = dash
	}
	m.shellError(text)
	m.p.exitTask(m.t, status)
}

func (x *expander) fatal(ash, dash, bash string, bashStatus int) {
	if !x.bad {
		x.machine.fatal(ash, dash, bash, bashStatus)
	}
	x.bad = true
}

// syntaxError is the word of the command by which a script ends where the
// shell cannot read it. No user can write it.
const syntaxError = "\x01syntax"

// script reads what a shell is given. A shell reads line by line: what stands
// on the lines before a mistake runs, and then comes the complaint.
func (t *task) script(p *Process, text string) []*syntax.Stmt {
	stmts, err := t.parse(p, text)
	if err == nil {
		return stmts
	}
	var e syntax.ParseError
	var foreign syntax.LangError
	switch {
	case p.image.flavour == busybox && !t.bash && (strings.Contains(text, "<(") || strings.Contains(text, ">(")):
		p.unknown("process substitution of ash")
		return nil
	case errors.As(err, &foreign):
		e = syntax.ParseError{Pos: foreign.Pos, Text: foreign.Feature}
	case !errors.As(err, &e):
		return append(stmts, complaint("syntax error", false))
	}
	stmts = before(stmts, text, e.Pos.Line())
	word, wants, exact := unexpected(e)
	who := t.params0()
	switch {
	case t.bash:
		return append(stmts, complaint(bashSyntax(who, word, wants, text, int(e.Pos.Line())), exact))
	case p.image.flavour == busybox:
		return append(stmts, complaint(ashSyntax(who, word, wants), exact))
	}
	return append(stmts, complaint(dashSyntax(who, word, wants, int(e.Pos.Line())), exact))
}

// before leaves of statements those that stand on lines above the one on which
// the one begins that cannot be read.
func before(stmts []*syntax.Stmt, text string, line uint) []*syntax.Stmt {
	for len(stmts) > 0 {
		last := stmts[len(stmts)-1]
		rest, _, _ := strings.Cut(text[min(int(last.End().Offset()), len(text)):], "\n")
		if strings.Trim(rest, " \t;") == "" && last.End().Line() < line {
			break
		}
		for first := last.Pos().Line(); len(stmts) > 0 && stmts[len(stmts)-1].End().Line() >= first; {
			stmts = stmts[:len(stmts)-1]
		}
	}
	return slices.Clip(stmts)
}

func ashSyntax(who, word, wants string) string {
	switch word {
	case openQuote:
		return who + ": syntax error: unterminated quoted string"
	case endOfFile, redirection, plainWord:
		return who + ": syntax error: unexpected " + word + expecting(wants)
	}
	return fmt.Sprintf("%s: syntax error: unexpected %q%s", who, word, expecting(wants))
}

func dashSyntax(who, word, wants string, line int) string {
	switch word {
	case openQuote:
		return fmt.Sprintf("%s: %d: Syntax error: Unterminated quoted string", who, line)
	case endOfFile, redirection, plainWord:
		return fmt.Sprintf("%s: %d: Syntax error: %s unexpected%s", who, line, word, expecting(wants))
	}
	return fmt.Sprintf("%s: %d: Syntax error: %q unexpected%s", who, line, word, expecting(wants))
}

func bashSyntax(who, word, wants, text string, line int) string {
	switch word {
	case openQuote:
		return fmt.Sprintf("%s: -c: line %d: unexpected EOF while looking for matching `%s'", who, line, wants)
	case endOfFile:
		return fmt.Sprintf("%s: -c: line %d: syntax error: unexpected end of file", who, strings.Count(text, "\n")+2)
	}
	source := ""
	if lines := strings.Split(text, "\n"); line >= 1 && line <= len(lines) {
		source = lines[line-1]
	}
	return fmt.Sprintf("%s: -c: line %d: syntax error near unexpected token `%s'\n%s: -c: line %d: `%s'", who, line, word, who, line, source)
}

func expecting(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf(" (expecting %q)", word)
}

func complaint(say string, exact bool) *syntax.Stmt {
	word := func(s string) *syntax.Word {
		return &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: s}}}
	}
	words := []*syntax.Word{word(syntaxError), word(say)}
	if !exact {
		words = append(words, word("like"))
	}
	return &syntax.Stmt{Cmd: &syntax.CallExpr{Args: words}}
}

// builtinSyntaxError is the end of a script that cannot be read.
func builtinSyntaxError(c *call) outcome {
	c.p.cut = c.p.cut || len(c.args) > 2
	c.emit(2, strings.Join(c.args[1:min(2, len(c.args))], "")+"\n")
	c.p.exitTask(c.t, fatalStatus)
	return done(fatalStatus)
}

// What a shell may meet where it does not expect it, beside a word.
const (
	endOfFile   = "end of file"
	openQuote   = "quote"
	redirection = "redirection"
	plainWord   = "word"
)

var (
	onlyEnds    = regexp.MustCompile("^`([^`]+)` can only be used to")
	encountered = regexp.MustCompile("encountered `([^`]+)`$")
	mustEnd     = regexp.MustCompile("must end with `([^`]+)`$")
	unmatched   = regexp.MustCompile("^reached EOF without matching `[^`]+` with `([^`]+)`$")
	onlyAfter   = regexp.MustCompile("^`([^`]+)` can only immediately follow a statement$")
)

// unexpected finds in the parser's words what a shell would stumble over; exact
// tells whether it would be exactly that.
func unexpected(e syntax.ParseError) (word, wants string, exact bool) {
	switch {
	case strings.HasPrefix(e.Text, "reached EOF without closing quote"):
		return openQuote, strings.Trim(strings.TrimPrefix(e.Text, "reached EOF without closing quote "), "`"), true
	case strings.HasPrefix(e.Text, "arrays"), strings.HasPrefix(e.Text, "process"):
		return "(", "", true
	case strings.HasPrefix(e.Text, "herestrings"):
		return redirection, "", true
	}
	for _, re := range []*regexp.Regexp{onlyEnds, encountered, onlyAfter} {
		if m := re.FindStringSubmatch(e.Text); m != nil {
			return m[1], "", true
		}
	}
	for _, re := range []*regexp.Regexp{unmatched, mustEnd} {
		if m := re.FindStringSubmatch(e.Text); m != nil && e.Incomplete {
			return endOfFile, m[1], true
		}
	}
	return plainWord, "", false
}
