package container

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A site is what a configuration means. It is never changed.
type site struct {
	server  server // its ports
	blocks  []serverBlock
	refuses error
}

type serverBlock struct {
	ports     []int32
	standard  bool // default_server
	names     []string
	root      string
	index     []string
	answer    *directive // return outside of a location
	locations []location
}

type location struct {
	exact  bool
	prefix string
	root   string
	alias  string
	index  []string
	answer *directive
	try    []string
	stub   bool
	list   bool
	kind   string // default_type
	extra  []string
	alien  string // why what it answers is not simulated
}

// ignored are directives that decide nothing of what is seen here.
var ignored = strings.Fields(`user worker_processes error_log pid events worker_connections log_format access_log sendfile tcp_nopush tcp_nodelay keepalive_timeout
gzip gzip_types gzip_min_length gzip_vary gzip_proxied gzip_comp_level charset server_tokens client_max_body_size types default_type types_hash_max_size
error_page log_not_found multi_accept use worker_rlimit_nofile server_names_hash_bucket_size resolver client_body_temp_path proxy_temp_path fastcgi_temp_path
uwsgi_temp_path scgi_temp_path client_body_timeout client_header_timeout send_timeout expires etag reset_timedout_connection load_module`)

// loadSite reads the configuration that a server sees. The error says what
// nginx says, or what is not simulated.
func loadSite(im Image, v view) (*site, error) {
	const file = "/etc/nginx/nginx.conf"
	v.proc = nil // what the server reads nobody sees
	text, err := v.read(file)
	if err != nil {
		return nil, &notNginx{"the file " + file}
	}
	top, err := parseNginx(file, text)
	if err != nil {
		return nil, err
	}
	s := &site{server: *im.server}
	s.server.ports = nil
	for _, d := range top {
		switch {
		case d.name == "http":
			if err := s.http(v, file, d.block, 0); err != nil {
				return nil, err
			}
		case !slices.Contains(ignored, d.name):
			return nil, unknownDirective(d, file)
		}
	}
	for _, b := range s.blocks {
		for _, port := range b.ports {
			if !slices.Contains(s.server.ports, port) {
				s.server.ports = append(s.server.ports, port)
			}
		}
	}
	return s, nil
}

// unknownDirective: whether nginx knows a directive cannot be told from the few
// that are simulated, so a name that is no word of the kind is its own error.
func unknownDirective(d directive, file string) error {
	if strings.ContainsAny(d.name, ":=<>\"(){}") {
		return &nginxError{fmt.Sprintf("unknown directive %q in %s:%d", d.name, file, d.line)}
	}
	return &notNginx{"the directive " + d.name + " of nginx"}
}

func (s *site) http(v view, file string, list []directive, depth int) error {
	for _, d := range list {
		switch {
		case d.name == "include" && len(d.args) == 1 && strings.HasSuffix(d.args[0], "mime.types"):
		case d.name == "include" && len(d.args) == 1 && depth < 4:
			pattern := d.args[0]
			if !path.IsAbs(pattern) {
				pattern = path.Join("/etc/nginx", pattern)
			}
			names, err := v.list(path.Dir(pattern))
			if err != nil {
				return &notNginx{"the files " + pattern}
			}
			for _, n := range names {
				if !match(path.Base(pattern), n) || strings.HasPrefix(n, ".") {
					continue
				}
				name := path.Join(path.Dir(pattern), n)
				text, err := v.read(name)
				if err != nil {
					return &notNginx{"the file " + name}
				}
				more, err := parseNginx(name, text)
				if err != nil {
					return err
				}
				if err := s.http(v, name, more, depth+1); err != nil {
					return err
				}
			}
		case d.name == "server" && d.block != nil:
			if err := s.block(file, d); err != nil {
				return err
			}
		case d.name == "upstream" && d.block != nil, strings.HasPrefix(d.name, "proxy_"), d.name == "map":
		case !slices.Contains(ignored, d.name):
			return unknownDirective(d, file)
		}
	}
	return nil
}

