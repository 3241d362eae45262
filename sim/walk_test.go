package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gieok/sim/registry"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// The walks of TestWalk: 20 of 500 steps are 10,000.
const (
	walks      = 20
	walksShort = 2
	walkLength = 500
	trailKept  = 12 // steps that a failure shows
)

// TestWalk: whatever is asked of a cluster, in whatever order, after each step
// nothing is left behind by what is gone, ReplicaSets have the Pods that they
// want, Services lead to the ready Pods that they select, versions only grow,
// and a fork leaves its parent alone. When obstacles are gone all comes to rest
// as its spec says.
func TestWalk(t *testing.T) {
	n := walks
	if testing.Short() {
		n = walksShort
		t.Logf("-short: %d of %d walks, %d steps of %d", n, walks, n*walkLength, walks*walkLength)
	}
	for seed := range uint64(n) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			w := newWalker(t, seed)
			for range walkLength {
				w.step()
			}
			w.rest()
		})
	}
}

// TestWalkAgain: two walks with one seed end alike.
func TestWalkAgain(t *testing.T) {
	var ends [2]string
	for i := range ends {
		w := newWalker(t, 7)
		for range walkLength / 5 {
			w.step()
		}
		ends[i] = w.dump(w.c)
	}
	if d := cmp.Diff(strings.Split(ends[0], "\n"), strings.Split(ends[1], "\n")); d != "" {
		t.Fatalf("two walks with seed 7 differ:\n%s", d)
	}
}

type walker struct {
	t        *testing.T
	seed     uint64
	random   *rand.Rand
	c        *Cluster
	trail    []string
	version  int64
	versions map[types.UID]string
	freed    map[types.UID]bool // Pods that have lost their owner on purpose
}

func newWalker(t *testing.T, seed uint64) *walker {
	w := &walker{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 11)), versions: map[types.UID]string{}, freed: map[types.UID]bool{}}
	w.c = settled(t, []NodeMode{Instant, Instant, Instant, Real}[seed%4])
	return w
}

func (w *walker) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("seed %d (-run 'TestWalk/seed=%d$'): %s\nlast steps:\n  %s", w.seed, w.seed, fmt.Sprintf(format, args...), strings.Join(w.trail, "\n  "))
}

func (w *walker) dump(c *Cluster) string {
	var b strings.Builder
	for _, o := range c.registry.Objects() {
		text, err := json.Marshal(o.Object)
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", o.Resource, text)
	}
	return b.String()
}

// step does one thing and looks at what has become of it.
func (w *walker) step() {
	w.t.Helper()
	if w.random.IntN(25) == 0 {
		w.fork()
	}
	w.act(w.c)
	w.check()
}

// fork lets a fork go its own way for a while, and goes on with either of both.
func (w *walker) fork() {
	before, version := w.dump(w.c), w.c.registry.Version()
	f := w.c.Fork()
	parent := w.c
	freed := map[types.UID]bool{}
	for k := range w.freed {
		freed[k] = true
	}
	for range 3 {
		w.act(f)
	}
	if w.dump(parent) != before || parent.registry.Version() != version {
		w.fail("a fork has changed its parent")
	}
	if w.random.IntN(2) == 0 {
		w.c = f
		return
	}
	w.freed = freed
	w.trail = append(w.trail, "(the fork is dropped)")
}

// An act is something that one may ask of a cluster; it returns what it did.
type act struct {
	weight int
	do     func(w *walker, c *Cluster) (string, error)
}

func acts() []act {
	return []act{
		{12, (*walker).apply},
		{6, (*walker).remove},
		{5, (*walker).scale},
		{4, (*walker).setImage},
		{6, (*walker).removePod},
		{2, (*walker).relabel},
		{3, (*walker).tend},
		{2, (*walker).evict},
		{2, (*walker).kubectl},
		{8, (*walker).wait},
	}
}

func (w *walker) act(c *Cluster) {
	w.t.Helper()
	total := 0
	for _, a := range acts() {
		total += a.weight
	}
	n := w.random.IntN(total)
	for _, a := range acts() {
		if n -= a.weight; n >= 0 {
			continue
		}
		what, err := a.do(w, c)
		if err != nil {
			what += ": " + err.Error()
			if !expected(err) {
				w.fail("%s", what)
			}
		}
		w.trail = append(w.trail, what)
		w.trail = w.trail[max(0, len(w.trail)-trailKept):]
		break
	}
	if err := c.Settle(w.t.Context()); err != nil {
		w.fail("%v", err)
	}
}

