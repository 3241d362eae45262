package container

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func start() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// newDisk holds the writable layer of one container of image and an emptyDir.
func newDisk(image string) (World, []Mount) {
	return World{Disk: Disk{"root": Root(image), "data": NewVolume(), "config": {Nodes: map[string]Node{".": {Dir: true, Mode: 0o755}, "k": {Mode: 0o644, Data: "v"}}}}},
		[]Mount{{Path: "/", Volume: "root"}, {Path: "/data", Volume: "data"}, {Path: "/etc/cfg", Volume: "config", ReadOnly: true}}
}

func launch(t testing.TB, image string, argv ...string) (*Process, World) {
	t.Helper()
	disk, mounts := newDisk(image)
	p, err := Start(Spec{Image: image, Argv: argv, Start: start(), Mounts: mounts, Hostname: "p", Env: []string{"GREETING=hello", "EMPTY="}}, disk)
	if err != nil {
		t.Fatalf("Start(%q): %v", argv, err)
	}
	return p, disk
}

// dump writes all that can be seen of a process, with times.
func dump(p *Process) string {
	var b strings.Builder
	out, whole := p.Output()
	for _, l := range out {
		fd := 1
		if l.Stderr {
			fd = 2
		}
		fmt.Fprintf(&b, "%v %d %s\n", l.At.Sub(start()), fd, l.Text)
	}
	s := p.State()
	switch {
	case s.Unknown != "":
		fmt.Fprintf(&b, "unknown: %s\n", s.Unknown)
	case s.Exited:
		fmt.Fprintf(&b, "exit %d at %v oom=%v\n", s.ExitCode, s.Finished.Sub(start()), s.OOM)
	default:
		b.WriteString("runs\n")
	}
	if !whole {
		b.WriteString("log not whole\n")
	}
	return b.String()
}

