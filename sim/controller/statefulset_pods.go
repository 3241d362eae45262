package controller

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// versionedPod is a Pod to be made: of the current revision below the
// partition, else of the update's.
func (s *statefulSync) versionedPod(n int) *corev1.Pod {
	template, revision := s.updateTemplate, s.update.Name
	current := false
	switch u := s.set.Spec.UpdateStrategy; {
	case u.RollingUpdate != nil && u.RollingUpdate.Partition != nil:
		current = n < s.first()+int(*u.RollingUpdate.Partition)
	case u.Type == appsv1.RollingUpdateStatefulSetStrategyType && u.RollingUpdate == nil:
		current = n < s.first()+int(s.set.Status.CurrentReplicas)
	}
	if current {
		template, revision = s.currentTemplate, s.current.Name
	}
	p := podFromTemplate(&template, s.set, statefulSetKind())
	p.Name = fmt.Sprintf("%s-%d", s.set.Name, n)
	s.setIdentity(p)
	p.Labels[appsv1.StatefulSetRevisionLabel] = revision
	p.Spec.Hostname, p.Spec.Subdomain = p.Name, s.set.Spec.ServiceName
	s.setVolumes(p)
	return p
}

func (s *statefulSync) setIdentity(p *corev1.Pod) {
	if p.Labels == nil {
		p.Labels = map[string]string{}
	}
	p.Labels[appsv1.StatefulSetPodNameLabel] = p.Name
	p.Labels[appsv1.PodIndexLabel] = strconv.Itoa(podOrdinal(p))
}

func (s *statefulSync) claimName(template string, n int) string {
	return fmt.Sprintf("%s-%s-%d", template, s.set.Name, n)
}

// setVolumes replaces the volumes that claims stand for.
func (s *statefulSync) setVolumes(p *corev1.Pod) {
	var volumes []corev1.Volume
	own := map[string]bool{}
	for _, t := range s.set.Spec.VolumeClaimTemplates {
		own[t.Name] = true
		volumes = append(volumes, corev1.Volume{Name: t.Name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: s.claimName(t.Name, podOrdinal(p))}}})
	}
	for _, v := range p.Spec.Volumes {
		if !own[v.Name] {
			volumes = append(volumes, v)
		}
	}
	p.Spec.Volumes = volumes
}

func (s *statefulSync) createPod(p *corev1.Pod) error {
	if err := s.createClaims(p); err != nil {
		s.podEvent("create", p, err)
		return err
	}
	_, err := registry.Create(s.r, p)
	if apierrors.IsAlreadyExists(err) {
		return err
	}
	if _, e := s.ownClaims(p); e != nil {
		s.podEvent("update", p, e)
		return e
	}
	s.podEvent("create", p, err)
	return err
}

func (s *statefulSync) deletePod(p *corev1.Pod) error {
	err := ignoreNotFound(registry.Delete[*corev1.Pod](s.r, p.Namespace, p.Name, registry.DeleteOptions{}))
	s.podEvent("delete", p, err)
	return err
}

// repair gives a Pod its labels, volumes and claims back. A Pod that was made
// without the volumes can't get them any more, which the event then says.
func (s *statefulSync) repair(p *corev1.Pod) error {
	volumes := s.hasVolumes(p)
	if !volumes {
		if err := s.createClaims(p); err != nil {
			s.podEvent("update", p, err)
			return err
		}
	}
	owned, err := s.ownClaims(p)
	if err != nil {
		s.podEvent("update", p, err)
		return err
	}
	if !created(p) || volumes && !owned && p.Labels[appsv1.StatefulSetPodNameLabel] == p.Name {
		return nil
	}
	err = registry.Mutate(s.r, p.Namespace, p.Name, func(p *corev1.Pod) {
		s.setIdentity(p)
		if !volumes {
			s.setVolumes(p)
		}
	})
	s.podEvent("update", p, err)
	return err
}

// hasVolumes reports whether a Pod mounts the claims of its place.
func (s *statefulSync) hasVolumes(p *corev1.Pod) bool {
	for _, t := range s.set.Spec.VolumeClaimTemplates {
		name := s.claimName(t.Name, podOrdinal(p))
		if !slices.ContainsFunc(p.Spec.Volumes, func(v corev1.Volume) bool {
			return v.Name == t.Name && v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == name
		}) {
			return false
		}
	}
	return true
}

