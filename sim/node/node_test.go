package node

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gieok/sim/clock"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// A world is a cluster without controllers and scheduler: Pods name their node.
type world struct {
	t testing.TB
	q *clock.Queue
	r *registry.Registry
	k *Kubelet
}

func newWorld(t testing.TB, mode Mode) *world {
	t.Helper()
	q := clock.NewQueue(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	r := registry.New(q, 1)
	w := &world{t: t, q: q, r: r, k: Start(r, mode)}
	w.do(func() error {
		for _, ns := range []string{"default", corev1.NamespaceNodeLease} {
			if _, err := registry.Create(r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}); err != nil {
				return err
			}
		}
		if _, err := registry.Create(r, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "default"}}); err != nil {
			return err
		}
		return NewNodes(r, mode)
	})
	return w
}

func (w *world) fork() *world {
	q := w.q.Fork()
	r := w.r.Fork(q)
	return &world{t: w.t, q: q, r: r, k: w.k.Fork(r)}
}

func (w *world) do(f func() error) {
	w.t.Helper()
	if _, err := clock.Bubble(w.q.Now(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	n := 0
	err := w.q.Advance(w.q.Now().Add(d), func() error {
		if n++; n > 20000 {
			return fmt.Errorf("over 20,000 events in %s", d)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// create makes the objects of a manifest; a Pod goes to worker-1.
func (w *world) create(manifest string) {
	w.t.Helper()
	for doc := range strings.SplitSeq(manifest, "\n---\n") {
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(doc), &kind); err != nil {
			w.t.Fatal(err)
		}
		switch kind.Kind {
		case "Pod":
			p := parse[corev1.Pod](w.t, doc)
			if p.Spec.NodeName == "" {
				p.Spec.NodeName = "worker-1"
			}
			make1(w, p)
		case "ConfigMap":
			make1(w, parse[corev1.ConfigMap](w.t, doc))
		case "Secret":
			make1(w, parse[corev1.Secret](w.t, doc))
		case "NetworkPolicy":
			make1(w, parse[networkingv1.NetworkPolicy](w.t, doc))
		case "Service":
			make1(w, parse[corev1.Service](w.t, doc))
		default:
			w.t.Fatalf("kind %q", kind.Kind)
		}
	}
}

func parse[T any](t testing.TB, doc string) *T {
	t.Helper()
	obj := new(T)
	if err := yaml.UnmarshalStrict([]byte(doc), obj); err != nil {
		t.Fatal(err)
	}
	reflect.ValueOf(obj).Elem().FieldByName("Namespace").SetString("default")
	return obj
}

func make1[T interface {
	*corev1.Pod | *corev1.ConfigMap | *corev1.Secret | *corev1.Service | *networkingv1.NetworkPolicy
	registryObject
}](w *world, obj T) {
	w.t.Helper()
	w.do(func() error { _, err := registry.Create(w.r, obj); return err })
}

func (w *world) pod(name string) *corev1.Pod {
	p, _ := registry.Get[*corev1.Pod](w.r, "default", name)
	return p
}

// show is the Pod in one line: phase, containers, restarts.
func (w *world) show(name string) string {
	p := w.pod(name)
	if p == nil {
		return "gone"
	}
	s := string(p.Status.Phase)
	if p.Status.Reason != "" {
		s += "/" + p.Status.Reason
	}
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		s += " " + c.Name + "="
		switch {
		case c.State.Waiting != nil:
			s += c.State.Waiting.Reason
		case c.State.Terminated != nil:
			s += fmt.Sprintf("%s:%d", c.State.Terminated.Reason, c.State.Terminated.ExitCode)
		case c.Ready:
			s += "Ready"
		default:
			s += "Running"
		}
		s += fmt.Sprintf(",%d", c.RestartCount)
	}
	return s
}

func (w *world) events(name string) string {
	var b strings.Builder
	for _, e := range registry.List[*corev1.Event](w.r, "default") {
		if e.InvolvedObject.Name == name {
			fmt.Fprintf(&b, "%s %s %s\n", e.Type, e.Reason, e.Message)
		}
	}
	return b.String()
}