// expected reports whether an API server may answer so to a walker who does
// not look.
func expected(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsConflict(err) || apierrors.IsInvalid(err) || apierrors.IsForbidden(err) ||
		apierrors.IsAlreadyExists(err) || apierrors.IsTooManyRequests(err)
}

func (w *walker) pick(list ...string) string { return list[w.random.IntN(len(list))] }

func (w *walker) space() string { return w.pick("default", "default", "default", "side") }

// A template is a kind of which the walker makes objects. %[1]s is the name,
// %[2]d a small number, %[3]s the Pods' template.
type template struct {
	kind     schema.GroupKind
	name     string // with a number behind it
	manifest string
}

func templates() []template {
	const meta = "metadata: {name: %[1]s, namespace: %[4]s}\n"
	return []template{
		{schema.GroupKind{Group: "apps", Kind: "Deployment"}, "d", "apiVersion: apps/v1\nkind: Deployment\n" + meta +
			"spec: {replicas: %[2]d, selector: {matchLabels: {app: %[1]s}}, template: %[3]s}\n"},
		{schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}, "r", "apiVersion: apps/v1\nkind: ReplicaSet\n" + meta +
			"spec: {replicas: %[2]d, selector: {matchLabels: {app: %[1]s}}, template: %[3]s}\n"},
		{schema.GroupKind{Group: "apps", Kind: "StatefulSet"}, "s", "apiVersion: apps/v1\nkind: StatefulSet\n" + meta +
			"spec: {replicas: %[2]d, serviceName: %[1]s, selector: {matchLabels: {app: %[1]s}}, template: %[3]s}\n"},
		{schema.GroupKind{Group: "apps", Kind: "DaemonSet"}, "a", "apiVersion: apps/v1\nkind: DaemonSet\n" + meta +
			"spec: {selector: {matchLabels: {app: %[1]s}}, template: %[3]s}\n"},
		{schema.GroupKind{Group: "batch", Kind: "Job"}, "j", "apiVersion: batch/v1\nkind: Job\n" + meta +
			"spec: {completions: %[2]d, parallelism: 2, template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox, command: [\"true\"]}]}}}\n"},
		{schema.GroupKind{Group: "batch", Kind: "CronJob"}, "c", "apiVersion: batch/v1\nkind: CronJob\n" + meta +
			"spec: {schedule: \"* * * * *\", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox, command: [\"true\"]}]}}}}}\n"},
		{schema.GroupKind{Kind: "Service"}, "d", "apiVersion: v1\nkind: Service\n" + meta + "spec: {selector: {app: %[1]s}, ports: [{port: 80}]}\n"},
		{schema.GroupKind{Kind: "Service"}, "s", "apiVersion: v1\nkind: Service\n" + meta + "spec: {clusterIP: None, selector: {app: %[1]s}, ports: [{port: 80}]}\n"},
		{schema.GroupKind{Kind: "PersistentVolumeClaim"}, "p", "apiVersion: v1\nkind: PersistentVolumeClaim\n" + meta +
			"spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"},
		{schema.GroupKind{Group: "policy", Kind: "PodDisruptionBudget"}, "d", "apiVersion: policy/v1\nkind: PodDisruptionBudget\n" + meta +
			"spec: {minAvailable: %[2]d, selector: {matchLabels: {app: %[1]s}}}\n"},
		{schema.GroupKind{Kind: "Namespace"}, "side", "apiVersion: v1\nkind: Namespace\nmetadata: {name: side}\n"},
	}
}

// apply makes an object, or replaces it.
func (w *walker) apply(c *Cluster) (string, error) {
	all := templates()
	k := all[w.random.IntN(len(all))]
	name, space, n := fmt.Sprintf("%s%d", k.name, w.random.IntN(3)), w.space(), w.random.IntN(4)
	if k.kind.Kind == "Job" {
		n++
	}
	pods := fmt.Sprintf("{metadata: {labels: {app: %s}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: \"nginx:1.%d\"}]}}", name, w.random.IntN(3))
	text := k.manifest
	if k.kind.Kind != "Namespace" {
		text = fmt.Sprintf(text, name, n, pods, space)
		text, _, _ = strings.Cut(text, "%!(EXTRA")
	}
	return fmt.Sprintf("apply %s %s/%s n=%d", k.kind, space, name, n), c.Apply(text)
}

