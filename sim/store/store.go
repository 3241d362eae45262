// Package store keeps versioned objects in memory: reads by key, watches by
// call-back, and a fork of everything in microseconds. It knows no kinds.
package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/third_party/forked/golang/btree"
)

// ObjectsMax bounds the objects of a cluster that names no bound itself.
const ObjectsMax = 30_000

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
// but for the function that ends a watch, and for Fork beside Fork.
type Store struct {
	version int64
	max     int // objects
	count   int
	counts  map[scope]int
	tables  map[string]*btree.BTree[row] // by resource
	index   *btree.BTree[mark]
	values  Indexer
	changes []Change
	trimmed int64 // changes up to this version are forgotten

	mu       sync.Mutex // of watchers, and of a fork
	watchers []*watcher // grows in place, shrinks in a copy
}

type scope struct{ resource, namespace string }

// A row is an object at its place in the order of a list, which is that of
// etcd: by namespace/name as one text.
type row struct {
	path string
	*Entry
}

// A mark says that an object can be found by a value.
type mark struct{ value, resource, path string }

// An Indexer tells by which values an object is to be found, see Find. It must
// be a pure function of the object.
type Indexer func(k Key, obj runtime.Object) []string

// degree is that of the trees: wide enough to be flat, narrow enough that what
// a fork copies when it writes is little.
const degree = 16

// New returns an empty store that takes up to max objects, 0 for ObjectsMax.
// values may be nil; nothing is then found.
func New(max int, values Indexer) *Store {
	if max == 0 {
		max = ObjectsMax
	}
	return &Store{max: max, counts: map[scope]int{}, tables: map[string]*btree.BTree[row]{}, index: newIndex(), values: values}
}

func newTable() *btree.BTree[row] {
	return btree.New(degree, func(a, b row) bool { return a.path < b.path })
}

func newIndex() *btree.BTree[mark] {
	return btree.New(degree, func(a, b mark) bool {
		if a.value != b.value {
			return a.value < b.value
		}
		if a.resource != b.resource {
			return a.resource < b.resource
		}
		return a.path < b.path
	})
}

// Version is that of the last write.
func (s *Store) Version() int64 { return s.version }

// Max is how many objects the store takes.
func (s *Store) Max() int { return s.max }

// Count is the number of objects of a resource in a namespace, "" for those
// that have none.
func (s *Store) Count(resource, namespace string) int { return s.counts[scope{resource, namespace}] }

// Len is the number of all objects.
func (s *Store) Len() int { return s.count }

// Size is the number of objects of a resource.
func (s *Store) Size(resource string) int {
	if t := s.tables[resource]; t != nil {
		return t.Len()
	}
	return 0
}

// Get returns the current version of an object, nil if there is none.
func (s *Store) Get(k Key) *Entry { return s.get(k.Resource, k.path()) }

func (s *Store) get(resource, path string) *Entry {
	t := s.tables[resource]
	if t == nil {
		return nil
	}
	r, _ := t.Get(row{path: path})
	return r.Entry
}

// List returns the objects of a resource, of one namespace or, with "", of
// all, ordered by namespace and name.
func (s *Store) List(resource, namespace string) []*Entry {
	t := s.tables[resource]
	if t == nil {
		return nil
	}
	if namespace == "" {
		out := make([]*Entry, 0, t.Len())
		t.Ascend(func(r row) bool { out = append(out, r.Entry); return true })
		return out
	}
	out := make([]*Entry, 0, s.counts[scope{resource, namespace}])
	// The character after the slash ends the namespace's names.
	t.AscendRange(row{path: namespace + "/"}, row{path: namespace + "0"}, func(r row) bool { out = append(out, r.Entry); return true })
	return out
}

// Find returns the objects whose Indexer gave the value, of one resource or,
// with "", of all, ordered by resource, namespace and name.
func (s *Store) Find(resource, value string) []*Entry {
	var out []*Entry
	s.index.AscendGreaterOrEqual(mark{value: value, resource: resource}, func(m mark) bool {
		if m.value != value || resource != "" && m.resource != resource {
			return false
		}
		out = append(out, s.get(m.resource, m.path))
		return true
	})
	return out
}

