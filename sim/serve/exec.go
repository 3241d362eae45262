package serve

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gieok/sim/api"
)

// The channels of kubectl's stream protocol, which are the first byte of each
// message.
const (
	channelStdout = 1
	channelStderr = 2
	channelStatus = 3
)

// What a WebSocket (RFC 6455) needs here.
const (
	socketMagic   = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	frameBinary   = 0x82 // one whole message
	frameClose    = 0x88
	closeNormal   = 1000
	pieceBytesMax = 32 << 10
	lingerMax     = 2 * time.Second
)

// exec runs a command in a container and then sends what it printed over a
// WebSocket, as kubectl from 1.31 on asks for. The time that it takes is the
// cluster's and passes at once. With an input, or for other clients, see
// stream.go.
func (s *Server) exec(w http.ResponseWriter, req *http.Request, in *request) {
	protocol := streamProtocol(req)
	if protocol == "" || req.URL.Query().Get("stdin") == "true" {
		s.stream(w, req, in)
		return
	}
	s.mu.Lock()
	out := s.run(req.Context(), in)
	s.mu.Unlock()
	var res api.ExecResult
	status := out.body.Bytes() // of a command that could not be started, in the stream: before it, kubectl would try again
	switch {
	case out.code >= http.StatusBadRequest && out.code < http.StatusInternalServerError:
		out.send(w)
		return
	case out.code < http.StatusBadRequest:
		if err := json.Unmarshal(status, &res); err != nil {
			(&refusal{code: http.StatusInternalServerError, reason: "InternalError", message: err.Error()}).write(w)
			return
		}
		status = exitStatus(res.Exit)
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		(&refusal{code: http.StatusBadRequest, reason: "BadRequest", message: "exec needs HTTP/1.1"}).write(w)
		return
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(writeTimeMax))
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + socketMagic)) // as the RFC wants it
	_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\nSec-WebSocket-Protocol: " + protocol + "\r\n\r\n")
	writeMessages(rw.Writer, channelStdout, []byte(res.Stdout))
	writeMessages(rw.Writer, channelStderr, []byte(res.Stderr))
	writeMessages(rw.Writer, channelStatus, status)
	writeFrame(rw.Writer, frameClose, binary.BigEndian.AppendUint16(nil, closeNormal))
	if rw.Flush() == nil {
		linger(conn)
	}
}

// streamProtocol is the protocol of a WebSocket request, "" for others.
func streamProtocol(req *http.Request) string {
	if !strings.EqualFold(req.Header.Get("Upgrade"), "websocket") || req.Header.Get("Sec-WebSocket-Key") == "" {
		return ""
	}
	asked := strings.Split(strings.ReplaceAll(strings.Join(req.Header.Values("Sec-WebSocket-Protocol"), ","), " ", ""), ",")
	for _, p := range []string{"v5.channel.k8s.io", "v4.channel.k8s.io"} {
		if slices.Contains(asked, p) {
			return p
		}
	}
	return ""
}

// exitStatus is how a command ended, in the API's words.
func exitStatus(code int) []byte {
	status := map[string]any{"metadata": map[string]any{}, "status": "Success"}
	if code != 0 {
		n := strconv.Itoa(code)
		status["status"], status["reason"] = "Failure", "NonZeroExitCode"
		status["message"] = "command terminated with non-zero exit code: exit status " + n
		status["details"] = map[string]any{"causes": []any{map[string]any{"reason": "ExitCode", "message": n}}}
	}
	b, err := json.Marshal(status)
	if err != nil {
		panic("serve: internal error: " + err.Error())
	}
	return b
}

// writeMessages writes text to a channel. A failed write shows at the flush.
func writeMessages(w *bufio.Writer, channel byte, text []byte) {
	for piece := range slices.Chunk(text, pieceBytesMax) {
		writeFrame(w, frameBinary, append([]byte{channel}, piece...))
	}
}

func writeFrame(w *bufio.Writer, kind byte, b []byte) {
	head := []byte{kind}
	switch {
	case len(b) < 126:
		head = append(head, byte(len(b)))
	default: // pieces are shorter than 64 KiB
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(len(b)))
	}
	_, _ = w.Write(head)
	_, _ = w.Write(b)
}

// linger lets the client read all before the connection goes.
func linger(conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(lingerMax))
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, bodyBytesMax))
}
