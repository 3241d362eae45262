package node

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// ruleFor is the first rule of a container's restart policy that an exit code
// matches, nil for none.
func (p *pod) ruleFor(c *ctr) *corev1.ContainerRestartRule {
	rules := p.spec(c).RestartPolicyRules
	for i := range rules {
		if e := rules[i].ExitCodes; e != nil && slices.Contains(e.Values, c.exited.ExitCode) == (e.Operator == corev1.ContainerRestartRuleOnExitCodesOpIn) {
			return &rules[i]
		}
	}
	return nil
}

// restartAll begins a Pod again in its place when a container has ended in a
// way for which its rules ask that: all others are killed without grace, and
// init containers run anew (kuberuntime's ContainersToReset). It tells whether
// that is under way.
func (k *Kubelet) restartAll(p *pod, now time.Time) bool {
	if !p.resetting {
		p.resetting = slices.ContainsFunc(p.containers, func(c *ctr) bool {
			if !c.over() || c.up {
				return false
			}
			rule := p.ruleFor(c)
			return rule != nil && rule.Action == corev1.ContainerRestartRuleActionRestartAllContainers
		})
		if !p.resetting {
			return false
		}
	}
	waits := false
	for _, c := range p.containers {
		if c.up && !c.ephemeral {
			k.stopContainer(p, c, now, 0, "killing")
			waits = true
		}
	}
	if waits {
		k.stepStop(p, now)
		return true
	}
	p.resetting = false
	for _, c := range p.containers {
		if c.over() && !c.ephemeral {
			c.last, c.prev, c.exited = c.exited, c.proc, nil
			c.proc, c.reason, c.message, c.shown = nil, "", "", false
			c.backoff, c.allowed, c.mustRestart = 0, false, false
		}
	}
	p.again(now)
	return true
}

// Crash back-off (client-go's flowcontrol.Backoff as kuberuntime uses it).
const (
	backoffFirst = 10 * time.Second
	backoffMax   = 300 * time.Second
	backoffReset = 2 * backoffMax
)

// restart starts a container that has ended, now or when its back-off is over.
func (k *Kubelet) restart(p *pod, c *ctr, now time.Time) {
	if key := p.backoffKey(c); c.backoffKey != key {
		c.backoffKey, c.backoff = key, 0
	}
	switch {
	case c.allowed: // a start is under way
	case c.mustRestart:
		if !k.restartKilled(p, c, now) {
			return
		}
	case c.backsOff(c.finished(), now):
		c.reason, c.message = "CrashLoopBackOff", k.backOff(p, c)
		p.again(earlier(c.finished().Add(c.backoff), now.Add(resync)))
		return
	case c.backsOff(c.finished(), now.Add(-showTime)):
		p.again(c.finished().Add(c.backoff + showTime)) // CrashLoopBackOff shows for a moment
		return
	default:
		c.nextBackoff(c.finished(), now)
	}
	k.start(p, c, now)
}

// restartKilled decides about a container that the kubelet has killed to start
// it anew. Both happen in one sync, which knows the container as running: the
// exit from which back-off counts is that of the run before, and the first time
// there is none. Only if that says to wait, the next sync looks at this exit.
func (k *Kubelet) restartKilled(p *pod, c *ctr, now time.Time) bool {
	if c.last == nil {
		c.allowed = true
		return true
	}
	if before := c.last.FinishedAt.Time; !c.backsOff(before, now) {
		c.nextBackoff(before, now)
		return true
	}
	c.mustRestart = false
	c.reason, c.message, c.shown = "CrashLoopBackOff", k.backOff(p, c), true
	p.again(now)
	return false
}

// backOff says that a container is not started yet.
func (k *Kubelet) backOff(p *pod, c *ctr) (message string) {
	where := fmt.Sprintf("%s_%s(%s)", p.obj.Name, p.obj.Namespace, p.obj.UID)
	k.event(p, c, corev1.EventTypeWarning, "BackOff", fmt.Sprintf("Back-off restarting failed container %s in pod %s", c.name, where))
	return fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", c.backoff, c.name, where)
}

// finished is when the present run ended.
func (c *ctr) finished() time.Time {
	if c.proc != nil {
		return c.proc.State().Finished
	}
	return c.exited.FinishedAt.Time
}

// backsOff tells whether a start is too early after an exit.
func (c *ctr) backsOff(exit, now time.Time) bool {
	return c.backoff > 0 && exit.Sub(c.backoffAt) <= backoffReset && now.Sub(exit) < c.backoff
}

// nextBackoff lets a container start and sets how long it waits the next time.
func (c *ctr) nextBackoff(exit, now time.Time) {
	if c.backoff == 0 || exit.Sub(c.backoffAt) > backoffReset {
		c.backoff = backoffFirst
	} else {
		c.backoff = min(2*c.backoff, backoffMax)
	}
	c.backoffAt, c.allowed = now, true
}

// backoffKey is what of a container begins its back-off anew when it changes.
func (p *pod) backoffKey(c *ctr) string {
	return p.spec(c).Image + " " + p.spec(c).Resources.String()
}
