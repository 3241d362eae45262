package lab

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// mutateSelector makes a selector ask for a label that nothing has.
func mutateSelector(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("matchLabels", "selector") {
		if s.value.Kind != yaml.MappingNode || len(s.value.Content) < 2 {
			continue
		}
		key, value := s.value.Content[0], resolved(s.value.Content[1])
		inner := spot{append(s.path[:len(s.path):len(s.path)], hop{key: key.Value}), key, value, s.value}
		if value.Kind != yaml.ScalarNode || value.Value == "" {
			continue
		}
		if text, ok := t.withValue(inner, "other"); ok {
			out = append(out, t.made(s, text, fmt.Sprintf("%s의 값을 other로 바꾸어 라벨과 어긋나게 했다", inner.where())))
		}
	}
	return out
}