func (s *site) block(file string, d directive) error {
	b := serverBlock{root: "/etc/nginx/html", index: []string{"index.html"}}
	for _, d := range d.block {
		switch d.name {
		case "listen":
			if len(d.args) == 0 || strings.HasPrefix(d.args[0], "unix:") || slices.Contains(d.args, "ssl") {
				return &notNginx{"a listen of this form"}
			}
			text := d.args[0][strings.LastIndexByte(d.args[0], ':')+1:]
			if strings.HasPrefix(d.args[0], "[") && !strings.Contains(d.args[0], "]:") {
				text = "80"
			}
			n, err := strconv.ParseUint(text, 10, 16)
			if err != nil {
				return &nginxError{fmt.Sprintf("host not found in %q of the \"listen\" directive in %s:%d", d.args[0], file, d.line)}
			}
			b.ports = append(b.ports, int32(n))
			b.standard = b.standard || slices.Contains(d.args, "default_server")
		case "server_name":
			b.names = d.args
		case "root":
			b.root = strings.Join(d.args, " ")
		case "index":
			b.index = d.args
		case "return":
			b.answer = &d
		case "location":
			l, err := locationOf(file, d)
			if err != nil {
				return err
			}
			b.locations = append(b.locations, l)
		default:
			if !slices.Contains(ignored, d.name) && d.name != "add_header" && d.name != "include" && !strings.HasPrefix(d.name, "proxy_") {
				return unknownDirective(d, file)
			}
		}
	}
	if len(b.ports) == 0 {
		b.ports = []int32{80}
	}
	s.blocks = append(s.blocks, b)
	return nil
}

func locationOf(file string, d directive) (location, error) {
	l := location{}
	switch {
	case len(d.args) == 1:
		l.prefix = d.args[0]
	case len(d.args) == 2 && d.args[0] == "=":
		l.exact, l.prefix = true, d.args[1]
	case len(d.args) == 2 && d.args[0] == "^~":
		l.prefix = d.args[1]
	default:
		return l, &notNginx{"a location by a pattern"}
	}
	for _, d := range d.block {
		switch d.name {
		case "root":
			l.root = strings.Join(d.args, " ")
		case "alias":
			l.alias = strings.Join(d.args, " ")
		case "index":
			l.index = d.args
		case "return":
			l.answer = &d
		case "try_files":
			l.try = d.args
		case "stub_status":
			l.stub = true
		case "autoindex":
			l.list = len(d.args) > 0 && d.args[0] == "on"
		case "default_type":
			l.kind = strings.Join(d.args, " ")
		case "add_header":
			if len(d.args) > 1 {
				l.extra = append(l.extra, d.args[0]+": "+d.args[1])
			}
		default:
			if !slices.Contains(ignored, d.name) && d.name != "allow" {
				l.alien = "the directive " + d.name + " of nginx"
			}
		}
	}
	return l, nil
}

// nginxAnswer finds the block and the location for a request and serves it.
func (p *Process) nginxAnswer(v view, port int32, r Request, target string) Answer {
	if p.site == nil || len(p.site.blocks) == 0 {
		return Answer{Unknown: "nginx without a server block"}
	}
	host := hostName(r.Host)
	var b *serverBlock
	for i := range p.site.blocks {
		if o := &p.site.blocks[i]; slices.Contains(o.ports, port) {
			switch {
			case slices.Contains(o.names, host):
				b = o
			case b == nil || o.standard && !slices.Contains(b.names, host):
				b = o
			}
		}
	}
	if b == nil {
		return Answer{Unknown: "nginx on a port without a server block"}
	}
	if b.answer != nil {
		return p.nginxReturn(*b.answer, r, location{})
	}
	best := location{root: b.root, index: b.index}
	found := -1
	for _, l := range b.locations {
		if l.exact && l.prefix == target {
			best, found = l, 1<<20
		}
		if !l.exact && strings.HasPrefix(target, l.prefix) && len(l.prefix) > found {
			best, found = l, len(l.prefix)
		}
	}
	if best.root == "" {
		best.root = b.root
	}
	if best.index == nil {
		best.index = b.index
	}
	return p.nginxLocation(v, best, r, target)
}

