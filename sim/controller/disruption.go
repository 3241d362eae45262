package controller

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// evictionWait is how long an evicted Pod counts as gone although it is not.
const evictionWait = 2 * time.Minute

// disruptionWait is for how long a Pod may be said to be about to be deleted.
const disruptionWait = 2 * time.Minute

const budgetComponent = "controllermanager"

// Disruption works out how many Pods each PodDisruptionBudget lets go.
type Disruption struct {
	r     *registry.Registry
	q     queue // of budgets
	stale queue // of Pods
}

// NewDisruption registers the controller.
func NewDisruption(r *registry.Registry) *Disruption {
	c := &Disruption{r: r}
	c.q = newQueue(r, "disruption", c.sync)
	c.stale = newQueue(r, "disruption-stale", c.syncStale)
	registry.Watch(r, func(_, new *policyv1.PodDisruptionBudget) {
		if new != nil {
			c.q.addObject(new)
		}
	})
	registry.Watch(r, func(old, new *corev1.Pod) {
		for _, b := range c.budgetsOf(either(old, new)) {
			c.q.addObject(b)
		}
		if new != nil && maybeStale(new) {
			c.stale.addObject(new)
		}
	})
	return c
}

// maybeStale reports whether a Pod says that it is about to be deleted and isn't.
// What a kubelet says may take any time.
func maybeStale(p *corev1.Pod) bool {
	cond := podCondition(p, corev1.DisruptionTarget)
	return cond != nil && cond.Status == corev1.ConditionTrue && cond.Reason != corev1.PodReasonTerminationByKubelet &&
		p.DeletionTimestamp == nil && !podTerminal(p)
}

// syncStale takes back what has been said about a Pod for disruptionWait.
func (c *Disruption) syncStale(namespace, name string) error {
	p, ok := registry.Get[*corev1.Pod](c.r, namespace, name)
	if !ok || !maybeStale(p) {
		return nil
	}
	if left := podCondition(p, corev1.DisruptionTarget).LastTransitionTime.Add(disruptionWait).Sub(c.r.Clock().Now()); left > 0 {
		c.stale.after(left, namespace, name)
		return nil
	}
	return ignoreNotFound(registry.MutateStatus(c.r, namespace, name, func(p *corev1.Pod) {
		*podCondition(p, corev1.DisruptionTarget) = corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionFalse,
			LastTransitionTime: now(c.r), ObservedGeneration: p.Generation}
	}))
}

// budgetsOf are the budgets that a Pod counts for. There should be one; of
// several, upstream looks at any, another at every change, and says so. Here
// all are looked at, and the first by name is said to be.
func (c *Disruption) budgetsOf(p *corev1.Pod) []*policyv1.PodDisruptionBudget {
	var found []*policyv1.PodDisruptionBudget
	for _, b := range registry.List[*policyv1.PodDisruptionBudget](c.r, p.Namespace) {
		if selectorOf(b.Spec.Selector).Matches(labels.Set(p.Labels)) {
			found = append(found, b)
		}
	}
	if len(found) > 1 {
		c.r.Record(p, budgetComponent, corev1.EventTypeWarning, "MultiplePodDisruptionBudgets",
			fmt.Sprintf("Pod %q/%q matches multiple PodDisruptionBudgets.  Chose %q arbitrarily.", p.Namespace, p.Name, found[0].Name))
	}
	return found
}

func (c *Disruption) sync(namespace, name string) error {
	b, ok := registry.Get[*policyv1.PodDisruptionBudget](c.r, namespace, name)
	if !ok {
		return nil
	}
	selector := selectorOf(b.Spec.Selector)
	pods := registry.Select[*corev1.Pod](c.r, namespace, selector)
	if len(pods) == 0 {
		c.r.Record(b, budgetComponent, corev1.EventTypeNormal, "NoPods", "No matching pods found")
	}
	expected, desired, unmanaged, err := c.expect(b, pods)
	if err != nil {
		c.r.Record(b, budgetComponent, corev1.EventTypeWarning, "CalculateExpectedPodCountFailed", fmt.Sprintf("Failed to calculate the number of expected pods: %v", err))
		return c.failSafe(b, err)
	}
	if unmanaged {
		c.r.Record(b, budgetComponent, corev1.EventTypeWarning, "UnmanagedPods", fmt.Sprintf("Pods selected by this PodDisruptionBudget (selector: %v) were found "+
			"to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. "+
			"To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value.", b.Spec.Selector))
	}
	disrupted := c.disrupted(b, pods)
	var healthy int32
	for _, p := range pods {
		if _, leaving := disrupted[p.Name]; !leaving && p.DeletionTimestamp == nil && podReady(p) {
			healthy++
		}
	}
	allowed := max(healthy-desired, 0)
	if expected <= 0 {
		allowed = 0
	}
	return ignoreNotFound(registry.MutateStatus(c.r, namespace, name, func(b *policyv1.PodDisruptionBudget) {
		b.Status = policyv1.PodDisruptionBudgetStatus{CurrentHealthy: healthy, DesiredHealthy: desired, ExpectedPods: expected, DisruptionsAllowed: allowed,
			DisruptedPods: disrupted, ObservedGeneration: b.Generation, Conditions: b.Status.Conditions}
		if allowed > 0 {
			c.setAllowed(b, metav1.ConditionTrue, policyv1.SufficientPodsReason, "", b.Generation)
		} else {
			c.setAllowed(b, metav1.ConditionFalse, policyv1.InsufficientPodsReason, "", b.Generation)
		}
	}))
}

