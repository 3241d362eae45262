package controller

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// indexVariable is the environment variable that tells a container its index.
const indexVariable = "JOB_COMPLETION_INDEX"

// manage makes or deletes Pods so that as many run as should, and returns how
// many do.
func (s *jobSync) manage() (int32, error) {
	active := int32(len(s.active))
	if suspended(s.job) {
		deleted, err := s.deletePods(s.removable(len(s.active)), true)
		return active - deleted, err
	}
	want := s.wantActive()
	if surplus := s.removable(max(int(active-want), 0)); len(surplus) > 0 {
		deleted, err := s.deletePods(surplus[:min(len(surplus), burstMax)], true)
		return active - deleted, err
	}
	room := want - active
	if onlyReplaceFailed(s.job) {
		room -= s.terminating
	}
	if room <= 0 {
		return active, nil
	}
	perIndex := s.job.Spec.BackoffLimitPerIndex != nil
	if !perIndex {
		if wait := s.backoff(); wait > 0 {
			s.q.after(wait, s.job.Namespace, s.job.Name)
			return active, nil
		}
	}
	room = min(room, burstMax)
	if !indexed(s.job) {
		made, err := slowStart(int(room), func(int) error { return s.create(s.template(), "") })
		return active + int32(made), err
	}
	indexes := s.pendingIndexes(int(room))
	if perIndex {
		var wait time.Duration
		if indexes, wait = s.dueIndexes(indexes); len(indexes) == 0 && wait > 0 {
			s.q.after(wait, s.job.Namespace, s.job.Name)
			return active, nil
		}
	}
	made, err := slowStart(len(indexes), func(i int) error { return s.createIndex(indexes[i]) })
	return active + int32(made), err
}

// wantActive is how many Pods should run.
func (s *jobSync) wantActive() int32 {
	switch {
	case s.job.Spec.Completions != nil:
		return max(min(*s.job.Spec.Completions-s.succeeded, *s.job.Spec.Parallelism), 0)
	case s.succeeded > 0:
		return int32(len(s.active)) // those that run may end, no new ones
	}
	return *s.job.Spec.Parallelism
}

// removable are at least n Pods to delete: those of an index that another has
// already, or that is none, and then as a ReplicaSet would choose.
func (s *jobSync) removable(n int) []*corev1.Pod {
	left := slices.Clone(s.active)
	at := s.r.Clock().Now()
	var rm []*corev1.Pod
	if indexed(s.job) {
		sortForDeletion(left, nil, at)
		seen := map[int]bool{}
		var keep []*corev1.Pod
		for _, p := range slices.Backward(left) {
			if i := completionIndex(p); !s.inRange(i) || seen[i] {
				rm = append(rm, p)
			} else {
				seen[i] = true
				keep = append(keep, p)
			}
		}
		left = keep
	}
	if len(rm) < n {
		sortForDeletion(left, nil, at)
		rm = append(rm, left[:n-len(rm)]...)
	}
	return rm
}

// deletePods deletes Pods and counts those that it could; uncounted says that
// they are to be forgotten.
func (s *jobSync) deletePods(pods []*corev1.Pod, uncounted bool) (int32, error) {
	var deleted int32
	var failed error
	for _, p := range pods {
		err := error(nil)
		if uncounted {
			err = untrack(s.r, p)
		}
		if err == nil {
			err = s.delete(p.Name)
		}
		if err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		deleted++
		s.terminating++
		if podReady(p) {
			s.ready--
		}
	}
	return deleted, failed
}

func (s *jobSync) template() *corev1.PodTemplateSpec {
	t := s.job.Spec.Template.DeepCopy()
	if !slices.Contains(t.Finalizers, batchv1.JobTrackingFinalizer) {
		t.Finalizers = append(t.Finalizers, batchv1.JobTrackingFinalizer)
	}
	return t
}

