package container

import (
	"crypto/sha256"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How a program that grows without bound meets its memory limit.
const (
	oomAfter  = 500 * time.Millisecond
	oomSurely = 1 << 30 // bytes; above, the node itself may run out first
)

func lookupTextProgram(name string) program {
	switch name {
	case "head", "tail":
		return headTail
	case "wc":
		return wc
	case "grep", "egrep", "fgrep":
		return grep
	case "sort", "uniq":
		return sortLines
	case "tr":
		return tr
	case "cut":
		return cutFields
	case "seq":
		return seq
	case "date":
		return date
	case "rev":
		return perLine(reverseLine)
	case "tac":
		return perLine(func(_ *call, l []string) []string { slices.Reverse(l); return l })
	case "nl":
		return perLine(numberLines)
	case "paste":
		return paste
	case "fold":
		return fold
	case "cmp", "diff":
		return compareFiles
	case "md5sum", "sha1sum", "sha256sum", "sha512sum":
		return checksum
	case "hexdump", "xxd", "od", "strings":
		return dumpBytes
	case "gzip", "gunzip", "zcat":
		return zip
	case "expr":
		return expr
	case "basename", "dirname":
		return baseName
	}
	return nil
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func joined(l []string) string {
	if len(l) == 0 {
		return ""
	}
	return strings.Join(l, "\n") + "\n"
}

func headTail(c *call) outcome {
	n, names, bytes, from := 10, []string{}, false, false
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if a == "-c" && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		if a == "-n" && len(args) > 1 && strings.HasPrefix(args[1], "+") {
			a, args = a+args[1], args[1:]
		}
		switch {
		case strings.HasPrefix(a, "-c") && len(a) > 2:
			v, err := strconv.Atoi(a[2:])
			if err != nil {
				return c.unsupported(a)
			}
			n, bytes = max(v, -v), true
		case strings.HasPrefix(a, "-n+") && c.args[0] == "tail":
			v, err := strconv.Atoi(a[3:])
			if err != nil {
				return c.unsupported(a)
			}
			n, from = v, true
		case a == "-q":
		case a == "-n" && len(args) > 1:
			a, args = "-"+args[1], args[1:]
			fallthrough
		case len(a) > 1 && a[0] == '-' && strings.Trim(strings.TrimPrefix(a[1:], "n"), "0123456789") == "":
			v, err := strconv.Atoi(strings.TrimPrefix(a[1:], "n"))
			if err != nil {
				return c.unsupported(a)
			}
			n = v
		case strings.HasPrefix(a, "-") && a != "-":
			return c.unsupported(a)
		default:
			names = append(names, a)
		}
	}
	if bytes && len(names) == 1 && names[0] == "/dev/urandom" {
		return c.noise(n)
	}
	if in := c.t.fds[0]; c.args[0] == "head" && !bytes && len(names) == 0 && in.kind == fdPipe {
		// It does not wait for more than it prints.
		if text := c.t.saved + c.p.pipes[in.pipe].data; strings.Count(text, "\n") >= n {
			c.t.saved, c.p.pipes[in.pipe].data = "", ""
			c.out(joined(lines(text)[:n]))
			return done(0)
		}
	}
	first := true
	status, again := c.texts(names, func(name, text string) {
		if len(names) > 1 {
			c.out(map[bool]string{true: "", false: "\n"}[first] + "==> " + name + " <==\n")
			first = false
		}
		if bytes {
			if c.args[0] == "tail" {
				c.out(text[len(text)-min(n, len(text)):])
			} else {
				c.out(text[:min(n, len(text))])
			}
			return
		}
		l := lines(text)
		if from {
			c.out(joined(l[min(max(n-1, 0), len(l)):]))
			return
		}
		if n < len(l) && c.args[0] == "head" {
			l = l[:n]
		} else if n < len(l) {
			l = l[len(l)-n:]
		}
		c.out(joined(l))
	})
	return outcome{status: status, again: again}
}

// noise is what /dev/urandom gives: bytes that look random and are the same in
// every run.
func (c *call) noise(n int) outcome {
	if n > variableBytesMax {
		return c.unsupported("of so much noise")
	}
	c.p.cut = true
	b := make([]byte, 0, n+32)
	for i := 0; len(b) < n; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %d", c.p.spec.Hostname, c.p.now.UnixNano(), c.p.steps, i))
		b = append(b, sum[:]...)
	}
	c.out(string(b[:n]))
	return done(0)
}

