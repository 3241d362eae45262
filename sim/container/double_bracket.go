package container

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// doubleBracket evaluates [[ … ]].
func (x *expander) doubleBracket(e syntax.TestExpr) bool {
	switch e := e.(type) {
	case *syntax.Word:
		return x.one(e) != ""
	case *syntax.ParenTest:
		return x.doubleBracket(e.X)
	case *syntax.UnaryTest:
		if e.Op == syntax.TsNot {
			return !x.doubleBracket(e.X)
		}
		w, ok := e.X.(*syntax.Word)
		if !ok {
			x.unknown("a test of this form")
			return false
		}
		t := &tester{call: &call{machine: x.machine, args: []string{"[["}}}
		return t.unaryTest(e.Op.String(), x.one(w))
	case *syntax.BinaryTest:
		return x.compareDouble(e)
	}
	x.unknown("a test of this form")
	return false
}

func (x *expander) compareDouble(e *syntax.BinaryTest) bool {
	switch e.Op {
	case syntax.AndTest:
		return x.doubleBracket(e.X) && x.doubleBracket(e.Y)
	case syntax.OrTest:
		return x.doubleBracket(e.X) || x.doubleBracket(e.Y)
	}
	a, ok := e.X.(*syntax.Word)
	b, ok2 := e.Y.(*syntax.Word)
	if !ok || !ok2 {
		x.unknown("a test of this form")
		return false
	}
	left := x.one(a)
	switch e.Op {
	case syntax.TsMatch, syntax.TsMatchShort:
		return match(x.pattern(b), left)
	case syntax.TsNoMatch:
		return !match(x.pattern(b), left)
	case syntax.TsReMatch:
		re, err := regexp.Compile(x.one(b))
		if err != nil {
			x.unknown("a pattern of this form")
			return false
		}
		groups := re.FindStringSubmatch(left)
		if x.t.bash {
			x.setArray("BASH_REMATCH", groups)
		}
		return groups != nil
	case syntax.TsBefore:
		return left < x.one(b)
	case syntax.TsAfter:
		return left > x.one(b)
	case syntax.TsEql, syntax.TsNeq, syntax.TsLss, syntax.TsLeq, syntax.TsGtr, syntax.TsGeq:
		m, n := x.number(strings.TrimSpace(left), 0), x.number(strings.TrimSpace(x.one(b)), 0)
		switch e.Op {
		case syntax.TsEql:
			return m == n
		case syntax.TsNeq:
			return m != n
		case syntax.TsLss:
			return m < n
		case syntax.TsLeq:
			return m <= n
		case syntax.TsGtr:
			return m > n
		}
		return m >= n
	}
	x.unknown("the test " + e.Op.String())
	return false
}
