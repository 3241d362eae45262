package registry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gieok/sim/clock"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An eventWorld is a registry with one Pod to tell of.
type eventWorld struct {
	t   *testing.T
	q   *clock.Queue
	r   *registry.Registry
	pod *corev1.Pod
}

func newEventWorld(t *testing.T) *eventWorld {
	q := clock.NewQueue(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w := &eventWorld{t: t, q: q, r: registry.New(q, 1)}
	w.do(func() error {
		_, err := registry.Create(w.r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}})
		return err
	})
	w.pod = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web", UID: "a", ResourceVersion: "1"}}
	return w
}

func (w *eventWorld) do(f func() error) {
	w.t.Helper()
	if _, err := clock.Bubble(w.q.Now(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *eventWorld) advance(d time.Duration) {
	w.t.Helper()
	if err := w.q.Advance(w.q.Now().Add(d), func() error { return nil }); err != nil {
		w.t.Fatal(err)
	}
}

// record tells of the Pod n times, with another message each time if the
// message has a verb for the number.
func (w *eventWorld) record(n int, message string) {
	w.t.Helper()
	w.do(func() error {
		for i := range n {
			text := message
			if strings.Contains(message, "%d") {
				text = fmt.Sprintf(message, i)
			}
			w.r.Record(w.pod, "tester", corev1.EventTypeNormal, "Told", text)
		}
		return nil
	})
}

// seen lists messages with their counts, in the order of their names.
func (w *eventWorld) seen() string {
	var lines []string
	for _, e := range registry.List[*corev1.Event](w.r, "default") {
		n := e.Count
		if e.Series != nil {
			n = e.Series.Count
		}
		lines = append(lines, fmt.Sprintf("%s x%d", e.Message, n))
	}
	return strings.Join(lines, "; ")
}

// TestEventsAreCombined: from the tenth message of one reason on they are one
// event that says the last of them (k8s.io/client-go, EventAggregator).
func TestEventsAreCombined(t *testing.T) {
	w := newEventWorld(t)
	w.record(12, "no. %d")
	got := w.seen()
	if want := "no. 8 x1; (combined from similar events): no. 11 x3"; !strings.HasSuffix(got, want) || strings.Count(got, ";") != 9 {
		t.Errorf("%s", got)
	}
	w.advance(11 * time.Minute)
	w.record(1, "later")
	if got := w.seen(); !strings.HasSuffix(got, "; later x1") {
		t.Errorf("after a pause: %s", got)
	}
}

// TestEventsAreHeldBack: a source may write 25 times about an object, and then
// once every five minutes, with all that it counted meanwhile.
func TestEventsAreHeldBack(t *testing.T) {
	w := newEventWorld(t)
	w.record(30, "again")
	if got := w.seen(); got != "again x25" {
		t.Errorf("%s", got)
	}
	fork := w.r.Fork(w.q.Fork())
	w.advance(5 * time.Minute)
	w.record(1, "again")
	if got := w.seen(); got != "again x31" {
		t.Errorf("five minutes later: %s", got)
	}
	if e := registry.List[*corev1.Event](fork, "default"); len(e) != 1 || e[0].Count != 25 {
		t.Errorf("the fork has %v", e)
	}
}

// TestEventsExpire: an event goes an hour after it was last written.
func TestEventsExpire(t *testing.T) {
	w := newEventWorld(t)
	w.record(1, "once")
	w.record(1, "twice")
	w.advance(30 * time.Minute)
	w.record(1, "twice")
	w.advance(31 * time.Minute)
	if got := w.seen(); got != "twice x2" {
		t.Errorf("after 61 minutes: %s", got)
	}
	w.advance(30 * time.Minute)
	if got := w.seen(); got != "" {
		t.Errorf("after 91 minutes: %s", got)
	}
}

// TestActionSeries: what recurs about an unchanged object becomes a series of
// two, whose further count is not written at once; a changed object or a pause
// begins a new event (k8s.io/client-go, tools/events).
func TestActionSeries(t *testing.T) {
	w := newEventWorld(t)
	tell := func() {
		w.do(func() error {
			w.r.RecordAction(w.pod, nil, "tester", "Trying", corev1.EventTypeWarning, "Failed", "no room")
			return nil
		})
	}
	tell()
	first := registry.List[*corev1.Event](w.r, "default")[0]
	if first.Action != "Trying" || first.EventTime.IsZero() || !first.LastTimestamp.IsZero() || first.Source != (corev1.EventSource{}) || first.ReportingController != "tester" {
		t.Errorf("%+v", first)
	}
	tell()
	tell()
	if got := w.seen(); got != "no room x2" {
		t.Errorf("three times: %s", got)
	}
	w.pod.ResourceVersion = "2"
	tell()
	w.advance(7 * time.Minute)
	tell()
	if got := w.seen(); got != "no room x2; no room x0; no room x0" {
		t.Errorf("then: %s", got)
	}
}
