package container

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// find walks trees: -name, -iname, -path, -type, -maxdepth, -mindepth, -empty,
// -size, -print, -delete, !, and -exec of one command a file.
func find(c *call) outcome {
	if c.f.stage == 0 {
		roots, tests, why := c.findTests()
		if why != "" {
			return c.unsupported(why)
		}
		var hits []string
		for _, r := range roots {
			n, err := c.lstat(c.t.abs(r))
			if err != nil {
				c.file("list", r, err)
				c.f.status = 1
				continue
			}
			c.walk(r, n, 0, tests, &hits)
		}
		if c.p.over() {
			return done(0)
		}
		if tests.command == nil {
			for _, h := range hits {
				if tests.remove && h != "." {
					if err := c.remove(c.t.abs(h), true); err != nil && err != errMissing {
						c.file("remove", h, err)
						c.f.status = 1
					}
				} else {
					c.out(h + tests.end)
				}
			}
			return done(c.f.status)
		}
		status := c.f.status
		if tests.together {
			words := slices.Concat(tests.command, hits)
			if len(hits) == 0 {
				return done(status)
			}
			return outcome{status: status, then: func() { c.t.push(frame{kind: frProgram, words: words}) }}
		}
		slices.Reverse(hits)
		command := tests.command
		return outcome{status: status, then: func() {
			for _, h := range hits {
				words := slices.Clone(command)
				for i := range words {
					words[i] = strings.ReplaceAll(words[i], "{}", h)
				}
				c.t.push(frame{kind: frProgram, words: words})
			}
		}}
	}
	return done(c.f.status)
}

type findTests struct {
	tests    []func(name string, n Node) bool
	min, max int
	remove   bool
	command  []string
	together bool
	end      string
}

func (c *call) findTests() (roots []string, t *findTests, why string) {
	t = &findTests{max: treeDepthMax, end: "\n"}
	args := c.args[1:]
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && args[0] != "!" && args[0] != "(" {
		roots, args = append(roots, args[0]), args[1:]
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	not := false
	add := func(f func(string, Node) bool) {
		if not {
			g := f
			f = func(s string, n Node) bool { return !g(s, n) }
		}
		t.tests, not = append(t.tests, f), false
	}
	for len(args) > 0 {
		a, value := args[0], ""
		args = args[1:]
		switch a {
		case "-name", "-iname", "-path", "-type", "-maxdepth", "-mindepth", "-size", "-user":
			if len(args) == 0 {
				return nil, nil, a
			}
			value, args = args[0], args[1:]
		}
		switch a {
		case "!", "-not":
			not = true
		case "-a", "-and", "-print":
		case "-print0":
			t.end = "\x00"
		case "-maxdepth", "-mindepth":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				return nil, nil, a
			}
			if a == "-maxdepth" {
				t.max = min(n, treeDepthMax)
			} else {
				t.min = n
			}
		case "-delete":
			t.remove = true
		case "-exec":
			end := slices.IndexFunc(args, func(s string) bool { return s == ";" || s == "+" })
			if end < 1 {
				return nil, nil, "-exec without an end"
			}
			t.command, t.together = args[:end], args[end] == "+"
			if t.together {
				t.command = slices.DeleteFunc(slices.Clone(t.command), func(s string) bool { return s == "{}" })
			}
			args = args[end+1:]
		default:
			test, ok := c.findTest(a, value)
			if !ok {
				return nil, nil, strings.TrimSpace(a + " " + value)
			}
			add(test)
		}
	}
	return roots, t, ""
}

func (c *call) walk(name string, n Node, depth int, t *findTests, hits *[]string) {
	c.p.charge(128)
	if len(*hits) > wordFieldsMax || c.p.instant > stepsInstantMax {
		c.p.unknown("over 4,096 files")
		return
	}
	if depth >= t.min && !slices.ContainsFunc(t.tests, func(f func(string, Node) bool) bool { return !f(name, n) }) {
		*hits = append(*hits, name)
	}
	if !n.Dir || depth >= t.max {
		return
	}
	names, err := c.view.list(c.t.abs(name))
	if err == errNotFilled && (kernelPath(c.t.abs(name)) || c.t.abs(name) == "/dev") {
		return
	} else if err != nil {
		c.file("list", name, err)
		return
	}
	for _, e := range names {
		p := strings.TrimSuffix(name, "/") + "/" + e
		if below, err := c.lstat(c.t.abs(p)); err == nil {
			c.walk(p, below, depth+1, t, hits)
		}
		if c.p.over() {
			return
		}
	}
}

// du adds up the blocks of trees.
func du(c *call) outcome {
	set, names, bad := c.options("shakmc")
	if bad != "" || set['a'] || set['m'] || set['c'] {
		return c.unsupported(bad)
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	status := 0
	for _, name := range names {
		if n, err := c.lstat(c.t.abs(name)); err != nil {
			c.file("list", name, err)
			status = 1
		} else {
			c.usage(name, n, set['h'], set['s'], 0)
		}
	}
	return done(status)
}

func (c *call) usage(name string, n Node, h, whole bool, depth int) int64 {
	sum := (size(n) + 4095) / 4096 * 4096
	if n.Opaque && n.Size == 0 {
		c.p.cut = true
	}
	if !n.Dir || depth > treeDepthMax {
		return sum
	}
	names, _ := c.view.list(c.t.abs(name))
	c.p.charge(128 * len(names))
	for _, e := range names {
		p := strings.TrimSuffix(name, "/") + "/" + e
		if below, err := c.lstat(c.t.abs(p)); err == nil && c.p.instant <= stepsInstantMax {
			sum += c.usage(p, below, h, whole, depth+1)
		}
	}
	if depth == 0 || !whole {
		text := strconv.FormatInt(sum>>10, 10)
		if h {
			text = human(sum, c.p.image.flavour)
		}
		c.out(text + "\t" + name + "\n")
	}
	return sum
}

// findTest is one test of a file by its name and node.
func (c *call) findTest(a, value string) (test func(string, Node) bool, ok bool) {
	switch a {
	case "-name":
		return func(s string, _ Node) bool { return match(value, path.Base(s)) }, true
	case "-iname":
		return func(s string, _ Node) bool { return match(strings.ToLower(value), strings.ToLower(path.Base(s))) }, true
	case "-path":
		return func(s string, _ Node) bool { return match(value, s) }, true
	case "-type":
		return func(_ string, n Node) bool {
			return map[string]bool{"d": n.Dir, "l": n.Link != "", "f": !n.Dir && n.Link == ""}[value]
		}, true
	case "-user":
		id, _ := c.idOf("/etc/passwd", value)
		return func(_ string, n Node) bool { return n.Owner == id }, true
	case "-empty":
		return func(s string, n Node) bool {
			names, _ := c.view.list(c.t.abs(s))
			return n.Dir && len(names) == 0 && !n.Opaque || !n.Dir && size(n) == 0 && !n.Opaque
		}, true
	case "-size":
		if value == "" {
			return nil, false
		}
		unit := map[byte]int64{'k': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'c': 1}[value[len(value)-1]]
		n, err := strconv.ParseInt(strings.Trim(value, "+-kMGc"), 10, 32)
		if unit == 0 || err != nil {
			return nil, false
		}
		return func(_ string, node Node) bool {
			have := (size(node) + unit - 1) / unit
			return value[0] == '+' && have > n || value[0] == '-' && have < n || have == n && value[0] != '+' && value[0] != '-'
		}, true
	}
	return nil, false
}
