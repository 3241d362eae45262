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
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	autoscalerComponent = "horizontal-pod-autoscaler"
	autoscalerPeriod    = 15 * time.Second
)

// Autoscaler keeps the size of a workload within its bounds, and at what its
// metrics ask for (upstream: pkg/controller/podautoscaler). What Pods use
// comes from the metrics server; other sources of metrics there are none.
type Autoscaler struct {
	r *registry.Registry
	q queue
}

// NewAutoscaler registers the controller.
func NewAutoscaler(r *registry.Registry) *Autoscaler {
	c := &Autoscaler{r: r}
	c.q = newQueue(r, "horizontalpodautoscaler", c.sync)
	registry.Watch(r, func(old, new *autoscalingv2.HorizontalPodAutoscaler) {
		if new == nil {
			r.Remember(autoscalerMemory(old), nil)
			return
		}
		if old == nil || !equality.Semantic.DeepEqual(old.Spec, new.Spec) {
			c.q.addObject(new)
		}
	})
	return c
}

// A scaleTarget is the scale of what an autoscaler is for.
type scaleTarget struct {
	replicas int32 // wanted
	current  int32
	selector labels.Selector
	set      func(n int32) error
}

// A scalable kind can be the target of an autoscaler.
type scalable interface {
	object
	*appsv1.Deployment | *appsv1.ReplicaSet | *appsv1.StatefulSet | *corev1.ReplicationController
}

func targetOf[T scalable](r *registry.Registry, resource, namespace, name string, read func(T) (replicas **int32, current int32, selector *metav1.LabelSelector)) (scaleTarget, error) {
	obj, ok := registry.Get[T](r, namespace, name)
	if !ok {
		return scaleTarget{}, fmt.Errorf("%s %q not found", resource, name)
	}
	replicas, current, want := read(obj)
	selector, err := metav1.LabelSelectorAsSelector(want)
	return scaleTarget{replicas: **replicas, current: current, selector: selector, set: func(n int32) error {
		return registry.Mutate(r, namespace, name, func(obj T) {
			replicas, _, _ := read(obj)
			*replicas = &n
		})
	}}, err
}

func (c *Autoscaler) target(h *autoscalingv2.HorizontalPodAutoscaler) (scaleTarget, error) {
	ns, name := h.Namespace, h.Spec.ScaleTargetRef.Name
	gv, err := schema.ParseGroupVersion(h.Spec.ScaleTargetRef.APIVersion)
	if err != nil {
		return scaleTarget{}, err
	}
	switch gk := (schema.GroupKind{Group: gv.Group, Kind: h.Spec.ScaleTargetRef.Kind}); gk {
	case schema.GroupKind{Group: "apps", Kind: "Deployment"}:
		return targetOf(c.r, "deployments.apps", ns, name, func(d *appsv1.Deployment) (**int32, int32, *metav1.LabelSelector) {
			return &d.Spec.Replicas, d.Status.Replicas, d.Spec.Selector
		})
	case schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}:
		return targetOf(c.r, "replicasets.apps", ns, name, func(rs *appsv1.ReplicaSet) (**int32, int32, *metav1.LabelSelector) {
			return &rs.Spec.Replicas, rs.Status.Replicas, rs.Spec.Selector
		})
	case schema.GroupKind{Group: "apps", Kind: "StatefulSet"}:
		return targetOf(c.r, "statefulsets.apps", ns, name, func(s *appsv1.StatefulSet) (**int32, int32, *metav1.LabelSelector) {
			return &s.Spec.Replicas, s.Status.Replicas, s.Spec.Selector
		})
	case schema.GroupKind{Kind: "ReplicationController"}:
		return targetOf(c.r, "replicationcontrollers", ns, name, func(rc *corev1.ReplicationController) (**int32, int32, *metav1.LabelSelector) {
			return &rc.Spec.Replicas, rc.Status.Replicas, &metav1.LabelSelector{MatchLabels: rc.Spec.Selector}
		})
	default:
		if c.r.Served(gk) {
			return c.customTarget(gk, ns, name)
		}
		return scaleTarget{}, fmt.Errorf("no matches for kind %q in group %q", gk.Kind, gk.Group)
	}
}

