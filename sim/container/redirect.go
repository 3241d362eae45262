package container

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// redirect points a descriptor elsewhere; false means that the command does
// not run, and why has been printed.
func (m *machine) redirect(r *syntax.Redirect) bool {
	n := 1
	m.p.impure++
	switch r.Op {
	case syntax.RdrIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc, syntax.DplIn:
		n = 0
	}
	if r.N != nil {
		if len(r.N.Value) != 1 || r.N.Value > "2" || r.N.Value < "0" {
			m.p.unknown("descriptor " + r.N.Value)
			return false
		}
		n = int(r.N.Value[0] - '0')
	}
	m.t.top().i |= 1 << n
	x := m.expander(nil)
	if r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc {
		text := x.heredoc(r)
		m.t.fds[n] = fd{kind: fdText, text: text}
		return !x.failed()
	}
	target := x.one(r.Word)
	if x.failed() {
		return false
	}
	switch r.Op {
	case syntax.DplOut, syntax.DplIn:
		switch target {
		case "0", "1", "2":
			m.t.fds[n] = m.t.fds[target[0]-'0']
		case "-":
			m.t.fds[n] = fd{kind: fdNull}
		default:
			m.p.unknown("descriptor " + target)
			return false
		}
		return true
	case syntax.WordHdoc:
		m.t.fds[n] = fd{kind: fdText, text: target + "\n"}
		return true
	}
	f, ok := m.open(target, r.Op)
	if !ok {
		return false
	}
	m.t.fds[n] = f
	if r.Op == syntax.RdrAll || r.Op == syntax.AppAll {
		m.t.top().i |= 1 << 2
		m.t.fds[2] = f
	}
	return true
}

func (m *machine) open(target string, op syntax.RedirOperator) (fd, bool) {
	switch target {
	case "/dev/null":
		return fd{kind: fdNull}, true
	case "/dev/stdout", "/proc/self/fd/1":
		return m.t.fds[1], true
	case "/dev/stderr", "/proc/self/fd/2":
		return m.t.fds[2], true
	case "/dev/stdin":
		return m.t.fds[0], true
	case "/proc/1/fd/1", "/proc/1/fd/2":
		if m.p.spec.Child {
			m.p.unknown("output of one process into the log of another")
			return fd{}, false
		}
		return fd{kind: fdOut + fdKind(target[len(target)-1]-'1')}, true
	}
	p := m.t.abs(target)
	if m.t.bash && strings.HasPrefix(p, "/dev/tcp/") {
		return fd{kind: fdNull}, m.connects(target)
	}
	var err error
	switch op {
	case syntax.RdrIn:
		var text string
		if text, err = m.view.read(p); err == nil {
			return fd{kind: fdFile, path: p, text: text}, true
		}
		if m.p.image.flavour == gnu {
			return fd{}, m.fail("cannot open "+target+": ", err)
		}
		return fd{}, m.fail("can't open "+target+": ", err)
	case syntax.RdrOut, syntax.RdrClob, syntax.RdrAll:
		err = m.view.write(p, "", false)
	case syntax.AppOut, syntax.AppAll:
		err = m.view.write(p, "", true)
	default:
		m.p.unknown("redirection " + op.String())
		return fd{}, false
	}
	if err != nil {
		if m.p.image.flavour == gnu {
			return fd{}, m.fail("cannot create "+target+": ", err)
		}
		return fd{}, m.fail("can't create "+target+": ", err)
	}
	return fd{kind: fdFile, path: p}, true
}

// fail prints what a shell says of a file that cannot be opened. It returns
// false.
func (m *machine) fail(text string, err error) bool {
	if err == errNotFilled {
		m.p.unknown(strings.TrimSuffix(text, ": ") + ": a file that is not reproduced")
		return false
	}
	reason := err.Error()
	if m.t.bash {
		_, name, _ := strings.Cut(strings.TrimSuffix(text, ": "), " ")
		_, name, _ = strings.Cut(name, " ")
		m.shellError(name + ": " + reason)
		return false
	}
	if err == errMissing { // ash and dash have words of their own
		reason = "no such file or directory"
		if m.p.image.flavour == gnu {
			reason = "No such file"
		}
		if strings.HasPrefix(text, "can't open") {
			reason = "no such file"
		} else if strings.HasPrefix(text, "can't create") {
			reason = "nonexistent directory"
		} else if strings.HasPrefix(text, "cannot create") {
			reason = "Directory nonexistent"
		}
	}
	m.shellError(text + reason)
	return false
}

// connects opens what bash takes for a TCP connection, /dev/tcp/HOST/PORT. What
// is sent and received is not kept.
func (m *machine) connects(target string) bool {
	host, port, _ := strings.Cut(strings.TrimPrefix(target, "/dev/tcp/"), "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || m.network == nil {
		m.p.unknown("a connection to " + target)
		return false
	}
	addresses, unknown := m.network.Resolve(host, true)
	switch {
	case unknown != "":
		m.p.unknown(unknown)
		return false
	case len(addresses) == 0:
		m.emit(2, m.t.params0()+": "+host+": Name or service not known\n")
		m.shellError(target + ": Invalid argument")
		return false
	}
	a := m.network.Talk(addresses[0], int32(n), "")
	switch {
	case a.Fault == Refused:
		m.emit(2, m.t.params0()+": connect: Connection refused\n")
		m.shellError(target + ": Connection refused")
		return false
	case a.Fault == Silent:
		m.p.unknown("how long bash waits for " + target)
		return false
	case a.Unknown != "" && !a.Foreign:
		m.p.unknown(a.Unknown)
		return false
	}
	return true
}

// emit writes to a descriptor.
func (m *machine) emit(n int, text string) {
	f := m.t.fds[n]
	m.p.charge(len(text))
	m.p.impure++
	switch f.kind {
	case fdOut, fdErr:
		m.p.write(f.kind == fdErr, text)
	case fdPipe:
		if !m.p.read(f.pipe) {
			m.p.exitTask(m.t, 128+13) // SIGPIPE
			return
		}
		out := &m.p.pipes[f.pipe]
		if len(out.data)+len(text) > pipeBytesMax {
			m.p.unknown("over 256 KiB in a pipe")
			return
		}
		out.data += text
	case fdFile:
		if n, err := m.stat(f.path); err == nil {
			m.p.charge(len(n.Data))
		}
		switch err := m.view.write(f.path, text, true); {
		case err == errNotFilled:
			m.p.unknown("a file over its bounds")
		case err == errNoSpace && n != 2:
			m.p.cut, m.t.full = true, true // each program has words of its own
			m.shellError("write error: " + err.Error())
		}
	}
}
