package container

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// parse reads a script up to its first mistake.
func parse(script string, bash bool) ([]*syntax.Stmt, error) {
	variant := syntax.LangPOSIX
	if bash {
		variant = syntax.LangBash
	}
	var stmts []*syntax.Stmt
	var first error
	for s, err := range syntax.NewParser(syntax.Variant(variant)).StmtsSeq(strings.NewReader(script)) {
		switch { // to the end: the parser may tell of a second mistake
		case first != nil:
		case err != nil:
			first = err
		default:
			stmts = append(stmts, s)
		}
	}
	return stmts, first
}

// bashisms are those of bash's forms that a POSIX parser reads as something
// else and ash knows.
var bashisms = []string{"[[", "$'", "&>"}

// parse reads a script as the shell of the container does. What ash has of
// bash is little; what it lacks is left unknown.
func (t *task) parse(p *Process, script string) ([]*syntax.Stmt, error) {
	stmts, err := parse(script, t.bash)
	known := func(form string) bool { return strings.Contains(script, form) }
	if t.bash || p.image.flavour != busybox || err == nil && !slices.ContainsFunc(bashisms, known) {
		return stmts, err
	}
	more, err2 := parse(script, true)
	if err2 != nil {
		return stmts, err
	}
	foreign := false
	for _, s := range more {
		syntax.Walk(s, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.ArithmCmd, *syntax.CStyleLoop, *syntax.ArrayExpr, *syntax.ProcSubst, *syntax.ExtGlob, *syntax.CoprocClause, *syntax.LetClause:
				foreign = true
			case *syntax.Redirect:
				foreign = foreign || n.Op == syntax.WordHdoc
			}
			return true
		})
	}
	if foreign {
		return stmts, err
	}
	return more, nil
}
