package controller

import (
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// VolumeExpand tells of claims that ask for more than they have. No volume that
// the control plane itself could grow is left in Kubernetes; the driver of the
// volume has to.
type VolumeExpand struct{ r *registry.Registry }

// NewVolumeExpand registers the controller.
func NewVolumeExpand(r *registry.Registry) *VolumeExpand {
	c := &VolumeExpand{r: r}
	q := newQueue(r, "volume-expand", c.sync)
	registry.Watch(r, func(old, new *corev1.PersistentVolumeClaim) {
		if old == nil || new == nil || new.Status.Phase != corev1.ClaimBound {
			return
		}
		had, wants := old.Spec.Resources.Requests[corev1.ResourceStorage], new.Spec.Resources.Requests[corev1.ResourceStorage]
		if wants.Cmp(had) > 0 {
			q.addObject(new)
		}
	})
	return c
}

func (c *VolumeExpand) sync(namespace, name string) error {
	claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, namespace, name)
	if !ok {
		return nil
	}
	pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", claim.Spec.VolumeName)
	if !ok || pv.Spec.ClaimRef == nil || pv.Spec.ClaimRef.UID != claim.UID {
		return nil
	}
	wants, has := claim.Spec.Resources.Requests[corev1.ResourceStorage], claim.Status.Capacity[corev1.ResourceStorage]
	if wants.Cmp(has) > 0 {
		c.r.Record(claim, "volume_expand", corev1.EventTypeNormal, "ExternalExpanding", "waiting for an external controller to expand this PVC")
	}
	return nil
}
