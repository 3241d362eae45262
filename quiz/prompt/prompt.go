// Package prompt asks a learner on a terminal or through a pipe: choose from a
// list, type a line, say yes or no. It is the one place that knows promptui,
// raw mode, colours and keys.
package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"gieok/korean"
)

// A Command is what a learner asks for instead of giving an answer.
type Command int

// The commands, and how they are typed: alone on a line, or as a key in a list.
const (
	NoCommand Command = iota
	Hint              // ?
	Flag              // ! with or without a reason after it
	Undo              // :u, in a list also u
	Quit              // :q, in a list also q; Ctrl-C, Ctrl-D and the end of input
)

// Commands says which commands a question takes; Quit is always taken.
type Commands struct{ Hint, Flag, Undo bool }

func (c Commands) takes(cmd Command) bool {
	switch cmd {
	case Hint:
		return c.Hint
	case Flag:
		return c.Flag
	case Undo:
		return c.Undo
	}
	return cmd == Quit
}

// A Reply is what came back: a command, or an answer.
type Reply struct {
	Command Command
	Index   int    // of the chosen item, from 0
	Text    string // the typed line or the chosen item; with Flag, the reason if one was typed
}

// Options say where to ask. The zero Options write nowhere and read nothing.
type Options struct {
	In    io.Reader
	Out   io.Writer
	Keys  bool                                     // In and Out are a terminal: single keys, lists, line editing
	Color bool                                     // colours may be sent
	Echo  bool                                     // nobody sees what is typed, so Out repeats it
	Size  func() (columns, rows int)               // in cells; nil: 80 by 24
	Raw   func() (restore func() error, err error) // puts the terminal into raw mode; nil: it is already
}

// Detect are the Options for a process's own standard input and output. env
// looks up an environment variable.
func Detect(in, out *os.File, env func(string) string) Options {
	inTerm, outTerm := term.IsTerminal(int(in.Fd())), term.IsTerminal(int(out.Fd()))
	dumb := env("TERM") == "dumb"
	return Options{
		In: in, Out: out,
		Keys:  inTerm && outTerm && !dumb,
		Color: outTerm && !dumb && env("NO_COLOR") == "",
		Echo:  !inTerm,
		Size: func() (int, int) {
			columns, rows, err := term.GetSize(int(out.Fd()))
			if err != nil {
				return 0, 0
			}
			return columns, rows
		},
		Raw: func() (func() error, error) {
			state, err := term.MakeRaw(int(in.Fd()))
			if err != nil {
				return nil, err
			}
			return func() error { return term.Restore(int(in.Fd()), state) }, nil
		},
	}
}

// A Prompt is one conversation. It is not for concurrent use.
type Prompt struct {
	o      Options
	source *source
	status bool  // a status line stands on the screen
	err    error // the first failed write
}

