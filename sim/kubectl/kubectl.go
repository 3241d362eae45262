// Package kubectl runs the real kubectl in this process, against the API of a
// simulated cluster. Its waits take virtual time only, and it never meets the
// host's files beyond its own folder, or its environment; nor a real cluster,
// unless its caller brings one (Remote).
package kubectl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"gieok/sim/api"
	"gieok/sim/clock"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// Bounds of one command.
const (
	outputBytesMax = 4 << 20
	commandTimeMax = 30 * time.Minute // of virtual time
)

// process is taken while kubectl runs: its exit handler, its warning handler
// and os.Stdin are the process's, so one command runs at a time.
var process = make(chan struct{}, 1)

// busyNotice is how long a command waits for another one before it says so.
const busyNotice = 5 * time.Second

// takeProcess waits for the process to be free; notice is what is to be said
// about the wait, once slow has told that it is a long one.
func takeProcess(ctx context.Context, slow <-chan time.Time) (notice string, err error) {
	for {
		select {
		case process <- struct{}{}:
			return notice, nil
		case <-slow:
			notice = "(먼저 시작한 kubectl이 끝날 때까지 기다렸습니다.)\n"
		case <-ctx.Done():
			return notice, ctx.Err()
		}
	}
}

// A Client is kubectl with one cluster behind it.
type Client struct {
	clock  *clock.Queue
	lock   sync.Locker
	api    http.Handler
	shared *Shared
	config Config
}

// New returns a kubectl for the cluster whose API is handler. lock is held by
// whoever changes the cluster.
func New(q *clock.Queue, lock sync.Locker, handler http.Handler, shared *Shared, config Config) *Client {
	return &Client{clock: q, lock: lock, api: handler, shared: shared, config: config}
}

// Config is the client configuration as the last command left it.
func (c *Client) Config() Config { return c.config }

// Dir is the folder of the learner's desk, as messages name it.
const Dir = "/desk"

// Folder is what -f and its like see: names, relative and with slashes, to
// contents.
type Folder interface {
	// Names lists the files in order.
	Names() []string
	Read(name string) (string, bool)
}

// A Result is what a command printed, and its exit status.
type Result struct {
	Stdout, Stderr string
	Exit           int
}

// Run runs kubectl with args (without its own name). It waits while another
// kubectl of the process runs, at most until ctx ends. The time that the
// command takes is the cluster's; no error of kubectl is an error here.
func (c *Client) Run(ctx context.Context, args []string, stdin string, folder Folder) (Result, error) {
	return inProcess(ctx, args, stdin, folder, &c.shared.std, func(host *hostFolder, std *stdCapture) (Result, error) {
		defer withholdEnvironment()()
		run, done, err := c.newCommand(args, std)
		if err != nil {
			return Result{}, fmt.Errorf("kubectl: %w", err)
		}
		defer done()
		run.folder = folder
		var stop func()
		run.errands, stop = runErrands(ctx, folder)
		defer stop()
		exit := 0
		err = c.clock.Drive(ctx, c.lock, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, commandTimeMax)
			defer cancel()
			exit = run.run(ctx, host.args)
			return nil
		})
		var p *clock.PanicError
		if errors.As(err, &p) {
			return Result{}, fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), err)
		}
		if err != nil {
			return Result{}, err
		}
		res, err := run.result(std, host)
		res.Exit = exit
		return res, err
	})
}

// inProcess makes the process kubectl's while run runs: its arguments, files
// and streams.
func inProcess(ctx context.Context, args []string, stdin string, folder Folder, files *stdFiles,
	run func(*hostFolder, *stdCapture) (Result, error)) (Result, error) {
	refusal := vet(args, folder)
	if refusal == "" {
		refusal = overlong(args, stdin, folder)
	}
	if refusal != "" {
		return Result{Stderr: "error: " + refusal + "\n", Exit: 1}, nil
	}
	slow := time.NewTimer(busyNotice)
	notice, err := takeProcess(ctx, slow.C)
	slow.Stop()
	if err != nil {
		return Result{Stderr: notice}, err
	}
	defer func() { <-process }()
	host, err := newHostFolder(args, stdin, folder)
	if err != nil {
		return Result{}, fmt.Errorf("kubectl: %w", err)
	}
	defer host.remove()
	typed := os.Args
	os.Args = append([]string{"kubectl"}, args...) // --record reads them there
	defer func() { os.Args = typed }()
	std, err := captureStd(files)
	if err != nil {
		return Result{}, fmt.Errorf("kubectl: %w", err)
	}
	defer std.restore()
	res, err := run(host, std)
	if err != nil {
		return Result{}, err
	}
	res.Stdout, res.Stderr = inOrder(args, res.Stdout, res.Stderr)
	res.Stderr = notice + res.Stderr
	return res, nil
}

