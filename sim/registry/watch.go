package registry

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/watch"
)

// eventsMax bounds what a watcher may be behind.
const eventsMax = 100_000

// A watcher hands events to whoever serves a watch, without ever making the
// writer wait. Its channels belong to the bubble of the command that watches.
type watcher struct {
	ctx       context.Context
	result    chan watch.Event
	wake      chan struct{}
	stopOnce  sync.Once
	stopped   chan struct{}
	stopStore func()

	mu     sync.Mutex
	events []watch.Event
}

func newWatcher(ctx context.Context) *watcher {
	return &watcher{ctx: ctx, result: make(chan watch.Event), wake: make(chan struct{}, 1), stopped: make(chan struct{})}
}

func (w *watcher) ResultChan() <-chan watch.Event { return w.result }

func (w *watcher) Stop() { w.stopOnce.Do(func() { close(w.stopped) }) }

func (w *watcher) send(e watch.Event) {
	w.mu.Lock()
	if len(w.events) < eventsMax {
		w.events = append(w.events, e)
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// pump moves events to the result channel until the watch ends.
func (w *watcher) pump() {
	defer close(w.result)
	defer w.stopStore()
	for {
		w.mu.Lock()
		events := w.events
		w.events = nil
		w.mu.Unlock()
		for _, e := range events {
			select {
			case w.result <- e:
			case <-w.stopped:
				return
			case <-w.ctx.Done():
				return
			}
		}
		select {
		case <-w.wake:
		case <-w.stopped:
			return
		case <-w.ctx.Done():
			return
		}
	}
}
