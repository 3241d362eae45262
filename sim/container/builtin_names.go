package container

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// numberOf is the process number of a task. Only that of process 1 is known;
// the others are like those that a kernel would give.
func (p *Process) numberOf(id int) int {
	if !p.spec.Child && !p.spec.Shared && len(p.tasks) > 0 && id == p.tasks[0].id {
		return 1
	}
	return execNumber - 1 + id
}

// taskNumbered finds the task with a process number.
func (p *Process) taskNumbered(n int) *task {
	for _, t := range p.tasks {
		if p.numberOf(t.id) == n {
			return t
		}
	}
	return nil
}

// plain writes the numbers of tasks out, for whoever prints or compares them.
func (p *Process) plain(words []string) []string {
	out := slices.Clone(words)
	for i, w := range out {
		for at := strings.Index(w, jobMark); at >= 0; at = strings.Index(w, jobMark) {
			end := at + len(jobMark)
			for end < len(w) && w[end] >= '0' && w[end] <= '9' {
				end++
			}
			id, err := strconv.Atoi(w[at+len(jobMark) : end])
			if err != nil {
				return out
			}
			w = w[:at] + strconv.Itoa(p.numberOf(id)) + w[end:]
			p.cut = true
		}
		out[i] = w
	}
	return out
}

// commandName is `command` and `type`: what a name means to the shell.
func commandName(c *call) outcome {
	args := c.args[1:]
	if c.args[0] == "command" {
		if len(args) == 0 {
			return done(0)
		}
		if args[0] != "-v" && args[0] != "-V" {
			if strings.HasPrefix(args[0], "-") {
				return c.unsupported(args[0])
			}
			words := args
			return outcome{then: func() { c.t.push(frame{kind: frProgram, words: words}) }}
		}
		args = args[1:]
	}
	short, status := c.args[0] == "command" && c.args[1] == "-v", 0
	for _, n := range args {
		kind, where := c.meaning(n)
		switch {
		case kind == "" && !short:
			c.emit(2-int(truth(!c.t.bash && c.args[0] == "type")), c.notFoundText(n))
			fallthrough
		case kind == "":
			if status = 127; c.t.bash || short && c.p.image.flavour == gnu {
				status = 1 + 126*int(truth(!c.t.bash))
			}
		case short:
			c.out(where + "\n")
		default:
			c.out(n + " is " + kind + "\n")
		}
	}
	return done(status)
}

func (c *call) notFoundText(n string) string {
	if c.t.bash {
		return fmt.Sprintf("%s: line 1: %s: %s: not found\n", c.t.params0(), c.args[0], n)
	}
	return n + ": not found\n"
}

// meaning tells what a name is to the shell; kind is "" for nothing.
func (c *call) meaning(n string) (kind, where string) {
	switch {
	case c.t.funcs[n] != nil:
		return "a function", n
	case strings.Contains(" if then else elif fi for while until do done case esac in { } ! ", " "+n+" "):
		return "a shell keyword", n
	case strings.Contains(shellOnly, " "+n+" ") || strings.Contains(shellAlso, " "+n+" "):
		return "a shell builtin", n
	case strings.Contains(n, "/"):
		if _, err := c.stat(c.t.abs(n)); err == nil {
			return n, n
		}
		return "", ""
	case c.p.image.programs == nil:
		c.p.unknown("whether the image has " + n)
		return "", ""
	case c.p.image.surelyMissing(n):
		return "", ""
	}
	where = c.p.image.where(n)
	return where, where
}

// settings are the small builtins that say or keep what does not matter here.
func settings(c *call) outcome {
	switch c.args[0] {
	case "ulimit":
		limits := map[string]string{"-n": "1048576", "-u": "unlimited", "-c": "0", "-s": "8192", "": "unlimited", "-f": "unlimited", "-v": "unlimited"}
		value, ok := limits[strings.Join(c.args[1:], " ")]
		if !ok {
			return c.unsupported(strings.Join(c.args[1:], " "))
		}
		c.p.cut = true
		c.out(value + "\n")
	case "jobs":
		n := 0
		for _, t := range c.p.tasks {
			if t.background && t.parent == c.t.id && !t.done && len(t.frames) > 0 {
				c.p.cut = true
				n++
				c.out(fmt.Sprintf("[%d]+  Running                 %s\n", n, strings.Join(t.top().words, " ")))
			}
		}
	}
	return done(0)
}

// listVariables is set, and export without operands.
func (c *call) listVariables(prefix string, exported bool) outcome {
	c.p.cut = true // a shell has more of its own
	var names []string
	for n, v := range c.t.vars {
		if isName(n) && (v.exported || !exported) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		c.out(prefix + n + "='" + strings.ReplaceAll(c.t.vars[n].value, "'", `'"'"'`) + "'\n")
	}
	return done(0)
}

// source runs a file in the shell itself.
func source(c *call) outcome {
	if len(c.args) < 2 {
		c.shellError(c.args[0] + ": filename argument required")
		return done(2)
	}
	text, err := c.view.read(c.t.abs(c.args[1]))
	switch {
	case err == errNotFilled:
		c.p.unknown("the file " + c.args[1])
		return done(0)
	case err != nil && c.t.bash:
		c.shellError(c.args[1] + ": No such file or directory")
		return done(1)
	case err != nil:
		c.shellError(c.args[0] + ": can't open '" + c.args[1] + "': " + err.Error())
		c.p.exitTask(c.t, 2)
		return done(2)
	case len(text) > scriptBytesMax:
		c.p.unknown("a script over 64 KiB")
		return done(0)
	}
	stmts := c.t.script(c.p, text)
	return outcome{then: func() { c.t.push(frame{kind: frStmts, stmts: append([]*syntax.Stmt{}, stmts...)}) }}
}
