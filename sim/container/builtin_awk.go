package container

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// awkStepsMax bounds the work of one awk.
const awkStepsMax = 100_000

// awk reads a program that it has whole, and its input, whole too.
func awk(c *call) outcome {
	a := &awking{call: c, vars: map[string]awkValue{"FS": text(" "), "OFS": text(" "), "ORS": text("\n"), "NR": number(0), "NF": number(0), "SUBSEP": text("\x1c"), "RS": text("\n")}, arrays: map[string]map[string]awkValue{}}
	args := c.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-" {
		o := args[0]
		if (o == "-F" || o == "-v") && len(args) > 1 {
			o, args = o+args[1], args[1:]
		}
		args = args[1:]
		switch {
		case o == "--":
		case strings.HasPrefix(o, "-F"):
			sep, _ := unbackslash(o[2:], false)
			a.vars["FS"] = text(sep)
		case strings.HasPrefix(o, "-v") && strings.Contains(o, "="):
			name, value, _ := strings.Cut(o[2:], "=")
			value, _ = unbackslash(value, false)
			a.vars[name] = input(value)
		default:
			return c.unsupported(o)
		}
	}
	if len(args) == 0 {
		return c.unsupported("of this form")
	}
	items, bad := parseAwk(args[0])
	if bad != "" {
		return c.unsupported("with " + bad)
	}
	a.items, a.active = items, make([]bool, len(items))
	return a.run(args[1:])
}

type awkValue struct {
	s      string
	n      float64
	isNum  bool
	likely bool // from input: a number if it looks like one
}

func text(s string) awkValue    { return awkValue{s: s} }
func number(n float64) awkValue { return awkValue{n: n, isNum: true} }
func input(s string) awkValue   { return awkValue{s: s, likely: true} }

func (v awkValue) str() string {
	if !v.isNum {
		return v.s
	}
	if v.n == math.Trunc(v.n) && math.Abs(v.n) < 1e16 {
		return strconv.FormatInt(int64(v.n), 10)
	}
	return strconv.FormatFloat(v.n, 'g', 6, 64)
}

var awkNumber = regexp.MustCompile(`^[ \t\n]*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`)

func (v awkValue) number() float64 {
	if v.isNum {
		return v.n
	}
	n, _ := strconv.ParseFloat(strings.TrimSpace(awkNumber.FindString(v.s)), 64)
	return n
}

// numeric tells whether a value compares as a number.
func (v awkValue) numeric() bool {
	return v.isNum || v.likely && (v.s == "" || strings.TrimSpace(v.s) != "" && len(awkNumber.FindString(v.s)) == len(strings.TrimRight(v.s, " \t\n")))
}

func (v awkValue) true() bool {
	if v.numeric() {
		return v.number() != 0
	}
	return v.s != ""
}

// How a statement ends.
type awkFlow int

const (
	awkOn awkFlow = iota
	awkNext
	awkBreak
	awkContinue
	awkExit
)

type awking struct {
	*call
	items  []awkItem
	active []bool // ranges that are open
	vars   map[string]awkValue
	arrays map[string]map[string]awkValue
	line   string
	fields []string // nil: not split yet
	b      strings.Builder
	steps  int
	status int
	bad    string
}

func (a *awking) run(files []string) outcome {
	reads := slices.ContainsFunc(a.items, func(it awkItem) bool { return !it.begin })
	all := map[int]string{}
	status := 0
	if reads {
		n := 0
		for i, f := range files {
			if name, _, ok := strings.Cut(f, "="); ok && isName(name) {
				return a.unsupported("with a variable among the files " + files[i])
			}
		}
		st, again := a.texts(files, func(_, t string) { all[n] = t; n++ })
		if again {
			return outcome{again: true}
		}
		status = st * 2
	}
	flow := awkOn
	for _, it := range a.items {
		if it.begin && flow != awkExit {
			flow = a.exec(it.action)
		}
	}
	nr := 0
	for i := 0; i < len(all) && flow != awkExit; i++ {
		for fnr, l := range lines(all[i]) {
			nr++
			a.setLine(l)
			a.vars["NR"], a.vars["FNR"] = number(float64(nr)), number(float64(fnr+1))
			if flow = a.rules(); flow == awkExit || a.bad != "" {
				break
			}
		}
	}
	for _, it := range a.items {
		if it.end && a.bad == "" && flow != awkExit {
			flow = a.exec(it.action)
		}
	}
	a.p.charge(a.steps * 16)
	if a.bad != "" {
		a.p.unknown("awk: " + a.bad)
		return done(0)
	}
	a.emit(1, a.b.String())
	return done(max(status, a.status))
}

func (a *awking) rules() awkFlow {
	for i, it := range a.items {
		if it.begin || it.end {
			continue
		}
		hit := true
		switch {
		case it.to != nil:
			hit = a.active[i] || a.eval(it.from).true()
			if hit {
				a.active[i] = !a.eval(it.to).true()
			}
		case it.from != nil:
			hit = a.eval(it.from).true()
		}
		if !hit {
			continue
		}
		if it.action == nil {
			a.print(a.line + a.vars["ORS"].str())
			continue
		}
		if f := a.exec(it.action); f == awkNext || f == awkExit {
			return f
		}
	}
	return awkOn
}