func (c *Disruption) setAllowed(b *policyv1.PodDisruptionBudget, status metav1.ConditionStatus, reason, message string, generation int64) {
	meta.SetStatusCondition(&b.Status.Conditions, metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: status,
		Reason: reason, Message: message, ObservedGeneration: generation, LastTransitionTime: now(c.r)})
}

// failSafe lets nothing be evicted while the budget can't be worked out.
func (c *Disruption) failSafe(b *policyv1.PodDisruptionBudget, why error) error {
	return ignoreNotFound(registry.MutateStatus(c.r, b.Namespace, b.Name, func(b *policyv1.PodDisruptionBudget) {
		b.Status.DisruptionsAllowed = 0
		c.setAllowed(b, metav1.ConditionFalse, policyv1.SyncFailedReason, why.Error(), b.Status.ObservedGeneration)
	}))
}

// disrupted are the Pods whose eviction was granted and that are not yet being
// deleted.
func (c *Disruption) disrupted(b *policyv1.PodDisruptionBudget, pods []*corev1.Pod) map[string]metav1.Time {
	leaving := map[string]metav1.Time{}
	at := c.r.Clock().Now()
	for _, p := range pods {
		since, ok := b.Status.DisruptedPods[p.Name]
		if !ok || p.DeletionTimestamp != nil {
			continue
		}
		left := since.Add(evictionWait).Sub(at)
		if left < 0 {
			// Upstream names the namespace twice here.
			c.r.Record(p, budgetComponent, corev1.EventTypeWarning, "NotDeleted", fmt.Sprintf("Pod was expected by PDB %s/%s to be deleted but it wasn't", b.Namespace, b.Namespace))
			continue
		}
		leaving[p.Name] = since
		c.q.after(left+time.Millisecond, b.Namespace, b.Name)
	}
	return leaving
}

// expect is how many Pods there should be, how many of them must be healthy, and
// whether some belong to no workload. A plain number of available Pods asks for
// no workload.
func (c *Disruption) expect(b *policyv1.PodDisruptionBudget, pods []*corev1.Pod) (expected, desired int32, unmanaged bool, err error) {
	switch {
	case b.Spec.MaxUnavailable != nil:
		expected, unmanaged, err = c.scale(pods)
		return expected, max(expected-scaled(b.Spec.MaxUnavailable, expected, true), 0), unmanaged, err
	case b.Spec.MinAvailable == nil:
		return 0, 0, false, nil
	case b.Spec.MinAvailable.Type == intstr.Int:
		return int32(len(pods)), b.Spec.MinAvailable.IntVal, false, nil
	}
	expected, unmanaged, err = c.scale(pods)
	return expected, scaled(b.Spec.MinAvailable, expected, true), unmanaged, err
}

// scale adds up the sizes of the Pods' workloads.
func (c *Disruption) scale(pods []*corev1.Pod) (total int32, unmanaged bool, err error) {
	known := map[types.UID]bool{}
	for _, p := range pods {
		ref := metav1.GetControllerOfNoCopy(p)
		if ref == nil {
			unmanaged = true
			continue
		}
		if known[ref.UID] {
			continue
		}
		uid, n, ok, err := c.workload(p.Namespace, ref)
		if err != nil {
			return 0, unmanaged, err
		}
		if !ok {
			return 0, unmanaged, fmt.Errorf("found no controllers for pod %q", p.Name)
		}
		if !known[uid] {
			known[uid] = true
			total += n
		}
	}
	return total, unmanaged, nil
}

// workload finds what controls a Pod, the Deployment rather than its
// ReplicaSet, and its size. Only what can be scaled has one.
func (c *Disruption) workload(namespace string, ref *metav1.OwnerReference) (uid types.UID, n int32, ok bool, err error) {
	gk := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind()
	switch gk {
	case appsv1.SchemeGroupVersion.WithKind("ReplicaSet").GroupKind():
		rs, ok := registry.Get[*appsv1.ReplicaSet](c.r, namespace, ref.Name)
		if !ok || rs.UID != ref.UID {
			return "", 0, false, nil
		}
		up := controlledBy(rs, deploymentKind())
		if up == nil {
			return rs.UID, *rs.Spec.Replicas, true, nil
		}
		d, ok := registry.Get[*appsv1.Deployment](c.r, namespace, up.Name)
		if !ok || d.UID != up.UID {
			return rs.UID, *rs.Spec.Replicas, true, nil // by its own scale
		}
		return d.UID, *d.Spec.Replicas, true, nil
	case appsv1.SchemeGroupVersion.WithKind("StatefulSet").GroupKind():
		if s, ok := registry.Get[*appsv1.StatefulSet](c.r, namespace, ref.Name); ok && s.UID == ref.UID {
			return s.UID, *s.Spec.Replicas, true, nil
		}
		return "", 0, false, nil
	case corev1.SchemeGroupVersion.WithKind("ReplicationController").GroupKind():
		if rc, ok := registry.Get[*corev1.ReplicationController](c.r, namespace, ref.Name); ok && rc.UID == ref.UID {
			return rc.UID, *rc.Spec.Replicas, true, nil
		}
		return "", 0, false, nil
	}
	switch scale, err := c.r.CustomScale(gk, namespace, ref.Name); {
	case errors.Is(err, registry.ErrNoScale):
		resource := schema.GroupResource{Group: gk.Group, Resource: strings.ToLower(gk.Kind) + "s"}
		return "", 0, false, fmt.Errorf("%s does not implement the scale subresource", resource)
	case apierrors.IsNotFound(err) || err == nil && scale.UID != ref.UID:
		return "", 0, false, nil
	default:
		return scale.UID, scale.Wanted, err == nil, err
	}
}
