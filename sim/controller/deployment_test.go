package controller

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestFenceposts(t *testing.T) {
	for _, c := range []struct {
		surge, unavailable string
		desired            int32
		wantSurge, want    int32
	}{
		{"25%", "25%", 1, 1, 0},
		{"25%", "25%", 2, 1, 0},
		{"25%", "25%", 3, 1, 0},
		{"25%", "25%", 4, 1, 1},
		{"25%", "25%", 10, 3, 2},
		{"1%", "1%", 3, 1, 0},
		{"0", "0%", 3, 0, 1},
		{"0", "10%", 3, 0, 1},
		{"100%", "0", 3, 3, 0},
		{"40%", "34%", 7, 3, 2},
	} {
		s, u := intstr.Parse(c.surge), intstr.Parse(c.unavailable)
		if surge, unavailable := fenceposts(&s, &u, c.desired); surge != c.wantSurge || unavailable != c.want {
			t.Errorf("%s/%s of %d: %d and %d, want %d and %d", c.surge, c.unavailable, c.desired, surge, unavailable, c.wantSurge, c.want)
		}
	}
}

func (w *world) pods(app string) (all []*corev1.Pod, available int) {
	for _, p := range registry.List[*corev1.Pod](w.r, "default") {
		if p.Labels["app"] == app && podActive(p) {
			all = append(all, p)
			if podReady(p) {
				available++
			}
		}
	}
	return all, available
}

// TestRollingBounds: however Pods become Ready, a rolling update never comes to
// rest with more Pods than its surge allows or fewer available ones than it must
// keep, and it ends.
func TestRollingBounds(t *testing.T) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 2))
		replicas := int32(1 + random.IntN(8))
		surge, unavailable := intstr.FromInt32(int32(random.IntN(4))), intstr.FromString(fmt.Sprintf("%d%%", random.IntN(101)))
		if surge.IntVal == 0 && unavailable.StrVal == "0%" {
			unavailable = intstr.FromString("50%")
		}
		w := newWorld(t, seed)
		w.deployment("web", replicas, func(d *appsv1.Deployment) {
			d.Spec.Strategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxSurge: &surge, MaxUnavailable: &unavailable}
		})
		w.settle()
		w.ready = func(*corev1.Pod) bool { return random.IntN(3) == 0 }
		w.setImage("web", "two")
		most, missing := fenceposts(&surge, &unavailable, replicas)
		for range stepsMax {
			w.settle()
			pods, available := w.pods("web")
			if int32(len(pods)) > replicas+most || int32(available) < replicas-missing {
				t.Fatalf("seed %d: %d Pods, %d available of %d with surge %d and unavailable %d", seed, len(pods), available, replicas, most, missing)
			}
			waiting := 0
			w.do(func() error {
				all, _ := w.pods("web")
				for _, p := range all {
					if !podReady(p) {
						waiting++
						w.q.Enqueue("test-node", joinKey(p.Namespace, p.Name))
					}
				}
				return nil
			})
			if waiting == 0 {
				break
			}
		}
		d, _ := registry.Get[*appsv1.Deployment](w.r, "default", "web")
		if !complete(d, &d.Status) {
			t.Errorf("seed %d: not complete: %+v", seed, d.Status)
		}
		if c := progressing(&d.Status); c == nil || c.Reason != reasonAvailable {
			t.Errorf("seed %d: progressing %+v", seed, c)
		}
	}
}

func (w *world) sizes(deployment string) map[string]int32 {
	out := map[string]int32{}
	for _, rs := range registry.List[*appsv1.ReplicaSet](w.r, "default") {
		out[rs.Spec.Template.Spec.Containers[0].Image] = *rs.Spec.Replicas
	}
	return out
}

// TestStuckRollout: the sizes at which a rollout stops whose Pods never become
// Ready (source: the recordings), and what a change of size makes of them: of
// 15 + 4 Pods each ReplicaSet has the share it had of 13.
func TestStuckRollout(t *testing.T) {
	for _, c := range []struct{ replicas, old, new, to, oldTo, newTo int32 }{
		{replicas: 10, old: 8, new: 5, to: 15, oldTo: 12, newTo: 7},
		{replicas: 4, old: 3, new: 2},
		{replicas: 3, old: 3, new: 1},
		{replicas: 1, old: 1, new: 1},
	} {
		w := newWorld(t, 1)
		w.deployment("web", c.replicas, nil)
		w.settle()
		w.ready = func(p *corev1.Pod) bool { return p.Spec.Containers[0].Image == "one" }
		w.setImage("web", "two")
		w.settle()
		if got := w.sizes("web"); got["one"] != c.old || got["two"] != c.new {
			t.Errorf("%d replicas: %v, want %d and %d", c.replicas, got, c.old, c.new)
		}
		if c.to == 0 {
			continue
		}
		w.do(func() error {
			return registry.Mutate(w.r, "default", "web", func(d *appsv1.Deployment) { d.Spec.Replicas = &c.to })
		})
		w.settle()
		if got := w.sizes("web"); got["one"] != c.oldTo || got["two"] != c.newTo {
			t.Errorf("%d replicas, then %d: %v, want %d and %d", c.replicas, c.to, got, c.oldTo, c.newTo)
		}
	}
}

