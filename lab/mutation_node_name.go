package lab

import (
	"fmt"
	"strings"
)

// mutateNodeName binds Pods to a node that is not there.
func mutateNodeName(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("containers") {
		if t.dashed(s) || len(t.named("nodeName")) > 0 {
			continue
		}
		pad := strings.Repeat(" ", s.key.Column-1)
		s.path = append(s.path[:len(s.path)-1:len(s.path)-1], hop{key: "nodeName"})
		out = append(out, t.made(s, t.insert(s.key.Line, pad+"nodeName: worker-9"), fmt.Sprintf("%s에 없는 노드 worker-9를 적었다", s.where())))
	}
	return out
}
