// Package container is what runs in a container: images, file trees, and
// processes that live in virtual time.
//
// A Process is a value. It holds the whole state of what runs (the shell's
// open constructs, variables, pipes, and when it wants to go on) as plain data
// and no goroutine, so that it can be copied at any instant and the copy goes
// on as the original would. Nothing here can reach the host: commands are those
// of the table in programs.go, files those of a Disk, time is handed in.
//
// Whatever is not reproduced ends the process as unknown, with the reason in
// words, and never as a guess.
package container

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Limits of one process. A process that meets one becomes unknown.
const (
	scriptBytesMax   = 64 << 10
	variableBytesMax = 64 << 10
	variablesMax     = 1000
	wordFieldsMax    = 4096 // fields of one command after expansion
	wordBytesMax     = 256 << 10
	fileBytesMax     = 1 << 20
	filesMax         = 4096 // of one volume
	outputBytesMax   = 256 << 10
	pipeBytesMax     = 256 << 10
	printfWidthMax   = 4 << 10
	rangeMax         = 1000 // numbers of a brace range or of seq
	tasksMax         = 64   // shells of one process alive together
	depthMax         = 200  // open constructs of one shell
	stepsInstantMax  = 20_000
	turnSteps        = 2000    // of one task before the others have a go
	stepsMax         = 400_000 // in the whole life, besides
	stepsPerSecond   = 50      // of virtual time: what waits may live for ever
)

// A Spec is the start value of a process.
type Spec struct {
	Image       string   // reference
	Argv        []string // command and arguments of the Pod; nil: the image's own
	Args        []string // arguments of the Pod, when Argv is nil
	Env         []string // KEY=value, later ones win, over those of the image
	Dir         string   // working directory, "" for the image's
	Hostname    string
	Address     string // of the Pod
	Start       time.Time
	Mounts      []Mount // the first must be "/"
	Input       *string // of standard input; nil: none
	Stdin       bool    // standard input is open, and nobody types
	MemoryLimit int64   // bytes, 0 for none
	CPULimit    int64   // thousandths of a processor, 0 for none
	NodeCPUs    int64   // processors of the node
	NodeMemory  int64   // bytes of the node
	Child       bool    // not process 1 of its container: an exec
	User        User
	First       []string // what process 1 of the container was started as, for a Child
	Shared      bool     // the Pod's containers share their processes: nobody here is process 1
	Taken       []int32  // TCP ports that other processes of its network listen on
	Peers       []Peer   // processes of the Pod, where they are shared
}

// A Line is one line of output.
type Line struct {
	At     time.Time
	Stderr bool
	Text   string // without newline
}

// A State is what is known of a process at the time up to which it has run.
type State struct {
	Exited   bool
	ExitCode int
	Finished time.Time
	OOM      bool   // killed for its memory
	Unknown  string // why the outcome is not known; "" if it is
}

// A StartError means that the process could not be started at all.
type StartError struct{ Text string }

func (e *StartError) Error() string { return e.Text }

// A Process is one process of a container with its children.
type Process struct {
	spec     Spec
	image    Image
	argv     []string // it was started as; never changed
	now      time.Time
	state    State
	tasks    []*task
	nextID   int
	pipes    []pipe
	lines    []Line
	partial  [2]string         // output without its newline yet: stdout, stderr
	bytes    int               // of lines
	cut      bool              // earlier lines were dropped
	steps    int               // of the whole life
	instant  int               // steps since time last passed
	server   bool              // the image's own server is running in it
	daemon   bool              // in the background, beside process 1
	data     map[string]string // of a Redis
	listens  []listen
	site     *site   // configuration of nginx, once it runs; never changed
	umask    *uint32 // nil: as containers have it
	requests int     // by HTTP so far
	own      *server // another server that was started in it; never changed
	impure   int     // what was done that others see or decide
	spin     spin
	sent     []Signal // to process 1 of its container, by one that is another process
}

// Start makes the process of s in w, whose volumes must hold those of
// s.Mounts. The error is a *StartError if the executable surely cannot be run.
// An image or program that is not known gives a process whose State is unknown.
func Start(s Spec, w World) (*Process, error) {
	p := &Process{spec: s, now: s.Start}
	im, ok := Lookup(s.Image)
	if !ok {
		p.unknown("image " + s.Image)
		return p, nil
	}
	p.image = im
	argv := s.Argv
	if len(argv) == 0 {
		argv = slices.Clone(im.Entrypoint)
		if len(s.Args) > 0 {
			argv = append(argv, s.Args...)
		} else {
			argv = append(argv, im.Cmd...)
		}
	} else {
		argv = append(slices.Clone(argv), s.Args...)
	}
	if len(argv) == 0 {
		return nil, &StartError{"no command specified"}
	}
	p.argv = argv
	t := p.newTask(nil)
	t.vars = p.environment()
	if t.dir = path.Clean("/" + s.Dir); s.Dir == "" {
		t.dir = path.Clean("/" + im.Dir)
	}
	if err := p.findExecutable(argv[0], t, w.Disk); err != nil {
		return nil, err
	}
	t.fds = [3]fd{{kind: fdNull}, {kind: fdOut}, {kind: fdErr}}
	if s.Stdin {
		t.fds[0] = fd{kind: fdOpen}
	}
	if s.Input != nil {
		t.fds[0] = fd{kind: fdText, text: *s.Input}
	}
	t.push(frame{kind: frProgram, words: argv})
	return p, nil
}

