package scheduler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// apply creates the objects of a manifest.
func (w *world) apply(manifest string) {
	w.t.Helper()
	w.do(func() error { return registry.Apply(w.r, []byte(manifest)) })
	w.settle()
}

func labelled(set ...string) func(*corev1.Node) {
	return func(n *corev1.Node) {
		for _, s := range set {
			key, value, _ := strings.Cut(s, "=")
			n.Labels[key] = value
		}
	}
}

func allocates(name, amount string) func(*corev1.Node) {
	return func(n *corev1.Node) {
		n.Status.Allocatable = n.Status.Allocatable.DeepCopy()
		n.Status.Allocatable[corev1.ResourceName(name)] = resource.MustParse(amount)
	}
}

// podYAML is a Pod whose spec goes on with text.
func podYAML(name, labels, text string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: default, labels: {%s}}\nspec:\n  containers:\n  - {name: main, image: one}\n%s\n---\n", name, labels, text)
}

func claimYAML(name, class, modes, size string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: %s, namespace: default}\n"+
		"spec: {accessModes: [%s], storageClassName: %s, resources: {requests: {storage: %s}}}\n---\n", name, modes, class, size)
}

// volumeYAML is a volume for the Pods of one node.
func volumeYAML(name, class, size, node, labels, claim string) string {
	text := fmt.Sprintf("apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: %s, labels: {%s}}\nspec:\n  capacity: {storage: %s}\n"+
		"  accessModes: [ReadWriteOnce]\n  storageClassName: %s\n  hostPath: {path: /data}\n", name, labels, size, class)
	if node != "" {
		text += "  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [" + node + "]}]}]}}\n"
	}
	if claim != "" {
		text += "  claimRef: {kind: PersistentVolumeClaim, namespace: default, name: " + claim + "}\n"
	}
	return text + "---\n"
}

