package scheduler

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gieok/sim/clock"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/storage/volume"
)

var start = time.Date(2026, 3, 2, 9, 0, 20, 0, time.UTC)

// A world has nodes and a scheduler, and Pods that nobody runs.
type world struct {
	t *testing.T
	q *clock.Queue
	r *registry.Registry
}

func newWorld(t *testing.T, nodes ...*corev1.Node) *world {
	t.Helper()
	q := clock.NewQueue(start)
	w := &world{t: t, q: q, r: registry.New(q, 1)}
	Start(w.r)
	w.do(func() error {
		if _, err := registry.Create(w.r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}}); err != nil {
			return err
		}
		_, err := registry.Create(w.r, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "default"}})
		return err
	})
	for _, n := range nodes {
		w.do(func() error {
			if _, err := registry.Create(w.r, n); err != nil {
				return err
			}
			// Upstream's admission taints what is new.
			return registry.Mutate(w.r, "", n.Name, func(x *corev1.Node) { x.Spec.Taints = n.Spec.Taints })
		})
	}
	return w
}

func (w *world) do(f func() error) {
	w.t.Helper()
	if _, err := clock.Bubble(w.q.Now(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) settle() {
	w.t.Helper()
	if err := w.q.Advance(w.q.Now(), func() error { return nil }); err != nil {
		w.t.Fatal(err)
	}
}

func node(name string, change ...func(*corev1.Node)) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name}}}
	n.Status.Allocatable = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"),
		corev1.ResourceMemory: resource.MustParse("4Gi"), corev1.ResourcePods: resource.MustParse("110")}
	n.Status.Capacity = n.Status.Allocatable
	n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	for _, f := range change {
		f(n)
	}
	return n
}

func pod(name string, change ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "one"}}}}
	for _, f := range change {
		f(p)
	}
	return p
}

func (w *world) create(pods ...*corev1.Pod) {
	w.t.Helper()
	for _, p := range pods {
		w.do(func() error { _, err := registry.Create(w.r, p); return err })
	}
	w.settle()
}

// where is the node of a Pod, or why it has none.
func (w *world) where(name string) string {
	p, ok := registry.Get[*corev1.Pod](w.r, "default", name)
	if !ok {
		return "gone"
	}
	if p.Spec.NodeName != "" {
		return p.Spec.NodeName
	}
	if c := scheduledCondition(p); c != nil {
		return c.Reason + ": " + c.Message
	}
	return ""
}

func cpu(amount string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(amount)}
	}
}

func tainted(key string, effect corev1.TaintEffect) func(*corev1.Node) {
	return func(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: key, Effect: effect}} }
}

// TestMessages: the scheduler's own words, to the letter.
func TestMessages(t *testing.T) {
	cordoned := func(n *corev1.Node) { n.Spec.Unschedulable = true }
	selector := func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"disk": "ssd"} }
	port := func(p *corev1.Pod) {
		p.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
	}
	never := func(p *corev1.Pod) { p.Spec.PriorityClassName = "never" }
	claim := func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{{Name: "d", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "none"}}}}
	}
	apart := func(p *corev1.Pod) {
		p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
			{TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}}}}
	}
	const hopeless = " preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
	const noVictims = " preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
	for _, c := range []struct {
		name   string
		nodes  []*corev1.Node
		before []*corev1.Pod
		pod    func(*corev1.Pod)
		want   string
	}{
		{"nothing there", nil, nil, cpu("1"), "no nodes available to schedule pods"},
		{"too much", []*corev1.Node{node("a"), node("b")}, nil, cpu("3"), "0/2 nodes are available: 2 Insufficient cpu." + hopeless},
		{"full", []*corev1.Node{node("a"), node("b")}, []*corev1.Pod{pod("x", cpu("2")), pod("y", cpu("2"))}, cpu("1"),
			"0/2 nodes are available: 2 Insufficient cpu." + noVictims},
		{"labels and taints", []*corev1.Node{node("a", tainted("k", corev1.TaintEffectNoSchedule)), node("b")}, nil, selector,
			"0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s)." + hopeless},
		{"cordoned", []*corev1.Node{node("a", cordoned), node("b", cordoned)}, nil, cpu("1"), "0/2 nodes are available: 2 node(s) were unschedulable." + hopeless},
		{"ports", []*corev1.Node{node("a"), node("b")}, []*corev1.Pod{pod("x", port), pod("y", port)}, port,
			"0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports." + noVictims},
		{"apart", []*corev1.Node{node("a"), node("b")}, []*corev1.Pod{pod("x", apart), pod("y", apart)}, apart,
			"0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules." + noVictims},
		{"apart from others", []*corev1.Node{node("a"), node("b")}, []*corev1.Pod{pod("x", apart), pod("y", apart)}, cpu("1m"),
			"0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules." + noVictims},
		{"claim", []*corev1.Node{node("a"), node("b")}, nil, claim, `0/2 nodes are available: persistentvolumeclaim "none" not found. not found`},
		{"no preemption", []*corev1.Node{node("a"), node("b")}, nil, func(p *corev1.Pod) { cpu("3")(p); never(p) },
			"0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.nodes...)
			w.do(func() error {
				no := corev1.PreemptNever
				_, err := registry.Create(w.r, &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "never"}, Value: 5, PreemptionPolicy: &no})
				return err
			})
			w.create(c.before...)
			w.create(pod("p", c.pod))
			if got := w.where("p"); got != "Unschedulable: "+c.want {
				t.Errorf("got  %s\nwant Unschedulable: %s", got, c.want)
			}
			for _, e := range registry.List[*corev1.Event](w.r, "default") {
				if e.InvolvedObject.Name == "p" && (e.Reason != "FailedScheduling" || e.Message != c.want || e.Type != corev1.EventTypeWarning) {
					t.Errorf("event %s %s: %s", e.Type, e.Reason, e.Message)
				}
			}
		})
	}
}

