package desk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gieok/sim/kubectl"
)

// echo is a kubectl that says what it was given.
type echo struct{}

func (echo) Run(_ context.Context, args []string, stdin string, folder kubectl.Folder) (kubectl.Result, error) {
	if slices.Contains(args, "fail") {
		return kubectl.Result{Stderr: "error: failed\n", Exit: 3}, nil
	}
	return kubectl.Result{Stdout: fmt.Sprintf("%q %q %d\n", args, stdin, len(folder.Names()))}, nil
}

func TestRun(t *testing.T) {
	d := New(echo{})
	d.Put("a.yaml", "kind: A\n")
	for _, c := range []struct {
		line, out, errOut string
		exit              int
	}{
		{"kubectl get pods -o 'jsonpath={.a b}'", `["get" "pods" "-o" "jsonpath={.a b}"] "" 1` + "\n", "", 0},
		{"k get po", `["get" "po"] "" 1` + "\n", "", 0},
		{"cat a.yaml | kubectl apply -f -", `["apply" "-f" "-"] "kind: A\n" 1` + "\n", "", 0},
		{"kubectl fail", "", "error: failed\n", 3},
		{"kubectl fail || echo no", "no\n", "error: failed\n", 0},
		{"N=3; echo $N", "3\n", "", 0},
		{"echo $N", "3\n", "", 0}, // kept between two lines
		{"echo hi > b.txt && cat b.txt", "hi\n", "", 0},
		{"cat ./b.txt " + Dir + "/b.txt sub/../b.txt", "hi\nhi\nhi\n", "", 0},
		{"pwd", Dir + "\n", "", 0},
		{"echo aGk= | base64 -d", "hi", "", 0},
		{"printf 'x\\ny\\n' | grep -c y", "1\n", "", 0},
		{"nope", "", "sh: nope: not found\n", 127},
		{"cat /etc/passwd", "", "cat: /etc/passwd: No such file or directory\n", 1},
		{"cat ../etc/passwd", "", "cat: ../etc/passwd: No such file or directory\n", 1},
	} {
		res, err := d.Run(t.Context(), c.line)
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		if res.Stdout != c.out || res.Stderr != c.errOut || res.Exit != c.exit {
			t.Errorf("%s: got %+v, want %q, %q, %d", c.line, res, c.out, c.errOut, c.exit)
		}
	}
}

func TestRefusals(t *testing.T) {
	d := New(echo{})
	for _, line := range []string{"cd /", "exec sh", ". x", "source x", "trap x EXIT", "ls /", "curl http://example.com", "/bin/sh -c id",
		"if", "echo 'open", strings.Repeat("x", lineBytesMax+1), "while true; do kubectl get pods > /dev/null; done"} {
		res, err := d.Run(t.Context(), line)
		if err != nil {
			t.Fatalf("%.40s: %v", line, err)
		}
		if res.Exit == 0 {
			t.Errorf("%.40s: succeeded: %q", line, res.Stdout)
		}
	}
}

// TestNothingOfTheHost: paths that climb or start at the root are the desk's
// own, in both directions.
func TestNothingOfTheHost(t *testing.T) {
	host := t.TempDir()
	secret := filepath.Join(host, "secret")
	if err := os.WriteFile(secret, []byte("of the host"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := New(echo{})
	up := strings.Repeat("../", 30)
	for _, name := range []string{secret, up + secret, "x/" + up + secret} {
		res, err := d.Run(t.Context(), "cat "+name+"; cat < "+name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(res.Stdout, "of the host") {
			t.Errorf("%s was read", name)
		}
		target := name + ".new"
		if _, err := d.Run(t.Context(), "echo written > "+target); err != nil {
			t.Fatal(err)
		}
		if res, _ := d.Run(t.Context(), "cat "+target); res.Stdout != "written\n" {
			t.Errorf("%s does not keep what is written on the desk: %+v", target, res)
		}
	}
	entries, err := os.ReadDir(host)
	if err != nil || len(entries) != 1 {
		t.Errorf("the host's folder has changed: %v %v", entries, err)
	}
}

func TestForksHaveTheirOwnFiles(t *testing.T) {
	d := New(echo{})
	d.Put("a", "1")
	f := d.Fork(echo{})
	if _, err := f.Run(t.Context(), "echo 2 > a; X=fork"); err != nil {
		t.Fatal(err)
	}
	res, err := d.Run(t.Context(), "cat a; echo $X")
	if err != nil || res.Stdout != "1\n" {
		t.Errorf("the parent has %q, %v", res.Stdout, err)
	}
}
