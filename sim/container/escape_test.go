package container

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Bounds of one attempt.
const (
	// escapeTime tells an attempt that is bounded from one that is not, on a
	// busy machine under the race detector, too. BenchmarkEscapeAttempts says
	// how long they take: alone, each well under a second.
	escapeTime   = 30 * time.Second
	escapeMemory = 200 << 10 // KiB of the whole process
)

// An attempt is a script that tries to get out of its container, or to use up
// the machine. DIR stands for a folder of the host, PORT for a port on which
// the host listens.
type attempt struct{ name, script string }

func attempts() []attempt {
	z := strings.Repeat
	return []attempt{
		{"climb", "cat ../../../../../../../..DIR/secret"},
		{"climb after cd", "cd /data && cat ../../../..DIR/secret"},
		{"absolute path", "cat DIR/secret"},
		{"list the host", "ls DIR; ls -la DIR/.."},
		{"write to the host", "echo x > DIR/pwned"},
		{"append to the host", "echo x >> DIR/secret"},
		{"write over the host", "printf x > ../../../..DIR/secret"},
		{"remove on the host", "rm -rf DIR; rm -f DIR/secret; rmdir DIR"},
		{"move on the host", "mv DIR/secret /tmp/s; cat /tmp/s"},
		{"copy from the host", "cp DIR/secret /tmp/s; cat /tmp/s"},
		{"make on the host", "mkdir -p DIR/sub; touch DIR/sub/x"},
		{"chmod on the host", "chmod 777 DIR/secret"},
		{"tee to the host", "echo x | tee DIR/pwned"},
		{"dd to the host", "dd if=/dev/zero of=DIR/pwned bs=1M count=1"},
		{"sed in place", "sed -i s/secret/x/ DIR/secret"},
		{"link", "ln -s DIR/secret /tmp/l; cat /tmp/l"},
		{"hard link", "ln DIR/secret /tmp/l; cat /tmp/l"},
		{"source", ". DIR/secret"},
		{"run a file of the host", "DIR/secret; sh DIR/secret"},
		{"exec a program of the host", "exec /usr/bin/id"},
		{"exec by env", "env /usr/bin/touch DIR/pwned"},
		{"glob of the host", "echo DIR/*"},
		{"redirect from the host", "read x < DIR/secret; echo $x"},
		{"fd above 2", "exec 3< DIR/secret; cat <&3"},
		{"dev fd", "cat /dev/fd/0 /dev/fd/3 /proc/self/fd/3"},
		{"proc environ", "cat /proc/self/environ /proc/1/environ"},
		{"proc root", "cat /proc/1/root/etc/passwd; ls /proc/1/root"},
		{"proc mem", "cat /proc/self/mem; cat /proc/kcore"},
		{"proc cwd", "cat /proc/self/cwd/container_test.go"},
		{"sysrq", "echo b > /proc/sysrq-trigger"},
		{"release_agent", "echo /x > /sys/fs/cgroup/release_agent"},
		{"core pattern", "echo '|/x' > /proc/sys/kernel/core_pattern"},
		{"disk", "cat /dev/sda; dd if=/dev/sda of=/tmp/x bs=1M count=1"},
		{"memory device", "cat /dev/mem /dev/kmem"},
		{"tcp of bash", "exec 3<>/dev/tcp/127.0.0.1/PORT"},
		{"tcp redirect", "echo x > /dev/tcp/127.0.0.1/PORT"},
		{"process substitution", "cat <(cat DIR/secret)"},
		{"environment", "env; set; export; printenv; echo $HOST_SECRET ${HOST_SECRET:-none}"},
		{"home of others", "echo ~ ~root ~nobody; ls ~"},
		{"mount", "mount --bind DIR /tmp; ls /tmp"},
		{"chroot", "chroot DIR; nsenter -t 1 -m cat DIR/secret; unshare -r id"},
		{"docker socket", "ls /var/run/docker.sock; curl --unix-socket /var/run/docker.sock http://x/"},
		{"loopback by wget", "wget -T 1 -qO- http://127.0.0.1:PORT/"},
		{"loopback by name", "wget -T 1 -qO- http://localhost:PORT/"},
		{"loopback by nc", "nc -z -w 1 127.0.0.1 PORT; echo x | nc 127.0.0.1 PORT"},
		{"any address", "wget -T 1 -qO- http://0.0.0.0:PORT/; wget -qO- http://[::1]:PORT/"},
		{"metadata of a cloud", "wget -T 1 -qO- http://169.254.169.254/latest/meta-data/"},
		{"outside", "wget -T 1 -qO- http://192.0.2.1/; nslookup example.com; curl http://example.com"},
		{"file url", "wget -qO- file://DIR/secret; curl file://DIR/secret"},
		{"upload", "wget --post-file=DIR/secret http://127.0.0.1:PORT/"},
		{"web server over the host", "httpd -p 8080 -h DIR"},
		{"kill others", "kill -9 -1; kill -9 2; kill -STOP 1"},
		{"reboot", "reboot -f; halt; poweroff"},
		{"clock", "date -s '2000-01-01'; hwclock -w"},
		{"fork bomb", ":(){ :|:& };:"},
		{"fork bomb by name", "f() { f & f & }; f; wait"},
		{"shells in shells", "sh -c 'sh -c \"sh -c sh\"'; i=0; while :; do sh -c : & done"},
		{"background loops", "while :; do sleep 1000000 & done"},
		{"output without end", "while true; do echo yes; done"},
		{"yes", "yes; yes | cat; yes > /tmp/x"},
		{"cat of zero", "cat /dev/zero; cat /dev/urandom | tail"},
		{"pipe without end", "while :; do echo " + z("y", 500) + "; done | cat"},
		{"substitution without end", "x=$(while :; do echo y; done)"},
		{"doubling", "x=x; while :; do x=$x$x; done"},
		{"doubling by default", "x=xxxx; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do x=${y:-$x$x$x$x}; done"},
		{"doubling in a list", "set -- a b; while :; do set -- \"$@\" \"$@\"; done"},
		{"doubling by printf", "x=a; while :; do x=$(printf '%s%s' \"$x\" \"$x\"); done"},
		{"doubling in a file", "echo a > /data/f; while :; do cat /data/f /data/f > /data/g; cat /data/g /data/g > /data/f; done"},
		{"doubling by sed", "x=a; while :; do x=$(echo $x | sed 's/a/aa/g'); done"},
		{"long fields", "x=" + z("y", 60000) + "; echo " + z("$x", 5000)},
		{"brace range", "echo {1..1000000000}; for i in {1..99999999}; do :; done"},
		{"braces nested", "echo " + z("{a,b}", 40)},
		{"printf width", "printf '%1000000000d' 1; printf '%.999999999s' x; printf '%*d' 999999999 1"},
		{"printf rounds", "printf '%4000s' " + z("x ", 4000)},
		{"seq", "seq 1 2 100000000000; seq 999999999"},
		{"here-document", "x=" + z("y", 60000) + "\ncat <<E\n" + z("$x", 200) + "\nE"},
		{"here-document in a loop", "while :; do cat <<E\n" + z("z", 30000) + "\nE\ndone"},
		{"arithmetic", "i=1; while :; do i=$((i*i+i)); done; echo $((1/0)) $((-9223372036854775808/-1))"},
		{"arithmetic that names itself", "x='x+1'; echo $((x))"},
		{"deep parentheses", "a=" + z("(", 5000)},
		{"deep subshells", z("( ", 400) + ":" + z(" )", 400)},
		{"deep braces", z("{ ", 2000) + ":;" + z(" };", 2000)},
		{"deep substitutions", z("echo $(", 300) + ":" + z(")", 300)},
		{"deep ifs", z("if :; then ", 1000) + ":" + z("; fi", 1000)},
		{"endless recursion", "f() { f; f; }; f"},
		{"recursion by eval", "x='eval $x'; eval $x"},
		{"recursion by source", "echo '. /data/s' > /data/s; . /data/s"},
		{"recursion by trap", "trap 'kill -USR1 1; kill -USR1 $$' USR1; kill -USR1 $$; while :; do :; done"},
		{"recursion by exit", "trap 'exit' EXIT; trap 'sh -c exit' EXIT; exit"},
		{"sleep for years", "sleep 99999999999999999999; sleep infinity; sleep 1e30"},
		{"many sleeps", "while :; do sleep 0.0001; done"},
		{"timeouts", "while :; do timeout 1 sleep 9 & done"},
		{"busy", "while :; do :; done"},
		{"many files", "i=0; while :; do i=$((i+1)); echo x > /data/$i; done"},
		{"many variables", "i=0; while :; do i=$((i+1)); eval v$i=x; done"},
		{"large files", "while :; do dd if=/dev/zero of=/data/x bs=1M count=999999999; done"},
		{"pattern of grep", "echo " + z("a", 5000) + " | grep -E '(a*)*(a*)*(a|aa)+b'"},
		{"repeats in a pattern", "echo x | grep -E '((((x{1000}){1000}){1000}){1000})'"},
		{"pattern of sed", "echo " + z("a", 5000) + " | sed -E 's/(a+)+$/[\\1\\1\\1\\1\\1\\1\\1\\1]/g'"},
		{"glob with stars", "x=" + z("a", 2000) + "; case $x in " + z("*a", 60) + "*b) echo;; esac; echo ${x##" + z("*a", 60) + "b}"},
		{"glob over files", "i=0; while [ $i -lt 900 ]; do touch /data/aaaaaaaaaaaaaaaaaaaaaaaa$i; i=$((i+1)); done; while :; do echo /data/*a*a*a*a*a*a*a*b; done"},
		{"base64 again and again", "x=a; while :; do x=$(echo $x | base64 -w 0); done"},
		{"awk", "awk 'BEGIN{while(1)print}'; awk 'BEGIN{system(\"cat DIR/secret\")}'"},
		{"xargs", "while :; do echo a; done | xargs echo"},
		{"control characters", "printf '\\033]52;c;eA==\\007\\033[2J'; echo -e '\\0'"},
	}
}

