package container

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// curling is one run of curl.
type curling struct {
	*call
	r                             request
	out, format                   string
	fail, show, follow            bool
	include, head, verbose, named bool
	size                          int // bytes of the page
}

// curlAgent is what the curl of Debian 12 calls itself.
const curlAgent = "curl/7.88.1"

// curl fetches one address by GET or HEAD.
func curl(c *call) outcome {
	x := &curling{call: c, out: "-", r: request{agent: curlAgent}}
	url, bad := x.read(c.args[1:])
	if bad != "" || url == "" {
		if bad == "--version" || bad == "-V" {
			c.p.cut = true
			c.out("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1\n")
			return done(0)
		}
		if bad == "" {
			c.complain("curl: try 'curl --help' or 'curl --manual' for more information")
			return done(2)
		}
		return c.unsupported(bad)
	}
	if !x.r.parse(url) {
		return c.unsupported("of this form")
	}
	if x.named {
		x.out = path.Base(x.r.path)
	}
	x.r.head = x.head
	return x.run()
}

// read takes the options; bad is the one that is not simulated.
func (x *curling) read(args []string) (url, bad string) {
	for ; len(args) > 0; args = args[1:] {
		a := args[0]
		value := func() string {
			if len(args) > 1 {
				args = args[1:]
				return args[0]
			}
			return ""
		}
		switch a {
		case "-o", "--output":
			x.out = value()
		case "-w", "--write-out":
			x.format = value()
		case "-m", "--max-time", "--connect-timeout":
			n, err := strconv.ParseFloat(value(), 64)
			if err != nil {
				return "", a
			}
			x.r.wait = time.Duration(n * float64(time.Second))
		case "-H", "--header":
			if name, v, _ := strings.Cut(value(), ":"); strings.EqualFold(name, "host") {
				x.r.name = strings.TrimSpace(v)
			}
		case "-A", "--user-agent":
			x.r.agent = value()
		case "-X", "--request":
			switch m := value(); m {
			case "GET":
			case "HEAD":
				x.head = true
			default:
				return "", a + " " + m
			}
		case "--retry", "--retry-delay":
			value()
		case "--silent", "--show-error", "--fail", "--location", "--insecure", "--include", "--head", "--verbose", "--compressed", "--no-progress-meter", "--retry-connrefused":
			x.flags(map[string]string{"--silent": "s", "--show-error": "S", "--fail": "f", "--location": "L", "--include": "i", "--head": "I", "--verbose": "v", "--no-progress-meter": "s"}[a])
		default:
			switch {
			case len(a) > 2 && strings.HasPrefix(a, "-m") && strings.Trim(a[2:], "0123456789.") == "":
				n, _ := strconv.ParseFloat(a[2:], 64)
				x.r.wait = time.Duration(n * float64(time.Second))
			case len(a) > 2 && a[0] == '-' && a[1] != '-' && strings.HasSuffix(a, "o") && strings.Trim(a[1:len(a)-1], "sSfLkiIvO") == "":
				x.flags(a[1 : len(a)-1])
				x.out = value()
			case len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "sSfLkiIvO") == "":
				x.flags(a[1:])
			case strings.HasPrefix(a, "-") || url != "":
				return "", a
			default:
				url = a
			}
		}
	}
	return url, ""
}

func (x *curling) flags(letters string) {
	for _, o := range letters {
		switch o {
		case 's':
			x.r.quiet = true
		case 'S':
			x.show = true
		case 'f':
			x.fail = true
		case 'L':
			x.follow = true
		case 'i':
			x.include = true
		case 'I':
			x.head = true
		case 'v':
			x.verbose = true
		case 'O':
			x.named = true
		}
	}
}

