package controller

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func statefulSetKind() schema.GroupVersionKind {
	return appsv1.SchemeGroupVersion.WithKind("StatefulSet")
}

const statefulSetComponent = "statefulset-controller"

// A StatefulSet keeps Pods with names and volumes of their own.
type StatefulSet struct {
	r *registry.Registry
	q queue
}

// NewStatefulSet registers the controller.
func NewStatefulSet(r *registry.Registry) *StatefulSet {
	c := &StatefulSet{r: r}
	c.q = newQueue(r, "statefulset", c.sync)
	registry.Watch(r, func(old, new *appsv1.StatefulSet) { c.q.addObject(either(old, new)) })
	watchPods(c.q, statefulSetKind(), func(s *appsv1.StatefulSet) labels.Selector { return selectorOf(s.Spec.Selector) })
	return c
}

// ordinal splits the name of a Pod of a StatefulSet; the number is -1 if it is
// no such name.
func ordinal(name string) (set string, n int) {
	i := strings.LastIndexByte(name, '-')
	if i < 0 {
		return "", -1
	}
	if strings.Trim(name[i+1:], "0123456789") != "" {
		return "", -1
	}
	n, err := strconv.Atoi(name[i+1:])
	if err != nil {
		return "", -1
	}
	return name[:i], n
}

func podOrdinal(p *corev1.Pod) int {
	_, n := ordinal(p.Name)
	return n
}

// A statefulSync is one sync of one StatefulSet.
type statefulSync struct {
	r               *registry.Registry
	set             *appsv1.StatefulSet // a copy
	history         history
	current, update *appsv1.ControllerRevision
	currentTemplate corev1.PodTemplateSpec
	updateTemplate  corev1.PodTemplateSpec
	collisions      int32
	status          appsv1.StatefulSetStatus

	pods      []*corev1.Pod
	replicas  []*corev1.Pod // by ordinal from the first on; those without a phase are yet to be made
	condemned []*corev1.Pod // beyond the last ordinal, the highest first
	at        time.Time
	hold      bool // a Pod that has just failed is not replaced at once
}

func (c *StatefulSet) sync(namespace, name string) error {
	set, ok := registry.Get[*appsv1.StatefulSet](c.r, namespace, name)
	if !ok {
		return nil
	}
	s := &statefulSync{r: c.r, set: set.DeepCopy(), at: c.r.Clock().Now(),
		history: history{r: c.r, owner: set, kind: statefulSetKind(), selector: selectorOf(set.Spec.Selector)}}
	if set.DeletionTimestamp == nil {
		if _, err := s.history.adopt(); err != nil {
			return err
		}
	}
	o := owner{r: c.r, object: set, kind: statefulSetKind(), selector: s.history.selector}
	pods, err := claim(o, ownedOrOrphan[*corev1.Pod](c.r, namespace, set), func(p *corev1.Pod) bool {
		parent, _ := ordinal(p.Name)
		return parent == name
	}, nil)
	if err != nil {
		return err
	}
	s.pods = pods
	revisions := s.history.list()
	if err := s.revise(revisions); err != nil {
		return err
	}
	failed := s.run()
	if err := s.writeStatus(); err != nil {
		return err
	}
	if err := s.truncate(revisions); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	if s.hold {
		c.q.after(failedWait, namespace, name)
	}
	if minReady := set.Spec.MinReadySeconds; minReady > 0 && s.status.ReadyReplicas != s.status.AvailableReplicas {
		wait, ok := nextAvailability(pods, minReady, s.at)
		if !ok {
			wait = time.Duration(minReady) * time.Second
		}
		c.q.after(wait, namespace, name)
	}
	return nil
}

// revise finds or makes the revision of the present template.
func (s *statefulSync) revise(revisions []*appsv1.ControllerRevision) error {
	if s.set.Status.CollisionCount != nil {
		s.collisions = *s.set.Status.CollisionCount
	}
	next := int64(1)
	if n := len(revisions); n > 0 {
		next = revisions[n-1].Revision + 1
	}
	patch := templatePatch(&s.set.Spec.Template)
	var equal *appsv1.ControllerRevision
	for _, rev := range revisions {
		if sameRevision(rev.Data.Raw, patch) {
			equal = rev
		}
	}
	var err error
	switch {
	case equal != nil && equal == revisions[len(revisions)-1]:
		s.update = equal
	case equal != nil: // the newest number goes back to the old template
		s.update, err = s.history.renumber(equal, next)
	default:
		s.update, err = s.history.create(&s.set.Spec.Template, next, "controller.kubernetes.io/hash", &s.collisions)
	}
	if err != nil {
		return err
	}
	s.current = s.update
	for _, rev := range revisions {
		if rev.Name == s.set.Status.CurrentRevision {
			s.current = rev
		}
	}
	if s.currentTemplate, err = templateOf(s.current); err != nil {
		return err
	}
	s.updateTemplate, err = templateOf(s.update)
	return err
}

