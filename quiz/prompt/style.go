package prompt

import (
	"strconv"
	"strings"

	"gieok/korean"
)

// A Style is how text looks where colours may be sent.
type Style int

// The styles.
const (
	Plain Style = iota
	Strong
	Faint
	Good // green
	Bad  // red
	Warn // yellow
	Code // cyan
)

// sgr are the parameters of Select Graphic Rendition (ECMA-48) for each Style.
var sgr = [...]string{Strong: "1", Faint: "2", Good: "32", Bad: "31", Warn: "33", Code: "36"}

// A Span is text in one style.
type Span struct {
	Style Style
	Text  string
}

// paint makes s safe for the terminal and gives it its colour.
func (p *Prompt) paint(s Span) string {
	text := korean.Printable(s.Text)
	if !p.o.Color || s.Style == Plain || text == "" {
		return text
	}
	return "\x1b[" + sgr[s.Style] + "m" + text + "\x1b[0m"
}

// Println writes one line. Whatever the spans hold, only the colours of their
// styles reach the terminal as escape sequences.
func (p *Prompt) Println(spans ...Span) {
	p.ClearStatus()
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(p.paint(s))
	}
	p.write(strings.TrimRight(b.String(), " ") + "\n")
}

// Paragraph writes text, wrapped by Korean rules, after lead; further lines are
// indented by the width of lead.
func (p *Prompt) Paragraph(style Style, lead, text string) {
	indent := strings.Repeat(" ", korean.Width(lead))
	for i, line := range korean.Wrap(korean.Printable(text), max(p.Width()-korean.Width(lead), columnsMin/2)) {
		if i == 1 {
			lead = indent
		}
		p.Println(Span{Plain, lead}, Span{style, line})
	}
}

// Status shows a line that the next output replaces, on a terminal only.
func (p *Prompt) Status(text string) {
	if !p.o.Keys {
		return
	}
	p.write("\r" + p.paint(Span{Faint, korean.Cut(korean.Printable(text), p.Width())}) + "\x1b[K")
	p.status = true
}

// ClearStatus takes the status line away.
func (p *Prompt) ClearStatus() {
	if p.status {
		p.write("\r\x1b[K")
		p.status = false
	}
}

// Err is the first error of writing, if there was one.
func (p *Prompt) Err() error { return p.err }

func itoa(n int) string { return strconv.Itoa(n) }
