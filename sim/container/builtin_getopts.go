package container

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// builtinGetopts takes the next option off the parameters, or off the words
// that follow its name (POSIX, "getopts").
func builtinGetopts(c *call) outcome {
	if len(c.args) < 3 {
		return c.unsupported("without a name")
	}
	words := c.args[3:]
	if len(words) == 0 && len(c.t.params) > 0 {
		words = c.t.params[1:]
	}
	known, silent := strings.CutPrefix(c.args[1], ":")
	at := 1
	if n, err := strconv.Atoi(c.t.vars["OPTIND"].value); err == nil && n > 0 {
		at = n
	}
	in, _ := strconv.Atoi(c.t.vars[optionWithin].value) // how far into a word such as -ab
	finish := func(name, arg string, status int) outcome {
		c.set("OPTIND", strconv.Itoa(at))
		c.set(optionWithin, strconv.Itoa(in))
		c.set("OPTARG", arg)
		c.set(c.args[2], name)
		return done(status)
	}
	if in == 0 {
		if at > len(words) || len(words[at-1]) < 2 || words[at-1][0] != '-' {
			return finish("?", "", 1)
		}
		if words[at-1] == "--" {
			at++
			return finish("?", "", 1)
		}
		in = 1
	}
	if at > len(words) || in >= len(words[at-1]) {
		return finish("?", "", 1)
	}
	word, option := words[at-1], words[at-1][in:in+1]
	if in++; in == len(word) {
		at, in = at+1, 0
	}
	i := strings.Index(known, option)
	switch {
	case i < 0 || option == ":":
		if silent {
			return finish("?", option, 0)
		}
		c.optionError("Illegal option -"+option, "illegal option -- "+option)
		return finish("?", "", 0)
	case i+1 == len(known) || known[i+1] != ':':
		return finish(option, "", 0)
	case in > 0:
		arg := word[in:]
		at, in = at+1, 0
		return finish(option, arg, 0)
	case at > len(words) && silent:
		return finish(":", option, 0)
	case at > len(words):
		c.optionError("No arg for -"+option+" option", "option requires an argument -- "+option)
		return finish("?", "", 0)
	}
	at++
	return finish(option, words[at-2], 0)
}

// optionWithin is where getopts keeps its place in a word. No script can name
// it.
const optionWithin = "\x00getopts"

func (c *call) optionError(plain, bash string) {
	if c.t.bash {
		plain = c.t.params0() + ": " + bash
	}
	c.emit(2, plain+"\n")
}

// builtinLet is ash's; in bash it is part of the grammar, and dash has none.
func builtinLet(c *call) outcome {
	status := 0
	if c.p.image.flavour == gnu && !c.t.bash {
		c.shellError("let: not found")
		return done(127)
	}
	for _, a := range c.args[1:] {
		e, err := syntax.NewParser().Arithmetic(strings.NewReader(a))
		if err != nil {
			c.fatal("arithmetic syntax error", "", "", fatalStatusBash)
			return done(2)
		}
		x := c.expander(nil)
		v := x.arithmetic(e)
		if x.failed() {
			return done(2)
		}
		status = int(1 - truth(v != 0))
	}
	return done(status)
}

// builtinUmask shows or sets which rights new files do not get.
func builtinUmask(c *call) outcome {
	args := c.args[1:]
	switch {
	case len(args) == 0:
		c.out("0" + strconv.FormatInt(int64(c.p.maskOf())|0o1000, 8)[1:] + "\n")
	case args[0] == "-S":
		var list []string
		for i, who := range []string{"u", "g", "o"} {
			rights, bits := who+"=", 7&^(c.p.maskOf()>>(6-3*i))
			for j, r := range "rwx" {
				if bits&(4>>j) != 0 {
					rights += string(r)
				}
			}
			list = append(list, rights)
		}
		c.out(strings.Join(list, ",") + "\n")
	default:
		n, err := strconv.ParseUint(args[0], 8, 12)
		if err != nil {
			return c.unsupported(args[0])
		}
		c.p.umask = new(uint32(n & 0o777))
	}
	return done(0)
}

// maskOf is the umask of the process, by default that of every container.
func (p *Process) maskOf() uint32 {
	if p == nil || p.umask == nil {
		return 0o022
	}
	return *p.umask
}
