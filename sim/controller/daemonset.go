package controller

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	schedhelper "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

func daemonSetKind() schema.GroupVersionKind { return appsv1.SchemeGroupVersion.WithKind("DaemonSet") }

const daemonSetComponent = "daemonset-controller"

// A DaemonSet keeps one Pod on every node that suits it.
type DaemonSet struct {
	r *registry.Registry
	q queue
}

// NewDaemonSet registers the controller.
func NewDaemonSet(r *registry.Registry) *DaemonSet {
	c := &DaemonSet{r: r}
	c.q = newQueue(r, "daemonset", c.sync)
	registry.Watch(r, func(old, new *appsv1.DaemonSet) {
		c.q.addObject(either(old, new))
		if new == nil {
			r.Remember(daemonMemory(old), nil)
		}
	})
	watchPods(c.q, daemonSetKind(), func(d *appsv1.DaemonSet) labels.Selector { return selectorOf(d.Spec.Selector) })
	nodes := newQueue(r, "daemonset-node", c.syncNode)
	registry.Watch(r, func(old, new *corev1.Node) {
		// As upstream's: the end of a node is noticed with the next change only.
		if new != nil && (old == nil || !maps.Equal(old.Labels, new.Labels) || !equality.Semantic.DeepEqual(old.Spec.Taints, new.Spec.Taints)) {
			nodes.add("", new.Name)
		}
	})
	return c
}

// syncNode wakes the DaemonSets that a node's change concerns.
func (c *DaemonSet) syncNode(_, name string) error {
	node, ok := registry.Get[*corev1.Node](c.r, "", name)
	if !ok {
		return nil
	}
	onNode := registry.OnNode(c.r, name)
	for _, d := range registry.List[*appsv1.DaemonSet](c.r, "") {
		should, stay := suits(d, node)
		runs := slices.ContainsFunc(onNode, func(p *corev1.Pod) bool { return metav1.IsControlledBy(p, d) })
		if should && !runs || !stay && runs || runs && d.Status.NumberMisscheduled > 0 {
			c.q.addObject(d)
		}
	}
	return nil
}

