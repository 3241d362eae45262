package container

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

func lookupFileProgram(name string) program {
	switch name {
	case "cat":
		return cat
	case "ls":
		return ls
	case "touch":
		return touch
	case "rm":
		return rm
	case "mkdir":
		return mkdir
	case "rmdir":
		return rmdir
	case "cp", "mv":
		return copyFile
	case "tee":
		return tee
	case "stat":
		return statFile
	case "chmod":
		return chmod
	case "chown", "chgrp":
		return chown
	case "ln":
		return ln
	case "readlink", "realpath":
		return readlink
	case "find":
		return find
	case "du":
		return du
	case "mktemp":
		return mktemp
	case "tar":
		return tarFiles
	case "dd":
		return dd
	}
	return nil
}

// operands reads each file, "-" or nothing being standard input, in order.
func (c *call) texts(names []string, f func(name, text string)) (status int, again bool) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, n := range names {
		if n == "-" {
			text, again := c.input()
			if again {
				return 0, true
			}
			f(n, text)
			continue
		}
		text, err := c.view.read(c.t.abs(n))
		if err == errIsDir {
			if c.p.image.flavour == busybox {
				c.complain("%s: read error: Is a directory", c.args[0])
			} else {
				c.complain("%s: %s: Is a directory", c.args[0], n)
			}
			status = 1
			continue
		}
		if err != nil {
			c.file("open", n, err)
			status = 1
			continue
		}
		f(n, text)
	}
	return status, false
}

func cat(c *call) outcome {
	set, names, bad := c.options("u")
	if bad != "" || set['u'] {
		return c.unsupported(bad)
	}
	// What comes through a pipe is handed on as it comes.
	if len(names) == 0 && c.t.fds[0].kind == fdPipe {
		in := &c.p.pipes[c.t.fds[0].pipe]
		text := in.data
		in.data = ""
		waits := c.p.written(c.t.fds[0].pipe)
		if waits {
			c.t.block, c.t.pipe = blockPipe, c.t.fds[0].pipe
		}
		if text != "" {
			c.out(text)
		}
		return outcome{again: waits}
	}
	status, again := c.texts(names, func(_, text string) { c.out(text) })
	return outcome{status: status, again: again}
}

func tail(c *call) outcome {
	args := c.args[1:]
	follow, retry, from, last := false, false, -1, 10
	var names []string
	for i, a := range args {
		switch {
		case a == "-f" || a == "-F" || a == "--follow":
			follow, retry = true, a == "-F"
		case followLines(a, &from, &last), a == "-n" && i+1 < len(args) && followLines("-n"+args[i+1], &from, &last):
		case i > 0 && args[i-1] == "-n":
		case strings.HasPrefix(a, "-") && a != "-":
			return lookupTextProgram("tail")(c)
		default:
			names = append(names, a)
		}
	}
	if len(names) == 1 && names[0] == "/dev/zero" {
		// It keeps all of an endless line in memory: whoever sets a limit sees
		// it killed within a second.
		if c.p.spec.MemoryLimit == 0 || c.p.spec.MemoryLimit > oomSurely {
			c.p.unknown("a program that fills the memory of the node")
			return done(0)
		}
		if c.f.stage == 0 {
			c.f.stage = 1
			c.t.block, c.t.wake = blockSleep, c.p.now.Add(oomAfter)
			return outcome{again: true}
		}
		c.p.state.OOM = true
		c.p.exit(128 + int(SIGKILL))
		return done(0)
	}
	if !follow {
		return lookupTextProgram("tail")(c)
	}
	if len(names) == 1 && names[0] == "/dev/null" {
		c.t.block = blockForever
		return outcome{again: true}
	}
	if len(names) != 1 {
		return c.unsupported("-f on several files")
	}
	return c.followFile(names[0], retry, from, last)
}

// followLines reads -nN, -n+N and -N; false for anything else.
func followLines(a string, from, last *int) bool {
	rest, ok := strings.CutPrefix(a, "-n")
	if !ok {
		rest, ok = strings.CutPrefix(a, "-")
	}
	number, isFrom := strings.CutPrefix(rest, "+")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 0 || n > fileBytesMax {
		return false
	}
	if isFrom {
		*from = n
	} else {
		*last = n
	}
	return true
}

// followEvery is how often tail -f looks at its file.
const followEvery = time.Second

// followFile prints the end of a file and then what is added to it.
func (c *call) followFile(name string, retry bool, from, last int) outcome {
	text, err := c.view.read(c.t.abs(name))
	switch {
	case err == errNotFilled:
		c.p.unknown("the file " + name)
		return done(1)
	case err != nil && !retry:
		c.file("open", name, err)
		if c.p.image.flavour == busybox {
			c.complain("tail: no files")
		}
		return done(1)
	case err != nil:
		if c.f.stage == 0 {
			c.file("open", name, err)
		}
		c.f.stage, c.f.i = 1, 0
	case c.f.stage == 0:
		c.f.stage, c.f.i = 1, len(text)
		l := strings.SplitAfter(text, "\n")
		if l[len(l)-1] == "" {
			l = l[:len(l)-1]
		}
		if from >= 0 {
			l = l[min(max(from-1, 0), len(l)):]
		} else {
			l = l[max(0, len(l)-last):]
		}
		c.out(strings.Join(l, ""))
	default:
		if len(text) < c.f.i { // it was begun anew
			c.f.i = 0
		}
		if more := text[c.f.i:]; more != "" {
			c.out(more)
		}
		c.f.i = len(text)
	}
	c.t.block, c.t.wake = blockSleep, c.p.now.Add(followEvery)
	return outcome{again: true}
}

