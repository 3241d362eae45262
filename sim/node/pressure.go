package node

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The eviction manager's defaults (kubelet's config/v1beta1).
const (
	evictionActor    = "kubelet-eviction"
	evictionEvery    = 10 * time.Second
	memoryLeast      = 100 << 20       // bytes that must be available on a node
	pressureFor      = 5 * time.Minute // after it was last seen
	criticalPriority = 2_000_000_000   // from which on a Pod is never evicted
)

// watchPressure lets the eviction manager look at a node when what Pods use is
// set; nothing else tells how much memory is in use.
func (k *Kubelet) watchPressure() {
	k.r.Clock().Handle(evictionActor, k.syncPressure)
	registry.Watch(k.r, func(_, l *coordinationv1.Lease) {
		if l != nil && l.Namespace == metav1.NamespaceSystem && l.Name == registry.MetricsServer().Lease {
			for _, name := range nodeNames() {
				k.r.Clock().Enqueue(evictionActor, name)
			}
		}
	})
}

// syncPressure is one look of a node's eviction manager.
func (k *Kubelet) syncPressure(name string) {
	n, ok := registry.Get[*corev1.Node](k.r, "", name)
	if !ok || !k.runs(name) || k.silent(name) {
		return
	}
	now := k.r.Clock().Now()
	pods, used := k.memoryUse(name)
	if len(pods) == 0 && k.pressed[name].IsZero() {
		return
	}
	k.r.Clock().After(evictionEvery, evictionActor, name)
	available := max(n.Status.Capacity.Memory().Value()-used, 0)
	short := available < memoryLeast
	if short {
		k.pressed[name] = now
	}
	pressure := !k.pressed[name].IsZero() && now.Sub(k.pressed[name]) < pressureFor
	if !pressure {
		delete(k.pressed, name)
	}
	k.tellPressure(n, pressure, now)
	ending := slices.ContainsFunc(pods, func(m memoryOf) bool { return m.pod.evicted != "" })
	if !short || ending {
		return
	}
	k.r.RecordFrom(n, "", corev1.EventSource{Component: actor, Host: name}, corev1.EventTypeWarning, "EvictionThresholdMet", "Attempting to reclaim memory")
	slices.SortStableFunc(pods, evictedFirst)
	for _, m := range pods {
		if m.priority() < criticalPriority {
			k.evictFor(m, available, now)
			return
		}
	}
}

// memoryOf is what a Pod uses of memory, in bytes.
type memoryOf struct {
	pod     *pod
	byName  map[string]int64 // containers
	sum     int64
	request int64
}

func (m memoryOf) priority() int32 {
	if p := m.pod.obj.Spec.Priority; p != nil {
		return *p
	}
	return 0
}

// memoryUse lists the Pods that run on a node by what was set for them.
func (k *Kubelet) memoryUse(node string) (pods []memoryOf, used int64) {
	for _, key := range sortedKeys(k.pods) {
		p := k.pods[key]
		if p.obj.Spec.NodeName != node || p.final != "" || !p.ready || len(p.unknown) > 0 {
			continue
		}
		use, ok := k.r.MemoryUse(p.obj)
		if !ok {
			continue
		}
		m := memoryOf{pod: p, byName: map[string]int64{}}
		for _, c := range p.containers {
			if c.up {
				m.byName[c.name] = use[c.name]
				m.sum += use[c.name]
			}
		}
		request := requests(p.obj)[corev1.ResourceMemory]
		m.request = request.Value()
		used += m.sum
		pods = append(pods, m)
	}
	return pods, used
}

// evictedFirst orders Pods as rankMemoryPressure does: those that use more than
// they have asked for, then by priority, then by how much more they use.
func evictedFirst(a, b memoryOf) int {
	over := func(m memoryOf) int {
		if m.sum > m.request {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(over(a), over(b)), cmp.Compare(a.priority(), b.priority()), cmp.Compare(b.sum-b.request, a.sum-a.request))
}

func (k *Kubelet) evictFor(m memoryOf, available int64, now time.Time) {
	amount := func(bytes int64) string { return resource.NewQuantity(bytes, resource.BinarySI).String() }
	var text strings.Builder
	fmt.Fprintf(&text, "The node was low on resource: memory. Threshold quantity: %s, available: %s. ", amount(memoryLeast), amount(available))
	for _, c := range m.pod.containers {
		request := m.pod.spec(c).Resources.Requests[corev1.ResourceMemory]
		if m.byName[c.name] > request.Value() {
			fmt.Fprintf(&text, "Container %s was using %s, request is %s, has larger consumption of memory. ", c.name, amount(m.byName[c.name]), request.String())
		}
	}
	m.pod.disrupted = true
	k.evict(m.pod, text.String(), now)
	k.r.Clock().Enqueue(actor, m.pod.key())
}

// tellPressure brings the node's condition in line.
func (k *Kubelet) tellPressure(n *corev1.Node, on bool, now time.Time) {
	status, reason, message, event := corev1.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available", "NodeHasSufficientMemory"
	if on {
		status, reason, message, event = corev1.ConditionTrue, "KubeletHasInsufficientMemory", "kubelet has insufficient memory available", "NodeHasInsufficientMemory"
	}
	i := slices.IndexFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool { return c.Type == corev1.NodeMemoryPressure })
	if i < 0 || n.Status.Conditions[i].Status == status {
		return
	}
	k.r.RecordFrom(n, "", corev1.EventSource{Component: actor, Host: n.Name}, corev1.EventTypeNormal, event, fmt.Sprintf("Node %s status is now: %s", n.Name, event))
	k.retry(registry.MutateStatus(k.r, "", n.Name, func(n *corev1.Node) {
		n.Status.Conditions[i] = corev1.NodeCondition{Type: corev1.NodeMemoryPressure, Status: status, Reason: reason, Message: message,
			LastHeartbeatTime: metav1.NewTime(now), LastTransitionTime: metav1.NewTime(now)}
	}), evictionActor, n.Name)
}

// underPressure refuses a Pod of the class BestEffort that does not tolerate a
// node short of memory (the eviction manager's Admit).
func (k *Kubelet) underPressure(p *pod, n *corev1.Node) bool {
	o := p.obj
	if k.pressed[n.Name].IsZero() || o.Status.QOSClass != corev1.PodQOSBestEffort || (memoryOf{pod: p}).priority() >= criticalPriority {
		return false
	}
	return !slices.ContainsFunc(o.Spec.Tolerations, func(t corev1.Toleration) bool {
		return (t.Key == "" || t.Key == corev1.TaintNodeMemoryPressure) && t.Operator == corev1.TolerationOpExists && (t.Effect == "" || t.Effect == corev1.TaintEffectNoSchedule)
	})
}
