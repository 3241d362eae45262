package controller

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/component-helpers/storage/volume"
)

const (
	volumeComponent = "persistentvolume-controller"
	// claimResync is how often a claim without a volume looks for one.
	claimResync = 15 * time.Second
)

// PersistentVolume binds claims to volumes.
type PersistentVolume struct {
	r       *registry.Registry
	claims  queue
	volumes queue
}

// NewPersistentVolume registers the controller.
func NewPersistentVolume(r *registry.Registry) *PersistentVolume {
	c := &PersistentVolume{r: r}
	c.claims = newQueue(r, "persistentvolumeclaim", c.syncClaim)
	c.volumes = newQueue(r, "persistentvolume", func(_, name string) error { return c.syncVolume(name) })
	registry.Watch(r, func(old, new *corev1.PersistentVolumeClaim) {
		claim := either(old, new)
		if new != nil {
			c.claims.addObject(claim)
		}
		if claim.Spec.VolumeName != "" {
			c.volumes.add("", claim.Spec.VolumeName)
		}
	})
	registry.Watch(r, func(old, new *corev1.PersistentVolume) {
		if new != nil {
			c.volumes.add("", new.Name)
		} else if ref := old.Spec.ClaimRef; ref != nil {
			c.claims.add(ref.Namespace, ref.Name)
		}
	})
	c.watchRecyclers()
	return c
}

func claimBound(claim *corev1.PersistentVolumeClaim) bool {
	_, ok := claim.Annotations[volume.AnnBindCompleted]
	return ok
}

func (c *PersistentVolume) event(about object, eventType, reason, message string) {
	c.r.Record(about, volumeComponent, eventType, reason, message)
}

func (c *PersistentVolume) syncClaim(namespace, name string) error {
	claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, namespace, name)
	if !ok {
		return nil
	}
	if claimBound(claim) {
		return c.syncBoundClaim(claim)
	}
	if claim.Spec.VolumeName == "" {
		return c.findVolume(claim)
	}
	pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", claim.Spec.VolumeName)
	switch {
	case !ok:
		return c.pend(claim)
	case pv.Spec.ClaimRef == nil:
		if reason := mismatch(claim, pv); reason != "" {
			c.event(claim, corev1.EventTypeWarning, "VolumeMismatch", fmt.Sprintf("Cannot bind to requested volume %q: %s", pv.Name, reason))
			return c.pend(claim)
		}
		return c.bind(pv, claim)
	case volume.IsVolumeBoundToClaim(pv, claim):
		return c.bind(pv, claim)
	}
	if _, ours := claim.Annotations[volume.AnnBoundByController]; !ours {
		c.event(claim, corev1.EventTypeWarning, "FailedBinding", fmt.Sprintf("volume %q already bound to a different claim.", pv.Name))
	}
	return c.pend(claim)
}

// mismatch is why a claim cannot have the volume that it names.
func mismatch(claim *corev1.PersistentVolumeClaim, pv *corev1.PersistentVolume) string {
	requested := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	capacity := pv.Spec.Capacity[corev1.ResourceStorage]
	attributes := func(name *string) string {
		if name == nil {
			return ""
		}
		return *name
	}
	switch {
	case pv.DeletionTimestamp != nil:
		return fmt.Sprintf("the volume is marked for deletion %q", pv.Name)
	case capacity.Cmp(requested) < 0:
		return "requested PV is too small"
	case volume.GetPersistentVolumeClass(pv) != volume.GetPersistentVolumeClaimClass(claim):
		return "storageClassName does not match"
	case attributes(pv.Spec.VolumeAttributesClassName) != attributes(claim.Spec.VolumeAttributesClassName):
		return "volumeAttributesClassName does not match"
	case volume.CheckVolumeModeMismatches(&claim.Spec, &pv.Spec):
		return "incompatible volumeMode"
	case !volume.CheckAccessModes(claim, pv):
		return "incompatible accessMode"
	}
	return ""
}

