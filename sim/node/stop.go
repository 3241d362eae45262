package node

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/container"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// graceLeast is what a container gets between its stop signal and SIGKILL in
// any case (kuberuntime's minimumGracePeriodInSeconds).
const graceLeast = 2 * time.Second

// beginDelete starts the end of a Pod that is being deleted, or shortens it.
func (k *Kubelet) beginDelete(p *pod, now time.Time, grace int64) {
	if p.stopFor == "delete" && grace >= p.grants {
		return
	}
	p.grants = grace
	k.beginStop(p, now, "delete", grace)
	for _, c := range p.containers {
		if kill := now.Add(max(time.Duration(grace)*time.Second, graceLeast)); c.stop && kill.Before(c.killAt) {
			c.killAt, c.turnBy = kill, earlier(c.turnBy, now.Add(time.Duration(grace)*time.Second))
		}
	}
}

// beginStop starts to end all containers of a Pod.
func (k *Kubelet) beginStop(p *pod, now time.Time, why string, grace int64) {
	if p.stopping && p.stopFor == why && why != "delete" {
		return
	}
	p.stopping, p.stopFor = true, why
	p.killBy = now.Add(time.Duration(grace) * time.Second)
	for _, c := range p.containers {
		c.creating, c.pulling = time.Time{}, time.Time{}
	}
}

// stepStop brings the end of containers on. All are told at once, and their
// preStop hooks run; then regular ones get their signal together, and sidecars
// one by one in reverse order, all within one grace period (kuberuntime's
// killContainer and terminationOrdering).
func (k *Kubelet) stepStop(p *pod, now time.Time) {
	if p.stopping {
		k.stopNext(p, now)
	}
	for _, c := range p.containers {
		if !c.stop || !c.up || c.proc.State().Exited {
			continue
		}
		if !c.hookFails.IsZero() && !now.Before(c.hookFails) {
			c.hookFails = time.Time{}
			k.event(p, c, corev1.EventTypeWarning, "FailedPreStopHook", "PreStopHook failed")
		}
		if c.waits && !now.Before(c.signalAt) && (p.turn(c) || !now.Before(c.turnBy)) {
			c.waits = false
			c.killAt = now.Add(max(c.turnBy.Sub(now), graceLeast))
		}
		if !c.signalled && !c.waits && !now.Before(c.signalAt) {
			c.signalled = true
			c.proc.Signal(now, p.stopSignal(c), k.world(p))
		}
		if c.signalled && !now.Before(c.killAt) {
			c.proc.Signal(now, container.SIGKILL, k.world(p))
		}
	}
	k.runProcesses(p, now)
	if p.stopping && p.stopFor != "sidecars" && !slices.ContainsFunc(p.containers, func(c *ctr) bool { return c.up }) {
		k.stopOver(p, now)
	}
}

// stopSignal is the signal that asks a container to end: the Pod's choice, or
// the image's.
func (p *pod) stopSignal(c *ctr) container.Signal {
	if l := p.spec(c).Lifecycle; l != nil && l.StopSignal != nil {
		if s, ok := container.SignalNamed(string(*l.StopSignal)); ok {
			return s
		}
	}
	im, _ := container.Lookup(c.image)
	return im.StopSignal
}

func (k *Kubelet) stopNext(p *pod, now time.Time) {
	grace := p.killBy.Sub(now)
	for _, c := range p.containers {
		if c.up && (p.stopFor != "sidecars" || c.sidecar || c.ephemeral) {
			k.stopContainer(p, c, now, grace, "Stopping container "+c.name)
		}
	}
}

// turn tells whether nothing that stops before a sidecar runs any more.
func (p *pod) turn(c *ctr) bool {
	return !slices.ContainsFunc(p.containers, func(o *ctr) bool {
		return o.up && !o.proc.State().Exited && (o.regular() || o.sidecar && o.index > c.index)
	})
}

// stopContainer starts the end of one container: preStop, stop signal, and
// SIGKILL when its grace is over.
func (k *Kubelet) stopContainer(p *pod, c *ctr, now time.Time, grace time.Duration, message string) {
	if c.stop || !c.up {
		return
	}
	k.event(p, c, corev1.EventTypeNormal, "Killing", message)
	c.stop, c.signalled, c.signalAt = true, false, now
	c.probes[liveness], c.probes[startup] = probe{}, probe{}
	if l := p.spec(c).Lifecycle; l != nil && l.PreStop != nil && grace > 0 {
		k.preStop(p, c, l.PreStop, now, grace)
	}
	left := grace - c.signalAt.Sub(now).Truncate(time.Second) // the hook's whole seconds count
	c.waits, c.turnBy = c.sidecar && p.stopping, c.signalAt.Add(left)
	c.killAt = c.signalAt.Add(max(left, graceLeast))
}

// runInside runs a command in a container, as exec does, and lets it have all
// its time at once: what it writes is there from its start. An error is the
// runtime's, that the command could not be started.
func (k *Kubelet) runInside(p *pod, c *ctr, argv []string, now time.Time, limit time.Duration) (container.State, []container.Line, error) {
	spec := k.beside(p, c, argv)
	spec.Start = now
	proc, err := container.Start(spec, k.world(p))
	if err != nil {
		return container.State{}, nil, c.execError(err)
	}
	proc.Run(now.Add(limit), k.world(p))
	k.handOn(p, c, proc, now)
	out, _ := proc.Output()
	return proc.State(), out, nil
}

// execError is how a runtime says that a command could not be started.
func (c *ctr) execError(err error) error {
	_, why, _ := strings.Cut(err.Error(), "exec: ")
	return fmt.Errorf("failed to exec in container: failed to start exec %q: OCI runtime exec failed: exec failed: unable to start container process: exec: %s",
		strings.TrimPrefix(c.id, "containerd://"), why)
}

// handOn gives process 1 the signals that a command beside it has sent.
func (k *Kubelet) handOn(p *pod, c *ctr, from *container.Process, now time.Time) {
	for _, s := range from.Sent() {
		if s != container.SIGKILL && c.up && !c.proc.State().Exited {
			c.proc.Signal(now, s, k.world(p))
		}
	}
	if len(from.Sent()) > 0 {
		k.r.Clock().Enqueue(actor, p.key())
	}
}

// stopOver is reached when nothing of a stopping Pod runs any more.
func (k *Kubelet) stopOver(p *pod, now time.Time) {
	if p.final == "" {
		p.final = corev1.PodSucceeded
		for _, c := range p.containers {
			if !c.ephemeral && (c.exited == nil && !c.init || c.exited != nil && c.exited.ExitCode != 0 && !c.sidecar) {
				p.final = corev1.PodFailed
			}
		}
		if p.deadline || p.evicted != "" {
			p.final = corev1.PodFailed
		}
	}
	if p.stopFor == "delete" {
		k.finalDelete(p)
	}
}

// finalDelete writes the last status and removes the Pod.
func (k *Kubelet) finalDelete(p *pod) {
	k.writeStatus(p)
	now := int64(0)
	err := registry.Delete[*corev1.Pod](k.r, p.obj.Namespace, p.obj.Name, registry.DeleteOptions{GracePeriodSeconds: &now, UID: p.obj.UID})
	if err != nil {
		if o, ok := registry.Get[*corev1.Pod](k.r, p.obj.Namespace, p.obj.Name); ok && o.UID == p.obj.UID {
			k.r.Clock().After(retryAfter, actor, p.key())
			return
		}
	}
	p.gone = true
}
