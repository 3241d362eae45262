package container

import (
	"slices"
	"strconv"
	"strings"
)

var signalNames = map[string]Signal{"EXIT": 0, "HUP": 1, "INT": SIGINT, "QUIT": SIGQUIT, "KILL": SIGKILL,
	"USR1": 10, "USR2": 12, "TERM": SIGTERM, "WINCH": SIGWINCH}

// SignalNamed finds a signal by its name, SIGTERM for one.
func SignalNamed(name string) (Signal, bool) {
	short, ok := strings.CutPrefix(name, "SIG")
	sig, known := signalNames[short]
	return sig, ok && known && sig != 0
}

func parseSignal(s string) (Signal, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return Signal(n), n >= 0 && n < 65
	}
	sig, ok := signalNames[strings.TrimPrefix(strings.ToUpper(s), "SIG")]
	return sig, ok
}

func builtinTrap(c *call) outcome {
	args := c.args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	switch {
	case len(args) == 0:
		c.listTraps()
		return done(0)
	case len(args) == 1 || strings.HasPrefix(args[0], "-") && args[0] != "-":
		return c.unsupported("of this form")
	}
	for _, s := range args[1:] {
		sig, ok := parseSignal(s)
		if !ok {
			c.p.unknown("the trap of " + s)
			return done(1)
		}
		if args[0] == "-" {
			delete(c.t.traps, sig)
			continue
		}
		if c.t.traps == nil {
			c.t.traps = map[Signal]string{}
		}
		c.t.traps[sig] = args[0]
	}
	return done(0)
}

// listTraps shows what is caught, in the order of the signals' numbers.
func (c *call) listTraps() {
	prefix := ""
	if c.t.bash {
		prefix = "SIG"
	}
	for sig := range Signal(65) {
		script, ok := c.t.traps[sig]
		if !ok {
			continue
		}
		for name, s := range signalNames {
			if s == sig {
				if sig != 0 {
					name = prefix + name
				}
				c.out("trap -- '" + strings.ReplaceAll(script, "'", `'\''`) + "' " + name + "\n")
			}
		}
	}
}

func builtinWait(c *call) outcome {
	t := c.t
	if t.interrupted {
		t.interrupted = false
		return done(128 + int(SIGTERM))
	}
	if len(c.args) == 1 {
		for _, o := range c.p.tasks {
			if o.parent == t.id && o.background && !o.done {
				t.block, t.waitsFor = blockWait, waitAny
				return outcome{again: true}
			}
		}
		c.p.tasks = slices.DeleteFunc(c.p.tasks, func(o *task) bool { return o.parent == t.id && o.background && o.done })
		return done(0)
	}
	status := 0
	for _, a := range c.args[1:] {
		id, err := strconv.Atoi(strings.TrimPrefix(a, jobMark))
		if err == nil && !strings.HasPrefix(a, jobMark) {
			if o := c.p.taskNumbered(id); o != nil {
				id = o.id
			} else {
				status = 127
				continue
			}
		} else if err != nil {
			c.p.unknown("wait for " + a)
			return done(1)
		}
		o := c.p.task(id)
		if o == nil {
			continue
		}
		if !o.done {
			t.block, t.waitsFor = blockWait, id
			return outcome{again: true}
		}
		status = o.status
	}
	return done(status)
}

// killFirst signals process 1: another process of the same number space sends
// it through whoever runs the container. Process 1 is safe from signals that it
// does not handle, SIGKILL among them.
func (c *call) killFirst(sig Signal) bool {
	if c.p.spec.Child {
		if sig != 0 {
			c.p.sent = append(slices.Clip(c.p.sent), sig)
		}
		return true
	}
	root := c.p.tasks[0]
	switch {
	case sig == 0 || sig == SIGKILL:
	case root.traps[sig] != "":
		root.signal(sig, c.p.image.flavour)
	case c.p.server && !c.p.daemon:
		c.p.unknown("a signal from a child to process 1")
		return false
	}
	return true
}

// builtinKill signals children in the background; signals to process 1 reach
// what handles them.
func builtinKill(c *call) outcome {
	sig, args := SIGTERM, c.args[1:]
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name := args[0][1:]
		args = args[1:]
		if name == "s" && len(args) > 0 {
			name, args = args[0], args[1:]
		}
		s, ok := parseSignal(name)
		if !ok {
			return c.unsupported("-" + name)
		}
		sig = s
	}
	status := 0
	for _, a := range args {
		if a == "1" && !c.p.spec.Shared {
			if !c.killFirst(sig) {
				return done(0)
			}
			continue
		}
		id, err := strconv.Atoi(strings.TrimPrefix(a, jobMark))
		if !strings.HasPrefix(a, jobMark) || err != nil {
			n, number := strconv.Atoi(strings.TrimPrefix(a, "%"))
			if number != nil {
				c.complain("sh: invalid number '%s'", a)
				status = 1
				continue
			}
			o := c.p.taskNumbered(n)
			if strings.HasPrefix(a, "%") {
				o = c.p.task(c.t.lastBg)
			}
			switch {
			case o != nil:
				id = o.id
			case c.p.spec.Shared || n >= workers && c.p.spec.Child && c.p.image.Name == "nginx":
				c.p.unknown("kill of process " + a)
				return done(0)
			default:
				c.noProcess(a)
				status = 1
				continue
			}
		}
		if o := c.p.task(id); o == nil || o.done {
			c.p.cut = true // it complains, with a number that is not known
			status = 1
		} else if sig != 0 {
			o.signal(sig, c.p.image.flavour)
		}
	}
	return done(status)
}

// noProcess is what kill says of a number that is no process.
func (c *call) noProcess(number string) {
	switch {
	case c.t.bash:
		c.shellError("kill: (" + number + ") - No such process")
	case c.p.image.flavour == gnu:
		c.shellError("kill: No such process\n")
	default:
		c.shellError("can't kill pid " + number + ": No such process")
	}
}

// signal ends a shell or runs its trap; an ignored signal does nothing.
func (t *task) signal(sig Signal, f flavour) {
	script, trapped := t.traps[sig]
	switch {
	case !trapped || sig == SIGKILL:
		t.frames, t.traps = nil, nil
		t.status, t.block = 128+int(sig), blockNone
	case script != "":
		t.pending = append(slices.Clip(t.pending), sig)
		if t.block == blockSleep && f == busybox || t.block == blockWait && t.waitsFor == waitAny {
			t.interrupted, t.block = true, blockNone
		}
	}
}