// remove deletes one of the objects, in one of the three ways.
func (w *walker) remove(c *Cluster) (string, error) {
	all := slices.DeleteFunc(c.registry.Objects(), func(o registry.Object) bool {
		m := o.Object.(metav1.Object)
		known := slices.ContainsFunc(templates(), func(k template) bool { return k.kind == o.GVK.GroupKind() })
		return !known || m.GetNamespace() == metav1.NamespaceSystem || m.GetName() == "kubernetes" || o.GVK.Kind == "Namespace" && m.GetName() != "side"
	})
	if len(all) == 0 {
		return "nothing to delete", nil
	}
	o := all[w.random.IntN(len(all))]
	m := o.Object.(metav1.Object)
	way := []metav1.DeletionPropagation{metav1.DeletePropagationBackground, metav1.DeletePropagationForeground, metav1.DeletePropagationOrphan}[w.random.IntN(3)]
	if way == metav1.DeletePropagationOrphan {
		w.free(c, m.GetUID())
	}
	return fmt.Sprintf("delete %s %s/%s %s", o.GVK.Kind, m.GetNamespace(), m.GetName(), way), c.Do(func() error {
		return c.registry.DeleteObject(o.GVK.GroupKind(), m.GetNamespace(), m.GetName(), registry.DeleteOptions{Propagation: &way})
	})
}

// free notes that the Pods of an owner may be left behind.
func (w *walker) free(c *Cluster, owner types.UID) {
	for _, o := range c.registry.Dependents(owner) {
		w.freed[o.Object.(metav1.Object).GetUID()] = true
	}
}

func (w *walker) scale(c *Cluster) (string, error) {
	name, space, n := fmt.Sprint(w.random.IntN(3)), w.space(), int32(w.random.IntN(5))
	kind := w.pick("d", "r", "s")
	return fmt.Sprintf("scale %s%s in %s to %d", kind, name, space, n), c.Do(func() error {
		switch kind {
		case "d":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.Deployment) { d.Spec.Replicas = &n })
		case "r":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.ReplicaSet) { d.Spec.Replicas = &n })
		}
		return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.StatefulSet) { d.Spec.Replicas = &n })
	})
}

func (w *walker) setImage(c *Cluster) (string, error) {
	name, space, image := fmt.Sprint(w.random.IntN(3)), w.space(), fmt.Sprintf("nginx:1.%d", w.random.IntN(3))
	kind := w.pick("d", "s", "a", "pause")
	return fmt.Sprintf("set image of %s%s in %s to %s", kind, name, space, image), c.Do(func() error {
		switch kind {
		case "d":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = image })
		case "s":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.StatefulSet) { d.Spec.Template.Spec.Containers[0].Image = image })
		case "a":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.DaemonSet) { d.Spec.Template.Spec.Containers[0].Image = image })
		}
		return registry.Mutate(c.registry, space, "d"+name, func(d *appsv1.Deployment) { d.Spec.Paused = !d.Spec.Paused })
	})
}

// aPod is one of the Pods, nil if there is none.
func (w *walker) aPod(c *Cluster) *corev1.Pod {
	pods := registry.List[*corev1.Pod](c.registry, "")
	if len(pods) == 0 {
		return nil
	}
	return pods[w.random.IntN(len(pods))]
}

func (w *walker) removePod(c *Cluster) (string, error) {
	p := w.aPod(c)
	if p == nil {
		return "no Pod to delete", nil
	}
	var o registry.DeleteOptions
	if w.random.IntN(2) == 0 {
		o.GracePeriodSeconds = new(int64)
	}
	return "delete Pod " + p.Name, c.Do(func() error { return registry.Delete[*corev1.Pod](c.registry, p.Namespace, p.Name, o) })
}

// relabel takes a Pod out of what selects it.
func (w *walker) relabel(c *Cluster) (string, error) {
	p := w.aPod(c)
	if p == nil {
		return "no Pod to label", nil
	}
	if ref := metav1.GetControllerOf(p); ref != nil && ref.Kind == "StatefulSet" {
		// It could not make another one of that name, here or in a real cluster.
		return "no label for a StatefulSet's Pod", nil
	}
	w.freed[p.UID] = true
	value := w.pick("other", "d0", "s1")
	return "label Pod " + p.Name + " app=" + value, c.Do(func() error {
		return registry.Mutate(c.registry, p.Namespace, p.Name, func(p *corev1.Pod) {
			p.Labels = labels.Merge(p.Labels, map[string]string{"app": value})
		})
	})
}

