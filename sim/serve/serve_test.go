package serve

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gieok/sim"
)

// A client of a server that runs until the test ends.
type client struct {
	t      *testing.T
	server *Server
	http   *http.Client
}

func start(t *testing.T, speed float64) *client {
	t.Helper()
	c, err := sim.New(sim.Options{Start: time.Now().Round(0)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Listen(Options{Cluster: c, Speed: speed, Now: time.Now, Log: func(text string) { t.Error(text) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.access.pem) {
		t.Fatal("the certificate is none")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, server: s, http: &http.Client{Transport: transport}}
}

// do sends a request, with the token unless header says otherwise.
func (c *client) do(method, path, body string, header ...string) *http.Response {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.server.Address()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.server.access.token)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// read is the whole of an answer that must have a status.
func (c *client) read(res *http.Response, code int) string {
	c.t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if res.StatusCode != code {
		c.t.Fatalf("%s: status %d, want %d: %s", res.Request.URL.Path, res.StatusCode, code, b)
	}
	return string(b)
}

func TestRefusals(t *testing.T) {
	c := start(t, 1)
	for _, auth := range []string{"", "Bearer ", "Bearer " + c.server.access.token[1:], "Basic " + c.server.access.token} {
		c.read(c.do("GET", "/api/v1/pods", "", "Authorization", auth), http.StatusUnauthorized)
		c.read(c.do("GET", "/healthz", "", "Authorization", auth), http.StatusUnauthorized)
	}
	for _, host := range []string{"example.com", "127.0.0.1", "127.0.0.1.example.com:" + strings.TrimPrefix(c.server.Address(), "https://127.0.0.1:")} {
		c.read(c.do("GET", "/api/v1/pods", "", "Host", host), http.StatusMisdirectedRequest)
	}
	big := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"big"},"data":{"a":"` + strings.Repeat("x", bodyBytesMax) + `"}}`
	c.read(c.do("POST", "/api/v1/namespaces/default/configmaps", big), http.StatusRequestEntityTooLarge)
	if list := c.read(c.do("GET", "/api/v1/namespaces/default/configmaps", ""), http.StatusOK); strings.Contains(list, `"big"`) {
		t.Error("what was refused is there")
	}
	address := strings.TrimPrefix(c.server.Address(), "https://")
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err == nil {
		_ = conn.Close()
		t.Error("TLS 1.2 was taken")
	}
	for _, l := range c.server.listeners {
		if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
			t.Errorf("listens on %v", ip)
		}
	}
}

const configMap = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1"}}`

func TestRound(t *testing.T) {
	c := start(t, 1)
	const path = "/api/v1/namespaces/default/configmaps"
	events := json.NewDecoder(c.do("GET", path+"?watch=true", "").Body)
	c.read(c.do("POST", path, configMap), http.StatusCreated)
	if got := c.read(c.do("GET", path+"/a", ""), http.StatusOK); !strings.Contains(got, `"k":"1"`) {
		t.Errorf("got %s", got)
	}
	c.read(c.do("PATCH", path+"/a", `{"data":{"k":"2"}}`, "Content-Type", "application/merge-patch+json"), http.StatusOK)
	c.read(c.do("DELETE", path+"/a", ""), http.StatusOK)
	for _, want := range []string{"ADDED", "MODIFIED", "DELETED"} {
		for {
			var e struct {
				Type   string
				Object struct{ Metadata struct{ Name string } }
			}
			if err := events.Decode(&e); err != nil {
				t.Fatalf("waiting for %s: %v", want, err)
			}
			if e.Object.Metadata.Name != "a" {
				continue // kube-root-ca.crt
			}
			if e.Type != want {
				t.Errorf("event %s, want %s", e.Type, want)
			}
			break
		}
	}
}

const definition = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"shirts.example.com"},
"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"shirts","singular":"shirt","kind":"Shirt"},
"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}`

func TestCustomKind(t *testing.T) {
	c := start(t, 1)
	c.read(c.do("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition), http.StatusCreated)
	const path = "/apis/example.com/v1/namespaces/default/shirts"
	if got := c.read(c.do("GET", "/apis/example.com/v1", "", "Accept", "application/json"), http.StatusOK); !strings.Contains(got, `"kind":"Shirt"`) {
		t.Errorf("discovery: %s", got)
	}
	w := bufio.NewReader(c.do("GET", path+"?watch=true", "").Body)
	c.read(c.do("POST", path, `{"apiVersion":"example.com/v1","kind":"Shirt","metadata":{"name":"s"},"spec":{"color":"red"}}`), http.StatusCreated)
	if line, err := w.ReadString('\n'); err != nil || !strings.Contains(line, `"ADDED"`) || !strings.Contains(line, `"red"`) {
		t.Errorf("watch: %s, %v", line, err)
	}
}

func TestWatchesMax(t *testing.T) {
	c := start(t, 1)
	c.server.watches = watchesMax
	c.read(c.do("GET", "/api/v1/pods?watch=1", ""), http.StatusTooManyRequests)
	c.server.watches = 0
	if text := c.read(c.do("GET", "/api/v1/pods?watch=1&timeoutSeconds=1", ""), http.StatusOK); text != "" {
		t.Errorf("a watch of nothing says %q", text)
	}
}

func TestConnectionsMax(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := bounded{Listener: l, room: make(chan struct{}, 1)}
	accepted := make(chan net.Conn, 2)
	go func() {
		for {
			conn, err := b.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	dial()
	first := <-accepted
	second := dial()
	_ = second.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := second.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection too many: %v, want it closed", err)
	}
	_ = first.Close()
	_ = first.Close() // gives its place back once
	dial()
	if <-accepted == nil || len(b.room) != 1 {
		t.Error("the place of a closed connection is lost")
	}
	_ = l.Close()
	<-accepted
}

const pod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"busybox:1.36",
"command":["sh","-c","echo one; sleep 30; echo two; sleep 3600"]}]}}`

// TestTime holds the time still and moves it: state, ages and logs follow.
func TestTime(t *testing.T) {
	c := start(t, 0)
	const pods = "/api/v1/namespaces/default/pods"
	c.read(c.do("POST", pods, pod), http.StatusCreated)
	table := []string{"Accept", "application/json;as=Table;g=meta.k8s.io;v=v1"}
	if got := c.read(c.do("GET", pods, "", table...), http.StatusOK); strings.Contains(got, "Running") {
		t.Errorf("time passed by itself: %s", got)
	}
	w := bufio.NewReader(c.do("GET", pods+"?watch=true", "", table...).Body)
	if _, err := c.server.Advance(t.Context(), 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if got := c.read(c.do("GET", pods, "", table...), http.StatusOK); !strings.Contains(got, `"Running","0","20s"`) && !strings.Contains(got, `"Running",0,"20s"`) {
		t.Errorf("after 20 s: %s", got)
	}
	for {
		line, err := w.ReadString('\n')
		if err != nil {
			t.Fatalf("the watch ended: %v", err)
		}
		if strings.Contains(line, "Running") {
			if !strings.Contains(line, `"20s"`) {
				t.Errorf("the watch tells another age: %s", line)
			}
			break
		}
	}
	log := bufio.NewReader(c.do("GET", pods+"/p/log?follow=true", "").Body)
	for _, want := range []string{"one\n", "two\n"} {
		if got, err := log.ReadString('\n'); got != want || err != nil {
			t.Errorf("log line %q, %v, want %q", got, err, want)
		}
		if _, err := c.server.Advance(t.Context(), 30*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	c.read(c.do("DELETE", pods+"/p?gracePeriodSeconds=0", ""), http.StatusOK)
	if rest, err := io.ReadAll(log); err != nil || len(rest) > 0 {
		t.Errorf("after the Pod: %q, %v", rest, err)
	}
}

func TestSpeed(t *testing.T) {
	c := start(t, 600)
	const pods = "/api/v1/namespaces/default/pods"
	c.read(c.do("POST", pods, pod), http.StatusCreated)
	for range 100 {
		text, err := io.ReadAll(c.do("GET", pods+"/p/log", "").Body) // refused until the container runs
		if err != nil {
			t.Fatal(err)
		}
		if string(text) == "one\ntwo\n" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("30 s at 600 times the speed took more than 5 s")
}

func TestExec(t *testing.T) {
	c := start(t, 0)
	const pods = "/api/v1/namespaces/default/pods"
	c.read(c.do("POST", pods, pod), http.StatusCreated)
	if _, err := c.server.Advance(t.Context(), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	const command = pods + "/p/exec?container=c&command=sh&command=-c&command=echo+out%3Becho+bad>%262%3Bexit+3&stdout=true&stderr=true"
	c.read(c.do("POST", command, ""), http.StatusBadRequest) // no WebSocket
	c.read(c.do("POST", strings.Replace(command, "container=c&", "container=d&", 1), ""), http.StatusInternalServerError)
	c.read(c.do("POST", strings.Replace(command, "/p/", "/q/", 1), ""), http.StatusNotFound)
	roots := c.http.Transport.(*http.Transport).TLSClientConfig.RootCAs
	conn, err := tls.Dial("tcp", strings.TrimPrefix(c.server.Address(), "https://"), &tls.Config{RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	// The key and its answer are those of RFC 6455, section 1.3.
	_, err = io.WriteString(conn, "GET "+command+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(c.server.Address(), "https://")+
		"\r\nAuthorization: Bearer "+c.server.access.token+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	b := new(bytes.Buffer)
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(b, conn); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"101 Switching", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "\x82\x05\x01out\n", "\x82\x05\x02bad\n", `"message":"3"`, "\x88\x02\x03\xe8"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %q", want, b)
		}
	}
}

// TestOlderDiscovery asks as clients do that know no aggregated discovery.
func TestOlderDiscovery(t *testing.T) {
	c := start(t, 1)
	for path, want := range map[string]string{
		"/api":          `"kind":"APIVersions"`,
		"/api/v1":       `"name":"pods/log"`,
		"/apis":         `"preferredVersion":{"groupVersion":"apps/v1"`,
		"/apis/apps":    `"kind":"APIGroup"`,
		"/apis/apps/v1": `"name":"deployments","singularName":"deployment","namespaced":true,"kind":"Deployment"`,
	} {
		if got := c.read(c.do("GET", path, "", "Accept", "application/json"), http.StatusOK); !strings.Contains(got, want) {
			t.Errorf("%s: no %s in %.300s", path, want, got)
		}
	}
	c.read(c.do("GET", "/apis/none.example/v1", "", "Accept", "application/json"), http.StatusNotFound)
	if got := c.read(c.do("GET", "/apis", "", "Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"), http.StatusOK); !strings.Contains(got, "APIGroupDiscoveryList") {
		t.Errorf("aggregated: %.300s", got)
	}
}

func TestKubeconfig(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	if err := os.MkdirAll(filepath.Join(home, ".kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "config")
	for _, text := range []string{mark + "one\n", mark + "two\n"} { // its own may be replaced
		if err := WriteKubeconfig(name, []byte(text), home); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name)
		info, statErr := os.Stat(name)
		if err != nil || statErr != nil || string(b) != text || info.Mode().Perm() != 0o600 {
			t.Errorf("%q, %v, %v, mode %v", b, err, statErr, info.Mode())
		}
	}
	if err := RemoveKubeconfig(name, []byte(mark+"one\n")); err != nil {
		t.Fatal(err)
	}
	if err := WriteKubeconfig(name, []byte(mark), home); err != nil {
		t.Errorf("the file is another by now and stays: %v", err)
	}
	if err := RemoveKubeconfig(name, []byte(mark)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("not removed: %v", err)
	}

	foreign := filepath.Join(dir, "foreign")
	if err := os.WriteFile(foreign, []byte("apiVersion: v1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	own := filepath.Join(dir, "own")
	if err := errors.Join(os.WriteFile(own, []byte(mark), 0o600), os.Symlink(own, link), os.Symlink(home, filepath.Join(dir, "h"))); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		foreign: ErrForeign, link: ErrForeign, dir: ErrForeign,
		filepath.Join(home, ".kube", "config"): ErrHome, filepath.Join(home, ".kube", "new"): ErrHome,
		filepath.Join(dir, "h", ".kube", "config"): ErrHome, filepath.Join(home, ".kube"): ErrHome,
	} {
		if err := WriteKubeconfig(path, []byte(mark), home); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	if b, err := os.ReadFile(foreign); err != nil || string(b) != "apiVersion: v1\n" {
		t.Errorf("the foreign file is %q, %v", b, err)
	}
}
