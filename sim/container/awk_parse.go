package container

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An awkNode is an expression or a statement of awk (POSIX, "awk"): op says
// which, text and number hold a name or a constant.
type awkNode struct {
	op   string
	text string
	num  float64
	re   *regexp.Regexp
	kids []*awkNode
}

// An awkItem is one pattern with its action; nil prints the line.
type awkItem struct {
	begin, end bool
	from, to   *awkNode // to: the end of a range
	action     *awkNode
}

type awkToken struct {
	kind string // name, number, string, regexp, or the sign itself
	text string
}

// An awkParser reads a program. What it does not know is an error in words.
type awkParser struct {
	tokens []awkToken
	at     int
	depth  int
	bad    string
	noIn   bool // inside the head of a for
	noGT   bool // inside print: > is a redirection
}

var awkFunctions = map[string]bool{"length": true, "substr": true, "index": true, "split": true, "sub": true, "gsub": true, "toupper": true, "tolower": true,
	"sprintf": true, "int": true, "match": true, "sqrt": true}

func parseAwk(text string) (items []awkItem, bad string) {
	p := &awkParser{}
	if p.tokens, bad = awkTokens(text); bad != "" {
		return nil, bad
	}
	for p.skip(); p.peek().kind != "" && p.bad == ""; p.skip() {
		var it awkItem
		switch {
		case p.is("BEGIN"):
			it.begin = true
		case p.is("END"):
			it.end = true
		case p.peek().kind != "{":
			it.from = p.expr(0)
			if p.is(",") {
				it.to = p.expr(0)
			}
		}
		if p.peek().kind == "{" {
			it.action = p.block()
		} else if it.begin || it.end {
			p.bad = "BEGIN without an action"
		}
		items = append(items, it)
	}
	return items, p.bad
}

var awkSigns = []string{"**=", "&&", "||", "==", "!=", "<=", ">=", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "!~", ">>",
	"{", "}", "(", ")", "[", "]", ";", "\n", ",", "+", "-", "*", "/", "%", "^", "!", "<", ">", "~", "?", ":", "=", "$", "|"}

func awkTokens(s string) (out []awkToken, bad string) {
	operand := false // a slash after one divides
	for i := 0; i < len(s); {
		c := s[i]
		start := i
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			i++
			continue
		case c == '\\' && i+1 < len(s) && s[i+1] == '\n':
			i += 2
			continue
		case c == '#':
			for i < len(s) && s[i] != '\n' {
				i++
			}
			continue
		case c == '"' || c == '/' && !operand:
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			if i >= len(s) {
				return nil, "a text without an end"
			}
			kind := map[bool]string{true: "string", false: "regexp"}[c == '"']
			text := s[start+1 : i]
			if kind == "string" {
				text, _ = unbackslash(text, false)
			} else {
				text = strings.ReplaceAll(text, `\/`, "/")
			}
			out = append(out, awkToken{kind, text})
			i++
			operand = true
			continue
		case c >= '0' && c <= '9' || c == '.' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
				i++
			}
			out = append(out, awkToken{"number", s[start:i]})
			operand = true
			continue
		case isName(string(c)):
			for i < len(s) && isName("a"+string(s[i])) {
				i++
			}
			word := s[start:i]
			switch word {
			case "BEGIN", "END", "print", "printf", "if", "else", "while", "for", "in", "next", "exit", "break", "continue", "delete", "do", "function", "getline", "return":
				out = append(out, awkToken{word, word})
				operand = false
			default:
				out = append(out, awkToken{"name", word})
				operand = true
			}
			continue
		}
		n := slices.IndexFunc(awkSigns, func(sign string) bool { return strings.HasPrefix(s[i:], sign) })
		if n < 0 {
			return nil, "the sign " + string(c)
		}
		out = append(out, awkToken{awkSigns[n], awkSigns[n]})
		i += len(awkSigns[n])
		operand = awkSigns[n] == ")" || awkSigns[n] == "]" || awkSigns[n] == "$"
	}
	return out, ""
}

func (p *awkParser) peek() awkToken {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return awkToken{}
}

func (p *awkParser) is(kind string) bool {
	if p.peek().kind != kind {
		return false
	}
	p.at++
	return true
}

func (p *awkParser) want(kind string) {
	if !p.is(kind) && p.bad == "" {
		p.bad = fmt.Sprintf("%q where %q should stand", p.peek().text, kind)
	}
}

