package node

import (
	"slices"
	"strings"
	"time"

	"gieok/sim/container"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// syncReal looks at one Pod: it lets its processes come up to now, does what
// is due, writes the status and asks to be called again.
func (k *Kubelet) syncReal(key string) {
	namespace, name, _ := strings.Cut(key, "/")
	obj, ok := registry.Get[*corev1.Pod](k.r, namespace, name)
	p := k.pods[key]
	if p != nil && (!ok || obj.UID != p.obj.UID) {
		k.forget(p)
		p = nil
	}
	if !ok || !k.runs(obj.Spec.NodeName) || k.silent(obj.Spec.NodeName) {
		return
	}
	now := k.r.Clock().Now()
	if p == nil {
		if terminal(obj) && obj.DeletionTimestamp == nil {
			return
		}
		p = newPod(obj, now)
		k.pods[key] = p
		k.admit(p)
	}
	old := p.obj
	p.obj = obj
	if old.Generation != obj.Generation {
		k.respec(p, now)
		k.resize(p, old, now)
	}
	k.step(p, now)
	if p.gone {
		return
	}
	k.writeStatus(p)
	if at, ok := k.next(p, now); ok {
		k.r.Clock().At(at, actor, key)
	}
}

// respec looks again at a Pod whose spec has changed: an image may have.
func (k *Kubelet) respec(p *pod, now time.Time) {
	p.again(now)
	p.addEphemeral()
	if p.obj.DeletionTimestamp == nil && p.rejected == "" && p.final == "" {
		for _, u := range unknownFields(p.obj) {
			k.dontKnow(p, u.Field, u.Why)
		}
	}
}

// resize gives running containers the resources that the Pod now asks for. A
// container restarts for it only where its policy says so.
func (k *Kubelet) resize(p *pod, old *corev1.Pod, now time.Time) {
	for _, c := range p.containers {
		if !c.regular() || !c.up || c.stop {
			continue
		}
		spec, before := p.spec(c), &old.Spec.Containers[c.index]
		c.proc.LimitMemory(p.memoryLimit(c))
		for _, policy := range spec.ResizePolicy {
			name := policy.ResourceName
			request, was := spec.Resources.Requests[name], before.Resources.Requests[name]
			limit, had := spec.Resources.Limits[name], before.Resources.Limits[name]
			if policy.RestartPolicy == corev1.RestartContainer && (request.Cmp(was) != 0 || limit.Cmp(had) != 0) {
				c.mustRestart = true
				k.stopContainer(p, c, now, time.Duration(p.grace())*time.Second, "Container "+c.name+" resize requires restart")
			}
		}
	}
}

func terminal(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// admit takes a new Pod in.
func (k *Kubelet) admit(p *pod) {
	p.ip, p.host = k.address(p.obj)
	p.sync = k.r.Clock().Now()
	p.busy = p.sync.Add(sandboxTime)
	if k.reject(p) {
		p.final = corev1.PodFailed
		return
	}
	for _, u := range unknownFields(p.obj) {
		k.dontKnow(p, u.Field, u.Why)
	}
}

// forget drops a Pod that is gone with all that was its own.
func (k *Kubelet) forget(p *pod) {
	delete(k.pods, p.key())
	prefix := "pod/" + string(p.obj.UID) + "/"
	for key := range k.disk {
		if strings.HasPrefix(key, prefix) {
			delete(k.disk, key)
		}
	}
}

// step does whatever is due for a Pod at the present time.
func (k *Kubelet) step(p *pod, now time.Time) {
	k.runProcesses(p, now)
	if p.obj.DeletionTimestamp != nil && len(p.unknown) == 0 {
		k.beginDelete(p, now, *p.obj.DeletionGracePeriodSeconds)
	}
	if len(p.unknown) > 0 {
		k.stepUnknown(p, now)
		return
	}
	k.stepStop(p, now)
	if p.gone {
		return
	}
	if s := p.obj.Spec.ActiveDeadlineSeconds; s != nil && !p.deadline && p.final == "" && !p.stopping && !now.Before(p.start.Add(time.Duration(*s)*time.Second)) {
		p.deadline = true
		k.event(p, nil, corev1.EventTypeNormal, "DeadlineExceeded", deadlineMessage)
		k.beginStop(p, now, "deadline", p.grace())
		k.stepStop(p, now)
	}
	if p.final == "" && p.stopping && p.stopFor != "sidecars" {
		k.stepProbes(p, now) // readiness is looked at to the end
	}
	if p.final != "" || p.stopping && p.stopFor != "sidecars" {
		return
	}
	k.stepUsage(p, now)
	k.stepHooks(p, now)
	k.stepProbes(p, now)
	k.stepStop(p, now)
	if !p.sync.IsZero() && !now.Before(p.sync) && !now.Before(p.busy) && !p.hooked() {
		p.sync = time.Time{}
		k.syncPod(p, now)
	}
}

const deadlineMessage = "Pod was active on the node longer than the specified deadline"

func (p *pod) grace() int64 {
	if g := p.obj.Spec.TerminationGracePeriodSeconds; g != nil {
		return *g
	}
	return 30
}

// stepUnknown waits for a Pod of unknown state to be deleted. That it is gone
// after its grace period is known whatever it runs.
func (k *Kubelet) stepUnknown(p *pod, now time.Time) {
	if p.obj.DeletionTimestamp != nil && !now.Before(p.obj.DeletionTimestamp.Time) {
		k.finalDelete(p)
	}
}

// runProcesses lets the processes of a Pod come up to now, and notices what
// has ended.
func (k *Kubelet) runProcesses(p *pod, now time.Time) {
	for _, c := range p.containers {
		if c.proc == nil || !c.up {
			continue
		}
		if !c.proc.State().Exited {
			c.proc.Run(now, k.world(p))
		}
		s := c.proc.State()
		if s.Unknown != "" {
			k.dontKnow(p, p.fieldOf(c, "command"), s.Unknown)
			continue
		}
		if !s.Exited {
			continue
		}
		if c.notice.IsZero() {
			c.notice = s.Finished.Add(relist)
			if c.mustRestart || c.hookFailed { // whoever killed it waits for its end
				c.notice = s.Finished
			}
		}
		if !now.Before(c.notice) {
			k.noticeExit(p, c, s)
			p.sync = now
		}
	}
}

func (k *Kubelet) noticeExit(p *pod, c *ctr, s container.State) {
	reason := "Completed"
	switch {
	case s.OOM:
		reason = "OOMKilled"
	case s.ExitCode != 0:
		reason = "Error"
	}
	c.up, c.notice = false, time.Time{}
	c.okReady, c.okStarted = c.okReady && c.mustRestart, c.okStarted && c.mustRestart
	for i := range c.probes { // what a worker has counted stays
		c.probes[i] = probe{failures: c.probes[i].failures, successes: c.probes[i].successes}
	}
	c.reason, c.message, c.shown = "", "", false
	if c.hookFailed {
		c.reason, c.message, c.shown = "PostStartHookError", c.postFail, true
	}
	if c.hookOpen || !c.hookFails.IsZero() {
		k.event(p, c, corev1.EventTypeWarning, "FailedPreStopHook", "PreStopHook failed")
	}
	c.stop, c.signalled, c.waits, c.hookOpen, c.hookFails = false, false, false, false, time.Time{}
	c.postStart, c.postFail, c.hookFailed = time.Time{}, "", false
	c.exited = &corev1.ContainerStateTerminated{ExitCode: int32(s.ExitCode), Reason: reason, Message: k.terminationMessage(p, c, s),
		StartedAt: seconds(c.started), FinishedAt: seconds(s.Finished), ContainerID: c.id}
}

// next is the earliest time at which something is due for a Pod.
func (k *Kubelet) next(p *pod, now time.Time) (time.Time, bool) {
	var at time.Time
	due := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	if len(p.unknown) > 0 {
		if p.obj.DeletionTimestamp != nil {
			due(p.obj.DeletionTimestamp.Time)
		}
		return at, !at.IsZero()
	}
	if !p.sync.IsZero() && !p.hooked() && (!p.stopping || p.stopFor == "sidecars") && p.final == "" {
		due(later(p.sync, p.busy))
	}
	if s := p.obj.Spec.ActiveDeadlineSeconds; s != nil && !p.deadline && p.final == "" {
		due(p.start.Add(time.Duration(*s) * time.Second))
	}
	if p.final == "" && !p.stopping {
		due(p.checkAt)
	}
	for _, c := range p.containers {
		due(c.notice)
		if c.proc != nil && c.up && !c.proc.State().Exited {
			if t, ok := c.proc.Next(); ok {
				due(t)
			}
		}
		if c.stop && c.up && !c.proc.State().Exited {
			due(c.hookFails)
			switch {
			case c.signalled:
				due(c.killAt)
			case !c.waits || now.Before(c.signalAt):
				due(c.signalAt)
			case p.turn(c):
				due(now)
			default:
				due(c.turnBy)
			}
		}
		due(c.postStart)
		if c.proc == nil || !c.up || c.proc.State().Exited {
			continue // stepProbes looks at running containers only
		}
		for i := range c.probes {
			switch r := c.probes[i].result; {
			case r != nil:
				due(r.at)
			case !c.stop || i == readiness:
				due(c.probes[i].next)
			}
		}
	}
	return later(at, now), !at.IsZero()
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// hooked tells whether a sync of the Pod is held up by a postStart hook.
func (p *pod) hooked() bool {
	return slices.ContainsFunc(p.containers, (*ctr).hooked)
}

// again asks for a sync of the Pod at t at the latest.
func (p *pod) again(t time.Time) {
	if p.sync.IsZero() || t.Before(p.sync) {
		p.sync = t
	}
}
