package lab

import "strings"

// mutateNamespace puts the object into a namespace that is not there.
func mutateNamespace(t *target) []Mutation {
	for _, s := range t.spots() {
		if s.where() == "metadata.namespace" {
			if text, ok := t.withValue(s, missingNamespace); ok {
				return []Mutation{t.made(s, text, "네임스페이스를 없는 "+missingNamespace+"으로 적었다")}
			}
		}
	}
	if t.gvk.Kind == "Namespace" || t.gvk.Kind == "Node" || t.gvk.Kind == "PersistentVolume" || strings.HasPrefix(t.gvk.Kind, "Cluster") {
		return nil
	}
	for _, s := range t.spots() {
		if s.where() == "metadata.name" && !t.dashed(s) {
			s.path = []hop{{key: "metadata"}, {key: "namespace"}}
			pad := strings.Repeat(" ", s.key.Column-1)
			return []Mutation{t.made(s, t.insert(s.key.Line+1, pad+"namespace: "+missingNamespace), "네임스페이스를 없는 "+missingNamespace+"으로 적었다")}
		}
	}
	return nil
}
