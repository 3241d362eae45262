package node

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// hookMax bounds how long a hook may take.
const hookMax = time.Hour

// hook runs what a container's lifecycle asks for. It tells when that is over
// and whether it failed; a TCP connection, which the API still takes, is no
// handler to a kubelet and fails at once (kubelet's lifecycle handlers).
func (k *Kubelet) hook(p *pod, c *ctr, field string, h *corev1.LifecycleHandler, now time.Time, limit time.Duration) (over time.Time, failed bool) {
	switch {
	case h.Exec != nil:
		s, _ := k.runInside(p, c, h.Exec.Command, now, limit)
		switch {
		case s.Unknown != "":
			k.dontKnow(p, p.fieldOf(c, field), s.Unknown)
			return now, true
		case !s.Exited:
			return now.Add(limit), true
		}
		return s.Finished, s.ExitCode != 0
	case h.Sleep != nil:
		return now.Add(min(time.Duration(h.Sleep.Seconds)*time.Second, limit)), false
	case h.HTTPGet != nil:
		// Any answer will do; that nobody listens is a failure.
		port, bad := portNumber(p.spec(c), h.HTTPGet.Port)
		server := p.serverOn(port)
		if bad != "" || server == nil {
			return now, true
		}
		path := "/" + strings.TrimPrefix(h.HTTPGet.Path, "/")
		k.get(hookRequest(p, port, path))(p, server, port)
		return now, false
	}
	return now, true
}

func (k *Kubelet) preStop(p *pod, c *ctr, h *corev1.LifecycleHandler, now time.Time, grace time.Duration) {
	over, failed := k.hook(p, c, "lifecycle.preStop", h, now, grace)
	c.signalAt = over
	if failed {
		k.event(p, c, corev1.EventTypeWarning, "FailedPreStopHook", "PreStopHook failed")
	}
}

func (k *Kubelet) startPostStart(p *pod, c *ctr, now time.Time) {
	l := p.spec(c).Lifecycle
	if l == nil || l.PostStart == nil {
		return
	}
	over, failed := k.hook(p, c, "lifecycle.postStart", l.PostStart, now, hookMax)
	if failed && !over.Before(now.Add(hookMax)) {
		k.dontKnow(p, p.fieldOf(c, "lifecycle.postStart"), fmt.Sprintf("a hook that takes over %s", hookMax))
		return
	}
	c.postStart, c.postFail = later(over, now.Add(time.Millisecond)), failed
}