func TestPrograms(t *testing.T) {
	for _, tt := range []struct {
		image, script, want string
		argv                []string
	}{
		{script: "echo boom; exit 1", want: "0s 1 boom\nexit 1 at 0s oom=false\n"},
		{script: "sleep 20; exit 3", want: "exit 3 at 20s oom=false\n"},
		{script: "sleep 1m", want: "exit 0 at 1m0s oom=false\n"},
		{script: "sleep 0.5; echo a", want: "500ms 1 a\nexit 0 at 500ms oom=false\n"},
		{script: "sleep 3600", want: "runs\n"},
		{script: "sleep infinity", want: "runs\n"},
		{script: "while :; do sleep 0.0001; done", want: "unknown: a program that never rests\n"},
		{script: "while true; do :; done", want: "runs\n"},
		{script: "(while true; do :; done) & sleep 2; echo on", want: "2s 1 on\nexit 0 at 2s oom=false\n"},
		{script: "sh -c 'kill -9 $$'; echo $?; sleep 9 & kill $!; wait $!; echo $?", want: "0s 1 137\n0s 1 143\nexit 0 at 0s oom=false\n"},
		{script: "kill -9 $$; echo safe", want: "0s 1 safe\nexit 0 at 0s oom=false\n"},
		{script: "timeout 2 sleep 9; echo $?; timeout 9 sleep 1; echo $?", want: "2s 1 143\n3s 1 0\nexit 0 at 3s oom=false\n"},
		{script: "echo a.b.c | sed 's/\\./-/g; s/b/[&]/'; seq 5 | sed -n '2,3p;$p'; seq 4 | sed '/2/d;3q'", want: "0s 1 a-[b]-c\n0s 1 2\n0s 1 3\n0s 1 5\n0s 1 1\n0s 1 3\nexit 0 at 0s oom=false\n"},
		{script: "echo x > /data/f; sed -i 's/x/y/' /data/f; cat /data/f; echo 'a  b' | awk '{print $2, NF \"/\" NR}'", want: "0s 1 y\n0s 1 b 2/1\nexit 0 at 0s oom=false\n"},
		{script: "echo aGk= | base64 -d; echo; echo 'a b' | xargs echo c; printf 'a1\nb2\n' | grep -n '[0-9]$'", want: "0s 1 hi\n0s 1 c a b\n0s 1 1:a1\n0s 1 2:b2\nexit 0 at 0s oom=false\n"},
		{script: "id; id -u; whoami", want: "0s 1 uid=0(root) gid=0(root) groups=0(root),10(wheel)\n0s 1 0\n0s 1 root\nexit 0 at 0s oom=false\n"},
		{script: "httpd -p 8080 -h /data; echo up; httpd -f", want: "0s 1 up\n0s 2 httpd: bind: Address in use\nexit 1 at 0s oom=false\n"},
		{script: "wc /etc/cfg/k; ls -R /data; ls / | grep -c data", want: "0s 1         0         1         1 /etc/cfg/k\n0s 1 /data:\n0s 1 1\nexit 0 at 0s oom=false\n"},
		{script: "while true; do echo x; done | head -2; expr 6 '*' 7", want: "0s 1 x\n0s 1 x\n0s 1 42\nexit 0 at 0s oom=false\n"},
		{script: "(sleep 2; echo a >> /data/f; sleep 2; echo b >> /data/f) & tail -n+1 -F /data/f & /bin/sleep 6; exit", want: "0s 2 tail: can't open '/data/f': No such file or directory\n3s 1 a\n5s 1 b\nexit 0 at 6s oom=false\n"},
		{script: "tail -f /data/none", want: "0s 2 tail: can't open '/data/none': No such file or directory\n0s 2 tail: no files\nexit 1 at 0s oom=false\n"},
		{image: "perl", argv: []string{"perl", "-Mbignum=bpi", "-wle", "print bpi(40)"}, want: "100ms 1 3.141592653589793238462643383279502884197\nexit 0 at 100ms oom=false\n"},
		{script: "nosuchcmd", want: "0s 2 sh: nosuchcmd: not found\nexit 127 at 0s oom=false\n"},
		{script: "true && echo yes || echo no; false && echo yes || echo no", want: "0s 1 yes\n0s 1 no\nexit 0 at 0s oom=false\n"},
		{script: "if false; then echo a; elif true; then echo b; else echo c; fi", want: "0s 1 b\nexit 0 at 0s oom=false\n"},
		{script: "i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); sleep 1; done", want: "0s 1 0\n1s 1 1\n2s 1 2\nexit 0 at 3s oom=false\n"},
		{script: "for x in a 'b c' $GREETING; do echo \"<$x>\"; done", want: "0s 1 <a>\n0s 1 <b c>\n0s 1 <hello>\nexit 0 at 0s oom=false\n"},
		{script: "until [ -f /data/x ]; do sleep 2; touch /data/x; done; echo ok", want: "2s 1 ok\nexit 0 at 2s oom=false\n"},
		{script: "x=$(echo one; echo two); echo \"$x\"; echo $x", want: "0s 1 one\n0s 1 two\n0s 1 one two\nexit 0 at 0s oom=false\n"},
		{script: "x=$(sleep 2; echo late); echo $x", want: "2s 1 late\nexit 0 at 2s oom=false\n"},
		{script: "x=$(exit 4); echo $?", want: "0s 1 4\nexit 0 at 0s oom=false\n"},
		{script: "(echo a; sleep 5; echo b) | cat", want: "0s 1 a\n5s 1 b\nexit 0 at 5s oom=false\n"},
		{script: "echo b; (sleep 1; exit 7); echo $?", want: "0s 1 b\n1s 1 7\nexit 0 at 1s oom=false\n"},
		{script: "sleep 5 & wait; echo done", want: "5s 1 done\nexit 0 at 5s oom=false\n"},
		{script: "(sleep 2; exit 3) & wait $!; echo $?", want: "2s 1 3\nexit 0 at 2s oom=false\n"},
		{script: "f() { local v=in; echo $1 $v; return 2; }; v=out; f x; echo $? $v", want: "0s 1 x in\n0s 1 2 out\nexit 0 at 0s oom=false\n"},
		{script: "case nginx:1.27 in redis*) echo r;; nginx:*) echo n;; esac", want: "0s 1 n\nexit 0 at 0s oom=false\n"},
		{script: "echo ${X:-unset} ${GREETING#he} ${GREETING%l*} ${#GREETING} ${EMPTY:-e} ${EMPTY-f}.", want: "0s 1 unset llo hel 5 e .\nexit 0 at 0s oom=false\n"},
		{script: "echo run >> /data/log; echo run >> /data/log; wc -l < /data/log; cat /data/log", want: "0s 1 2\n0s 1 run\n0s 1 run\nexit 0 at 0s oom=false\n"},
		{script: "cat /tmp/nope", want: "0s 2 cat: can't open '/tmp/nope': No such file or directory\nexit 1 at 0s oom=false\n"},
		{script: "ls /etc/cfg | wc -l; cat /etc/cfg/k", want: "0s 1 1\n0s 1 v\nexit 0 at 0s oom=false\n"},
		{script: "echo x > /etc/cfg/k", want: "0s 2 sh: can't create /etc/cfg/k: Read-only file system\nexit 1 at 0s oom=false\n"},
		{script: "set -e; false; echo not", want: "exit 1 at 0s oom=false\n"},
		{script: "set -e; if false; then :; fi; false || true; ! true; echo here", want: "0s 1 here\nexit 0 at 0s oom=false\n"},
		{script: "set -u; echo $NOPE; echo not", want: "0s 2 sh: NOPE: parameter not set\nexit 2 at 0s oom=false\n"},
		{script: "trap 'echo bye' EXIT; echo hi", want: "0s 1 hi\n0s 1 bye\nexit 0 at 0s oom=false\n"},
		{script: "printf '%s-%03d\\n' a 7 b 8", want: "0s 1 a-007\n0s 1 b-008\nexit 0 at 0s oom=false\n"},
		{script: "while read a b; do echo $b $a; done <<E\n1 2 3\n4 5\nE", want: "0s 1 2 3 1\n0s 1 5 4\nexit 0 at 0s oom=false\n"},
		{script: "printf 'x y\\nz' | while read l; do echo \"[$l]\"; done", want: "0s 1 [x y]\nexit 0 at 0s oom=false\n"},
		{script: "echo to-err >&2; echo gone > /dev/null 2>&1; exec >/data/o; echo in; cat /data/o >&2", want: "0s 2 to-err\n0s 2 in\nexit 0 at 0s oom=false\n"},
		{script: "A=1 sh -c 'echo $A $0 $1' z y; echo .$A", want: "0s 1 1 z y\n0s 1 .\nexit 0 at 0s oom=false\n"},
		{script: "for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; [ $i = 3 ] && break; echo $i; done; echo end", want: "0s 1 1\n0s 1 end\nexit 0 at 0s oom=false\n"},
		{script: "touch /tmp/a.t /tmp/b.t; cd /tmp; echo *.t '*.t' /tmp/?.t *.no", want: "0s 1 a.t b.t *.t /tmp/a.t /tmp/b.t *.no\nexit 0 at 0s oom=false\n"},
		{script: "echo b a | tr ' ' '\\n' | sort | head -n 1", want: "0s 1 a\nexit 0 at 0s oom=false\n"},
		{script: "date +%H:%M:%S; sleep 65; date", want: "0s 1 00:00:00\n1m5s 1 Thu Jan  1 00:01:05 UTC 2026\nexit 0 at 1m5s oom=false\n"},
		{script: "echo $$ $HOSTNAME; hostname", want: "0s 1 1 p\n0s 1 p\nexit 0 at 0s oom=false\n"},
		{script: "printf half; sleep 9", want: "9s 1 half\nexit 0 at 9s oom=false\n"},
		{script: "trap 'echo got; exit 3' TERM; sleep 2; kill 1; sleep 100", want: "2s 1 got\nexit 3 at 2s oom=false\n"},
		{script: "kill -9 $$; echo still", want: "0s 1 still\nexit 0 at 0s oom=false\n"},
		{script: "echo '#!/bin/sh' > /tmp/s; echo 'echo ran $1' >> /tmp/s; /tmp/s; echo $?; chmod +x /tmp/s; /tmp/s x", want: "0s 2 sh: /tmp/s: Permission denied\n0s 1 126\n0s 1 ran x\nexit 0 at 0s oom=false\n"},
		{script: "dd if=/dev/zero of=/data/f bs=1M count=2 2>/dev/null; ls /data", want: "0s 1 f\nexit 0 at 0s oom=false\nlog not whole\n"},
		{image: "nginx:1.27.3", argv: []string{"nginx", "-v"}, want: "0s 2 nginx version: nginx/1.27.3\nexit 0 at 0s oom=false\n"},
		{argv: []string{"/bin/echo", "hello"}, want: "0s 1 hello\nexit 0 at 0s oom=false\n"},
		{argv: []string{"false"}, want: "exit 1 at 0s oom=false\n"},
		{argv: []string{"sleep", "5"}, want: "exit 0 at 5s oom=false\n"},
		{argv: []string{"printenv", "GREETING"}, want: "0s 1 hello\nexit 0 at 0s oom=false\n"},
		{argv: nil, want: "exit 0 at 0s oom=false\n"}, // sh reads an empty input
		{image: "ubuntu:24.04", script: "nosuchcmd; :", want: "0s 2 sh: 1: nosuchcmd: not found\nexit 0 at 0s oom=false\n"},
		{image: "debian:12", script: "cat /tmp/nope", want: "0s 2 cat: /tmp/nope: No such file or directory\nexit 1 at 0s oom=false\n"},
		{image: "python:3.12", want: "exit 0 at 0s oom=false\n"},
		{image: "mysql:8", want: "exit 1 at 0s oom=false\nlog not whole\n"},
		{image: "example.com/own/app:1", want: "unknown: image example.com/own/app:1\n"},
	} {
		if tt.image == "" {
			tt.image = "busybox:1.36"
		}
		argv := tt.argv
		if tt.script != "" {
			argv = []string{"sh", "-c", tt.script}
		}
		p, disk := launch(t, tt.image, argv...)
		p.Run(start().Add(2*time.Minute), disk)
		if got := dump(p); got != tt.want {
			t.Errorf("%s %q:\n%swant:\n%s", tt.image, argv, got, tt.want)
		}
	}
}

