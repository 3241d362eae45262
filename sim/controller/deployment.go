package controller

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Annotations that a Deployment and its ReplicaSets carry for the controller
// and for kubectl rollout.
const (
	revisionAnnotation        = "deployment.kubernetes.io/revision"
	revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history"
	desiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas"
	maxReplicasAnnotation     = "deployment.kubernetes.io/max-replicas"
)

// revisionHistoryMax bounds the annotation of former revisions, in bytes.
const revisionHistoryMax = 2000

func deploymentKind() schema.GroupVersionKind {
	return appsv1.SchemeGroupVersion.WithKind("Deployment")
}

// A Deployment rolls its template out by scaling ReplicaSets up and down.
type Deployment struct {
	r *registry.Registry
	q queue
}

// NewDeployment registers the controller.
func NewDeployment(r *registry.Registry) *Deployment {
	c := &Deployment{r: r}
	c.q = newQueue(r, "deployment", c.sync)
	registry.Watch(r, func(old, new *appsv1.Deployment) { c.q.addObject(either(old, new)) })
	watchOwned[*appsv1.ReplicaSet](c.q, deploymentKind(), func(d *appsv1.Deployment) labels.Selector { return selectorOf(d.Spec.Selector) })
	registry.Watch(r, func(old, new *corev1.Pod) {
		if new == nil || old != nil && podTerminal(new) && !podTerminal(old) {
			c.podGone(either(old, new))
		}
	})
	return c
}

// podGone wakes a Deployment that may be waiting for its old Pods to go.
func (c *Deployment) podGone(p *corev1.Pod) {
	ref := controlledBy(p, replicaSetKind())
	if ref == nil {
		return
	}
	rs, ok := registry.Get[*appsv1.ReplicaSet](c.r, p.Namespace, ref.Name)
	if !ok {
		return
	}
	if ref := controlledBy(rs, deploymentKind()); ref != nil {
		c.q.add(p.Namespace, ref.Name)
	}
}

func (c *Deployment) sync(namespace, name string) error {
	d, ok := registry.Get[*appsv1.Deployment](c.r, namespace, name)
	if !ok {
		return nil
	}
	selector := selectorOf(d.Spec.Selector)
	if selector.Empty() {
		return nil
	}
	sets, err := claim(owner{r: c.r, object: d, kind: deploymentKind(), selector: selector},
		ownedOrOrphan[*appsv1.ReplicaSet](c.r, namespace, d), nil, nil)
	if err != nil {
		return err
	}
	s := &rollout{r: c.r, q: c.q, d: d.DeepCopy()}
	s.sort(sets)
	if d.DeletionTimestamp != nil {
		if err := s.syncRevision(); err != nil {
			return err
		}
		return s.writeStatus(s.status())
	}
	if err := s.notePause(); err != nil {
		return err
	}
	if s.d.Spec.Paused {
		return s.scaleOnly()
	}
	scaling, err := s.scaling()
	if err != nil {
		return err
	}
	if scaling {
		return s.scaleOnly()
	}
	if s.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return s.recreate()
	}
	return s.roll()
}

// A rollout is one sync of one Deployment.
type rollout struct {
	r     *registry.Registry
	q     queue
	d     *appsv1.Deployment   // a copy that may be changed
	newRS *appsv1.ReplicaSet   // that of the present template, nil if there is none
	old   []*appsv1.ReplicaSet // all others, by age
}

// all are the ReplicaSets, old ones first.
func (s *rollout) all() []*appsv1.ReplicaSet {
	sets := slices.Clone(s.old)
	if s.newRS != nil {
		sets = append(sets, s.newRS)
	}
	return sets
}

func byAge(a, b *appsv1.ReplicaSet) int {
	if d := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); d != 0 {
		return d
	}
	return strings.Compare(a.Name, b.Name)
}

// sort tells the new ReplicaSet, the oldest one of the present template, from
// the old ones.
func (s *rollout) sort(sets []*appsv1.ReplicaSet) {
	slices.SortFunc(sets, byAge)
	s.newRS, s.old = nil, nil
	for _, rs := range sets {
		if s.newRS == nil && sameTemplate(&rs.Spec.Template, &s.d.Spec.Template) {
			s.newRS = rs
			continue
		}
		s.old = append(s.old, rs)
	}
}

