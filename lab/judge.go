package lab

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gieok/sim"
	"gieok/sim/transcript"
)

// A Task says how an answer is judged by running it: the world before, the
// reference answer, and what must hold afterwards.
type Task struct {
	Manifests  []string // applied in order to a fresh cluster, which then settles
	Setup      []string // command lines run after the manifests
	Reference  string   // command lines or a manifest; "" when assertions alone judge
	Assertions []Assertion
}

// An Assertion is one command with what it must print. Exactly one of Text and
// Pattern is used; Absent turns the match around.
type Assertion struct {
	Command string
	Text    string // exact, after trimming
	Pattern string // RE2
	Absent  bool
	Exit    int
}

// A Judgement is a verdict with its reasons.
type Judgement struct {
	Right       bool
	Differences []string // Korean; empty when right
	Run         transcript.Transcript
}

// Bounds of an answer.
const (
	answerBytesMax  = 64 << 10
	answerLinesMax  = 50
	differencesMax  = 8
	judgedAfter     = 60 * time.Second // virtual time between an answer and the look at it
	answerFile      = "answer.yaml"
	settleAfterMake = 30 * time.Second // for the world before to become ready
)

// ErrTask says that a task itself does not work.
var ErrTask = errors.New("lab: the task does not work")

// Judge runs an answer and compares what it made of the world with what the
// reference makes of it. Objects that the task does not speak of must be the
// same. An answer to a question that changes nothing is compared by what it
// prints.
func (l *Lab) Judge(ctx context.Context, t Task, answer string) (Judgement, error) {
	if strings.TrimSpace(answer) == "" {
		return Judgement{Differences: []string{"답이 비어 있다"}}, nil
	}
	if len(answer) > answerBytesMax {
		return Judgement{Differences: []string{"답이 64 KiB보다 길다"}}, nil
	}
	world, err := l.world(ctx, t)
	if err != nil {
		return Judgement{}, err
	}
	before, err := l.snapshot(world)
	if err != nil {
		return Judgement{}, err
	}
	got, err := l.attempt(ctx, world, answer, isManifest(answer) || isManifest(t.Reference) && !startsKubectl(answer))
	if err != nil {
		return Judgement{}, err
	}
	j := Judgement{Run: got.run}
	if got.exit != 0 {
		j.Differences = append(j.Differences, "실행되지 않는다: "+firstLine(got.stderr))
		return j, nil
	}
	if t.Reference != "" {
		want, err := l.attempt(ctx, world, t.Reference, isManifest(t.Reference))
		if err != nil {
			return j, err
		}
		if want.exit != 0 {
			return j, fmt.Errorf("%w: the reference fails: %s", ErrTask, firstLine(want.stderr))
		}
		j.Differences = append(j.Differences, compare(before, want, got)...)
	}
	for _, a := range t.Assertions {
		says, err := hold(ctx, got.cluster, a)
		if err != nil {
			return j, err
		}
		if says != "" {
			j.Differences = append(j.Differences, says)
		}
	}
	j.Right = len(j.Differences) == 0
	j.Differences = j.Differences[:min(len(j.Differences), differencesMax)]
	return j, nil
}

// worldsMax bounds the worlds that are remembered.
const worldsMax = 64

