package controller

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gieok/sim/registry"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestIntervals(t *testing.T) {
	for _, c := range []struct {
		indexes []int
		want    string
	}{
		{nil, ""},
		{[]int{4}, "4"},
		{[]int{4, 3}, "3,4"},
		{[]int{2, 0, 1, 4}, "0-2,4"},
		{[]int{5, 1, 3, 2, 4}, "1-5"},
	} {
		if got := intervals(nil).addAll(c.indexes).String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.indexes, got, c.want)
		}
	}
}

// TestIntervalsRoundTrip: what is written is read back, whatever the order of
// the indexes.
func TestIntervalsRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		var indexes []int
		for range random.IntN(12) {
			indexes = append(indexes, random.IntN(20))
		}
		s := intervals(nil).addAll(indexes)
		read := parseIntervals(s.String(), 20)
		for i := range 20 {
			if s.has(i) != slices.Contains(indexes, i) || read.has(i) != s.has(i) {
				t.Fatalf("%v: %s loses %d", indexes, s, i)
			}
		}
		slices.Sort(indexes)
		if s.total() != len(slices.Compact(indexes)) {
			t.Fatalf("%v: %s has %d", indexes, s, s.total())
		}
	}
}

func (w *world) job(name string, change func(*batchv1.Job)) {
	w.t.Helper()
	template := podTemplate(name, "one")
	template.Spec.RestartPolicy = corev1.RestartPolicyNever
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: batchv1.JobSpec{Template: template}}
	change(j)
	w.do(func() error { _, err := registry.Create(w.r, j); return err })
}

// end lets the Pods of a Job that run end.
func (w *world) end(phase corev1.PodPhase) {
	w.do(func() error {
		for _, p := range registry.List[*corev1.Pod](w.r, "default") {
			if p.Status.Phase != corev1.PodRunning {
				continue
			}
			err := registry.MutateStatus(w.r, p.Namespace, p.Name, func(p *corev1.Pod) {
				p.Status.Phase = phase
				p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main",
					State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, FinishedAt: now(w.r)}}}}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TestBackoff: with a limit of 2 three Pods fail, the second after 10 s and the
// third after 20 s more.
func TestBackoff(t *testing.T) {
	w := newWorld(t, 1)
	limit := int32(2)
	w.job("task", func(j *batchv1.Job) { j.Spec.BackoffLimit = &limit })
	made := func() int { return len(registry.List[*corev1.Pod](w.r, "default")) }
	w.settle()
	w.end(corev1.PodFailed)
	for _, c := range []struct {
		wait time.Duration
		want int
	}{{9 * time.Second, 1}, {time.Second, 2}, {19 * time.Second, 2}, {time.Second, 3}} {
		w.advance(c.wait)
		if got := made(); got != c.want {
			t.Fatalf("%d Pods at %v, want %d", got, w.q.Now().Sub(start), c.want)
		}
		w.end(corev1.PodFailed)
	}
	w.advance(10 * time.Minute)
	j, _ := registry.Get[*batchv1.Job](w.r, "default", "task")
	if end := finished(j); made() != 3 || end == nil || end.Reason != batchv1.JobReasonBackoffLimitExceeded || j.Status.Failed != 3 {
		t.Errorf("%d Pods, status %+v", made(), j.Status)
	}
}

// TestIndexedJob: every index has one Pod, never more run than allowed.
func TestIndexedJob(t *testing.T) {
	w := newWorld(t, 1)
	mode, completions, parallelism := batchv1.IndexedCompletion, int32(5), int32(2)
	w.job("task", func(j *batchv1.Job) {
		j.Spec.CompletionMode, j.Spec.Completions, j.Spec.Parallelism = &mode, &completions, &parallelism
	})
	for range 5 {
		w.settle()
		j, _ := registry.Get[*batchv1.Job](w.r, "default", "task")
		if j.Status.Active > parallelism {
			t.Fatalf("%d active", j.Status.Active)
		}
		w.end(corev1.PodSucceeded)
	}
	w.settle()
	j, _ := registry.Get[*batchv1.Job](w.r, "default", "task")
	pods := registry.List[*corev1.Pod](w.r, "default")
	if j.Status.CompletedIndexes != "0-4" || len(pods) != 5 || jobConditionTrue(j, batchv1.JobComplete) == nil {
		t.Errorf("%d Pods, status %+v", len(pods), j.Status)
	}
	for _, p := range pods {
		if tracked(p) {
			t.Errorf("%s is still tracked", p.Name)
		}
	}
}
