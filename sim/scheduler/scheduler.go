// Package scheduler gives Pods their nodes as upstream's default scheduler
// does: filters with its messages, scores with its weights, preemption. Nodes
// that are equally good are taken in the order of their names, where upstream
// throws dice.
package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
)

// Name is the scheduler that Pods ask for unless they say otherwise.
const Name = corev1.DefaultSchedulerName

const (
	actor = "scheduler"
	// flushEvery is after which time a Pod that fits nowhere is tried again
	// although nothing has happened.
	flushEvery = 5 * time.Minute
	flushActor = "scheduler-flush"
	messageMax = 1024 // bytes of an Event's message
)

// A Scheduler binds Pods to nodes.
type Scheduler struct {
	r    *registry.Registry
	base *snapshot // nil until the first Pod is placed
}

// snapshot is the cluster as the next attempt sees it.
func (s *Scheduler) snapshot() *snapshot {
	if s.base == nil {
		s.base = newSnapshot(s.r)
	}
	return s.base
}

// Start makes the scheduler of a cluster and lets it watch.
func Start(r *registry.Registry) *Scheduler {
	s := &Scheduler{r: r}
	r.Clock().Handle(actor, s.handle)
	r.Clock().Handle(bindActor, s.bindTimedOut)
	r.Clock().Handle(flushActor, func(key string) {
		namespace, name, _ := strings.Cut(key, "/")
		if p, ok := registry.Get[*corev1.Pod](r, namespace, name); ok && waiting(p) {
			s.try(p, true)
		}
	})
	registry.Watch(r, s.podChanged)
	registry.Watch(r, s.nodeChanged)
	registry.Watch(r, func(_, _ *corev1.PersistentVolumeClaim) { s.sweep(volumeChanged) })
	registry.Watch(r, func(_, _ *corev1.PersistentVolume) { s.sweep(volumeChanged) })
	registry.Watch(r, func(_, _ *storagev1.StorageClass) { s.sweep(volumeChanged) })
	return s
}

// A cause is a change after which waiting Pods are tried again, if what they
// wait for may have come with it: upstream's queueing hints. It serves as the
// key of an event; the key of a Pod has a slash.
type cause string

const (
	nodeAdded      cause = "node added"
	labelsChanged  cause = "node labels"
	taintsChanged  cause = "node taints"
	nodeUncordoned cause = "node uncordoned"
	roomChanged    cause = "node allocatable"
	nodeDeleted    cause = "node deleted"
	podGone        cause = "pod gone"
	podPlaced      cause = "pod placed"
	volumeChanged  cause = "volume"
)

// helps reports whether a Pod that waits for the reasons in message may fit
// after the change.
func (c cause) helps(message string) bool {
	says := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(message, p) })
	}
	switch c {
	case nodeAdded:
		return true
	case labelsChanged:
		return says("affinity", "topology spread", "volume")
	case taintsChanged:
		return says("untolerated taint", "topology spread")
	case nodeUncordoned:
		return says("were unschedulable")
	case roomChanged:
		return says("Insufficient", "Too many pods")
	case nodeDeleted:
		return says("topology spread")
	case podGone:
		return says("Insufficient", "Too many pods", "free ports", "anti-affinity", "topology spread", "ReadWriteOncePod", "terminating pod")
	case podPlaced:
		return says("pod affinity", "anti-affinity", "topology spread")
	case volumeChanged:
		return says("ersistent", "storage")
	}
	return false
}

func (s *Scheduler) sweep(c cause) { s.r.Clock().Enqueue(actor, string(c)) }

