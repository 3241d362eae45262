package controller

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/component-helpers/node/topology"
)

// NodeLifecycle turns the conditions of nodes into taints, and gives up on
// nodes that no kubelet reports for. A node is heard of while it has a lease in
// kube-node-lease: renewals, which would be all that happens for hours, are not
// simulated.
type NodeLifecycle struct {
	r      *registry.Registry
	q      queue
	health queue
}

const (
	nodeActor     = "node-lifecycle-events"
	nodeComponent = "node-controller"
	monitorPeriod = 5 * time.Second
	// Grace periods of a node that has never reported, and of one that did.
	startupGrace = time.Minute
	monitorGrace = 50 * time.Second
	// A zone is partly disrupted if more than unhealthyMin nodes and at least
	// this share of them are not Ready.
	unhealthyMin   = 2
	unhealthyShare = 0.55
	// In a zone one node is given up every evictionWait, the first at once; where
	// the zone is partly disrupted, none is, or few where it has many nodes.
	nodeEvictionWait    = 10 * time.Second
	nodeEvictionSlowly  = 100 * time.Second
	largeZone           = 50
	nodeEvictionMemory  = "node-eviction "
	nodeEvictionStopped = time.Duration(0)
	// excludeDisruption is a label that leaves a node out of that count.
	excludeDisruption = "node.kubernetes.io/exclude-disruption"
)

// NewNodeLifecycle registers the controller.
func NewNodeLifecycle(r *registry.Registry) *NodeLifecycle {
	c := &NodeLifecycle{r: r}
	c.q = newQueue(r, "node-lifecycle", func(_, name string) error { return c.sync(name) })
	c.health = newQueue(r, "node-health", func(_, name string) error { return c.syncHealth(name) })
	r.Clock().Handle(nodeActor, c.tell)
	registry.Watch(r, c.changed)
	registry.Watch(r, func(old, new *corev1.Pod) {
		if new != nil && new.Spec.NodeName != "" && (old == nil || old.Spec.NodeName == "") {
			c.podPlaced(new)
		}
	})
	registry.Watch(r, func(_, lease *coordinationv1.Lease) {
		if lease == nil {
			return
		}
		if n, ok := registry.Get[*corev1.Node](r, "", lease.Name); ok && lease.Namespace == corev1.NamespaceNodeLease {
			c.health.addObject(n)
		}
	})
	return c
}

func (c *NodeLifecycle) changed(old, new *corev1.Node) {
	if n := either(old, new); (old == nil || new == nil) && !c.bootstrap() {
		c.r.Clock().After(monitorPeriod, nodeActor, string(n.UID)+" "+n.Name)
	}
	if old == nil || new == nil || !equality.Semantic.DeepEqual(nodeReady(old), nodeReady(new)) {
		for _, n := range registry.List[*corev1.Node](c.r, "") { // the state of the zone may be another
			c.q.add("", n.Name)
		}
	}
	if new == nil {
		return
	}
	c.q.add("", new.Name)
	c.health.add("", new.Name)
	if old != nil && readyIs(old, corev1.ConditionTrue) && readyIs(new, corev1.ConditionUnknown) {
		c.lost(new)
	}
}

// nodeReady is the condition Ready of a node, nil if there is none.
func nodeReady(n *corev1.Node) *corev1.NodeCondition {
	for i := range n.Status.Conditions {
		if n.Status.Conditions[i].Type == corev1.NodeReady {
			return &n.Status.Conditions[i]
		}
	}
	return nil
}

func readyIs(n *corev1.Node, status corev1.ConditionStatus) bool {
	ready := nodeReady(n)
	return ready != nil && ready.Status == status
}

// bootstrap reports whether the cluster is being made, when nobody wants to be
// told of nodes: its namespaces are still empty.
func (c *NodeLifecycle) bootstrap() bool {
	_, ok := registry.Get[*corev1.ConfigMap](c.r, metav1.NamespaceSystem, rootCertificate)
	return !ok
}

// tell records that a node has come or gone. The key is its UID and name.
func (c *NodeLifecycle) tell(key string) {
	uid, name, _ := strings.Cut(key, " ")
	reason, what := "RemovingNode", "Removing Node %s from Controller"
	if n, ok := registry.Get[*corev1.Node](c.r, "", name); ok && n.UID == types.UID(uid) {
		reason, what = "RegisteredNode", "Registered Node %s in Controller"
	}
	c.event(name, types.UID(uid), reason, fmt.Sprintf("Node %s event: "+what, name, name))
}

func (c *NodeLifecycle) event(node string, uid types.UID, reason, message string) {
	c.r.Record(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node, UID: uid}}, nodeComponent, corev1.EventTypeNormal, reason, message)
}

// lost tells of a node that is no longer heard of, and makes its Pods not Ready.
func (c *NodeLifecycle) lost(n *corev1.Node) {
	c.event(n.Name, n.UID, "NodeNotReady", fmt.Sprintf("Node %s status is now: NodeNotReady", n.Name))
	for _, p := range registry.OnNode(c.r, n.Name) {
		c.markPod(p)
	}
}

