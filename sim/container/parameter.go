package container

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// parameter expands $x and ${x…}.
func (x *expander) parameter(e *syntax.ParamExp, quoted bool) []segment {
	if e.Param == nil || e.Width || e.IsSet || e.Flags != nil || e.Names != 0 || len(e.Modifiers) > 0 || e.NestedParam != nil {
		x.unknown("a form of ${…} that is not simulated")
		return nil
	}
	name := e.Param.Value
	if e.Index != nil {
		return x.indexed(e, quoted)
	}
	if (name == "@" || name == "*") && e.Slice != nil {
		from, all := x.arithmetic(e.Slice.Offset), x.t.params
		if from < 0 {
			from = max(from+int64(len(all)), 0)
		}
		all = all[min(max(from, 0), int64(len(all))):]
		if e.Slice.Length != nil {
			all = all[:min(max(x.arithmetic(e.Slice.Length), 0), int64(len(all)))]
		}
		return spread(all, name == "*", quoted)
	}
	if (name == "@" || name == "*") && e.Exp == nil && !e.Length {
		return x.allParams(name, quoted)
	}
	value, set := x.lookup(name)
	if x.failed() {
		return nil
	}
	if e.Excl {
		value, set = x.lookup(value)
	}
	return x.shaped(e, value, set, quoted)
}

// shaped carries out what ${x…} does with a value.
func (x *expander) shaped(e *syntax.ParamExp, value string, set, quoted bool) []segment {
	name := e.Param.Value
	switch {
	case e.Slice != nil:
		value = x.sliced(e.Slice, value)
	case e.Repl != nil:
		value = x.replaced(e.Repl, value)
	}
	if e.Length {
		value = strconv.Itoa(utf8.RuneCountInString(value))
	} else if e.Exp != nil {
		return x.operator(e, value, set, quoted)
	}
	if !set && x.t.nounset && !strings.Contains("@*#?", name) {
		return x.refuse(name, "parameter not set")
	}
	return []segment{{text: value, quoted: quoted, split: !quoted}}
}

func (x *expander) refuse(name, text string) []segment {
	bash := text
	if text == "parameter not set" {
		bash = "unbound variable"
	}
	x.fatal(name+": "+text, name+": "+text, name+": "+bash, fatalStatusUnset)
	return nil
}

func (x *expander) allParams(name string, quoted bool) []segment {
	if len(x.t.params) < 2 {
		return nil
	}
	return spread(x.t.params[1:], name == "*", quoted)
}

func (x *expander) lookup(name string) (value string, set bool) {
	switch name {
	case "?":
		return strconv.Itoa(x.t.status), true
	case "#":
		return strconv.Itoa(max(len(x.t.params)-1, 0)), true
	case "$":
		if x.p.spec.Child || x.p.spec.Shared || x.t.self != x.p.tasks[0].id {
			return jobMark + strconv.Itoa(x.t.self), true
		}
		return "1", true
	case "!":
		if x.t.lastBg == 0 {
			return "", false
		}
		return jobMark + strconv.Itoa(x.t.lastBg), true
	case "PPID":
		return "0", true
	case "UID", "EUID":
		if x.t.bash {
			return strconv.FormatInt(x.p.spec.User.ID, 10), true
		}
	case "SECONDS":
		if x.t.bash {
			return strconv.Itoa(int(x.p.now.Sub(x.p.spec.Start).Seconds())), true
		}
	case "BASH_VERSION":
		if x.t.bash {
			x.p.cut = true
			return "5.2.15(1)-release", true
		}
	case "RANDOM":
		if x.t.bash || x.p.image.flavour == busybox {
			x.p.cut = true
			h := fnv.New32a()
			_, _ = fmt.Fprintf(h, "%d %d %s", x.p.now.UnixNano(), x.p.steps, x.p.spec.Hostname)
			return strconv.Itoa(int(h.Sum32() >> 17)), true
		}
	case "-", "_", "LINENO", "SRANDOM", "EPOCHSECONDS", "BASHPID":
		return x.unknown("the parameter $" + name), true
	case "PWD":
		return x.t.dir, true
	case "0":
		return x.t.params0(), true
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n < len(x.t.params) {
			return x.t.params[n], true
		}
		return "", false
	}
	v, ok := x.t.vars[name]
	return v.value, ok
}