// newCommand makes ready what a run needs beside its files; done puts it away.
func (c *Client) newCommand(args []string, std *stdCapture) (run *command, done func(), err error) {
	run, done = &command{client: c, shared: c.shared, out: std.out, errOut: std.errOut}, func() {}
	if k, ok := c.api.(interface{ Kinds() string }); ok && k.Kinds() != "" {
		// The cluster has kinds of its own.
		if run.shared, err = newShared(c.api); err != nil {
			return nil, nil, err
		}
	}
	if verbOf(args) == "config" {
		run.configFile, done, err = c.writeConfig()
	}
	return run, done, err
}

// result reads what a run printed, with the paths that the learner knows, and
// takes over the configuration that it left.
func (r *command) result(std *stdCapture, host *hostFolder) (Result, error) {
	if r.configFile != "" {
		if err := r.client.readConfig(r.configFile); err != nil {
			return Result{}, fmt.Errorf("kubectl: %w", err)
		}
	}
	out, errOut, err := std.read()
	if err != nil {
		err = fmt.Errorf("kubectl: %w", err)
	}
	restore := func(text string) string {
		if r.configFile != "" {
			text = strings.ReplaceAll(text, r.configFile, configFile)
		}
		return host.restore(text)
	}
	return Result{Stdout: restore(out), Stderr: restore(errOut)}, err
}

// A command is one run.
type command struct {
	client      *Client
	folder      Folder // of the desk
	shared      *Shared
	out, errOut *limited
	getter      *getter // of the command that is made
	configFile  string  // of `kubectl config`, "" for others
	errands     *errand
	remote      *rest.Config // of a Remote's cluster, nil for the simulated one
}

// exited is what kubectl's fatal errors panic with.
type exited struct{ code int }

func (r *command) run(ctx context.Context, args []string) (exit int) {
	cmdutil.BehaviorOnFatal(func(msg string, code int) {
		if msg != "" {
			if !strings.HasSuffix(msg, "\n") {
				msg += "\n"
			}
			_, _ = r.errOut.Write([]byte(msg))
		}
		panic(exited{code})
	})
	defer func() {
		if v := recover(); v != nil {
			e, ok := v.(exited)
			if !ok {
				panic(v)
			}
			exit = e.code
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the requests that are still open
	if follows(args) && r.remote == nil {
		go r.stopFollowing(ctx, cancel)
	}
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: r.out, ErrOut: r.errOut}
	root := r.root(ctx, args, streams)
	defer r.release(root)
	root.SetArgs(args)
	root.SilenceErrors = true
	if err := root.ExecuteContext(ctx); err != nil {
		cmdutil.CheckErr(err)
	}
	return 0
}

// withContext ends a request when the command ends.
type withContext struct {
	ctx  context.Context
	next http.RoundTripper
}

func (t withContext) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	stop := context.AfterFunc(t.ctx, func() { cancel(t.ctx.Err()) })
	res, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		stop()
	}
	return res, err
}

// config is the client configuration of one command.
func (r *command) config(ctx context.Context, args []string) *rest.Config {
	if r.remote != nil {
		c := rest.CopyConfig(r.remote)
		c.Wrap(func(next http.RoundTripper) http.RoundTripper { return withContext{ctx: ctx, next: next} })
		return c
	}
	transport := http.RoundTripper(withContext{ctx: ctx, next: api.Transport{API: api.Discovery(r.client.api)}})
	if takesKeys(args) {
		transport = inNameOrder{transport}
	}
	if verbOf(args) == "drain" {
		transport = oneByOne{clock: r.client.clock, next: transport}
	}
	return &rest.Config{
		Host:      serverAddress,
		QPS:       -1,
		Transport: transport,
		Proxy:     noNetwork,
	}
}

// prepareSignals starts the runtime's signal goroutine, which kubectl's waits
// ask for. Were it started in a bubble, the bubble would never end.
func prepareSignals() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	signal.Stop(c)
}