// findVolume looks for a volume for a claim that names none, or says why there
// is none.
func (c *PersistentVolume) findVolume(claim *corev1.PersistentVolumeClaim) error {
	class, known := registry.Get[*storagev1.StorageClass](c.r, "", volume.GetPersistentVolumeClaimClass(claim))
	delayed := known && class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer &&
		!volume.IsDelayBindingProvisioning(claim)
	suitable := slices.DeleteFunc(registry.List[*corev1.PersistentVolume](c.r, ""), func(pv *corev1.PersistentVolume) bool {
		return !volume.CheckAccessModes(claim, pv)
	})
	pv, err := volume.FindMatchingVolume(claim, suitable, nil, nil, delayed, true)
	if err == nil && pv != nil {
		return c.bind(pv, claim)
	}
	if given, err := c.giveClass(claim); given || err != nil {
		return err
	}
	name := volume.GetPersistentVolumeClaimClass(claim)
	switch {
	case delayed:
		c.tellDelay(claim)
	case name == "":
		c.event(claim, corev1.EventTypeNormal, "FailedBinding", "no persistent volumes available for this claim and no storage class is set")
	case !known:
		c.event(claim, corev1.EventTypeWarning, "ProvisioningFailed", fmt.Sprintf("storageclass.storage.k8s.io %q not found", name))
	case strings.HasPrefix(class.Provisioner, "kubernetes.io/"):
		c.event(claim, corev1.EventTypeWarning, "ProvisioningFailed", "no volume plugin matched")
	default:
		if err := c.awaitProvisioner(claim, class.Provisioner); err != nil {
			return err
		}
	}
	return c.pend(claim)
}

// giveClass gives the default class to a claim that was made when there was
// none.
func (c *PersistentVolume) giveClass(claim *corev1.PersistentVolumeClaim) (given bool, err error) {
	if claim.Spec.StorageClassName != nil || claim.Annotations[corev1.BetaStorageClassAnnotation] != "" {
		return false, nil
	}
	class := c.r.DefaultStorageClass()
	if class == "" {
		return false, nil
	}
	err = registry.Mutate(c.r, claim.Namespace, claim.Name, func(x *corev1.PersistentVolumeClaim) { x.Spec.StorageClassName = &class })
	return true, ignoreNotFound(err)
}

