package scheduler

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// filterNodeAffinity matches nodeSelector and required node affinity.
func filterNodeAffinity(c *cycle, n *nodeInfo) verdict {
	if ok, err := c.affinity.Match(n.Node); !ok || err != nil {
		return hopeless("node(s) didn't match Pod's node affinity/selector")
	}
	return verdict{}
}

// beforeNodeAffinity refuses terms that name no node they could all mean.
func beforeNodeAffinity(c *cycle) string {
	if c.named != nil && len(c.named) == 0 {
		return "pod affinity terms conflict"
	}
	return ""
}

// namedNodes are the nodes that the required affinity names, as a DaemonSet's
// Pods do; nil if any term names none.
func namedNodes(p *corev1.Pod) []string {
	if p.Spec.Affinity == nil || p.Spec.Affinity.NodeAffinity == nil {
		return nil
	}
	required := p.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	if required == nil || len(required.NodeSelectorTerms) == 0 {
		return nil
	}
	all := []string{}
	for _, term := range required.NodeSelectorTerms {
		var names []string
		named := false
		for _, f := range term.MatchFields {
			if f.Key != metav1.ObjectNameField || f.Operator != corev1.NodeSelectorOpIn {
				continue
			}
			if !named {
				names, named = slices.Clone(f.Values), true
				continue
			}
			names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains(f.Values, n) })
		}
		if !named {
			return nil
		}
		all = append(all, names...)
	}
	return all
}

// scoreNodeAffinity adds the weights of the preferred terms that match.
func scoreNodeAffinity(c *cycle, nodes []*nodeInfo) []int64 {
	scores := make([]int64, len(nodes))
	a := c.pod.Spec.Affinity
	if a == nil || a.NodeAffinity == nil {
		return scores
	}
	terms, err := nodeaffinity.NewPreferredSchedulingTerms(a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution)
	if err != nil {
		return scores
	}
	for i, n := range nodes {
		scores[i] = terms.Score(n.Node)
	}
	return normalise(scores, false)
}
