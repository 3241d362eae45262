package container

import (
	"strings"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

// step lets a task that can go on do its next small thing.
func (p *Process) step(t *task, w World) {
	p.steps++
	p.instant++
	switch {
	case p.spins(t):
		return
	case p.instant > stepsInstantMax:
		p.unknown("a program that computes for long without waiting")
		return
	case p.steps > stepsMax+stepsPerSecond*int(p.now.Sub(p.spec.Start)/time.Second):
		p.unknown("a program that never rests")
		return
	case len(t.frames) > depthMax:
		p.unknown("a script with over 200 open constructs")
		return
	}
	t.block, t.busy = blockNone, false
	if len(t.frames) == 0 {
		p.leave(t)
		return
	}
	f := t.top()
	if len(t.pending) > 0 && f.kind == frStmts {
		sig := t.pending[0]
		t.pending = t.pending[1:]
		p.runTrap(t, sig)
		return
	}
	m := &machine{p, t, view{w.Disk, p.spec.Mounts, p.spec.User, p}, w.Network}
	if f.kind == frExpand || f.kind == frProgram {
		p.charge(64 * len(p.tasks))
	}
	switch f.kind {
	case frStmts:
		if f.i == len(f.stmts) {
			p.pop(t)
			return
		}
		f.i++
		m.begin(f.stmts[f.i-1], false)
	case frStmtEnd:
		m.endStmt(f)
	case frAndOr:
		m.andOr(f)
	case frIf:
		m.ifClause(f)
	case frWhile:
		m.while(f)
	case frFor:
		m.forWords(f)
	case frCStyle:
		m.forArithmetic(f)
	case frExpand:
		m.substitute(f)
	case frProgram:
		m.program(f)
	case frJoin:
		m.join(f)
	case frTrapEnd:
		t.status = f.status
		p.pop(t)
	default: // frFunc, frEnvEnd
		p.pop(t)
	}
}

// machine is one step of one task with what it may touch.
type machine struct {
	p *Process
	t *task
	view
	network Network // nil: none
}

// leave ends a task whose script is over, after its EXIT trap.
func (p *Process) leave(t *task) {
	if _, ok := t.traps[0]; ok {
		p.runTrap(t, 0)
		delete(t.traps, 0)
		return
	}
	p.finish(t)
}

func (p *Process) runTrap(t *task, s Signal) {
	stmts, err := t.parse(p, t.traps[s])
	if err != nil {
		p.unknown("syntax of a trap: " + err.Error())
		return
	}
	t.push(frame{kind: frTrapEnd, status: t.status})
	t.push(frame{kind: frStmts, stmts: stmts})
}

// exitTask unwinds all of a task, as `exit` does.
func (p *Process) exitTask(t *task, status int) {
	for len(t.frames) > 0 {
		p.pop(t)
	}
	t.status = status
}

func (m *machine) begin(s *syntax.Stmt, tested bool) {
	t := m.t
	if s.Coprocess || s.Disown {
		m.p.unknown("a coprocess")
		return
	}
	if s.Background {
		child := m.p.newTask(t)
		child.background = true
		child.fds[0] = fd{kind: fdNull}
		copied := *s
		copied.Background = false
		child.push(frame{kind: frStmts, stmts: []*syntax.Stmt{&copied}})
		t.lastBg, t.status = child.id, 0
		return
	}
	t.push(frame{kind: frStmtEnd, stmt: s, fds: t.fds, tested: tested || s.Negated})
	for _, r := range s.Redirs {
		if !m.redirect(r) {
			t.status = 1
			if m.p.image.flavour == gnu && !t.bash {
				t.status = 2
			}
			return
		}
	}
	if s.Cmd == nil {
		t.status = 0
		return
	}
	m.command(s.Cmd)
}

func (m *machine) command(cmd syntax.Command) {
	t := m.t
	switch c := cmd.(type) {
	case *syntax.CallExpr, *syntax.CaseClause, *syntax.ArithmCmd, *syntax.LetClause, *syntax.DeclClause, *syntax.TestClause:
		t.push(frame{kind: frExpand, cmd: c})
	case *syntax.Block:
		t.push(frame{kind: frStmts, stmts: c.Stmts})
	case *syntax.Subshell:
		child := m.p.newTask(t)
		child.push(frame{kind: frStmts, stmts: c.Stmts})
		t.push(frame{kind: frJoin, created: []int{child.id}})
	case *syntax.BinaryCmd:
		switch c.Op {
		case syntax.AndStmt, syntax.OrStmt:
			t.push(frame{kind: frAndOr, cmd: c})
			m.begin(c.X, true)
		case syntax.Pipe:
			m.pipeline(c)
		default:
			m.p.unknown("the operator " + c.Op.String())
		}
	case *syntax.IfClause:
		t.push(frame{kind: frIf, cmd: c})
		t.push(frame{kind: frStmts, stmts: c.Cond, tested: true})
	case *syntax.WhileClause:
		t.push(frame{kind: frWhile, cmd: c})
	case *syntax.ForClause:
		if c.Select {
			m.p.unknown("a menu of select")
			return
		}
		switch c.Loop.(type) {
		case *syntax.CStyleLoop:
			t.push(frame{kind: frCStyle, cmd: c})
		default:
			t.push(frame{kind: frExpand, cmd: c})
		}
	case *syntax.FuncDecl:
		if c.Name == nil {
			m.p.unknown("a function without a name")
			return
		}
		if t.funcs == nil {
			t.funcs = map[string]*syntax.Stmt{}
		}
		t.funcs[c.Name.Value], t.status = c.Body, 0
	default:
		m.p.unknown("a construct of the shell that is not simulated")
	}
}

func (m *machine) endStmt(f *frame) {
	t := m.t
	negated := f.stmt.Negated
	_, andOr := f.stmt.Cmd.(*syntax.BinaryCmd)
	m.p.pop(t)
	if negated {
		if t.status == 0 {
			t.status = 1
		} else {
			t.status = 0
		}
		return
	}
	if t.errexit && t.status != 0 && !andOr && !f.tested && !t.tested() {
		m.p.exitTask(t, t.status)
	}
}

// tested tells whether a failure here is looked at by `if`, `&&` and the like,
// so that `set -e` does not end the shell.
func (t *task) tested() bool {
	for _, f := range t.frames {
		if f.tested {
			return true
		}
	}
	return false
}

func (m *machine) andOr(f *frame) {
	c := f.cmd.(*syntax.BinaryCmd)
	m.p.pop(m.t)
	if (m.t.status == 0) == (c.Op == syntax.AndStmt) {
		m.begin(c.Y, false)
	}
}

// substitute runs the command substitutions of a command one after another and
// then the command.
func (m *machine) substitute(f *frame) {
	t := m.t
	list, why := m.substitutions(f.cmd)
	if why != "" {
		m.p.unknown(why)
		return
	}
	if f.child != 0 {
		child := m.p.task(f.child)
		if !child.done {
			t.block, t.waitsFor = blockWait, child.id
			return
		}
		out := &m.p.pipes[f.stage]
		f.words = append(f.words, strings.TrimRight(strings.ReplaceAll(out.data, "\x00", ""), "\n"))
		out.data, out.captured = "", false
		f.status, f.child = child.status, 0
		m.p.forget(child.id)
		m.p.dropPipes()
	}
	if f.i < len(list) {
		m.p.pipes = append(m.p.pipes, pipe{captured: true})
		f.stage = len(m.p.pipes) - 1
		child := m.p.newTask(t)
		child.fds[1] = fd{kind: fdPipe, pipe: f.stage}
		child.push(frame{kind: frStmts, stmts: list[f.i].Stmts})
		f.child = child.id
		f.i++
		return
	}
	results := make(map[*syntax.CmdSubst]string, len(list))
	for i, s := range list {
		results[s] = f.words[i]
	}
	cmd, status := f.cmd, f.status
	m.p.pop(t)
	m.expanded(cmd, m.expander(results), status, len(list) > 0)
}

// substitutions lists the command substitutions that a command's own words
// hold and that will be expanded, in order; why is set if one cannot be run
// ahead of the expansion.
func (m *machine) substitutions(cmd syntax.Command) (list []*syntax.CmdSubst, why string) {
	look := func(n syntax.Node) {
		syntax.Walk(n, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.CmdSubst:
				list = append(list, n)
				return false
			case *syntax.ProcSubst:
				why = "process substitution"
			case *syntax.ParamExp:
				return n.Exp == nil || m.needs(n)
			}
			return true
		})
	}
	switch c := cmd.(type) {
	case *syntax.CaseClause:
		look(c.Word)
	case *syntax.ForClause:
		for _, w := range c.Loop.(*syntax.WordIter).Items {
			look(w)
		}
	default:
		look(cmd)
	}
	return list, why
}