// TestSharing: equal Pods share equal nodes, the first by name first.
func TestSharing(t *testing.T) {
	w := newWorld(t, node("b"), node("a"), node("c"))
	var got []string
	for i := range 6 {
		name := fmt.Sprintf("p%d", i)
		w.create(pod(name))
		got = append(got, w.where(name))
	}
	if s := strings.Join(got, ""); s != "abcabc" {
		t.Errorf("placed on %s", s)
	}
}

// TestHeal: a waiting Pod is placed when what it waits for comes, and is not
// spoken of again when something else happens.
func TestHeal(t *testing.T) {
	w := newWorld(t, node("a"), node("b"))
	w.create(pod("p", func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"disk": "ssd"} }))
	before := w.where("p")
	w.do(func() error {
		return registry.Mutate(w.r, "", "a", func(n *corev1.Node) { n.Spec.Unschedulable = true })
	})
	w.settle()
	if got := w.where("p"); got != before {
		t.Errorf("after cordon: %s", got)
	}
	w.do(func() error {
		return registry.Mutate(w.r, "", "b", func(n *corev1.Node) { n.Labels["disk"] = "ssd" })
	})
	w.settle()
	if got := w.where("p"); got != "b" {
		t.Errorf("after label: %s", got)
	}
}

// TestPreemption: an important Pod takes the place of the least important one,
// and nobody less important takes it meanwhile.
func TestPreemption(t *testing.T) {
	w := newWorld(t, node("a"), node("b"))
	for name, value := range map[string]int32{"low": 10, "mid": 100, "top": 1000} {
		w.do(func() error {
			_, err := registry.Create(w.r, &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Value: value})
			return err
		})
	}
	class := func(name string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { cpu("2")(p); p.Spec.PriorityClassName = name }
	}
	w.create(pod("m", class("mid")), pod("l", class("low")))
	w.create(pod("t", class("top")))
	l, ok := registry.Get[*corev1.Pod](w.r, "default", "l")
	if !ok || l.DeletionTimestamp == nil {
		t.Fatalf("the victim stays: %s", w.where("l"))
	}
	p, _ := registry.Get[*corev1.Pod](w.r, "default", "t")
	if p.Status.NominatedNodeName != "b" {
		t.Errorf("nominated %q", p.Status.NominatedNodeName)
	}
	w.create(pod("l2", class("low")))
	w.do(func() error {
		var now int64
		return registry.Delete[*corev1.Pod](w.r, "default", "l", registry.DeleteOptions{GracePeriodSeconds: &now})
	})
	w.settle()
	if a, b := w.where("t"), w.where("l2"); a != "b" || !strings.HasPrefix(b, "Unschedulable") {
		t.Errorf("top on %s, the late one: %s", a, b)
	}
}

