package container

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

func (a *awking) eval(n *awkNode) awkValue {
	if n == nil || !a.step() {
		return awkValue{}
	}
	switch n.op {
	case "number":
		return number(n.num)
	case "string":
		return text(n.text)
	case "regexp":
		a.steps += len(a.line) / 16
		return number(float64(truth(n.re.MatchString(a.line))))
	case "name", "index", "field":
		return a.get(n)
	case "concat":
		s := a.eval(n.kids[0]).str() + a.eval(n.kids[1]).str()
		if len(s) > variableBytesMax {
			a.bad = "a text over 64 KiB"
			return awkValue{}
		}
		a.steps += len(s) / 256
		return text(s)
	case "un!":
		return number(float64(truth(!a.eval(n.kids[0]).true())))
	case "un-":
		return number(-a.eval(n.kids[0]).number())
	case "un+":
		return number(a.eval(n.kids[0]).number())
	case "&&":
		return number(float64(truth(a.eval(n.kids[0]).true() && a.eval(n.kids[1]).true())))
	case "||":
		return number(float64(truth(a.eval(n.kids[0]).true() || a.eval(n.kids[1]).true())))
	case "?":
		if a.eval(n.kids[0]).true() {
			return a.eval(n.kids[1])
		}
		return a.eval(n.kids[2])
	case "in":
		_, ok := a.arrays[n.text][a.key(n.kids)]
		return number(float64(truth(ok)))
	case "~", "!~":
		return number(float64(truth(a.matches(a.eval(n.kids[0]).str(), n.kids[1]) == (n.op == "~"))))
	case "=", "pre++", "pre--", "post++", "post--", "+=", "-=", "*=", "/=", "%=", "^=":
		return a.assignment(n)
	case "+", "-", "*", "/", "%", "^":
		return a.compute(n.op, a.eval(n.kids[0]).number(), a.eval(n.kids[1]).number())
	case "<", "<=", "==", "!=", ">", ">=":
		return a.compare(n.op, a.eval(n.kids[0]), a.eval(n.kids[1]))
	case "call":
		return a.function(n)
	}
	a.bad = "a list in this place"
	return awkValue{}
}

// assignment changes a variable, an element or a field.
func (a *awking) assignment(n *awkNode) awkValue {
	switch n.op {
	case "=":
		v := a.eval(n.kids[1])
		a.put(n.kids[0], v)
		return v
	case "pre++", "pre--", "post++", "post--":
		old := a.eval(n.kids[0]).number()
		by := 1.0
		if strings.HasSuffix(n.op, "--") {
			by = -1
		}
		a.put(n.kids[0], number(old+by))
		if strings.HasPrefix(n.op, "post") {
			return number(old)
		}
		return number(old + by)
	}
	v := a.compute(n.op[:1], a.eval(n.kids[0]).number(), a.eval(n.kids[1]).number())
	a.put(n.kids[0], v)
	return v
}

func (a *awking) compute(op string, x, y float64) awkValue {
	switch op {
	case "+":
		return number(x + y)
	case "-":
		return number(x - y)
	case "*":
		return number(x * y)
	case "^":
		return number(math.Pow(x, y))
	}
	if y == 0 {
		a.bad = "a division by zero"
		return awkValue{}
	}
	if op == "/" {
		return number(x / y)
	}
	return number(math.Mod(x, y))
}

func (a *awking) compare(op string, x, y awkValue) awkValue {
	order := strings.Compare(x.str(), y.str())
	if x.numeric() && y.numeric() {
		order = int(truth(x.number() > y.number())) - int(truth(x.number() < y.number()))
	}
	yes := map[string]bool{"<": order < 0, "<=": order <= 0, "==": order == 0, "!=": order != 0, ">": order > 0, ">=": order >= 0}[op]
	return number(float64(truth(yes)))
}

func (a *awking) matches(s string, pattern *awkNode) bool {
	a.steps += len(s) / 16
	if pattern.op == "regexp" {
		return pattern.re.MatchString(s)
	}
	re, ok := basicPattern(a.eval(pattern).str(), true, false)
	if !ok {
		a.bad = "a pattern of this form"
		return false
	}
	return re.MatchString(s)
}

func (a *awking) key(kids []*awkNode) string {
	var parts []string
	for _, k := range kids {
		parts = append(parts, a.eval(k).str())
	}
	return strings.Join(parts, a.vars["SUBSEP"].str())
}

func (a *awking) get(n *awkNode) awkValue {
	switch n.op {
	case "index":
		return a.arrays[n.text][a.key(n.kids)]
	case "field":
		i := int(a.eval(n.kids[0]).number())
		f := a.split()
		switch {
		case i == 0:
			return input(a.line)
		case i < 0:
			a.bad = "a field below 0"
			return awkValue{}
		case i > len(f):
			return awkValue{likely: true}
		}
		return input(f[i-1])
	}
	if n.text == "NF" {
		return number(float64(len(a.split())))
	}
	v, ok := a.vars[n.text]
	if !ok {
		v.likely = true
	}
	return v
}

