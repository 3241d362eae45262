package lab

import "fmt"

// mutateKey asks for a key that the ConfigMap or the Secret does not have.
func mutateKey(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("key") {
		if !s.under("configMapKeyRef", "secretKeyRef") {
			continue
		}
		if text, ok := t.withValue(s, "no-such-key"); ok {
			out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 없는 키로 바꾸었다", s.where())))
		}
	}
	return out
}
