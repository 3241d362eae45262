package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"gieok/sim/transcript"
)

// A Behaviour is a case of the node side: a manifest, steps in virtual time,
// and what must be seen after them.
type Behaviour struct {
	ID       string          `json:"id"`
	Topic    string          `json:"topic"`
	Title    string          `json:"title"`
	Cluster  json.RawMessage `json:"cluster,omitempty"` // another cluster than the default; not simulated
	Manifest string          `json:"manifest"`
	Steps    []BehaviourStep `json:"steps"`
	Expect   []Expectation   `json:"expect"`
	Why      string          `json:"why"`
	Source   string          `json:"source"`
}

// A BehaviourStep is one of its fields.
type BehaviourStep struct {
	Run     string `json:"run,omitempty"`
	Apply   string `json:"apply,omitempty"`
	Advance string `json:"advance,omitempty"`
}

// An Expectation says what a command prints after step At (from 0; -1: after
// the manifest). Command "" looks at the output of the step itself.
type Expectation struct {
	At      int      `json:"at"`
	Command string   `json:"command"`
	Match   []string `json:"match"`
	Absent  []string `json:"absent"`
	Fails   bool     `json:"fails"`
}

// behavioursMax bounds the cases of one file.
const behavioursMax = 10_000

// ReadBehaviours reads cases, one JSON object a line.
func ReadBehaviours(name string, src []byte) ([]Behaviour, error) {
	var out []Behaviour
	for i, line := range bytes.Split(src, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(out) >= behavioursMax {
			return nil, fmt.Errorf("%s: more than %d cases", name, behavioursMax)
		}
		var b Behaviour
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&b); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		out = append(out, b)
	}
	return out, nil
}

// RunBehaviour plays a case on a fork of c and returns what was not as
// expected, one line each.
func (c *Cluster) RunBehaviour(ctx context.Context, b Behaviour) (problems []string, err error) {
	f := c.Fork()
	steps := append([]BehaviourStep{{Apply: b.Manifest}}, b.Steps...)
	for i, s := range steps {
		done, err := f.behaviourStep(ctx, s, i)
		if err != nil {
			return problems, err
		}
		for _, e := range b.Expect {
			if e.At != i-1 {
				continue
			}
			seen := done
			if e.Command != "" {
				if seen, err = f.Exec(ctx, e.Command); err != nil {
					return problems, err
				}
			}
			p, err := e.check(seen)
			if err != nil {
				return problems, err
			}
			problems = append(problems, p...)
		}
	}
	return problems, nil
}

func (c *Cluster) behaviourStep(ctx context.Context, s BehaviourStep, n int) (transcript.Step, error) {
	switch {
	case s.Apply != "":
		name := fmt.Sprintf("step%d.yaml", n)
		c.Desk().Put(name, s.Apply)
		return c.Exec(ctx, "kubectl apply -f "+name)
	case s.Run != "":
		return c.Exec(ctx, s.Run)
	case s.Advance != "":
		return c.Exec(ctx, "advance "+s.Advance)
	}
	return transcript.Step{}, nil
}

// check compares what was printed with what was expected.
func (e Expectation) check(s transcript.Step) ([]string, error) {
	text := s.Stdout + s.Stderr
	var problems []string
	complain := func(what, pattern string) {
		problems = append(problems, fmt.Sprintf("after step %d, %s: %s %q in %q", e.At, e.Command, what, pattern, text))
	}
	for _, p := range e.Match {
		re, err := regexp.Compile("(?m)" + p)
		if err != nil {
			return nil, fmt.Errorf("match: %w", err)
		}
		if !re.MatchString(text) {
			complain("no", p)
		}
	}
	for _, p := range e.Absent {
		re, err := regexp.Compile("(?m)" + p)
		if err != nil {
			return nil, fmt.Errorf("absent: %w", err)
		}
		if re.MatchString(text) {
			complain("unwanted", p)
		}
	}
	if e.Fails && s.Exit == 0 {
		complain("a failure, not", "exit 0")
	}
	return problems, nil
}
