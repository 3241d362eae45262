package container

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// A program runs a command of a shell or of a container. It may be called
// again: it keeps what it must remember in frame.stage and in the task.
type program func(c *call) outcome

// call is one command with its words, the name first.
type call struct {
	*machine
	f    *frame
	args []string
	bad  bool // printf met what is no number
}

type outcome struct {
	status int
	again  bool   // the task waits; call once more when it goes on
	then   func() // runs after the command has left the stack
}

func done(status int) outcome { return outcome{status: status} }

// lookupProgram is the table of commands that are simulated.
func lookupProgram(name string) program {
	switch name {
	case ":", "true":
		return func(*call) outcome { return done(0) }
	case "false":
		return func(*call) outcome { return done(1) }
	case "echo":
		return echo
	case "printf":
		return printf
	case "sleep":
		return sleep
	case "test", "[":
		return test
	case "sh", "ash", "bash", "dash":
		return shell
	case "tail":
		return tail
	}
	if p := lookupBuiltin(name); p != nil {
		return p
	}
	if p := lookupNetProgram(name); p != nil {
		return p
	}
	if p := lookupFileProgram(name); p != nil {
		return p
	}
	if p := lookupSystemProgram(name); p != nil {
		return p
	}
	if p := lookupMachineProgram(name); p != nil {
		return p
	}
	if p := lookupDatabaseProgram(name); p != nil {
		return p
	}
	return lookupTextProgram(name)
}

// builtins exist in a shell only, as no executable of any image.
const shellOnly = " : cd export unset read shift set trap wait exit return break continue exec eval local readonly . source declare typeset alias unalias type command jobs history umask ulimit times bg fg hash let getopts " + syntaxError + " "

// shellAlso are programs that every shell has within itself, whether or not the
// image has them besides.
const shellAlso = " echo printf test [ true false pwd kill "

func (m *machine) program(f *frame) {
	t := m.t
	name := f.words[0]
	if slices.ContainsFunc(f.words, func(w string) bool { return strings.Contains(w, jobMark) }) && name != "wait" && name != "kill" {
		f.words = m.p.plain(f.words)
	}
	run := m.find(name)
	if run == nil {
		return
	}
	c := &call{machine: m, f: f, args: f.words}
	o := run(c)
	if m.p.over() || len(t.frames) == 0 || o.again {
		return
	}
	m.p.pop(t)
	if t.status = o.status; t.full {
		t.status, t.full = 1, false
	}
	if o.then != nil {
		o.then()
	}
}

// find looks a command up as the shell would. nil means that the command has
// been dealt with: it does not exist, or it is not known.
func (m *machine) find(name string) program {
	t, p := m.t, m.p
	base := name
	if strings.Contains(name, "/") {
		switch path.Dir(name) {
		case "/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin":
			base = path.Base(name)
		default:
			if path.Base(name) == "docker-entrypoint.sh" || name == "/entrypoint.sh" || name == "/pause" {
				base = path.Base(name)
			} else if n, err := m.stat(t.abs(name)); err == errMissing {
				return m.notFound(name)
			} else if err == nil && !n.Opaque {
				return m.script(name, n)
			} else {
				base = ""
			}
		}
	}
	if name == "" {
		return m.notFound(name)
	}
	if !harmlessProgram(name) {
		p.impure++
	}
	if !t.shell && strings.Contains(shellOnly, " "+base+" ") {
		p.unknown("program " + name)
		return nil
	}
	if run := serverProgram(p.image, base); run != nil {
		return run
	}
	missing := p.image.surelyMissing(base)
	if t.shell && base == name && (strings.Contains(shellOnly, " "+base+" ") || strings.Contains(shellAlso, " "+base+" ")) {
		missing = false
	}
	if missing {
		return m.notFound(name)
	}
	if run := lookupProgram(base); run != nil && base != "" {
		return run
	}
	p.unknown("program " + name)
	return nil
}

// script runs a file that somebody wrote: a script with its execute bit set.
func (m *machine) script(name string, n Node) program {
	first, _, _ := strings.Cut(n.Data, "\n")
	switch {
	case n.Dir || n.Mode&0o111 == 0:
		return func(*call) outcome {
			m.shellError(name + ": Permission denied")
			return done(126)
		}
	case first == "#!/bin/sh":
		return func(c *call) outcome {
			words := append([]string{"/bin/sh"}, c.args...)
			return outcome{then: func() { c.t.push(frame{kind: frProgram, words: words}) }}
		}
	}
	m.p.unknown("program " + name)
	return nil
}

