package serve

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestCompressedWatch watches as kubectl 1.37 does: the list comes first, and
// compressed. What follows must be readable, too.
func TestCompressedWatch(t *testing.T) {
	c := start(t, 1)
	const path = "/api/v1/namespaces/default/configmaps"
	const list = "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
	w := bufio.NewReader(c.do("GET", path+list, "").Body) // net/http asks for gzip by itself
	for made := false; ; {
		line, err := w.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, `"name":"a"`) {
			return
		}
		if strings.Contains(line, "k8s.io/initial-events-end") && !made {
			made = true
			c.read(c.do("POST", path, configMap), http.StatusCreated)
		}
	}
}

// TestAccess holds what a client needs to be let in, and what stays inside.
func TestAccess(t *testing.T) {
	c, other := start(t, 1), start(t, 1)
	if c.server.access.port == other.server.access.port || c.server.access.token == other.server.access.token {
		t.Error("two servers have one port or token")
	}
	if b, err := base64.RawURLEncoding.DecodeString(c.server.access.token); err != nil || len(b)*8 != 256 {
		t.Errorf("a token of %d bits, %v", len(b)*8, err)
	}
	if config := c.server.Kubeconfig(); bytes.Contains(config, []byte("PRIVATE KEY")) || bytes.Contains(config, []byte("client-key")) {
		t.Error("the kubeconfig holds a key")
	}
	var hosts []string
	for _, l := range c.server.listeners {
		hosts = append(hosts, l.Addr().(*net.TCPAddr).IP.String())
	}
	want := "127.0.0.1 ::1"
	if probe, err := net.Listen("tcp6", "[::1]:0"); err != nil {
		want = "127.0.0.1" // a host without IPv6
	} else if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(hosts, " "); got != want {
		t.Errorf("listens on %s, want %s", got, want)
	}
	for _, l := range c.server.listeners {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+l.Addr().String()+"/version", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+c.server.access.token)
		res, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		c.read(res, http.StatusOK)
	}
}

// TestServerConnectionsMax fills the server: it hangs up on one more client,
// and takes the next when there is room again.
func TestServerConnectionsMax(t *testing.T) {
	c := start(t, 1)
	address := strings.TrimPrefix(c.server.Address(), "https://")
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	// shake is a TLS handshake; it fails if the server hangs up.
	shake := func(conn net.Conn) error {
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		return tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake()
	}
	var all []net.Conn
	for range connectionsMax {
		all = append(all, dial())
	}
	if err := shake(all[connectionsMax-1]); err != nil {
		t.Fatalf("connection %d: %v", connectionsMax, err)
	}
	if err := shake(dial()); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("connection %d: %v, want it closed", connectionsMax+1, err)
	}
	for _, conn := range all {
		_ = conn.Close()
	}
	for range 100 { // the server sees the ends a little later
		if shake(dial()) == nil {
			return
		}
	}
	t.Error("the places of closed connections are lost")
}

// TestWatchesEnd gives places back.
func TestWatchesEnd(t *testing.T) {
	c := start(t, 1)
	c.server.mu.Lock()
	c.server.watches = watchesMax - 1
	c.server.mu.Unlock()
	for range 3 {
		res := c.do("GET", "/api/v1/pods?watch=1&timeoutSeconds=1", "")
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("status %d, %v", res.StatusCode, err)
		}
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.server.watches != watchesMax-1 {
		t.Errorf("%d watches are counted, want %d", c.server.watches, watchesMax-1)
	}
}
