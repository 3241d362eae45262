package container

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// classes are the sets of characters that tr knows by name.
var classes = map[string]func(rune) bool{"lower": unicode.IsLower, "upper": unicode.IsUpper, "digit": unicode.IsDigit, "alpha": unicode.IsLetter,
	"alnum": func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }, "space": unicode.IsSpace, "punct": func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) },
	"blank": func(r rune) bool { return r == ' ' || r == '\t' }, "print": unicode.IsPrint, "cntrl": unicode.IsControl}

// expandSet reads a set of tr: characters, ranges, escapes and [:class:].
func expandSet(s string) []rune {
	for name, in := range classes {
		for strings.Contains(s, "[:"+name+":]") {
			var b strings.Builder
			for r := rune(0); r < 128; r++ {
				if in(r) && r != '-' && r != '\\' && r != '[' {
					b.WriteRune(r)
				}
			}
			s = strings.Replace(s, "[:"+name+":]", b.String(), 1)
		}
	}
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

// tr maps one set of characters to another, deletes, or squeezes repeats.
func tr(c *call) outcome {
	set, sets, bad := c.options("dscC")
	complement := set['c'] || set['C']
	if bad != "" || len(sets) == 0 || len(sets) > 2 || !set['d'] && !set['s'] && len(sets) != 2 {
		return c.unsupported(bad)
	}
	from := expandSet(sets[0])
	inFrom := func(r rune) bool { return slices.Contains(from, r) != complement }
	var to []rune
	if len(sets) == 2 {
		to = expandSet(sets[1])
		if len(to) == 0 {
			return c.unsupported("with an empty set")
		}
	}
	text, again := c.input()
	if again {
		return outcome{again: true}
	}
	c.p.charge(len(text) * (1 + len(from)/16))
	var b strings.Builder
	last, squeezed := rune(-1), false
	for _, r := range text {
		hit := inFrom(r)
		switch {
		case set['d'] && hit:
			continue
		case !set['d'] && hit && len(to) > 0:
			at := len(to) - 1
			if i := slices.Index(from, r); !complement && i < len(to) {
				at = i
			}
			r = to[at]
		}
		mine := hit && !set['d']
		if set['s'] && len(to) > 0 {
			mine = slices.Contains(to, r)
		}
		if set['s'] && mine && squeezed && r == last {
			continue
		}
		last, squeezed = r, mine
		b.WriteRune(r)
	}
	c.out(b.String())
	return done(0)
}

// A span is a range of numbers from 1; to is 0 for no end.
type span struct{ from, to int }

func parseSpans(s string) ([]span, bool) {
	var out []span
	for part := range strings.SplitSeq(s, ",") {
		a, b, dash := strings.Cut(part, "-")
		from, err := strconv.Atoi("0" + a)
		to, err2 := strconv.Atoi("0" + b)
		if err != nil || err2 != nil || a == "" && b == "" {
			return nil, false
		}
		if !dash {
			to = from
		}
		out = append(out, span{max(from, 1), to})
	}
	return out, true
}

func inSpans(list []span, n int) bool {
	return slices.ContainsFunc(list, func(s span) bool { return n >= s.from && (s.to == 0 || n <= s.to) })
}

// cutFields prints chosen fields or characters of each line.
func cutFields(c *call) outcome {
	sep, out, list, names, only := "\t", "", "", []string{}, false
	kind := byte(0)
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if len(a) == 2 && a[0] == '-' && strings.Contains("dfcb", a[1:]) && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		switch {
		case strings.HasPrefix(a, "-d"):
			sep = a[2:]
		case strings.HasPrefix(a, "--output-delimiter="):
			out = strings.TrimPrefix(a, "--output-delimiter=")
		case strings.HasPrefix(a, "-f") || strings.HasPrefix(a, "-c") || strings.HasPrefix(a, "-b"):
			kind, list = a[1], a[2:]
		case a == "-s":
			only = true
		case strings.HasPrefix(a, "-") && a != "-":
			return c.unsupported(a)
		default:
			names = append(names, a)
		}
	}
	spans, ok := parseSpans(list)
	if !ok || kind == 0 || len(sep) != 1 {
		return c.unsupported("of this form")
	}
	if out == "" {
		out = sep
	}
	status, again := c.texts(names, func(_, text string) {
		var l []string
		for _, s := range lines(text) {
			if kind != 'f' {
				var b strings.Builder
				for i, r := range []rune(s) {
					if inSpans(spans, i+1) {
						b.WriteRune(r)
					}
				}
				l = append(l, b.String())
				continue
			}
			fields := strings.Split(s, sep)
			if len(fields) == 1 {
				if !only {
					l = append(l, s)
				}
				continue
			}
			var kept []string
			for i, f := range fields {
				if inSpans(spans, i+1) {
					kept = append(kept, f)
				}
			}
			l = append(l, strings.Join(kept, out))
		}
		c.p.charge(len(text))
		c.out(joined(l))
	})
	return outcome{status: status, again: again}
}

