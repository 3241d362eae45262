package container

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func lookupSystemProgram(name string) program {
	switch name {
	case "sed":
		return sed
	case "awk":
		return awk
	case "base64":
		return base64Text
	case "yes":
		return yes
	case "timeout":
		return timeout
	case "xargs":
		return xargs
	case "nohup", "nice", "busybox":
		return prefixed
	case "httpd":
		return httpd
	case "perl":
		return perl
	case "redis-cli":
		return redisCLI
	case "stress":
		return stress
	}
	return nil
}

// lookupMachineProgram is the table of those that show the machine, its
// processes, users and network.
func lookupMachineProgram(name string) program {
	switch name {
	case "ps":
		return ps
	case "top":
		return top
	case "pidof", "pgrep", "pkill", "killall":
		return processesNamed
	case "id":
		return id
	case "whoami":
		return whoami
	case "hostname":
		return hostname
	case "uname":
		return uname
	case "nproc", "arch":
		return processors
	case "uptime":
		return uptime
	case "free":
		return free
	case "df":
		return df
	case "mount":
		return mount
	case "tty", "stty":
		return tty
	case "time":
		return clocked
	case "sync", "clear":
		return func(*call) outcome { return done(0) }
	case "which":
		return which
	case "ip":
		return ip
	case "ifconfig":
		return ifconfig
	case "route":
		return route
	case "netstat", "ss":
		return netstat
	case "ping":
		return ping
	case "getent":
		return getent
	}
	if need, ok := outsidePrograms[name]; ok {
		return func(c *call) outcome {
			c.p.unknown("program " + name + ", which needs " + need)
			return done(0)
		}
	}
	return nil
}

func base64Text(c *call) outcome {
	set, names, bad := c.options("dw")
	if bad != "" || set['w'] && (len(names) == 0 || names[0] != "0") {
		return c.unsupported(bad)
	}
	if set['w'] {
		names = names[1:]
	}
	all := ""
	status, again := c.texts(names, func(_, text string) { all += text })
	switch {
	case again:
		return outcome{again: true}
	case set['d']:
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(all), ""))
		if err != nil {
			return c.unsupported("-d of this text")
		}
		c.out(string(raw))
	default:
		text := base64.StdEncoding.EncodeToString([]byte(all))
		for !set['w'] && len(text) > 76 {
			c.out(text[:76] + "\n")
			text = text[76:]
		}
		if c.out(text); !set['w'] {
			c.out("\n")
		}
	}
	return done(status)
}

// yes keeps a processor busy; what it prints must go nowhere.
func yes(c *call) outcome {
	word := "y"
	if len(c.args) > 1 {
		word = strings.Join(c.args[1:], " ")
	}
	if in := c.t.fds[1]; in.kind == fdPipe { // as fast as its reader
		if waiting := c.p.pipes[in.pipe].data; len(waiting) < 1<<10 {
			c.out(strings.Repeat(word+"\n", 64))
		}
		return outcome{again: true}
	}
	if c.t.fds[1].kind != fdNull {
		return c.unsupported("with a reader")
	}
	return c.busy()
}

// busy computes for ever.
func (c *call) busy() outcome {
	c.t.busy, c.t.block = true, blockForever
	return outcome{again: true}
}

// timeout ends a command after a while: busybox's and coreutils' status differ.
func timeout(c *call) outcome {
	args := c.args[1:]
	if len(args) > 1 && args[0] == "-t" {
		args = args[1:]
	}
	switch c.f.stage {
	case 0:
		if len(args) < 2 || strings.HasPrefix(args[0], "-") {
			return c.unsupported("of this form")
		}
		d, ok := parseSleep(args[0])
		if !ok {
			return c.unsupported(args[0])
		}
		child := c.p.newTask(c.t)
		child.shell = false
		child.push(frame{kind: frProgram, words: args[1:]})
		watch := c.p.newTask(c.t)
		watch.background = true
		watch.fds = [3]fd{{kind: fdNull}, {kind: fdNull}, {kind: fdNull}}
		watch.push(frame{kind: frProgram, words: []string{"kill", jobMark + strconv.Itoa(child.id)}})
		watch.push(frame{kind: frProgram, words: []string{"sleep", fmt.Sprintf("%gs", d.Seconds())}})
		c.f.stage, c.f.child, c.f.created = 1, child.id, []int{watch.id}
		c.t.block, c.t.waitsFor = blockWait, child.id
		return outcome{again: true}
	default:
		child := c.p.task(c.f.child)
		status := child.status
		watch := c.p.task(c.f.created[0])
		if watch != nil && !watch.done {
			watch.frames = nil
			c.p.finish(watch)
		} else if c.p.image.flavour == gnu && status == 128+int(SIGTERM) {
			status = 124
		}
		c.p.forget(c.f.child)
		c.p.forget(c.f.created[0])
		return done(status)
	}
}