// tend does something to a node.
func (w *walker) tend(c *Cluster) (string, error) {
	node, what := w.pick("worker-1", "worker-2"), w.pick("cordon", "uncordon", "taint", "untaint")
	return what + " " + node, c.Do(func() error {
		return registry.Mutate(c.registry, "", node, func(n *corev1.Node) {
			n.Spec.Taints = slices.DeleteFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == "walk" })
			switch what {
			case "cordon", "uncordon":
				n.Spec.Unschedulable = what == "cordon"
			case "taint":
				n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: "walk", Effect: corev1.TaintEffectNoExecute})
			}
		})
	})
}

// evict asks for a Pod to go, which a budget may refuse.
func (w *walker) evict(c *Cluster) (string, error) {
	p := w.aPod(c)
	if p == nil {
		return "no Pod to evict", nil
	}
	line := fmt.Sprintf("kubectl create --raw /api/v1/namespaces/%s/pods/%s/eviction -f eviction.json", p.Namespace, p.Name)
	c.Desk().Put("eviction.json", fmt.Sprintf(`{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":%q,"namespace":%q}}`, p.Name, p.Namespace))
	_, err := c.Exec(w.t.Context(), line)
	return line, err
}

// kubectl goes the long way, with field managers and patches.
func (w *walker) kubectl(c *Cluster) (string, error) {
	c.Desk().Put("d.yaml", strings.ReplaceAll(manifest(w.random.IntN(4)), "web", fmt.Sprintf("d%d", w.random.IntN(3))))
	line := w.pick("kubectl apply --server-side --force-conflicts -f d.yaml", "kubectl apply -f d.yaml", "kubectl replace -f d.yaml",
		`kubectl patch deployment d0 --type=json -p '[{"op":"replace","path":"/spec/replicas","value":2}]'`,
		`kubectl patch deployment d1 --type=merge -p '{"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}'`,
		"kubectl rollout undo deployment d0", "kubectl rollout restart statefulset s0", "kubectl label pods --all walked=yes --overwrite",
		"kubectl scale deployment --all --replicas=1", "kubectl autoscale deployment d0 --max=3")
	_, err := c.Exec(w.t.Context(), line)
	return line, err
}

func (w *walker) wait(c *Cluster) (string, error) {
	d := time.Duration(w.random.IntN(20)) * time.Second
	return "advance " + d.String(), c.Advance(w.t.Context(), d)
}

// check holds the cluster to what must be true at every moment.
func (w *walker) check() {
	w.t.Helper()
	r := w.c.registry
	uids, ending := map[types.UID]bool{}, map[string]bool{}
	all := r.Objects()
	for _, o := range all {
		m := o.Object.(metav1.Object)
		uids[m.GetUID()] = true
		if o.GVK.Kind == "Namespace" && m.GetDeletionTimestamp() != nil {
			ending[m.GetName()] = true
		}
	}
	if v := r.Version(); v < w.version {
		w.fail("the version went from %d to %d", w.version, v)
	}
	w.version = r.Version()
	versions := make(map[types.UID]string, len(all))
	for _, o := range all {
		m := o.Object.(metav1.Object)
		v := m.GetResourceVersion()
		if old := w.versions[m.GetUID()]; len(v) < len(old) || len(v) == len(old) && v < old {
			w.fail("%s %s went from version %s to %s", o.GVK.Kind, m.GetName(), old, v)
		}
		versions[m.GetUID()] = v
		owners := m.GetOwnerReferences()
		if len(owners) > 0 && m.GetDeletionTimestamp() == nil && !slices.ContainsFunc(owners, func(ref metav1.OwnerReference) bool { return uids[ref.UID] }) {
			w.fail("%s %s has outlived its owners", o.GVK.Kind, m.GetName())
		}
		if o.GVK.Kind == "Pod" && len(owners) == 0 && !w.freed[m.GetUID()] {
			w.fail("Pod %s has no owner", m.GetName())
		}
	}
	w.versions = versions
	for _, rs := range registry.List[*appsv1.ReplicaSet](r, "") {
		w.checkReplicas(rs, ending[rs.Namespace])
	}
	for _, s := range registry.List[*corev1.Service](r, "") {
		if len(s.Spec.Selector) > 0 && s.DeletionTimestamp == nil && !ending[s.Namespace] {
			w.checkEndpoints(s)
		}
	}
}

