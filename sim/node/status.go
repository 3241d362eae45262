package node

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/container"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// seconds is a time as the API keeps it.
func seconds(t time.Time) metav1.Time { return metav1.NewTime(t.Truncate(time.Second)) }

// event records an Event about a Pod or one of its containers.
func (k *Kubelet) event(p *pod, c *ctr, kind, reason, message string) {
	field := ""
	if c != nil {
		field = fmt.Sprintf("spec.containers{%s}", c.name)
		if c.init {
			field = fmt.Sprintf("spec.initContainers{%s}", c.name)
		} else if c.ephemeral {
			field = fmt.Sprintf("spec.ephemeralContainers{%s}", c.name)
		}
	}
	k.r.RecordFrom(p.obj, field, corev1.EventSource{Component: actor, Host: p.obj.Spec.NodeName}, kind, reason, message)
}

// writeStatus brings the Pod's status in line with what the kubelet knows.
func (k *Kubelet) writeStatus(p *pod) {
	if p.written == p.look() {
		return
	}
	err := registry.MutateStatus(k.r, p.obj.Namespace, p.obj.Name, func(o *corev1.Pod) {
		if o.UID == p.obj.UID {
			k.status(p, &o.Status)
		}
	})
	if err == nil {
		if o, ok := registry.Get[*corev1.Pod](k.r, p.obj.Namespace, p.obj.Name); ok && o.UID == p.obj.UID {
			p.obj = o
		}
		p.written = p.look()
		return
	}
	k.retry(err, actor, p.key())
}

func (k *Kubelet) status(p *pod, s *corev1.PodStatus) {
	start := seconds(p.start)
	s.StartTime = &start
	s.HostIP, s.HostIPs = p.host, nil
	if p.host != "" {
		s.HostIPs = []corev1.HostIP{{IP: p.host}}
	}
	s.ObservedGeneration = p.obj.Generation
	if len(p.unknown) > 0 {
		u := p.unknown[0]
		s.Phase, s.Reason, s.Message = corev1.PodUnknown, "NotSimulated", u.Field+": "+u.Why
		s.ContainerStatuses, s.InitContainerStatuses = nil, nil
		for _, t := range []corev1.PodConditionType{corev1.ContainersReady, corev1.PodReady} {
			k.condition(p, s, t, corev1.ConditionUnknown, "NotSimulated", s.Message)
		}
		return
	}
	if p.rejected != "" {
		s.Phase, s.Reason, s.Message = corev1.PodFailed, p.rejected, "Pod was rejected: "+p.rejectText
		return
	}
	if p.ready {
		s.PodIP, s.PodIPs = p.ip, []corev1.PodIP{{IP: p.ip}}
	}
	s.ContainerStatuses, s.InitContainerStatuses, s.EphemeralContainerStatuses = nil, nil, nil
	for _, c := range p.containers {
		cs := k.containerStatus(p, c)
		if c.init {
			s.InitContainerStatuses = append(s.InitContainerStatuses, cs)
		} else if c.ephemeral {
			cs.Ready, cs.Started, cs.Resources, cs.AllocatedResources = false, nil, nil, nil
			s.EphemeralContainerStatuses = append(s.EphemeralContainerStatuses, cs)
		} else {
			s.ContainerStatuses = append(s.ContainerStatuses, cs)
		}
	}
	s.Phase = p.phase()
	s.Reason, s.Message = "", ""
	if p.deadline {
		s.Phase, s.Reason, s.Message = corev1.PodFailed, "DeadlineExceeded", deadlineMessage
	}
	if p.evicted != "" {
		s.Phase, s.Reason, s.Message = corev1.PodFailed, "Evicted", p.evicted
	}
	k.conditions(p, s)
	if p.disrupted {
		k.condition(p, s, corev1.DisruptionTarget, corev1.ConditionTrue, corev1.PodReasonTerminationByKubelet, p.evicted)
	}
}