func (m *machine) notFound(name string) program {
	return func(*call) outcome {
		switch {
		case m.t.bash && strings.Contains(name, "/"):
			m.shellError(name + ": No such file or directory")
		case m.t.bash:
			m.shellError(name + ": command not found")
		default:
			m.shellError(name + ": not found")
		}
		return done(127)
	}
}

// serverProgram finds the image's own server or interpreter.
func serverProgram(im Image, base string) program {
	switch {
	case base == "docker-entrypoint.sh" && len(im.Entrypoint) > 0 && path.Base(im.Entrypoint[0]) == base:
		return func(c *call) outcome {
			words := c.args[1:]
			if len(words) == 0 || strings.HasPrefix(words[0], "-") {
				words = append(slices.Clone(im.Cmd), words...)
			}
			if im.Name == "nginx" && strings.HasPrefix(words[0], "nginx") {
				c.entrypointSays()
			}
			return outcome{then: func() { c.t.push(frame{kind: frProgram, words: words}) }}
		}
	case base == "entrypoint.sh" && im.Name == "curlimages/curl":
		// Options and addresses are curl's; anything else is a command.
		return func(c *call) outcome {
			words := c.args[1:]
			if len(words) == 0 || strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "://") {
				words = append([]string{"curl"}, words...)
			}
			return outcome{then: func() { c.t.push(frame{kind: frProgram, words: words}) }}
		}
	case im.server != nil && base == im.server.program:
		return serve
	case im.repl != "" && (base == im.repl || base == "python" && im.repl == "python3"):
		return func(c *call) outcome {
			if len(c.args) > 1 {
				return c.runsLanguage(im.repl)
			}
			if c.t.fds[0].kind == fdPipe || c.t.fds[0].kind == fdFile || c.t.fds[0].kind == fdText {
				c.p.unknown("program " + c.args[0] + " with a program of its own")
				return done(0)
			}
			if c.t.fds[0].kind == fdOpen {
				c.t.block = blockForever
				return outcome{again: true}
			}
			return done(0)
		}
	}
	return nil
}

// serve stays up as the image's server does.
func serve(c *call) outcome {
	s := c.p.image.server
	if s.program == "nginx" && len(c.args) == 2 && (c.args[1] == "-v" || c.args[1] == "-t" || c.args[1] == "-T") {
		return c.nginxSays()
	}
	if s.program == "nginx" && len(c.args) == 3 && c.args[1] == "-s" && c.p.daemon && (c.args[2] == "stop" || c.args[2] == "quit") {
		c.p.server, c.p.daemon = false, false
		return done(0)
	}
	if s.program == "nginx" && len(c.args) == 3 && c.args[1] == "-s" && c.p.spec.Child {
		c.p.cut = true // it says when it sent the signal
		if sig, ok := map[string]Signal{"reload": SIGHUP, "reopen": 0, "stop": SIGTERM, "quit": SIGQUIT}[c.args[2]]; !ok {
			return c.unsupported("-s " + c.args[2])
		} else if sig != 0 {
			c.p.sent = append(slices.Clip(c.p.sent), sig)
		}
		return done(0)
	}
	if s.program == "nginx" && !slices.Equal(c.args[1:], []string{"-g", "daemon off;"}) && len(c.args) > 1 {
		c.p.unknown("options of nginx")
		return done(0)
	}
	if o, over := c.refused(s); over {
		return o
	}
	if c.p.daemon || slices.ContainsFunc(s.ports, func(port int32) bool { return slices.Contains(c.p.spec.Taken, port) }) {
		return c.portTaken()
	}
	daemon := s.program == "nginx" && len(c.args) == 1
	if daemon && c.p.spec.Child {
		c.p.unknown("nginx in the background")
		return done(0)
	}
	if s.program != "nginx" && len(c.args) > 1 && (s.program != "redis-server" || !harmless(c.args[1:])) {
		c.p.unknown("options of " + s.program)
		return done(0)
	}
	if len(s.needsEnv) > 0 && !slices.ContainsFunc(s.needsEnv, func(k string) bool { return c.t.vars[k].value != "" }) {
		c.p.cut = true // it explains itself at length, in words not reproduced here
		return done(1)
	}
	if s.program == "nginx" {
		if o, over := c.nginxStarts(); over {
			return o
		}
	}
	c.p.server, c.p.daemon = true, daemon
	if daemon { // whoever started it goes on
		return done(0)
	}
	c.t.block = blockForever
	return outcome{again: true}
}

