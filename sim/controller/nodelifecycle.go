package controller

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
)

// NodeLifecycle turns the conditions of nodes into taints.
type NodeLifecycle struct {
	r *registry.Registry
	q queue
}

// NewNodeLifecycle registers the controller.
func NewNodeLifecycle(r *registry.Registry) *NodeLifecycle {
	c := &NodeLifecycle{r: r}
	c.q = newQueue(r, "node-lifecycle", func(_, name string) error { return c.sync(name) })
	r.Clock().Handle(nodeActor, c.tell)
	registry.Watch(r, func(old, new *corev1.Node) {
		if new != nil {
			c.q.add("", new.Name)
		}
		if n := either(old, new); (old == nil || new == nil) && !c.bootstrap() {
			r.Clock().After(monitorPeriod, nodeActor, string(n.UID)+" "+n.Name)
		}
	})
	return c
}

const (
	nodeActor     = "node-lifecycle-events"
	monitorPeriod = 5 * time.Second
)

// bootstrap reports whether the cluster is being made, when nobody wants to be
// told of nodes: its namespaces are still empty.
func (c *NodeLifecycle) bootstrap() bool {
	_, ok := registry.Get[*corev1.ConfigMap](c.r, metav1.NamespaceSystem, rootCertificate)
	return !ok
}

// tell records that a node has come or gone. The key is its UID and name.
func (c *NodeLifecycle) tell(key string) {
	uid, name, _ := strings.Cut(key, " ")
	about := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(uid)}}
	reason, what := "RemovingNode", "Removing Node %s from Controller"
	if n, ok := registry.Get[*corev1.Node](c.r, "", name); ok && n.UID == about.UID {
		about, reason, what = n, "RegisteredNode", "Registered Node %s in Controller"
	}
	c.r.Record(about, "node-controller", corev1.EventTypeNormal, reason, fmt.Sprintf("Node %s event: "+what, name, name))
}

// conditionTaints are the taints that stand for a node's conditions.
func conditionTaints(n *corev1.Node) []corev1.Taint {
	var taints []corev1.Taint
	add := func(key string, effects ...corev1.TaintEffect) {
		for _, e := range effects {
			taints = append(taints, corev1.Taint{Key: key, Effect: e})
		}
	}
	ready := corev1.ConditionUnknown
	known := false
	for _, c := range n.Status.Conditions {
		on := c.Status == corev1.ConditionTrue
		switch {
		case c.Type == corev1.NodeReady:
			ready, known = c.Status, true
		case c.Type == corev1.NodeMemoryPressure && on:
			add(corev1.TaintNodeMemoryPressure, corev1.TaintEffectNoSchedule)
		case c.Type == corev1.NodeDiskPressure && on:
			add(corev1.TaintNodeDiskPressure, corev1.TaintEffectNoSchedule)
		case c.Type == corev1.NodePIDPressure && on:
			add(corev1.TaintNodePIDPressure, corev1.TaintEffectNoSchedule)
		case c.Type == corev1.NodeNetworkUnavailable && on:
			add(corev1.TaintNodeNetworkUnavailable, corev1.TaintEffectNoSchedule)
		}
	}
	switch {
	case !known:
		add(corev1.TaintNodeNotReady, corev1.TaintEffectNoSchedule)
	case ready == corev1.ConditionFalse:
		add(corev1.TaintNodeNotReady, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute)
	case ready == corev1.ConditionUnknown:
		add(corev1.TaintNodeUnreachable, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute)
	}
	if n.Spec.Unschedulable {
		add(corev1.TaintNodeUnschedulable, corev1.TaintEffectNoSchedule)
	}
	return taints
}

