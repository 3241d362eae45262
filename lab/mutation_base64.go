package lab

import (
	"encoding/base64"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// mutateBase64 writes the value of a Secret as plain text.
func mutateBase64(t *target) []Mutation {
	var out []Mutation
	if t.gvk.Kind != "Secret" {
		return nil
	}
	for _, s := range t.named("data") {
		if s.value.Kind != yaml.MappingNode || len(s.value.Content) < 2 {
			continue
		}
		key, value := s.value.Content[0], resolved(s.value.Content[1])
		plain, err := base64.StdEncoding.DecodeString(value.Value)
		inner := spot{append(s.path[:len(s.path):len(s.path)], hop{key: key.Value}), key, value, s.value}
		if err != nil || len(plain) == 0 {
			continue
		}
		if text, ok := t.withValue(inner, "pass word!"); ok {
			out = append(out, t.made(inner, text, fmt.Sprintf("%s 값을 인코딩하지 않은 글로 적었다", inner.where())))
		}
	}
	return out
}
