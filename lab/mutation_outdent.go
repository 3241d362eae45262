package lab

import (
	"fmt"
	"strings"

	"gieok/korean"
)

// mutateOutdent moves the last key of a mapping out by one level, as happens
// when one loses count of blanks.
func mutateOutdent(t *target) []Mutation {
	spots := t.spots()
	column := func(path []hop) int {
		for _, s := range spots {
			if spellHops(s.path) == spellHops(path) && len(s.path) == len(path) {
				return s.key.Column - 1
			}
		}
		return -1
	}
	var out []Mutation
	for _, s := range spots {
		n := len(s.parent.Content)
		if len(s.path) < 2 || n < 4 || s.parent.Content[n-2] != s.key || t.dashed(s) || s.path[len(s.path)-2].key == "" {
			continue
		}
		col := column(s.path[:len(s.path)-1])
		by := s.key.Column - 1 - col
		if col < 0 || by <= 0 {
			continue
		}
		end := t.blockEnd(s)
		var moved []string
		for i := s.key.Line; i < end; i++ {
			line := t.line(i)
			moved = append(moved, line[min(by, indentOf(line)):])
		}
		out = append(out, t.made(s, t.edited(s.key.Line, end, moved...),
			fmt.Sprintf("%s 들여쓰기를 %d칸 줄여 %s 같은 단계에 두었다", korean.With(s.where(), "을/를"), by, korean.With(strings.TrimSpace(s.path[len(s.path)-2].key), "과/와"))))
	}
	return out
}
