// Package desk is the learner's virtual workstation: a shell with kubectl and
// k in it, and a folder of its own. Every command line of a transcript, a
// check, a quiz or a lab runs here; nothing of the host is in reach.
package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"gieok/sim/kubectl"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// Limits of one command line.
const (
	lineBytesMax   = 64 << 10
	callsMax       = 10_000
	outputBytesMax = 4 << 20
	filesMax       = 1000
)

// Dir is the directory in which commands run.
const Dir = kubectl.Dir

// Kubectl runs kubectl; *kubectl.Client does.
type Kubectl interface {
	Run(ctx context.Context, args []string, stdin string, folder kubectl.Folder) (kubectl.Result, error)
}

// A Desk has a folder and a shell. It keeps no goroutine between two lines.
type Desk struct {
	// Editor lets somebody at a terminal change a text, for kubectl edit; nil
	// where nobody is. A fork has none.
	Editor func(ctx context.Context, text string) (string, error)

	kubectl Kubectl
	files   *Folder
	vars    map[string]string
}

// clean is a file's name in the folder: relative to the desk's directory, or
// absolute for what lies elsewhere on the desk's own disk.
func clean(name string) string {
	if !path.IsAbs(name) {
		name = path.Join(kubectl.Dir, name)
	}
	name = path.Clean(name)
	if name == kubectl.Dir {
		return ""
	}
	return strings.TrimPrefix(name, kubectl.Dir+"/")
}

// New returns a desk with an empty folder.
func New(k Kubectl) *Desk {
	return &Desk{kubectl: k, files: newFolder(), vars: map[string]string{}}
}

// Fork returns a desk with the same files and variables, for another cluster.
func (d *Desk) Fork(k Kubectl) *Desk {
	return &Desk{kubectl: k, files: d.files.clone(), vars: maps.Clone(d.vars)}
}

// Put writes a file.
func (d *Desk) Put(name, text string) { d.files.Write(name, text) }

// Files is the folder.
func (d *Desk) Files() *Folder { return d.files }

// A Result is what a command line printed, and its exit status.
type Result struct {
	Stdout, Stderr string
	Exit           int
}

// Run runs one command line. A line that is no shell gets a shell's complaint
// and exit status 2; an error is a failure of ours.
func (d *Desk) Run(ctx context.Context, line string) (Result, error) {
	if len(line) > lineBytesMax {
		return Result{Stderr: "sh: the line is longer than 64 KiB\n", Exit: 2}, nil
	}
	f, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(line), "sh")
	if err != nil {
		return Result{Stderr: "sh: " + err.Error() + "\n", Exit: 2}, nil
	}
	r := &running{desk: d, out: &bounded{max: outputBytesMax}, errOut: &bounded{max: outputBytesMax}}
	runner, err := r.runner()
	if err != nil {
		return Result{}, err
	}
	err = runner.Run(ctx, f)
	for name, v := range runner.Vars {
		if v.Kind == expand.String && !ownedByShell(name) {
			d.vars[name] = v.Str
		}
	}
	res := Result{Stdout: r.out.String(), Stderr: r.errOut.String()}
	var status interp.ExitStatus
	switch {
	case r.failure != nil:
		return res, r.failure
	case errors.As(err, &status):
		res.Exit = int(status)
	case err != nil:
		if ctx.Err() != nil {
			return res, ctx.Err()
		}
		res.Stderr += "sh: " + err.Error() + "\n"
		res.Exit = 1
	}
	return res, nil
}

// ownedByShell says which variables each line begins with anew.
func ownedByShell(name string) bool {
	switch name {
	case "HOME", "PWD", "OLDPWD", "UID", "EUID", "GID", "IFS", "OPTIND":
		return true
	}
	return false
}

// A running is one line that runs.
type running struct {
	desk        *Desk
	out, errOut *bounded
	calls       atomic.Int64 // the parts of a pipeline run side by side

	mu      sync.Mutex
	failure error // of ours
}

func (r *running) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure = err
}

func (r *running) runner() (*interp.Runner, error) {
	// Whatever the shell would ask the host for is set here.
	env := []string{"HOME=" + Dir, "UID=0", "EUID=0", "GID=0"}
	for _, name := range slices.Sorted(maps.Keys(r.desk.vars)) {
		env = append(env, name+"="+r.desk.vars[name])
	}
	runner, err := interp.New(
		interp.Env(expand.ListEnviron(env...)),
		interp.StdIO(nil, r.out, r.errOut), // a reader would cost a pipe of the host for each line
		interp.CallHandler(r.call),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return r.exec }),
		interp.OpenHandler(r.open),
		interp.StatHandler(r.stat),
		// Nothing matches a pattern here, so that it stays as it is typed.
		interp.ReadDirHandler2(func(context.Context, string) ([]fs.DirEntry, error) { return nil, nil }),
	)
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	runner.Dir = Dir // before Reset, which takes it for $PWD
	runner.Reset()
	return runner, nil
}