// ownTaint reports whether a taint is this controller's to set and remove.
func ownTaint(t corev1.Taint) bool {
	switch t.Key {
	case corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable:
		return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
	case corev1.TaintNodeMemoryPressure, corev1.TaintNodeDiskPressure, corev1.TaintNodePIDPressure,
		corev1.TaintNodeNetworkUnavailable, corev1.TaintNodeUnschedulable:
		return t.Effect == corev1.TaintEffectNoSchedule
	}
	return false
}

func (c *NodeLifecycle) sync(name string) error {
	n, ok := registry.Get[*corev1.Node](c.r, "", name)
	if !ok {
		return nil
	}
	wanted := conditionTaints(n)
	at := now(c.r)
	err := registry.Mutate(c.r, "", name, func(n *corev1.Node) {
		n.Spec.Taints = slices.DeleteFunc(n.Spec.Taints, func(t corev1.Taint) bool {
			return ownTaint(t) && !slices.ContainsFunc(wanted, func(w corev1.Taint) bool { return w.MatchTaint(&t) })
		})
		for _, w := range wanted {
			if !slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.MatchTaint(&w) }) {
				w.TimeAdded = &at
				n.Spec.Taints = append(n.Spec.Taints, w)
			}
		}
	})
	if err != nil {
		return ignoreNotFound(err)
	}
	if slices.ContainsFunc(wanted, func(t corev1.Taint) bool { return t.Effect == corev1.TaintEffectNoExecute }) {
		return c.markPods(name)
	}
	return nil
}

// markPods makes the Pods of a lost node not Ready.
func (c *NodeLifecycle) markPods(node string) error {
	for _, p := range registry.OnNode(c.r, node) {
		if !podReady(p) {
			continue
		}
		err := registry.MutateStatus(c.r, p.Namespace, p.Name, func(p *corev1.Pod) {
			cond := podCondition(p, corev1.PodReady)
			cond.Status, cond.LastTransitionTime = corev1.ConditionFalse, now(c.r)
		})
		if ignoreNotFound(err) != nil {
			return err
		}
		c.r.Record(p, "node-controller", corev1.EventTypeWarning, "NodeNotReady", "Node is not ready")
	}
	return nil
}

// TaintEviction deletes Pods that don't tolerate a NoExecute taint of their
// node, or not for longer.
type TaintEviction struct {
	r *registry.Registry
	q queue
}

const evictActor = "taint-eviction-due"

// NewTaintEviction registers the controller.
func NewTaintEviction(r *registry.Registry) *TaintEviction {
	c := &TaintEviction{r: r}
	c.q = newQueue(r, "taint-eviction", c.sync)
	r.Clock().Handle(evictActor, func(key string) { c.evict(splitKey(key)) })
	registry.Watch(r, func(old, new *corev1.Node) {
		if new == nil || old != nil && equality.Semantic.DeepEqual(old.Spec.Taints, new.Spec.Taints) {
			return
		}
		for _, p := range registry.OnNode(r, new.Name) {
			c.q.addObject(p)
		}
	})
	registry.Watch(r, func(old, new *corev1.Pod) {
		if new != nil && new.Spec.NodeName != "" && (old == nil || old.Spec.NodeName == "" || !equality.Semantic.DeepEqual(old.Spec.Tolerations, new.Spec.Tolerations)) {
			c.q.addObject(new)
		}
	})
	return c
}

// patience is for how long a Pod tolerates the taints of its node; ok is false
// if for ever.
func (c *TaintEviction) patience(p *corev1.Pod) (d time.Duration, ok bool) {
	n, found := registry.Get[*corev1.Node](c.r, "", p.Spec.NodeName)
	if !found {
		return 0, false
	}
	for _, t := range n.Spec.Taints {
		if t.Effect != corev1.TaintEffectNoExecute {
			continue
		}
		tolerated := false
		for _, tol := range p.Spec.Tolerations {
			if !schedhelper.TolerationsTolerateTaint(klog.Logger{}, []corev1.Toleration{tol}, &t, false) {
				continue
			}
			tolerated = true
			if tol.TolerationSeconds == nil {
				continue
			}
			if wait := time.Duration(max(*tol.TolerationSeconds, 0)) * time.Second; !ok || wait < d {
				d, ok = wait, true
			}
		}
		if !tolerated {
			return 0, true
		}
	}
	return d, ok
}

