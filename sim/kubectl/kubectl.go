// Package kubectl runs the real kubectl in this process, against the API of a
// simulated cluster. Its waits take virtual time only, and it never meets a
// real cluster, the host's files beyond its own folder, or its environment.
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

// process is held while kubectl runs: its exit handler, its warning handler
// and os.Stdin are the process's, so one command runs at a time.
var process sync.Mutex

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

// Run runs kubectl with args (without its own name). It blocks while another
// kubectl of the process runs. The time that the command takes is the
// cluster's; no error of kubectl is an error here.
func (c *Client) Run(ctx context.Context, args []string, stdin string, folder Folder) (Result, error) {
	if refusal := vet(args, folder); refusal != "" {
		return Result{Stderr: "error: " + refusal + "\n", Exit: 1}, nil
	}
	process.Lock()
	defer process.Unlock()
	host, err := newHostFolder(args, stdin, folder)
	if err != nil {
		return Result{}, fmt.Errorf("kubectl: %w", err)
	}
	defer host.remove()
	typed := os.Args
	os.Args = append([]string{"kubectl"}, args...) // --record reads them there
	defer func() { os.Args = typed }()
	std, err := captureStd()
	if err != nil {
		return Result{}, fmt.Errorf("kubectl: %w", err)
	}
	defer std.restore()
	defer withholdEnvironment()()
	run := &command{client: c, shared: c.shared, out: std.out, errOut: std.errOut}
	if k, ok := c.api.(interface{ Kinds() string }); ok && k.Kinds() != "" {
		// The cluster has kinds of its own.
		if run.shared, err = newShared(c.api); err != nil {
			return Result{}, fmt.Errorf("kubectl: %w", err)
		}
	}
	if verbOf(args) == "config" {
		file, remove, err := c.writeConfig()
		if err != nil {
			return Result{}, fmt.Errorf("kubectl: %w", err)
		}
		defer remove()
		run.configFile = file
	}
	exit := 0
	err = c.clock.Drive(ctx, c.lock, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, commandTimeMax)
		defer cancel()
		exit = run.run(ctx, host.args)
		return nil
	})
	if err != nil {
		var p *clock.PanicError
		if errors.As(err, &p) {
			return Result{}, fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), err)
		}
		return Result{}, err
	}
	if run.configFile != "" {
		if err := c.readConfig(run.configFile); err != nil {
			return Result{}, fmt.Errorf("kubectl config: %w", err)
		}
	}
	out, errOut, err := std.read()
	if err != nil {
		return Result{}, fmt.Errorf("kubectl: %w", err)
	}
	restore := func(text string) string {
		if run.configFile != "" {
			text = strings.ReplaceAll(text, run.configFile, configFile)
		}
		return host.restore(text)
	}
	out, errOut = inOrder(args, restore(out), restore(errOut))
	return Result{Stdout: out, Stderr: errOut, Exit: exit}, nil
}

// A command is one run.
type command struct {
	client      *Client
	shared      *Shared
	out, errOut *limited
	configFile  string // of `kubectl config`, "" for others
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
	if follows(args) {
		go r.stopFollowing(ctx, cancel)
	}
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: r.out, ErrOut: r.errOut}
	root := r.root(ctx, args, streams)
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
	transport := http.RoundTripper(withContext{ctx: ctx, next: api.Transport{API: r.client.api}})
	if takesKeys(args) {
		transport = inNameOrder{transport}
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
