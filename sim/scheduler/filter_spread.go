package scheduler

import (
	"math"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
)

// A spread is one topology spread constraint, ready to be counted.
type spread struct {
	corev1.TopologySpreadConstraint
	selector labels.Selector
	key      string // the selector as text
}

// spreads are the Pod's constraints with that consequence.
func spreads(p *corev1.Pod, action corev1.UnsatisfiableConstraintAction) []spread {
	var out []spread
	for _, t := range p.Spec.TopologySpreadConstraints {
		if t.WhenUnsatisfiable != action {
			continue
		}
		selector, err := metav1.LabelSelectorAsSelector(t.LabelSelector)
		if err != nil {
			continue
		}
		for _, key := range t.MatchLabelKeys {
			if value, ok := p.Labels[key]; ok {
				for _, r := range requirementsOf(labels.SelectorFromSet(labels.Set{key: value})) {
					selector = selector.Add(r)
				}
			}
		}
		out = append(out, spread{t, selector, selector.String()})
	}
	return out
}

func requirementsOf(s labels.Selector) labels.Requirements {
	r, _ := s.Requirements()
	return r
}

// includes reports whether the Pods of a node count for the constraint.
func (t spread) includes(c *cycle, n *nodeInfo) bool {
	if t.NodeAffinityPolicy == nil || *t.NodeAffinityPolicy == corev1.NodeInclusionPolicyHonor {
		if ok, err := c.affinity.Match(n.Node); !ok || err != nil {
			return false
		}
	}
	if t.NodeTaintsPolicy != nil && *t.NodeTaintsPolicy == corev1.NodeInclusionPolicyHonor {
		_, found := schedhelper.FindMatchingUntoleratedTaint(klog.Logger{}, n.taints, c.pod.Spec.Tolerations, func(t *corev1.Taint) bool {
			return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
		}, false)
		return !found
	}
	return true
}

func hasTopologies(n *nodeInfo, all []spread) bool {
	for _, t := range all {
		if _, ok := n.Labels[t.TopologyKey]; !ok {
			return false
		}
	}
	return true
}

// matching counts the Pods of a node that a constraint is about. Those of all
// nodes are looked up once.
func (c *cycle) matching(t spread, n *nodeInfo) int {
	if t.selector.Empty() {
		return 0
	}
	if n.assumed {
		count := 0
		for _, other := range n.pods {
			if other.DeletionTimestamp == nil && other.Namespace == c.pod.Namespace && t.selector.Matches(labels.Set(other.Labels)) {
				count++
			}
		}
		return count
	}
	counts, ok := c.onNodes[t.key]
	if !ok {
		counts = map[string]int{}
		for _, p := range registry.Select[*corev1.Pod](c.r, c.pod.Namespace, t.selector) {
			if holds(p) && p.DeletionTimestamp == nil {
				counts[p.Spec.NodeName]++
			}
		}
		c.onNodes[t.key] = counts
	}
	return counts[n.Name]
}

// spreadCounts are, for each constraint that must hold, the Pods that it is
// about by topology.
func (c *cycle) spreadCounts() []map[string]int {
	if c.once.spread == nil {
		c.once.spread = make([]map[string]int, len(c.spreads))
		for i, t := range c.spreads {
			counts := map[string]int{}
			for _, n := range c.nodes {
				if hasTopologies(n, c.spreads) && t.includes(c, n) {
					counts[n.Labels[t.TopologyKey]] += c.matching(t, n)
				}
			}
			c.once.spread[i] = counts
		}
	}
	return c.once.spread
}

// filterSpread refuses a node that would make the spread too uneven.
func filterSpread(c *cycle, n *nodeInfo) verdict {
	for i, t := range c.spreads {
		value, ok := n.Labels[t.TopologyKey]
		if !ok {
			return hopeless("node(s) didn't match pod topology spread constraints (missing required label)")
		}
		counts := c.spreadCounts()[i]
		least := math.MaxInt
		for _, count := range counts {
			least = min(least, count)
		}
		if len(counts) == 0 || t.MinDomains != nil && len(counts) < int(*t.MinDomains) {
			least = 0
		}
		skew := counts[value] - least
		if t.selector.Matches(labels.Set(c.pod.Labels)) {
			skew++
		}
		if skew > int(t.MaxSkew) {
			return refuse("node(s) didn't match pod topology spread constraints")
		}
	}
	return verdict{}
}

