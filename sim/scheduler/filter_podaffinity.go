package scheduler

import (
	"math"
	"slices"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// matches reports whether a term of owner's (anti-)affinity is about other.
func (c *cycle) matches(term corev1.PodAffinityTerm, owner, other *corev1.Pod) bool {
	selector, err := metav1.LabelSelectorAsSelector(term.LabelSelector)
	if err != nil || !selector.Matches(labels.Set(other.Labels)) {
		return false
	}
	if len(term.Namespaces) == 0 && term.NamespaceSelector == nil {
		return other.Namespace == owner.Namespace
	}
	if slices.Contains(term.Namespaces, other.Namespace) {
		return true
	}
	if term.NamespaceSelector == nil {
		return false
	}
	namespaces, err := metav1.LabelSelectorAsSelector(term.NamespaceSelector)
	if err != nil {
		return false
	}
	ns, ok := registry.Get[*corev1.Namespace](c.r, "", other.Namespace)
	return ok && namespaces.Matches(labels.Set(ns.Labels))
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

// sameTopology reports whether two nodes have the same value of a label.
func sameTopology(a, b *nodeInfo, key string) bool {
	va, ok := a.Labels[key]
	vb, also := b.Labels[key]
	return ok && also && va == vb
}

// filterPodAffinity keeps Pods with and away from each other.
func filterPodAffinity(c *cycle, n *nodeInfo) verdict {
	if !c.affinityHolds(n) {
		return hopeless("node(s) didn't match pod affinity rules")
	}
	for _, term := range antiAffinityTerms(c.pod) {
		for _, other := range c.nodes {
			if sameTopology(n, other, term.TopologyKey) &&
				slices.ContainsFunc(other.pods, func(p *corev1.Pod) bool { return c.matches(term, c.pod, p) }) {
				return refuse("node(s) didn't match pod anti-affinity rules")
			}
		}
	}
	for _, other := range c.nodes {
		for _, p := range other.pods {
			for _, term := range antiAffinityTerms(p) {
				if sameTopology(n, other, term.TopologyKey) && c.matches(term, p, c.pod) {
					return refuse("node(s) didn't satisfy existing pods anti-affinity rules")
				}
			}
		}
	}
	return verdict{}
}

// affinityHolds reports whether the Pods that this one must be with are there.
// The first of a group that wants to be together may go anywhere.
func (c *cycle) affinityHolds(n *nodeInfo) bool {
	terms := affinityTerms(c.pod)
	if len(terms) == 0 {
		return true
	}
	all := func(p *corev1.Pod) bool {
		return !slices.ContainsFunc(terms, func(t corev1.PodAffinityTerm) bool { return !c.matches(t, c.pod, p) })
	}
	anywhere, holds := false, true
	for _, term := range terms {
		if _, ok := n.Labels[term.TopologyKey]; !ok {
			return false
		}
		here := false
		for _, other := range c.nodes {
			if _, ok := other.Labels[term.TopologyKey]; ok && slices.ContainsFunc(other.pods, all) {
				anywhere = true
				here = here || sameTopology(n, other, term.TopologyKey)
			}
		}
		holds = holds && here
	}
	return holds || !anywhere && all(c.pod)
}

// scorePodAffinity adds the weights of preferred terms: the Pod's own, and
// those of the Pods that are there about this one.
func scorePodAffinity(c *cycle, nodes []*nodeInfo) []int64 {
	scores := make([]int64, len(nodes))
	add := func(term corev1.PodAffinityTerm, at *nodeInfo, weight int64) {
		for i, n := range nodes {
			if sameTopology(n, at, term.TopologyKey) {
				scores[i] += weight
			}
		}
	}
	for _, at := range c.nodes {
		for _, p := range at.pods {
			for _, t := range preferred(c.pod) {
				if c.matches(t.PodAffinityTerm, c.pod, p) {
					add(t.PodAffinityTerm, at, int64(t.Weight))
				}
			}
			for _, t := range preferred(p) {
				if c.matches(t.PodAffinityTerm, p, c.pod) {
					add(t.PodAffinityTerm, at, int64(t.Weight))
				}
			}
			for _, term := range affinityTerms(p) {
				if c.matches(term, p, c.pod) {
					add(term, at, 1)
				}
			}
		}
	}
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	for _, s := range scores {
		least, most = min(least, s), max(most, s)
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
func preferred(p *corev1.Pod) []corev1.WeightedPodAffinityTerm {
	var out []corev1.WeightedPodAffinityTerm
	a := p.Spec.Affinity
	if a == nil {
		return nil
	}
	if a.PodAffinity != nil {
		out = append(out, a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution...)
	}
	if a.PodAntiAffinity != nil {
		for _, t := range a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution {
			t.Weight = -t.Weight
			out = append(out, t)
		}
	}
	return out
}
