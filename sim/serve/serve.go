// Package serve lets other programs reach a simulated cluster: its API over
// TLS on the loopback addresses, behind a token.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"gieok/sim"
	"gieok/sim/api"
)

// Limits of a server.
const (
	bodyBytesMax    = 3 << 20 // as kube-apiserver has it
	headerBytesMax  = 64 << 10
	connectionsMax  = 100
	watchesMax      = 1000
	headerTimeMax   = 10 * time.Second
	bodyTimeMax     = 30 * time.Second
	writeTimeMax    = 30 * time.Second // of one answer, or of one piece of a watch
	idleTimeMax     = 2 * time.Minute
	requestTimeMax  = 30 * time.Minute // virtual
	shutdownTimeMax = time.Second
	// SpeedMax bounds how much faster than real time a cluster may run.
	SpeedMax = 3600
)

// Options of a server.
type Options struct {
	Cluster *sim.Cluster // the server's alone from here on; its time should be Now's
	Speed   float64      // virtual seconds a second, 0 to SpeedMax; at 0 time stands still until Advance
	Now     func() time.Time
	Log     func(text string) // what went wrong while serving, in Korean; one call at a time
}

// A Server serves one cluster.
type Server struct {
	Options
	access    access
	handler   http.Handler
	listeners []net.Listener

	// mu is held by whoever uses the cluster, which is not safe for
	// concurrent use. Nobody reads from or writes to a connection with it.
	mu      sync.Mutex
	pace    pace
	changed chan struct{} // closed and made anew when objects have changed
	version int64         // of the last write that changed told of
	watches int
	unknown []sim.Unknown // that Log was told of
	stuck   bool          // the last attempt to let time pass failed
}

// Listen opens the sockets. Nothing is answered before Run.
func Listen(o Options) (*Server, error) {
	if o.Speed < 0 || o.Speed > SpeedMax {
		return nil, fmt.Errorf("serve: speed %g: want 0 to %d", o.Speed, SpeedMax)
	}
	listeners, port, err := listenLoopback()
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	a, err := newAccess(port, o.Now())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serve: %w", err), closeAll(listeners))
	}
	s := &Server{Options: o, access: a, handler: o.Cluster.API(), listeners: listeners, changed: make(chan struct{})}
	s.pace = pace{speed: o.Speed, real: o.Now(), virtual: o.Cluster.Now()}
	s.version = o.Cluster.Version()
	return s, nil
}

// Address is the server's URL.
func (s *Server) Address() string { return s.access.url() }

// Kubeconfig is the configuration of a client, with the token in it.
func (s *Server) Kubeconfig() []byte { return s.access.kubeconfig() }

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &http.Server{
		Handler:           s.access.guard(http.HandlerFunc(s.serve)),
		TLSConfig:         s.access.tls(),
		ReadHeaderTimeout: headerTimeMax,
		IdleTimeout:       idleTimeMax,
		MaxHeaderBytes:    headerBytesMax,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: watchesMax},
		ErrorLog:          quiet(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	room := make(chan struct{}, connectionsMax)
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() { failed <- h.ServeTLS(bounded{Listener: l, room: room}, "", "") }()
	}
	ticked := make(chan struct{})
	go func() {
		defer close(ticked)
		s.tick(ctx)
	}()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	cancel() // ends the watches
	end, stop := context.WithTimeout(context.Background(), shutdownTimeMax)
	defer stop()
	if h.Shutdown(end) != nil {
		_ = h.Close() // whoever still reads has had its time
	}
	<-ticked
	return err
}

// serve answers a request that may be answered.
func (s *Server) serve(w http.ResponseWriter, req *http.Request) {
	in, status := s.receive(w, req)
	if status != nil {
		status.write(w)
		return
	}
	switch {
	case follows(req, "watch"):
		s.watch(w, req, in)
	case follows(req, "follow"):
		s.followLog(w, req, in)
	case streams(req, "exec"):
		s.exec(w, req, in)
	case streams(req, "attach"), streams(req, "portforward"):
		s.stream(w, req, in)
	default:
		s.mu.Lock()
		out := s.run(req.Context(), in)
		s.mu.Unlock()
		out.send(w)
	}
}

// run answers one request of the cluster, at its time. s.mu must be held. ctx
// is asked whether to go on, and never waited for.
func (s *Server) run(ctx context.Context, in *request) *answer {
	s.catchUp(ctx)
	out := &answer{header: http.Header{}}
	err := s.Cluster.Do(func() error {
		// The connection's context belongs to another bubble; see clock.Drive.
		inner, cancel := context.WithTimeout(context.Background(), requestTimeMax)
		defer cancel()
		s.handler.ServeHTTP(out, in.http(inner))
		return nil
	})
	if err != nil {
		s.Log(fmt.Sprintf("%s %s: %v", in.method, in.url.Path, err))
		return (&refusal{code: http.StatusInternalServerError, reason: "InternalError", message: "the simulator failed: its own words stand in its terminal"}).answer()
	}
	s.catchUp(ctx) // what the request set off at this very moment
	return out
}

// Version is the release that the API is like.
const Version = api.Version
