package lab

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mutateDash takes the dash of a list away where the list has one item.
func mutateDash(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("containers", "ports", "volumes", "env", "volumeMounts") {
		if s.value.Kind != yaml.SequenceNode || len(s.value.Content) != 1 || s.value.Content[0].Kind != yaml.MappingNode {
			continue
		}
		n := s.value.Content[0].Line
		line := t.line(n)
		at := strings.IndexByte(line, '-')
		if at < 0 || strings.TrimSpace(line[:at]) != "" {
			continue
		}
		out = append(out, t.made(s, t.edited(n, n+1, line[:at]+" "+line[at+1:]), fmt.Sprintf("%s 아래의 - 를 빠뜨렸다", s.where())))
	}
	return out
}
