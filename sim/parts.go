package sim

import (
	"gieok/sim/api"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// parts are what makes objects come alive.
type parts struct{}

func startParts(r *registry.Registry, mode NodeMode) parts { return parts{} }

func (p parts) fork(r *registry.Registry, mode NodeMode) parts { return parts{} }

func (p parts) logs() api.Logs { return nil }

func furnishNodes(r *registry.Registry, mode NodeMode) error {
	for _, ns := range registry.List[*corev1.Namespace](r, "") {
		if _, err := registry.Create(r, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "default"}}); err != nil {
			return err
		}
	}
	return nil
}
