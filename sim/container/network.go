package container

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// A World is what a process meets: files, and the network of its Pod.
type World struct {
	Disk    Disk
	Network Network // nil: programs that need one are unknown
}

// A Network answers the questions that the processes of one Pod ask of it, at
// the present time.
type Network interface {
	// Resolve finds a name through the Pod's resolver; search says whether its
	// search list is used. unknown is set if the answer is not simulated.
	Resolve(name string, search bool) (addresses []string, unknown string)
	// Get connects to an address and asks for a path by HTTP.
	Get(address string, port int32, path string) Answer
	// Nameserver is the address of the cluster's DNS.
	Nameserver() string
}

// NoResolver is what Resolve says is unknown when no name server answers.
const NoResolver = "no name server answers"

// resolverMax is about how long a resolver tries before it gives up.
const resolverMax = 20 * time.Second

// A Fault is why there was no answer.
type Fault int

// The faults of a connection.
const (
	NoFault Fault = iota
	Refused       // at once
	Silent        // nothing comes back
)

// An Answer is what came back over a connection.
type Answer struct {
	Fault   Fault
	Status  int // of HTTP; 0 if the other side speaks something else
	Body    string
	Unknown string // why the answer is not known
}

func lookupNetProgram(name string) program {
	switch name {
	case "wget":
		return wget
	case "curl":
		return curl
	case "nslookup":
		return nslookup
	case "nc":
		return nc
	}
	return nil
}

// A request is what a client was asked to fetch.
type request struct {
	host  string
	port  int32
	path  string
	quiet bool
	wait  time.Duration // for an answer; 0: as long as the kernel tries
}

// silentMax is how long Linux tries to connect before it gives up.
const silentMax = 127 * time.Second

func (r *request) parse(url string) bool {
	rest, ok := strings.CutPrefix(url, "http://")
	if !ok && strings.Contains(url, "://") {
		return false
	}
	if !ok {
		rest = url
	}
	host, page, _ := strings.Cut(rest, "/")
	r.path, r.port = "/"+page, 80
	if h, p, ok := strings.Cut(host, ":"); ok {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return false
		}
		host, r.port = h, int32(n)
	}
	r.host = host
	return host != "" && !strings.ContainsAny(host, "@[]")
}

// fetch asks the network. ok is false if the outcome is not known or the task
// waits; then there is no answer yet.
func (c *call) fetch(r *request) (a Answer, address string, ok bool) {
	if c.network == nil {
		c.p.unknown("program " + c.args[0] + " without a network")
		return a, "", false
	}
	addresses, unknown := c.network.Resolve(r.host, true)
	if unknown == NoResolver {
		if c.f.stage != 1 {
			c.f.stage, c.t.block, c.t.wake = 1, blockSleep, c.p.now.Add(resolverMax)
			return a, "", false
		}
		return a, "", true
	}
	if unknown != "" {
		c.p.unknown(unknown)
		return a, "", false
	}
	if len(addresses) == 0 {
		return a, "", true
	}
	a = c.network.Get(addresses[0], r.port, r.path)
	if a.Unknown != "" {
		c.p.unknown(a.Unknown)
		return a, "", false
	}
	return a, addresses[0], true
}

// silence waits for what never comes; true while it waits.
func (c *call) silence(wait time.Duration) bool {
	if c.f.stage == 1 {
		return false
	}
	if wait == 0 || wait > silentMax {
		wait = silentMax
	}
	c.f.stage = 1
	c.t.block, c.t.wake = blockSleep, c.p.now.Add(wait)
	return true
}

