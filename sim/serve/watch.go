package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A watch may not live in a bubble, since its connection is outside of any;
// and outside of a bubble upstream's handler would not see the cluster's time,
// of which tables tell ages. So a watch is many short ones, each of which runs
// in a bubble when something has changed, and ends by its own timeout, which
// takes no real time.

const (
	shortWatch   = 1         // seconds of virtual time
	watchTimeMax = time.Hour // real; clients watch again
	pollEvery    = 200 * time.Millisecond
)

// room takes a place for a watch; leave must be called if there was one.
func (s *Server) room() (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watches >= watchesMax {
		return nil, false
	}
	s.watches++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watches--
	}, true
}

func crowded() *refusal {
	return &refusal{code: http.StatusTooManyRequests, reason: "TooManyRequests", message: "too many watches, at most " + strconv.Itoa(watchesMax)}
}

// lasting is how long a watch may last.
func lasting(req *http.Request) time.Duration {
	n, err := strconv.Atoi(req.URL.Query().Get("timeoutSeconds"))
	if err != nil || n <= 0 || n > int(watchTimeMax/time.Second) {
		return watchTimeMax
	}
	return time.Duration(n) * time.Second
}

func (s *Server) watch(w http.ResponseWriter, req *http.Request, in *request) {
	leave, ok := s.room()
	if !ok {
		crowded().write(w)
		return
	}
	defer leave()
	ctx, cancel := context.WithTimeout(req.Context(), lasting(req))
	defer cancel()
	// Each short watch would be compressed, or not, by itself.
	in.header.Del("Accept-Encoding")
	in = in.with(func(q url.Values) { q.Set("timeoutSeconds", strconv.Itoa(shortWatch)) })
	stream := &stream{w: w}
	for ctx.Err() == nil {
		s.mu.Lock()
		out := s.run(ctx, in)
		version, changed := s.version, s.changed
		s.mu.Unlock()
		if stream.started && out.code >= http.StatusBadRequest {
			return // too far behind: the client lists again
		}
		if !stream.send(out) {
			return
		}
		in = in.with(func(q url.Values) {
			q.Set("resourceVersion", strconv.FormatInt(version, 10))
			q.Del("resourceVersionMatch")
			q.Del("sendInitialEvents")
		})
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// A stream is an answer sent in pieces.
type stream struct {
	w       http.ResponseWriter
	started bool
}

// send sends a piece and reports whether more may follow.
func (s *stream) send(a *answer) bool {
	control := http.NewResponseController(s.w)
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeMax))
	first := !s.started
	if first {
		s.started = true
		a.head(s.w)
	}
	if a.body.Len() == 0 && !first {
		return true
	}
	if _, err := s.w.Write(a.body.Bytes()); err != nil {
		return false
	}
	return control.Flush() == nil && a.code < http.StatusBadRequest
}

// followLog sends a log as it grows, until the container ends.
func (s *Server) followLog(w http.ResponseWriter, req *http.Request, in *request) {
	leave, ok := s.room()
	if !ok {
		crowded().write(w)
		return
	}
	defer leave()
	ctx, cancel := context.WithTimeout(req.Context(), watchTimeMax)
	defer cancel()
	asked := in.with(func(q url.Values) { q.Del("follow") })
	whole := asked.with(func(q url.Values) {
		for _, name := range []string{"tailLines", "limitBytes", "sinceSeconds", "sinceTime"} {
			q.Del(name)
		}
	})
	pod := in.pod()

	s.mu.Lock()
	out, all := s.run(ctx, asked), s.run(ctx, whole)
	running := isRunning(s.run(ctx, pod), req.URL.Query().Get("container"))
	s.mu.Unlock()
	sent := &stream{w: w}
	for sent.send(out) && running {
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		now := s.run(ctx, whole)
		running = isRunning(s.run(ctx, pod), req.URL.Query().Get("container"))
		s.mu.Unlock()
		more, grown := bytes.CutPrefix(now.body.Bytes(), all.body.Bytes())
		if !grown || now.code >= http.StatusBadRequest {
			return // another container's log by now
		}
		out = &answer{header: http.Header{}, code: http.StatusOK}
		out.body.Write(more)
		all = now
	}
}

// pod asks for the Pod of which a request names a subresource.
func (r *request) pod() *request {
	c := r.with(func(q url.Values) { clear(q) })
	c.url.Path = c.url.Path[:strings.LastIndexByte(c.url.Path, '/')]
	c.method, c.header, c.body = http.MethodGet, r.header.Clone(), nil
	c.header.Set("Accept", "application/json")
	return c
}

// isRunning reports whether a container of the Pod in a runs; with no name
// given, whether any does.
func isRunning(a *answer, container string) bool {
	type status struct {
		Name  string `json:"name"`
		State struct {
			Running *struct{} `json:"running"`
		} `json:"state"`
	}
	var pod struct {
		Status struct {
			InitContainerStatuses []status `json:"initContainerStatuses"`
			ContainerStatuses     []status `json:"containerStatuses"`
		} `json:"status"`
	}
	if json.Unmarshal(a.body.Bytes(), &pod) != nil {
		return false
	}
	for _, c := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if (container == "" || c.Name == container) && c.State.Running != nil {
			return true
		}
	}
	return false
}
