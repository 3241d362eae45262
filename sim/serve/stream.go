package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gieok/sim/api"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// Limits of a stream.
const (
	streamIdleMax   = 4 * time.Hour // as a kubelet has it
	streamBeginMax  = 30 * time.Second
	inputBytesMax   = 256 << 10 // of one command, as the API has it
	forwardBytesMax = 1 << 20   // of one request
	forwardsMax     = 1000      // requests of one connection
)

// streams reports whether a request is for one of the subresources that want a
// connection of their own.
func streams(req *http.Request, subresource string) bool {
	return strings.HasSuffix(req.URL.Path, "/"+subresource) && strings.Contains(req.URL.Path, "/pods/")
}

// stream serves a command with an input, an attached terminal or a forwarded
// port with the streaming library of container runtimes: over SPDY, or over the
// older protocols of WebSockets. Who asks for a newer one is refused, upon which
// kubectl tries SPDY; older ones can't tell where an input ends.
func (s *Server) stream(w http.ResponseWriter, req *http.Request, in *request) {
	q := req.URL.Query()
	container := q.Get("container")
	s.mu.Lock()
	pod := s.run(req.Context(), in.pod())
	s.mu.Unlock()
	offered := strings.Join(req.Header.Values("Sec-WebSocket-Protocol"), ",")
	switch {
	case pod.code >= http.StatusBadRequest:
		pod.send(w)
		return
	case !isRunning(pod, container):
		(&refusal{code: http.StatusInternalServerError, reason: "InternalError",
			message: fmt.Sprintf("Internal error occurred: unable to upgrade connection: container not found (%q)", container)}).write(w)
		return
	case strings.Contains(offered, "v5.channel.k8s.io"), strings.Contains(offered, "SPDY/"):
		(&refusal{code: http.StatusBadRequest, reason: "BadRequest", message: "this is served over SPDY"}).write(w)
		return
	case req.ProtoMajor != 1 || req.Header.Get("Upgrade") == "":
		(&refusal{code: http.StatusBadRequest, reason: "BadRequest", message: "you must specify at least 1 of stdin, stdout, stderr, and upgrade the connection"}).write(w)
		return
	}
	one := &session{s: s, in: in}
	parts := strings.Split(req.URL.Path, "/")
	name := parts[len(parts)-2]
	if streams(req, "portforward") {
		portforward.ServePortForward(w, req, one, name, "", &portforward.V4Options{}, streamIdleMax, streamBeginMax, portforward.SupportedProtocols)
		return
	}
	on := func(name string) bool { b, err := strconv.ParseBool(q.Get(name)); return err == nil && b }
	o := &remotecommand.Options{Stdin: on("stdin"), Stdout: on("stdout"), Stderr: on("stderr") && !on("tty"), TTY: on("tty")}
	if streams(req, "attach") {
		remotecommand.ServeAttach(w, req, one, name, "", container, o, streamIdleMax, streamBeginMax, remotecommand.SupportedStreamingProtocols)
		return
	}
	remotecommand.ServeExec(w, req, one, name, "", container, q["command"], o, streamIdleMax, streamBeginMax, remotecommand.SupportedStreamingProtocols)
}

// A session is one stream into a Pod. Its methods are what the library calls.
type session struct {
	s  *Server
	in *request
}

// ask sends the session's request to the cluster with another body and query.
func (one *session) ask(ctx context.Context, body []byte, change func(url.Values)) *answer {
	r := one.in.with(change)
	r.body = body
	one.s.mu.Lock()
	defer one.s.mu.Unlock()
	return one.s.run(ctx, r)
}

// message is what a refusal says.
func message(a *answer) error {
	var status struct{ Message string }
	if json.Unmarshal(a.body.Bytes(), &status) != nil || status.Message == "" {
		return fmt.Errorf("the server answered %d", a.code)
	}
	return errors.New(strings.TrimPrefix(status.Message, "Internal error occurred: "))
}

// ExecInContainer runs a command when all of its input is there.
func (one *session) ExecInContainer(ctx context.Context, _, _, _ string, _ []string, in io.Reader, out, errOut io.WriteCloser, tty bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	var body []byte
	if in != nil {
		var err error
		if tty {
			body, err = typed(in, out)
		} else {
			body, err = io.ReadAll(io.LimitReader(in, inputBytesMax))
		}
		if err != nil {
			return err
		}
	}
	a := one.ask(ctx, body, func(url.Values) {})
	if a.code >= http.StatusBadRequest {
		return message(a)
	}
	var res api.ExecResult
	if err := json.Unmarshal(a.body.Bytes(), &res); err != nil {
		return err
	}
	if errOut == nil {
		errOut = out // a terminal has one
	}
	for _, p := range []struct {
		w    io.Writer
		text string
	}{{out, res.Stdout}, {errOut, res.Stderr}} {
		if tty && in != nil {
			p.text = strings.ReplaceAll(p.text, "\n", "\r\n")
		}
		if p.w == nil || p.text == "" {
			continue
		}
		if _, err := io.WriteString(p.w, p.text); err != nil {
			return err
		}
	}
	if res.Exit != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("exit status %d", res.Exit), Code: res.Exit}
	}
	return nil
}

