package graph

import (
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

// A node is a concept or what is said of one.
type node struct {
	text    string
	concept bool
	at      parser.Span // where the notes say so first; zero when unknown
}

// An edge is a fact, from the subject to what is said of it.
type edge struct {
	from, to int // nodes, from 0
	label    string
}

// A drawing is what is drawn of a graph, in the order of the notes.
type drawing struct {
	nodes []node
	edges []edge
	cut   bool // there were more than edgesMax facts
}

// drawingOf takes the concepts that facts speak of and the facts.
func drawingOf(g *parser.Graph) drawing {
	var d drawing
	concepts := map[string]*parser.Concept{}
	for i := range g.Concepts {
		concepts[g.Concepts[i].ID] = &g.Concepts[i]
	}
	ids := map[string]int{}
	put := func(key string, n node) int {
		if at, ok := ids[key]; ok {
			return at
		}
		ids[key] = len(d.nodes)
		d.nodes = append(d.nodes, n)
		return len(d.nodes) - 1
	}
	for _, f := range g.Facts {
		if f.Subject == "" {
			continue
		}
		if len(d.edges) == edgesMax {
			d.cut = true
			break
		}
		subject := node{text: f.Subject, concept: true}
		if c := concepts[f.Subject]; c != nil {
			subject.text, subject.at = c.Name, c.Span
		}
		from := put("c:"+f.Subject, subject)
		object := f.Object
		if object == subject.text && f.About != "" {
			object = f.About // the fact names its subject: what is said is About
		}
		to := put("o:"+object, node{text: object, at: f.Span})
		d.edges = append(d.edges, edge{from, to, relationNames[f.Relation]})
	}
	return d
}

// oneLine is text on one line, bounded.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > labelRunesMax {
		s = strings.TrimSpace(string([]rune(s)[:labelRunesMax-1])) + "…"
	}
	return s
}
