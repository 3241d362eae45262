package controller

import (
	"fmt"
	"slices"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GarbageCollector deletes what has lost its owners, lets dependents go first
// where the deletion asks for that, and frees them where it asks for that.
type GarbageCollector struct {
	r *registry.Registry
	q queue
}

// NewGarbageCollector registers the controller. The keys of its queue are
// "kind.group namespace/name" for an object to look at.
func NewGarbageCollector(r *registry.Registry) *GarbageCollector {
	c := &GarbageCollector{r: r}
	c.q = newQueue(r, "gc", func(kind, rest string) error { return c.sync(kind, rest) })
	registry.WatchAll(r, c.changed)
	return c
}

// changed looks at an object when it has owners or is being deleted in a way
// that concerns its dependents, and at its dependents when it is gone.
func (c *GarbageCollector) changed(gk schema.GroupKind, old, new metav1.Object) {
	if new == nil {
		for _, d := range c.r.Dependents(old.GetUID()) {
			if o, ok := d.Object.(object); ok {
				c.enqueue(o)
			}
		}
		for _, ref := range old.GetOwnerReferences() {
			c.enqueueOwner(old.GetNamespace(), ref)
		}
		return
	}
	ending := new.GetDeletionTimestamp() != nil && (has(new, metav1.FinalizerDeleteDependents) || has(new, metav1.FinalizerOrphanDependents))
	same := old != nil && equality.Semantic.DeepEqual(old.GetOwnerReferences(), new.GetOwnerReferences())
	if ending || len(new.GetOwnerReferences()) > 0 && !same {
		c.r.Clock().Enqueue(c.q.name, gcKey(gk, new.GetNamespace(), new.GetName()))
	}
	if old != nil && !same {
		for _, ref := range old.GetOwnerReferences() {
			c.enqueueOwner(new.GetNamespace(), ref)
		}
	}
}

func gvkOf(o object) schema.GroupKind { return o.GetObjectKind().GroupVersionKind().GroupKind() }

func has(o metav1.Object, finalizer string) bool {
	return slices.Contains(o.GetFinalizers(), finalizer)
}

// gcKey is made for splitKey, which cuts at the first slash.
func gcKey(gk schema.GroupKind, namespace, name string) string {
	return gk.String() + "/" + namespace + " " + name
}

func (c *GarbageCollector) enqueue(o object) {
	c.r.Clock().Enqueue(c.q.name, gcKey(gvkOf(o), o.GetNamespace(), o.GetName()))
}

func groupKindOf(ref metav1.OwnerReference) schema.GroupKind {
	gv, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return schema.GroupKind{Kind: ref.Kind}
	}
	return schema.GroupKind{Group: gv.Group, Kind: ref.Kind}
}

// enqueueOwner looks again at an owner that waits for its dependents.
func (c *GarbageCollector) enqueueOwner(namespace string, ref metav1.OwnerReference) {
	if o, ok := c.owner(namespace, ref); ok && o.GetDeletionTimestamp() != nil {
		c.enqueue(o)
	}
}

// owner is the object that a reference means; ok is false if it is gone.
func (c *GarbageCollector) owner(namespace string, ref metav1.OwnerReference) (object, bool) {
	obj, ok := c.r.GetObject(groupKindOf(ref), namespace, ref.Name)
	if !ok {
		return nil, false
	}
	o, ok := obj.(object)
	return o, ok && o.GetUID() == ref.UID
}

// dependents are the objects that name o as an owner.
func (c *GarbageCollector) dependents(o object) []object {
	var out []object
	for _, entry := range c.r.Dependents(o.GetUID()) {
		if d, ok := entry.Object.(object); ok {
			out = append(out, d)
		}
	}
	return out
}

func (c *GarbageCollector) sync(kind, rest string) error {
	namespace, name, _ := strings.Cut(rest, " ")
	gk := schema.ParseGroupKind(kind)
	obj, ok := c.r.GetObject(gk, namespace, name)
	if !ok {
		return nil
	}
	o, ok := obj.(object)
	if !ok {
		panic(fmt.Sprintf("controller: internal error: %T has no metadata", obj))
	}
	if o.GetDeletionTimestamp() != nil {
		switch {
		case has(o, metav1.FinalizerOrphanDependents):
			return c.orphan(o)
		case has(o, metav1.FinalizerDeleteDependents):
			return c.foreground(o)
		}
		return nil
	}
	return c.background(gk, o)
}

