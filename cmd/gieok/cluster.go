package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"gieok/content"
	"gieok/korean"
	"gieok/lab"
	"gieok/lab/cluster"
	"gieok/quiz/prompt"
	"gieok/sim"
	"gieok/sim/serve"

	"github.com/spf13/pflag"
)

// clusterFlags say which cluster the simulator is compared with, and how far
// that may go.
type clusterFlags struct {
	given               bool
	context, kubeconfig string
	run, yes            bool
	allow               []string
}

func (f *clusterFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.context, "context", "", "이 컨텍스트의 실제 클러스터와 견줍니다")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "컨텍스트를 찾을 kubeconfig (없으면 KUBECONFIG, ~/.kube/config)")
	flags.BoolVar(&f.run, "run", false, "실제로 만들어 60초 뒤를 봅니다")
	flags.StringSliceVar(&f.allow, "allow", nil, "위험한 것도 보냅니다: 모두, 또는 --allow=hostPath,NodePort")
	flags.Lookup("allow").NoOptDefVal = cluster.AllowAll
	flags.BoolVar(&f.yes, "yes", false, "묻지 않고 시작합니다")
}

// checkCluster compares the simulator with a real cluster on what the notes
// hold.
func (app *App) checkCluster(ctx context.Context, args []string, f checkFlags) error {
	if !signal.Ignored(syscall.SIGHUP) {
		// A terminal that is closed would leave a namespace behind.
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGHUP)
		defer stop()
	}
	o := cluster.Options{Run: f.cluster.run, Allow: f.cluster.allow, Name: namespaceName, Now: app.now, Wait: wait}
	if err := o.Validate(); err != nil {
		return err
	}
	target, err := cluster.Load(f.cluster.kubeconfig, f.cluster.context)
	if err != nil {
		return err
	}
	glossary, err := loadGlossary()
	if err != nil {
		return err
	}
	graphs, err := app.graphs(args, glossary)
	if err != nil {
		return err
	}
	live, err := target.Open()
	if err != nil {
		return err
	}
	// Not beside the above: the simulator's kubectl withholds the host's
	// variables, which a program that logs in to the cluster may need.
	l, err := lab.New(ctx, lab.Options{Content: content.FS, Glossary: glossary})
	if err != nil {
		return err
	}
	plan, err := live.Plan(ctx, l, graphs, o)
	if err != nil {
		return err
	}
	app.showPlan(ctx, live, plan, o)
	if plan.Namespaces(o) == 0 {
		return app.reportCluster(cluster.Report{Results: plan.Skipped}, f.json, o)
	}
	if yes, err := app.agreed(ctx, f.cluster.yes); err != nil || !yes {
		return err
	}
	base, err := sim.New(sim.Options{Node: sim.Real, Start: app.now().Round(0)})
	if err != nil {
		return err
	}
	progress := app.progressLine()
	report, failed := live.Compare(ctx, base, plan, o, cluster.Progress{
		Comparing: func(done, all int) { progress(fmt.Sprintf("견주는 중: %d/%d", done+1, all)) },
		Removing:  func(name string) { progress("네임스페이스 " + name + " 지우는 중…") },
	})
	progress("")
	report.Results = append(report.Results, plan.Skipped...)
	status := app.reportCluster(report, f.json, o)
	if failed != nil {
		return failed
	}
	return status
}