// jobMark stands before the number of a task in the value of $! and $$: who prints
// it gets a number that is like the real one, see plain.
const jobMark = "\x00job"

// operator expands ${x:-w} and its like.
func (x *expander) operator(e *syntax.ParamExp, value string, set, quoted bool) []segment {
	word := func() string { return x.one(e.Exp.Word) }
	full := set && value != ""
	use := func(text string) []segment { return []segment{{text: text, quoted: quoted, split: !quoted}} }
	op := e.Exp.Op
	switch op {
	case syntax.DefaultUnset, syntax.AssignUnset, syntax.ErrorUnset, syntax.AlternateUnset:
		full = set
	}
	switch op {
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull:
		if full {
			return use(value)
		}
		return use(word())
	case syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
		if !full {
			return use("")
		}
		return use(word())
	case syntax.AssignUnset, syntax.AssignUnsetOrNull:
		if !full {
			value = word()
			x.set(e.Param.Value, value)
		}
		return use(value)
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		if full {
			return use(value)
		}
		text := word()
		if text == "" {
			text = "parameter not set"
		}
		return x.refuse(e.Param.Value, text)
	case syntax.UpperAll:
		return use(strings.ToUpper(value))
	case syntax.LowerAll:
		return use(strings.ToLower(value))
	case syntax.UpperFirst, syntax.LowerFirst:
		r, n := utf8.DecodeRuneInString(value)
		if n == 0 {
			return use("")
		}
		first := strings.ToUpper(string(r))
		if op == syntax.LowerFirst {
			first = strings.ToLower(string(r))
		}
		return use(first + value[n:])
	case syntax.RemSmallSuffix, syntax.RemLargeSuffix, syntax.RemSmallPrefix, syntax.RemLargePrefix:
		pattern := ""
		if e.Exp.Word != nil {
			pattern = x.pattern(e.Exp.Word)
		}
		return use(trim(value, pattern, op))
	}
	x.unknown("${…} with " + op.String())
	return nil
}

// trim removes the part of value that matches at one end.
func trim(value, pattern string, op syntax.ParExpOperator) string {
	if len(value) > fileBytesMax || len(value)*len(pattern) > 16<<20 {
		return value
	}
	n := len(value)
	for i := 0; i <= n; i++ {
		switch op {
		case syntax.RemSmallSuffix:
			if match(pattern, value[n-i:]) {
				return value[:n-i]
			}
		case syntax.RemLargeSuffix:
			if match(pattern, value[i:]) {
				return value[:i]
			}
		case syntax.RemSmallPrefix:
			if match(pattern, value[:i]) {
				return value[i:]
			}
		case syntax.RemLargePrefix:
			if match(pattern, value[:n-i]) {
				return value[n-i:]
			}
		}
	}
	return value
}

// arithmetic evaluates $(( … )) in 64 bits.
func (x *expander) arithmetic(e syntax.ArithmExpr) int64 {
	switch e := e.(type) {
	case nil:
		return 0
	case *syntax.Word:
		return x.number(x.one(e), 0)
	case *syntax.ParenArithm:
		return x.arithmetic(e.X)
	case *syntax.UnaryArithm:
		return x.unary(e)
	case *syntax.BinaryArithm:
		return x.binary(e)
	}
	x.unknown("an arithmetic expression that is not simulated")
	return 0
}

