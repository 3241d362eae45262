package lab

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"gieok/korean"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// depthMax bounds how deep a kind is looked into: Kubernetes' own types end
// well above it, recursive ones never would.
const depthMax = 14

// A schemas is the structure of Kubernetes' kinds, read from their Go types,
// so that no list of fields is written by hand. Safe for concurrent use.
type schemas struct {
	mu     sync.Mutex
	fields map[reflect.Type][]field
	places map[reflect.Type][]place
	kinds  map[string][]schema.GroupVersionKind // by Kind
}

// A field is one key of a struct.
type field struct {
	name     string
	typ      reflect.Type // without pointers
	required bool
	number   int // in protobuf: older fields have lower ones
}

// A place is a struct within a kind.
type place struct {
	path  []step
	typ   reflect.Type
	above []reflect.Type // the structs on the way to it
}

// A step goes from a struct to the value of one of its fields, or with list to
// an item of it.
type step struct {
	name string
	list bool
}

func newSchemas() *schemas {
	s := &schemas{fields: map[reflect.Type][]field{}, places: map[reflect.Type][]place{}, kinds: map[string][]schema.GroupVersionKind{}}
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version != "__internal" && !strings.HasSuffix(gvk.Kind, "List") && !strings.HasSuffix(gvk.Kind, "Options") && gvk.Kind != "WatchEvent" {
			s.kinds[gvk.Kind] = append(s.kinds[gvk.Kind], gvk)
		}
	}
	for _, list := range s.kinds {
		slices.SortFunc(list, compareVersions)
	}
	return s
}

// compareVersions puts the version that one should write first: stable before
// beta before alpha, newer before older, and of groups the one that is not
// superseded.
func compareVersions(a, b schema.GroupVersionKind) int {
	if oa, ob := a.Group == "extensions", b.Group == "extensions"; oa != ob {
		if oa {
			return 1
		}
		return -1
	}
	if ra, rb := versionRank(a.Version), versionRank(b.Version); ra != rb {
		return rb - ra
	}
	return strings.Compare(a.Group, b.Group)
}

// versionRank is higher for the version to prefer.
func versionRank(v string) int {
	const stable, beta = 2_000_000, 1_000_000
	major, rest, _ := strings.Cut(strings.TrimPrefix(v, "v"), "beta")
	if n, err := strconv.Atoi(major); err == nil && rest == "" {
		return stable + n*100
	} else if b, err2 := strconv.Atoi(rest); err == nil && err2 == nil {
		return beta + n*100 + b
	}
	return 0
}

// typeOf is the Go type of a kind.
func (s *schemas) typeOf(gvk schema.GroupVersionKind) (reflect.Type, bool) {
	t, ok := scheme.Scheme.AllKnownTypes()[gvk]
	return t, ok
}

// fieldsOf are the keys of a struct, required and old ones first. It is nil
// for what is written as a scalar.
func (s *schemas) fieldsOf(t reflect.Type) []field {
	if t.Kind() != reflect.Struct || isLeaf(t) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.fields[t]; ok {
		return f
	}
	f := readFields(t)
	slices.SortStableFunc(f, func(a, b field) int {
		if a.required != b.required {
			if a.required {
				return -1
			}
			return 1
		}
		return a.number - b.number
	})
	s.fields[t] = f
	return f
}

func readFields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		typ := f.Type
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if name == "" && (f.Anonymous || strings.Contains(options, "inline")) && typ.Kind() == reflect.Struct {
			out = append(out, readFields(typ)...)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		number := 0
		if parts := strings.Split(f.Tag.Get("protobuf"), ","); len(parts) > 1 {
			number, _ = strconv.Atoi(parts[1])
		}
		out = append(out, field{name: name, typ: typ, required: !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero"), number: number})
	}
	return out
}

// isLeaf tells a struct that reads itself from a scalar, such as a quantity.
func isLeaf(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())
}

