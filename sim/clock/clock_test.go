package clock

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 1, 9, 0, 20, 0, time.UTC)

func TestQueueOrder(t *testing.T) {
	q := NewQueue(start)
	var got []string
	q.Handle("a", func(k string) { got = append(got, k) })
	q.After(2*time.Second, "a", "late")
	q.After(time.Second, "a", "first")
	q.After(time.Second, "a", "second")
	q.After(time.Minute, "a", "never")
	q.After(3*time.Second, "a", "first") // the earlier one stays
	f := q.Fork()
	for q.Step(start.Add(10 * time.Second)) {
	}
	if q.Waiting("a") != 1 || f.Waiting("a") != 4 || q.Waiting("b") != 0 {
		t.Errorf("%d calls are to come, %d in the fork, %d of nobody", q.Waiting("a"), f.Waiting("a"), q.Waiting("b"))
	}
	if want := "first second late"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !q.Now().Equal(start.Add(2 * time.Second)) {
		t.Errorf("now %v", q.Now())
	}
	got = nil
	f.Handle("a", func(k string) { got = append(got, "fork-"+k) })
	f.After(0, "a", "late") // moved forward
	f.Cancel("a", "second")
	for f.Step(start.Add(10 * time.Second)) {
	}
	if want := "fork-late fork-first"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if f.Waiting("a") != 1 {
		t.Errorf("%d calls are to come in the fork", f.Waiting("a"))
	}
}

func TestBubble(t *testing.T) {
	end, err := Bubble(start, func() error {
		if now := time.Now(); !now.Equal(start) {
			t.Errorf("now is %v, want %v", now, start)
		}
		time.Sleep(30 * time.Second)
		return errors.New("mine")
	})
	if err == nil || err.Error() != "mine" {
		t.Errorf("error %v", err)
	}
	if want := start.Add(30 * time.Second); !end.Equal(want) {
		t.Errorf("end %v, want %v", end, want)
	}
}

func TestBubbleErrors(t *testing.T) {
	_, err := Bubble(start, func() error { panic("boom") })
	var p *PanicError
	if !errors.As(err, &p) || p.Value != "boom" {
		t.Errorf("panic: %v", err)
	}
	_, err = Bubble(start, func() error { go func() { select {} }(); return nil })
	if !errors.As(err, &p) || !strings.Contains(err.Error(), "deadlock") {
		t.Errorf("left behind: %v", err)
	}
	_, err = Bubble(start, func() error { _, err := Bubble(start, func() error { return nil }); return err })
	if !errors.As(err, &p) {
		t.Errorf("nested: %v", err)
	}
}

func BenchmarkBubble(b *testing.B) {
	for b.Loop() {
		if _, err := Bubble(start, func() error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func TestDrive(t *testing.T) {
	q := NewQueue(start)
	var mu sync.Mutex
	var got []string
	ready := make(map[string]bool)
	q.Handle("a", func(k string) {
		got = append(got, k)
		ready[k] = true
		if k == "x" {
			q.After(5*time.Second, "a", "y")
		}
	})
	err := q.Drive(t.Context(), &mu, func(context.Context) error {
		mu.Lock()
		q.After(3*time.Second, "a", "x")
		mu.Unlock()
		for { // a poll, as kubectl's waits do
			mu.Lock()
			done := ready["y"]
			mu.Unlock()
			if done {
				return nil
			}
			time.Sleep(time.Second)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := q.Now().Sub(start); d != 9*time.Second && d != 8*time.Second || len(got) != 2 {
		t.Errorf("ended after %v with %q", d, got)
	}
}

func TestAdvance(t *testing.T) {
	q := NewQueue(start)
	var at []time.Duration
	q.Handle("a", func(k string) {
		if !time.Now().Equal(q.Now()) {
			t.Errorf("the bubble is at %v, the queue at %v", time.Now(), q.Now())
		}
		at = append(at, q.Now().Sub(start))
		q.After(10*time.Second, "a", k)
	})
	q.Enqueue("a", "k")
	if err := q.Advance(start.Add(25*time.Second), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if len(at) != 3 || at[2] != 20*time.Second || !q.Now().Equal(start.Add(25*time.Second)) {
		t.Errorf("happened at %v, now %v", at, q.Now())
	}
}

// TestInTurn: goroutines that run side by side go on in the order of their keys,
// again after a wait, and nobody is left behind when what is driven ends.
func TestInTurn(t *testing.T) {
	for range 20 {
		q := NewQueue(start)
		var lock sync.Mutex
		var order []string
		err := q.Drive(t.Context(), &lock, func(context.Context) error {
			var all sync.WaitGroup
			for _, key := range []string{"c", "a", "d", "b"} {
				all.Go(func() {
					for range 2 {
						q.InTurn(key)
						lock.Lock()
						order = append(order, key)
						lock.Unlock()
						time.Sleep(time.Second)
					}
				})
			}
			all.Wait()
			go q.InTurn("late")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(order, ""); got != "abcdabcd" {
			t.Fatalf("order %s", got)
		}
		q.InTurn("outside")
	}
}