func (c *PersistentVolume) tellDelay(claim *corev1.PersistentVolumeClaim) {
	var pods []string
	for _, p := range registry.UsersOf(c.r, claim.Namespace, claim.Name) {
		if p.Spec.NodeName == "" && !podTerminal(p) {
			pods = append(pods, p.Name)
		}
	}
	switch len(pods) {
	case 0:
		c.event(claim, corev1.EventTypeNormal, "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
	case 1:
		c.event(claim, corev1.EventTypeNormal, "WaitForPodScheduled", fmt.Sprintf("waiting for pod %s to be scheduled", pods[0]))
	default:
		c.event(claim, corev1.EventTypeNormal, "WaitForPodScheduled", fmt.Sprintf("waiting for pods %s to be scheduled", strings.Join(pods, ",")))
	}
}

func (c *PersistentVolume) awaitProvisioner(claim *corev1.PersistentVolumeClaim, provisioner string) error {
	err := registry.Mutate(c.r, claim.Namespace, claim.Name, func(x *corev1.PersistentVolumeClaim) {
		if x.Annotations == nil {
			x.Annotations = map[string]string{}
		}
		x.Annotations[volume.AnnStorageProvisioner] = provisioner
		x.Annotations[volume.AnnBetaStorageProvisioner] = provisioner
	})
	c.event(claim, corev1.EventTypeNormal, "ExternalProvisioning", fmt.Sprintf("Waiting for a volume to be created either by the external provisioner '%s' "+
		"or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.", provisioner))
	return ignoreNotFound(err)
}

// pend leaves a claim Pending and looks again later.
func (c *PersistentVolume) pend(claim *corev1.PersistentVolumeClaim) error {
	c.claims.after(claimResync, claim.Namespace, claim.Name)
	return ignoreNotFound(registry.MutateStatus(c.r, claim.Namespace, claim.Name, func(x *corev1.PersistentVolumeClaim) {
		x.Status.Phase = corev1.ClaimPending
	}))
}

// bind makes a volume and a claim each other's.
func (c *PersistentVolume) bind(pv *corev1.PersistentVolume, claim *corev1.PersistentVolumeClaim) error {
	fixed, dirty, err := volume.GetBindVolumeToClaim(pv, claim)
	if err != nil {
		return err
	}
	if dirty {
		if pv, err = registry.Update(c.r, fixed); err != nil {
			return err
		}
	}
	if err := c.setVolumePhase(pv, corev1.VolumeBound, ""); err != nil {
		return err
	}
	err = registry.Mutate(c.r, claim.Namespace, claim.Name, func(x *corev1.PersistentVolumeClaim) {
		if x.Annotations == nil {
			x.Annotations = map[string]string{}
		}
		if x.Spec.VolumeName != pv.Name {
			x.Spec.VolumeName = pv.Name
			x.Annotations[volume.AnnBoundByController] = "yes"
		}
		x.Annotations[volume.AnnBindCompleted] = "yes"
	})
	if err != nil {
		return ignoreNotFound(err)
	}
	return ignoreNotFound(registry.MutateStatus(c.r, claim.Namespace, claim.Name, func(x *corev1.PersistentVolumeClaim) {
		x.Status.AccessModes = slices.Clone(pv.Spec.AccessModes)
		if x.Status.Phase == corev1.ClaimBound {
			return // a claim that is bound keeps the capacity that it has seen
		}
		x.Status.Phase = corev1.ClaimBound
		if x.Status.Capacity == nil {
			x.Status.Capacity = corev1.ResourceList{}
		}
		x.Status.Capacity[corev1.ResourceStorage] = pv.Spec.Capacity[corev1.ResourceStorage]
	}))
}

func (c *PersistentVolume) syncBoundClaim(claim *corev1.PersistentVolumeClaim) error {
	if claim.Spec.VolumeName == "" {
		return c.lose(claim, "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!")
	}
	pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", claim.Spec.VolumeName)
	switch {
	case !ok:
		return c.lose(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
	case pv.Spec.ClaimRef == nil || pv.Spec.ClaimRef.UID == claim.UID:
		return c.bind(pv, claim)
	}
	return c.lose(claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
}

func (c *PersistentVolume) lose(claim *corev1.PersistentVolumeClaim, reason, message string) error {
	if claim.Status.Phase == corev1.ClaimLost {
		return nil
	}
	err := registry.MutateStatus(c.r, claim.Namespace, claim.Name, func(x *corev1.PersistentVolumeClaim) {
		x.Status.Phase, x.Status.AccessModes, x.Status.Capacity = corev1.ClaimLost, nil, nil
	})
	if err != nil {
		return ignoreNotFound(err)
	}
	c.event(claim, corev1.EventTypeWarning, reason, message)
	return nil
}

func (c *PersistentVolume) setVolumePhase(pv *corev1.PersistentVolume, phase corev1.PersistentVolumePhase, message string) error {
	return ignoreNotFound(registry.MutateStatus(c.r, "", pv.Name, func(x *corev1.PersistentVolume) {
		if x.Status.Phase != phase {
			at := now(c.r)
			x.Status.LastPhaseTransitionTime = &at
		}
		x.Status.Phase, x.Status.Message = phase, message
	}))
}

func (c *PersistentVolume) syncVolume(name string) error {
	pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", name)
	if !ok {
		return nil
	}
	ref := pv.Spec.ClaimRef
	if ref == nil {
		return c.setVolumePhase(pv, corev1.VolumeAvailable, "")
	}
	claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, ref.Namespace, ref.Name)
	switch {
	case ref.UID == "":
		if ok {
			c.claims.addObject(claim)
		}
		return c.setVolumePhase(pv, corev1.VolumeAvailable, "")
	case !ok || claim.UID != ref.UID:
		return c.releaseVolume(pv)
	case claim.Spec.VolumeName == "" && volume.CheckVolumeModeMismatches(&claim.Spec, &pv.Spec):
		c.event(pv, corev1.EventTypeWarning, "VolumeMismatch",
			fmt.Sprintf("Cannot bind PersistentVolume to requested PersistentVolumeClaim %q due to incompatible volumeMode.", claim.Name))
		c.event(claim, corev1.EventTypeWarning, "VolumeMismatch",
			fmt.Sprintf("Cannot bind PersistentVolume %q to requested PersistentVolumeClaim due to incompatible volumeMode.", pv.Name))
		return nil
	case claim.Spec.VolumeName == "":
		c.claims.addObject(claim)
		return nil
	case claim.Spec.VolumeName == pv.Name:
		return c.setVolumePhase(pv, corev1.VolumeBound, "")
	}
	return ignoreNotFound(registry.Mutate(c.r, "", name, func(x *corev1.PersistentVolume) { // the claim has another
		if _, ours := x.Annotations[volume.AnnBoundByController]; ours {
			x.Spec.ClaimRef = nil
			delete(x.Annotations, volume.AnnBoundByController)
		} else {
			x.Spec.ClaimRef.UID, x.Spec.ClaimRef.ResourceVersion = "", ""
		}
	}))
}
