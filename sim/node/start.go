package node

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gieok/sim/container"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// syncPod is one sync of the kubelet's pod worker: what was found out by the
// sync before is what the status now says, then the Pod is brought on.
func (k *Kubelet) syncPod(p *pod, now time.Time) {
	for _, c := range p.containers {
		if c.reason != "" && !c.up && !c.shown {
			c.shown = true
		}
	}
	if !p.ready {
		if !k.mount(p, now) {
			return
		}
		p.ready, p.probedFrom = true, p.start
		if !p.mountSince.IsZero() {
			p.probedFrom = now
		}
	} else {
		k.refreshVolumes(p, now)
	}
	if len(p.unknown) > 0 {
		return
	}
	if k.restartAll(p, now) {
		return
	}
	k.changedImages(p, now)
	k.pullSecrets(p)
	k.syncEphemeral(p, now)
	if k.syncInit(p, now) {
		k.syncRegular(p, now)
	}
	if len(p.obj.Spec.Volumes) > 0 && p.final == "" {
		p.again(now.Add(resync))
	}
}

// pullSecrets says which secrets for pulling images are missing.
func (k *Kubelet) pullSecrets(p *pod) {
	var missing []string
	for _, s := range p.obj.Spec.ImagePullSecrets {
		if _, ok := registry.Get[*corev1.Secret](k.r, p.obj.Namespace, s.Name); !ok {
			missing = append(missing, s.Name)
		}
	}
	if len(missing) > 0 {
		k.event(p, nil, corev1.EventTypeWarning, "FailedToRetrieveImagePullSecret",
			fmt.Sprintf("Unable to retrieve some image pull secrets (%s); attempting to pull the image may not succeed.", strings.Join(missing, ", ")))
	}
}

// changedImages stops containers whose image was changed in place; they start
// again with the new one.
func (k *Kubelet) changedImages(p *pod, now time.Time) {
	for _, c := range p.containers {
		if c.up && !c.stop && !c.ephemeral && c.image != p.spec(c).Image {
			c.mustRestart = !c.init || c.sidecar
			k.stopContainer(p, c, now, time.Duration(p.grace())*time.Second, fmt.Sprintf("Container %s definition changed, will be restarted", c.name))
		}
	}
}

// syncInit brings the init containers on; true means that all regular ones may
// start.
func (k *Kubelet) syncInit(p *pod, now time.Time) bool {
	for _, c := range p.containers {
		if !c.init {
			break
		}
		switch {
		case c.sidecar && c.up:
			if !c.okStarted {
				return false
			}
		case c.sidecar && p.regularsOver():
		case c.up:
			return false
		case !c.over():
			k.start(p, c, now)
			return false
		case c.exited.ExitCode == 0 && !c.sidecar:
		case p.restarts(c):
			k.restart(p, c, now)
			if !c.sidecar || !p.begun() {
				return false
			}
		default:
			k.finish(p, corev1.PodFailed, now)
			return false
		}
	}
	return true
}

// begun tells whether a regular container has ever started.
func (p *pod) begun() bool {
	for _, c := range p.containers {
		if c.regular() && c.runs > 0 {
			return true
		}
	}
	return false
}

// regularsOver tells whether every regular container has ended for good.
func (p *pod) regularsOver() bool {
	for _, c := range p.containers {
		if c.regular() && (!c.over() || p.restarts(c)) {
			return false
		}
	}
	return true
}

// syncEphemeral starts ephemeral containers, once, whatever becomes of the
// others.
func (k *Kubelet) syncEphemeral(p *pod, now time.Time) {
	for _, c := range p.containers {
		if c.ephemeral && !c.up && !c.over() {
			k.start(p, c, now)
		}
	}
}

func (k *Kubelet) syncRegular(p *pod, now time.Time) {
	if p.regularsOver() {
		phase := corev1.PodSucceeded
		for _, c := range p.containers {
			if c.regular() && c.exited.ExitCode != 0 {
				phase = corev1.PodFailed
			}
		}
		k.finish(p, phase, now)
		return
	}
	for _, c := range p.containers {
		switch {
		case !c.regular() || c.up:
		case !c.over():
			// A start under way holds up the others, one that failed does not.
			if !k.start(p, c, now) && (!c.creating.IsZero() || !c.pulling.IsZero()) {
				return
			}
		case p.restarts(c):
			k.restart(p, c, now)
		}
		if now.Before(p.busy) {
			return
		}
	}
}