func (p *Process) environment() map[string]variable {
	home := "/root"
	if p.spec.User.ID != 0 {
		home = "/"
	}
	vars := map[string]variable{"HOME": {value: home, exported: true}, "HOSTNAME": {value: p.spec.Hostname, exported: true}}
	for _, kv := range slices.Concat(p.image.Env, p.spec.Env) {
		k, v, _ := strings.Cut(kv, "=")
		vars[k] = variable{value: v, exported: true}
	}
	return vars
}

// findExecutable says how runc refuses an executable that does not exist.
func (p *Process) findExecutable(name string, t *task, disk Disk) error {
	missing := func(text string) error {
		return &StartError{fmt.Sprintf("failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: %q: %s: unknown", name, text)}
	}
	if strings.Contains(name, "/") {
		v := view{disk, p.spec.Mounts, p.spec.User, p}
		if n, err := v.stat(t.abs(name)); err == errMissing {
			return missing("stat " + name + ": no such file or directory")
		} else if err == nil && n.Dir {
			return missing("is a directory")
		} else if err == nil && !n.Opaque && n.Mode&0o111 == 0 {
			return missing("permission denied")
		}
		return nil
	}
	if p.image.surelyMissing(name) {
		return missing("executable file not found in $PATH")
	}
	return nil
}

// Root returns the file tree of an image, for the writable layer of a new
// container; an empty directory if the image is not known.
func Root(ref string) *Volume {
	v := NewVolume()
	if im, ok := Lookup(ref); ok {
		v.Nodes = im.rootfs
		v.shared.Store(true)
	}
	return v
}

// Clone returns a copy that goes on as p would.
func (p *Process) Clone() *Process {
	c := *p
	c.tasks = make([]*task, len(p.tasks))
	for i, t := range p.tasks {
		c.tasks[i] = t.clone()
	}
	c.pipes = slices.Clone(p.pipes)
	c.data = maps.Clone(p.data)
	c.listens = slices.Clone(p.listens)
	c.lines = slices.Clip(p.lines)
	return &c
}

// State tells how the process stands at the time up to which it has run.
func (p *Process) State() State { return p.state }

// Output is what the process has written. whole is false if it wrote so much
// that the first lines were dropped, and for a server, whose log is not
// reproduced.
func (p *Process) Output() (lines []Line, whole bool) {
	return p.lines, !p.cut && (!p.server || p.image.server.program == "nginx")
}

// Sent are the signals that a process which is not process 1 of its container
// has sent to process 1, for whoever runs both to hand on.
func (p *Process) Sent() []Signal { return p.sent }

// Ports are the TCP ports on which the process listens.
func (p *Process) Ports() []int32 {
	var ports []int32
	if s := p.listener(); s != nil {
		ports = slices.Clone(s.ports)
	}
	if !p.over() {
		for _, l := range p.listens {
			ports = append(ports, l.port)
		}
	}
	return ports
}

func (p *Process) listener() *server {
	switch {
	case p.over():
		return nil
	case p.server && p.site != nil:
		return &p.site.server
	case p.server:
		return p.image.server
	}
	return p.own
}

// LimitMemory sets the memory limit in bytes, 0 for none.
func (p *Process) LimitMemory(bytes int64) { p.spec.MemoryLimit = bytes }

// Busy is how many processors the process would use if nobody throttled it.
func (p *Process) Busy() int {
	n := 0
	for _, t := range p.tasks {
		if t.busy && !t.done {
			n++
		}
	}
	return n
}

// Next is the next instant at which the process goes on by itself.
func (p *Process) Next() (at time.Time, ok bool) {
	if p.over() {
		return time.Time{}, false
	}
	for _, t := range p.tasks {
		if t.runnable(p) {
			return p.now, true
		}
		if t.block == blockSleep && (!ok || t.wake.Before(at)) {
			at, ok = t.wake, true
		}
	}
	return at, ok
}

func (p *Process) over() bool { return p.state.Exited || p.state.Unknown != "" }

