// Package store keeps versioned objects in memory: reads by key, watches by
// call-back, and a fork of everything in microseconds. It knows no kinds.
package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/runtime"
)

// ObjectsMax bounds the objects of a cluster.
const ObjectsMax = 20_000

// changesMax bounds the changes that a watch can look back on.
const changesMax = 10_000

// ErrFull is returned when a cluster would hold more than ObjectsMax objects.
var ErrFull = errors.New("the cluster holds too many objects")

// A Key names an object: its resource ("pods", "deployments.apps"), its
// namespace ("" for cluster-wide ones) and its name.
type Key struct{ Resource, Namespace, Name string }

func (k Key) String() string { return k.Resource + " " + k.Namespace + "/" + k.Name }

func (k Key) path() string { return k.Namespace + "/" + k.Name }

// An Entry is one version of an object. The object is never changed once it
// is stored: whoever wants to change it copies it first.
type Entry struct {
	Object  runtime.Object
	Version int64 // of the store when this version was written

	external atomic.Value // runtime.Object in another form, made on demand
}

// External returns the entry's object in another form, made once by convert.
func (e *Entry) External(convert func(runtime.Object) runtime.Object) runtime.Object {
	if x := e.external.Load(); x != nil {
		return x.(boxed).Object
	}
	x := convert(e.Object)
	e.external.Store(boxed{x})
	return x
}

// boxed gives every stored form one concrete type, as atomic.Value wants it.
type boxed struct{ runtime.Object }

// A ChangeType says what happened to an object.
type ChangeType int

// The changes.
const (
	Added ChangeType = iota
	Modified
	Deleted
)

// A Change is one write. Old is nil when Added, New is nil when Deleted.
type Change struct {
	Type     ChangeType
	Key      Key
	Old, New *Entry
	Version  int64
}

// A Store holds the objects of one cluster. It is not safe for concurrent use,
// but for the function that ends a watch.
type Store struct {
	version int64
	count   int
	tables  map[string]map[string]*Entry // resource, then namespace/name
	changes []Change
	trimmed int64 // changes up to this version are forgotten

	mu       sync.Mutex // of watchers: a watch ends in whose goroutine it likes
	watchers []func(Change)
}

// New returns an empty store.
func New() *Store { return &Store{tables: map[string]map[string]*Entry{}} }

// Version is that of the last write.
func (s *Store) Version() int64 { return s.version }

// Get returns the current version of an object, nil if there is none.
func (s *Store) Get(k Key) *Entry { return s.tables[k.Resource][k.path()] }

// List returns the objects of a resource, of one namespace or, with "", of
// all, ordered by namespace and name.
func (s *Store) List(resource, namespace string) []*Entry {
	table := s.tables[resource]
	paths := make([]string, 0, len(table))
	for p := range table {
		if namespace == "" || strings.HasPrefix(p, namespace+"/") {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	out := make([]*Entry, len(paths))
	for i, p := range paths {
		out[i] = table[p]
	}
	return out
}

// NextVersion is the version that the next write will have.
func (s *Store) NextVersion() int64 { return s.version + 1 }

// Put stores obj, which must not be changed afterwards, and tells the watchers.
func (s *Store) Put(k Key, obj runtime.Object) (*Entry, error) {
	table := s.tables[k.Resource]
	if table == nil {
		table = map[string]*Entry{}
		s.tables[k.Resource] = table
	}
	old := table[k.path()]
	if old == nil {
		if s.count >= ObjectsMax {
			return nil, fmt.Errorf("%s: %w (at most %d)", k, ErrFull, ObjectsMax)
		}
		s.count++
	}
	s.version++
	e := &Entry{Object: obj, Version: s.version}
	table[k.path()] = e
	c := Change{Type: Modified, Key: k, Old: old, New: e, Version: s.version}
	if old == nil {
		c.Type = Added
	}
	s.tell(c)
	return e, nil
}

// Delete removes an object, if it is there, and tells the watchers.
func (s *Store) Delete(k Key) {
	old := s.tables[k.Resource][k.path()]
	if old == nil {
		return
	}
	delete(s.tables[k.Resource], k.path())
	s.count--
	s.version++
	s.tell(Change{Type: Deleted, Key: k, Old: old, Version: s.version})
}

func (s *Store) tell(c Change) {
	if len(s.changes) >= changesMax {
		half := len(s.changes) / 2
		s.trimmed = s.changes[half-1].Version
		s.changes = slices.Clone(s.changes[half:])
	}
	s.changes = append(s.changes, c)
	s.mu.Lock()
	watchers := slices.Clone(s.watchers)
	s.mu.Unlock()
	for _, w := range watchers {
		if w != nil {
			w(c)
		}
	}
}

// Since returns the changes after version; ok is false if some of them are
// forgotten.
func (s *Store) Since(version int64) (changes []Change, ok bool) {
	if version < s.trimmed {
		return nil, false
	}
	i, _ := slices.BinarySearchFunc(s.changes, version+1, func(c Change, v int64) int { return int(c.Version - v) })
	return slices.Clone(s.changes[i:]), true
}

// Watch calls f after every write from now on, until stop is called. f must
// not block; it may write.
func (s *Store) Watch(f func(Change)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.watchers, func(w func(Change)) bool { return w == nil })
	if i < 0 {
		i = len(s.watchers)
		s.watchers = append(s.watchers, nil)
	}
	s.watchers[i] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watchers[i] = nil
	}
}

// Fork returns a store with the same objects and no watchers. Entries are
// shared, since they never change.
func (s *Store) Fork() *Store {
	f := &Store{version: s.version, count: s.count, trimmed: s.trimmed,
		tables: make(map[string]map[string]*Entry, len(s.tables)), changes: slices.Clip(s.changes)}
	for r, t := range s.tables {
		c := make(map[string]*Entry, len(t))
		for p, e := range t {
			c[p] = e
		}
		f.tables[r] = c
	}
	return f
}
