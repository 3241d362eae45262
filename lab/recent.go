package lab

// A recent remembers the values that were put last.
type recent[V any] struct {
	max    int
	values map[string]V
	order  []string // of the keys, the oldest first
}

func newRecent[V any](max int) recent[V] { return recent[V]{max: max, values: map[string]V{}} }

func (r *recent[V]) get(key string) (V, bool) {
	v, ok := r.values[key]
	return v, ok
}

// put remembers v and forgets the oldest where there are too many.
func (r *recent[V]) put(key string, v V) {
	if _, known := r.values[key]; !known {
		r.order = append(r.order, key)
	}
	r.values[key] = v
	for len(r.order) > r.max {
		delete(r.values, r.order[0])
		r.order = r.order[1:]
	}
}
