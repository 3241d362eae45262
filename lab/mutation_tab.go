package lab

import (
	"fmt"
	"strings"
)

// mutateTab indents one line by a tab, which YAML forbids.
func mutateTab(t *target) []Mutation {
	for _, s := range t.named("containers", "data", "selector", "ports") {
		if col := s.key.Column - 1; col > 0 && !t.dashed(s) {
			line := t.line(s.key.Line)
			return []Mutation{t.made(s, t.edited(s.key.Line, s.key.Line+1, "\t"+strings.TrimLeft(line, " ")), fmt.Sprintf("%s 줄을 탭으로 들여 썼다", s.where()))}
		}
	}
	return nil
}
