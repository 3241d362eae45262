package desk

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// sedCommandsMax bounds a script of sed.
const sedCommandsMax = 50

// A sedCommand is s, d or p, for the lines that its addresses choose.
type sedCommand struct {
	from, to *sedAddress // nil: every line; to nil: one address
	inside   bool        // a range that has begun
	verb     byte
	pattern  *regexp.Regexp
	with     string // in regexp.Expand's form
	global   bool
	print    bool
	nth      int // which match is replaced, from 1
}

// A sedAddress is a line number, the last line ($), or a pattern.
type sedAddress struct {
	line    int
	last    bool
	pattern *regexp.Regexp
}

func (a *sedAddress) is(n int, last bool, line string) bool {
	if a.pattern != nil {
		return a.pattern.MatchString(line)
	}
	return a.last && last || a.line == n
}

// chooses reports whether a command is for line n.
func (c *sedCommand) chooses(n int, last bool, line string) bool {
	switch {
	case c.from == nil:
		return true
	case c.to == nil:
		return c.from.is(n, last, line)
	case c.inside:
		c.inside = !c.to.is(n, last, line) && (c.to.line == 0 || n < c.to.line)
		return true
	case c.from.is(n, last, line):
		c.inside = !(c.to.line > 0 && c.to.line <= n)
		return true
	}
	return false
}

// sed knows s, d and p with addresses and ranges, and -n, -e, -E, -r and -i.
func sed(t tool, args []string) int {
	var scripts, files []string
	quiet, extended, inPlace := false, false, false
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-e" && i+1 < len(args):
			i++
			scripts = append(scripts, args[i])
		case len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "nEri") == "":
			quiet = quiet || strings.Contains(a, "n")
			extended = extended || strings.ContainsAny(a, "Er")
			inPlace = inPlace || strings.Contains(a, "i")
		case strings.HasPrefix(a, "-"):
			fmt.Fprintf(t.errOut, "sed: %s is not part of this desk\n", a)
			return 1
		case scripts == nil:
			scripts = append(scripts, a)
		default:
			files = append(files, a)
		}
	}
	commands, err := parseSed(strings.Join(scripts, "\n"), extended)
	if err != nil {
		fmt.Fprintf(t.errOut, "sed: %v\n", err)
		return 1
	}
	if !inPlace {
		text, ok := t.input("sed", files)
		_, _ = t.out.Write([]byte(runSed(commands, text, quiet)))
		return status(ok)
	}
	all := true
	for _, f := range files {
		text, ok := t.input("sed", []string{f})
		if all = all && ok; ok {
			t.files.Write(f, runSed(commands, text, quiet))
		}
	}
	return status(all)
}

func status(ok bool) int {
	if ok {
		return 0
	}
	return 1
}

// runSed runs a script over a text.
func runSed(commands []*sedCommand, text string, quiet bool) string {
	var out strings.Builder
	all := strings.SplitAfter(text, "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	for i, whole := range all {
		line, ended := strings.CutSuffix(whole, "\n")
		put := func() {
			if out.Len()+len(line) < outputBytesMax {
				out.WriteString(line)
				if ended {
					out.WriteByte('\n')
				}
			}
		}
		deleted := false
		for _, c := range commands {
			if !c.chooses(i+1, i == len(all)-1, line) {
				continue
			}
			switch c.verb {
			case 's':
				changed := c.substitute(line)
				if changed != line && c.print {
					line = changed
					put()
				}
				line = changed
			case 'p':
				put()
			case 'd':
				deleted = true
			}
			if deleted {
				break
			}
		}
		if !deleted && !quiet {
			put()
		}
	}
	return out.String()
}

func (c *sedCommand) substitute(line string) string {
	var out strings.Builder
	end := 0
	for n, m := range c.pattern.FindAllStringSubmatchIndex(line, -1) {
		if n+1 < c.nth || n+1 > c.nth && !c.global {
			continue
		}
		out.WriteString(line[end:m[0]])
		out.Write(c.pattern.ExpandString(nil, c.with, line, m))
		if end = m[1]; out.Len() > outputBytesMax {
			break
		}
	}
	return out.String() + line[end:]
}

// parseSed reads a script.
func parseSed(script string, extended bool) ([]*sedCommand, error) {
	var all []*sedCommand
	rest := strings.TrimLeft(script, " \t\n;")
	if rest == "" {
		return nil, fmt.Errorf("no script")
	}
	for rest != "" {
		if len(all) == sedCommandsMax {
			return nil, fmt.Errorf("more than %d commands", sedCommandsMax)
		}
		c, after, err := parseSedCommand(rest, extended)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		trimmed := strings.TrimLeft(after, " \t")
		if trimmed != "" && trimmed[0] != ';' && trimmed[0] != '\n' {
			return nil, fmt.Errorf("not part of this desk: %q", trimmed)
		}
		rest = strings.TrimLeft(trimmed, " \t\n;")
	}
	return all, nil
}

