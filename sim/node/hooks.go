package node

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// hookMax bounds how long a hook may take.
const hookMax = time.Hour

// A hookEnd is what becomes of a hook.
type hookEnd struct {
	over time.Time // when the kubelet waits for it no longer
	open bool      // it still runs then
	err  string    // why it fails; "": it does not
}

// hook runs what a container's lifecycle asks for; a TCP connection, which the
// API still takes, is no handler to a kubelet and fails at once (kubelet's
// lifecycle handlers).
func (k *Kubelet) hook(p *pod, c *ctr, field string, h *corev1.LifecycleHandler, now time.Time, limit time.Duration) hookEnd {
	who := fmt.Sprintf("for Container %q in Pod \"%s_%s(%s)\" failed - error: ", c.name, p.obj.Name, p.obj.Namespace, p.obj.UID)
	switch {
	case h.Exec != nil:
		return k.execHook(p, c, field, h.Exec.Command, who, now, limit)
	case h.Sleep != nil:
		d := time.Duration(h.Sleep.Seconds) * time.Second
		return hookEnd{over: now.Add(min(d, limit))}
	case h.HTTPGet != nil:
		if err := k.httpHook(p, c, h.HTTPGet); err != "" {
			return hookEnd{over: now, err: fmt.Sprintf("HTTP lifecycle hook (%s) %s%s", h.HTTPGet.Path, who, err)}
		}
		return hookEnd{over: now}
	}
	return hookEnd{over: now, err: "Cannot run handler: invalid handler"}
}

func (k *Kubelet) execHook(p *pod, c *ctr, field string, argv []string, who string, now time.Time, limit time.Duration) hookEnd {
	s, out, err := k.runInside(p, c, argv, now, limit)
	what := fmt.Sprintf("Exec lifecycle hook (%v) %s", argv, who)
	switch {
	case err != nil:
		return hookEnd{over: now, err: fmt.Sprintf("%s%v, message: \"\"", what, err)}
	case s.Unknown != "":
		k.dontKnow(p, p.fieldOf(c, field), s.Unknown)
		return hookEnd{over: now, err: s.Unknown}
	case !s.Exited:
		return hookEnd{over: now.Add(limit), open: true}
	case s.ExitCode == 0:
		return hookEnd{over: s.Finished}
	}
	text, errs := written(out)
	return hookEnd{over: s.Finished, err: fmt.Sprintf("%scommand '%s' exited with %d: %s, message: %q", what, strings.Join(argv, " "), s.ExitCode, errs, text+errs)}
}

// httpHook asks a Pod. Any answer will do; that nobody listens is a failure.
func (k *Kubelet) httpHook(p *pod, c *ctr, h *corev1.HTTPGetAction) (failed string) {
	port, bad := portNumber(p.spec(c), h.Port)
	if bad != "" {
		return bad
	}
	path := "/" + strings.TrimPrefix(h.Path, "/")
	server := p.serverOn(port)
	if server == nil {
		return fmt.Sprintf("Get \"%s://%s:%d%s\": dial tcp %s:%d: connect: connection refused", strings.ToLower(string(h.Scheme)), p.ip, port, path, p.ip, port)
	}
	k.get(hookRequest(p, port, path))(p, server, port)
	if h.Scheme == corev1.URISchemeHTTPS && server.proc.PlainHTTP() {
		k.event(p, nil, corev1.EventTypeWarning, "LifecycleHTTPFallback",
			fmt.Sprintf("request to HTTPS lifecycle hook %s:%d got HTTP response, retry with HTTP succeeded", p.ip, port))
	}
	return ""
}

func (k *Kubelet) preStop(p *pod, c *ctr, h *corev1.LifecycleHandler, now time.Time, grace time.Duration) {
	end := k.hook(p, c, "lifecycle.preStop", h, now, grace)
	c.signalAt, c.hookOpen = end.over, end.open
	if end.err != "" {
		c.hookFails = end.over
	}
}

func (k *Kubelet) startPostStart(p *pod, c *ctr, now time.Time) {
	l := p.spec(c).Lifecycle
	if l == nil || l.PostStart == nil {
		return
	}
	end := k.hook(p, c, "lifecycle.postStart", l.PostStart, now, hookMax)
	if end.open {
		k.dontKnow(p, p.fieldOf(c, "lifecycle.postStart"), fmt.Sprintf("a hook that takes over %s", hookMax))
		return
	}
	c.postStart, c.postFail = later(end.over, now.Add(time.Millisecond)), end.err
}
