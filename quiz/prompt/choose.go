package prompt

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/chzyer/readline"
	"github.com/manifoldco/promptui"

	"gieok/korean"
)

// choose asks with promptui's list. Its traps, and what is done about them:
//
//   - Each list makes a reader of its own that swallows what was typed ahead,
//     so promptui reads from selectKeys, which hands over one byte at a time
//     from the conversation's own source.
//   - It measures no width: a line that wraps breaks the redrawing, so items
//     are cut to the screen, and written out above when they were.
//   - Ctrl-C, Ctrl-D and Delete end it while it still draws, so it never sees
//     them; they and the other commands reach it as Enter.
func (p *Prompt) choose(ctx context.Context, label, keys string, items []string, take Commands) (reply Reply, err error) {
	if p.err != nil {
		return Reply{}, p.err
	}
	width := p.Width() - len("  > 9) ") // what promptui and the templates put before an item
	shown := make([]string, len(items))
	whole := true
	for i, item := range items {
		one := strings.Join(strings.Fields(korean.Printable(item)), " ")
		shown[i] = itoa(i+1) + ") " + korean.Cut(one, width)
		whole = whole && korean.Width(one) <= width && one == strings.TrimSpace(item)
	}
	if !whole {
		p.list(items)
	}
	title := strings.ReplaceAll(korean.Printable(label+keys), "\n", " ")
	if korean.Width(title) > p.Width() {
		p.Paragraph(Faint, "", title)
		title = korean.Cut(strings.TrimRight(korean.Printable(label), " ·"), p.Width())
	}
	restore, err := p.enterRaw()
	if err != nil {
		return Reply{}, err
	}
	defer func() { err = errors.Join(err, restore(), p.err) }()

	_, rows := p.size()
	in := &selectKeys{ctx: ctx, source: p.source, count: len(items), take: take}
	list := promptui.Select{
		Label:        title,
		Items:        shown,
		Size:         min(len(items), rows-4),
		HideHelp:     true,
		HideSelected: true,
		Templates:    p.templates(),
		Stdin:        in,
		Stdout:       crlfWriter{p.o.Out},
	}
	at, _, err := list.Run()
	switch {
	case in.err != nil:
		return Reply{}, in.err
	case err != nil:
		return Reply{}, err
	case in.command != NoCommand:
		return Reply{Command: in.command}, nil
	}
	p.write(p.paint(Span{Strong, "> " + shown[at]}) + "\r\n")
	return Reply{Index: at, Text: items[at]}, nil
}

// templates are promptui's, in our colours or none. Text is data of the
// template, so nothing in it is read as one.
func (p *Prompt) templates() *promptui.SelectTemplates {
	paint := func(s Style) string {
		if !p.o.Color {
			return "{{ . }}"
		}
		return "\x1b[" + sgr[s] + "m{{ . }}\x1b[0m"
	}
	return &promptui.SelectTemplates{
		Label:    paint(Faint),
		Active:   "> " + paint(Strong),
		Inactive: "  {{ . }}",
	}
}

// selectKeys turns a learner's keys into the few bytes that promptui's list
// understands without trouble.
type selectKeys struct {
	ctx     context.Context // of this one question: io.Reader has no place for it
	source  *source
	count   int // items
	at      int // item under the cursor, from 0
	take    Commands
	queue   []byte
	command Command
	err     error
	closed  bool
}

func (s *selectKeys) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for len(s.queue) == 0 {
		if s.closed {
			return 0, io.EOF
		}
		k, err := s.source.key(s.ctx)
		switch {
		case err == nil:
			s.press(k)
		case errors.Is(err, io.EOF) || s.ctx.Err() != nil:
			s.finish(Quit)
		default:
			s.err = err
			s.finish(Quit)
		}
	}
	b[0] = s.queue[0] // one at a time: promptui loses what it has buffered
	s.queue = s.queue[1:]
	return 1, nil
}

func (s *selectKeys) Close() error { s.closed = true; return nil }

func (s *selectKeys) finish(c Command) {
	s.command, s.closed = c, true
	s.queue = append(s.queue, readline.CharEnter)
}

func (s *selectKeys) press(k key) {
	switch k.code {
	case keyEnter:
		s.finish(NoCommand)
	case keyInterrupt, keyEOF:
		s.finish(Quit)
	case keyUp, keyLeft:
		s.moveTo(s.at - 1)
	case keyDown, keyRight:
		s.moveTo(s.at + 1)
	case keyHome:
		s.moveTo(0)
	case keyEnd:
		s.moveTo(s.count - 1)
	case keyText:
		s.typed(k.text)
	}
}

// moveTo walks to an item, as far as there are items.
func (s *selectKeys) moveTo(i int) {
	i = min(max(i, 0), s.count-1)
	for ; s.at < i; s.at++ {
		s.queue = append(s.queue, readline.CharNext)
	}
	for ; s.at > i; s.at-- {
		s.queue = append(s.queue, readline.CharPrev)
	}
}

func (s *selectKeys) typed(text string) {
	cmd := NoCommand
	switch t := korean.NFKC(text); t {
	case "?":
		cmd = Hint
	case "!":
		cmd = Flag
	case "u", "ㅕ":
		cmd = Undo
	case "q", "ㅂ":
		cmd = Quit
	case "k", "ㅏ":
		s.moveTo(s.at - 1)
	case "j", "ㅓ":
		s.moveTo(s.at + 1)
	default:
		if len(t) == 1 && t[0] >= '1' && int(t[0]-'0') <= s.count {
			s.moveTo(int(t[0] - '1'))
			s.finish(NoCommand)
		}
	}
	if cmd != NoCommand && s.take.takes(cmd) {
		s.finish(cmd)
	}
}
