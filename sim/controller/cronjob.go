package controller

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gieok/sim/registry"

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

func cronJobKind() schema.GroupVersionKind { return batchv1.SchemeGroupVersion.WithKind("CronJob") }

const (
	cronJobComponent = "cronjob-controller"
	// cronDelay is how long after the scheduled time a run is looked for.
	cronDelay = 100 * time.Millisecond
	// missedMany is from how many missed runs on a warning is written.
	missedMany = 100
)

// A CronJob makes Jobs by the clock.
type CronJob struct {
	r *registry.Registry
	q queue
}

// NewCronJob registers the controller.
func NewCronJob(r *registry.Registry) *CronJob {
	c := &CronJob{r: r}
	c.q = newQueue(r, "cronjob", c.sync)
	registry.Watch(r, func(old, new *batchv1.CronJob) { c.q.addObject(either(old, new)) })
	registry.Watch(r, func(old, new *batchv1.Job) {
		for _, j := range []*batchv1.Job{old, new} {
			if j == nil {
				continue
			}
			if ref := controlledBy(j, cronJobKind()); ref != nil {
				c.q.add(j.Namespace, ref.Name)
			}
		}
	})
	return c
}

// A cronSync is one sync of one CronJob.
type cronSync struct {
	r    *registry.Registry
	cron *batchv1.CronJob // a copy whose status is changed
	jobs []*batchv1.Job
	now  time.Time
}

