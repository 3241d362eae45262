package controller

import (
	"time"

	"gieok/sim/registry"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TTLAfterFinished deletes Jobs some time after their end, if they ask for it.
type TTLAfterFinished struct {
	r *registry.Registry
	q queue
}

// NewTTLAfterFinished registers the controller.
func NewTTLAfterFinished(r *registry.Registry) *TTLAfterFinished {
	c := &TTLAfterFinished{r: r}
	c.q = newQueue(r, "ttl-after-finished", c.sync)
	registry.Watch(r, func(_, new *batchv1.Job) {
		if new != nil && new.Spec.TTLSecondsAfterFinished != nil && finished(new) != nil && new.DeletionTimestamp == nil {
			c.q.addObject(new)
		}
	})
	return c
}

func (c *TTLAfterFinished) sync(namespace, name string) error {
	j, ok := registry.Get[*batchv1.Job](c.r, namespace, name)
	if !ok || j.DeletionTimestamp != nil || j.Spec.TTLSecondsAfterFinished == nil {
		return nil
	}
	end := finished(j)
	if end == nil {
		return nil
	}
	ttl := time.Duration(*j.Spec.TTLSecondsAfterFinished) * time.Second
	if left := end.LastTransitionTime.Add(ttl).Sub(c.r.Clock().Now()); left > 0 {
		c.q.after(left, namespace, name)
		return nil
	}
	policy := metav1.DeletePropagationForeground
	return ignoreNotFound(registry.Delete[*batchv1.Job](c.r, namespace, name, registry.DeleteOptions{Propagation: &policy, UID: j.UID}))
}
