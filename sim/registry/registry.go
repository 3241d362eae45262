// Package registry is the one way to write an object of a cluster. It runs
// upstream Kubernetes' own REST storages, with their decoding, defaults,
// strategies and validation, over an in-memory store; controllers, the node
// and the API all write through it.
package registry

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"

	"gieok/sim/clock"
	"gieok/sim/store"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/capabilities"
)

// A Registry is the write path of one cluster. Like the cluster it is
// single-threaded; calls must be made inside a bubble of the cluster's clock,
// since upstream's strategies read time.Now.
type Registry struct {
	store    *store.Store
	clock    *clock.Queue
	kinds    *kindTable
	services *kind // its allocators belong to one cluster
	source   *rand.PCG
	random   *rand.Rand
	memory   map[string]any // what programs of the control plane keep to themselves

	correlator *correlator
}

// How often a controller may be called for one object at one point in time. A
// workload is called a few times for each of its Pods.
const (
	callsMin       = 300
	callsPerObject = 5
)

// setup guards what upstream's packages have one of in a process.
var setup sync.Once

// New returns a registry over an empty store. seed decides UIDs, generated
// names, and addresses.
func New(q *clock.Queue, seed uint64) *Registry { return NewOf(q, seed, 0) }

// NewOf is New for at most so many objects; 0 stands for store.ObjectsMax.
func NewOf(q *clock.Queue, seed uint64, objectsMax int) *Registry {
	setup.Do(func() {
		capabilities.Setup(true, 0) // --allow-privileged, as kubeadm sets it
		installDefinitions(Scheme())
	})
	return build(store.New(objectsMax, indexValues), q, newKindTable(), rand.NewPCG(seed, 0x6769656f6b), newCorrelator())
}

func build(s *store.Store, q *clock.Queue, kinds *kindTable, source *rand.PCG, events *correlator) *Registry {
	r := &Registry{store: s, clock: q, kinds: kinds, source: source, random: rand.New(source), memory: map[string]any{}, correlator: events}
	r.services = serviceKind(r)
	q.Bound(func() int { return callsMin + callsPerObject*r.Len() })
	r.expireEvents()
	return r
}

// Fork returns a registry over a copy of the store, with the given clock and
// no subscribers. What is read from both is shared and never changes.
func (r *Registry) Fork(q *clock.Queue) *Registry {
	source := *r.source
	f := build(r.store.Fork(), q, r.kinds, &source, r.correlator.fork())
	f.memory = maps.Clone(r.memory)
	return f
}

// Remember keeps what a program of the control plane has in its memory and in
// no object; nil forgets it. A fork has it too, so v is never changed again.
func (r *Registry) Remember(key string, v any) {
	if v == nil {
		delete(r.memory, key)
		return
	}
	r.memory[key] = v
}

// Recall is what was remembered, nil if nothing was.
func (r *Registry) Recall(key string) any { return r.memory[key] }

// Clock is the cluster's clock.
func (r *Registry) Clock() *clock.Queue { return r.clock }

// Random is the cluster's seeded randomness.
func (r *Registry) Random() *rand.Rand { return r.random }

// Len is the number of objects in the cluster but for Events.
func (r *Registry) Len() int { return r.store.Len() - r.store.Size("events") }

// Version is the resource version of the last write.
func (r *Registry) Version() int64 { return r.store.Version() }

// uid makes a version-4 UUID from the cluster's randomness.
func (r *Registry) uid() types.UID {
	a, b := r.random.Uint64(), r.random.Uint64()
	return types.UID(fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x",
		a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff))
}

// suffixAlphabet and suffixLength are those of upstream's name generator.
const (
	suffixAlphabet = "bcdfghjklmnpqrstvwxz2456789"
	suffixLength   = 5
	generatedMax   = 63 - suffixLength
)

// generate completes base as upstream's name generator does.
func (r *Registry) generate(base string) string {
	if len(base) > generatedMax {
		base = base[:generatedMax]
	}
	var suffix [suffixLength]byte
	for i := range suffix {
		suffix[i] = suffixAlphabet[r.random.IntN(len(suffixAlphabet))]
	}
	return base + string(suffix[:])
}

type contextKey int

const (
	registryKey contextKey = iota
	releaseKey
	insideKey
)

// With puts the registry into a context, for the REST storages to find.
func (r *Registry) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, registryKey, r)
}

// From is the registry of a context made by With.
func From(ctx context.Context) *Registry {
	r, ok := ctx.Value(registryKey).(*Registry)
	if !ok {
		panic("registry: internal error: a context without a registry")
	}
	return r
}

// isInside tells the calls that programs of the control plane make, which share
// what is stored, from requests, whose handlers may change what they get.
func isInside(ctx context.Context) bool { return ctx.Value(insideKey) != nil }

// WithRelease arranges that f is called as soon as a watch request has its
// first events, so that whoever holds the cluster's lock for a request lets it
// go for the long part of a watch.
func WithRelease(ctx context.Context, f func()) context.Context {
	return context.WithValue(ctx, releaseKey, f)
}

func release(ctx context.Context) {
	if f, ok := ctx.Value(releaseKey).(func()); ok {
		f()
	}
}

// Scheme knows every type that the registry serves.
func Scheme() *runtime.Scheme { return legacyscheme.Scheme }

// Codecs read and write those types.
func Codecs() serializer.CodecFactory { return legacyscheme.Codecs }

// ParameterCodec reads the options of requests.
func ParameterCodec() runtime.ParameterCodec { return legacyscheme.ParameterCodec }
