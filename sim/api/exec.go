package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// Containers is what the node answers for: logs, and commands in containers.
type Containers interface {
	Logs
	Execs
	Forwards
}

// Forwards asks servers in Pods by HTTP, as somebody on the Pod's own node.
type Forwards interface {
	// Forward sends a request (GET or HEAD) to a port of a Pod. refused is set
	// if nothing listens there.
	Forward(namespace, pod string, port int32, r ForwardRequest) (res ForwardResult, refused bool, err error)
}

// A ForwardRequest is one by HTTP.
type ForwardRequest struct{ Method, Host, Path, Agent string }

// A ForwardResult is what a server in a Pod answered.
type ForwardResult struct {
	Status int      `json:"status"` // of HTTP; 0 if the server speaks something else
	Header []string `json:"header,omitempty"`
	Body   []byte   `json:"body"`
}

// serveForward asks for ?path= at ?port= of a Pod. As with exec the answer is no
// stream; whoever has a connection of its own makes one of it.
func (a *API) serveForward(w http.ResponseWriter, req *http.Request, info *request.RequestInfo) {
	gv := schema.GroupVersion{Version: "v1"}
	q := req.URL.Query()
	port, err := strconv.ParseInt(q.Get("port"), 10, 32)
	if err != nil || a.containers == nil {
		fail(w, req, gv, apierrors.NewBadRequest("port-forward needs a connection of its own"))
		return
	}
	res, refused, err := a.containers.Forward(info.Namespace, info.Name, int32(port),
		ForwardRequest{Method: q.Get("method"), Host: q.Get("host"), Path: q.Get("path"), Agent: req.Header.Get("User-Agent")})
	switch {
	case refused:
		err = fmt.Errorf("failed to connect to localhost:%[1]d inside namespace, IPv4: dial tcp4 127.0.0.1:%[1]d: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found", port)
		fallthrough
	case err != nil:
		fail(w, req, gv, apierrors.NewInternalError(err))
		return
	}
	b, err := json.Marshal(res)
	if err != nil {
		fail(w, req, gv, apierrors.NewInternalError(err))
		return
	}
	writeJSON(w, "application/json", b)
}

// inputBytesMax bounds the standard input of a command in a container.
const inputBytesMax = 256 << 10

// Execs runs commands in containers; stdin is nil without an input. wait lets
// the cluster's time pass until an instant.
type Execs interface {
	Exec(namespace, pod, container string, argv []string, stdin *string, wait func(until time.Time) error) (ExecResult, error)
}

// An ExecResult is what a command in a container printed.
type ExecResult struct {
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
	Exit   int    `json:"exit"`
}

// serveExec runs a command in a container. The answer is an ExecResult and no
// stream: kubectl's stream protocols want a connection of their own, which the
// in-process kubectl has no use for.
func (a *API) serveExec(w http.ResponseWriter, req *http.Request, info *request.RequestInfo) {
	gv := schema.GroupVersion{Version: "v1"}
	if a.containers == nil {
		fail(w, req, gv, apierrors.NewMethodNotSupported(schema.GroupResource{Resource: "pods/exec"}, info.Verb))
		return
	}
	if pod, ok := registry.Get[*corev1.Pod](a.registry, info.Namespace, info.Name); ok && pod.Spec.NodeName == "" {
		fail(w, req, gv, apierrors.NewBadRequest(fmt.Sprintf("pod %s does not have a host assigned", info.Name)))
		return
	}
	q := req.URL.Query()
	wait := func(until time.Time) error { return a.sleep(req.Context(), until) }
	var stdin *string
	if q.Get("stdin") == "true" {
		b, err := io.ReadAll(io.LimitReader(req.Body, inputBytesMax))
		if err != nil {
			fail(w, req, gv, apierrors.NewBadRequest(err.Error()))
			return
		}
		text := string(b)
		stdin = &text
	}
	res, err := a.containers.Exec(info.Namespace, info.Name, q.Get("container"), q["command"], stdin, wait)
	if err != nil {
		fail(w, req, gv, apierrors.NewInternalError(err))
		return
	}
	b, err := json.Marshal(res)
	if err != nil {
		fail(w, req, gv, apierrors.NewInternalError(err))
		return
	}
	writeJSON(w, "application/json", b)
}