// checkReplicas counts the Pods of a ReplicaSet by itself.
func (w *walker) checkReplicas(rs *appsv1.ReplicaSet, ending bool) {
	w.t.Helper()
	if rs.DeletionTimestamp != nil || ending {
		return
	}
	n := 0
	for _, p := range registry.List[*corev1.Pod](w.c.registry, rs.Namespace) {
		if metav1.IsControlledBy(p, rs) && p.DeletionTimestamp == nil && p.Status.Phase != corev1.PodFailed && p.Status.Phase != corev1.PodSucceeded {
			n++
		}
	}
	if n != int(*rs.Spec.Replicas) || n != int(rs.Status.Replicas) {
		w.fail("ReplicaSet %s/%s wants %d Pods, has %d, and says %d", rs.Namespace, rs.Name, *rs.Spec.Replicas, n, rs.Status.Replicas)
	}
}

// checkEndpoints compares a Service's ready addresses with the Pods'.
func (w *walker) checkEndpoints(s *corev1.Service) {
	w.t.Helper()
	var want, slice, old []string
	for _, p := range registry.List[*corev1.Pod](w.c.registry, s.Namespace) {
		if labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Labels)) && p.DeletionTimestamp == nil && p.Status.PodIP != "" && isReady(p) {
			want = append(want, p.Status.PodIP)
		}
	}
	for _, e := range registry.List[*discoveryv1.EndpointSlice](w.c.registry, s.Namespace) {
		if e.Labels[discoveryv1.LabelServiceName] != s.Name || e.DeletionTimestamp != nil {
			continue
		}
		for _, p := range e.Endpoints {
			if *p.Conditions.Ready {
				slice = append(slice, p.Addresses...)
			}
		}
	}
	if e, ok := registry.Get[*corev1.Endpoints](w.c.registry, s.Namespace, s.Name); ok {
		for _, sub := range e.Subsets {
			for _, a := range sub.Addresses {
				old = append(old, a.IP)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(slice)
	slices.Sort(old)
	if !slices.Equal(want, slice) || !slices.Equal(want, old) {
		w.fail("Service %s/%s: ready Pods %v, slices %v, Endpoints %v", s.Namespace, s.Name, want, slice, old)
	}
}

func isReady(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodRunning && slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// restTime is enough for whatever waits, back-offs of nodes and images among it.
const restTime = 20 * time.Minute

// rest takes the obstacles away, waits, and looks whether all specs are met.
func (w *walker) rest() {
	w.t.Helper()
	err := w.c.Do(func() error {
		for _, node := range []string{"worker-1", "worker-2"} {
			if err := registry.Mutate(w.c.registry, "", node, func(n *corev1.Node) { n.Spec.Unschedulable, n.Spec.Taints = false, nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.fail("%v", err)
	}
	if err := w.c.Advance(w.t.Context(), restTime); err != nil {
		w.fail("%v", err)
	}
	w.check()
	for _, d := range registry.List[*appsv1.Deployment](w.c.registry, "") {
		if !d.Spec.Paused && d.DeletionTimestamp == nil && (d.Status.AvailableReplicas != *d.Spec.Replicas || d.Status.UpdatedReplicas != *d.Spec.Replicas) {
			w.fail("Deployment %s/%s of %d rests with %+v", d.Namespace, d.Name, *d.Spec.Replicas, d.Status)
		}
	}
	for _, s := range registry.List[*appsv1.StatefulSet](w.c.registry, "") {
		if s.DeletionTimestamp == nil && s.Status.ReadyReplicas != *s.Spec.Replicas {
			w.fail("StatefulSet %s/%s of %d rests with %+v", s.Namespace, s.Name, *s.Spec.Replicas, s.Status)
		}
	}
	for _, d := range registry.List[*appsv1.DaemonSet](w.c.registry, "") {
		if d.DeletionTimestamp == nil && d.Status.NumberAvailable != 2 {
			w.fail("DaemonSet %s/%s rests with %+v", d.Namespace, d.Name, d.Status)
		}
	}
}