// podPlaced looks at a Pod that has just got a node.
func (c *NodeLifecycle) podPlaced(p *corev1.Pod) {
	n, ok := registry.Get[*corev1.Node](c.r, "", p.Spec.NodeName)
	if ok && nodeReady(n) != nil && !readyIs(n, corev1.ConditionTrue) {
		c.markPod(p)
	}
}

func (c *NodeLifecycle) markPod(p *corev1.Pod) {
	if !podReady(p) {
		return
	}
	err := registry.MutateStatus(c.r, p.Namespace, p.Name, func(p *corev1.Pod) {
		cond := podCondition(p, corev1.PodReady)
		cond.Status, cond.LastTransitionTime = corev1.ConditionFalse, now(c.r)
	})
	if err == nil {
		c.r.Record(p, nodeComponent, corev1.EventTypeWarning, "NodeNotReady", "Node is not ready")
	}
}

// heard reports whether a kubelet renews the lease of a node.
func (c *NodeLifecycle) heard(node string) bool {
	_, ok := registry.Get[*coordinationv1.Lease](c.r, corev1.NamespaceNodeLease, node)
	return ok
}

// syncHealth makes the conditions of a node Unknown that nobody has reported
// for longer than its grace period.
func (c *NodeLifecycle) syncHealth(name string) error {
	n, ok := registry.Get[*corev1.Node](c.r, "", name)
	if !ok || c.heard(name) || readyIs(n, corev1.ConditionUnknown) {
		return nil
	}
	due := n.CreationTimestamp.Add(startupGrace)
	if ready := nodeReady(n); ready != nil {
		last := n.CreationTimestamp.Time
		for _, t := range []time.Time{ready.LastHeartbeatTime.Time, ready.LastTransitionTime.Time} {
			if t.After(last) {
				last = t
			}
		}
		due = last.Add(monitorGrace)
	}
	at := c.r.Clock().Now()
	if at.Before(due) {
		c.health.after(due.Sub(at), "", name)
		return nil
	}
	return ignoreNotFound(registry.MutateStatus(c.r, "", name, func(n *corev1.Node) {
		for _, t := range []corev1.NodeConditionType{corev1.NodeReady, corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure} {
			setUnknown(n, t, now(c.r))
		}
	}))
}

func setUnknown(n *corev1.Node, t corev1.NodeConditionType, at metav1.Time) {
	for i := range n.Status.Conditions {
		cond := &n.Status.Conditions[i]
		if cond.Type != t {
			continue
		}
		if cond.Status != corev1.ConditionUnknown {
			cond.Status, cond.Reason, cond.Message = corev1.ConditionUnknown, "NodeStatusUnknown", "Kubelet stopped posting node status."
			cond.LastTransitionTime = at
		}
		return
	}
	n.Status.Conditions = append(n.Status.Conditions, corev1.NodeCondition{Type: t, Status: corev1.ConditionUnknown,
		Reason: "NodeStatusNeverUpdated", Message: "Kubelet never posted node status.",
		LastHeartbeatTime: n.CreationTimestamp, LastTransitionTime: at})
}

// sync brings a node's taints and labels in line with its conditions.
func (c *NodeLifecycle) sync(name string) error {
	node, ok := registry.Get[*corev1.Node](c.r, "", name)
	if !ok {
		return nil
	}
	wanted := c.noExecuteTaints(node)
	return ignoreNotFound(registry.Mutate(c.r, "", name, func(n *corev1.Node) {
		at := now(c.r)
		setTaints(n, noScheduleTaints(n), isConditionTaint, at)
		if nodeReady(n) != nil {
			setTaints(n, wanted, func(t corev1.Taint) bool {
				return t.Effect == corev1.TaintEffectNoExecute && (t.Key == corev1.TaintNodeNotReady || t.Key == corev1.TaintNodeUnreachable)
			}, at)
		}
		for stable, beta := range map[string]string{corev1.LabelOSStable: "beta.kubernetes.io/os", corev1.LabelArchStable: "beta.kubernetes.io/arch"} {
			if v, ok := n.Labels[stable]; ok {
				n.Labels[beta] = v
			}
		}
	}))
}

// setTaints makes the taints that own selects the wanted ones.
func setTaints(n *corev1.Node, wanted []corev1.Taint, own func(corev1.Taint) bool, at metav1.Time) {
	n.Spec.Taints = slices.DeleteFunc(n.Spec.Taints, func(t corev1.Taint) bool {
		return own(t) && !slices.ContainsFunc(wanted, func(w corev1.Taint) bool { return w.MatchTaint(&t) })
	})
	for _, w := range wanted {
		if !slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.MatchTaint(&w) }) {
			w.TimeAdded = &at
			n.Spec.Taints = append(n.Spec.Taints, w)
		}
	}
}

