package registry

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// What client-go's recorder allows (k8s.io/client-go, tools/record).
const (
	similarMax    = 10 // messages of one reason; from the tenth on they are combined
	similarApart  = 10 * time.Minute
	combinedStart = "(combined from similar events): "
	spamBurst     = 25 // writes of one source about one object
	spamRefill    = 5 * time.Minute
)

// A correlator is what recorders remember of what they have sent: it combines
// similar events and holds back a source that has too much to say about one
// object. Forks share its maps until one of them writes.
type correlator struct {
	shared atomic.Bool // forks are made at the same time
	groups map[string]group
	spam   map[string]bucket
	held   map[string]int32 // occurrences of an event that were counted and not written
}

// A group is the messages of one reason about one object, sorted.
type group struct {
	messages []string
	last     time.Time
}

// A bucket holds what may still be written; it fills with time.
type bucket struct {
	tokens float64
	at     time.Time
}

func newCorrelator() *correlator {
	return &correlator{groups: map[string]group{}, spam: map[string]bucket{}, held: map[string]int32{}}
}

func (c *correlator) fork() *correlator {
	c.shared.Store(true)
	f := &correlator{groups: c.groups, spam: c.spam, held: c.held}
	f.shared.Store(true)
	return f
}

func (c *correlator) own() {
	if c.shared.Load() {
		c.groups, c.spam, c.held = maps.Clone(c.groups), maps.Clone(c.spam), maps.Clone(c.held)
		c.shared.Store(false)
	}
}

func eventKey(e *corev1.Event, parts ...string) string {
	about := e.InvolvedObject
	return strings.Join(append(parts, e.Source.Component, e.Source.Host, about.Kind, about.Namespace, about.Name, string(about.UID), e.Type), "\x00")
}

// combine changes the message of an event that has too many like it, and
// reports whether it did. Upstream forgets any of the messages then; this one
// keeps the first, so that what was seen stays what it was.
func (c *correlator) combine(e *corev1.Event, now time.Time) bool {
	c.own()
	key := eventKey(e, e.Reason)
	g := c.groups[key]
	if now.Sub(g.last) > similarApart {
		g.messages = nil
	}
	g.last = now
	i, known := slices.BinarySearch(g.messages, e.Message)
	full := !known && len(g.messages) == similarMax-1
	if !known && !full {
		g.messages = slices.Insert(slices.Clone(g.messages), i, e.Message)
	}
	c.groups[key] = g
	if full {
		e.Message = combinedStart + e.Message
	}
	return full
}

// admit reports how often an event has occurred since it was last written, or
// 0 if it may not be written now.
func (c *correlator) admit(e *corev1.Event, now time.Time, combined bool) int32 {
	c.own()
	message := e.Message
	if combined {
		message = combinedStart
	}
	key := eventKey(e, e.Reason, e.InvolvedObject.FieldPath, message)
	n := c.held[key] + 1
	b, known := c.spam[eventKey(e)]
	if !known {
		b = bucket{tokens: spamBurst, at: now}
	}
	b.tokens = min(b.tokens+float64(now.Sub(b.at))/float64(spamRefill), spamBurst)
	b.at = now
	if b.tokens < 1 {
		c.spam[eventKey(e)], c.held[key] = b, n
		return 0
	}
	b.tokens--
	c.spam[eventKey(e)] = b
	delete(c.held, key)
	return n
}
