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

// Logs is what a container has printed in its present run, or in the one
// before. An error's text is that of a kubelet, or says what is not simulated.
func (k *Kubelet) Logs(namespace, pod, name string, previous bool) (string, error) {
	lines, err := k.LogLines(namespace, pod, name, previous)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Text + "\n")
	}
	return b.String(), nil
}

// LogLines is Logs line by line, with times.
func (k *Kubelet) LogLines(namespace, pod, name string, previous bool) ([]container.Line, error) {
	if k.mode == Instant {
		return nil, nil
	}
	p, c, err := k.find(namespace, pod, name)
	if err != nil {
		return nil, err
	}
	now := k.r.Clock().Now()
	if c.proc != nil && c.up {
		c.proc.Run(now, k.world(p))
	}
	if u := p.unknownOf(c); u != nil {
		return nil, &NotSimulatedError{Unknown: *u}
	}
	if previous {
		switch {
		case c.over() && c.runs > 1 && !c.shown: // the run before has been removed
			return []container.Line{{At: now, Text: "unable to retrieve container logs for " + c.lastID()}}, nil
		case c.over() && c.shown && c.proc != nil && c.runs > 0:
			return k.output(p, c, c.proc)
		case c.last == nil || c.prev == nil:
			return nil, fmt.Errorf("previous terminated container %q in pod %q not found", name, pod)
		}
		return k.output(p, c, c.prev)
	}
	if c.proc == nil || c.hooked() && c.runs == 1 {
		why := c.reason
		if why == "" || !c.shown {
			why = "ContainerCreating"
			if len(p.obj.Spec.InitContainers) > 0 {
				why = "PodInitializing"
			}
		}
		switch why {
		case "ErrImagePull", "ImagePullBackOff":
			why = "trying and failing to pull image"
		case "InvalidImageName":
			why = "image can't be pulled"
		}
		return nil, fmt.Errorf("container %q in pod %q is waiting to start: %s", name, pod, why)
	}
	return k.output(p, c, c.proc)
}

func (c *ctr) lastID() string {
	if c.last != nil {
		return c.last.ContainerID
	}
	return c.id
}

func (k *Kubelet) output(p *pod, c *ctr, proc *container.Process) ([]container.Line, error) {
	lines, whole := proc.Output()
	if !whole {
		return nil, &NotSimulatedError{Unknown{Namespace: p.obj.Namespace, Pod: p.obj.Name, Field: p.fieldOf(c, "image"), Why: "what this program writes to its log"}}
	}
	return slices.Clone(lines), nil
}

func (p *pod) unknownOf(c *ctr) *Unknown {
	if len(p.unknown) > 0 {
		return &p.unknown[0]
	}
	return nil
}

// A NotSimulatedError says that something cannot be told for what is not
// simulated.
type NotSimulatedError struct{ Unknown Unknown }

// NotSimulated begins the text of every NotSimulatedError, by which it is known
// where the API has made a message of it.
const NotSimulated = "not simulated: "

func (e *NotSimulatedError) Error() string {
	return fmt.Sprintf(NotSimulated+"%s: %s", e.Unknown.Field, e.Unknown.Why)
}

func (k *Kubelet) find(namespace, pod, name string) (*pod, *ctr, error) {
	if _, ok := registry.Get[*corev1.Pod](k.r, namespace, pod); !ok {
		return nil, nil, fmt.Errorf("pods %q not found", pod)
	}
	p := k.pods[namespace+"/"+pod]
	if p == nil {
		return nil, nil, fmt.Errorf("container %q in pod %q is waiting to start: ContainerCreating", name, pod)
	}
	for _, c := range p.containers {
		if c.name == name {
			return p, c, nil
		}
	}
	return nil, nil, fmt.Errorf("container %s is not valid for pod %s", name, pod)
}

// An Exec is a command that runs in a container beside its own process.
type Exec struct {
	Lines    []container.Line
	ExitCode int
}

// Exec runs a command in a running container, with stdin as its input if that
// is not nil. Whenever the command waits, wait is called to let the cluster's
// time pass to the given instant.
func (k *Kubelet) Exec(namespace, pod, name string, argv []string, stdin *string, wait func(until time.Time) error) (*Exec, error) {
	p, c, err := k.find(namespace, pod, name)
	if err != nil {
		return nil, err
	}
	if u := p.unknownOf(c); u != nil {
		return nil, &NotSimulatedError{Unknown: *u}
	}
	if !c.running() || c.proc.State().Exited {
		return nil, fmt.Errorf("container not found (%q)", name)
	}
	now := k.r.Clock().Now()
	c.proc.Run(now, k.world(p))
	spec := k.beside(p, c, argv)
	spec.Start, spec.Input = now, stdin
	proc, err := container.Start(spec, k.world(p))
	if err != nil {
		return nil, fmt.Errorf("error executing command in container: %w", c.execError(err))
	}
	for run := c.runs; ; {
		proc.Run(k.r.Clock().Now(), k.world(p))
		s := proc.State()
		lines, _ := proc.Output()
		switch {
		case s.Unknown != "":
			return nil, &NotSimulatedError{Unknown{Namespace: namespace, Pod: pod, Field: "exec", Why: s.Unknown}}
		case s.Exited:
			k.handOn(p, c, proc, k.r.Clock().Now())
			return &Exec{Lines: slices.Clone(lines), ExitCode: s.ExitCode}, nil
		case !c.running() || c.runs != run:
			return &Exec{Lines: slices.Clone(lines), ExitCode: 128 + int(container.SIGKILL)}, nil
		}
		at, ok := proc.Next()
		if !ok {
			return nil, &NotSimulatedError{Unknown{Namespace: namespace, Pod: pod, Field: "exec", Why: "a command that never ends"}}
		}
		if err := wait(at); err != nil {
			return nil, err
		}
	}
}
