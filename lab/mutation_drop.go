package lab

import "gieok/korean"

// worthDropping are fields that are not required by their type and still
// decide what happens.
func worthDropping(name string) bool {
	switch name {
	case "image", "name", "selector", "labels", "restartPolicy", "schedule", "template", "matchLabels", "ports", "key", "metadata",
		"containers", "volumes", "serviceName", "kind", "apiVersion", "command", "replicas", "path", "port", "accessModes", "storage", "jobTemplate", "externalName":
		return true
	}
	return false
}

// mutateDrop takes one field away.
func mutateDrop(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.spots() {
		if !worthDropping(s.name()) {
			continue
		}
		if text, ok := t.without(s); ok {
			out = append(out, t.made(s, text, korean.With(s.where(), "을/를")+" 지웠다"))
		}
	}
	return out
}
