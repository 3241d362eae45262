package container

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// parse reads a script. Process substitution is refused here already.
func parse(script string, bash bool) ([]*syntax.Stmt, error) {
	variant := syntax.LangPOSIX
	if bash {
		variant = syntax.LangBash
	}
	file, err := syntax.NewParser(syntax.Variant(variant)).Parse(strings.NewReader(script), "")
	if err != nil {
		return nil, err
	}
	return file.Stmts, nil
}

// parse reads a script as the shell of the container does. What ash has of
// bash is little; what it lacks is left unknown.
func (t *task) parse(p *Process, script string) ([]*syntax.Stmt, error) {
	stmts, err := parse(script, t.bash)
	if err == nil || t.bash || p.image.flavour != busybox {
		return stmts, err
	}
	more, err2 := parse(script, true)
	if err2 != nil {
		return nil, err
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
		return nil, err
	}
	return more, nil
}
