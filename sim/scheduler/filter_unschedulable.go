package scheduler

import (
	corev1 "k8s.io/api/core/v1"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
)

// filterUnschedulable refuses cordoned nodes, unless the Pod tolerates that.
func filterUnschedulable(c *cycle, n *nodeInfo) verdict {
	if !n.Spec.Unschedulable {
		return verdict{}
	}
	taint := &corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}
	if schedhelper.TolerationsTolerateTaint(klog.Logger{}, c.pod.Spec.Tolerations, taint, false) {
		return verdict{}
	}
	return hopeless("node(s) were unschedulable")
}
