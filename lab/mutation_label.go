package lab

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// mutateLabel gives Pods another label than what selects them asks for.
func mutateLabel(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("labels") {
		if s.value.Kind != yaml.MappingNode || len(s.value.Content) < 2 || t.gvk.Kind != "Pod" && len(s.path) < 4 {
			continue // labels of the object itself select nothing
		}
		key, value := s.value.Content[0], resolved(s.value.Content[1])
		inner := spot{append(s.path[:len(s.path):len(s.path)], hop{key: key.Value}), key, value, s.value}
		if text, ok := t.withValue(inner, "other"); ok && value.Value != "" {
			out = append(out, t.made(s, text, fmt.Sprintf("라벨 %s의 값을 other로 바꾸었다", inner.where())))
		}
	}
	return out
}
