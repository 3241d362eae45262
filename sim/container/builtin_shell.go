package container

import (
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

func lookupBuiltin(name string) program {
	switch name {
	case syntaxError:
		return builtinSyntaxError
	case "exit":
		return builtinExit
	case "return":
		return builtinReturn
	case "break", "continue":
		return builtinLoop
	case "cd":
		return builtinCd
	case "pwd":
		return func(c *call) outcome { c.out(c.t.dir + "\n"); return done(0) }
	case "export", "readonly", "local", "declare", "typeset":
		return builtinExport
	case "unset":
		return builtinUnset
	case "shift":
		return builtinShift
	case "set":
		return builtinSet
	case "trap":
		return builtinTrap
	case "wait":
		return builtinWait
	case "read":
		return builtinRead
	case "exec":
		return builtinExec
	case "eval":
		return builtinEval
	case "command", "type":
		return commandName
	case "alias", "unalias", "history", "ulimit", "jobs", "hash", "bg", "fg":
		return settings
	case ".", "source":
		return source
	case "env", "printenv":
		return builtinEnv
	case "kill":
		return builtinKill
	case "umask":
		return builtinUmask
	case "getopts":
		return builtinGetopts
	case "let":
		return builtinLet
	}
	return nil
}

func (c *call) status(i int) (int, bool) {
	if len(c.args) <= i {
		return c.t.status, true
	}
	n, err := strconv.Atoi(c.args[i])
	if err != nil || n < 0 {
		if c.t.bash {
			c.shellError(c.args[0] + ": " + c.args[i] + ": numeric argument required")
		} else {
			c.shellError(c.args[0] + ": Illegal number: " + c.args[i])
		}
		return 2, true
	}
	return n & 255, true
}

func builtinExit(c *call) outcome {
	n, _ := c.status(1)
	c.p.exitTask(c.t, n)
	return done(n)
}

func builtinReturn(c *call) outcome {
	n, _ := c.status(1)
	t := c.t
	if !slices.ContainsFunc(t.frames, func(f frame) bool { return f.kind == frFunc }) {
		c.p.exitTask(t, n)
		return done(n)
	}
	return outcome{status: n, then: func() {
		for t.top().kind != frFunc {
			c.p.pop(t)
		}
		t.status = n
	}}
}

func builtinLoop(c *call) outcome {
	n, t := 1, c.t
	if len(c.args) > 1 {
		n, _ = c.status(1)
	}
	loop := func(f frame) bool { return f.kind == frWhile || f.kind == frFor || f.kind == frCStyle }
	if n < 1 || !slices.ContainsFunc(t.frames, loop) {
		return done(0)
	}
	again := c.args[0] == "continue"
	return outcome{then: func() {
		for len(t.frames) > 0 {
			if !loop(*t.top()) {
				c.p.pop(t)
				continue
			}
			if n--; n == 0 && again {
				if t.top().kind == frWhile {
					t.top().stage, t.top().status = 0, 0
				}
				return
			}
			c.p.pop(t)
			if n == 0 || !slices.ContainsFunc(t.frames, loop) {
				return
			}
		}
	}}
}

func builtinCd(c *call) outcome {
	dir := c.t.vars["HOME"].value
	if len(c.args) > 1 {
		dir = c.args[1]
	}
	if dir == "-" {
		return c.unsupported("-")
	}
	n, err := c.stat(c.t.abs(dir))
	if err == nil && !n.Dir {
		err = errNotDir
	}
	if err == errNotFilled {
		c.p.unknown("the directory " + dir)
		return done(0)
	}
	switch {
	case err == nil:
	case c.t.bash:
		c.shellError("cd: " + dir + ": " + err.Error())
		return done(1)
	case c.p.image.flavour == gnu:
		c.shellError("cd: can't cd to " + dir)
		return done(2)
	default:
		c.shellError("cd: can't cd to " + dir + ": " + err.Error())
		return done(2)
	}
	c.t.dir = c.t.abs(dir)
	return done(0)
}

func builtinExport(c *call) outcome {
	if c.args[0] == "local" && !slices.ContainsFunc(c.t.frames, func(f frame) bool { return f.kind == frFunc }) {
		if c.t.bash {
			c.shellError("local: can only be used in a function")
			return done(1)
		}
		c.fatal("local: not in a function", "local: not in a function", "", fatalStatusBash)
		return done(2)
	}
	set, operands, bad := c.options("pxairAF")
	if bad != "" || set['A'] || set['F'] {
		return c.unsupported(bad)
	}
	if set['p'] || len(operands) == 0 && len(set) == 0 {
		return c.listVariables(map[bool]string{true: "declare -x ", false: "export "}[c.t.bash], true)
	}
	for _, a := range operands {
		name, value, assigned := strings.Cut(a, "=")
		if !isName(name) {
			c.shellError(c.args[0] + ": " + name + ": bad variable name")
			return done(2)
		}
		if c.args[0] == "local" {
			c.keepLocal(name)
		}
		if assigned && !c.set(name, value) {
			return done(2)
		}
		v := c.t.vars[name]
		v.exported = v.exported || c.args[0] == "export" || set['x']
		v.readonly = v.readonly || c.args[0] == "readonly"
		c.t.vars[name] = v
	}
	return done(0)
}

// keepLocal remembers a variable until the function returns.
func (c *call) keepLocal(name string) {
	for i := len(c.t.frames) - 1; i >= 0; i-- {
		f := &c.t.frames[i]
		if f.kind != frFunc {
			continue
		}
		if _, twice := f.saved[name]; !twice {
			old, ok := c.t.vars[name]
			if !ok {
				old = unsetVariable
			}
			f.saved[name] = old
		}
		return
	}
}

func builtinUnset(c *call) outcome {
	set, operands, bad := c.options("vf")
	if bad != "" {
		return c.unsupported(bad)
	}
	for _, name := range operands {
		switch {
		case set['f']:
			delete(c.t.funcs, name)
		case strings.Contains(name, "["):
			c.p.unknown("an array with gaps")
		default:
			delete(c.t.vars, name)
		}
	}
	return done(0)
}

func builtinShift(c *call) outcome {
	n := 1
	if len(c.args) > 1 {
		n, _ = c.status(1)
	}
	if n >= len(c.t.params) && n > 0 {
		switch {
		case c.t.bash: // says nothing
		case c.p.image.flavour == gnu:
			c.fatal("", "shift: can't shift that many", "", 0)
			return done(fatalStatus)
		default:
			c.shellError("shift: can't shift that many")
		}
		return done(1)
	}
	if n > 0 {
		c.t.params = append([]string{c.t.params[0]}, c.t.params[n+1:]...)
	}
	return done(0)
}

func builtinSet(c *call) outcome {
	args := c.args[1:]
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') && args[0] != "--" {
		on := args[0][0] == '-'
		for _, o := range args[0][1:] {
			switch o {
			case 'e':
				c.t.errexit = on
			case 'u':
				c.t.nounset = on
			case 'x':
				c.t.xtrace = on
			case 'o':
				if len(args) < 2 || args[1] != "pipefail" {
					return c.unsupported("-o")
				}
				c.t.pipefail = on
				args = args[1:]
			default:
				return c.unsupported(args[0])
			}
		}
		args = args[1:]
	}
	if len(args) > 0 {
		if args[0] == "--" {
			args = args[1:]
		}
		c.t.params = append([]string{c.t.params0()}, args...)
	} else if len(c.args) == 1 {
		return c.listVariables("", false)
	}
	return done(0)
}