// customTarget is a target of a custom kind. Others that are served and not
// named above can't be scaled.
func (c *Autoscaler) customTarget(gk schema.GroupKind, namespace, name string) (scaleTarget, error) {
	s, err := c.r.CustomScale(gk, namespace, name)
	if err != nil {
		return scaleTarget{}, err
	}
	t := scaleTarget{replicas: s.Wanted, current: s.Current, set: func(n int32) error { return c.r.SetCustomScale(gk, namespace, name, n) }}
	t.selector, err = labels.Parse(s.Selector)
	return t, err
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

func (c *Autoscaler) warn(h *autoscalingv2.HorizontalPodAutoscaler, reason, message string) {
	c.r.Record(h, autoscalerComponent, corev1.EventTypeWarning, reason, message)
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
		c.warn(h, "FailedGetScale", err.Error())
		c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionFalse, "FailedGetScale",
			fmt.Sprintf("the HPA controller was unable to get the target's current scale: %v", err))
		return
	}
	c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionTrue, "SucceededGetScale", "the HPA controller was able to get the target's current scale")
	m := c.memoryOf(h)
	if len(m.recommendations) == 0 {
		m.recommend(t.replicas, c.r.Clock().Now(), nil)
	}
	generation := h.Generation
	h.Status.ObservedGeneration, h.Status.CurrentReplicas = &generation, t.replicas
	least := int32(1)
	if h.Spec.MinReplicas != nil {
		least = *h.Spec.MinReplicas
	}
	size, reason := t.replicas, ""
	h.Status.CurrentMetrics = nil
	switch {
	case t.replicas == 0 && !scaledToZero(h):
		c.condition(h, autoscalingv2.ScalingActive, corev1.ConditionFalse, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
	case t.replicas > h.Spec.MaxReplicas:
		size, reason = h.Spec.MaxReplicas, "Current number of replicas above Spec.MaxReplicas"
	case t.replicas != 0 && t.replicas < least:
		size, reason = least, "Current number of replicas below Spec.MinReplicas"
	default:
		n, name, err := c.compute(h, t)
		if err != nil {
			c.warn(h, "FailedComputeMetricsReplicas", err.Error())
			c.remember(h, m)
			return
		}
		switch {
		case n > t.replicas:
			reason = name + " above target"
		case n < t.replicas:
			reason = "All metrics below target"
		}
		size = c.normalise(h, &m, t.replicas, n, least)
	}
	if size != t.replicas {
		c.rescale(h, &m, t, size, reason)
	} else {
		h.Status.DesiredReplicas = size
	}
	c.remember(h, m)
}

// scaledToZero reports whether an autoscaler has taken its target to zero, so
// that metrics can bring it back. Only metrics that are not of the target's
// Pods could, and there are none here.
func scaledToZero(h *autoscalingv2.HorizontalPodAutoscaler) bool {
	return slices.ContainsFunc(h.Status.Conditions, func(x autoscalingv2.HorizontalPodAutoscalerCondition) bool {
		return x.Type == autoscalingv2.ScaledToZero && x.Status == corev1.ConditionTrue
	})
}

func (c *Autoscaler) rescale(h *autoscalingv2.HorizontalPodAutoscaler, m *memory, t scaleTarget, size int32, reason string) {
	if err := t.set(size); err != nil {
		c.warn(h, "FailedRescale", fmt.Sprintf("New size: %d; reason: %s; error: %v", size, reason, err))
		c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionFalse, "FailedUpdateScale",
			fmt.Sprintf("the HPA controller was unable to update the target scale: %v", err))
		return
	}
	c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionTrue, "SucceededRescale", fmt.Sprintf("the HPA controller was able to update the target scale to %d", size))
	c.r.Record(h, autoscalerComponent, corev1.EventTypeNormal, "SuccessfulRescale", fmt.Sprintf("New size: %d; reason: %s", size, reason))
	c.condition(h, autoscalingv2.ScaledToZero, corev1.ConditionFalse, "NotScaledToZero", "the HPA controller did not scale the workload to zero")
	m.scaled(h.Spec.Behavior, t.replicas, size, c.r.Clock().Now())
	at := now(c.r)
	h.Status.DesiredReplicas, h.Status.LastScaleTime = size, &at
}

