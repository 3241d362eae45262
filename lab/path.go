package lab

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A hop is one step of a path as the API server writes it: a key, or with an
// empty key the number of an item.
type hop struct {
	key  string
	item int
}

// readPath reads "spec.containers[0].resources.limits[cpu]".
func readPath(s string) []hop {
	var out []hop
	for s != "" {
		if s[0] == '[' {
			end := strings.IndexByte(s, ']')
			if end < 0 {
				break
			}
			inside := s[1:end]
			if n, err := strconv.Atoi(inside); err == nil {
				out = append(out, hop{item: n})
			} else if inside != "" {
				out = append(out, hop{key: inside})
			}
			s = strings.TrimPrefix(s[end+1:], ".")
			continue
		}
		end := strings.IndexAny(s, ".[")
		if end < 0 {
			end = len(s)
		}
		out = append(out, hop{key: s[:end]})
		s = strings.TrimPrefix(s[end:], ".")
	}
	return out
}

// keyAt follows a path as far as the document goes and returns the key there
// (or for an item its first key), and how many hops were made.
func keyAt(root *yaml.Node, path []hop) (key *yaml.Node, depth int) {
	n := root
	for i, h := range path {
		n = resolved(n)
		switch {
		case h.key == "" && n.Kind == yaml.SequenceNode && h.item < len(n.Content):
			n = n.Content[h.item]
			key = firstKey(n)
		case h.key != "" && n.Kind == yaml.MappingNode && keyNode(n, h.key) != nil:
			key = keyNode(n, h.key)
			n = value(n, h.key)
		default:
			return key, i
		}
	}
	return key, len(path)
}

// firstKey is the first key of a mapping, or the node itself.
func firstKey(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 {
		return n.Content[0]
	}
	return n
}

// spellHops writes a path without the numbers of items.
func spellHops(path []hop) string {
	var b strings.Builder
	for i, h := range path {
		switch {
		case h.key == "":
			b.WriteString("[]")
		case i > 0:
			fmt.Fprintf(&b, ".%s", h.key)
		default:
			b.WriteString(h.key)
		}
	}
	return b.String()
}
