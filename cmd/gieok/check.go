package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"gieok/korean"
	"gieok/lab"
	"gieok/lab/cluster"
	"gieok/output/sarif"
	"gieok/parser"
	"gieok/sim/transcript"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// checkFlags say what is checked, how findings are shown, and whether the
// notes are mended.
type checkFlags struct {
	json, sarif, notices, fix bool
	shard                     string
	cluster                   clusterFlags
}

func newCheckCmd(app *App) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [NOTE…]",
		Short: "노트의 매니페스트와 명령을 실행해 틀린 곳을 알립니다",
		Long: `노트의 YAML 조각을 온전한 매니페스트로 채워 시뮬레이터의 API 서버에 적용하고,
kubectl 명령을 실행해 봅니다. 거부된 곳과, 실행해 보니 노트의 말과 다른 곳을
파일:줄:칸으로 알립니다. 오류가 있으면 종료 상태는 1입니다.

--context NAME은 시뮬레이터를 그 컨텍스트의 실제 클러스터와 견줍니다. 새 네임스페이스(gieok-xxxxxxxx)를
하나 만들어 그 안에서만, 저장하지 않고(dry-run=server) 물어본 뒤 지웁니다. --run이면 조각마다 실제로
만들어 60초 뒤를 봅니다. 노트의 컨테이너가 클러스터에서 돌게 되니, 믿는 노트에만 쓰세요.
네임스페이스에 속하지 않는 것과 정해진 명령 밖의 것은 건너뛰고 알립니다. 노드나 클러스터 밖에 닿는 것은
--allow가 있어야 합니다(NodePort부터는 --run일 때만): ` + strings.Join(cluster.Hazards(), ", ") + `.`,
		Example: "  gieok check notes.md\n  gieok check --fix notes.md\n  gieok check --sarif notes/ > gieok.sarif\n  gieok check --context kind-kind notes.md\n  gieok check --context kind-kind --run --allow=NodePort notes.md",
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
			for _, name := range []string{"sarif", "fix", "shard"} {
				if cmd.Flags().Changed(name) {
					return fmt.Errorf("--%s: --context와 함께 쓸 수 없습니다", name)
				}
			}
			return app.checkCluster(cmd.Context(), args, f)
		},
	}
	f.cluster.add(cmd.Flags())
	cmd.Flags().BoolVar(&f.json, "json", false, "한 줄에 하나씩 JSON 객체로 냅니다")
	cmd.Flags().BoolVar(&f.sarif, "sarif", false, "코드 저장소가 읽는 SARIF 2.1.0으로 냅니다")
	cmd.Flags().BoolVar(&f.notices, "notices", false, "실행하지 않은 것과 대신 실행한 것도 알립니다")
	cmd.Flags().BoolVar(&f.fix, "fix", false, "기계적으로 고칠 수 있는 매니페스트를 노트에서 고칩니다")
	cmd.Flags().StringVar(&f.shard, "shard", "", "노트를 N묶음으로 나눈 가운데 I번째만 검사합니다 (I/N, I는 0부터)")
	cmd.MarkFlagsMutuallyExclusive("json", "sarif")
	return cmd
}

// A checked is one note with what was found in it.
type checked struct {
	note  note
	found []lab.Finding
	stats lab.Stats
}

// check reports what does not work in the notes. Notices are counted unless
// they are asked for; JSON and SARIF hold them always.
func (app *App) check(ctx context.Context, args []string, f checkFlags) error {
	glossary, err := loadGlossary()
	if err != nil {
		return err
	}
	soon := labSoon(ctx, glossary)
	notes, err := app.shardNotes(args, f.shard)
	if err != nil {
		return err
	}
	progress := app.progressLine()
	defer progress("")
	l, err := soon()
	if err != nil {
		return err
	}
	p := parser.New(parser.Options{Glossary: glossary, Prose: true})
	var all []checked
	for i, n := range notes {
		progress(fmt.Sprintf("실행하는 중: %d/%d", i+1, len(notes)))
		c, err := checkNote(ctx, l, n, p)
		if err != nil {
			return err
		}
		if f.fix {
			if c, err = app.fixNote(ctx, l, c, p); err != nil {
				return err
			}
		}
		all = append(all, c)
	}
	progress("")
	return app.report(all, f)
}

