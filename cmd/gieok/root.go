package main

import (
	"context"
	"fmt"

	"gieok/quiz/prompt"

	"github.com/spf13/cobra"
)

func newRoot(app *App) *cobra.Command {
	root := &cobra.Command{
		Use:   "gieok",
		Short: "쿠버네티스 노트를 실행으로 확인한 카드로 만듭니다",
		Long: `gieok(기억)은 한국어 학습 노트를 읽어 카드를 만들고, YAML과 명령을 내장 쿠버네티스에서
실행해 답을 확인합니다. 그냥 실행하면 오늘 복습할 카드와 메뉴를 보입니다.`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return app.menu(cmd.Context()) },
	}
	root.AddCommand(newQuizCmd(app), newReviewCmd(app), newDeckCmd(app), newCheckCmd(app),
		newCardsCmd(app), newShowCmd(app), newGraphCmd(app), newPathsCmd(app), newSimCmd(app),
		newServeCmd(app), newLabCmd(app), newPlumbingCmd(app))
	return root
}

// menu shows what is due and asks what to do.
func (app *App) menu(ctx context.Context) error {
	config, err := app.config()
	if err != nil {
		return err
	}
	log, err := app.openLog(ctx, config)
	if err != nil {
		return err
	}
	agenda, err := log.Due(ctx, app.now())
	closed := log.Close()
	if err != nil {
		return err
	}
	if closed != nil {
		return closed
	}
	fmt.Fprintf(app.out, "오늘 복습할 카드 %d장 · 지금까지 답한 카드 %d장\n", len(agenda.Due), agenda.Answered)
	items := []struct {
		label string
		run   func() error
	}{
		{"복습", func() error { return app.review(ctx, 0) }},
		{"퀴즈", func() error { return app.quiz(ctx, nil, quizFlags{}) }},
		{"인쇄할 카드 만들기 (deck.pdf)", func() error { return app.deck(ctx, nil, deckFlags{out: "deck.pdf"}) }},
		{"노트 검사", func() error { return app.check(ctx, nil, checkFlags{}) }},
		{"내장 클러스터에서 실습", func() error { return app.lab(ctx) }},
		{"끝내기", func() error { return nil }},
	}
	var labels []string
	for _, i := range items {
		labels = append(labels, i.label)
	}
	reply, err := app.prompt().Choose(ctx, "무엇을 할까요?", "", labels, prompt.Commands{})
	if err != nil || reply.Command == prompt.Quit {
		return err
	}
	return items[reply.Index].run()
}

func newPathsCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "paths",
		Short:   "설정, 답 기록, 캐시가 어디에 있는지 보입니다",
		Example: "  gieok paths",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			d := app.dirs()
			_, err := fmt.Fprintf(app.out, "설정     %s\n답 기록  %s\n신고     %s\n캐시     %s\n", d.Config, d.Log(), d.Flags(), d.Cache)
			return err
		},
	}
}
