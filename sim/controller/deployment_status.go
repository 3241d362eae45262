package controller

import (
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// Reasons of a Deployment's conditions.
const (
	reasonUpdated     = "ReplicaSetUpdated"
	reasonCreateError = "ReplicaSetCreateError"
	reasonCreated     = "NewReplicaSetCreated"
	reasonFound       = "FoundNewReplicaSet"
	reasonAvailable   = "NewReplicaSetAvailable"
	reasonTimedOut    = "ProgressDeadlineExceeded"
	reasonPaused      = "DeploymentPaused"
	reasonResumed     = "DeploymentResumed"
)

func deploymentCondition(s *appsv1.DeploymentStatus, t appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range s.Conditions {
		if s.Conditions[i].Type == t {
			return &s.Conditions[i]
		}
	}
	return nil
}

func progressing(s *appsv1.DeploymentStatus) *appsv1.DeploymentCondition {
	return deploymentCondition(s, appsv1.DeploymentProgressing)
}

func dropCondition(s *appsv1.DeploymentStatus, t appsv1.DeploymentConditionType) {
	s.Conditions = slices.DeleteFunc(slices.Clone(s.Conditions), func(c appsv1.DeploymentCondition) bool { return c.Type == t })
}

// setCondition sets a condition unless it stands with that status and reason.
func (s *rollout) setCondition(st *appsv1.DeploymentStatus, t appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason, message string) {
	at := now(s.r)
	putCondition(st, appsv1.DeploymentCondition{
		Type: t, Status: status, Reason: reason, Message: message, LastUpdateTime: at, LastTransitionTime: at,
	})
}

func putCondition(st *appsv1.DeploymentStatus, c appsv1.DeploymentCondition) {
	if current := deploymentCondition(st, c.Type); current != nil {
		if current.Status == c.Status && current.Reason == c.Reason {
			return
		}
		if current.Status == c.Status {
			c.LastTransitionTime = current.LastTransitionTime
		}
	}
	dropCondition(st, c.Type)
	st.Conditions = append(st.Conditions, c)
}

// complete reports whether all Pods are those of the new template and available.
func complete(d *appsv1.Deployment, s *appsv1.DeploymentStatus) bool {
	want := *d.Spec.Replicas
	return s.UpdatedReplicas == want && s.Replicas == want && s.AvailableReplicas == want && s.ObservedGeneration >= d.Generation
}

// advanced reports whether the rollout came further from one status to the next.
func advanced(before, after *appsv1.DeploymentStatus) bool {
	return after.UpdatedReplicas > before.UpdatedReplicas ||
		after.Replicas-after.UpdatedReplicas < before.Replicas-before.UpdatedReplicas ||
		after.ReadyReplicas > before.ReadyReplicas ||
		after.AvailableReplicas > before.AvailableReplicas
}

// status is what the ReplicaSets add up to.
func (s *rollout) status() appsv1.DeploymentStatus {
	st := appsv1.DeploymentStatus{
		ObservedGeneration: s.d.Generation,
		CollisionCount:     s.d.Status.CollisionCount,
		Conditions:         slices.Clone(s.d.Status.Conditions),
	}
	var terminating int32
	counted := true
	for _, rs := range s.all() {
		st.Replicas += rs.Status.Replicas
		st.ReadyReplicas += rs.Status.ReadyReplicas
		st.AvailableReplicas += rs.Status.AvailableReplicas
		if rs.Status.TerminatingReplicas != nil {
			terminating += *rs.Status.TerminatingReplicas
		} else if rs.Status.ObservedGeneration != 0 {
			counted = false
		}
	}
	if counted {
		st.TerminatingReplicas = &terminating
	}
	if s.newRS != nil {
		st.UpdatedReplicas = s.newRS.Status.Replicas
	}
	st.UnavailableReplicas = max(replicasOf(s.all()...)-st.AvailableReplicas, 0)
	if st.AvailableReplicas >= *s.d.Spec.Replicas-maxUnavailable(s.d) {
		s.setCondition(&st, appsv1.DeploymentAvailable, corev1.ConditionTrue, "MinimumReplicasAvailable", "Deployment has minimum availability.")
	} else {
		s.setCondition(&st, appsv1.DeploymentAvailable, corev1.ConditionFalse, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
	}
	return st
}

func (s *rollout) writeStatus(st appsv1.DeploymentStatus) error {
	if equality.Semantic.DeepEqual(s.d.Status, st) {
		return nil
	}
	s.d.Status = st
	return s.flush()
}

// writeRolloutStatus is writeStatus with the conditions of a rollout.
func (s *rollout) writeRolloutStatus() error {
	st := s.status()
	if !s.hasDeadline() {
		dropCondition(&st, appsv1.DeploymentProgressing)
	} else {
		s.progress(&st)
	}
	if c := s.replicaFailure(); c != nil {
		putCondition(&st, *c)
	} else {
		dropCondition(&st, appsv1.DeploymentReplicaFailure)
	}
	if equality.Semantic.DeepEqual(s.d.Status, st) {
		s.waitForDeadline()
		return nil
	}
	s.d.Status = st
	return s.flush()
}

// progress sets the condition Progressing.
func (s *rollout) progress(st *appsv1.DeploymentStatus) {
	current := progressing(&s.d.Status)
	if st.Replicas == st.UpdatedReplicas && current != nil && current.Reason == reasonAvailable {
		return
	}
	what := fmt.Sprintf("Deployment %q", s.d.Name)
	if s.newRS != nil {
		what = fmt.Sprintf("ReplicaSet %q", s.newRS.Name)
	}
	switch {
	case complete(s.d, st):
		s.setCondition(st, appsv1.DeploymentProgressing, corev1.ConditionTrue, reasonAvailable, what+" has successfully progressed.")
	case advanced(&s.d.Status, st):
		at := now(s.r)
		c := appsv1.DeploymentCondition{
			Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: reasonUpdated,
			Message: what + " is progressing.", LastUpdateTime: at, LastTransitionTime: at,
		}
		if current != nil && current.Status == corev1.ConditionTrue {
			c.LastTransitionTime = current.LastTransitionTime
		}
		dropCondition(st, appsv1.DeploymentProgressing)
		putCondition(st, c)
	case s.timedOut(st):
		s.setCondition(st, appsv1.DeploymentProgressing, corev1.ConditionFalse, reasonTimedOut, what+" has timed out progressing.")
	}
}

func (s *rollout) timedOut(st *appsv1.DeploymentStatus) bool {
	c := progressing(st)
	if c == nil || c.Reason == reasonAvailable {
		return false
	}
	return c.Reason == reasonTimedOut || c.LastUpdateTime.Add(s.deadline()).Before(s.r.Clock().Now())
}

// replicaFailure is the trouble of the new ReplicaSet, else of any other.
func (s *rollout) replicaFailure() *appsv1.DeploymentCondition {
	sets := s.all()
	if s.newRS != nil {
		sets = append([]*appsv1.ReplicaSet{s.newRS}, s.old...)
	}
	for _, rs := range sets {
		for _, c := range rs.Status.Conditions {
			if c.Type == appsv1.ReplicaSetReplicaFailure {
				return &appsv1.DeploymentCondition{
					Type: appsv1.DeploymentReplicaFailure, Status: c.Status, Reason: c.Reason, Message: c.Message,
					LastTransitionTime: c.LastTransitionTime, LastUpdateTime: c.LastTransitionTime,
				}
			}
		}
	}
	return nil
}

// waitForDeadline asks for a sync just after the progress deadline.
func (s *rollout) waitForDeadline() {
	c := progressing(&s.d.Status)
	if !s.hasDeadline() || c == nil || c.Reason == reasonTimedOut || complete(s.d, &s.d.Status) {
		return
	}
	left := c.LastUpdateTime.Add(s.deadline()).Sub(s.r.Clock().Now())
	s.q.after(max(left, 0)+time.Second, s.d.Namespace, s.d.Name)
}

// notePause writes the condition of a Deployment that was paused or resumed,
// so that a pause doesn't count against the deadline.
func (s *rollout) notePause() error {
	if !s.hasDeadline() {
		return nil
	}
	c := progressing(&s.d.Status)
	if c != nil && c.Reason == reasonTimedOut {
		return nil
	}
	noted := c != nil && c.Reason == reasonPaused
	switch {
	case s.d.Spec.Paused && !noted:
		s.setCondition(&s.d.Status, appsv1.DeploymentProgressing, corev1.ConditionUnknown, reasonPaused, "Deployment is paused")
	case !s.d.Spec.Paused && noted:
		s.setCondition(&s.d.Status, appsv1.DeploymentProgressing, corev1.ConditionUnknown, reasonResumed, "Deployment is resumed")
	default:
		return nil
	}
	return s.flush()
}
