package lab

import (
	"fmt"
	"strings"

	"gieok/korean"
)

// mutateCase writes a value of an enumeration in small letters.
func mutateCase(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("restartPolicy", "imagePullPolicy", "protocol", "type", "concurrencyPolicy", "effect", "podManagementPolicy") {
		small := strings.ToLower(s.value.Value)
		if text, ok := t.withValue(s, small); ok && small != s.value.Value && t.gvk.Kind != "Secret" {
			out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 소문자 %s 적었다", s.where(), korean.With(small, "으로/로"))))
		}
	}
	return out
}
