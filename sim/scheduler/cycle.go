package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
)

// A nodeInfo is a node with the Pods that hold its resources.
type nodeInfo struct {
	*corev1.Node
	pods   []*corev1.Pod
	taints []corev1.Taint // with that of a node that is not Ready
}

func nodeReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// without is the node without some of its Pods.
func (n *nodeInfo) without(gone func(*corev1.Pod) bool) *nodeInfo {
	c := *n
	c.pods = slices.DeleteFunc(slices.Clone(n.pods), gone)
	return &c
}

// A cycle is one attempt to place one Pod.
type cycle struct {
	r     *registry.Registry
	pod   *corev1.Pod
	nodes []*nodeInfo // by name
}

// newCycle takes a snapshot. A Pod that another node was promised to by
// preemption counts there already, unless it is less important than this one.
func newCycle(r *registry.Registry, pod *corev1.Pod) *cycle {
	c := &cycle{r: r, pod: pod}
	byName := map[string]*nodeInfo{}
	for _, n := range registry.List[*corev1.Node](r, "") {
		info := &nodeInfo{Node: n, taints: n.Spec.Taints}
		if !nodeReady(n) {
			info.taints = append(slices.Clone(info.taints), corev1.Taint{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoSchedule})
		}
		byName[n.Name] = info
		c.nodes = append(c.nodes, info)
	}
	for _, p := range registry.List[*corev1.Pod](r, "") {
		node := p.Spec.NodeName
		if node == "" && p.UID != pod.UID && schedhelper.PodPriority(p) >= schedhelper.PodPriority(pod) {
			node = p.Status.NominatedNodeName
		}
		if n := byName[node]; n != nil && !terminal(p) {
			n.pods = append(n.pods, p)
		}
	}
	return c
}

// A verdict is why a node was refused; a hopeless one would be even without
// other Pods.
type verdict struct {
	reasons  []string
	hopeless bool
}

func (v verdict) ok() bool { return len(v.reasons) == 0 }

func refuse(reason string) verdict   { return verdict{reasons: []string{reason}} }
func hopeless(reason string) verdict { return verdict{reasons: []string{reason}, hopeless: true} }

// A filter is one of upstream's filter plugins. before, if not nil, looks at
// the Pod alone and may refuse every node; node looks at one node.
type filter struct {
	name   string
	before func(c *cycle) (reason string)
	node   func(c *cycle, n *nodeInfo) verdict
}

// filters are run in this order, upstream's; the first that refuses a node
// says why.
var filters = []filter{
	{name: "NodeUnschedulable", node: filterUnschedulable},
	{name: "NodeName", node: filterNodeName},
	{name: "TaintToleration", node: filterTaints},
	{name: "NodeAffinity", before: beforeNodeAffinity, node: filterNodeAffinity},
	{name: "NodePorts", node: filterPorts},
	{name: "NodeResourcesFit", node: filterResources},
	{name: "VolumeBinding", before: beforeVolumes, node: filterVolumes},
	{name: "PodTopologySpread", node: filterSpread},
	{name: "InterPodAffinity", node: filterPodAffinity},
}

// A failure says that no node would do, and why.
type failure struct {
	nodes    int
	before   string             // refused before any node was looked at
	verdicts map[string]verdict // by node
	names    []string           // of the nodes with a verdict, in order
}

// message is the first half of upstream's FitError.
func (f *failure) message() string {
	if f.nodes == 0 {
		return "no nodes available to schedule pods"
	}
	head := fmt.Sprintf("0/%d nodes are available:", f.nodes)
	if f.before != "" {
		// Upstream's dynamic resources, asked after a Pod was refused this
		// early, add that they know nothing of it.
		return head + " " + f.before + ". not found"
	}
	return head + " " + f.histogram() + "."
}

// histogram counts the reasons and sorts them as text.
func (f *failure) histogram() string { return histogram(f.names, f.verdicts) }

func histogram(names []string, verdicts map[string]verdict) string {
	counts := map[string]int{}
	var reasons []string
	for _, name := range names {
		for _, reason := range verdicts[name].reasons {
			if counts[reason] == 0 {
				reasons = append(reasons, reason)
			}
			counts[reason]++
		}
	}
	lines := make([]string, len(reasons))
	for i, reason := range reasons {
		lines[i] = fmt.Sprintf("%d %s", counts[reason], reason)
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

func (f *failure) preemptable() bool { return f.nodes > 0 && f.before == "" }

// place finds the best node.
func (c *cycle) place() (*nodeInfo, *failure) {
	f := &failure{nodes: len(c.nodes), verdicts: map[string]verdict{}}
	if f.nodes == 0 {
		return nil, f
	}
	for _, flt := range filters {
		if flt.before == nil {
			continue
		}
		if f.before = flt.before(c); f.before != "" {
			return nil, f
		}
	}
	var fit []*nodeInfo
	for _, n := range c.nodes {
		if v := c.check(n); !v.ok() {
			f.verdicts[n.Name] = v
			f.names = append(f.names, n.Name)
			continue
		}
		fit = append(fit, n)
	}
	if len(fit) == 0 {
		return nil, f
	}
	return c.best(fit), nil
}

// check runs the filters over one node.
func (c *cycle) check(n *nodeInfo) verdict {
	if names := namedNodes(c.pod); names != nil && !slices.Contains(names, n.Name) {
		return hopeless("node(s) didn't satisfy plugin(s) [NodeAffinity]")
	}
	for _, flt := range filters {
		if v := flt.node(c, n); !v.ok() {
			return v
		}
	}
	return verdict{}
}
