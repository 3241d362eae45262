package container

import (
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
	case "grep":
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
	case "hostname":
		return hostname
	case "whoami":
		return whoami
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
	n, names := 10, []string{}
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		switch {
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
	if len(names) > 1 {
		return c.unsupported("on several files")
	}
	if in := c.t.fds[0]; c.args[0] == "head" && len(names) == 0 && in.kind == fdPipe {
		// It does not wait for more than it prints.
		if text := c.t.saved + c.p.pipes[in.pipe].data; strings.Count(text, "\n") >= n {
			c.t.saved, c.p.pipes[in.pipe].data = "", ""
			c.out(joined(lines(text)[:n]))
			return done(0)
		}
	}
	status, again := c.texts(names, func(_, text string) {
		l := lines(text)
		if n < len(l) && c.args[0] == "head" {
			l = l[:n]
		} else if n < len(l) {
			l = l[len(l)-n:]
		}
		c.out(joined(l))
	})
	return outcome{status: status, again: again}
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
	set, names, bad := c.options("qvicEFxnhsorw")
	if bad != "" || len(names) == 0 {
		return c.unsupported(bad)
	}
	pattern := names[0]
	switch {
	case set['F']:
		pattern = regexp.QuoteMeta(pattern)
	case set['E']:
	}
	re, ok := basicPattern(pattern, set['E'] || set['F'], set['i'])
	if !ok || len(names) > 2 && set['c'] {
		return c.unsupported("with the pattern " + names[0])
	}
	if set['x'] || set['w'] {
		edge := map[bool]string{true: "^", false: `\b`}[set['x']]
		end := map[bool]string{true: "$", false: `\b`}[set['x']]
		re = regexp.MustCompile(edge + "(?:" + re.String() + ")" + end)
	}
	hits := []string{}
	if set['r'] || set['o'] && set['v'] {
		return c.unsupported("of this form")
	}
	status, again := c.texts(names[1:], func(name, text string) {
		for i, l := range lines(text) {
			c.p.charge(64 + len(l))
			if re.MatchString(l) == set['v'] {
				continue
			}
			found := []string{l}
			if set['o'] {
				found = re.FindAllString(l, -1)
			}
			for _, f := range found {
				if set['n'] {
					f = fmt.Sprintf("%d:%s", i+1, f)
				}
				if len(names) > 2 && !set['h'] {
					f = name + ":" + f
				}
				hits = append(hits, f)
			}
		}
	})
	if again {
		return outcome{again: true}
	}
	switch {
	case set['q']:
	case set['c']:
		c.out(strconv.Itoa(len(hits)) + "\n")
	default:
		c.out(joined(hits))
	}
	if status != 0 {
		return done(2)
	}
	return done(int(1 - truth(len(hits) > 0)))
}

func sortLines(c *call) outcome {
	set, names, bad := c.options("rnuc")
	if bad != "" || set['c'] && c.args[0] == "sort" || c.args[0] == "uniq" && (set['r'] || set['n']) {
		return c.unsupported(bad)
	}
	var all []string
	status, again := c.texts(names, func(_, text string) { all = append(all, lines(text)...) })
	if again {
		return outcome{again: true}
	}
	if c.args[0] == "sort" {
		slices.SortStableFunc(all, func(a, b string) int {
			if set['n'] {
				x, _ := strconv.ParseFloat(strings.Fields(a + " 0")[0], 64)
				y, _ := strconv.ParseFloat(strings.Fields(b + " 0")[0], 64)
				if x != y {
					return int(truth(x > y)) - int(truth(x < y))
				}
			}
			return strings.Compare(a, b)
		})
		if set['r'] {
			slices.Reverse(all)
		}
		if set['u'] {
			all = slices.Compact(all)
		}
		c.out(joined(all))
		return done(status)
	}
	var out []string
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n] == all[i] {
			n++
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

// tr maps two sets of single characters and ranges, or deletes one.
func tr(c *call) outcome {
	set, sets, bad := c.options("d")
	if bad != "" || len(sets) == 0 || !set['d'] && len(sets) != 2 || strings.Contains(strings.Join(sets, ""), "[:") {
		return c.unsupported(bad)
	}
	from := expandSet(sets[0])
	var to []rune
	if !set['d'] {
		to = expandSet(sets[1])
		if len(to) == 0 {
			return c.unsupported("with an empty set")
		}
	}
	text, again := c.input()
	if again {
		return outcome{again: true}
	}
	c.out(strings.Map(func(r rune) rune {
		i := slices.Index(from, r)
		switch {
		case i < 0:
			return r
		case set['d']:
			return -1
		}
		return to[min(i, len(to)-1)]
	}, text))
	return done(0)
}

func expandSet(s string) []rune {
	s, _ = unbackslash(s, false)
	in := []rune(s)
	var out []rune
	for i := 0; i < len(in); i++ {
		if i+2 < len(in) && in[i+1] == '-' && in[i] <= in[i+2] && in[i+2]-in[i] < 256 {
			for r := in[i]; r <= in[i+2]; r++ {
				out = append(out, r)
			}
			i += 2
			continue
		}
		out = append(out, in[i])
	}
	return out
}

// cutFields prints single fields: cut -d X -f N.
func cutFields(c *call) outcome {
	sep, n, names := "\t", 0, []string{}
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if (a == "-d" || a == "-f") && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		switch {
		case strings.HasPrefix(a, "-d"):
			sep = a[2:]
		case strings.HasPrefix(a, "-f"):
			n, _ = strconv.Atoi(a[2:])
		case strings.HasPrefix(a, "-"):
			return c.unsupported(a)
		default:
			names = append(names, a)
		}
	}
	if n < 1 || len(sep) != 1 {
		return c.unsupported("of this form")
	}
	status, again := c.texts(names, func(_, text string) {
		l := lines(text)
		for i, s := range l {
			fields := strings.Split(s, sep)
			switch {
			case len(fields) == 1:
			case n <= len(fields):
				l[i] = fields[n-1]
			default:
				l[i] = ""
			}
		}
		c.out(joined(l))
	})
	return outcome{status: status, again: again}
}

func seq(c *call) outcome {
	var n []int
	for _, a := range c.args[1:] {
		v, err := strconv.Atoi(a)
		if err != nil {
			return c.unsupported(a)
		}
		n = append(n, v)
	}
	from, by, to := 1, 1, 0
	switch len(n) {
	case 1:
		to = n[0]
	case 2:
		from, to = n[0], n[1]
	case 3:
		from, by, to = n[0], n[1], n[2]
	default:
		return c.unsupported("of this form")
	}
	if by == 0 || (to-from)/by >= rangeMax*10 {
		return c.unsupported("over so many numbers")
	}
	var b strings.Builder
	for i := from; by > 0 && i <= to || by < 0 && i >= to; i += by {
		fmt.Fprintln(&b, i)
	}
	c.out(b.String())
	return done(0)
}

// dateVerbs maps what `date +…` can print to Go layouts.
var dateVerbs = map[byte]string{'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'T': "15:04:05",
	'F': "2006-01-02", 'y': "06", 'b': "Jan", 'a': "Mon", 'B': "January", 'A': "Monday", 'Z': "UTC", 'R': "15:04", 'p': "PM", 'D': "01/02/06"}

// date prints the virtual time; containers run in UTC.
func date(c *call) outcome {
	now, layout := c.p.now.UTC(), ""
	for _, a := range c.args[1:] {
		switch {
		case a == "-u":
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

func hostname(c *call) outcome {
	switch {
	case len(c.args) == 1:
	case c.args[1] == "-i" && len(c.args) == 2 && c.p.spec.Address != "":
		c.out(c.p.spec.Address + "\n")
		return done(0)
	default:
		return c.unsupported(c.args[1])
	}
	c.out(c.p.spec.Hostname + "\n")
	return done(0)
}

func whoami(c *call) outcome {
	if u := c.p.spec.User.ID; u == 0 && len(c.args) == 1 {
		c.out("root\n")
		return done(0)
	} else if u < 1000 || len(c.args) > 1 {
		return c.unsupported("for a user that the image may know")
	} else {
		c.complain("whoami: unknown uid %d", u)
	}
	return done(1)
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
