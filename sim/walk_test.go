package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
)

// The walks of TestWalk: 20 of 500 steps are 10,000.
const (
	walks      = 20
	walksShort = 2
	walkLength = 500
	trailKept  = 12 // steps that a failure shows
	names      = 2  // of each kind in each namespace
	forkEvery  = 50 // steps, about
)

// TestWalk: whatever is asked of a cluster, in whatever order, after each step
// nothing is left behind by what is gone, ReplicaSets have the Pods that they
// want, Services lead to the ready Pods that they select, versions only grow,
// and a fork leaves its parent alone. When obstacles are gone all comes to rest
// as its spec says.
func TestWalk(t *testing.T) {
	n := walks
	if testing.Short() {
		n = walksShort
		t.Logf("-short: %d of %d walks, %d steps of %d", n, walks, n*walkLength, walks*walkLength)
	}
	for seed := range uint64(n) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			w := newWalker(t, seed)
			for range walkLength {
				w.step()
			}
			w.rest()
		})
	}
}

// TestWalkAgain: two walks with one seed end alike.
func TestWalkAgain(t *testing.T) {
	var ends [2]string
	for i := range ends {
		w := newWalker(t, 7)
		for range walkLength / 4 {
			w.step()
		}
		ends[i] = w.dump(w.c)
	}
	if d := cmp.Diff(strings.Split(ends[0], "\n"), strings.Split(ends[1], "\n")); d != "" {
		t.Fatalf("two walks with seed 7 differ:\n%s", d)
	}
}

type walker struct {
	t        *testing.T
	seed     uint64
	random   *rand.Rand
	c        *Cluster
	trail    []string
	version  int64    // when it was last checked,
	seen     *Cluster // and which
	versions map[types.UID]string
	freed    map[types.UID]bool // Pods that have lost their owner on purpose
}

func newWalker(t *testing.T, seed uint64) *walker {
	w := &walker{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 11)), versions: map[types.UID]string{}, freed: map[types.UID]bool{}}
	w.c = settled(t, []NodeMode{Instant, Real}[seed%2])
	w.furnish()
	return w
}

// furnish makes what the walk's objects name, and switches add-ons on.
func (w *walker) furnish() {
	w.t.Helper()
	for _, s := range Switches() {
		if err := w.c.Switch(s, true); err != nil {
			w.fail("%v", err)
		}
	}
	for _, class := range []string{"metadata: {name: low}\nvalue: -10", "metadata: {name: high}\nvalue: 1000"} {
		if err := w.c.Apply("apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\n" + class + "\n"); err != nil {
			w.fail("%v", err)
		}
	}
}

func (w *walker) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("seed %d (-run 'TestWalk/seed=%d$'): %s\nlast steps:\n  %s", w.seed, w.seed, fmt.Sprintf(format, args...), strings.Join(w.trail, "\n  "))
}

func (w *walker) dump(c *Cluster) string {
	var b strings.Builder
	for _, o := range c.registry.Objects() {
		text, err := json.Marshal(o.Object)
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", o.Resource, text)
	}
	return b.String()
}

// step does one thing and looks at what has become of it.
func (w *walker) step() {
	w.t.Helper()
	if w.random.IntN(forkEvery) == 0 {
		w.fork()
	}
	w.act(w.c)
	w.check()
}

// fork lets a fork go its own way for a while, and goes on with either of both.
func (w *walker) fork() {
	before, version := w.dump(w.c), w.c.registry.Version()
	f := w.c.Fork()
	parent := w.c
	freed := map[types.UID]bool{}
	for k := range w.freed {
		freed[k] = true
	}
	for range 3 {
		w.act(f)
	}
	if w.dump(parent) != before || parent.registry.Version() != version {
		w.fail("a fork has changed its parent")
	}
	if w.random.IntN(2) == 0 {
		w.c = f
		return
	}
	w.freed = freed
	w.trail = append(w.trail, "(the fork is dropped)")
}
