package container

import (
	"crypto/sha256"
	"fmt"
	"path"
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

// headTail is head and tail: the beginning or the end of files.
func headTail(c *call) outcome {
	o, names, bad := c.headTailOptions()
	if bad != "" {
		return c.unsupported(bad)
	}
	if o.bytes && len(names) == 1 && names[0] == "/dev/urandom" {
		return c.noise(o.n)
	}
	if in := c.t.fds[0]; o.head && !o.bytes && o.n >= 0 && len(names) == 0 && in.kind == fdPipe {
		// It does not wait for more than it prints.
		if text := c.t.saved + c.p.pipes[in.pipe].data; strings.Count(text, "\n") >= o.n {
			c.t.saved, c.p.pipes[in.pipe].data = "", ""
			c.out(joined(lines(text)[:o.n]))
			return done(0)
		}
	}
	between := ""
	status, again := c.texts(names, func(name, text string) {
		if len(names) > 1 {
			c.out(between + "==> " + name + " <==\n")
			between = "\n"
		}
		c.out(o.part(text))
	})
	return outcome{status: status, again: again}
}

// headTailing is what head or tail was asked for.
type headTailing struct {
	head  bool
	n     int  // lines, or bytes; of head's lines, negative: all but the last
	bytes bool // -c
	from  bool // tail -n +N
}

// headTailOptions reads -n, -N, -c and tail's -n +N; bad is an option that is
// not simulated.
func (c *call) headTailOptions() (o headTailing, names []string, bad string) {
	o = headTailing{head: c.args[0] == "head", n: 10}
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if (a == "-c" || a == "-n") && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		amount, err := 0, error(nil)
		switch {
		case strings.HasPrefix(a, "-c") && len(a) > 2:
			v, ok := parseBytes(strings.TrimLeft(a[2:], "-"))
			if !ok || v > fileBytesMax {
				return o, nil, a
			}
			o.n, o.bytes = int(v), true
			continue
		case strings.HasPrefix(a, "-n+") && !o.head:
			amount, err = strconv.Atoi(a[3:])
			o.from = true
		case strings.HasPrefix(a, "-n") && len(a) > 2:
			amount, err = strconv.Atoi(a[2:])
		case len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "0123456789") == "":
			amount, err = strconv.Atoi(a[1:])
		case a == "-q":
			continue
		case strings.HasPrefix(a, "-") && a != "-":
			return o, nil, a
		default:
			names = append(names, a)
			continue
		}
		if err != nil {
			return o, nil, a
		}
		o.n = amount
	}
	return o, names, ""
}

// part is what is printed of a text.
func (o headTailing) part(text string) string {
	l := lines(text)
	switch keep := max(o.n, -o.n); {
	case o.bytes && o.head:
		return text[:min(o.n, len(text))]
	case o.bytes:
		return text[len(text)-min(o.n, len(text)):]
	case o.from:
		l = l[min(max(o.n-1, 0), len(l)):]
	case o.n < 0 && o.head:
		l = l[:max(len(l)+o.n, 0)]
	case keep < len(l) && o.head:
		l = l[:keep]
	case keep < len(l):
		l = l[len(l)-keep:]
	}
	return joined(l)
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

// sorting is how sort compares lines: by one of their fields, as what.
type sorting struct {
	key int // from 1; 0 for the whole line
	sep string
	set map[rune]bool
}

func sortLines(c *call) outcome {
	s := &sorting{}
	args, bad := s.read(c.args)
	if bad != "" {
		return c.unsupported(bad)
	}
	o := &call{machine: c.machine, f: c.f, args: args}
	set, names, bad := o.options("rnucdfhi")
	isSort := c.args[0] == "sort"
	if bad != "" || isSort && (set['c'] || set['d']) || !isSort && (set['r'] || set['n'] || set['h']) {
		return c.unsupported(bad)
	}
	var all []string
	status, again := c.texts(names, func(_, text string) { all = append(all, lines(text)...) })
	if again {
		return outcome{again: true}
	}
	if s.set = set; !isSort {
		c.out(joined(uniqueLines(all, set)))
		return done(status)
	}
	slices.SortStableFunc(all, s.compare)
	if set['u'] {
		all = slices.Compact(all)
	}
	c.p.charge(len(all) * 16)
	c.out(joined(all))
	return done(status)
}

// read takes the options with values; the others are left.
func (s *sorting) read(words []string) (args []string, bad string) {
	for i := 0; i < len(words); i++ {
		a := words[i]
		if (a == "-k" || a == "-t") && i+1 < len(words) && words[0] == "sort" {
			i++
			a += words[i]
		}
		switch {
		case i > 0 && strings.HasPrefix(a, "-k") && words[0] == "sort":
			spec, _, _ := strings.Cut(strings.TrimPrefix(a, "-k"), ",")
			n, err := strconv.Atoi(strings.TrimRight(spec, "nrh"))
			if err != nil || n < 1 {
				return nil, a
			}
			if s.key = n; strings.TrimLeft(spec, "0123456789") != "" {
				args = append(args, "-"+strings.TrimLeft(spec, "0123456789"))
			}
		case i > 0 && strings.HasPrefix(a, "-t") && words[0] == "sort":
			s.sep = strings.TrimPrefix(a, "-t")
		default:
			args = append(args, a)
		}
	}
	return args, ""
}

func (s *sorting) field(line string) string {
	if s.key == 0 {
		return line
	}
	f := strings.Fields(line)
	if s.sep != "" {
		f = strings.Split(line, s.sep)
	}
	if s.key > len(f) {
		return ""
	}
	return strings.Join(f[s.key-1:], " ")
}

func (s *sorting) number(text string) float64 {
	text = strings.Fields(text + " 0")[0]
	end := 0
	for end < len(text) && strings.IndexByte("0123456789.-", text[end]) >= 0 {
		end++
	}
	v, _ := strconv.ParseFloat(text[:end], 64)
	if s.set['h'] && end < len(text) {
		v *= map[byte]float64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}[text[end]]
	}
	return v
}

func (s *sorting) compare(a, b string) int {
	ka, kb := s.field(a), s.field(b)
	order := 0
	switch {
	case s.set['n'] || s.set['h']:
		x, y := s.number(ka), s.number(kb)
		order = int(truth(x > y)) - int(truth(x < y))
	case s.set['f']:
		order = strings.Compare(strings.ToLower(ka), strings.ToLower(kb))
	default:
		order = strings.Compare(ka, kb)
	}
	if order == 0 && !s.set['u'] {
		order = strings.Compare(a, b)
	}
	if s.set['r'] {
		order = -order
	}
	return order
}

// uniqueLines is uniq: one of equal lines that stand together, -c with their
// number, -d those that are repeated, -u those that are not.
func uniqueLines(all []string, set map[rune]bool) []string {
	var out []string
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n] == all[i] {
			n++
		}
		switch {
		case set['d'] && n < 2 || set['u'] && n > 1:
		case set['c']:
			out = append(out, fmt.Sprintf("%7d %s", n, all[i]))
		default:
			out = append(out, all[i])
		}
		i += n
	}
	return out
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