// needs tells whether the word in ${x:-word} and its like is used, as the
// parameter stands before the command.
func (m *machine) needs(e *syntax.ParamExp) bool {
	if e.Param == nil || e.Index != nil {
		return true
	}
	value, set := m.expander(nil).lookup(e.Param.Value)
	switch e.Exp.Op {
	case syntax.DefaultUnset, syntax.AssignUnset, syntax.ErrorUnset:
		return !set
	case syntax.DefaultUnsetOrNull, syntax.AssignUnsetOrNull, syntax.ErrorUnsetOrNull:
		return value == ""
	case syntax.AlternateUnset:
		return set
	case syntax.AlternateUnsetOrNull:
		return value != ""
	}
	return true
}

// expanded goes on with a command whose substitutions have run.
func (m *machine) expanded(cmd syntax.Command, x *expander, status int, substituted bool) {
	t := m.t
	switch c := cmd.(type) {
	case *syntax.CallExpr:
		m.call(c, x, status, substituted)
	case *syntax.ForClause:
		it := c.Loop.(*syntax.WordIter)
		words := x.fields(it.Items)
		if !it.InPos.IsValid() && len(t.params) > 0 {
			words = t.params[1:]
		}
		if x.failed() {
			return
		}
		t.status = 0
		t.push(frame{kind: frFor, cmd: c, words: words})
	case *syntax.CaseClause:
		word := x.one(c.Word)
		t.status = 0
		for _, item := range c.Items {
			for _, pattern := range item.Patterns {
				hit := match(x.pattern(pattern), word)
				if x.failed() {
					return
				}
				if hit {
					if item.Op != syntax.Break && item.Op != 0 {
						m.p.unknown("case with " + item.Op.String())
					}
					t.push(frame{kind: frStmts, stmts: item.Stmts})
					return
				}
			}
		}
	case *syntax.ArithmCmd:
		if v := x.arithmetic(c.X); !x.failed() {
			t.status = int(1 - truth(v != 0))
		}
	case *syntax.LetClause:
		for _, e := range c.Exprs {
			if v := x.arithmetic(e); !x.failed() {
				t.status = int(1 - truth(v != 0))
			}
		}
	case *syntax.TestClause:
		t.status = int(1 - truth(x.doubleBracket(c.X)))
	case *syntax.DeclClause:
		words := []string{c.Variant.Value}
		for _, a := range c.Args {
			switch {
			case a.Array != nil && a.Name != nil:
				if !x.assignArray(a) {
					return
				}
			case a.Array != nil || a.Index != nil || a.Append:
				m.p.unknown("a declaration of this form")
			case a.Name == nil:
				words = append(words, x.one(a.Value))
			case a.Naked:
				words = append(words, a.Name.Value)
			default:
				words = append(words, a.Name.Value+"="+x.one(a.Value))
			}
		}
		if !x.failed() {
			t.push(frame{kind: frProgram, words: words})
		}
	}
}

