package parser

import (
	"strconv"
	"strings"
	"unicode"
)

// A Sentence is what a note says in one sentence, item, cell or comment,
// understood or not.
type Sentence struct {
	Text    string   // without marks of code
	Path    []string // headings, parent items and the head of the row, or the keys of a comment; outermost first
	Span    Span
	Snippet int  // index in Graph.Snippets: the one it comments or the nearest above in its section; -1: none
	Comment bool // it stands in a snippet, behind a value
}

// A Link points to a section of its own note.
type Link struct {
	Anchor string // without the #
	Text   string
	Span   Span
	List   int // number of the list of links that it belongs to, from 1; 0: it stands in running text
}

// A Section is a heading with the anchor under which code hosts know it.
type Section struct {
	Title  string // as it is written, without marks
	Anchor string
	Level  int // from 1
	Span   Span
}

// prose lists the sentences, links and sections of a document in order.
type prose struct {
	doc   *Document
	graph *Graph
	last  int // index of the snippet read last, -1 before the first of a section
	next  int // index of the next snippet
	lists int
	used  map[string]int // anchors
}

// readProse fills Sentences, Links and Sections of the graph, whose snippets
// have been read.
func (r *reader) readProse() {
	p := &prose{doc: r.doc, graph: r.graph, last: -1, used: map[string]int{}}
	p.blocks(r.doc.Blocks, 0)
}

func (p *prose) blocks(blocks []*Block, list int) {
	for _, b := range blocks {
		switch b.Kind {
		case HeadingBlock:
			p.last = -1
			if b.Level < boldHeadingLevel {
				p.section(b)
			}
		case ParagraphBlock, ItemBlock:
			p.words(b)
			p.links(b, list)
		case CodeBlock:
			p.comments(b)
		}
		if b.Kind == RowBlock {
			p.row(b)
			continue
		}
		inner := list
		if b.Kind == ListBlock && list == 0 {
			p.lists++
			inner = p.lists
		}
		p.blocks(b.Children, inner)
	}
}

func (p *prose) words(b *Block) {
	for _, s := range sentences(b.Text) {
		p.graph.Sentences = append(p.graph.Sentences, Sentence{
			Text: plainWords(s.text), Path: b.path(), Span: p.doc.Span(b, s.off, s.off+len(s.text)), Snippet: p.last,
		})
	}
}

// row reads the cells of a row; what stands above the others is its first one.
func (p *prose) row(b *Block) {
	for i, c := range b.Children {
		from := len(p.graph.Sentences)
		p.words(c)
		p.links(c, 0)
		for k := from; i > 0 && k < len(p.graph.Sentences); k++ {
			path := p.graph.Sentences[k].Path
			p.graph.Sentences[k].Path = append(path[:len(path):len(path)], plainWords(b.Children[0].Text))
		}
	}
}

func (p *prose) links(b *Block, list int) {
	for _, l := range b.inPage {
		whole := strings.TrimSpace(b.Linked) == strings.TrimSpace(b.Text)
		n := 0
		if whole {
			n = list
		}
		p.graph.Links = append(p.graph.Links, Link{Anchor: l.anchor, Text: l.text, Span: p.doc.Span(b, l.at, l.at+len(l.text)), List: n})
	}
}

// comments reads the comments of the snippet that b is, if it is one.
func (p *prose) comments(b *Block) {
	if p.next >= len(p.graph.Snippets) || len(b.Code) == 0 || !isYAML(b) || strings.TrimSpace(strings.Join(b.Code, "")) == "" {
		return
	}
	s := &p.graph.Snippets[p.next]
	p.last = p.next
	p.next++
	for _, l := range yamlLines(s.Text) {
		if l.comment == "" {
			continue
		}
		at := s.Locate(l.line+1, l.col+1)
		p.graph.Sentences = append(p.graph.Sentences, Sentence{
			Text: plainWords(l.comment), Path: append(append([]string{}, s.Path...), l.path...),
			Span: Span{Pos: at, EndLine: at.Line}, Snippet: p.last, Comment: true,
		})
	}
}

func (p *prose) section(b *Block) {
	anchor := anchorOf(plainWords(b.Text))
	n := p.used[anchor]
	p.used[anchor]++
	if n > 0 {
		anchor += "-" + strconv.Itoa(n)
	}
	p.graph.Sections = append(p.graph.Sections, Section{Title: plainWords(b.Text), Anchor: anchor, Level: b.Level, Span: p.doc.Span(b, 0, len(b.Text))})
}

// anchorOf is the anchor that code hosts give to a heading: lower case, blanks
// as hyphens, of the rest letters, digits, marks, - and _ alone ("Basic writing and
// formatting syntax", section links).
func anchorOf(title string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == ' ':
			return '-'
		case c == '-' || c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c):
			return unicode.ToLower(c)
		}
		return -1
	}, strings.TrimSpace(title))
}
