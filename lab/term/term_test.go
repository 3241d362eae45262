package term

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"gieok/quiz/prompt"
	"gieok/sim"
)

func newCluster(t *testing.T) *sim.Cluster {
	t.Helper()
	c, err := sim.New(sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// session types lines and returns what the screen shows.
func session(t *testing.T, lines ...string) string {
	t.Helper()
	var out bytes.Buffer
	p := prompt.New(prompt.Options{In: strings.NewReader(strings.Join(lines, "\n") + "\n"), Out: &out, Echo: true})
	if err := Run(t.Context(), Options{Cluster: newCluster(t), Prompt: p}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// mustHold fails for each text that got lacks, and for each after "!" that it
// has.
func mustHold(t *testing.T, got string, texts ...string) {
	t.Helper()
	for _, want := range texts {
		text, unwanted := strings.CutPrefix(want, "!")
		if strings.Contains(got, text) == unwanted {
			t.Errorf("%q in\n%s", want, got)
		}
	}
}

func TestUndo(t *testing.T) {
	got := session(t,
		"k create configmap one --from-literal=a=b",
		"k create configmap two --from-literal=a=b",
		"k get cm -o name",
		"undo", // of the creation: looking changed nothing
		"k get cm two",
		"reset",
		"k get cm one",
		":u",
		"k get cm one -o jsonpath='{.data}'",
		"undo", "undo")
	mustHold(t, got, "되돌렸습니다: k create configmap two", `configmaps "two" not found`, `configmaps "one" not found`,
		"되돌렸습니다: reset", `{"a":"b"}`, "되돌렸습니다: k create configmap one", "되돌릴 명령이 없습니다")
}

func TestLines(t *testing.T) {
	got := session(t,
		"cat <<EOF > pod.yaml", "apiVersion: v1", "kind: Pod", "metadata: {name: p}",
		"spec: {containers: [{name: c, image: 'nginx:1.27'}]}", "EOF",
		"files",
		"k apply -f pod.yaml",
		"k get pod \\", "  p -o jsonpath='{.metadata.name}",
		"{.spec.containers[0].image}'",
		"advance tomorrow", "advance 1m30s",
		"edit note.txt", "첫 줄", ".",
		"cat note.txt",
		"frobnicate",
		"exit", "k get nodes")
	mustHold(t, got, "pod/p created", "p\nnginx:1.27", "pod.yaml", "advance 35s처럼", "gieok +1m30s> ", "\n첫 줄\ngieok", "frobnicate: not found", "!worker-1")
}

func TestWatch(t *testing.T) {
	got := session(t, "k create deployment web --image=nginx:1.27", "watch", "advance 5s", "k delete deploy web", "watch", "watch --no")
	mustHold(t, got, "ContainerCreating", "1/1  Running", "바뀌는 것이 없습니다", "(사라짐)", "unknown flag: --no")
	if i, j := strings.Index(got, "Running"), strings.Index(got, "바뀌는 것이"); i > j {
		t.Errorf("out of order:\n%s", got)
	}
	// The wait for nothing is not the cluster's time.
	mustHold(t, got, "!gieok +10m")
}

func TestNode(t *testing.T) {
	got := session(t, "k create deployment web --image=nginx:1.27 --replicas=2", "advance 5s", "node down worker-1",
		"k get nodes", "k describe node worker-1 | grep Ready", "advance 6m", "k get pods -o wide", "node up worker-1", "advance 1m",
		"k get nodes", "k get pods -o wide", "node down nowhere", "node", "node down 'worker-1'")
	before, after, ok := strings.Cut(got, "> node up")
	if !ok {
		t.Fatal(got)
	}
	mustHold(t, before, "worker-1   NotReady", "worker-2   Ready", "Terminating", "Kubelet stopped posting node status.")
	mustHold(t, after, "worker-1   Ready", "!Terminating", `nodes "nowhere" not found`, "node down worker-1처럼")
}

func TestSwitch(t *testing.T) {
	got := session(t, "switch", "switch provisioner on", "switch", "k get storageclass", "switch other on", "undo", "k get storageclass")
	before, after, ok := strings.Cut(got, "> undo")
	if !ok {
		t.Fatal(got)
	}
	mustHold(t, before, "provisioner     꺼짐", "provisioner     켜짐", "standard (default)", "switch provisioner on처럼")
	mustHold(t, after, "No resources found")
}

// TestAdmit runs a Pod that nobody can foresee: the sandbox says so, once.
func TestAdmit(t *testing.T) {
	c := newCluster(t)
	var out bytes.Buffer
	typed := "k run p --image=nope.example/none:1\nadvance 30s\nadvance 30s\nk delete pod p\n"
	p := prompt.New(prompt.Options{In: strings.NewReader(typed), Out: &out, Echo: true})
	if err := Run(t.Context(), Options{Cluster: c, Prompt: p}); err != nil {
		t.Fatal(err)
	}
	f := c.Fork()
	for line := range strings.Lines("k run p --image=nope.example/none:1\nadvance 30s\n") {
		if _, err := f.Exec(t.Context(), strings.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.Unknown()) == 0 {
		t.Skip("the simulator has come to know this Pod: find another")
	}
	if got, want := strings.Count(out.String(), "이 시뮬레이터는 모릅니다"), len(f.Unknown()); got != want {
		t.Errorf("told of %d, want %d:\n%s", got, want, &out)
	}
}

func TestTimeline(t *testing.T) {
	got := session(t,
		"cat <<EOF | k apply -f -", "apiVersion: v1", "kind: Pod", "metadata: {name: sick}", "spec:", "  containers:",
		"  - name: main", "    image: busybox:1.36", "    command: [sh, -c, 'touch /ok; sleep 20; rm /ok; sleep 600']",
		"    livenessProbe: {exec: {command: [cat, /ok]}, periodSeconds: 5, failureThreshold: 2}", "EOF",
		"k run crash --image=busybox:1.36 -- sh -c 'sleep 20; exit 1'",
		"advance 3m", "timeline sick", "timeline crash", "timeline si", "timeline nobody", "timeline")
	mustHold(t, got, "default/sick", "Liveness probe failed", "crash: 끝남 (Error, 1)", "재시작 1번째", "(restart) |", "(probe)",
		"default/nobody: 그런 파드가 없었습니다", "timeline 파드이름", "!노드를 기다림")
	for line := range strings.Lines(got) {
		// One that is killed for its probe starts in the same sync: its end shows
		// in the restarts alone.
		ended, crashes := strings.CutPrefix(line, "  crash")
		if cells, ok := strings.CutPrefix(line, "  main"); ok || crashes {
			if crashes {
				cells = ended
			}
			cells = strings.Trim(strings.TrimSpace(cells), "|")
			if !strings.HasPrefix(cells, "#") || strings.Contains(cells, "x#") != crashes || len(cells) > timelineCellsMax+1 {
				t.Errorf("states %q", cells)
			}
		}
	}
}

const exercises = `
{"id":"good","topic":"pod","ko_prompt":"파드 a를 만드세요.","start":{"yaml":"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: team}\n","cmds":["kubectl create ns team"],"cmds_after":["kubectl label ns team x=y"]},"solution":{"cmds":["kubectl run a --image=nginx:1.27"]},"alt_solutions":[{"yaml":"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: x, image: 'nginx:1.27'}]}\n"}],"wrong":[{"cmds":["kubectl run b --image=nginx:1.27"],"why":"이름"}],"check":[{"cmd":"kubectl get pod a -o jsonpath='{.status.phase}'","expect":"Running"},{"cmd":"kubectl get cm c -n team -o name","expect":"^configmap/","regex":true},{"cmd":"kubectl get ns team -o jsonpath='{.metadata.labels.x}'","expect":"y"}],"wait":"20s"}
{"id":"early","topic":"pod","ko_prompt":"","start":{},"solution":{"cmds":["kubectl run a --image=nginx:1.27"]},"alt_solutions":[],"wrong":[],"check":[{"cmd":"kubectl get pod a -o jsonpath='{.status.phase}'","expect":"Running"}]}
{"id":"lenient","topic":"pod","ko_prompt":"","start":{},"solution":{"cmds":["kubectl run a --image=nginx:1.27"]},"alt_solutions":[],"wrong":[{"cmds":["kubectl run a --image=httpd"],"why":"이미지"}],"check":[{"cmd":"kubectl get pod a -o name","expect":"pod/a"}]}
`

func TestProve(t *testing.T) {
	all, err := ReadExercises("x", []byte(exercises))
	if err != nil || len(all) != 3 {
		t.Fatalf("%d, %v", len(all), err)
	}
	base := newCluster(t)
	for i, want := range []string{"", "풀이 1이(가) 통과하지 못합니다", "틀린 답 1이(가) 통과합니다: 이미지"} {
		problems, err := Prove(t.Context(), base, all[i])
		if got := strings.Join(problems, "\n"); err != nil || (got == "") != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, %v, want %q", all[i].ID, got, err, want)
		}
	}
	all[0].Start.Cmds = []string{"kubectl frob"}
	if _, err := Prove(t.Context(), base, all[0]); err == nil || !strings.Contains(err.Error(), "kubectl frob") {
		t.Errorf("a start that fails: %v", err)
	}
	for _, bad := range []string{`{"id":"a","surprise":1}`, `{"id":"a"}`, `{"id":"a","check":[{}],"wait":"-1s"}`, `no`} {
		if _, err := ReadExercises("x", []byte("\n"+bad)); err == nil || !strings.HasPrefix(err.Error(), "x:2:") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestExercises proves exercises that were made for a real cluster.
func TestExercises(t *testing.T) {
	src, err := os.ReadFile("testdata/exercises.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	all, err := ReadExercises("exercises.jsonl", src)
	if err != nil {
		t.Fatal(err)
	}
	base := newCluster(t)
	for _, e := range all {
		problems, err := Prove(t.Context(), base, e)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %s, %v", e.ID, strings.Join(problems, "\n"), err)
		}
	}
}