// orphan frees the dependents of an object that is being deleted.
func (c *GarbageCollector) orphan(o object) error {
	for _, d := range c.dependents(o) {
		if err := c.dropOwners(d, func(ref metav1.OwnerReference) bool { return ref.UID == o.GetUID() }); err != nil {
			return err
		}
	}
	return c.dropFinalizer(o, metav1.FinalizerOrphanDependents)
}

// foreground deletes the dependents first; those that block the owner's
// deletion must be gone before it.
func (c *GarbageCollector) foreground(o object) error {
	blocked := false
	for _, d := range c.dependents(o) {
		for _, ref := range d.GetOwnerReferences() {
			if ref.UID == o.GetUID() && ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion {
				blocked = true
			}
		}
		if d.GetDeletionTimestamp() == nil {
			c.enqueue(d)
		}
	}
	if blocked {
		return nil
	}
	return c.dropFinalizer(o, metav1.FinalizerDeleteDependents)
}

// background deletes an object none of whose owners is left, or only such as
// wait for it to go.
func (c *GarbageCollector) background(gk schema.GroupKind, o object) error {
	var solid, dangling, waiting []metav1.OwnerReference
	for _, ref := range o.GetOwnerReferences() {
		owner, ok := c.owner(o.GetNamespace(), ref)
		switch {
		case !ok && !c.r.Serves(groupKindOf(ref)):
			solid = append(solid, ref) // it may exist for all that is known
		case !ok:
			dangling = append(dangling, ref)
			c.stray(o, ref)
		case owner.GetDeletionTimestamp() != nil && has(owner, metav1.FinalizerDeleteDependents):
			waiting = append(waiting, ref)
		default:
			solid = append(solid, ref)
		}
	}
	if len(dangling)+len(waiting) == 0 {
		return nil
	}
	if len(solid) > 0 {
		return c.dropOwners(o, func(ref metav1.OwnerReference) bool {
			return !slices.ContainsFunc(solid, func(s metav1.OwnerReference) bool { return s.UID == ref.UID })
		})
	}
	policy := metav1.DeletePropagationBackground
	switch {
	case len(waiting) > 0 && len(c.dependents(o)) > 0, has(o, metav1.FinalizerDeleteDependents):
		policy = metav1.DeletePropagationForeground
	case has(o, metav1.FinalizerOrphanDependents):
		policy = metav1.DeletePropagationOrphan
	}
	return ignoreNotFound(c.r.DeleteObject(gk, o.GetNamespace(), o.GetName(), registry.DeleteOptions{Propagation: &policy, UID: o.GetUID()}))
}

// stray tells of an owner that lives in another namespace, where it can't own.
func (c *GarbageCollector) stray(o object, ref metav1.OwnerReference) {
	if !c.r.LivesElsewhere(groupKindOf(ref), o.GetNamespace(), ref.UID) {
		return
	}
	c.r.Record(o, "garbage-collector-controller", corev1.EventTypeWarning, "OwnerRefInvalidNamespace",
		fmt.Sprintf("ownerRef [%s/%s, namespace: %s, name: %s, uid: %s] does not exist in namespace %q",
			ref.APIVersion, ref.Kind, o.GetNamespace(), ref.Name, ref.UID, o.GetNamespace()))
}

func (c *GarbageCollector) dropOwners(o object, drop func(metav1.OwnerReference) bool) error {
	d := o.DeepCopyObject().(object)
	d.SetOwnerReferences(slices.DeleteFunc(d.GetOwnerReferences(), drop))
	return ignoreNotFound(c.r.UpdateObject(d))
}

func (c *GarbageCollector) dropFinalizer(o object, finalizer string) error {
	fresh, ok := c.r.GetObject(gvkOf(o), o.GetNamespace(), o.GetName())
	if !ok {
		return nil
	}
	d := fresh.DeepCopyObject().(object)
	d.SetFinalizers(slices.DeleteFunc(d.GetFinalizers(), func(f string) bool { return f == finalizer }))
	return ignoreNotFound(c.r.UpdateObject(d))
}
