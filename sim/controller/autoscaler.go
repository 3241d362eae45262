package controller

import (
	"fmt"
	"slices"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

const (
	autoscalerComponent = "horizontal-pod-autoscaler"
	autoscalerPeriod    = 15 * time.Second
)

// Autoscaler keeps the size of a workload within its bounds. There is no
// metrics server here, so that no metric ever changes the size.
type Autoscaler struct {
	r *registry.Registry
	q queue
}

// NewAutoscaler registers the controller.
func NewAutoscaler(r *registry.Registry) *Autoscaler {
	c := &Autoscaler{r: r}
	c.q = newQueue(r, "horizontalpodautoscaler", c.sync)
	registry.Watch(r, func(old, new *autoscalingv2.HorizontalPodAutoscaler) {
		if new != nil && (old == nil || !equality.Semantic.DeepEqual(old.Spec, new.Spec)) {
			c.q.addObject(new)
		}
	})
	return c
}

// A scaleTarget is the scale of what an autoscaler is for.
type scaleTarget struct {
	replicas, current int32
	set               func(n int32) error
}

func (c *Autoscaler) target(h *autoscalingv2.HorizontalPodAutoscaler) (scaleTarget, error) {
	ns, ref := h.Namespace, h.Spec.ScaleTargetRef
	switch ref.Kind {
	case "Deployment":
		if d, ok := registry.Get[*appsv1.Deployment](c.r, ns, ref.Name); ok {
			return scaleTarget{*d.Spec.Replicas, d.Status.Replicas, func(n int32) error {
				return registry.Mutate(c.r, ns, ref.Name, func(d *appsv1.Deployment) { d.Spec.Replicas = &n })
			}}, nil
		}
		return scaleTarget{}, fmt.Errorf("deployments.apps %q not found", ref.Name)
	case "ReplicaSet":
		if rs, ok := registry.Get[*appsv1.ReplicaSet](c.r, ns, ref.Name); ok {
			return scaleTarget{*rs.Spec.Replicas, rs.Status.Replicas, func(n int32) error {
				return registry.Mutate(c.r, ns, ref.Name, func(rs *appsv1.ReplicaSet) { rs.Spec.Replicas = &n })
			}}, nil
		}
		return scaleTarget{}, fmt.Errorf("replicasets.apps %q not found", ref.Name)
	case "StatefulSet":
		if s, ok := registry.Get[*appsv1.StatefulSet](c.r, ns, ref.Name); ok {
			return scaleTarget{*s.Spec.Replicas, s.Status.Replicas, func(n int32) error {
				return registry.Mutate(c.r, ns, ref.Name, func(s *appsv1.StatefulSet) { s.Spec.Replicas = &n })
			}}, nil
		}
		return scaleTarget{}, fmt.Errorf("statefulsets.apps %q not found", ref.Name)
	}
	return scaleTarget{}, fmt.Errorf("no matches for kind %q in group %q", ref.Kind, ref.APIVersion)
}

// sync runs every autoscalerPeriod as long as the object is there.
func (c *Autoscaler) sync(namespace, name string) error {
	old, ok := registry.Get[*autoscalingv2.HorizontalPodAutoscaler](c.r, namespace, name)
	if !ok {
		return nil
	}
	c.q.after(autoscalerPeriod, namespace, name)
	h := old.DeepCopy()
	c.evaluate(h)
	st := h.Status
	return ignoreNotFound(registry.MutateStatus(c.r, namespace, name, func(x *autoscalingv2.HorizontalPodAutoscaler) { x.Status = st }))
}

func (c *Autoscaler) condition(h *autoscalingv2.HorizontalPodAutoscaler, t autoscalingv2.HorizontalPodAutoscalerConditionType,
	status corev1.ConditionStatus, reason, message string) {
	n := autoscalingv2.HorizontalPodAutoscalerCondition{Type: t, Status: status, Reason: reason, Message: message, LastTransitionTime: now(c.r)}
	i := slices.IndexFunc(h.Status.Conditions, func(x autoscalingv2.HorizontalPodAutoscalerCondition) bool { return x.Type == t })
	if i < 0 {
		h.Status.Conditions = append(h.Status.Conditions, n)
		return
	}
	if h.Status.Conditions[i].Status == status {
		n.LastTransitionTime = h.Status.Conditions[i].LastTransitionTime
	}
	h.Status.Conditions[i] = n
}

func (c *Autoscaler) evaluate(h *autoscalingv2.HorizontalPodAutoscaler) {
	t, err := c.target(h)
	if err != nil {
		c.r.Record(h, autoscalerComponent, corev1.EventTypeWarning, "FailedGetScale", err.Error())
		c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionFalse, "FailedGetScale",
			fmt.Sprintf("the HPA controller was unable to get the target's current scale: %v", err))
		return
	}
	c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionTrue, "SucceededGetScale", "the HPA controller was able to get the target's current scale")
	generation := h.Generation
	h.Status.ObservedGeneration, h.Status.CurrentReplicas = &generation, t.current
	least := int32(1)
	if h.Spec.MinReplicas != nil {
		least = *h.Spec.MinReplicas
	}
	size, reason := t.replicas, ""
	switch {
	case t.replicas == 0 && least != 0:
		c.condition(h, autoscalingv2.ScalingActive, corev1.ConditionFalse, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
		h.Status.DesiredReplicas = 0
		return
	case t.replicas > h.Spec.MaxReplicas:
		size, reason = h.Spec.MaxReplicas, "Current number of replicas above Spec.MaxReplicas"
	case t.replicas < least:
		size, reason = least, "Current number of replicas below Spec.MinReplicas"
	default:
		c.missMetrics(h)
		h.Status.DesiredReplicas = t.replicas
		return
	}
	if err := t.set(size); err != nil {
		c.r.Record(h, autoscalerComponent, corev1.EventTypeWarning, "FailedRescale", fmt.Sprintf("New size: %d; reason: %s; error: %v", size, reason, err))
		c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionFalse, "FailedUpdateScale",
			fmt.Sprintf("the HPA controller was unable to update the target scale: %v", err))
		return
	}
	c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionTrue, "SucceededRescale", fmt.Sprintf("the HPA controller was able to update the target scale to %d", size))
	c.r.Record(h, autoscalerComponent, corev1.EventTypeNormal, "SuccessfulRescale", fmt.Sprintf("New size: %d; reason: %s", size, reason))
	at := now(c.r)
	h.Status.DesiredReplicas, h.Status.LastScaleTime = size, &at
}

// missMetrics says that there are no metrics to scale by.
func (c *Autoscaler) missMetrics(h *autoscalingv2.HorizontalPodAutoscaler) {
	for _, m := range h.Spec.Metrics {
		if m.Resource == nil {
			continue
		}
		cause := fmt.Sprintf("failed to get %[1]s utilization: unable to get metrics for resource %[1]s: unable to fetch metrics from resource metrics API: "+
			"the server could not find the requested resource (get pods.metrics.k8s.io)", m.Resource.Name)
		c.r.Record(h, autoscalerComponent, corev1.EventTypeWarning, "FailedGetResourceMetric", cause)
		c.r.Record(h, autoscalerComponent, corev1.EventTypeWarning, "FailedComputeMetricsReplicas",
			fmt.Sprintf("invalid metrics (%d invalid out of %[1]d), first error is: failed to get %s resource metric value: %s", len(h.Spec.Metrics), m.Resource.Name, cause))
		c.condition(h, autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetResourceMetric", "the HPA was unable to compute the replica count: "+cause)
		return
	}
}