// Keys of a terminal.
const (
	keyInterrupt = 3
	keyEnd       = 4
	keyBackspace = 8
	keyDelete    = 127
)

// typed reads what somebody types at a terminal up to Ctrl-D or exit, and shows
// it as the terminal of a container would. A command here has all of its input
// at once.
func typed(in io.Reader, out io.Writer) ([]byte, error) {
	if _, err := io.WriteString(out, "(명령을 모두 적고 Ctrl-D 또는 exit로 끝내면 한꺼번에 실행합니다.)\r\n"); err != nil {
		return nil, err
	}
	var all, line []byte
	keys := bufio.NewReader(in)
	for len(all)+len(line) < inputBytesMax {
		key, err := keys.ReadByte()
		if errors.Is(err, io.EOF) || key == keyEnd {
			_, err = io.WriteString(out, "\r\n")
			return append(all, line...), err
		}
		if err != nil {
			return nil, err
		}
		echo := string(rune(key))
		switch key {
		case keyInterrupt:
			line, echo = nil, "^C\r\n"
		case keyBackspace, keyDelete:
			echo = ""
			if len(line) > 0 {
				line, echo = line[:len(line)-1], "\b \b"
			}
		case '\r', '\n':
			all, echo = append(append(all, line...), '\n'), "\r\n"
			if string(line) == "exit" {
				_, err = io.WriteString(out, echo)
				return all, err
			}
			line = nil
		default:
			line, echo = append(line, key), string([]byte{key})
		}
		if _, err := io.WriteString(out, echo); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the input is too long")
}

// AttachContainer shows what a container prints from now on, until it ends.
// What is typed reaches nobody.
func (one *session) AttachContainer(ctx context.Context, _, _, container string, _ io.Reader, out, errOut io.WriteCloser, tty bool, _ <-chan remotecommand.TerminalSize) error {
	if out == nil {
		out = errOut
	}
	log := &request{method: http.MethodGet, url: one.in.url, host: one.in.host, header: one.in.header}
	log = log.with(func(q url.Values) { clear(q); q.Set("container", container) })
	log.url.Path = strings.TrimSuffix(log.url.Path, "/attach") + "/log"
	previous := log.with(func(q url.Values) { q.Set("previous", "true") })
	var shown []byte
	read := func() (text []byte, running bool) {
		one.s.mu.Lock()
		defer one.s.mu.Unlock()
		a, running := one.s.run(ctx, log), isRunning(one.s.run(ctx, one.in.pod()), container)
		if !bytes.HasPrefix(a.body.Bytes(), shown) { // another container's log by now
			a, running = one.s.run(ctx, previous), false
		}
		if a.code >= http.StatusBadRequest {
			return shown, false
		}
		return a.body.Bytes(), running
	}
	shown, running := read()
	for running {
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
		var now []byte
		now, running = read()
		more, grown := bytes.CutPrefix(now, shown)
		if !grown {
			return nil
		}
		if tty {
			more = bytes.ReplaceAll(more, []byte("\n"), []byte("\r\n"))
		}
		if _, err := out.Write(more); err != nil {
			return nil // the client has gone
		}
		shown = now
	}
	return nil
}

// PortForward answers the HTTP requests of one connection to a port of a Pod.
func (one *session) PortForward(ctx context.Context, _, _ string, port int32, stream io.ReadWriteCloser) error {
	requests := bufio.NewReader(io.LimitReader(stream, forwardsMax*forwardBytesMax))
	for range forwardsMax {
		req, err := http.ReadRequest(requests)
		if err != nil {
			return nil // the client has gone, or speaks something else
		}
		if _, err := io.Copy(io.Discard, io.LimitReader(req.Body, forwardBytesMax)); err != nil {
			return nil
		}
		if req.Method != http.MethodGet && req.Method != http.MethodHead {
			return fmt.Errorf("이 시뮬레이터는 GET과 HEAD만 전달합니다: %s", req.Method)
		}
		a := one.ask(ctx, nil, func(q url.Values) {
			clear(q)
			q.Set("port", strconv.Itoa(int(port)))
			q.Set("method", req.Method)
			q.Set("host", req.Host)
			q.Set("path", req.URL.RequestURI())
		})
		if a.code >= http.StatusBadRequest {
			return message(a)
		}
		var res api.ForwardResult
		if err := json.Unmarshal(a.body.Bytes(), &res); err != nil {
			return err
		}
		if res.Status == 0 {
			return errors.New("이 시뮬레이터는 HTTP만 전달합니다")
		}
		if err := respond(stream, req, res); err != nil || req.Close {
			return nil
		}
	}
	return nil
}

// respond writes an answer as a server does.
func respond(w io.Writer, req *http.Request, res api.ForwardResult) error {
	r := &http.Response{StatusCode: res.Status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: req,
		ContentLength: int64(len(res.Body)), Body: io.NopCloser(bytes.NewReader(res.Body)), Close: req.Close}
	for _, line := range res.Header {
		if name, value, ok := strings.Cut(line, ":"); ok && !strings.EqualFold(name, "Content-Length") && !strings.EqualFold(name, "Connection") {
			r.Header.Add(name, strings.TrimSpace(value))
		}
	}
	return r.Write(w)
}
