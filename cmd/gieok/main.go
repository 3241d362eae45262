// Gieok turns study notes on Kubernetes into cards whose answers are checked
// by running them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	_ "time/tzdata" // CronJobs name time zones, and the host may have none
)

func main() {
	// Short-lived and full of garbage: collecting half as often costs little memory.
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memorySoftMax)
	_, _ = time.Now().Zone() // reads TZ, before kubectl runs without it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}

// gcPercent lets the heap grow to five times what is in use before it is
// collected. Cards of 600 lines then stay under 200 MB and are made a quarter
// faster.
const gcPercent = 400

// memorySoftMax is where collecting becomes more eager, for folders of notes.
const memorySoftMax = 384 << 20

// Exit statuses.
const (
	exitFine     = 0
	exitProblems = 1 // problems found
	exitUsage    = 2 // wrong usage or input
)

// run is the whole program, for tests too.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer, env environment) int {
	app := &App{in: in, out: out, errOut: errOut, environ: env, now: time.Now}
	root := newRoot(app)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	var status exitError
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, context.Canceled):
		return 130
	}
	fmt.Fprintf(errOut, "gieok: %v\n", err)
	return exitUsage
}

// An exitError ends the program with a status; what there is to say has been
// said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// An App is where the program reads and writes.
type App struct {
	in          io.Reader
	out, errOut io.Writer
	environ     environment
	now         func() time.Time
}

func (app *App) env(name string) string { return app.environ.get(name) }