func (c *TaintEviction) sync(namespace, name string) error {
	p, found := registry.Get[*corev1.Pod](c.r, namespace, name)
	key := joinKey(namespace, name)
	if !found || p.DeletionTimestamp != nil {
		c.r.Clock().Cancel(evictActor, key)
		return nil
	}
	d, ok := c.patience(p)
	if !ok {
		c.r.Clock().Cancel(evictActor, key)
		return nil
	}
	if d == 0 {
		if metav1.GetControllerOfNoCopy(p) != nil && podCondition(p, corev1.PodScheduled) == nil && justMade(p, c.r.Clock().Now()) {
			// Made for this very node, it would be made again at once.
			c.r.Clock().After(failedWait, evictActor, key)
			return nil
		}
		c.evict(namespace, name)
		return nil
	}
	c.r.Clock().After(d, evictActor, key) // an earlier date stands
	return nil
}

func (c *TaintEviction) evict(namespace, name string) {
	p, ok := registry.Get[*corev1.Pod](c.r, namespace, name)
	if !ok || p.DeletionTimestamp != nil {
		return
	}
	if _, ok := c.patience(p); !ok {
		return
	}
	c.r.Record(p, "taint-eviction-controller", corev1.EventTypeNormal, "TaintManagerEviction", "Marking for deletion Pod "+namespace+"/"+name)
	// Whoever deletes the Pod first will do.
	_ = registry.MutateStatus(c.r, namespace, name, func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
			Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "DeletionByTaintManager",
			Message: "Taint manager: deleting due to NoExecute taint", LastTransitionTime: now(c.r),
		})
	})
	_ = registry.Delete[*corev1.Pod](c.r, namespace, name, registry.DeleteOptions{UID: p.UID})
}

// PodGC deletes the Pods of nodes that are gone.
type PodGC struct {
	r *registry.Registry
	q queue
}

// quarantine is how long a node has to be gone.
const quarantine = 40 * time.Second

// NewPodGC registers the controller.
func NewPodGC(r *registry.Registry) *PodGC {
	c := &PodGC{r: r}
	c.q = newQueue(r, "pod-gc", c.sync)
	lost := func(p *corev1.Pod) {
		if _, ok := registry.Get[*corev1.Node](r, "", p.Spec.NodeName); !ok && p.Spec.NodeName != "" {
			c.q.after(quarantine, p.Namespace, p.Name)
		}
	}
	registry.Watch(r, func(old, new *corev1.Pod) {
		if new != nil && (old == nil || old.Spec.NodeName == "") {
			lost(new)
		}
	})
	registry.Watch(r, func(old, new *corev1.Node) {
		if new != nil {
			return
		}
		for _, p := range registry.OnNode(r, old.Name) {
			lost(p)
		}
	})
	return c
}

func (c *PodGC) sync(namespace, name string) error {
	p, ok := registry.Get[*corev1.Pod](c.r, namespace, name)
	if !ok || p.Spec.NodeName == "" {
		return nil
	}
	if _, ok := registry.Get[*corev1.Node](c.r, "", p.Spec.NodeName); ok {
		return nil
	}
	if !podTerminal(p) {
		err := registry.MutateStatus(c.r, namespace, name, func(p *corev1.Pod) {
			p.Status.Phase = corev1.PodFailed
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
				Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "DeletionByPodGC",
				Message: "PodGC: node no longer exists", LastTransitionTime: now(c.r),
			})
		})
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	var atOnce int64
	return ignoreNotFound(registry.Delete[*corev1.Pod](c.r, namespace, name, registry.DeleteOptions{GracePeriodSeconds: &atOnce}))
}
