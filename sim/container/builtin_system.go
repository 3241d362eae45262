package container

import (
	"encoding/base64"
	"fmt"
	"path"
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
	case "ps":
		return ps
	case "id":
		return id
	case "uname":
		return uname
	case "which":
		return which
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
	case "expr":
		return expr
	case "perl":
		return perl
	case "redis-cli":
		return redisCLI
	case "stress":
		return stress
	}
	return nil
}

// ps lists process 1 and itself: what else runs has numbers that are not known.
func ps(c *call) outcome {
	if c.p.image.flavour != busybox || len(c.p.spec.First) == 0 || c.p.spec.Shared {
		return c.unsupported("here")
	}
	c.p.cut = true
	who := userName(c.p.spec.User.ID)
	c.out("PID   USER     TIME  COMMAND\n")
	c.out(fmt.Sprintf("%5d %-8s  0:00 %s\n", 1, who, strings.Join(c.p.spec.First, " ")))
	c.out(fmt.Sprintf("%5d %-8s  0:00 %s\n", execNumber, who, strings.Join(c.args, " ")))
	return done(0)
}

// execNumber is a usual number for the first command that is run in a container
// beside its own.
const execNumber = 7

func userName(id int64) string {
	switch id {
	case 0:
		return "root"
	case 65534:
		return "nobody"
	}
	return strconv.FormatInt(id, 10)
}

// rootGroups are the groups of root beside its own, by image.
func rootGroups(im Image) string {
	switch im.Name {
	case "busybox":
		return ",10(wheel)"
	case "alpine":
		return ",1(bin),2(daemon),3(sys),4(adm),6(disk),10(wheel),11(floppy),20(dialout),26(tape),27(video)"
	}
	return ""
}

// id prints users and groups; those between 1 and 999 may have names in an
// image and are not known.
func id(c *call) outcome {
	set, names, bad := c.options("ugGn")
	u := c.p.spec.User
	switch {
	case bad != "" || len(names) > 0:
		return c.unsupported(bad)
	case u.ID != 0 && u.ID < 1000 || u.Group != 0 && u.Group < 1000:
		return c.unsupported("for a user that the image may know")
	}
	groups := append(slices.Clone(u.Groups), u.Group)
	slices.Sort(groups)
	groups = slices.Compact(groups)
	name := func(n int64) string {
		if n == 0 {
			return "0(root)"
		}
		return strconv.FormatInt(n, 10)
	}
	var list []string
	for _, g := range groups {
		list = append(list, name(g))
	}
	text := strings.Join(list, ",")
	if u.ID == 0 && u.Group == 0 && len(u.Groups) == 0 {
		text += rootGroups(c.p.image)
	}
	switch {
	case set['n'] && set['u'] && u.ID == 0:
		c.out("root\n")
	case set['u'] && !set['n']:
		c.out(strconv.FormatInt(u.ID, 10) + "\n")
	case set['g'] && !set['n']:
		c.out(strconv.FormatInt(u.Group, 10) + "\n")
	case len(set) > 0:
		return c.unsupported("of this form")
	default:
		c.out(fmt.Sprintf("uid=%s gid=%s groups=%s\n", name(u.ID), name(u.Group), text))
	}
	return done(0)
}

func uname(c *call) outcome {
	switch strings.Join(c.args[1:], " ") {
	case "", "-s":
		c.out("Linux\n")
	case "-n":
		c.out(c.p.spec.Hostname + "\n")
	case "-m":
		c.out("x86_64\n")
	default:
		c.p.cut = true // the kernel of the node
		c.out("Linux " + c.p.spec.Hostname + "\n")
	}
	return done(0)
}

