package container

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Request is one request by HTTP.
type Request struct {
	Method string // GET or HEAD
	Host   string // as the client wrote it, with the port if it is not 80
	Path   string
	Agent  string // of the client
	From   string // address of the client
	Port   int32  // on which it came in; Serve fills it in
}

// Serve is how a web server that runs in the process answers a request at the
// given time, with the files that it sees. It writes its log.
func (p *Process) Serve(at time.Time, disk Disk, port int32, r Request) Answer {
	if slices.ContainsFunc(p.listens, func(l listen) bool { return l.port == port && !l.done }) {
		return p.rawAnswer(at, port, r)
	}
	s := p.listener()
	if s == nil || !s.http {
		return Answer{Unknown: "the protocol of " + p.image.Name, Foreign: true}
	}
	r.Port = port
	v := view{disk: disk, mounts: p.spec.Mounts}
	target, _, _ := strings.Cut(r.Path, "?")
	decoded, err := url.PathUnescape(target)
	if err != nil || strings.Contains(decoded, "\x00") || strings.Contains(decoded, "..") {
		return Answer{Unknown: "a path of this form"}
	}
	var a Answer
	if s.program == "nginx" {
		a = p.nginxAnswer(v, port, r, decoded)
	} else {
		a = s.get(p.image, v, decoded)
	}
	if a.Unknown != "" {
		return a
	}
	if a.Header == nil {
		a.Header = p.headers(s, at, a)
	}
	if p.server || s.program == "python" {
		p.accessLog(s, at, r, a)
	}
	if r.Method == http.MethodHead {
		a.Body = ""
	}
	return a
}

// hostName is the host of a request without its port.
func hostName(host string) string {
	name, _, _ := strings.Cut(host, ":")
	return name
}

// PlainHTTP tells whether the server of the process is known to answer what is
// not HTTP, such as a greeting of TLS, by an error over HTTP at once.
func (p *Process) PlainHTTP() bool {
	s := p.listener()
	return s != nil && s.program == "nginx"
}

// rawAnswer asks a program that sends whatever it was given, as nc -l does.
func (p *Process) rawAnswer(at time.Time, port int32, r Request) Answer {
	a := p.Talk(at, port, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\n\r\n", r.Method, r.Path, r.Host, r.Agent))
	text := strings.ReplaceAll(a.Body, "\r\n", "\n")
	first, rest, _ := strings.Cut(text, "\n")
	f := strings.Fields(first)
	if len(f) < 2 || !strings.HasPrefix(f[0], "HTTP/") {
		return Answer{Body: a.Body, Unknown: "an answer that is no HTTP", Foreign: true}
	}
	status, _ := strconv.Atoi(f[1])
	head, body, ok := strings.Cut(rest, "\n\n")
	if strings.HasPrefix(rest, "\n") {
		head, body, ok = "", rest[1:], true
	}
	if !ok {
		head, body = rest, ""
	}
	return Answer{Status: status, Body: body, Header: strings.Split(head, "\n")}
}

// headers are the lines before a body. Only those of nginx are known.
func (p *Process) headers(s *server, at time.Time, a Answer) []string {
	if s.program != "nginx" {
		return nil
	}
	kind := a.Type
	if kind == "" {
		kind = "text/html"
	}
	h := []string{"Server: nginx/" + p.nginxVersion(), "Date: " + at.UTC().Format(http.TimeFormat), "Content-Type: " + kind,
		fmt.Sprintf("Content-Length: %d", len(a.Body))}
	if a.Location != "" {
		h = append(h, "Location: "+a.Location)
	}
	if a.Status == http.StatusOK && !a.Made {
		h = append(h, "Last-Modified: "+p.spec.Start.UTC().Format(http.TimeFormat), "Connection: keep-alive",
			fmt.Sprintf("ETag: %q", fmt.Sprintf("%x-%x", p.spec.Start.Unix(), len(a.Body))), "Accept-Ranges: bytes")
	} else {
		h = append(h, "Connection: keep-alive")
	}
	return append(h, a.Extra...)
}

func (p *Process) accessLog(s *server, at time.Time, r Request, a Answer) {
	stamp := at.UTC().Format("02/Jan/2006:15:04:05 +0000")
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	size := len(a.Body)
	if method == http.MethodHead {
		size = 0
	}
	now := p.now
	p.now = at
	switch s.program {
	case "nginx":
		if a.Status == http.StatusNotFound && !a.Made {
			p.write(true, fmt.Sprintf("%s [error] %d#%d: *%d open() %q failed (2: No such file or directory), client: %s, server: localhost, request: \"%s %s HTTP/1.1\", host: %q\n",
				at.UTC().Format("2006/01/02 15:04:05"), workers, workers, p.requests+1, a.File, r.From, method, r.Path, r.Host))
		}
		p.write(false, fmt.Sprintf("%s - - [%s] \"%s %s HTTP/1.1\" %d %d \"-\" %q \"-\"\n", r.From, stamp, method, r.Path, a.Status, size, r.Agent))
	case "httpd-foreground":
		p.write(false, fmt.Sprintf("%s - - [%s] \"%s %s HTTP/1.1\" %d %d\n", r.From, stamp, method, r.Path, a.Status, size))
	case "python":
		p.write(true, fmt.Sprintf("%s - - [%s] \"%s %s HTTP/1.1\" %d -\n", r.From, at.UTC().Format("02/Jan/2006 15:04:05"), method, r.Path, a.Status))
	}
	p.requests++
	p.now = now
}

// get serves files below a directory.
func (s *server) get(im Image, v view, target string) Answer {
	missing := Answer{Status: http.StatusNotFound, File: s.root + target}
	n, err := v.stat(s.root + target)
	if err == nil && n.Dir {
		dir := target
		target = strings.TrimSuffix(target, "/") + "/index.html"
		if n, err = v.stat(s.root + target); err == errMissing {
			switch {
			case s.program == "python":
				return s.directory(v, dir)
			case s.program == "httpd":
				return missing
			}
			return Answer{Unknown: "a directory of " + im.Name}
		}
	}
	switch {
	case err == nil && n.Opaque:
		return Answer{Unknown: "files that are not reproduced"}
	case err == nil:
		return Answer{Status: http.StatusOK, Body: n.Data, Type: typeOf(target)}
	case err == errMissing || err == errNotDir:
		return missing
	}
	return Answer{Unknown: "files that are not reproduced"}
}

// directory is the page that Python's http.server makes of a directory.
func (s *server) directory(v view, dir string) Answer {
	names, err := v.list(s.root + dir)
	if err != nil {
		return Answer{Unknown: "files that are not reproduced"}
	}
	var b strings.Builder
	title := "Directory listing for " + html.EscapeString(dir)
	fmt.Fprintf(&b, "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>%s</title>\n</head>\n<body>\n<h1>%s</h1>\n<hr>\n<ul>\n", title, title)
	for _, n := range names {
		if node, err := v.stat(path.Join(s.root+dir, n)); err == nil && node.Dir {
			n += "/"
		}
		fmt.Fprintf(&b, "<li><a href=%q>%s</a></li>\n", url.PathEscape(n), html.EscapeString(n))
	}
	b.WriteString("</ul>\n<hr>\n</body>\n</html>\n")
	return Answer{Status: http.StatusOK, Body: b.String(), Made: true}
}

// typeOf is the media type of a file by its name.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html", ".htm":
		return "text/html"
	case ".txt":
		return "text/plain"
	case ".css":
		return "text/css"
	case ".js":
		return "application/javascript"
	case ".json":
		return "application/json"
	case ".png":
		return "image/png"
	}
	return "application/octet-stream"
}