// What is not reproduced must say so: a guess would become a wrong card.
func TestUnknown(t *testing.T) {
	for script, want := range map[string]string{
		"wget -qO- http://web":                  "program wget",
		"vi /etc/passwd":                        "program vi, which needs a terminal",
		"cat /etc/localtime":                    "the file /etc/localtime",
		"ls /dev":                               "the file /dev",
		"echo $LINENO":                          "the parameter $LINENO",
		"cat <(echo x)":                         "process substitution of ash",
		"i=0; while true; do i=$((i+1)); done":  "computes for long",
		"f() { f; }; f":                         "200 open constructs",
		"x=x; while true; do x=$x$x; done":      "a variable over 64 KiB",
		"f() { f | f & }; f; tail -f /dev/null": "64 shells",
		"printf '%99999s' x":                    "printf with %99999",
		"seq 1 100000000":                       "option over so many numbers",
		"while true; do echo xxxxxx; done|cat":  "",
		"cat /proc/self/environ":                "the file /proc/self/environ",
		"echo x > /dev/sda":                     "",
		"mpstat":                                "program mpstat",
	} {
		p, disk := launch(t, "busybox", "sh", "-c", script)
		p.Run(start().Add(time.Minute), disk)
		if got := p.State().Unknown; !strings.Contains(got, want) || got == "" && want != "" {
			t.Errorf("%q: unknown %q, want %q", script, got, want)
		}
	}
}

