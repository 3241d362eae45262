// Package text writes a deck as plain text: each question with its answer,
// what the answer rests on, and its place in the note. Lines are at most 78
// terminal cells wide, code excepted.
package text

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"gieok/cards"
	"gieok/korean"
)

const (
	lineCells   = 78
	indentCells = 4
)

// Write writes deck to w. Nothing in it can steer a terminal, whatever the
// notes hold; the same deck gives the same bytes.
func Write(w io.Writer, deck cards.Deck) error {
	p := &printer{w: bufio.NewWriter(w)}
	if deck.Title != "" {
		p.block("", deck.Title)
		p.line("")
	}
	var truth cards.Truth
	for i, c := range deck.Cards {
		p.card(i+1, c)
		truth.Add(c.Evidence.Status)
	}
	p.line(truth.String())
	return p.w.Flush() // also gives the first error of the writes before it
}

type printer struct{ w *bufio.Writer }

func (p *printer) line(s string) {
	p.w.WriteString(strings.TrimRight(s, " "))
	p.w.WriteByte('\n')
}

// block writes prose behind a label and indents the lines after the first.
func (p *printer) block(label, text string) {
	text = strings.TrimSpace(clean(text))
	if text == "" {
		return
	}
	indent := strings.Repeat(" ", korean.Width(label))
	for _, line := range korean.Wrap(text, lineCells-korean.Width(label)) {
		p.line(label + line)
		label = indent
	}
}

// code writes lines as they are, indented.
func (p *printer) code(text string) {
	text = strings.Trim(clean(text), "\n")
	if strings.TrimSpace(text) == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		p.line(strings.Repeat(" ", 2*indentCells) + line)
	}
}

// labelled writes text behind a label inside a card; text of several lines
// keeps them.
func (p *printer) labelled(label, text string) {
	label = strings.Repeat(" ", indentCells) + label + ": "
	if strings.Contains(strings.TrimSpace(text), "\n") {
		p.line(label)
		p.code(text)
		return
	}
	p.block(label, text)
}

func clean(s string) string { return korean.NFC(korean.Printable(s)) }

func (p *printer) card(number int, c cards.Card) {
	head := fmt.Sprintf("%d. ", number)
	if label := c.Kind.Label(); label != "" {
		head += "[" + label + "] "
	}
	if topic := strings.TrimSpace(clean(c.Topic)); topic != "" {
		head += topic
	}
	p.block("", head)
	p.block(strings.Repeat(" ", indentCells), c.Stem)
	p.code(c.Code)
	for i, choice := range c.Choices {
		p.choice(i+1, choice)
	}
	p.labelled("답", c.Answer)
	if others := otherAnswers(c); len(others) > 0 {
		p.labelled("다른 답", strings.Join(others, ", "))
	}
	p.labelled("풀이", c.Explanation)
	p.labelled("근거", grounds(c))
	p.labelled("노트", c.Evidence.Note)
	p.line("")
}

func (p *printer) choice(number int, text string) {
	label := fmt.Sprintf("%s%d) ", strings.Repeat(" ", indentCells), number)
	if strings.Contains(strings.TrimSpace(text), "\n") {
		p.line(label)
		p.code(text)
		return
	}
	p.block(label, text)
}

func otherAnswers(c cards.Card) []string {
	var others []string
	for _, text := range c.Accepted {
		text = strings.ReplaceAll(strings.TrimSpace(text), "\n", " ")
		if text != "" && text != strings.TrimSpace(c.Answer) && !slices.Contains(others, text) {
			others = append(others, text)
		}
	}
	return others
}

func grounds(c cards.Card) string {
	status := c.Evidence.Status.Label()
	if c.Source.File == "" {
		return status
	}
	return fmt.Sprintf("%s (%s:%d:%d)", status, c.Source.File, c.Source.Line, c.Source.Col)
}