func (s *Scheduler) nodeChanged(old, new *corev1.Node) {
	switch {
	case s.base == nil:
	case new == nil:
		s.base.dropNode(old.Name)
	default:
		s.base.setNode(s.r, new)
	}
	switch {
	case new == nil:
		s.sweep(nodeDeleted)
		return
	case old == nil:
		s.sweep(nodeAdded)
		return
	}
	if !equality.Semantic.DeepEqual(old.Labels, new.Labels) {
		s.sweep(labelsChanged)
	}
	if !equality.Semantic.DeepEqual(old.Spec.Taints, new.Spec.Taints) || nodeReady(old) != nodeReady(new) {
		s.sweep(taintsChanged)
	}
	if old.Spec.Unschedulable && !new.Spec.Unschedulable {
		s.sweep(nodeUncordoned)
	}
	if !equality.Semantic.DeepEqual(old.Status.Allocatable, new.Status.Allocatable) {
		s.sweep(roomChanged)
	}
}

// waiting reports whether the Pod is this scheduler's to place.
func waiting(p *corev1.Pod) bool {
	return p.Spec.NodeName == "" && p.Spec.SchedulerName == Name && p.DeletionTimestamp == nil &&
		len(p.Spec.SchedulingGates) == 0 && !terminal(p)
}

func terminal(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

func (s *Scheduler) podChanged(old, new *corev1.Pod) {
	if s.base != nil {
		s.base.podChanged(old, new)
	}
	switch {
	case new == nil:
		s.sweep(podGone)
	case waiting(new):
		if old == nil || !waiting(old) || !equality.Semantic.DeepEqual(old.Spec, new.Spec) || relabelled(old, new) {
			s.r.Clock().Enqueue(actor, new.Namespace+"/"+new.Name)
		}
	case old != nil && terminal(new) && !terminal(old):
		s.sweep(podGone)
	case new.Spec.NodeName != "" && (old == nil || old.Spec.NodeName == "" || !equality.Semantic.DeepEqual(old.Labels, new.Labels) ||
		old.DeletionTimestamp == nil && new.DeletionTimestamp != nil):
		s.sweep(podPlaced)
	}
}

// relabelled reports whether a Pod was refused for something that its labels
// decide, and has others now.
func relabelled(old, new *corev1.Pod) bool {
	c := scheduledCondition(new)
	return !equality.Semantic.DeepEqual(old.Labels, new.Labels) &&
		(c == nil || strings.Contains(c.Message, "pod affinity") || strings.Contains(c.Message, "topology spread"))
}

// handle places one Pod, or tries those that wait for a cause, the most
// important first.
func (s *Scheduler) handle(key string) {
	if namespace, name, ok := strings.Cut(key, "/"); ok {
		if p, ok := registry.Get[*corev1.Pod](s.r, namespace, name); ok && waiting(p) {
			s.try(p, true)
		}
		return
	}
	pods := slices.DeleteFunc(registry.OnNode(s.r, ""), func(p *corev1.Pod) bool {
		if waiting(p) && cause(key) == volumeChanged && binding(p) {
			return false
		}
		c := scheduledCondition(p)
		return !waiting(p) || c == nil || c.Status != corev1.ConditionFalse || !cause(key).helps(c.Message)
	})
	slices.SortStableFunc(pods, func(a, b *corev1.Pod) int {
		if pa, pb := schedhelper.PodPriority(a), schedhelper.PodPriority(b); pa != pb {
			if pa > pb {
				return -1
			}
			return 1
		}
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	for _, p := range pods {
		if p, ok := registry.Get[*corev1.Pod](s.r, p.Namespace, p.Name); ok && waiting(p) {
			s.try(p, false)
		}
	}
}

func scheduledCondition(p *corev1.Pod) *corev1.PodCondition {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type == corev1.PodScheduled {
			return &p.Status.Conditions[i]
		}
	}
	return nil
}

// try binds the Pod, or says why it can't. A Pod that was tried before and
// fails as before is only told of if again is true.
func (s *Scheduler) try(p *corev1.Pod, again bool) {
	c := newCycle(s.r, s.snapshot(), p)
	node, failure := c.place()
	if failure == nil {
		s.bind(p, c, node)
		return
	}
	message := failure.message()
	nominated := p.Status.NominatedNodeName
	if failure.preemptable() {
		result := c.preempt(failure)
		if result.message != "" {
			message += " preemption: " + result.message
		}
		nominated = s.evict(p, result, nominated)
	} else if failure.nodes == 0 {
		nominated = ""
	}
	former := scheduledCondition(p)
	same := former != nil && former.Status == corev1.ConditionFalse && former.Message == message
	if same && !again {
		return
	}
	s.r.RecordAction(p, nil, Name, "Scheduling", corev1.EventTypeWarning, "FailedScheduling", shorten(message))
	s.setCondition(p, corev1.PodReasonUnschedulable, message, nominated)
	s.r.Clock().After(flushEvery, flushActor, p.Namespace+"/"+p.Name)
}

func shorten(message string) string {
	if len(message) <= messageMax {
		return message
	}
	return message[:messageMax-len(" ...")] + " ..."
}

// setCondition says on a Pod why it has no node, and which one is promised.
func (s *Scheduler) setCondition(p *corev1.Pod, reason, message, nominated string) {
	at := metav1.NewTime(s.r.Clock().Now().Truncate(time.Second))
	err := registry.MutateStatus(s.r, p.Namespace, p.Name, func(p *corev1.Pod) {
		p.Status.NominatedNodeName = nominated
		c := scheduledCondition(p)
		if c == nil {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.PodScheduled, LastTransitionTime: at})
			c = scheduledCondition(p)
		} else if c.Status != corev1.ConditionFalse {
			c.LastTransitionTime = at
		}
		c.Status, c.Reason, c.Message, c.ObservedGeneration = corev1.ConditionFalse, reason, message, p.Generation
	})
	if err != nil && !apierrors.IsNotFound(err) {
		panic(fmt.Sprintf("scheduler: internal error: status of %s/%s: %v", p.Namespace, p.Name, err))
	}
}

