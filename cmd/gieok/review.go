package main

import (
	"context"
	"fmt"
	"time"

	"gieok/cards"
	"gieok/quiz"
	"gieok/quiz/term"
	"gieok/review/store"

	"github.com/spf13/cobra"
)

func newReviewCmd(app *App) *cobra.Command {
	var now string
	count := 0
	cmd := &cobra.Command{
		Use:     "review",
		Short:   "오늘 복습할 카드를 풉니다",
		Long:    "답한 적이 있는 카드 가운데 FSRS-6로 오늘까지 복습할 것을 묻습니다. 노트가 지금 없어도 됩니다.",
		Example: "  gieok review\n  gieok review --now 2026-12-01T09:00:00+09:00",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if now != "" {
				t, err := time.Parse(time.RFC3339, now)
				if err != nil {
					return fmt.Errorf("--now %s: 2026-12-01T09:00:00+09:00 꼴로 적으세요", now)
				}
				app.now = clockFrom(t, app.now)
			}
			return app.review(cmd.Context(), count)
		},
	}
	cmd.Flags().StringVar(&now, "now", "", "이때인 것처럼 복습합니다 (RFC 3339)")
	cmd.Flags().IntVarP(&count, "count", "n", 0, "많아야 이만큼 묻습니다 (0: 모두)")
	return cmd
}

// clockFrom is a clock that reads t now and goes on as clock does.
func clockFrom(t time.Time, clock func() time.Time) func() time.Time {
	began := clock()
	return func() time.Time { return t.Add(clock().Sub(began)) }
}

func (app *App) review(ctx context.Context, count int) error {
	config, err := app.config()
	if err != nil {
		return err
	}
	log, err := app.openLog(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	agenda, err := log.Due(ctx, app.now())
	if err != nil {
		return err
	}
	bad, err := app.flagged()
	if err != nil {
		return err
	}
	var due []cards.Card
	for _, d := range agenda.Due {
		card, ok, err := log.Snapshot(ctx, d.ID)
		if err != nil {
			return err
		}
		if ok && !bad[d.ID] {
			due = append(due, card)
		}
	}
	if len(due) == 0 {
		app.nothingDue(agenda)
		return nil
	}
	terms, err := quizTerms()
	if err != nil {
		return err
	}
	glossary, err := loadGlossary()
	if err != nil {
		return err
	}
	l, err := labSoon(ctx, glossary)()
	if err != nil {
		return err
	}
	return app.hold(ctx, term.Options{
		Title: fmt.Sprintf("오늘 복습할 카드 %d장", len(due)),
		Quiz:  quiz.Options{Count: count, Judged: true, Repeat: true, Terms: terms},
		Next:  term.Cards(due), Judge: judge{l},
		Log: &answerLog{store: log, sitting: store.Review}, Flags: flagFile{app.dirs().Flags()},
	})
}

// nothingDue says that, and when there will be something.
func (app *App) nothingDue(a store.Agenda) {
	switch {
	case a.Answered == 0:
		fmt.Fprintln(app.out, "복습할 카드가 없습니다. 아직 답한 카드가 없으니 gieok quiz로 시작하세요.")
	case a.NextDue > 0:
		fmt.Fprintf(app.out, "오늘 복습할 카드가 없습니다. 다음은 %s에 %d장입니다.\n", a.Next, a.NextDue)
	default:
		fmt.Fprintln(app.out, "오늘 복습할 카드가 없습니다.")
	}
}
