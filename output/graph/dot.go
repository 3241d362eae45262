package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"gieok/parser"
)

// DOT writes g in the language of Graphviz: concepts are ellipses, what is said
// of them boxes, facts edges with their relation.
func DOT(w io.Writer, g *parser.Graph) error {
	b := bufio.NewWriter(w)
	d := drawingOf(g)
	b.WriteString("digraph notes {\n  rankdir=LR;\n  node [shape=box];\n")
	for i, n := range d.nodes {
		shape := ""
		if n.concept {
			shape = ", shape=ellipse"
		}
		fmt.Fprintf(b, "  n%d [label=%s%s];\n", i+1, dotString(oneLine(n.text)), shape)
	}
	for _, e := range d.edges {
		fmt.Fprintf(b, "  n%d -> n%d [label=%s];\n", e.from+1, e.to+1, dotString(e.label))
	}
	if d.cut {
		fmt.Fprintf(b, "  // 사실이 %d개를 넘어 나머지는 그리지 않았다\n", edgesMax)
	}
	b.WriteString("}\n")
	return b.Flush()
}

// dotString quotes text: within double quotes a backslash begins an escape.
func dotString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
