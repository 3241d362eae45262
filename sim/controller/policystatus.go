package controller

import (
	"gieok/sim/registry"

	admissionv1 "k8s.io/api/admissionregistration/v1"
)

// PolicyStatus writes down that a ValidatingAdmissionPolicy was looked at.
// Upstream's controller also checks the expressions against the types of what
// they match and lists its doubts; here the types are not known, so that a
// field that does not exist is noticed only when the policy runs.
type PolicyStatus struct {
	r *registry.Registry
	q queue
}

// NewPolicyStatus registers the controller.
func NewPolicyStatus(r *registry.Registry) *PolicyStatus {
	c := &PolicyStatus{r: r}
	c.q = newQueue(r, "validatingadmissionpolicy-status", c.sync)
	registry.Watch(r, func(_, new *admissionv1.ValidatingAdmissionPolicy) {
		if new != nil && new.Generation > new.Status.ObservedGeneration {
			c.q.addObject(new)
		}
	})
	return c
}

func (c *PolicyStatus) sync(_, name string) error {
	p, ok := registry.Get[*admissionv1.ValidatingAdmissionPolicy](c.r, "", name)
	if !ok || p.Generation <= p.Status.ObservedGeneration {
		return nil
	}
	p = p.DeepCopy()
	p.Status.ObservedGeneration, p.Status.TypeChecking = p.Generation, &admissionv1.TypeChecking{}
	_, err := registry.UpdateStatus(c.r, p)
	return ignoreNotFound(err)
}
