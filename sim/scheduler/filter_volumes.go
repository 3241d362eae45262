package scheduler

import (
	"fmt"
	"slices"
	"strings"

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
	for _, name := range c.claims {
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
	for _, name := range c.claims {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, c.pod.Namespace, name)
		if !ok {
			continue
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

// filterVolumeUse refuses a claim that only one Pod may use and another does,
// on whatever node.
func filterVolumeUse(c *cycle, _ *nodeInfo) verdict {
	for _, name := range c.claims {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, c.pod.Namespace, name)
		if ok && c.usedAlone(claim) {
			return refuse("node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod")
		}
	}
	return verdict{}
}

// usedAlone reports whether another Pod uses a claim that only one may use.
func (c *cycle) usedAlone(claim *corev1.PersistentVolumeClaim) bool {
	if !slices.Contains(claim.Spec.AccessModes, corev1.ReadWriteOncePod) {
		return false
	}
	for _, p := range registry.UsersOf(c.r, claim.Namespace, claim.Name) {
		i, ok := slices.BinarySearchFunc(c.nodes, p.Spec.NodeName, byNodeName)
		if !ok || !holds(p) || p.UID == c.pod.UID {
			continue
		}
		if _, there := slices.BinarySearchFunc(c.nodes[i].pods, podKey(p), byPodKey); there {
			return true
		}
	}
	return false
}

// zoneLabels are those of volumes and nodes that must agree, the old names of
// zone and region among them.
var zoneLabels = []struct{ label, also string }{
	{corev1.LabelFailureDomainBetaZone, corev1.LabelTopologyZone},
	{corev1.LabelFailureDomainBetaRegion, corev1.LabelTopologyRegion},
	{corev1.LabelTopologyZone, corev1.LabelTopologyZone},
	{corev1.LabelTopologyRegion, corev1.LabelTopologyRegion},
}

// zonesBetween stands between the zones of a volume that has several.
const zonesBetween = "__"

// filterVolumeZone asks that a node which has a zone or region be in one of
// those that the labels of the bound volumes name.
func filterVolumeZone(c *cycle, n *nodeInfo) verdict {
	if !slices.ContainsFunc(zoneLabels, func(z struct{ label, also string }) bool {
		_, ok := n.Labels[z.label]
		return ok
	}) {
		return verdict{}
	}
	for _, name := range c.claims {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, c.pod.Namespace, name)
		if !ok || claim.Spec.VolumeName == "" {
			continue
		}
		pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", claim.Spec.VolumeName)
		if !ok {
			continue
		}
		for _, z := range zoneLabels {
			wanted, ok := pv.Labels[z.label]
			if !ok {
				continue
			}
			zones := strings.Split(wanted, zonesBetween)
			if slices.Contains(zones, "") {
				continue // no list of zones: upstream says so in its log only
			}
			value, ok := n.Labels[z.label]
			if !ok {
				value, ok = n.Labels[z.also]
			}
			if !ok || !slices.Contains(zones, value) {
				return hopeless("node(s) had no available volume zone")
			}
		}
	}
	return verdict{}
}

// bindVolumes carries the plan for the node out and reports whether all claims
// are bound.
func (s *Scheduler) bindVolumes(p *corev1.Pod, c *cycle, n *nodeInfo) bool {
	plan := c.planVolumes(n)
	for _, name := range c.claims {
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
