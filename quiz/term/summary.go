package term

import (
	"fmt"
	"strings"

	"gieok/korean"
	"gieok/quiz"
	"gieok/quiz/prompt"
)

// weakMax is how many weak concepts the summary names.
const weakMax = 5

func (t *sitting) showSummary(s quiz.Summary) {
	t.p.Println()
	title := "마침"
	if s.Stopped {
		title = "여기까지"
	}
	t.rule(title)
	if graded := s.Right + s.Almost + s.Wrong; graded == 0 {
		t.p.Println(prompt.Span{Text: "답한 문제가 없어요."})
	} else {
		t.spans(
			prompt.Span{Style: prompt.Strong, Text: fmt.Sprintf("%d문제", graded)},
			prompt.Span{Text: " 가운데 "},
			prompt.Span{Style: prompt.Good, Text: fmt.Sprintf("맞음 %d", s.Right)},
			prompt.Span{Text: " · "},
			prompt.Span{Style: prompt.Warn, Text: fmt.Sprintf("거의 %d", s.Almost)},
			prompt.Span{Text: " · "},
			prompt.Span{Style: prompt.Bad, Text: fmt.Sprintf("틀림 %d", s.Wrong)},
			prompt.Span{Text: fmt.Sprintf("  (%d%%)", (100*s.Right+graded/2)/graded)},
		)
	}
	if s.Unjudged > 0 {
		t.p.Paragraph(prompt.Plain, "", fmt.Sprintf("채점하지 못함 %d (점수와 일정에 넣지 않았어요)", s.Unjudged))
	}
	if s.Flagged > 0 {
		t.p.Println(prompt.Span{Text: fmt.Sprintf("이상한 카드로 표시 %d", s.Flagged)})
	}
	if len(s.Weak) > 0 {
		var names []string
		for _, w := range s.Weak[:min(len(s.Weak), weakMax)] {
			names = append(names, fmt.Sprintf("%s (%d문제 중 %d 틀림)", t.conceptName(w.Concept), w.Asked, w.Missed))
		}
		t.p.Paragraph(prompt.Plain, "약한 개념  ", strings.Join(names, ", "))
	}
	if t.Seed {
		t.spans(prompt.Span{Text: fmt.Sprintf("시드 %d", s.Seed)}, prompt.Span{Style: prompt.Faint, Text: fmt.Sprintf("  (같은 문제를 다시 풀려면 --seed %d)", s.Seed)})
	}
	t.p.Paragraph(prompt.Plain, "", quiz.TruthLine(s.Truth))
}

// spans writes one line, or without its colours several where the screen is narrow.
func (t *sitting) spans(line ...prompt.Span) {
	text := ""
	for _, s := range line {
		text += s.Text
	}
	if korean.Width(text) <= t.p.Width() {
		t.p.Println(line...)
		return
	}
	t.p.Paragraph(prompt.Plain, "", text)
}

func (t *sitting) conceptName(id string) string {
	if t.ConceptName != nil {
		if name := t.ConceptName(id); name != "" {
			return name
		}
	}
	return id
}