func touch(c *call) outcome {
	set, names, bad := c.options("c")
	if bad != "" {
		return c.unsupported(bad)
	}
	status := 0
	for _, n := range names {
		if _, err := c.stat(c.t.abs(n)); err == nil || err == errMissing && set['c'] {
			continue
		}
		if err := c.write(c.t.abs(n), "", true); err != nil {
			c.file("touch", n, err)
			status = 1
		}
	}
	return done(status)
}

func rm(c *call) outcome {
	set, names, bad := c.options("rfRv")
	if bad != "" {
		return c.unsupported(bad)
	}
	status := 0
	for _, n := range names {
		node, err := c.lstat(c.t.abs(n))
		if err == errMissing && set['f'] {
			continue
		}
		if err == nil && node.Dir && !set['r'] && !set['R'] {
			if c.p.image.flavour == busybox {
				c.complain("rm: '%s' is a directory", n)
			} else {
				c.complain("rm: cannot remove '%s': Is a directory", n)
			}
			status = 1
			continue
		}
		if err == nil {
			err = c.remove(c.t.abs(n), true)
		}
		if err != nil {
			c.file("remove", n, err)
			status = 1
		} else if set['v'] {
			c.out("removed '" + n + "'\n")
		}
	}
	return done(status)
}

func mkdir(c *call) outcome {
	set, names, bad := c.options("pv")
	if bad != "" {
		return c.unsupported(bad)
	}
	status := 0
	for _, n := range names {
		p := c.t.abs(n)
		var missing []string
		for q := p; set['p']; q = path.Dir(q) {
			if _, err := c.stat(q); err == nil {
				break
			}
			missing = append(missing, q)
		}
		if !set['p'] {
			missing = []string{p}
		}
		for i := len(missing) - 1; i >= 0; i-- {
			if err := c.view.mkdir(missing[i]); err != nil {
				c.file("make", n, err)
				status = 1
				break
			}
			if set['v'] && c.p.image.flavour == gnu {
				c.out("mkdir: created directory '" + missing[i] + "'\n")
			} else if set['v'] {
				c.out("created directory: '" + missing[i] + "'\n")
			}
		}
	}
	return done(status)
}

func rmdir(c *call) outcome {
	_, names, bad := c.options("")
	if bad != "" {
		return c.unsupported(bad)
	}
	status := 0
	for _, n := range names {
		node, err := c.stat(c.t.abs(n))
		if err == nil && !node.Dir {
			err = errNotDir
		}
		if err == nil {
			err = c.remove(c.t.abs(n), false)
		}
		if err != nil {
			c.file("rmdir", n, err)
			status = 1
		}
	}
	return done(status)
}

func tee(c *call) outcome {
	set, names, bad := c.options("a")
	if bad != "" {
		return c.unsupported(bad)
	}
	text, again := c.input()
	if again {
		return outcome{again: true}
	}
	status := 0
	for _, n := range names {
		if err := c.write(c.t.abs(n), text, set['a']); err != nil {
			c.file("", n, err)
			status = 1
		}
	}
	c.out(text)
	return done(status)
}

// dd writes a file of zeros or noise, of which only the size is kept.
func dd(c *call) outcome {
	set := map[string]string{"bs": "512"}
	for _, a := range c.args[1:] {
		k, v, ok := strings.Cut(a, "=")
		if !ok || !slices.Contains([]string{"if", "of", "bs", "count"}, k) {
			return c.unsupported(a)
		}
		set[k] = v
	}
	block, ok := parseBytes(set["bs"])
	input := set["if"] == "/dev/zero" || set["if"] == "/dev/urandom"
	if ok && input && set["count"] == "" && set["of"] == "/dev/null" {
		return c.busy()
	}
	count, err := strconv.ParseInt(set["count"], 10, 32)
	if !ok || err != nil || block*count > 1<<40 || !input || set["of"] == "" {
		return c.unsupported("of this form")
	}
	need := block // its buffer, and what lies in a volume in memory
	if to := c.locate(c.t.abs(set["of"])); to.vol != nil && to.vol.Memory {
		need += to.vol.room(to.name, block*count)
	}
	if need > 1<<20 {
		if o, over := c.allocate(need); over {
			return o
		}
	}
	c.p.cut = true // it says how fast it was
	report := func() {
		c.complain("%d+0 records in\n%d+0 records out\n%d bytes copied, 0.010 seconds", count, count, block*count)
	}
	if set["of"] == "/dev/null" {
		report()
		return done(0)
	}
	to := c.t.abs(set["of"])
	if err := c.write(to, "", false); err != nil {
		c.file("open", set["of"], err)
		return done(1)
	}
	at := c.locate(to)
	total := block * count
	room := at.vol.room(at.name, total)
	at.vol.Set(at.name, Node{Mode: 0o666 &^ c.p.maskOf(), Owner: c.p.spec.User.ID, Group: c.p.spec.User.Group, Opaque: true, Size: room, Time: c.p.now.Unix()})
	if room < total {
		c.complain("dd: error writing '%s': %s\n%d+0 records in\n%d+0 records out", set["of"], errNoSpace, room/block+1, room/block)
		return done(1)
	}
	report()
	return done(0)
}
