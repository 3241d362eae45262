package lab_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"gieok/lab"
	"gieok/sim/transcript"
)

// What Run reads of Pods is what kubectl's own table shows of them.
func TestPodsAsKubectlShows(t *testing.T) {
	l := newLab(t)
	texts := []string{richPod}
	for name, text := range manifests(t) {
		if name != "around.yaml" {
			texts = append(texts, text)
		}
	}
	for _, text := range append([]string{}, texts...) {
		for _, m := range l.Mutate(lab.Manifest{Text: text}) {
			texts = append(texts, m.Text)
		}
	}
	compared := 0
	for _, text := range texts {
		o, err := l.RunText(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		run, err := l.Look(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		last := run.Steps[len(run.Steps)-1]
		if o.Rejected || len(o.Unknown) > 0 || !strings.HasPrefix(last.Command, "kubectl get pods") {
			continue
		}
		rows := strings.Split(strings.TrimSpace(last.Stdout), "\n")[1:]
		if len(o.Pods) == 0 {
			rows = nil
		}
		if len(rows) != len(o.Pods) {
			t.Fatalf("%d rows, %d Pods\n%s", len(rows), len(o.Pods), last.Stdout)
		}
		got := map[string]int{}
		for i, row := range rows {
			f := strings.Fields(row)
			got[f[1]+" "+f[2]+" "+f[3]]++
			p := o.Pods[i]
			got[fmt.Sprintf("%s %s %d", p.Ready, p.Status, p.Restarts)]--
			compared++
		}
		for k, n := range got {
			if n != 0 {
				t.Errorf("%s: %+d\n%s\n%s", k, n, last.Stdout, text)
			}
		}
	}
	if compared < 50 {
		t.Errorf("only %d Pods compared", compared)
	}
}

// The evidence of a run says what kubectl says.
func TestEvidenceIsKubectls(t *testing.T) {
	for name, text := range manifests(t) {
		if name == "around.yaml" {
			continue // within one kubectl command no controller gives the new namespace its ServiceAccount
		}
		o, err := newLab(t).RunText(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		want := judged(t, lab.Task{Assertions: []lab.Assertion{}}, text).Run
		got := o.Run.Steps[0].Stdout
		if name == "rich" { // its namespace is not in a fresh cluster
			continue
		}
		if w := want.Steps[0].Stdout; w != got {
			t.Errorf("%s: %q, kubectl says %q", name, got, w)
		}
	}
}

// Outcomes in words, one a kind of end.
func TestSummaries(t *testing.T) {
	pod := func(spec string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: " + spec + "\n"
	}
	for _, c := range []struct{ text, want string }{
		{pod("{containers: [{name: web, image: nginx}]}"), "Pod의 STATUS는 Running, READY는 1/1이다"},
		{pod("{restartPolicy: Never, containers: [{name: web, image: busybox, command: [\"true\"]}]}"), "Pod의 STATUS는 Completed, READY는 0/1이다"},
		{pod("{containers: [{name: web, image: registry.invalid/web}]}"), "Pod의 STATUS는 ImagePullBackOff, READY는 0/1이다"},
		{pod("{nodeSelector: {disk: ssd}, containers: [{name: web, image: nginx}]}"), "Pod의 STATUS는 Pending, READY는 0/1이다"},
		{pod("{container: [{name: web, image: nginx}]}"), `API 서버가 거부한다: unknown field "spec.container"`},
		{"apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], selector: {app: web}}\n", "Service에 이어진 엔드포인트가 없다"},
		{"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n", "ConfigMap이 만들어진다"},
		{"apiVersion: v1\n\tkind: ConfigMap\n", "kubectl이 읽지 못해 아무것도 만들어지지 않는다: yaml: line 2: found a tab character that violates indentation"},
	} {
		o, err := newLab(t).RunText(t.Context(), c.text)
		if err != nil {
			t.Fatal(err)
		}
		if o.Summary != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, o.Summary, c.want)
		}
		if len(o.Unknown) > 0 {
			t.Errorf("unknown: %v", o.Unknown)
		}
	}
}

// Two labs tell the same.
func TestRunsAreDeterministic(t *testing.T) {
	other, err := lab.New(t.Context(), lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range manifests(t) {
		a, err := newLab(t).RunText(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		b, err := other.RunText(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if x, y := encoded(t, a.Run), encoded(t, b.Run); x != y {
			t.Errorf("%s\n%s", x, y)
		}
	}
}

func encoded(t *testing.T, r transcript.Transcript) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Runs on several goroutines tell the same as one after the other.
func TestConcurrentRuns(t *testing.T) {
	l, err := lab.New(t.Context(), lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, m := range newLab(t).Mutate(lab.Manifest{Text: richPod}) {
		if m.Operator != "command" {
			texts = append(texts, m.Text)
		}
	}
	got := make([]lab.Outcome, len(texts))
	failed := make([]error, len(texts))
	var wg sync.WaitGroup
	for i := range texts {
		wg.Go(func() { got[i], failed[i] = l.RunText(t.Context(), texts[i]) })
	}
	wg.Wait()
	for i, text := range texts {
		want, err := newLab(t).RunText(t.Context(), text)
		if err != nil || failed[i] != nil {
			t.Fatal(err, failed[i])
		}
		if got[i].Class != want.Class || encoded(t, got[i].Run) != encoded(t, want.Run) {
			t.Errorf("%s\n%s\n%s", text, got[i].Class, want.Class)
		}
	}
}