func (x *expander) number(s string, depth int) int64 {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	if n, err := strconv.ParseInt(s, 0, 64); err == nil && !strings.Contains(s, "_") {
		return n
	}
	if depth > 8 || !isName(s) {
		x.p.cut = true // where each shell sees the mistake differs
		x.fatal("arithmetic syntax error", fmt.Sprintf("arithmetic expression: expecting EOF: %q", s), s+": syntax error: invalid arithmetic operator", fatalStatusBash)
		return 0
	}
	v, _ := x.lookup(s)
	return x.number(v, depth+1)
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func (x *expander) unary(e *syntax.UnaryArithm) int64 {
	v := x.arithmetic(e.X)
	switch e.Op {
	case syntax.Not:
		return truth(v == 0)
	case syntax.BitNegation:
		return ^v
	case syntax.Plus:
		return v
	case syntax.Minus:
		return -v
	case syntax.Inc, syntax.Dec:
		by := int64(1)
		if e.Op == syntax.Dec {
			by = -1
		}
		x.assignNumber(e.X, v+by)
		if e.Post {
			return v
		}
		return v + by
	}
	x.unknown("the operator " + e.Op.String())
	return 0
}

func (x *expander) assignNumber(to syntax.ArithmExpr, v int64) {
	w, ok := to.(*syntax.Word)
	if !ok || !isName(w.Lit()) {
		x.unknown("an assignment to what is no variable")
		return
	}
	if !x.failed() {
		x.set(w.Lit(), strconv.FormatInt(v, 10))
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (x *expander) binary(e *syntax.BinaryArithm) int64 {
	switch e.Op {
	case syntax.Assgn:
		v := x.arithmetic(e.Y)
		x.assignNumber(e.X, v)
		return v
	case syntax.AndArit:
		return truth(x.arithmetic(e.X) != 0 && x.arithmetic(e.Y) != 0)
	case syntax.OrArit:
		return truth(x.arithmetic(e.X) != 0 || x.arithmetic(e.Y) != 0)
	case syntax.TernQuest:
		branches, ok := e.Y.(*syntax.BinaryArithm)
		if !ok || branches.Op != syntax.TernColon {
			x.unknown("an arithmetic expression that is not simulated")
			return 0
		}
		if x.arithmetic(e.X) != 0 {
			return x.arithmetic(branches.X)
		}
		return x.arithmetic(branches.Y)
	case syntax.Comma:
		x.arithmetic(e.X)
		return x.arithmetic(e.Y)
	case syntax.AddAssgn, syntax.SubAssgn, syntax.MulAssgn, syntax.QuoAssgn, syntax.RemAssgn:
		ops := map[syntax.BinAritOperator]syntax.BinAritOperator{syntax.AddAssgn: syntax.Add, syntax.SubAssgn: syntax.Sub,
			syntax.MulAssgn: syntax.Mul, syntax.QuoAssgn: syntax.Quo, syntax.RemAssgn: syntax.Rem}
		v := x.compute(ops[e.Op], x.arithmetic(e.X), x.arithmetic(e.Y))
		x.assignNumber(e.X, v)
		return v
	}
	return x.compute(e.Op, x.arithmetic(e.X), x.arithmetic(e.Y))
}

func (x *expander) compute(op syntax.BinAritOperator, a, b int64) int64 {
	switch op {
	case syntax.Add:
		return a + b
	case syntax.Sub:
		return a - b
	case syntax.Mul:
		return a * b
	case syntax.Quo, syntax.Rem:
		if b == 0 {
			x.fatal("divide by zero", fmt.Sprintf("arithmetic expression: division by zero: \"%d/%d\"", a, b), fmt.Sprintf("%d/%d: division by 0 (error token is \"%d\")", a, b, b), fatalStatusBash)
			return 0
		}
		if b == -1 {
			if op == syntax.Rem {
				return 0
			}
			return -a
		}
		if op == syntax.Rem {
			return a % b
		}
		return a / b
	case syntax.Eql:
		return truth(a == b)
	case syntax.Neq:
		return truth(a != b)
	case syntax.Lss:
		return truth(a < b)
	case syntax.Leq:
		return truth(a <= b)
	case syntax.Gtr:
		return truth(a > b)
	case syntax.Geq:
		return truth(a >= b)
	case syntax.And:
		return a & b
	case syntax.Or:
		return a | b
	case syntax.Xor:
		return a ^ b
	case syntax.Shl:
		return a << (uint64(b) & 63)
	case syntax.Shr:
		return a >> (uint64(b) & 63)
	case syntax.Pow:
		v := int64(1)
		for range min(max(b, 0), 64) {
			v *= a
		}
		return v
	}
	x.unknown("the operator " + op.String())
	return 0
}