// New starts a conversation. What was typed ahead stays for the next question.
func New(o Options) *Prompt {
	if o.In == nil {
		o.In = strings.NewReader("")
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	return &Prompt{o: o, source: newSource(o.In)}
}

// Interactive reports whether single keys and lists are in use.
func (p *Prompt) Interactive() bool { return p.o.Keys }

// Bounds of the screen that is written for, in cells.
const (
	columnsMin, columnsDefault, columnsMax = 20, 80, 100
	rowsMin, rowsDefault                   = 8, 24
)

// Width is the number of cells that text may fill.
func (p *Prompt) Width() int {
	columns, _ := p.size()
	return min(max(columns-1, columnsMin), columnsMax) // the last column makes some terminals wrap
}

func (p *Prompt) size() (columns, rows int) {
	if p.o.Size != nil {
		columns, rows = p.o.Size()
	}
	if columns <= 0 {
		columns = columnsDefault
	}
	if rows <= 0 {
		rows = rowsDefault
	}
	return columns, max(rows, rowsMin)
}

// Choose asks for one of items. label says what to do; keys is a line about the
// keys, shown on a terminal only. Through a pipe the number or the words of an
// item choose it.
func (p *Prompt) Choose(ctx context.Context, label, keys string, items []string, take Commands) (Reply, error) {
	if len(items) == 0 {
		panic("prompt: internal error: nothing to choose from")
	}
	p.ClearStatus()
	if p.o.Keys {
		return p.choose(ctx, label, keys, items, take)
	}
	p.list(items)
	for {
		reply, err := p.line(ctx, label+"> ", take)
		if err != nil || reply.Command != NoCommand {
			return reply, err
		}
		if i, ok := pick(reply.Text, items); ok {
			return Reply{Index: i, Text: items[i]}, nil
		}
		p.Println(Span{Warn, "1에서 " + itoa(len(items)) + " 사이의 번호를 적어 주세요."})
	}
}

// list prints numbered items, wrapped.
func (p *Prompt) list(items []string) {
	for i, item := range items {
		p.Paragraph(Plain, "  "+itoa(i+1)+") ", item)
	}
}

// pick finds the item that text means: its number, or its own words.
func pick(text string, items []string) (int, bool) {
	text = strings.TrimSpace(korean.NFKC(text))
	number := strings.TrimSuffix(strings.TrimSuffix(text, ")"), ".")
	for i := range items {
		if number == itoa(i+1) {
			return i, true
		}
	}
	found, count := 0, 0
	for i, item := range items {
		if text != "" && strings.EqualFold(text, strings.TrimSpace(korean.NFKC(item))) {
			found, count = i, count+1
		}
	}
	return found, count == 1
}

// Line asks for one line. On a terminal initial can be edited.
func (p *Prompt) Line(ctx context.Context, label, initial string, take Commands) (Reply, error) {
	p.ClearStatus()
	if p.o.Keys {
		return p.edit(ctx, label, initial, take)
	}
	return p.line(ctx, label, take)
}

// Text asks for lines until one that is a single full stop, or the end of input.
func (p *Prompt) Text(ctx context.Context, label string, take Commands) (Reply, error) {
	var lines []string
	for size := 0; size <= lineBytesMax; {
		reply, err := p.Line(ctx, label, "", take)
		if err != nil {
			return reply, err
		}
		if reply.Command == Quit && len(lines) > 0 && reply.Text == endOfInput {
			return Reply{Text: strings.Join(lines, "\n")}, nil
		}
		if reply.Command != NoCommand {
			return reply, nil
		}
		if reply.Text == "." {
			return Reply{Text: strings.Join(lines, "\n")}, nil
		}
		lines = append(lines, reply.Text)
		size += len(reply.Text) + 1
		take = Commands{} // "?" and "!" inside a text are text
	}
	return Reply{Text: strings.Join(lines, "\n")}, nil
}

// Confirm asks yes or no; an empty line means yes. A Quit comes back as such.
func (p *Prompt) Confirm(ctx context.Context, question string, take Commands) (yes bool, reply Reply, err error) {
	for {
		reply, err = p.Line(ctx, question+" [Y/n] ", "", take)
		if err != nil || reply.Command != NoCommand {
			return false, reply, err
		}
		switch strings.ToLower(strings.TrimSpace(korean.NFKC(reply.Text))) {
		case "", "y", "yes", "ㅛ", "네", "예", "응", "ㅇ", "ㅇㅇ", "o":
			return true, reply, nil
		case "n", "no", "ㅜ", "아니요", "아니오", "아뇨", "아니", "ㄴ", "ㄴㄴ", "x":
			return false, reply, nil
		}
		p.Println(Span{Warn, "y나 n으로 답해 주세요."})
	}
}

// endOfInput marks the Quit that the end of input gives, so that Text can keep
// what came before it.
const endOfInput = "\x04"

// line reads one line without keys.
func (p *Prompt) line(ctx context.Context, label string, take Commands) (Reply, error) {
	p.write(korean.Printable(label))
	text, err := p.source.line(ctx)
	switch {
	case errors.Is(err, io.EOF):
		p.write("\n")
		return Reply{Command: Quit, Text: endOfInput}, p.err
	case err != nil && ctx.Err() != nil:
		p.write("\n")
		return Reply{Command: Quit}, p.err
	case err != nil:
		return Reply{}, err
	}
	if p.o.Echo {
		p.write(korean.Printable(text) + "\n")
	}
	return commandOf(text, take), p.err
}

// commandOf reads a typed line: a command if it is one that is taken, else an
// answer. The keyboard may have been left in Korean, where q and u are ㅂ and ㅕ.
func commandOf(text string, take Commands) Reply {
	t := strings.TrimSpace(korean.NFKC(text))
	cmd, rest := NoCommand, ""
	switch {
	case t == "?":
		cmd = Hint
	case t == ":u" || t == ":ㅕ":
		cmd = Undo
	case t == ":q" || t == ":ㅂ":
		cmd = Quit
	case t == "!":
		cmd = Flag
	case strings.HasPrefix(t, "! "):
		cmd, rest = Flag, strings.TrimSpace(t[2:])
	}
	if cmd == NoCommand || !take.takes(cmd) {
		return Reply{Text: text}
	}
	return Reply{Command: cmd, Text: rest}
}

// write sends text that is safe already.
func (p *Prompt) write(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.o.Out, s)
	}
}

// crlfWriter is what promptui writes to: line feeds return the carriage, since
// raw mode does not, and the bell that readline rings at every arrow is dropped.
type crlfWriter struct{ w io.Writer }

func (c crlfWriter) Write(b []byte) (int, error) {
	out := bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\a"), nil), []byte("\n"), []byte("\r\n"))
	if _, err := c.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (crlfWriter) Close() error { return nil }
