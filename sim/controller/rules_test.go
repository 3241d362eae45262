package controller

import (
	"fmt"
	"testing"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestDaemonBackoff: of Pods that fail as soon as they are made the first goes at
// once, the others after 1 s, 2 s, 4 s.
func TestDaemonBackoff(t *testing.T) {
	w := newWorld(t, 1)
	w.do(func() error {
		_, err := registry.Create(w.r, &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "agent"},
			Spec: appsv1.DaemonSetSpec{Selector: selectApp("agent"), Template: podTemplate("agent", "one")}})
		return err
	})
	var deaths []time.Duration
	registry.Watch(w.r, func(_, p *corev1.Pod) {
		if p == nil {
			deaths = append(deaths, w.q.Now().Sub(start))
		}
	})
	for range 80 {
		w.settle()
		for _, p := range registry.List[*corev1.Pod](w.r, "default") {
			if p.DeletionTimestamp == nil && p.Status.Phase != corev1.PodFailed {
				w.do(func() error {
					return registry.MutateStatus(w.r, "default", p.Name, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed })
				})
			}
		}
		w.advance(100 * time.Millisecond)
	}
	for i, want := range []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second} {
		if i >= len(deaths) || deaths[i] < want || deaths[i] > want+time.Second {
			t.Fatalf("deaths at %v, want the one with index %d at about %v", deaths, i, want)
		}
	}
}

// TestStaleDisruption: a Pod that is said to be about to be deleted and is not is
// said to be no longer after two minutes.
func TestStaleDisruption(t *testing.T) {
	w := newWorld(t, 1)
	w.deployment("web", 1, nil)
	w.settle()
	pods, _ := w.pods("web")
	w.do(func() error {
		return registry.MutateStatus(w.r, "default", pods[0].Name, func(p *corev1.Pod) { disrupt(p, "Test", "it was said", w.r) })
	})
	for _, want := range []corev1.ConditionStatus{corev1.ConditionTrue, corev1.ConditionFalse} {
		w.advance(119 * time.Second)
		p, _ := registry.Get[*corev1.Pod](w.r, "default", pods[0].Name)
		if c := podCondition(p, corev1.DisruptionTarget); c == nil || c.Status != want {
			t.Errorf("want %s: %+v", want, c)
		}
	}
}

// TestEvictionRate: of nodes that are lost together one is given up every ten
// seconds, and none while more than half of a zone is lost.
func TestEvictionRate(t *testing.T) {
	w := newWorld(t, 1)
	for i := range 8 {
		w.node(fmt.Sprintf("n%d", i), true)
	}
	w.settle()
	lose := func(names ...string) {
		for _, name := range names {
			w.do(func() error {
				return registry.MutateStatus(w.r, "", name, func(n *corev1.Node) { n.Status.Conditions[0].Status = corev1.ConditionUnknown })
			})
		}
		w.settle()
	}
	given := func() (n int) {
		for _, node := range registry.List[*corev1.Node](w.r, "") {
			for _, taint := range node.Spec.Taints {
				if taint.Effect == corev1.TaintEffectNoExecute {
					n++
				}
			}
		}
		return n
	}
	lose("n0", "n1", "n2")
	for i := range 3 {
		if got := given(); got != i+1 {
			t.Errorf("after %d s: %d", 10*i, got)
		}
		w.advance(10 * time.Second)
	}
	lose("n3", "n4", "n5")
	w.advance(time.Hour)
	if got := given(); got > 4 { // n3 was lost before there were too many
		t.Errorf("in a disrupted zone: %d", got)
	}
}

// TestAggregatedRoles: roles that gather those of others have their rules, and
// those that the others have gathered.
func TestAggregatedRoles(t *testing.T) {
	w := newWorld(t, 1)
	w.do(func() error {
		for _, ns := range []string{metav1.NamespaceSystem, metav1.NamespacePublic} {
			if _, err := registry.Create(w.r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}); err != nil {
				return err
			}
		}
		return registry.CreateDefaultRoles(w.r)
	})
	w.settle()
	last := 0
	for _, name := range []string{"view", "edit", "admin"} {
		role, _ := registry.Get[*rbacv1.ClusterRole](w.r, "", name)
		if len(role.Rules) <= last {
			t.Errorf("%s has %d rules, the one before %d", name, len(role.Rules), last)
		}
		last = len(role.Rules)
	}
}