// host is a folder with a secret and a port that counts who calls.
func host(t testing.TB) (dir string, port int, calls *atomic.Int32) {
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("echo secret-of-the-host"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	calls = new(atomic.Int32)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			_ = c.Close()
		}
	}()
	return dir, l.Addr().(*net.TCPAddr).Port, calls
}

func (a attempt) run(t testing.TB, image, dir string, port int) string {
	script := strings.NewReplacer("DIR", dir, "PORT", strconv.Itoa(port)).Replace(a.script)
	argv := []string{"sh", "-c", script}
	if image == "debian" {
		argv[0] = "bash"
	}
	p, w := launch(t, image, argv...)
	w.Network = town{}
	p.Run(start().Add(time.Hour), w)
	return dump(p)
}

// TestEscapeAttempts: nothing of the host is seen or changed, and each attempt
// is over soon.
func TestEscapeAttempts(t *testing.T) {
	t.Setenv("HOST_SECRET", "secret-of-the-host")
	dir, port, calls := host(t)
	list := attempts()
	if len(list) < 60 {
		t.Fatalf("%d attempts", len(list))
	}
	for _, a := range list {
		for _, image := range []string{"busybox", "debian"} {
			began := time.Now()
			out := a.run(t, image, dir, port)
			if time.Since(began) > escapeTime {
				t.Errorf("%s in %s is not bounded", a.name, image)
			}
			if showsHost(out) {
				t.Errorf("%s in %s shows the host:\n%.500s", a.name, image, out)
			}
		}
	}
	entries, err := os.ReadDir(dir)
	secret, err2 := os.ReadFile(filepath.Join(dir, "secret"))
	if err != nil || err2 != nil || len(entries) != 1 || string(secret) != "echo secret-of-the-host" {
		t.Errorf("the host's folder has changed: %v %q %v %v", entries, secret, err, err2)
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("the host was called %d times", n)
	}
}