func (s *schemas) field(t reflect.Type, name string) (field, bool) {
	for _, f := range s.fieldsOf(t) {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// slipMin and slipsMax bound what counts as a misspelling: short words have too
// many neighbours.
const (
	slipRunesMin = 4
	slipsMax     = 2
)

// near is the field of a struct that name most likely misspells.
func (s *schemas) near(t reflect.Type, name string) (field, bool) {
	best, bestAt := field{}, slipsMax+1
	if len(name) < slipRunesMin {
		return best, false
	}
	long := utf8.RuneCountInString(name)
	for _, f := range s.fieldsOf(t) {
		if by := utf8.RuneCountInString(f.name) - long; by > slipsMax || by < -slipsMax {
			continue // as many slips at least
		}
		d := korean.Distance(strings.ToLower(f.name), strings.ToLower(name))
		if d < bestAt && d*3 <= len(name) {
			best, bestAt = f, d
		}
	}
	return best, bestAt <= slipsMax
}

// elem is the type of an item of a list or of a value of a map, without pointers.
func elem(t reflect.Type) reflect.Type {
	t = t.Elem()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func isList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8
}

// placesOf are the structs within a kind that a person writes, the nearest
// first.
func (s *schemas) placesOf(root reflect.Type) []place {
	s.mu.Lock()
	known, ok := s.places[root]
	s.mu.Unlock()
	if ok {
		return known
	}
	queue := []place{{typ: root}}
	for i := 0; i < len(queue); i++ {
		p := queue[i]
		if len(p.path) >= depthMax {
			continue
		}
		for _, f := range s.fieldsOf(p.typ) {
			if len(p.path) == 0 && f.name == "status" || f.name == "managedFields" {
				continue
			}
			t, list := f.typ, false
			if isList(t) {
				t, list = elem(t), true
			}
			if t.Kind() != reflect.Struct || isLeaf(t) || t == p.typ || slices.Contains(p.above, t) {
				continue
			}
			queue = append(queue, place{path: append(slices.Clip(p.path), step{f.name, list}), typ: t, above: append(slices.Clip(p.above), p.typ)})
		}
	}
	s.mu.Lock()
	s.places[root] = queue
	s.mu.Unlock()
	return queue
}

// fits tells whether a value has the shape of a type; null fits everywhere.
func fits(n *yaml.Node, t reflect.Type) bool {
	n = resolved(n)
	if isNull(n) {
		return true
	}
	switch {
	case isLeaf(t):
		return n.Kind == yaml.ScalarNode
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return n.Kind == yaml.MappingNode
	case isList(t):
		return n.Kind == yaml.SequenceNode
	case t.Kind() == reflect.Interface:
		return true
	}
	return n.Kind == yaml.ScalarNode
}

// score counts the keys under n that a type knows and those that it does not.
func (s *schemas) score(n *yaml.Node, t reflect.Type) (known, unknown int) {
	n = resolved(n)
	switch {
	case !fits(n, t):
		return 0, 1
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		for i := 0; i+1 < len(n.Content); i += 2 {
			f, ok := s.field(t, n.Content[i].Value)
			if !ok {
				unknown++
				if f, ok = s.near(t, n.Content[i].Value); !ok {
					continue
				}
			}
			k, u := s.score(n.Content[i+1], f.typ)
			known, unknown = known+k+1, unknown+u
		}
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Map:
		for i := 1; i < len(n.Content); i += 2 {
			k, u := s.score(n.Content[i], elem(t))
			known, unknown = known+k, unknown+u
		}
	case n.Kind == yaml.SequenceNode && isList(t):
		for _, item := range n.Content {
			k, u := s.score(item, elem(t))
			known, unknown = known+k, unknown+u
		}
	}
	return known, unknown
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool {
	return n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// value is the value of a key of a mapping, or nil.
func value(n *yaml.Node, key string) *yaml.Node {
	if n == nil {
		return nil
	}
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolved(n.Content[i+1])
		}
	}
	return nil
}

// at follows keys through mappings.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, k := range keys {
		n = value(n, k)
	}
	return n
}

// text is the scalar under keys, or "".
func text(n *yaml.Node, keys ...string) string {
	if n = at(n, keys...); n != nil && n.Kind == yaml.ScalarNode && !isNull(n) {
		return n.Value
	}
	return ""
}

// gvkOf reads apiVersion and kind.
func gvkOf(n *yaml.Node) schema.GroupVersionKind {
	gv, err := schema.ParseGroupVersion(text(n, "apiVersion"))
	if err != nil {
		return schema.GroupVersionKind{Kind: text(n, "kind")}
	}
	return gv.WithKind(text(n, "kind"))
}

// pathsOf are the places within a kind where a field of this name is known,
// the nearest first, as "spec.template.spec.containers[].image".
func (s *schemas) pathsOf(root reflect.Type, name string) []string {
	var out []string
	for _, p := range s.placesOf(root) {
		if f, ok := s.field(p.typ, name); ok {
			end := ""
			if isList(f.typ) {
				end = "[]"
			}
			out = append(out, spell(append(slices.Clip(p.path), step{name: name}))+end)
		}
	}
	return out
}

// spell writes a path as the API server does, without numbers of items.
func spell(path []step) string {
	var b strings.Builder
	for i, s := range path {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.name)
		if s.list {
			b.WriteString("[]")
		}
	}
	return b.String()
}
