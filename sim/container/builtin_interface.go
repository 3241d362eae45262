package container

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hardware is the address of the Pod's interface, as bridge plugins make it.
func (c *call) hardware() string {
	a, err := netip.ParseAddr(c.p.spec.Address)
	if err != nil || !a.Is4() {
		return "0a:58:00:00:00:00"
	}
	b := a.As4()
	return fmt.Sprintf("0a:58:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3])
}

// subnet is the network of the Pod's interface without its last number.
func (c *call) subnet() string {
	return c.p.spec.Address[:strings.LastIndexByte(c.p.spec.Address, '.')+1]
}

// ip shows addresses, routes and links; it changes nothing.
func ip(c *call) outcome {
	words := slices.DeleteFunc(slices.Clone(c.args[1:]), func(a string) bool { return strings.HasPrefix(a, "-") || a == "show" || a == "list" || a == "eth0" })
	if len(words) == 0 {
		return c.unsupported("of this form")
	}
	what := words[0]
	c.p.cut = true
	switch {
	case len(words) > 1:
		return c.unsupported(strings.Join(words, " "))
	case what == "a" || what == "addr" || what == "address":
		c.out("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n")
		c.out(fmt.Sprintf("2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n    link/ether %s brd ff:ff:ff:ff:ff:ff\n    inet %s/24 brd %s255 scope global eth0\n       valid_lft forever preferred_lft forever\n",
			c.hardware(), c.p.spec.Address, c.subnet()))
	case what == "r" || what == "route":
		c.out(fmt.Sprintf("default via %s1 dev eth0 \n%s0/24 dev eth0 scope link  src %s \n", c.subnet(), c.subnet(), c.p.spec.Address))
	case what == "l" || what == "link":
		c.out(fmt.Sprintf("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n    link/ether %s brd ff:ff:ff:ff:ff:ff\n", c.hardware()))
	default:
		return c.unsupported(what)
	}
	return done(0)
}

func ifconfig(c *call) outcome {
	if len(c.args) > 1 && c.args[1] != "eth0" && c.args[1] != "-a" {
		return c.unsupported(c.args[1])
	}
	c.p.cut = true
	c.out(fmt.Sprintf("eth0      Link encap:Ethernet  HWaddr %s  \n          inet addr:%s  Bcast:%s255  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n          RX packets:12 errors:0 dropped:0 overruns:0 frame:0\n          TX packets:8 errors:0 dropped:0 overruns:0 carrier:0\n          collisions:0 txqueuelen:0 \n          RX bytes:1016 (1016.0 B)  TX bytes:616 (616.0 B)\n\n",
		strings.ToUpper(c.hardware()), c.p.spec.Address, c.subnet()))
	if len(c.args) == 1 || c.args[1] == "-a" {
		c.out("lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n          RX packets:0 errors:0 dropped:0 overruns:0 frame:0\n          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0\n          collisions:0 txqueuelen:1000 \n          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)\n\n")
	}
	return done(0)
}

func route(c *call) outcome {
	if len(c.args) > 2 || len(c.args) == 2 && c.args[1] != "-n" {
		return c.unsupported(c.args[1])
	}
	c.p.cut = true
	c.out("Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n")
	c.out(fmt.Sprintf("%-15s %-15s %-15s UG    0      0        0 eth0\n%-15s %-15s %-15s U     0      0        0 eth0\n", "0.0.0.0", c.subnet()+"1", "0.0.0.0", c.subnet()+"0", "0.0.0.0", "255.255.255.0"))
	return done(0)
}

// netstat lists the ports on which the Pod listens.
func netstat(c *call) outcome {
	set, names, bad := c.options("tulnpaWe")
	if bad != "" || len(names) > 0 {
		return c.unsupported(bad)
	}
	c.p.cut = true
	ports := slices.Concat(c.p.spec.Taken, c.p.Ports())
	slices.Sort(ports)
	head, program := "Active Internet connections (only servers)\n", ""
	if !set['l'] {
		head = "Active Internet connections (w/o servers)\n"
	}
	if set['p'] {
		program = "PID/Program name    "
	}
	c.out(head + "Proto Recv-Q Send-Q Local Address           Foreign Address         State       " + program + "\n")
	if !set['l'] && !set['a'] {
		return done(0)
	}
	for _, p := range slices.Compact(ports) {
		c.out(fmt.Sprintf("tcp        0      0 %-23s %-23s LISTEN      %s\n", "0.0.0.0:"+strconv.Itoa(int(p)), "0.0.0.0:*", map[bool]string{true: "-"}[set['p']]))
	}
	return done(0)
}

// ping sends echoes: -c N, -W and -w seconds.
func ping(c *call) outcome {
	count, wait, host := 0, 10*time.Second, ""
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if (a == "-c" || a == "-W" || a == "-w" || a == "-i" || a == "-s") && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		n, err := strconv.Atoi(strings.TrimLeft(a, "-cWwis"))
		switch {
		case strings.HasPrefix(a, "-c") && err == nil:
			count = n
		case (strings.HasPrefix(a, "-W") || strings.HasPrefix(a, "-w")) && err == nil:
			wait = time.Duration(n) * time.Second
		case a == "-4" || a == "-q":
		case strings.HasPrefix(a, "-") || host != "":
			return c.unsupported(a)
		default:
			host = a
		}
	}
	if c.network == nil || host == "" {
		return c.unsupported("of this form")
	}
	if count < 1 || count > rangeMax {
		return c.unsupported("without -c, which goes on for ever")
	}
	addresses, unknown := c.network.Resolve(host, true)
	if unknown == NoResolver && c.silence(resolverMax) {
		return outcome{again: true}
	}
	if unknown != "" && unknown != NoResolver {
		c.p.unknown(unknown)
		return done(1)
	}
	if len(addresses) == 0 {
		c.complain("ping: bad address '%s'", host)
		return done(1)
	}
	a := c.network.Ping(addresses[0])
	if a.Unknown != "" {
		c.p.unknown(a.Unknown)
		return done(1)
	}
	c.p.cut = true
	if c.f.i == 0 {
		c.out(fmt.Sprintf("PING %s (%s): 56 data bytes\n", host, addresses[0]))
	}
	if a.Fault == NoFault {
		c.out(fmt.Sprintf("64 bytes from %s: seq=%d ttl=64 time=0.1%02d ms\n", addresses[0], c.f.i, c.f.i%100))
	}
	if c.f.i++; c.f.i < count {
		c.t.block, c.t.wake = blockSleep, c.p.now.Add(time.Second)
		return outcome{again: true}
	}
	if a.Fault != NoFault && c.f.i == count {
		c.t.block, c.t.wake = blockSleep, c.p.now.Add(wait)
		return outcome{again: true}
	}
	got := 0
	if a.Fault == NoFault {
		got = count
	}
	c.out(fmt.Sprintf("\n--- %s ping statistics ---\n%d packets transmitted, %d packets received, %d%% packet loss\n", host, count, got, 100-got*100/count))
	if got > 0 {
		c.out("round-trip min/avg/max = 0.100/0.100/0.100 ms\n")
		return done(0)
	}
	return done(1)
}

// getent looks names up as programs do: hosts, passwd, group.
func getent(c *call) outcome {
	if len(c.args) < 3 {
		return c.unsupported("of this form")
	}
	switch c.args[1] {
	case "passwd", "group":
		for _, f := range c.entries("/etc/" + c.args[1]) {
			if f[0] == c.args[2] || f[2] == c.args[2] {
				c.out(strings.Join(f, ":") + "\n")
				return done(0)
			}
		}
		return done(2)
	case "hosts", "ahosts", "ahostsv4":
		if c.network == nil {
			break
		}
		addresses, unknown := c.network.Resolve(c.args[2], true)
		if unknown == NoResolver && c.silence(resolverMax) {
			return outcome{again: true}
		}
		if unknown != "" && unknown != NoResolver {
			c.p.unknown(unknown)
			return done(1)
		}
		for _, a := range addresses {
			c.out(fmt.Sprintf("%-15s %s\n", a, c.args[2]))
		}
		return done(2 * int(truth(len(addresses) == 0)))
	}
	return c.unsupported(c.args[1])
}