func (s *statefulSync) first() int {
	if s.set.Spec.Ordinals != nil {
		return int(s.set.Spec.Ordinals.Start)
	}
	return 0
}

func (s *statefulSync) inRange(p *corev1.Pod) bool {
	n := podOrdinal(p)
	return n >= s.first() && n < s.first()+int(*s.set.Spec.Replicas)
}

func created(p *corev1.Pod) bool { return p.Status.Phase != "" }

func revisionOf(p *corev1.Pod) string { return p.Labels[appsv1.StatefulSetRevisionLabel] }

func (s *statefulSync) available(p *corev1.Pod) bool {
	return podAvailable(p, s.set.Spec.MinReadySeconds, s.at)
}

func (s *statefulSync) unavailable(p *corev1.Pod) bool {
	return !s.available(p) || p.DeletionTimestamp != nil
}

// count fills the numbers of the status from Pods.
func (s *statefulSync) count(pods ...*corev1.Pod) {
	st := &s.status
	st.Replicas, st.ReadyReplicas, st.AvailableReplicas, st.CurrentReplicas, st.UpdatedReplicas = 0, 0, 0, 0, 0
	for _, p := range pods {
		if !created(p) {
			continue
		}
		st.Replicas++
		if p.Status.Phase == corev1.PodRunning && podReady(p) {
			st.ReadyReplicas++
			if s.available(p) {
				st.AvailableReplicas++
			}
		}
		if p.DeletionTimestamp != nil {
			continue
		}
		if revisionOf(p) == s.current.Name {
			st.CurrentReplicas++
		}
		if revisionOf(p) == s.update.Name {
			st.UpdatedReplicas++
		}
	}
}

// run takes the next steps: Pods in order, or all at once; then those that are
// too many; then those of an old revision.
func (s *statefulSync) run() error {
	collisions := s.collisions
	s.status = appsv1.StatefulSetStatus{
		ObservedGeneration: s.set.Generation, CurrentRevision: s.current.Name, UpdateRevision: s.update.Name,
		CollisionCount: &collisions, Conditions: slices.Clone(s.set.Status.Conditions),
	}
	s.count(s.pods...)
	s.arrange()
	if s.set.DeletionTimestamp != nil {
		return nil
	}
	defer func() { s.count(slices.Concat(s.replicas, s.condemned)...) }()
	ordered := s.set.Spec.PodManagementPolicy != appsv1.ParallelPodManagement
	if stop, err := forAll(s.replicas, ordered, func(p *corev1.Pod) (bool, error) { return s.keep(p, ordered) }); stop || err != nil {
		return err
	}
	if stop, err := forAll(s.condemned, ordered, func(p *corev1.Pod) (bool, error) {
		_, err := s.ownClaims(p)
		return false, err
	}); stop || err != nil {
		return err
	}
	unhealthy := s.firstUnhealthy()
	if stop, err := forAll(s.condemned, ordered, func(p *corev1.Pod) (bool, error) { return s.condemn(p, ordered, unhealthy) }); stop || err != nil {
		return err
	}
	if s.set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
		return nil
	}
	return s.roll()
}

// forAll calls f for the Pods until it says stop, where order counts; else for
// all of them.
func forAll(pods []*corev1.Pod, ordered bool, f func(*corev1.Pod) (bool, error)) (bool, error) {
	if !ordered {
		_, err := slowStart(len(pods), func(i int) error {
			_, err := f(pods[i])
			return err
		})
		return err != nil, err
	}
	for _, p := range pods {
		if stop, err := f(p); stop || err != nil {
			return true, err
		}
	}
	return false, nil
}

// arrange sorts Pods into places; empty ones get a Pod that is yet to be made.
func (s *statefulSync) arrange() {
	s.replicas = make([]*corev1.Pod, *s.set.Spec.Replicas)
	for _, p := range s.pods {
		if s.inRange(p) {
			s.replicas[podOrdinal(p)-s.first()] = p
		} else if podOrdinal(p) >= 0 {
			s.condemned = append(s.condemned, p)
		}
	}
	for i := range s.replicas {
		if s.replicas[i] == nil {
			s.replicas[i] = s.versionedPod(s.first() + i)
		}
	}
	slices.SortFunc(s.condemned, func(a, b *corev1.Pod) int { return podOrdinal(b) - podOrdinal(a) })
}

// firstUnhealthy is the unavailable Pod with the lowest ordinal.
func (s *statefulSync) firstUnhealthy() *corev1.Pod {
	for _, p := range s.replicas {
		if s.unavailable(p) {
			return p
		}
	}
	for _, p := range slices.Backward(s.condemned) {
		if s.unavailable(p) {
			return p
		}
	}
	return nil
}

