package controller

import (
	"errors"
	"fmt"
	"math"
	"time"

	"gieok/sim/registry"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	resourcehelpers "k8s.io/component-helpers/resource"
)

// Flags of upstream's controller manager, by their defaults.
const (
	cpuInitializationPeriod = 5 * time.Minute
	initialReadinessDelay   = 30 * time.Second
	defaultTolerance        = 0.1
)

// tolerances are how far a ratio of use to target may lie from 1 without
// consequence.
type tolerances struct{ down, up float64 }

func tolerancesOf(h *autoscalingv2.HorizontalPodAutoscaler) tolerances {
	t := tolerances{defaultTolerance, defaultTolerance}
	if b := h.Spec.Behavior; b != nil && b.ScaleDown != nil && b.ScaleDown.Tolerance != nil {
		t.down = b.ScaleDown.Tolerance.AsApproximateFloat64()
	}
	if b := h.Spec.Behavior; b != nil && b.ScaleUp != nil && b.ScaleUp.Tolerance != nil {
		t.up = b.ScaleUp.Tolerance.AsApproximateFloat64()
	}
	return t
}

func (t tolerances) within(ratio float64) bool { return 1-t.down <= ratio && ratio <= 1+t.up }

// A sample is what a Pod was seen to use, in thousandths.
type sample struct {
	value     int64
	timestamp time.Time
	window    time.Duration
}

// sampled are the Pods of a target with what they use of a resource.
type sampled struct {
	c         *Autoscaler
	pods      []*corev1.Pod
	resource  corev1.ResourceName
	container string // "": all of a Pod
	tolerance tolerances

	samples          map[string]sample // of Pods that count
	ready            int
	unready, missing []string // names
}

// read gets the samples and sorts the Pods: those whose samples count, those
// that are not ready yet, and those without a sample.
func (s *sampled) read(namespace string, selector labels.Selector) error {
	if !registry.MetricsServer().Running(s.c.r) {
		return fmt.Errorf("unable to get metrics for resource %s: unable to fetch metrics from resource metrics API: "+
			"the server could not find the requested resource (get pods.metrics.k8s.io)", s.resource)
	}
	s.samples = map[string]sample{}
	metrics := s.c.r.PodMetrics(namespace, selector)
	if len(metrics) == 0 {
		return fmt.Errorf("unable to get metrics for resource %s: no metrics returned from resource metrics API", s.resource)
	}
	for _, m := range metrics {
		total, found := int64(0), false
		for _, c := range m.Containers {
			if s.container == "" || s.container == c.Name {
				q := c.Usage[s.resource]
				total, found = total+q.MilliValue(), true
			}
		}
		if found {
			s.samples[m.Name] = sample{total, m.Timestamp.Time, m.Window.Duration}
		}
	}
	if len(s.pods) == 0 {
		return errors.New("no pods returned by selector while calculating replica count")
	}
	for _, p := range s.pods {
		s.sort(p)
	}
	if len(s.samples) == 0 {
		return errors.New("did not receive metrics for targeted pods (pods might be unready)")
	}
	return nil
}

func (s *sampled) sort(p *corev1.Pod) {
	m, found := s.samples[p.Name]
	switch {
	case p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodFailed:
		delete(s.samples, p.Name)
	case p.Status.Phase == corev1.PodPending, found && s.resource == corev1.ResourceCPU && s.starting(p, m):
		delete(s.samples, p.Name)
		s.unready = append(s.unready, p.Name)
	case !found:
		s.missing = append(s.missing, p.Name)
	default:
		s.ready++
	}
}

// starting reports whether a Pod's use of CPU still tells of its start.
func (s *sampled) starting(p *corev1.Pod, m sample) bool {
	c := podCondition(p, corev1.PodReady)
	if c == nil || p.Status.StartTime == nil {
		return true
	}
	if p.Status.StartTime.Add(cpuInitializationPeriod).After(s.c.r.Clock().Now()) {
		return c.Status == corev1.ConditionFalse || m.timestamp.Before(c.LastTransitionTime.Add(m.window))
	}
	return c.Status == corev1.ConditionFalse && p.Status.StartTime.Add(initialReadinessDelay).After(c.LastTransitionTime.Time)
}

