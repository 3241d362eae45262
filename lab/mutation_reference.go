package lab

import "fmt"

// mutateReference names a ConfigMap, Secret, claim or volume that is not
// there.
func mutateReference(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("name", "secretName", "claimName", "serviceAccountName") {
		refers := s.name() != "name" || s.under("configMapKeyRef", "secretKeyRef", "configMapRef", "secretRef", "configMap") ||
			len(s.path) > 2 && s.path[len(s.path)-2].key == "" && s.path[len(s.path)-3].key == "volumeMounts"
		if !refers {
			continue
		}
		if text, ok := t.withValue(s, "missing"); ok {
			out = append(out, t.made(s, text, fmt.Sprintf("%s 값을 없는 이름으로 바꾸었다", s.where())))
		}
	}
	return out
}
