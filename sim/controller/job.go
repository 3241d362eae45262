package controller

import (
	"slices"
	"time"

	"gieok/sim/registry"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func jobKind() schema.GroupVersionKind { return batchv1.SchemeGroupVersion.WithKind("Job") }

const jobComponent = "job-controller"

// The delay before a failed Pod of a Job is replaced doubles with each failure
// since the last success.
const (
	jobBackoffFirst = 10 * time.Second
	jobBackoffMax   = 10 * time.Minute
)

// A Job runs Pods until enough of them have succeeded.
type Job struct {
	r *registry.Registry
	q queue
}

// NewJob registers the controller.
func NewJob(r *registry.Registry) *Job {
	c := &Job{r: r}
	c.q = newQueue(r, "job", c.sync)
	orphans := newQueue(r, "job-orphan", c.releaseOrphan)
	registry.Watch(r, func(old, new *batchv1.Job) {
		j := either(old, new)
		c.q.addObject(j)
		if new == nil || finished(new) != nil {
			for _, p := range controlled[*corev1.Pod](r, j) {
				if tracked(p) {
					orphans.addObject(p)
				}
			}
		}
	})
	watchPods(c.q, jobKind(), func(j *batchv1.Job) labels.Selector { return selectorOf(j.Spec.Selector) })
	registry.Watch(r, func(_, new *corev1.Pod) {
		if new != nil && tracked(new) && (new.DeletionTimestamp != nil || metav1.GetControllerOfNoCopy(new) == nil) {
			orphans.addObject(new)
		}
	})
	return c
}

func tracked(p *corev1.Pod) bool { return slices.Contains(p.Finalizers, batchv1.JobTrackingFinalizer) }

// untrack lets a Pod go that has been counted.
func untrack(r *registry.Registry, p *corev1.Pod) error {
	return ignoreNotFound(registry.Mutate(r, p.Namespace, p.Name, func(p *corev1.Pod) {
		p.Finalizers = slices.DeleteFunc(p.Finalizers, func(f string) bool { return f == batchv1.JobTrackingFinalizer })
	}))
}

// releaseOrphan lets a Pod go whose Job is gone or has ended.
func (c *Job) releaseOrphan(namespace, name string) error {
	p, ok := registry.Get[*corev1.Pod](c.r, namespace, name)
	if !ok || !tracked(p) {
		return nil
	}
	if ref := metav1.GetControllerOfNoCopy(p); ref != nil {
		if controlledBy(p, jobKind()) == nil {
			return nil
		}
		if j, ok := registry.Get[*batchv1.Job](c.r, namespace, ref.Name); ok && j.UID == ref.UID && (finished(j) == nil || managedElsewhere(j)) {
			return nil
		}
	}
	return untrack(c.r, p)
}

func jobCondition(j *batchv1.Job, t batchv1.JobConditionType) *batchv1.JobCondition {
	for i := range j.Status.Conditions {
		if j.Status.Conditions[i].Type == t {
			return &j.Status.Conditions[i]
		}
	}
	return nil
}

func jobConditionTrue(j *batchv1.Job, t batchv1.JobConditionType) *batchv1.JobCondition {
	if c := jobCondition(j, t); c != nil && c.Status == corev1.ConditionTrue {
		return c
	}
	return nil
}

// finished is the condition Complete or Failed of a Job that has ended.
func finished(j *batchv1.Job) *batchv1.JobCondition {
	for _, t := range []batchv1.JobConditionType{batchv1.JobComplete, batchv1.JobFailed} {
		if c := jobConditionTrue(j, t); c != nil {
			return c
		}
	}
	return nil
}

func suspended(j *batchv1.Job) bool { return j.Spec.Suspend != nil && *j.Spec.Suspend }

func managedElsewhere(j *batchv1.Job) bool {
	return j.Spec.ManagedBy != nil && *j.Spec.ManagedBy != batchv1.JobControllerName
}

func onlyReplaceFailed(j *batchv1.Job) bool {
	return j.Spec.PodReplacementPolicy != nil && *j.Spec.PodReplacementPolicy == batchv1.Failed
}

// podFailed reports whether a Pod counts as failed: one that is being deleted
// does, unless the Job waits for it to end.
func podFailed(p *corev1.Pod, j *batchv1.Job) bool {
	if p.Status.Phase == corev1.PodFailed {
		return true
	}
	return !onlyReplaceFailed(j) && p.DeletionTimestamp != nil && p.Status.Phase != corev1.PodSucceeded
}

func (c *Job) sync(namespace, name string) error {
	j, ok := registry.Get[*batchv1.Job](c.r, namespace, name)
	if !ok || managedElsewhere(j) || finished(j) != nil {
		return nil
	}
	o := owner{r: c.r, object: j, kind: jobKind(), selector: selectorOf(j.Spec.Selector)}
	pods, err := claim(o, ownedOrOrphan[*corev1.Pod](c.r, namespace, j), nil, func(p *corev1.Pod) {
		if !tracked(p) {
			p.Finalizers = append(p.Finalizers, batchv1.JobTrackingFinalizer)
		}
	})
	if err != nil {
		return err
	}
	s := &jobSync{podMaker: podMaker{r: c.r, component: jobComponent, owner: j, kind: jobKind()}, q: c.q, job: j.DeepCopy(), pods: pods}
	return s.run()
}

// A jobSync is one sync of one Job.
type jobSync struct {
	podMaker
	q      queue
	job    *batchv1.Job // a copy that may be changed
	pods   []*corev1.Pod
	active []*corev1.Pod

	ready, terminating int32
	succeeded, failed  int32 // with those not yet in the status

	succeededIndexes, failedIndexes intervals
	delayed                         map[int]*corev1.Pod // by index
	end                             *batchv1.JobCondition
}

func (s *jobSync) condition(t batchv1.JobConditionType, reason, message string) *batchv1.JobCondition {
	at := now(s.r)
	return &batchv1.JobCondition{Type: t, Status: corev1.ConditionTrue, LastProbeTime: at, LastTransitionTime: at, Reason: reason, Message: message}
}

func (s *jobSync) run() error {
	s.count()
	if s.job.Status.StartTime == nil && !suspended(s.job) {
		at := now(s.r)
		s.job.Status.StartTime = &at
	}
	s.decide()
	if indexed(s.job) {
		s.decideIndexed()
	}
	active := int32(len(s.active))
	var failed error
	if s.end != nil {
		var deleted int32
		deleted, failed = s.deletePods(s.active, false)
		if deleted != active {
			s.end = nil
		}
		active -= deleted
	} else {
		if s.job.DeletionTimestamp == nil {
			active, failed = s.manage()
		}
		enough := s.job.Spec.Completions == nil && s.succeeded > 0 || s.job.Spec.Completions != nil && s.succeeded >= *s.job.Spec.Completions
		switch {
		case enough && active == 0:
			s.end = s.condition(batchv1.JobSuccessCriteriaMet, batchv1.JobReasonCompletionsReached, "Reached expected number of succeeded pods")
		case s.job.DeletionTimestamp == nil:
			s.noteSuspension()
		}
	}
	ready, terminating := s.ready, s.terminating
	s.job.Status.Active, s.job.Status.Ready, s.job.Status.Terminating = active, &ready, &terminating
	if err := s.track(); err != nil {
		return err
	}
	return failed
}

// count counts what the status doesn't have yet: ended Pods that are tracked.
func (s *jobSync) count() {
	if s.job.Status.UncountedTerminatedPods == nil {
		s.job.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	}
	s.succeeded, s.failed = s.job.Status.Succeeded, s.job.Status.Failed
	for _, p := range s.pods {
		if podActive(p) {
			s.active = append(s.active, p)
			if podReady(p) {
				s.ready++
			}
		}
		if p.DeletionTimestamp != nil && !podTerminal(p) {
			s.terminating++
		}
		if !tracked(p) || indexed(s.job) && !s.inRange(completionIndex(p)) {
			continue
		}
		switch {
		case p.Status.Phase == corev1.PodSucceeded:
			s.succeeded++
		case podFailed(p, s.job):
			if _, count, _ := matchFailurePolicy(s.job.Spec.PodFailurePolicy, p); count {
				s.failed++
			}
		}
	}
}

// decide finds out whether the Job has failed.
func (s *jobSync) decide() {
	if s.end = jobConditionTrue(s.job, batchv1.JobSuccessCriteriaMet); s.end != nil {
		return
	}
	if c := jobConditionTrue(s.job, batchv1.JobFailureTarget); c != nil {
		s.end = s.condition(batchv1.JobFailed, c.Reason, c.Message)
		return
	}
	if message := s.failJobMessage(); message != "" {
		s.end = s.condition(batchv1.JobFailureTarget, batchv1.JobReasonPodFailurePolicy, message)
		return
	}
	switch {
	case s.failed > *s.job.Spec.BackoffLimit || s.restartedTooOften():
		s.end = s.condition(batchv1.JobFailureTarget, batchv1.JobReasonBackoffLimitExceeded, "Job has reached the specified backoff limit")
	case s.job.Spec.ActiveDeadlineSeconds != nil && s.job.Status.StartTime != nil && !suspended(s.job):
		left := s.job.Status.StartTime.Add(time.Duration(*s.job.Spec.ActiveDeadlineSeconds) * time.Second).Sub(s.r.Clock().Now())
		if left <= 0 {
			s.end = s.condition(batchv1.JobFailureTarget, batchv1.JobReasonDeadlineExceeded, "Job was active longer than specified deadline")
		} else {
			s.q.after(left, s.job.Namespace, s.job.Name)
		}
	}
}

func (s *jobSync) failJobMessage() string {
	for _, p := range s.pods {
		if podFailed(p, s.job) {
			if message, _, _ := matchFailurePolicy(s.job.Spec.PodFailurePolicy, p); message != "" {
				return message
			}
		}
	}
	return ""
}

// restartedTooOften counts the restarts of containers where Pods restart them.
func (s *jobSync) restartedTooOften() bool {
	if s.job.Spec.Template.Spec.RestartPolicy != corev1.RestartPolicyOnFailure {
		return false
	}
	var n int32
	for _, p := range s.pods {
		if p.Status.Phase != corev1.PodRunning && p.Status.Phase != corev1.PodPending {
			continue
		}
		for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
			n += c.RestartCount
		}
	}
	return n > 0 && n >= *s.job.Spec.BackoffLimit
}

