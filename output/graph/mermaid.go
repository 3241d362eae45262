package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"gieok/parser"
)

// Mermaid writes g as a flowchart: concepts are nodes, facts are edges from the
// subject to what is said of it. Nodes stand in the order in which the notes
// name them.
func Mermaid(w io.Writer, g *parser.Graph) error {
	b := bufio.NewWriter(w)
	d := drawingOf(g)
	fmt.Fprintf(b, "%%%%{init: {\"maxEdges\": %d}}%%%%\nflowchart LR\n", edgesMax)
	written := 0
	upTo := func(n int) {
		for ; written <= n; written++ {
			open, shut := "[", "]"
			if d.nodes[written].concept {
				open, shut = "([", "])"
			}
			fmt.Fprintf(b, "  n%d%s%s%s\n", written+1, open, label(d.nodes[written].text), shut)
		}
	}
	for _, e := range d.edges {
		upTo(max(e.from, e.to))
		fmt.Fprintf(b, "  n%d -- %s --> n%d\n", e.from+1, label(e.label), e.to+1)
	}
	if d.cut {
		fmt.Fprintf(b, "  %%%% 사실이 %d개를 넘어 나머지는 그리지 않았다\n", edgesMax)
	}
	return b.Flush()
}

// label quotes text for Mermaid: one line, bounded, marks as entities.
func label(s string) string {
	return `"` + strings.NewReplacer("&", "#amp;", `"`, "#quot;", "#", "#35;", "<", "#lt;", ">", "#gt;", "`", "#96;", "\\", "#92;").Replace(oneLine(s)) + `"`
}
