package graph

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"gieok/parser"
)

// svgStyle names fonts that have Hangul, of which a viewer takes what it has.
const svgStyle = `text{font:13px "Noto Sans KR","Noto Sans CJK KR","Apple SD Gothic Neo","Malgun Gothic",NanumGothic,sans-serif;fill:#1f2933}
.concept{fill:#dbeafe;stroke:#1d4ed8}.concept+text{font-weight:600}
.fact{fill:#fff;stroke:#cbd5e1}
.pill{font-size:11px;fill:#475569;text-anchor:end}
.edge{fill:none;stroke:#94a3b8}.across{fill:none;stroke:#d97706;stroke-dasharray:4 4;opacity:.55}
`

// SVG draws g: each concept with what the notes say of it to its right, the
// relation before each, the place in the notes as a tooltip. It needs nothing
// but a font.
func SVG(w io.Writer, g *parser.Graph) error {
	b := bufio.NewWriter(w)
	d := drawingOf(g)
	l := layoutOf(d)
	if len(l.boxes) == 0 {
		l.width, l.height = 2*margin, 2*margin
	}
	fmt.Fprintf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<style>%s</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		l.width, l.height, l.width, l.height, svgStyle)
	for _, e := range l.across {
		from, to := l.boxes[e.from], l.boxes[e.to]
		fmt.Fprintf(b, "<path class=\"across\" d=\"%s\"><title>%s</title></path>\n", curve(from, to), escaped(e.label))
	}
	same := joined(d)
	for i := range l.boxes {
		if p := l.boxes[i].parent; p >= 0 {
			fmt.Fprintf(b, "<path class=\"edge\" d=\"%s\"/>\n", curve(l.boxes[p], l.boxes[i]))
		}
	}
	for i, x := range l.boxes {
		if same[i] == i {
			writeBox(b, x, d.nodes[i])
		}
	}
	if d.cut {
		fmt.Fprintf(b, "<!-- 사실이 %d개를 넘어 나머지는 그리지 않았다 -->\n", edgesMax)
	}
	b.WriteString("</svg>\n")
	return b.Flush()
}

// curve goes from the right of a box to the left of another, or to its relation.
func curve(from, to box) string {
	x1, y1 := from.x+from.w, from.y+from.h/2
	x2, y2 := to.x-to.pill(), to.y+to.h/2
	bend := max(16, (x2-x1)/2)
	return fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x1, y1, x1+bend, y1, x2-bend, y2, x2, y2)
}

func writeBox(b *bufio.Writer, x box, n node) {
	class, radius := "fact", 4
	if n.concept {
		class, radius = "concept", 14
	}
	b.WriteString("<g>")
	if n.at.File != "" {
		fmt.Fprintf(b, "<title>%s\n%s:%d</title>", escaped(n.text), escaped(n.at.File), n.at.Line)
	}
	if x.relation != "" {
		fmt.Fprintf(b, "<text class=\"pill\" x=\"%.1f\" y=\"%.1f\">%s</text>", x.x-6, x.y+x.h/2+4, escaped(x.relation))
	}
	fmt.Fprintf(b, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%d\"/><text>", class, x.x, x.y, x.w, x.h, radius)
	for i, line := range x.lines {
		fmt.Fprintf(b, "<tspan x=\"%.1f\" y=\"%.1f\">%s</tspan>", x.x+boxPadding, x.y+boxPadding/2+lineHeight*float64(i)+13, escaped(line))
	}
	b.WriteString("</text></g>\n")
}

// escaped is text of XML; what XML can't hold becomes U+FFFD.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}
