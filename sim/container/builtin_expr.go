package container

import (
	"strconv"
	"strings"
)

// expr evaluates one expression of its words: | & comparisons + - * / % :
// length substr index, and parentheses (POSIX, "expr").
func expr(c *call) outcome {
	x := &exprParser{call: c, words: c.args[1:]}
	v := x.binary(0)
	if x.bad || len(x.words) > 0 || len(c.args) == 1 {
		if !c.p.over() && !x.said {
			c.complain("expr: syntax error")
		}
		return done(2)
	}
	c.out(v + "\n")
	return done(int(truth(v == "" || v == "0")))
}

type exprParser struct {
	*call
	words []string
	bad   bool
	said  bool // why it is bad
	depth int
}

func (x *exprParser) peek() string {
	if len(x.words) == 0 {
		return ""
	}
	return x.words[0]
}

func (x *exprParser) next() string {
	if len(x.words) == 0 {
		x.bad = true
		return ""
	}
	w := x.words[0]
	x.words = x.words[1:]
	return w
}

// exprLevels are the operators from the loosest to the tightest.
var exprLevels = []string{" | ", " & ", " < <= = == != >= > ", " + - ", " * / % ", " : "}

func (x *exprParser) binary(level int) string {
	if level == len(exprLevels) {
		return x.primary()
	}
	a := x.binary(level + 1)
	for !x.bad && x.peek() != "" && strings.Contains(exprLevels[level], " "+x.peek()+" ") {
		op := x.next()
		a = x.apply(a, op, x.binary(level+1))
	}
	return a
}

func (x *exprParser) primary() string {
	if x.depth++; x.depth > depthMax {
		x.bad = true
		return ""
	}
	defer func() { x.depth-- }()
	switch w := x.next(); w {
	case "(":
		v := x.binary(0)
		x.bad = x.bad || x.next() != ")"
		return v
	case "length":
		return strconv.Itoa(len([]rune(x.next())))
	case "substr":
		s := []rune(x.next())
		from, err := strconv.Atoi(x.next())
		n, err2 := strconv.Atoi(x.next())
		if err != nil || err2 != nil || from < 1 || n < 1 || from > len(s) {
			return ""
		}
		return string(s[from-1 : min(from-1+n, len(s))])
	case "index":
		s, set := x.next(), x.next()
		return strconv.Itoa(strings.IndexAny(s, set) + 1)
	case "match":
		s := x.next()
		return x.apply(s, ":", x.next())
	default:
		return w
	}
}

// matched is `a : b`, the part of a that a pattern takes, or how long it is.
func (x *exprParser) matched(a, b string) string {
	re, ok := basicPattern("^"+strings.TrimPrefix(b, "^"), false, false)
	if !ok {
		x.unsupported("with the pattern " + b)
		x.bad = true
		return ""
	}
	hit := re.FindStringSubmatch(a)
	switch {
	case len(hit) > 1:
		return hit[1]
	case hit == nil && re.NumSubexp() > 0:
		return ""
	case hit == nil:
		return "0"
	}
	return strconv.Itoa(len([]rune(hit[0])))
}

func (x *exprParser) apply(a, op, b string) string {
	null := func(s string) bool { return s == "" || s == "0" }
	m, err := strconv.ParseInt(a, 10, 64)
	n, err2 := strconv.ParseInt(b, 10, 64)
	numbers := err == nil && err2 == nil
	switch op {
	case "|":
		if null(a) {
			return b
		}
		return a
	case "&":
		if null(a) || null(b) {
			return "0"
		}
		return a
	case ":":
		return x.matched(a, b)
	case "<", "<=", "=", "==", "!=", ">=", ">":
		order := strings.Compare(a, b)
		if numbers {
			order = int(truth(m > n)) - int(truth(m < n))
		}
		yes := map[string]bool{"<": order < 0, "<=": order <= 0, "=": order == 0, "==": order == 0, "!=": order != 0, ">=": order >= 0, ">": order > 0}[op]
		return strconv.Itoa(int(truth(yes)))
	}
	if !numbers {
		if x.p.image.flavour == gnu {
			x.complain("expr: non-integer argument")
		} else {
			x.complain("expr: non-numeric argument")
		}
		x.bad, x.said = true, true
		return ""
	}
	switch op {
	case "+":
		m += n
	case "-":
		m -= n
	case "*":
		m *= n
	default:
		if n == 0 {
			x.complain("expr: division by zero")
			x.bad, x.said = true, true
			return ""
		}
		if op == "/" {
			m /= n
		} else {
			m %= n
		}
	}
	return strconv.FormatInt(m, 10)
}
