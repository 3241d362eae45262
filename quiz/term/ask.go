package term

import (
	"context"
	"strings"

	"gieok/cards"
	"gieok/korean"
	"gieok/quiz"
	"gieok/quiz/prompt"
)

// ask shows a question and turns what the learner does into an event.
func (t *sitting) ask(ctx context.Context, a quiz.Asked) (quiz.Event, error) {
	if t.shown != a.Number {
		t.showQuestion(a)
		t.keys = t.keys && !t.p.Interactive()
		t.shown, t.since = a.Number, t.Now()
	}
	if a.Again {
		t.p.Paragraph(prompt.Warn, "△ ", "거의 맞았어요. "+sentence(a.Retry)+"다시 답해 보세요.")
	}
	if a.Hint != "" {
		t.p.Println(prompt.Span{Style: prompt.Faint, Text: "힌트  "}, prompt.Span{Style: prompt.Code, Text: a.Hint})
	}
	take := prompt.Commands{Hint: true, Flag: true, Undo: true}
	for {
		reply, err := t.answer(ctx, a, take)
		if err != nil {
			return nil, err
		}
		if reply.Command != prompt.NoCommand {
			return t.command(ctx, a, reply)
		}
		switch a.Mode {
		case quiz.Choosing:
			return quiz.Chose{Index: reply.Index}, nil
		case quiz.Recalling:
			return quiz.Revealed{}, nil
		}
		if strings.TrimSpace(reply.Text) != "" {
			return quiz.Answered{Text: reply.Text}, nil
		}
		t.p.Paragraph(prompt.Warn, "", "답을 적어 주세요. 모르면 ?를 적으세요.")
	}
}

// command turns a command into an event. Asking for a hint where none is left
// is asking for the answer.
func (t *sitting) command(ctx context.Context, a quiz.Asked, reply prompt.Reply) (quiz.Event, error) {
	switch reply.Command {
	case prompt.Hint:
		if a.CanHint() {
			return quiz.Hinted{}, nil
		}
		return quiz.Revealed{}, nil
	case prompt.Flag:
		return t.reason(ctx, reply)
	case prompt.Undo:
		t.shown = 0
		return quiz.Undone{}, nil
	}
	return quiz.Stopped{}, nil
}

// reason asks what is wrong with the card. A pipe says it with the flag or not at all.
func (t *sitting) reason(ctx context.Context, reply prompt.Reply) (quiz.Event, error) {
	if reply.Text == "" && t.p.Interactive() {
		var err error
		reply, err = t.p.Line(ctx, "무엇이 이상한가요? (그냥 Enter도 돼요)> ", "", prompt.Commands{})
		if err != nil {
			return nil, err
		}
		if reply.Command == prompt.Quit {
			reply.Text = "" // the flag stands; the next question sees the end of input again
		}
	}
	return quiz.Flagged{Reason: reply.Text}, nil
}

// answer asks in the way of the question's mode.
func (t *sitting) answer(ctx context.Context, a quiz.Asked, take prompt.Commands) (prompt.Reply, error) {
	help := "? 답 보기"
	if a.CanHint() {
		help = "? 힌트"
	}
	help += " · ! 이상한 카드 · :u 되돌리기 · :q 그만"
	switch a.Mode {
	case quiz.Choosing:
		if t.p.Interactive() {
			return t.p.Choose(ctx, "↑↓나 번호로 고르기 · ", "? 답 보기 · ! 이상한 카드 · u 되돌리기 · q 그만", a.Choices, take)
		}
		t.help("번호로 답하기 · " + help)
		return t.p.Choose(ctx, "번호", "", a.Choices, take)
	case quiz.Ordering:
		t.help("순서대로 번호 적기 (예: 2 3 1) · " + help)
		return t.p.Line(ctx, "순서> ", "", take)
	case quiz.Recalling:
		t.help("머릿속으로 답한 뒤 Enter · ! 이상한 카드 · :u 되돌리기 · :q 그만")
		return t.p.Line(ctx, "답 보기> ", "", take)
	case quiz.Writing:
		return t.write(ctx, a, take, help)
	}
	t.help(help)
	return t.p.Line(ctx, "답> ", "", take)
}

