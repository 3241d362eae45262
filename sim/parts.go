package sim

import (
	"io"
	"slices"
	"strings"
	"time"

	"gieok/sim/api"
	"gieok/sim/container"
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
	lines, err := l.kubelet.LogLines(namespace, pod, o.Container, o.Previous)
	if err != nil {
		return nil, err
	}
	text := logText(lastLines(since(lines, o.SinceTime), o.TailLines), o.Timestamp)
	if n := o.LimitByte; n != nil && *n >= 0 && int64(len(text)) > *n {
		text = text[:*n]
	}
	return strings.NewReader(text), nil
}

func since(lines []container.Line, t *time.Time) []container.Line {
	if t == nil {
		return lines
	}
	return slices.DeleteFunc(lines, func(l container.Line) bool { return l.At.Before(*t) })
}

func lastLines(lines []container.Line, n *int64) []container.Line {
	if n != nil && *n >= 0 && int64(len(lines)) > *n {
		return lines[len(lines)-int(*n):]
	}
	return lines
}

// logText is lines as a kubelet hands them out.
func logText(lines []container.Line, stamps bool) string {
	var b strings.Builder
	for _, l := range lines {
		if stamps {
			b.WriteString(l.At.UTC().Format("2006-01-02T15:04:05.000000000Z") + " ")
		}
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// Exec runs a command in a container.
func (l containers) Exec(namespace, pod, container string, argv []string, stdin *string, wait func(time.Time) error) (api.ExecResult, error) {
	e, err := l.kubelet.Exec(namespace, pod, container, argv, stdin, wait)
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

// Forward asks a server in a Pod.
func (l containers) Forward(namespace, pod string, port int32, r api.ForwardRequest) (api.ForwardResult, bool, error) {
	a, err := l.kubelet.Forward(namespace, pod, port, container.Request{Method: r.Method, Host: r.Host, Path: r.Path, Agent: r.Agent})
	return api.ForwardResult{Status: a.Status, Header: a.Header, Body: []byte(a.Body)}, a.Fault == container.Refused, err
}

func furnishNodes(r *registry.Registry, mode NodeMode) error { return node.NewNodes(r, nodeMode(mode)) }

// An Unknown is a Pod whose state hangs on something that is not simulated.
type Unknown = node.Unknown

// NotSimulated stands in what kubectl prints when it was asked for something
// that is not simulated.
const NotSimulated = node.NotSimulated

// Unknown lists the Pods whose state is not known, ordered by name. No card
// may rest on a cluster that has any which bear on it.
func (c *Cluster) Unknown() []Unknown { return c.kubelet.Unknown() }
