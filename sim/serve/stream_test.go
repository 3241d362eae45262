package serve

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
)

// streaming is a client of the API's streams, as kubectl is.
func (c *client) streaming() *rest.Config {
	return &rest.Config{Host: c.server.Address(), BearerToken: c.server.access.token,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.server.access.pem}}
}

func (c *client) subresource(name, query string) *url.URL {
	u, err := url.Parse(c.server.Address() + "/api/v1/namespaces/default/pods/p/" + name + "?" + query)
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

// TestStreams holds what kubectl does over SPDY: a command with an input, an
// attached log, and a forwarded port.
func TestStreams(t *testing.T) {
	c := start(t, 100)
	const web = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"terminationGracePeriodSeconds":1,"containers":[
		{"name":"web","image":"nginx"},{"name":"tick","image":"busybox","command":["sh","-c","for i in 1 2 3 4; do sleep 30; echo tick $i; done"]}]}}`
	c.read(c.do("POST", "/api/v1/namespaces/default/pods", web), http.StatusCreated)
	if _, err := c.server.Advance(t.Context(), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	run := func(where, query, in string, tty bool) (out, errOut string, err error) {
		t.Helper()
		e, err := remotecommand.NewSPDYExecutor(c.streaming(), http.MethodPost, c.subresource(where, query))
		if err != nil {
			t.Fatal(err)
		}
		var o, eo bytes.Buffer
		options := remotecommand.StreamOptions{Stdout: &o, Tty: tty}
		if !tty {
			options.Stderr = &eo
		}
		if in != "" {
			options.Stdin = strings.NewReader(in)
		}
		err = e.StreamWithContext(t.Context(), options)
		return o.String(), eo.String(), err
	}
	out, errOut, err := run("exec", "container=web&command=sh&stdin=true&stdout=true&stderr=true", "echo one; echo two >&2\nexit 3\n", false)
	if out != "one\n" || errOut != "two\n" || err == nil || !strings.Contains(err.Error(), "exit code 3") {
		t.Errorf("exec: %q, %q, %v", out, errOut, err)
	}
	out, _, err = run("exec", "container=web&command=sh&stdin=true&stdout=true&tty=true", "echo onx\be\rexit\r", true)
	if !strings.HasSuffix(out, "echo onx\b \be\r\nexit\r\none\r\n") || err != nil {
		t.Errorf("exec at a terminal: %q, %v", out, err)
	}
	if _, _, err = run("exec", "container=none&command=sh&stdout=true", "", false); err == nil || !strings.Contains(err.Error(), `container not found ("none")`) {
		t.Errorf("exec in no container: %v", err)
	}
	out, _, err = run("attach", "container=tick&stdout=true&stderr=true", "", false)
	if !strings.HasSuffix(out, "tick 4\n") || err != nil {
		t.Errorf("attach: %q, %v", out, err)
	}
}

func TestPortForward(t *testing.T) {
	c := start(t, 0)
	c.read(c.do("POST", "/api/v1/namespaces/default/pods", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"nginx"}]}}`), http.StatusCreated)
	if _, err := c.server.Advance(t.Context(), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	transport, upgrader, err := spdy.RoundTripperFor(c.streaming())
	if err != nil {
		t.Fatal(err)
	}
	dialer := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, c.subresource("portforward", ""))
	stop, ready := make(chan struct{}), make(chan struct{})
	f, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{"0:80", "0:81"}, stop, ready, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- f.ForwardPorts() }()
	defer func() { close(stop); <-ended }()
	<-ready
	ports, err := f.GetPorts()
	if err != nil {
		t.Fatal(err)
	}
	plain := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for path, want := range map[string]int{"/": http.StatusOK, "/none": http.StatusNotFound} {
		res, err := plain.Get(fmt.Sprintf("http://127.0.0.1:%d%s", ports[0].Local, path))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if res.StatusCode != want || err != nil || !strings.Contains(string(b), "nginx") {
			t.Errorf("%s: %s, %.60q, %v", path, res.Status, b, err)
		}
		_ = res.Body.Close()
	}
	// Nobody listens there.
	if res, err := plain.Get(fmt.Sprintf("http://127.0.0.1:%d/", ports[1].Local)); err == nil {
		_ = res.Body.Close()
		t.Errorf("port 81: %s", res.Status)
	}
}