func (p *Process) nginxLocation(v view, l location, r Request, target string) Answer {
	switch {
	case l.alien != "":
		return Answer{Unknown: l.alien}
	case l.answer != nil:
		return p.nginxReturn(*l.answer, r, l)
	case l.stub:
		n := p.requests + 1
		return Answer{Status: http.StatusOK, Type: "text/plain", Made: true, Body: fmt.Sprintf("Active connections: 1 \nserver accepts handled requests\n %d %d %d \nReading: 0 Writing: 1 Waiting: 0 \n", n, n, n)}
	case l.try != nil:
		for i, t := range l.try {
			name := strings.ReplaceAll(t, "$uri", target)
			if code, ok := strings.CutPrefix(t, "="); ok && i == len(l.try)-1 {
				n, _ := strconv.Atoi(code)
				return p.nginxPage(n, l.root+target, l.extra)
			}
			n, err := v.stat(path.Join(l.root, name))
			if err == nil && n.Dir == strings.HasSuffix(t, "/") || i == len(l.try)-1 {
				l.try = nil
				return p.nginxLocation(v, l, r, name)
			}
		}
	}
	file := path.Join(l.root, target)
	if l.alias != "" {
		file = path.Join(l.alias, strings.TrimPrefix(target, l.prefix))
	}
	n, err := v.stat(file)
	if err == nil && n.Dir {
		if !strings.HasSuffix(target, "/") {
			a := p.nginxPage(http.StatusMovedPermanently, file, l.extra)
			a.Location = "http://" + hostName(r.Host)
			if r.Port != 80 {
				a.Location += ":" + strconv.Itoa(int(r.Port))
			}
			a.Location += target + "/"
			return a
		}
		for _, index := range l.index {
			if n, err = v.stat(path.Join(file, index)); err == nil {
				file = path.Join(file, index)
				break
			}
		}
		if err == errMissing && l.list {
			return Answer{Unknown: "the listing that nginx makes of a directory"}
		}
		if err == errMissing {
			return p.nginxPage(http.StatusForbidden, file, l.extra)
		}
	}
	switch {
	case err == nil && n.Opaque, err == errNotFilled:
		return Answer{Unknown: "files that are not reproduced"}
	case err != nil:
		return p.nginxPage(http.StatusNotFound, file, l.extra)
	case n.Mode&0o004 == 0:
		return p.nginxPage(http.StatusForbidden, file, l.extra)
	}
	kind := typeOf(file)
	if l.kind != "" && kind == "application/octet-stream" {
		kind = l.kind
	}
	return Answer{Status: http.StatusOK, Body: n.Data, Type: kind, Extra: l.extra}
}

// nginxPage is the page that nginx makes for a status of its own.
func (p *Process) nginxPage(status int, file string, extra []string) Answer {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return Answer{Status: status, File: file, Extra: extra, Body: fmt.Sprintf("<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>nginx/%s</center>\r\n</body>\r\n</html>\r\n",
		title, title, p.nginxVersion())}
}

func (p *Process) nginxReturn(d directive, r Request, l location) Answer {
	if len(d.args) == 0 {
		return Answer{Unknown: "a return of this form"}
	}
	code, err := strconv.Atoi(d.args[0])
	text := strings.Join(d.args[min(1, len(d.args)):], " ")
	if err != nil {
		code, text = http.StatusFound, d.args[0]
	}
	text = strings.NewReplacer("$host", hostName(r.Host), "$http_host", r.Host, "$request_uri", r.Path, "$uri", r.Path, "$hostname", p.spec.Hostname, "$server_addr", p.spec.Address, "$scheme", "http",
		"$remote_addr", r.From, `\n`, "\n").Replace(text)
	if strings.Contains(text, "$") {
		return Answer{Unknown: "a variable of nginx"}
	}
	if code >= 300 && code < 400 {
		a := p.nginxPage(code, "", l.extra)
		a.Location, a.Made = text, true
		return a
	}
	if text == "" && code >= 400 {
		a := p.nginxPage(code, "", l.extra)
		a.Made = true
		return a
	}
	kind := l.kind
	if kind == "" {
		kind = "application/octet-stream"
	}
	return Answer{Status: code, Body: text, Type: kind, Made: true, Extra: l.extra}
}

// nginxStarts reads the configuration and writes the first lines of the log;
// over tells whether nginx goes no further.
func (c *call) nginxStarts() (o outcome, over bool) {
	s, err := loadSite(c.p.image, c.view)
	var refused *nginxError
	switch {
	case errors.As(err, &refused):
		c.p.write(true, fmt.Sprintf("%s [emerg] 1#1: %s\n", c.stamp(), refused.text))
		c.complain("%v", refused)
		return done(1), true
	case err != nil:
		c.p.unknown(err.Error())
		return done(0), true
	}
	c.p.site = s
	say := func(format string, a ...any) {
		c.emit(2, fmt.Sprintf("%s [notice] 1#1: %s\n", c.stamp(), fmt.Sprintf(format, a...)))
	}
	say("using the \"epoll\" event method")
	say("nginx/%s", c.p.nginxVersion())
	say("built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1) ")
	say("OS: Linux %s", kernelRelease)
	say("getrlimit(RLIMIT_NOFILE): 1048576:1048576")
	say("start worker processes")
	for i := range c.p.cpus() {
		say("start worker process %d", workers+int(i))
	}
	return o, false
}