// binding reports whether a Pod has been promised a node and may be waiting for
// its claims to get their volumes there, whatever it was refused for before.
func binding(p *corev1.Pod) bool { return p.Status.NominatedNodeName != "" && len(claimNames(p)) > 0 }

// bindTimeout is for how long a Pod waits for the volumes of its claims.
const (
	bindTimeout = 10 * time.Minute
	bindActor   = "scheduler-bind-timeout"
)

// bindTimedOut tries a Pod again whose volumes have not come. The key is that
// of the Pod with its UID.
func (s *Scheduler) bindTimedOut(key string) {
	key, uid, _ := strings.Cut(key, " ")
	namespace, name, _ := strings.Cut(key, "/")
	p, ok := registry.Get[*corev1.Pod](s.r, namespace, name)
	if !ok || string(p.UID) != uid || !waiting(p) || !binding(p) {
		return
	}
	const message = `running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded`
	s.r.RecordAction(p, nil, Name, "Scheduling", corev1.EventTypeWarning, "FailedScheduling", message)
	s.setCondition(p, corev1.PodReasonSchedulerError, message, "")
	s.r.Clock().After(backoffFirst, flushActor, key)
}

// backoffFirst is how long a Pod waits after an attempt that failed for no
// fault of its own.
const backoffFirst = time.Second

// bind gives the Pod its node, after its claims have their volumes.
func (s *Scheduler) bind(p *corev1.Pod, c *cycle, node *nodeInfo) {
	if !s.bindVolumes(p, c, node) {
		// The Pod keeps its room while it waits; a claim's change wakes it.
		_ = registry.MutateStatus(s.r, p.Namespace, p.Name, func(p *corev1.Pod) { p.Status.NominatedNodeName = node.Name })
		s.r.Clock().After(bindTimeout, bindActor, podKey(p)+" "+string(p.UID))
		return
	}
	if err := s.r.Bind(p.Namespace, p.Name, node.Name); err != nil {
		return // the Pod or the node has just gone
	}
	s.r.RecordAction(p, nil, Name, "Binding", corev1.EventTypeNormal, "Scheduled",
		fmt.Sprintf("Successfully assigned %s/%s to %s", p.Namespace, p.Name, node.Name))
}
