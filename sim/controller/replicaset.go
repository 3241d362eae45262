package controller

import (
	"maps"
	"slices"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

func replicaSetKind() schema.GroupVersionKind {
	return appsv1.SchemeGroupVersion.WithKind("ReplicaSet")
}

// A ReplicaSet keeps as many Pods of its template as its spec wants.
type ReplicaSet struct {
	r *registry.Registry
	q queue
}

// NewReplicaSet registers the controller.
func NewReplicaSet(r *registry.Registry) *ReplicaSet {
	c := &ReplicaSet{r: r}
	c.q = newQueue(r, "replicaset", c.sync)
	registry.Watch(r, func(old, new *appsv1.ReplicaSet) { c.q.addObject(either(old, new)) })
	watchPods(c.q, replicaSetKind(), func(rs *appsv1.ReplicaSet) labels.Selector { return selectorOf(rs.Spec.Selector) })
	return c
}

func (c *ReplicaSet) sync(namespace, name string) error {
	rs, ok := registry.Get[*appsv1.ReplicaSet](c.r, namespace, name)
	if !ok {
		return nil
	}
	w := replicas{
		podMaker: podMaker{r: c.r, component: "replicaset-controller", owner: rs, kind: replicaSetKind()},
		selector: selectorOf(rs.Spec.Selector), want: *rs.Spec.Replicas, minReady: rs.Spec.MinReadySeconds,
		template: &rs.Spec.Template, related: func() []*corev1.Pod { return c.related(rs) },
	}
	n, err := w.reconcile()
	if err != nil {
		return err
	}
	err = registry.MutateStatus(c.r, namespace, name, func(rs *appsv1.ReplicaSet) {
		terminating := n.terminating
		rs.Status.Replicas, rs.Status.FullyLabeledReplicas = n.active, n.labeled
		rs.Status.ReadyReplicas, rs.Status.AvailableReplicas = n.ready, n.available
		rs.Status.TerminatingReplicas = &terminating
		rs.Status.ObservedGeneration = rs.Generation
		c.setFailure(&rs.Status, n)
	})
	if err != nil {
		return ignoreNotFound(err)
	}
	w.wait(c.q, n)
	return n.manage
}

// setFailure sets or removes the condition ReplicaFailure.
func (c *ReplicaSet) setFailure(s *appsv1.ReplicaSetStatus, n replicaCounts) {
	i := slices.IndexFunc(s.Conditions, func(c appsv1.ReplicaSetCondition) bool { return c.Type == appsv1.ReplicaSetReplicaFailure })
	switch {
	case n.manage != nil && i < 0:
		s.Conditions = append(s.Conditions, appsv1.ReplicaSetCondition{
			Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue,
			LastTransitionTime: now(c.r), Reason: n.failure, Message: n.manage.Error(),
		})
	case n.manage == nil && i >= 0:
		s.Conditions = slices.Delete(s.Conditions, i, i+1)
	}
}

// related are the Pods of all ReplicaSets with the same controller: where many
// of them share a node, Pods are deleted first.
func (c *ReplicaSet) related(rs *appsv1.ReplicaSet) []*corev1.Pod {
	ref := metav1.GetControllerOfNoCopy(rs)
	if ref == nil {
		return nil
	}
	// A Pod that several selectors match crowds its node once.
	matched := map[types.UID]*corev1.Pod{}
	for _, other := range registry.Controlled[*appsv1.ReplicaSet](c.r, rs.Namespace, ref.UID) {
		if r := metav1.GetControllerOfNoCopy(other); r != nil && r.UID == ref.UID {
			for _, p := range registry.Select[*corev1.Pod](c.r, rs.Namespace, selectorOf(other.Spec.Selector)) {
				matched[p.UID] = p
			}
		}
	}
	return slices.Collect(maps.Values(matched))
}

// replicas is what a ReplicaSet and a ReplicationController have in common.
type replicas struct {
	podMaker
	selector labels.Selector
	want     int32
	minReady int32 // seconds
	template *corev1.PodTemplateSpec
	related  func() []*corev1.Pod // crowd a node for the order of deletion; nil for none

	active []*corev1.Pod
	hold   bool // Pods that failed as soon as they were made are not replaced at once
}

// replicaCounts is what a status says; manage is why Pods could not be made or
// deleted, failure the reason for a condition.
type replicaCounts struct {
	active, labeled, ready, available, terminating int32

	manage  error
	failure string
}

// reconcile claims Pods, makes or deletes some, and counts those that were
// there before. The error says that claiming failed.
func (w *replicas) reconcile() (replicaCounts, error) {
	var n replicaCounts
	candidates := ownedOrOrphan[*corev1.Pod](w.r, w.owner.GetNamespace(), w.owner)
	at := w.r.Clock().Now()
	for _, p := range candidates {
		w.hold = w.hold || p.Status.Phase == corev1.PodFailed && justMade(p, at) && metav1.IsControlledBy(p, w.owner)
		if p.DeletionTimestamp != nil && !podTerminal(p) && metav1.IsControlledBy(p, w.owner) && w.selector.Matches(labels.Set(p.Labels)) {
			n.terminating++
		}
	}
	active := slices.DeleteFunc(slices.Clone(candidates), func(p *corev1.Pod) bool { return !podActive(p) })
	o := owner{r: w.r, object: w.owner, kind: w.kind, selector: w.selector}
	var err error
	if w.active, err = claim(o, active, nil, nil); err != nil {
		return n, err
	}
	if w.owner.GetDeletionTimestamp() == nil {
		n.manage = w.scale()
	}
	template := labels.SelectorFromSet(w.template.Labels)
	for _, p := range w.active {
		n.active++
		if template.Matches(labels.Set(p.Labels)) {
			n.labeled++
		}
		if podReady(p) {
			n.ready++
		}
		if podAvailable(p, w.minReady, at) {
			n.available++
		}
	}
	n.failure = "FailedDelete"
	if n.active < w.want {
		n.failure = "FailedCreate"
	}
	return n, nil
}

func (w *replicas) scale() error {
	diff := int(w.want) - len(w.active)
	if diff > 0 {
		if w.hold {
			return nil
		}
		_, err := slowStart(min(diff, burstMax), func(int) error { return w.create(w.template, "") })
		return err
	}
	var failed error
	for _, p := range w.surplus(min(-diff, burstMax)) {
		if err := w.delete(p.Name); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// surplus are the n Pods that go first.
func (w *replicas) surplus(n int) []*corev1.Pod {
	pods := slices.Clone(w.active)
	if n < len(pods) {
		crowd := map[string]int{}
		if w.related != nil {
			for _, p := range w.related() {
				if podActive(p) {
					crowd[p.Spec.NodeName]++
				}
			}
		}
		sortForDeletion(pods, crowd, w.r.Clock().Now())
	}
	return pods[:n]
}

// wait asks for a sync when the next Pod has been Ready for long enough.
func (w *replicas) wait(q queue, n replicaCounts) {
	if w.hold {
		q.after(failedWait, w.owner.GetNamespace(), w.owner.GetName())
	}
	if w.minReady == 0 || n.ready == n.available {
		return
	}
	d, ok := nextAvailability(w.active, w.minReady, w.r.Clock().Now())
	if !ok {
		d = time.Duration(w.minReady) * time.Second
	}
	q.after(d, w.owner.GetNamespace(), w.owner.GetName())
}
