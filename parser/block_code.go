package parser

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"

	"gieok/prefilter"
)

// fenceClose is a line that ends a fence, whatever containers stand before it.
var fenceClose = prefilter.MustCompile("^[ \t>]*(```+|~~~+)[ \t]*(\\{\\{.*)?$")

// languageLine is the tag of a fence when it slipped onto the first line inside.
var languageLine = prefilter.MustCompile(`(?i)^(yaml|yml|bash|sh|shell|json|console)$`)

// code reads a fence or an indented block: its lines, the place of each, its tag.
func (b *builder) code(n ast.Node) *Block {
	out := b.open(CodeBlock, n)
	lines := n.Lines()
	for i := range lines.Len() {
		s := lines.At(i)
		out.Code = append(out.Code, strings.TrimRight(strings.Repeat(" ", s.Padding)+string(b.doc.text[s.Start:s.Stop]), "\n"))
		out.codeAt = append(out.codeAt, s.Start)
	}
	fence, ok := n.(*ast.FencedCodeBlock)
	if ok && fence.Info != nil {
		info := fence.Info.Segment
		tag := strings.TrimSpace(string(info.Value(b.doc.text)))
		if strings.Contains(tag, ": ") {
			// The manifest's first line sits on the fence opener.
			out.Code = append([]string{tag}, out.Code...)
			out.codeAt = append([]int{info.Start}, out.codeAt...)
		} else if f := strings.Fields(tag); len(f) > 0 {
			out.Language = strings.ToLower(strings.Trim(f[0], "{}"))
		}
	}
	if ok && out.Language == "" && len(out.Code) > 1 && languageLine.MatchString(strings.TrimSpace(out.Code[0])) {
		out.Language = strings.ToLower(strings.TrimSpace(out.Code[0]))
		out.Code, out.codeAt = out.Code[1:], out.codeAt[1:]
	}
	if len(out.codeAt) > 0 {
		out.start = out.codeAt[0]
	}
	if ok {
		b.checkClosed(out, n)
	}
	return out
}

func (b *builder) checkClosed(out *Block, n ast.Node) {
	at := n.Pos()
	if l := n.Lines(); l.Len() > 0 {
		at = l.At(l.Len()-1).Stop - 1
	}
	at = max(0, min(at, len(b.doc.text)))
	next := bytes.IndexByte(b.doc.text[at:], '\n')
	closed := false
	if next >= 0 {
		line, _, _ := bytes.Cut(b.doc.text[at+next+1:], []byte("\n"))
		closed = fenceClose.Match(line)
	}
	if closed {
		return
	}
	out.Unclosed = true
	p := b.doc.places.at(b.doc.text, max(0, n.Pos()))
	b.doc.Notices = append(b.doc.Notices, Notice{Span: Span{Pos: p, EndLine: p.Line}, Text: "닫히지 않은 코드 울타리입니다. 여기부터 끝까지 코드로 읽었습니다."})
}
