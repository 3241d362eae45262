package clock

import (
	"context"
	"sync"
	"testing/synctest"
	"time"
)

// Drive runs f in a bubble at the queue's present time and lets what is due
// happen whenever everything that f started waits. That is how kubectl's
// waits, watches and timeouts take virtual time only. It returns f's error;
// the queue's time is then the time at which f ended.
//
// Each event happens with lock held, so that whoever serves f's requests can
// take the same lock. Events that are due at the end of f are left for later.
//
// What does not come to rest (see Bound) ends f, and its error is returned.
//
// f gets a context of the bubble, which ends soon after ctx has: ctx itself
// must not be waited for in f, since its channel is not the bubble's.
func (q *Queue) Drive(ctx context.Context, lock sync.Locker, f func(context.Context) error) error {
	var restless *RestlessError
	end, err := Bubble(q.now, func() error {
		stop, stopped := make(chan struct{}), make(chan struct{})
		wake := make(chan struct{}, 1)
		q.wake = func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		q.turns.open(q.wake)
		inner, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() {
			defer close(stopped)
			q.pump(lock, wake, stop, func() {
				if e := q.Restless(); e != nil && restless == nil {
					restless = e
				}
				if ctx.Err() != nil || restless != nil {
					cancel()
				}
			})
		}()
		defer func() {
			close(stop)
			<-stopped
			q.turns.close()
			q.wake = nil
			if restless != nil {
				q.quieten()
			}
		}()
		return f(inner)
	})
	q.Set(end)
	if restless != nil {
		return restless
	}
	return err
}

func (q *Queue) pump(lock sync.Locker, wake, stop <-chan struct{}, check func()) {
	for {
		synctest.Wait()
		check()
		select {
		case <-stop:
			return
		default:
		}
		if q.turns.next() {
			continue
		}
		lock.Lock()
		q.Set(time.Now())
		happened := q.Step(time.Now())
		next, ok := q.Next()
		lock.Unlock()
		if happened {
			continue
		}
		wait := idleWait
		if ok {
			wait = next.Sub(time.Now())
		}
		timer := time.NewTimer(wait)
		select {
		case <-stop:
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// quieten lets the rest of a point in time happen at which something was called
// too often: all who take part are put off, one after the other.
func (q *Queue) quieten() {
	for range quietenMax {
		if !q.Step(q.now) {
			break
		}
	}
	q.restless = nil
}

// quietenMax bounds that, should there be always others.
const quietenMax = 10_000

// idleWait is how long the pump sleeps when nothing is to come, in virtual
// time: any span does, as whoever schedules something wakes it.
const idleWait = time.Hour

// Advance runs what is due until limit in a bubble and moves the time there.
// more is asked before each event; it ends the run early by returning an error.
// What does not come to rest (see Bound) ends it, too.
func (q *Queue) Advance(limit time.Time, more func() error) error {
	_, err := Bubble(q.now, func() error {
		for {
			next, ok := q.Next()
			if !ok || next.After(limit) {
				break
			}
			if err := more(); err != nil {
				return err
			}
			time.Sleep(next.Sub(time.Now()))
			q.Step(limit)
			if e := q.Restless(); e != nil {
				q.quieten()
				return e
			}
		}
		q.Set(limit)
		return nil
	})
	return err
}