// sameTemplate compares templates without the label pod-template-hash.
func sameTemplate(a, b *corev1.PodTemplateSpec) bool {
	without := func(t *corev1.PodTemplateSpec) *corev1.PodTemplateSpec {
		t = &corev1.PodTemplateSpec{ObjectMeta: t.ObjectMeta, Spec: t.Spec}
		t.Labels = maps.Clone(t.Labels)
		delete(t.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
		return t
	}
	return equality.Semantic.DeepEqual(without(a), without(b))
}

// replace puts a newer version of a ReplicaSet where the older one was.
func (s *rollout) replace(rs *appsv1.ReplicaSet) {
	if s.newRS != nil && s.newRS.UID == rs.UID {
		s.newRS = rs
		return
	}
	for i := range s.old {
		if s.old[i].UID == rs.UID {
			s.old[i] = rs
		}
	}
}

func replicasOf(sets ...*appsv1.ReplicaSet) (n int32) {
	for _, rs := range sets {
		if rs != nil {
			n += *rs.Spec.Replicas
		}
	}
	return n
}

func active(sets []*appsv1.ReplicaSet) []*appsv1.ReplicaSet {
	return slices.DeleteFunc(slices.Clone(sets), func(rs *appsv1.ReplicaSet) bool { return *rs.Spec.Replicas == 0 })
}

// flush writes the Deployment's status and annotations.
func (s *rollout) flush() error {
	d, err := registry.UpdateStatus(s.r, s.d)
	if err != nil {
		return ignoreNotFound(err)
	}
	s.d = d.DeepCopy()
	return nil
}

// revision is the number in the annotation, 0 without one.
func revision(o metav1.Object) int64 {
	n, err := strconv.ParseInt(o.GetAnnotations()[revisionAnnotation], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (s *rollout) nextRevision() int64 {
	var last int64
	for _, rs := range s.old {
		last = max(last, revision(rs))
	}
	return last + 1
}

// syncRevision brings the annotations of the new ReplicaSet, if it exists, and
// the Deployment's revision up to date.
func (s *rollout) syncRevision() error {
	if s.newRS == nil {
		return nil
	}
	rs := s.newRS.DeepCopy()
	changed := s.annotate(rs, s.nextRevision(), true)
	if changed || rs.Spec.MinReadySeconds != s.d.Spec.MinReadySeconds {
		rs.Spec.MinReadySeconds = s.d.Spec.MinReadySeconds
		updated, err := registry.Update(s.r, rs)
		if err != nil {
			return err
		}
		s.replace(updated)
		return nil
	}
	write := s.setRevision(rs.Annotations[revisionAnnotation])
	if s.hasDeadline() && progressing(&s.d.Status) == nil {
		s.setCondition(&s.d.Status, appsv1.DeploymentProgressing, corev1.ConditionTrue, reasonFound, fmt.Sprintf("Found new replica set %q", rs.Name))
		write = true
	}
	if write {
		return s.flush()
	}
	return nil
}

func (s *rollout) setRevision(revision string) bool {
	if s.d.Annotations[revisionAnnotation] == revision {
		return false
	}
	if s.d.Annotations == nil {
		s.d.Annotations = map[string]string{}
	}
	s.d.Annotations[revisionAnnotation] = revision
	return true
}

// ownAnnotation reports whether an annotation stays with its object.
func ownAnnotation(key string) bool {
	switch key {
	case corev1.LastAppliedConfigAnnotation, revisionAnnotation, revisionHistoryAnnotation,
		desiredReplicasAnnotation, maxReplicasAnnotation, appsv1.DeprecatedRollbackTo:
		return true
	}
	return false
}

// annotate copies the Deployment's annotations to rs and gives it the revision
// if that is newer, remembering the former one. exists says that rs is in the
// cluster already, so that its numbers are the scaling's business.
func (s *rollout) annotate(rs *appsv1.ReplicaSet, revisionNew int64, exists bool) bool {
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	before := maps.Clone(rs.Annotations)
	for k, v := range s.d.Annotations {
		if !ownAnnotation(k) {
			rs.Annotations[k] = v
		}
	}
	if former, had := rs.Annotations[revisionAnnotation]; revision(rs) < revisionNew {
		rs.Annotations[revisionAnnotation] = strconv.FormatInt(revisionNew, 10)
		if had {
			rs.Annotations[revisionHistoryAnnotation] = appendRevision(rs.Annotations[revisionHistoryAnnotation], former)
		}
	}
	if !exists {
		s.setReplicasAnnotations(rs)
	}
	return !maps.Equal(before, rs.Annotations)
}

// appendRevision adds a revision to the list, dropping the oldest ones where
// the list would become too long.
func appendRevision(history, revision string) string {
	var list []string
	if history != "" {
		list = strings.Split(history, ",")
	}
	list = append(list, revision)
	for len(list) > 1 && len(strings.Join(list, ",")) > revisionHistoryMax {
		list = list[1:]
	}
	return strings.Join(list, ",")
}

func (s *rollout) setReplicasAnnotations(rs *appsv1.ReplicaSet) bool {
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	desired := strconv.Itoa(int(*s.d.Spec.Replicas))
	most := strconv.Itoa(int(*s.d.Spec.Replicas + maxSurge(s.d)))
	changed := rs.Annotations[desiredReplicasAnnotation] != desired || rs.Annotations[maxReplicasAnnotation] != most
	rs.Annotations[desiredReplicasAnnotation], rs.Annotations[maxReplicasAnnotation] = desired, most
	return changed
}

// ensureNew makes the ReplicaSet of the present template if there is none.
func (s *rollout) ensureNew() error {
	if s.newRS != nil {
		return s.syncRevision()
	}
	hash := templateHash(&s.d.Spec.Template, s.d.Status.CollisionCount)
	rs := s.newReplicaSet(hash)
	next := s.nextRevision()
	s.annotate(rs, next, false)
	created, err := registry.Create(s.r, rs)
	known := false
	if apierrors.IsAlreadyExists(err) {
		other, ok := registry.Get[*appsv1.ReplicaSet](s.r, rs.Namespace, rs.Name)
		if !ok || !metav1.IsControlledBy(other, s.d) || !sameTemplate(&other.Spec.Template, &s.d.Spec.Template) {
			return s.collide(err)
		}
		created, err, known = other, nil, true
	}
	if err != nil {
		return s.noteCreateError(rs.Name, err)
	}
	s.newRS = created
	if n := *created.Spec.Replicas; !known && n > 0 {
		s.event(corev1.EventTypeNormal, "ScalingReplicaSet", fmt.Sprintf("Scaled up replica set %s from 0 to %d", created.Name, n))
	}
	write := s.setRevision(strconv.FormatInt(next, 10))
	if !known && s.hasDeadline() {
		s.setCondition(&s.d.Status, appsv1.DeploymentProgressing, corev1.ConditionTrue, reasonCreated, fmt.Sprintf("Created new replica set %q", created.Name))
		write = true
	}
	if write {
		return s.flush()
	}
	return nil
}

func (s *rollout) newReplicaSet(hash string) *appsv1.ReplicaSet {
	template := *s.d.Spec.Template.DeepCopy()
	if template.Labels == nil {
		template.Labels = map[string]string{}
	}
	template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	selector := s.d.Spec.Selector.DeepCopy()
	if selector.MatchLabels == nil {
		selector.MatchLabels = map[string]string{}
	}
	selector.MatchLabels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	prefix := s.d.Name[:min(len(s.d.Name), nameMax-1-len(hash))]
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: prefix + "-" + hash, Namespace: s.d.Namespace, Labels: maps.Clone(template.Labels),
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(s.d, deploymentKind())},
		},
		Spec: appsv1.ReplicaSetSpec{MinReadySeconds: s.d.Spec.MinReadySeconds, Selector: selector, Template: template},
	}
	n := s.newSize(0)
	rs.Spec.Replicas = &n
	return rs
}