func (x *curling) run() outcome {
	a, address, ok := x.fetch(&x.r)
	switch {
	case !ok:
		return outcome{status: 1, again: x.t.block == blockSleep}
	case address == "":
		return x.ends(6, 0, "Could not resolve host: "+x.r.host)
	case a.Fault == Refused:
		x.p.cut = x.p.cut || !x.r.quiet || x.show // it says after how many milliseconds
		return x.ends(7, 0, fmt.Sprintf("Failed to connect to %s port %d after 0 ms: Couldn't connect to server", x.r.host, x.r.port))
	case a.Fault == Silent:
		if x.silence(x.r.wait) {
			return outcome{again: true}
		}
		x.p.cut = x.p.cut || !x.r.quiet || x.show
		wait := x.r.wait
		if wait == 0 {
			wait = silentMax
		}
		return x.ends(28, 0, fmt.Sprintf("Connection timed out after %d milliseconds", wait.Milliseconds()))
	case a.Status == 0:
		return x.ends(52, 0, "Empty reply from server")
	case x.follow && a.Location != "":
		if to, same := strings.CutPrefix(a.Location, "http://"+hostPort(&x.r)); (same || strings.HasPrefix(a.Location, "/")) && x.f.i < 50 {
			x.f.i++
			if x.r.path = to; !same {
				x.r.path = a.Location
			}
			return x.run()
		}
		return x.unsupported("to another host")
	case x.fail && a.Status >= 400:
		return x.ends(22, a.Status, fmt.Sprintf("The requested URL returned error: %d", a.Status))
	}
	if (x.head || x.include || x.verbose) && a.Header == nil {
		return x.unsupported("of the headers of this server")
	}
	x.size = len(a.Body)
	x.report(a, address)
	switch {
	case x.out == "-":
		if a.Status >= 400 && a.Header == nil {
			x.p.cut = true // an error page whose text is not reproduced
		}
		x.emit(1, x.page(a))
	case x.out != "/dev/null":
		if err := x.write(x.t.abs(x.out), x.page(a), false); err != nil {
			return x.ends(23, a.Status, "Failed writing body")
		}
	}
	return x.ends(0, a.Status, "")
}

func (x *curling) page(a Answer) string {
	if x.head || x.include {
		x.p.cut = true // the date
		return fmt.Sprintf("HTTP/1.1 %d %s\r\n%s\r\n\r\n", a.Status, http.StatusText(a.Status), strings.Join(a.Header, "\r\n")) + a.Body
	}
	return a.Body
}

// report writes what curl says beside the page: its talk, or its progress.
func (x *curling) report(a Answer, address string) {
	if !x.r.quiet {
		x.p.cut = true
		n := len(a.Body)
		x.complain("  %% Total    %% Received %% Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n100 %5d  100 %5d    0     0   600k      0 --:--:-- --:--:-- --:--:--  600k", n, n)
	}
	if !x.verbose {
		return
	}
	x.p.cut = true
	method := "GET"
	if x.head {
		method = "HEAD"
	}
	host := x.r.name
	if host == "" {
		host = hostPort(&x.r)
	}
	x.complain("*   Trying %s:%d...\n* Connected to %s (%s) port %d (#0)\n> %s %s HTTP/1.1\n> Host: %s\n> User-Agent: %s\n> Accept: */*\n> ", address, x.r.port, x.r.host, address, x.r.port, method, x.r.path, host, x.r.agent)
	x.complain("< HTTP/1.1 %d %s\n< %s\n< \n* Connection #0 to host %s left intact", a.Status, http.StatusText(a.Status), strings.Join(a.Header, "\n< "), x.r.host)
}

func (x *curling) ends(code, status int, why string) outcome {
	if why != "" && (!x.r.quiet || x.show) {
		x.complain("curl: (%d) %s", code, why)
	}
	text, _ := unbackslash(strings.NewReplacer("%{http_code}", fmt.Sprintf("%03d", status), "%{response_code}", fmt.Sprintf("%03d", status),
		"%{size_download}", strconv.Itoa(x.size), "%{exitcode}", strconv.Itoa(code)).Replace(x.format), false)
	for _, varies := range []string{"%{time_total}", "%{time_connect}", "%{time_starttransfer}", "%{time_namelookup}"} {
		if strings.Contains(text, varies) {
			x.p.cut = true
			text = strings.ReplaceAll(text, varies, "0.001")
		}
	}
	if strings.Contains(text, "%{") {
		return x.unsupported("-w " + x.format)
	}
	if text != "" {
		x.emit(1, text)
	}
	return done(code)
}
