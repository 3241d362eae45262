package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// A cycle is one attempt to place one Pod.
type cycle struct {
	r       *registry.Registry
	base    *snapshot
	nodes   []*nodeInfo     // by name
	assumed map[string]bool // the names of those that are not as in base

	pod      *corev1.Pod
	wants    resources
	scored   resources // as scores count what it wants
	ports    []hostPort
	claims   []string // names of the claims that it mounts
	affinity nodeaffinity.RequiredNodeAffinity
	named    []string // see namedNodes
	spreads  []spread // that must hold
	together []term   // required affinity
	apart    []term   // required anti-affinity

	filters []filter                  // that have something to say about the Pod
	onNodes map[string]map[string]int // see matching
	once    worked
}

// worked is what filters work out once for all nodes; nil before.
type worked struct {
	spread   []map[string]int // Pods that each constraint is about, by topology
	affinity *affinityCounts
}

// newCycle prepares an attempt. A Pod that another node was promised to by
// preemption counts there already, unless it is less important than this one.
func newCycle(r *registry.Registry, base *snapshot, pod *corev1.Pod) *cycle {
	c := &cycle{r: r, base: base, nodes: base.nodes, assumed: map[string]bool{}, pod: pod,
		wants: sum(requests(pod)), scored: sum(scoredRequests(pod)), ports: hostPorts(pod), claims: claimNames(pod),
		affinity: nodeaffinity.GetRequiredNodeAffinity(pod), named: namedNodes(pod),
		spreads: spreads(pod, corev1.DoNotSchedule), together: terms(pod, affinityTerms(pod)), apart: terms(pod, antiAffinityTerms(pod)),
		onNodes: map[string]map[string]int{}}
	for _, flt := range filters {
		if flt.concerns == nil || flt.concerns(c) {
			c.filters = append(c.filters, flt)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(base.promised)) {
		p := base.promised[key]
		if p.UID != pod.UID && schedhelper.PodPriority(p.Pod) >= schedhelper.PodPriority(pod) {
			c.assume(p.Status.NominatedNodeName, func(n *nodeInfo) { n.add(p) })
		}
	}
	return c
}

// assume changes what the cycle takes a node to hold.
func (c *cycle) assume(name string, change func(*nodeInfo)) {
	i, ok := slices.BinarySearchFunc(c.nodes, name, byNodeName)
	if !ok {
		return
	}
	if !c.assumed[name] {
		c.nodes = slices.Clone(c.nodes)
		c.nodes[i] = c.nodes[i].assume()
		c.assumed[name] = true
	}
	change(c.nodes[i])
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

// A filter is one of upstream's filter plugins. concerns, if not nil, tells
// whether it has anything to look at in the Pod, as upstream's PreFilter does by
// Skip; before, if not nil, looks at the Pod alone and may refuse every node;
// node looks at one node.
type filter struct {
	name     string
	concerns func(c *cycle) bool
	before   func(c *cycle) (reason string)
	node     func(c *cycle, n *nodeInfo) verdict
}

func hasPorts(c *cycle) bool   { return len(c.ports) > 0 }
func hasVolumes(c *cycle) bool { return len(c.pod.Spec.Volumes) > 0 }
func hasClaims(c *cycle) bool  { return len(c.claims) > 0 }
func hasSpreads(c *cycle) bool { return len(c.spreads) > 0 }

// filters are run in this order, upstream's; the first that refuses a node
// says why.
var filters = []filter{
	{name: "NodeName", node: filterNodeName},
	{name: "NodeUnschedulable", node: filterUnschedulable},
	{name: "TaintToleration", node: filterTaints},
	{name: "NodeAffinity", before: beforeNodeAffinity, node: filterNodeAffinity},
	{name: "NodePorts", concerns: hasPorts, node: filterPorts},
	{name: "NodeResourcesFit", node: filterResources},
	{name: "VolumeRestrictions", concerns: hasVolumes, node: filterVolumeUse},
	{name: "VolumeBinding", concerns: hasClaims, before: beforeVolumes, node: filterVolumes},
	{name: "VolumeZone", concerns: hasClaims, node: filterVolumeZone},
	{name: "PodTopologySpread", concerns: hasSpreads, node: filterSpread},
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
	for _, flt := range c.filters {
		if flt.before == nil {
			continue
		}
		if f.before = flt.before(c); f.before != "" {
			return nil, f
		}
	}
	if n := c.nominated(); n != nil {
		return n, nil
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

// nominated is the node that preemption has promised to the Pod, if it does:
// no other one is looked at then.
func (c *cycle) nominated() *nodeInfo {
	i, ok := slices.BinarySearchFunc(c.nodes, c.pod.Status.NominatedNodeName, byNodeName)
	if !ok || !c.check(c.nodes[i]).ok() {
		return nil
	}
	return c.nodes[i]
}

// check runs the filters over one node.
func (c *cycle) check(n *nodeInfo) verdict {
	if c.named != nil && !slices.Contains(c.named, n.Name) {
		return hopeless("node(s) didn't satisfy plugin(s) [NodeAffinity]")
	}
	for _, flt := range c.filters {
		if v := flt.node(c, n); !v.ok() {
			return v
		}
	}
	return verdict{}
}