// TestNothingOverfull: whatever comes and goes, no node gives more than it has,
// and two clusters that live alike place alike.
func TestNothingOverfull(t *testing.T) {
	for seed := range uint64(5) {
		live := func() string {
			random := rand.New(rand.NewPCG(seed, 7))
			w := newWorld(t, node("a"), node("b"), node("c"))
			var log strings.Builder
			for i := range 40 {
				name := fmt.Sprintf("p%d", i)
				w.create(pod(name, cpu(fmt.Sprintf("%dm", 100*(1+random.IntN(12))))))
				if gone := fmt.Sprintf("p%d", random.IntN(i+1)); random.IntN(3) == 0 {
					w.do(func() error {
						var now int64
						_ = registry.Delete[*corev1.Pod](w.r, "default", gone, registry.DeleteOptions{GracePeriodSeconds: &now})
						return nil
					})
					w.settle()
				}
				used := map[string]int64{}
				for _, p := range registry.List[*corev1.Pod](w.r, "default") {
					if p.Spec.NodeName != "" {
						q := requests(p)[corev1.ResourceCPU]
						used[p.Spec.NodeName] += q.MilliValue()
						fmt.Fprintf(&log, "%s@%s ", p.Name, p.Spec.NodeName)
					}
				}
				for n, milli := range used {
					if milli > 2000 {
						t.Fatalf("seed %d: node %s gives %dm", seed, n, milli)
					}
				}
			}
			return log.String()
		}
		if a, b := live(), live(); a != b {
			t.Fatalf("seed %d: two runs differ", seed)
		}
	}
}

// TestVolumesThatCome: a Pod that was refused for another reason before waits
// for its volume on the node that it was promised, has it when it comes, and is
// told after ten minutes if it does not.
func TestVolumesThatCome(t *testing.T) {
	for _, comes := range []bool{true, false} {
		w := newWorld(t, node("a"))
		w.create(pod("x", cpu("2")))
		w.do(func() error {
			late := storagev1.VolumeBindingWaitForFirstConsumer
			if _, err := registry.Create(w.r, &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "late"}, Provisioner: "example.com/p", VolumeBindingMode: &late}); err != nil {
				return err
			}
			_, err := registry.Create(w.r, claim("data", "late"))
			return err
		})
		w.create(pod("p", cpu("1"), mounts("data")))
		if got := w.where("p"); !strings.Contains(got, "1 Insufficient cpu") {
			t.Fatalf("before: %s", got)
		}
		w.do(func() error {
			return registry.Delete[*corev1.Pod](w.r, "default", "x", registry.DeleteOptions{GracePeriodSeconds: new(int64)})
		})
		w.settle()
		p, _ := registry.Get[*corev1.Pod](w.r, "default", "p")
		if p.Status.NominatedNodeName != "a" || p.Spec.NodeName != "" {
			t.Fatalf("promised %q, on %q", p.Status.NominatedNodeName, p.Spec.NodeName)
		}
		if !comes {
			w.advance(10 * time.Minute)
			if got, want := w.where("p"), `SchedulerError: running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded`; got != want {
				t.Errorf("got %s", got)
			}
			continue
		}
		w.do(func() error {
			if _, err := registry.Create(w.r, volumeFor("pv", "data", "late", "")); err != nil {
				return err
			}
			return registry.Mutate(w.r, "default", "data", func(c *corev1.PersistentVolumeClaim) {
				c.Spec.VolumeName = "pv"
				metav1.SetMetaDataAnnotation(&c.ObjectMeta, volume.AnnBindCompleted, "yes")
			})
		})
		w.settle()
		if got := w.where("p"); got != "a" {
			t.Errorf("got %s", got)
		}
	}
}

// claim is a claim of a class.
func claim(name, class string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: &class,
		Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}}}}
}

// volumeFor is a volume for a claim, or for any if that is "", which can be used
// on one node, or on all if that is "".
func volumeFor(name, claim, class, node string) *corev1.PersistentVolume {
	v := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PersistentVolumeSpec{
		Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		StorageClassName: class, PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/data"}}}}
	if claim != "" {
		v.Spec.ClaimRef = &corev1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: "default", Name: claim}
	}
	if node != "" {
		v.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
			{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{node}}}}}}}
	}
	return v
}

// mounts has a Pod use claims.
func mounts(claims ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		for _, c := range claims {
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: c, VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: c}}})
		}
	}
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if err := w.q.Advance(w.q.Now().Add(d), func() error { return nil }); err != nil {
		w.t.Fatal(err)
	}
}