// decideIndexed does the same for what counts by index.
func (s *jobSync) decideIndexed() {
	s.succeededIndexes = s.findSucceededIndexes()
	s.succeeded = int32(s.succeededIndexes.total())
	if s.job.Spec.BackoffLimitPerIndex != nil {
		s.failedIndexes = s.findFailedIndexes()
		n := s.failedIndexes.total()
		if s.end == nil {
			switch {
			case s.job.Spec.MaxFailedIndexes != nil && n > int(*s.job.Spec.MaxFailedIndexes):
				s.end = s.condition(batchv1.JobFailureTarget, batchv1.JobReasonMaxFailedIndexesExceeded, "Job has exceeded the specified maximal number of failed indexes")
			case n > 0 && n+s.succeededIndexes.total() >= s.completions():
				s.end = s.condition(batchv1.JobFailureTarget, batchv1.JobReasonFailedIndexes, "Job has failed indexes")
			}
		}
		s.delayed = s.delayedPods()
	}
	if s.end == nil {
		if message := matchSuccessPolicy(s.job.Spec.SuccessPolicy, s.completions(), s.succeededIndexes); message != "" {
			s.end = s.condition(batchv1.JobSuccessCriteriaMet, batchv1.JobReasonSuccessPolicy, message)
		}
	}
}