// Run lets happen whatever is due until the given time.
func (p *Process) Run(until time.Time, w World) {
	for {
		at, ok := p.Next()
		if !ok || at.After(until) {
			break
		}
		if at.After(p.now) {
			p.now, p.instant = at, 0
		}
		p.turn(w)
	}
	if until.After(p.now) && !p.over() {
		p.now, p.instant = until, 0
	}
}

// turn gives each task that can go on one go, in the order of their making.
func (p *Process) turn(w World) {
	for _, t := range slices.Clone(p.tasks) {
		if t.block == blockSleep && !t.wake.After(p.now) {
			t.block = blockNone
		}
		for n := 0; t.runnable(p) && !p.over() && (n < turnSteps || len(p.tasks) == 1); n++ {
			p.step(t, w)
		}
		if p.over() {
			return
		}
	}
}

// Signal lets the process have a signal at the given time; it has run until
// then. Process 1 of a container gets only signals that it handles.
func (p *Process) Signal(at time.Time, s Signal, w World) {
	p.Run(at, w)
	if p.over() {
		return
	}
	root := p.tasks[0]
	switch {
	case s == SIGKILL:
		p.exit(128 + int(SIGKILL))
	case p.serverStops(root, s):
		p.exit(0)
	case p.server && !p.daemon && p.site != nil && s == SIGHUP:
		p.reload(w)
	case p.server && !p.daemon:
		p.unknown(fmt.Sprintf("signal %d to a server under a shell", s))
	case root.traps[s] != "" && root.shell:
		root.pending = append(slices.Clip(root.pending), s)
		if root.busy || root.block == blockSleep && p.image.flavour == busybox || root.block == blockWait && root.waitsFor == waitAny {
			root.interrupted = true
			root.block = blockNone
		}
		p.Run(at, w)
	case p.spec.Child || p.spec.Shared:
		p.exit(128 + int(s))
	case !root.shell && root.ownTrap(s):
		p.unknown(fmt.Sprintf("signal %d to %s", s, root.program()))
	}
}

// reload lets nginx read its configuration again. One that it refuses is not
// taken over.
func (p *Process) reload(w World) {
	fresh, err := loadSite(p.image, view{w.Disk, p.spec.Mounts, p.spec.User, p})
	if why, bad := err.(*notNginx); bad {
		p.unknown(why.Error())
		return
	}
	stamp := p.now.UTC().Format("2006/01/02 15:04:05")
	p.write(true, stamp+" [notice] 1#1: signal 1 (SIGHUP) received, reconfiguring\n")
	if err != nil {
		p.write(true, stamp+" [emerg] 1#1: "+strings.TrimPrefix(err.Error(), "nginx: [emerg] ")+"\n")
		return
	}
	p.write(true, stamp+" [notice] 1#1: reconfiguring\n")
	p.site = fresh
}

func (p *Process) serverStops(root *task, s Signal) bool {
	return p.server && !p.daemon && !root.shell && p.image.server != nil && slices.Contains(p.image.server.stopsOn, s)
}

// charge counts work that is more than one step: bytes moved, files looked at.
func (p *Process) charge(n int) {
	p.steps += n / 64
	p.instant += n / 64
}

func (p *Process) exit(code int) {
	for i, text := range p.partial {
		if text != "" {
			p.addLine(i == 1, text)
		}
	}
	p.partial = [2]string{}
	p.state.Exited, p.state.ExitCode, p.state.Finished = true, code, p.now
	p.tasks = nil
	p.pipes = nil
}

func (p *Process) unknown(why string) {
	if p.state.Unknown == "" && !p.state.Exited {
		p.state.Unknown = why
	}
}

// write takes output of the process: a log has whole lines only.
func (p *Process) write(stderr bool, text string) {
	i := 0
	if stderr {
		i = 1
	}
	text = p.partial[i] + text
	for {
		line, rest, ok := strings.Cut(text, "\n")
		if !ok {
			break
		}
		p.addLine(stderr, line)
		text = rest
	}
	if len(text) > outputBytesMax {
		p.unknown("a line of output over 256 KiB")
		text = ""
	}
	p.partial[i] = text
}

func (p *Process) addLine(stderr bool, text string) {
	p.lines = append(p.lines, Line{p.now, stderr, text})
	p.bytes += len(text) + 1
	if p.bytes < 2*outputBytesMax { // dropping a few at a time would copy the rest each time
		return
	}
	drop := 0
	for p.bytes > outputBytesMax && drop < len(p.lines) {
		p.bytes -= len(p.lines[drop].Text) + 1
		drop++
	}
	p.lines, p.cut = slices.Clone(p.lines[drop:]), true
}

// LogBytes is about how much the process has written to its log.
func (p *Process) LogBytes() int { return p.bytes }
