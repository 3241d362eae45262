package registry

import (
	"fmt"

	"gieok/sim/store"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	quotaplugin "k8s.io/apiserver/pkg/admission/plugin/resourcequota"
	quotav1 "k8s.io/apiserver/pkg/quota/v1"
	"k8s.io/apiserver/pkg/quota/v1/generic"
)

// quotaRegistry is the table of what can be limited.
func (r *Registry) quotaRegistry() quotav1.Registry {
	evaluators := []quotav1.Evaluator{
		&quotaEvaluator{r: r, resource: "pods", names: computeNames, usage: podUsage, scope: podScope, constraints: podConstraints},
		&quotaEvaluator{r: r, resource: "services", names: serviceNames, usage: serviceUsage, updates: true},
		&quotaEvaluator{r: r, resource: "persistentvolumeclaims", names: claimNames, usage: claimUsage, updates: true},
	}
	for _, k := range r.kinds.rows {
		gr := schema.GroupResource{Group: k.group, Resource: k.resource}
		if !k.namespaced || k.resource == "pods" || k.resource == "persistentvolumeclaims" || k.resource == "events" {
			continue
		}
		var alias corev1.ResourceName // from the time before count/…
		switch gr.String() {
		case "configmaps", "resourcequotas", "replicationcontrollers", "secrets":
			alias = corev1.ResourceName(gr.Resource)
		}
		list := func(namespace string) ([]runtime.Object, error) { return r.listForQuota(gr, namespace) }
		evaluators = append(evaluators, generic.NewObjectCountEvaluator(gr, list, alias))
	}
	return generic.NewRegistry(evaluators)
}

func (r *Registry) listForQuota(gr schema.GroupResource, namespace string) ([]runtime.Object, error) {
	k, ok := r.kinds.byResource[gr]
	if gr == (schema.GroupResource{Resource: "services"}) {
		k, ok = r.services, true
	}
	if !ok {
		return nil, fmt.Errorf("%s: %w", gr, ErrNotServed)
	}
	var out []runtime.Object
	for _, e := range r.store.List(k.id(), namespace) {
		out = append(out, k.external(e))
	}
	return out, nil
}

// QuotaUsage is how much of what a quota limits is in use.
func (r *Registry) QuotaUsage(q *corev1.ResourceQuota) (corev1.ResourceList, error) {
	return quotav1.CalculateUsage(q.Namespace, q.Spec.Scopes, q.Spec.Hard, r.quotaRegistry(), q.Spec.ScopeSelector)
}

// checkQuota refuses what would exceed a quota of its namespace, and counts
// what doesn't.
func (r *Registry) checkQuota(a admission.Attributes) error {
	if a.GetNamespace() == "" || a.GetSubresource() != "" || a.GetOperation() != admission.Create && a.GetOperation() != admission.Update {
		return nil
	}
	quotas := List[*corev1.ResourceQuota](r, a.GetNamespace())
	if len(quotas) == 0 {
		return nil
	}
	e := r.quotaRegistry().Get(a.GetResource().GroupResource())
	if e == nil {
		return nil
	}
	copies := make([]corev1.ResourceQuota, len(quotas))
	for i, q := range quotas {
		copies[i] = *q.DeepCopy()
	}
	counted, err := quotaplugin.CheckRequest(copies, a, e, nil)
	if err != nil || a.IsDryRun() {
		return err
	}
	for i := range counted {
		q := &counted[i]
		if old, ok := Get[*corev1.ResourceQuota](r, q.Namespace, q.Name); ok && !equality.Semantic.DeepEqual(old.Status.Used, q.Status.Used) {
			if _, err := UpdateStatus(r, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// WatchDeletions calls f after an object of any kind is gone. f should do no
// more than ask the clock for a call.
func (r *Registry) WatchDeletions(f func(metav1.Object)) {
	r.store.Watch("", func(c store.Change) {
		if c.Type != store.Deleted {
			return
		}
		if m, err := meta.Accessor(c.Old.Object); err == nil {
			f(m)
		}
	})
}
