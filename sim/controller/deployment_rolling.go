package controller

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// fenceposts are the Pods that a rolling update may have too many and too few.
// A share is rounded up for the surge and down for what may be missing; if
// both come to nothing, one may be missing, or nothing could ever be replaced.
func fenceposts(maxSurge, maxUnavailable *intstr.IntOrString, desired int32) (surge, unavailable int32) {
	surge = scaled(maxSurge, desired, true)
	unavailable = scaled(maxUnavailable, desired, false)
	if surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, unavailable
}

// scaled is a number or a share of total; nil and what is invalid is 0.
func scaled(v *intstr.IntOrString, total int32, up bool) int32 {
	if v == nil {
		return 0
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(v, int(total), up)
	if err != nil {
		return 0
	}
	return int32(n)
}

func rolling(d *appsv1.Deployment) bool {
	return d.Spec.Strategy.Type == appsv1.RollingUpdateDeploymentStrategyType && d.Spec.Strategy.RollingUpdate != nil
}

func maxSurge(d *appsv1.Deployment) int32 {
	if !rolling(d) {
		return 0
	}
	surge, _ := fenceposts(d.Spec.Strategy.RollingUpdate.MaxSurge, d.Spec.Strategy.RollingUpdate.MaxUnavailable, *d.Spec.Replicas)
	return surge
}

func maxUnavailable(d *appsv1.Deployment) int32 {
	if !rolling(d) || *d.Spec.Replicas == 0 {
		return 0
	}
	_, n := fenceposts(d.Spec.Strategy.RollingUpdate.MaxSurge, d.Spec.Strategy.RollingUpdate.MaxUnavailable, *d.Spec.Replicas)
	return min(n, *d.Spec.Replicas)
}

// newSize is the size that the new ReplicaSet, now of size current, may have.
func (s *rollout) newSize(current int32) int32 {
	want := *s.d.Spec.Replicas
	if !rolling(s.d) {
		return want
	}
	room := want + scaled(s.d.Spec.Strategy.RollingUpdate.MaxSurge, want, true) - replicasOf(s.old...) - current
	if room <= 0 {
		return current
	}
	return current + min(room, want-current)
}

// scaleTo gives rs a new size and notes the Deployment's own numbers on it. It
// reports whether the size changed.
func (s *rollout) scaleTo(rs *appsv1.ReplicaSet, size int32) (bool, error) {
	before := *rs.Spec.Replicas
	changed := rs.DeepCopy()
	if noted := s.setReplicasAnnotations(changed); before == size && !noted {
		return false, nil
	}
	changed.Spec.Replicas = &size
	updated, err := registry.Update(s.r, changed)
	if err != nil {
		return false, err
	}
	s.replace(updated)
	if before == size {
		return false, nil
	}
	direction := "down"
	if before < size {
		direction = "up"
	}
	s.event(corev1.EventTypeNormal, "ScalingReplicaSet",
		fmt.Sprintf("Scaled %s replica set %s from %d to %d", direction, rs.Name, before, size))
	return true, nil
}

// scaleIf is scaleTo unless the size is right already.
func (s *rollout) scaleIf(rs *appsv1.ReplicaSet, size int32) (bool, error) {
	if *rs.Spec.Replicas == size {
		return false, nil
	}
	return s.scaleTo(rs, size)
}

// roll takes one step of a rolling update: either the new ReplicaSet grows or
// old ones shrink, and the rest waits for the outcome.
func (s *rollout) roll() error {
	if err := s.ensureNew(); err != nil {
		return err
	}
	want := *s.d.Spec.Replicas
	size := want
	if n := *s.newRS.Spec.Replicas; n < want {
		size = s.newSize(n)
	}
	grown, err := s.scaleIf(s.newRS, size)
	if err != nil {
		return err
	}
	if grown {
		return s.writeRolloutStatus()
	}
	shrunk, err := s.shrinkOld()
	if err != nil {
		return err
	}
	if !shrunk && complete(s.d, &s.d.Status) {
		if err := s.cleanUp(); err != nil {
			return err
		}
	}
	return s.writeRolloutStatus()
}

// shrinkOld takes away old Pods as far as enough remain available: first those
// that are not available anyway, then others, from the oldest ReplicaSet on.
func (s *rollout) shrinkOld() (bool, error) {
	if len(active(s.old)) == 0 {
		return false, nil
	}
	least := *s.d.Spec.Replicas - maxUnavailable(s.d)
	missing := *s.newRS.Spec.Replicas - s.newRS.Status.AvailableReplicas
	budget := replicasOf(s.all()...) - least - missing
	if budget <= 0 {
		return false, nil
	}
	var taken int32
	for _, rs := range active(s.old) {
		n := min(budget-taken, *rs.Spec.Replicas-rs.Status.AvailableReplicas)
		if n <= 0 {
			continue
		}
		if _, err := s.scaleIf(rs, *rs.Spec.Replicas-n); err != nil {
			return false, err
		}
		taken += n
	}
	var available int32
	for _, rs := range s.all() {
		available += rs.Status.AvailableReplicas
	}
	spare := available - least
	for _, rs := range active(s.old) {
		n := min(spare, *rs.Spec.Replicas)
		if n <= 0 {
			continue
		}
		if _, err := s.scaleIf(rs, *rs.Spec.Replicas-n); err != nil {
			return false, err
		}
		spare -= n
		taken += n
	}
	return taken > 0, nil
}

// recreate replaces all Pods at once: the new ones come when the old are gone.
func (s *rollout) recreate() error {
	if err := s.syncRevision(); err != nil {
		return err
	}
	shrunk := false
	for _, rs := range active(s.old) {
		did, err := s.scaleIf(rs, 0)
		if err != nil {
			return err
		}
		shrunk = shrunk || did
	}
	if shrunk || s.oldPodsRun() {
		return s.writeRolloutStatus()
	}
	if s.newRS == nil {
		if err := s.ensureNew(); err != nil {
			return err
		}
	}
	if _, err := s.scaleIf(s.newRS, *s.d.Spec.Replicas); err != nil {
		return err
	}
	if complete(s.d, &s.d.Status) {
		if err := s.cleanUp(); err != nil {
			return err
		}
	}
	return s.writeRolloutStatus()
}

func (s *rollout) oldPodsRun() bool {
	for _, rs := range s.old {
		if rs.Status.Replicas > 0 {
			return true
		}
	}
	for _, rs := range s.old {
		if slices.ContainsFunc(controlled[*corev1.Pod](s.r, rs), func(p *corev1.Pod) bool { return !podTerminal(p) }) {
			return true
		}
	}
	return false
}

// scaling reports whether the Deployment's size changed since its ReplicaSets
// were last scaled.
func (s *rollout) scaling() (bool, error) {
	if err := s.syncRevision(); err != nil {
		return false, err
	}
	for _, rs := range active(s.all()) {
		n, err := strconv.ParseUint(rs.Annotations[desiredReplicasAnnotation], 10, 31)
		if err == nil && int32(n) != *s.d.Spec.Replicas {
			return true, nil
		}
	}
	return false, nil
}

// scaleOnly follows a changed size without rolling anything out.
func (s *rollout) scaleOnly() error {
	if err := s.syncRevision(); err != nil {
		return err
	}
	if err := s.scale(); err != nil {
		return err
	}
	if s.d.Spec.Paused {
		if err := s.cleanUp(); err != nil {
			return err
		}
	}
	return s.writeStatus(s.status())
}

func (s *rollout) scale() error {
	if rs := s.activeOrLatest(); rs != nil {
		_, err := s.scaleIf(rs, *s.d.Spec.Replicas)
		return err
	}
	if s.saturated() {
		for _, rs := range active(s.old) {
			if _, err := s.scaleIf(rs, 0); err != nil {
				return err
			}
		}
		return nil
	}
	if rolling(s.d) {
		return s.scaleProportionally()
	}
	return nil
}

// activeOrLatest is the only ReplicaSet with Pods, or the latest if none has
// any; nil if several have.
func (s *rollout) activeOrLatest() *appsv1.ReplicaSet {
	switch running := active(s.all()); {
	case len(running) == 1:
		return running[0]
	case len(running) > 1:
		return nil
	case s.newRS != nil:
		return s.newRS
	case len(s.old) > 0:
		return s.old[len(s.old)-1]
	}
	return nil
}

// saturated reports whether the new ReplicaSet has all the Pods there should be.
func (s *rollout) saturated() bool {
	if s.newRS == nil {
		return false
	}
	want := *s.d.Spec.Replicas
	desired, err := strconv.Atoi(s.newRS.Annotations[desiredReplicasAnnotation])
	return err == nil && int32(desired) == want && *s.newRS.Spec.Replicas == want && s.newRS.Status.AvailableReplicas == want
}

// scaleProportionally shares the Pods to add or remove among the ReplicaSets
// of a rollout that is under way, by their size; what rounding leaves goes to
// the largest.
func (s *rollout) scaleProportionally() error {
	sets := active(s.all())
	var allowed int32
	if *s.d.Spec.Replicas > 0 {
		allowed = *s.d.Spec.Replicas + maxSurge(s.d)
	}
	add := allowed - replicasOf(sets...)
	slices.SortFunc(sets, func(a, b *appsv1.ReplicaSet) int {
		if d := *b.Spec.Replicas - *a.Spec.Replicas; d != 0 || add == 0 {
			return int(d)
		}
		if add > 0 { // the newer grows first
			return byAge(b, a)
		}
		return byAge(a, b)
	})
	sizes := make([]int32, len(sets))
	var added int32
	for i, rs := range sets {
		n := s.proportion(rs, add, added)
		sizes[i] = *rs.Spec.Replicas + n
		added += n
	}
	for i, rs := range sets {
		if i == 0 && add != 0 {
			sizes[i] = max(sizes[i]+add-added, 0)
		}
		if _, err := s.scaleTo(rs, sizes[i]); err != nil {
			return err
		}
	}
	return nil
}

// proportion is the share of rs of the Pods to add, of which some are given
// away already; negative numbers are removals.
func (s *rollout) proportion(rs *appsv1.ReplicaSet, add, added int32) int32 {
	if *rs.Spec.Replicas == 0 || add == 0 || add == added {
		return 0
	}
	n := s.fraction(rs)
	if add > 0 {
		return min(n, add-added)
	}
	return max(n, add-added)
}

func (s *rollout) fraction(rs *appsv1.ReplicaSet) int32 {
	size := *rs.Spec.Replicas
	if *s.d.Spec.Replicas == 0 {
		return -size
	}
	before := s.d.Status.Replicas
	if n, err := strconv.ParseUint(rs.Annotations[maxReplicasAnnotation], 10, 31); err == nil && n > 0 {
		before = int32(n)
	}
	if before == 0 {
		return 0
	}
	most := *s.d.Spec.Replicas + maxSurge(s.d)
	return int32(math.Round(float64(size)*float64(most)/float64(before))) - size
}

// cleanUp deletes the oldest revisions beyond the history limit, as far as
// they have no Pods.
func (s *rollout) cleanUp() error {
	if s.d.Spec.RevisionHistoryLimit == nil || *s.d.Spec.RevisionHistoryLimit == math.MaxInt32 {
		return nil
	}
	sets := slices.DeleteFunc(slices.Clone(s.old), func(rs *appsv1.ReplicaSet) bool { return rs.DeletionTimestamp != nil })
	surplus := len(sets) - int(*s.d.Spec.RevisionHistoryLimit)
	if surplus <= 0 {
		return nil
	}
	slices.SortStableFunc(sets, func(a, b *appsv1.ReplicaSet) int {
		if d := revision(a) - revision(b); d != 0 {
			return int(d)
		}
		return byAge(a, b)
	})
	for _, rs := range sets[:surplus] {
		if rs.Status.Replicas != 0 || *rs.Spec.Replicas != 0 || rs.Generation > rs.Status.ObservedGeneration {
			continue
		}
		err := registry.Delete[*appsv1.ReplicaSet](s.r, rs.Namespace, rs.Name, registry.DeleteOptions{})
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}