func wc(c *call) outcome {
	set, names, bad := c.options("lwc")
	if bad != "" || len(set) > 1 || len(names) > 1 {
		return c.unsupported(bad)
	}
	status, again := c.texts(names, func(name, text string) {
		if len(set) == 0 {
			format := "%9d %9d %9d"
			if c.p.image.flavour == gnu {
				format = " %d  %d %d"
			}
			c.out(strings.TrimSuffix(fmt.Sprintf(format+" %s", strings.Count(text, "\n"), len(strings.Fields(text)), len(text), strings.TrimPrefix(name, "-")), " ") + "\n")
			return
		}
		n := len(text)
		if set['l'] {
			n = strings.Count(text, "\n")
		} else if set['w'] {
			n = len(strings.Fields(text))
		}
		if name == "-" {
			c.out(fmt.Sprintf("%d\n", n))
		} else {
			c.out(fmt.Sprintf("%d %s\n", n, name))
		}
	})
	return outcome{status: status, again: again}
}

func grep(c *call) outcome {
	args := slices.DeleteFunc(slices.Clone(c.args), func(a string) bool { return strings.HasPrefix(a, "--color") })
	before, after, most := 0, 0, -1
	var patterns, rest []string
	for i := 1; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i:]...)
			break
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
				after = n
			case 'B':
				before = n
			case 'C':
				before, after = n, n
			default:
				most = n
			}
		default:
			rest = append(rest, a)
		}
	}
	o := &call{machine: c.machine, f: c.f, args: append([]string{c.args[0]}, rest...)}
	set, names, bad := o.options("qvicEFxnhHsoRrwlLaPI")
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
	g := &grepping{call: c, set: set, before: before, after: after, most: most}
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

func sortLines(c *call) outcome {
	key, sep := 0, ""
	var args []string
	for i := 0; i < len(c.args); i++ {
		a := c.args[i]
		if (a == "-k" || a == "-t") && i+1 < len(c.args) && c.args[0] == "sort" {
			i++
			a += c.args[i]
		}
		switch {
		case i > 0 && strings.HasPrefix(a, "-k") && c.args[0] == "sort":
			spec, _, _ := strings.Cut(strings.TrimPrefix(a, "-k"), ",")
			n, err := strconv.Atoi(strings.TrimRight(spec, "nrh"))
			if err != nil || n < 1 {
				return c.unsupported(a)
			}
			if key = n; strings.TrimLeft(spec, "0123456789") != "" {
				args = append(args, "-"+strings.TrimLeft(spec, "0123456789"))
			}
		case i > 0 && strings.HasPrefix(a, "-t") && c.args[0] == "sort":
			sep = strings.TrimPrefix(a, "-t")
		default:
			args = append(args, a)
		}
	}
	o := &call{machine: c.machine, f: c.f, args: args}
	set, names, bad := o.options("rnucdfhi")
	if bad != "" || set['c'] && c.args[0] == "sort" || c.args[0] == "uniq" && (set['r'] || set['n'] || set['h']) || c.args[0] == "sort" && set['d'] {
		return c.unsupported(bad)
	}
	var all []string
	status, again := c.texts(names, func(_, text string) { all = append(all, lines(text)...) })
	if again {
		return outcome{again: true}
	}
	if c.args[0] == "sort" {
		keyOf := func(s string) string {
			if key == 0 {
				return s
			}
			f := strings.Fields(s)
			if sep != "" {
				f = strings.Split(s, sep)
			}
			if key > len(f) {
				return ""
			}
			return strings.Join(f[key-1:], " ")
		}
		number := func(s string) float64 {
			s = strings.Fields(s + " 0")[0]
			end := 0
			for end < len(s) && strings.IndexByte("0123456789.-", s[end]) >= 0 {
				end++
			}
			v, _ := strconv.ParseFloat(s[:end], 64)
			if set['h'] && end < len(s) {
				v *= map[byte]float64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}[s[end]]
			}
			return v
		}
		slices.SortStableFunc(all, func(a, b string) int {
			ka, kb := keyOf(a), keyOf(b)
			order := 0
			switch {
			case set['n'] || set['h']:
				x, y := number(ka), number(kb)
				order = int(truth(x > y)) - int(truth(x < y))
			case set['f']:
				order = strings.Compare(strings.ToLower(ka), strings.ToLower(kb))
			default:
				order = strings.Compare(ka, kb)
			}
			if order == 0 && !set['u'] {
				order = strings.Compare(a, b)
			}
			if set['r'] {
				order = -order
			}
			return order
		})
		if set['u'] {
			all = slices.Compact(all)
		}
		c.p.charge(len(all) * 16)
		c.out(joined(all))
		return done(status)
	}
	var out []string
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n] == all[i] {
			n++
		}
		if set['d'] && n < 2 || set['u'] && n > 1 {
			i += n
			continue
		}
		if set['c'] {
			out = append(out, fmt.Sprintf("%7d %s", n, all[i]))
		} else {
			out = append(out, all[i])
		}
		i += n
	}
	c.out(joined(out))
	return done(status)
}

