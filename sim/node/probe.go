package node

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/container"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The kinds of probes, in the order in which they are looked at.
const (
	startup = iota
	liveness
	readiness
)

func probesOf(c *corev1.Container) [3]*corev1.Probe {
	return [3]*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe}
}

var probeNames = [3]string{"Startup", "Liveness", "Readiness"}

func probeField(i int) string {
	return [3]string{"startupProbe", "livenessProbe", "readinessProbe"}[i]
}

// beginHooksAndProbes runs postStart and sets when each probe first runs.
func (k *Kubelet) beginHooksAndProbes(p *pod, c *ctr, now time.Time) {
	spec := p.spec(c)
	c.okStarted, c.okReady = false, false
	k.startPostStart(p, c, now)
	if len(p.unknown) > 0 {
		return
	}
	for i, probe := range probesOf(spec) {
		if probe != nil {
			c.probes[i].next = now.Add(time.Duration(probe.InitialDelaySeconds) * time.Second)
		}
	}
	k.becomeStarted(p, c)
}

// becomeStarted sets started once nothing stands against it, and ready where
// no probe decides that.
func (k *Kubelet) becomeStarted(p *pod, c *ctr) {
	spec := p.spec(c)
	if c.okStarted || !c.postStart.IsZero() || spec.StartupProbe != nil && !c.probes[startup].passed {
		return
	}
	c.okStarted = true
	c.okReady = spec.ReadinessProbe == nil
}

// stepHooks ends postStart hooks that are over.
func (k *Kubelet) stepHooks(p *pod, now time.Time) {
	for _, c := range p.containers {
		if c.postStart.IsZero() || now.Before(c.postStart) || !c.up {
			continue
		}
		c.postStart = time.Time{}
		if c.postFail {
			c.hookFailed = true
			k.event(p, c, corev1.EventTypeWarning, "FailedPostStartHook", "PostStartHook failed")
			k.stopContainer(p, c, now, time.Duration(p.grace())*time.Second, "FailedPostStartHook")
			continue
		}
		k.becomeStarted(p, c)
		p.again(now)
	}
}

// stepProbes runs the probes that are due.
func (k *Kubelet) stepProbes(p *pod, now time.Time) {
	for _, c := range p.containers {
		if !c.up || c.proc.State().Exited {
			continue
		}
		for i, spec := range probesOf(p.spec(c)) {
			if spec != nil {
				k.stepProbe(p, c, i, spec, now)
			}
			if len(p.unknown) > 0 {
				return
			}
		}
	}
}

func (k *Kubelet) stepProbe(p *pod, c *ctr, i int, spec *corev1.Probe, now time.Time) {
	state := &c.probes[i]
	if state.result != nil && !now.Before(state.result.at) {
		r := state.result
		state.result = nil
		k.probed(p, c, i, spec, r.ok, r.message, now)
	}
	if i != readiness && (c.stop || p.stopping && p.stopFor != "sidecars") {
		c.probes[i] = probe{} // liveness and startup are not looked at any more
		return
	}
	if state.next.IsZero() || now.Before(state.next) || state.result != nil {
		return
	}
	state.next = now.Add(time.Duration(max(spec.PeriodSeconds, 1)) * time.Second)
	if i == startup && state.passed {
		state.next = time.Time{}
		return
	}
	if i != startup && !c.okStarted {
		return
	}
	ok, message, took := k.runProbe(p, c, i, spec, now)
	if len(p.unknown) > 0 {
		return
	}
	if took > 0 {
		state.result = &outcome{at: now.Add(took), ok: ok, message: message}
		return
	}
	k.probed(p, c, i, spec, ok, message, now)
}

// probed counts a result and does what follows from it.
func (k *Kubelet) probed(p *pod, c *ctr, i int, spec *corev1.Probe, ok bool, message string, now time.Time) {
	state := &c.probes[i]
	if ok {
		state.successes, state.failures = state.successes+1, 0
		if state.successes < spec.SuccessThreshold {
			return
		}
		switch i {
		case startup:
			state.passed = true
			state.next = time.Time{}
			k.becomeStarted(p, c)
			for j := range c.probes {
				if j != startup && !c.probes[j].next.IsZero() && c.okStarted {
					c.probes[j].next = later(now, c.started.Add(time.Duration(probesOf(p.spec(c))[j].InitialDelaySeconds)*time.Second))
				}
			}
			p.again(now)
		case readiness:
			c.okReady = true
		}
		return
	}
	state.failures, state.successes = state.failures+1, 0
	k.event(p, c, corev1.EventTypeWarning, "Unhealthy", probeNames[i]+" probe failed: "+message)
	if state.failures < spec.FailureThreshold {
		return
	}
	if i == readiness {
		c.okReady = false
		return
	}
	grace := time.Duration(p.grace()) * time.Second
	if spec.TerminationGracePeriodSeconds != nil {
		grace = time.Duration(*spec.TerminationGracePeriodSeconds) * time.Second
	}
	word := strings.ToLower(probeNames[i])
	text := fmt.Sprintf("Container %s failed %s probe, will be restarted", c.name, word)
	if p.policy() == corev1.RestartPolicyNever && !c.sidecar {
		text = fmt.Sprintf("Container %s failed %s probe", c.name, word)
		if len(p.containers) == 1 {
			text = "Stopping container " + c.name
		}
	} else {
		c.mustRestart = true
	}
	k.stopContainer(p, c, now, grace, text)
}

