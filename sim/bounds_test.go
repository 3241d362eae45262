package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"gieok/sim/clock"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Bounds of one case. BenchmarkBounds says how long they take: alone, each
// less than a second. boundsTime only tells what ends from what does not.
const (
	boundsTime   = time.Minute
	boundsMemory = 500 << 10 // KiB of the whole process
)

// A boundCase asks for too much.
type boundCase struct {
	name    string
	options Options
	file    string // f.yaml on the desk
	before  []string
	line    string
	says    string // what the line must say, on any stream or as an error
	applied string // what the registry says of the file, "" if it is not asked
	prepare func(*Cluster)
}

// deepest is a value with as many lists in each other.
func deepest(lists int) string { return strings.Repeat("[", lists) + strings.Repeat("]", lists) }

func configMap(name, data string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\ndata:\n" + data
}

// aliases is a document that would be 9^11 values without its aliases.
func aliases() string {
	var b strings.Builder
	b.WriteString("  a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	return configMap("bomb", b.String())
}

// bigPod is a Pod of about so many bytes, in arguments of 1,000 each.
func bigPod(bytes int) string {
	arg := "    - " + strings.Repeat("a", 1000) + "\n"
	return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: big\nspec:\n  containers:\n  - name: a\n    image: nginx\n    args:\n" + strings.Repeat(arg, bytes/1000)
}

func documents(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "---\n%s", configMap(fmt.Sprintf("c%d", i), "  a: b\n"))
	}
	return b.String()
}

const (
	tooMany = "2000000000 is more than this simulated cluster holds (at most 30000 objects)"
	worker  = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: wide\nspec:\n  parallelism: 2000000000\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: a\n        image: busybox\n"
)

func boundCases() []boundCase {
	return []boundCase{
		{name: "replicas made", line: "kubectl create deployment web --image=nginx --replicas=2000000000", says: "spec.replicas: " + tooMany},
		{name: "replicas applied", file: manifest(2_000_000_000), line: "kubectl apply -f f.yaml", says: "spec.replicas: " + tooMany, applied: "spec.replicas: " + tooMany},
		{name: "replicas scaled", before: []string{"kubectl create deployment web --image=nginx"},
			line: "kubectl scale deployment web --replicas=2000000000", says: "spec.replicas: " + tooMany},
		{name: "replicas patched", before: []string{"kubectl create deployment web --image=nginx"},
			line: `kubectl patch deployment web -p '{"spec":{"replicas":2000000000}}'`, says: "spec.replicas: " + tooMany},
		{name: "parallelism", file: worker, line: "kubectl apply -f f.yaml", says: "spec.parallelism: " + tooMany, applied: "spec.parallelism: " + tooMany},
		{name: "as many as there is room for", options: Options{ObjectsMax: 300}, line: "kubectl create deployment web --image=nginx --replicas=299",
			says: "deployment.apps/web created"},
		{name: "told why", options: Options{ObjectsMax: 300}, before: []string{"kubectl create deployment web --image=nginx --replicas=299", "advance 1m"},
			line: `kubectl get deployment web -o jsonpath='{.status.conditions[?(@.type=="ReplicaFailure")].message}'`,
			says: "the cluster holds too many objects (at most 300)"},
		{name: "documents", file: documents(10_000), line: "kubectl apply -f f.yaml",
			says: "f.yaml: more than 1000 documents, which is the limit of this simulator", applied: "more than 100 documents in one manifest"},
		{name: "documents from a pipe", file: documents(10_000), line: "cat f.yaml | kubectl apply -f -",
			says: "standard input: more than 1000 documents"},
		{name: "nesting", file: configMap("deep", "  x: "+deepest(20_000)+"\n"), line: "kubectl apply -f f.yaml",
			says: "exceeded max depth of 10000", applied: "exceeded max depth of 10000"},
		{name: "aliases", file: aliases(), line: "kubectl apply -f f.yaml",
			says: "document contains excessive aliasing", applied: "document contains excessive aliasing"},
		{name: "data", file: configMap("big", "  x: "+strings.Repeat("a", 1<<20+1)+"\n"), line: "kubectl create -f f.yaml",
			says: "Too long: may not be more than 1048576 bytes", applied: "Too long: may not be more than 1048576 bytes"},
		{name: "annotation", file: configMap("big", "  x: "+strings.Repeat("a", 1<<20-100)+"\n"), line: "kubectl apply -f f.yaml",
			says: "metadata.annotations: Too long: may not be more than 262144 bytes"},
		{name: "more than etcd takes", file: bigPod(1_700_000), line: "kubectl create -f f.yaml",
			says: "etcdserver: request is too large", applied: "etcdserver: request is too large"},
		{name: "more than etcd's client sends", file: bigPod(2_200_000), line: "kubectl create -f f.yaml",
			says: "trying to send message larger than max (", applied: " vs. 2097152)"},
		{name: "more than the API server reads", file: bigPod(3_500_000), line: "kubectl create -f f.yaml",
			says: "Request entity too large: limit is 3145728"},
		{name: "a fight", prepare: quarrel, line: "settle",
			says: "the cluster does not come to rest: push default/lamp had something to do"},
		{name: "a fight while kubectl waits", prepare: quarrel, line: "kubectl wait --for=jsonpath='{.data.never}'=x configmap/lamp --timeout=1h",
			says: "the cluster does not come to rest: push default/lamp had something to do"},
	}
}