// compute is the highest number of replicas that a metric asks for, and what
// that metric is called. If metrics are missing, the others may scale up and
// not down.
func (c *Autoscaler) compute(h *autoscalingv2.HorizontalPodAutoscaler, t scaleTarget) (replicas int32, name string, err error) {
	if err := c.checkSelector(h, t); err != nil {
		return 0, "", err
	}
	var first error
	var condition autoscalingv2.HorizontalPodAutoscalerCondition
	invalid := 0
	h.Status.CurrentMetrics = make([]autoscalingv2.MetricStatus, len(h.Spec.Metrics))
	for i, spec := range h.Spec.Metrics {
		p, err := c.metric(h, t, spec)
		if err != nil {
			c.warn(h, p.reason, err.Error())
			if invalid++; first == nil {
				first = fmt.Errorf("failed to get %s: %w", p.name, err)
				condition.Reason, condition.Message = p.reason, "the HPA was unable to compute the replica count: "+err.Error()
			}
			continue
		}
		h.Status.CurrentMetrics[i] = p.status
		if replicas == 0 || p.replicas > replicas {
			replicas, name = p.replicas, p.name
		}
	}
	if invalid >= len(h.Spec.Metrics) || invalid > 0 && replicas < t.replicas {
		c.condition(h, autoscalingv2.ScalingActive, corev1.ConditionFalse, condition.Reason, condition.Message)
		return 0, "", fmt.Errorf("invalid metrics (%d invalid out of %d), first error is: %w", invalid, len(h.Spec.Metrics), first)
	}
	c.condition(h, autoscalingv2.ScalingActive, corev1.ConditionTrue, "ValidMetricFound",
		"the HPA was able to successfully calculate a replica count from "+name)
	return replicas, name, nil
}

// checkSelector refuses a target without a selector, and Pods that another
// autoscaler is for, too.
func (c *Autoscaler) checkSelector(h *autoscalingv2.HorizontalPodAutoscaler, t scaleTarget) error {
	if t.selector.Empty() {
		c.warn(h, "SelectorRequired", "selector is required")
		c.condition(h, autoscalingv2.ScalingActive, corev1.ConditionFalse, "InvalidSelector", "the HPA target's scale is missing a selector")
		return fmt.Errorf("selector is required")
	}
	pods := c.pods(h.Namespace, t.selector)
	var rivals []string
	for _, other := range registry.List[*autoscalingv2.HorizontalPodAutoscaler](c.r, h.Namespace) {
		o, err := c.target(other)
		if err == nil && slices.ContainsFunc(pods, func(p *corev1.Pod) bool { return o.selector.Matches(labels.Set(p.Labels)) }) {
			rivals = append(rivals, fmt.Sprintf("{%s %s}", other.Name, other.Namespace))
		}
	}
	if len(rivals) < 2 {
		return nil
	}
	err := fmt.Errorf("pods by selector %v are controlled by more than one HPA (e.g. %v)", t.selector, rivals[:2])
	c.warn(h, "AmbiguousSelector", err.Error())
	c.condition(h, autoscalingv2.ScalingActive, corev1.ConditionFalse, "AmbiguousSelector", err.Error())
	return err
}

func (c *Autoscaler) pods(namespace string, selector labels.Selector) (out []*corev1.Pod) {
	for _, p := range registry.List[*corev1.Pod](c.r, namespace) {
		if selector.Matches(labels.Set(p.Labels)) {
			out = append(out, p)
		}
	}
	return out
}

// A proposal is what one metric asks for. With an error, name is what could not
// be had and reason the event's.
type proposal struct {
	replicas int32
	name     string
	reason   string
	status   autoscalingv2.MetricStatus
}

