package container

import (
	"fmt"
	"strings"
	"time"
)

func uname(c *call) outcome {
	set, names, bad := c.options("asnrvmpio")
	if bad != "" || len(names) > 0 {
		return c.unsupported(bad)
	}
	if len(set) == 0 {
		set['s'] = true
	}
	var words []string
	for _, part := range []struct {
		option rune
		text   string
		like   bool
	}{{'s', "Linux", false}, {'n', c.p.spec.Hostname, false}, {'r', kernelRelease, true}, {'v', "#1 SMP PREEMPT_DYNAMIC", true}, {'m', "x86_64", false}, {'o', "GNU/Linux", false}} {
		if set[part.option] || set['a'] {
			words = append(words, part.text)
			c.p.cut = c.p.cut || part.like
		}
	}
	c.out(strings.Join(words, " ") + "\n")
	return done(0)
}

func hostname(c *call) outcome {
	set, names, bad := c.options("iIfsd")
	if bad != "" || len(names) > 0 {
		if len(names) > 0 {
			c.complain("hostname: sethostname: Operation not permitted")
			return done(1)
		}
		return c.unsupported(bad)
	}
	full := c.p.spec.Hostname
	if hosts, err := c.view.read("/etc/hosts"); err == nil {
		for line := range strings.Lines(hosts) {
			if f := strings.Fields(line); len(f) > 2 && f[0] == c.p.spec.Address {
				full = f[1]
			}
		}
	}
	switch {
	case set['i']:
		c.out(c.p.spec.Address + "\n")
	case set['I']:
		c.out(c.p.spec.Address + " \n")
	case set['f']:
		c.out(full + "\n")
	case set['d']:
		_, domain, _ := strings.Cut(full, ".")
		c.out(domain + "\n")
	case set['s']:
		short, _, _ := strings.Cut(c.p.spec.Hostname, ".")
		c.out(short + "\n")
	default:
		c.out(c.p.spec.Hostname + "\n")
	}
	return done(0)
}

// processors is what nproc and arch say. A limit does not show: containers see
// the node's processors.
func processors(c *call) outcome {
	if c.args[0] == "arch" {
		c.out("x86_64\n")
	} else {
		c.out(fmt.Sprintf("%d\n", c.p.cpus()))
	}
	return done(0)
}

func uptime(c *call) outcome {
	c.p.cut = true
	up := c.p.now.Sub(c.p.spec.Start) + bootBefore
	users := "  0 users,"
	if c.p.image.flavour == busybox {
		users = ""
	}
	c.out(fmt.Sprintf(" %s up %2d:%02d, %s load average: 0.08, 0.03, 0.01\n", c.p.now.UTC().Format("15:04:05"), int(up.Hours()), int(up.Minutes())%60, users))
	return done(0)
}

// free shows the memory of the node, whatever the limit of the container.
func free(c *call) outcome {
	set, _, bad := c.options("mgkhbt")
	if bad != "" || set['t'] {
		return c.unsupported(bad)
	}
	c.p.cut = true
	total := c.p.nodeMemory()
	show := func(n int64) string {
		switch {
		case set['h'] && c.p.image.flavour == gnu:
			return strings.Replace(human(n, gnu), "G", "Gi", 1)
		case set['h']:
			return human(n, busybox)
		case set['b']:
			return fmt.Sprint(n)
		case set['m']:
			return fmt.Sprint(n >> 20)
		case set['g']:
			return fmt.Sprint(n >> 30)
		}
		return fmt.Sprint(n >> 10)
	}
	c.out("              total        used        free      shared  buff/cache   available\n")
	row := "Mem:   "
	for _, n := range []int64{total, total / 4, total / 2, 0, total / 4, total * 3 / 4} {
		row += fmt.Sprintf("%12s", show(n))
	}
	c.out(row + "\n" + fmt.Sprintf("Swap:  %12s%12s%12s\n", show(0), show(0), show(0)))
	return done(0)
}

// diskBytes is the size of the node's disk.
const diskBytes = 64 << 30

// df lists what is mounted with its size.
func df(c *call) outcome {
	set, names, bad := c.options("hkTaPm")
	if bad != "" || set['T'] || set['m'] {
		return c.unsupported(bad)
	}
	c.p.cut = true
	head := "Filesystem           1K-blocks      Used Available Use% Mounted on\n"
	format := "%-20s %9s %9s %9s %3d%% %s\n"
	if set['h'] {
		head = "Filesystem                Size      Used Available Use% Mounted on\n"
	}
	if c.p.image.flavour == gnu {
		head, format = "Filesystem     1K-blocks     Used Available Use% Mounted on\n", "%-14s %9s %8s %9s %3d%% %s\n"
		if set['h'] {
			head, format = "Filesystem      Size  Used Avail Use% Mounted on\n", "%-14s %5s %5s %5s %3d%% %s\n"
		}
	}
	show := func(n int64) string {
		if set['h'] {
			return human(n, c.p.image.flavour)
		}
		return fmt.Sprint(n >> 10)
	}
	c.out(head)
	for line := range strings.Lines(c.p.mountTable()) {
		f := strings.Fields(line)
		if f[2] == "proc" || f[2] == "sysfs" || f[2] == "devpts" || f[2] == "cgroup2" {
			continue
		}
		if len(names) > 0 && f[1] != c.place(c.t.abs(names[0])).mount {
			continue
		}
		total, used := int64(diskBytes), int64(diskBytes/5)
		if f[2] == "tmpfs" {
			total, used = 64<<20, 0
			if f[0] == "tmpfs" && f[1] != "/dev" {
				total = c.p.nodeMemory()
			}
			if at := c.place(f[1]); at.vol != nil && at.mount == f[1] {
				used = at.vol.Bytes()
			}
		}
		c.out(fmt.Sprintf(format, f[0], show(total), show(used), show(total-used), used*100/total, f[1]))
	}
	return done(0)
}