// noteSuspension sets the condition Suspended and tells of a change.
func (s *jobSync) noteSuspension() {
	if suspended(s.job) {
		if s.setCondition(batchv1.JobSuspended, corev1.ConditionTrue, "JobSuspended", "Job suspended") {
			s.event(corev1.EventTypeNormal, "Suspended", "Job suspended")
			s.job.Status.StartTime = nil
		}
		return
	}
	if s.setCondition(batchv1.JobSuspended, corev1.ConditionFalse, "JobResumed", "Job resumed") {
		s.event(corev1.EventTypeNormal, "Resumed", "Job resumed")
		at := now(s.r)
		s.job.Status.StartTime = &at
	}
}

// setCondition reports whether it changed something. What was never true isn't
// noted as false.
func (s *jobSync) setCondition(t batchv1.JobConditionType, status corev1.ConditionStatus, reason, message string) bool {
	n := *s.condition(t, reason, message)
	n.Status = status
	c := jobCondition(s.job, t)
	switch {
	case c == nil && status == corev1.ConditionFalse:
		return false
	case c == nil:
		s.job.Status.Conditions = append(s.job.Status.Conditions, n)
	case c.Status == status && c.Reason == reason && c.Message == message:
		return false
	default:
		*c = n
	}
	return true
}

func (s *jobSync) event(eventType, reason, message string) {
	s.r.Record(s.job, jobComponent, eventType, reason, message)
}