// conditionTaint is the key of the taint that stands for a condition, "" if
// none does.
func conditionTaint(cond corev1.NodeCondition) string {
	switch on := cond.Status == corev1.ConditionTrue; {
	case cond.Type == corev1.NodeReady && cond.Status == corev1.ConditionFalse:
		return corev1.TaintNodeNotReady
	case cond.Type == corev1.NodeReady && cond.Status == corev1.ConditionUnknown:
		return corev1.TaintNodeUnreachable
	case cond.Type == corev1.NodeMemoryPressure && on:
		return corev1.TaintNodeMemoryPressure
	case cond.Type == corev1.NodeDiskPressure && on:
		return corev1.TaintNodeDiskPressure
	case cond.Type == corev1.NodePIDPressure && on:
		return corev1.TaintNodePIDPressure
	case cond.Type == corev1.NodeNetworkUnavailable && on:
		return corev1.TaintNodeNetworkUnavailable
	}
	return ""
}

// noScheduleTaints are those that a node's conditions and its being cordoned
// ask for. A node without conditions, so new that nobody has looked at it, has
// none of them.
func noScheduleTaints(n *corev1.Node) []corev1.Taint {
	var taints []corev1.Taint
	for _, cond := range n.Status.Conditions {
		if key := conditionTaint(cond); key != "" {
			taints = append(taints, corev1.Taint{Key: key, Effect: corev1.TaintEffectNoSchedule})
		}
	}
	if n.Spec.Unschedulable {
		taints = append(taints, corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule})
	}
	return taints
}

// isConditionTaint reports whether a taint is one of noScheduleTaints.
func isConditionTaint(t corev1.Taint) bool {
	if t.Effect != corev1.TaintEffectNoSchedule {
		return false
	}
	switch t.Key {
	case corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable, corev1.TaintNodeMemoryPressure, corev1.TaintNodeDiskPressure,
		corev1.TaintNodePIDPressure, corev1.TaintNodeNetworkUnavailable, corev1.TaintNodeUnschedulable:
		return true
	}
	return false
}

// noExecuteTaints is the taint that evicts from a node that is not Ready, unless
// no node at all is Ready: the fault is probably elsewhere then. A node that has
// it keeps it; others get it one after the other.
func (c *NodeLifecycle) noExecuteTaints(n *corev1.Node) []corev1.Taint {
	ready := nodeReady(n)
	if ready == nil {
		return nil
	}
	key := conditionTaint(*ready)
	if key == "" {
		return nil
	}
	tainted := slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool {
		return t.Effect == corev1.TaintEffectNoExecute && (t.Key == corev1.TaintNodeNotReady || t.Key == corev1.TaintNodeUnreachable)
	})
	zones := c.zones()
	if allDisrupted(zones) || !tainted && !c.mayEvict(n, zones[topology.GetZoneKey(n)]) {
		return nil
	}
	return []corev1.Taint{{Key: key, Effect: corev1.TaintEffectNoExecute}}
}

// A zone counts the nodes of one value of the labels of region and zone.
type zone struct{ ready, not int }

// zones are those of the cluster, without the nodes that don't want to count.
func (c *NodeLifecycle) zones() map[string]zone {
	zones := map[string]zone{}
	for _, n := range registry.List[*corev1.Node](c.r, "") {
		if _, excluded := n.Labels[excludeDisruption]; excluded {
			continue
		}
		key := topology.GetZoneKey(n)
		z := zones[key]
		if readyIs(n, corev1.ConditionTrue) {
			z.ready++
		} else {
			z.not++
		}
		zones[key] = z
	}
	return zones
}

// allDisrupted reports whether no node at all is Ready.
func allDisrupted(zones map[string]zone) bool {
	for _, z := range zones {
		if z.ready > 0 {
			return false
		}
	}
	return len(zones) > 0
}

// wait is the time between the nodes of a zone that are given up.
func (z zone) wait() time.Duration {
	switch {
	case z.ready == 0 || z.not <= unhealthyMin || float32(z.not)/float32(z.ready+z.not) < unhealthyShare:
		return nodeEvictionWait
	case z.ready+z.not > largeZone:
		return nodeEvictionSlowly
	}
	return nodeEvictionStopped
}

// A zoneLimit is a bucket of one token: wait is how long it takes to fill, next
// when it is full.
type zoneLimit struct {
	wait time.Duration
	next time.Time
}

// mayEvict takes the token of a node's zone, or asks for the node to be looked at
// again when there is one.
func (c *NodeLifecycle) mayEvict(n *corev1.Node, z zone) bool {
	key := nodeEvictionMemory + topology.GetZoneKey(n)
	at, limit := c.r.Clock().Now(), zoneLimit{wait: nodeEvictionWait}
	if l, ok := c.r.Recall(key).(zoneLimit); ok {
		limit = l
	}
	if wait := z.wait(); wait != limit.wait {
		// A new rate begins with an empty bucket if the former one was empty.
		if limit.wait == nodeEvictionStopped || at.Before(limit.next) {
			limit.next = at.Add(wait)
		}
		limit.wait = wait
	}
	may := limit.wait != nodeEvictionStopped && !at.Before(limit.next)
	if may {
		limit.next = at.Add(limit.wait)
	} else if limit.wait != nodeEvictionStopped {
		c.q.after(limit.next.Sub(at), "", n.Name)
	}
	c.r.Remember(key, limit)
	return may
}
