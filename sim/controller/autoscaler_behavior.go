package controller

import (
	"math"
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What holds for an autoscaler without behavior.
const (
	downscaleStabilization = 5 * time.Minute
	scaleUpFactor          = 2
	scaleUpLeast           = 4
)

// A change is a number of replicas at a time: recommended, added or removed.
type change struct {
	replicas int32
	at       time.Time
}

// A memory is what the controller knows of an autoscaler beside its object. A
// slice that is in it never changes.
type memory struct {
	recommendations []change
	ups, downs      []change
}

func autoscalerMemory(h metav1.Object) string { return "horizontalpodautoscaler " + string(h.GetUID()) }

func (c *Autoscaler) memoryOf(h *autoscalingv2.HorizontalPodAutoscaler) memory {
	m, _ := c.r.Recall(autoscalerMemory(h)).(memory)
	return m
}

func (c *Autoscaler) remember(h *autoscalingv2.HorizontalPodAutoscaler, m memory) {
	c.r.Remember(autoscalerMemory(h), m)
}

// recommend notes a recommendation in place of those that are old.
func (m *memory) recommend(n int32, at time.Time, old func(change) bool) {
	var kept []change
	for _, c := range m.recommendations {
		if !old(c) {
			kept = append(kept, c)
		}
	}
	m.recommendations = append(kept, change{n, at})
}

// scaled notes a change of size for the policies of a behavior.
func (m *memory) scaled(b *autoscalingv2.HorizontalPodAutoscalerBehavior, from, to int32, at time.Time) {
	if b == nil {
		return
	}
	list, rules, n := &m.ups, b.ScaleUp, to-from
	if to < from {
		list, rules, n = &m.downs, b.ScaleDown, from-to
	}
	longest := int32(0)
	for _, p := range rules.Policies {
		longest = max(longest, p.PeriodSeconds)
	}
	var kept []change
	for _, c := range *list {
		if !c.at.Before(at.Add(-time.Duration(longest) * time.Second)) {
			kept = append(kept, c)
		}
	}
	*list = append(kept, change{n, at})
}

// normalise takes what the metrics ask for to what may be: within the bounds,
// neither against recent recommendations nor faster than the policies allow.
func (c *Autoscaler) normalise(h *autoscalingv2.HorizontalPodAutoscaler, m *memory, current, desired, least int32) int32 {
	at := c.r.Clock().Now()
	up, down := time.Duration(0), downscaleStabilization
	b := h.Spec.Behavior
	if b != nil {
		up = seconds(b.ScaleUp.StabilizationWindowSeconds, 0)
		down = seconds(b.ScaleDown.StabilizationWindowSeconds, downscaleStabilization)
	}
	stable, reason, message := m.stabilise(b != nil, current, desired, at, up, down)
	if stable == desired {
		reason, message = "ReadyForNewScale", "recommended size matches current size"
	}
	c.condition(h, autoscalingv2.AbleToScale, corev1.ConditionTrue, reason, message)
	var size int32
	if b == nil {
		size, reason, message = limit(stable, least, min(h.Spec.MaxReplicas, max(scaleUpFactor*current, scaleUpLeast)), h.Spec.MaxReplicas, 0)
	} else {
		most, fewest := h.Spec.MaxReplicas, int32(0)
		switch {
		case stable > current:
			most = min(most, max(current, m.bound(b.ScaleUp, current, at, 1)))
		case stable < current:
			fewest = min(current, m.bound(b.ScaleDown, current, at, -1))
		}
		size, reason, message = limit(stable, least, most, h.Spec.MaxReplicas, fewest)
	}
	limited := corev1.ConditionTrue
	if size == stable {
		limited = corev1.ConditionFalse
	}
	c.condition(h, autoscalingv2.ScalingLimited, limited, reason, message)
	return size
}

func seconds(n *int32, otherwise time.Duration) time.Duration {
	if n == nil {
		return otherwise
	}
	return time.Duration(*n) * time.Second
}

// stabilise holds a recommendation against those of the windows. Without
// behavior there is a window for the way down only.
func (m *memory) stabilise(behavior bool, current, desired int32, at time.Time, up, down time.Duration) (stable int32, reason, message string) {
	highest, lowest := desired, desired
	for _, r := range m.recommendations {
		inDown := r.at.After(at.Add(-down))
		if !behavior {
			inDown = !r.at.Before(at.Add(-down))
		}
		if inDown {
			highest = max(highest, r.replicas)
		}
		if r.at.After(at.Add(-up)) {
			lowest = min(lowest, r.replicas)
		}
	}
	m.recommend(desired, at, func(r change) bool { return r.at.Before(at.Add(-up)) && r.at.Before(at.Add(-down)) })
	const lower = "recent recommendations were lower than current one, applying the lowest recent recommendation"
	const higher = "recent recommendations were higher than current one, applying the highest recent recommendation"
	switch {
	case !behavior:
		return highest, "ScaleDownStabilized", higher
	case desired >= current:
		reason, message = "ScaleUpStabilized", lower
	default:
		reason, message = "ScaleDownStabilized", higher
	}
	return min(max(current, lowest), highest), reason, message
}

// limit brings n between fewest or least and most. most is below highest, and
// fewest above least, where it is the speed that limits.
func limit(n, least, most, highest, fewest int32) (size int32, reason, message string) {
	switch {
	case n < max(least, fewest) && fewest > least:
		return fewest, "ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate"
	case n < least:
		return least, "TooFewReplicas", "the desired replica count is less than the minimum replica count"
	case n > most && most < highest:
		return most, "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate"
	case n > most:
		return most, "TooManyReplicas", "the desired replica count is more than the maximum replica count"
	}
	return n, "DesiredWithinRange", "the desired count is within the acceptable range"
}

// bound is how far the policies of a direction, 1 or -1, allow to go.
func (m *memory) bound(rules *autoscalingv2.HPAScalingRules, current int32, at time.Time, direction int32) int32 {
	if *rules.SelectPolicy == autoscalingv2.DisabledPolicySelect {
		return current
	}
	var proposals []int32
	for _, p := range rules.Policies {
		start := current - m.since(m.ups, at, p.PeriodSeconds) + m.since(m.downs, at, p.PeriodSeconds)
		switch {
		case p.Type == autoscalingv2.PodsScalingPolicy:
			proposals = append(proposals, start+direction*p.Value)
		case direction > 0: // rounded up, or a small workload would never grow
			proposals = append(proposals, int32(math.Ceil(float64(start)*(1+float64(p.Value)/100))))
		default:
			proposals = append(proposals, int32(float64(start)*(1-float64(p.Value)/100)))
		}
	}
	if (*rules.SelectPolicy == autoscalingv2.MinChangePolicySelect) == (direction > 0) {
		return slices.Min(proposals)
	}
	return slices.Max(proposals)
}

// since sums the changes of the last period.
func (m *memory) since(changes []change, at time.Time, periodSeconds int32) (n int32) {
	for _, c := range changes {
		if c.at.After(at.Add(-time.Duration(periodSeconds) * time.Second)) {
			n += c.replicas
		}
	}
	return n
}
