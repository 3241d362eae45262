package scheduler

import (
	corev1 "k8s.io/api/core/v1"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
)

// filterTaints refuses nodes with a taint that the Pod doesn't tolerate.
func filterTaints(c *cycle, n *nodeInfo) verdict {
	_, found := schedhelper.FindMatchingUntoleratedTaint(klog.Logger{}, n.taints, c.pod.Spec.Tolerations, func(t *corev1.Taint) bool {
		return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
	}, false)
	if found {
		return hopeless("node(s) had untolerated taint(s)")
	}
	return verdict{}
}

// scoreTaints counts the taints that ask to prefer another node: fewer are better.
func scoreTaints(c *cycle, nodes []*nodeInfo) []int64 {
	var tolerations []corev1.Toleration
	for _, t := range c.pod.Spec.Tolerations {
		if t.Effect == "" || t.Effect == corev1.TaintEffectPreferNoSchedule {
			tolerations = append(tolerations, t)
		}
	}
	scores := make([]int64, len(nodes))
	for i, n := range nodes {
		for _, t := range n.taints {
			if t.Effect == corev1.TaintEffectPreferNoSchedule && !schedhelper.TolerationsTolerateTaint(klog.Logger{}, tolerations, &t, false) {
				scores[i]++
			}
		}
	}
	return normalise(scores, true)
}
