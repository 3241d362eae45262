package node

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"gieok/sim/container"

	corev1 "k8s.io/api/core/v1"
)

// How long the steps of a start take. Real ones vary; cases leave slack.
const (
	sandboxTime  = 300 * time.Millisecond // until the Pod has its network
	pullTime     = 1200 * time.Millisecond
	checkTime    = 400 * time.Millisecond // asking the registry for an image that is here
	createTime   = 200 * time.Millisecond // of a container
	pullFailTime = 800 * time.Millisecond
	relist       = time.Second // until the kubelet notices that a container has ended
	showTime     = 100 * time.Millisecond
	resync       = 60 * time.Second
	errorResync  = 10 * time.Second
)

// A pod is what the kubelet remembers of a Pod. Plain data: see clone.
type pod struct {
	obj        *corev1.Pod // as last seen; shared and immutable
	ip, host   string
	start      time.Time
	containers []*ctr // init containers first, in order
	unknown    []Unknown

	ready      bool // sandbox and volumes are there
	busy       time.Time
	sync       time.Time // when the Pod is looked at again; zero: nothing to wait for
	mountWait  time.Duration
	mountSince time.Time
	probedFrom time.Time // when the workers of its probes began

	stopping   bool
	stopFor    string    // "delete", "deadline", "sidecars"
	grants     int64     // grace period of the deletion, seconds
	killBy     time.Time // end of its grace period
	deadline   bool      // activeDeadlineSeconds has passed
	rejected   string    // reason for which the kubelet did not take the Pod
	rejectText string
	evicted    string    // message of an eviction
	disrupted  bool      // evicted for the node's sake
	checkAt    time.Time // when the use of emptyDir volumes is looked at next
	final      corev1.PodPhase
	written    string // look of what was written last
	gone       bool   // the last delete has been sent
	resetting  bool   // all containers are on their way to a fresh start
}

// A ctr is one container of a pod over all its runs.
type ctr struct {
	name      string
	init      bool
	sidecar   bool
	ephemeral bool // put into a running Pod by `kubectl debug`
	index     int  // in spec.initContainers, spec.containers or spec.ephemeralContainers

	proc     *container.Process // of this run, or the last one
	image    string             // of this run
	mounts   []container.Mount  // of this run; never changed
	env      []string           // of this run; never changed
	id       string
	runs     int // how often it was started, failed starts included
	started  time.Time
	exited   *corev1.ContainerStateTerminated // of this run, once noticed
	last     *corev1.ContainerStateTerminated // of the run before
	prev     *container.Process
	notice   time.Time // when the kubelet notices that the run is over; zero: it runs
	up       bool      // running as far as the kubelet knows
	creating time.Time // when a start that is under way succeeds

	reason, message string // why it waits, as cached by the last sync
	shown           bool   // the cached reason is what the status says
	before          string // why it waited when this run began, with beforeText
	beforeText      string
	backoff         time.Duration
	backoffAt       time.Time
	backoffKey      string
	allowed         bool // its restart is due and under way
	mustRestart     bool // killed for a probe: its exit code does not matter

	pulling   time.Time // when the pull ends; zero: none
	pullImage string
	pulled    bool // the image is there for the start that follows
	pullWait  time.Duration
	pullNext  time.Time

	postStart  time.Time // when the hook is over; zero: none runs
	postFail   string    // what postStart will fail with; "": it does not
	hookFailed bool
	okStarted  bool // startup probe and postStart are through
	okReady    bool
	probes     [3]probe

	stop      bool // it is being stopped
	signalled bool
	signalAt  time.Time // after preStop
	hookFails time.Time // when preStop fails; zero: it does not
	hookOpen  bool      // preStop is cut off by the end of the container
	waits     bool      // for its turn, since others stop first
	turnBy    time.Time // when it waits no longer
	killAt    time.Time
}

// A probe is the state of one probe of a running container.
type probe struct {
	next      time.Time // zero: not running
	failures  int32     // in a row
	successes int32
	passed    bool     // of a startup probe
	result    *outcome // of a run that takes time
}

type outcome struct {
	at      time.Time
	ok      bool
	errored bool // nothing was found out
	message string
}

func (p *pod) clone() *pod {
	c := *p
	c.unknown = slices.Clone(p.unknown)
	c.containers = make([]*ctr, len(p.containers))
	for i, o := range p.containers {
		n := *o
		if o.proc != nil {
			n.proc = o.proc.Clone()
		}
		// Runs that are over and results never change.
		c.containers[i] = &n
	}
	return &c
}

// look is all that the status shows of a Pod, in short: a status that would
// be the same again is not written.
func (p *pod) look() string {
	b := fmt.Appendf(nil, "%s %t %s %t %s %s %d", p.obj.ResourceVersion, p.ready, p.final, p.deadline, p.evicted, p.rejected, len(p.unknown))
	for _, c := range p.containers {
		b = fmt.Appendf(b, " %t%t%t%t%t%t %d %s %s %p", c.up, c.okReady, c.okStarted, c.shown, c.hooked(), c.mustRestart, c.runs, c.reason, c.message, c.exited)
	}
	return string(b)
}