const classes = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: zonal}
provisioner: example.com/p
volumeBindingMode: WaitForFirstConsumer
allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [z2]}]}]
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: now}
provisioner: example.com/p
---
`

func uses(claims ...string) string {
	text := "  volumes:\n"
	for _, c := range claims {
		text += "  - {name: " + c + ", persistentVolumeClaim: {claimName: " + c + "}}\n"
	}
	return text
}

// A rule is a Pod p that is placed, or not, in a cluster with other objects.
type rule struct {
	name    string
	nodes   []*corev1.Node
	objects string
	bound   []string // claims that are bound to the volume of the same name
	pod     string   // of p
	labels  string   // of p
	want    string   // its node, or the message
}

func (c rule) run(t *testing.T) {
	w := newWorld(t, c.nodes...)
	w.apply(classes + c.objects)
	for _, name := range c.bound {
		w.do(func() error {
			return registry.Mutate(w.r, "default", name, func(x *corev1.PersistentVolumeClaim) {
				x.Spec.VolumeName = name
				metav1.SetMetaDataAnnotation(&x.ObjectMeta, "pv.kubernetes.io/bind-completed", "yes")
			})
		})
	}
	w.apply(podYAML("p", c.labels, c.pod))
	if got := strings.TrimPrefix(w.where("p"), "Unschedulable: "); got != c.want {
		t.Errorf("got  %s\nwant %s", got, c.want)
	}
}

func unhelpful(n int) string {
	return fmt.Sprintf(" preemption: 0/%d nodes are available: %[1]d Preemption is not helpful for scheduling.", n)
}

func victimless(n int) string {
	return fmt.Sprintf(" preemption: 0/%d nodes are available: %[1]d No preemption victims found for incoming pod.", n)
}

func run(t *testing.T, rules []rule) {
	for _, c := range rules {
		t.Run(c.name, c.run)
	}
}

// TestVolumeRules follows upstream's plugins VolumeRestrictions, VolumeBinding
// and VolumeZone.
func TestVolumeRules(t *testing.T) {
	two := func() []*corev1.Node {
		return []*corev1.Node{node("a", labelled("topology.kubernetes.io/zone=z1")), node("b", labelled("topology.kubernetes.io/zone=z2"))}
	}
	const once = "ReadWriteOnce"
	run(t, []rule{
		{"a volume of another node", two(), claimYAML("c", "local", once, "1Gi") + volumeYAML("c", "local", "1Gi", "b", "", "c"), []string{"c"}, uses("c"), "", "b"},
		{"a volume of no node here", two(), claimYAML("c", "local", once, "1Gi") + volumeYAML("c", "local", "1Gi", "x", "", "c"), []string{"c"}, uses("c"), "",
			"0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity." + unhelpful(2)},
		{"a volume that is gone", two(), claimYAML("c", "local", once, "1Gi"), []string{"c"}, uses("c"), "",
			"0/2 nodes are available: 2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)." + unhelpful(2)},
		{"nothing to bind", two(), claimYAML("c", "local", once, "1Gi"), nil, uses("c"), "",
			"0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind." + unhelpful(2)},
		{"two reasons at one node", two(), claimYAML("c", "local", once, "1Gi") + volumeYAML("c", "local", "1Gi", "b", "", "c") + claimYAML("d", "local", once, "1Gi"), []string{"c"}, uses("d", "c"), "",
			"0/2 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 2 node(s) didn't find available persistent volumes to bind." + unhelpful(2)},
		{"too small", two(), claimYAML("c", "local", once, "2Gi") + volumeYAML("v", "local", "1Gi", "b", "", ""), nil, uses("c"), "",
			"0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind." + unhelpful(2)},
		{"should have been bound", two(), claimYAML("c", "now", once, "1Gi"), nil, uses("c"), "",
			"0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"},
		{"an ephemeral one to come", two(), "", nil, "  volumes: [{name: e, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]", "",
			`0/2 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim "p-e". not found`},
		{"topologies of a class", two()[:1], claimYAML("c", "zonal", once, "1Gi"), nil, uses("c"), "",
			"0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind." + unhelpful(1)},
		{"the zone of a volume", two(), claimYAML("c", "local", once, "1Gi") + volumeYAML("c", "local", "1Gi", "", "topology.kubernetes.io/zone: z3__z2", "c"), []string{"c"}, uses("c"), "", "b"},
		{"another zone", two(), claimYAML("c", "local", once, "1Gi") + volumeYAML("c", "local", "1Gi", "", "topology.kubernetes.io/zone: z3", "c"), []string{"c"}, uses("c"), "",
			"0/2 nodes are available: 2 node(s) had no available volume zone." + unhelpful(2)},
		{"one Pod only", two(), claimYAML("c", "local", "ReadWriteOncePod", "1Gi") + volumeYAML("c", "local", "1Gi", "", "", "c") + podYAML("first", "", "  nodeName: a\n"+uses("c")), []string{"c"}, uses("c"), "",
			"0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod." +
				" preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."},
		{"a disk in use", two(), podYAML("first", "", "  nodeName: a\n  volumes: [{name: d, iscsi: {targetPortal: '1.2.3.4', iqn: 'iqn.2001-04.com.example:x', lun: 0}}]"), nil,
			"  nodeSelector: {kubernetes.io/hostname: a}\n  volumes: [{name: d, iscsi: {targetPortal: '1.2.3.4', iqn: 'iqn.2001-04.com.example:x', lun: 0, readOnly: true}}]", "",
			"0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had no available disk." +
				" preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."},
		{"a disk that all read", two(), podYAML("first", "", "  nodeName: a\n  volumes: [{name: d, iscsi: {targetPortal: '1.2.3.4', iqn: 'iqn.2001-04.com.example:x', lun: 0, readOnly: true}}]"), nil,
			"  nodeSelector: {kubernetes.io/hostname: a}\n  volumes: [{name: d, iscsi: {targetPortal: '1.2.3.4', iqn: 'iqn.2001-04.com.example:x', lun: 0, readOnly: true}}]", "", "a"},
	})
}

// TestSmallestClaimFirst: of two claims the smaller one gets the smaller volume,
// whatever the order in which the Pod names them.
func TestSmallestClaimFirst(t *testing.T) {
	w := newWorld(t, node("a"))
	w.apply(classes + volumeYAML("v1", "local", "1Gi", "a", "", "") + volumeYAML("v2", "local", "2Gi", "a", "", "") +
		claimYAML("big", "local", "ReadWriteOnce", "1500Mi") + claimYAML("small", "local", "ReadWriteOnce", "500Mi"))
	for _, name := range []string{"v1", "v2"} {
		w.do(func() error {
			return registry.MutateStatus(w.r, "", name, func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeAvailable })
		})
	}
	w.apply(podYAML("p", "", uses("big", "small")))
	for name, want := range map[string]string{"v1": "small", "v2": "big"} {
		v, _ := registry.Get[*corev1.PersistentVolume](w.r, "", name)
		if v.Spec.ClaimRef == nil || v.Spec.ClaimRef.Name != want {
			t.Errorf("%s is bound to %+v, want %s", name, v.Spec.ClaimRef, want)
		}
	}
}

// TestSpreadRules follows upstream's plugin PodTopologySpread.
func TestSpreadRules(t *testing.T) {
	const zone = "topology.kubernetes.io/zone"
	zones := func(change ...func(*corev1.Node)) []*corev1.Node {
		return []*corev1.Node{node("a", labelled(zone+"=z1")), node("b", append(change, labelled(zone+"=z2"))...)}
	}
	on := func(name, labels, node string) string { return podYAML(name, labels, "  nodeName: "+node) }
	spread := func(text string) string {
		return "  topologySpreadConstraints: [{maxSkew: 1, topologyKey: " + zone + ", labelSelector: {matchLabels: {app: web}}, " + text + "}]"
	}
	const web = "app: web"
	const uneven = "node(s) didn't match pod topology spread constraints"
	cordoned := func(n *corev1.Node) { n.Spec.Unschedulable = true }
	run(t, []rule{
		{"the emptier zone", zones(), on("x", web, "a"), nil, spread("whenUnsatisfiable: DoNotSchedule"), web, "b"},
		{"a cordoned zone counts", zones(cordoned), on("x", web, "a"), nil, spread("whenUnsatisfiable: DoNotSchedule"), web,
			"0/2 nodes are available: 1 " + uneven + ", 1 node(s) were unschedulable." +
				" preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."},
		{"a tainted zone counts", zones(tainted("k", corev1.TaintEffectNoSchedule)), on("x", web, "a"), nil, spread("whenUnsatisfiable: DoNotSchedule"), web,
			"0/2 nodes are available: 1 " + uneven + ", 1 node(s) had untolerated taint(s)." +
				" preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."},
		{"a tainted zone that does not", zones(tainted("k", corev1.TaintEffectNoSchedule)), on("x", web, "a"), nil, spread("whenUnsatisfiable: DoNotSchedule, nodeTaintsPolicy: Honor"), web, "a"},
		{"zones that the Pod can't use", zones(), on("x", web, "a"), nil, spread("whenUnsatisfiable: DoNotSchedule") + "\n  nodeSelector: {" + zone + ": z1}", web, "a"},
		{"they count if told so", zones(), on("x", web, "a"), nil, spread("whenUnsatisfiable: DoNotSchedule, nodeAffinityPolicy: Ignore") + "\n  nodeSelector: {" + zone + ": z1}", web,
			"0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 " + uneven + "." +
				" preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."},
		{"too few domains", zones(), on("x", web, "a") + on("v", web, "b"), nil, spread("whenUnsatisfiable: DoNotSchedule, minDomains: 3"), web,
			"0/2 nodes are available: 2 " + uneven + "." + victimless(2)},
		{"no label", []*corev1.Node{node("a")}, "", nil, spread("whenUnsatisfiable: DoNotSchedule"), web,
			"0/1 nodes are available: 1 " + uneven + " (missing required label)." + unhelpful(1)},
		{"only those of its version", zones(cordoned), on("x", web+", v: one", "a"), nil, spread("whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [v]"), web + ", v: two", "a"},
		{"as a wish", zones(cordoned), on("x", web, "a"), nil, spread("whenUnsatisfiable: ScheduleAnyway"), web, "a"},
		{"a wish counts", zones(), on("x", web, "a") + on("v", "app: other", "b"), nil, spread("whenUnsatisfiable: ScheduleAnyway"), web, "b"},
	})
}

// TestAffinityRules follows upstream's plugins NodeAffinity and InterPodAffinity.
func TestAffinityRules(t *testing.T) {
	const zone = "topology.kubernetes.io/zone"
	zones := func() []*corev1.Node {
		return []*corev1.Node{node("a", labelled(zone+"=z1")), node("b", labelled(zone+"=z2")), node("c", labelled(zone+"=z2"))}
	}
	other := "apiVersion: v1\nkind: Namespace\nmetadata: {name: other, labels: {team: x}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: other}\n---\n"
	there := other + "apiVersion: v1\nkind: Pod\nmetadata: {name: db, namespace: other, labels: {app: db}}\nspec: {nodeName: b, containers: [{name: main, image: one}]}\n---\n"
	with := func(kind, term string) string {
		return "  affinity: {" + kind + ": {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: " + zone + ", " + term + "}]}}"
	}
	const db = "labelSelector: {matchLabels: {app: db}}"
	named := func(names ...string) string {
		text := "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: ["
		for _, n := range names {
			text += "{key: metadata.name, operator: In, values: [" + n + "]},"
		}
		return text + "]}]}}}"
	}
	run(t, []rule{
		{"not of another namespace", zones(), there, nil, with("podAffinity", db), "", "0/3 nodes are available: 3 node(s) didn't match pod affinity rules." + unhelpful(3)},
		{"of a namespace by labels", zones(), there, nil, with("podAffinity", db+", namespaceSelector: {matchLabels: {team: x}}"), "", "c"},
		{"of a namespace by name", zones(), there, nil, with("podAffinity", db+", namespaces: [other]"), "", "c"},
		{"of any namespace", zones(), there, nil, with("podAffinity", db+", namespaceSelector: {}"), "", "c"},
		{"of no such namespace", zones(), there, nil, with("podAffinity", db+", namespaceSelector: {matchLabels: {team: none}}"), "",
			"0/3 nodes are available: 3 node(s) didn't match pod affinity rules." + unhelpful(3)},
		{"away from a zone", zones(), there, nil, with("podAntiAffinity", db+", namespaceSelector: {}"), "", "a"},
		{"the first of a group", zones(), "", nil, with("podAffinity", "labelSelector: {matchLabels: {app: p}}"), "app: p", "a"},
		{"with those of its version", zones(), podYAML("x", "app: p, v: one", "  nodeName: b"), nil,
			with("podAffinity", "labelSelector: {matchLabels: {app: p}}, matchLabelKeys: [v]"), "app: p, v: two", "a"},
		{"one that keeps others away", zones(), podYAML("x", "app: x", "  nodeName: b\n"+with("podAntiAffinity", "labelSelector: {matchLabels: {app: p}}")), nil,
			"  nodeSelector: {" + zone + ": z2}", "app: p", "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) didn't satisfy existing pods anti-affinity rules." +
				" preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod."},
		{"a node by its name", zones(), podYAML("x", "", "  nodeName: c\n  nodeSelector: {}"), nil, named("c"), "", "c"},
		{"a node that is not there", zones(), "", nil, named("x"), "", "0/3 nodes are available: 3 node(s) didn't satisfy plugin(s) [NodeAffinity]." + unhelpful(3)},
		{"two names for one node", zones(), "", nil, named("a", "b"), "", "0/3 nodes are available: pod affinity terms conflict. not found"},
	})
}

// TestNodeRules follows upstream's plugins NodePorts, NodeResourcesFit,
// TaintToleration and NodeUnschedulable.
func TestNodeRules(t *testing.T) {
	ports := func(name, node, text string) string {
		return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: default}\nspec: {nodeName: %s, containers: [{name: main, image: one, ports: [{containerPort: 80, %s}]}]}\n---\n", name, node, text)
	}
	// A second container has what the rule is about.
	more := func(text string) string { return "  - {name: more, image: one, " + text + "}" }
	one := func(change ...func(*corev1.Node)) []*corev1.Node { return []*corev1.Node{node("a", change...)} }
	const taken = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
	rules := []struct {
		rule
		container string
	}{
		{rule{name: "a port in use", nodes: one(), objects: ports("x", "a", "hostPort: 80"), want: taken}, "ports: [{containerPort: 8080, hostPort: 80}]"},
		{rule{name: "another protocol", nodes: one(), objects: ports("x", "a", "hostPort: 80"), want: "a"}, "ports: [{containerPort: 8080, hostPort: 80, protocol: UDP}]"},
		{rule{name: "another address", nodes: one(), objects: ports("x", "a", "hostPort: 80, hostIP: 127.0.0.1"), want: "a"}, "ports: [{containerPort: 8080, hostPort: 80, hostIP: 127.0.0.2}]"},
		{rule{name: "all addresses", nodes: one(), objects: ports("x", "a", "hostPort: 80, hostIP: 127.0.0.1"), want: taken}, "ports: [{containerPort: 8080, hostPort: 80}]"},
		{rule{name: "several resources", nodes: one(allocates("example.com/gpu", "1")), want: "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient ephemeral-storage, 1 Insufficient example.com/gpu, 1 Insufficient memory." + unhelpful(1)},
			"resources: {requests: {cpu: 3, memory: 5Gi, ephemeral-storage: 1Gi}, limits: {cpu: 3, memory: 5Gi, ephemeral-storage: 1Gi, example.com/gpu: 2}}"},
		{rule{name: "a full node", nodes: one(allocates("pods", "1")), objects: podYAML("x", "", "  nodeName: a"), want: "0/1 nodes are available: 1 Too many pods." + victimless(1)}, "ports: []"},
		{rule{name: "a taint that asks", nodes: []*corev1.Node{node("a", tainted("k", corev1.TaintEffectPreferNoSchedule)), node("b")}, want: "b"}, "ports: []"},
	}
	for _, c := range rules {
		c.pod = more(c.container)
		t.Run(c.name, c.run)
	}
	cordoned := func(n *corev1.Node) { n.Spec.Unschedulable = true }
	run(t, []rule{
		{"a cordoned node that is tolerated", one(cordoned), "", nil, "  tolerations: [{key: node.kubernetes.io/unschedulable, operator: Exists}]", "", "a"},
		{"a taint that is tolerated", one(tainted("k", corev1.TaintEffectNoExecute)), "", nil, "  tolerations: [{key: k, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]", "", "a"},
		{"another effect", one(tainted("k", corev1.TaintEffectNoExecute)), "", nil, "  tolerations: [{key: k, operator: Exists, effect: NoSchedule}]", "",
			"0/1 nodes are available: 1 node(s) had untolerated taint(s)." + unhelpful(1)},
	})
}

// TestGates: a gated Pod is not looked at until its last gate is gone.
func TestGates(t *testing.T) {
	w := newWorld(t, node("a"))
	w.apply(podYAML("p", "", "  schedulingGates: [{name: example.com/one}, {name: example.com/two}]"))
	for i, want := range []string{
		"SchedulingGated: Scheduling is blocked due to non-empty scheduling gates",
		"SchedulingGated: Scheduling is blocked due to non-empty scheduling gates", "a"} {
		if got := w.where("p"); got != want {
			t.Errorf("with %d gates: %s", 2-i, got)
		}
		w.do(func() error {
			return registry.Mutate(w.r, "default", "p", func(p *corev1.Pod) {
				if len(p.Spec.SchedulingGates) > 0 {
					p.Spec.SchedulingGates = p.Spec.SchedulingGates[1:]
				}
			})
		})
		w.settle()
	}
}

// preemptor is a Pod of a priority class that wants CPUs.
func preemptor(name, class, cpus, text string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: default, labels: {app: %[1]s}}\nspec:\n  priorityClassName: %s\n"+
		"  containers: [{name: main, image: one, resources: {requests: {cpu: %s}}}]\n%s\n---\n", name, class, cpus, text)
}

const priorities = `apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: low}
value: 1
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: mid}
value: 10
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: top}
value: 100
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: meek}
value: 100
preemptionPolicy: Never
---
`

// TestPreemptionRules follows upstream's plugin DefaultPreemption: which node is
// chosen, which Pods go, and what the Pod is told.
func TestPreemptionRules(t *testing.T) {
	at := func(node string) string { return "  nodeSelector: {kubernetes.io/hostname: " + node + "}" }
	budget := func(app string) string {
		return "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: " + app + ", namespace: default}\nspec: {minAvailable: 1, selector: {matchLabels: {app: " + app + "}}}\n---\n"
	}
	found := func(node string, n int) string {
		return fmt.Sprintf("0/2 nodes are available: 2 Insufficient cpu. preemption: found a potential placement for pod on node %s, preempting %d victims", node, n)
	}
	for _, c := range []struct{ name, objects, pod, want, gone string }{
		{"the least important", preemptor("u", "mid", "2", at("a")) + preemptor("v", "low", "2", at("b")), preemptor("p", "top", "1", ""), found("b", 1), "v"},
		{"no more than needed", preemptor("u", "low", "1", at("a")) + preemptor("v", "mid", "1", at("a")) + preemptor("w", "top", "2", at("b")), preemptor("p", "top", "1", ""),
			"0/2 nodes are available: 2 Insufficient cpu. preemption: found a potential placement for pod on node a, preempting 1 victims", "u"},
		{"not one that a budget protects", budget("u") + preemptor("u", "low", "2", at("a")) + preemptor("v", "mid", "2", at("b")), preemptor("p", "top", "1", ""), found("b", 1), "v"},
		{"even that one if there is no other", budget("u") + preemptor("u", "low", "2", at("a")) + preemptor("v", "top", "2", at("b")), preemptor("p", "top", "1", ""), found("a", 1), "u"},
		{"fewer Pods", preemptor("u", "low", "1", at("a")) + preemptor("v", "low", "1", at("a")) + preemptor("w", "low", "2", at("b")), preemptor("p", "top", "2", ""), found("b", 1), "w"},
		{"none of equal importance", preemptor("u", "top", "2", at("a")) + preemptor("v", "top", "2", at("b")), preemptor("p", "top", "1", ""),
			"0/2 nodes are available: 2 Insufficient cpu." + victimless(2), ""},
		{"not even then", preemptor("u", "low", "1", at("a")) + preemptor("v", "top", "1", at("a")) + preemptor("w", "top", "2", at("b")), preemptor("p", "top", "2", ""),
			"0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod.", ""},
		{"one that never preempts", preemptor("u", "low", "2", at("a")) + preemptor("v", "low", "2", at("b")), preemptor("p", "meek", "1", ""),
			"0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.", ""},
		{"more than any node has", preemptor("u", "low", "2", at("a")), preemptor("p", "top", "3", ""), "0/2 nodes are available: 2 Insufficient cpu." + unhelpful(2), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, node("a"), node("b"))
			w.apply(priorities + c.objects)
			w.apply(c.pod)
			if got := strings.TrimPrefix(w.where("p"), "Unschedulable: "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			var gone []string
			for _, p := range registry.List[*corev1.Pod](w.r, "default") {
				if p.DeletionTimestamp != nil {
					gone = append(gone, p.Name)
				}
			}
			if got := strings.Join(gone, " "); got != c.gone {
				t.Errorf("gone: %q, want %q", got, c.gone)
			}
		})
	}
}

// TestPromisedToAnother: a node that was promised to a less important Pod is not
// kept for it, and while victims leave no more Pods are sent away.
func TestPromisedToAnother(t *testing.T) {
	w := newWorld(t, node("a"))
	w.apply(priorities + preemptor("x", "low", "2", ""))
	w.apply(preemptor("m", "mid", "2", ""))
	w.apply(preemptor("t", "top", "2", ""))
	promised := func(name string) string {
		p, _ := registry.Get[*corev1.Pod](w.r, "default", name)
		return p.Status.NominatedNodeName
	}
	if promised("m") != "" || promised("t") != "a" {
		t.Errorf("promised to m: %q, to t: %q", promised("m"), promised("t"))
	}
	w.advance(6 * time.Minute) // it is tried again
	if got, want := w.where("t"), "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to a terminating pod on the nominated node."; got != want || promised("t") != "a" {
		t.Errorf("promised %q: %s", promised("t"), got)
	}
	w.do(func() error {
		return registry.Delete[*corev1.Pod](w.r, "default", "x", registry.DeleteOptions{GracePeriodSeconds: new(int64)})
	})
	w.settle()
	if w.where("t") != "a" || !strings.HasPrefix(w.where("m"), "Unschedulable") {
		t.Errorf("t: %s, m: %s", w.where("t"), w.where("m"))
	}
}