// track moves ended Pods into the status and lets them go, then ends the Job
// when nothing of it is left.
func (s *jobSync) track() error {
	done := s.countEnded()
	switch {
	case s.end == nil:
	case s.end.Type == batchv1.JobFailureTarget:
		s.job.Status.Conditions = append(s.job.Status.Conditions, *s.end)
		s.end = s.condition(batchv1.JobFailed, s.end.Reason, s.end.Message)
	case s.end.Type == batchv1.JobSuccessCriteriaMet:
		if jobConditionTrue(s.job, batchv1.JobSuccessCriteriaMet) == nil {
			s.job.Status.Conditions = append(s.job.Status.Conditions, *s.end)
		}
		s.end = s.condition(batchv1.JobComplete, s.end.Reason, s.end.Message)
	}
	if err := s.flush(); err != nil {
		return err
	}
	for _, p := range done {
		if err := untrack(s.r, p); err != nil {
			return err
		}
	}
	if s.end == nil || s.terminating > 0 {
		return nil
	}
	s.setCondition(s.end.Type, s.end.Status, s.end.Reason, s.end.Message)
	if s.end.Type == batchv1.JobComplete {
		at := s.end.LastTransitionTime
		s.job.Status.CompletionTime = &at
	}
	if err := s.flush(); err != nil {
		return err
	}
	s.tellEnd()
	return nil
}

func (s *jobSync) tellEnd() {
	if s.end.Type != batchv1.JobComplete {
		s.event(corev1.EventTypeWarning, s.end.Reason, s.end.Message)
		return
	}
	if s.job.Spec.Completions != nil && s.job.Status.Succeeded > *s.job.Spec.Completions {
		s.event(corev1.EventTypeWarning, "TooManySucceededPods", "Too many succeeded pods running after completion count reached")
	}
	s.event(corev1.EventTypeNormal, "Completed", "Job completed")
}

// countEnded adds ended Pods to the status and returns those to let go.
func (s *jobSync) countEnded() []*corev1.Pod {
	var done []*corev1.Pod
	st := &s.job.Status
	pods := slices.Clone(s.pods)
	slices.SortStableFunc(pods, func(a, b *corev1.Pod) int { return completionIndex(a) - completionIndex(b) })
	for _, p := range pods {
		if !tracked(p) || !s.mayGo(p) {
			continue
		}
		done = append(done, p)
		success := s.end != nil && s.end.Type == batchv1.JobSuccessCriteriaMet
		switch {
		case p.Status.Phase == corev1.PodSucceeded:
			if !indexed(s.job) {
				st.Succeeded++
			}
		case podFailed(p, s.job) || s.end != nil && !success:
			if indexed(s.job) && !s.inRange(completionIndex(p)) {
				continue
			}
			if _, count, _ := matchFailurePolicy(s.job.Spec.PodFailurePolicy, p); count {
				st.Failed++
			}
		}
	}
	if indexed(s.job) {
		st.Succeeded, st.CompletedIndexes = int32(s.succeededIndexes.total()), s.succeededIndexes.String()
		if s.job.Spec.BackoffLimitPerIndex != nil {
			failed := s.failedIndexes.String()
			st.FailedIndexes = &failed
		}
	}
	return done
}

// mayGo reports whether a Pod needs to be tracked no longer. The last failed
// Pod of an index stays until another takes its place.
func (s *jobSync) mayGo(p *corev1.Pod) bool {
	if s.job.DeletionTimestamp != nil || s.end != nil || p.Status.Phase == corev1.PodSucceeded {
		return true
	}
	if !podFailed(p, s.job) {
		return false
	}
	d := s.delayed[completionIndex(p)]
	return d == nil || d.UID != p.UID
}

func (s *jobSync) flush() error {
	current, ok := registry.Get[*batchv1.Job](s.r, s.job.Namespace, s.job.Name)
	if !ok {
		return nil
	}
	st := s.job.Status
	err := registry.MutateStatus(s.r, current.Namespace, current.Name, func(j *batchv1.Job) { j.Status = st })
	return ignoreNotFound(err)
}

// podNamePrefix is what the names of an index's Pods begin with.
func podNamePrefix(job, index string) string {
	const generatedMax = 58 // of the 63 characters, 5 are chance
	suffix := "-" + index + "-"
	if len(job)+len(suffix) > generatedMax {
		job = job[:generatedMax-len(suffix)]
	}
	return job + suffix
}