// xargs runs a command with the words of its input: -n so many at a time, -I
// one line at a time in the place of a mark.
func xargs(c *call) outcome {
	x, bad := readXargs(c.args[1:])
	if bad != "" {
		return c.unsupported(bad)
	}
	text, again := c.input()
	if again {
		return outcome{again: true}
	}
	items := strings.Fields(text)
	switch {
	case x.zero:
		items = strings.Split(strings.TrimSuffix(text, "\x00"), "\x00")
	case x.mark != "":
		items, x.most = lines(text), 1
	}
	if len(items)+len(x.words) > wordFieldsMax || !x.zero && strings.ContainsAny(text, `"'\`) {
		return c.unsupported("on this text")
	}
	commands := x.commands(items)
	if len(items) == 0 && !x.ifAny && x.mark == "" && c.p.image.flavour == gnu {
		commands = append(commands, x.words)
	}
	if len(commands) > depthMax/2 {
		return c.unsupported("for over 100 commands")
	}
	slices.Reverse(commands)
	return outcome{then: func() {
		for _, words := range commands {
			c.t.push(frame{kind: frProgram, words: words})
		}
	}}
}

// xarging is what xargs was asked for.
type xarging struct {
	words []string // of the command
	most  int      // items of one command; 0: all
	mark  string   // for which one item is put in
	zero  bool     // items end with a null byte
	ifAny bool     // no item, no command
}

func readXargs(args []string) (x xarging, bad string) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		a := args[0]
		if (a == "-n" || a == "-I" || a == "-L" || a == "-P") && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		args = args[1:]
		n, err := strconv.Atoi(a[min(2, len(a)):])
		switch {
		case strings.HasPrefix(a, "-n") && err == nil && n > 0:
			x.most = n
		case a == "-L1":
			x.most = 1
		case strings.HasPrefix(a, "-P") && err == nil:
		case strings.HasPrefix(a, "-I") && len(a) > 2:
			x.mark = a[2:]
		case a == "-0":
			x.zero = true
		case a == "-r":
			x.ifAny = true
		default:
			return x, a
		}
	}
	if x.words = args; len(args) == 0 {
		x.words = []string{"echo"}
	}
	return x, ""
}

// commands shares items out.
func (x *xarging) commands(items []string) (commands [][]string) {
	most := x.most
	if most == 0 {
		most = max(len(items), 1)
	}
	for rest := items; len(rest) > 0; rest = rest[min(most, len(rest)):] {
		words := slices.Clone(x.words)
		if x.mark == "" {
			words = append(words, rest[:min(most, len(rest))]...)
		}
		for i := range words {
			if x.mark != "" {
				words[i] = strings.ReplaceAll(words[i], x.mark, strings.TrimSpace(rest[0]))
			}
		}
		commands = append(commands, words)
	}
	return commands
}

// prefixed runs the command that follows its own name.
func prefixed(c *call) outcome {
	if len(c.args) < 2 || strings.HasPrefix(c.args[1], "-") {
		return c.unsupported("of this form")
	}
	words := c.args[1:]
	return outcome{then: func() { c.t.push(frame{kind: frProgram, words: words}) }}
}

// httpd is busybox's web server: httpd -f -p PORT -h DIR.
func httpd(c *call) outcome {
	if c.p.image.flavour != busybox {
		return c.unsupported("of this image")
	}
	port, root, foreground := int64(80), c.t.dir, false
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if (a == "-p" || a == "-h") && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		switch {
		case strings.HasPrefix(a, "-p"):
			n, err := strconv.ParseInt(a[strings.LastIndexByte(a, ':')+1:], 10, 17)
			if n2, err2 := strconv.ParseInt(a[2:], 10, 17); err2 == nil {
				n, err = n2, nil
			}
			if err != nil || n < 1 || n > 65535 {
				return c.unsupported(a)
			}
			port = n
		case strings.HasPrefix(a, "-h"):
			root = c.t.abs(a[2:])
		case a == "-f" || a == "-fv" || a == "-v" || a == "-vv":
			foreground = foreground || strings.Contains(a, "f")
		default:
			return c.unsupported(a)
		}
	}
	if slices.Contains(c.p.spec.Taken, int32(port)) || c.p.own != nil {
		c.complain("httpd: bind: Address in use")
		return done(1)
	}
	if n, err := c.stat(root); err != nil || !n.Dir {
		if err == errNotFilled || n.Opaque {
			return c.unsupported("in the directory " + root)
		}
		why := errNotDir
		if err != nil {
			why = err
		}
		c.complain("httpd: can't change directory to '%s': %s", root, why)
		return done(1)
	}
	c.p.own = &server{program: "httpd", ports: []int32{int32(port)}, http: true, root: root}
	if !foreground {
		return done(0)
	}
	c.t.block = blockForever
	return outcome{again: true}
}

// stress computes and allocates as it is told.
func stress(c *call) outcome {
	if c.p.image.Name != "polinux/stress" {
		return c.unsupported("of this image")
	}
	set := map[string]string{"cpu": "0", "vm": "0", "vm-bytes": "256M", "timeout": "", "io": "0", "hdd": "0"}
	short := map[string]string{"c": "cpu", "m": "vm", "t": "timeout", "i": "io", "d": "hdd"}
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		name := strings.TrimLeft(args[0], "-")
		if name == "vm-keep" || name == "v" || name == "verbose" {
			continue
		}
		if long, ok := short[name]; ok {
			name = long
		}
		if _, ok := set[name]; !ok && name != "vm-hang" || len(args) < 2 {
			return c.unsupported(args[0])
		}
		args = args[1:]
		set[name] = args[0]
	}
	if c.f.stage == 0 {
		c.out(fmt.Sprintf("stress: info: [1] dispatching hogs: %s cpu, %s io, %s vm, %s hdd\n", set["cpu"], set["io"], set["vm"], set["hdd"]))
	}
	workers, err := strconv.Atoi(set["vm"])
	bytes, ok := parseBytes(set["vm-bytes"])
	if err != nil || !ok {
		return c.unsupported("of this form")
	}
	if need := int64(workers) * bytes; need > 0 {
		if o, over := c.allocate(need); over {
			return o
		}
	}
	if set["timeout"] == "" {
		return c.busy()
	}
	d, ok := parseSleep(set["timeout"])
	switch {
	case !ok:
		return c.unsupported("--timeout " + set["timeout"])
	case c.f.stage == 2:
		c.out(fmt.Sprintf("stress: info: [1] successful run completed in %ds\n", int(d/time.Second)))
		return done(0)
	}
	c.f.stage, c.t.block, c.t.wake = 2, blockSleep, c.p.now.Add(d)
	return outcome{again: true}
}

// allocate takes memory; over means that the command goes no further at
// present: it is killed, or it is not known what becomes of it.
func (c *call) allocate(bytes int64) (o outcome, over bool) {
	limit := c.p.spec.MemoryLimit
	switch {
	case c.f.stage == 2:
		return o, false
	case limit == 0 && bytes > oomSurely, c.p.spec.Child && limit > 0 && bytes > limit/2: // the other processes have their part
		c.p.unknown("a program that fills the memory of the node")
		return done(0), true
	case limit == 0 || bytes < limit*9/10:
		return o, false
	case bytes <= limit:
		c.p.unknown("memory close to the limit")
		return done(0), true
	case c.f.stage == 0:
		c.f.stage, c.t.block, c.t.wake = 1, blockSleep, c.p.now.Add(oomAfter)
		return outcome{again: true}, true
	}
	c.p.state.OOM = true
	c.p.exit(128 + int(SIGKILL))
	return done(0), true
}

// parseBytes reads 250M and the like.
func parseBytes(s string) (int64, bool) {
	number := strings.TrimRight(s, "bBkKmMgG")
	unit := map[string]int64{"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[strings.ToUpper(s[len(number):])]
	n, err := strconv.ParseInt(number, 10, 32)
	return n * unit, err == nil && n >= 0 && unit > 0
}
