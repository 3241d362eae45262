package lab

import (
	"fmt"
	"strings"
)

// mutateName gives names that no object or container may have.
func mutateName(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("name") {
		own := s.where() == "metadata.name" || strings.HasSuffix(strings.TrimRight(spellHops(s.path), "."), "containers[].name")
		if !own || s.value.Value == "" {
			continue
		}
		v := s.value.Value
		for _, wrong := range []string{strings.ToUpper(v[:1]) + v[1:], strings.ReplaceAll(v, "-", "_") + "_1"} {
			if text, ok := t.withValue(s, wrong); ok && wrong != v {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 %s로 적었다", s.where(), wrong)))
			}
		}
	}
	return out
}