// call runs a simple command: assignments, a function, or a program.
func (m *machine) call(c *syntax.CallExpr, x *expander, status int, substituted bool) {
	t := m.t
	words := x.fields(c.Args)
	if x.failed() {
		return
	}
	saved := map[string]variable{}
	for _, a := range c.Assigns {
		if a.Name == nil {
			m.p.unknown("an assignment without a name")
			return
		}
		if a.Array != nil || a.Index != nil {
			if !x.assignArray(a) {
				return
			}
			continue
		}
		name, value := a.Name.Value, ""
		if a.Value != nil {
			value = x.one(a.Value)
		}
		if a.Append {
			value = t.vars[name].value + value
		}
		if x.failed() {
			return
		}
		old, ok := t.vars[name]
		if _, twice := saved[name]; !twice {
			saved[name] = old
			if !ok {
				saved[name] = unsetVariable
			}
		}
		m.set(name, value)
		if len(words) > 0 {
			t.vars[name] = variable{value: value, exported: true}
		}
	}
	m.trace(c, x, words)
	if len(words) == 0 {
		t.status = 0
		if substituted {
			t.status = status
		}
		return
	}
	if len(saved) > 0 {
		t.push(frame{kind: frEnvEnd, saved: saved})
	}
	if body, ok := t.funcs[words[0]]; ok {
		t.push(frame{kind: frFunc, words: t.params, saved: map[string]variable{}})
		t.params = append([]string{t.params0()}, words[1:]...)
		m.begin(body, false)
		return
	}
	t.push(frame{kind: frProgram, words: words})
}

// trace shows a command before it runs, under set -x.
func (m *machine) trace(c *syntax.CallExpr, x *expander, words []string) {
	if !m.t.xtrace || x.failed() {
		return
	}
	var all []string
	for _, a := range c.Assigns {
		all = append(all, a.Name.Value+"="+m.t.vars[a.Name.Value].value)
	}
	for _, w := range m.p.plain(words) {
		if w == "" || strings.ContainsAny(w, " \t\n'\"$*?[]();&|<>\\") {
			w = "'" + strings.ReplaceAll(w, "'", `'"'"'`) + "'"
		}
		all = append(all, w)
	}
	m.emit(2, "+ "+strings.Join(all, " ")+"\n")
}

func (t *task) params0() string {
	if len(t.params) == 0 {
		return "sh"
	}
	return t.params[0]
}

// set assigns a variable within its bounds.
func (m *machine) set(name, value string) bool {
	old, ok := m.t.vars[name]
	switch {
	case old.readonly:
		m.fatal(name+": is read only", name+": is read only", name+": readonly variable", fatalStatusBash)
		return false
	case len(value) > variableBytesMax:
		m.p.unknown("a variable over 64 KiB")
		return false
	case !ok && len(m.t.vars) >= variablesMax:
		m.p.unknown("over 1,000 variables")
		return false
	}
	old.value, old.array = value, false
	m.t.vars[name] = old
	return true
}

// shellError prints a complaint of the shell itself.
func (m *machine) shellError(text string) {
	who := m.t.params0()
	switch {
	case m.t.bash:
		who += ": line 1"
	case m.p.image.flavour == gnu:
		who += ": 1"
	}
	m.emit(2, who+": "+text+"\n")
}
