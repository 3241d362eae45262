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

// simTest replays the cases under paths: one line for each that differs.
func (app *App) simTest(ctx context.Context, paths []string, verbose bool) error {
	files, err := caseFiles(paths)
	if err != nil {
		return err
	}
	bases := map[sim.NodeMode]*sim.Cluster{}
	passed, failed := 0, 0
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		c, err := transcript.ReadCase(strings.TrimSuffix(filepath.Base(name), ".txtar"), src)
		if err != nil {
			return err
		}
		mode := sim.Real
		if c.Head["node"] == "instant" {
			mode = sim.Instant
		}
		if bases[mode] == nil {
			if bases[mode], err = sim.New(sim.Options{Node: mode}); err != nil {
				return err
			}
		}
		caseCtx, cancel := context.WithTimeout(ctx, caseTimeMax)
		diffs, err := bases[mode].RunCase(caseCtx, c)
		cancel()
		if err == nil && len(diffs) == 0 {
			passed++
			continue
		}
		failed++
		if err != nil {
			fmt.Fprintf(app.out, "%s: %v\n", name, err)
			var p *clock.PanicError
			if verbose && errors.As(err, &p) {
				fmt.Fprintf(app.errOut, "%s\n", p.Stack)
			}
			continue
		}
		fmt.Fprintf(app.out, "%s: command %d differs: %s\n", name, diffs[0].Command, diffs[0].Line)
		if verbose {
			for _, d := range diffs {
				fmt.Fprint(app.out, d)
			}
		}
	}
	fmt.Fprintf(app.out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return exitError(exitProblems)
	}
	return nil
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
			if err == nil && !d.IsDir() && strings.HasSuffix(name, ".txtar") {
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
		return nil, fmt.Errorf("%s: 사례 파일(.txtar)이 없습니다", strings.Join(paths, ", "))
	}
	return slices.Compact(files), nil
}
