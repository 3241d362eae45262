package sim

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func manifest(replicas int) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: %d
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: nginx
`, replicas)
}

func settled(tb testing.TB, mode NodeMode) *Cluster {
	tb.Helper()
	c, err := New(Options{Node: mode})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		settled(b, Real)
	}
}

func BenchmarkFork(b *testing.B) {
	c := settled(b, Real)
	b.ReportAllocs()
	for b.Loop() {
		c.Fork()
	}
}

func BenchmarkApplyMinute(b *testing.B) {
	for _, replicas := range []int{1, 3, 10} {
		b.Run(fmt.Sprintf("replicas=%d", replicas), func(b *testing.B) {
			c := settled(b, Real)
			b.ReportAllocs()
			for b.Loop() {
				f := c.Fork()
				if err := f.Apply(manifest(replicas)); err != nil {
					b.Fatal(err)
				}
				if err := f.Advance(context.Background(), time.Minute); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkKubectlGet(b *testing.B) {
	c := settled(b, Real)
	b.ReportAllocs()
	for b.Loop() {
		if s, err := c.Exec(context.Background(), "kubectl get pods -A"); err != nil || s.Exit != 0 {
			b.Fatal(err, s)
		}
	}
}
