package lab

import (
	"fmt"

	"gieok/korean"
)

// mutateSchedule writes a schedule that is none, and one of another time.
func mutateSchedule(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("schedule") {
		for _, wrong := range []string{`"* * * *"`, `"0 0 1 1 *"`, `"61 * * * *"`} {
			if text, ok := t.withValue(s, wrong); ok {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 %s 바꾸었다", s.where(), korean.With(wrong, "으로/로"))))
			}
		}
	}
	return out
}