// requests are what the Pods ask for of the resource, in thousandths.
func (s *sampled) requests() (map[string]int64, error) {
	out := map[string]int64{}
	for _, p := range s.pods {
		if s.container == "" && resourcehelpers.IsPodLevelRequestsSet(p) {
			q, ok := resourcehelpers.PodRequests(p, resourcehelpers.PodResourcesOptions{})[s.resource]
			if !ok {
				return nil, fmt.Errorf("missing pod-level request for %s in Pod %s", s.resource, p.Name)
			}
			out[p.Name] = q.MilliValue()
			continue
		}
		found := s.container == ""
		for _, c := range lasting(p) {
			if s.container != "" && s.container != c.Name {
				continue
			}
			found = true
			q, ok := c.Resources.Requests[s.resource]
			if !ok {
				return nil, fmt.Errorf("missing request for %s in container %s of Pod %s", s.resource, c.Name, p.Name)
			}
			out[p.Name] += q.MilliValue()
		}
		if !found {
			return nil, fmt.Errorf("container %s not found in Pod %s", s.container, p.Name)
		}
	}
	return out, nil
}

// lasting are the containers that run as long as the Pod does.
func lasting(p *corev1.Pod) []corev1.Container {
	out := append([]corev1.Container{}, p.Spec.Containers...)
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			out = append(out, c)
		}
	}
	return out
}

// byUtilization is the number of replicas at which the Pods would use percent
// of what they request, with what they use now: in percent, and on average.
func (s *sampled) byUtilization(replicas, percent int32) (n, utilization int32, usage int64, err error) {
	requests, err := s.requests()
	if err != nil {
		return 0, 0, 0, err
	}
	measure := func() (ratio float64, utilization int32, usage int64, err error) {
		var used, requested int64
		for name, m := range s.samples {
			used, requested = used+m.value, requested+requests[name]
		}
		if requested == 0 {
			return 0, 0, 0, errors.New("no metrics returned matched known pods")
		}
		utilization = int32(used * 100 / requested)
		return float64(utilization) / float64(percent), utilization, used / int64(len(s.samples)), nil
	}
	ratio, utilization, usage, err := measure()
	if err != nil {
		return 0, 0, 0, err
	}
	n = s.size(replicas, ratio, func(name string) int64 { return requests[name] * int64(max(100, percent)) / 100 },
		func() float64 { r, _, _, _ := measure(); return r })
	return n, utilization, usage, nil
}

// byValue is the number of replicas at which the Pods would use value
// thousandths on average.
func (s *sampled) byValue(replicas int32, value int64) (n int32, usage int64, err error) {
	measure := func() (float64, int64) {
		var used int64
		for _, m := range s.samples {
			used += m.value
		}
		usage := used / int64(len(s.samples))
		return float64(usage) / float64(value), usage
	}
	ratio, usage := measure()
	n = s.size(replicas, ratio, func(string) int64 { return value }, func() float64 { r, _ := measure(); return r })
	return n, usage, nil
}

// size turns the ratio of use to target into a number of replicas. Pods of
// which too little is known are taken to be against the change: on the way
// down a missing one uses all that it might, on the way up it and one that is
// not ready use nothing.
func (s *sampled) size(replicas int32, ratio float64, most func(name string) int64, again func() float64) int32 {
	upWithUnready := len(s.unready) > 0 && ratio > 1
	if !upWithUnready && len(s.missing) == 0 {
		if s.tolerance.within(ratio) {
			return replicas
		}
		return int32(math.Ceil(ratio * float64(s.ready)))
	}
	for _, name := range s.missing {
		switch {
		case ratio < 1:
			s.samples[name] = sample{value: most(name)}
		case ratio > 1:
			s.samples[name] = sample{}
		}
	}
	if upWithUnready {
		for _, name := range s.unready {
			s.samples[name] = sample{}
		}
	}
	next := again()
	if s.tolerance.within(next) || ratio < 1 && next > 1 || ratio > 1 && next < 1 {
		return replicas
	}
	n := int32(math.Ceil(next * float64(len(s.samples))))
	if next < 1 && n > replicas || next > 1 && n < replicas {
		return replicas
	}
	return n
}