// collide notes that another ReplicaSet has the name that the hash gave, so
// that the next hash will differ.
func (s *rollout) collide(err error) error {
	var n int32
	if s.d.Status.CollisionCount != nil {
		n = *s.d.Status.CollisionCount
	}
	n++
	s.d.Status.CollisionCount = &n
	if e := s.flush(); e != nil {
		return e
	}
	return err
}

func (s *rollout) noteCreateError(name string, err error) error {
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return err
	}
	message := fmt.Sprintf("Failed to create new replica set %q: %v", name, err)
	if s.hasDeadline() {
		s.setCondition(&s.d.Status, appsv1.DeploymentProgressing, corev1.ConditionFalse, reasonCreateError, message)
		if e := s.flush(); e != nil {
			return e
		}
	}
	s.event(corev1.EventTypeWarning, reasonCreateError, message)
	return err
}

func (s *rollout) event(eventType, reason, message string) {
	s.r.Record(s.d, "deployment-controller", eventType, reason, message)
}

// hasDeadline reports whether the Deployment has a progress deadline.
func (s *rollout) hasDeadline() bool {
	return s.d.Spec.ProgressDeadlineSeconds != nil && *s.d.Spec.ProgressDeadlineSeconds != math.MaxInt32
}

func (s *rollout) deadline() time.Duration {
	return time.Duration(*s.d.Spec.ProgressDeadlineSeconds) * time.Second
}
