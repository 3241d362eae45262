package controller

import (
	"maps"
	"slices"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// An owner claims objects: what matches its selector and has no controller it
// adopts, what no longer matches it releases.
type owner struct {
	r        *registry.Registry
	object   metav1.Object
	kind     schema.GroupVersionKind
	selector labels.Selector
}

// selectorOf is the selector of a workload; one that is invalid or missing
// selects nothing.
func selectorOf(s *metav1.LabelSelector) labels.Selector {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return labels.Nothing()
	}
	return selector
}

// claim returns those of the objects that are the owner's, after adopting and
// releasing. suits narrows what may be adopted or kept; adopt, if not nil, is
// applied along with an adoption.
func claim[T object](o owner, objects []T, suits func(T) bool, adopt func(T)) ([]T, error) {
	var mine []T
	var failed error
	for _, obj := range objects {
		got, ok, err := claimOne(o, obj, suits, adopt)
		if err != nil && failed == nil {
			failed = err
		}
		if ok {
			mine = append(mine, got)
		}
	}
	return mine, failed
}

func claimOne[T object](o owner, obj T, suits func(T) bool, adopt func(T)) (T, bool, error) {
	matches := o.selector.Matches(labels.Set(obj.GetLabels())) && (suits == nil || suits(obj))
	ref := metav1.GetControllerOfNoCopy(obj)
	leaving := o.object.GetDeletionTimestamp() != nil
	switch {
	case ref != nil && ref.UID != o.object.GetUID():
		return obj, false, nil
	case ref != nil && matches:
		return obj, true, nil
	case ref != nil:
		if leaving {
			return obj, false, nil
		}
		return obj, false, ignoreNotFound(release(o, obj))
	case leaving || !matches || obj.GetDeletionTimestamp() != nil:
		return obj, false, nil
	}
	err := registry.Mutate(o.r, obj.GetNamespace(), obj.GetName(), func(x T) {
		x.SetOwnerReferences(append(x.GetOwnerReferences(), *metav1.NewControllerRef(o.object, o.kind)))
		if adopt != nil {
			adopt(x)
		}
	})
	if err != nil {
		return obj, false, ignoreNotFound(err)
	}
	fresh, ok := registry.Get[T](o.r, obj.GetNamespace(), obj.GetName())
	return fresh, ok, nil
}

func release[T object](o owner, obj T) error {
	return registry.Mutate(o.r, obj.GetNamespace(), obj.GetName(), func(x T) {
		x.SetOwnerReferences(slices.DeleteFunc(x.GetOwnerReferences(), func(ref metav1.OwnerReference) bool {
			return ref.UID == o.object.GetUID()
		}))
	})
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// ownedOrOrphan are the objects of the namespace that the owner controls or
// that nobody does.
func ownedOrOrphan[T object](r *registry.Registry, namespace string, o metav1.Object) []T {
	return registry.Controlled[T](r, namespace, o.GetUID())
}

// controlled are the objects that the owner controls, ordered by name.
func controlled[T object](r *registry.Registry, o metav1.Object) []T {
	return slices.DeleteFunc(ownedOrOrphan[T](r, o.GetNamespace(), o), func(obj T) bool { return !metav1.IsControlledBy(obj, o) })
}

// controlledBy is the controller of obj if it is of that kind, else nil.
func controlledBy(obj metav1.Object, kind schema.GroupVersionKind) *metav1.OwnerReference {
	ref := metav1.GetControllerOfNoCopy(obj)
	if ref == nil || ref.Kind != kind.Kind || ref.APIVersion != kind.GroupVersion().String() {
		return nil
	}
	return ref
}

// watchOwned enqueues a workload when something that it owns, owned or might
// adopt has changed. select returns the selector of a workload.
func watchOwned[P interface {
	*E
	object
}, W object, E any](q queue, kind schema.GroupVersionKind, selects func(W) labels.Selector) {
	registry.Watch(q.r, func(old, new P) {
		var before, after *metav1.OwnerReference
		if old != nil {
			before = controlledBy(old, kind)
		}
		if new != nil {
			after = controlledBy(new, kind)
		}
		obj := P(either((*E)(old), (*E)(new)))
		if before != nil {
			q.add(obj.GetNamespace(), before.Name)
		}
		if after != nil && (before == nil || before.Name != after.Name) {
			q.add(obj.GetNamespace(), after.Name)
		}
		if new == nil || metav1.GetControllerOfNoCopy(new) != nil || new.GetDeletionTimestamp() != nil {
			return
		}
		if old != nil && maps.Equal(old.GetLabels(), new.GetLabels()) &&
			equality.Semantic.DeepEqual(metav1.GetControllerOfNoCopy(old), metav1.GetControllerOfNoCopy(new)) {
			return
		}
		for _, w := range registry.List[W](q.r, new.GetNamespace()) {
			if s := selects(w); !s.Empty() && s.Matches(labels.Set(new.GetLabels())) {
				q.addObject(w)
			}
		}
	})
}

// watchPods is watchOwned for Pods.
func watchPods[W object](q queue, kind schema.GroupVersionKind, selects func(W) labels.Selector) {
	watchOwned[*corev1.Pod, W, corev1.Pod](q, kind, selects)
}