// refused is what a server does that may not write where it must; over tells
// whether it ends.
func (c *call) refused(s *server) (o outcome, over bool) {
	closed := func(dirs ...string) bool {
		return !slices.ContainsFunc(dirs, func(d string) bool { return !c.locate(d).readOnly && c.locate(d).mount != "/" })
	}
	switch user := c.p.spec.User.ID != 0 && c.p.spec.User.ID != c.p.image.User; {
	case s.program == "pause":
	case s.program != "nginx" && user:
		c.p.unknown("a user other than the image's for " + s.program)
		return done(0), true
	case s.program == "nginx" && (user || c.locate("/").readOnly) && closed("/var/cache/nginx"),
		s.program == "nginx" && (user || c.locate("/").readOnly) && closed("/var/run", "/run"):
		c.p.cut = true // it names the directory in which it cannot write
		return done(1), true
	}
	return o, false
}

// portTaken is what a server does whose port another process of the same
// network has. nginx tries five times, half a second apart.
func (c *call) portTaken() outcome {
	if c.p.image.server.program != "nginx" {
		c.p.unknown("a port that is taken")
		return done(0)
	}
	const tries, pause = 5, 500 * time.Millisecond
	if c.f.stage == tries {
		return done(1)
	}
	c.f.stage++
	stamp := c.p.now.UTC().Format("2006/01/02 15:04:05")
	for _, address := range []string{"0.0.0.0:80", "[::]:80"} {
		c.complain("nginx: [emerg] bind() to %s failed (98: Address already in use)", address)
	}
	if c.f.stage == tries {
		c.complain("%s [emerg] 1#1: still could not bind()", stamp)
		c.complain("nginx: [emerg] still could not bind()")
	}
	c.t.block, c.t.wake = blockSleep, c.p.now.Add(pause)
	return outcome{again: true}
}

// harmless tells whether options of redis-server keep it up and on its port.
func harmless(args []string) bool {
	for _, a := range args {
		if strings.HasPrefix(a, "-") && !slices.Contains([]string{"--appendonly", "--requirepass", "--maxmemory", "--maxmemory-policy", "--save", "--protected-mode"}, a) {
			return false
		}
	}
	return strings.HasPrefix(args[0], "--")
}

// shell runs sh -c SCRIPT, sh FILE and sh reading its input.
func shell(c *call) outcome {
	bash := path.Base(c.args[0]) == "bash" || c.p.image.shell == "bash"
	script, params, errexit, xtrace := "", []string{c.args[0]}, false, false
	args := c.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-" {
		opts := args[0][1:]
		args = args[1:]
		for _, o := range opts {
			switch o {
			case 'e':
				errexit = true
			case 'x':
				xtrace = true
			case 'c':
				if len(args) == 0 {
					c.shellError("-c requires an argument")
					return done(2)
				}
				script, args = args[0], args[1:]
				if len(args) > 0 {
					params = args
				}
				return c.runShell(script, params, bash, errexit, xtrace)
			case 'l', 'i':
			default:
				c.p.unknown("option -" + string(o) + " of " + c.args[0])
				return done(0)
			}
		}
	}
	if len(args) > 0 {
		text, err := c.view.read(c.t.abs(args[0]))
		if err == errNotFilled {
			c.p.unknown("the file " + args[0])
		} else if err != nil {
			c.shellError("can't open '" + args[0] + "': " + err.Error())
			return done(2)
		}
		return c.runShell(text, args, bash, errexit, xtrace)
	}
	text, again := c.input()
	if again {
		return outcome{again: true}
	}
	return c.runShell(text, params, bash, errexit, xtrace)
}

