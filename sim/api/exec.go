package api

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// Containers is what the node answers for: logs, and commands in containers.
type Containers interface {
	Logs
	Execs
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
