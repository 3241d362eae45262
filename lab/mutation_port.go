package lab

import (
	"fmt"
	"strconv"
)

// mutatePort changes a port: to one that nothing listens on, and to one that
// no port can be.
func mutatePort(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("port", "targetPort", "containerPort", "nodePort") {
		n, err := strconv.Atoi(s.value.Value)
		if err != nil {
			continue
		}
		const tooHigh = 70000
		for _, want := range []int{n + 1, tooHigh} {
			if text, ok := t.withValue(s, strconv.Itoa(want)); ok {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 %d에서 %d로 바꾸었다", s.where(), n, want)))
			}
		}
	}
	return out
}