func (a *awking) put(n *awkNode, v awkValue) {
	switch n.op {
	case "index":
		if a.arrays[n.text] == nil {
			a.arrays[n.text] = map[string]awkValue{}
		}
		if len(a.arrays[n.text]) > wordFieldsMax {
			a.bad = "an array of over 4,096 elements"
			return
		}
		a.arrays[n.text][a.key(n.kids)] = v
	case "field":
		i := int(a.eval(n.kids[0]).number())
		if i == 0 {
			a.setLine(v.str())
			return
		}
		f := slices.Clone(a.split())
		if i < 0 || i > rangeMax {
			a.bad = "over 1,000 fields"
			return
		}
		for len(f) < i {
			f = append(f, "")
		}
		f[i-1] = v.str()
		a.line, a.fields = strings.Join(f, a.vars["OFS"].str()), f
		if len(a.line) > variableBytesMax {
			a.bad = "a line over 64 KiB"
		}
	default:
		switch n.text {
		case "NF":
			f := slices.Clone(a.split())
			for i := int(v.number()); i >= 0 && len(f) != i && len(f) < rangeMax; {
				if len(f) > i {
					f = f[:i]
				} else {
					f = append(f, "")
				}
			}
			a.line, a.fields = strings.Join(f, a.vars["OFS"].str()), f
			return
		case "RS":
			a.bad = "another separator of records"
		}
		if len(a.vars) > variablesMax {
			a.bad = "over 1,000 variables"
			return
		}
		a.vars[n.text] = v
	}
}

func (a *awking) function(n *awkNode) awkValue {
	arg := func(i int) awkValue {
		if i < len(n.kids) {
			return a.eval(n.kids[i])
		}
		return awkValue{}
	}
	switch n.text {
	case "length":
		if len(n.kids) == 0 {
			return number(float64(utf8.RuneCountInString(a.line)))
		}
		if n.kids[0].op == "name" && a.arrays[n.kids[0].text] != nil {
			return number(float64(len(a.arrays[n.kids[0].text])))
		}
		return number(float64(utf8.RuneCountInString(arg(0).str())))
	case "substr":
		r := []rune(arg(0).str())
		from := int(math.Round(arg(1).number()))
		end := len(r) + 1
		if len(n.kids) > 2 {
			end = from + int(math.Round(arg(2).number()))
		}
		from, end = max(from, 1), min(end, len(r)+1)
		if from >= end {
			return text("")
		}
		return text(string(r[from-1 : end-1]))
	case "index":
		s := arg(0).str()
		i := strings.Index(s, arg(1).str())
		if i < 0 {
			return number(0)
		}
		return number(float64(utf8.RuneCountInString(s[:i]) + 1))
	case "toupper":
		return text(strings.ToUpper(arg(0).str()))
	case "tolower":
		return text(strings.ToLower(arg(0).str()))
	case "int":
		return number(math.Trunc(arg(0).number()))
	case "sqrt":
		return number(math.Sqrt(arg(0).number()))
	case "sprintf":
		return text(a.sprintf(n.kids))
	case "match":
		return number(float64(truth(len(n.kids) > 1 && a.matches(arg(0).str(), n.kids[1]))))
	case "split":
		return a.splitInto(n)
	}
	return a.substitute(n)
}

func (a *awking) splitInto(n *awkNode) awkValue {
	if len(n.kids) < 2 || n.kids[1].op != "name" {
		a.bad = "a split of this form"
		return awkValue{}
	}
	sep := a.vars["FS"].str()
	if len(n.kids) > 2 {
		if sep = a.eval(n.kids[2]).str(); n.kids[2].op == "regexp" {
			sep = n.kids[2].re.String()
		}
	}
	parts := awkSplit(a.eval(n.kids[0]).str(), sep)
	if len(parts) > wordFieldsMax {
		a.bad = "an array of over 4,096 elements"
		return awkValue{}
	}
	m := map[string]awkValue{}
	for i, s := range parts {
		m[number(float64(i+1)).str()] = input(s)
	}
	a.arrays[n.kids[1].text] = m
	return number(float64(len(parts)))
}

// substitute is sub and gsub; & stands for what was found.
func (a *awking) substitute(n *awkNode) awkValue {
	if len(n.kids) < 2 {
		a.bad = n.text + " of this form"
		return awkValue{}
	}
	re := n.kids[0].re
	if n.kids[0].op != "regexp" {
		var ok bool
		if re, ok = basicPattern(a.eval(n.kids[0]).str(), true, false); !ok {
			a.bad = "a pattern of this form"
			return awkValue{}
		}
	}
	with := a.eval(n.kids[1]).str()
	target := &awkNode{op: "field", kids: []*awkNode{{op: "number"}}}
	if len(n.kids) > 2 {
		target = n.kids[2]
	}
	s, count := a.eval(target).str(), 0
	a.steps += len(s)
	out := re.ReplaceAllStringFunc(s, func(hit string) string {
		if count > 0 && n.text == "sub" {
			return hit
		}
		count++
		return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(with, `\&`, "\x00"), "&", hit), "\x00", "&")
	})
	if len(out) > variableBytesMax {
		a.bad = "a text over 64 KiB"
		return awkValue{}
	}
	if count > 0 {
		a.put(target, text(out))
	}
	return number(float64(count))
}