// daemonTolerations are what every Pod of a DaemonSet tolerates besides what
// its template says.
func daemonTolerations(spec *corev1.PodSpec) []corev1.Toleration {
	own := []corev1.Toleration{
		{Key: corev1.TaintNodeNotReady, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute},
		{Key: corev1.TaintNodeUnreachable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute},
		{Key: corev1.TaintNodeDiskPressure, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
		{Key: corev1.TaintNodeMemoryPressure, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
		{Key: corev1.TaintNodePIDPressure, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
		{Key: corev1.TaintNodeUnschedulable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
	}
	if spec.HostNetwork {
		own = append(own, corev1.Toleration{Key: corev1.TaintNodeNetworkUnavailable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule})
	}
	all := slices.Clone(spec.Tolerations)
	for _, t := range own {
		i := slices.IndexFunc(all, func(x corev1.Toleration) bool { return x.MatchToleration(&t) })
		if i >= 0 {
			all[i] = t
		} else {
			all = append(all, t)
		}
	}
	return all
}

// suits reports whether a DaemonSet should have a Pod on a node, and whether
// one that is there may stay.
func suits(d *appsv1.DaemonSet, node *corev1.Node) (should, stay bool) {
	spec := &d.Spec.Template.Spec
	if spec.NodeName != "" && spec.NodeName != node.Name {
		return false, false
	}
	if ok, err := nodeaffinity.NewRequiredNodeAffinity(spec.NodeSelector, spec.Affinity).Match(node); !ok || err != nil {
		return false, false
	}
	tolerations := daemonTolerations(spec)
	refused := func(effects ...corev1.TaintEffect) bool {
		_, found := schedhelper.FindMatchingUntoleratedTaint(klog.Logger{}, node.Spec.Taints, tolerations, func(t *corev1.Taint) bool {
			return slices.Contains(effects, t.Effect)
		}, false)
		return found
	}
	return !refused(corev1.TaintEffectNoExecute, corev1.TaintEffectNoSchedule), !refused(corev1.TaintEffectNoExecute)
}

// A daemonSync is one sync of one DaemonSet.
type daemonSync struct {
	podMaker
	q     queue
	ds    *appsv1.DaemonSet
	nodes []*corev1.Node
	pods  map[string][]*corev1.Pod // by the node that they are meant for
	names []string                 // of those nodes, in order
	hash  string                   // of the present template's revision
}

func (c *DaemonSet) sync(namespace, name string) error {
	ds, ok := registry.Get[*appsv1.DaemonSet](c.r, namespace, name)
	if !ok || ds.DeletionTimestamp != nil {
		return nil
	}
	selector := selectorOf(ds.Spec.Selector)
	if selector.Empty() {
		c.r.Record(ds, daemonSetComponent, corev1.EventTypeWarning, "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.")
		return nil
	}
	s := &daemonSync{podMaker: podMaker{r: c.r, component: daemonSetComponent, owner: ds, kind: daemonSetKind()}, q: c.q, ds: ds,
		nodes: registry.List[*corev1.Node](c.r, "")}
	cur, old, err := s.revise()
	if err != nil {
		return err
	}
	s.hash = cur.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]
	failed := s.reconcile(old)
	if err := s.collect(); err != nil {
		return err
	}
	if err := s.writeStatus(); err != nil {
		return err
	}
	return failed
}

func (s *daemonSync) reconcile(old []*appsv1.ControllerRevision) error {
	if err := s.collect(); err != nil {
		return err
	}
	missing, remove := s.plan()
	if err := s.apply(missing, remove); err != nil {
		return err
	}
	if s.ds.Spec.UpdateStrategy.Type == appsv1.RollingUpdateDaemonSetStrategyType && len(missing)+len(remove) == 0 {
		missing, remove = s.roll()
		if err := s.apply(missing, remove); err != nil {
			return err
		}
	}
	return s.truncate(old)
}

// revise finds or makes the revision of the present template; old are others.
func (s *daemonSync) revise() (cur *appsv1.ControllerRevision, old []*appsv1.ControllerRevision, err error) {
	h := history{r: s.r, owner: s.ds, kind: daemonSetKind(), selector: selectorOf(s.ds.Spec.Selector)}
	all, err := h.adopt()
	if err != nil {
		return nil, nil, err
	}
	patch := templatePatch(&s.ds.Spec.Template)
	var last int64
	for _, rev := range all {
		if sameRevision(rev.Data.Raw, patch) {
			cur = rev
			continue
		}
		old = append(old, rev)
		last = max(last, rev.Revision)
	}
	if cur != nil {
		if cur.Revision <= last {
			cur, err = h.renumber(cur, last+1)
		}
		return cur, old, err
	}
	var collisions int32
	if s.ds.Status.CollisionCount != nil {
		collisions = *s.ds.Status.CollisionCount
	}
	before := collisions
	cur, err = h.create(&s.ds.Spec.Template, last+1, appsv1.DefaultDaemonSetUniqueLabelKey, &collisions)
	if err == nil && collisions != before {
		err = registry.MutateStatus(s.r, s.ds.Namespace, s.ds.Name, func(d *appsv1.DaemonSet) { d.Status.CollisionCount = &collisions })
	}
	return cur, old, err
}

func (s *daemonSync) truncate(old []*appsv1.ControllerRevision) error {
	if s.ds.Spec.RevisionHistoryLimit == nil {
		return nil
	}
	live := map[string]bool{}
	for _, name := range s.names {
		for _, p := range s.pods[name] {
			live[p.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]] = true
		}
	}
	h := history{r: s.r, owner: s.ds}
	surplus := len(old) - int(*s.ds.Spec.RevisionHistoryLimit)
	for _, rev := range old {
		if surplus <= 0 {
			break
		}
		if live[rev.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]] {
			continue
		}
		if err := h.delete(rev); err != nil {
			return err
		}
		surplus--
	}
	return nil
}

// targetNode is the node that a Pod runs on or was made for.
func targetNode(p *corev1.Pod) string {
	if p.Spec.NodeName != "" {
		return p.Spec.NodeName
	}
	if p.Spec.Affinity == nil || p.Spec.Affinity.NodeAffinity == nil || p.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return ""
	}
	for _, term := range p.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		for _, f := range term.MatchFields {
			if f.Key == metav1.ObjectNameField && f.Operator == corev1.NodeSelectorOpIn && len(f.Values) == 1 {
				return f.Values[0]
			}
		}
	}
	return ""
}

