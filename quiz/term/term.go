// Package term holds a quiz or a review on a terminal: it carries out what the
// sitting of package quiz asks for.
package term

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gieok/cards"
	"gieok/quiz"
	"gieok/quiz/prompt"
)

// A Log keeps graded answers. Save is called once an answer; what it returned
// from without an error must outlive the process.
type Log interface {
	Save(ctx context.Context, r quiz.Result, at time.Time, took time.Duration) error
	// Unsave takes back the last answer that was saved and not taken back.
	Unsave(ctx context.Context, at time.Time) error
}

// Flags keeps what learners call bad cards.
type Flags interface {
	Flag(card cards.Card, reason string, at time.Time) error
	Unflag(card cards.Card, at time.Time) error
}

// Options say what is asked and where answers go. Prompt, Next and Now are needed.
type Options struct {
	Prompt *prompt.Prompt
	Quiz   quiz.Options
	// Next is the next card; false: there is none. It may take its time to prove it.
	Next  func(ctx context.Context) (cards.Card, bool, error)
	Now   func() time.Time
	Judge quiz.Judge // runs answers; nil: commands are compared by their words
	Log   Log        // nil: answers are not kept
	Flags Flags      // nil: flags are not kept
	// Edit lets the learner change a text in an editor; nil: it is typed line by line.
	Edit func(ctx context.Context, initial string) (string, error)
	// Remark is a line above a question, as when its note is away; nil or "": none.
	Remark func(c cards.Card) string
	// ConceptName is a concept's name for the summary; nil: its id.
	ConceptName func(id string) string
	Title       string // shown first; "": nothing
	Seed        bool   // the summary says how to draw the same questions again
}

// Cards is a Next that deals all in their order.
func Cards(all []cards.Card) func(context.Context) (cards.Card, bool, error) {
	at := 0
	return func(context.Context) (cards.Card, bool, error) {
		if at == len(all) {
			return cards.Card{}, false, nil
		}
		at++
		return all[at-1], true, nil
	}
}

// A sitting is one Run under way.
type sitting struct {
	Options
	p       *prompt.Prompt
	session quiz.Session
	shown   int       // number of the question on the screen, 0 for none
	since   time.Time // when it appeared
	keys    bool      // the keys were explained: at this question, or through a pipe at any
	summary quiz.Summary
	done    bool
}

// Run holds one sitting until the last question, the learner's quit, or the end
// of input or of ctx. It has shown the summary that it returns; the answers given
// before an error are in the log.
func Run(ctx context.Context, o Options) (quiz.Summary, error) {
	o.Quiz.Judged = o.Judge != nil
	t := &sitting{Options: o, p: o.Prompt}
	if o.Title != "" {
		t.p.Println(prompt.Span{Style: prompt.Strong, Text: o.Title})
	}
	session, effects := quiz.Start(o.Quiz)
	t.session = session
	for !t.done {
		event, err := t.carryOut(ctx, effects)
		if err != nil {
			t.showSummary(t.session.Summary())
			return t.session.Summary(), err
		}
		if !t.done {
			t.session, effects = t.session.Step(event)
		}
	}
	return t.summary, t.p.Err()
}

// carryOut does what effects ask for; the last of them gives the next event.
func (t *sitting) carryOut(ctx context.Context, effects []quiz.Effect) (event quiz.Event, err error) {
	for _, e := range effects {
		switch e := e.(type) {
		case quiz.Save:
			err = t.save(ctx, e.Result)
		case quiz.Unsave:
			err = t.unsave(ctx)
		case quiz.Flag:
			err = t.flag(e)
		case quiz.Unflag:
			err = t.unflag(e)
		case quiz.NothingToUndo:
			t.p.Println(prompt.Span{Style: prompt.Warn, Text: "되돌릴 답이 없어요."})
		case quiz.Deal:
			event, err = t.deal(ctx)
		case quiz.Ask:
			event, err = t.ask(ctx, e.Asked)
		case quiz.Reveal:
			event, err = t.reveal(ctx, e.Asked)
		case quiz.Confirm:
			event, err = t.confirm(ctx, e)
		case quiz.Run:
			event = t.run(ctx, e)
		case quiz.Feedback:
			event, err = t.feedback(ctx, e.Result)
		case quiz.Summarise:
			t.showSummary(e.Summary)
			t.summary, t.done = e.Summary, true
		default:
			panic(fmt.Sprintf("term: internal error: effect %T", e))
		}
		if err != nil {
			return nil, err
		}
	}
	return event, nil
}

// The log is written even when ctx has ended: an answer was given.
func (t *sitting) save(ctx context.Context, r quiz.Result) error {
	if t.Log == nil {
		return nil
	}
	now := t.Now()
	if err := t.Log.Save(context.WithoutCancel(ctx), r, now, max(0, now.Sub(t.since))); err != nil {
		return fmt.Errorf("답을 저장하지 못했습니다: %w", err)
	}
	return nil
}

func (t *sitting) unsave(ctx context.Context) error {
	t.p.Println(prompt.Span{Style: prompt.Faint, Text: "앞의 답을 되돌렸어요."})
	t.shown = 0
	if t.Log == nil {
		return nil
	}
	if err := t.Log.Unsave(context.WithoutCancel(ctx), t.Now()); err != nil {
		return fmt.Errorf("답을 되돌리지 못했습니다: %w", err)
	}
	return nil
}

func (t *sitting) flag(e quiz.Flag) error {
	if t.Flags != nil {
		if err := t.Flags.Flag(e.Card, e.Reason, t.Now()); err != nil {
			return fmt.Errorf("카드에 표시하지 못했습니다: %w", err)
		}
	}
	t.p.Println(prompt.Span{Style: prompt.Warn, Text: "이상한 카드로 적어 두었어요. 점수에는 넣지 않아요."})
	return nil
}

func (t *sitting) unflag(e quiz.Unflag) error {
	t.shown = 0
	if t.Flags != nil {
		if err := t.Flags.Unflag(e.Card, t.Now()); err != nil {
			return fmt.Errorf("카드의 표시를 지우지 못했습니다: %w", err)
		}
	}
	t.p.Println(prompt.Span{Style: prompt.Faint, Text: "이상한 카드 표시를 지웠어요."})
	return nil
}

func (t *sitting) deal(ctx context.Context) (quiz.Event, error) {
	t.p.Status("다음 문제를 실행해 확인하는 중…")
	card, ok, err := t.Next(ctx)
	t.p.ClearStatus()
	switch {
	case err != nil && ctx.Err() != nil:
		return quiz.Stopped{}, nil
	case err != nil:
		return nil, err
	case !ok:
		return quiz.Exhausted{}, nil
	}
	return quiz.Dealt{Card: card}, nil
}

func (t *sitting) run(ctx context.Context, e quiz.Run) quiz.Event {
	t.p.Status("답을 실행해 보는 중…")
	j, err := t.Judge.Judge(ctx, e.Card, e.Answer)
	t.p.ClearStatus()
	switch {
	case err != nil && ctx.Err() != nil:
		return quiz.Stopped{}
	case errors.Is(err, context.DeadlineExceeded):
		return quiz.Judged{Failure: "정해진 시간 안에 끝나지 않았어요"}
	case err != nil:
		return quiz.Judged{Failure: err.Error()}
	}
	return quiz.Judged{Judgement: j}
}
