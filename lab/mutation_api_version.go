package lab

import (
	"fmt"

	"gieok/korean"
)

// mutateAPIVersion writes the group and version of another kind.
func mutateAPIVersion(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.spots() {
		if s.where() != "apiVersion" {
			continue
		}
		for _, wrong := range []string{"v1", "apps/v1", "batch/v1"} {
			if wrong == s.value.Value {
				continue
			}
			if text, ok := t.withValue(s, wrong); ok {
				out = append(out, t.made(s, text, fmt.Sprintf("apiVersion 값을 %s 바꾸었다", korean.With(wrong, "으로/로"))))
			}
		}
	}
	return out
}