func (a *awking) step() bool {
	if a.steps++; a.steps > awkStepsMax && a.bad == "" {
		a.bad = "a program that computes for long"
	}
	return a.bad == ""
}

func (a *awking) print(s string) {
	if a.b.Len()+len(s) > outputBytesMax {
		a.bad = "over 256 KiB of output"
		return
	}
	a.b.WriteString(s)
}

func (a *awking) setLine(l string) { a.line, a.fields = l, nil }

func (a *awking) split() []string {
	if a.fields != nil {
		return a.fields
	}
	a.fields = awkSplit(a.line, a.vars["FS"].str())
	if a.fields == nil {
		a.fields = []string{}
	}
	a.steps += len(a.fields)
	return a.fields
}

func awkSplit(s, sep string) []string {
	switch {
	case s == "":
		return nil
	case sep == " ":
		return strings.Fields(s)
	case utf8.RuneCountInString(sep) == 1 && sep != " ":
		return strings.Split(s, sep)
	}
	re, ok := basicPattern(sep, true, false)
	if !ok {
		return strings.Split(s, sep)
	}
	return re.Split(s, -1)
}

func (a *awking) exec(n *awkNode) awkFlow {
	if n == nil || !a.step() {
		return awkOn
	}
	switch n.op {
	case "block":
		for _, k := range n.kids {
			if f := a.exec(k); f != awkOn || a.bad != "" {
				return f
			}
		}
	case "print":
		a.printStatement(n)
	case "printf":
		a.print(a.sprintf(n.kids))
	case "if":
		if a.eval(n.kids[0]).true() {
			return a.exec(n.kids[1])
		} else if len(n.kids) > 2 {
			return a.exec(n.kids[2])
		}
	case "while":
		return a.loop(func() bool { return a.eval(n.kids[0]).true() }, n.kids[1], nil)
	case "for":
		if n.kids[0] != nil {
			a.eval(n.kids[0])
		}
		return a.loop(func() bool { return n.kids[1] == nil || a.eval(n.kids[1]).true() }, n.kids[3], n.kids[2])
	case "forin":
		for _, k := range awkKeys(a.arrays[n.kids[0].text]) {
			a.vars[n.text] = input(k)
			if f := a.exec(n.kids[1]); f == awkBreak {
				break
			} else if f == awkNext || f == awkExit || a.bad != "" {
				return f
			}
		}
	case "next":
		return awkNext
	case "break":
		return awkBreak
	case "continue":
		return awkContinue
	case "exit":
		if len(n.kids) > 0 {
			a.status = int(a.eval(n.kids[0]).number()) & 255
		}
		return awkExit
	case "delete":
		if len(n.kids) == 0 {
			delete(a.arrays, n.text)
		} else {
			delete(a.arrays[n.text], a.eval(n.kids[0]).str())
		}
	default:
		a.eval(n.kids[0])
	}
	return awkOn
}

// awkKeys are the keys of an array: numbers by size, then texts. Real awks have
// an order of their own, on which nobody may rely.
func awkKeys(m map[string]awkValue) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		x, y := input(a), input(b)
		if x.numeric() && y.numeric() && x.number() != y.number() {
			return int(truth(x.number() > y.number())) - int(truth(x.number() < y.number()))
		}
		return strings.Compare(a, b)
	})
	return keys
}

func (a *awking) loop(while func() bool, body, after *awkNode) awkFlow {
	for a.step() && while() && a.bad == "" {
		switch f := a.exec(body); f {
		case awkBreak:
			return awkOn
		case awkNext, awkExit:
			return f
		}
		if after != nil {
			a.eval(after)
		}
	}
	return awkOn
}

func (a *awking) printStatement(n *awkNode) {
	if len(n.kids) == 0 {
		a.print(a.line + a.vars["ORS"].str())
		return
	}
	var out []string
	for _, k := range n.kids {
		out = append(out, a.eval(k).str())
	}
	a.print(strings.Join(out, a.vars["OFS"].str()) + a.vars["ORS"].str())
}

func (a *awking) sprintf(kids []*awkNode) string {
	if len(kids) == 0 {
		a.bad = "a printf without a format"
		return ""
	}
	format := a.eval(kids[0]).str()
	args := []string{}
	for _, k := range kids[1:] {
		args = append(args, a.eval(k).str())
	}
	// The shell's printf wants whole numbers for %d; awk cuts them.
	at := 0
	for i := 0; i+1 < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("-+ #0123456789.", format[i]) >= 0; i++ {
		}
		if i < len(format) && format[i] != '%' && at < len(args) {
			if strings.IndexByte("dixXo", format[i]) >= 0 {
				args[at] = strconv.FormatInt(int64(input(args[at]).number()), 10)
			} else if strings.IndexByte("feg", format[i]) >= 0 {
				args[at] = strconv.FormatFloat(input(args[at]).number(), 'f', -1, 64)
			}
			at++
		}
	}
	var b strings.Builder
	if _, ok := a.format(&b, strings.ReplaceAll(format, `\`, `\\`), &args); !ok {
		a.bad = "a format of printf"
	}
	return b.String()
}
