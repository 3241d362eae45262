package controller

import (
	"slices"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// PodGC deletes Pods that no kubelet will ever delete: those of nodes that are
// gone, those that are being deleted and never had a node, and those that are
// being deleted on a node that a person has declared out of service.
type PodGC struct {
	r *registry.Registry
	q queue
}

const (
	// quarantine is how long a node has to be gone.
	quarantine = 40 * time.Second
	// podGCPeriod is the time between two looks at all Pods; each Pod is looked
	// at when it has passed.
	podGCPeriod = 20 * time.Second
)

// NewPodGC registers the controller.
func NewPodGC(r *registry.Registry) *PodGC {
	c := &PodGC{r: r}
	c.q = newQueue(r, "pod-gc", c.sync)
	registry.Watch(r, func(old, new *corev1.Pod) {
		if new != nil && (old == nil || old.Spec.NodeName != new.Spec.NodeName || old.DeletionTimestamp == nil && new.DeletionTimestamp != nil) {
			c.await(new)
		}
	})
	registry.Watch(r, func(old, new *corev1.Node) {
		for _, p := range registry.OnNode(r, either(old, new).Name) {
			c.await(p)
		}
	})
	return c
}

// await asks for a look at a Pod that may have to go.
func (c *PodGC) await(p *corev1.Pod) {
	switch n, ok := registry.Get[*corev1.Node](c.r, "", p.Spec.NodeName); {
	case p.Spec.NodeName != "" && !ok:
		c.q.after(quarantine, p.Namespace, p.Name)
	case p.DeletionTimestamp != nil && (p.Spec.NodeName == "" || outOfService(n)):
		c.q.after(podGCPeriod, p.Namespace, p.Name)
	}
}

func outOfService(n *corev1.Node) bool {
	return !readyIs(n, corev1.ConditionTrue) && slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == corev1.TaintNodeOutOfService })
}

func (c *PodGC) sync(namespace, name string) error {
	p, ok := registry.Get[*corev1.Pod](c.r, namespace, name)
	if !ok {
		return nil
	}
	n, ok := registry.Get[*corev1.Node](c.r, "", p.Spec.NodeName)
	orphaned := p.Spec.NodeName != "" && !ok
	if !orphaned && (p.DeletionTimestamp == nil || ok && !outOfService(n)) {
		return nil
	}
	if !podTerminal(p) {
		err := registry.MutateStatus(c.r, namespace, name, func(p *corev1.Pod) {
			p.Status.Phase, p.Status.ObservedGeneration = corev1.PodFailed, p.Generation
			if orphaned {
				disrupt(p, "DeletionByPodGC", "PodGC: node no longer exists", c.r)
			}
		})
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	var atOnce int64
	return ignoreNotFound(registry.Delete[*corev1.Pod](c.r, namespace, name, registry.DeleteOptions{GracePeriodSeconds: &atOnce}))
}

// disrupt notes on a Pod that it is about to be deleted by the control plane.
func disrupt(p *corev1.Pod, reason, message string, r *registry.Registry) {
	cond := corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: reason, Message: message,
		ObservedGeneration: p.Generation, LastTransitionTime: now(r)}
	if former := podCondition(p, corev1.DisruptionTarget); former != nil {
		if former.Status == cond.Status {
			cond.LastTransitionTime = former.LastTransitionTime
		}
		*former = cond
		return
	}
	p.Status.Conditions = append(p.Status.Conditions, cond)
}