// TestRevisions: going back to an old template reuses its ReplicaSet with a new
// number, and the history limit deletes the oldest ones.
func TestRevisions(t *testing.T) {
	w := newWorld(t, 1)
	limit := int32(1)
	w.deployment("web", 1, func(d *appsv1.Deployment) { d.Spec.RevisionHistoryLimit = &limit })
	w.settle()
	for _, image := range []string{"two", "one", "three"} {
		w.setImage("web", image)
		w.settle()
	}
	got := map[string]string{}
	for _, rs := range registry.List[*appsv1.ReplicaSet](w.r, "default") {
		got[rs.Spec.Template.Spec.Containers[0].Image] = rs.Annotations[revisionAnnotation] + " " + rs.Annotations[revisionHistoryAnnotation]
	}
	if len(got) != 2 || got["one"] != "3 1" || got["three"] != "4 " {
		t.Errorf("revisions %q", got)
	}
}

// TestProgressDeadline: a rollout that doesn't advance is given up on a second
// after its deadline.
func TestProgressDeadline(t *testing.T) {
	w := newWorld(t, 1)
	w.ready = func(*corev1.Pod) bool { return false }
	seconds := int32(5)
	w.deployment("web", 1, func(d *appsv1.Deployment) { d.Spec.ProgressDeadlineSeconds = &seconds })
	reason := func() string {
		d, _ := registry.Get[*appsv1.Deployment](w.r, "default", "web")
		return progressing(&d.Status).Reason
	}
	w.advance(5e9)
	if got := reason(); got != reasonUpdated {
		t.Errorf("after 5 s: %s", got)
	}
	w.advance(2e9)
	if got := reason(); got != reasonTimedOut {
		t.Errorf("after 7 s: %s", got)
	}
}

// TestAdoption: a ReplicaSet adopts a bare Pod with its labels and lets one go
// that loses them.
func TestAdoption(t *testing.T) {
	w := newWorld(t, 1)
	w.do(func() error {
		t := podTemplate("web", "one")
		_, err := registry.Create(w.r, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "bare", Labels: t.Labels}, Spec: t.Spec})
		return err
	})
	one := int32(1)
	w.do(func() error {
		_, err := registry.Create(w.r, &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"},
			Spec: appsv1.ReplicaSetSpec{Replicas: &one, Selector: selectApp("web"), Template: podTemplate("web", "one")}})
		return err
	})
	w.settle()
	p, _ := registry.Get[*corev1.Pod](w.r, "default", "bare")
	if ref := metav1.GetControllerOf(p); ref == nil || ref.Name != "web" {
		t.Fatalf("controller %v", ref)
	}
	w.do(func() error {
		return registry.Mutate(w.r, "default", "bare", func(p *corev1.Pod) { p.Labels["app"] = "other" })
	})
	w.settle()
	p, _ = registry.Get[*corev1.Pod](w.r, "default", "bare")
	if ref := metav1.GetControllerOf(p); ref != nil {
		t.Errorf("still controlled by %v", ref)
	}
	if pods, _ := w.pods("web"); len(pods) != 1 {
		t.Errorf("%d Pods in its place", len(pods))
	}
}

// TestRefusedPods: Pods that a node refuses for ever are made again and again,
// but not without end in one instant.
func TestRefusedPods(t *testing.T) {
	w := newWorld(t, 1)
	w.ready = func(p *corev1.Pod) bool {
		err := registry.MutateStatus(w.r, p.Namespace, p.Name, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed })
		if err != nil {
			t.Error(err)
		}
		return false
	}
	w.deployment("web", 1, func(d *appsv1.Deployment) { d.Spec.Template.Spec.NodeName = "node-1" })
	w.advance(5e9)
	if n := len(registry.List[*corev1.Pod](w.r, "default")); n < 3 || n > 10 {
		t.Errorf("%d Pods in 5 s", n)
	}
}
