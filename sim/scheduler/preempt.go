package scheduler

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
)

// A preemption is the outcome of looking for Pods that could make way.
type preemption struct {
	message string // for the Event, after "preemption: "
	node    string // "" if none would help
	victims []*corev1.Pod
	stay    bool // the former nomination stands
}

// A candidate is a node that would do without the victims.
type candidate struct {
	node       *nodeInfo
	victims    []*corev1.Pod // the most important first
	violations int           // of disruption budgets
}

// preempt looks for the node on which the fewest and least important Pods
// would have to go.
func (c *cycle) preempt(f *failure) preemption {
	if c.pod.Spec.PreemptionPolicy != nil && *c.pod.Spec.PreemptionPolicy == corev1.PreemptNever {
		return preemption{message: "not eligible due to preemptionPolicy=Never.", stay: true}
	}
	if c.victimsLeaving(f) {
		return preemption{message: "not eligible due to a terminating pod on the nominated node.", stay: true}
	}
	verdicts := map[string]verdict{}
	var candidates []candidate
	for _, n := range c.nodes {
		if f.verdicts[n.Name].hopeless {
			verdicts[n.Name] = refuse("Preemption is not helpful for scheduling")
			continue
		}
		victim, v := c.victims(n)
		if v.ok() {
			candidates = append(candidates, victim)
		}
		verdicts[n.Name] = v
	}
	if len(candidates) == 0 {
		return preemption{message: fmt.Sprintf("0/%d nodes are available: %s.", f.nodes, histogram(f.names, verdicts))}
	}
	best := c.choose(candidates)
	return preemption{
		message: fmt.Sprintf("found a potential placement for pod on node %s, preempting %d victims", best.node.Name, len(best.victims)),
		node:    best.node.Name, victims: best.victims,
	}
}

// victimsLeaving reports whether Pods on the nominated node are on their way
// out, so that nothing more needs to go.
func (c *cycle) victimsLeaving(f *failure) bool {
	name := c.pod.Status.NominatedNodeName
	if name == "" || f.verdicts[name].hopeless {
		return false
	}
	for _, n := range c.nodes {
		if n.Name != name {
			continue
		}
		for _, p := range n.pods {
			if p.DeletionTimestamp != nil && schedhelper.PodPriority(p.Pod) < schedhelper.PodPriority(c.pod) && disrupted(p.Pod) {
				return true
			}
		}
	}
	return false
}

func disrupted(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(x corev1.PodCondition) bool {
		return x.Type == corev1.DisruptionTarget && x.Status == corev1.ConditionTrue && x.Reason == corev1.PodReasonPreemptionByScheduler
	})
}

// victims are the Pods of a node that would have to go. All less important
// ones are taken away, then as many as possible are brought back, first those
// that a disruption budget protects, the important ones before others.
func (c *cycle) victims(n *nodeInfo) (candidate, verdict) {
	priority := schedhelper.PodPriority(c.pod)
	lesser := slices.DeleteFunc(slices.Clone(n.pods), func(p *placed) bool { return schedhelper.PodPriority(p.Pod) >= priority })
	if len(lesser) == 0 {
		return candidate{}, refuse("No preemption victims found for incoming pod")
	}
	gone := map[*placed]bool{}
	for _, p := range lesser {
		gone[p] = true
	}
	fits := func() verdict {
		return c.checkInstead(n, n.without(func(p *placed) bool { return gone[p] }))
	}
	if v := fits(); !v.ok() {
		return candidate{}, v
	}
	slices.SortStableFunc(lesser, c.moreImportant)
	guarded := c.guarded(lesser)
	out := candidate{node: n}
	for _, protected := range []bool{true, false} {
		for _, p := range lesser {
			if guarded[p] != protected {
				continue
			}
			gone[p] = false
			if fits().ok() {
				continue
			}
			gone[p] = true
			if protected {
				out.violations++
			}
		}
	}
	for _, p := range lesser {
		if gone[p] {
			out.victims = append(out.victims, p.Pod)
		}
	}
	if len(out.victims) == 0 {
		return out, refuse("No preemption victims found for incoming pod")
	}
	return out, verdict{}
}

// checkInstead is check with another state of the node n.
func (c *cycle) checkInstead(n, other *nodeInfo) verdict {
	trial := *c
	trial.once = worked{}
	trial.nodes = slices.Clone(c.nodes)
	trial.nodes[slices.Index(c.nodes, n)] = other
	trial.assumed = maps.Clone(c.assumed)
	trial.assumed[n.Name] = true
	return trial.check(other)
}

