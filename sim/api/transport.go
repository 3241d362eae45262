package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// answerBytesMax bounds the answer to one request.
const answerBytesMax = 64 << 20

// A Transport sends requests straight to an API, without a network. A watch
// is answered while it goes on; every other request is answered in the
// caller's goroutine.
type Transport struct{ API http.Handler }

// RoundTrip answers req.
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(req.Context())
	in := req.WithContext(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.RequestURI == "" {
		in.RequestURI = in.URL.RequestURI()
	}
	if follows(req) {
		return t.stream(in, cancel)
	}
	defer cancel()
	w := &answer{header: http.Header{}}
	t.API.ServeHTTP(w, in)
	if w.body.Len() > answerBytesMax {
		return nil, errors.New("api: the answer is too large")
	}
	return w.response(req, io.NopCloser(&w.body), int64(w.body.Len())), nil
}

func follows(req *http.Request) bool {
	q := req.URL.Query()
	on := func(v string) bool { b, err := strconv.ParseBool(v); return err == nil && b }
	return on(q.Get("watch")) || on(q.Get("follow"))
}

// An answer is a response in the making.
type answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }
func (a *answer) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
	}
}
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}
func (a *answer) Flush() {}

// CloseNotify makes upstream's wrappers keep Flush. The request's context says
// when the client has gone.
func (a *answer) CloseNotify() <-chan bool { return make(chan bool) }

func (a *answer) response(req *http.Request, body io.ReadCloser, length int64) *http.Response {
	a.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: strconv.Itoa(a.code) + " " + http.StatusText(a.code), StatusCode: a.code,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: body, ContentLength: length, Request: req,
	}
}

// stream runs the handler beside the caller and hands over what it writes.
func (t Transport) stream(req *http.Request, cancel context.CancelFunc) (*http.Response, error) {
	r, w := io.Pipe()
	s := &streamed{answer: answer{header: http.Header{}}, pipe: w, started: make(chan struct{})}
	go func() {
		defer cancel()
		t.API.ServeHTTP(s, req)
		s.WriteHeader(http.StatusOK)
		_ = w.Close()
	}()
	select {
	case <-s.started:
	case <-req.Context().Done():
		_ = r.Close()
		return nil, req.Context().Err()
	}
	return s.response(req, &streamBody{PipeReader: r, cancel: cancel}, -1), nil
}

type streamed struct {
	answer
	pipe    *io.PipeWriter
	started chan struct{}
}

func (s *streamed) WriteHeader(code int) {
	if s.code == 0 {
		s.code = code
		s.header = s.header.Clone() // the reader has the other one from here on
		close(s.started)
	}
}

func (s *streamed) Write(b []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	if len(b) == 0 {
		return 0, nil // through a pipe it would be a read of nothing, of which readers take only so many
	}
	return s.pipe.Write(b)
}

// A streamBody ends its request when it is closed.
type streamBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *streamBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}
