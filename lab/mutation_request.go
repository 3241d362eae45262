package lab

import (
	"fmt"

	"gieok/korean"
)

// mutateRequest asks for more than a node has, and for more than the limit.
func mutateRequest(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("requests", "limits") {
		for i := 0; i+1 < len(s.value.Content); i += 2 {
			key := s.value.Content[i]
			inner := spot{append(s.path[:len(s.path):len(s.path)], hop{key: key.Value}), key, resolved(s.value.Content[i+1]), s.value}
			for _, wrong := range amounts(s.name(), key.Value) {
				if text, ok := t.withValue(inner, wrong); ok && t.alone(inner) {
					out = append(out, t.made(inner, text, fmt.Sprintf("%s 값을 %s 바꾸었다", inner.where(), korean.With(wrong, "으로/로"))))
				}
			}
		}
	}
	return out
}

// amounts are values that are refused or that no node can give.
func amounts(list, resource string) []string {
	switch {
	case resource == "memory" && list == "requests":
		return []string{"64Gi", "64MB"}
	case resource == "cpu" && list == "requests":
		return []string{"64", "0.1m"}
	case resource == "memory":
		return []string{"64Gi", "1Mi"}
	case resource == "cpu":
		return []string{"1m"}
	}
	return nil
}