// defaultSpreads spread the Pods of one workload or Service over hosts and
// zones, as far as nothing else counts more.
func (c *cycle) defaultSpreads() []spread {
	selector := c.siblings()
	if selector.Empty() {
		return nil
	}
	key := selector.String()
	return []spread{
		{corev1.TopologySpreadConstraint{TopologyKey: corev1.LabelHostname, MaxSkew: 3}, selector, key},
		{corev1.TopologySpreadConstraint{TopologyKey: corev1.LabelTopologyZone, MaxSkew: 5}, selector, key},
	}
}

// siblings selects what the Pod's Services and its controller select.
func (c *cycle) siblings() labels.Selector {
	set := labels.Set{}
	for _, s := range registry.ServicesFor(c.r, c.pod.Namespace, c.pod.Labels) {
		set = labels.Merge(set, s.Spec.Selector)
	}
	selector := labels.SelectorFromSet(set)
	ref := metav1.GetControllerOfNoCopy(c.pod)
	if ref == nil {
		return selector
	}
	var owned *metav1.LabelSelector
	switch ref.Kind {
	case "ReplicationController":
		if rc, ok := registry.Get[*corev1.ReplicationController](c.r, c.pod.Namespace, ref.Name); ok {
			owned = &metav1.LabelSelector{MatchLabels: rc.Spec.Selector}
		}
	case "ReplicaSet":
		if rs, ok := registry.Get[*appsv1.ReplicaSet](c.r, c.pod.Namespace, ref.Name); ok {
			owned = rs.Spec.Selector
		}
	case "StatefulSet":
		if set, ok := registry.Get[*appsv1.StatefulSet](c.r, c.pod.Namespace, ref.Name); ok {
			owned = set.Spec.Selector
		}
	}
	if owned == nil {
		return selector
	}
	if more, err := metav1.LabelSelectorAsSelector(owned); err == nil {
		selector = selector.Add(requirementsOf(more)...)
	}
	return selector
}

// scoreSpread prefers topologies with fewer of the Pods that a soft constraint
// is about.
func scoreSpread(c *cycle, nodes []*nodeInfo) []int64 {
	own := len(c.pod.Spec.TopologySpreadConstraints) > 0
	all := c.defaultSpreads()
	if own {
		all = spreads(c.pod, corev1.ScheduleAnyway)
	}
	scores := make([]int64, len(nodes))
	if len(all) == 0 {
		return scores
	}
	counted := func(n *nodeInfo) bool { return !own || hasTopologies(n, all) }
	raw := make([]float64, len(nodes))
	for _, t := range all {
		counts, size := c.topologyCounts(t, nodes, counted)
		weight := math.Log(float64(size + 2))
		for i, n := range nodes {
			value, ok := n.Labels[t.TopologyKey]
			if !ok || !counted(n) {
				continue
			}
			count := counts[value]
			if t.TopologyKey == corev1.LabelHostname {
				count = c.matching(t, n)
			}
			raw[i] += float64(count)*weight + float64(t.MaxSkew-1)
		}
	}
	return invert(raw, nodes, counted)
}

// topologyCounts counts the Pods of each topology that has a node to choose,
// and those topologies.
func (c *cycle) topologyCounts(t spread, nodes []*nodeInfo, counted func(*nodeInfo) bool) (counts map[string]int, size int) {
	counts = map[string]int{}
	for _, n := range nodes {
		if !counted(n) {
			continue
		}
		size++
		if t.TopologyKey != corev1.LabelHostname { // each of those is counted by itself
			counts[n.Labels[t.TopologyKey]] = 0
		}
	}
	if t.TopologyKey == corev1.LabelHostname {
		return counts, size
	}
	for _, n := range c.nodes {
		value := n.Labels[t.TopologyKey]
		if _, ok := counts[value]; ok && counted(n) && t.includes(c, n) {
			counts[value] += c.matching(t, n)
		}
	}
	return counts, len(counts)
}

// invert gives the least crowded node the highest score.
func invert(raw []float64, nodes []*nodeInfo, counted func(*nodeInfo) bool) []int64 {
	scores := make([]int64, len(nodes))
	least, most := int64(math.MaxInt64), int64(0)
	for i, n := range nodes {
		scores[i] = int64(math.Round(raw[i]))
		if counted(n) {
			least, most = min(least, scores[i]), max(most, scores[i])
		}
	}
	for i, n := range nodes {
		switch {
		case !counted(n):
			scores[i] = 0
		case most == 0:
			scores[i] = scoreMax
		default:
			scores[i] = scoreMax * (most + least - scores[i]) / most
		}
	}
	return scores
}
