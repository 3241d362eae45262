package kubectl

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

type files map[string]string

func (f files) Names() []string {
	var names []string
	for n := range f {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
func (f files) Read(name string) (string, bool) { t, ok := f[name]; return t, ok }

func TestVet(t *testing.T) {
	for _, flag := range []string{"kubeconfig", "context", "cluster", "user", "server", "token", "cache-dir", "certificate-authority",
		"client-certificate", "client-key", "insecure-skip-tls-verify", "tls-server-name", "username", "password", "kuberc", "proxy-url", "output-directory"} {
		for _, args := range [][]string{{"get", "pods", "--" + flag, "x"}, {"--" + flag + "=x", "get", "pods"}, {"get", "--" + strings.ReplaceAll(flag, "-", "_") + "=x", "pods"}} {
			if vet(args, nil) == "" {
				t.Errorf("%q is not refused", args)
			}
		}
	}
	for _, line := range []string{"proxy", "plugin list", "kuberc view", "get pods -s http://x", "get pods -s=http://x",
		"apply -f https://example.com/a.yaml", "apply --filename=http://x/a", "create -f=https://x", "delete -fhttps://x", "apply -k https://github.com/a/b",
		"kustomize https://github.com/a/b", "kustomize . --enable-helm", "kustomize . --enable-exec", "kustomize . -o /tmp/x", "kustomize . --load-restrictor LoadRestrictionsNone",
		"config view --kubeconfig=/etc/x", "config set-cluster x --certificate-authority=/etc/passwd --embed-certs"} {
		if vet(strings.Fields(line), nil) == "" {
			t.Errorf("%q is not refused", line)
		}
	}
	for _, line := range []string{"get pods", "create clusterrolebinding a --clusterrole=view --user=jane", "create rolebinding a --role=r --user jane",
		"get pods --as=jane", "config set-context --current --namespace=x", "config set-context a --cluster=b --user=c", "proxy --help",
		"create configmap a --from-literal=url=http://x", "run a --image=x -- curl --server http://x", "logs -f web"} {
		if refusal := vet(strings.Fields(line), nil); refusal != "" {
			t.Errorf("%q is refused: %s", line, refusal)
		}
	}
}

func TestKustomizationsStayInside(t *testing.T) {
	for content, refused := range map[string]bool{
		"resources: [a.yaml, ../base, sub/b.yaml]":                            false,
		"configMapGenerator:\n- name: a\n  literals: [u=http://x]":            false,
		"images:\n- name: a\n  newName: localhost:5000/a":                     false,
		"patchesStrategicMerge:\n- |\n  kind: A\n  url: http://x":             false,
		"resources: [https://example.com/a.yaml]":                             true,
		"resources: [github.com/a/b]":                                         true,
		"resources: ['git@example.com:a/b']":                                  true,
		"resources: [../../../../etc]":                                        true,
		"components: [/etc]":                                                  true,
		"configMapGenerator:\n- name: a\n  files: [k=../../../../etc/passwd]": true,
		"helmCharts:\n- name: a":                                              true,
		"patches:\n- path: https://example.com/p.yaml":                        true,
		"generators: [x/../../../../../home]":                                 true,
	} {
		got := vet([]string{"apply", "-k", "over/lay"}, files{"over/lay/kustomization.yaml": content})
		if (got != "") != refused {
			t.Errorf("%s: got %q, want refused %v", content, got, refused)
		}
	}
}

// TestHostFolder: whatever the learner types, kubectl is given a path in its
// private folder, and messages get the typed one back.
func TestHostFolder(t *testing.T) {
	folder := files{"a.yaml": "A", "sub/b.yaml": "B", "/opt/c.yaml": "C"}
	for _, c := range []struct{ args, content, message string }{
		{"apply -f a.yaml", "A", "a.yaml"},
		{"apply -f ./a.yaml", "A", "./a.yaml"},
		{"apply --filename=sub/../a.yaml", "A", "sub/../a.yaml"},
		{"apply -fsub/b.yaml", "B", "sub/b.yaml"},
		{"apply -f " + Dir + "/a.yaml", "A", Dir + "/a.yaml"},
		{"apply -f /opt/c.yaml", "C", "/opt/c.yaml"},
		{"apply -f ../opt/c.yaml", "C", "../opt/c.yaml"},
		{"apply -f ../../../../../../etc/passwd", "", "../../../../../../etc/passwd"},
		{"apply -f /etc/passwd", "", "/etc/passwd"},
		{"get cm -o custom-columns-file=a.yaml", "A", "a.yaml"},
		{"get cm --output=jsonpath-file=sub/b.yaml", "B", "sub/b.yaml"},
		{"get cm -o go-template-file --template=a.yaml", "A", "a.yaml"},
		{"patch cm x --patch-file a.yaml", "A", "a.yaml"},
		{"create cm x --from-file=key=a.yaml", "A", "a.yaml"},
	} {
		h, err := newHostFolder(strings.Fields(c.args), "", folder)
		if err != nil {
			t.Fatal(err)
		}
		last := h.args[len(h.args)-1]
		place := last[strings.Index(last, h.dir):]
		if !strings.HasPrefix(place, h.dir+"/") || place != filepath.Clean(place) {
			t.Errorf("%s: kubectl is given %s", c.args, last)
		}
		b, err := os.ReadFile(place)
		if string(b) != c.content || (err != nil) != (c.content == "") {
			t.Errorf("%s: read %q, %v", c.args, b, err)
		}
		if got := h.restore(`the path "` + place + `" and ` + place + `.`); got != `the path "`+c.message+`" and `+c.message+`.` {
			t.Errorf("%s: the message is %q", c.args, got)
		}
		dir := h.dir
		h.remove()
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s: the private folder is left", c.args)
		}
	}
	for _, args := range []string{"get cm -o json", "logs -f web", "get cm -- -f a.yaml"} {
		h, err := newHostFolder(strings.Fields(args), "", folder)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Join(h.args, " ") != args {
			t.Errorf("%s became %q", args, h.args)
		}
		h.remove()
	}
}

func TestUnified(t *testing.T) {
	for _, c := range []struct{ name, a, b, want string }{
		{"equal", "a\nb\n", "a\nb\n", ""},
		{"new", "", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
		{"gone", "a\n", "", "@@ -1 +0,0 @@\n-a\n"},
		{"changed", "1\n2\n3\n4\n5\n", "1\n2\nx\n4\n5\n", "@@ -1,5 +1,5 @@\n 1\n 2\n-3\n+x\n 4\n 5\n"},
		{"a run that may slide stands low", "a\na\nb\n", "a\na\na\nb\n", "@@ -1,3 +1,4 @@\n a\n a\n+a\n b\n"},
		{"far changes", "x\n1\n2\n3\n4\n5\n6\n7\ny\n", "X\n1\n2\n3\n4\n5\n6\n7\nY\n",
			"@@ -1,4 +1,4 @@\n-x\n+X\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-y\n+Y\n"},
		{"near changes", "x\n1\n2\n3\n4\n5\n6\ny\n", "X\n1\n2\n3\n4\n5\n6\nY\n", "@@ -1,8 +1,8 @@\n-x\n+X\n 1\n 2\n 3\n 4\n 5\n 6\n-y\n+Y\n"},
		{"no line end", "a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
	} {
		if got := unified(c.a, c.b); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// TestUnifiedApplies: a diff, applied to the first text, gives the second.
func TestUnifiedApplies(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 1))
	text := func() string {
		var b strings.Builder
		for range r.IntN(30) {
			fmt.Fprintf(&b, "%c\n", 'a'+rune(r.IntN(4)))
		}
		return b.String()
	}
	for i := range 3000 {
		a, b := text(), text()
		if got := applyDiff(t, a, unified(a, b)); got != b {
			t.Fatalf("seed %d, case %d: %q to %q gives %q by\n%s", seed, i, a, b, got, unified(a, b))
		}
	}
}

func applyDiff(t *testing.T, a, diff string) string {
	t.Helper()
	lines, at := splitLines(a), 0
	var out strings.Builder
	for _, l := range splitLines(diff) {
		if strings.HasPrefix(l, "@@") {
			var from, n int
			spec := strings.Fields(l)[1]
			if c, _ := fmt.Sscanf(spec, "-%d,%d", &from, &n); c < 2 {
				n = 1
			}
			if n > 0 {
				from--
			}
			for ; at < from; at++ {
				out.WriteString(lines[at])
			}
			continue
		}
		if l[0] != '+' {
			if at >= len(lines) || lines[at] != l[1:] {
				t.Fatalf("the diff names %q at line %d", l, at+1)
			}
			at++
		}
		if l[0] != '-' {
			out.WriteString(l[1:])
		}
	}
	return out.String() + strings.Join(lines[at:], "")
}

func TestDrainsReasonsAreOrdered(t *testing.T) {
	lone, local := "cannot delete Pods that declare no controller (use --force to override): default/lone", "cannot delete Pods with local storage (use --delete-emptydir-data to override): default/cache"
	text := func(a, b string) string {
		return `error: unable to drain node "w" due to error: [` + a + ", " + b + "], continuing command...\nThere are pending nodes to be drained:\n w\n" + a + "\n" + b + "\n"
	}
	for _, in := range []string{text(lone, local), text(local, lone)} {
		if _, got := inOrder([]string{"drain", "w"}, "", in); got != text(local, lone) {
			t.Errorf("got\n%s", got)
		}
	}
}

func TestRandomOrdersArePutInOrder(t *testing.T) {
	limits := "Name:  l\nType       Resource  Min  Max\n----       --------  ---  ---\n%s\nEvents\n"
	for _, c := range []struct{ verb, out, errOut, want string }{
		{"drain", "", "Warning: ignoring DaemonSet-managed Pods: b/x; deleting Pods that declare no controller: a/y\n", "Warning: deleting Pods that declare no controller: a/y; ignoring DaemonSet-managed Pods: b/x\n"},
		{"drain", "", "Warning: deleting Pods that declare no controller: a/y; ignoring DaemonSet-managed Pods: b/x\n", "Warning: deleting Pods that declare no controller: a/y; ignoring DaemonSet-managed Pods: b/x\n"},
		{"describe", fmt.Sprintf(limits, "Pod        memory    1    2\nPod        cpu       -    3\nContainer  memory    1    2\nContainer  cpu       -    3\n"), "",
			fmt.Sprintf(limits, "Pod        cpu       -    3\nPod        memory    1    2\nContainer  cpu       -    3\nContainer  memory    1    2\n")},
	} {
		out, errOut := inOrder([]string{c.verb, "x"}, c.out, c.errOut)
		if got := out + errOut; got != c.want {
			t.Errorf("%s: got\n%s", c.verb, got)
		}
	}
}

func TestEnvironmentIsWithheldAndComesBack(t *testing.T) {
	t.Setenv("KUBECONFIG", "/etc/trap")
	t.Setenv("EDITOR", "trap")
	t.Setenv("TMPDIR", t.TempDir())
	before := os.Environ()
	restore := withholdEnvironment()
	if len(os.Getenv("KUBECONFIG")+os.Getenv("EDITOR")+os.Getenv("HOME")+os.Getenv("PATH")) > 0 {
		t.Errorf("kubectl would see %q", os.Environ())
	}
	if os.Getenv("TMPDIR") == "" {
		t.Error("Go itself needs TMPDIR")
	}
	restore()
	after := os.Environ()
	slices.Sort(before)
	slices.Sort(after)
	if !slices.Equal(before, after) {
		t.Errorf("the environment was %q and is %q", before, after)
	}
}

// TestOneAtATime: a second command waits for the first, no longer than its
// context, and says so if it took long.
func TestOneAtATime(t *testing.T) {
	long := make(chan time.Time, 1) // in the place of the five seconds' timer
	if notice, err := takeProcess(t.Context(), long); err != nil || notice != "" {
		t.Fatalf("the first one: %q, %v", notice, err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := takeProcess(over, long); !errors.Is(err, context.Canceled) {
		t.Errorf("the second one: %v", err)
	}
	type taken struct {
		notice string
		err    error
	}
	second := make(chan taken)
	go func() {
		notice, err := takeProcess(t.Context(), long)
		second <- taken{notice, err}
	}()
	long <- time.Time{}
	for len(long) > 0 { // until the second one has been told that it is late
		runtime.Gosched()
	}
	<-process
	if got := <-second; got.err != nil || !strings.Contains(got.notice, "먼저 시작한 kubectl") {
		t.Errorf("after the first: %q, %v", got.notice, got.err)
	}
	<-process
	if busyNotice != 5*time.Second {
		t.Errorf("a wait is called long after %s", busyNotice)
	}
}