func (c *CronJob) sync(namespace, name string) error {
	cj, ok := registry.Get[*batchv1.CronJob](c.r, namespace, name)
	if !ok {
		return nil
	}
	s := &cronSync{r: c.r, cron: cj.DeepCopy(), jobs: controlled[*batchv1.Job](c.r, cj), now: c.r.Clock().Now()}
	s.trimHistory()
	next, failed := s.run()
	if !equality.Semantic.DeepEqual(cj.Status, s.cron.Status) {
		st := s.cron.Status
		err := registry.MutateStatus(c.r, namespace, name, func(x *batchv1.CronJob) { x.Status = st })
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	if !next.IsZero() {
		c.r.Clock().At(next, c.q.name, joinKey(namespace, name))
		return nil
	}
	return failed
}

func (s *cronSync) event(eventType, reason, format string, args ...any) {
	s.r.Record(s.cron, cronJobComponent, eventType, reason, fmt.Sprintf(format, args...))
}

// trimHistory deletes the oldest ended Jobs beyond the limits.
func (s *cronSync) trimHistory() {
	s.trim(batchv1.JobComplete, s.cron.Spec.SuccessfulJobsHistoryLimit)
	s.trim(batchv1.JobFailed, s.cron.Spec.FailedJobsHistoryLimit)
}

func (s *cronSync) trim(outcome batchv1.JobConditionType, limit *int32) {
	if limit == nil {
		return
	}
	var ended []*batchv1.Job
	for _, j := range s.jobs {
		if jobConditionTrue(j, outcome) != nil && j.DeletionTimestamp == nil {
			ended = append(ended, j)
		}
	}
	slices.SortStableFunc(ended, func(a, b *batchv1.Job) int {
		ta, tb := a.Status.StartTime, b.Status.StartTime
		switch {
		case ta == nil && tb == nil:
		case ta == nil:
			return 1
		case tb == nil:
			return -1
		case !ta.Equal(tb):
			return ta.Compare(tb.Time)
		}
		// Upstream goes by the name; here many Jobs start at one time, and the
		// one that ended later is the younger one.
		return compareVersions(a, b)
	})
	for i := range len(ended) - int(*limit) {
		s.deleteJob(ended[i])
	}
}

// compareVersions orders objects by their last write.
func compareVersions(a, b metav1.Object) int {
	va, errA := strconv.ParseInt(a.GetResourceVersion(), 10, 64)
	vb, errB := strconv.ParseInt(b.GetResourceVersion(), 10, 64)
	if errA != nil || errB != nil {
		return strings.Compare(a.GetName(), b.GetName())
	}
	return cmp.Compare(va, vb)
}

func (s *cronSync) deleteJob(j *batchv1.Job) bool {
	policy := metav1.DeletePropagationBackground
	err := registry.Delete[*batchv1.Job](s.r, j.Namespace, j.Name, registry.DeleteOptions{Propagation: &policy})
	if err != nil {
		s.event(corev1.EventTypeWarning, "FailedDelete", "Deleted job: %v", err)
		return false
	}
	s.forget(j.UID)
	s.event(corev1.EventTypeNormal, "SuccessfulDelete", "Deleted job %s", j.Name)
	return true
}

func (s *cronSync) activeJob(uid types.UID) bool {
	return slices.ContainsFunc(s.cron.Status.Active, func(ref corev1.ObjectReference) bool { return ref.UID == uid })
}

func (s *cronSync) forget(uid types.UID) {
	s.cron.Status.Active = slices.DeleteFunc(slices.Clone(s.cron.Status.Active), func(ref corev1.ObjectReference) bool { return ref.UID == uid })
}

// observe brings the list of active Jobs up to date.
func (s *cronSync) observe() {
	children := map[types.UID]bool{}
	for _, j := range s.jobs {
		children[j.UID] = true
		end := finished(j)
		switch {
		case end == nil && !s.activeJob(j.UID):
			s.event(corev1.EventTypeWarning, "UnexpectedJob", "Saw a job that the controller did not create or forgot: %s", j.Name)
		case end != nil && s.activeJob(j.UID):
			s.forget(j.UID)
			s.event(corev1.EventTypeNormal, "SawCompletedJob", "Saw completed job: %s, condition: %s", j.Name, end.Type)
		}
		at := j.Status.CompletionTime
		if end != nil && end.Type == batchv1.JobComplete && at != nil &&
			(s.cron.Status.LastSuccessfulTime == nil || at.After(s.cron.Status.LastSuccessfulTime.Time)) {
			s.cron.Status.LastSuccessfulTime = at
		}
	}
	for _, ref := range slices.Clone(s.cron.Status.Active) {
		if children[ref.UID] {
			continue
		}
		if _, ok := registry.Get[*batchv1.Job](s.r, ref.Namespace, ref.Name); !ok {
			s.event(corev1.EventTypeNormal, "MissingJob", "Active job went missing: %s", ref.Name)
			s.forget(ref.UID)
		}
	}
}

// run starts the latest run that is due and returns when to look again, the
// zero time for never.
func (s *cronSync) run() (next time.Time, err error) {
	s.observe()
	if s.cron.DeletionTimestamp != nil {
		return time.Time{}, nil
	}
	if zone := s.cron.Spec.TimeZone; zone != nil {
		if _, err := time.LoadLocation(*zone); err != nil {
			s.event(corev1.EventTypeWarning, "UnknownTimeZone", "invalid timeZone: %q: %s", *zone, err)
			return time.Time{}, nil
		}
	}
	if s.cron.Spec.Suspend != nil && *s.cron.Spec.Suspend {
		return time.Time{}, nil
	}
	schedule, err := parseSchedule(s.cron.Spec.Schedule, s.cron.Spec.TimeZone)
	if err != nil {
		s.event(corev1.EventTypeWarning, "UnparseableSchedule", "unparseable schedule: %q : %s", s.cron.Spec.Schedule, err)
		return time.Time{}, nil
	}
	due, missed, err := mostRecent(s.since(true), s.now, schedule)
	if err != nil {
		s.event(corev1.EventTypeWarning, "InvalidSchedule", "invalid schedule: %s : %s", s.cron.Spec.Schedule, err)
		return time.Time{}, nil
	}
	next = s.next(schedule)
	if due.IsZero() {
		return next, nil
	}
	if missed > missedMany {
		s.event(corev1.EventTypeWarning, "TooManyMissedTimes", "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew")
	}
	return s.startAt(due, schedule, next)
}

// since is from when on runs may have been missed.
func (s *cronSync) since(deadline bool) time.Time {
	from := s.cron.CreationTimestamp.Time
	if s.cron.Status.LastScheduleTime != nil {
		from = s.cron.Status.LastScheduleTime.Time
	}
	if d := s.cron.Spec.StartingDeadlineSeconds; deadline && d != nil {
		if earliest := s.now.Add(-time.Duration(*d) * time.Second); earliest.After(from) {
			from = earliest
		}
	}
	return from
}

// next is when to look again.
func (s *cronSync) next(schedule cron.Schedule) time.Time {
	from := s.since(false)
	recent, missed, err := mostRecent(from, s.now, schedule)
	switch {
	case err != nil || recent.IsZero() && missed > 0:
		recent = s.now
	case recent.IsZero():
		recent = from
	}
	next := schedule.Next(recent)
	if next.IsZero() { // a day that never comes, such as February 30
		return next
	}
	return next.Add(cronDelay)
}

// startAt starts the run of time due.
func (s *cronSync) startAt(due time.Time, schedule cron.Schedule, next time.Time) (time.Time, error) {
	if d := s.cron.Spec.StartingDeadlineSeconds; d != nil && due.Add(time.Duration(*d)*time.Second).Before(s.now) {
		s.event(corev1.EventTypeWarning, "MissSchedule", "Missed scheduled time to start a job: %s", due.UTC().Format(time.RFC1123Z))
		return next, nil
	}
	name := fmt.Sprintf("%s-%d", s.cron.Name, due.Unix()/60)
	last := s.cron.Status.LastScheduleTime
	if last != nil && last.Time.Equal(due) || slices.ContainsFunc(s.cron.Status.Active, func(ref corev1.ObjectReference) bool { return ref.Name == name }) {
		return next, nil
	}
	if len(s.cron.Status.Active) > 0 {
		switch s.cron.Spec.ConcurrencyPolicy {
		case batchv1.ForbidConcurrent:
			s.event(corev1.EventTypeNormal, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid")
			return next, nil
		case batchv1.ReplaceConcurrent:
			if err := s.replaceActive(); err != nil {
				return time.Time{}, err
			}
		}
	}
	job, err := registry.Create(s.r, s.job(name, due))
	switch {
	case apierrors.IsAlreadyExists(err):
		old, ok := registry.Get[*batchv1.Job](s.r, s.cron.Namespace, name)
		if !ok || !metav1.IsControlledBy(old, s.cron) || s.activeJob(old.UID) {
			return time.Time{}, nil
		}
		job = old
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return time.Time{}, err
	case err != nil:
		s.event(corev1.EventTypeWarning, "FailedCreate", "Error creating job: %v", err)
		return time.Time{}, err
	default:
		s.event(corev1.EventTypeNormal, "SuccessfulCreate", "Created job %s", job.Name)
	}
	s.cron.Status.Active = append(s.cron.Status.Active, corev1.ObjectReference{
		Kind: "Job", APIVersion: batchv1.SchemeGroupVersion.String(), Namespace: job.Namespace, Name: job.Name, UID: job.UID, ResourceVersion: job.ResourceVersion,
	})
	at := metav1.NewTime(due)
	s.cron.Status.LastScheduleTime = &at
	return s.next(schedule), nil
}

func (s *cronSync) replaceActive() error {
	for _, ref := range slices.Clone(s.cron.Status.Active) {
		j, ok := registry.Get[*batchv1.Job](s.r, ref.Namespace, ref.Name)
		if !ok {
			s.event(corev1.EventTypeWarning, "FailedGet", "Get job: jobs.batch %q not found", ref.Name)
			return fmt.Errorf("job %s is gone", ref.Name)
		}
		if !s.deleteJob(j) {
			return fmt.Errorf("could not replace job %s/%s", j.Namespace, j.Name)
		}
	}
	return nil
}

func (s *cronSync) job(name string, due time.Time) *batchv1.Job {
	t := s.cron.Spec.JobTemplate.DeepCopy()
	annotations := maps.Clone(t.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	zone := time.UTC
	if s.cron.Spec.TimeZone != nil {
		if z, err := time.LoadLocation(*s.cron.Spec.TimeZone); err == nil {
			zone = z
		}
	}
	annotations[batchv1.CronJobScheduledTimestampAnnotation] = due.In(zone).Format(time.RFC3339)
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.cron.Namespace, Labels: t.Labels, Annotations: annotations,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(s.cron, cronJobKind())}},
		Spec: t.Spec,
	}
}

