package controller

import (
	"testing"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// setReady is what the health of node-1 is said to be.
func (w *world) setReady(status corev1.ConditionStatus) {
	w.t.Helper()
	w.do(func() error {
		return registry.MutateStatus(w.r, "", "node-1", func(n *corev1.Node) { n.Status.Conditions[0].Status = status })
	})
	w.settle()
}

// TestLostNode: the Pods of a node that is not heard of are not Ready at once
// and deleted after the 300 s that they tolerate it, those of a DaemonSet never.
func TestLostNode(t *testing.T) {
	w := newWorld(t, 1)
	w.node("node-2", true) // with none left, nothing would be evicted
	w.deployment("web", 1, nil)
	w.do(func() error {
		_, err := registry.Create(w.r, &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "agent"},
			Spec: appsv1.DaemonSetSpec{Selector: selectApp("agent"), Template: podTemplate("agent", "one")}})
		return err
	})
	w.settle()
	before, _ := w.pods("web")
	w.ready = func(*corev1.Pod) bool { return false }
	w.setReady(corev1.ConditionUnknown)
	n, _ := registry.Get[*corev1.Node](w.r, "", "node-1")
	if len(n.Spec.Taints) != 2 || n.Spec.Taints[0].Key != corev1.TaintNodeUnreachable {
		t.Errorf("taints %v", n.Spec.Taints)
	}
	if _, available := w.pods("web"); available != 0 {
		t.Error("the Pod is still Ready")
	}
	w.advance(299 * time.Second)
	if pods, _ := w.pods("web"); len(pods) != 1 || pods[0].UID != before[0].UID {
		t.Errorf("gone too early: %d Pods", len(pods))
	}
	w.advance(2 * time.Second)
	if pods, _ := w.pods("web"); len(pods) != 1 || pods[0].UID == before[0].UID {
		t.Errorf("not replaced: %d Pods", len(pods))
	}
	w.advance(time.Hour)
	if pods, _ := w.pods("agent"); len(pods) != 2 {
		t.Errorf("%d Pods of the DaemonSet", len(pods))
	}
	w.setReady(corev1.ConditionTrue)
	n, _ = registry.Get[*corev1.Node](w.r, "", "node-1")
	if len(n.Spec.Taints) != 0 {
		t.Errorf("taints %v", n.Spec.Taints)
	}
}

// TestCordonTaints: a cordoned node has the taint that says so.
func TestCordonTaints(t *testing.T) {
	w := newWorld(t, 1)
	for _, on := range []bool{true, false} {
		w.do(func() error {
			return registry.Mutate(w.r, "", "node-1", func(n *corev1.Node) { n.Spec.Unschedulable = on })
		})
		w.settle()
		n, _ := registry.Get[*corev1.Node](w.r, "", "node-1")
		if got := len(n.Spec.Taints) == 1 && n.Spec.Taints[0].Key == corev1.TaintNodeUnschedulable; got != on {
			t.Errorf("cordoned %v: taints %v", on, n.Spec.Taints)
		}
	}
}

// TestBareNode: behind a Node that a person has made there is no kubelet. It is
// taken as usable until its grace period is over, and a DaemonSet counts it
// until then (seen in a real cluster without kwok).
func TestBareNode(t *testing.T) {
	w := newWorld(t, 1)
	w.do(func() error {
		_, err := registry.Create(w.r, &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "agent"},
			Spec: appsv1.DaemonSetSpec{Selector: selectApp("agent"), Template: podTemplate("agent", "one")}})
		return err
	})
	w.do(func() error {
		_, err := registry.Create(w.r, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "bare", Labels: map[string]string{corev1.LabelOSStable: "linux"}}})
		return err
	})
	look := func(taints string, desired int32) {
		t.Helper()
		n, _ := registry.Get[*corev1.Node](w.r, "", "bare")
		got := ""
		for _, taint := range n.Spec.Taints {
			got += taint.ToString() + " "
		}
		d, _ := registry.Get[*appsv1.DaemonSet](w.r, "default", "agent")
		if got != taints || d.Status.DesiredNumberScheduled != desired || n.Labels["beta.kubernetes.io/os"] != "linux" {
			t.Errorf("taints %q, %d wanted, labels %v", got, d.Status.DesiredNumberScheduled, n.Labels)
		}
	}
	w.settle()
	look("", 2)
	w.advance(59 * time.Second)
	look("", 2)
	w.advance(2 * time.Second)
	// The taints take no Pod of a DaemonSet away, so nothing makes it count again.
	look("node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute ", 2)
	n, _ := registry.Get[*corev1.Node](w.r, "", "bare")
	if c := nodeReady(n); c == nil || c.Reason != "NodeStatusNeverUpdated" {
		t.Errorf("Ready: %+v", c)
	}
}

// TestAllNodesLost: when no node is Ready, nothing is evicted.
func TestAllNodesLost(t *testing.T) {
	w := newWorld(t, 1)
	w.deployment("web", 1, nil)
	w.settle()
	before, _ := w.pods("web")
	w.ready = func(*corev1.Pod) bool { return false }
	w.setReady(corev1.ConditionUnknown)
	w.advance(time.Hour)
	after, _ := w.pods("web")
	n, _ := registry.Get[*corev1.Node](w.r, "", "node-1")
	if len(after) != 1 || after[0].UID != before[0].UID || len(n.Spec.Taints) != 1 {
		t.Errorf("%d Pods, taints %v", len(after), n.Spec.Taints)
	}
}