func TestStartErrors(t *testing.T) {
	for _, tt := range []struct {
		argv []string
		want string
	}{
		{[]string{"/no/such/binary"}, "stat /no/such/binary: no such file or directory"},
		{[]string{"echo hi"}, "executable file not found in $PATH"},
		{[]string{"curl"}, "executable file not found in $PATH"},
		{[]string{"/tmp"}, "is a directory"},
	} {
		disk, mounts := newDisk("busybox")
		_, err := Start(Spec{Image: "busybox", Argv: tt.argv, Start: start(), Mounts: mounts}, disk)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Start(%q) = %v, want %q", tt.argv, err, tt.want)
		}
	}
}

func TestSignals(t *testing.T) {
	for _, tt := range []struct {
		name, image string
		argv        []string
		signals     []Signal // one every 10 s
		want        string
	}{
		{"process 1 ignores TERM", "busybox", []string{"sh", "-c", "sleep 3600"}, []Signal{SIGTERM}, "runs\n"},
		{"sleep ignores TERM", "busybox", []string{"sleep", "3600"}, []Signal{SIGTERM, SIGKILL}, "exit 137 at 20s oom=false\n"},
		{"trap", "busybox", []string{"sh", "-c", "trap 'echo t; exit 0' TERM; while true; do sleep 100; done"}, []Signal{SIGTERM}, "10s 1 t\nexit 0 at 10s oom=false\n"},
		{"trap that goes on", "busybox", []string{"sh", "-c", "trap 'echo t' TERM; sleep 30; echo next"}, []Signal{SIGTERM}, "10s 1 t\n10s 1 next\nexit 0 at 10s oom=false\n"},
		{"dash waits for its child", "debian", []string{"sh", "-c", "trap 'exit 4' TERM; sleep 30"}, []Signal{SIGTERM}, "exit 4 at 30s oom=false\n"},
		{"wait is left at once", "debian", []string{"sh", "-c", "trap 'exit 5' TERM; sleep 30 & wait"}, []Signal{SIGTERM}, "exit 5 at 10s oom=false\n"},
		{"nginx", "nginx", nil, []Signal{SIGQUIT}, "exit 0 at 10s oom=false\n"},
		{"nginx by exec", "nginx", []string{"sh", "-c", "exec nginx -g 'daemon off;'"}, []Signal{SIGTERM}, "exit 0 at 10s oom=false\n"},
		{"nginx under a shell", "nginx", []string{"sh", "-c", "nginx -g 'daemon off;'; echo x"}, []Signal{SIGTERM}, "unknown: signal 15 to a server under a shell\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, disk := launch(t, tt.image, tt.argv...)
			for i, s := range tt.signals {
				p.Signal(start().Add(time.Duration(i+1)*10*time.Second), s, disk)
			}
			p.Run(start().Add(time.Minute), disk)
			if got := dump(p); got != tt.want && !(tt.image == "nginx" && strings.HasSuffix(got, tt.want)) { // its log stands before
				t.Errorf("got:\n%swant:\n%s", got, tt.want)
			}
		})
	}
}