// seq counts, by whole numbers or by decimals of as many places as are given.
func seq(c *call) outcome {
	sep, wide, places := "\n", false, 0
	var n []float64
	args := c.args[1:]
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		switch {
		case a == "-w":
			wide = true
			continue
		case a == "-s" && len(args) > 0:
			sep, args = args[0], args[1:]
			continue
		case strings.HasPrefix(a, "-s"):
			sep = a[2:]
			continue
		}
		v, err := strconv.ParseFloat(a, 64)
		if err != nil || math.Abs(v) > 1e12 {
			return c.unsupported(a)
		}
		if _, fraction, ok := strings.Cut(a, "."); ok {
			places = max(places, len(fraction))
		}
		n = append(n, v)
	}
	from, by, to := 1.0, 1.0, 0.0
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
	var list []string
	width := 0
	for i := 0; ; i++ {
		v := from + by*float64(i)
		if by > 0 && v > to+1e-9 || by < 0 && v < to-1e-9 {
			break
		}
		list = append(list, strconv.FormatFloat(v, 'f', places, 64))
		width = max(width, len(list[i]))
	}
	for i := range list {
		if wide {
			list[i] = strings.Repeat("0", width-len(list[i])) + list[i]
		}
	}
	if len(list) > 0 {
		c.out(strings.Join(list, sep) + "\n")
	}
	return done(0)
}

// perLine are the programs that print each line, or all of them, otherwise.
func perLine(change func(c *call, l []string) []string) program {
	return func(c *call) outcome {
		_, names, bad := c.options("")
		if bad != "" {
			return c.unsupported(bad)
		}
		status, again := c.texts(names, func(_, text string) {
			c.p.charge(len(text))
			c.out(joined(change(c, lines(text))))
		})
		return outcome{status: status, again: again}
	}
}

func reverseLine(_ *call, l []string) []string {
	for i, s := range l {
		r := []rune(s)
		slices.Reverse(r)
		l[i] = string(r)
	}
	return l
}

func numberLines(c *call, l []string) []string {
	n := 0
	for i, s := range l {
		if s == "" {
			l[i] = "       "
			continue
		}
		n++
		l[i] = fmt.Sprintf("%6d\t%s", n, s)
	}
	return l
}

// paste joins lines: -s all of one file, else those of several beside each
// other.
func paste(c *call) outcome {
	sep, serial, names := "\t", false, []string{}
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if rest, ok := strings.CutPrefix(a, "-s"); ok && (rest == "" || rest[0] == 'd') {
			if serial = true; rest == "" {
				continue
			}
			a = "-" + rest
		}
		switch {
		case a == "-d" && len(args) > 1:
			sep, args = args[1], args[1:]
		case strings.HasPrefix(a, "-d"):
			sep = a[2:]
		case strings.HasPrefix(a, "-") && a != "-":
			return c.unsupported(a)
		default:
			names = append(names, a)
		}
	}
	if utf8.RuneCountInString(sep) != 1 || slices.Index(names, "-") != len(names)-1 && slices.Contains(names, "-") {
		return c.unsupported("of this form")
	}
	var files [][]string
	status, again := c.texts(names, func(_, text string) { files = append(files, lines(text)) })
	if again {
		return outcome{again: true}
	}
	if serial {
		for _, l := range files {
			c.out(strings.Join(l, sep) + "\n")
		}
		return done(status)
	}
	rows := 0
	for _, l := range files {
		rows = max(rows, len(l))
	}
	for i := range rows {
		var row []string
		for _, l := range files {
			if i < len(l) {
				row = append(row, l[i])
			} else {
				row = append(row, "")
			}
		}
		c.out(strings.Join(row, sep) + "\n")
	}
	return done(status)
}

