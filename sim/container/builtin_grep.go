package container

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func grep(c *call) outcome {
	g := &grepping{call: c, most: -1}
	patterns, rest := g.amounts()
	o := &call{machine: c.machine, f: c.f, args: append([]string{c.args[0]}, rest...)}
	set, names, bad := o.options("qvicEFxnhHsoRrwlLaPI")
	if bad != "" {
		return c.unsupported(bad)
	}
	switch c.args[0] {
	case "egrep":
		set['E'] = true
	case "fgrep":
		set['F'] = true
	}
	if bad == "" && len(patterns) == 0 && len(names) > 0 {
		patterns, names = names[:1], names[1:]
	}
	if bad != "" || len(patterns) == 0 || set['o'] && set['v'] || set['P'] && c.p.image.flavour == busybox {
		return c.unsupported(bad)
	}
	g.set = set
	if why := g.compile(patterns); why != "" {
		return c.unsupported("with the pattern " + why)
	}
	status := 0
	if set['r'] || set['R'] {
		names, status = g.below(names)
	}
	g.named = (len(names) > 1 || set['r'] || set['R'] || set['H']) && !set['h']
	st, again := c.texts(names, g.file)
	if again {
		return outcome{again: true}
	}
	if !set['q'] {
		c.out(g.b.String())
	}
	if st+status != 0 && !set['s'] && !(set['q'] && g.hits > 0) {
		return done(2)
	}
	return done(int(1 - truth(g.hits > 0)))
}

// amounts takes the options with a value, -A, -B, -C, -m and -e, off the words.
func (g *grepping) amounts() (patterns, rest []string) {
	args := slices.DeleteFunc(slices.Clone(g.args), func(a string) bool { return strings.HasPrefix(a, "--color") })
	for i := 1; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return patterns, append(rest, args[i:]...)
		}
		if len(a) == 2 && a[0] == '-' && strings.Contains("ABCme", a[1:]) && i+1 < len(args) {
			i++
			a += args[i]
		}
		n, err := strconv.Atoi(strings.TrimLeft(a, "-ABCm"))
		switch {
		case strings.HasPrefix(a, "-e") && len(a) > 2:
			patterns = append(patterns, a[2:])
		case len(a) > 2 && a[0] == '-' && strings.Contains("ABCm", a[1:2]) && err == nil:
			switch a[1] {
			case 'A':
				g.after = n
			case 'B':
				g.before = n
			case 'C':
				g.before, g.after = n, n
			default:
				g.most = n
			}
		default:
			rest = append(rest, a)
		}
	}
	return patterns, rest
}

// grepping is one run of grep.
type grepping struct {
	*call
	set           map[rune]bool
	re            *regexp.Regexp
	before, after int
	most          int
	named         bool
	b             strings.Builder
	hits          int
}

func (g *grepping) compile(patterns []string) (why string) {
	var all []string
	for _, p := range patterns {
		if g.set['F'] {
			p = regexp.QuoteMeta(p)
		}
		re, ok := basicPattern(p, g.set['E'] || g.set['F'] || g.set['P'], g.set['i'])
		if p == "" { // every line has it
			all = append(all, "")
			continue
		}
		if !ok {
			return p
		}
		all = append(all, re.String())
	}
	pattern := strings.Join(all, "|")
	switch {
	case g.set['x']:
		pattern = "^(?:" + pattern + ")$"
	case g.set['w']:
		pattern = `\b(?:` + pattern + `)\b`
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return patterns[0]
	}
	g.re = re
	return ""
}

// below lists the files of trees.
func (g *grepping) below(names []string) (files []string, status int) {
	if len(names) == 0 {
		names = []string{"."}
	}
	for _, n := range names {
		node, err := g.stat(g.t.abs(n))
		if err != nil {
			g.file2(n, err)
			status = 1
			continue
		}
		var hits []string
		g.walk(n, node, 0, &findTests{max: treeDepthMax, tests: []func(string, Node) bool{func(_ string, n Node) bool { return !n.Dir && n.Link == "" }}}, &hits)
		files = append(files, hits...)
	}
	return files, status
}

func (g *grepping) file2(name string, err error) { g.call.file("open", name, err) }

func (g *grepping) file(name, text string) {
	l, found, last := lines(text), 0, -1
	put := func(i int, sep, s string) {
		if g.named {
			g.b.WriteString(name + sep)
		}
		if g.set['n'] {
			g.b.WriteString(strconv.Itoa(i+1) + sep)
		}
		g.b.WriteString(s + "\n")
	}
	quiet := g.set['c'] || g.set['l'] || g.set['L'] || g.set['q']
	for i, s := range l {
		g.p.charge(64 + len(s))
		if g.re.MatchString(s) == g.set['v'] || found == g.most {
			continue
		}
		found++
		switch {
		case quiet:
		case g.set['o']:
			for _, hit := range g.re.FindAllString(s, -1) {
				put(i, ":", hit)
			}
		default:
			from := max(i-g.before, last+1, 0)
			if (g.before > 0 || g.after > 0) && last >= 0 && from > last+1 {
				g.b.WriteString("--\n")
			}
			for j := from; j < i; j++ {
				put(j, "-", l[j])
			}
			put(i, ":", s)
			last = i
			for j := i + 1; j <= min(i+g.after, len(l)-1) && g.re.MatchString(l[j]) == g.set['v']; j++ {
				put(j, "-", l[j])
				last = j
			}
		}
	}
	g.hits += found
	switch {
	case g.set['c']:
		if g.named {
			g.b.WriteString(name + ":")
		}
		g.b.WriteString(strconv.Itoa(found) + "\n")
	case g.set['l'] && found > 0, g.set['L'] && found == 0:
		g.b.WriteString(name + "\n")
	}
}
