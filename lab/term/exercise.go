package term

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gieok/sim"
)

// An Exercise is a task with the state that it starts from, answers that are
// right and wrong, and the checks that tell them apart.
type Exercise struct {
	ID        string         `json:"id"`
	Topic     string         `json:"topic"`
	Prompt    string         `json:"ko_prompt"`
	Start     StartState     `json:"start"`
	Solution  Attempt        `json:"solution"`
	Solutions []Attempt      `json:"alt_solutions"`
	Wrong     []Attempt      `json:"wrong"` // each must fail a check
	Checks    []AnswerCheck  `json:"check"`
	Wait      VirtualSeconds `json:"wait"` // between an answer and its checks
}

// A StartState is made before an answer: manifest and commands, and once all
// that has settled the later commands.
type StartState struct {
	YAML  string   `json:"yaml"`
	Cmds  []string `json:"cmds"`
	After []string `json:"cmds_after"`
}

// An Attempt is an answer: commands, a manifest, or both in this order, since
// the commands make way for the manifest.
type Attempt struct {
	YAML string   `json:"yaml"`
	Cmds []string `json:"cmds"`
	Why  string   `json:"why"` // it is wrong
}

// An AnswerCheck is a command and what it must print: Expect exactly, blanks
// around it aside, or with Regex anything that matches it.
type AnswerCheck struct {
	Cmd    string `json:"cmd"`
	Expect string `json:"expect"`
	Regex  bool   `json:"regex"`
}

// VirtualSeconds is a duration of virtual time, in JSON a text such as "90s".
type VirtualSeconds time.Duration

// UnmarshalJSON reads a duration that is not negative.
func (v *VirtualSeconds) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	if text == "" {
		*v = 0
		return nil
	}
	d, err := time.ParseDuration(text)
	if err == nil && d < 0 {
		err = fmt.Errorf("%s: a time in the past", text)
	}
	*v = VirtualSeconds(d)
	return err
}

// Limits of exercises.
const (
	exercisesMax   = 10_000 // of one file
	settleTime     = 30 * time.Second
	exerciseFile   = "exercise.yaml"
	outputRunesMax = 120 // of what a failed check shows
)

// ReadExercises reads exercises, one JSON object a line. name is for messages.
func ReadExercises(name string, src []byte) ([]Exercise, error) {
	var all []Exercise
	for i, line := range bytes.Split(src, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(all) >= exercisesMax {
			return nil, fmt.Errorf("%s: 문제가 %d개보다 많습니다", name, exercisesMax)
		}
		var e Exercise
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		if len(e.Checks) == 0 {
			return nil, fmt.Errorf("%s:%d: %s: 확인할 것(check)이 없습니다", name, i+1, e.ID)
		}
		all = append(all, e)
	}
	return all, nil
}

// Prove runs every answer of an exercise on a fork of base and returns what is
// wrong with the exercise: a solution that fails or a wrong answer that passes.
// An error is one of running it.
func Prove(ctx context.Context, base *sim.Cluster, e Exercise) (problems []string, err error) {
	world, err := e.world(ctx, base)
	if err != nil {
		return nil, err
	}
	for i, a := range append([]Attempt{e.Solution}, e.Solutions...) {
		failed, err := e.try(ctx, world, a)
		if err != nil {
			return problems, err
		}
		if failed != "" {
			problems = append(problems, fmt.Sprintf("풀이 %d이(가) 통과하지 못합니다: %s", i+1, failed))
		}
	}
	for i, a := range e.Wrong {
		failed, err := e.try(ctx, world, a)
		if err != nil {
			return problems, err
		}
		if failed == "" {
			problems = append(problems, fmt.Sprintf("틀린 답 %d이(가) 통과합니다: %s", i+1, a.Why))
		}
	}
	return problems, nil
}

// errStart says that the state before an answer cannot be made.
var errStart = errors.New("처음 상태를 만들지 못합니다")

// world is the state before an answer. Whether its manifest or its commands
// come first the exercise does not say: the order is the one that works.
func (e Exercise) world(ctx context.Context, base *sim.Cluster) (*sim.Cluster, error) {
	c := base.Fork()
	apply := []string{}
	if e.Start.YAML != "" {
		apply = append(apply, "kubectl apply -f "+exerciseFile)
	}
	err := e.furnish(ctx, c, slices.Concat(e.Start.Cmds, apply))
	if errors.Is(err, errStart) && len(apply) > 0 && len(e.Start.Cmds) > 0 {
		other := base.Fork()
		if e.furnish(ctx, other, slices.Concat(apply, e.Start.Cmds)) == nil {
			c, err = other, nil
		}
	}
	if err != nil {
		return nil, err
	}
	err = e.furnish(ctx, c, e.Start.After)
	c.Desk().Files().Delete(exerciseFile)
	return c, err
}

// furnish runs lines that must succeed, and lets what they made become ready.
func (e Exercise) furnish(ctx context.Context, c *sim.Cluster, lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	c.Desk().Put(exerciseFile, e.Start.YAML)
	for _, line := range lines {
		step, err := c.Exec(ctx, line)
		if err != nil {
			return err
		}
		if step.Exit != 0 {
			return fmt.Errorf("%w: %s: %s", errStart, line, oneLine(step.Stderr))
		}
	}
	return c.Advance(ctx, settleTime)
}

// try says which check an answer fails, "" if it passes all. That a command of
// the answer fails is no fault by itself: the checks decide.
func (e Exercise) try(ctx context.Context, world *sim.Cluster, a Attempt) (failed string, err error) {
	c := world.Fork()
	lines := slices.Clone(a.Cmds)
	if a.YAML != "" {
		c.Desk().Put(exerciseFile, a.YAML)
		lines = append(lines, "kubectl apply -f "+exerciseFile)
	}
	complaint := ""
	for _, line := range lines {
		step, err := c.Exec(ctx, line)
		if err != nil {
			return "", err
		}
		if step.Exit != 0 && complaint == "" {
			complaint = " (" + line + ": " + oneLine(step.Stderr) + ")"
		}
	}
	if err := c.Advance(ctx, time.Duration(e.Wait)); err != nil {
		return "", err
	}
	for _, check := range e.Checks {
		step, err := c.Exec(ctx, check.Cmd)
		if err != nil {
			return "", err
		}
		ok, err := check.holds(step.Stdout)
		if err != nil {
			return "", err
		}
		if !ok {
			return fmt.Sprintf("%s → %q, 기대한 것은 %q%s", check.Cmd, oneLine(step.Stdout+step.Stderr), check.Expect, complaint), nil
		}
	}
	return "", nil
}

func (c AnswerCheck) holds(stdout string) (bool, error) {
	stdout = strings.TrimSpace(stdout)
	if !c.Regex {
		return stdout == strings.TrimSpace(c.Expect), nil
	}
	re, err := regexp.Compile(c.Expect)
	if err != nil {
		return false, fmt.Errorf("check %s: %w", c.Cmd, err)
	}
	return re.MatchString(stdout), nil
}

// oneLine shortens a text to one line.
func oneLine(text string) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > outputRunesMax {
		return string(r[:outputRunesMax]) + "…"
	}
	return string(r)
}