// write asks for several lines, in an editor if there is one.
func (t *sitting) write(ctx context.Context, a quiz.Asked, take prompt.Commands, help string) (prompt.Reply, error) {
	if t.Edit == nil || !t.p.Interactive() {
		t.help("여러 줄로 적고, 점 하나만 적은 줄로 끝내기 · " + help)
		return t.p.Text(ctx, "| ", take)
	}
	t.help("Enter를 누르면 편집기가 열려요 · " + help)
	reply, err := t.p.Line(ctx, "편집> ", "", take)
	if err != nil || reply.Command != prompt.NoCommand {
		return reply, err
	}
	initial := a.Card.Code
	if a.Card.Kind == cards.YAMLWrite {
		initial = ""
	}
	reply.Text, err = t.Edit(ctx, initial)
	return reply, err
}

// help explains the keys: at every question on a terminal, once through a pipe.
func (t *sitting) help(text string) {
	if !t.keys {
		t.p.Paragraph(prompt.Faint, "", text)
		t.keys = true
	}
}

func (t *sitting) showQuestion(a quiz.Asked) {
	head := progress(a)
	switch name := a.Card.Kind.Label(); {
	case a.Mode == quiz.Recalling:
		head += " · 떠올리기"
	case name != "":
		head += " · " + name
	}
	if a.Repeat {
		head += " · 다시 한 번"
	}
	t.p.Println()
	t.rule(head)
	if t.Remark != nil {
		if remark := t.Remark(a.Card); remark != "" {
			t.p.Paragraph(prompt.Faint, "", remark)
		}
	}
	t.p.Paragraph(prompt.Strong, "", a.Card.Stem)
	if a.Card.Code != "" {
		t.p.Println()
		t.showCode(a.Card.Code)
	}
	if a.Mode == quiz.Ordering {
		for i, item := range a.Choices {
			t.p.Paragraph(prompt.Plain, "  "+itoa(i+1)+") ", item)
		}
	}
	t.p.Println()
}

// progress is "3/20", or "3" while nobody knows how many there are.
func progress(a quiz.Asked) string {
	if a.Total == 0 {
		return itoa(a.Number)
	}
	return itoa(a.Number) + "/" + itoa(a.Total)
}

// rule writes a line across with a title.
func (t *sitting) rule(title string) {
	rest := min(t.p.Width(), ruleCells) - korean.Width(title) - 4
	t.p.Println(prompt.Span{Style: prompt.Faint, Text: "── " + title + " " + strings.Repeat("─", max(rest, 2))})
}

const ruleCells = 60

// showCode writes code with its line numbers. A line too long for the screen
// goes on below, without a number.
func (t *sitting) showCode(code string) {
	lines := strings.Split(strings.TrimRight(korean.Printable(code), "\n"), "\n")
	digits := len(itoa(len(lines)))
	for i, line := range lines {
		number := strings.Repeat(" ", digits-len(itoa(i+1))) + itoa(i+1)
		for j, part := range chop(line, t.p.Width()-digits-5) {
			if j > 0 {
				number = strings.Repeat(" ", digits)
			}
			t.p.Println(prompt.Span{Style: prompt.Faint, Text: "  " + number + " │ "}, prompt.Span{Style: prompt.Code, Text: part})
		}
	}
}

// chop cuts a line into parts of at most cells, blanks kept: code is not prose.
func chop(line string, cells int) []string {
	var parts []string
	for {
		part := korean.Cut(line, max(cells, 2))
		if part == line {
			return append(parts, part)
		}
		parts = append(parts, part)
		line = line[len(part):]
	}
}

// sentence is text as a sentence of its own with a space after it, or "".
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return strings.TrimRight(text, ".") + ". "
}
