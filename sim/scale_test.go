package sim

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// nodesManifest are n equal nodes.
func nodesManifest(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, `---
apiVersion: v1
kind: Node
metadata:
  name: node-%03d
  labels: {kubernetes.io/hostname: node-%03d}
status:
  allocatable: {cpu: "64", memory: 256Gi, pods: "1000"}
  capacity: {cpu: "64", memory: 256Gi, pods: "1000"}
`, i, i)
	}
	return b.String()
}

func deploymentManifest(name string, replicas int) string {
	return strings.ReplaceAll(manifest(replicas), "web", name)
}

// ready reports whether a Deployment has all its Pods.
func ready(c *Cluster, name string) bool {
	d, ok := registry.Get[*appsv1.Deployment](c.registry, "default", name)
	return ok && d.Status.ObservedGeneration == d.Generation && d.Status.AvailableReplicas == *d.Spec.Replicas
}

// untilReady lets time pass, a second at a time, until a Deployment has all
// its Pods.
func untilReady(tb testing.TB, c *Cluster, name string) {
	tb.Helper()
	for range 60 {
		if ready(c, name) {
			return
		}
		if err := c.Advance(context.Background(), time.Second); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Fatal("not ready within a minute")
}

// scaled is a cluster with so many nodes more.
func scaled(tb testing.TB, nodes int) *Cluster {
	tb.Helper()
	c, err := New(Options{Node: Instant, ObjectsMax: 200_000})
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < nodes; i += 50 {
		if err := c.Apply(nodesManifest(i, min(i+50, nodes))); err != nil {
			tb.Fatal(err)
		}
	}
	if err := c.Settle(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return c
}

// BenchmarkSettle: Deployments of 20 Pods each on 200 nodes, until all Pods run.
// What a Pod costs must not grow with their number.
func BenchmarkSettle(b *testing.B) {
	for _, pods := range []int{1_000, 10_000, 50_000} {
		b.Run(fmt.Sprintf("pods=%d", pods), func(b *testing.B) {
			empty := scaled(b, 200)
			b.ReportAllocs()
			for b.Loop() {
				c := empty.Fork()
				for i := range pods / 20 {
					if err := c.Apply(deploymentManifest(fmt.Sprintf("web-%d", i), 20)); err != nil {
						b.Fatal(err)
					}
				}
				if err := c.Advance(context.Background(), 5*time.Second); err != nil {
					b.Fatal(err)
				}
				if n := running(c); n != pods {
					b.Fatalf("%d Pods run", n)
				}
			}
			report(b, pods)
		})
	}
}

func running(c *Cluster) (n int) {
	for _, p := range registry.List[*corev1.Pod](c.registry, "") {
		if p.Status.Phase == corev1.PodRunning {
			n++
		}
	}
	return n
}

// report adds what the process has taken of memory from the host, and time by
// Pod.
func report(b *testing.B, pods int) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-sys")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(pods), "µs/pod")
}

func BenchmarkReadyAPI(b *testing.B) {
	for _, mode := range []NodeMode{Instant, Real} {
		b.Run(fmt.Sprintf("mode=%d", mode), func(b *testing.B) {
			c := settled(b, mode)
			b.ReportAllocs()
			for b.Loop() {
				f := c.Fork()
				if err := f.Apply(manifest(3)); err != nil {
					b.Fatal(err)
				}
				untilReady(b, f, "web")
			}
		})
	}
}

func BenchmarkReadyKubectl(b *testing.B) {
	for _, mode := range []NodeMode{Instant, Real} {
		b.Run(fmt.Sprintf("mode=%d", mode), func(b *testing.B) {
			c := settled(b, mode)
			c.Desk().Put("web.yaml", manifest(3))
			b.ReportAllocs()
			for b.Loop() {
				f := c.Fork()
				for _, line := range []string{"kubectl apply -f web.yaml", "kubectl rollout status deployment web"} {
					if s, err := f.Exec(context.Background(), line); err != nil || s.Exit != 0 {
						b.Fatal(err, s)
					}
				}
			}
		})
	}
}