// dateVerbs maps what `date +…` can print to Go layouts.
var dateVerbs = map[byte]string{'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'T': "15:04:05",
	'F': "2006-01-02", 'y': "06", 'b': "Jan", 'a': "Mon", 'B': "January", 'A': "Monday", 'Z': "UTC", 'R': "15:04", 'p': "PM", 'D': "01/02/06"}

// date prints the virtual time; containers run in UTC.
func date(c *call) outcome {
	now, layout := c.p.now.UTC(), ""
	for i, a := range c.args[1:] {
		switch {
		case a == "-u" || a == "-d" && i+2 < len(c.args) && strings.HasPrefix(c.args[i+2], "@"):
		case strings.HasPrefix(a, "@") && i > 0 && c.args[i] == "-d":
			n, err := strconv.ParseInt(a[1:], 10, 64)
			if err != nil {
				return c.unsupported("-d " + a)
			}
			now = time.Unix(n, 0).UTC()
		case a == "-I" || a == "-Iseconds":
			layout = map[bool]string{true: "%Y-%m-%d", false: "%Y-%m-%dT%H:%M:%S+00:00"}[a == "-I"]
		case strings.HasPrefix(a, "+") && layout == "":
			layout = a[1:]
		default:
			return c.unsupported(a)
		}
	}
	if layout == "" {
		c.out(now.Format("Mon Jan _2 15:04:05 UTC 2006\n"))
		return done(0)
	}
	var b strings.Builder
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' || i+1 == len(layout) {
			b.WriteByte(layout[i])
			continue
		}
		i++
		switch verb, ok := dateVerbs[layout[i]]; {
		case ok:
			b.WriteString(now.Format(verb))
		case layout[i] == 'N':
			fmt.Fprintf(&b, "%09d", now.Nanosecond())
		case layout[i] == 'j':
			fmt.Fprintf(&b, "%03d", now.YearDay())
		case layout[i] == 'u':
			b.WriteString(strconv.Itoa((int(now.Weekday())+6)%7 + 1))
		case layout[i] == 's':
			b.WriteString(strconv.FormatInt(now.Unix(), 10))
		case layout[i] == 'n':
			b.WriteByte('\n')
		case layout[i] == '%':
			b.WriteByte('%')
		default:
			return c.unsupported("%" + layout[i:i+1])
		}
	}
	c.out(b.String() + "\n")
	return done(0)
}

func baseName(c *call) outcome {
	if len(c.args) < 2 || len(c.args) > 3 || c.args[0] == "dirname" && len(c.args) > 2 {
		return c.unsupported("of this form")
	}
	if c.args[0] == "dirname" {
		c.out(path.Dir(c.args[1]) + "\n")
		return done(0)
	}
	name := path.Base(c.args[1])
	if len(c.args) == 3 && name != c.args[2] {
		name = strings.TrimSuffix(name, c.args[2])
	}
	c.out(name + "\n")
	return done(0)
}
