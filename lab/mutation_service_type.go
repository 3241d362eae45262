package lab

import (
	"fmt"
	"slices"
	"strings"

	"gieok/korean"
)

// mutateServiceType makes a Service of another type, or of one that there is
// not.
func mutateServiceType(t *target) []Mutation {
	if t.gvk.Kind != "Service" {
		return nil
	}
	var out []Mutation
	types := []string{"NodePort", "LoadBalancer", "nodeport"}
	written := slices.DeleteFunc(t.named("type"), func(s spot) bool { return s.where() != "spec.type" })
	for _, s := range written {
		for _, typ := range types {
			if text, ok := t.withValue(s, typ); ok && typ != s.value.Value {
				out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 %s 바꾸었다", s.where(), korean.With(typ, "으로/로"))))
			}
		}
	}
	if len(written) > 0 {
		return out
	}
	for _, s := range t.named("ports") {
		pad := strings.Repeat(" ", s.key.Column-1)
		s.path = []hop{{key: "spec"}, {key: "type"}}
		for _, typ := range types {
			out = append(out, t.made(s, t.insert(s.key.Line, pad+"type: "+typ), fmt.Sprintf("spec.type: %s 더했다", korean.With(typ, "을/를"))))
		}
	}
	return out
}
