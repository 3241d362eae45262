package lab

import (
	"fmt"
	"slices"
)

// probes are the fields that hold a probe.
var probes = []string{"livenessProbe", "readinessProbe", "startupProbe"}

// mutateProbe makes a probe ask for a page that is not there, at a port where
// nobody listens, or run a command that fails.
func mutateProbe(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("path", "port", "command") {
		if !slices.ContainsFunc(s.path, func(h hop) bool { return slices.Contains(probes, h.key) }) {
			continue
		}
		switch s.name() {
		case "path":
			if text, ok := t.withValue(s, "/no-such-page"); ok {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 없는 페이지로 바꾸었다", s.where())))
			}
		case "port":
			if text, ok := t.withValue(s, "9999"); ok {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 아무도 듣지 않는 포트로 바꾸었다", s.where())))
			}
		case "command":
			if t.dashed(s) {
				continue
			}
			line := t.line(s.key.Line)
			text := t.edited(s.key.Line, t.blockEnd(s), line[:s.key.Column-1]+`command: ["false"]`)
			out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 늘 실패하는 명령으로 바꾸었다", s.where())))
		}
	}
	return out
}
