package container

import (
	"regexp"
	"strconv"
	"strings"
)

// awk knows the form that pipelines use: [/pattern/ or NR==n] {print fields}.
func awk(c *call) outcome {
	sep, args := "", c.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-F") {
		if sep = args[0][2:]; sep == "" && len(args) > 1 {
			sep, args = args[1], args[1:]
		}
		args = args[1:]
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") || len([]rune(sep)) > 1 {
		return c.unsupported("of this form")
	}
	rule, ok := parseAwk(args[0])
	if !ok {
		return c.unsupported("with the program " + args[0])
	}
	var out []string
	status, again := c.texts(args[1:], func(_, text string) {
		for i, line := range lines(text) {
			c.p.charge(256 + len(line))
			if fields := awkFields(line, sep); rule.applies(i+1, line) {
				out = append(out, rule.print(i+1, line, fields))
			}
		}
	})
	if again {
		return outcome{again: true}
	}
	c.out(joined(out))
	return done(status)
}

func awkFields(line, sep string) []string {
	if sep == "" || sep == " " {
		return strings.Fields(line)
	}
	return strings.Split(line, sep)
}

// An awkRule prints, for the lines that it is for, items one after another;
// those that begin with a quote are texts.
type awkRule struct {
	re     *regexp.Regexp
	line   int
	after  bool // lines after line
	items  []string
	spaced []bool // a comma stands before the item
}

var (
	awkGrammar = regexp.MustCompile(`^\s*(?:/((?:[^/\\]|\\.)*)/|NR\s*(==|>)\s*(\d+))?\s*(?:\{\s*print\s*(.*?)\s*;?\s*\})?\s*$`)
	awkItem    = regexp.MustCompile(`^(?:\$(\d+|NF)|NR|NF|"((?:[^"\\]|\\.)*)")`)
)

func parseAwk(program string) (r awkRule, ok bool) {
	m := awkGrammar.FindStringSubmatch(program)
	if m == nil || len(program) > patternMax || strings.TrimSpace(program) == "" {
		return r, false
	}
	if m[1] != "" {
		if r.re, ok = basicPattern(m[1], true, false); !ok {
			return r, false
		}
	}
	if m[3] != "" {
		n, err := strconv.Atoi(m[3])
		if err != nil {
			return r, false
		}
		r.line, r.after = n, m[2] == ">"
	}
	for rest := m[4]; rest != ""; {
		comma := strings.HasPrefix(rest, ",")
		if comma {
			rest = strings.TrimLeft(rest[1:], " ")
		}
		if comma && len(r.items) == 0 {
			return r, false
		}
		item := awkItem.FindString(rest)
		if item == "" {
			return r, false
		}
		r.items, r.spaced = append(r.items, item), append(r.spaced, comma)
		rest = strings.TrimLeft(rest[len(item):], " ")
	}
	return r, true
}

func (r *awkRule) applies(n int, line string) bool {
	switch {
	case r.re != nil:
		return r.re.MatchString(line)
	case r.after:
		return n > r.line
	case r.line > 0:
		return n == r.line
	}
	return true
}

func (r *awkRule) print(n int, line string, fields []string) string {
	if len(r.items) == 0 {
		return line
	}
	var b strings.Builder
	for i, item := range r.items {
		if r.spaced[i] {
			b.WriteByte(' ')
		}
		switch {
		case item[0] == '"':
			text, _ := unbackslash(item[1:len(item)-1], false)
			b.WriteString(text)
		case item == "NR":
			b.WriteString(strconv.Itoa(n))
		case item == "NF":
			b.WriteString(strconv.Itoa(len(fields)))
		case item == "$0":
			b.WriteString(line)
		default:
			k := len(fields)
			if item != "$NF" {
				k, _ = strconv.Atoi(item[1:])
			}
			if k == 0 {
				b.WriteString(line)
			} else if k <= len(fields) {
				b.WriteString(fields[k-1])
			}
		}
	}
	return b.String()
}
