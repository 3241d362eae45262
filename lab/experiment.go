package lab

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"gieok/sim/transcript"
)

// An Experiment is a fact proved by running it.
type Experiment struct {
	Name    string // of the file, without its ending
	Concept string // glossary id
	Match   *regexp.Regexp
	Says    string // Korean statement with the answer
	Proof   *transcript.Case
}

// A Proof is an experiment that ran just as its file says.
type Proof struct {
	Experiment
	Run transcript.Transcript
}

// Experiments are all experiments, ordered by name.
func (l *Lab) Experiments() ([]Experiment, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loaded || l.content == nil {
		return l.experiments, nil
	}
	names, err := fs.Glob(l.content, "experiments/*.txtar")
	if err != nil {
		return nil, fmt.Errorf("lab: experiments: %w", err)
	}
	var all []Experiment
	for _, name := range names {
		src, err := fs.ReadFile(l.content, name)
		if err != nil {
			return nil, fmt.Errorf("lab: experiments: %w", err)
		}
		e, err := readExperiment(strings.TrimSuffix(path.Base(name), ".txtar"), src)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Experiment) int { return cmp.Compare(a.Name, b.Name) })
	l.experiments, l.loaded = all, true
	return all, nil
}

func readExperiment(name string, src []byte) (Experiment, error) {
	c, err := transcript.ReadCase(name, src)
	if err != nil {
		return Experiment{}, fmt.Errorf("lab: experiment: %w", err)
	}
	e := Experiment{Name: name, Concept: c.Head["concept"], Says: c.Head["says"], Proof: c}
	for _, key := range []string{"concept", "match", "says", "proved-by"} {
		if c.Head[key] == "" {
			return e, fmt.Errorf("lab: experiment %s: no line # %s", name, key)
		}
	}
	if e.Match, err = regexp.Compile(c.Head["match"]); err != nil {
		return e, fmt.Errorf("lab: experiment %s: match: %w", name, err)
	}
	return e, nil
}

// Experiment finds the experiment on a concept whose words are matched, and
// runs it. ok is false when there is none, or when the run is not what the
// experiment says: then nothing is proved.
func (l *Lab) Experiment(ctx context.Context, concept, words string) (p Proof, ok bool, err error) {
	all, err := l.Experiments()
	if err != nil {
		return p, false, err
	}
	for _, e := range all {
		if e.Concept != concept || !e.Match.MatchString(words) {
			continue
		}
		return l.Prove(ctx, e)
	}
	return p, false, nil
}

// Prove runs an experiment; ok is false when the cluster answers otherwise.
func (l *Lab) Prove(ctx context.Context, e Experiment) (p Proof, ok bool, err error) {
	c := l.fork()
	var input strings.Builder
	for _, f := range e.Proof.Files {
		c.Desk().Put(f.Name, f.Text)
		input.WriteString(f.Text)
	}
	for _, s := range e.Proof.Steps {
		input.WriteString(s.Command + "\n")
	}
	p = Proof{Experiment: e, Run: transcript.Transcript{Title: e.Says, Files: e.Proof.Files}}
	ok = true
	for i, want := range e.Proof.Steps {
		got, err := c.Exec(ctx, want.Command)
		if err != nil {
			return p, false, fmt.Errorf("lab: experiment %s: command %d: %w", e.Name, i+1, err)
		}
		p.Run.Steps = append(p.Run.Steps, got)
		if e.Proof.Unstable[i+1] {
			continue
		}
		norm := func(s string) string { return transcript.Normalise(s, want.Command, input.String()) }
		ok = ok && norm(got.Stdout) == norm(want.Stdout) && norm(got.Stderr) == norm(want.Stderr) && got.Exit == want.Exit
	}
	return p, ok && len(c.Unknown()) == 0, nil
}
