package container

import (
	"regexp"
	"slices"
	"strings"
)

// A Signal is a Unix signal by its number.
type Signal int

// The signals that a kubelet and images use.
const (
	SIGHUP   Signal = 1
	SIGINT   Signal = 2
	SIGQUIT  Signal = 3
	SIGKILL  Signal = 9
	SIGTERM  Signal = 15
	SIGWINCH Signal = 28
)

// A flavour says whose programs an image holds: their error texts differ.
type flavour int

const (
	busybox flavour = iota // ash and applets
	gnu                    // dash or bash and coreutils
	bare                   // one program and no shell
)

// A server is what is known of a program that waits for connections.
type server struct {
	program   string   // base name of its executable
	ports     []int32  // TCP
	http      bool     // answers HTTP 200 on "/" and 404 on a path of which it has no file
	root      string   // directory that http serves
	stopsOn   []Signal // ends at once with exit code 0
	needsEnv  []string // one of these must be set, or it ends at once with exit code 1
	needsText string   // what it then says; "" if not reproduced
}

// An Image is what is known of a published image, whatever its tag.
type Image struct {
	Name       string // repository without registry: "nginx"
	Entrypoint []string
	Cmd        []string
	Env        []string // KEY=value
	StopSignal Signal
	User       int64  // that runs in it, 0 for root
	Bytes      int64  // about; shown in the event Pulled
	Dir        string // working directory, "" for the root

	flavour flavour
	shell   string // what `sh` is
	server  *server
	repl    string // interpreter that ends at once without input
	trees   string // files in rootfs that make its file tree, later ones over earlier ones
	has     string // its programs beside those of its base, see programsOf

	rootfs   map[string]Node
	programs map[string]bool // all that lies in its PATH; nil if that is not known
}

