package clock

import (
	"cmp"
	"slices"
	"sync"
)

// turns are those who wait in InTurn.
type turns struct {
	mu      sync.Mutex
	waiting []turn
	wake    func() // the pump; nil while nothing is driven and nobody waits
}

type turn struct {
	key string
	on  chan struct{}
}

// InTurn waits until all else that Drive's f has started waits, too. Of several
// who wait here the one with the first key goes on, and the next when that one
// waits again. So goroutines that run side by side send their requests in an
// order that does not hang on the host. Outside of Drive it returns at once.
func (q *Queue) InTurn(key string) {
	if on := q.turns.wait(key); on != nil {
		<-on
	}
}

func (t *turns) wait(key string) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wake == nil {
		return nil
	}
	on := make(chan struct{})
	t.waiting = append(t.waiting, turn{key, on})
	t.wake()
	return on
}

func (t *turns) open(wake func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wake = wake
}

// next lets the first in order go on and reports whether there was one.
func (t *turns) next() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		return false
	}
	slices.SortStableFunc(t.waiting, func(a, b turn) int { return cmp.Compare(a.key, b.key) })
	close(t.waiting[0].on)
	t.waiting = t.waiting[1:]
	return true
}

// close lets all go on.
func (t *turns) close() {
	t.open(nil)
	for t.next() {
	}
}
