package scheduler

import (
	"slices"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// A snapshot is the nodes with the Pods that hold their resources, kept in step
// with the cluster: placing a Pod must not cost a look at all others. It holds
// nothing that the objects don't say, so a fork makes its own.
type snapshot struct {
	nodes    []*nodeInfo // by name
	byName   map[string]*nodeInfo
	promised map[string]*placed // Pods without a node to which preemption has promised one, by key
}

// A nodeInfo is a node with the Pods that hold its resources.
type nodeInfo struct {
	*corev1.Node
	taints   []corev1.Taint // with that of a node that is not Ready
	capacity resources
	podsMax  int64

	pods    []*placed // by namespace and name
	used    resources // by the Pods' requests
	scored  resources // as scores count them
	repels  int       // Pods with required anti-affinity
	affine  int       // Pods with affinity or anti-affinity of any kind
	ported  int       // Pods with host ports
	assumed bool      // not as the cluster has it: with other Pods, or fewer
}

// A placed Pod has what is asked of it for every other Pod worked out.
type placed struct {
	*corev1.Pod
	used, scored resources
	ports        []hostPort
	repels       []term // required anti-affinity
	affine       bool
}

func podKey(p *corev1.Pod) string { return p.Namespace + "/" + p.Name }

func newPlaced(p *corev1.Pod) *placed {
	return &placed{Pod: p, used: sum(requests(p)), scored: sum(scoredRequests(p)), ports: hostPorts(p),
		repels: terms(p, antiAffinityTerms(p)), affine: p.Spec.Affinity != nil && (p.Spec.Affinity.PodAffinity != nil || p.Spec.Affinity.PodAntiAffinity != nil)}
}

// holds reports whether the Pod holds resources of its node.
func holds(p *corev1.Pod) bool { return p != nil && p.Spec.NodeName != "" && !terminal(p) }

func promisedTo(p *corev1.Pod) bool {
	return p != nil && p.Spec.NodeName == "" && p.Status.NominatedNodeName != "" && !terminal(p)
}

func newSnapshot(r *registry.Registry) *snapshot {
	s := &snapshot{byName: map[string]*nodeInfo{}, promised: map[string]*placed{}}
	for _, n := range registry.List[*corev1.Node](r, "") {
		s.setNode(r, n)
	}
	for _, p := range registry.OnNode(r, "") {
		s.podChanged(nil, p)
	}
	return s
}

func byNodeName(n *nodeInfo, name string) int { return strings.Compare(n.Name, name) }

// setNode takes a node in, with the Pods that already name it, or its new version.
func (s *snapshot) setNode(r *registry.Registry, n *corev1.Node) {
	info := s.byName[n.Name]
	if info == nil {
		info = &nodeInfo{Node: n}
		for _, p := range registry.OnNode(r, n.Name) {
			if holds(p) {
				info.add(newPlaced(p))
			}
		}
		i, _ := slices.BinarySearchFunc(s.nodes, n.Name, byNodeName)
		s.nodes = slices.Insert(s.nodes, i, info)
		s.byName[n.Name] = info
	}
	info.Node, info.taints, info.capacity = n, n.Spec.Taints, sum(n.Status.Allocatable)
	info.podsMax = n.Status.Allocatable.Pods().Value()
	if !nodeReady(n) {
		info.taints = append(slices.Clone(info.taints), corev1.Taint{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoSchedule})
	}
}

func (s *snapshot) dropNode(name string) {
	if i, ok := slices.BinarySearchFunc(s.nodes, name, byNodeName); ok {
		s.nodes = slices.Delete(s.nodes, i, i+1)
	}
	delete(s.byName, name)
}

// sameDemands reports whether two versions of a Pod ask for the same: the spec
// is the same, and no status tells of resources that were changed in place.
func sameDemands(a, b *corev1.Pod) bool {
	if a.Generation != b.Generation || a.UID != b.UID {
		return false
	}
	for _, p := range []*corev1.Pod{a, b} {
		for _, list := range [][]corev1.ContainerStatus{p.Status.ContainerStatuses, p.Status.InitContainerStatuses} {
			if slices.ContainsFunc(list, func(c corev1.ContainerStatus) bool { return c.Resources != nil || len(c.AllocatedResources) > 0 }) {
				return false
			}
		}
	}
	return true
}

func (s *snapshot) podChanged(old, new *corev1.Pod) {
	if holds(old) && holds(new) && old.Spec.NodeName == new.Spec.NodeName && sameDemands(old, new) {
		if n := s.byName[new.Spec.NodeName]; n != nil {
			n.replace(new)
		}
		return
	}
	if holds(old) {
		if n := s.byName[old.Spec.NodeName]; n != nil {
			n.remove(podKey(old))
		}
	}
	if promisedTo(old) {
		delete(s.promised, podKey(old))
	}
	if holds(new) {
		if n := s.byName[new.Spec.NodeName]; n != nil {
			n.add(newPlaced(new))
		}
	}
	if promisedTo(new) {
		s.promised[podKey(new)] = newPlaced(new)
	}
}

func byPodKey(p *placed, key string) int { return strings.Compare(podKey(p.Pod), key) }

func (n *nodeInfo) add(p *placed) {
	i, ok := slices.BinarySearchFunc(n.pods, podKey(p.Pod), byPodKey)
	if ok {
		return
	}
	n.pods = slices.Insert(n.pods, i, p)
	n.count(p, 1)
}

func (n *nodeInfo) remove(key string) {
	if i, ok := slices.BinarySearchFunc(n.pods, key, byPodKey); ok {
		n.count(n.pods[i], -1)
		n.pods = slices.Delete(n.pods, i, i+1)
	}
}

// replace puts another version of a Pod in, which asks for the same.
func (n *nodeInfo) replace(p *corev1.Pod) {
	if i, ok := slices.BinarySearchFunc(n.pods, podKey(p), byPodKey); ok {
		c := *n.pods[i]
		c.Pod = p
		n.pods[i] = &c
	}
}

func (n *nodeInfo) count(p *placed, by int64) {
	n.used.add(p.used, by)
	n.scored.add(p.scored, by)
	if len(p.repels) > 0 {
		n.repels += int(by)
	}
	if p.affine {
		n.affine += int(by)
	}
	if len(p.ports) > 0 {
		n.ported += int(by)
	}
}

// assume is a copy of the node, to be given other Pods.
func (n *nodeInfo) assume() *nodeInfo {
	c := *n
	c.pods, c.used, c.scored, c.assumed = slices.Clone(n.pods), n.used.clone(), n.scored.clone(), true
	return &c
}

// without is the node without some of its Pods.
func (n *nodeInfo) without(gone func(*placed) bool) *nodeInfo {
	c := n.assume()
	c.pods = slices.DeleteFunc(c.pods, func(p *placed) bool {
		if gone(p) {
			c.count(p, -1)
			return true
		}
		return false
	})
	return c
}

func nodeReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
