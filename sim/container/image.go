package container

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Signal is a Unix signal by its number.
type Signal int

// The signals that a kubelet and images use.
const (
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
	User       int64 // that runs in it, 0 for root
	Bytes      int64 // about; shown in the event Pulled

	flavour flavour
	shell   string // what `sh` is
	server  *server
	repl    string // interpreter that ends at once without input
	rootfs  map[string]Node
}

// Ports are the TCP ports that the image's own program listens on.
func (im Image) Ports() []int32 {
	if im.server == nil {
		return nil
	}
	return slices.Clone(im.server.ports)
}

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func dirs(opaque string, known string) map[string]Node {
	m := map[string]Node{".": {Dir: true, Mode: 0o755}}
	for d := range strings.FieldsSeq(opaque) {
		m[d] = Node{Dir: true, Mode: 0o755, Opaque: true}
	}
	for d := range strings.FieldsSeq(known) {
		mode := uint32(0o755)
		if d == "tmp" {
			mode = 0o777
		}
		m[d] = Node{Dir: true, Mode: mode}
	}
	return m
}

func withFiles(m map[string]Node, opaqueFiles ...string) map[string]Node {
	for _, f := range opaqueFiles {
		m[f] = Node{Mode: 0o644, Opaque: true}
	}
	return m
}

func busyboxRoot() map[string]Node {
	return dirs("bin dev etc home lib lib64 proc root sys usr var", "tmp")
}

func debianRoot(more ...string) map[string]Node {
	m := dirs("bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys usr var", "tmp")
	return withFiles(m, more...)
}

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

func httpdRoot() map[string]Node {
	m := debianRoot()
	m["usr/local/apache2/htdocs/index.html"] = Node{Mode: 0o644, Data: "<html><body><h1>It works!</h1></body></html>\n"}
	for _, d := range []string{"usr/local", "usr/local/apache2"} {
		m[d] = Node{Dir: true, Mode: 0o755, Opaque: true}
	}
	m["usr/local/apache2/htdocs"] = Node{Dir: true, Mode: 0o755}
	return m
}

func nginxRoot() map[string]Node {
	m := debianRoot("docker-entrypoint.sh", "usr/share/nginx/html/50x.html")
	m["usr/share/nginx/html/index.html"] = Node{Mode: 0o644, Data: nginxIndex}
	for _, d := range []string{"usr/share", "usr/share/nginx", "docker-entrypoint.d"} {
		m[d] = Node{Dir: true, Mode: 0o755, Opaque: true}
	}
	m["usr/share/nginx/html"] = Node{Dir: true, Mode: 0o755}
	return m
}

// absent lists programs that images made from Debian without more packages do
// not have, though learners look for them.
const absent = " ps top ping vi vim nano less ip ifconfig netstat ss nslookup dig nc telnet wget tcpdump "

