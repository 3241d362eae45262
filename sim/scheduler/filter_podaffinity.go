package scheduler

import (
	"maps"
	"math"
	"slices"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// A term is one of a Pod's (anti-)affinity, ready to be compared.
type term struct {
	topologyKey string
	weight      int64 // 0 for a required one
	selector    labels.Selector
	namespaces  []string
	spaces      labels.Selector // of namespaces; nil for none
}

func newTerm(owner *corev1.Pod, t *corev1.PodAffinityTerm) (term, bool) {
	selector, err := metav1.LabelSelectorAsSelector(t.LabelSelector)
	if err != nil {
		return term{}, false
	}
	out := term{topologyKey: t.TopologyKey, selector: selector, namespaces: t.Namespaces}
	if t.NamespaceSelector != nil {
		if out.spaces, err = metav1.LabelSelectorAsSelector(t.NamespaceSelector); err != nil {
			return term{}, false
		}
	} else if len(t.Namespaces) == 0 {
		out.namespaces = []string{owner.Namespace}
	}
	if len(out.namespaces) > 1 {
		out.namespaces = slices.Compact(slices.Sorted(slices.Values(out.namespaces)))
	}
	return out, true
}

// terms are those of owner; one that cannot be read is about nothing.
func terms(owner *corev1.Pod, all []corev1.PodAffinityTerm) []term {
	var out []term
	for i := range all {
		t, ok := newTerm(owner, &all[i])
		if !ok {
			t = term{topologyKey: all[i].TopologyKey, selector: labels.Nothing()}
		}
		out = append(out, t)
	}
	return out
}

// matches reports whether a term is about a Pod.
func (c *cycle) matches(t *term, p *corev1.Pod) bool {
	if !t.selector.Matches(labels.Set(p.Labels)) {
		return false
	}
	if slices.Contains(t.namespaces, p.Namespace) {
		return true
	}
	if t.spaces == nil {
		return false
	}
	ns, ok := registry.Get[*corev1.Namespace](c.r, "", p.Namespace)
	return ok && t.spaces.Matches(labels.Set(ns.Labels))
}

// each calls f for the Pods that a term is about, where they are.
func (c *cycle) each(t *term, f func(n *nodeInfo, p *corev1.Pod)) {
	if t.spaces != nil {
		for _, n := range c.nodes {
			for _, p := range n.pods {
				if c.matches(t, p.Pod) {
					f(n, p.Pod)
				}
			}
		}
		return
	}
	for _, namespace := range t.namespaces {
		for _, p := range registry.Select[*corev1.Pod](c.r, namespace, t.selector) {
			if n := c.base.byName[p.Spec.NodeName]; n != nil && holds(p) && !c.assumed[n.Name] {
				f(n, p)
			}
		}
	}
	for _, n := range c.nodes {
		if !n.assumed {
			continue
		}
		for _, p := range n.pods {
			if c.matches(t, p.Pod) {
				f(n, p.Pod)
			}
		}
	}
}

func affinityTerms(p *corev1.Pod) []corev1.PodAffinityTerm {
	if p.Spec.Affinity == nil || p.Spec.Affinity.PodAffinity == nil {
		return nil
	}
	return p.Spec.Affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution
}

func antiAffinityTerms(p *corev1.Pod) []corev1.PodAffinityTerm {
	if p.Spec.Affinity == nil || p.Spec.Affinity.PodAntiAffinity == nil {
		return nil
	}
	return p.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
}

// A topology is all nodes with one value of a label.
type topology struct{ key, value string }

// affinityCounts are Pods by topology.
type affinityCounts struct {
	together map[topology]int // that all terms of affinity are about
	apart    map[topology]int // that a term of anti-affinity is about
	repels   map[topology]int // one of whose terms is about this Pod
	keys     []string         // of the labels in repels
}

// keysOf are the labels that topologies are of, in order.
func keysOf[V any](m map[topology]V) []string {
	keys := map[string]bool{}
	for t := range m {
		keys[t.key] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

// affinityCounts works out once for all nodes where other Pods draw this one,
// and where it or they keep it away.
func (c *cycle) affinityCounts() *affinityCounts {
	if c.once.affinity != nil {
		return c.once.affinity
	}
	a := &affinityCounts{together: map[topology]int{}, apart: map[topology]int{}, repels: map[topology]int{}}
	count := func(m map[topology]int, key string, n *nodeInfo) {
		if value, ok := n.Labels[key]; ok {
			m[topology{key, value}]++
		}
	}
	if len(c.together) > 0 {
		c.each(&c.together[0], func(n *nodeInfo, p *corev1.Pod) {
			if c.matchesAll(p) {
				for i := range c.together {
					count(a.together, c.together[i].topologyKey, n)
				}
			}
		})
	}
	for i := range c.apart {
		c.each(&c.apart[i], func(n *nodeInfo, _ *corev1.Pod) { count(a.apart, c.apart[i].topologyKey, n) })
	}
	for _, n := range c.nodes {
		if n.repels == 0 {
			continue
		}
		for _, p := range n.pods {
			for i := range p.repels {
				if c.matches(&p.repels[i], c.pod) {
					count(a.repels, p.repels[i].topologyKey, n)
				}
			}
		}
	}
	a.keys = keysOf(a.repels)
	c.once.affinity = a
	return a
}

// matchesAll reports whether every term of the Pod's affinity is about p.
func (c *cycle) matchesAll(p *corev1.Pod) bool {
	for i := range c.together {
		if !c.matches(&c.together[i], p) {
			return false
		}
	}
	return true
}

// filterPodAffinity keeps Pods with and away from each other.
func filterPodAffinity(c *cycle, n *nodeInfo) verdict {
	a := c.affinityCounts()
	if !c.affinityHolds(a, n) {
		return hopeless("node(s) didn't match pod affinity rules")
	}
	for i := range c.apart {
		key := c.apart[i].topologyKey
		if value, ok := n.Labels[key]; ok && a.apart[topology{key, value}] > 0 {
			return refuse("node(s) didn't match pod anti-affinity rules")
		}
	}
	for _, key := range a.keys {
		if value, ok := n.Labels[key]; ok && a.repels[topology{key, value}] > 0 {
			return refuse("node(s) didn't satisfy existing pods anti-affinity rules")
		}
	}
	return verdict{}
}

// affinityHolds reports whether the Pods that this one must be with are there.
// The first of a group that wants to be together may go anywhere.
func (c *cycle) affinityHolds(a *affinityCounts, n *nodeInfo) bool {
	holds := true
	for i := range c.together {
		key := c.together[i].topologyKey
		value, ok := n.Labels[key]
		if !ok {
			return false
		}
		holds = holds && a.together[topology{key, value}] > 0
	}
	return holds || len(a.together) == 0 && c.matchesAll(c.pod)
}

// scorePodAffinity adds the weights of preferred terms: the Pod's own, and
// those of the Pods that are there about this one.
func scorePodAffinity(c *cycle, nodes []*nodeInfo) []int64 {
	scores := make([]int64, len(nodes))
	own := preferred(c.pod)
	weights := map[topology]int64{}
	add := func(t *term, at *nodeInfo, weight int64) {
		if value, ok := at.Labels[t.topologyKey]; ok {
			weights[topology{t.topologyKey, value}] += weight
		}
	}
	for i := range own {
		c.each(&own[i], func(n *nodeInfo, _ *corev1.Pod) { add(&own[i], n, own[i].weight) })
	}
	for _, at := range c.nodes {
		if at.affine == 0 {
			continue
		}
		for _, p := range at.pods {
			if !p.affine {
				continue
			}
			for _, t := range append(preferred(p.Pod), terms(p.Pod, affinityTerms(p.Pod))...) {
				if c.matches(&t, c.pod) {
					if t.weight == 0 { // a required term counts a little
						t.weight = 1
					}
					add(&t, at, t.weight)
				}
			}
		}
	}
	if len(weights) == 0 {
		return scores
	}
	keys := keysOf(weights)
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	for i, n := range nodes {
		for _, key := range keys {
			if value, ok := n.Labels[key]; ok {
				scores[i] += weights[topology{key, value}]
			}
		}
		least, most = min(least, scores[i]), max(most, scores[i])
	}
	for i := range scores {
		if most > least {
			scores[i] = scoreMax * (scores[i] - least) / (most - least)
		} else {
			scores[i] = 0
		}
	}
	return scores
}

// preferred are the preferred terms of a Pod, those of anti-affinity with
// their weight negated.
func preferred(p *corev1.Pod) []term {
	var out []term
	add := func(all []corev1.WeightedPodAffinityTerm, sign int64) {
		for i := range all {
			if t, ok := newTerm(p, &all[i].PodAffinityTerm); ok && all[i].Weight != 0 {
				t.weight = sign * int64(all[i].Weight)
				out = append(out, t)
			}
		}
	}
	if a := p.Spec.Affinity; a != nil {
		if a.PodAffinity != nil {
			add(a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution, 1)
		}
		if a.PodAntiAffinity != nil {
			add(a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution, -1)
		}
	}
	return out
}