// runProbe looks at a container once; took is how long that needs.
func (k *Kubelet) runProbe(p *pod, c *ctr, i int, spec *corev1.Probe, now time.Time) (ok bool, message string, took time.Duration) {
	field := p.fieldOf(c, probeField(i))
	switch {
	case spec.Exec != nil:
		limit := time.Duration(max(spec.TimeoutSeconds, 1)) * time.Second
		s, out := k.runInside(p, c, spec.Exec.Command, now, limit)
		if s.Unknown != "" {
			k.dontKnow(p, field, s.Unknown)
			return false, "", 0
		}
		if !s.Exited {
			return false, fmt.Sprintf("command timed out: %q timed out after %s", strings.Join(spec.Exec.Command, " "), limit), limit
		}
		var text []string
		for _, l := range out {
			text = append(text, l.Text+"\n")
		}
		return s.ExitCode == 0, strings.Join(text, ""), s.Finished.Sub(now)
	case spec.TCPSocket != nil:
		port, err := portNumber(p.spec(c), spec.TCPSocket.Port)
		if err != "" {
			return false, err, 0
		}
		if p.serverOn(port) != nil {
			return true, "", 0
		}
		return false, fmt.Sprintf("dial tcp %s:%d: connect: connection refused", p.ip, port), 0
	case spec.HTTPGet != nil:
		ok, message := k.httpProbe(p, c, spec.HTTPGet, field)
		return ok, message, 0
	}
	if spec.GRPC != nil {
		// No program of the catalogue speaks gRPC: the connection is never made.
		limit := time.Duration(max(spec.TimeoutSeconds, 1)) * time.Second
		return false, fmt.Sprintf("timeout: failed to connect service \"%s:%d\" within %s: context deadline exceeded", p.ip, spec.GRPC.Port, limit), limit
	}
	k.dontKnow(p, field, "a probe that is not simulated")
	return false, "", 0
}

func portNumber(c *corev1.Container, port intstr.IntOrString) (int32, string) {
	if port.Type == intstr.Int {
		return port.IntVal, ""
	}
	for _, p := range c.Ports {
		if p.Name == port.StrVal {
			return p.ContainerPort, ""
		}
	}
	return 0, fmt.Sprintf("strconv.Atoi: parsing %q: invalid syntax", port.StrVal)
}

// serverOn finds the container of a Pod whose server listens on a port. What
// else runs in the containers of this simulator listens nowhere.
func (p *pod) serverOn(port int32) *ctr {
	for _, c := range p.containers {
		if c.up && slices.Contains(c.proc.Ports(), port) {
			return c
		}
	}
	return nil
}

func (k *Kubelet) httpProbe(p *pod, c *ctr, h *corev1.HTTPGetAction, field string) (ok bool, message string) {
	port, bad := portNumber(p.spec(c), h.Port)
	if bad != "" {
		return false, bad
	}
	scheme := strings.ToLower(string(h.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	path := "/" + strings.TrimPrefix(h.Path, "/")
	server := p.serverOn(port)
	if server == nil {
		return false, fmt.Sprintf("Get \"%s://%s:%d%s\": dial tcp %s:%d: connect: connection refused", scheme, p.ip, port, path, p.ip, port)
	}
	if scheme != "http" {
		k.dontKnow(p, field, "an answer over TLS")
		return false, ""
	}
	r := hookRequest(p, port, path)
	for _, header := range h.HTTPHeaders {
		if strings.EqualFold(header.Name, "host") {
			r.Host = header.Value
		}
	}
	a := k.get(r)(p, server, port)
	for hops := 0; a.Location != "" && hops < redirectsMax; hops++ {
		to, same := strings.CutPrefix(a.Location, "http://"+r.Host)
		if !same && !strings.HasPrefix(a.Location, "/") {
			k.event(p, c, corev1.EventTypeWarning, "ProbeWarning", fmt.Sprintf("%s probe warning: Probe terminated redirects, Response body: %s", probeWord(field), a.Body))
			return true, ""
		}
		if r.Path = to; !same {
			r.Path = a.Location
		}
		a = k.get(r)(p, server, port)
	}
	switch {
	case a.Unknown != "":
		k.dontKnow(p, field, "an answer that is not simulated: "+a.Unknown)
		return false, ""
	case a.Status == 0:
		return false, fmt.Sprintf("Get \"%s://%s:%d%s\": EOF", scheme, p.ip, port, path)
	case a.Status >= 200 && a.Status < 400:
		return true, ""
	}
	return false, fmt.Sprintf("HTTP probe failed with statuscode: %d", a.Status)
}

const (
	probeAgent   = "kube-probe/1.37"
	redirectsMax = 10
)

// hookRequest is how a kubelet asks a Pod.
func hookRequest(p *pod, port int32, path string) container.Request {
	return container.Request{Method: "GET", Host: fmt.Sprintf("%s:%d", p.ip, port), Path: path, Agent: probeAgent, From: gateway(p.ip)}
}

// gateway is the address from which a node asks its Pods.
func gateway(ip string) string {
	return ip[:strings.LastIndexByte(ip, '.')+1] + "1"
}

func probeWord(field string) string {
	for i, name := range probeNames {
		if strings.HasSuffix(field, probeField(i)) {
			return name
		}
	}
	return ""
}
