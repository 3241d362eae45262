package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gieok/content"
	"gieok/lab"
	"gieok/parser"
	"gieok/sim"
	"gieok/sim/serve"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A bench is a cluster of its own behind a kubeconfig, which stands for a real
// one, and what compares it with the simulator.
type bench struct {
	t      *testing.T
	server *serve.Server
	live   *Live
	lab    *lab.Lab
	names  int
}

// newBench starts the cluster after the commands of setup; its time stands
// still unless somebody waits.
func newBench(t *testing.T, setup ...string) *bench {
	t.Helper()
	c, err := sim.New(sim.Options{Start: time.Now().Round(0)})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range setup {
		if step, err := c.Exec(t.Context(), line); err != nil || step.Exit != 0 {
			t.Fatalf("%s: %v %s", line, err, step.Stderr)
		}
	}
	s, err := serve.Listen(serve.Options{Cluster: c, Now: time.Now, Log: func(text string) { t.Error(text) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	name := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(name, s.Kubeconfig(), 0o600); err != nil {
		t.Fatal(err)
	}
	target, err := Load(name, "gieok")
	if err != nil {
		t.Fatal(err)
	}
	live, err := target.Open()
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.New(t.Context(), lab.Options{Content: content.FS})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, server: s, live: live, lab: l}
}

// options are those of a run whose waits take the cluster's time only.
func (b *bench) options(run bool, allow ...string) Options {
	return Options{Run: run, Allow: allow,
		Name: func() string { b.names++; return fmt.Sprintf("gieok-test%d", b.names) },
		Now:  b.now,
		Wait: func(ctx context.Context, d time.Duration) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			_, err := b.server.Advance(ctx, d)
			return err
		}}
}

// now is the cluster's time.
func (b *bench) now() time.Time {
	b.t.Helper()
	now, err := b.server.Advance(b.t.Context(), 0)
	if err != nil {
		b.t.Fatal(err)
	}
	return now
}

func (b *bench) plan(note string, o Options) Plan {
	b.t.Helper()
	g, err := parser.Parse("note.md", []byte(note), parser.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := b.live.Plan(b.t.Context(), b.lab, []*parser.Graph{g}, o)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) compare(ctx context.Context, note string, o Options) (Report, error) {
	b.t.Helper()
	plan := b.plan(note, o)
	base, err := sim.New(sim.Options{Start: b.now()})
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := b.live.Compare(ctx, base, plan, o, Progress{Comparing: func(int, int) {}, Removing: func(string) {}})
	r.Results = append(r.Results, plan.Skipped...)
	return r, err
}

// lines are the results, one a line.
func lines(r Report) []string {
	var out []string
	for _, res := range r.Results {
		line := fmt.Sprintf("%d:%d %s: %s", res.Line, res.Col, res.Subject, res.Verdict)
		for _, more := range []string{res.Simulator, res.Cluster, res.Why} {
			if more != "" {
				line += " | " + more
			}
		}
		out = append(out, line)
	}
	return out
}

// namespaces are those of the cluster.
func (b *bench) namespaces() []string {
	b.t.Helper()
	list, err := b.live.clients.CoreV1().Namespaces().List(b.t.Context(), metav1.ListOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, ns := range list.Items {
		out = append(out, ns.Name)
	}
	return out
}

var initialNamespaces = []string{"default", "kube-node-lease", "kube-public", "kube-system"}

func yamlBlock(text string) string { return "```yaml\n" + strings.TrimSpace(text) + "\n```\n\n" }

// gold is a Pod of a class that only the cluster has, so that only the cluster
// takes it.
const gold = `
apiVersion: v1
kind: Pod
metadata: {name: gold, namespace: elsewhere}
spec:
  priorityClassName: gold
  containers: [{name: c, image: nginx}]
`

func TestDryRun(t *testing.T) {
	b := newBench(t, "kubectl create priorityclass gold --value=1000")
	note := yamlBlock(gold) + yamlBlock(`
apiVersion: v1
kind: Pod
metadata: {name: typo}
spec:
  containers: [{name: c, img: nginx, image: nginx}]
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {hostPath: "/"}}
- {apiVersion: v1, kind: Node, metadata: {name: big}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: outside}
  items: [{apiVersion: v1, kind: PersistentVolume, metadata: {name: inside}}]
- {apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: LoadBalancer, ports: [{port: 80}]}}
`) + "- `kubectl create deployment web --image=nginx`\n- `kubectl get pods`\n- `kubectl get nodes`\n- `kubectl delete pod web`\n"
	r, err := b.compare(t.Context(), note, b.options(false))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2:1 Pod/gold: different | 거부한다: pods \"gold\" is forbidden: no PriorityClass with name gold was found | 받아들인다",
		"11:1 Pod/typo: same",
		"17:1 ConfigMap/a: same",
		"29:4 kubectl create deployment web --image=nginx: same",
		"30:4 kubectl get pods: same",
		"17:1 Node/big: skipped | " + notNamespaced,
		"17:1 PersistentVolume/inside: skipped | " + notNamespaced,
		"17:1 Service/s: skipped | LoadBalancer는 --allow가 있어야 합니다: 클러스터 밖에 로드 밸런서를 만듭니다",
		"31:4 kubectl get nodes: skipped | " + notNamespaced,
		"32:4 kubectl delete pod web: skipped | 있는 오브젝트를 다루므로 --run이라야 비교할 수 있습니다",
	}
	if d := cmp.Diff(want, lines(r)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(initialNamespaces, b.namespaces()); d != "" || len(r.Left) > 0 {
		t.Errorf("left behind: %s %v", d, r.Left)
	}
	if b.names != 1 {
		t.Errorf("%d namespaces were made, want 1", b.names)
	}
}

func TestRun(t *testing.T) {
	note := yamlBlock(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: c, image: nginx}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`) + "- `kubectl scale deployment web --replicas=3`\n- `kubectl delete pod web`\n- `kubectl logs web`\n"
	b := newBench(t)
	r, err := b.compare(t.Context(), note, b.options(true))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"2:1 Deployment/web: same", "13:1 Service/web: same", "2:1 60초 뒤의 상태: same",
		"19:4 kubectl scale deployment web --replicas=3: same", "20:4 kubectl delete pod web: same",
		"21:4 kubectl logs web: same"}, lines(r)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(initialNamespaces, b.namespaces()); d != "" || b.names != 4 {
		t.Errorf("%d namespaces, left: %s", b.names, d)
	}

	full := newBench(t, "kubectl cordon worker-1", "kubectl cordon worker-2")
	r, err = full.compare(t.Context(), note[:strings.Index(note, "- `")], full.options(true))
	if err != nil {
		t.Fatal(err)
	}
	last := r.Results[len(r.Results)-1]
	if last.Verdict != Different || !strings.Contains(last.Simulator, "Running") || !strings.Contains(last.Cluster, "Pending") {
		t.Errorf("a cluster without room: %+v", last)
	}
}

// TestHour is a CronJob that is due at one minute of the day alone, in both
// clusters: the time that an earlier snippet took has passed in both.
func TestHour(t *testing.T) {
	b := newBench(t)
	day := b.now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	if _, err := b.server.Advance(t.Context(), day.Add(4*time.Hour+58*time.Minute+35*time.Second).Sub(b.now())); err != nil {
		t.Fatal(err)
	}
	note := "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec:\n  schedule: 0 5 * * *\n" +
		"  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, '600']}]}}}}"
	r, err := b.compare(t.Context(), yamlBlock("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: nginx}]}")+yamlBlock(note), b.options(true))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"2:1 Pod/p: same", "2:1 60초 뒤의 상태: same", "9:1 CronJob/c: same", "9:1 60초 뒤의 상태: same"}, lines(r)); d != "" {
		t.Error(d)
	}
}

// TestStopped is Ctrl-C while something runs: it is removed all the same.
func TestStopped(t *testing.T) {
	b := newBench(t)
	o := b.options(true)
	ctx, cancel := context.WithCancel(t.Context())
	waits := o.Wait
	o.Wait = func(ctx context.Context, d time.Duration) error {
		if d > lookEvery {
			cancel()
		}
		return waits(ctx, d)
	}
	r, err := b.compare(ctx, yamlBlock("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: nginx}]}"), o)
	if !errors.Is(err, context.Canceled) || len(r.Left) > 0 {
		t.Errorf("%v, left %v", err, r.Left)
	}
	if d := cmp.Diff([]string{"2:1 Pod/p: same"}, lines(r)[:1]); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(initialNamespaces, b.namespaces()); d != "" {
		t.Error(d)
	}
}

// TestFinalizer is an object that does not go: what stays is told.
func TestFinalizer(t *testing.T) {
	b := newBench(t)
	held := yamlBlock("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: held\n  finalizers: [example.com/hold]\ndata: {a: b}")
	if p := b.plan(held, b.options(true)); len(p.Skipped) != 1 || !strings.Contains(p.Skipped[0].Why, "finalizers") {
		t.Errorf("without --allow: %+v", p.Skipped)
	}
	r, err := b.compare(t.Context(), held, b.options(true, "finalizers"))
	if err != nil {
		t.Fatal(err)
	}
	left := strings.Join(r.Left, "\n")
	for _, want := range []string{"gieok-test1", "kubectl --context gieok delete namespace gieok-test1", "example.com/hold in 1 resource instances"} {
		if !strings.Contains(left, want) {
			t.Errorf("no %q in %s", want, left)
		}
	}
	if got := b.live.Leftovers(t.Context()); !slices.Equal(got, []string{"gieok-test1"}) {
		t.Errorf("leftovers: %v", got)
	}
}

// TestTaken is a namespace that somebody else has: it stays.
func TestTaken(t *testing.T) {
	b := newBench(t, "kubectl create namespace gieok-test1", "kubectl create configmap precious -n gieok-test1")
	_, err := b.compare(t.Context(), yamlBlock(gold), b.options(false))
	if err == nil || !strings.Contains(err.Error(), `namespaces "gieok-test1" already exists`) {
		t.Errorf("error %v", err)
	}
	if _, err := b.live.clients.CoreV1().ConfigMaps("gieok-test1").Get(t.Context(), "precious", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "config")
	const text = `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://c.invalid"}}, {name: d, cluster: {server: "https://d.invalid"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: one, context: {cluster: c, user: u}}, {name: two, context: {cluster: d, user: u}}]
current-context: one
`
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", name)
	for _, file := range []string{"", name} {
		if target, err := Load(file, "two"); err != nil || target.Server != "https://d.invalid" {
			t.Errorf("%q: %+v, %v", file, target, err)
		}
	}
	for _, context := range []string{"", "three"} { // nothing falls back on another context
		want := "--context " + context + ": 그런 컨텍스트가 없습니다. 있는 것: one, two"
		if _, err := Load("", context); err == nil || err.Error() != want {
			t.Errorf("%q: %v", context, err)
		}
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "443")
	t.Setenv("KUBECONFIG", filepath.Join(dir, "none"))
	if _, err := Load("", "one"); err == nil {
		t.Error("the cluster around the program was taken")
	}
}
