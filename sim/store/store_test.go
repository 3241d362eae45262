package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A thing is the smallest object.
type thing struct{ text string }

func (*thing) GetObjectKind() schema.ObjectKind   { return schema.EmptyObjectKind }
func (t *thing) DeepCopyObject() runtime.Object   { c := *t; return &c }
func put(t *testing.T, s *Store, k Key, v string) { t.Helper(); mustPut(t, s, k, &thing{v}) }
func mustPut(t *testing.T, s *Store, k Key, o runtime.Object) {
	t.Helper()
	if _, err := s.Put(k, o, nil); err != nil {
		t.Fatal(err)
	}
}

func pod(ns, name string) Key { return Key{Resource: "pods", Namespace: ns, Name: name} }

func texts(entries []*Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Object.(*thing).text)
	}
	return strings.Join(out, " ")
}

func TestListOrder(t *testing.T) {
	s := New(0, nil)
	for _, k := range []Key{pod("b", "1"), pod("a", "2"), pod("a", "10"), pod("aa", "0")} {
		put(t, s, k, k.Namespace+k.Name)
	}
	if got, want := texts(s.List("pods", "")), "a10 a2 aa0 b1"; got != want {
		t.Errorf("all: %q, want %q", got, want)
	}
	if got, want := texts(s.List("pods", "a")), "a10 a2"; got != want {
		t.Errorf("of a: %q, want %q", got, want)
	}
}

func TestWatchAndSince(t *testing.T) {
	s := New(0, nil)
	put(t, s, pod("a", "1"), "one")
	var seen []string
	stop := s.Watch("", func(c Change) {
		seen = append(seen, fmt.Sprintf("%d %s %d", c.Type, c.Key.Name, c.Version))
	})
	put(t, s, pod("a", "1"), "one more")
	put(t, s, pod("a", "2"), "two")
	s.Delete(pod("a", "1"))
	s.Delete(pod("a", "nobody"))
	stop()
	put(t, s, pod("a", "3"), "three")
	if want := []string{"1 1 2", "0 2 3", "2 1 4"}; !slices.Equal(seen, want) {
		t.Errorf("seen %q, want %q", seen, want)
	}
	changes, ok := s.Since(2)
	if !ok || len(changes) != 3 || changes[0].Version != 3 {
		t.Errorf("since 2: %v %v", changes, ok)
	}
}

func TestSinceIsForgotten(t *testing.T) {
	s := New(0, nil)
	for i := range changesMax + 1 {
		put(t, s, pod("a", "1"), fmt.Sprint(i))
	}
	if _, ok := s.Since(1); ok {
		t.Error("changes that are forgotten were given")
	}
	if c, ok := s.Since(s.Version() - 1); !ok || len(c) != 1 {
		t.Errorf("the last change: %v %v", c, ok)
	}
}

func TestFork(t *testing.T) {
	s := New(0, nil)
	put(t, s, pod("a", "1"), "one")
	told := 0
	s.Watch("", func(Change) { told++ })
	f := s.Fork()
	put(t, f, pod("a", "1"), "changed")
	put(t, f, pod("a", "2"), "two")
	if got := texts(s.List("pods", "")); got != "one" || told != 0 || s.Version() != 1 {
		t.Errorf("the parent has %q at version %d, its watcher was told %d times", got, s.Version(), told)
	}
	if got := texts(f.List("pods", "")); got != "changed two" || f.Version() != 3 {
		t.Errorf("the fork has %q at version %d", got, f.Version())
	}
}

func TestFull(t *testing.T) {
	s := New(0, nil)
	for i := range ObjectsMax {
		put(t, s, pod("a", fmt.Sprint(i)), "")
	}
	if _, err := s.Put(pod("a", "one more"), &thing{}, nil); err == nil {
		t.Error("a full store took one more")
	}
	put(t, s, pod("a", "1"), "an update is no new object")
}

func BenchmarkFork(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("objects=%d", n), func(b *testing.B) {
			s := New(0, nil)
			for i := range n {
				if _, err := s.Put(pod("a", fmt.Sprint(i)), &thing{}, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				s.Fork()
			}
		})
	}
}