func (p *pod) key() string { return p.obj.Namespace + "/" + p.obj.Name }

// spec is the container's part of the Pod as it stands now.
func (p *pod) spec(c *ctr) *corev1.Container {
	switch {
	case c.init:
		return &p.obj.Spec.InitContainers[c.index]
	case c.ephemeral:
		return (*corev1.Container)(&p.obj.Spec.EphemeralContainers[c.index].EphemeralContainerCommon)
	}
	return &p.obj.Spec.Containers[c.index]
}

func newPod(obj *corev1.Pod, now time.Time) *pod {
	p := &pod{obj: obj, start: now}
	for i, c := range obj.Spec.InitContainers {
		p.containers = append(p.containers, &ctr{name: c.Name, init: true, sidecar: isSidecar(&c), index: i})
	}
	for i, c := range obj.Spec.Containers {
		p.containers = append(p.containers, &ctr{name: c.Name, index: i})
	}
	return p
}

// addEphemeral takes in the ephemeral containers that the Pod has got since it
// was last looked at.
func (p *pod) addEphemeral() {
	known := 0
	for _, c := range p.containers {
		if c.ephemeral {
			known++
		}
	}
	for i := known; i < len(p.obj.Spec.EphemeralContainers); i++ {
		p.containers = append(p.containers, &ctr{name: p.obj.Spec.EphemeralContainers[i].Name, ephemeral: true, index: i})
	}
}

// regular tells whether a container is one of those that make the Pod.
func (c *ctr) regular() bool { return !c.init && !c.ephemeral }

// lastRegular is the last of spec.containers.
func (p *pod) lastRegular() *ctr {
	var last *ctr
	for _, c := range p.containers {
		if c.regular() {
			last = c
		}
	}
	return last
}

// identify gives a run of a container the identity that a runtime would draw.
func (p *pod) identify(c *ctr) string {
	return fmt.Sprintf("containerd://%x", sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", p.obj.UID, c.name, c.runs)))
}

// running tells whether a process of the container is there.
func (c *ctr) running() bool { return c.proc != nil && c.up }

// hooked tells whether the sync that started the container still runs postStart,
// or kills it since that has failed: nobody else hears of the start before.
func (c *ctr) hooked() bool { return c.up && !c.ephemeral && (!c.postStart.IsZero() || c.hookFailed) }

// restarting tells whether the sync that killed the container is about to start
// it anew: to everybody else it runs as before.
func (c *ctr) restarting() bool { return c.exited != nil && c.mustRestart && c.reason == "" }

// ready tells whether the status says that the container is ready.
func (c *ctr) ready() bool { return (c.up || c.restarting()) && c.okReady && c.okStarted }

// over tells whether the current run has ended and the kubelet knows.
func (c *ctr) over() bool { return c.exited != nil }

func (p *pod) policy() corev1.RestartPolicy { return p.obj.Spec.RestartPolicy }

// restarts tells whether a container whose run is over is started again.
func (p *pod) restarts(c *ctr) bool {
	switch {
	case p.stopping && p.stopFor != "", c.ephemeral:
		return false
	case c.mustRestart:
		return true
	}
	if p.ruleFor(c) != nil {
		return true
	}
	policy := corev1.ContainerRestartPolicy(p.policy())
	if own := p.spec(c).RestartPolicy; own != nil {
		policy = *own
	}
	failed := c.exited.ExitCode != 0
	switch policy {
	case corev1.ContainerRestartPolicyNever:
		return false
	case corev1.ContainerRestartPolicyOnFailure:
		return failed
	}
	return failed || !c.init || c.sidecar
}

// An Unknown says that the outcome of a Pod is not known, and why.
type Unknown struct {
	Namespace, Pod string
	Field          string // path in the Pod
	Why            string
}

// dontKnow records that the outcome of the Pod cannot be told.
func (k *Kubelet) dontKnow(p *pod, field, why string) {
	u := Unknown{Namespace: p.obj.Namespace, Pod: p.obj.Name, Field: field, Why: why}
	if !slices.Contains(p.unknown, u) {
		p.unknown = append(p.unknown, u)
	}
}

// fieldOf is the path of a field of a container.
func (p *pod) fieldOf(c *ctr, field string) string {
	list := "containers"
	if c.init {
		list = "initContainers"
	} else if c.ephemeral {
		list = "ephemeralContainers"
	}
	return fmt.Sprintf("spec.%s[%d].%s", list, c.index, field)
}

// Unknown lists what decides the state of a Pod and is not simulated, by
// namespace and name of the Pods. A card must rest on none of them.
func (k *Kubelet) Unknown() []Unknown {
	keys := make([]string, 0, len(k.pods))
	for key := range k.pods {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var out []Unknown
	for _, key := range keys {
		out = append(out, k.pods[key].unknown...)
	}
	return out
}