func TestPortTaken(t *testing.T) {
	w, mounts := newDisk("nginx")
	p, err := Start(Spec{Image: "nginx", Start: start(), Mounts: mounts, Taken: []int32{80}}, w)
	if err != nil {
		t.Fatal(err)
	}
	p.Run(start().Add(time.Minute), w)
	if s := p.State(); s.ExitCode != 1 || s.Finished.Sub(start()) != 2500*time.Millisecond || !strings.Contains(dump(p), "bind() to 0.0.0.0:80 failed (98: Address already in use)") {
		t.Errorf("second nginx:\n%s", dump(p))
	}
}

// town is a network with one web server, one closed and one silent address.
type town struct{}

func (town) Nameserver() string { return "10.96.0.10" }

func (town) Resolve(name string, search bool) ([]string, string) {
	switch {
	case name == "web.default.svc.cluster.local", name == "web" && search:
		return []string{"10.0.0.1"}, ""
	case name == "localhost":
		return []string{"127.0.0.1"}, ""
	case name == "example.com":
		return nil, "the name example.com"
	}
	if strings.HasPrefix(name, "10.") {
		return []string{name}, ""
	}
	return nil, ""
}

func (town) Records(kind, name string) ([]string, string) { return nil, "" }

func (town) Ping(address string) Answer {
	if address == "10.0.0.1" {
		return Answer{}
	}
	return Answer{Fault: Silent}
}

func (town) Talk(address string, port int32, text string) Answer {
	if address == "10.0.0.1" && port == 80 {
		return Answer{Body: "you said " + text}
	}
	return Answer{Fault: Refused}
}

func (town) Get(address string, port int32, r Request) Answer {
	switch {
	case (address == "10.0.0.1" || address == "127.0.0.1") && port == 80 && r.Path == "/":
		return Answer{Status: 200, Body: "hello\n"}
	case address == "10.0.0.1" && port == 80:
		return Answer{Status: 404}
	case address == "10.0.0.9":
		return Answer{Fault: Silent}
	}
	return Answer{Fault: Refused}
}