// fold breaks lines at a width.
func fold(c *call) outcome {
	width, names := 80, []string{}
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if a == "-w" && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		if rest, ok := strings.CutPrefix(a, "-w"); ok {
			n, err := strconv.Atoi(rest)
			if err != nil || n < 1 {
				return c.unsupported(a)
			}
			width = n
			continue
		}
		if strings.HasPrefix(a, "-") {
			return c.unsupported(a)
		}
		names = append(names, a)
	}
	status, again := c.texts(names, func(_, text string) {
		var l []string
		for _, s := range lines(text) {
			r := []rune(s)
			for len(r) > width {
				l, r = append(l, string(r[:width])), r[width:]
			}
			l = append(l, string(r))
		}
		c.out(joined(l))
	})
	return outcome{status: status, again: again}
}

// compareFiles is cmp and diff. The differences themselves are shown as busybox
// does, in the unified form.
func compareFiles(c *call) outcome {
	set, names, bad := c.options("squb")
	if bad != "" || len(names) != 2 {
		return c.unsupported(bad)
	}
	var text [2]string
	n := 0
	status, again := c.texts(names, func(_, t string) { text[n] = t; n++ })
	switch {
	case again:
		return outcome{again: true}
	case status != 0:
		return done(2)
	case text[0] == text[1]:
		return done(0)
	case set['s']:
		return done(1)
	case set['q']:
		c.out(fmt.Sprintf("Files %s and %s differ\n", names[0], names[1]))
		return done(1)
	case c.args[0] == "cmp":
		i := 0
		for i < len(text[0]) && i < len(text[1]) && text[0][i] == text[1][i] {
			i++
		}
		if i == len(text[0]) || i == len(text[1]) {
			short := names[0]
			if i == len(text[1]) {
				short = names[1]
			}
			c.complain("cmp: EOF on %s", short)
			return done(1)
		}
		c.out(fmt.Sprintf("%s %s differ: char %d, line %d\n", names[0], names[1], i+1, strings.Count(text[0][:i], "\n")+1))
		return done(1)
	case c.p.image.flavour == gnu && !set['u']:
		return c.unsupported("without -u")
	}
	c.p.cut = true // gnu's head lines have times
	hunks, ok := unifiedDiff(lines(text[0]), lines(text[1]))
	if !ok {
		return c.unsupported("of files of over 500 lines")
	}
	c.out(fmt.Sprintf("--- %s\n+++ %s\n%s", names[0], names[1], hunks))
	return done(1)
}

// unifiedDiff is one hunk around all changes, found by the longest common
// subsequence of lines.
func unifiedDiff(a, b []string) (string, bool) {
	const most, context = 500, 3
	if len(a) > most || len(b) > most {
		return "", false
	}
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	var out []string
	i, j, first, last := 0, 0, -1, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, " "+a[i])
			i, j = i+1, j+1
			continue
		case i < len(a) && (j == len(b) || table[i+1][j] >= table[i][j+1]):
			out = append(out, "-"+a[i])
			i++
		default:
			out = append(out, "+"+b[j])
			j++
		}
		if first < 0 {
			first = len(out) - 1
		}
		last = len(out)
	}
	from, to := max(first-context, 0), min(last+context, len(out))
	count := func(sign string) int {
		n := 0
		for _, l := range out[from:to] {
			if l[:1] == " " || l[:1] == sign {
				n++
			}
		}
		return n
	}
	part := func(n int) string {
		switch {
		case n == 1:
			return strconv.Itoa(from + 1)
		case n == 0:
			return fmt.Sprintf("%d,0", from)
		}
		return fmt.Sprintf("%d,%d", from+1, n)
	}
	return fmt.Sprintf("@@ -%s +%s @@\n%s", part(count("-")), part(count("+")), joined(out[from:to])), true
}
