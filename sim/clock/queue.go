// Package clock is virtual time: the ordered queue of what happens next, and
// the bubble in which upstream code sees that time.
package clock

import (
	"container/heap"
	"fmt"
	"maps"
	"time"
)

// An Event is something that is due: Actor names who handles it, Key what it
// is about. Events are data and hold no code, so that a queue can be copied
// with a fork of its cluster.
type Event struct {
	At    time.Time
	Seq   uint64 // order of scheduling; breaks ties
	Actor string
	Key   string
}

type eventID struct{ actor, key string }

// A Queue holds the time of one cluster and what happens next, ordered by
// (time, order of scheduling). For each (actor, key) at most one event is
// pending, the earliest asked for: a handler must ask again for whatever it
// still waits for. The zero Queue is not ready; use NewQueue.
type Queue struct {
	now      time.Time
	seq      uint64
	events   eventHeap
	pending  map[eventID]*entry
	waiting  map[string]int // pending events, by actor
	actors   map[string]func(key string)
	wake     func() // set while a bubble is driven
	turns    turns
	stepping bool // an event is happening

	calls    map[eventID]int // at the present time
	callsMax func() int      // nil: no bound
	restless *RestlessError
}

// A RestlessError says that an actor was called for one key more often at one
// point in time than was allowed: it undoes what others do, and they what it
// does. The next call comes restlessWait later, so that whoever hears of it can
// do something about it.
type RestlessError struct {
	Actor, Key string
	Calls      int
}

func (e *RestlessError) Error() string {
	return fmt.Sprintf("%s %s had something to do %d times at one point in time", e.Actor, e.Key, e.Calls)
}

// restlessWait is how long a key waits that was called too often.
const restlessWait = time.Second

// Bound sets how often an actor may be called for one key at one point in time;
// max is asked at each call.
func (q *Queue) Bound(max func() int) { q.callsMax = max }

// Restless is what was called too often since it was asked last, nil for
// nothing.
func (q *Queue) Restless() *RestlessError {
	e := q.restless
	q.restless = nil
	return e
}

// tired reports whether an event has happened too often, and puts it off then.
func (q *Queue) tired(e *entry) bool {
	id := eventID{e.Actor, e.Key}
	q.calls[id]++
	n := q.calls[id]
	if q.callsMax == nil || n <= callsFree || n <= q.callsMax() {
		return false
	}
	q.restless = &RestlessError{Actor: e.Actor, Key: e.Key, Calls: n - 1}
	q.After(restlessWait, e.Actor, e.Key)
	return true
}

// callsFree is how many calls are never too many.
const callsFree = 100

type entry struct {
	Event
	index int // in the heap
}

// NewQueue returns an empty queue at time now.
func NewQueue(now time.Time) *Queue {
	return &Queue{now: now, pending: map[eventID]*entry{}, waiting: map[string]int{}, actors: map[string]func(string){}, calls: map[eventID]int{}}
}

// Now is the virtual time.
func (q *Queue) Now() time.Time { return q.now }

// Handle sets who is called when an event of actor is due. A fork of a queue
// has no handlers until its own cluster sets them.
func (q *Queue) Handle(actor string, f func(key string)) { q.actors[actor] = f }

// Enqueue asks for actor to be called for key at the present time.
func (q *Queue) Enqueue(actor, key string) { q.At(q.now, actor, key) }

// After asks for actor to be called for key when d has passed.
func (q *Queue) After(d time.Duration, actor, key string) { q.At(q.now.Add(d), actor, key) }

// At asks for actor to be called for key at t, or now if t is past. If a call
// for the same actor and key is pending, the earlier of the two stays.
func (q *Queue) At(t time.Time, actor, key string) {
	if t.Before(q.now) {
		t = q.now
	}
	if q.wake != nil {
		defer q.wake()
	}
	id := eventID{actor, key}
	if e := q.pending[id]; e != nil {
		if t.Before(e.At) {
			q.seq++
			e.At, e.Seq = t, q.seq
			heap.Fix(&q.events, e.index)
		}
		return
	}
	q.seq++
	e := &entry{Event: Event{At: t, Seq: q.seq, Actor: actor, Key: key}}
	q.pending[id] = e
	q.waiting[actor]++
	heap.Push(&q.events, e)
}

// Cancel drops the pending event of actor for key, if there is one.
func (q *Queue) Cancel(actor, key string) {
	id := eventID{actor, key}
	if e := q.pending[id]; e != nil {
		heap.Remove(&q.events, e.index)
		q.settled(e)
	}
}

// settled forgets an event that is no longer in the heap.
func (q *Queue) settled(e *entry) {
	delete(q.pending, eventID{e.Actor, e.Key})
	if q.waiting[e.Actor]--; q.waiting[e.Actor] == 0 {
		delete(q.waiting, e.Actor)
	}
}

// Waiting is how many calls of actor are to come.
func (q *Queue) Waiting(actor string) int { return q.waiting[actor] }

// Pending reports whether a call of actor for key is to come.
func (q *Queue) Pending(actor, key string) bool { return q.pending[eventID{actor, key}] != nil }

// Next is the time of the earliest event; ok is false if there is none.
func (q *Queue) Next() (t time.Time, ok bool) {
	if len(q.events) == 0 {
		return time.Time{}, false
	}
	return q.events[0].At, true
}

// Step moves the time to the earliest event, if that is not later than limit,
// and lets it happen. It reports whether one happened.
func (q *Queue) Step(limit time.Time) bool {
	if len(q.events) == 0 || q.events[0].At.After(limit) {
		return false
	}
	e := heap.Pop(&q.events).(*entry)
	q.settled(e)
	if e.At.After(q.now) {
		clear(q.calls)
	}
	q.now = e.At
	f := q.actors[e.Actor]
	if f == nil {
		panic(fmt.Sprintf("clock: internal error: nobody handles %q", e.Actor))
	}
	if q.tired(e) {
		return true
	}
	q.stepping = true
	defer func() { q.stepping = false }()
	f(e.Key)
	return true
}

// Happening reports whether an event is happening: what is due must then wait
// for its end.
func (q *Queue) Happening() bool { return q.stepping }

// Set moves the time forward to t; a time before now changes nothing. No event
// happens: run Step first.
func (q *Queue) Set(t time.Time) {
	if t.After(q.now) {
		q.now = t
		clear(q.calls)
	}
}

// CatchUp lets what is due until t happen and moves the time there.
func (q *Queue) CatchUp(t time.Time) {
	for q.Step(t) {
	}
	q.Set(t)
}

// Fork returns a copy of the queue without handlers.
func (q *Queue) Fork() *Queue {
	f := NewQueue(q.now)
	f.seq = q.seq
	f.events = make(eventHeap, len(q.events))
	for i, e := range q.events {
		c := *e
		f.events[i] = &c
		f.pending[eventID{c.Actor, c.Key}] = &c
	}
	f.waiting = maps.Clone(q.waiting)
	return f
}

type eventHeap []*entry

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	if !h[i].At.Equal(h[j].At) {
		return h[i].At.Before(h[j].At)
	}
	return h[i].Seq < h[j].Seq
}
func (h eventHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *eventHeap) Push(x any) {
	e := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}
func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	*h = old[:len(old)-1]
	return e
}
