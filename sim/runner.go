package sim

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gieok/sim/desk"
	"gieok/sim/transcript"
)

// A lineKind says what a line of a script is.
type lineKind int

const (
	runs lineKind = iota
	settles
	advances
	turns
	uses
)

// virtual reads the lines that are no shell lines.
func virtual(line string) (time.Duration, lineKind) {
	if line == "settle" {
		return 0, settles
	}
	if rest, ok := strings.CutPrefix(line, "advance "); ok {
		if d, err := time.ParseDuration(strings.TrimSpace(rest)); err == nil {
			return d, advances
		}
	}
	if line == "switch" || strings.HasPrefix(line, "switch ") {
		return 0, turns
	}
	if line == "usage" || strings.HasPrefix(line, "usage ") {
		return 0, uses
	}
	return 0, runs
}

// A Difference is a command whose answer is not the recorded one. Both are
// normalised.
type Difference struct {
	Command   int // number of the line in the script, from 1
	Line      string
	Want, Got transcript.Step
}

func (d Difference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  command %d: %s\n", d.Command, d.Line)
	diffText(&b, "stdout", d.Want.Stdout, d.Got.Stdout)
	diffText(&b, "stderr", d.Want.Stderr, d.Got.Stderr)
	if d.Want.Exit != d.Got.Exit {
		fmt.Fprintf(&b, "    exit: want %d, got %d\n", d.Want.Exit, d.Got.Exit)
	}
	return b.String()
}

func diffText(b *strings.Builder, name, want, got string) {
	if want == got {
		return
	}
	fmt.Fprintf(b, "    %s:\n", name)
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(w):
			fmt.Fprintf(b, "    + %s\n", g[i])
		case i >= len(g):
			fmt.Fprintf(b, "    - %s\n", w[i])
		case w[i] != g[i]:
			fmt.Fprintf(b, "    - %s\n    + %s\n", w[i], g[i])
		}
	}
}

// RunCase replays a case on a fork of c, which must have the case's kind of
// node, and returns how the answers differ from the recorded ones.
func (c *Cluster) RunCase(ctx context.Context, k *transcript.Case) ([]Difference, error) {
	f := c.Fork()
	var input strings.Builder
	for _, file := range k.Files {
		f.Desk().Put(file.Name, file.Text)
		input.WriteString(file.Text)
	}
	for _, s := range k.Steps {
		input.WriteString(s.Command + "\n")
	}
	var diffs []Difference
	for i, want := range k.Steps {
		got, err := f.Exec(ctx, want.Command)
		if err != nil {
			return diffs, fmt.Errorf("command %d, %s: %w", i+1, want.Command, err)
		}
		if k.Unstable[i+1] {
			continue
		}
		norm := func(s transcript.Step) transcript.Step {
			// The desk's directory is the one that the command runs in.
			s.Stdout, s.Stderr = strings.ReplaceAll(s.Stdout, desk.Dir, "<dir>"), strings.ReplaceAll(s.Stderr, desk.Dir, "<dir>")
			s.Stdout = transcript.Normalise(s.Stdout, want.Command, input.String())
			s.Stderr = transcript.Normalise(s.Stderr, want.Command, input.String())
			return s
		}
		w, g := norm(want), norm(got)
		if w.Stdout != g.Stdout || w.Stderr != g.Stderr || w.Exit != g.Exit {
			diffs = append(diffs, Difference{Command: i + 1, Line: want.Command, Want: w, Got: g})
		}
	}
	return diffs, nil
}