func mount(c *call) outcome {
	if len(c.args) > 1 {
		c.complain("mount: permission denied (are you root?)")
		return done(1)
	}
	c.p.cut = true
	for line := range strings.Lines(c.p.mountTable()) {
		f := strings.Fields(line)
		c.out(fmt.Sprintf("%s on %s type %s (%s)\n", f[0], f[1], f[2], f[3]))
	}
	return done(0)
}

// tty says that there is none: nobody types here.
func tty(c *call) outcome {
	switch c.args[0] {
	case "tty":
		c.out("not a tty\n")
	case "stty":
		if c.p.image.flavour == gnu {
			c.complain("stty: 'standard input': Inappropriate ioctl for device")
		} else {
			c.complain("stty: standard input: Not a tty")
		}
	}
	return done(1)
}

// clocked runs a command and then says how long it took.
func clocked(c *call) outcome {
	if len(c.args) < 2 || strings.HasPrefix(c.args[1], "-") {
		return c.unsupported("of this form")
	}
	if c.f.stage == 0 {
		child := c.p.newTask(c.t)
		child.push(frame{kind: frProgram, words: c.args[1:]})
		c.f.stage, c.f.child, c.f.i = 1, child.id, int(c.p.now.Sub(c.p.spec.Start)/time.Millisecond)
		c.t.block, c.t.waitsFor = blockWait, child.id
		return outcome{again: true}
	}
	child := c.p.task(c.f.child)
	took := c.p.now.Sub(c.p.spec.Start) - time.Duration(c.f.i)*time.Millisecond
	c.p.cut = true
	minutes, seconds := int(took.Minutes()), (took % time.Minute).Seconds()
	if c.t.bash {
		c.emit(2, fmt.Sprintf("\nreal\t%dm%.3fs\nuser\t0m0.001s\nsys\t0m0.001s\n", minutes, seconds))
	} else {
		c.emit(2, fmt.Sprintf("real\t%dm %.2fs\nuser\t0m 0.00s\nsys\t0m 0.00s\n", minutes, seconds))
	}
	status := child.status
	c.p.forget(c.f.child)
	return done(status)
}

// outsidePrograms are those whose answer lies outside of the cluster or at a
// terminal; they are named with what they would need.
var outsidePrograms = map[string]string{"apk": "packages of the Internet", "apt": "packages of the Internet", "apt-get": "packages of the Internet",
	"microdnf": "packages of the Internet", "pip": "packages of the Internet", "pip3": "packages of the Internet", "npm": "packages of the Internet",
	"vi": "a terminal", "less": "a terminal", "more": "a terminal", "watch": "a terminal", "top": "a terminal",
	"git": "the Internet", "traceroute": "the routers on the way", "tcpdump": "packets"}

// which finds programs in the PATH of the image.
func which(c *call) outcome {
	status := 0
	for _, n := range c.args[1:] {
		switch {
		case strings.HasPrefix(n, "-"):
		case c.p.image.programs == nil:
			return c.unsupported(n)
		case c.p.image.surelyMissing(n):
			status = 1
		default:
			c.out(c.p.image.where(n) + "\n")
		}
	}
	return done(status)
}

// where is the path under which an image has a program.
func (im Image) where(name string) string {
	switch {
	case im.Name == "busybox":
		return "/bin/" + name
	case im.server != nil && name == im.server.program && name != "nginx", name == "docker-entrypoint.sh", name == im.repl, name == "pip", name == "npm",
		im.Name == "redis" && strings.HasPrefix(name, "redis-"):
		return "/usr/local/bin/" + name
	case name == "nginx" || strings.Contains(" chroot useradd userdel usermod groupadd groupdel ldconfig nologin ", " "+name+" "):
		return "/usr/sbin/" + name
	case im.flavour == busybox && strings.Contains(" apk ip ifconfig route reboot ldconfig arp ", " "+name+" "):
		return "/sbin/" + name
	case im.flavour == busybox && strings.Contains(" ash base64 cat chgrp chmod chown cp date dd df dmesg echo ed egrep false fgrep getopt grep gunzip gzip hostname kill link ln login ls mkdir mknod mktemp more mount mpstat mv netstat nice pidof ping printenv ps pwd reformime rev rm rmdir run-parts sed sh sleep stat stty su sync tar touch true umount uname usleep watch zcat ", " "+name+" "):
		return "/bin/" + name
	}
	return "/usr/bin/" + name
}
