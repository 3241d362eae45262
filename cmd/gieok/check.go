package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"gieok/korean"
	"gieok/lab"
	"gieok/lab/cluster"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// checkFlags say how findings are shown.
type checkFlags struct {
	json, notices bool
	cluster       clusterFlags
}

func newCheckCmd(app *App) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [NOTE…]",
		Short: "노트의 매니페스트와 명령을 실행해 틀린 곳을 알립니다",
		Long: `노트의 YAML 조각을 온전한 매니페스트로 채워 시뮬레이터의 API 서버에 적용하고,
kubectl 명령을 실행해 봅니다. 거부된 곳을 파일:줄:칸으로 알립니다.
오류가 있으면 종료 상태는 1입니다.

--context NAME은 시뮬레이터를 그 컨텍스트의 실제 클러스터와 견줍니다. 새 네임스페이스(gieok-xxxxxxxx)를
하나 만들어 그 안에서만, 저장하지 않고(dry-run=server) 물어본 뒤 지웁니다. --run이면 조각마다 실제로
만들어 60초 뒤를 봅니다. 노트의 컨테이너가 클러스터에서 돌게 되니, 믿는 노트에만 쓰세요.
네임스페이스에 속하지 않는 것과 정해진 명령 밖의 것은 건너뛰고 알립니다. 노드나 클러스터 밖에 닿는 것은
--allow가 있어야 합니다: ` + strings.Join(cluster.Hazards(), ", ") + `.`,
		Example: "  gieok check notes.md\n  gieok check --json notes/\n  gieok check --context kind-kind notes.md\n  gieok check --context kind-kind --run --allow=NodePort notes.md",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.cluster.given = cmd.Flags().Changed("context")
			if !f.cluster.given {
				for _, name := range []string{"kubeconfig", "run", "allow", "yes"} {
					if cmd.Flags().Changed(name) {
						return fmt.Errorf("--%s: --context NAME과 함께 씁니다", name)
					}
				}
				return app.check(cmd.Context(), args, f)
			}
			return app.checkCluster(cmd.Context(), args, f)
		},
	}
	f.cluster.add(cmd.Flags())
	cmd.Flags().BoolVar(&f.json, "json", false, "한 줄에 하나씩 JSON 객체로 냅니다")
	cmd.Flags().BoolVar(&f.notices, "notices", false, "실행하지 않은 것과 대신 실행한 것도 알립니다")
	return cmd
}

// check reports what does not work in the notes. Notices are counted unless
// they are asked for; JSON holds them always.
func (app *App) check(ctx context.Context, args []string, f checkFlags) error {
	glossary, err := loadGlossary()
	if err != nil {
		return err
	}
	soon := labSoon(ctx, glossary)
	graphs, err := app.graphs(args, glossary)
	if err != nil {
		return err
	}
	progress := app.progressLine()
	defer progress("")
	l, err := soon()
	if err != nil {
		return err
	}
	var found []lab.Finding
	var stats lab.Stats
	for i, g := range graphs {
		progress(fmt.Sprintf("실행하는 중: %d/%d", i+1, len(graphs)))
		list, s, err := l.Check(ctx, g)
		if err != nil {
			return err
		}
		found = append(found, list...)
		stats.Executed, stats.Stated, stats.Contradicted = stats.Executed+s.Executed, stats.Stated+s.Stated, stats.Contradicted+s.Contradicted
	}
	progress("")
	return app.report(found, stats, f.json, f.notices)
}

// report prints the findings; results go to stdout, the line of truth to
// stderr when stdout is for a program.
func (app *App) report(found []lab.Finding, stats lab.Stats, asJSON, notices bool) error {
	errorsFound, hidden, standIns := false, 0, 0
	enc := json.NewEncoder(app.out)
	enc.SetEscapeHTML(false)
	for _, f := range found {
		errorsFound = errorsFound || f.Severity == lab.SeverityError
		switch {
		case asJSON:
			if err := enc.Encode(f); err != nil {
				return err
			}
		case f.Severity == lab.SeverityNotice && !notices:
			hidden++
			if f.Rule == "stand-in" {
				standIns++
			}
		default:
			printFinding(app.out, f)
		}
	}
	truth := app.out
	if asJSON {
		truth = app.errOut
	}
	if hidden > 0 {
		fmt.Fprintf(truth, "적힌 그대로 실행하지 않음 %d · 다른 알림 %d (--notices로 볼 수 있습니다)\n", standIns, hidden-standIns)
	}
	fmt.Fprintf(truth, "실행으로 확인 %d · 노트 그대로 %d · 노트와 다름 %d\n", stats.Executed, stats.Stated, stats.Contradicted)
	if errorsFound {
		return exitError(exitProblems)
	}
	return nil
}

func printFinding(w io.Writer, f lab.Finding) {
	name := map[string]string{lab.SeverityError: "오류", lab.SeverityWarning: "경고", lab.SeverityNotice: "알림"}[f.Severity]
	fmt.Fprintf(w, "%s: %s: %s\n", korean.Printable(f.Pos.String()), name, korean.Printable(f.Message))
	if f.Fix != "" {
		fmt.Fprintf(w, "    고치기: %s\n", korean.Printable(f.Fix))
	}
	for line := range strings.Lines(f.Diff) {
		fmt.Fprintf(w, "    %s\n", korean.Printable(strings.TrimSuffix(line, "\n")))
	}
}

// progressLine shows what is being done, on a terminal only; "" wipes it.
func (app *App) progressLine() func(string) {
	f, ok := app.errOut.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(string) {}
	}
	return func(s string) { fmt.Fprintf(f, "\r\x1b[K%s", korean.Printable(s)) }
}