// world is a cluster as the task says. Worlds are remembered; what is returned
// is a fork.
func (l *Lab) world(ctx context.Context, t Task) (*sim.Cluster, error) {
	var c *sim.Cluster
	for i := 0; i <= len(t.Manifests); i++ {
		key := strings.Join(t.Manifests[:i], "\x00")
		l.mu.Lock()
		known := l.worlds[key]
		if known != nil {
			known = known.Fork()
		}
		l.mu.Unlock()
		switch {
		case known != nil:
			c = known
		case i == 0:
			c = l.fork()
		default:
			if err := furnish(ctx, c, t.Manifests[i-1]); err != nil {
				return nil, err
			}
			l.mu.Lock()
			if len(l.worlds) < worldsMax {
				l.worlds[key] = c.Fork()
			}
			l.mu.Unlock()
		}
	}
	for _, line := range t.Setup {
		step, err := c.Exec(ctx, line)
		if err != nil {
			return nil, err
		}
		if step.Exit != 0 {
			return nil, fmt.Errorf("%w: %s: %s", ErrTask, line, firstLine(step.Stderr))
		}
	}
	if len(t.Setup) > 0 {
		if err := c.Advance(ctx, settleAfterMake); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// furnish applies one manifest of a world and lets it become ready.
func furnish(ctx context.Context, c *sim.Cluster, manifest string) error {
	if err := prepare(c, manifest); err != nil {
		return err
	}
	if err := apply(ctx, c, manifest); err != nil {
		return fmt.Errorf("%w: %s", ErrTask, err)
	}
	return c.Advance(ctx, settleAfterMake)
}

// An attempted answer is what running it did.
type attempted struct {
	cluster        *sim.Cluster
	state          snapshot
	run            transcript.Transcript
	stdout, stderr string
	lines          []string
	exit           int
}

// topLevelKey finds a key of a manifest's first level, in block or flow style.
var topLevelKey = regexp.MustCompile(`(?m)^(?:\{\s*)?["']?(?:apiVersion|kind)["']?\s*:`)

// isManifest tells a manifest from command lines.
func isManifest(text string) bool { return topLevelKey.MatchString(text) }

// startsKubectl reports whether the first line runs kubectl: a task that wants
// a manifest takes commands that make the same, and anything else is read as
// the manifest that was wanted.
func startsKubectl(answer string) bool {
	lines := commandLines(answer)
	if len(lines) == 0 {
		return false
	}
	word, _, _ := strings.Cut(lines[0], " ")
	return word == "kubectl" || word == "k"
}

// attempt runs an answer, a manifest or command lines, on a fork of the world,
// and lets time pass.
func (l *Lab) attempt(ctx context.Context, world *sim.Cluster, answer string, manifest bool) (attempted, error) {
	a := attempted{cluster: world.Fork()}
	if manifest {
		a.cluster.Desk().Put(answerFile, answer)
		a.run.Files = []transcript.File{{Name: answerFile, Text: answer}}
		a.lines = []string{"kubectl apply -f " + answerFile}
	} else {
		a.lines = commandLines(answer)
	}
	if len(a.lines) > answerLinesMax {
		a.exit, a.stderr = 1, fmt.Sprintf("명령이 %d개보다 많다", answerLinesMax)
		return a, nil
	}
	for _, line := range a.lines {
		step, err := a.cluster.Exec(ctx, line)
		if err != nil {
			return a, err
		}
		a.run.Steps = append(a.run.Steps, step)
		a.stdout += step.Stdout
		a.stderr += step.Stderr
		if a.exit = step.Exit; a.exit != 0 {
			return a, nil
		}
	}
	if err := a.cluster.Advance(ctx, judgedAfter); err != nil {
		return a, err
	}
	var err error
	a.state, err = l.snapshot(a.cluster)
	return a, err
}

// commandLines are the lines of an answer without prompts and continuations.
func commandLines(answer string) []string {
	var out []string
	answer = strings.ReplaceAll(answer, "\\\n", " ")
	for line := range strings.Lines(answer) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		if line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// compare says how an answer differs from the reference.
func compare(before snapshot, want, got attempted) []string {
	var out []string
	changed := before.changesTo(want.state)
	for _, c := range want.state.told(got.state) {
		out = append(out, c.differs())
	}
	if len(changed) > 0 || len(out) > 0 {
		return out
	}
	wantNew, gotNew := before.replaced(want.state), before.replaced(got.state)
	if !slices.Equal(wantNew, gotNew) {
		if len(gotNew) == 0 {
			return []string{"아무것도 바뀌지 않았다"}
		}
		return []string{"다시 만들어진 오브젝트가 다르다: " + strings.Join(gotNew, ", ")}
	}
	if len(wantNew) > 0 {
		return nil
	}
	return comparePrinted(want, got)
}

// comparePrinted judges answers that change nothing by what they print.
func comparePrinted(want, got attempted) []string {
	normal := func(a attempted) string {
		cmd := strings.Join(a.lines, "; ")
		s := transcript.Normalise(a.stdout, cmd, "")
		if strings.TrimSpace(s) == "" {
			s = transcript.Normalise(a.stderr, cmd, "")
		}
		return s
	}
	w, g := normal(want), normal(got)
	if w == g && (strings.TrimSpace(want.stdout) != "" || slices.Equal(plainWords(want.lines), plainWords(got.lines))) {
		return nil
	}
	if w == g {
		return []string{"출력이 비어 있어 같은 명령인지 알 수 없다"}
	}
	return []string{"출력이 다르다: " + firstLine(differentLine(w, g))}
}

func differentLine(want, got string) string {
	w := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(w) || w[i] != line {
			return line
		}
	}
	return "나와야 할 줄이 빠졌다"
}

// plainWords are the words of commands in order, without regard to theirs.
func plainWords(lines []string) []string {
	out := strings.Fields(strings.Join(lines, " "))
	slices.Sort(out)
	return out
}

// hold checks one assertion; it says what is wrong, "" if it holds.
func hold(ctx context.Context, c *sim.Cluster, a Assertion) (string, error) {
	step, err := c.Exec(ctx, a.Command)
	if err != nil {
		return "", err
	}
	ok := step.Exit == a.Exit
	switch {
	case a.Pattern != "":
		re, err := regexp.Compile(a.Pattern)
		if err != nil {
			return "", fmt.Errorf("%w: pattern: %w", ErrTask, err)
		}
		ok = ok && re.MatchString(step.Stdout) != a.Absent
	case a.Text != "" || !a.Absent:
		ok = ok && (strings.TrimSpace(step.Stdout) == strings.TrimSpace(a.Text)) != a.Absent
	}
	if ok {
		return "", nil
	}
	out := firstLine(step.Stdout)
	if out == "" {
		out = firstLine(step.Stderr)
	}
	return fmt.Sprintf("확인 명령 %s의 결과가 다르다: %s", a.Command, out), nil
}
