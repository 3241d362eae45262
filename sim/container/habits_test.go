package container

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite testdata/habits.txt; a person reads the difference")

// TestHabits runs lines that people type into containers. Each begins with
// "$ IMAGE LINE"; what follows is what they see, read by somebody who knows the
// image, and the exit status or what is not simulated.
func TestHabits(t *testing.T) {
	const file = "testdata/habits.txt"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var fresh strings.Builder
	for block := range strings.SplitSeq(strings.TrimPrefix(string(src), "$ "), "\n$ ") {
		head, want, _ := strings.Cut(block, "\n")
		image, line, _ := strings.Cut(head, " ")
		got := habit(t, image, strings.ReplaceAll(line, "⏎", "\n"))
		if want = strings.TrimSuffix(want, "\n"); got != want && !*update {
			t.Errorf("%s %s:\n%s\nwant:\n%s", image, line, got, want)
		}
		fmt.Fprintf(&fresh, "$ %s\n%s\n", head, got)
	}
	if *update {
		if err := os.WriteFile(file, []byte(fresh.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// habit runs a line beside the container's own process, as exec does.
func habit(t *testing.T, image, line string) string {
	t.Helper()
	w, mounts := newDisk(image)
	w.Network = town{}
	w.Disk["managed"] = NewVolume()
	w.Disk["managed"].Put("hosts", "127.0.0.1\tlocalhost\n10.1.0.5\tp\n", 0o644)
	w.Disk["managed"].Put("resolv.conf", "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n", 0o644)
	mounts = append(mounts, Mount{Path: "/etc/hosts", Volume: "managed", Sub: "hosts"}, Mount{Path: "/etc/resolv.conf", Volume: "managed", Sub: "resolv.conf"})
	im, _ := Lookup(image)
	first := append(im.Entrypoint, im.Cmd...)
	p, err := Start(Spec{Image: image, Argv: []string{"sh", "-c", line}, Start: start(), Mounts: mounts, Hostname: "p", Address: "10.1.0.5",
		Child: true, First: first, NodeCPUs: 2, NodeMemory: 4 << 30, MemoryLimit: 64 << 20, CPULimit: 500, Taken: im.Ports()}, w)
	if err != nil {
		t.Fatal(err)
	}
	p.Run(start().Add(5*time.Minute), w)
	var b strings.Builder
	lines, _ := p.Output()
	for _, l := range lines {
		if l.Stderr {
			b.WriteString("! ")
		}
		b.WriteString(strings.TrimRight(l.Text, "\r ") + "\n")
	}
	switch s := p.State(); {
	case s.Unknown != "":
		b.WriteString("= not simulated: " + s.Unknown)
	case !s.Exited:
		b.WriteString("= runs")
	default:
		fmt.Fprintf(&b, "= %d", s.ExitCode)
	}
	return b.String()
}