func (k *Kubelet) containerStatus(p *pod, c *ctr) corev1.ContainerStatus {
	spec := p.spec(c)
	cs := corev1.ContainerStatus{Name: c.name, Image: spec.Image, RestartCount: int32(max(c.runs-1, 0)), ContainerID: c.id}
	no := false
	cs.Started = &no
	if c.runs > 0 {
		cs.ImageID = imageID(spec.Image)
		cs.Image = fullName(spec.Image)
	}
	if c.last != nil {
		cs.LastTerminationState.Terminated = c.last
	}
	waiting := func(reason, message string) {
		cs.State.Waiting = &corev1.ContainerStateWaiting{Reason: reason, Message: message}
	}
	switch {
	case c.hooked() && c.runs == 1:
		cs.RestartCount, cs.ContainerID = 0, ""
		waiting(p.waitsFor())
	case c.hooked(): // what was before
		cs.RestartCount, cs.ContainerID, cs.LastTerminationState.Terminated = int32(c.runs-2), c.last.ContainerID, nil
		if c.before == "" {
			cs.State.Terminated = c.last
		} else {
			waiting(c.before, c.beforeText)
			cs.LastTerminationState.Terminated = c.last
		}
	case c.up:
		started := c.okStarted
		cs.Started = &started
		cs.Ready = c.ready()
		cs.State.Running = &corev1.ContainerStateRunning{StartedAt: seconds(c.started)}
		cs.Resources = &corev1.ResourceRequirements{Limits: spec.Resources.Limits, Requests: spec.Resources.Requests}
		cs.AllocatedResources = spec.Resources.Requests
	case c.restarting() && !p.stopping:
		started := c.okStarted
		cs.Ready, cs.Started = c.ready(), &started
		cs.State.Running = &corev1.ContainerStateRunning{StartedAt: seconds(c.started)}
	case c.exited != nil && c.shown && c.reason != "" && p.final == "" && !(p.stopping && p.stopFor != "sidecars"):
		waiting(c.reason, c.message)
		cs.LastTerminationState.Terminated = c.exited
	case c.exited != nil:
		cs.State.Terminated = c.exited
		if c.init && !c.sidecar && c.exited.ExitCode == 0 {
			cs.Ready = true
		}
	case c.reason != "" && c.shown:
		waiting(c.reason, c.message)
	default:
		waiting(p.waitsFor())
	}
	return cs
}

// waitsFor is why a container that was not started yet waits.
func (p *pod) waitsFor() (reason, message string) {
	if len(p.obj.Spec.InitContainers) > 0 {
		return "PodInitializing", ""
	}
	return "ContainerCreating", ""
}

// fullName is the name under which a runtime knows an image.
func fullName(ref string) string {
	first, _, slash := strings.Cut(ref, "/")
	if !slash {
		ref = "docker.io/library/" + ref
	} else if !strings.ContainsAny(first, ".:") && first != "localhost" {
		ref = "docker.io/" + ref
	}
	if !strings.Contains(ref, "@") && strings.LastIndexByte(ref, ':') < strings.LastIndexByte(ref, '/') {
		ref += ":latest"
	}
	return ref
}

