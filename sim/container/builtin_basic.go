package container

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func echo(c *call) outcome {
	args, newline := c.args[1:], true
	escapes := c.p.image.flavour == gnu && !c.t.bash && c.t.shell // dash reads backslashes always
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == "" {
		if escapes && args[0] != "-n" {
			break // dash knows -n alone
		}
		for _, o := range args[0][1:] {
			switch o {
			case 'n':
				newline = false
			case 'e':
				escapes = true
			case 'E':
				escapes = false
			}
		}
		args = args[1:]
	}
	text := strings.Join(args, " ")
	if escapes {
		var stop bool
		if text, stop = unbackslash(text, true); stop {
			newline = false
		}
	}
	if newline {
		text += "\n"
	}
	c.out(text)
	return done(0)
}

// unbackslash reads \n, \t and the like; stop is set at \c.
func unbackslash(s string, echo bool) (out string, stop bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch j := strings.IndexByte(`abfnrtv\`, s[i]); {
		case j >= 0:
			b.WriteByte("\a\b\f\n\r\t\v\\"[j])
		case s[i] == 'c' && echo:
			return b.String(), true
		case s[i] == '"' && !echo:
			b.WriteByte('"')
		case s[i] >= '0' && s[i] <= '7':
			n, limit := 0, 3
			if echo && s[i] == '0' {
				limit = 4
			}
			for k := 0; k < limit && i < len(s) && s[i] >= '0' && s[i] <= '7'; k++ {
				n = n*8 + int(s[i]-'0')
				i++
			}
			i--
			b.WriteByte(byte(n))
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String(), false
}

func printf(c *call) outcome {
	if len(c.args) < 2 || strings.HasPrefix(c.args[1], "-") && c.args[1] != "-" {
		return c.unsupported("of this form")
	}
	format, args := c.args[1], c.args[2:]
	var b strings.Builder
	for round := 0; ; round++ {
		used, ok := c.format(&b, format, &args)
		if !ok {
			return done(0)
		}
		if len(args) == 0 || !used {
			break
		}
		if b.Len() > wordBytesMax || round > wordFieldsMax {
			c.p.unknown("a printf of over 256 KiB")
			return done(0)
		}
	}
	c.out(b.String())
	return done(int(truth(c.bad)))
}

// format prints one round of a printf format; used tells whether it took an
// argument.
func (c *call) format(b *strings.Builder, format string, args *[]string) (used, ok bool) {
	next := func() string {
		used = true
		if len(*args) == 0 {
			return ""
		}
		s := (*args)[0]
		*args = (*args)[1:]
		return s
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			j := strings.IndexByte(format[i:], '%')
			if j < 0 {
				j = len(format) - i
			}
			text, _ := unbackslash(format[i:i+j], false)
			b.WriteString(text)
			i += j - 1
			continue
		}
		j := i + 1
		for j < len(format) && strings.IndexByte("-0+ #123456789.", format[j]) >= 0 {
			j++
		}
		if j == len(format) {
			c.p.unknown("a printf format")
			return used, false
		}
		flags, verb := format[i+1:j], format[j]
		text, flags, ok := c.formatted(verb, flags, next)
		if !ok {
			return used, false
		}
		if text, ok = c.pad(text, flags, verb); !ok {
			return used, false
		}
		b.WriteString(text)
		i = j
	}
	return used, true
}

// noNumber is what printf says of an argument that is none; it goes on with 0.
func (c *call) noNumber(s string) {
	c.bad = true
	switch {
	case c.t.bash:
		c.shellError("printf: " + s + ": invalid number")
	case c.p.image.flavour == gnu:
		c.shellError("printf: " + s + ": expected numeric value")
	default:
		c.complain("sh: invalid number '%s'", s)
	}
}

// formatted is one verb of printf with its argument, before it is padded.
func (c *call) formatted(verb byte, flags string, next func() string) (text, rest string, ok bool) {
	switch verb {
	case '%':
		text = "%"
	case 's':
		text = next()
	case 'b':
		text, _ = unbackslash(next(), true)
	case 'c':
		text = next()
		if len(text) > 1 {
			_, n := utf8.DecodeRuneInString(text)
			text = text[:n]
		}
	case 'd', 'i', 'u':
		s := next()
		n, err := strconv.ParseInt(s, 0, 64)
		if err != nil && s != "" {
			c.noNumber(s)
			n = 0
		}
		text = strconv.FormatInt(n, 10)
	case 'x', 'X', 'o':
		s := next()
		n, err := strconv.ParseInt(s, 0, 64)
		if err != nil && s != "" {
			c.noNumber(s)
			n = 0
		}
		text = strconv.FormatUint(uint64(n), map[byte]int{'x': 16, 'X': 16, 'o': 8}[verb])
		if verb == 'X' {
			text = strings.ToUpper(text)
		}
	case 'f', 'e', 'g':
		s := next()
		v, err := strconv.ParseFloat(s, 64)
		if err != nil && s != "" {
			c.p.unknown("printf of " + strconv.Quote(s) + " as a number")
			return "", flags, false
		}
		places := 6
		if head, after, dot := strings.Cut(flags, "."); dot {
			if places, err = strconv.Atoi("0" + after); err != nil || places > 100 {
				c.p.unknown("printf with %" + flags)
				return "", flags, false
			}
			flags = head
		}
		text = strconv.FormatFloat(v, verb, places, 64)
	default:
		c.p.unknown("printf %" + string(verb))
		return "", flags, false
	}
	return text, flags, true
}

func (c *call) pad(text, flags string, verb byte) (string, bool) {
	left := strings.HasPrefix(flags, "-")
	zero := strings.HasPrefix(flags, "0") && verb != 's'
	width, precision, dot := strings.Cut(strings.TrimLeft(flags, "-0"), ".")
	w, err := strconv.Atoi("0" + width)
	p, err2 := strconv.Atoi("0" + precision)
	if err != nil || err2 != nil || w > printfWidthMax || p > printfWidthMax || dot && verb != 's' {
		c.p.unknown("printf with %" + flags)
		return "", false
	}
	if dot && len(text) > p {
		text = text[:p]
	}
	missing := w - len(text)
	if missing <= 0 {
		return text, true
	}
	switch {
	case left:
		return text + strings.Repeat(" ", missing), true
	case zero && strings.HasPrefix(text, "-"):
		return "-" + strings.Repeat("0", missing) + text[1:], true
	case zero:
		return strings.Repeat("0", missing) + text, true
	}
	return strings.Repeat(" ", missing) + text, true
}

func sleep(c *call) outcome {
	if c.f.stage == 1 {
		if c.t.interrupted {
			c.t.interrupted = false
			return done(128 + int(SIGTERM))
		}
		return done(0)
	}
	total := time.Duration(0)
	for _, a := range c.args[1:] {
		d, ok := parseSleep(a)
		if !ok {
			c.complain("sleep: invalid number '%s'", a)
			return done(1)
		}
		total += d
	}
	if len(c.args) == 1 {
		if c.p.image.flavour == gnu {
			c.complain("sleep: missing operand\nTry 'sleep --help' for more information.")
			return done(1)
		}
		c.p.cut = true // busybox names its version
		c.complain("BusyBox v1.36.1 multi-call binary.\n\nUsage: sleep [N]...")
		return done(1)
	}
	c.f.stage = 1
	c.t.block, c.t.wake = blockSleep, c.p.now.Add(min(total, sleepMax))
	return outcome{again: true}
}

// sleepMax stands for ever: a hundred years.
const sleepMax = 100 * 365 * 24 * time.Hour

func parseSleep(s string) (time.Duration, bool) {
	if s == "infinity" || s == "inf" {
		return sleepMax, true
	}
	unit := time.Second
	if n := len(s) - 1; n > 0 {
		switch s[n] {
		case 's':
			s = s[:n]
		case 'm':
			s, unit = s[:n], time.Minute
		case 'h':
			s, unit = s[:n], time.Hour
		case 'd':
			s, unit = s[:n], 24*time.Hour
		}
	}
	if strings.Trim(s, "0123456789.") != "" || s == "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, false
	}
	return time.Duration(math.Min(f*float64(unit), float64(sleepMax))), true
}

// test evaluates test and [.
func test(c *call) outcome {
	args := c.args[1:]
	if c.args[0] == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			c.sayTest("missing ]", "missing ]", "missing `]'")
			return done(2)
		}
		args = args[:len(args)-1]
	}
	x := &tester{call: c, args: args, all: args}
	if len(args) == 0 {
		return done(1)
	}
	ok := x.or()
	if !x.bad && len(x.args) > 0 {
		x.surplus()
	}
	if x.bad {
		return done(2)
	}
	return done(int(1 - truth(ok)))
}