// catalogue is what is known for sure of images that notes use. A program that
// needs more than is written here does not belong in it.
func catalogue() []Image {
	ends := []Signal{SIGTERM, SIGINT}
	return []Image{
		{Name: "busybox", Cmd: []string{"sh"}, Bytes: 2_156_519, flavour: busybox, shell: "ash", rootfs: busyboxRoot()},
		{Name: "alpine", Cmd: []string{"/bin/sh"}, Bytes: 3_653_068, flavour: busybox, shell: "ash",
			rootfs: dirs("bin dev etc home lib media mnt opt proc root run sbin srv sys usr var", "tmp")},
		{Name: "ubuntu", Cmd: []string{"/bin/bash"}, Bytes: 29_727_061, flavour: gnu, shell: "dash", rootfs: debianRoot()},
		{Name: "debian", Cmd: []string{"bash"}, Bytes: 48_500_000, flavour: gnu, shell: "dash", rootfs: debianRoot()},
		{Name: "nginx", Entrypoint: []string{"/docker-entrypoint.sh"}, Cmd: []string{"nginx", "-g", "daemon off;"},
			StopSignal: SIGQUIT, Bytes: 72_950_530, flavour: gnu, shell: "dash", rootfs: nginxRoot(),
			server: &server{program: "nginx", ports: []int32{80}, http: true, root: "/usr/share/nginx/html", stopsOn: []Signal{SIGQUIT, SIGTERM, SIGINT}}},
		{Name: "httpd", Cmd: []string{"httpd-foreground"}, StopSignal: SIGWINCH, Bytes: 58_600_000, flavour: gnu, shell: "dash", rootfs: httpdRoot(),
			server: &server{program: "httpd-foreground", ports: []int32{80}, http: true, root: "/usr/local/apache2/htdocs", stopsOn: []Signal{SIGWINCH, SIGTERM, SIGINT}}},
		{Name: "redis", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"redis-server"}, Bytes: 45_600_000, flavour: gnu, shell: "dash", rootfs: debianRoot(),
			server: &server{program: "redis-server", ports: []int32{6379}, stopsOn: ends}},
		{Name: "mysql", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"mysqld"}, Bytes: 230_000_000, flavour: gnu, shell: "bash", rootfs: debianRoot(),
			server: &server{program: "mysqld", ports: []int32{3306, 33060}, stopsOn: ends, needsEnv: []string{"MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"}}},
		{Name: "postgres", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"postgres"}, StopSignal: SIGINT, Bytes: 160_000_000, flavour: gnu, shell: "dash", rootfs: debianRoot(),
			server: &server{program: "postgres", ports: []int32{5432}, stopsOn: ends, needsEnv: []string{"POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD"}}},
		{Name: "python", Cmd: []string{"python3"}, Bytes: 370_000_000, flavour: gnu, shell: "dash", repl: "python3", rootfs: debianRoot()},
		{Name: "node", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"node"}, Bytes: 390_000_000, flavour: gnu, shell: "dash", repl: "node", rootfs: debianRoot()},
		{Name: "perl", Cmd: []string{"perl5", "-de0"}, Bytes: 336_374_010, flavour: gnu, shell: "dash", rootfs: debianRoot()},
		{Name: "polinux/stress", Cmd: []string{"/bin/sh"}, Bytes: 4_041_495, flavour: busybox, shell: "ash",
			rootfs: dirs("bin dev etc home lib media mnt opt proc root run sbin srv sys usr var", "tmp")},
		{Name: "curlimages/curl", Entrypoint: []string{"/entrypoint.sh"}, Cmd: []string{"curl"}, User: 100, Bytes: 9_400_000, flavour: busybox, shell: "ash",
			rootfs: withFiles(dirs("bin dev etc home lib media mnt opt proc root run sbin srv sys usr var", "tmp"), "entrypoint.sh")},
		{Name: "memcached", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"memcached"}, User: 11211, Bytes: 30_000_000, flavour: gnu, shell: "dash", rootfs: debianRoot(),
			server: &server{program: "memcached", ports: []int32{11211}, stopsOn: ends}},
		{Name: "pause", Entrypoint: []string{"/pause"}, Bytes: 320_368, flavour: bare, rootfs: withFiles(dirs("", ""), "pause"),
			server: &server{program: "pause", stopsOn: ends}},
	}
}

// images is the catalogue, made once: nothing in it is ever changed.
var images = sync.OnceValue(catalogue)

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
	for _, im := range images() {
		if im.Name == name {
			if im.StopSignal == 0 {
				im.StopSignal = SIGTERM
			}
			im.Env = append([]string{defaultPath}, im.Env...)
			return im, true
		}
	}
	return Image{}, false
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