func (r *running) call(_ context.Context, args []string) ([]string, error) {
	if r.calls.Add(1) > callsMax {
		return nil, fmt.Errorf("more than %d commands in one line", callsMax)
	}
	switch args[0] {
	case "cd", "exec", "source", ".", "trap", "wait":
		return nil, fmt.Errorf("%s is not part of this desk", args[0])
	}
	return args, nil
}

func (r *running) exec(ctx context.Context, args []string) error {
	hc := interp.HandlerCtx(ctx)
	if hc.Stdin == nil {
		hc.Stdin = strings.NewReader("")
	}
	switch name := args[0]; name {
	case "kubectl", "k":
		return r.runKubectl(ctx, hc, args[1:])
	default:
		if f := tools()[name]; f != nil {
			return exitStatus(f(tool{stdin: hc.Stdin, out: hc.Stdout, errOut: hc.Stderr, files: r.desk.files}, args[1:]))
		}
		fmt.Fprintf(hc.Stderr, "sh: %s: not found\n", name)
		return interp.ExitStatus(127)
	}
}

func (r *running) runKubectl(ctx context.Context, hc interp.HandlerContext, args []string) error {
	stdin := ""
	if slices.Contains(args, "-") || slices.Contains(args, "-f-") || kubectl.TakesInput(args) {
		b, err := io.ReadAll(io.LimitReader(hc.Stdin, outputBytesMax))
		if err != nil {
			return err
		}
		stdin = string(b)
	}
	folder := &editable{Folder: r.desk.files, program: editorOf(hc.Env), byHand: r.desk.Editor}
	res, err := r.desk.kubectl.Run(ctx, args, stdin, folder)
	if err != nil {
		r.fail(err)
		return err
	}
	_, _ = io.WriteString(hc.Stdout, res.Stdout)
	_, _ = io.WriteString(hc.Stderr, res.Stderr)
	return exitStatus(res.Exit)
}

// exitStatus is nil for 0: interp's ExitStatus(0) is no success.
func exitStatus(code int) error {
	if code == 0 {
		return nil
	}
	return interp.ExitStatus(code)
}

func (r *running) open(_ context.Context, name string, flag int, _ os.FileMode) (io.ReadWriteCloser, error) {
	if name == "/dev/null" {
		return devNull{}, nil
	}
	name = clean(name)
	text, ok := r.desk.files.Read(name)
	switch {
	case flag&(os.O_WRONLY|os.O_RDWR) == 0:
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return readOnly{strings.NewReader(text)}, nil
	case !ok && r.desk.files.full():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("too many files")}
	}
	w := &written{desk: r.desk, name: name}
	if flag&os.O_APPEND != 0 {
		w.text = []byte(text)
	}
	r.desk.files.Write(name, string(w.text))
	return w, nil
}

func (r *running) stat(_ context.Context, name string, _ bool) (fs.FileInfo, error) {
	if _, ok := r.desk.files.Read(name); !ok && clean(name) != "" {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: errors.ErrUnsupported}
}

type readOnly struct{ io.Reader }

func (readOnly) Write([]byte) (int, error) { return 0, fs.ErrPermission }
func (readOnly) Close() error              { return nil }

type devNull struct{}

func (devNull) Read([]byte) (int, error)    { return 0, io.EOF }
func (devNull) Write(b []byte) (int, error) { return len(b), nil }
func (devNull) Close() error                { return nil }

// A written file reaches the folder with each write. It is no bytes.Buffer, of
// which io.Copy would find other methods to write with.
type written struct {
	text []byte
	desk *Desk
	name string
}

func (w *written) Write(b []byte) (int, error) {
	if len(w.text)+len(b) > outputBytesMax {
		return 0, errors.New("the file is too large")
	}
	w.text = append(w.text, b...)
	w.desk.files.Write(w.name, string(w.text))
	return len(b), nil
}

func (w *written) Read([]byte) (int, error) { return 0, io.EOF }
func (w *written) Close() error             { return nil }

// A bounded buffer drops what goes over max.
type bounded struct {
	mu   sync.Mutex
	text bytes.Buffer
	max  int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Write(p[:min(len(p), b.max-b.text.Len())])
	return len(p), nil
}

func (b *bounded) String() string { return b.text.String() }