// quarrel starts two controllers one of which undoes what the other does.
func quarrel(c *Cluster) {
	for actor, value := range map[string]string{"push": "on", "pull": "off"} {
		c.clock.Handle(actor, func(key string) {
			namespace, name, _ := strings.Cut(key, "/")
			_ = registry.Mutate(c.registry, namespace, name, func(m *corev1.ConfigMap) {
				if m.Annotations == nil {
					m.Annotations = map[string]string{}
				}
				m.Annotations["switch"] = value
			})
		})
	}
	err := c.Do(func() error {
		_, err := registry.Create(c.registry, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "lamp"}})
		return err
	})
	if err != nil {
		panic(err)
	}
	registry.Watch(c.registry, func(_, m *corev1.ConfigMap) {
		if m != nil && m.Annotations["switch"] == "off" {
			c.clock.Enqueue("push", m.Namespace+"/"+m.Name)
		}
		if m != nil && m.Annotations["switch"] == "on" {
			c.clock.Enqueue("pull", m.Namespace+"/"+m.Name)
		}
	})
	c.clock.Enqueue("push", "default/lamp")
}

// run asks for too much and returns what was said.
func (b boundCase) run(tb testing.TB) string {
	tb.Helper()
	c, err := New(b.options)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), boundsTime)
	defer cancel()
	if b.prepare != nil {
		b.prepare(c)
	}
	c.Desk().Put("f.yaml", b.file)
	for _, line := range b.before {
		if s, err := c.Exec(ctx, line); err != nil || s.Exit != 0 {
			tb.Fatalf("%s: %v %+v", line, err, s)
		}
	}
	s, err := c.Exec(ctx, b.line)
	said := s.Stdout + s.Stderr
	if err != nil {
		said += err.Error()
	}
	if b.applied != "" {
		if err := c.Apply(b.file); err == nil || !strings.Contains(err.Error(), b.applied) {
			tb.Errorf("the registry said: %.300v", err)
		}
	}
	// The cluster can be used afterwards, and does what it is asked.
	for _, line := range []string{"kubectl create configmap after --from-literal=a=b", "kubectl get configmap after"} {
		if b.options.ObjectsMax != 0 {
			line = "kubectl delete deployment web --ignore-not-found"
		}
		if s, err := c.Exec(ctx, line); err != nil || s.Exit != 0 {
			tb.Errorf("afterwards %s: %v %+v", line, err, s)
		}
	}
	if ctx.Err() != nil {
		tb.Errorf("no end after %s", boundsTime)
	}
	return said
}

// TestBounds: who asks for too much is told what the limit is, and can go on.
func TestBounds(t *testing.T) {
	for _, b := range boundCases() {
		t.Run(b.name, func(t *testing.T) {
			if said := b.run(t); !strings.Contains(said, b.says) {
				t.Errorf("said: %.600s\nwant: %s", said, b.says)
			}
		})
	}
}

// boundsChild is the environment variable that makes TestBoundsMemory run one
// case and print the peak of the process.
const boundsChild = "GIEOK_TEST_BOUND"

// TestBoundsMemory: no case takes more than boundsMemory of the host.
func TestBoundsMemory(t *testing.T) {
	if i, err := strconv.Atoi(os.Getenv(boundsChild)); err == nil {
		boundCases()[i].run(t)
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip(err)
		}
		for line := range strings.Lines(string(status)) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
				fmt.Printf("peak=%s\n", f[1])
			}
		}
		return
	}
	if testing.Short() {
		t.Skip("one process for each case")
	}
	for i, b := range boundCases() {
		cmd := exec.Command(os.Args[0], "-test.run=^TestBoundsMemory$")
		cmd.Env = append(os.Environ(), boundsChild+"="+strconv.Itoa(i))
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v\n%s", b.name, err, out)
			continue
		}
		_, after, ok := strings.Cut(string(out), "peak=")
		if !ok {
			t.Skip("no /proc here")
		}
		number, _, _ := strings.Cut(after, "\n")
		if peak, err := strconv.Atoi(number); err != nil || peak > boundsMemory {
			t.Errorf("%s took %d KiB, %v", b.name, peak, err)
		} else {
			t.Logf("%s: %d MiB", b.name, peak>>10)
		}
	}
}

// TestFightIsNamed: whoever asks by type learns who fights.
func TestFightIsNamed(t *testing.T) {
	c := settled(t, Real)
	quarrel(c)
	err := c.Settle(t.Context())
	var settledNot *NotSettledError
	var fight *clock.RestlessError
	if !errors.As(err, &settledNot) || !errors.As(err, &fight) || fight.Actor != "push" {
		t.Fatalf("%v", err)
	}
	if err := c.Settle(t.Context()); err != nil {
		t.Errorf("the same moment again: %v", err)
	}
	if err := c.Advance(t.Context(), 10*time.Second); !errors.As(err, &fight) {
		t.Errorf("later: %v", err)
	}
}

func BenchmarkBounds(b *testing.B) {
	for _, c := range boundCases() {
		b.Run(strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				c.run(b)
			}
		})
	}
}
