package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

// walk drives a cluster with a seeded mixture of commands and time, and
// returns everything that was printed.
func walk(t *testing.T, c *Cluster, seed uint64, steps int, between func(*Cluster) *Cluster) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	c.Desk().Put("web.yaml", manifest(2))
	c.Desk().Put("loop.yaml", `apiVersion: v1
kind: Pod
metadata:
  name: loop
spec:
  containers:
  - name: loop
    image: busybox
    command: ["sh", "-c", "echo start; sleep 7; exit 3"]
`)
	lines := []string{
		"kubectl apply -f web.yaml", "kubectl apply -f loop.yaml", "kubectl scale deployment web --replicas=3",
		"kubectl get pods -o wide", "kubectl set image deployment/web web=httpd", "kubectl delete pod loop --wait=false",
		"kubectl logs loop", "kubectl get events --sort-by=.metadata.name", "kubectl expose deployment web --port=80",
		"kubectl get all", "kubectl rollout undo deployment web", "kubectl describe pod loop",
		"advance 3s", "advance 11s", "advance 45s", "settle",
	}
	var out strings.Builder
	for range steps {
		line := lines[r.IntN(len(lines))]
		s, err := c.Exec(context.Background(), line)
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, line, err)
		}
		fmt.Fprintf(&out, "> %s\n%s%s%d %v\n", line, s.Stdout, s.Stderr, s.Exit, s.Seconds)
		if between != nil {
			c = between(c)
		}
	}
	return out.String()
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\n- %s\n+ %s", i+1, x[i], y[i])
		}
	}
	return "one is longer"
}

// TestSameSeedSameBytes: two clusters driven alike print the same, and so does
// one that is replaced by a fork of itself after every step.
func TestSameSeedSameBytes(t *testing.T) {
	for seed := range uint64(8) {
		first := walk(t, settled(t, Real), seed, 25, nil)
		second := walk(t, settled(t, Real), seed, 25, nil)
		if first != second {
			t.Errorf("seed %d: two runs differ: %s", seed, firstDifference(first, second))
		}
		forked := walk(t, settled(t, Real), seed, 25, func(c *Cluster) *Cluster { return c.Fork() })
		if first != forked {
			t.Errorf("seed %d: forks differ: %s", seed, firstDifference(first, forked))
		}
	}
}

// TestForkIsApart: what is done to a fork does not show in its parent.
func TestForkIsApart(t *testing.T) {
	c := settled(t, Real)
	before := walk(t, c, 3, 10, nil)
	f := c.Fork()
	walk(t, f, 4, 20, nil)
	look := func(c *Cluster) string {
		s, err := c.Exec(context.Background(), "kubectl get all,events -A -o yaml")
		if err != nil {
			t.Fatal(err)
		}
		return s.Stdout
	}
	again := settled(t, Real)
	if got := walk(t, again, 3, 10, nil); got != before {
		t.Fatalf("the same walk differs: %s", firstDifference(before, got))
	}
	if a, b := look(c), look(again); a != b {
		t.Errorf("the parent of a fork changed: %s", firstDifference(a, b))
	}
}

// TestAfterKubectlWaits: kubectl's waits take the cluster's time, not the
// test's.
func TestAfterKubectlWaits(t *testing.T) {
	c := settled(t, Real)
	c.Desk().Put("web.yaml", manifest(2))
	began := c.Now()
	for _, line := range []string{"kubectl apply -f web.yaml", "kubectl rollout status deployment/web", "kubectl wait pod --all --for=condition=Ready --timeout=60s"} {
		if s, err := c.Exec(context.Background(), line); err != nil || s.Exit != 0 {
			t.Fatalf("%s: %v %+v", line, err, s)
		}
	}
	if d := c.Now().Sub(began); d <= 0 || d > time.Minute {
		t.Errorf("a rollout took %v of virtual time", d)
	}
	s, err := c.Exec(context.Background(), "kubectl wait pod --all --for=delete --timeout=30s")
	if err != nil || s.Exit != 1 || !strings.Contains(s.Stderr, "timed out") {
		t.Errorf("a wait that cannot end: %v %+v", err, s)
	}
}

func TestAdvanceIsBounded(t *testing.T) {
	c := settled(t, Real)
	for _, d := range []time.Duration{-time.Second, 20 * 365 * 24 * time.Hour} {
		if err := c.Advance(context.Background(), d); err == nil {
			t.Errorf("advance %v was let through", d)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Apply(manifest(1)); err != nil {
		t.Fatal(err)
	}
	if err := c.Advance(ctx, time.Minute); err != context.Canceled {
		t.Errorf("a cancelled advance: %v", err)
	}
}

// A command must leave nothing behind: a folder of notes runs a hundred
// thousand. What cobra keeps of each is a few hundred bytes.
func TestCommandsLeaveNothingBehind(t *testing.T) {
	c, err := New(Options{Node: Real})
	if err != nil {
		t.Fatal(err)
	}
	alive := func(runs int) int64 {
		for range runs {
			f := c.Fork()
			for _, line := range []string{"kubectl create deployment web --image=nginx", "kubectl get deployments -o wide", "kubectl get pods --output=name"} {
				if _, err := f.Exec(t.Context(), line); err != nil {
					t.Fatal(err)
				}
			}
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const runs, eachMax = 100, 10 << 10
	before := alive(20)
	if each := (alive(runs) - before) / runs; each > eachMax {
		t.Errorf("three commands leave %d bytes behind, more than %d", each, eachMax)
	}
}