// parseSchedule reads a schedule in its time zone, UTC by default.
func parseSchedule(text string, zone *string) (schedule cron.Schedule, err error) {
	defer func() { // the parser panics on some texts that begin with TZ=
		if p := recover(); p != nil {
			err = fmt.Errorf("invalid schedule format: %v", p)
		}
	}()
	switch {
	case strings.Contains(text, "TZ"):
	case zone != nil:
		text = "TZ=" + *zone + " " + text
	default:
		text = "TZ=UTC " + text
	}
	return cron.ParseStandard(text)
}

// mostRecent is the last scheduled time after from and not after now, the zero
// time if there is none, and how many there were, roughly.
func mostRecent(from, now time.Time, schedule cron.Schedule) (recent time.Time, missed int64, err error) {
	first := schedule.Next(from)
	if first.IsZero() || now.Before(first) {
		return time.Time{}, 0, nil
	}
	second := schedule.Next(first)
	if second.IsZero() || now.Before(second) {
		return first, 0, nil
	}
	period := int64(second.Sub(first).Round(time.Second).Seconds())
	if period < 1 {
		return time.Time{}, 0, errors.New("time difference between two schedules is less than 1 second")
	}
	missed = int64(now.Sub(first).Seconds())/period + 1
	// Schedules that are not regular, such as weekdays, need the last steps
	// taken one by one.
	for t := schedule.Next(first.Add(time.Duration((missed-2)*period) * time.Second)); !t.IsZero() && !t.After(now); t = schedule.Next(t) {
		recent = t
	}
	return recent, missed, nil
}
