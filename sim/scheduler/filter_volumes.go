package scheduler

import (
	"fmt"
	"slices"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/component-helpers/storage/volume"
)

// noProvisioner is the provisioner of classes whose volumes are made by hand.
const noProvisioner = "kubernetes.io/no-provisioner"

// claimNames are the names of the claims that the Pod mounts; those of generic
// ephemeral volumes are made for it.
func claimNames(p *corev1.Pod) []string {
	var names []string
	for _, v := range p.Spec.Volumes {
		switch {
		case v.PersistentVolumeClaim != nil:
			names = append(names, v.PersistentVolumeClaim.ClaimName)
		case v.Ephemeral != nil:
			names = append(names, p.Name+"-"+v.Name)
		}
	}
	return names
}

func bound(claim *corev1.PersistentVolumeClaim) bool {
	_, completed := claim.Annotations[volume.AnnBindCompleted]
	return claim.Spec.VolumeName != "" && completed
}

// delayed reports whether a claim is bound only when a Pod that uses it is
// scheduled.
func (c *cycle) delayed(claim *corev1.PersistentVolumeClaim) bool {
	class, ok := registry.Get[*storagev1.StorageClass](c.r, "", volume.GetPersistentVolumeClaimClass(claim))
	return ok && class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
}

// beforeVolumes refuses a Pod whose claims are missing or should have been
// bound before.
func beforeVolumes(c *cycle) string {
	unbound := false
	for _, name := range claimNames(c.pod) {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, c.pod.Namespace, name)
		switch {
		case !ok:
			return fmt.Sprintf("persistentvolumeclaim %q not found", name)
		case claim.Status.Phase == corev1.ClaimLost:
			return fmt.Sprintf("persistentvolumeclaim %q bound to non-existent persistentvolume %q", name, claim.Spec.VolumeName)
		case claim.DeletionTimestamp != nil:
			return fmt.Sprintf("persistentvolumeclaim %q is being deleted", name)
		case !bound(claim) && (claim.Spec.VolumeName != "" || !c.delayed(claim)):
			unbound = true
		}
	}
	if unbound {
		return "pod has unbound immediate PersistentVolumeClaims"
	}
	return ""
}

// filterVolumes asks that the volumes of the Pod's claims can be used on the
// node, or be found or made for it.
func filterVolumes(c *cycle, n *nodeInfo) verdict {
	plan := c.planVolumes(n)
	return plan.verdict
}

// A volumePlan is which volumes the Pod's unbound claims would get on a node.
type volumePlan struct {
	verdict   verdict
	bind      map[string]*corev1.PersistentVolume // by claim, to be bound
	provision []string                            // claims whose volume is to be made
}

func (c *cycle) planVolumes(n *nodeInfo) volumePlan {
	plan := volumePlan{bind: map[string]*corev1.PersistentVolume{}}
	taken := map[string]*corev1.PersistentVolume{}
	for _, name := range claimNames(c.pod) {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, c.pod.Namespace, name)
		if !ok {
			continue
		}
		if c.usedAlone(claim) {
			plan.verdict = refuse("node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod")
			return plan
		}
		if bound(claim) {
			pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", claim.Spec.VolumeName)
			if !ok {
				plan.verdict = hopeless("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)")
				return plan
			}
			if volume.CheckNodeAffinity(pv, n.Labels) != nil {
				plan.verdict = hopeless("node(s) didn't match PersistentVolume's node affinity")
				return plan
			}
			continue
		}
		if node := claim.Annotations[volume.AnnSelectedNode]; node != "" {
			if node != n.Name { // a volume is being made on the other one
				plan.verdict = hopeless("node(s) didn't find available persistent volumes to bind")
				return plan
			}
			plan.provision = append(plan.provision, name)
			continue
		}
		pv, err := volume.FindMatchingVolume(claim, registry.List[*corev1.PersistentVolume](c.r, ""), n.Node, taken, true, true)
		if err == nil && pv != nil {
			taken[pv.Name], plan.bind[name] = pv, pv
			continue
		}
		class, ok := registry.Get[*storagev1.StorageClass](c.r, "", volume.GetPersistentVolumeClaimClass(claim))
		if !ok || class.Provisioner == "" || class.Provisioner == noProvisioner {
			plan.verdict = hopeless("node(s) didn't find available persistent volumes to bind")
			return plan
		}
		plan.provision = append(plan.provision, name)
	}
	return plan
}

// usedAlone reports whether another Pod uses a claim that only one may use.
func (c *cycle) usedAlone(claim *corev1.PersistentVolumeClaim) bool {
	if !slices.Contains(claim.Spec.AccessModes, corev1.ReadWriteOncePod) {
		return false
	}
	for _, n := range c.nodes {
		for _, p := range n.pods {
			if p.UID != c.pod.UID && p.Namespace == claim.Namespace && slices.Contains(claimNames(p), claim.Name) {
				return true
			}
		}
	}
	return false
}

// bindVolumes carries the plan for the node out and reports whether all claims
// are bound.
func (s *Scheduler) bindVolumes(p *corev1.Pod, c *cycle, n *nodeInfo) bool {
	plan := c.planVolumes(n)
	for _, name := range claimNames(p) {
		pv := plan.bind[name]
		if pv == nil || pv.Spec.ClaimRef != nil && pv.Spec.ClaimRef.UID != "" {
			continue
		}
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](s.r, p.Namespace, name)
		if !ok {
			return false
		}
		claimed, _, err := volume.GetBindVolumeToClaim(pv, claim)
		if err != nil {
			return false
		}
		if _, err := registry.Update(s.r, claimed); err != nil {
			return false
		}
	}
	for _, name := range plan.provision {
		err := registry.Mutate(s.r, p.Namespace, name, func(claim *corev1.PersistentVolumeClaim) {
			if claim.Annotations == nil {
				claim.Annotations = map[string]string{}
			}
			claim.Annotations[volume.AnnSelectedNode] = n.Name
		})
		if err != nil {
			return false
		}
	}
	return len(plan.bind) == 0 && len(plan.provision) == 0
}