func which(c *call) outcome {
	status := 0
	for _, n := range c.args[1:] {
		switch {
		case c.p.image.surelyMissing(n):
			status = 1
		case c.p.image.Name == "busybox" && !strings.Contains(n, "/"):
			c.out("/bin/" + n + "\n")
		default:
			return c.unsupported(n)
		}
	}
	return done(status)
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

// xargs runs one command with the words of its input.
func xargs(c *call) outcome {
	args := c.args[1:]
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		return c.unsupported(args[0])
	}
	text, again := c.input()
	if again {
		return outcome{again: true}
	}
	words := append(slices.Clone(args), strings.Fields(text)...)
	if len(args) == 0 {
		words = append([]string{"echo"}, words...)
	}
	if len(words) > wordFieldsMax || strings.ContainsAny(text, `"'\`) {
		return c.unsupported("on this text")
	}
	return outcome{then: func() { c.t.push(frame{kind: frProgram, words: words}) }}
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
		return c.unsupported("in the directory " + root)
	}
	c.p.own = &server{program: "httpd", ports: []int32{int32(port)}, http: true, root: root}
	if !foreground {
		return done(0)
	}
	c.t.block = blockForever
	return outcome{again: true}
}

// redisCLI asks a server whether it is there.
func redisCLI(c *call) outcome {
	if c.p.image.Name != "redis" || c.network == nil {
		return c.unsupported("of this image")
	}
	r := request{host: "127.0.0.1", port: 6379, path: "/"}
	args := c.args[1:]
	for len(args) > 1 && (args[0] == "-h" || args[0] == "-p") {
		if args[0] == "-h" {
			r.host = args[1]
		} else if n, err := strconv.ParseUint(args[1], 10, 16); err == nil {
			r.port = int32(n)
		}
		args = args[2:]
	}
	if len(args) != 1 || strings.ToLower(args[0]) != "ping" {
		return c.unsupported("of this form")
	}
	a, address, ok := c.fetch(&r)
	switch {
	case !ok:
		return outcome{status: 1, again: c.t.block == blockSleep}
	case address == "" || a.Fault == Silent:
		return c.unsupported("to a server that does not answer")
	case a.Fault == Refused:
		c.complain("Could not connect to Redis at %s:%d: Connection refused", r.host, r.port)
		return done(1)
	}
	c.out("PONG\n")
	return done(0)
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
	case limit == 0 && bytes > oomSurely, c.p.spec.Child:
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

// longListing is a line of ls -l. The times are not those of the image.
func (c *call) longListing(dir, name string) string {
	n, err := c.stat(path.Join(c.t.abs(dir), name))
	if err != nil {
		n = Node{Mode: 0o644, Opaque: true}
	}
	kind, links, size := byte('-'), 1, int64(len(n.Data))+n.Size
	if n.Dir {
		kind, links, size = 'd', 2, 4096
	}
	bits := []byte("rwxrwxrwx")
	for i := range bits {
		if n.Mode&(1<<(8-i)) == 0 {
			bits[i] = '-'
		}
	}
	if c.p.image.flavour == busybox {
		return fmt.Sprintf("%c%s %4d %-8s %-8s %9d %s %s", kind, bits, links, userName(n.Owner), userName(n.Group), size, c.p.now.UTC().Format("Jan _2 15:04"), name)
	}
	return fmt.Sprintf("%c%s %d %s %s %d %s %s", kind, bits, links, userName(n.Owner), userName(n.Group), size, c.p.now.UTC().Format("Jan _2 15:04"), name)
}

// expr computes one operation on two numbers.
func expr(c *call) outcome {
	if len(c.args) != 4 {
		return c.unsupported("of this form")
	}
	a, err := strconv.ParseInt(c.args[1], 10, 32)
	b, err2 := strconv.ParseInt(c.args[3], 10, 32)
	if err != nil || err2 != nil || b == 0 && strings.ContainsAny(c.args[2], "/%") {
		return c.unsupported("on this")
	}
	var v int64
	switch c.args[2] {
	case "+":
		v = a + b
	case "-":
		v = a - b
	case "*":
		v = a * b
	case "/":
		v = a / b
	case "%":
		v = a % b
	case "=":
		v = truth(a == b)
	case "!=":
		v = truth(a != b)
	case "<":
		v = truth(a < b)
	case ">":
		v = truth(a > b)
	default:
		return c.unsupported(c.args[2])
	}
	c.out(strconv.FormatInt(v, 10) + "\n")
	return done(int(truth(v == 0)))
}