func checkNote(ctx context.Context, l *lab.Lab, n note, p *parser.Parser) (checked, error) {
	g, err := p.Parse(n.name, n.src)
	if err != nil {
		return checked{}, err
	}
	found, stats, err := l.Check(ctx, g)
	lab.WithDiffs(found, n.src)
	return checked{n, found, stats}, err
}

// report prints the findings; results go to stdout, the line of truth to
// stderr when stdout is for a program.
func (app *App) report(all []checked, f checkFlags) error {
	var found []lab.Finding
	var stats lab.Stats
	for _, c := range all {
		found = append(found, c.found...)
		stats.Executed, stats.Stated, stats.Contradicted = stats.Executed+c.stats.Executed, stats.Stated+c.stats.Stated, stats.Contradicted+c.stats.Contradicted
	}
	hidden, standIns := 0, 0
	enc := json.NewEncoder(app.out)
	enc.SetEscapeHTML(false)
	for _, x := range found {
		switch {
		case f.sarif:
		case f.json:
			if err := enc.Encode(x); err != nil {
				return err
			}
		case x.Severity == lab.SeverityNotice && !f.notices:
			hidden++
			if x.Rule == "stand-in" {
				standIns++
			}
		default:
			printFinding(app.out, x)
		}
	}
	truth := app.out
	if f.json || f.sarif {
		truth = app.errOut
	}
	if f.sarif {
		if err := sarif.Write(app.out, sarifResults(all)); err != nil {
			return err
		}
	}
	if hidden > 0 {
		fmt.Fprintf(truth, "적힌 그대로 실행하지 않음 %d · 다른 알림 %d (--notices로 볼 수 있습니다)\n", standIns, hidden-standIns)
	}
	fmt.Fprintf(truth, "실행으로 확인 %d · 노트 그대로 %d · 노트와 다름 %d\n", stats.Executed, stats.Stated, stats.Contradicted)
	if slices.ContainsFunc(found, func(x lab.Finding) bool { return x.Severity == lab.SeverityError }) {
		return exitError(exitProblems)
	}
	return nil
}

func sarifResults(all []checked) []sarif.Result {
	levels := map[string]sarif.Level{lab.SeverityError: sarif.Error, lab.SeverityWarning: sarif.Warning, lab.SeverityNotice: sarif.Note}
	var out []sarif.Result
	for _, c := range all {
		for _, f := range c.found {
			r := sarif.Result{Rule: f.Rule, Level: levels[f.Severity], Message: f.Message, Advice: f.Fix, File: f.File, Line: f.Line, Col: f.Col, EndLine: f.EndLine}
			for _, e := range f.Edits {
				r.Changes = append(r.Changes, sarif.Change{From: e.Line, To: e.EndLine, Text: e.Text(c.note.src)})
			}
			out = append(out, r)
		}
	}
	return out
}

func printFinding(w io.Writer, f lab.Finding) {
	name := map[string]string{lab.SeverityError: "오류", lab.SeverityWarning: "경고", lab.SeverityNotice: "알림"}[f.Severity]
	fmt.Fprintf(w, "%s: %s: %s\n", korean.Printable(f.Pos.String()), name, korean.Printable(f.Message))
	if f.Fix != "" {
		fmt.Fprintf(w, "    고치기: %s\n", korean.Printable(f.Fix))
	}
	if f.Source != "" {
		fmt.Fprintf(w, "    출처: %s\n", korean.Printable(f.Source))
	}
	if f.Run != nil {
		printRun(w, f.Run.Steps)
	}
	for line := range strings.Lines(f.Diff) {
		fmt.Fprintf(w, "    %s\n", korean.Printable(strings.TrimRight(line, "\r\n")))
	}
}

// runLinesMax bounds the lines of a run that are shown below a finding.
const runLinesMax = 12

// printRun shows the end of a run, where its answer stands.
func printRun(w io.Writer, steps []transcript.Step) {
	lines := strings.Split(strings.TrimSuffix(stepsText(steps), "\n"), "\n")
	if cut := len(lines) - runLinesMax; cut > 0 {
		lines = append([]string{"…"}, lines[cut:]...)
	}
	for _, line := range lines {
		fmt.Fprintf(w, "    | %s\n", korean.Printable(line))
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
