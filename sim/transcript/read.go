package transcript

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// A Case is a recorded case: a transcript with what its head says of it.
type Case struct {
	Transcript
	Name     string            // of the file, without its ending
	Head     map[string]string // "kind", "level", "node", "source", …
	Unstable map[int]bool      // number of the command, from 1, every line of the script counted
}

// Limits of a case.
const (
	caseBytesMax = 1 << 20
	stepsMax     = 1000
)

// An Error is a complaint about a case file.
type Error struct {
	Name string
	Line int // of the script, from 1; 0 for the whole file
	Text string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Name, e.Text)
	}
	return fmt.Sprintf("%s: line %d of the script: %s", e.Name, e.Line, e.Text)
}

// ReadCase reads a case in the txtar form of the recordings.
func ReadCase(name string, src []byte) (*Case, error) {
	if len(src) > caseBytesMax {
		return nil, &Error{Name: name, Text: "larger than 1 MiB"}
	}
	a := txtar.Parse(src)
	c := &Case{Name: name, Head: map[string]string{}, Unstable: map[int]bool{}}
	if err := c.readHead(string(a.Comment)); err != nil {
		return nil, err
	}
	script := ""
	for i, f := range a.Files {
		if f.Name != "script" {
			c.Files = append(c.Files, File{Name: f.Name, Text: string(f.Data)})
			continue
		}
		if i != len(a.Files)-1 {
			return nil, &Error{Name: name, Text: "the script must come last"}
		}
		script = string(f.Data)
	}
	if script == "" {
		return nil, &Error{Name: name, Text: "no script"}
	}
	steps, err := readSteps(name, script)
	c.Steps = steps
	return c, err
}

// known are the words that a head may begin a line with.
func knownHead(key string) bool {
	switch key {
	case "kind", "level", "node", "source", "note-lines", "unstable", "concept", "match", "proved-by", "says", "topic",
		"claim", "wrong", "inexact", "unless", "about", "fix", "ask", "answer", "accept", "others", "false":
		return true
	}
	return false
}

func (c *Case) readHead(text string) error {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "#"))
		if i == 0 {
			c.Title = line
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok || strings.Contains(key, " ") {
			continue // a comment
		}
		if !knownHead(key) {
			return &Error{Name: c.Name, Text: "unknown line in the head: " + line}
		}
		value = strings.TrimSpace(value)
		if key == "claim" && c.Head[key] != "" {
			value = c.Head[key] + "\n" + value // the one key that may stand on several lines
		}
		if key != "unstable" {
			c.Head[key] = value
			continue
		}
		for _, w := range strings.FieldsFunc(strings.TrimPrefix(value, "command"), func(r rune) bool { return r == ' ' || r == ',' || r == 's' }) {
			n, err := strconv.Atoi(w)
			if err != nil {
				return &Error{Name: c.Name, Text: "unstable: want `command N`, got " + value}
			}
			c.Unstable[n] = true
		}
	}
	return nil
}

func readSteps(name, script string) ([]Step, error) {
	var steps []Step
	var out, errOut []string
	flush := func() {
		if len(steps) > 0 {
			s := &steps[len(steps)-1]
			s.Stdout, s.Stderr = strings.Join(out, "\n"), strings.Join(errOut, "\n")
		}
		out, errOut = nil, nil
	}
	lines := strings.Split(strings.TrimSuffix(script, "\n"), "\n")
	for i, line := range lines {
		if cmd, ok := strings.CutPrefix(line, "> "); ok {
			flush()
			if len(steps) >= stepsMax {
				return nil, &Error{Name: name, Line: i + 1, Text: fmt.Sprintf("more than %d commands", stepsMax)}
			}
			steps = append(steps, Step{Command: cmd})
			continue
		}
		if len(steps) == 0 {
			return nil, &Error{Name: name, Line: i + 1, Text: "output before the first command"}
		}
		switch {
		case line == "!":
			errOut = append(errOut, "")
		case strings.HasPrefix(line, "! "):
			errOut = append(errOut, line[2:])
		case isExit(line):
			n, err := strconv.Atoi(line[len("exit "):])
			if err != nil {
				return nil, &Error{Name: name, Line: i + 1, Text: "exit: not a number"}
			}
			steps[len(steps)-1].Exit = n
		default:
			out = append(out, strings.TrimPrefix(line, `\`))
		}
	}
	flush()
	return steps, nil
}

func isExit(line string) bool {
	rest, ok := strings.CutPrefix(line, "exit ")
	return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9'
}

// Write gives a transcript the txtar form of the recordings.
func Write(t Transcript) []byte {
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintf(&b, "# %s\n", t.Title)
	}
	for _, f := range t.Files {
		fmt.Fprintf(&b, "-- %s --\n%s", f.Name, f.Text)
		if !strings.HasSuffix(f.Text, "\n") {
			b.WriteByte('\n')
		}
	}
	b.WriteString("-- script --\n")
	for _, s := range t.Steps {
		b.WriteString("> " + s.Command + "\n")
		writeSteps(&b, s)
	}
	return []byte(b.String())
}

func writeSteps(b *strings.Builder, s Step) {
	if out := strings.TrimSuffix(s.Stdout, "\n"); out != "" {
		for _, line := range strings.Split(out, "\n") {
			if strings.HasPrefix(line, "> ") || strings.HasPrefix(line, "! ") || line == "!" || isExit(line) ||
				strings.HasPrefix(line, "-- ") || strings.HasPrefix(line, `\`) {
				line = `\` + line
			}
			b.WriteString(line + "\n")
		}
	}
	if errOut := strings.TrimSuffix(s.Stderr, "\n"); errOut != "" {
		for _, line := range strings.Split(errOut, "\n") {
			if line == "" {
				b.WriteString("!\n")
				continue
			}
			b.WriteString("! " + line + "\n")
		}
	}
	if s.Exit != 0 {
		fmt.Fprintf(b, "exit %d\n", s.Exit)
	}
}
