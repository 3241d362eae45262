package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"gieok/sim/registry"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A refusalWriter holds back the answer that an object is invalid, to put its
// causes in order. Everything else passes through.
type refusalWriter struct {
	http.ResponseWriter
	held *bytes.Buffer
}

func (w *refusalWriter) WriteHeader(code int) {
	if code == http.StatusUnprocessableEntity && w.Header().Get("Content-Type") == "application/json" {
		w.held = &bytes.Buffer{}
		return
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *refusalWriter) Write(b []byte) (int, error) {
	if w.held != nil {
		return w.held.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// Flush sends what is not held back.
func (w *refusalWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok && w.held == nil {
		f.Flush()
	}
}

// finish sends what was held back.
func (w *refusalWriter) finish() {
	if w.held == nil {
		return
	}
	b := w.held.Bytes()
	var status metav1.Status
	if json.Unmarshal(b, &status) == nil && registry.OrderCauses(&status) {
		if ordered, err := json.Marshal(status); err == nil {
			b = append(ordered, '\n')
		}
	}
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(http.StatusUnprocessableEntity)
	_, _ = w.ResponseWriter.Write(b) // the client has gone
}
