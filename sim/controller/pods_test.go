package controller

import (
	"errors"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestDeletionOrder: each Pod of the list goes before the next one.
func TestDeletionOrder(t *testing.T) {
	at := start.Add(time.Hour)
	pod := func(name string, change func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(start)}}
		p.Spec.NodeName = "node-1"
		p.Status.Phase = corev1.PodRunning
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(start)}}
		change(p)
		return p
	}
	unready := func(p *corev1.Pod) { p.Status.Conditions = nil }
	want := []*corev1.Pod{
		pod("unassigned", func(p *corev1.Pod) { p.Spec.NodeName = ""; p.Status.Phase = corev1.PodPending; unready(p) }),
		pod("pending", func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending; unready(p) }),
		pod("not-ready-restarted", func(p *corev1.Pod) {
			unready(p)
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{RestartCount: 3}}
		}),
		pod("not-ready", unready),
		pod("cheap", func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.PodDeletionCost: "-5"} }),
		pod("crowded", func(p *corev1.Pod) { p.Spec.NodeName = "node-2" }),
		pod("newly-ready", func(p *corev1.Pod) { p.Status.Conditions[0].LastTransitionTime = metav1.NewTime(at.Add(-time.Second)) }),
		pod("old", func(*corev1.Pod) {}),
		pod("dear", func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.PodDeletionCost: "5"} }),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	sortForDeletion(got, map[string]int{"node-1": 1, "node-2": 2}, at)
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("place %d: %s, want %s", i, got[i].Name, want[i].Name)
		}
	}
}

func TestSlowStart(t *testing.T) {
	var called []int
	done, err := slowStart(20, func(i int) error {
		called = append(called, i)
		if i == 4 {
			return errors.New("full")
		}
		return nil
	})
	// Batches of 1, 2 and 4; the third has the error and is the last.
	if len(called) != 7 || done != 6 || err == nil {
		t.Errorf("called %v, done %d, error %v", called, done, err)
	}
}

func TestOrdinal(t *testing.T) {
	for name, want := range map[string]int{"db-0": 0, "db-12": 12, "db": -1, "db-": -1, "db-x": -1, "db--1": 1, "db-+1": -1} {
		if _, n := ordinal(name); n != want {
			t.Errorf("%s: %d, want %d", name, n, want)
		}
	}
}
