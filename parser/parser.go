// Package parser turns the bytes of notes into a Document (headings, blocks)
// and that into a Graph (concepts, facts, snippets, commands, steps). Every
// piece carries its place in the file, and what was not understood is a Notice.
package parser

import (
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"gieok/prefilter"
)

// Options say what a parse may know beforehand. The zero value works.
type Options struct {
	Glossary []Term // nil: only what the note itself says
	Prose    bool   // fill Sentences, Links and Sections, which a check needs, and the first a proof
}

// ParseDocument reads the blocks of a note; a refusal is an *InputError.
func ParseDocument(file string, src []byte) (*Document, error) {
	if err := Check(file, src); err != nil {
		return nil, err
	}
	c := cleanNote(file, src)
	plain := c.takePlainYAML()
	d := &Document{File: file, Notices: c.notices, text: c.text, places: c.places}
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.TaskList))
	// The snippets keep the places, not the bytes: their lines are blank in the text by now.
	root := md.Parser().Parse(text.NewReader(c.text))
	b := &builder{doc: d}
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		d.Blocks = append(d.Blocks, b.block(n)...)
	}
	d.insertCode(plain)
	return d, nil
}

// A builder walks goldmark's tree once and keeps what stands above.
type builder struct {
	doc      *Document
	headings []*Block
	items    []*Block
}

func (b *builder) block(n ast.Node) []*Block {
	switch n := n.(type) {
	case *ast.Heading:
		return []*Block{b.heading(n)}
	case *ast.Paragraph, *ast.TextBlock:
		return b.paragraph(n)
	case *ast.List:
		return []*Block{b.list(n)}
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return []*Block{b.code(n)}
	case *ast.Blockquote:
		out := b.open(QuoteBlock, n)
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			out.Children = append(out.Children, b.block(c)...)
		}
		return []*Block{out}
	case *extast.Table:
		return []*Block{b.table(n)}
	case *ast.HTMLBlock:
		out := b.open(HTMLBlock, n)
		for i := range n.Lines().Len() {
			s := n.Lines().At(i)
			out.Code = append(out.Code, string(s.Value(b.doc.text)))
			out.codeAt = append(out.codeAt, s.Start)
		}
		return []*Block{out}
	}
	return nil
}

// open starts a block with what stands above it.
func (b *builder) open(kind BlockKind, n ast.Node) *Block {
	out := &Block{Kind: kind, headings: b.headings[:len(b.headings):len(b.headings)], ancestors: b.items[:len(b.items):len(b.items)]}
	out.start = max(0, n.Pos())
	if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
		lines := n.Lines()
		if out.start == 0 || kind == ParagraphBlock {
			out.start = lines.At(0).Start
		}
		out.end = lines.At(lines.Len() - 1).Stop
	}
	return out
}

func (b *builder) heading(n *ast.Heading) *Block {
	out := b.open(HeadingBlock, n)
	out.Level = n.Level
	b.words(out, n)
	if b.underlined(out) && sentenceEnd.MatchString(out.Text) {
		out.Kind = ParagraphBlock // a sentence with a rule right below it
		return out
	}
	b.pushHeading(out)
	return out
}

// underlined reports a heading written with --- or === below it.
func (b *builder) underlined(h *Block) bool {
	line := b.doc.places.line(h.source(0))
	start := b.doc.places.starts[line-1]
	return !bytes.Contains(b.doc.text[start:h.source(0)], []byte("#"))
}

// pushHeading makes h the nearest heading of all that follows.
func (b *builder) pushHeading(h *Block) {
	keep := len(b.headings)
	for keep > 0 && b.headings[keep-1].Level >= h.Level {
		keep--
	}
	h.cleaned = cleanTitle(h.Text)
	b.headings = append(b.headings[:keep:keep], h)
	h.headings = b.headings[:keep:keep]
}

// boldHeadingLevel ranks a line that is wholly bold below every real heading.
const boldHeadingLevel = 7

func (b *builder) paragraph(n ast.Node) []*Block {
	out := b.open(ParagraphBlock, n)
	b.words(out, n)
	if strings.TrimSpace(out.Text) == "" {
		return nil
	}
	whole := len(out.Bold) == 1 && strings.Trim(out.Text, " :") == strings.Trim(out.Bold[0], " :")
	if whole && len(b.items) == 0 && len([]rune(out.Text)) <= 30 && !sentenceEnd.MatchString(out.Text) {
		out.Kind, out.Level = HeadingBlock, boldHeadingLevel
		out.Text = strings.TrimRight(out.Text, ": ")
		b.pushHeading(out)
	}
	return []*Block{out}
}

func (b *builder) list(n *ast.List) *Block {
	out := b.open(ListBlock, n)
	number := n.Start
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		item := b.open(ItemBlock, c)
		if n.IsOrdered() {
			item.Number = max(1, number)
			number++
		}
		b.item(item, c)
		out.Children = append(out.Children, item)
	}
	return out
}

// item reads the first paragraph of an item as its own words and the rest as children.
func (b *builder) item(item *Block, n ast.Node) {
	c := n.FirstChild()
	if c != nil && (c.Kind() == ast.KindParagraph || c.Kind() == ast.KindTextBlock) {
		b.words(item, c)
		if lines := c.Lines(); lines.Len() > 0 {
			item.start, item.end = lines.At(0).Start, lines.At(lines.Len()-1).Stop
		}
		c = c.NextSibling()
	}
	b.items = append(b.items[:len(b.items):len(b.items)], item)
	for ; c != nil; c = c.NextSibling() {
		item.Children = append(item.Children, b.block(c)...)
	}
	b.items = b.items[:len(b.items)-1]
}