func (c *call) runShell(script string, params []string, bash, errexit, xtrace bool) outcome {
	if len(script) > scriptBytesMax {
		c.p.unknown("a script over 64 KiB")
		return done(0)
	}
	stmts := (&task{bash: bash, params: params}).script(c.p, script)
	t := c.t
	if t.shell {
		t = c.p.newTask(c.t)
		t.funcs, t.traps, t.self = nil, nil, t.id
		for k, v := range t.vars {
			if !v.exported {
				delete(t.vars, k)
			}
		}
	}
	t.shell, t.bash, t.params, t.errexit, t.xtrace, t.nounset, t.status = true, bash, params, errexit, xtrace, false, 0
	if t != c.t {
		t.push(frame{kind: frStmts, stmts: stmts})
		return outcome{then: func() { c.t.push(frame{kind: frJoin, created: []int{t.id}}) }}
	}
	return outcome{then: func() { t.push(frame{kind: frStmts, stmts: stmts}) }}
}

// input reads all of standard input; again means that the task waits for more.
func (c *call) input() (text string, again bool) {
	f := &c.t.fds[0]
	switch f.kind {
	case fdFile, fdText:
		text = f.text
		f.text = ""
		return text, false
	case fdOpen:
		c.t.block = blockForever
		return "", true
	case fdPipe:
		if c.p.written(f.pipe) {
			// Wait for the last writer: that it is gone shows as an end.
			if c.p.pipes[f.pipe].data != "" {
				c.t.saved += c.p.pipes[f.pipe].data
				c.p.pipes[f.pipe].data = ""
			}
			if len(c.t.saved) > pipeBytesMax {
				c.p.unknown("over 256 KiB in a pipe")
			}
			c.t.block, c.t.pipe = blockPipe, f.pipe
			return "", true
		}
		text = c.t.saved + c.p.pipes[f.pipe].data
		c.t.saved, c.p.pipes[f.pipe].data = "", ""
		return text, false
	}
	return "", false
}

// out and complain print to standard output and standard error.
func (c *call) out(text string)                  { c.emit(1, text) }
func (c *call) complain(format string, a ...any) { c.emit(2, fmt.Sprintf(format, a...)+"\n") }
func (c *call) unsupported(option string) outcome {
	c.p.unknown("option " + option + " of " + c.args[0])
	return done(0)
}

// file complains about a file in the words of busybox or of coreutils.
func (c *call) file(verb, name string, err error) {
	if err == errNotFilled {
		c.p.unknown("the file " + name)
		return
	}
	if c.p.image.flavour == busybox {
		switch verb {
		case "open":
			c.complain("%s: can't open '%s': %v", c.args[0], name, err)
		case "list":
			c.complain("%s: %s: %v", c.args[0], name, err)
		case "make":
			c.complain("%s: can't create directory '%s': %v", c.args[0], name, err)
		case "remove":
			c.complain("%s: can't remove '%s': %v", c.args[0], name, err)
		case "stat":
			c.complain("%s: can't stat '%s': %v", c.args[0], name, err)
		default:
			c.complain("%s: %s: %v", c.args[0], name, err)
		}
		return
	}
	switch verb {
	case "open":
		c.complain("%s: %s: %v", c.args[0], name, err)
	case "list":
		c.complain("%s: cannot access '%s': %v", c.args[0], name, err)
	case "make":
		c.complain("%s: cannot create directory '%s': %v", c.args[0], name, err)
	case "remove":
		c.complain("%s: cannot remove '%s': %v", c.args[0], name, err)
	case "touch":
		c.complain("%s: cannot touch '%s': %v", c.args[0], name, err)
	default:
		c.complain("%s: cannot stat '%s': %v", c.args[0], name, err)
	}
}

// options splits leading single-letter options from the operands; it reports
// the first letter that is not allowed.
func (c *call) options(allowed string) (set map[rune]bool, operands []string, bad string) {
	set = map[rune]bool{}
	args := c.args[1:]
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if args[0] == "--" {
			args = args[1:]
			break
		}
		for _, o := range args[0][1:] {
			if !strings.ContainsRune(allowed, o) {
				return nil, nil, args[0]
			}
			set[o] = true
		}
		args = args[1:]
	}
	return set, args, ""
}
