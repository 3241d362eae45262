package container

import (
	"mvdan.cc/sh/v3/syntax"
)

func (m *machine) ifClause(f *frame) {
	c := f.cmd.(*syntax.IfClause)
	t := m.t
	if t.status == 0 {
		m.p.pop(t)
		t.push(frame{kind: frStmts, stmts: c.Then})
		return
	}
	m.p.pop(t)
	t.status = 0
	switch {
	case c.Else == nil:
	case len(c.Else.Cond) == 0:
		t.push(frame{kind: frStmts, stmts: c.Else.Then})
	default:
		t.push(frame{kind: frIf, cmd: c.Else})
		t.push(frame{kind: frStmts, stmts: c.Else.Cond, tested: true})
	}
}

func (m *machine) while(f *frame) {
	c := f.cmd.(*syntax.WhileClause)
	t := m.t
	switch f.stage {
	case 0: // ask
		f.stage = 1
		t.push(frame{kind: frStmts, stmts: c.Cond, tested: true})
	case 1: // answered
		if (t.status == 0) == c.Until {
			m.p.pop(t)
			t.status = f.status
			return
		}
		f.stage = 2
		t.push(frame{kind: frStmts, stmts: c.Do})
	default:
		f.stage, f.status = 0, t.status
	}
}

func (m *machine) forWords(f *frame) {
	c := f.cmd.(*syntax.ForClause)
	if f.i == len(f.words) {
		m.p.pop(m.t)
		return
	}
	f.i++
	value, do := f.words[f.i-1], c.Do
	m.t.push(frame{kind: frStmts, stmts: do})
	m.set(c.Loop.(*syntax.WordIter).Name.Value, value)
}

func (m *machine) forArithmetic(f *frame) {
	c := f.cmd.(*syntax.ForClause)
	l := c.Loop.(*syntax.CStyleLoop)
	x := m.expander(nil)
	switch f.stage {
	case 0:
		x.arithmetic(l.Init)
	default:
		x.arithmetic(l.Post)
	}
	if x.failed() {
		return
	}
	f.stage = 1
	if l.Cond != nil && x.arithmetic(l.Cond) == 0 || x.failed() {
		if x.failed() {
			return
		}
		m.p.pop(m.t)
		return
	}
	m.t.push(frame{kind: frStmts, stmts: c.Do})
}

func (m *machine) pipeline(c *syntax.BinaryCmd) {
	stmts := []*syntax.Stmt{}
	var flatten func(s *syntax.Stmt)
	flatten = func(s *syntax.Stmt) {
		b, ok := s.Cmd.(*syntax.BinaryCmd)
		if ok && b.Op == syntax.Pipe && len(s.Redirs) == 0 && !s.Negated && !s.Background {
			flatten(b.X)
			flatten(b.Y)
			return
		}
		stmts = append(stmts, s)
	}
	flatten(c.X)
	flatten(c.Y)
	f := frame{kind: frJoin}
	in := m.t.fds[0]
	for i, s := range stmts {
		child := m.p.newTask(m.t)
		child.fds[0] = in
		if i < len(stmts)-1 {
			m.p.pipes = append(m.p.pipes, pipe{})
			child.fds[1] = fd{kind: fdPipe, pipe: len(m.p.pipes) - 1}
			in = child.fds[1]
		}
		child.push(frame{kind: frStmts, stmts: []*syntax.Stmt{s}})
		f.created = append(f.created, child.id)
	}
	m.t.push(f)
}

// join waits for tasks that the shell waits for; the last gives the status.
func (m *machine) join(f *frame) {
	t := m.t
	for ; f.i < len(f.created); f.i++ {
		child := m.p.task(f.created[f.i])
		if child == nil {
			continue
		}
		if !child.done {
			t.block, t.waitsFor = blockWait, child.id
			return
		}
		if child.status != 0 {
			f.status = child.status
		}
		if t.status = child.status; t.pipefail && len(f.created) > 1 {
			t.status = f.status
		}
		m.p.forget(child.id)
	}
	m.p.pop(t)
	m.p.dropPipes()
}

// dropPipes forgets all pipes when nobody has one open, so that a script that
// makes many over time does not pile them up.
func (p *Process) dropPipes() {
	for i := range p.pipes {
		if p.written(i) || p.read(i) {
			return
		}
	}
	p.pipes = nil
}
