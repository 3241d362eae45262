package sim

import (
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// furnish makes what every cluster has from the start.
func furnish(r *registry.Registry, mode NodeMode) error {
	for _, ns := range []string{metav1.NamespaceDefault, "kube-node-lease", metav1.NamespacePublic, metav1.NamespaceSystem} {
		if _, err := registry.Create(r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}); err != nil {
			return err
		}
	}
	if err := registry.CreateDefaultRoles(r); err != nil {
		return err
	}
	for _, c := range systemPriorities() {
		if _, err := registry.Create(r, c); err != nil {
			return err
		}
	}
	_, err := registry.Create(r, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "kubernetes", Namespace: metav1.NamespaceDefault,
			Labels: map[string]string{"component": "apiserver", "provider": "kubernetes"}},
		Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.1", Type: corev1.ServiceTypeClusterIP,
			Ports: []corev1.ServicePort{{Name: "https", Port: 443, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromInt32(6443)}}},
	})
	if err != nil {
		return err
	}
	return furnishNodes(r, mode)
}

// systemPriorities are the classes that kube-apiserver itself makes.
func systemPriorities() []*schedulingv1.PriorityClass {
	return []*schedulingv1.PriorityClass{
		{ObjectMeta: metav1.ObjectMeta{Name: "system-cluster-critical"}, Value: 2_000_000_000,
			Description: "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."},
		{ObjectMeta: metav1.ObjectMeta{Name: "system-node-critical"}, Value: 2_000_001_000,
			Description: "Used for system critical pods that must not be moved from their current node."},
	}
}
