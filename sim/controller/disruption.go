package controller

import (
	"fmt"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// evictionWait is how long an evicted Pod counts as gone although it is not.
const evictionWait = 2 * time.Minute

// Disruption works out how many Pods each PodDisruptionBudget lets go.
type Disruption struct {
	r *registry.Registry
	q queue
}

// NewDisruption registers the controller.
func NewDisruption(r *registry.Registry) *Disruption {
	c := &Disruption{r: r}
	c.q = newQueue(r, "disruption", c.sync)
	registry.Watch(r, func(_, new *policyv1.PodDisruptionBudget) {
		if new != nil {
			c.q.addObject(new)
		}
	})
	registry.Watch(r, func(old, new *corev1.Pod) {
		for _, b := range registry.List[*policyv1.PodDisruptionBudget](r, either(old, new).Namespace) {
			s := selectorOf(b.Spec.Selector)
			if old != nil && s.Matches(labels.Set(old.Labels)) || new != nil && s.Matches(labels.Set(new.Labels)) {
				c.q.addObject(b)
			}
		}
	})
	all := func(namespace string) {
		for _, b := range registry.List[*policyv1.PodDisruptionBudget](r, namespace) {
			c.q.addObject(b)
		}
	}
	registry.Watch(r, func(old, new *appsv1.Deployment) { all(either(old, new).Namespace) })
	registry.Watch(r, func(old, new *appsv1.ReplicaSet) { all(either(old, new).Namespace) })
	registry.Watch(r, func(old, new *appsv1.StatefulSet) { all(either(old, new).Namespace) })
	return c
}

func (c *Disruption) sync(namespace, name string) error {
	b, ok := registry.Get[*policyv1.PodDisruptionBudget](c.r, namespace, name)
	if !ok {
		return nil
	}
	selector := selectorOf(b.Spec.Selector)
	pods := registry.Select[*corev1.Pod](c.r, namespace, selector)
	if len(pods) == 0 {
		c.r.Record(b, "controllermanager", corev1.EventTypeNormal, "NoPods", "No matching pods found")
	}
	expected, desired, err := c.expect(b, pods)
	if err != nil {
		c.r.Record(b, "controllermanager", corev1.EventTypeWarning, "CalculateExpectedPodCountFailed", fmt.Sprintf("Failed to calculate the number of expected pods: %v", err))
	}
	at := c.r.Clock().Now()
	disrupted := map[string]metav1.Time{}
	var healthy int32
	for _, p := range pods {
		if since, ok := b.Status.DisruptedPods[p.Name]; ok && p.DeletionTimestamp == nil {
			if left := since.Add(evictionWait).Sub(at); left > 0 {
				disrupted[p.Name] = since
				c.q.after(left, namespace, name)
			}
		}
		if _, leaving := disrupted[p.Name]; !leaving && p.DeletionTimestamp == nil && podReady(p) {
			healthy++
		}
	}
	allowed := max(healthy-desired, 0)
	if expected <= 0 || err != nil {
		allowed = 0
	}
	return ignoreNotFound(registry.MutateStatus(c.r, namespace, name, func(b *policyv1.PodDisruptionBudget) {
		st := &b.Status
		st.CurrentHealthy, st.DesiredHealthy, st.ExpectedPods, st.DisruptionsAllowed = healthy, desired, expected, allowed
		st.DisruptedPods, st.ObservedGeneration = disrupted, b.Generation
		cond := metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionFalse,
			Reason: policyv1.InsufficientPodsReason, ObservedGeneration: b.Generation, LastTransitionTime: now(c.r)}
		switch {
		case err != nil:
			cond.Reason, cond.Message = policyv1.SyncFailedReason, err.Error()
		case allowed > 0:
			cond.Status, cond.Reason = metav1.ConditionTrue, policyv1.SufficientPodsReason
		}
		meta.SetStatusCondition(&st.Conditions, cond)
	}))
}

// expect is how many Pods there should be and how many of them must be healthy.
// A plain number of available Pods asks no controller.
func (c *Disruption) expect(b *policyv1.PodDisruptionBudget, pods []*corev1.Pod) (expected, desired int32, err error) {
	switch {
	case b.Spec.MaxUnavailable != nil:
		if expected, err = c.scale(pods); err != nil {
			return 0, 0, err
		}
		return expected, max(expected-scaled(b.Spec.MaxUnavailable, expected, true), 0), nil
	case b.Spec.MinAvailable == nil:
		return 0, 0, nil
	case b.Spec.MinAvailable.Type == intstr.Int:
		return int32(len(pods)), b.Spec.MinAvailable.IntVal, nil
	}
	if expected, err = c.scale(pods); err != nil {
		return 0, 0, err
	}
	return expected, scaled(b.Spec.MinAvailable, expected, true), nil
}

// scale adds up the sizes of the Pods' workloads.
func (c *Disruption) scale(pods []*corev1.Pod) (int32, error) {
	sizes := map[types.UID]bool{}
	var total int32
	for _, p := range pods {
		ref := metav1.GetControllerOfNoCopy(p)
		if ref == nil {
			continue // bare Pods are nobody's size
		}
		uid, n, ok := c.workload(p.Namespace, ref)
		if !ok {
			return 0, fmt.Errorf("found no controllers for pod %q", p.Name)
		}
		if !sizes[uid] {
			sizes[uid] = true
			total += n
		}
	}
	return total, nil
}

func (c *Disruption) workload(namespace string, ref *metav1.OwnerReference) (types.UID, int32, bool) {
	switch ref.Kind {
	case "ReplicaSet":
		rs, ok := registry.Get[*appsv1.ReplicaSet](c.r, namespace, ref.Name)
		if !ok {
			return "", 0, false
		}
		if up := controlledBy(rs, deploymentKind()); up != nil {
			if d, ok := registry.Get[*appsv1.Deployment](c.r, namespace, up.Name); ok {
				return d.UID, *d.Spec.Replicas, true
			}
		}
		return rs.UID, *rs.Spec.Replicas, true
	case "StatefulSet":
		if s, ok := registry.Get[*appsv1.StatefulSet](c.r, namespace, ref.Name); ok {
			return s.UID, *s.Spec.Replicas, true
		}
	case "ReplicationController":
		if rc, ok := registry.Get[*corev1.ReplicationController](c.r, namespace, ref.Name); ok {
			return rc.UID, *rc.Spec.Replicas, true
		}
	}
	return "", 0, false
}