// keep makes, replaces or waits for one Pod; stop says that those after it
// have to wait.
func (s *statefulSync) keep(p *corev1.Pod, ordered bool) (stop bool, err error) {
	if podTerminal(p) {
		if justMade(p, s.at) {
			s.hold = true
			return true, nil
		}
		if p.DeletionTimestamp == nil {
			return true, s.deletePod(p)
		}
		return true, nil
	}
	if !created(p) {
		if s.claimIsStale(p) {
			return true, nil
		}
		if err := s.createPod(p); err != nil {
			return true, err
		}
		if ordered {
			return true, nil
		}
	}
	if p.Status.Phase == corev1.PodPending {
		if err := s.createClaims(p); err != nil {
			return true, err
		}
		if _, err := s.ownClaims(p); err != nil {
			return true, err
		}
	}
	if ordered && (p.DeletionTimestamp != nil || p.Status.Phase != corev1.PodRunning || !podReady(p) || !s.available(p)) {
		return true, nil
	}
	return false, s.repair(p)
}

// condemn deletes a Pod beyond the last ordinal. In order, it waits until the
// others are healthy, unless this is the one that is not.
func (s *statefulSync) condemn(p *corev1.Pod, ordered bool, unhealthy *corev1.Pod) (stop bool, err error) {
	if p.DeletionTimestamp != nil {
		return ordered, nil
	}
	if ordered && p != unhealthy && (p.Status.Phase != corev1.PodRunning || !podReady(p) || !s.available(p)) {
		return true, nil
	}
	return true, s.deletePod(p)
}

// roll replaces Pods of an old revision, from the highest ordinal down to the
// partition, as many at a time as may be unavailable.
func (s *statefulSync) roll() error {
	partition, budget := 0, 1
	if u := s.set.Spec.UpdateStrategy.RollingUpdate; u != nil {
		if u.Partition != nil {
			partition = int(*u.Partition)
		}
		if u.MaxUnavailable != nil {
			budget = max(int(scaled(u.MaxUnavailable, *s.set.Spec.Replicas, false)), 1)
		}
	}
	parallel := s.set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement
	old := func(p *corev1.Pod) bool { return revisionOf(p) != s.update.Name && p.DeletionTimestamp == nil }
	missing, stuck := 0, 0
	for _, p := range s.replicas {
		if s.unavailable(p) {
			missing++
			if parallel && old(p) {
				stuck++
			}
		}
	}
	if missing >= budget && stuck == 0 {
		return nil
	}
	var targets []*corev1.Pod // the highest ordinal first
	for i := len(s.replicas) - 1; i >= partition; i-- {
		if old(s.replicas[i]) {
			targets = append(targets, s.replicas[i])
		}
	}
	left := budget - missing
	for _, broken := range []bool{true, false} {
		for _, p := range targets {
			switch {
			case parallel && broken != !s.available(p):
				continue
			case !parallel && broken:
				continue
			case left <= 0 && !(parallel && broken):
				return nil
			}
			if err := s.deletePod(p); err != nil {
				return err
			}
			if !(parallel && broken) {
				left--
			}
		}
	}
	return nil
}

func (s *statefulSync) writeStatus() error {
	st := &s.status
	if want := *s.set.Spec.Replicas; st.UpdatedReplicas == want && st.ReadyReplicas == want && st.Replicas == want {
		st.CurrentReplicas, st.CurrentRevision = st.UpdatedReplicas, st.UpdateRevision
	}
	if equality.Semantic.DeepEqual(s.set.Status, *st) {
		return nil
	}
	return ignoreNotFound(registry.MutateStatus(s.r, s.set.Namespace, s.set.Name, func(set *appsv1.StatefulSet) { set.Status = *st }))
}

// truncate deletes the oldest revisions beyond the history limit that no Pod
// is of.
func (s *statefulSync) truncate(revisions []*appsv1.ControllerRevision) error {
	if s.set.Spec.RevisionHistoryLimit == nil {
		return nil
	}
	live := map[string]bool{s.current.Name: true, s.update.Name: true}
	for _, p := range s.pods {
		live[revisionOf(p)] = true
	}
	dead := slices.DeleteFunc(slices.Clone(revisions), func(rev *appsv1.ControllerRevision) bool { return live[rev.Name] })
	for i := range len(dead) - int(*s.set.Spec.RevisionHistoryLimit) {
		if err := s.history.delete(dead[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *statefulSync) event(verb, what string, err error) {
	word := strings.ToUpper(verb[:1]) + verb[1:]
	if err == nil {
		s.r.Record(s.set, statefulSetComponent, corev1.EventTypeNormal, "Successful"+word, fmt.Sprintf("%s %s", word, what))
		return
	}
	s.r.Record(s.set, statefulSetComponent, corev1.EventTypeWarning, "Failed"+word, fmt.Sprintf("%s %s: %s", word, what, err))
}

func (s *statefulSync) podEvent(verb string, p *corev1.Pod, err error) {
	outcome := "successful"
	if err != nil {
		outcome = "failed error"
	}
	s.event(verb, fmt.Sprintf("Pod %s in StatefulSet %s %s", p.Name, s.set.Name, outcome), err)
}