func (b *builder) table(n *extast.Table) *Block {
	out := b.open(TableBlock, n)
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		row := b.open(RowBlock, r)
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			cell := b.open(CellBlock, c)
			b.words(cell, c)
			row.Children = append(row.Children, cell)
		}
		if len(row.Children) > 0 {
			row.start = row.Children[0].start
		}
		out.Children = append(out.Children, row)
	}
	return out
}

// htmlTag is a mark that a browser would swallow; other <words> are placeholders.
var htmlTag = prefilter.MustCompile(`(?i)^</?(a|b|i|u|br|p|div|span|img|kbd|sup|sub|em|strong|code|details|summary|aside|center|font|mark|small|table|tr|td|th|ul|ol|li|hr|!--)\b?[^>]*>?$`)

// words fills Text, Bold and Links of out from the inline children of n.
func (b *builder) words(out *Block, n ast.Node) {
	var buf strings.Builder
	b.inline(out, &buf, n)
	raw := buf.String()
	out.Text = raw
	trimmed := strings.TrimLeft(raw, " \n")
	if cut := len(raw) - len(trimmed); cut > 0 {
		for i := range out.segments {
			out.segments[i].at -= cut
		}
		for i := range out.inPage {
			out.inPage[i].at = max(0, out.inPage[i].at-cut)
		}
		out.Text = trimmed
	}
	out.Text = strings.TrimRight(out.Text, " \n")
	if len(out.segments) > 0 {
		out.start = out.source(0)
	}
}

func (b *builder) inline(out *Block, buf *strings.Builder, n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.plainText(out, buf, c)
		case *ast.CodeSpan:
			b.codeSpan(out, buf, c)
		case *ast.Emphasis:
			from := buf.Len()
			b.inline(out, buf, c)
			if c.Level >= 2 {
				out.Bold = append(out.Bold, strings.TrimSpace(buf.String()[from:]))
			}
		case *ast.Link:
			from := buf.Len()
			b.inline(out, buf, c)
			out.Links++
			out.Linked += buf.String()[from:]
			if anchor, ok := strings.CutPrefix(string(c.Destination), "#"); ok {
				out.inPage = append(out.inPage, inPage{anchor, buf.String()[from:], from})
			}
		case *ast.AutoLink:
			out.Links++
		case *ast.RawHTML:
			b.rawHTML(out, buf, c)
		case *ast.Image, *extast.TaskCheckBox:
		default:
			b.inline(out, buf, c)
		}
	}
}

// codeSpan copies code between backticks; a backtick within would end it early.
func (b *builder) codeSpan(out *Block, buf *strings.Builder, c *ast.CodeSpan) {
	buf.WriteByte('`')
	for t := c.FirstChild(); t != nil; t = t.NextSibling() {
		if s, ok := t.(*ast.Text); ok {
			out.segments = append(out.segments, segment{buf.Len(), s.Segment.Start})
			v := string(s.Segment.Value(b.doc.text))
			buf.WriteString(strings.ReplaceAll(strings.ReplaceAll(v, "`", "'"), "\n", " "))
		}
	}
	buf.WriteByte('`')
}

func (b *builder) rawHTML(out *Block, buf *strings.Builder, c *ast.RawHTML) {
	if c.Segments.Len() == 0 {
		return
	}
	s := c.Segments.At(0)
	tag := string(s.Value(b.doc.text))
	switch {
	case strings.HasPrefix(strings.ToLower(tag), "<br"):
		out.segments = append(out.segments, segment{buf.Len(), s.Start})
		buf.WriteByte('\n')
	case !htmlTag.MatchString(tag):
		out.segments = append(out.segments, segment{buf.Len(), s.Start})
		buf.WriteString(tag)
	}
}

// plainText copies one text, resolving escapes and entities, so that the words
// are those that a reader sees.
func (b *builder) plainText(out *Block, buf *strings.Builder, t *ast.Text) {
	value := t.Segment.Value(b.doc.text)
	src := t.Segment.Start
	flush := func(from, to int) {
		if to > from {
			out.segments = append(out.segments, segment{buf.Len(), src + from})
			buf.Write(value[from:to])
		}
	}
	from := 0
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '\\' && i+1 < len(value) && isPunct(value[i+1]):
			flush(from, i)
			from = i + 1
			i++
		case value[i] == '`':
			flush(from, i) // an unpaired backtick is no code
			from = i + 1
		case bytes.HasPrefix(value[i:], []byte("**")) || bytes.HasPrefix(value[i:], []byte("~~")):
			flush(from, i) // marks that Markdown could not pair
			from = i + 2
			i++
		case value[i] == '&':
			if end := bytes.IndexByte(value[i:], ';'); end > 1 && end < 10 {
				flush(from, i)
				out.segments = append(out.segments, segment{buf.Len(), src + i})
				buf.WriteString(html.UnescapeString(string(value[i : i+end+1])))
				from = i + end + 1
				i += end
			}
		}
	}
	flush(from, len(value))
	switch {
	case t.HardLineBreak():
		buf.WriteByte('\n')
	case t.SoftLineBreak() && (sentenceEnd.MatchString(strings.TrimSpace(buf.String())) || strings.HasSuffix(buf.String(), "?")):
		buf.WriteByte('\n') // a line that ends like a sentence is one
	case t.SoftLineBreak():
		buf.WriteByte(' ')
	}
}

func isPunct(b byte) bool {
	return b >= '!' && b <= '/' || b >= ':' && b <= '@' || b >= '[' && b <= '`' || b >= '{' && b <= '~'
}