func TestNetwork(t *testing.T) {
	for _, tt := range []struct{ image, script, want string }{
		{"busybox", "wget -qO- http://web", "0s 1 hello\nexit 0 at 0s oom=false\n"},
		{"busybox", "wget -q -O /data/f web && cat /data/f", "0s 1 hello\nexit 0 at 0s oom=false\n"},
		{"busybox", "wget -qO- http://web/nope", "0s 2 wget: server returned error: HTTP/1.1 404 Not Found\nexit 1 at 0s oom=false\n"},
		{"busybox", "wget -qO- http://web:81", "0s 2 wget: can't connect to remote host (10.0.0.1): Connection refused\nexit 1 at 0s oom=false\n"},
		{"busybox", "wget -qO- -T 3 http://10.0.0.9", "3s 2 wget: download timed out\nexit 1 at 3s oom=false\n"},
		{"busybox", "wget -qO- http://nobody", "0s 2 wget: bad address 'nobody'\nexit 1 at 0s oom=false\n"},
		{"busybox", "wget -qO- http://example.com", "unknown: the name example.com\n"},
		{"busybox", "until nslookup db.default.svc.cluster.local >/dev/null; do sleep 2; [ -f /tmp/x ] && exit 4; touch /tmp/x; done", "exit 4 at 4s oom=false\n"},
		{"busybox", "nslookup web.default.svc.cluster.local | grep Name", "0s 1 Name:\tweb.default.svc.cluster.local\nexit 0 at 0s oom=false\n"},
		{"busybox", "nc -z -w 2 web 80 && echo open; nc -z -w 2 10.0.0.9 80 || echo closed", "0s 1 open\n2s 1 closed\nexit 0 at 2s oom=false\n"},
		{"nginx", "curl -s -o /dev/null -w '%{http_code}\\n' http://web/nope", "0s 1 404\nexit 0 at 0s oom=false\n"},
		{"nginx", "curl -s http://web:81", "exit 7 at 0s oom=false\n"},
	} {
		p, w := launch(t, tt.image, "sh", "-c", tt.script)
		w.Network = town{}
		p.Run(start().Add(time.Minute), w)
		if got := dump(p); got != tt.want {
			t.Errorf("%s %q:\n%swant:\n%s", tt.image, tt.script, got, tt.want)
		}
	}
}

func TestHTTPGet(t *testing.T) {
	w, mounts := newDisk("nginx")
	mounts = append(mounts, Mount{Path: "/usr/share/nginx/html/sub", Volume: "config"})
	serving := func(image string) *Process {
		p, err := Start(Spec{Image: image, Start: start(), Mounts: mounts}, w)
		if err != nil {
			t.Fatal(err)
		}
		p.Run(start(), w)
		return p
	}
	nginx, redis := serving("nginx"), serving("redis")
	for path, want := range map[string]int{"/": 200, "/index.html": 200, "/nope": 404, "/sub": 301, "/sub/": 403, "/sub/k": 200, "/sub/k/x": 404} {
		if a := nginx.Serve(start(), w.Disk, 80, Request{Method: "GET", Path: path, Host: "x", From: "10.0.0.1"}); a.Status != want || a.Unknown != "" {
			t.Errorf("GET %s: %+v, want %d", path, a, want)
		}
	}
	if out, _ := nginx.Output(); !strings.Contains(fmt.Sprint(out), `10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /sub/k HTTP/1.1" 200 1 "-" "" "-"`) {
		t.Errorf("access log %v", out)
	}
	if a := redis.Serve(start(), w.Disk, 6379, Request{Path: "/"}); !a.Foreign {
		t.Error("redis answers HTTP")
	}
	if a := redis.Talk(start(), 6379, "SET\x00k\x00v"); a.Body != "OK\n" {
		t.Errorf("SET: %+v", a)
	}
	if c := redis.Clone(); c.Talk(start(), 6379, "DEL\x00k").Body != "1\n" || redis.Talk(start(), 6379, "GET\x00k").Body != "v\n" {
		t.Error("a copy shares its store")
	}
}

func TestMemoryLimit(t *testing.T) {
	disk, mounts := newDisk("busybox")
	p, err := Start(Spec{Image: "busybox", Argv: []string{"tail", "/dev/zero"}, Start: start(), Mounts: mounts, MemoryLimit: 32 << 20}, disk)
	if err != nil {
		t.Fatal(err)
	}
	p.Run(start().Add(time.Minute), disk)
	if s := p.State(); !s.OOM || s.ExitCode != 137 {
		t.Errorf("tail /dev/zero under 32 MiB: %+v", s)
	}
}

// scripts mix every kind of waiting.
var scripts = []string{
	"i=0; while true; do i=$((i+1)); echo tick $i; sleep 3; done",
	"trap 'echo term; exit 9' TERM; (sleep 4; echo sub) | while read l; do echo got $l; done; for i in 1 2 3 4 5 6 7 8 9; do sleep 2 & wait; echo $i >> /data/log; cat /data/log | wc -l; done",
	"x=$(sleep 7; echo x); echo $x; f() { sleep $1; echo $1; }; f 5; f 11; exec sleep 20",
	"echo run >> /data/runs; wc -l < /data/runs; sleep 12; exit 1",
	"trap 'echo t' TERM; while [ ! -f /data/stop ]; do sleep 1; done; echo stopped",
}

