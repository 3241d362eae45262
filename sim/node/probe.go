package node

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
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
			c.probes[i].next = p.firstProbe(c, i, now)
		}
	}
	k.becomeStarted(p, c)
}

// firstProbe is when a probe of a container that has begun to run is first due.
// A worker looks every period from when the Pod came to the node on (kubelet's
// prober); readiness is also looked at as soon as the container has started.
func (p *pod) firstProbe(c *ctr, i int, now time.Time) time.Time {
	spec := probesOf(p.spec(c))[i]
	from := later(now, c.started.Add(time.Duration(spec.InitialDelaySeconds)*time.Second))
	if i == readiness {
		return from
	}
	period := time.Duration(max(spec.PeriodSeconds, 1)) * time.Second
	passed := from.Sub(p.probedFrom)
	return p.probedFrom.Add((passed + period - 1).Truncate(period))
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
		if c.postFail != "" {
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
	if r := state.result; r != nil && !now.Before(r.at) {
		state.result = nil
		k.probed(p, c, i, spec, *r, now)
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
	// Until postStart is over a container does not count as running.
	if i != startup && !c.okStarted || !c.postStart.IsZero() {
		return
	}
	r := k.runProbe(p, c, i, spec, now)
	if len(p.unknown) > 0 {
		return
	}
	if r.at.After(now) {
		state.result = &r
		return
	}
	k.probed(p, c, i, spec, r, now)
}

// probed counts a result and does what follows from it.
func (k *Kubelet) probed(p *pod, c *ctr, i int, spec *corev1.Probe, r outcome, now time.Time) {
	state := &c.probes[i]
	if r.errored { // thrown away: the probe has said nothing
		k.event(p, c, corev1.EventTypeWarning, "Unhealthy", probeNames[i]+" probe errored and resulted in unknown state: "+r.message)
		return
	}
	if r.ok {
		state.successes, state.failures = state.successes+1, 0
		if state.successes < spec.SuccessThreshold {
			return
		}
		switch i {
		case startup:
			state.passed, state.successes = true, 0
			state.next = time.Time{}
			k.becomeStarted(p, c)
			for j := range c.probes {
				if j != startup && !c.probes[j].next.IsZero() && c.okStarted {
					c.probes[j].next = p.firstProbe(c, j, now)
				}
			}
			p.again(now)
		case readiness:
			c.okReady = true
		}
		return
	}
	state.failures, state.successes = state.failures+1, 0
	k.event(p, c, corev1.EventTypeWarning, "Unhealthy", probeNames[i]+" probe failed: "+r.message)
	if state.failures < spec.FailureThreshold {
		return
	}
	if i == readiness {
		c.okReady = false
		return
	}
	k.killUnhealthy(p, c, i, spec, now)
}

// killUnhealthy stops a container whose liveness or startup probe has failed
// for good (kuberuntime's computePodActions). Where it would not start again
// and nothing else is to go on, the whole Pod stops, with the grace period of
// the Pod.
func (k *Kubelet) killUnhealthy(p *pod, c *ctr, i int, spec *corev1.Probe, now time.Time) {
	grace := time.Duration(p.grace()) * time.Second
	own := grace
	if spec.TerminationGracePeriodSeconds != nil {
		own = time.Duration(*spec.TerminationGracePeriodSeconds) * time.Second
	}
	text := fmt.Sprintf("ontainer %s failed %s probe", c.name, strings.ToLower(probeNames[i]))
	switch {
	case c.sidecar:
		c.mustRestart = true
		k.stopContainer(p, c, now, own, "Init c"+text)
	case p.restartsUnhealthy(c):
		c.mustRestart = true
		k.stopContainer(p, c, now, own, "C"+text+", will be restarted")
	case slices.ContainsFunc(p.containers, func(o *ctr) bool {
		return o != c && o.regular() && (o.up && !o.stop || !o.up && (!o.over() || p.restarts(o)))
	}):
		k.stopContainer(p, c, now, own, "C"+text)
	default:
		k.stopContainer(p, c, now, grace, "Stopping container "+c.name)
		k.beginStop(p, now, "sidecars", p.grace())
	}
}

// restartsUnhealthy tells whether a container that is killed for a probe starts
// again: rules about exit codes are not asked.
func (p *pod) restartsUnhealthy(c *ctr) bool {
	if own := p.spec(c).RestartPolicy; own != nil {
		return *own != corev1.ContainerRestartPolicyNever
	}
	return p.policy() != corev1.RestartPolicyNever
}

// runProbe looks at a container once.
func (k *Kubelet) runProbe(p *pod, c *ctr, i int, spec *corev1.Probe, now time.Time) outcome {
	field := p.fieldOf(c, probeField(i))
	limit := time.Duration(max(spec.TimeoutSeconds, 1)) * time.Second
	switch {
	case spec.Exec != nil:
		return k.execProbe(p, c, spec.Exec.Command, field, now, limit)
	case spec.TCPSocket != nil:
		port, err := portNumber(p.spec(c), spec.TCPSocket.Port)
		if err != "" {
			return outcome{at: now, errored: true, message: err}
		}
		host, _, server := k.reached(p, spec.TCPSocket.Host, port)
		if server != nil {
			return outcome{at: now, ok: true}
		}
		return outcome{at: now, message: fmt.Sprintf("dial tcp %s:%d: connect: connection refused", host, port)}
	case spec.HTTPGet != nil:
		r := k.httpProbe(p, c, spec.HTTPGet, field)
		r.at = now
		return r
	}
	if spec.GRPC != nil {
		// No program of the catalogue speaks gRPC: the connection is never made.
		return outcome{at: now.Add(limit), message: fmt.Sprintf("timeout: failed to connect service \"%s:%d\" within %s: context deadline exceeded", p.ip, spec.GRPC.Port, limit)}
	}
	k.dontKnow(p, field, "a probe that is not simulated")
	return outcome{at: now}
}

// execProbe runs a command in a container. Variables in it have the values that
// the container's env gives as they stand, which is "" for valueFrom.
func (k *Kubelet) execProbe(p *pod, c *ctr, command []string, field string, now time.Time, limit time.Duration) outcome {
	command = expandAll(command, func(name string) (string, bool) {
		env := p.spec(c).Env
		for i := len(env) - 1; i >= 0; i-- {
			if env[i].Name == name {
				return env[i].Value, true
			}
		}
		return "", false
	})
	s, out, err := k.runInside(p, c, command, now, limit)
	switch {
	case err != nil:
		return outcome{at: now, errored: true, message: "rpc error: code = Unknown desc = " + err.Error()}
	case s.Unknown != "":
		k.dontKnow(p, field, s.Unknown)
		return outcome{at: now}
	case !s.Exited:
		return outcome{at: now.Add(limit), message: fmt.Sprintf("command timed out: %q timed out after %s", strings.Join(command, " "), limit)}
	case s.ExitCode == 0:
		return outcome{at: s.Finished, ok: true}
	}
	text, errs := written(out)
	return outcome{at: s.Finished, message: text + errs}
}

// written is what a command has printed on its two outputs.
func written(lines []container.Line) (out, err string) {
	var b [2]strings.Builder
	for _, l := range lines {
		i := 0
		if l.Stderr {
			i = 1
		}
		b[i].WriteString(l.Text)
		b[i].WriteByte('\n')
	}
	return b[0].String(), b[1].String()
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
	return 0, fmt.Sprintf("port %q not found", port.StrVal)
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

// reached is who answers on a port of the host that a probe names: the Pod
// itself, or, for the loopback address, the node. host is how errors write it.
func (k *Kubelet) reached(p *pod, host string, port int32) (address string, to *pod, server *ctr) {
	switch {
	case host == "" || host == p.ip:
		return p.ip, p, p.serverOn(port)
	case host == "localhost":
		host = "[::1]"
	}
	for _, key := range sortedKeys(k.pods) {
		if o := k.pods[key]; o.obj.Spec.HostNetwork && o.obj.Spec.NodeName == p.obj.Spec.NodeName {
			if server := o.serverOn(port); server != nil {
				return host, o, server
			}
		}
	}
	return host, nil, nil
}

func (k *Kubelet) httpProbe(p *pod, c *ctr, h *corev1.HTTPGetAction, field string) outcome {
	port, bad := portNumber(p.spec(c), h.Port)
	if bad != "" {
		return outcome{errored: true, message: bad}
	}
	scheme := strings.ToLower(string(h.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	path := "/" + strings.TrimPrefix(h.Path, "/")
	host, to, server := k.reached(p, h.Host, port)
	if h.Host == "" {
		h = h.DeepCopy()
		h.Host = p.ip
	}
	get := fmt.Sprintf("Get \"%s://%s:%d%s\": ", scheme, h.Host, port, path)
	if server == nil {
		return outcome{message: fmt.Sprintf("%sdial tcp %s:%d: connect: connection refused", get, host, port)}
	}
	if scheme != "http" {
		if !server.proc.PlainHTTP() {
			k.dontKnow(p, field, "an answer over TLS")
			return outcome{}
		}
		return outcome{message: get + "http: server gave HTTP response to HTTPS client"}
	}
	r := hookRequest(p, port, path)
	for _, header := range h.HTTPHeaders {
		if strings.EqualFold(header.Name, "host") {
			r.Host = header.Value
		}
	}
	a := k.get(r)(to, server, port)
	for hops := 1; a.Location != ""; hops++ {
		next, err := url.Parse(a.Location)
		if err != nil || next.Host != "" && next.Hostname() != h.Host {
			k.event(p, c, corev1.EventTypeWarning, "ProbeWarning", fmt.Sprintf("%s probe warning: Probe terminated redirects, Response body: %s", probeWord(field), a.Body))
			return outcome{ok: true}
		}
		if hops == redirectsMax {
			return outcome{message: fmt.Sprintf("Get %q: stopped after %d redirects", a.Location, redirectsMax)}
		}
		if next.Host != "" {
			r.Host, port = next.Host, urlPort(next)
		}
		if server = to.serverOn(port); server == nil {
			return outcome{message: fmt.Sprintf("Get %q: dial tcp %s:%d: connect: connection refused", a.Location, host, port)}
		}
		if next.Scheme == "https" {
			k.dontKnow(p, field, "an answer over TLS")
			return outcome{}
		}
		r.Path = next.RequestURI()
		a = k.get(r)(to, server, port)
	}
	switch {
	case a.Unknown != "":
		k.dontKnow(p, field, "an answer that is not simulated: "+a.Unknown)
		return outcome{}
	case a.Status == 0:
		return outcome{message: get + "EOF"}
	case a.Status >= 200 && a.Status < 400:
		return outcome{ok: true}
	}
	return outcome{message: fmt.Sprintf("HTTP probe failed with statuscode: %d", a.Status)}
}

// urlPort is the port that a URL leads to.
func urlPort(u *url.URL) int32 {
	if n, err := strconv.ParseInt(u.Port(), 10, 32); err == nil {
		return int32(n)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
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
