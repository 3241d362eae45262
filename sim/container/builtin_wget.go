package container

import (
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// wget is that of busybox, or GNU's in images that have it.
func wget(c *call) outcome {
	x := &wgetting{call: c, r: request{agent: "Wget"}}
	url, bad := x.read(c.args[1:])
	if bad != "" {
		return c.unsupported(bad)
	}
	if !x.r.parse(url) {
		return c.unsupported("of this form")
	}
	if x.out == "" {
		if x.out = path.Base(x.r.path); strings.HasSuffix(x.r.path, "/") {
			x.out = "index.html"
		}
	}
	x.r.head = x.spider
	if c.p.image.flavour == gnu {
		return x.gnu()
	}
	return x.run()
}

// wgetting is one run of wget.
type wgetting struct {
	*call
	r       request
	out     string // file, "-" for standard output
	spider  bool   // look, and fetch nothing
	headers bool   // -S
}

// read takes the options; bad is the one that is not simulated.
func (x *wgetting) read(args []string) (url, bad string) {
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		if rest, ok := strings.CutPrefix(a, "-q"); ok {
			x.r.quiet = true
			if rest == "" {
				continue
			}
			a = "-" + rest
		}
		if name, value, more, ok := wgetValue(a, args); ok && x.option(name, value) {
			args = more
			continue
		}
		switch {
		case a == "--spider":
			x.spider = true
		case a == "-S" || a == "--server-response":
			x.headers = true
		case a == "--quiet":
			x.r.quiet = true
		case a == "-nv" || a == "--no-verbose" || a == "-c" || a == "--no-check-certificate":
		case strings.HasPrefix(a, "-") || url != "":
			return "", a
		default:
			url = a
		}
	}
	return url, ""
}

// wgetValue takes the value of an option that has one: -T2, -T 2, --timeout=2.
func wgetValue(a string, args []string) (name, value string, rest []string, ok bool) {
	for _, name := range []string{"-O", "--output-document", "-T", "--timeout", "--tries", "-t", "-U", "--header"} {
		if v, ok := strings.CutPrefix(a, name); ok && v != "" {
			return name, strings.TrimPrefix(v, "="), args, true
		}
		if a == name && len(args) > 0 {
			return name, args[0], args[1:], true
		}
	}
	return "", "", args, false
}

// option heeds an option with a value; false means that the value is none.
func (x *wgetting) option(name, value string) bool {
	switch name {
	case "-O", "--output-document":
		x.out = value
	case "-T", "--timeout":
		n, err := strconv.Atoi(value)
		x.r.wait = time.Duration(n) * time.Second
		return err == nil
	case "-U":
		x.r.agent = value
	case "--header":
		if name, v, _ := strings.Cut(value, ":"); strings.EqualFold(name, "host") {
			x.r.name = strings.TrimSpace(v)
		}
	}
	return true
}

// run is busybox's wget.
func (x *wgetting) run() outcome {
	c, r := x.call, &x.r
	if !r.quiet {
		c.p.cut = true // it shows its progress
	}
	a, address, ok := c.fetch(r)
	say := func(format string, v ...any) {
		if !r.quiet && c.f.stage == 0 {
			c.complain(format, v...)
		}
	}
	if ok && address != "" {
		say("Connecting to %s (%s:%d)", hostPort(r), address, r.port)
	}
	if ok && x.headers && a.Status != 0 {
		if a.Header == nil {
			return c.unsupported("-S to this server")
		}
		c.p.cut = true
		c.complain("  HTTP/1.1 %d %s", a.Status, http.StatusText(a.Status))
		for _, h := range a.Header {
			c.complain("  %s", h)
		}
		c.complain("  ")
	}
	switch {
	case !ok:
		return outcome{status: 1, again: c.t.block == blockSleep}
	case address == "":
		c.complain("wget: bad address '%s'", hostPort(r))
		return done(1)
	case a.Fault == Refused:
		c.complain("wget: can't connect to remote host (%s): Connection refused", address)
		return done(1)
	case a.Fault == Silent:
		if c.silence(r.wait) {
			return outcome{again: true}
		}
		if r.wait == 0 || r.wait > silentMax {
			c.complain("wget: can't connect to remote host (%s): Connection timed out", address)
		} else {
			c.complain("wget: download timed out")
		}
		return done(1)
	case a.Status == 0:
		c.p.unknown("an answer that is no HTTP")
		return done(1)
	case a.Status >= 400:
		c.complain("wget: server returned error: HTTP/1.1 %d %s", a.Status, http.StatusText(a.Status))
		return done(1)
	case a.Status >= 300:
		c.p.unknown("a redirection to " + a.Location)
		return done(1)
	case x.spider:
		say("remote file exists")
	case x.out == "-":
		say("writing to stdout")
		c.out(a.Body)
		say("written to stdout")
	default:
		say("saving to '%s'", x.out)
		defer say("'%s' saved", x.out)
		if err := c.write(c.t.abs(x.out), a.Body, false); err != nil {
			c.file("open", x.out, err)
			return done(1)
		}
	}
	return done(0)
}

// gnu prints little of its long report.
func (x *wgetting) gnu() outcome {
	c, r := x.call, &x.r
	c.p.cut = c.p.cut || !r.quiet
	a, address, ok := c.fetch(r)
	say := func(format string, v ...any) {
		if !r.quiet {
			c.complain(format, v...)
		}
	}
	switch {
	case !ok:
		return outcome{status: 1, again: c.t.block == blockSleep}
	case address == "":
		say("wget: unable to resolve host address ‘%s’", r.host)
		return done(4)
	case a.Fault == Refused:
		say("Connecting to %s (%s)|%s|:%d... failed: Connection refused.", r.host, r.host, address, r.port)
		return done(4)
	case a.Fault == Silent:
		return c.unsupported("to an address that does not answer, which it asks 20 times")
	case a.Status == 0:
		c.p.unknown("an answer that is no HTTP")
		return done(1)
	case a.Status >= 400:
		say("%s ERROR %d: %s.", c.p.now.UTC().Format("2006-01-02 15:04:05"), a.Status, http.StatusText(a.Status))
		return done(8)
	case a.Status >= 300:
		c.p.unknown("a redirection to " + a.Location)
		return done(1)
	case x.spider:
		say("Remote file exists.")
	case x.out == "-":
		c.out(a.Body)
	default:
		if err := c.write(c.t.abs(x.out), a.Body, false); err != nil {
			c.file("open", x.out, err)
			return done(3)
		}
		say("‘%s’ saved [%d/%d]", x.out, len(a.Body), len(a.Body))
	}
	return done(0)
}