// A copy taken at any instant goes on as the original does: that is what makes
// a process a value.
func TestForkGoesOnAlike(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		p, disk := launch(t, "busybox", "sh", "-c", scripts[seed%uint64(len(scripts))])
		whole, wholeDisk := launch(t, "busybox", "sh", "-c", scripts[seed%uint64(len(scripts))])
		signalAt := time.Duration(r.IntN(60)) * time.Second
		end := start().Add(90 * time.Second)
		whole.Signal(start().Add(signalAt), SIGTERM, wholeDisk)
		whole.Run(end, wholeDisk)

		at, sent := time.Duration(0), false
		for at < 90*time.Second {
			next := at + time.Duration(1+r.IntN(9000))*time.Millisecond
			if !sent && next >= signalAt {
				p.Signal(start().Add(signalAt), SIGTERM, disk)
				sent = true
			}
			at = min(next, 90*time.Second)
			p.Run(start().Add(at), disk)
			if r.IntN(3) == 0 { // go on with a copy and spoil the original
				c, d := p.Clone(), World{Disk: disk.Disk.Clone()}
				p.Signal(start().Add(at), SIGKILL, disk)
				disk.Disk["data"].Put("stop", "", 0o644)
				p, disk = c, d
			}
		}
		if got, want := dump(p), dump(whole); got != want {
			t.Fatalf("seed %d: in pieces and copies:\n%sin one go:\n%s", seed, got, want)
		}
		if got, want := disk.Disk["data"].Nodes, wholeDisk.Disk["data"].Nodes; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d: files %v, want %v", seed, got, want)
		}
	}
}

// showsHost tells whether an output has anything of the machine on which the
// tests run: its secret, kernel, name or users.
func showsHost(out string) bool {
	secrets := []string{"secret-of-the-host"}
	if text, err := os.ReadFile("/proc/version"); err == nil {
		secrets = append(secrets, strings.TrimSpace(string(text)))
	}
	if text, err := os.ReadFile("/etc/machine-id"); err == nil && len(text) > 8 {
		secrets = append(secrets, strings.TrimSpace(string(text)))
	}
	if name, err := os.Hostname(); err == nil && len(name) > 4 && name != "localhost" {
		secrets = append(secrets, name)
	}
	if text, err := os.ReadFile("/etc/passwd"); err == nil && strings.Count(string(text), "\n") > 1 {
		secrets = append(secrets, string(text))
	}
	return slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(out, s) })
}

// Nothing of the host is to be seen, and nothing runs away in time or memory.
func TestEscapes(t *testing.T) {
	t.Setenv("HOST_SECRET", "secret-of-the-host")
	for _, script := range []string{
		"env; echo $HOST_SECRET; printenv HOST_SECRET", "cat /etc/hostname /proc/version /etc/passwd", "echo /*", "cat ../../../../etc/passwd",
		". /etc/profile", "echo ~root ~nobody", "exec cat /proc/self/environ", "echo `cat /proc/1/cmdline`", "sh /etc/profile", "cd /proc; cat version",
		"while :; do :; done", "while true; do echo yes; done", "x=x; while :; do x=$x$x; done", "f() { f; f; }; f", "f() { f & f & }; f",
		"x=$(while :; do echo y; done)", "while :; do echo y; done | cat", "printf '%1000000000d' 1", "seq 1 2 100000000", "echo " + strings.Repeat("$x", 10000),
		"x=" + strings.Repeat("y", 60000) + "; echo " + strings.Repeat("$x", 5000), "for i in $(seq 1 9999); do for j in $(seq 1 9999); do :; done; done",
		"while :; do echo " + strings.Repeat("z", 1000) + " >> /data/f; done", "i=0; while :; do i=$((i+1)); touch /data/$i; done", "i=0; while :; do i=$((i+1)); eval v$i=x; done",
		"while :; do sleep 0; done", "while :; do sleep 0.001; done", "while :; do cat /data/x; sleep 0.0001; done", "while :; do ls /data; touch /data/$((i=i+1)); sleep .00001; done", "eval 'eval \"eval :\"'; while eval :; do :; done", "sh -c 'sh -c \"sh -c sh\"'", "x='$x'; eval echo $x$x", "a=" + strings.Repeat("(", 3000),
	} {
		for _, image := range []string{"busybox", "debian"} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			for _, argv := range [][]string{{"sh", "-c", script}, {"bash", "-c", script}} {
				if image == "busybox" && argv[0] == "bash" {
					continue
				}
				p, disk := launch(t, image, argv...)
				p.Run(start().Add(time.Hour), disk)
				out := dump(p)
				if showsHost(out) {
					t.Errorf("%s %.60q shows the host:\n%s", image, script, out)
				}
			}
			// Alone it takes under half a second; this tells what is bounded from what is not.
			if d := time.Since(began); d > 60*time.Second {
				t.Errorf("%s %.60q took %v", image, script, d)
			}
			runtime.ReadMemStats(&after)
			if alive := int64(after.HeapAlloc) - int64(before.HeapAlloc); alive > 256<<20 {
				t.Errorf("%s %.60q holds %d MiB", image, script, alive>>20)
			}
		}
	}
}