func builtinRead(c *call) outcome {
	if i := slices.Index(c.args, "-p"); i > 0 && i+1 < len(c.args) { // nobody sees it without a terminal
		c = &call{machine: c.machine, f: c.f, args: slices.Delete(slices.Clone(c.args), i, i+2)}
	}
	set, names, bad := c.options("r")
	if bad != "" {
		return c.unsupported(bad)
	}
	line, end, again := c.readLine()
	if again {
		return outcome{again: true}
	}
	if !set['r'] {
		line = strings.ReplaceAll(line, `\`, "")
	}
	if len(names) == 0 {
		names = []string{"REPLY"}
	}
	ifs := " \t\n"
	if v, ok := c.t.vars["IFS"]; ok {
		ifs = v.value
	}
	for i, name := range names {
		var value string
		if value, line = readField(line, ifs, i == len(names)-1); !c.set(name, value) {
			return done(2)
		}
	}
	if end {
		return done(1)
	}
	return done(0)
}

// readField takes the next of read's fields off a line, or all of the rest.
func readField(line, ifs string, last bool) (value, rest string) {
	blank := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n", r) {
			return r
		}
		return -1
	}, ifs)
	line = strings.TrimLeft(line, blank)
	i := strings.IndexAny(line, ifs)
	if last || i < 0 {
		value = strings.TrimRight(line, blank)
		if n := len(value) - 1; last && n >= 0 && strings.IndexAny(value, ifs) == n {
			value = value[:n] // one separator at the end is none
		}
		return value, ""
	}
	value, rest = line[:i], strings.TrimLeft(line[i:], blank)
	if rest != "" && strings.ContainsRune(ifs, rune(rest[0])) {
		rest = rest[1:]
	}
	return value, rest
}

// readLine takes one line of standard input; end is set at its end.
func (c *call) readLine() (line string, end, again bool) {
	f := &c.t.fds[0]
	switch f.kind {
	case fdFile, fdText:
		var found bool
		line, f.text, found = strings.Cut(f.text, "\n")
		return line, !found, false
	case fdOpen:
		c.t.block = blockForever
		return "", false, true
	case fdPipe:
		line, rest, found := strings.Cut(c.p.pipes[f.pipe].data, "\n")
		if !found && c.p.written(f.pipe) {
			if line != "" { // part of a line: a new wait would end at once
				c.p.unknown("a line that comes in parts")
			}
			c.t.block, c.t.pipe = blockPipe, f.pipe
			return "", false, true
		}
		c.p.pipes[f.pipe].data = rest
		return line, !found, false
	}
	return "", true, false
}

func builtinExec(c *call) outcome {
	t := c.t
	if len(c.args) == 1 {
		// The redirections of this statement stay.
		for i := len(t.frames) - 1; i >= 0; i-- {
			if t.frames[i].kind == frStmtEnd {
				t.frames[i].i = 0
				break
			}
		}
		return done(0)
	}
	words := c.args[1:]
	fds := t.fds
	return outcome{then: func() {
		c.p.exitTask(t, 0)
		t.fds, t.traps, t.funcs = fds, nil, nil
		// What takes the shell's place is no shell any more.
		t.shell = false
		for k, v := range t.vars {
			if !v.exported {
				delete(t.vars, k)
			}
		}
		t.push(frame{kind: frProgram, words: words})
	}}
}

func builtinEval(c *call) outcome {
	script := strings.Join(c.args[1:], " ")
	if len(script) > scriptBytesMax {
		c.p.unknown("a script over 64 KiB")
		return done(0)
	}
	stmts := c.t.script(c.p, script)
	return outcome{then: func() { c.t.push(frame{kind: frStmts, stmts: append([]*syntax.Stmt{}, stmts...)}) }}
}

// builtinEnv prints exported variables. The order of `env` is that in which
// the variables were set, which nobody may rely on; here it is by name.
func builtinEnv(c *call) outcome {
	if c.args[0] == "printenv" && len(c.args) > 1 {
		status := 0
		for _, name := range c.args[1:] {
			if v, ok := c.t.vars[name]; ok && v.exported {
				c.out(v.value + "\n")
			} else {
				status = 1
			}
		}
		return done(status)
	}
	if len(c.args) > 1 {
		return c.envCommand()
	}
	var names []string
	for k, v := range c.t.vars {
		if v.exported && (!c.t.shell || isName(k)) {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, k := range names {
		b.WriteString(k + "=" + c.t.vars[k].value + "\n")
	}
	c.out(b.String())
	return done(0)
}

// envCommand is env NAME=VALUE… COMMAND.
func (c *call) envCommand() outcome {
	args, saved := c.args[1:], map[string]variable{}
	if len(args) > 0 && (args[0] == "-i" || args[0] == "-") {
		for name, v := range c.t.vars {
			if v.exported {
				saved[name] = v
				v.exported = false
				c.t.vars[name] = v
			}
		}
		args = args[1:]
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		name, value, _ := strings.Cut(args[0], "=")
		old, ok := c.t.vars[name]
		if _, twice := saved[name]; !twice {
			if saved[name] = old; !ok {
				saved[name] = unsetVariable
			}
		}
		if !c.set(name, value) {
			return done(1)
		}
		c.t.vars[name] = variable{value: value, exported: true}
		args = args[1:]
	}
	if len(args) == 0 {
		args = []string{"env"}
	}
	if strings.HasPrefix(args[0], "-") {
		return c.unsupported(args[0])
	}
	return outcome{then: func() {
		c.t.push(frame{kind: frEnvEnd, saved: saved})
		c.t.push(frame{kind: frProgram, words: args})
	}}
}