// createClaims makes the claims of a Pod that are not there.
func (s *statefulSync) createClaims(p *corev1.Pod) error {
	var failed []error
	for i := range s.set.Spec.VolumeClaimTemplates {
		claim := s.set.Spec.VolumeClaimTemplates[i].DeepCopy()
		claim.Name, claim.Namespace = s.claimName(claim.Name, podOrdinal(p)), s.set.Namespace
		if claim.Labels == nil {
			claim.Labels = map[string]string{}
		}
		maps.Copy(claim.Labels, s.set.Spec.Selector.MatchLabels)
		old, ok := registry.Get[*corev1.PersistentVolumeClaim](s.r, claim.Namespace, claim.Name)
		if ok {
			if old.DeletionTimestamp != nil {
				failed = append(failed, fmt.Errorf("pvc %s is being deleted", claim.Name))
			}
			continue
		}
		_, err := registry.Create(s.r, claim)
		what := fmt.Sprintf("Claim %s Pod %s in StatefulSet %s success", claim.Name, p.Name, s.set.Name)
		if err != nil {
			failed = append(failed, fmt.Errorf("failed to create PVC %s: %w", claim.Name, err))
			what = fmt.Sprintf("Claim %s for Pod %s in StatefulSet %s failed error", claim.Name, p.Name, s.set.Name)
		}
		s.event("create", what, err)
	}
	return errors.Join(failed...)
}

func podKind() schema.GroupVersionKind { return corev1.SchemeGroupVersion.WithKind("Pod") }

func refersTo(ref metav1.OwnerReference, o metav1.Object, kind schema.GroupVersionKind) bool {
	return ref.Kind == kind.Kind && ref.APIVersion == kind.GroupVersion().String() && ref.Name == o.GetName()
}

// retention says what happens to claims when Pods are scaled away and when the
// StatefulSet is deleted: true for deletion.
func (s *statefulSync) retention() (scaled, deleted bool) {
	p := s.set.Spec.PersistentVolumeClaimRetentionPolicy
	if p == nil {
		return false, false
	}
	return p.WhenScaled == appsv1.DeletePersistentVolumeClaimRetentionPolicyType,
		p.WhenDeleted == appsv1.DeletePersistentVolumeClaimRetentionPolicyType
}

// ownClaims makes whoever's deletion should delete a claim its owner, and
// reports whether there was something to change.
func (s *statefulSync) ownClaims(p *corev1.Pod) (changed bool, err error) {
	if fresh, ok := registry.Get[*corev1.Pod](s.r, p.Namespace, p.Name); ok {
		p = fresh // a Pod that was just made has a UID now
	}
	whenScaled, whenDeleted := s.retention()
	for _, t := range s.set.Spec.VolumeClaimTemplates {
		name := s.claimName(t.Name, podOrdinal(p))
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](s.r, s.set.Namespace, name)
		if !ok || s.stale(claim, p) {
			continue
		}
		refs := slices.DeleteFunc(slices.Clone(claim.OwnerReferences), func(ref metav1.OwnerReference) bool {
			return refersTo(ref, s.set, statefulSetKind()) || refersTo(ref, p, podKind())
		})
		foreign := slices.ContainsFunc(refs, func(ref metav1.OwnerReference) bool { return ref.Controller != nil && *ref.Controller })
		gone := !s.inRange(p)
		switch {
		case foreign:
			s.r.Record(s.set, statefulSetComponent, corev1.EventTypeWarning, "ConflictingController",
				fmt.Sprintf("PersistentVolumeClaim %s has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim", name))
		case whenScaled && gone && p.UID != "":
			refs = append(refs, *metav1.NewControllerRef(p, podKind()))
		case whenDeleted && !(whenScaled && gone):
			refs = append(refs, *metav1.NewControllerRef(s.set, statefulSetKind()))
		}
		if equality.Semantic.DeepEqual(refs, claim.OwnerReferences) {
			continue
		}
		changed = true
		err := registry.Mutate(s.r, claim.Namespace, claim.Name, func(c *corev1.PersistentVolumeClaim) { c.OwnerReferences = refs })
		if ignoreNotFound(err) != nil {
			return changed, fmt.Errorf("could not update claim %s for delete policy ownerRefs: %w", name, err)
		}
	}
	return changed, nil
}

// stale reports whether a claim belongs to an earlier object of the same name
// and is about to go with it.
func (s *statefulSync) stale(claim *corev1.PersistentVolumeClaim, p *corev1.Pod) bool {
	return slices.ContainsFunc(claim.OwnerReferences, func(ref metav1.OwnerReference) bool {
		return refersTo(ref, s.set, statefulSetKind()) && ref.UID != s.set.UID || refersTo(ref, p, podKind()) && ref.UID != p.UID
	})
}

// claimIsStale reports whether a Pod has to wait for the end of a claim that an
// earlier Pod of its name owns.
func (s *statefulSync) claimIsStale(p *corev1.Pod) bool {
	if whenScaled, _ := s.retention(); !whenScaled {
		return false
	}
	for _, t := range s.set.Spec.VolumeClaimTemplates {
		claim, ok := registry.Get[*corev1.PersistentVolumeClaim](s.r, s.set.Namespace, s.claimName(t.Name, podOrdinal(p)))
		if ok && slices.ContainsFunc(claim.OwnerReferences, func(ref metav1.OwnerReference) bool {
			return refersTo(ref, p, podKind()) && ref.UID != p.UID
		}) {
			return true
		}
	}
	return false
}