// collect claims Pods and sorts them by node.
func (s *daemonSync) collect() error {
	o := owner{r: s.r, object: s.ds, kind: daemonSetKind(), selector: selectorOf(s.ds.Spec.Selector)}
	pods, err := claim(o, ownedOrOrphan[*corev1.Pod](s.r, s.ds.Namespace, s.ds), nil, nil)
	if err != nil {
		return err
	}
	s.pods, s.names = map[string][]*corev1.Pod{}, nil
	for _, p := range pods {
		node := targetNode(p)
		if node == "" || podTerminal(p) && p.DeletionTimestamp != nil {
			continue
		}
		if s.pods[node] == nil {
			s.names = append(s.names, node)
		}
		s.pods[node] = append(s.pods[node], p)
	}
	slices.Sort(s.names)
	for _, list := range s.pods {
		slices.SortStableFunc(list, func(a, b *corev1.Pod) int {
			if (a.Spec.NodeName == "") != (b.Spec.NodeName == "") {
				return first(a.Spec.NodeName != "")
			}
			if d := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); d != 0 {
				return d
			}
			return strings.Compare(a.Name, b.Name)
		})
	}
	return nil
}

// apply makes Pods for nodes and deletes others.
func (s *daemonSync) apply(nodes []string, pods []*corev1.Pod) error {
	nodes, pods = nodes[:min(len(nodes), burstMax)], pods[:min(len(pods), burstMax)]
	_, failed := slowStart(len(nodes), func(i int) error { return s.create(s.template(nodes[i]), "") })
	for _, p := range pods {
		if err := s.delete(p.Name); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// template is that of the Pod for one node, to which it is bound by affinity.
func (s *daemonSync) template(node string) *corev1.PodTemplateSpec {
	t := s.ds.Spec.Template.DeepCopy()
	t.Spec.Tolerations = daemonTolerations(&t.Spec)
	if t.Labels == nil {
		t.Labels = map[string]string{}
	}
	if generation, ok := s.ds.Annotations[appsv1.DeprecatedTemplateGeneration]; ok {
		t.Labels["pod-template-generation"] = generation
	}
	t.Labels[appsv1.DefaultDaemonSetUniqueLabelKey] = s.hash
	if t.Spec.Affinity == nil {
		t.Spec.Affinity = &corev1.Affinity{}
	}
	if t.Spec.Affinity.NodeAffinity == nil {
		t.Spec.Affinity.NodeAffinity = &corev1.NodeAffinity{}
	}
	t.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{
			{Key: metav1.ObjectNameField, Operator: corev1.NodeSelectorOpIn, Values: []string{node}},
		}}},
	}
	return t
}

// updated reports whether a Pod is of the present template.
func (s *daemonSync) updated(p *corev1.Pod) bool {
	generation, ok := s.ds.Annotations[appsv1.DeprecatedTemplateGeneration]
	return s.hash != "" && p.Labels[appsv1.DefaultDaemonSetUniqueLabelKey] == s.hash ||
		ok && p.Labels["pod-template-generation"] == generation
}

func (s *daemonSync) available(p *corev1.Pod) bool {
	return podAvailable(p, s.ds.Spec.MinReadySeconds, s.r.Clock().Now())
}

