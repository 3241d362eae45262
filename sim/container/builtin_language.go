package container

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// runsLanguage is an interpreter with arguments: its version, Python's web
// server, and programs of one print. Any other program is refused.
func (c *call) runsLanguage(repl string) outcome {
	args := c.args[1:]
	switch {
	case len(args) == 1 && (args[0] == "--version" || args[0] == "-V" || args[0] == "-v" && repl == "node"):
		return c.languageVersion(repl)
	case repl == "python3" && len(args) > 1 && args[0] == "-m" && args[1] == "http.server":
		return c.pythonServer(args[2:])
	case repl == "python3" && len(args) > 2 && args[0] == "-u" && args[1] == "-m" && args[2] == "http.server":
		return c.pythonServer(args[3:])
	case len(args) == 2 && (args[0] == "-c" && repl == "python3" || args[0] == "-e" && repl == "node"):
		if text, ok := onePrint(repl, args[1]); ok {
			c.out(text + "\n")
			return done(0)
		}
	}
	c.p.unknown("program " + c.args[0] + " with a program of its own")
	return done(0)
}

func (c *call) languageVersion(repl string) outcome {
	c.p.cut = true
	tag, _, _ := strings.Cut(tagOf(c.p.spec.Image), "-")
	if strings.Trim(tag, "0123456789.") != "" || tag == "" {
		tag = map[string]string{"python3": "3.14", "node": "24"}[repl]
	}
	for strings.Count(tag, ".") < 2 {
		tag += map[bool]string{true: ".0", false: ".12"}[strings.Count(tag, ".") > 0 || repl == "node"]
	}
	if repl == "node" {
		c.out("v" + tag + "\n")
	} else {
		c.out("Python " + tag + "\n")
	}
	return done(0)
}

// printGrammar is one print of one text or of a sum of whole numbers.
var printGrammar = map[string]*regexp.Regexp{
	"python3": regexp.MustCompile(`^\s*print\(\s*(?:"([^"\\]*)"|'([^'\\]*)'|(-?\d{1,9})(?:\s*([-+*])\s*(\d{1,9}))?)\s*\)\s*;?\s*$`),
	"node":    regexp.MustCompile(`^\s*console\.log\(\s*(?:"([^"\\]*)"|'([^'\\]*)'|(-?\d{1,9})(?:\s*([-+*])\s*(\d{1,9}))?)\s*\)\s*;?\s*$`),
}

func onePrint(repl, program string) (string, bool) {
	m := printGrammar[repl].FindStringSubmatch(program)
	if m == nil {
		return "", false
	}
	if m[3] == "" {
		return m[1] + m[2], true
	}
	a, _ := strconv.ParseInt(m[3], 10, 64)
	b, _ := strconv.ParseInt("0"+m[5], 10, 64)
	switch m[4] {
	case "+":
		a += b
	case "-":
		a -= b
	case "*":
		if a *= b; repl == "node" && (a > 1<<53 || a < -1<<53) {
			return "", false
		}
	}
	return strconv.FormatInt(a, 10), true
}

// pythonServer serves the working directory until it is killed. What it says
// at its start stays in a buffer that only a terminal would empty.
func (c *call) pythonServer(args []string) outcome {
	port, dir := int64(8000), c.t.dir
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		switch {
		case (a == "-d" || a == "--directory" || a == "-b" || a == "--bind") && len(args) > 0:
			if strings.Contains(a, "d") && a != "--bind" {
				dir = c.t.abs(args[0])
			} else if args[0] != "0.0.0.0" {
				return c.unsupported(a + " " + args[0])
			}
			args = args[1:]
		default:
			n, err := strconv.ParseUint(a, 10, 16)
			if err != nil {
				return c.unsupported(a)
			}
			port = int64(n)
		}
	}
	for _, taken := range c.p.spec.Taken {
		if int64(taken) == port {
			c.p.cut = true // a trace of its calls
			c.complain("OSError: [Errno 98] Address already in use")
			return done(1)
		}
	}
	c.p.own = &server{program: "python", ports: []int32{int32(port)}, http: true, root: strings.TrimSuffix(dir, "/")}
	if c.args[1] == "-u" {
		c.out(fmt.Sprintf("Serving HTTP on 0.0.0.0 port %d (http://0.0.0.0:%d/) ...\n", port, port))
	}
	c.t.block = blockForever
	return outcome{again: true}
}