func imageID(ref string) string {
	name := fullName(ref)
	digest := sha256.Sum256([]byte(name))
	name, _, _ = strings.Cut(name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return fmt.Sprintf("%s@sha256:%x", name, digest)
}

// phase is kubelet's getPhase.
func (p *pod) phase() corev1.PodPhase {
	if p.final != "" {
		return p.final
	}
	var waiting, running, stopped, succeeded int
	for _, c := range p.containers {
		if c.ephemeral {
			continue
		}
		if !c.init {
			switch {
			case c.hooked() && c.runs == 1:
				waiting++
			case c.up:
				running++
			case c.exited != nil:
				stopped++
				if c.exited.ExitCode == 0 && !p.restarts(c) {
					succeeded++
				}
			default:
				waiting++
			}
			continue
		}
		switch {
		case c.sidecar && (c.up && c.okStarted || p.begun()):
		case c.sidecar || c.up || c.exited == nil || c.exited.ExitCode != 0:
			return corev1.PodPending
		}
	}
	switch {
	case waiting > 0:
		return corev1.PodPending
	case running > 0:
		return corev1.PodRunning
	}
	return corev1.PodRunning // until the sync that ends the Pod
}

func (k *Kubelet) conditions(p *pod, s *corev1.PodStatus) {
	set := func(t corev1.PodConditionType, ok bool, reason, message string) {
		status := corev1.ConditionFalse
		if ok {
			status, reason, message = corev1.ConditionTrue, "", ""
		}
		k.condition(p, s, t, status, reason, message)
	}
	over := s.Phase == corev1.PodSucceeded || s.Phase == corev1.PodFailed
	set(corev1.PodReadyToStartContainers, p.ready && !over, "", "")
	var incomplete, unready []string
	for _, c := range p.containers {
		switch {
		case c.ephemeral:
		case c.init && c.sidecar:
			if !p.begun() && !(c.up && c.okStarted) {
				incomplete = append(incomplete, c.name)
			}
			if !(c.ready()) {
				unready = append(unready, c.name)
			}
		case c.init:
			if c.exited == nil || c.exited.ExitCode != 0 {
				incomplete = append(incomplete, c.name)
			}
		case !(c.ready()):
			unready = append(unready, c.name)
		}
	}
	names := func(l []string) string { return "[" + strings.Join(l, " ") + "]" }
	if s.Phase == corev1.PodSucceeded {
		set(corev1.PodInitialized, true, "PodCompleted", "")
		k.condition(p, s, corev1.PodInitialized, corev1.ConditionTrue, "PodCompleted", "")
	} else {
		set(corev1.PodInitialized, len(incomplete) == 0, "ContainersNotInitialized", "containers with incomplete status: "+names(incomplete))
	}
	message := "containers with unready status: " + names(unready)
	reason := "ContainersNotReady"
	switch s.Phase {
	case corev1.PodSucceeded:
		reason, message = "PodCompleted", ""
	case corev1.PodFailed:
		reason, message = "PodFailed", ""
	}
	ready := len(unready) == 0 && !over
	set(corev1.ContainersReady, ready, reason, message)
	if ready {
		var missing []string
		for _, g := range p.obj.Spec.ReadinessGates {
			i := slices.IndexFunc(s.Conditions, func(c corev1.PodCondition) bool { return c.Type == g.ConditionType })
			if i < 0 {
				missing = append(missing, fmt.Sprintf("corresponding condition of pod readiness gate %q does not exist.", g.ConditionType))
			} else if s.Conditions[i].Status != corev1.ConditionTrue {
				missing = append(missing, fmt.Sprintf("the status of pod readiness gate %q is not \"True\", but %v", g.ConditionType, s.Conditions[i].Status))
			}
		}
		ready = len(missing) == 0
		reason, message = "ReadinessGatesNotReady", strings.Join(missing, ", ")
	}
	set(corev1.PodReady, ready, reason, message)
	k.orderConditions(s)
}

// condition sets one condition; its time changes with its status only.
func (k *Kubelet) condition(p *pod, s *corev1.PodStatus, t corev1.PodConditionType, status corev1.ConditionStatus, reason, message string) {
	want := corev1.PodCondition{Type: t, Status: status, Reason: reason, Message: message,
		LastTransitionTime: seconds(k.r.Clock().Now()), ObservedGeneration: p.obj.Generation}
	i := slices.IndexFunc(s.Conditions, func(c corev1.PodCondition) bool { return c.Type == t })
	if i < 0 {
		s.Conditions = append(s.Conditions, want)
		return
	}
	if s.Conditions[i].Status == status {
		want.LastTransitionTime = s.Conditions[i].LastTransitionTime
	}
	s.Conditions[i] = want
}

// orderConditions puts the kubelet's conditions where a kubelet has them:
// before those of the scheduler and of others.
func (k *Kubelet) orderConditions(s *corev1.PodStatus) {
	order := []corev1.PodConditionType{corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled}
	rank := func(c corev1.PodCondition) int {
		if i := slices.Index(order, c.Type); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(s.Conditions, func(a, b corev1.PodCondition) int { return rank(a) - rank(b) })
}

// terminationMessage is what a container left in its terminationMessagePath,
// or the end of its log where that is asked for.
func (k *Kubelet) terminationMessage(p *pod, c *ctr, s container.State) string {
	spec := p.spec(c)
	key := fmt.Sprintf("pod/%s/root/%s/kubelet", p.obj.UID, c.name)
	if vol := k.disk[key]; vol != nil {
		if text := vol.Nodes["termination-log"].Data; text != "" {
			if len(text) > 4096 {
				text = text[:4096]
			}
			return text
		}
	}
	if spec.TerminationMessagePolicy != corev1.TerminationMessageFallbackToLogsOnError || s.ExitCode == 0 {
		return ""
	}
	lines, _ := c.proc.Output()
	if len(lines) > 80 {
		lines = lines[len(lines)-80:]
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Text + "\n")
	}
	text := b.String()
	if len(text) > 2048 {
		text = text[len(text)-2048:]
	}
	return text
}
