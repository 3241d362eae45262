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

// madeFor reports whether a claim is that of a generic ephemeral volume.
func (c *cycle) madeFor(claim string) bool {
	return slices.ContainsFunc(c.pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Ephemeral != nil && c.pod.Name+"-"+v.Name == claim })
}

// beforeVolumes refuses a Pod whose claims are missing or should have been
// bound before.
func beforeVolumes(c *cycle) string {
	unbound := false
	for _, name := range c.claims {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, c.pod.Namespace, name)
		switch {
		case !ok && c.madeFor(name):
			return fmt.Sprintf("waiting for ephemeral volume controller to create the persistentvolumeclaim %q", name)
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

// What makes a node unfit for the volumes of a Pod.
const (
	volumeElsewhere = "node(s) didn't match PersistentVolume's node affinity"
	noVolume        = "node(s) didn't find available persistent volumes to bind"
	volumeGone      = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
)

// planVolumes looks at all claims that are bound, then at those that are to be,
// the smallest first, so that it may refuse a node for two reasons.
func (c *cycle) planVolumes(n *nodeInfo) volumePlan {
	plan := volumePlan{bind: map[string]*corev1.PersistentVolume{}}
	var open []*corev1.PersistentVolumeClaim
	elsewhere := ""
	for _, name := range c.claims {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, c.pod.Namespace, name)
		switch {
		case !ok:
		case !bound(claim):
			open = append(open, claim)
		case elsewhere == "":
			if pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", claim.Spec.VolumeName); !ok {
				elsewhere = volumeGone
			} else if volume.CheckNodeAffinity(pv, n.Labels) != nil {
				elsewhere = volumeElsewhere
			}
		}
	}
	found := c.planOpen(n, open, &plan)
	// In upstream's order.
	if elsewhere == volumeElsewhere {
		plan.verdict.reasons = append(plan.verdict.reasons, elsewhere)
	}
	if !found {
		plan.verdict.reasons = append(plan.verdict.reasons, noVolume)
	}
	if elsewhere == volumeGone {
		plan.verdict.reasons = append(plan.verdict.reasons, elsewhere)
	}
	plan.verdict.hopeless = len(plan.verdict.reasons) > 0
	return plan
}

// planOpen finds volumes for claims that have none, or classes that can make
// them, and reports whether there is one for each.
func (c *cycle) planOpen(n *nodeInfo, claims []*corev1.PersistentVolumeClaim, plan *volumePlan) bool {
	var toFind, toMake []*corev1.PersistentVolumeClaim
	for _, claim := range claims {
		switch claim.Annotations[volume.AnnSelectedNode] {
		case "":
			toFind = append(toFind, claim)
		case n.Name:
			toMake = append(toMake, claim)
		default:
			return false // a volume is being made on another node
		}
	}
	slices.SortStableFunc(toFind, func(a, b *corev1.PersistentVolumeClaim) int {
		return a.Spec.Resources.Requests.Storage().Cmp(*b.Spec.Resources.Requests.Storage())
	})
	taken := map[string]*corev1.PersistentVolume{}
	for _, claim := range toFind {
		pv, err := volume.FindMatchingVolume(claim, registry.List[*corev1.PersistentVolume](c.r, ""), n.Node, taken, true, true)
		if err != nil || pv == nil {
			toMake = append(toMake, claim)
			continue
		}
		taken[pv.Name], plan.bind[claim.Name] = pv, pv
	}
	for _, claim := range toMake {
		class, ok := registry.Get[*storagev1.StorageClass](c.r, "", volume.GetPersistentVolumeClaimClass(claim))
		if !ok || class.Provisioner == "" || class.Provisioner == noProvisioner || !inTopologies(class.AllowedTopologies, n.Labels) {
			return false
		}
		plan.provision = append(plan.provision, claim.Name)
	}
	return true
}

// inTopologies reports whether a class makes volumes for nodes with these
// labels: any term must hold, with all of its labels.
func inTopologies(terms []corev1.TopologySelectorTerm, set map[string]string) bool {
	return len(terms) == 0 || slices.ContainsFunc(terms, func(t corev1.TopologySelectorTerm) bool {
		return len(t.MatchLabelExpressions) > 0 && !slices.ContainsFunc(t.MatchLabelExpressions, func(e corev1.TopologySelectorLabelRequirement) bool {
			value, ok := set[e.Key]
			return !ok || !slices.Contains(e.Values, value)
		})
	})
}

// filterVolumeUse refuses a node where another Pod has a disk of this one, and a
// claim that only one Pod may use and another does, on whatever node.
func filterVolumeUse(c *cycle, n *nodeInfo) verdict {
	for i := range c.pod.Spec.Volumes {
		if !isDisk(&c.pod.Spec.Volumes[i]) {
			continue
		}
		for _, other := range n.pods {
			if slices.ContainsFunc(other.Spec.Volumes, func(v corev1.Volume) bool { return sameDisk(&c.pod.Spec.Volumes[i], &v) }) {
				return refuse("node(s) had no available disk")
			}
		}
	}
	for _, name := range c.claims {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, c.pod.Namespace, name)
		if ok && c.usedAlone(claim) {
			return refuse("node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod")
		}
	}
	return verdict{}
}

func isDisk(v *corev1.Volume) bool {
	return v.GCEPersistentDisk != nil || v.AWSElasticBlockStore != nil || v.ISCSI != nil || v.RBD != nil
}

// sameDisk reports whether two volumes are one disk that can't be shared: most
// can as long as nobody writes.
func sameDisk(a, b *corev1.Volume) bool {
	switch {
	case a.GCEPersistentDisk != nil && b.GCEPersistentDisk != nil:
		x, y := a.GCEPersistentDisk, b.GCEPersistentDisk
		return x.PDName == y.PDName && !(x.ReadOnly && y.ReadOnly)
	case a.AWSElasticBlockStore != nil && b.AWSElasticBlockStore != nil:
		return a.AWSElasticBlockStore.VolumeID == b.AWSElasticBlockStore.VolumeID
	case a.ISCSI != nil && b.ISCSI != nil:
		return a.ISCSI.IQN == b.ISCSI.IQN && !(a.ISCSI.ReadOnly && b.ISCSI.ReadOnly)
	case a.RBD != nil && b.RBD != nil:
		x, y := a.RBD, b.RBD
		return x.RBDPool == y.RBDPool && x.RBDImage == y.RBDImage && !(x.ReadOnly && y.ReadOnly) &&
			slices.ContainsFunc(x.CephMonitors, func(m string) bool { return slices.Contains(y.CephMonitors, m) })
	}
	return false
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
