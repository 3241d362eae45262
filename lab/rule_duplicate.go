package lab

import (
	"fmt"

	"gieok/korean"

	"go.yaml.in/yaml/v3"
)

// findDuplicates reports keys that a mapping has twice: kubectl takes the last
// without a word.
func findDuplicates(a *attempt) []Finding {
	if a.root == nil {
		return nil
	}
	var out []Finding
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		seen := map[string]int{}
		for i, c := range n.Content {
			walk(c)
			if n.Kind != yaml.MappingNode || i%2 != 0 || c.Tag == "!!merge" {
				continue
			}
			if first := seen[c.Value]; first > 0 && a.at(first, 1).Line > 0 {
				f := a.finding(a.at(c.Line, c.Column),
					fmt.Sprintf("%s %d행에 이미 있습니다. kubectl은 말없이 뒤의 것만 씁니다.", korean.With(c.Value, "은/는"), a.at(first, 1).Line),
					"하나만 남기세요. 다른 오브젝트라면 그 앞에 --- 줄을 넣어 문서를 나누세요.")
				f.Severity = SeverityWarning
				out = append(out, f)
			}
			seen[c.Value] = c.Line
		}
	}
	walk(a.root)
	return out
}
