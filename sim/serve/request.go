package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A counted connection gives its place back when it is closed.
type counted struct {
	net.Conn
	room chan struct{}
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { <-c.room })
	return c.Conn.Close()
}

// A request is one that has been read from its connection.
type request struct {
	method string
	url    *url.URL
	host   string
	header http.Header
	body   []byte
}

// receive reads the whole of a request.
func (s *Server) receive(w http.ResponseWriter, req *http.Request) (*request, *refusal) {
	in := &request{method: req.Method, url: req.URL, host: req.Host, header: req.Header.Clone()}
	for _, name := range []string{"Authorization", "Connection", "Upgrade"} {
		in.header.Del(name)
	}
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(bodyTimeMax)) // every net/http connection can
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, bodyBytesMax))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &refusal{code: http.StatusRequestEntityTooLarge, reason: "RequestEntityTooLarge", message: "Request entity too large: limit is " + strconv.Itoa(bodyBytesMax)}
	case err != nil:
		return nil, &refusal{code: http.StatusBadRequest, reason: "BadRequest", message: "the body could not be read: " + err.Error()}
	}
	_ = deadline.SetReadDeadline(time.Time{})
	in.body = body
	return in, nil
}

// http is the request as the API takes it.
func (r *request) http(ctx context.Context) *http.Request {
	u := *r.url
	return (&http.Request{
		Method: r.method, URL: &u, Host: r.host, Header: r.header.Clone(), RequestURI: u.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)),
	}).WithContext(ctx)
}

// with is the request with another query.
func (r *request) with(change func(url.Values)) *request {
	c, u := *r, *r.url
	q := u.Query()
	change(q)
	u.RawQuery = q.Encode()
	c.url = &u
	return &c
}

func follows(req *http.Request, name string) bool {
	on, err := strconv.ParseBool(req.URL.Query().Get(name))
	return err == nil && on && (name != "follow" || strings.HasSuffix(req.URL.Path, "/log"))
}

// An answer is a response that has not been sent yet.
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

// Flush is asked for by watches; what they wrote is sent when they end.
func (a *answer) Flush() {}

// CloseNotify is there because upstream's handlers of custom kinds take no
// writer for one that can be flushed without it. It never tells of anything.
func (a *answer) CloseNotify() <-chan bool { return make(chan bool) }

// head sends status and headers.
func (a *answer) head(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	a.WriteHeader(http.StatusOK)
	w.WriteHeader(a.code)
}

func (a *answer) send(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeMax))
	a.head(w)
	_, _ = w.Write(a.body.Bytes()) // the client has gone
}

// A refusal is an answer of the server itself, in the API's form.
type refusal struct {
	code            int
	reason, message string
}

func (r *refusal) answer() *answer {
	b, err := json.Marshal(map[string]any{"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure",
		"message": r.message, "reason": r.reason, "code": r.code})
	if err != nil {
		panic("serve: internal error: " + err.Error())
	}
	a := &answer{header: http.Header{"Content-Type": {"application/json"}}, code: r.code}
	a.body.Write(b)
	return a
}

func (r *refusal) write(w http.ResponseWriter) { r.answer().send(w) }
