package sim

import (
	"io"
	"strings"
	"time"

	"gieok/sim/api"
	"gieok/sim/controller"
	"gieok/sim/node"
	"gieok/sim/registry"
	"gieok/sim/scheduler"
)

// parts are what makes objects come alive.
type parts struct{ kubelet *node.Kubelet }

func startParts(r *registry.Registry, mode NodeMode) parts {
	controller.Start(r)
	scheduler.Start(r)
	return parts{kubelet: node.Start(r, nodeMode(mode))}
}

func (p parts) fork(r *registry.Registry) parts {
	controller.Start(r)
	scheduler.Start(r)
	return parts{kubelet: p.kubelet.Fork(r)}
}

func nodeMode(m NodeMode) node.Mode {
	if m == Instant {
		return node.Instant
	}
	return node.Real
}

// containers answers for the node at the API.
func (p parts) containers() api.Containers { return containers{p.kubelet} }

type containers struct{ kubelet *node.Kubelet }

func (l containers) Logs(namespace, pod string, o api.LogOptions) (io.Reader, error) {
	text, err := l.kubelet.Logs(namespace, pod, o.Container, o.Previous)
	if err != nil {
		return nil, err
	}
	return strings.NewReader(tail(text, o)), nil
}

// Exec runs a command in a container.
func (l containers) Exec(namespace, pod, container string, argv []string, _ string, wait func(time.Time) error) (api.ExecResult, error) {
	e, err := l.kubelet.Exec(namespace, pod, container, argv, wait)
	if err != nil {
		return api.ExecResult{}, err
	}
	var out, errOut strings.Builder
	for _, line := range e.Lines {
		w := &out
		if line.Stderr {
			w = &errOut
		}
		w.WriteString(line.Text + "\n")
	}
	return api.ExecResult{Stdout: out.String(), Stderr: errOut.String(), Exit: e.ExitCode}, nil
}

// tail cuts a log to what was asked for.
func tail(text string, o api.LogOptions) string {
	if n := o.TailLines; n != nil && *n >= 0 {
		lines := strings.SplitAfter(text, "\n")
		if len(lines) > 0 && lines[len(lines)-1] == "" {
			lines = lines[:len(lines)-1]
		}
		text = strings.Join(lines[max(0, len(lines)-int(*n)):], "")
	}
	if n := o.LimitByte; n != nil && *n >= 0 && int64(len(text)) > *n {
		text = text[:*n]
	}
	return text
}

func furnishNodes(r *registry.Registry) error { return node.NewNodes(r) }

// An Unknown is a Pod whose state hangs on something that is not simulated.
type Unknown = node.Unknown

// Unknown lists the Pods whose state is not known, ordered by name. No card
// may rest on a cluster that has any which bear on it.
func (c *Cluster) Unknown() []Unknown { return c.kubelet.Unknown() }
