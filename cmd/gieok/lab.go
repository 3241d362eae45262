package main

import (
	"context"
	"fmt"
	"os"

	"gieok/lab/term"
	"gieok/sim"

	"github.com/spf13/cobra"
)

func newLabCmd(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "내장 클러스터에서 마음껏 해 봅니다",
		Long: `내장 클러스터 앞에 앉습니다. kubectl(k)을 그대로 쓰고, advance 35s로 시간을 보내며, undo로 되돌립니다.
무엇을 칠 수 있는지는 help가 알려 줍니다. 파이프로 넣은 줄은 차례로 실행합니다.`,
		Example: "  gieok lab\n  printf 'k create deployment web --image=nginx\\nwatch\\nk get pods\\n' | gieok lab",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.lab(cmd.Context()) },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "test FILE…",
		Short:   "문제의 풀이와 틀린 답을 실행해 확인합니다",
		Example: "  gieok lab test exercises.jsonl",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return app.labTest(cmd.Context(), args) },
	})
	return cmd
}

func (app *App) lab(ctx context.Context) error {
	cluster, err := sim.New(sim.Options{Node: sim.Real})
	if err != nil {
		return err
	}
	p := app.prompt()
	return term.Run(ctx, term.Options{Cluster: cluster, Prompt: p, Edit: app.editor(p)})
}

// labTest proves the exercises of files: one line for each that fails.
func (app *App) labTest(ctx context.Context, names []string) error {
	var all []term.Exercise
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		exercises, err := term.ReadExercises(name, src)
		if err != nil {
			return err
		}
		all = append(all, exercises...)
	}
	base, err := sim.New(sim.Options{Node: sim.Real})
	if err != nil {
		return err
	}
	passed, failed := 0, 0
	for _, e := range all {
		problem, err := proveOne(ctx, base, e)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			problem = err.Error()
		}
		if problem == "" {
			passed++
			continue
		}
		failed++
		fmt.Fprintf(app.out, "%s: %s\n", e.ID, problem)
	}
	fmt.Fprintf(app.out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return exitError(exitProblems)
	}
	return nil
}

// proveOne is the first problem of an exercise, "" if it has none.
func proveOne(ctx context.Context, base *sim.Cluster, e term.Exercise) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, caseTimeMax)
	defer cancel()
	problems, err := term.Prove(ctx, base, e)
	if err != nil || len(problems) == 0 {
		return "", err
	}
	if more := len(problems) - 1; more > 0 {
		return fmt.Sprintf("%s (그 밖에 %d건)", problems[0], more), nil
	}
	return problems[0], nil
}
