package node

import (
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
