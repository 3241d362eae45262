package controller

import (
	"fmt"
	"slices"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ClaimProtection keeps claims that Pods use and volumes that claims have, and
// makes the claims of generic ephemeral volumes.
type ClaimProtection struct {
	r       *registry.Registry
	claims  queue
	volumes queue
	pods    queue
}

const (
	claimFinalizer  = "kubernetes.io/pvc-protection"
	volumeFinalizer = "kubernetes.io/pv-protection"
)

// NewClaimProtection registers the controller.
func NewClaimProtection(r *registry.Registry) *ClaimProtection {
	c := &ClaimProtection{r: r}
	c.claims = newQueue(r, "pvc-protection", c.syncClaim)
	c.volumes = newQueue(r, "pv-protection", func(_, name string) error { return c.syncVolume(name) })
	c.pods = newQueue(r, "ephemeral-volume", c.syncPod)
	registry.Watch(r, func(_, new *corev1.PersistentVolumeClaim) {
		if new != nil && (new.DeletionTimestamp != nil || unusedCondition(new) == nil) {
			c.claims.addObject(new)
		}
	})
	registry.Watch(r, func(_, new *corev1.PersistentVolume) {
		if new != nil && new.DeletionTimestamp != nil {
			c.volumes.add("", new.Name)
		}
	})
	registry.Watch(r, func(old, new *corev1.Pod) {
		p := either(old, new)
		for _, v := range p.Spec.Volumes {
			switch {
			case v.PersistentVolumeClaim != nil:
				c.claims.add(p.Namespace, v.PersistentVolumeClaim.ClaimName)
			case v.Ephemeral != nil:
				c.pods.addObject(p)
				c.claims.add(p.Namespace, p.Name+"-"+v.Name)
			}
		}
	})
	return c
}

func (c *ClaimProtection) syncClaim(namespace, name string) error {
	claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, namespace, name)
	switch {
	case !ok:
		return nil
	case claim.DeletionTimestamp == nil && claim.Status.Phase == corev1.ClaimBound:
		return c.noteUse(claim)
	case claim.DeletionTimestamp == nil:
		return nil
	}
	for _, p := range registry.UsersOf(c.r, namespace, name) {
		if p.Spec.NodeName != "" {
			return nil
		}
	}
	return ignoreNotFound(registry.Mutate(c.r, namespace, name, func(x *corev1.PersistentVolumeClaim) {
		x.Finalizers = slices.DeleteFunc(x.Finalizers, func(f string) bool { return f == claimFinalizer })
	}))
}

// unusedCondition is the condition that tells since when no Pod uses a claim.
func unusedCondition(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaimCondition {
	for i := range claim.Status.Conditions {
		if claim.Status.Conditions[i].Type == corev1.PersistentVolumeClaimUnused {
			return &claim.Status.Conditions[i]
		}
	}
	return nil
}

// noteUse sets that condition.
func (c *ClaimProtection) noteUse(claim *corev1.PersistentVolumeClaim) error {
	used := slices.ContainsFunc(registry.UsersOf(c.r, claim.Namespace, claim.Name), func(p *corev1.Pod) bool { return !podTerminal(p) })
	n := corev1.PersistentVolumeClaimCondition{Type: corev1.PersistentVolumeClaimUnused, Status: corev1.ConditionTrue,
		Reason: "NoPodsUsingPVC", Message: "No pods are currently referencing this PVC", LastTransitionTime: now(c.r)}
	if used {
		n.Status, n.Reason, n.Message = corev1.ConditionFalse, "PodUsingPVC", "A pod is currently referencing this PVC"
	}
	if old := unusedCondition(claim); old != nil && old.Status == n.Status {
		return nil
	}
	return ignoreNotFound(registry.MutateStatus(c.r, claim.Namespace, claim.Name, func(x *corev1.PersistentVolumeClaim) {
		if old := unusedCondition(x); old != nil {
			*old = n
			return
		}
		x.Status.Conditions = append(x.Status.Conditions, n)
	}))
}

func (c *ClaimProtection) syncVolume(name string) error {
	pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", name)
	if !ok || pv.DeletionTimestamp == nil || pv.Status.Phase == corev1.VolumeBound {
		return nil
	}
	return ignoreNotFound(registry.Mutate(c.r, "", name, func(x *corev1.PersistentVolume) {
		x.Finalizers = slices.DeleteFunc(x.Finalizers, func(f string) bool { return f == volumeFinalizer })
	}))
}

// syncPod makes the claims of a Pod's generic ephemeral volumes.
func (c *ClaimProtection) syncPod(namespace, name string) error {
	p, ok := registry.Get[*corev1.Pod](c.r, namespace, name)
	if !ok || p.DeletionTimestamp != nil || podTerminal(p) {
		return nil
	}
	for _, v := range p.Spec.Volumes {
		if v.Ephemeral == nil || v.Ephemeral.VolumeClaimTemplate == nil {
			continue
		}
		claim := p.Name + "-" + v.Name
		if _, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, namespace, claim); ok {
			continue
		}
		t := v.Ephemeral.VolumeClaimTemplate.DeepCopy()
		_, err := registry.Create(c.r, &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: claim, Labels: t.Labels, Annotations: t.Annotations,
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(p, podKind())}},
			Spec: t.Spec,
		})
		if err != nil {
			c.r.Record(p, "ephemeral_volume", corev1.EventTypeWarning, "FailedCreate", fmt.Sprintf("ephemeral volume %s: %v", v.Name, err))
			return err
		}
	}
	return nil
}
