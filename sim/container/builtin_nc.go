package container

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A listen is a program that waits for one connection: nc -l.
type listen struct {
	port  int32
	task  int
	reply string // sent to whoever connects
	got   string // what came over the connection
	done  bool   // somebody has connected
}

// Talk is what a program of the process answers to a text that is sent to one
// of its ports at the given time. Foreign is set if it speaks another way.
func (p *Process) Talk(at time.Time, port int32, text string) Answer {
	if p.over() {
		return Answer{Fault: Refused}
	}
	for i := range p.listens {
		if l := &p.listens[i]; l.port == port && !l.done {
			l.got, l.done = strings.TrimPrefix(text, "\x00"), true
			if t := p.task(l.task); t != nil {
				t.block = blockNone
			}
			return Answer{Body: l.reply}
		}
	}
	if p.server && p.image.Name == "redis" {
		return p.redis(text)
	}
	return Answer{Unknown: "the protocol of " + p.image.Name, Foreign: true}
}

// nc looks whether a port is open, sends its input, or waits for one
// connection.
func nc(c *call) outcome {
	r, zero, verbose, wait := request{path: "/"}, false, false, false
	port := ""
	var operands []string
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		switch {
		case a == "-w" && len(args) > 1:
			args = args[1:]
			n, _ := strconv.Atoi(args[0])
			r.wait = time.Duration(n) * time.Second
		case a == "-p" && len(args) > 1:
			args = args[1:]
			port = args[0]
		case len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "zvnltpu4") == "" && !strings.Contains(a, "u"):
			zero = zero || strings.Contains(a, "z")
			verbose = verbose || strings.Contains(a, "v")
			wait = wait || strings.Contains(a, "l")
			if strings.HasSuffix(a, "p") && len(args) > 1 {
				args = args[1:]
				port = args[0]
			}
		case strings.HasPrefix(a, "-"):
			return c.unsupported(a)
		default:
			operands = append(operands, a)
		}
	}
	if wait {
		if port == "" && len(operands) == 1 {
			port = operands[0]
		}
		return c.waitFor(port)
	}
	if len(operands) != 2 {
		return c.unsupported("of this form")
	}
	n, err := strconv.ParseUint(operands[1], 10, 16)
	if err != nil {
		return c.unsupported(operands[1])
	}
	r.host, r.port = operands[0], int32(n)
	return c.ncClient(&r, zero, verbose)
}

func (c *call) ncClient(r *request, zero, verbose bool) outcome {
	if !zero && c.f.stage == 0 {
		text, again := c.input()
		if again {
			return outcome{again: true}
		}
		c.f.words = append(c.f.words[:len(c.args):len(c.args)], text)
		c.args = c.f.words[:len(c.args)]
	}
	if !zero {
		if r.raw = "\x00"; len(c.f.words) > len(c.args) {
			r.raw = "\x00" + c.f.words[len(c.f.words)-1]
		}
	}
	a, address, ok := c.fetch(r)
	switch {
	case !ok:
		return outcome{status: 1, again: c.t.block == blockSleep}
	case address == "":
		c.complain("nc: bad address '%s'", r.host)
		return done(1)
	case a.Fault == Silent:
		if c.silence(r.wait) {
			return outcome{again: true}
		}
		if verbose {
			c.complain("nc: %s (%s:%d): Connection timed out", r.host, address, r.port)
		} else if !zero {
			c.complain("nc: timed out")
		}
		return done(1)
	case a.Fault == Refused:
		if verbose || !zero {
			c.complain("nc: can't connect to remote host (%s): Connection refused", address)
		}
		return done(1)
	case zero:
		if verbose {
			c.complain("%s (%s:%d) open", r.host, address, r.port)
		}
		return done(0)
	}
	c.out(a.Body)
	return done(0)
}

// waitFor is nc -l: it has its input ready for whoever connects.
func (c *call) waitFor(port string) outcome {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return c.unsupported("-l of this form")
	}
	i := slices.IndexFunc(c.p.listens, func(l listen) bool { return l.task == c.t.id })
	if i >= 0 {
		l := c.p.listens[i]
		if !l.done {
			c.t.block = blockForever
			return outcome{again: true}
		}
		c.p.listens = slices.Delete(slices.Clone(c.p.listens), i, i+1)
		c.out(l.got)
		return done(0)
	}
	reply, again := "", false
	if c.t.fds[0].kind != fdOpen && c.t.fds[0].kind != fdNull {
		if reply, again = c.input(); again {
			return outcome{again: true}
		}
	}
	if slices.Contains(c.p.spec.Taken, int32(n)) || slices.Contains(c.p.Ports(), int32(n)) {
		c.complain("nc: bind: Address already in use")
		return done(1)
	}
	if c.p.spec.Child {
		return c.unsupported("-l beside the container's own process")
	}
	c.p.listens = append(slices.Clip(c.p.listens), listen{port: int32(n), task: c.t.id, reply: reply})
	c.t.block = blockForever
	return outcome{again: true}
}

// telnet only says whether a port is open: it needs somebody who types.
func telnet(c *call) outcome {
	if len(c.args) < 2 || len(c.args) > 3 {
		return c.unsupported("of this form")
	}
	r := request{host: c.args[1], port: 23, path: "/"}
	if len(c.args) == 3 {
		n, err := strconv.ParseUint(c.args[2], 10, 16)
		if err != nil {
			return c.unsupported(c.args[2])
		}
		r.port = int32(n)
	}
	a, address, ok := c.fetch(&r)
	switch {
	case !ok:
		return outcome{status: 1, again: c.t.block == blockSleep}
	case address == "":
		c.complain("telnet: bad address '%s'", r.host)
		return done(1)
	case a.Fault == Silent:
		if c.silence(0) {
			return outcome{again: true}
		}
		c.complain("telnet: can't connect to remote host (%s): Connection timed out", address)
		return done(1)
	case a.Fault == Refused:
		c.complain("telnet: can't connect to remote host (%s): Connection refused", address)
		return done(1)
	}
	c.out(fmt.Sprintf("\nConnected to %s\n", r.host))
	return done(0)
}
