package parser

import (
	"sort"
	"strings"
)

// A BlockKind says what a block of a note is.
type BlockKind string

// The kinds of block.
const (
	HeadingBlock   BlockKind = "heading"
	ParagraphBlock BlockKind = "paragraph"
	ListBlock      BlockKind = "list"
	ItemBlock      BlockKind = "item"
	CodeBlock      BlockKind = "code"
	QuoteBlock     BlockKind = "quote"
	TableBlock     BlockKind = "table"
	RowBlock       BlockKind = "row"
	CellBlock      BlockKind = "cell"
	HTMLBlock      BlockKind = "html"
)

// A Block is one piece of a note with what stands below it.
type Block struct {
	Kind     BlockKind
	Level    int    // of a heading, from 1
	Number   int    // of an item in an ordered list, from 1; 0 in a bullet list
	Language string // of a code block, lower case, as the note says
	// Text is the words without marks; code stays between single backticks and
	// a forced line break is \n. An item's own first paragraph is its Text.
	Text     string
	Code     []string // lines of a code block
	Bold     []string // bold pieces of Text
	Links    int      // links in Text
	Linked   string   // the words inside links
	Unclosed bool     // a fence that nothing closes
	Children []*Block

	segments  []segment
	inPage    []inPage // links to sections of this note
	codeAt    []int    // byte offset in the cleaned note of each line of Code
	start     int      // byte offsets in the cleaned note
	end       int
	headings  []*Block // headings above, outermost first
	ancestors []*Block // items above, outermost first
	cleaned   string   // what title gives, of a heading
	steps     []string // what path gives, once it was asked for
}

// A segment says that Text from byte at on comes from byte src of the cleaned note.
type segment struct{ at, src int }

// An inPage is a link to a section of the same note.
type inPage struct {
	anchor, text string
	at           int // byte offset in Text
}

// A Document is a note as a tree of blocks.
type Document struct {
	File    string
	Blocks  []*Block
	Notices []Notice

	text   []byte
	places *places
}

// source is the offset in the cleaned note of byte off of b.Text.
func (b *Block) source(off int) int {
	i := sort.Search(len(b.segments), func(i int) bool { return b.segments[i].at > off })
	if i == 0 {
		return b.start
	}
	return b.segments[i-1].src + off - b.segments[i-1].at
}

// Locate is the place in the file of byte off of b.Text.
func (d *Document) Locate(b *Block, off int) Pos { return d.places.at(d.text, b.source(off)) }

// Span is the place of the bytes from..to of b.Text.
func (d *Document) Span(b *Block, from, to int) Span {
	p := d.Locate(b, from)
	last := p.Line
	if to > from {
		last = max(last, d.Locate(b, to-1).Line)
	}
	return Span{Pos: p, EndLine: last}
}

// title is the words of a heading without number, emoji and question.
func (b *Block) title() string {
	if b.cleaned == "" {
		return cleanTitle(b.Text)
	}
	return b.cleaned
}

// path is the headings and parent items of b, outermost first.
func (b *Block) path() []string {
	if b.steps != nil {
		return b.steps
	}
	var out []string
	for _, h := range b.headings {
		out = append(out, h.title())
	}
	for _, a := range b.ancestors {
		out = append(out, shorten(strings.ReplaceAll(a.Text, "`", ""), pathRunesMax))
	}
	b.steps = out[:len(out):len(out)]
	return b.steps
}

// pathRunesMax bounds one step of a path, in runes.
const pathRunesMax = 60

func shorten(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	return strings.TrimSpace(string(r[:runes-1])) + "…"
}

// topicText is the nearest heading as it is written, marks of code cut.
func (b *Block) topicText() string {
	if len(b.headings) == 0 {
		return ""
	}
	return plainWords(b.headings[len(b.headings)-1].Text)
}

// topic is the nearest heading above b.
func (b *Block) topic() string {
	if len(b.headings) == 0 {
		return ""
	}
	return b.headings[len(b.headings)-1].title()
}