// Ports are the TCP ports that the image's own program listens on.
func (im Image) Ports() []int32 {
	if im.server == nil {
		return nil
	}
	return slices.Clone(im.server.ports)
}

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// nginxIndex is the page that nginx serves before anybody puts another there
// (from nginx, BSD-2-Clause).
const nginxIndex = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`

// catalogue is what is known for sure of images that notes use. A program that
// needs more than is written here does not belong in it.
func catalogue() []Image {
	ends := []Signal{SIGTERM, SIGINT}
	return []Image{
		{Name: "busybox", Cmd: []string{"sh"}, Bytes: 2_156_519, flavour: busybox, shell: "ash", trees: "busybox", has: "applets"},
		{Name: "alpine", Cmd: []string{"/bin/sh"}, Bytes: 3_653_068, flavour: busybox, shell: "ash", trees: "alpine", has: "alpine"},
		{Name: "ubuntu", Cmd: []string{"/bin/bash"}, Bytes: 29_727_061, flavour: gnu, shell: "dash", trees: "debian ubuntu", has: "debian procps"},
		{Name: "debian", Cmd: []string{"bash"}, Bytes: 48_500_000, flavour: gnu, shell: "dash", trees: "debian", has: "debian"},
		{Name: "nginx", Entrypoint: []string{"/docker-entrypoint.sh"}, Cmd: []string{"nginx", "-g", "daemon off;"},
			StopSignal: SIGQUIT, Bytes: 72_950_530, flavour: gnu, shell: "dash", trees: "debian nginx", has: "debian curl nginx envsubst openssl",
			server: &server{program: "nginx", ports: []int32{80}, http: true, root: "/usr/share/nginx/html", stopsOn: []Signal{SIGQUIT, SIGTERM, SIGINT}}},
		{Name: "httpd", Dir: "/usr/local/apache2", Cmd: []string{"httpd-foreground"}, StopSignal: SIGWINCH, Bytes: 58_600_000, flavour: gnu, shell: "dash", trees: "debian httpd", has: "debian httpd httpd-foreground apachectl ab htpasswd openssl perl",
			server: &server{program: "httpd-foreground", ports: []int32{80}, http: true, root: "/usr/local/apache2/htdocs", stopsOn: []Signal{SIGWINCH, SIGTERM, SIGINT}}},
		{Name: "redis", Dir: "/data", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"redis-server"}, Bytes: 45_600_000, flavour: gnu, shell: "dash", trees: "debian redis", has: "debian redis-server redis-cli redis-benchmark redis-sentinel docker-entrypoint.sh gosu",
			server: &server{program: "redis-server", ports: []int32{6379}, stopsOn: ends}},
		{Name: "mysql", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"mysqld"}, Bytes: 230_000_000, flavour: gnu, shell: "bash", trees: "debian oracle", has: "oracle mysqld mysql mysqladmin mysqldump mysqlsh docker-entrypoint.sh gosu",
			server: &server{program: "mysqld", ports: []int32{3306, 33060}, stopsOn: ends, needsEnv: []string{"MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"}}},
		{Name: "postgres", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"postgres"}, StopSignal: SIGINT, Bytes: 160_000_000, flavour: gnu, shell: "dash", trees: "debian postgres", has: "debian postgres psql pg_isready pg_dump pg_dumpall pg_restore createdb createuser dropdb initdb pg_ctl docker-entrypoint.sh gosu less",
			server: &server{program: "postgres", ports: []int32{5432}, stopsOn: ends, needsEnv: []string{"POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD"}}},
		{Name: "python", Cmd: []string{"python3"}, Bytes: 370_000_000, flavour: gnu, shell: "dash", repl: "python3", trees: "debian", has: "debian buildpack python python3 pip pip3"},
		{Name: "node", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"node"}, Bytes: 390_000_000, flavour: gnu, shell: "dash", repl: "node", trees: "debian node", has: "debian buildpack node nodejs npm npx yarn docker-entrypoint.sh python3"},
		{Name: "perl", Cmd: []string{"perl5", "-de0"}, Bytes: 336_374_010, flavour: gnu, shell: "dash", trees: "debian", has: "debian buildpack perl5 cpan cpanm"},
		{Name: "polinux/stress", Cmd: []string{"/bin/sh"}, Bytes: 4_041_495, flavour: busybox, shell: "ash", trees: "alpine", has: "alpine stress"},
		{Name: "curlimages/curl", Entrypoint: []string{"/entrypoint.sh"}, Cmd: []string{"curl"}, User: 100, Bytes: 9_400_000, flavour: busybox, shell: "ash",
			trees: "alpine curl", has: "alpine curl entrypoint.sh"},
		{Name: "memcached", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"memcached"}, User: 11211, Bytes: 30_000_000, flavour: gnu, shell: "dash", trees: "debian memcached", has: "debian memcached docker-entrypoint.sh",
			server: &server{program: "memcached", ports: []int32{11211}, stopsOn: ends}},
		{Name: "pause", Entrypoint: []string{"/pause"}, Bytes: 320_368, flavour: bare, trees: "pause", has: "",
			server: &server{program: "pause", stopsOn: ends}},
	}
}

// Lookup finds the image of a reference by its repository; ok is false for one
// that is not in the catalogue. Registries that carry the official images
// under their own names are known; any tag and any digest will do.
func Lookup(ref string) (im Image, ok bool) {
	name := repository(ref)
	for _, prefix := range []string{"docker.io/library/", "docker.io/", "index.docker.io/library/", "library/",
		"public.ecr.aws/docker/library/", "registry.k8s.io/", "k8s.gcr.io/", "gcr.io/google-containers/"} {
		if rest, cut := strings.CutPrefix(name, prefix); cut {
			if (strings.Contains(prefix, "k8s") || strings.Contains(prefix, "gcr")) && rest != "pause" && rest != "busybox" {
				return Image{}, false
			}
			name = rest
			break
		}
	}
	if name == "pause" && repository(ref) == "pause" {
		return Image{}, false // Docker Hub has no such official image
	}
	im, ok = images()[name+":"+variant(name, tagOf(ref))]
	return im, ok
}

// repository is a reference without tag and digest.
func repository(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		ref = ref[:i]
	}
	return ref
}

// The grammar of distribution's reference package: lower-case path components,
// an optional host before the first slash, an optional tag and digest.
var referenceGrammar = regexp.MustCompile(`^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?/)?` +
	`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*` +
	`(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`)

// ValidReference tells whether ref can be parsed as the name of an image.
func ValidReference(ref string) bool {
	return len(repository(ref)) <= 255 && referenceGrammar.MatchString(ref)
}

// Unreachable tells whether no registry can ever serve ref: its host lies in
// the top-level domain .invalid, which RFC 2606 keeps empty.
func Unreachable(ref string) bool {
	host, _, slash := strings.Cut(ref, "/")
	host, _, _ = strings.Cut(host, ":")
	return slash && (host == "invalid" || strings.HasSuffix(host, ".invalid"))
}

// systemDirs are where the programs of an image lie: what is mounted over them
// hides the programs.
const systemDirs = " / /bin /sbin /lib /lib64 /usr /usr/bin /usr/sbin /usr/lib /usr/local /usr/local/bin /usr/local/sbin /dev /proc /sys /etc "

// Decides tells why a volume mounted at a path changes what the image's
// program does; "" if it does not.
func (im Image) Decides(path string) string {
	if strings.Contains(systemDirs, " "+path+" ") {
		return "a volume over " + path + " of the image"
	}
	if im.server == nil || im.server.program == "nginx" && (path == "/etc/nginx" || strings.HasPrefix(path, "/etc/nginx/")) {
		return ""
	}
	for dir := range strings.FieldsSeq("/docker-entrypoint.d /docker-entrypoint-initdb.d /docker-entrypoint.sh /usr/local/apache2/conf /usr/local/apache2/bin /etc/mysql /usr/local/etc /etc/redis /etc/postgresql") {
		if path == dir || strings.HasPrefix(path, dir+"/") || strings.HasPrefix(dir, path+"/") {
			return "a configuration of the server"
		}
	}
	return ""
}

// MemoryLeast is the memory in bytes below which the image's own program may
// not live.
func (im Image) MemoryLeast() int64 {
	switch im.Name {
	case "mysql":
		return 1 << 30
	case "postgres":
		return 128 << 20
	case "httpd", "python", "node":
		return 64 << 20
	}
	return 16 << 20
}
