package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gieok/sim"
	"gieok/sim/clock"
	"gieok/sim/transcript"

	"github.com/spf13/cobra"
)

// caseTimeMax bounds the real time of one case.
const caseTimeMax = 20 * time.Second

func newSimCmd(app *App) *cobra.Command {
	cmd := &cobra.Command{Use: "sim", Short: "시뮬레이터를 기록과 견줍니다"}
	verbose := false
	test := &cobra.Command{
		Use:     "test PATH…",
		Short:   "기록된 사례를 다시 실행해 다른 점을 보입니다",
		Example: "  gieok sim test -v sim/testdata/oracle",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return app.simTest(cmd.Context(), args, verbose) },
	}
	test.Flags().BoolVarP(&verbose, "verbose", "v", false, "무엇이 다른지 보입니다")
	cmd.AddCommand(test)
	return cmd
}

// A tally counts cases and keeps one settled cluster for each kind of node.
type tally struct {
	app            *App
	verbose        bool
	bases          map[sim.NodeMode]*sim.Cluster
	passed, failed int
}

// simTest replays the cases under paths: one line for each that differs.
func (app *App) simTest(ctx context.Context, paths []string, verbose bool) error {
	files, err := caseFiles(paths)
	if err != nil {
		return err
	}
	t := &tally{app: app, verbose: verbose, bases: map[sim.NodeMode]*sim.Cluster{}}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		run := t.recorded
		if strings.HasSuffix(name, ".jsonl") {
			run = t.behaviours
		}
		if err := run(ctx, name, src); err != nil {
			return err
		}
	}
	fmt.Fprintf(app.out, "%d passed, %d failed\n", t.passed, t.failed)
	if t.failed > 0 {
		return exitError(exitProblems)
	}
	return nil
}

func (t *tally) base(mode sim.NodeMode) (*sim.Cluster, error) {
	if c := t.bases[mode]; c != nil {
		return c, nil
	}
	c, err := sim.New(sim.Options{Node: mode})
	t.bases[mode] = c
	return c, err
}

func (t *tally) recorded(ctx context.Context, name string, src []byte) error {
	c, err := transcript.ReadCase(strings.TrimSuffix(filepath.Base(name), ".txtar"), src)
	if err != nil {
		return err
	}
	mode := sim.Real
	if c.Head["node"] == "instant" {
		mode = sim.Instant
	}
	base, err := t.base(mode)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, caseTimeMax)
	defer cancel()
	diffs, err := base.RunCase(ctx, c)
	switch {
	case err != nil:
		t.broke(name, err)
	case len(diffs) > 0:
		lines := []string{fmt.Sprintf("command %d differs: %s", diffs[0].Command, diffs[0].Line)}
		for _, d := range diffs {
			lines = append(lines, strings.TrimSuffix(d.String(), "\n"))
		}
		t.fail(name, lines)
	default:
		t.passed++
	}
	return nil
}

func (t *tally) behaviours(ctx context.Context, name string, src []byte) error {
	all, err := sim.ReadBehaviours(name, src)
	if err != nil {
		return err
	}
	base, err := t.base(sim.Real)
	if err != nil {
		return err
	}
	for _, b := range all {
		caseCtx, cancel := context.WithTimeout(ctx, caseTimeMax)
		problems, err := base.RunBehaviour(caseCtx, b)
		cancel()
		switch {
		case err != nil:
			t.broke(name+": "+b.ID, err)
		case len(problems) > 0:
			t.fail(name+": "+b.ID, append([]string{b.Title}, problems...))
		default:
			t.passed++
		}
	}
	return nil
}

// fail counts a case that differs; lines[0] is always shown.
func (t *tally) fail(name string, lines []string) {
	t.failed++
	fmt.Fprintf(t.app.out, "%s: %s\n", name, lines[0])
	if t.verbose {
		fmt.Fprintln(t.app.out, strings.Join(lines[1:], "\n"))
	}
}

// broke counts a case that could not be run.
func (t *tally) broke(name string, err error) {
	t.failed++
	fmt.Fprintf(t.app.out, "%s: %v\n", name, err)
	var p *clock.PanicError
	if t.verbose && errors.As(err, &p) {
		fmt.Fprintf(t.app.errOut, "%s\n", p.Stack)
	}
}

// caseFiles lists the cases of files and folders, in order.
func caseFiles(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		err = filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (strings.HasSuffix(name, ".txtar") || strings.HasSuffix(name, ".jsonl")) {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: 사례 파일(.txtar, .jsonl)이 없습니다", strings.Join(paths, ", "))
	}
	return slices.Compact(files), nil
}