// metric works out what one metric asks for. Custom and external metrics have
// no source here, as in a cluster without an adapter for them.
func (c *Autoscaler) metric(h *autoscalingv2.HorizontalPodAutoscaler, t scaleTarget, spec autoscalingv2.MetricSpec) (proposal, error) {
	switch spec.Type {
	case autoscalingv2.ResourceMetricSourceType:
		n, current, what, err := c.resource(h, t, spec.Resource.Name, "", spec.Resource.Target)
		if err != nil {
			return proposal{name: fmt.Sprintf("%s resource metric value", spec.Resource.Name), reason: "FailedGetResourceMetric"}, err
		}
		return proposal{replicas: n, name: fmt.Sprintf("%s resource%s", spec.Resource.Name, what), status: autoscalingv2.MetricStatus{
			Type: spec.Type, Resource: &autoscalingv2.ResourceMetricStatus{Name: spec.Resource.Name, Current: current}}}, nil
	case autoscalingv2.ContainerResourceMetricSourceType:
		s := spec.ContainerResource
		n, current, what, err := c.resource(h, t, s.Name, s.Container, s.Target)
		if err != nil {
			return proposal{name: fmt.Sprintf("%s container metric value", s.Container), reason: "FailedGetContainerResourceMetric"}, err
		}
		name := fmt.Sprintf("%s resource", s.Name)
		if what != "" {
			name = fmt.Sprintf("%s container resource%s", s.Name, what)
		}
		return proposal{replicas: n, name: name, status: autoscalingv2.MetricStatus{
			Type: spec.Type, ContainerResource: &autoscalingv2.ContainerResourceMetricStatus{Name: s.Name, Container: s.Container, Current: current}}}, nil
	case autoscalingv2.PodsMetricSourceType:
		return proposal{name: "pods metric value", reason: "FailedGetPodsMetric"}, noCustomMetric(spec.Pods.Metric.Name, "")
	case autoscalingv2.ObjectMetricSourceType:
		o := spec.Object.DescribedObject
		name := "object metric value"
		if spec.Object.Target.Type == autoscalingv2.AverageValueMetricType {
			name += ": failed to get " + spec.Object.Metric.Name + " object metric"
		}
		return proposal{name: name, reason: "FailedGetObjectMetric"},
			noCustomMetric(spec.Object.Metric.Name, fmt.Sprintf(" on %s %s/%s", o.Kind, h.Namespace, o.Name))
	default:
		m := spec.External.Metric
		name := m.Name + " external metric value: failed to get external metric " + m.Name
		if spec.External.Target.AverageValue != nil {
			name = m.Name + " external metric value: failed to get " + m.Name + " external metric"
		}
		return proposal{name: name, reason: "FailedGetExternalMetric"}, fmt.Errorf("unable to get external metric %s/%s/%+v: unable to fetch metrics from external metrics API: the server could not find the requested resource (get %s.external.metrics.k8s.io)",
			h.Namespace, m.Name, m.Selector, m.Name)
	}
}

func noCustomMetric(name, on string) error {
	return fmt.Errorf("unable to get metric %s%s: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered", name, on)
}

// resource works out what the use of a resource asks for: of the container
// of that name, or with "" of whole Pods. what says how it is measured.
func (c *Autoscaler) resource(h *autoscalingv2.HorizontalPodAutoscaler, t scaleTarget, name corev1.ResourceName, container string,
	target autoscalingv2.MetricTarget) (replicas int32, current autoscalingv2.MetricValueStatus, what string, err error) {
	s := &sampled{c: c, pods: c.pods(h.Namespace, t.selector), resource: name, container: container, tolerance: tolerancesOf(h)}
	verb := "utilization"
	if target.AverageValue != nil {
		verb = "usage"
	}
	fail := func(err error) (int32, autoscalingv2.MetricValueStatus, string, error) {
		return 0, autoscalingv2.MetricValueStatus{}, "", fmt.Errorf("failed to get %s %s: %w", name, verb, err)
	}
	if err := s.read(h.Namespace, t.selector); err != nil {
		return fail(err)
	}
	format := resource.DecimalSI
	if name == corev1.ResourceMemory {
		format = resource.BinarySI
	}
	if target.AverageValue != nil {
		n, usage, err := s.byValue(t.replicas, target.AverageValue.MilliValue())
		if err != nil {
			return fail(err)
		}
		return n, autoscalingv2.MetricValueStatus{AverageValue: resource.NewMilliQuantity(usage, format)}, "", nil
	}
	n, percent, usage, err := s.byUtilization(t.replicas, *target.AverageUtilization)
	if err != nil {
		return fail(err)
	}
	return n, autoscalingv2.MetricValueStatus{AverageUtilization: &percent, AverageValue: resource.NewMilliQuantity(usage, format)},
		" utilization (percentage of request)", nil
}
