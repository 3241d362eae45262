package lab

import (
	"fmt"
	"strconv"

	"gieok/korean"
)

// mutateReplicas changes how many Pods are wanted.
func mutateReplicas(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("replicas", "completions", "parallelism") {
		n, err := strconv.Atoi(s.value.Value)
		if err != nil {
			continue
		}
		for _, want := range []int{0, n + 2, -1} {
			if text, ok := t.withValue(s, strconv.Itoa(want)); ok {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 %s 바꾸었다", s.where(), korean.With(strconv.Itoa(want), "으로/로"))))
			}
		}
	}
	return out
}