func (p *awkParser) skip() {
	for p.is("\n") || p.is(";") {
	}
}

func (p *awkParser) block() *awkNode {
	p.want("{")
	b := &awkNode{op: "block"}
	for p.skip(); p.bad == "" && p.peek().kind != "}" && p.peek().kind != ""; p.skip() {
		b.kids = append(b.kids, p.statement())
	}
	p.want("}")
	return b
}

func (p *awkParser) body() *awkNode {
	for p.is("\n") {
	}
	if p.is(";") {
		return &awkNode{op: "block"}
	}
	return p.statement()
}

func (p *awkParser) statement() *awkNode {
	if p.depth++; p.depth > depthMax {
		p.bad = "over 200 open constructs"
	}
	defer func() { p.depth-- }()
	if p.bad != "" {
		return &awkNode{op: "block"}
	}
	t := p.peek()
	switch t.kind {
	case "{":
		return p.block()
	case "print", "printf":
		p.at++
		return p.printing(t.kind)
	case "if":
		p.at++
		p.want("(")
		n := &awkNode{op: "if", kids: []*awkNode{p.expr(0)}}
		p.want(")")
		n.kids = append(n.kids, p.body())
		mark := p.at
		p.skip()
		if p.is("else") {
			n.kids = append(n.kids, p.body())
		} else {
			p.at = mark
		}
		return n
	case "while":
		p.at++
		p.want("(")
		n := &awkNode{op: "while", kids: []*awkNode{p.expr(0)}}
		p.want(")")
		n.kids = append(n.kids, p.body())
		return n
	case "for":
		p.at++
		return p.forLoop()
	case "next", "break", "continue":
		p.at++
		return &awkNode{op: t.kind}
	case "exit":
		p.at++
		n := &awkNode{op: "exit"}
		if k := p.peek().kind; k != ";" && k != "}" && k != "\n" && k != "" {
			n.kids = append(n.kids, p.expr(0))
		}
		return n
	case "delete":
		p.at++
		n := &awkNode{op: "delete", text: p.peek().text}
		p.want("name")
		if p.is("[") {
			n.kids = append(n.kids, p.expr(0))
			p.want("]")
		}
		return n
	case "function", "getline", "do", "return":
		p.bad = t.kind
		return &awkNode{op: "block"}
	}
	return &awkNode{op: "do", kids: []*awkNode{p.expr(0)}}
}

func (p *awkParser) printing(kind string) *awkNode {
	n := &awkNode{op: kind}
	p.noGT = true
	whole := p.peek().kind == "("
	if k := p.peek().kind; k != ";" && k != "}" && k != "\n" && k != "" && k != ">" && k != "|" {
		n.kids = append(n.kids, p.expr(0))
		for p.is(",") {
			n.kids = append(n.kids, p.expr(0))
		}
	}
	if whole && len(n.kids) == 1 && n.kids[0].op == "list" {
		n.kids = n.kids[0].kids
	}
	p.noGT = false
	if k := p.peek().kind; k == ">" || k == ">>" || k == "|" {
		p.bad = kind + " into a file or a command"
	}
	return n
}

func (p *awkParser) forLoop() *awkNode {
	p.want("(")
	if p.at+2 < len(p.tokens) && p.peek().kind == "name" && p.tokens[p.at+1].kind == "in" {
		n := &awkNode{op: "forin", text: p.peek().text}
		p.at += 2
		n.kids = append(n.kids, &awkNode{op: "name", text: p.peek().text})
		p.want("name")
		p.want(")")
		n.kids = append(n.kids, p.body())
		return n
	}
	n := &awkNode{op: "for"}
	for _, end := range []string{";", ";", ")"} {
		var e *awkNode
		if p.peek().kind != end {
			e = p.expr(0)
		}
		n.kids = append(n.kids, e)
		p.want(end)
	}
	n.kids = append(n.kids, p.body())
	return n
}

// awkBinding is how tightly a binary operator binds; 0 is none. Assignments and
// ?: are the loosest, concatenation stands between comparison and sums.
var awkBinding = map[string]int{"=": 1, "+=": 1, "-=": 1, "*=": 1, "/=": 1, "%=": 1, "^=": 1, "?": 2, "||": 3, "&&": 4, "in": 5, "~": 6, "!~": 6,
	"<": 7, "<=": 7, "==": 7, "!=": 7, ">": 7, ">=": 7, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10, "^": 12}

const awkConcat = 8