// applets are the commands of busybox 1.36 as the official image builds it.
const applets = ` [ [[ acpid adduser addgroup adjtimex ar arch arp arping ascii ash awk base32 base64 basename bc beep blkdiscard blkid blockdev bootchartd
brctl bunzip2 bzcat bzip2 cal cat chat chattr chgrp chmod chown chpasswd chpst chroot chrt chvt cksum clear cmp comm conspy cp cpio crc32
crond crontab cryptpw cttyhack cut date dc dd deallocvt delgroup deluser depmod devmem df dhcprelay diff dirname dmesg dnsd dnsdomainname
dos2unix dpkg dpkg-deb du dumpkmap dumpleases echo ed egrep eject env envdir envuidgid ether-wake expand expr factor fakeidentd fallocate
false fatattr fbset fbsplash fdflush fdformat fdisk fgconsole fgrep find findfs flock fold free freeramdisk fsck fsck.minix fsfreeze fstrim
fsync ftpd ftpget ftpput fuser getfattr getopt getty grep groups gunzip gzip halt hd hdparm head hexdump hexedit hostid hostname httpd hush
hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown ifenslave ifplugd ifup inetd init insmod install ionice iostat ip
ipaddr ipcalc ipcrm ipcs iplink ipneigh iproute iprule iptunnel kbd_mode kill killall killall5 klogd last less link linux32 linux64 linuxrc
ln loadfont loadkmap logger login logname logread losetup lpd lpq lpr ls lsattr lsmod lsof lspci lsscsi lsusb lzcat lzma lzop makedevs
makemime man md5sum mdev mesg microcom mim mkdir mkdosfs mke2fs mkfifo mkfs.ext2 mkfs.minix mkfs.vfat mknod mkpasswd mkswap mktemp modinfo
modprobe more mount mountpoint mpstat mt mv nameif nanddump nandwrite nbd-client nc netstat nice nl nmeter nohup nologin nproc nsenter
nslookup ntpd od openvt partprobe passwd paste patch pgrep pidof ping ping6 pipe_progress pivot_root pkill pmap popmaildir poweroff
powertop printenv printf ps pscan pstree pwd pwdx raidautorun rdate rdev readahead readlink readprofile realpath reboot reformime
remove-shell renice reset resize resume rev rm rmdir rmmod route rpm rpm2cpio rtcwake run-init run-parts runlevel runsv runsvdir rx script
scriptreplay sed seedrng sendmail seq setarch setconsole setfattr setfont setkeycodes setlogcons setpriv setserial setsid setuidgid sh
sha1sum sha256sum sha3sum sha512sum showkey shred shuf slattach sleep smemcap softlimit sort split ssl_client start-stop-daemon stat
strings stty su sulogin sum sv svc svlogd svok swapoff swapon switch_root sync sysctl syslogd tac tail tar taskset tc tcpsvd tee telnet
telnetd test tftp tftpd time timeout top touch tr traceroute traceroute6 tree true truncate ts tsort tty ttysize tunctl ubiattach
ubidetach ubimkvol ubirename ubirmvol ubirsvol ubiupdatevol udhcpc udhcpc6 udhcpd udpsvd uevent umount uname unexpand uniq unix2dos
unlink unlzma unshare unxz unzip uptime users usleep uudecode uuencode vconfig vi vlock volname w wall watch watchdog wc wget which who
whoami whois xargs xxd xz xzcat yes zcat zcip `

// surelyMissing tells whether an image has no executable called name, as far
// as that can be known: busybox has its applets and nothing else; no image
// has one with white space in its name.
func (im Image) surelyMissing(name string) bool {
	if strings.ContainsAny(name, " \t\n") {
		return true
	}
	switch {
	case strings.Contains(name, "/"):
		return false // decided by the file tree
	case im.Name == "busybox":
		return !strings.Contains(applets, " "+name+" ") && !strings.Contains(applets, "\n"+name+" ") && !strings.Contains(applets, " "+name+"\n")
	case im.flavour == bare:
		return true
	case im.Name == "alpine":
		return name == "bash" || name == "curl"
	case im.Name == "ubuntu":
		return name == "curl" || name == "wget" || name == "ping"
	case im.Name == "debian":
		return name == "curl" || strings.Contains(absent, " "+name+" ")
	case im.Name == "nginx":
		return strings.Contains(absent, " "+name+" ")
	}
	return false
}

// HTTPGet is how a web server that runs in the process answers a GET of a path,
// given the files that it sees; redirects are followed. why is set if that is
// not known; the body of an error page never is.
func (p *Process) HTTPGet(disk Disk, path string) (status int, body, why string) {
	s := p.listener()
	if s == nil || !s.http {
		return 0, "", "the protocol of " + p.image.Name
	}
	return s.get(p.image, view{disk: disk, mounts: p.spec.Mounts}, path)
}

func (s *server) get(im Image, v view, path string) (status int, body, why string) {
	path, _, _ = strings.Cut(path, "?")
	if strings.ContainsAny(path, "%#") || strings.Contains(path, "/.") {
		return 0, "", "a path of this form"
	}
	n, err := v.stat(s.root + path)
	if err == nil && n.Dir {
		path = strings.TrimSuffix(path, "/") + "/index.html"
		if n, err = v.stat(s.root + path); err == errMissing {
			if s.program == "httpd" {
				return 404, "", ""
			}
			if im.Name != "nginx" {
				return 0, "", "a directory of " + im.Name
			}
			return 403, "", ""
		}
	}
	switch {
	case err == nil && n.Opaque:
		return 0, "", "files that are not reproduced"
	case err == nil:
		return 200, n.Data, ""
	case err == errMissing || err == errNotDir:
		return 404, "", ""
	}
	return 0, "", "files that are not reproduced"
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
	if im.server == nil {
		return ""
	}
	for dir := range strings.FieldsSeq("/etc/nginx /docker-entrypoint.d /docker-entrypoint-initdb.d /docker-entrypoint.sh /usr/local/apache2/conf /usr/local/apache2/bin /etc/mysql /usr/local/etc /etc/redis /etc/postgresql") {
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