type tester struct {
	*call
	all  []string // words of the test
	args []string // those that are still to be read
	bad  bool
}

// sayTest complains in the words of ash, dash or bash.
func (c *call) sayTest(ash, dash, bash string) {
	switch {
	case c.t.bash:
		c.shellError(c.args[0] + ": " + bash)
	case c.p.image.flavour == gnu:
		c.shellError(c.args[0] + ": " + dash)
	default:
		c.complain("%s: %s", c.t.params0(), ash)
	}
}

// surplus is what a shell says of a test with words too many.
func (x *tester) surplus() {
	x.bad = true
	read := len(x.all) - len(x.args)
	bash := "too many arguments"
	switch len(x.all) {
	case 2:
		bash = x.all[0] + ": unary operator expected"
	case 3:
		bash = x.all[1] + ": binary operator expected"
	}
	x.sayTest(x.args[0]+": unknown operand", x.all[max(read-1, 0)]+": unexpected operator", bash)
}

func (x *tester) fail() bool {
	x.bad = true
	x.p.unknown("a test of this form: " + strings.Join(x.call.args, " "))
	return false
}

// take reads a word; an operator at the end lacks one.
func (x *tester) take() string {
	if len(x.args) == 0 {
		if !x.bad && len(x.all) > 0 {
			last := x.all[len(x.all)-1]
			x.p.cut = x.p.cut || x.p.image.flavour == busybox
			x.sayTest(last+": argument expected", last+": argument expected", x.all[0]+": unary operator expected")
		}
		x.bad = true
		return ""
	}
	s := x.args[0]
	x.args = x.args[1:]
	return s
}

