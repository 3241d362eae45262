// Package sim is a Kubernetes cluster in memory: objects in, reconciled state
// out; same input and seed, same bytes.
package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gieok/sim/api"
	"gieok/sim/clock"
	"gieok/sim/desk"
	"gieok/sim/kubectl"
	"gieok/sim/registry"
	"gieok/sim/transcript"
)

// Limits of a run.
const (
	eventsMax       = 200_000 // of one settle or advance, or
	eventsPerObject = 100     // where there are many objects
	advanceMax      = 10 * 365 * 24 * time.Hour
)

// A NodeMode says how Pods run.
type NodeMode int

// The modes.
const (
	// Real runs the processes of containers as far as they are understood;
	// whatever else decides a Pod's state makes it unknown.
	Real NodeMode = iota
	// Instant makes every Pod Ready at once, as the recordings' node does. No
	// card may rest on it.
	Instant
)

// context is what kubectl's configuration calls the cluster: that of the
// recordings is called oracle.
func (m NodeMode) context() string {
	if m == Instant {
		return "oracle"
	}
	return "gieok"
}

// Options of a cluster. The zero value is a cluster that runs containers.
type Options struct {
	Node  NodeMode
	Seed  uint64
	Start time.Time // zero: defaultStart

	ObjectsMax int // that the cluster holds, Events among them; 0: store.ObjectsMax
}

// defaultStart lies in the middle of a minute, so that short runs meet no
// CronJob by chance.
func defaultStart() time.Time { return time.Date(2026, 1, 5, 9, 0, 20, 0, time.UTC) }

// A Cluster has two nodes, a control plane and a desk with kubectl. It is not
// safe for concurrent use; forks are independent of each other.
type Cluster struct {
	mu       sync.Mutex // held by whoever changes the cluster while kubectl runs
	mode     NodeMode
	start    time.Time
	clock    *clock.Queue
	registry *registry.Registry
	scopes   *api.Scopes
	shared   *kubectl.Shared
	kubectl  *kubectl.Client
	desk     *desk.Desk
	parts
}

// New returns a cluster that has settled.
func New(o Options) (*Cluster, error) {
	if o.Start.IsZero() {
		o.Start = defaultStart()
	}
	shared, err := kubectl.NewShared()
	if err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	q := clock.NewQueue(o.Start)
	c := &Cluster{mode: o.Node, start: o.Start, clock: q, registry: registry.NewOf(q, o.Seed, o.ObjectsMax), scopes: &api.Scopes{}, shared: shared}
	c.parts = startParts(c.registry, o.Node)
	c.wire(nil, kubectl.NewConfig(o.Node.context()))
	if err := c.Do(func() error { return furnish(c.registry, c.mode) }); err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	return c, c.Settle(context.Background())
}

// wire connects the API, kubectl and the desk.
func (c *Cluster) wire(old *desk.Desk, config kubectl.Config) {
	a := api.New(c.registry, &c.mu, c.scopes, c.containers())
	k := kubectl.New(c.clock, &c.mu, a, c.shared, config)
	c.kubectl = k
	if old == nil {
		c.desk = desk.New(k)
	} else {
		c.desk = old.Fork(k)
	}
}

// Fork returns a copy that goes its own way from here: same objects, same
// processes, same time, same files on the desk.
func (c *Cluster) Fork() *Cluster {
	q := c.clock.Fork()
	f := &Cluster{mode: c.mode, start: c.start, clock: q, registry: c.registry.Fork(q), scopes: c.scopes, shared: c.shared}
	f.parts = c.parts.fork(f.registry)
	f.wire(c.desk, c.kubectl.Config())
	return f
}

// Now is the cluster's time.
func (c *Cluster) Now() time.Time { return c.clock.Now() }

// Elapsed is the virtual time since the cluster began.
func (c *Cluster) Elapsed() time.Duration { return c.clock.Now().Sub(c.start) }

// Registry is the write path, for whoever applies manifests without kubectl;
// use it inside Do.
func (c *Cluster) Registry() *registry.Registry { return c.registry }

// Desk is the workstation, for its files.
func (c *Cluster) Desk() *desk.Desk { return c.desk }

// Do runs f in the cluster's time, in which none passes.
func (c *Cluster) Do(f func() error) error {
	_, err := clock.Bubble(c.clock.Now(), f)
	return err
}

// Settle lets happen what is due at the present time.
func (c *Cluster) Settle(ctx context.Context) error { return c.until(ctx, c.clock.Now()) }

// Advance lets time pass, with all that is due in it.
func (c *Cluster) Advance(ctx context.Context, d time.Duration) error {
	if d < 0 || d > advanceMax {
		return fmt.Errorf("advance %s: want 0 to %s", d, advanceMax)
	}
	return c.until(ctx, c.clock.Now().Add(d))
}

// A NotSettledError says that a cluster would not come to rest.
type NotSettledError struct {
	Events int                  // that happened, at most
	Fight  *clock.RestlessError // who undoes what others do; nil if nobody was found
}

func (e *NotSettledError) Error() string {
	if e.Fight != nil {
		return fmt.Sprintf("the cluster does not come to rest: %v, which is the limit; what it does is undone again and again", e.Fight)
	}
	return fmt.Sprintf("the cluster did not come to rest within %d events", e.Events)
}

// Unwrap gives the fight.
func (e *NotSettledError) Unwrap() error {
	if e.Fight == nil {
		return nil
	}
	return e.Fight
}

// restless tells of a fight in the words of a cluster.
func restless(err error) error {
	var fight *clock.RestlessError
	var known *NotSettledError
	if errors.As(err, &known) || !errors.As(err, &fight) {
		return err
	}
	return &NotSettledError{Fight: fight}
}

func (c *Cluster) until(ctx context.Context, limit time.Time) error {
	n := 0
	return restless(c.clock.Advance(limit, func() error {
		if n++; n > eventsMax && n > eventsPerObject*c.registry.Len() {
			return &NotSettledError{Events: n - 1}
		}
		return ctx.Err()
	}))
}

// Exec runs one command line of a script: a shell line, "settle",
// "advance 15s", "switch provisioner on" or "usage pod/web cpu=1 memory=9Mi".
func (c *Cluster) Exec(ctx context.Context, line string) (transcript.Step, error) {
	step := transcript.Step{Command: line}
	d, kind := virtual(line)
	switch kind {
	case settles:
		if err := c.Settle(ctx); err != nil {
			return step, err
		}
	case advances:
		if err := c.Advance(ctx, d); err != nil {
			return step, err
		}
	case turns:
		var err error
		if step, err = c.execSwitch(line); err != nil {
			return step, err
		}
	case uses:
		step = c.execUsage(line)
	default:
		// Nobody types faster than controllers work.
		if err := c.Settle(ctx); err != nil {
			return step, err
		}
		res, err := c.desk.Run(ctx, line)
		if err != nil {
			return step, restless(err)
		}
		step.Stdout, step.Stderr, step.Exit = res.Stdout, res.Stderr, res.Exit
	}
	step.Seconds = c.Elapsed().Seconds()
	return step, nil
}
