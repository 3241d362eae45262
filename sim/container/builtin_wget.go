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
	r, out, spider, headers := request{agent: "Wget"}, "", false, false
	url := ""
	for args := c.args[1:]; len(args) > 0; {
		a := args[0]
		args = args[1:]
		take := func(prefix string) (string, bool) {
			if v, ok := strings.CutPrefix(a, prefix); ok && v != "" {
				return strings.TrimPrefix(v, "="), true
			}
			if a == prefix && len(args) > 0 {
				v := args[0]
				args = args[1:]
				return v, true
			}
			return "", false
		}
		if rest, ok := strings.CutPrefix(a, "-q"); ok {
			r.quiet = true
			if rest == "" {
				continue
			}
			a = "-" + rest
		}
		seconds := func(v string) bool {
			n, err := strconv.Atoi(v)
			r.wait = time.Duration(n) * time.Second
			return err == nil
		}
		if v, ok := take("-O"); ok {
			out = v
		} else if v, ok := take("--output-document"); ok {
			out = v
		} else if v, ok := take("-T"); ok && seconds(v) {
			continue
		} else if v, ok := take("--timeout"); ok && seconds(v) {
			continue
		} else if _, ok := take("--tries"); ok {
			continue
		} else if _, ok := take("-t"); ok {
			continue
		} else if v, ok := take("-U"); ok {
			r.agent = v
		} else if v, ok := take("--header"); ok {
			if name, value, _ := strings.Cut(v, ":"); strings.EqualFold(name, "host") {
				r.name = strings.TrimSpace(value)
			}
		} else {
			switch {
			case a == "--spider":
				spider = true
			case a == "-S" || a == "--server-response":
				headers = true
			case a == "--quiet":
				r.quiet = true
			case a == "-nv" || a == "--no-verbose" || a == "-c" || a == "--no-check-certificate":
			case strings.HasPrefix(a, "-") || url != "":
				return c.unsupported(a)
			default:
				url = a
			}
		}
	}
	if !r.parse(url) {
		return c.unsupported("of this form")
	}
	if out == "" {
		if out = path.Base(r.path); strings.HasSuffix(r.path, "/") {
			out = "index.html"
		}
	}
	r.head = spider
	if c.p.image.flavour == gnu {
		return c.gnuWget(&r, out, spider)
	}
	return c.wget(&r, out, spider, headers)
}

func (c *call) wget(r *request, out string, spider, headers bool) outcome {
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
	if ok && headers && a.Status != 0 {
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
	case spider:
		say("remote file exists")
	case out == "-":
		say("writing to stdout")
		c.out(a.Body)
		say("written to stdout")
	default:
		say("saving to '%s'", out)
		defer say("'%s' saved", out)
		if err := c.write(c.t.abs(out), a.Body, false); err != nil {
			c.file("open", out, err)
			return done(1)
		}
	}
	return done(0)
}

// gnuWget prints little of its long report.
func (c *call) gnuWget(r *request, out string, spider bool) outcome {
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
	case spider:
		say("Remote file exists.")
	case out == "-":
		c.out(a.Body)
	default:
		if err := c.write(c.t.abs(out), a.Body, false); err != nil {
			c.file("open", out, err)
			return done(3)
		}
		say("‘%s’ saved [%d/%d]", out, len(a.Body), len(a.Body))
	}
	return done(0)
}
