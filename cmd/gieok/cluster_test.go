package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gieok/sim"
	"gieok/sim/serve"

	"github.com/google/go-cmp/cmp"
)

const clusterNote = "# Pod\n\n```yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: gold\nspec:\n  priorityClassName: gold\n" +
	"  containers:\n  - name: c\n    image: nginx\n```\n\n- `kubectl create deployment web --image=nginx`\n- `kubectl drain worker-1`\n"

// startCluster is a cluster that knows a priority class of its own, behind a
// kubeconfig.
func startCluster(t *testing.T) (kubeconfig string) {
	t.Helper()
	c, err := sim.New(sim.Options{Start: time.Now().Round(0)})
	if err != nil {
		t.Fatal(err)
	}
	if step, err := c.Exec(t.Context(), "kubectl create priorityclass gold --value=1000"); err != nil || step.Exit != 0 {
		t.Fatal(err, step.Stderr)
	}
	s, err := serve.Listen(serve.Options{Cluster: c, Speed: 600, Now: time.Now, Log: func(text string) { t.Error(text) }})
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
	kubeconfig = filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(kubeconfig, s.Kubeconfig(), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}

func TestCheckContext(t *testing.T) {
	kubeconfig := startCluster(t)
	note := filepath.Join(t.TempDir(), "note.md")
	if err := os.WriteFile(note, []byte(clusterNote), 0o600); err != nil {
		t.Fatal(err)
	}
	call := func(in string, args ...string) (status int, out, errOut string) {
		var o, e bytes.Buffer
		args = append([]string{"check", "--context", "gieok", "--kubeconfig", kubeconfig}, args...)
		status = run(t.Context(), append(args, note), strings.NewReader(in), &o, &e, environment{})
		return status, strings.ReplaceAll(o.String(), note, "note.md"), e.String()
	}

	// Nobody says yes: the plan is shown, and nothing happens.
	for _, in := range []string{"", "\n", "n\n"} {
		status, _, errOut := call(in)
		shown := regexp.MustCompile(`(?s)서버 +https://127\.0\.0\.1:\d+ \(v1\.37\.2\)\n컨텍스트 +gieok\n견줄 것 +YAML 1개와 명령 1개, 보낼 오브젝트 1개\. 건너뛸 것 1개\n.*dry-run=server`)
		if status != exitUsage || !shown.MatchString(errOut) || !strings.Contains(errOut, "--yes") {
			t.Errorf("%q: status %d, %s", in, status, errOut)
		}
	}

	const want = `note.md:4:1: 시뮬레이터와 다름: Pod/gold
    시뮬레이터: 거부한다: pods "gold" is forbidden: no PriorityClass with name gold was found
    클러스터:   받아들인다
note.md:16:4: 건너뜀: kubectl drain worker-1: 허용하는 명령이 아닙니다
시뮬레이터와 같음 1 · 다름 1 · 건너뜀 1 (dry-run=server)
`
	status, out, errOut := call("", "--yes")
	if d := cmp.Diff(want, out); d != "" || status != exitProblems || strings.Contains(errOut, "남음") {
		t.Errorf("status %d: %s%s", status, d, errOut)
	}
	status, out, _ = call("y\n", "--json")
	if status != exitProblems || !strings.Contains(out, `"line":4,"col":1,"end_line":12,"subject":"Pod/gold","verdict":"different"`) || strings.Count(out, "\n") != 3 {
		t.Errorf("status %d: %s", status, out)
	}
	if status, _, errOut := call("", "--allow=everything"); status != exitUsage || !strings.Contains(errOut, "--allow=everything: 그런 것이 없습니다. 있는 것: all") {
		t.Errorf("status %d: %s", status, errOut)
	}
}
