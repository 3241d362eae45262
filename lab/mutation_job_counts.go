package lab

import (
	"fmt"
	"strconv"

	"gieok/korean"
)

// mutateJobCounts changes how many Pods a Job runs, at once and in all, and
// how often it tries.
func mutateJobCounts(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("completions", "parallelism", "backoffLimit", "activeDeadlineSeconds") {
		n, err := strconv.Atoi(s.value.Value)
		if err != nil {
			continue
		}
		for _, want := range []int{0, n + 1, -1} {
			if text, ok := t.withValue(s, strconv.Itoa(want)); ok && want != n {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 %s 바꾸었다", s.where(), korean.With(strconv.Itoa(want), "으로/로"))))
			}
		}
	}
	return out
}
