package controller

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gieok/sim/clock"
	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var start = time.Date(2026, 3, 2, 9, 0, 20, 0, time.UTC)

// A world is a cluster with all controllers and, in the place of scheduler and
// kubelet, something that puts every Pod on node-1 and makes it Ready if ready
// says so.
type world struct {
	t     *testing.T
	q     *clock.Queue
	r     *registry.Registry
	ready func(*corev1.Pod) bool
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	q := clock.NewQueue(start)
	w := &world{t: t, q: q, r: registry.New(q, seed), ready: func(*corev1.Pod) bool { return true }}
	w.watch()
	w.do(func() error {
		_, err := registry.Create(w.r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}})
		return err
	})
	w.do(func() error {
		_, err := registry.Create(w.r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: corev1.NamespaceNodeLease}})
		return err
	})
	w.node("node-1", true)
	w.settle()
	return w
}

// node makes a Ready node, with a kubelet that is heard of, or without one.
func (w *world) node(name string, heard bool) {
	w.t.Helper()
	w.do(func() error {
		_, err := registry.Create(w.r, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}}})
		return err
	})
	if heard {
		w.do(func() error {
			_, err := registry.Create(w.r, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: corev1.NamespaceNodeLease, Name: name}})
			return err
		})
	}
}

// watch starts the controllers and the stand-in.
func (w *world) watch() {
	Start(w.r)
	w.q.Handle("test-node", func(key string) {
		namespace, name := splitKey(key)
		p, ok := registry.Get[*corev1.Pod](w.r, namespace, name)
		switch {
		case !ok:
		case p.Spec.NodeName == "":
			if err := w.r.Bind(namespace, name, place(p)); err != nil {
				w.t.Errorf("bind: %v", err)
			}
		case p.DeletionTimestamp != nil:
			var atOnce int64
			_ = registry.Delete[*corev1.Pod](w.r, namespace, name, registry.DeleteOptions{GracePeriodSeconds: &atOnce})
		case !podReady(p) && w.ready(p):
			w.makeReady(p)
		}
	})
	registry.Watch(w.r, func(_, new *corev1.Pod) {
		if new != nil {
			w.q.Enqueue("test-node", joinKey(new.Namespace, new.Name))
		}
	})
}

// place is node-1, or the node that a DaemonSet made the Pod for.
func place(p *corev1.Pod) string {
	if a := p.Spec.Affinity; a != nil && a.NodeAffinity != nil {
		if required := a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution; required != nil {
			for _, f := range required.NodeSelectorTerms[0].MatchFields {
				return f.Values[0]
			}
		}
	}
	return "node-1"
}

func (w *world) makeReady(p *corev1.Pod) {
	err := registry.MutateStatus(w.r, p.Namespace, p.Name, func(p *corev1.Pod) {
		p.Status.Phase = corev1.PodRunning
		p.Status.PodIP = "10.1.0.9"
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: now(w.r)})
	})
	if err != nil {
		w.t.Errorf("ready: %v", err)
	}
}

// do runs f in the cluster's time.
func (w *world) do(f func() error) {
	w.t.Helper()
	if _, err := clock.Bubble(w.q.Now(), f); err != nil {
		w.t.Fatal(err)
	}
}

// stepsMax bounds what one instant may hold.
const stepsMax = 20_000

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	n := 0
	err := w.q.Advance(w.q.Now().Add(d), func() error {
		if n++; n > stepsMax {
			return fmt.Errorf("no rest after %d events", n)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) settle() { w.t.Helper(); w.advance(0) }

// step lets one event of the present time happen.
func (w *world) step() (happened bool) {
	w.do(func() error { happened = w.q.Step(w.q.Now()); return nil })
	return happened
}

func (w *world) fork() *world {
	q := w.q.Fork()
	f := &world{t: w.t, q: q, r: w.r.Fork(q), ready: w.ready}
	f.watch()
	return f
}

// dump is everything in the cluster, as text.
func (w *world) dump() string {
	var b strings.Builder
	for _, o := range w.r.Objects() {
		text, err := json.Marshal(o.Object)
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", o.Resource, text)
	}
	return b.String()
}

func podTemplate(app, image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": app}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: image}}},
	}
}

func selectApp(app string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}
}

func (w *world) deployment(name string, replicas int32, change func(*appsv1.Deployment)) {
	w.t.Helper()
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: selectApp(name), Template: podTemplate(name, "one")}}
	if change != nil {
		change(d)
	}
	w.do(func() error { _, err := registry.Create(w.r, d); return err })
}

func (w *world) setImage(deployment, image string) {
	w.t.Helper()
	w.do(func() error {
		return registry.Mutate(w.r, "default", deployment, func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = image })
	})
}

// TestForkGoesTheSameWay: a fork taken at any event ends as its parent does.
func TestForkGoesTheSameWay(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, seed)
		w.deployment("web", 4, nil)
		w.settle()
		w.setImage("web", "two")
		for range random.IntN(60) {
			w.step()
		}
		f := w.fork()
		w.advance(2 * time.Second)
		f.advance(2 * time.Second)
		if a, b := w.dump(), f.dump(); a != b {
			t.Fatalf("seed %d: the fork differs:\n%s\n%s", seed, a, b)
		}
	}
}
