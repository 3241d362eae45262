package controller

import (
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Quota keeps what each ResourceQuota says is used in step with what there is.
type Quota struct {
	r *registry.Registry
	q queue
}

// NewQuota registers the controller. Creations are counted by admission; here
// it is what goes or ends, and what was there before the quota.
func NewQuota(r *registry.Registry) *Quota {
	c := &Quota{r: r}
	c.q = newQueue(r, "resourcequota", c.sync)
	registry.Watch(r, func(old, new *corev1.ResourceQuota) {
		if new != nil && (old == nil || !equality.Semantic.DeepEqual(old.Spec, new.Spec) || new.Status.Hard == nil) {
			c.q.addObject(new)
		}
	})
	registry.Watch(r, func(old, new *corev1.Pod) {
		if new == nil || old != nil && podTerminal(new) && !podTerminal(old) {
			c.all(either(old, new).Namespace)
		}
	})
	r.WatchDeletions(func(o metav1.Object) { c.all(o.GetNamespace()) })
	return c
}

func (c *Quota) all(namespace string) {
	if namespace == "" {
		return
	}
	for _, quota := range registry.List[*corev1.ResourceQuota](c.r, namespace) {
		c.q.addObject(quota)
	}
}

func (c *Quota) sync(namespace, name string) error {
	quota, ok := registry.Get[*corev1.ResourceQuota](c.r, namespace, name)
	if !ok {
		return nil
	}
	used, err := c.r.QuotaUsage(quota)
	if err != nil {
		return err
	}
	return ignoreNotFound(registry.MutateStatus(c.r, namespace, name, func(q *corev1.ResourceQuota) {
		q.Status.Hard, q.Status.Used = q.Spec.Hard.DeepCopy(), used
	}))
}
