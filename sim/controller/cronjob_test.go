package controller

import (
	"testing"
	"time"

	"gieok/sim/registry"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestMostRecent(t *testing.T) {
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	seoul := "Asia/Seoul"
	for _, c := range []struct {
		schedule, from, now, want string
		zone                      *string
		many                      bool
	}{
		{schedule: "* * * * *", from: "2026-03-02T09:00:20Z", now: "2026-03-02T09:00:59Z"},
		{schedule: "* * * * *", from: "2026-03-02T09:00:20Z", now: "2026-03-02T09:01:00Z", want: "2026-03-02T09:01:00Z"},
		{schedule: "* * * * *", from: "2026-03-02T09:00:20Z", now: "2026-03-02T09:05:30Z", want: "2026-03-02T09:05:00Z"},
		{schedule: "* * * * *", from: "2026-03-02T09:00:20Z", now: "2026-03-02T19:05:30Z", want: "2026-03-02T19:05:00Z", many: true},
		{schedule: "0 9 * * 1-5", from: "2026-02-27T10:00:00Z", now: "2026-03-02T09:30:00Z", want: "2026-03-02T09:00:00Z"},
		{schedule: "0 9 * * *", zone: &seoul, from: "2026-03-01T23:00:00Z", now: "2026-03-02T00:00:00Z", want: "2026-03-02T00:00:00Z"},
		{schedule: "0 0 30 2 *", from: "2026-03-01T23:00:00Z", now: "2026-03-02T00:00:00Z"},
		{schedule: "@every 1h", from: "2026-03-01T23:00:00Z", now: "2026-03-02T02:30:00Z", want: "2026-03-02T02:00:00Z"},
	} {
		s, err := parseSchedule(c.schedule, c.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, missed, err := mostRecent(at(c.from), at(c.now), s)
		if err != nil || missed > missedMany != c.many {
			t.Errorf("%s: missed %d, error %v", c.schedule, missed, err)
		}
		if c.want == "" && !got.IsZero() || c.want != "" && !got.Equal(at(c.want)) {
			t.Errorf("%s from %s to %s: %v, want %s", c.schedule, c.from, c.now, got, c.want)
		}
	}
}

func TestParseScheduleRefuses(t *testing.T) {
	for _, s := range []string{"", "TZ=", "* * * *", "61 * * * *"} {
		if _, err := parseSchedule(s, nil); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

// TestCronJobPolicies: what each policy makes of Jobs that never end.
func TestCronJobPolicies(t *testing.T) {
	for _, c := range []struct {
		policy batchv1.ConcurrencyPolicy
		jobs   int
		last   string
	}{
		{batchv1.AllowConcurrent, 3, "2026-03-02T09:03:00Z"},
		{batchv1.ForbidConcurrent, 1, "2026-03-02T09:01:00Z"},
		{batchv1.ReplaceConcurrent, 1, "2026-03-02T09:03:00Z"},
	} {
		w := newWorld(t, 1)
		template := podTemplate("tick", "one")
		template.Spec.RestartPolicy = corev1.RestartPolicyNever
		w.do(func() error {
			_, err := registry.Create(w.r, &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "tick"},
				Spec: batchv1.CronJobSpec{Schedule: "* * * * *", ConcurrencyPolicy: c.policy,
					JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template}}}})
			return err
		})
		w.advance(2*time.Minute + 50*time.Second)
		cj, _ := registry.Get[*batchv1.CronJob](w.r, "default", "tick")
		jobs := registry.List[*batchv1.Job](w.r, "default")
		last := cj.Status.LastScheduleTime.UTC().Format(time.RFC3339)
		if len(jobs) != c.jobs || len(cj.Status.Active) != c.jobs || last != c.last {
			t.Errorf("%s: %d Jobs, %d active, last at %s", c.policy, len(jobs), len(cj.Status.Active), last)
		}
	}
}
