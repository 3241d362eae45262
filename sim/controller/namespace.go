package controller

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Namespace empties namespaces that are being deleted, and then lets them go.
type Namespace struct {
	r *registry.Registry
	q queue
}

// The waits of upstream's controller.
const (
	// namespaceGrace is the wait after a namespace was written, so that creations
	// that were under way are seen.
	namespaceGrace = 5 * time.Second
	// finalizerEstimate is how long what waits for a finalizer is thought to take.
	finalizerEstimate = 15 * time.Second
)

// NewNamespace registers the controller.
func NewNamespace(r *registry.Registry) *Namespace {
	c := &Namespace{r: r}
	c.q = newQueue(r, "namespace", func(_, name string) error { return c.sync(name) })
	registry.Watch(r, func(_, new *corev1.Namespace) {
		if new != nil && new.DeletionTimestamp != nil {
			c.q.after(namespaceGrace, "", new.Name)
		}
	})
	return c
}

func (c *Namespace) sync(name string) error {
	ns, ok := registry.Get[*corev1.Namespace](c.r, "", name)
	if !ok || ns.DeletionTimestamp == nil {
		return nil
	}
	isPod := func(o registry.Object) bool { return o.GVK.Group == "" && o.GVK.Kind == "Pod" }
	// Pods go first, so that what protects or serves them outlives them.
	left, estimate, failed := c.empty(ns, isPod)
	told := left
	if len(left) > 0 {
		told = nil // upstream tells of them only when they are gone
	} else {
		left, estimate, failed = c.empty(ns, func(o registry.Object) bool { return !isPod(o) })
		told = left
	}
	err := registry.MutateStatus(c.r, "", name, func(ns *corev1.Namespace) { c.explain(ns, told, failed) })
	switch {
	case err != nil:
		return ignoreNotFound(err)
	case failed != nil:
		return failed
	case len(left) > 0:
		c.q.after(estimate/2+time.Second, "", name)
		return nil
	}
	return ignoreNotFound(c.r.FinalizeNamespace(name))
}

// empty deletes some of what lies in a namespace, and returns what is left of
// it and how long that should take.
func (c *Namespace) empty(ns *corev1.Namespace, of func(registry.Object) bool) (left []registry.Object, estimate time.Duration, failed error) {
	list := func() []registry.Object {
		return slices.DeleteFunc(c.content(ns.Name), func(o registry.Object) bool { return !of(o) })
	}
	for _, o := range list() {
		if p, ok := o.Object.(*corev1.Pod); ok && !podTerminal(p) && p.Spec.TerminationGracePeriodSeconds != nil {
			estimate = max(estimate, time.Duration(*p.Spec.TerminationGracePeriodSeconds)*time.Second)
		}
	}
	if c.r.Clock().Now().Sub(ns.DeletionTimestamp.Time) >= estimate {
		estimate = 0
	}
	policy := metav1.DeletePropagationBackground
	for _, o := range list() {
		m, ok := o.Object.(metav1.Object)
		if !ok || m.GetDeletionTimestamp() != nil {
			continue
		}
		err := c.r.DeleteObject(o.GVK.GroupKind(), ns.Name, m.GetName(), registry.DeleteOptions{Propagation: &policy})
		if ignoreNotFound(err) != nil && failed == nil {
			failed = err
		}
	}
	left = list()
	held := slices.ContainsFunc(left, func(o registry.Object) bool {
		m, ok := o.Object.(metav1.Object)
		return ok && len(m.GetFinalizers()) > 0
	})
	switch {
	case len(left) == 0 || estimate > 0 || failed != nil:
	case held:
		estimate = finalizerEstimate
	default:
		o := left[0]
		resource, _, _ := strings.Cut(o.Resource, ".")
		failed = fmt.Errorf("unexpected items still remain in namespace: %s for gvr: %s/%s, Resource=%s", ns.Name, o.GVK.Group, o.GVK.Version, resource)
		if of(registry.Object{GVK: corev1.SchemeGroupVersion.WithKind("Pod")}) {
			failed = fmt.Errorf("failed to delete pods for namespace: %s, err: %w", ns.Name, failed)
		}
	}
	return left, estimate, failed
}

// explain sets the conditions of a namespace that is being deleted: what is
// left in it, and which finalizers that waits for.
func (c *Namespace) explain(ns *corev1.Namespace, left []registry.Object, failed error) {
	kinds, finalizers := map[string]int{}, map[string]int{}
	for _, o := range left {
		resource, _, _ := strings.Cut(o.Resource, ".")
		kinds[resource+"."+o.GVK.Group]++
		if m, ok := o.Object.(metav1.Object); ok {
			for _, f := range m.GetFinalizers() {
				finalizers[f]++
			}
		}
	}
	at := now(c.r)
	set := func(t corev1.NamespaceConditionType, failed bool, reason, message string) {
		n := corev1.NamespaceCondition{Type: t, Status: corev1.ConditionFalse, Reason: reason, Message: message, LastTransitionTime: at}
		if failed {
			n.Status = corev1.ConditionTrue
		}
		for i := range ns.Status.Conditions {
			if old := &ns.Status.Conditions[i]; old.Type == t {
				if old.Status == n.Status {
					n.LastTransitionTime = old.LastTransitionTime
				}
				*old = n
				return
			}
		}
		ns.Status.Conditions = append(ns.Status.Conditions, n)
	}
	set(corev1.NamespaceDeletionDiscoveryFailure, false, "ResourcesDiscovered", "All resources successfully discovered")
	set(corev1.NamespaceDeletionGVParsingFailure, false, "ParsedGroupVersions", "All legacy kube types successfully parsed")
	if failed != nil {
		set(corev1.NamespaceDeletionContentFailure, true, "ContentDeletionFailed", "Failed to delete all resource types, 1 remaining: "+failed.Error())
	} else {
		set(corev1.NamespaceDeletionContentFailure, false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization")
	}
	if list := counts(kinds, "%s has %d resource instances"); list != "" {
		set(corev1.NamespaceContentRemaining, true, "SomeResourcesRemain", "Some resources are remaining: "+list)
	} else {
		set(corev1.NamespaceContentRemaining, false, "ContentRemoved", "All content successfully removed")
	}
	if list := counts(finalizers, "%s in %d resource instances"); list != "" {
		set(corev1.NamespaceFinalizersRemaining, true, "SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: "+list)
	} else {
		set(corev1.NamespaceFinalizersRemaining, false, "ContentHasNoFinalizers", "All content-preserving finalizers finished")
	}
}

// counts lists numbers by name, in order.
func counts(m map[string]int, format string) string {
	lines := make([]string, 0, len(m))
	for name, n := range m {
		lines = append(lines, fmt.Sprintf(format, name, n))
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

// content is what lies in a namespace. Events go last: deletions make some.
func (c *Namespace) content(name string) []registry.Object {
	all := slices.DeleteFunc(c.r.Objects(), func(o registry.Object) bool {
		m, ok := o.Object.(metav1.Object)
		return !ok || m.GetNamespace() != name
	})
	slices.SortStableFunc(all, func(a, b registry.Object) int {
		ea, eb := a.GVK.Kind == "Event", b.GVK.Kind == "Event"
		if ea == eb {
			return 0
		}
		return first(eb)
	})
	return all
}