func (c *call) stamp() string { return c.p.now.UTC().Format("2006/01/02 15:04:05") }

// entrypointSays is what the image's start script writes to the log.
func (c *call) entrypointSays() {
	const dir, ten = "/docker-entrypoint.d/", "10-listen-on-ipv6-by-default.sh"
	c.emit(1, "/docker-entrypoint.sh: "+dir+" is not empty, will attempt to perform configuration\n/docker-entrypoint.sh: Looking for shell scripts in "+dir+"\n/docker-entrypoint.sh: Launching "+dir+ten+"\n")
	const file = "/etc/nginx/conf.d/default.conf"
	at := c.locate(file)
	n, err := c.stat(file)
	switch own := c.p.image.rootfs[file[1:]]; {
	case err != nil:
		c.emit(1, ten+": info: "+file+" is not a file or does not exist\n")
	case at.readOnly || c.who.ID != 0 && c.who.ID != n.Owner:
		c.emit(1, ten+": info: can not modify "+file+" (read-only file system?)\n")
	case n.Data != own.Data:
		c.emit(1, ten+": info: Getting the checksum of "+file+"\n"+ten+": info: "+file+" differs from the packaged version\n")
	default:
		c.emit(1, ten+": info: Getting the checksum of "+file+"\n"+ten+": info: Enabled listen on IPv6 in "+file+"\n")
	}
	c.emit(1, "/docker-entrypoint.sh: Sourcing "+dir+"15-local-resolvers.envsh\n/docker-entrypoint.sh: Launching "+dir+"20-envsubst-on-templates.sh\n/docker-entrypoint.sh: Launching "+dir+"30-tune-worker-processes.sh\n/docker-entrypoint.sh: Configuration complete; ready for start up\n")
}

// nginxLast is the last release of each branch of nginx that has ended, which
// is what the tag of the branch stands for.
var nginxLast = map[string]string{"1.14": "1.14.2", "1.16": "1.16.1", "1.17": "1.17.10", "1.18": "1.18.0", "1.19": "1.19.10", "1.20": "1.20.2",
	"1.21": "1.21.6", "1.22": "1.22.1", "1.23": "1.23.4", "1.24": "1.24.0", "1.25": "1.25.5", "1.26": "1.26.3", "1.27": "1.27.5", "1.28": "1.28.0"}

// nginxVersion is the release that the tag names, or one like it.
func (p *Process) nginxVersion() string {
	version, _, _ := strings.Cut(tagOf(p.spec.Image), "-")
	if last, ok := nginxLast[version]; ok {
		return last
	}
	if strings.Count(version, ".") != 2 || strings.Trim(version, "0123456789.") != "" {
		p.cut = p.cut || p.spec.Child
		return "1.29.3"
	}
	return version
}

// nginxSays is nginx -v, -t and -T.
func (c *call) nginxSays() outcome {
	if c.args[1] == "-v" {
		c.complain("nginx version: nginx/%s", c.p.nginxVersion())
		return done(0)
	}
	_, err := loadSite(c.p.image, c.view)
	var refused *nginxError
	switch {
	case errors.As(err, &refused):
		c.complain("%v", refused)
		c.complain("nginx: configuration file /etc/nginx/nginx.conf test failed")
		return done(1)
	case err != nil:
		c.p.unknown(err.Error())
		return done(0)
	}
	c.complain("nginx: the configuration file /etc/nginx/nginx.conf syntax is ok")
	c.complain("nginx: configuration file /etc/nginx/nginx.conf test is successful")
	if c.args[1] == "-T" {
		for _, file := range []string{"/etc/nginx/nginx.conf", "/etc/nginx/conf.d/default.conf"} {
			if text, err := c.view.read(file); err == nil {
				c.out("# configuration file " + file + ":\n" + text + "\n")
			}
		}
		c.p.cut = true
	}
	return done(0)
}
