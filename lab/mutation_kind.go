package lab

import (
	"fmt"
	"strings"
)

// mutateKind writes the kind in small letters, and in the plural.
func mutateKind(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.spots() {
		if s.where() != "kind" {
			continue
		}
		for _, wrong := range []string{strings.ToLower(s.value.Value), s.value.Value + "s"} {
			if text, ok := t.withValue(s, wrong); ok {
				out = append(out, t.made(s, text, fmt.Sprintf("kind 값을 %s로 적었다", wrong)))
			}
		}
	}
	return out
}