func (x *tester) or() bool {
	v := x.and()
	for !x.bad && len(x.args) > 0 && x.args[0] == "-o" {
		x.take()
		w := x.and()
		v = v || w
	}
	return v
}

func (x *tester) and() bool {
	v := x.primary()
	for !x.bad && len(x.args) > 0 && x.args[0] == "-a" {
		x.take()
		w := x.primary()
		v = v && w
	}
	return v
}

func (x *tester) primary() bool {
	// dash has no ==, which coreutils' own program has.
	known := func(op string) bool {
		return isBinaryTest(op) && (op != "==" || x.t.bash || !x.t.shell || x.p.image.flavour == busybox)
	}
	if len(x.args) == 2 && known(x.args[1]) && !strings.HasPrefix(x.args[0], "-") && x.args[0] != "!" {
		x.args = nil
		x.take()
		return false
	}
	if len(x.args) >= 3 && known(x.args[1]) {
		a, op, b := x.take(), x.take(), x.take()
		return x.compareTest(a, op, b)
	}
	if len(x.args) >= 2 && x.args[0] == "!" {
		x.take()
		return !x.primary()
	}
	if len(x.args) >= 2 && len(x.args[0]) == 2 && x.args[0][0] == '-' {
		op, a := x.take(), x.take()
		return x.unaryTest(op, a)
	}
	return x.take() != ""
}

func isBinaryTest(op string) bool {
	switch op {
	case "=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge":
		return true
	}
	return false
}

func (x *tester) compareTest(a, op, b string) bool {
	switch op {
	case "=", "==":
		return a == b
	case "!=":
		return a != b
	}
	m, err := strconv.ParseInt(strings.TrimSpace(a), 10, 64)
	n, err2 := strconv.ParseInt(strings.TrimSpace(b), 10, 64)
	if err != nil || err2 != nil {
		word := a
		if err == nil {
			word = b
		}
		x.bad = true
		x.sayTest(word+": bad number", "Illegal number: "+word, word+": integer expression expected")
		return false
	}
	switch op {
	case "-eq":
		return m == n
	case "-ne":
		return m != n
	case "-lt":
		return m < n
	case "-le":
		return m <= n
	case "-gt":
		return m > n
	}
	return m >= n
}

func (x *tester) unaryTest(op, a string) bool {
	switch op {
	case "-z":
		return a == ""
	case "-n":
		return a != ""
	case "-f", "-d", "-e", "-s", "-r", "-w", "-x":
	case "-t":
		return false
	default:
		return x.fail()
	}
	x.p.impure++
	n, err := x.stat(x.t.abs(a))
	if err == errNotFilled {
		x.bad = true
		x.p.unknown("the file " + a)
		return false
	}
	if err != nil {
		return false
	}
	switch op {
	case "-f":
		return !n.Dir
	case "-d":
		return n.Dir
	case "-s":
		if n.Opaque && !n.Dir {
			return x.fail()
		}
		return n.Dir || n.Data != ""
	case "-x":
		return n.Dir || n.Mode&0o111 != 0
	case "-w":
		return !x.locate(x.t.abs(a)).readOnly
	}
	return true
}
