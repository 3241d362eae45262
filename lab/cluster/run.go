package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/lab"
	"gieok/sim"
	"gieok/sim/kubectl"
	"gieok/sim/transcript"
)

// A Report is what came of a plan.
type Report struct {
	Results []Result
	// Left is what could not be removed from the cluster, in Korean.
	Left []string
}

// A pair is the two worlds with one namespace.
type pair struct {
	simulated *simulated
	reached   *reached
	options   Options
}

// Progress is told what is being done. Both must be set.
type Progress struct {
	Comparing func(done, all int) // one of all begins
	Removing  func(namespace string)
}

// Compare carries out a plan on the cluster and on forks of base, whose time
// must not be later than the cluster's, and removes what it made, also when ctx
// ends. A report comes with an error, too: of what
// was done before.
func (l *Live) Compare(ctx context.Context, base *sim.Cluster, plan Plan, o Options, progress Progress) (Report, error) {
	var r Report
	all := len(plan.snippets) + len(plan.commands)
	var units []func(context.Context, pair) ([]Result, error)
	for _, s := range plan.snippets {
		units = append(units, s.compare)
	}
	for _, c := range plan.commands {
		units = append(units, c.compare)
	}
	size := 1 // units a namespace: in a dry run nothing is left behind by any
	if !o.Run {
		size = max(all, 1)
	}
	done := 0
	for group := range slices.Chunk(units, size) {
		if err := l.inPair(ctx, base, o, &r, progress, func(p pair) error {
			for _, unit := range group {
				progress.Comparing(done, all)
				done++
				if err := p.simulated.catchUp(ctx, o.Now()); err != nil {
					return err
				}
				results, err := unit(ctx, p)
				r.Results = append(r.Results, results...)
				if err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return r, err
		}
	}
	return r, nil
}

// inPair makes the two worlds, and removes the real one whatever happens.
func (l *Live) inPair(ctx context.Context, base *sim.Cluster, o Options, r *Report, progress Progress, do func(pair) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name := o.Name()
	s, err := newSimulated(ctx, base, name, o)
	if err != nil {
		return err
	}
	w, left, err := newReached(ctx, l, name, o)
	if err != nil {
		r.Left = append(r.Left, left...)
		return err
	}
	defer func() {
		progress.Removing(name)
		r.Left = append(r.Left, w.remove(ctx)...)
	}()
	return do(pair{s, w, o})
}

// both runs a command in both worlds.
func (p pair) both(ctx context.Context, args []string, files []transcript.File) (simulated, reached kubectl.Result, err error) {
	if simulated, err = p.simulated.kubectl(ctx, args, files); err != nil {
		return simulated, reached, err
	}
	reached, err = p.reached.kubectl(ctx, args, files)
	return simulated, reached, err
}

// notAnswered says why one thing alone had no answer, "" for an error that ends
// the comparison or for none.
func notAnswered(ctx context.Context, err error) string {
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return "제때 끝나지 않았습니다"
	}
	return ""
}

// noteFile is the name under which an object lies.
const noteFile = "note.yaml"

// compare sends the objects of a snippet one after the other, and looks at
// what became of them.
func (s snippet) compare(ctx context.Context, p pair) ([]Result, error) {
	var out []Result
	accepted := true
	for i, o := range s.objects {
		r := Result{Pos: s.places[i], EndLine: s.EndLine, Subject: o.title(), Verdict: Same}
		ours, theirs, err := p.send(ctx, o)
		if why := notAnswered(ctx, err); why != "" {
			r.Verdict, r.Why = Skipped, why
			out, accepted = append(out, r), false
			continue
		}
		if err != nil {
			return out, err
		}
		if !sameWords(ours, theirs) {
			r.Verdict, r.Simulator, r.Cluster = Different, verdict(ours), verdict(theirs)
		}
		accepted = accepted && ours.Exit == 0 && theirs.Exit == 0
		out = append(out, r)
	}
	if !p.options.Run || !accepted {
		return out, nil
	}
	r, err := s.observe(ctx, p)
	return append(out, r), err
}

// send puts an object into both worlds.
func (p pair) send(ctx context.Context, o object) (ours, theirs kubectl.Result, err error) {
	document, applies := o.into(p.simulated.namespace)
	verb := "apply"
	if !applies {
		verb = "create"
	}
	args := []string{verb, "-f", noteFile}
	if !p.options.Run {
		args = append(args, "--dry-run=server")
	}
	return p.both(ctx, args, []transcript.File{{Name: noteFile, Text: document}})
}

// sameWords tells whether two runs come to the same: both succeed, or both
// fail for the same reasons, in whichever order.
func sameWords(a, b kubectl.Result) bool {
	if a.Exit == 0 || b.Exit == 0 {
		return a.Exit == b.Exit
	}
	return slices.Equal(reasons(a.Stderr), reasons(b.Stderr))
}

func reasons(stderr string) []string {
	out := strings.Split(lab.Reason(stderr), ", ")
	slices.Sort(out)
	return out
}

func verdict(r kubectl.Result) string {
	if r.Exit == 0 {
		return "받아들인다"
	}
	return "거부한다: " + lab.Reason(r.Stderr)
}

// observe compares what is to be seen of a snippet's objects after
// lab.ReadAfter seconds. Clusters are slower or faster than the simulator, so
// any look between lab.ReadEarly and lab.ReadLate may be the same one.
func (s snippet) observe(ctx context.Context, p pair) (Result, error) {
	r := Result{Pos: s.Pos, EndLine: s.EndLine, Subject: fmt.Sprintf("%d초 뒤의 상태", lab.ReadAfter), Verdict: Same}
	want, why, err := s.expected(ctx, p.simulated)
	if err != nil {
		return r, err
	}
	if why != "" {
		r.Verdict, r.Why = Skipped, why
		return r, nil
	}
	var got lab.Observation
	for waited := 0; waited <= lab.ReadLate; waited += lookSeconds {
		step := lookSeconds
		if waited == 0 {
			waited, step = lab.ReadEarly, lab.ReadEarly
		}
		if err := p.options.Wait(ctx, time.Duration(step)*time.Second); err != nil {
			return r, err
		}
		objects, err := p.reached.objects(ctx)
		if err != nil {
			return r, fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		if got = lab.Observe(objects, s.text); got.Class == want.Class {
			return r, nil
		}
	}
	r.Verdict, r.Simulator, r.Cluster = Different, want.Summary, got.Summary
	return r, nil
}

// lookSeconds is the time between two looks.
const lookSeconds = 5

// expected is what the simulator shows; why says why nothing may rest on it.
func (s snippet) expected(ctx context.Context, w *simulated) (o lab.Observation, why string, err error) {
	var looks []lab.Observation
	passed := 0
	for _, at := range []int{lab.ReadEarly, lab.ReadAfter, lab.ReadLate} {
		if err := w.cluster.Advance(ctx, time.Duration(at-passed)*time.Second); err != nil {
			return o, "", err
		}
		passed = at
		objects, err := w.objects(ctx)
		if err != nil {
			return o, "", err
		}
		looks = append(looks, lab.Observe(objects, s.text))
	}
	o = looks[1]
	switch {
	case len(s.standIns) > 0:
		why = "시뮬레이터에 없는 이미지입니다: " + strings.Join(s.standIns, ", ")
	case len(w.cluster.Unknown()) > 0:
		u := w.cluster.Unknown()[0]
		why = fmt.Sprintf("시뮬레이터가 모르는 것이 있습니다: %s: %s", u.Field, u.Why)
	case looks[0].Class != o.Class || looks[2].Class != o.Class:
		why = fmt.Sprintf("%d초 뒤에는 아직 달라지는 중입니다", lab.ReadAfter)
	}
	return o, why, nil
}

// compare runs a command in both worlds, in a run with what it is about.
func (c command) compare(ctx context.Context, p pair) ([]Result, error) {
	r := Result{Pos: c.Pos, EndLine: c.EndLine, Subject: c.text, Verdict: Same}
	skip := func(why string) ([]Result, error) {
		r.Verdict, r.Why = Skipped, why
		return []Result{r}, nil
	}
	why, err := c.prepare(ctx, p)
	if why == "" {
		why = notAnswered(ctx, err)
	}
	if why != "" {
		return skip(why)
	}
	if err != nil {
		return nil, err
	}
	ours, theirs, err := p.both(ctx, c.call.line(p.options), c.files)
	if why := notAnswered(ctx, err); why != "" {
		return skip(why)
	}
	switch {
	case err != nil:
		return nil, err
	case ours.Exit != 0 && strings.Contains(ours.Stderr, sim.NotSimulated):
		_, what, _ := strings.Cut(strings.TrimSpace(ours.Stderr), sim.NotSimulated)
		return skip("시뮬레이터가 모르는 것이 있습니다: " + what)
	case !sameWords(ours, theirs):
		r.Verdict, r.Simulator, r.Cluster = Different, verdict(ours), verdict(theirs)
	case ours.Exit == 0 && c.call.changes && ours.Stdout != theirs.Stdout && !c.call.formats():
		r.Verdict, r.Simulator, r.Cluster = Different, strings.TrimSpace(ours.Stdout), strings.TrimSpace(theirs.Stdout)
	}
	return []Result{r}, nil
}

// prepare makes what the command is about; why says why that failed.
func (c command) prepare(ctx context.Context, p pair) (why string, err error) {
	for _, o := range c.world {
		ours, theirs, err := p.send(ctx, o)
		if err != nil {
			return "", err
		}
		if ours.Exit != 0 || theirs.Exit != 0 {
			return o.title() + ": " + lab.Reason(ours.Stderr+theirs.Stderr), nil
		}
	}
	if len(c.world) == 0 {
		return "", nil
	}
	for _, w := range []world{p.simulated, p.reached} {
		if err := w.rest(ctx); err != nil {
			return "", err
		}
	}
	for _, b := range c.before {
		ours, theirs, err := p.both(ctx, b.line(p.options), c.files)
		if err != nil {
			return "", err
		}
		if ours.Exit != 0 || theirs.Exit != 0 {
			return "앞선 명령이 실패합니다: " + lab.Reason(ours.Stderr+theirs.Stderr), nil
		}
	}
	return "", nil
}

// line is the call as it is made: without waiting, and in a dry run as one.
func (c call) line(o Options) []string {
	n := len(strings.Fields(c.verb))
	args := slices.Clone(c.args[:n])
	switch c.verb {
	case "rollout status":
		args = append(args, "--watch=false")
	case "delete":
		args = append(args, "--wait=false")
	}
	if c.changes && !o.Run && !c.dry {
		args = append(args, "--dry-run=server")
	}
	return append(args, c.args[n:]...)
}

// formats tells a command that prints objects, which hold times.
func (c call) formats() bool {
	return slices.ContainsFunc(c.args, func(a string) bool {
		return a == "-o" || strings.HasPrefix(a, "-o=") || strings.HasPrefix(a, "--output")
	})
}
