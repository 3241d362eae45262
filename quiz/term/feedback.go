package term

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"gieok/cards"
	"gieok/korean"
	"gieok/quiz"
	"gieok/quiz/prompt"
	"gieok/sim/transcript"
)

// Lines of a transcript that are shown: a right answer needs less proof on the
// screen than a wrong one. The rest is in `gieok show`.
const (
	runLinesRight = 10
	runLinesWrong = 30
	stepLinesMax  = 12
	acceptedMax   = 3
	wordsMax      = 6 // lines of the note's own words
)

// reveal shows the answer to a question that is answered in the head.
func (t *sitting) reveal(ctx context.Context, a quiz.Asked) (quiz.Event, error) {
	t.p.Println()
	t.showAnswer(a.Card)
	t.showProof(a.Card, nil, runLinesWrong)
	t.p.Println()
	reply, err := t.p.Choose(ctx, "얼마나 떠올렸나요? ", "· ! 이상한 카드 · u 되돌리기 · q 그만",
		[]string{"알고 있었어요", "가물가물했어요", "몰랐어요"}, prompt.Commands{Flag: true, Undo: true})
	if err != nil {
		return nil, err
	}
	if reply.Command != prompt.NoCommand {
		return t.command(ctx, a, reply)
	}
	return recallGrades[reply.Index], nil
}

// recallGrades are the grades of the learner's own words above, in their order.
var recallGrades = [...]quiz.Recalled{{Grade: quiz.Knew}, {Grade: quiz.Shaky}, {Grade: quiz.Forgot}}

// confirm shows the right answer beside one that is almost right.
func (t *sitting) confirm(ctx context.Context, e quiz.Confirm) (quiz.Event, error) {
	t.p.Paragraph(prompt.Warn, "△ ", "이번에도 거의 맞았어요. "+sentence(e.Asked.Retry))
	t.field("내 답", prompt.Plain, e.Given)
	t.showAnswer(e.Asked.Card)
	yes, reply, err := t.p.Confirm(ctx, "알고 있던 것으로 셀까요?", prompt.Commands{Flag: true, Undo: true})
	if err != nil {
		return nil, err
	}
	if reply.Command != prompt.NoCommand {
		return t.command(ctx, e.Asked, reply)
	}
	return quiz.Counted{Right: yes}, nil
}

// feedback shows how it went, and why the answer is what it is.
func (t *sitting) feedback(ctx context.Context, r quiz.Result) (quiz.Event, error) {
	a := r.Asked
	if a.Mode == quiz.Recalling && r.Graded() {
		return quiz.Continued{}, nil // the answer is on the screen already
	}
	t.p.Println()
	t.showVerdict(r)
	if r.Given != "" && r.Verdict != quiz.Right {
		t.field("내 답", prompt.Plain, r.Given)
	}
	if r.Judgement != nil {
		for _, d := range r.Judgement.Differences {
			t.field("다른 점", prompt.Warn, d)
		}
	}
	t.showAnswer(a.Card)
	lines := runLinesWrong
	if r.Verdict == quiz.Right {
		lines = runLinesRight
	}
	t.showProof(a.Card, r.Judgement, lines)
	if !t.p.Interactive() {
		return quiz.Continued{}, nil
	}
	t.p.Println()
	t.p.Paragraph(prompt.Faint, "", "Enter 다음 · ! 이상한 카드 · :u 되돌리기 · :q 그만")
	reply, err := t.p.Line(ctx, "> ", "", prompt.Commands{Flag: true, Undo: true})
	if err != nil {
		return nil, err
	}
	if reply.Command != prompt.NoCommand {
		return t.command(ctx, a, reply)
	}
	return quiz.Continued{}, nil
}

func (t *sitting) showVerdict(r quiz.Result) {
	switch {
	case !r.Graded():
		t.p.Paragraph(prompt.Warn, "? ", "채점하지 못했어요: "+r.Failure)
	case r.GaveUp:
		t.p.Println(prompt.Span{Style: prompt.Warn, Text: "→ 답을 볼게요"})
	case r.Verdict == quiz.Right && (r.Asked.Hint != "" || r.Asked.Again):
		t.p.Println(prompt.Span{Style: prompt.Good, Text: "✓ 맞았어요 (도움을 받아서)"})
	case r.Verdict == quiz.Right:
		t.p.Println(prompt.Span{Style: prompt.Good, Text: "✓ 맞았어요"})
	case r.Verdict == quiz.Almost:
		t.p.Println(prompt.Span{Style: prompt.Warn, Text: "△ 거의 맞은 것으로 셌어요"})
	default:
		t.p.Println(prompt.Span{Style: prompt.Bad, Text: "✗ 틀렸어요"})
	}
}

// fieldCells is the width of the column of names.
const fieldCells = 9

// field writes a name and a text beside it.
func (t *sitting) field(name string, style prompt.Style, text string) {
	lead := korean.Pad("  "+name, fieldCells) + " "
	if strings.Contains(strings.TrimRight(text, "\n"), "\n") { // code keeps its lines
		t.p.Println(prompt.Span{Style: prompt.Faint, Text: lead})
		t.showCode(text)
		return
	}
	t.p.Paragraph(style, lead, text)
}