// wget is that of busybox.
func wget(c *call) outcome {
	if c.p.image.flavour != busybox {
		c.p.unknown("program wget")
		return done(0)
	}
	r, out, spider, headers := request{}, "", false, false
	args := c.args[1:]
	url := ""
	for len(args) > 0 {
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
		if v, ok := take("-O"); ok {
			out = v
		} else if v, ok := take("-T"); ok {
			n, err := strconv.Atoi(v)
			if err != nil {
				return c.unsupported(a)
			}
			r.wait = time.Duration(n) * time.Second
		} else if v, ok := take("--timeout"); ok {
			n, _ := strconv.Atoi(v)
			r.wait = time.Duration(n) * time.Second
		} else if a == "--spider" {
			spider = true
		} else if a == "-S" {
			headers = true
		} else if strings.HasPrefix(a, "-") || url != "" {
			return c.unsupported(a)
		} else {
			url = a
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
	if headers {
		return c.unsupported("-S")
	}
	return c.wget(&r, out, spider)
}

func (c *call) wget(r *request, out string, spider bool) outcome {
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
		text := map[int]string{403: "Forbidden", 404: "Not Found"}[a.Status]
		c.complain("wget: server returned error: HTTP/1.1 %d %s", a.Status, text)
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

func hostPort(r *request) string {
	if r.port != 80 {
		return fmt.Sprintf("%s:%d", r.host, r.port)
	}
	return r.host
}

// curl prints a page or its status: curl [-s] [-o /dev/null] [-w %{http_code}] [-m N] URL.
func curl(c *call) outcome {
	if !strings.Contains(" nginx httpd python node curlimages/curl ", " "+c.p.image.Name+" ") {
		c.p.unknown("program curl")
		return done(0)
	}
	r, out, format, fail, head := request{}, "-", "", false, false
	url := ""
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		switch {
		case (a == "-o" || a == "-w" || a == "-m" || a == "--max-time" || a == "--connect-timeout") && len(args) > 1:
			args = args[1:]
			switch a {
			case "-o":
				out = args[0]
			case "-w":
				format = args[0]
			default:
				n, _ := strconv.Atoi(args[0])
				r.wait = time.Duration(n) * time.Second
			}
		case a == "-H" && len(args) > 1 && !strings.HasPrefix(strings.ToLower(args[1]), "host:"):
			args = args[1:] // servers here give no heed to headers
		case a == "-X" && len(args) > 1 && args[1] == "GET":
			args = args[1:]
		case strings.HasPrefix(a, "-") && strings.Trim(a[1:], "sSfLk") == "":
			r.quiet = r.quiet || strings.Contains(a, "s")
			fail = fail || strings.Contains(a, "f")
			head = head || strings.Contains(a, "S")
		case strings.HasPrefix(a, "-") || url != "":
			return c.unsupported(a)
		default:
			url = a
		}
	}
	if !r.parse(url) {
		return c.unsupported("of this form")
	}
	a, address, ok := c.fetch(&r)
	if !r.quiet || head && (address == "" || a.Fault != NoFault) {
		c.p.cut = true // progress, or an error with milliseconds in it
	}
	switch {
	case !ok:
		return outcome{status: 1, again: c.t.block == blockSleep}
	case address == "":
		return c.curlEnds(6, 0, format)
	case a.Fault == Refused:
		return c.curlEnds(7, 0, format)
	case a.Fault == Silent:
		if c.silence(r.wait) {
			return outcome{again: true}
		}
		return c.curlEnds(28, 0, format)
	case fail && a.Status >= 400:
		return c.curlEnds(22, a.Status, format)
	case out == "-" && a.Status >= 400:
		c.p.cut = true // an error page, whose text is not reproduced
	case out == "-":
		c.out(a.Body)
	case out != "/dev/null":
		return c.unsupported("-o " + out)
	}
	return c.curlEnds(0, a.Status, format)
}

func (c *call) curlEnds(code, status int, format string) outcome {
	text, _ := unbackslash(strings.ReplaceAll(format, "%{http_code}", fmt.Sprintf("%03d", status)), false)
	if strings.Contains(text, "%{") {
		return c.unsupported("-w " + format)
	}
	if text != "" {
		c.out(text)
	}
	return done(code)
}

// nslookup is that of busybox, which leaves the search list aside for names
// with a dot and mixes answers and failures for names without.
func nslookup(c *call) outcome {
	if c.p.image.flavour != busybox || len(c.args) != 2 || c.network == nil {
		return c.unsupported("of this form")
	}
	name := strings.TrimSuffix(c.args[1], ".")
	if !strings.Contains(name, ".") {
		return c.lookupAll(name)
	}
	addresses, unknown := c.network.Resolve(name, false)
	if unknown == NoResolver {
		return c.noServers()
	}
	if unknown != "" {
		c.p.unknown(unknown)
		return done(0)
	}
	server := c.network.Nameserver()
	c.out(fmt.Sprintf("Server:\t\t%s\nAddress:\t%s:53\n\n", server, server))
	if len(addresses) == 0 {
		c.out(fmt.Sprintf("** server can't find %s: NXDOMAIN\n\n** server can't find %s: NXDOMAIN\n\n", name, name))
		return done(1)
	}
	for _, a := range addresses {
		c.out(fmt.Sprintf("Name:\t%s\nAddress: %s\n", name, a))
	}
	c.out("\n\n")
	return done(0)
}

// nc only looks whether a port is open: nc -z [-w N] HOST PORT.
func nc(c *call) outcome {
	r, zero := request{path: "/"}, false
	var operands []string
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		switch a := args[0]; {
		case a == "-z" || a == "-zv" || a == "-vz":
			zero = true
			if a != "-z" {
				c.p.cut = true
			}
		case a == "-w" && len(args) > 1:
			args = args[1:]
			n, _ := strconv.Atoi(args[0])
			r.wait = time.Duration(n) * time.Second
		case strings.HasPrefix(a, "-"):
			return c.unsupported(a)
		default:
			operands = append(operands, a)
		}
	}
	if !zero || len(operands) != 2 || c.p.image.flavour != busybox {
		return c.unsupported("of this form")
	}
	port, err := strconv.ParseUint(operands[1], 10, 16)
	if err != nil {
		return c.unsupported(operands[1])
	}
	r.host, r.port = operands[0], int32(port)
	a, address, ok := c.fetch(&r)
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
		return done(1)
	case a.Fault == Refused:
		return done(1)
	}
	return done(0)
}

func (c *call) noServers() outcome {
	if c.silence(resolverMax) {
		return outcome{again: true}
	}
	c.out(";; connection timed out; no servers could be reached\n\n")
	return done(1)
}

// lookupAll is nslookup of a name without a dot: it asks for the name in every
// domain of the search list, and fails if one does not have it.
func (c *call) lookupAll(name string) outcome {
	text, err := c.view.read(c.t.abs("/etc/resolv.conf"))
	_, after, ok := strings.Cut(text, "search ")
	if err != nil || !ok {
		return c.unsupported("for a name without a dot")
	}
	list, _, _ := strings.Cut(after, "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "Server:\t\t%s\nAddress:\t%s:53\n\n", c.network.Nameserver(), c.network.Nameserver())
	status := 0
	for domain := range strings.FieldsSeq(list) {
		full := name + "." + domain
		addresses, unknown := c.network.Resolve(full, false)
		switch {
		case unknown == NoResolver:
			return c.noServers()
		case unknown != "":
			c.p.unknown(unknown)
			return done(1)
		case len(addresses) == 0:
			status = 1
			b.WriteString(strings.Repeat("** server can't find "+full+": NXDOMAIN\n\n", 2))
			continue
		}
		for _, a := range addresses {
			fmt.Fprintf(&b, "Name:\t%s\nAddress: %s\n", full, a)
		}
		b.WriteString("\n")
	}
	c.out(b.String())
	return done(status)
}
