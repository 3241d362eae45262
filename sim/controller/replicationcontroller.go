package controller

import (
	"slices"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func replicationControllerKind() schema.GroupVersionKind {
	return corev1.SchemeGroupVersion.WithKind("ReplicationController")
}

// A ReplicationController is the older ReplicaSet: equal labels only.
type ReplicationController struct {
	r *registry.Registry
	q queue
}

// NewReplicationController registers the controller.
func NewReplicationController(r *registry.Registry) *ReplicationController {
	c := &ReplicationController{r: r}
	c.q = newQueue(r, "replicationcontroller", c.sync)
	registry.Watch(r, func(old, new *corev1.ReplicationController) { c.q.addObject(either(old, new)) })
	watchPods(c.q, replicationControllerKind(), func(rc *corev1.ReplicationController) labels.Selector {
		return labels.SelectorFromSet(rc.Spec.Selector)
	})
	return c
}

func (c *ReplicationController) sync(namespace, name string) error {
	rc, ok := registry.Get[*corev1.ReplicationController](c.r, namespace, name)
	if !ok || rc.Spec.Template == nil {
		return nil
	}
	w := replicas{
		podMaker: podMaker{r: c.r, component: "replication-controller", owner: rc, kind: replicationControllerKind()},
		selector: labels.SelectorFromSet(rc.Spec.Selector), want: *rc.Spec.Replicas,
		minReady: rc.Spec.MinReadySeconds, template: rc.Spec.Template,
	}
	n, err := w.reconcile()
	if err != nil {
		return err
	}
	err = registry.MutateStatus(c.r, namespace, name, func(rc *corev1.ReplicationController) {
		rc.Status.Replicas, rc.Status.FullyLabeledReplicas = n.active, n.labeled
		rc.Status.ReadyReplicas, rc.Status.AvailableReplicas = n.ready, n.available
		rc.Status.ObservedGeneration = rc.Generation
		i := slices.IndexFunc(rc.Status.Conditions, func(c corev1.ReplicationControllerCondition) bool {
			return c.Type == corev1.ReplicationControllerReplicaFailure
		})
		switch {
		case n.manage != nil && i < 0:
			rc.Status.Conditions = append(rc.Status.Conditions, corev1.ReplicationControllerCondition{
				Type: corev1.ReplicationControllerReplicaFailure, Status: corev1.ConditionTrue,
				LastTransitionTime: now(c.r), Reason: n.failure, Message: n.manage.Error(),
			})
		case n.manage == nil && i >= 0:
			rc.Status.Conditions = slices.Delete(rc.Status.Conditions, i, i+1)
		}
	})
	if err != nil {
		return ignoreNotFound(err)
	}
	w.wait(c.q, n)
	return n.manage
}