// started is when a Pod began; one that has not counts as the latest.
func (c *cycle) started(p *corev1.Pod) time.Time {
	if p.Status.StartTime != nil {
		return p.Status.StartTime.Time
	}
	return c.r.Clock().Now()
}

// moreImportant puts the Pods first that should rather stay. Among those that
// have not begun upstream takes any; here the one made first stays.
func (c *cycle) moreImportant(a, b *placed) int {
	return cmp.Or(cmp.Compare(schedhelper.PodPriority(b.Pod), schedhelper.PodPriority(a.Pod)),
		c.started(a.Pod).Compare(c.started(b.Pod)), a.CreationTimestamp.Compare(b.CreationTimestamp.Time))
}

// guarded are those Pods whose disruption a budget doesn't allow.
func (c *cycle) guarded(pods []*placed) map[*placed]bool {
	out := map[*placed]bool{}
	allowed := map[string]int32{}
	budgets := registry.List[*policyv1.PodDisruptionBudget](c.r, "")
	for _, b := range budgets {
		allowed[b.Namespace+"/"+b.Name] = b.Status.DisruptionsAllowed
	}
	for _, p := range pods {
		for _, b := range budgets {
			selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
			if err != nil || selector.Empty() || b.Namespace != p.Namespace || len(p.Labels) == 0 || !selector.Matches(labels.Set(p.Labels)) {
				continue
			}
			if _, gone := b.Status.DisruptedPods[p.Name]; gone {
				continue // an eviction has counted it
			}
			key := b.Namespace + "/" + b.Name
			allowed[key]--
			if allowed[key] < 0 {
				out[p] = true
				break // upstream takes nothing from the budgets after it
			}
		}
	}
	return out
}

// choose is upstream's order of preferences among nodes; the first by name
// wins among equals.
func (c *cycle) choose(candidates []candidate) candidate {
	sum := func(x candidate) (total int64) {
		for _, p := range x.victims {
			total += int64(schedhelper.PodPriority(p)) + math.MaxInt32 + 1
		}
		return total
	}
	earliest := func(x candidate) time.Time {
		var at time.Time
		for _, p := range x.victims {
			if schedhelper.PodPriority(p) != schedhelper.PodPriority(x.victims[0]) {
				continue
			}
			if t := c.started(p); at.IsZero() || t.Before(at) {
				at = t
			}
		}
		return at
	}
	return slices.MinFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.violations, b.violations), cmp.Compare(schedhelper.PodPriority(a.victims[0]), schedhelper.PodPriority(b.victims[0])),
			cmp.Compare(sum(a), sum(b)), cmp.Compare(len(a.victims), len(b.victims)),
			earliest(b).Compare(earliest(a))) // the later start goes
	})
}

// evict sends the victims away and returns the node that is promised to p.
func (s *Scheduler) evict(p *corev1.Pod, result preemption, former string) string {
	if result.stay {
		return former
	}
	at := metav1.NewTime(s.r.Clock().Now().Truncate(time.Second))
	for _, victim := range result.victims {
		if victim.DeletionTimestamp != nil {
			continue
		}
		// A victim that has gone by itself is as good.
		_ = registry.MutateStatus(s.r, victim.Namespace, victim.Name, func(v *corev1.Pod) {
			v.Status.Conditions = append(v.Status.Conditions, corev1.PodCondition{
				Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: corev1.PodReasonPreemptionByScheduler,
				Message:            Name + ": preempting to accommodate a higher priority pod",
				LastTransitionTime: at, ObservedGeneration: v.Generation,
			})
		})
		if err := registry.Delete[*corev1.Pod](s.r, victim.Namespace, victim.Name, registry.DeleteOptions{}); err != nil {
			continue
		}
		s.r.RecordAction(victim, p, Name, "Preempting", corev1.EventTypeNormal, "Preempted",
			fmt.Sprintf("Preempted by pod %s on node %s", p.UID, result.node))
	}
	s.unpromise(p, result.node)
	return result.node
}

// unpromise takes a node from the less important Pods that it was promised to:
// they may fit elsewhere.
func (s *Scheduler) unpromise(p *corev1.Pod, node string) {
	for _, other := range registry.OnNode(s.r, "") {
		if node == "" || other.Status.NominatedNodeName != node || schedhelper.PodPriority(other) >= schedhelper.PodPriority(p) {
			continue
		}
		// A Pod that has gone meanwhile needs none.
		_ = registry.MutateStatus(s.r, other.Namespace, other.Name, func(o *corev1.Pod) { o.Status.NominatedNodeName = "" })
		s.r.Clock().Enqueue(actor, podKey(other))
	}
}
