package container

import (
	"maps"
	"path"
	"slices"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

// A task is one shell of a process, or one program of a pipeline: plain data,
// stepped by Process.step.
type task struct {
	id, parent int
	frames     []frame
	vars       map[string]variable
	params     []string // $0, $1, …
	funcs      map[string]*syntax.Stmt
	traps      map[Signal]string // 0 is EXIT
	dir        string
	fds        [3]fd
	status     int // $?
	lastBg     int // task of $!, 0 if none
	self       int // task of $$: the shell that a subshell belongs to
	background bool
	shell      bool // runs a script; false for a program alone
	bash       bool
	busy       bool // computes for ever
	errexit    bool
	nounset    bool
	xtrace     bool
	pipefail   bool
	full       bool // what the command has written did not fit

	block       blocking
	wake        time.Time
	waitsFor    int // task, or waitAny
	pipe        int // awaited pipe
	interrupted bool
	saved       string // what `cat` and its like have read so far
	pending     []Signal
	done        bool
}

type variable struct {
	value    string
	exported bool
	readonly bool
	array    bool // value holds elements, see array.go
}

type blocking int

const (
	blockNone    blocking = iota
	blockSleep            // until wake
	blockWait             // until the task waitsFor is done
	blockPipe             // until pipe has data or no writer
	blockForever          // until a signal
)

// waitAny as waitsFor means all children in the background.
const waitAny = -1

type fdKind int

const (
	fdNull fdKind = iota
	fdOpen        // standard input that nobody types into
	fdOut         // the container's log
	fdErr
	fdPipe
	fdFile
	fdText // a here-document
)

// An fd is what one of the descriptors 0 to 2 stands for.
type fd struct {
	kind fdKind
	pipe int    // fdPipe
	path string // fdFile
	text string // what is still to be read of fdFile and fdText
}

// A pipe carries bytes from tasks to a task.
type pipe struct {
	data     string
	captured bool // for a command substitution, which reads at the end
}

type frameKind int

const (
	frStmts   frameKind = iota
	frStmtEnd           // puts back redirections, negates
	frAndOr
	frIf
	frWhile
	frFor
	frCStyle  // for ((;;))
	frExpand  // a command whose command substitutions run first
	frProgram // a command that may wait
	frFunc    // marks a function call: its parameters to put back
	frTrapEnd // puts back $? after a trap
	frJoin    // waits for the tasks of a pipeline
	frEnvEnd  // puts back variables set for one command
)

// A frame is an open construct of a script.
type frame struct {
	kind    frameKind
	stmts   []*syntax.Stmt
	cmd     syntax.Command
	stmt    *syntax.Stmt
	i       int
	words   []string // values of for, arguments of a program, results of substitutions
	fds     [3]fd
	saved   map[string]variable
	status  int
	stage   int
	tested  bool // its failure does not end a shell under set -e
	child   int
	created []int // tasks of a pipeline
}

func (p *Process) newTask(parent *task) *task {
	p.nextID++
	p.impure++
	t := &task{id: p.nextID, self: p.nextID}
	if parent != nil {
		t.parent = parent.id
		t.vars = maps.Clone(parent.vars)
		t.params = parent.params
		t.funcs = maps.Clone(parent.funcs)
		t.dir, t.fds = parent.dir, parent.fds
		t.shell, t.bash = parent.shell, parent.bash
		t.errexit, t.nounset, t.xtrace, t.pipefail = parent.errexit, parent.nounset, parent.xtrace, parent.pipefail
		t.status, t.lastBg, t.self = parent.status, parent.lastBg, parent.self
	}
	alive := 0
	for _, o := range p.tasks {
		if !o.done {
			alive++
		}
	}
	if alive >= tasksMax {
		p.unknown("over 64 shells at once")
	}
	p.tasks = append(p.tasks, t)
	return t
}

// finish ends a task: its pipes close, its status stays for who waits.
func (p *Process) finish(t *task) {
	if t.done {
		return
	}
	t.done, t.frames = true, nil
	if t.id == p.tasks[0].id {
		p.exit(t.status)
		return
	}
	// ash has sleep built in, and any signal that it catches ends it, the one
	// that tells of a child's end among them (observed with busybox 1.36).
	if parent := p.task(t.parent); t.background && p.image.flavour == busybox && parent != nil && parent.shell &&
		parent.block == blockSleep && parent.program() == "sleep" {
		parent.block = blockNone
	}
}

func (p *Process) task(id int) *task {
	for _, t := range p.tasks {
		if t.id == id {
			return t
		}
	}
	return nil
}

// forget drops a task that ended and was waited for.
func (p *Process) forget(id int) {
	p.tasks = slices.DeleteFunc(p.tasks, func(t *task) bool { return t.id == id && t.done })
}

func (t *task) clone() *task {
	c := *t
	c.frames = slices.Clone(t.frames)
	for i := range c.frames {
		c.frames[i].words = slices.Clone(c.frames[i].words)
		c.frames[i].created = slices.Clone(c.frames[i].created)
		c.frames[i].saved = maps.Clone(c.frames[i].saved)
	}
	c.vars = maps.Clone(t.vars)
	c.params = slices.Clone(t.params)
	c.funcs = maps.Clone(t.funcs)
	c.traps = maps.Clone(t.traps)
	c.pending = slices.Clone(t.pending)
	return &c
}

func (t *task) runnable(p *Process) bool {
	if t.done {
		return false
	}
	switch t.block {
	case blockNone:
		return true
	case blockWait:
		if t.waitsFor != waitAny {
			o := p.task(t.waitsFor)
			return o == nil || o.done
		}
		for _, o := range p.tasks {
			if o.parent == t.id && o.background && !o.done {
				return false
			}
		}
		return true
	case blockPipe:
		return p.pipes[t.pipe].data != "" || !p.written(t.pipe)
	}
	return false
}

// written tells whether somebody may still write to a pipe.
func (p *Process) written(i int) bool {
	return p.holds(i, func(fds [3]fd) bool { return fds[1].is(i) || fds[2].is(i) })
}

// read tells whether somebody may still read from a pipe.
func (p *Process) read(i int) bool {
	return p.pipes[i].captured || p.holds(i, func(fds [3]fd) bool { return fds[0].is(i) })
}

func (p *Process) holds(i int, f func([3]fd) bool) bool {
	for _, t := range p.tasks {
		if t.done {
			continue
		}
		if f(t.fds) {
			return true
		}
		for _, fr := range t.frames {
			if fr.kind == frStmtEnd && f(fr.fds) {
				return true
			}
		}
	}
	return false
}

func (f fd) is(pipe int) bool { return f.kind == fdPipe && f.pipe == pipe }

func (t *task) push(f frame) { t.frames = append(t.frames, f) }

func (t *task) top() *frame { return &t.frames[len(t.frames)-1] }

// pop drops the innermost construct and undoes what it changed for a while.
func (p *Process) pop(t *task) {
	f := t.top()
	switch f.kind {
	case frStmtEnd:
		// Only what was redirected goes back: what `read` took from standard
		// input stays taken.
		for i := range t.fds {
			if f.i&(1<<i) != 0 {
				t.fds[i] = f.fds[i]
			}
		}
	case frFunc:
		t.params = f.words
		restore(t, f.saved)
	case frEnvEnd:
		restore(t, f.saved)
	}
	t.frames = t.frames[:len(t.frames)-1]
}

// restore puts back variables; a saved one without name of its own was unset.
func restore(t *task, saved map[string]variable) {
	for k, v := range saved {
		if v == unsetVariable {
			delete(t.vars, k)
		} else {
			t.vars[k] = v
		}
	}
}

// unsetVariable marks, in a saved set, a variable that did not exist. No real
// one is equal to it: its value holds a NUL byte.
var unsetVariable = variable{value: "\x00unset"}

func (t *task) abs(p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(t.dir, p)
}

func (t *task) program() string {
	if len(t.frames) > 0 && t.top().kind == frProgram && len(t.top().words) > 0 {
		return t.top().words[0]
	}
	return "a program"
}

// ownTrap tells whether the program that is process 1 may handle a signal by
// itself. Those that wait in this simulator (sleep, tail, cat) do not.
func (t *task) ownTrap(Signal) bool {
	switch path.Base(t.program()) {
	case "sleep", "tail", "cat", "httpd", "yes", "dd", "stress", "read", "sh", "ash", "bash", "dash", "nc", "ping", "find", "python", "python3":
		return false
	}
	return true
}