func (p *awkParser) expr(least int) *awkNode {
	if p.depth++; p.depth > depthMax {
		p.bad = "over 200 open constructs"
	}
	defer func() { p.depth-- }()
	left := p.unary()
	for p.bad == "" {
		t := p.peek()
		bind := awkBinding[t.kind]
		switch {
		case t.kind == ">" && p.noGT:
			return left
		case bind == 0 && awkConcat >= least && p.startsOperand(t):
			left = &awkNode{op: "concat", kids: []*awkNode{left, p.expr(awkConcat + 1)}}
			continue
		case bind == 0 || bind < least:
			return left
		}
		p.at++
		switch {
		case bind == 1:
			left = &awkNode{op: t.kind, kids: []*awkNode{left, p.expr(1)}}
			if k := left.kids[0].op; k != "name" && k != "index" && k != "field" {
				p.bad = "an assignment to what is no variable"
			}
		case t.kind == "?":
			yes := p.expr(1)
			p.want(":")
			left = &awkNode{op: "?", kids: []*awkNode{left, yes, p.expr(2)}}
		case t.kind == "^":
			left = &awkNode{op: "^", kids: []*awkNode{left, p.expr(12)}}
		case t.kind == "in":
			left = &awkNode{op: "in", text: p.peek().text, kids: []*awkNode{left}}
			p.want("name")
		default:
			left = &awkNode{op: t.kind, kids: []*awkNode{left, p.expr(bind + 1)}}
		}
	}
	return left
}

func (p *awkParser) startsOperand(t awkToken) bool {
	return slices.Contains([]string{"name", "number", "string", "$", "!", "(", "-", "+", "++", "--"}, t.kind) && t.kind != "-" && t.kind != "+"
}

func (p *awkParser) unary() *awkNode {
	t := p.peek()
	switch t.kind {
	case "!", "-", "+":
		p.at++
		return &awkNode{op: "un" + t.kind, kids: []*awkNode{p.expr(11)}}
	case "++", "--":
		p.at++
		return &awkNode{op: "pre" + t.kind, kids: []*awkNode{p.unary()}}
	}
	n := p.primary()
	if k := p.peek().kind; (k == "++" || k == "--") && (n.op == "name" || n.op == "index" || n.op == "field") {
		p.at++
		n = &awkNode{op: "post" + k, kids: []*awkNode{n}}
	}
	return n
}

func (p *awkParser) primary() *awkNode {
	t := p.peek()
	p.at++
	switch t.kind {
	case "number":
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			p.bad = "the number " + t.text
		}
		return &awkNode{op: "number", num: v}
	case "string":
		return &awkNode{op: "string", text: t.text}
	case "regexp":
		re, ok := basicPattern(t.text, true, false)
		if !ok {
			p.bad = "the pattern " + t.text
		}
		return &awkNode{op: "regexp", re: re}
	case "$":
		return &awkNode{op: "field", kids: []*awkNode{p.unaryField()}}
	case "(":
		old := p.noGT
		p.noGT = false
		n := p.expr(0)
		if p.peek().kind == "," {
			n = &awkNode{op: "list", kids: []*awkNode{n}}
			for p.is(",") {
				n.kids = append(n.kids, p.expr(0))
			}
		}
		p.want(")")
		p.noGT = old
		return n
	case "name":
		switch {
		case p.peek().kind == "[":
			p.at++
			n := &awkNode{op: "index", text: t.text, kids: []*awkNode{p.expr(0)}}
			for p.is(",") {
				n.kids = append(n.kids, p.expr(0))
			}
			p.want("]")
			return n
		case awkFunctions[t.text]:
			n := &awkNode{op: "call", text: t.text}
			if p.is("(") {
				for p.bad == "" && p.peek().kind != ")" {
					n.kids = append(n.kids, p.expr(0))
					if !p.is(",") {
						break
					}
				}
				p.want(")")
			} else if t.text != "length" {
				p.bad = t.text + " without parentheses"
			}
			return n
		case p.peek().kind == "(":
			p.bad = "the function " + t.text
		}
		return &awkNode{op: "name", text: t.text}
	}
	if p.bad == "" {
		p.bad = fmt.Sprintf("%q in this place", t.text)
	}
	return &awkNode{op: "number"}
}

// unaryField is what stands after $: a primary, with ++ or - before it.
func (p *awkParser) unaryField() *awkNode {
	if k := p.peek().kind; k == "-" || k == "++" || k == "--" {
		return p.unary()
	}
	return p.primary()
}