// finish ends a Pod whose containers will not start again, after its sidecars.
func (k *Kubelet) finish(p *pod, phase corev1.PodPhase, now time.Time) {
	for _, c := range p.containers {
		if c.up {
			k.beginStop(p, now, "sidecars", p.grace())
			return
		}
	}
	p.final = phase
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// start takes a container one step nearer to running: image, configuration,
// creation. True means that it runs.
func (k *Kubelet) start(p *pod, c *ctr, now time.Time) bool {
	spec := p.spec(c)
	if !c.creating.IsZero() {
		if now.Before(c.creating) {
			p.again(c.creating)
			return false
		}
		c.creating = time.Time{}
		return k.launch(p, c, now)
	}
	if !k.haveImage(p, c, spec, now) {
		return false
	}
	if !k.configured(p, c, now) {
		return false
	}
	c.creating = now.Add(createTime)
	p.busy = c.creating
	p.again(c.creating)
	return false
}

// configured checks what a container's configuration needs.
func (k *Kubelet) configured(p *pod, c *ctr, now time.Time) bool {
	env, err := k.environment(p, c)
	for _, vm := range p.spec(c).VolumeMounts {
		if err == nil {
			_, err = subPath(vm, env)
		}
	}
	if err == nil {
		err = k.nonRoot(p, c)
	}
	if err == nil {
		return true
	}
	k.wait(p, c, "CreateContainerConfigError", err.Error(), now)
	k.event(p, c, corev1.EventTypeWarning, "Failed", "Error: "+err.Error())
	c.pulled = false
	return false
}

// wait sets why a container does not run; the sync is tried again.
func (k *Kubelet) wait(p *pod, c *ctr, reason, message string, now time.Time) {
	c.reason, c.message, c.shown = reason, message, true
	p.again(now.Add(errorResync))
}

// launch creates and starts the container.
func (k *Kubelet) launch(p *pod, c *ctr, now time.Time) bool {
	spec := p.spec(c)
	c.pulled = false
	env, err := k.environment(p, c)
	if err != nil {
		return k.configured(p, c, now)
	}
	layer := fmt.Sprintf("pod/%s/root/%s", p.obj.UID, c.name)
	k.disk[layer] = container.Root(spec.Image)
	mounts, field, why := k.mounts(p, c, layer, env)
	if why != "" {
		k.dontKnow(p, p.fieldOf(c, field), why)
		return false
	}
	if c.exited != nil {
		c.last, c.prev = c.exited, c.proc
	}
	c.runs++
	c.id, c.exited = p.identify(c), nil
	c.image = spec.Image
	c.mounts, c.env, c.allowed, c.mustRestart = mounts, env, false, false
	limit := p.memoryLimit(c)
	lookup := lookupEnv(env)
	proc, err := container.Start(container.Spec{
		Image: spec.Image, Argv: expandAll(spec.Command, lookup), Args: expandAll(spec.Args, lookup), Env: env, Dir: spec.WorkingDir,
		Hostname: hostname(p.obj), Address: p.ip, Start: now, Mounts: mounts, Stdin: spec.Stdin, MemoryLimit: limit, Taken: p.taken(c),
		User: p.user(c), Shared: p.shares(c), Peers: p.peers(c), CPULimit: spec.Resources.Limits.Cpu().MilliValue(), NodeCPUs: k.nodeCPUs(p), NodeMemory: k.nodeMemory(p)}, k.world(p))
	k.event(p, c, corev1.EventTypeNormal, "Created", "Container created")
	failed := k.misfit(p, c, mounts)
	if failed != nil || errors.As(err, &failed) {
		k.startFailed(p, c, failed, now)
		return false
	}
	k.event(p, c, corev1.EventTypeNormal, "Started", "Container started")
	c.proc, c.started, c.up, c.notice = proc, now, true, time.Time{}
	if c.before, c.beforeText = "", ""; c.shown {
		c.before, c.beforeText = c.reason, c.message
	}
	c.reason, c.message, c.shown = "", "", false
	k.runProcesses(p, now)
	k.beginHooksAndProbes(p, c, now)
	p.again(now)
	return true
}

// startFailed is what the runtime reports of an executable that is missing.
func (k *Kubelet) startFailed(p *pod, c *ctr, err *container.StartError, now time.Time) {
	c.proc, c.up = nil, false
	c.exited = &corev1.ContainerStateTerminated{ExitCode: 128, Reason: "StartError", Message: err.Text,
		StartedAt: seconds(time.Unix(0, 0)), FinishedAt: seconds(now), ContainerID: c.id}
	k.event(p, c, corev1.EventTypeWarning, "Failed", "Error: "+err.Text)
	c.reason, c.message, c.shown = "RunContainerError", err.Text, true
	p.again(now.Add(relist))
}

// Image pull back-off is that of crashes, by Pod and image.
func (k *Kubelet) haveImage(p *pod, c *ctr, spec *corev1.Container, now time.Time) bool {
	if c.pulled && c.pullImage == spec.Image {
		return true
	}
	if !container.ValidReference(spec.Image) {
		text := fmt.Sprintf("Failed to apply default image tag %q: couldn't parse image name %q: invalid reference format", spec.Image, spec.Image)
		k.event(p, c, corev1.EventTypeWarning, "InspectFailed", text)
		k.event(p, c, corev1.EventTypeWarning, "Failed", "Error: InvalidImageName")
		k.wait(p, c, "InvalidImageName", text, now)
		return false
	}
	if c.pullImage != spec.Image { // the image was changed in place
		c.pulling, c.pullWait, c.pullNext, c.pullImage = time.Time{}, 0, time.Time{}, spec.Image
	}
	if !c.pulling.IsZero() {
		if now.Before(c.pulling) {
			p.again(c.pulling)
			return false
		}
		c.pulling = time.Time{}
		return k.pullEnded(p, c, spec, now)
	}
	here := p.obj.Spec.NodeName + "|" + spec.Image
	switch {
	case k.pulled[here] && spec.ImagePullPolicy != corev1.PullAlways:
		k.event(p, c, corev1.EventTypeNormal, "Pulled", fmt.Sprintf("Container image %q already present on machine and can be accessed by the pod", spec.Image))
		c.pulled = true
		return true
	case spec.ImagePullPolicy == corev1.PullNever:
		text := fmt.Sprintf("Container image %q is not present with pull policy of Never", spec.Image)
		k.event(p, c, corev1.EventTypeWarning, "ErrImageNeverPull", text)
		k.event(p, c, corev1.EventTypeWarning, "Failed", "Error: ErrImageNeverPull")
		k.wait(p, c, "ErrImageNeverPull", text, now)
		return false
	case now.Before(c.pullNext):
		k.event(p, c, corev1.EventTypeNormal, "BackOff", fmt.Sprintf("Back-off pulling image %q", spec.Image))
		k.event(p, c, corev1.EventTypeWarning, "Failed", "Error: ImagePullBackOff")
		c.reason, c.shown = "ImagePullBackOff", true
		c.message = fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %s", spec.Image, pullError(spec.Image))
		p.again(earlier(c.pullNext, now.Add(resync)))
		return false
	}
	k.event(p, c, corev1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", spec.Image))
	d := pullTime
	if container.Unreachable(spec.Image) {
		d = pullFailTime
	} else if k.pulled[here] {
		d = checkTime
	}
	c.pulling = now.Add(d)
	p.busy = c.pulling
	p.again(c.pulling)
	return false
}

func (k *Kubelet) pullEnded(p *pod, c *ctr, spec *corev1.Container, now time.Time) bool {
	if container.Unreachable(spec.Image) {
		text := pullError(spec.Image)
		k.event(p, c, corev1.EventTypeWarning, "Failed", fmt.Sprintf("Failed to pull image %q: %s", spec.Image, text))
		k.event(p, c, corev1.EventTypeWarning, "Failed", "Error: ErrImagePull")
		c.pullWait = min(max(2*c.pullWait, backoffFirst), backoffMax)
		c.pullNext = now.Add(c.pullWait)
		c.reason, c.message, c.shown = "ErrImagePull", text, true
		p.again(now.Add(min(c.pullWait/5, errorResync)))
		return false
	}
	here := p.obj.Spec.NodeName + "|" + spec.Image
	took := pullTime
	if k.pulled[here] {
		took = checkTime
	}
	im, _ := container.Lookup(spec.Image)
	k.pulled[here], c.pulled, c.pullWait = true, true, 0
	k.event(p, c, corev1.EventTypeNormal, "Pulled", fmt.Sprintf("Successfully pulled image %q in %s (%s including waiting). Image size: %d bytes.", spec.Image, took, took, im.Bytes))
	return true
}

// pullError is containerd's text for a host that has no address.
func pullError(ref string) string {
	host, rest, _ := strings.Cut(ref, "/")
	name, tag := rest, "latest"
	full := ref
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		name, tag = rest[:i], rest[i+1:]
	} else {
		full += ":latest"
	}
	bare, _, _ := strings.Cut(host, ":")
	return fmt.Sprintf("failed to pull and unpack image %q: failed to resolve reference %q: failed to do request: Head \"https://%s/v2/%s/manifests/%s\": dial tcp: lookup %s: no such host",
		full, full, host, name, tag, bare)
}
