package lab

import (
	"fmt"
	"strings"
)

// mutateNodeSelector asks for a label that no node has.
func mutateNodeSelector(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("containers") {
		if t.dashed(s) || value(s.parent, "nodeSelector") != nil {
			continue
		}
		pad := strings.Repeat(" ", s.key.Column-1)
		s.path = append(s.path[:len(s.path)-1:len(s.path)-1], hop{key: "nodeSelector"})
		out = append(out, t.made(s, t.insert(s.key.Line, pad+"nodeSelector:", pad+"  disktype: ssd"), fmt.Sprintf("어느 노드에도 없는 라벨을 %s에 더했다", s.where())))
	}
	return out
}