// showPlan says what is going to be done, and with which cluster.
func (app *App) showPlan(ctx context.Context, live *cluster.Live, plan cluster.Plan, o cluster.Options) {
	show := func(key, value string) {
		fmt.Fprintf(app.errOut, "%s  %s\n", korean.Pad(key, clusterKeyCells), korean.Printable(value))
	}
	version := live.Version
	if version != serve.Version {
		version += ", 시뮬레이터는 " + serve.Version
	}
	show("서버", live.Server+" ("+version+")")
	show("컨텍스트", live.Context)
	show("견줄 것", fmt.Sprintf("YAML %d개와 명령 %d개, 보낼 오브젝트 %d개. 건너뛸 것 %d개", plan.Snippets(), plan.Commands(), plan.Objects, len(plan.Skipped)))
	if o.Run {
		show("하는 일", fmt.Sprintf("네임스페이스 %d개를 차례로 만들어 그 안에서 실제로 실행하고 지웁니다. %d분쯤 걸립니다",
			plan.Namespaces(o), 1+plan.Snippets()*90/60+plan.Commands()*40/60))
	} else {
		show("하는 일", "네임스페이스 하나를 만들어 그 안에서 저장하지 않고 물어본 뒤(dry-run=server) 지웁니다")
	}
	if len(o.Allow) > 0 {
		show("허용", strings.Join(o.Allow, ", "))
	}
	if old := live.Leftovers(ctx); len(old) > 0 {
		show("이미 있음", "전에 지우지 못했거나 다른 gieok이 쓰는 네임스페이스: "+strings.Join(old, ", "))
	}
}

// clusterKeyCells is the width of what stands before the values of a plan.
const clusterKeyCells = 9

// agreed asks whether to begin. Nobody to ask is a no.
func (app *App) agreed(ctx context.Context, yes bool) (bool, error) {
	if yes {
		return true, nil
	}
	// What is asked is no result: it goes beside what was shown.
	p := (&App{in: app.in, out: app.errOut, environ: app.environ}).prompt()
	reply, err := p.Line(ctx, "이 클러스터에서 시작할까요? [y/N] ", "", prompt.Commands{})
	if err != nil {
		return false, err
	}
	answer := strings.ToLower(strings.TrimSpace(korean.NFKC(reply.Text)))
	if reply.Command == prompt.NoCommand && slices.Contains([]string{"y", "yes", "ㅛ", "네", "예"}, answer) {
		return true, nil
	}
	return false, errors.New("시작하지 않았습니다. 묻지 않게 하려면 --yes를 적어 주세요")
}

// reportCluster prints what a comparison found.
func (app *App) reportCluster(r cluster.Report, asJSON bool, o cluster.Options) error {
	slices.SortStableFunc(r.Results, func(a, b cluster.Result) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	count := map[string]int{}
	enc := json.NewEncoder(app.out)
	enc.SetEscapeHTML(false)
	for _, res := range r.Results {
		count[res.Verdict]++
		if asJSON {
			if err := enc.Encode(res); err != nil {
				return err
			}
			continue
		}
		printResult(app.out, res)
	}
	truth := app.out
	if asJSON {
		truth = app.errOut
	}
	how := "dry-run=server"
	if o.Run {
		how = "실제로 실행"
	}
	fmt.Fprintf(truth, "시뮬레이터와 같음 %d · 다름 %d · 건너뜀 %d (%s)\n", count[cluster.Same], count[cluster.Different], count[cluster.Skipped], how)
	for _, text := range r.Left {
		fmt.Fprintf(app.errOut, "클러스터에 남음: %s\n", korean.Printable(text))
	}
	if count[cluster.Different] > 0 || len(r.Left) > 0 {
		return exitError(exitProblems)
	}
	return nil
}

func printResult(w io.Writer, r cluster.Result) {
	switch at := korean.Printable(r.Pos.String()); r.Verdict {
	case cluster.Different:
		fmt.Fprintf(w, "%s: 시뮬레이터와 다름: %s\n", at, korean.Printable(r.Subject))
		fmt.Fprintf(w, "    시뮬레이터: %s\n    클러스터:   %s\n", korean.Printable(r.Simulator), korean.Printable(r.Cluster))
	case cluster.Skipped:
		fmt.Fprintf(w, "%s: 건너뜀: %s: %s\n", at, korean.Printable(r.Subject), korean.Printable(r.Why))
	}
}

// namespaceName is a name for a namespace, of which there are a trillion.
func namespaceName() string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = letters[b[i]%byte(len(letters))]
	}
	return "gieok-" + string(b)
}

// wait lets real time pass.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
