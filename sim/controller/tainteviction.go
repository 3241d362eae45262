package controller

import (
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
)

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
		p := either(old, new)
		if p.Spec.NodeName != "" && (old == nil || new == nil || old.Spec.NodeName == "" || !equality.Semantic.DeepEqual(old.Spec.Tolerations, new.Spec.Tolerations)) {
			c.q.addObject(p)
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
	key := joinKey(namespace, name)
	p, found := registry.Get[*corev1.Pod](c.r, namespace, name)
	if !found {
		c.cancel(key)
		return nil
	}
	d, ok := c.patience(p)
	switch {
	case !ok:
		c.cancel(key)
	case d > 0:
		// An eviction that is due already stays as it is.
		if !c.r.Clock().Pending(evictActor, key) {
			c.r.Clock().After(d, evictActor, key)
		}
	case metav1.GetControllerOfNoCopy(p) != nil && podCondition(p, corev1.PodScheduled) == nil && justMade(p, c.r.Clock().Now()):
		// Made for this very node, it would be made again at once.
		c.r.Clock().After(failedWait, evictActor, key)
	default:
		c.cancel(key)
		c.evict(namespace, name)
	}
	return nil
}

// event tells of a Pod that is known by its name only.
func (c *TaintEviction) event(what, key string) {
	namespace, name := splitKey(key)
	about := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	c.r.Record(about, "taint-eviction-controller", corev1.EventTypeNormal, "TaintManagerEviction", what+" Pod "+key)
}

// cancel drops an eviction that is due.
func (c *TaintEviction) cancel(key string) {
	if c.r.Clock().Pending(evictActor, key) {
		c.r.Clock().Cancel(evictActor, key)
		c.event("Cancelling deletion of", key)
	}
}

func (c *TaintEviction) evict(namespace, name string) {
	p, ok := registry.Get[*corev1.Pod](c.r, namespace, name)
	if !ok {
		return
	}
	if _, ok := c.patience(p); !ok {
		return
	}
	c.event("Marking for deletion", joinKey(namespace, name))
	// Whoever deletes the Pod first will do.
	_ = registry.MutateStatus(c.r, namespace, name, func(p *corev1.Pod) {
		disrupt(p, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", c.r)
	})
	_ = registry.Delete[*corev1.Pod](c.r, namespace, name, registry.DeleteOptions{UID: p.UID})
}
