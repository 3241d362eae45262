package lab

import (
	"fmt"
	"strings"
)

// mutateRestartPolicy sets the other policies, where the author wrote one and
// where not.
func mutateRestartPolicy(t *target) []Mutation {
	var out []Mutation
	policies := []string{"Always", "OnFailure", "Never"}
	written := t.named("restartPolicy")
	for _, s := range written {
		for _, p := range policies {
			if text, ok := t.withValue(s, p); ok && p != s.value.Value {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 %s로 바꾸었다", s.where(), p)))
			}
		}
	}
	if len(written) > 0 {
		return out
	}
	for _, s := range t.named("containers") {
		if t.dashed(s) {
			continue
		}
		pad := strings.Repeat(" ", s.key.Column-1)
		s.path = append(s.path[:len(s.path)-1:len(s.path)-1], hop{key: "restartPolicy"})
		for _, p := range policies[1:] {
			out = append(out, t.made(s, t.insert(s.key.Line, pad+"restartPolicy: "+p), fmt.Sprintf("%s: %s를 더했다", s.where(), p)))
		}
	}
	return out
}
