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
	"sync"

	"gieok/sim/transcript"
)

// An Experiment is a fact proved by running it.
type Experiment struct {
	Name    string // of the file, without its ending
	Concept string // glossary id
	Match   *regexp.Regexp
	Says    string // Korean statement with the answer
	Proof   *transcript.Case

	Ask    string   // Korean question that the run answers, "" for none
	Answer string   // of Ask
	Accept []string // other right answers
	Others []string // wrong choices beside Answer: then the first file is shown, and the question is what becomes of it
	False  string   // Korean statement that the run refutes, "" for none

	// Wrong is a pattern of sentences that the run shows to be false, "" for
	// none. {name}, {namespace} and {kind} in it are those of the snippet that
	// the sentence is about.
	Wrong  string
	wrong  *regexp.Regexp // nil when Wrong has such a word
	Unless *regexp.Regexp // sentences that are left alone; nil: those that deny or ask
	About  *regexp.Regexp // what must be spoken of; nil: the concept
	Fix    string         // Korean: what to write instead, "" when Says is enough
	Notice bool           // the sentence is inexact and not false
	claims []claim        // what the run shows to be false
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
	words, err := readVocabulary(l.content, l.terms)
	if err != nil {
		return nil, err
	}
	var all []Experiment
	for _, name := range names {
		src, err := fs.ReadFile(l.content, name)
		if err != nil {
			return nil, fmt.Errorf("lab: experiments: %w", err)
		}
		e, err := readExperiment(strings.TrimSuffix(path.Base(name), ".txtar"), src, words)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Experiment) int { return cmp.Compare(a.Name, b.Name) })
	l.experiments, l.loaded = all, true
	return all, nil
}

func readExperiment(name string, src []byte, words *vocabulary) (Experiment, error) {
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
	e.Ask, e.Answer = c.Head["ask"], c.Head["answer"]
	if (e.Ask == "") != (e.Answer == "") {
		return e, fmt.Errorf("lab: experiment %s: # ask and # answer go together", name)
	}
	e.Accept, e.Others, e.False = listOf(c.Head["accept"]), listOf(c.Head["others"]), c.Head["false"]
	if len(e.Others) > 0 && (e.Ask == "" || len(c.Files) == 0) {
		return e, fmt.Errorf("lab: experiment %s: # others wants # ask and a file", name)
	}
	if e.Match, err = regexp.Compile(c.Head["match"]); err != nil {
		return e, fmt.Errorf("lab: experiment %s: match: %w", name, err)
	}
	if err := e.readClaims(c.Head["claim"], words); err != nil {
		return e, err
	}
	return e, e.readWrong(c.Head)
}

// listOf splits a line of a head at its bars.
func listOf(line string) []string {
	if line == "" {
		return nil
	}
	return strings.Split(line, "|")
}

// readClaims reads the claims that an experiment shows false; a lab without a
// glossary has none, since they are made of its words.
func (e *Experiment) readClaims(lines string, words *vocabulary) error {
	if len(words.terms) == 0 {
		return nil
	}
	for line := range strings.SplitSeq(lines, "\n") {
		if line == "" {
			continue
		}
		c, err := readClaim(line, words)
		if err != nil {
			return fmt.Errorf("lab: experiment %s: %w", e.Name, err)
		}
		e.claims = append(e.claims, c)
	}
	return nil
}

// readWrong reads what of an experiment is for the check of notes.
func (e *Experiment) readWrong(head map[string]string) error {
	e.Wrong, e.Fix, e.Notice = head["wrong"], head["fix"], head["inexact"] != ""
	if e.Notice {
		e.Wrong = head["inexact"]
	}
	compile := func(key, pattern string, into **regexp.Regexp) error {
		if pattern == "" {
			return nil
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return fmt.Errorf("lab: experiment %s: %s: %w", e.Name, key, err)
		}
		*into = re
		return nil
	}
	probe := binding.ReplaceAllString(e.Wrong, "x")
	if err := compile("wrong", probe, &e.wrong); err != nil {
		return err
	}
	if probe != e.Wrong {
		e.wrong = nil
	}
	if err := compile("unless", head["unless"], &e.Unless); err != nil {
		return err
	}
	return compile("about", head["about"], &e.About)
}

// Experiment finds the first experiment on one of concepts whose words are
// matched and that fits, and runs it. ok is false when there is none, or when
// the run is not what the experiment says: then nothing is proved.
func (l *Lab) Experiment(ctx context.Context, concepts []string, words string, fits func(*Experiment) bool) (p Proof, ok bool, err error) {
	all, err := l.Experiments()
	if err != nil {
		return p, false, err
	}
	for i := range all {
		if e := &all[i]; slices.Contains(concepts, e.Concept) && e.Match.MatchString(words) && fits(e) {
			return l.Prove(ctx, *e)
		}
	}
	return p, false, nil
}

// proved is what came of an experiment.
type proved struct {
	running sync.Mutex
	done    bool // it ran to its end
	proof   Proof
	holds   bool
}

// Prove runs an experiment, once for a lab: experiments of one name are the
// same one. ok is false when the cluster answers otherwise. It is safe for
// several goroutines; one that asks for what another runs waits for it.
func (l *Lab) Prove(ctx context.Context, e Experiment) (p Proof, ok bool, err error) {
	l.mu.Lock()
	known := l.proofs[e.Name]
	if known == nil {
		known = &proved{}
		l.proofs[e.Name] = known
	}
	l.mu.Unlock()
	known.running.Lock()
	defer known.running.Unlock()
	if !known.done {
		if p, ok, err = l.prove(ctx, e); err != nil {
			return p, false, err
		}
		known.proof, known.holds, known.done = p, ok, true
	}
	return known.proof, known.holds, nil
}

func (l *Lab) prove(ctx context.Context, e Experiment) (p Proof, ok bool, err error) {
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
