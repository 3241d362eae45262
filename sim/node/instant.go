package node

import (
	"slices"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// syncInstant plays one stage of the recordings' node: kwok's default stages
// and the recorder's own pod-fail. Each stage is one write; the write brings
// the next one.
func (k *Kubelet) syncInstant(key string) {
	namespace, name, _ := strings.Cut(key, "/")
	p, ok := registry.Get[*corev1.Pod](k.r, namespace, name)
	if !ok || !k.runs(p.Spec.NodeName) {
		return
	}
	if p.DeletionTimestamp != nil {
		if grace := p.DeletionGracePeriodSeconds; len(p.Finalizers) > 0 && grace != nil && *grace == 0 {
			return // only whoever owns the finalizer can go on
		}
		now := int64(0)
		err := registry.Delete[*corev1.Pod](k.r, namespace, name, registry.DeleteOptions{GracePeriodSeconds: &now, UID: p.UID})
		if err == nil {
			return
		}
		if _, there := registry.Get[*corev1.Pod](k.r, namespace, name); there {
			k.retry(err, actor, key)
		}
		return
	}
	var stage func(*corev1.Pod)
	fails := instantFails(p)
	switch p.Status.Phase {
	case corev1.PodPending:
		if podReady(p) {
			return
		}
		ip, host := k.address(p)
		stage = func(p *corev1.Pod) { k.stageReady(p, ip, host) }
	case corev1.PodRunning:
		switch {
		case fails && p.Spec.RestartPolicy == corev1.RestartPolicyNever:
			stage = func(p *corev1.Pod) { k.stageEnd(p, corev1.PodFailed, 1, "Error") }
		case !fails && slices.ContainsFunc(p.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Kind == "Job" }):
			stage = func(p *corev1.Pod) { k.stageEnd(p, corev1.PodSucceeded, 0, "Completed") }
		}
	}
	if stage != nil {
		k.retry(registry.MutateStatus(k.r, namespace, name, stage), actor, key)
	}
}

// instantFails looks for what the recorder's pod-fail looks for.
func instantFails(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool {
		return slices.Contains(c.Command, "false") || slices.Contains(c.Command, "exit 1")
	})
}

func podReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func (k *Kubelet) stageReady(p *corev1.Pod, ip, host string) {
	now := metav1.NewTime(k.r.Clock().Now())
	kinds := []corev1.PodConditionType{corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady}
	for _, g := range p.Spec.ReadinessGates {
		kinds = append(kinds, g.ConditionType)
	}
	var conditions []corev1.PodCondition
	for _, t := range kinds {
		conditions = append(conditions, corev1.PodCondition{Type: t, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	for _, c := range p.Status.Conditions {
		if !slices.Contains(kinds, c.Type) {
			conditions = append(conditions, c)
		}
	}
	s := &p.Status
	s.Conditions = conditions
	s.ContainerStatuses, s.InitContainerStatuses = nil, nil
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
	for _, c := range p.Spec.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, corev1.ContainerStatus{Name: c.Name, Image: c.Image, Ready: true, State: running})
	}
	for _, c := range p.Spec.InitContainers {
		status := corev1.ContainerStatus{Name: c.Name, Image: c.Image, Ready: true}
		if isSidecar(&c) {
			yes := true
			status.Started, status.State = &yes, running
		} else {
			status.State.Terminated = &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}
		}
		s.InitContainerStatuses = append(s.InitContainerStatuses, status)
	}
	s.HostIP, s.PodIP = host, ip
	s.HostIPs, s.PodIPs = nil, nil
	if host != "" {
		s.HostIPs = []corev1.HostIP{{IP: host}}
	}
	if ip != "" {
		s.PodIPs = []corev1.PodIP{{IP: ip}}
	}
	s.Phase, s.StartTime = corev1.PodRunning, &now
}

func (k *Kubelet) stageEnd(p *corev1.Pod, phase corev1.PodPhase, code int32, reason string) {
	now := metav1.NewTime(k.r.Clock().Now())
	no := false
	p.Status.ContainerStatuses = nil
	for _, c := range p.Spec.Containers {
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{Name: c.Name, Image: c.Image, Started: &no,
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, StartedAt: now, FinishedAt: now}}})
	}
	p.Status.Phase = phase
}

func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}
