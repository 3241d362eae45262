package lab

import (
	"fmt"
	"strings"

	"gieok/korean"
)

// mutateCommand makes the container's process fail at once, end well at once,
// or name a program that is not there.
func mutateCommand(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("image") {
		if t.dashed(s) || value(s.parent, "command") != nil || value(s.parent, "args") != nil {
			continue
		}
		pad := strings.Repeat(" ", s.key.Column-1)
		s.path = append(s.path[:len(s.path)-1:len(s.path)-1], hop{key: "command"})
		for _, c := range []struct{ command, says string }{
			{`["false"]`, "곧바로 실패하는"},
			{`["true"]`, "곧바로 성공하는"},
			{`["no such program"]`, "없는 프로그램인"},
		} {
			out = append(out, t.made(s, t.insert(s.key.Line+1, pad+"command: "+c.command), fmt.Sprintf("%s에 %s 명령 %s 더했다", s.where(), c.says, korean.With(c.command, "을/를"))))
		}
	}
	for _, s := range t.named("command") {
		if s.value.Line != s.key.Line {
			continue
		}
		line := t.line(s.key.Line)
		out = append(out, t.made(s, t.edited(s.key.Line, s.key.Line+1, line[:s.key.Column-1]+`command: ["false"]`), fmt.Sprintf("%s 값을 곧바로 실패하는 명령으로 바꾸었다", s.where())))
	}
	return out
}