func (s *jobSync) createIndex(index int) error {
	t := s.template()
	text := strconv.Itoa(index)
	if t.Annotations == nil {
		t.Annotations = map[string]string{}
	}
	if t.Labels == nil {
		t.Labels = map[string]string{}
	}
	t.Annotations[batchv1.JobCompletionIndexAnnotation] = text
	t.Labels[batchv1.JobCompletionIndexAnnotation] = text
	t.Spec.Hostname = s.job.Name + "-" + text
	for _, list := range [][]corev1.Container{t.Spec.InitContainers, t.Spec.Containers} {
		for i := range list {
			addIndexVariable(&list[i])
		}
	}
	if s.job.Spec.BackoffLimitPerIndex != nil {
		failures, ignored := s.failuresBefore(s.delayed[index])
		t.Annotations[batchv1.JobIndexFailureCountAnnotation] = strconv.Itoa(int(failures))
		if ignored > 0 {
			t.Annotations[batchv1.JobIndexIgnoredFailureCountAnnotation] = strconv.Itoa(int(ignored))
		}
	}
	return s.create(t, podNamePrefix(s.job.Name, text))
}

func addIndexVariable(c *corev1.Container) {
	if slices.ContainsFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == indexVariable }) {
		return
	}
	c.Env = append(c.Env, corev1.EnvVar{Name: indexVariable, ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{FieldPath: fmt.Sprintf("metadata.labels['%s']", batchv1.JobCompletionIndexAnnotation)},
	}})
}

// failuresBefore is what the annotations of the Pod after p count.
func (s *jobSync) failuresBefore(p *corev1.Pod) (failures, ignored int32) {
	if p == nil {
		return 0, 0
	}
	failures = counted(p, batchv1.JobIndexFailureCountAnnotation)
	ignored = counted(p, batchv1.JobIndexIgnoredFailureCountAnnotation)
	if _, count, _ := matchFailurePolicy(s.job.Spec.PodFailurePolicy, p); count {
		return failures + 1, ignored
	}
	return failures, ignored + 1
}

// backoff is how long to wait before the next Pod. The failures since the last
// success are those of the Pods that are there.
func (s *jobSync) backoff() time.Duration {
	var success, last time.Time
	for _, p := range s.pods {
		if at := finishedAt(p); p.Status.Phase == corev1.PodSucceeded && at.After(success) {
			success = at
		}
	}
	failures := 0
	for _, p := range s.pods {
		failed := p.Status.Phase == corev1.PodFailed || tracked(p) && podFailed(p, s.job)
		if at := finishedAt(p); failed && at.After(success) {
			failures++
			if at.After(last) {
				last = at
			}
		}
	}
	return s.remaining(failures, last)
}

func (s *jobSync) remaining(failures int, last time.Time) time.Duration {
	if failures == 0 {
		return 0
	}
	d := jobBackoffFirst
	for i := 1; i < failures && d < jobBackoffMax; i++ {
		d *= 2
	}
	return max(min(d, jobBackoffMax)-s.r.Clock().Now().Sub(last), 0)
}

// dueIndexes are those that need wait no longer, or else for how long the
// first of them has to.
func (s *jobSync) dueIndexes(indexes []int) (due []int, wait time.Duration) {
	for _, i := range indexes {
		var left time.Duration
		if p := s.delayed[i]; p != nil {
			left = s.remaining(int(allFailures(p))+1, finishedAt(p))
		}
		switch {
		case left == 0:
			due = append(due, i)
		case wait == 0 || left < wait:
			wait = left
		}
	}
	return due, wait
}

// finishedAt is when a Pod ended, as well as that can be told.
func finishedAt(p *corev1.Pod) time.Time {
	if at, ok := containersFinishedAt(p); ok {
		return at
	}
	if c := podCondition(p, corev1.PodReady); c != nil && c.Status == corev1.ConditionFalse && !c.LastTransitionTime.IsZero() {
		return c.LastTransitionTime.Time
	}
	if p.DeletionTimestamp != nil {
		var grace time.Duration
		if p.DeletionGracePeriodSeconds != nil {
			grace = time.Duration(*p.DeletionGracePeriodSeconds) * time.Second
		}
		return p.DeletionTimestamp.Add(-grace)
	}
	return p.CreationTimestamp.Time
}

// containersFinishedAt is when the last container ended; ok is false if one
// runs.
func containersFinishedAt(p *corev1.Pod) (at time.Time, ok bool) {
	list := slices.Clone(p.Status.ContainerStatuses)
	for _, c := range p.Status.InitContainerStatuses {
		if isSidecar(p, c.Name) {
			list = append(list, c)
		}
	}
	for _, c := range list {
		if c.State.Terminated == nil || c.State.Terminated.FinishedAt.IsZero() {
			return time.Time{}, false
		}
		if t := c.State.Terminated.FinishedAt.Time; t.After(at) {
			at = t
		}
	}
	return at, len(list) > 0
}
