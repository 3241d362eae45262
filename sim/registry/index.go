package registry

import (
	"slices"
	"strings"

	"gieok/sim/store"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	api "k8s.io/kubernetes/pkg/apis/core"
)

// The values by which objects are found without looking through a list.
func byOwner(uid types.UID) string      { return "owner/" + string(uid) }
func byController(uid types.UID) string { return "controller/" + string(uid) }
func byNobody(namespace string) string  { return "orphan/" + namespace }
func byLabel(namespace, key, value string) string {
	return "label/" + namespace + "/" + key + "=" + value
}
func byNode(node string) string              { return "node/" + node }
func byClaim(namespace, claim string) string { return "claim/" + namespace + "/" + claim }
func bySelector(namespace, key, value string) string {
	return "selector/" + namespace + "/" + key + "=" + value
}
func byInvolved(uid types.UID, name string) string { return "involved/" + string(uid) + "/" + name }

// indexValues is the store's Indexer.
func indexValues(k store.Key, obj runtime.Object) []string {
	m, err := meta.Accessor(obj)
	if err != nil {
		return nil
	}
	var out []string
	refs := m.GetOwnerReferences()
	for i := range refs {
		if v := byOwner(refs[i].UID); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	if adoptable(k.Resource) {
		if ref := metav1.GetControllerOfNoCopy(m); ref != nil {
			out = append(out, byController(ref.UID))
		} else {
			out = append(out, byNobody(k.Namespace))
		}
	}
	if labelled(k.Resource) {
		for key, value := range m.GetLabels() {
			out = append(out, byLabel(k.Namespace, key, value))
		}
	}
	switch o := obj.(type) {
	case *api.Pod:
		out = append(out, byNode(o.Spec.NodeName))
		for i := range o.Spec.Volumes {
			switch v := &o.Spec.Volumes[i]; {
			case v.PersistentVolumeClaim != nil:
				out = append(out, byClaim(k.Namespace, v.PersistentVolumeClaim.ClaimName))
			case v.Ephemeral != nil:
				out = append(out, byClaim(k.Namespace, k.Name+"-"+v.Name))
			}
		}
	case *api.Service:
		if key, ok := firstKey(o.Spec.Selector); ok {
			out = append(out, bySelector(k.Namespace, key, o.Spec.Selector[key]))
		}
	case *api.Event:
		out = append(out, byInvolved(o.InvolvedObject.UID, o.InvolvedObject.Name))
	}
	slices.Sort(out) // maps have no order
	return slices.Compact(out)
}

// adoptable reports whether a controller may take over objects of a resource.
func adoptable(resource string) bool {
	switch resource {
	case "pods", "replicasets.apps", "jobs.batch", "controllerrevisions.apps":
		return true
	}
	return false
}

// labelled reports whether objects of a resource are found by their labels.
func labelled(resource string) bool {
	return resource == "pods" || resource == "endpointslices.discovery.k8s.io"
}

func firstKey(set map[string]string) (first string, ok bool) {
	for key := range set {
		if !ok || key < first {
			first, ok = key, true
		}
	}
	return first, ok
}

func find[T runtime.Object](r *Registry, value string) []T {
	k := kindFor[T](r)
	return externals[T](k, r.store.Find(k.id(), value))
}

func externals[T runtime.Object](k *kind, entries []*store.Entry) []T {
	out := make([]T, len(entries))
	for i, e := range entries {
		out[i] = k.external(e).(T)
	}
	return out
}

// Controlled returns the objects of a namespace whose controller is the one of
// that UID and those that have none, ordered by name. T must be a kind that
// controllers adopt. They are shared: copy before changing.
func Controlled[T interface {
	runtime.Object
	metav1.Object
}](r *Registry, namespace string, uid types.UID) []T {
	out := append(find[T](r, byController(uid)), find[T](r, byNobody(namespace))...)
	out = slices.DeleteFunc(out, func(o T) bool { return o.GetNamespace() != namespace })
	slices.SortFunc(out, func(a, b T) int { return strings.Compare(a.GetName(), b.GetName()) })
	return out
}

// Select returns the objects of a namespace that match a selector, ordered by
// name: Pods and EndpointSlices without a look at the others, where the
// selector asks for a label's value. They are shared: copy before changing.
func Select[T interface {
	runtime.Object
	metav1.Object
}](r *Registry, namespace string, selector labels.Selector) []T {
	k := kindFor[T](r)
	entries := r.candidates(k.id(), namespace, selector)
	entries = slices.DeleteFunc(entries, func(e *store.Entry) bool {
		m, err := meta.Accessor(e.Object)
		return err != nil || !selector.Matches(labels.Set(m.GetLabels()))
	})
	return externals[T](k, entries)
}

// candidates are the objects of a namespace among which all that match the
// selector are: those with the rarest of the label values that it asks for.
func (r *Registry) candidates(resource, namespace string, selector labels.Selector) []*store.Entry {
	requirements, selectable := selector.Requirements()
	if !selectable {
		return nil
	}
	rarest, fewest := "", r.store.Count(resource, namespace)
	if labelled(resource) {
		for _, q := range requirements {
			value, ok := soleValue(q)
			if !ok {
				continue
			}
			v := byLabel(namespace, q.Key(), value)
			if n := r.store.CountFound(resource, v, fewest); n < fewest || rarest == "" {
				rarest, fewest = v, n
			}
		}
	}
	if rarest == "" {
		return r.store.List(resource, namespace)
	}
	return r.store.Find(resource, rarest)
}

// soleValue is the one value that a requirement allows; ok is false if it
// allows others.
func soleValue(q labels.Requirement) (value string, ok bool) {
	switch q.Operator() {
	case selection.In, selection.Equals, selection.DoubleEquals:
		if values := q.ValuesUnsorted(); len(values) == 1 {
			return values[0], true
		}
	}
	return "", false
}

// OnNode returns the Pods that have the node, or with "" those that have none,
// ordered by namespace and name. They are shared: copy before changing.
func OnNode(r *Registry, node string) []*corev1.Pod { return find[*corev1.Pod](r, byNode(node)) }

// UsersOf returns the Pods that mount a claim, ordered by name. They are
// shared: copy before changing.
func UsersOf(r *Registry, namespace, claim string) []*corev1.Pod {
	return find[*corev1.Pod](r, byClaim(namespace, claim))
}

// ServicesFor returns the Services of a namespace that select what has the
// labels, ordered by name. They are shared: copy before changing.
func ServicesFor(r *Registry, namespace string, set labels.Set) []*corev1.Service {
	var out []*corev1.Service
	for key, value := range set {
		for _, s := range find[*corev1.Service](r, bySelector(namespace, key, value)) {
			if labels.SelectorFromSet(s.Spec.Selector).Matches(set) {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b *corev1.Service) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Dependents returns the objects that name an owner, ordered as Objects are.
func (r *Registry) Dependents(owner types.UID) []Object {
	var out []Object
	for _, k := range append([]*kind{r.services}, r.kinds.rows...) {
		for _, e := range r.store.Find(k.id(), byOwner(owner)) {
			out = append(out, Object{GVK: k.gvk(), Resource: k.id(), Object: k.external(e)})
		}
	}
	for _, c := range r.Definitions() {
		for _, e := range r.store.Find(c.Name, byOwner(owner)) {
			out = append(out, Object{GVK: e.Object.GetObjectKind().GroupVersionKind(), Resource: c.Name, Object: e.Object})
		}
	}
	return out
}