func (s *daemonSync) writeStatus() error {
	var st appsv1.DaemonSetStatus
	for _, node := range s.nodes {
		should, _ := suits(s.ds, node)
		list := s.pods[node.Name]
		switch {
		case !should && len(list) > 0:
			st.NumberMisscheduled++
		case should:
			st.DesiredNumberScheduled++
		}
		if !should || len(list) == 0 {
			continue
		}
		st.CurrentNumberScheduled++
		p := list[0]
		if podReady(p) {
			st.NumberReady++
			if s.available(p) {
				st.NumberAvailable++
			}
		}
		if s.updated(p) {
			st.UpdatedNumberScheduled++
		}
	}
	st.NumberUnavailable = st.DesiredNumberScheduled - st.NumberAvailable
	err := registry.MutateStatus(s.r, s.ds.Namespace, s.ds.Name, func(d *appsv1.DaemonSet) {
		st.ObservedGeneration, st.CollisionCount, st.Conditions = d.Generation, d.Status.CollisionCount, d.Status.Conditions
		d.Status = st
	})
	if err != nil {
		return ignoreNotFound(err)
	}
	var all []*corev1.Pod // those of a surge, too, which no number counts
	for _, name := range s.names {
		all = append(all, s.pods[name]...)
	}
	if wait, ok := nextAvailability(all, s.ds.Spec.MinReadySeconds, s.r.Clock().Now()); ok {
		s.q.after(wait, s.ds.Namespace, s.ds.Name)
	}
	return nil
}

func (s *daemonSync) event(eventType, reason, message string) {
	s.r.Record(s.ds, daemonSetComponent, eventType, reason, message)
}

// replaceEnded sorts out Pods that ended, which are deleted to make room.
func (s *daemonSync) replaceEnded(node string, list []*corev1.Pod) (running, remove []*corev1.Pod) {
	for _, p := range list {
		switch {
		case p.DeletionTimestamp != nil:
		case p.Status.Phase == corev1.PodFailed:
			if wait := s.backoff(node); wait > 0 {
				s.q.after(wait, s.ds.Namespace, s.ds.Name)
				continue
			}
			s.event(corev1.EventTypeWarning, "FailedDaemonPod",
				fmt.Sprintf("Found failed daemon pod %s/%s on node %s, will try to kill it", p.Namespace, p.Name, node))
			remove = append(remove, p)
		case p.Status.Phase == corev1.PodSucceeded:
			s.event(corev1.EventTypeNormal, "SucceededDaemonPod",
				fmt.Sprintf("Found succeeded daemon pod %s/%s on node %s, will try to delete it", p.Namespace, p.Name, node))
			remove = append(remove, p)
		default:
			running = append(running, p)
		}
	}
	return running, remove
}

// A Pod that has failed is deleted at once, the next one on its node and of its
// generation only daemonBackoff later, and so on, each time after twice the
// time; it is forgotten when nothing has failed for twice the longest.
const (
	daemonBackoff    = time.Second
	daemonBackoffMax = 15 * time.Minute
)

type daemonWait struct {
	since time.Time // when a failed Pod was deleted
	wait  time.Duration
}

// daemonMemory is where the waits of a DaemonSet are remembered, by generation
// and node.
func daemonMemory(d *appsv1.DaemonSet) string { return "daemonset-backoff " + string(d.UID) }

// backoff is how long a failed Pod stands; where that is nothing, it is taken to
// be deleted now. The wait is counted anew at each look, as upstream's.
func (s *daemonSync) backoff(node string) time.Duration {
	key := fmt.Sprintf("%d/%s", s.ds.Status.ObservedGeneration, node)
	waits, _ := s.r.Recall(daemonMemory(s.ds)).(map[string]daemonWait)
	at := s.r.Clock().Now()
	w := waits[key]
	if at.Sub(w.since) > 2*daemonBackoffMax {
		w = daemonWait{}
	}
	if at.Sub(w.since) < w.wait {
		return w.wait
	}
	waits = maps.Clone(waits)
	if waits == nil {
		waits = map[string]daemonWait{}
	}
	waits[key] = daemonWait{since: at, wait: min(max(2*w.wait, daemonBackoff), daemonBackoffMax)}
	s.r.Remember(daemonMemory(s.ds), waits)
	return 0
}