func (t *sitting) showAnswer(c cards.Card) {
	t.field("정답", prompt.Good, c.Answer)
	if n := min(len(c.Accepted), acceptedMax); n > 0 && len(c.Choices) == 0 {
		t.field("다른 답", prompt.Plain, strings.Join(c.Accepted[:n], ", "))
	}
	if c.Explanation != "" {
		t.field("풀이", prompt.Plain, c.Explanation)
	}
}

// showProof says what the answer rests on: the run, and the place in the note.
func (t *sitting) showProof(c cards.Card, j *quiz.Judgement, lines int) {
	switch c.Evidence.Status {
	case cards.Executed:
		t.field("근거", prompt.Plain, "실행으로 확인")
	case cards.Contradicted:
		t.field("근거", prompt.Warn, "노트와 다름: 실행해 보니 노트에 적힌 것과 달랐어요")
	default:
		t.field("근거", prompt.Plain, "노트 그대로 (실행해 보지 않음)")
	}
	if c.Source.File != "" {
		t.field("노트", prompt.Plain, fmt.Sprintf("%s:%d:%d", c.Source.File, c.Source.Line, c.Source.Col))
	}
	words := strings.Split(strings.TrimSpace(korean.Printable(c.Evidence.Note)), "\n")
	for i, line := range words {
		if i == wordsMax {
			t.quote("", prompt.Faint, fmt.Sprintf("… %d줄 더", len(words)-wordsMax))
			break
		}
		if line != "" || i > 0 {
			t.quote("", prompt.Faint, line)
		}
	}
	run, name := c.Evidence.Run, "실행"
	if j != nil && j.Evidence.Run != nil {
		run, name = j.Evidence.Run, "내 실행"
	}
	if run != nil && len(run.Steps) > 0 {
		t.showRun(name, run, lines)
	}
}

// quote writes a line beside the column of names, in which name stands.
func (t *sitting) quote(name string, style prompt.Style, line string) {
	lead := korean.Pad("  "+name, fieldCells)
	for _, part := range chop(line, t.p.Width()-fieldCells-3) {
		t.p.Println(prompt.Span{Text: lead}, prompt.Span{Style: prompt.Faint, Text: " │ "}, prompt.Span{Style: style, Text: part})
		lead = strings.Repeat(" ", fieldCells)
	}
}

// A shownLine is one line of a run on the screen.
type shownLine struct {
	style prompt.Style
	text  string
}

// showRun writes the last lines of a run, for what it proves stands at its end.
func (t *sitting) showRun(name string, run *transcript.Transcript, limit int) {
	var all []shownLine
	for _, step := range run.Steps {
		all = append(all, stepLines(step)...)
	}
	if over := len(all) - limit; over > 0 {
		all = all[over:]
		all[0] = shownLine{prompt.Faint, fmt.Sprintf("… 앞의 %d줄 줄임", over+1)}
	}
	for _, line := range all {
		t.quote(name, line.style, line.text)
		name = ""
	}
}

// stepLines are one step of a run: what was done and what came of it.
func stepLines(step transcript.Step) []shownLine {
	command := shownLine{prompt.Code, "$ " + step.Command}
	switch duration, ok := strings.CutPrefix(step.Command, "advance "); {
	case ok:
		command = shownLine{prompt.Faint, "(" + koreanDuration(duration) + " 뒤)"}
	case step.Command == "settle":
		command = shownLine{prompt.Faint, "(더 바뀌는 것이 없을 때까지)"}
	}
	lines := []shownLine{command}
	for _, out := range []struct {
		style prompt.Style
		text  string
	}{{prompt.Plain, step.Stdout}, {prompt.Bad, step.Stderr}} {
		text := strings.TrimRight(korean.Printable(out.text), "\n")
		if text == "" {
			continue
		}
		parts := strings.Split(text, "\n")
		for i, part := range parts {
			if i == stepLinesMax {
				lines = append(lines, shownLine{prompt.Faint, fmt.Sprintf("… %d줄 더", len(parts)-i)})
				break
			}
			lines = append(lines, shownLine{out.style, part})
		}
	}
	if step.Exit != 0 {
		lines = append(lines, shownLine{prompt.Faint, fmt.Sprintf("(종료 코드 %d)", step.Exit)})
	}
	return lines
}

// koreanDuration is "1분 30초" for "90s"; what is no such duration stays.
func koreanDuration(s string) string {
	seconds, ok := strings.CutSuffix(s, "s")
	n, err := strconv.Atoi(seconds)
	if minutes, isMinutes := strings.CutSuffix(s, "m"); isMinutes {
		n, err = strconv.Atoi(minutes)
		n *= 60
		ok = true
	}
	if !ok || err != nil || n < 0 {
		return s
	}
	switch {
	case n < 60:
		return fmt.Sprintf("%d초", n)
	case n%60 == 0:
		return fmt.Sprintf("%d분", n/60)
	}
	return fmt.Sprintf("%d분 %d초", n/60, n%60)
}

func itoa(n int) string { return strconv.Itoa(n) }