// BenchmarkEscapeAttempts reports the slowest attempt, in seconds.
func BenchmarkEscapeAttempts(b *testing.B) {
	dir, port, _ := host(b)
	worst := time.Duration(0)
	for b.Loop() {
		for _, a := range attempts() {
			began := time.Now()
			a.run(b, "busybox", dir, port)
			worst = max(worst, time.Since(began))
		}
	}
	b.ReportMetric(worst.Seconds(), "worst-s")
}

const escapeChild = "GIEOK_TEST_ESCAPE"

// TestEscapeMemory runs the attempts each in a process of its own, whose peak
// of memory it looks at.
func TestEscapeMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process an attempt")
	}
	if n, err := strconv.Atoi(os.Getenv(escapeChild)); err == nil {
		attempts()[n].run(t, "busybox", "/nowhere", 1)
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip(err)
		}
		for line := range strings.Lines(string(status)) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
				fmt.Printf("peak=%s\n", f[1])
			}
		}
		return
	}
	worst := 0
	for i, a := range attempts() {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEscapeMemory$")
		cmd.Env = append(os.Environ(), escapeChild+"="+strconv.Itoa(i))
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v\n%s", a.name, err, out)
			continue
		}
		_, after, ok := strings.Cut(string(out), "peak=")
		if !ok {
			t.Skip("no /proc here")
		}
		number, _, _ := strings.Cut(after, "\n")
		peak, err := strconv.Atoi(number)
		if worst = max(worst, peak); err != nil || peak > escapeMemory {
			t.Errorf("%s took %d KiB, %v", a.name, peak, err)
		}
	}
	t.Logf("worst peak %d MiB", worst>>10)
}