func TestReferences(t *testing.T) {
	for ref, want := range map[string]bool{"nginx": true, "nginx:1.27": true, "registry.example.com:5000/a/b_c:v1": true,
		"Nginx": false, "nginx:": false, "a//b": false, "nginx:1.27:2": false, "localhost/x@sha256:" + strings.Repeat("a", 64): true, "": false} {
		if got := ValidReference(ref); got != want {
			t.Errorf("ValidReference(%q) = %v", ref, got)
		}
	}
	for ref, want := range map[string]string{"nginx": "nginx", "docker.io/library/busybox:1": "busybox", "registry.k8s.io/pause:3.10": "pause",
		"foo/nginx": "", "registry.k8s.io/nginx-slim:0.8": "", "library/redis": "redis", "pause": ""} {
		im, _ := Lookup(ref)
		if im.Name != want {
			t.Errorf("Lookup(%q) = %q, want %q", ref, im.Name, want)
		}
	}
	if !Unreachable("registry.invalid/none:1") || Unreachable("nginx.invalid") || Unreachable("example.com/x") {
		t.Error("Unreachable")
	}
	if !slices.Equal(mustLookup("nginx").Ports(), []int32{80}) {
		t.Error("ports of nginx")
	}
}

func mustLookup(ref string) Image { im, _ := Lookup(ref); return im }

func BenchmarkLoop(b *testing.B) {
	for b.Loop() {
		p, disk := launch(b, "busybox", "sh", "-c", "while true; do echo x; sleep 1; done")
		p.Run(start().Add(time.Hour), disk)
	}
}

// BenchmarkStart is what starting a container costs: its layer, its process,
// and the first steps of its program.
func BenchmarkStart(b *testing.B) {
	for _, tt := range []struct {
		image string
		argv  []string
	}{{"busybox:1.36", []string{"sh", "-c", "echo hello; sleep 3600"}}, {"nginx:1.27", nil}} {
		b.Run(tt.image, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, disk := launch(b, tt.image, tt.argv...)
				p.Run(start(), disk)
			}
		})
	}
}

// TestOddArguments gives every program that an image may have arguments that
// nobody would think of: none of them may break down.
func TestOddArguments(t *testing.T) {
	names := map[string]bool{}
	const own = "nginx mysql mysqladmin psql pg_isready redis-cli redis-server python3 node stress perl httpd curl wget nslookup"
	for _, list := range []string{applets, alpineMore, debianBase, buildpack, oracleBase, shellOnly, shellAlso, own} {
		for n := range strings.FieldsSeq(list) {
			names[n] = true
		}
	}
	odd := []string{"", "''", "-", "--", "-n", "-x ''", "'' ''", "-c", "-e", "-f", "-I", "-t -k", "a b c", "-1", "-n -1", "+", "-size ''", "-type", "=", "--x=", "%", "-o /dev/null", "/", "-r /", "0 0 0"}
	for image, base := range map[string]string{"busybox": "sh", "debian": "bash", "mysql:8": "sh", "redis": "sh", "postgres": "sh", "python": "sh", "node:20": "sh"} {
		for n := range names {
			if base := strings.Contains("busybox debian", image); !base && !strings.Contains(own, n) {
				continue
			}
			for _, args := range odd {
				func() {
					defer func() {
						if r := recover(); r != nil {
							t.Errorf("%s: %s %s: %v", image, n, args, r)
						}
					}()
					p, w := launch(t, image, base, "-c", "echo x | "+n+" "+args)
					w.Network = town{}
					p.Run(start().Add(time.Second), w)
				}()
			}
		}
	}
}
