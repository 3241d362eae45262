package registry

import corev1 "k8s.io/api/core/v1"

// FinalizeNamespace lets a namespace go that is being deleted and empty.
func (r *Registry) FinalizeNamespace(name string) error {
	ns, ok := Get[*corev1.Namespace](r, "", name)
	if !ok {
		return nil
	}
	ns = ns.DeepCopy()
	ns.Spec.Finalizers = nil
	_, err := update(r, ns, "finalize")
	return err
}