func parseSedCommand(rest string, extended bool) (c *sedCommand, after string, err error) {
	c = &sedCommand{nth: 1}
	if c.from, rest, err = parseSedAddress(rest, extended); err != nil {
		return nil, "", err
	}
	if c.from != nil && strings.HasPrefix(rest, ",") {
		if c.to, rest, err = parseSedAddress(rest[1:], extended); err != nil {
			return nil, "", err
		}
		if c.to == nil {
			return nil, "", fmt.Errorf("unexpected `,'")
		}
	}
	rest = strings.TrimLeft(rest, " ")
	if rest == "" {
		return nil, "", fmt.Errorf("missing command")
	}
	c.verb, rest = rest[0], rest[1:]
	switch c.verb {
	case 'd', 'p':
		return c, rest, nil
	case 's':
		rest, err = c.parseSubstitution(rest, extended)
		return c, rest, err
	}
	return nil, "", fmt.Errorf("not part of this desk: %q", string(c.verb))
}

func parseSedAddress(rest string, extended bool) (a *sedAddress, after string, err error) {
	switch {
	case strings.HasPrefix(rest, "$"):
		return &sedAddress{last: true}, rest[1:], nil
	case strings.HasPrefix(rest, "/"):
		text, after, ok := cutDelimited(rest[1:], '/')
		if !ok {
			return nil, "", fmt.Errorf("unterminated address regex")
		}
		re, err := sedPattern(text, extended, false)
		return &sedAddress{pattern: re}, after, err
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 {
		return nil, rest, nil
	}
	n, err := strconv.Atoi(rest[:digits])
	if err != nil || n == 0 {
		return nil, "", fmt.Errorf("invalid line %s", rest[:digits])
	}
	return &sedAddress{line: n}, rest[digits:], nil
}

// parseSubstitution reads what follows an s.
func (c *sedCommand) parseSubstitution(rest string, extended bool) (after string, err error) {
	if rest == "" || rest[0] == '\\' || rest[0] == '\n' {
		return "", fmt.Errorf("unterminated `s' command")
	}
	delimiter := rest[0]
	pattern, rest, ok := cutDelimited(rest[1:], delimiter)
	if !ok {
		return "", fmt.Errorf("unterminated `s' command")
	}
	with, rest, ok := cutDelimited(rest, delimiter)
	if !ok {
		return "", fmt.Errorf("unterminated `s' command")
	}
	fold := false
	for rest != "" && strings.IndexByte("gpIi123456789", rest[0]) >= 0 {
		switch f := rest[0]; f {
		case 'g':
			c.global = true
		case 'p':
			c.print = true
		case 'i', 'I':
			fold = true
		default:
			c.nth = int(f - '0')
		}
		rest = rest[1:]
	}
	c.with = sedReplacement(with)
	c.pattern, err = sedPattern(pattern, extended, fold)
	return rest, err
}

// cutDelimited cuts at the first delimiter that has no backslash before it.
func cutDelimited(s string, delimiter byte) (before, after string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == delimiter:
			b.WriteByte(delimiter)
			i++
		case s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i++
		case s[i] == delimiter:
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// sedPattern is a pattern as Go has it. In a basic one a backslash makes of
// ( ) { } + ? | what they are without it in an extended one.
func sedPattern(p string, extended, fold bool) (*regexp.Regexp, error) {
	var b strings.Builder
	if fold {
		b.WriteString("(?i)")
	}
	class := false
	for i := 0; i < len(p); i++ {
		ch := p[i]
		special := strings.IndexByte("(){}+?|", ch) >= 0
		switch {
		case class:
			class = ch != ']' || p[i-1] == '['
			if ch == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(ch)
		case ch == '[':
			class = true
			b.WriteByte(ch)
		case ch == '\\' && i+1 < len(p):
			i++
			if extended || strings.IndexByte("(){}+?|", p[i]) < 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(p[i])
		case special && !extended, ch == '*' && b.Len() == 0:
			b.WriteByte('\\')
			b.WriteByte(ch)
		default:
			b.WriteByte(ch)
		}
	}
	return regexp.Compile(b.String())
}

// sedReplacement is a replacement as regexp.Expand has it.
func sedReplacement(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '$':
			b.WriteString("$$")
		case s[i] == '&':
			b.WriteString("${0}")
		case s[i] == '\\' && i+1 < len(s):
			i++
			switch e := s[i]; {
			case e >= '0' && e <= '9':
				b.WriteString("${" + string(e) + "}")
			case e == 'n':
				b.WriteByte('\n')
			case e == 't':
				b.WriteByte('\t')
			case e == '$':
				b.WriteString("$$")
			default:
				b.WriteByte(e)
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
