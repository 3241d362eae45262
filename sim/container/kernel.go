package container

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// kernelPath tells whether a path lies where the kernel shows itself, which
// containers cannot write to.
func kernelPath(p string) bool {
	return p == "/proc" || p == "/sys" || strings.HasPrefix(p, "/proc/") || strings.HasPrefix(p, "/sys/")
}

// kernelFile is what a container reads below /proc and /sys: the few files
// that people look at, made at the moment of reading. Those that tell of the
// Pod's own limits are the real thing, those of the machine are like it.
func (p *Process) kernelFile(name string) (Node, bool) {
	if p == nil || !kernelPath(name) {
		return Node{}, false
	}
	file := func(text string) (Node, bool) { return Node{Mode: 0o444, Data: text}, true }
	like := func(text string) (Node, bool) { return Node{Mode: 0o444, Data: text, Like: true}, true }
	up := p.now.Sub(p.spec.Start) + bootBefore
	switch name {
	case "/sys/fs/cgroup/memory.max":
		return file(orMax(p.spec.MemoryLimit) + "\n")
	case "/sys/fs/cgroup/cpu.max":
		quota := orMax(p.spec.CPULimit * cpuPeriod / 1000)
		return file(fmt.Sprintf("%s %d\n", quota, cpuPeriod))
	case "/proc/1/cmdline", "/proc/1/comm", "/proc/1/status":
		if p.spec.Shared && len(p.spec.Peers) == 0 {
			return Node{Mode: 0o444, Opaque: true}, true
		}
	}
	switch name {
	case "/proc/1/cmdline":
		return file(strings.ReplaceAll(Title(p.spec.Image, p.first()), " ", "\x00") + "\x00")
	case "/proc/1/comm":
		return file(p.firstName() + "\n")
	case "/proc/1/status":
		return like(fmt.Sprintf("Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t1\nNgid:\t0\nPid:\t1\nPPid:\t0\n", p.firstName()))
	case "/proc/version":
		return like("Linux version " + kernelRelease + " (builder@node) (gcc) #1 SMP PREEMPT_DYNAMIC\n")
	case "/proc/uptime":
		return like(fmt.Sprintf("%.2f %.2f\n", up.Seconds(), up.Seconds()*float64(p.cpus())*0.9))
	case "/proc/loadavg":
		return like("0.08 0.03 0.01 1/212 8\n")
	case "/proc/meminfo":
		total := p.nodeMemory() >> 10
		return like(fmt.Sprintf("MemTotal:       %8d kB\nMemFree:        %8d kB\nMemAvailable:   %8d kB\nBuffers:        %8d kB\nCached:         %8d kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n",
			total, total/2, total*3/4, total/64, total/5))
	case "/proc/cpuinfo":
		var b strings.Builder
		for i := range p.cpus() {
			fmt.Fprintf(&b, "processor\t: %d\nvendor_id\t: GenuineIntel\nmodel name\t: Virtual CPU\ncpu MHz\t\t: 2400.000\ncpu cores\t: %d\n\n", i, p.cpus())
		}
		return like(b.String())
	case "/proc/mounts", "/proc/self/mounts", "/proc/1/mounts":
		return like(p.mountTable())
	case "/proc/sys/kernel/hostname":
		return file(p.spec.Hostname + "\n")
	case "/proc", "/proc/1", "/proc/self", "/sys", "/sys/fs", "/sys/fs/cgroup":
		return Node{Dir: true, Mode: 0o555, Opaque: true}, true
	}
	if process, _, _ := strings.Cut(strings.TrimPrefix(name, "/proc/"), "/"); strings.HasPrefix(name, "/proc/") {
		if n, err := strconv.Atoi(process); err == nil && n > 1 {
			return Node{}, false
		}
	}
	if strings.Contains(kernelDirs, " "+path.Base(name)+" ") || strings.HasPrefix(name, "/sys/") && path.Dir(name) == "/sys" {
		return Node{Dir: true, Mode: 0o555, Opaque: true}, true
	}
	return Node{Mode: 0o444, Opaque: true}, true
}

// kernelDirs are directories below /proc whose entries are not reproduced.
const kernelDirs = " fd fdinfo task ns net map_files attr sys bus irq fs driver tty kernel vm ipv4 ipv6 core random "

// What the machine under the containers is said to be.
const (
	kernelRelease = "6.8.0"
	bootBefore    = 2 * time.Hour // how long the node has been up when a container starts
	cpuPeriod     = 100_000       // of the scheduler's quota, microseconds
)

func orMax(n int64) string {
	if n <= 0 {
		return "max"
	}
	return strconv.FormatInt(n, 10)
}

func (p *Process) cpus() int64 { return max(p.spec.NodeCPUs, 1) }

func (p *Process) nodeMemory() int64 {
	if p.spec.NodeMemory > 0 {
		return p.spec.NodeMemory
	}
	return 4 << 30
}

// first is what process 1 of the container was started as.
func (p *Process) first() []string {
	if p.spec.Shared && len(p.spec.Peers) > 0 {
		return strings.Fields(p.spec.Peers[0].Command)
	}
	if p.spec.Child {
		return p.spec.First
	}
	return p.argv
}

func (p *Process) firstName() string {
	if a := p.first(); len(a) > 0 {
		return a[0][strings.LastIndexByte(a[0], '/')+1:]
	}
	return "sh"
}

// mountTable lists what is mounted, as /proc/mounts does.
func (p *Process) mountTable() string {
	var b strings.Builder
	for _, m := range p.spec.Mounts {
		mode := "rw"
		if m.ReadOnly {
			mode = "ro"
		}
		switch {
		case m.Path == "/":
			fmt.Fprintf(&b, "overlay / overlay %s,relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0\n"+
				"devpts /dev/pts devpts rw,nosuid,noexec,relatime 0 0\nsysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0\ncgroup /sys/fs/cgroup cgroup2 ro,nosuid,nodev,noexec,relatime 0 0\nshm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k 0 0\n", mode)
		case m.Memory:
			fmt.Fprintf(&b, "tmpfs %s tmpfs %s,relatime,size=%dk 0 0\n", m.Path, mode, p.nodeMemory()>>10)
		default:
			fmt.Fprintf(&b, "/dev/sda1 %s ext4 %s,relatime 0 0\n", m.Path, mode)
		}
	}
	return b.String()
}
