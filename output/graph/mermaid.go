package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"gieok/parser"
)

// Bounds of a picture that a person can still read.
const (
	labelRunesMax = 40   // runes of one label
	edgesMax      = 2000 // edges; Mermaid's own default refuses more than 500 unless told
)

// relationNames are the edges' words, Korean for the learner.
var relationNames = map[parser.Relation]string{
	parser.Definition: "정의", parser.Purpose: "용도", parser.Need: "필요", parser.HasProperty: "성질",
	parser.PropertyDefault: "기본값", parser.PropertyValue: "값", parser.CommandFor: "명령", parser.OptionFor: "옵션",
	parser.Example: "예", parser.Condition: "조건", parser.Consequence: "결과", parser.Contrast: "대조",
	parser.PartOf: "구성", parser.Manages: "관리", parser.OrderOf: "순서", parser.Naming: "이름",
	parser.Abbreviation: "약어", parser.Limitation: "한계", parser.Alias: "별칭",
}

// Mermaid writes g as a flowchart: concepts are nodes, facts are edges from the
// subject to what is said of it. Nodes stand in the order in which the notes
// name them.
func Mermaid(w io.Writer, g *parser.Graph) error {
	b := bufio.NewWriter(w)
	m := &mermaid{w: b, ids: map[string]string{}}
	fmt.Fprintf(b, "%%%%{init: {\"maxEdges\": %d}}%%%%\nflowchart LR\n", edgesMax)
	names := map[string]string{}
	for _, c := range g.Concepts {
		names[c.ID] = c.Name
	}
	edges := 0
	for _, f := range g.Facts {
		if f.Subject == "" {
			continue
		}
		if edges == edgesMax {
			fmt.Fprintf(b, "  %%%% 사실이 %d개를 넘어 나머지는 그리지 않았다\n", edgesMax)
			break
		}
		name, ok := names[f.Subject]
		if !ok {
			name = f.Subject
		}
		from := m.node("c:"+f.Subject, name, "([", "])")
		object := f.Object
		if object == name && f.About != "" {
			object = f.About // the fact names its subject: what is said is About
		}
		to := m.node("o:"+object, object, "[", "]")
		fmt.Fprintf(b, "  %s -- %s --> %s\n", from, label(relationNames[f.Relation]), to)
		edges++
	}
	return b.Flush()
}

type mermaid struct {
	w   *bufio.Writer
	ids map[string]string
}

// node gives the id of a node and writes it when it is new.
func (m *mermaid) node(key, text, open, shut string) string {
	if id, ok := m.ids[key]; ok {
		return id
	}
	id := fmt.Sprintf("n%d", len(m.ids)+1)
	m.ids[key] = id
	fmt.Fprintf(m.w, "  %s%s%s%s\n", id, open, label(text), shut)
	return id
}

// label quotes text for Mermaid: one line, bounded, marks as entities.
func label(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > labelRunesMax {
		s = strings.TrimSpace(string([]rune(s)[:labelRunesMax-1])) + "…"
	}
	return `"` + strings.NewReplacer("&", "#amp;", `"`, "#quot;", "#", "#35;", "<", "#lt;", ">", "#gt;", "`", "#96;", "\\", "#92;").Replace(s) + `"`
}
