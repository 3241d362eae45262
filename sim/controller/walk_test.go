package controller

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestRandomWalk: whatever a person does to workloads, they come to rest as
// their specs say, nothing is left of what is gone, and two walks with one seed
// end alike.
func TestRandomWalk(t *testing.T) {
	for seed := range uint64(6) {
		if a, b := walk(t, seed), walk(t, seed); a != b {
			t.Fatalf("seed %d: two walks differ", seed)
		}
	}
}

const walkSteps = 40

func walk(t *testing.T, seed uint64) string {
	w := newWorld(t, seed)
	random := rand.New(rand.NewPCG(seed, 3))
	w.furnishWalk()
	for range walkSteps {
		w.do(func() error { return w.stumble(random) })
		if random.IntN(3) > 0 {
			w.advance(time.Duration(random.IntN(3)) * time.Second)
		}
	}
	w.advance(time.Minute)
	w.checkRest(seed)
	return w.dump()
}

func (w *world) furnishWalk() {
	w.deployment("web", 3, nil)
	w.deployment("api", 2, func(d *appsv1.Deployment) { d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType })
	two := int32(2)
	w.do(func() error {
		_, err := registry.Create(w.r, &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "db"},
			Spec: appsv1.StatefulSetSpec{Replicas: &two, ServiceName: "db", Selector: selectApp("db"), Template: podTemplate("db", "one")}})
		return err
	})
	w.do(func() error {
		_, err := registry.Create(w.r, &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "agent"},
			Spec: appsv1.DaemonSetSpec{Selector: selectApp("agent"), Template: podTemplate("agent", "one")}})
		return err
	})
	w.do(func() error {
		_, err := registry.Create(w.r, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"},
			Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Port: 80}}}})
		return err
	})
}

// stumble does one thing that a person might do.
func (w *world) stumble(random *rand.Rand) error {
	name := []string{"web", "api"}[random.IntN(2)]
	image := fmt.Sprintf("image-%d", random.IntN(3))
	n := int32(random.IntN(5))
	pods := registry.List[*corev1.Pod](w.r, "default")
	switch random.IntN(8) {
	case 0:
		return registry.Mutate(w.r, "default", name, func(d *appsv1.Deployment) { d.Spec.Replicas = &n })
	case 1:
		return registry.Mutate(w.r, "default", name, func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = image })
	case 2:
		return registry.Mutate(w.r, "default", name, func(d *appsv1.Deployment) { d.Spec.Paused = !d.Spec.Paused })
	case 3:
		return registry.Mutate(w.r, "default", "db", func(s *appsv1.StatefulSet) { s.Spec.Replicas = &n })
	case 4:
		return registry.Mutate(w.r, "default", "db", func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Containers[0].Image = image })
	case 5:
		return registry.Mutate(w.r, "default", "agent", func(d *appsv1.DaemonSet) { d.Spec.Template.Spec.Containers[0].Image = image })
	case 6:
		if len(pods) > 0 {
			return registry.Delete[*corev1.Pod](w.r, "default", pods[random.IntN(len(pods))].Name, registry.DeleteOptions{})
		}
	case 7:
		sets := registry.List[*appsv1.ReplicaSet](w.r, "default")
		if len(sets) > 0 {
			return registry.Delete[*appsv1.ReplicaSet](w.r, "default", sets[random.IntN(len(sets))].Name, registry.DeleteOptions{})
		}
	}
	return nil
}

func (w *world) checkRest(seed uint64) {
	w.t.Helper()
	for _, d := range registry.List[*appsv1.Deployment](w.r, "default") {
		pods, available := w.pods(d.Name)
		if len(pods) != int(*d.Spec.Replicas) && !(d.Spec.Paused && len(pods) == 0) || available != len(pods) {
			w.t.Errorf("seed %d: Deployment %s of %d has %d Pods, %d available", seed, d.Name, *d.Spec.Replicas, len(pods), available)
		}
		for _, p := range pods {
			if !d.Spec.Paused && p.Spec.Containers[0].Image != d.Spec.Template.Spec.Containers[0].Image {
				w.t.Errorf("seed %d: %s is of an old template", seed, p.Name)
			}
		}
	}
	set, _ := registry.Get[*appsv1.StatefulSet](w.r, "default", "db")
	pods, _ := w.pods("db")
	if len(pods) != int(*set.Spec.Replicas) || set.Status.ReadyReplicas != *set.Spec.Replicas || set.Status.CurrentRevision != set.Status.UpdateRevision {
		w.t.Errorf("seed %d: %d Pods of StatefulSet: %+v", seed, len(pods), set.Status)
	}
	ds, _ := registry.Get[*appsv1.DaemonSet](w.r, "default", "agent")
	if ds.Status.NumberAvailable != 1 || ds.Status.UpdatedNumberScheduled != 1 {
		w.t.Errorf("seed %d: DaemonSet: %+v", seed, ds.Status)
	}
	listed := 0
	for _, s := range registry.List[*discoveryv1.EndpointSlice](w.r, "default") {
		if s.Labels[discoveryv1.LabelServiceName] == "web" {
			listed += len(s.Endpoints)
		}
	}
	if web, _ := w.pods("web"); listed != len(web) {
		w.t.Errorf("seed %d: %d endpoints of %d Pods", seed, listed, len(web))
	}
	for _, o := range w.r.Objects() {
		m := o.Object.(metav1.Object)
		for _, ref := range m.GetOwnerReferences() {
			if _, ok := w.r.GetObject(groupKindOf(ref), m.GetNamespace(), ref.Name); !ok {
				w.t.Errorf("seed %d: %s %s has lost its owner %s", seed, o.Resource, m.GetName(), ref.Name)
			}
		}
	}
}