// CountFound is the length of what Find returns, counted up to limit.
func (s *Store) CountFound(resource, value string, limit int) int {
	n := 0
	s.index.AscendGreaterOrEqual(mark{value: value, resource: resource}, func(m mark) bool {
		if m.value != value || resource != "" && m.resource != resource || n >= limit {
			return false
		}
		n++
		return true
	})
	return n
}

// reindex brings the index up to date with a change of the object at k.
func (s *Store) reindex(k Key, path string, old, new *Entry) {
	if s.values == nil {
		return
	}
	var before, after []string
	if old != nil {
		before = s.values(k, old.Object)
	}
	if new != nil {
		after = s.values(k, new.Object)
	}
	if slices.Equal(before, after) {
		return
	}
	for _, v := range before {
		if !slices.Contains(after, v) {
			s.index.Delete(mark{v, k.Resource, path})
		}
	}
	for _, v := range after {
		if !slices.Contains(before, v) {
			s.index.ReplaceOrInsert(mark{v, k.Resource, path})
		}
	}
}

// NextVersion is the version that the next write will have.
func (s *Store) NextVersion() int64 { return s.version + 1 }

// Put stores obj, which must not be changed afterwards, and tells the watchers.
// external is its other form, if that is known already, see Entry.External.
func (s *Store) Put(k Key, obj, external runtime.Object) (*Entry, error) {
	path := k.path()
	old := s.get(k.Resource, path)
	if old == nil {
		if s.count >= s.max {
			return nil, fmt.Errorf("%s: %w (at most %d)", k, ErrFull, s.max)
		}
		s.count++
		s.counts[scope{k.Resource, k.Namespace}]++
	}
	t := s.tables[k.Resource]
	if t == nil {
		t = newTable()
		s.tables[k.Resource] = t
	}
	s.version++
	e := &Entry{Object: obj, Version: s.version}
	if external != nil {
		e.external.Store(boxed{external})
	}
	t.ReplaceOrInsert(row{path, e})
	s.reindex(k, path, old, e)
	c := Change{Type: Modified, Key: k, Old: old, New: e, Version: s.version}
	if old == nil {
		c.Type = Added
	}
	s.tell(c)
	return e, nil
}

// Delete removes an object, if it is there, and tells the watchers.
func (s *Store) Delete(k Key) {
	path := k.path()
	old := s.get(k.Resource, path)
	if old == nil {
		return
	}
	s.tables[k.Resource].Delete(row{path: path})
	s.count--
	s.counts[scope{k.Resource, k.Namespace}]--
	s.reindex(k, path, old, nil)
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
	watchers := s.watchers
	s.mu.Unlock()
	for _, w := range watchers {
		if w.resource == "" || w.resource == c.Key.Resource {
			w.f(c)
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

type watcher struct {
	resource string
	f        func(Change)
}

// Watch calls f after every write to a resource, or with "" to any, from now
// on, until stop is called. f must not block; it may write.
func (s *Store) Watch(resource string, f func(Change)) (stop func()) {
	w := &watcher{resource, f}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, w)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watchers = slices.DeleteFunc(slices.Clone(s.watchers), func(x *watcher) bool { return x == w })
	}
}

// Fork returns a store with the same objects and no watchers. Entries are
// shared, since they never change; trees are, until one of the two writes.
func (s *Store) Fork() *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &Store{version: s.version, max: s.max, count: s.count, counts: maps.Clone(s.counts), trimmed: s.trimmed,
		tables: make(map[string]*btree.BTree[row], len(s.tables)), index: s.index.Clone(), values: s.values, changes: slices.Clip(s.changes)}
	for r, t := range s.tables {
		f.tables[r] = t.Clone()
	}
	return f
}
