package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"gieok/korean"
)

// Why not promptui's own line: it counts runes where Korean takes two cells,
// hides the cursor at which an input method composes a syllable, and takes the
// Delete key for the end of input.

// A lineBuffer is the text being typed and where the cursor stands in it.
type lineBuffer struct {
	before, after []rune
}

// press applies an editing key; done is true when the line is entered.
func (l *lineBuffer) press(k key) (done bool) {
	switch k.code {
	case keyText:
		// NFC, so that a syllable pasted in pieces is deleted as one.
		if len(string(l.before))+len(k.text) <= lineBytesMax {
			l.before = []rune(korean.NFC(string(l.before) + k.text))
		}
	case keyEnter:
		return true
	case keyLeft:
		l.left()
	case keyRight:
		l.right()
	case keyHome:
		l.before, l.after = nil, append(l.before, l.after...)
	case keyEnd:
		l.before, l.after = append(l.before, l.after...), nil
	case keyBackspace:
		cut := len(l.after)
		l.left()
		l.after = l.after[len(l.after)-cut:]
	case keyDelete:
		cut := len(l.before)
		l.right()
		l.before = l.before[:cut]
	case keyKillEnd:
		l.after = nil
	case keyKillStart:
		l.before = nil
	case keyKillWord:
		n := len(l.before)
		for n > 0 && unicode.IsSpace(l.before[n-1]) {
			n--
		}
		for n > 0 && !unicode.IsSpace(l.before[n-1]) {
			n--
		}
		l.before = l.before[:n]
	}
	return false
}

// left moves the cursor over one rune and the marks that stand on it.
func (l *lineBuffer) left() {
	n := len(l.before)
	for n > 0 {
		n--
		if korean.RuneWidth(l.before[n]) > 0 {
			break
		}
	}
	l.after = append(append([]rune(nil), l.before[n:]...), l.after...)
	l.before = l.before[:n]
}

func (l *lineBuffer) right() {
	n := 0
	for n < len(l.after) {
		n++
		if n == len(l.after) || korean.RuneWidth(l.after[n]) > 0 {
			break
		}
	}
	l.before = append(l.before, l.after[:n]...)
	l.after = append([]rune(nil), l.after[n:]...)
}

func (l *lineBuffer) String() string { return string(l.before) + string(l.after) }

// view is the part of the line that fits into cells, the cursor in it, and the
// cursor's cell from the left of that part.
func (l *lineBuffer) view(cells int) (text string, cursor int) {
	before := string(l.before)
	if over := korean.Width(before) - cells; over > 0 {
		// Scrolled by half a window, so that it does not move at every key.
		drop := over + cells/2
		for drop > 0 && before != "" {
			r := []rune(before)[0]
			drop -= korean.RuneWidth(r)
			before = before[len(string(r)):]
		}
	}
	cursor = korean.Width(before)
	return before + korean.Cut(string(l.after), cells-cursor), cursor
}

// edit reads one line with editing keys.
func (p *Prompt) edit(ctx context.Context, label, initial string, take Commands) (reply Reply, err error) {
	label = korean.Printable(label)
	if korean.Width(label) > p.Width()/2 { // leaves too little room to type
		p.Paragraph(Plain, "", strings.TrimSuffix(strings.TrimSpace(label), ">"))
		label = "> "
	}
	restore, err := p.enterRaw()
	if err != nil {
		return Reply{}, err
	}
	defer func() { err = errors.Join(err, restore(), p.err) }()
	line := lineBuffer{before: []rune(korean.NFC(strings.ReplaceAll(korean.Printable(initial), "\n", " ")))}
	for {
		p.drawLine(label, &line)
		k, err := p.source.key(ctx)
		if err == nil && k.code == keyEOF && line.String() != "" {
			k.code = keyDelete // as in every shell
		}
		switch {
		case err != nil && (errors.Is(err, io.EOF) || ctx.Err() != nil), k.code == keyEOF, k.code == keyInterrupt:
			p.write("\r\n")
			return Reply{Command: Quit}, nil
		case err != nil:
			return Reply{}, err
		case line.press(k):
			p.write("\r\n")
			return commandOf(line.String(), take), nil
		}
	}
}

func (p *Prompt) drawLine(label string, line *lineBuffer) {
	text, cursor := line.view(max(p.Width()-korean.Width(label), columnsMin/2))
	out := "\r" + p.paint(Span{Strong, label}) + korean.Printable(text) + "\x1b[K\r"
	if n := korean.Width(label) + cursor; n > 0 {
		out += fmt.Sprintf("\x1b[%dC", n)
	}
	p.write(out)
}

// enterRaw puts the terminal into raw mode with marked pastes until restore.
func (p *Prompt) enterRaw() (restore func() error, err error) {
	leave := func() error { return nil }
	if p.o.Raw != nil {
		if leave, err = p.o.Raw(); err != nil {
			return nil, fmt.Errorf("put the terminal into raw mode: %w", err)
		}
	}
	p.write("\x1b[?2004h")
	return func() error {
		p.write("\x1b[?2004l")
		return leave()
	}, nil
}
