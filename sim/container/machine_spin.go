package container

import (
	"fmt"
	"maps"
)

// spin is how a task stood in the middle of the steps of one instant.
type spin struct {
	at     int // step of the instant; 0: none
	impure int
	task   int
	frames string
	vars   map[string]variable // never changed
}

// spinLook is for how many steps a spinning task is looked for.
const spinLook = 2000

// spins tells whether a task goes round for ever without doing anything: it
// stands as it stood before, and nothing happened in between that others could
// see or that others decide. It then keeps a processor busy until a signal.
func (p *Process) spins(t *task) bool {
	half := stepsInstantMax / 2
	switch {
	case p.instant < half || p.instant > half+spinLook:
		return false
	case p.instant == half:
		p.spin = spin{at: half, impure: p.impure, task: t.id, frames: t.stand(), vars: maps.Clone(t.vars)}
		return false
	case p.spin.at != half || p.spin.task != t.id || p.spin.impure != p.impure || t.stand() != p.spin.frames || !maps.Equal(t.vars, p.spin.vars):
		return false
	}
	p.spin = spin{}
	t.busy, t.block = true, blockForever
	return true
}

// stand describes the open constructs of a task.
func (t *task) stand() string {
	b := fmt.Appendf(nil, "%d %s", t.status, t.dir)
	for i := range t.frames {
		f := &t.frames[i]
		b = fmt.Appendf(b, "|%d %d %d %d %p %p %q", f.kind, f.i, f.stage, f.status, f.cmd, f.stmt, f.words)
		if len(f.stmts) > 0 {
			b = fmt.Appendf(b, " %p", f.stmts[0])
		}
	}
	return string(b)
}

// harmlessProgram tells whether a command neither shows nor asks anything.
func harmlessProgram(name string) bool {
	switch name {
	case ":", "true", "false", "continue", "break", "test", "[":
		return true
	}
	return false
}
