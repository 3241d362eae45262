package parser

import (
	"strings"

	"gieok/prefilter"
)

// plainRoot begins a manifest that stands in a note without a fence.
var plainRoot = prefilter.MustCompile(`^(?:apiVersion|kind)\s*:\s+\S+\s*(?:#.*)?$`)

var anyFence = prefilter.MustCompile("^[ \t>]*(?:[-*+]\\s+|\\d+[.)]\\s+)*(```+|~~~+)")

// takePlainYAML finds manifests outside fences, blanks them for the Markdown
// parser, which would take their lists for bullets, and gives them as code.
func (c *clean) takePlainYAML() []*Block {
	var out []*Block
	fenced := false
	for i := 0; i < len(c.places.starts); i++ {
		line := c.line(i)
		if anyFence.MatchString(line) {
			fenced = !fenced
		}
		if fenced || !plainRoot.MatchString(line) || i+1 >= len(c.places.starts) || !plainRoot.MatchString(c.line(i+1)) {
			continue
		}
		b := &Block{Kind: CodeBlock, Language: "yaml", start: c.places.starts[i]}
		end := c.plainEnd(i)
		if end <= i+1 {
			continue
		}
		for j := i; j < end; j++ {
			b.Code = append(b.Code, c.line(j))
			b.codeAt = append(b.codeAt, c.places.starts[j])
		}
		b.end = c.places.end(end-1, len(c.text))
		for j := b.start; j < b.end; j++ {
			if c.text[j] != '\n' {
				c.text[j] = ' '
			}
		}
		out = append(out, b)
		i = end - 1
	}
	return out
}

// line is the cleaned text of line i (from 0).
func (c *clean) line(i int) string {
	return string(c.text[c.places.starts[i]:c.places.end(i, len(c.text))])
}

// plainEnd is the line after the last one of the manifest that begins at line i.
func (c *clean) plainEnd(i int) int {
	end := i
	for ; end < len(c.places.starts); end++ {
		line := c.line(end)
		inside := isKeyLine(line) || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") ||
			strings.HasPrefix(line, "- ") && !hangulAnywhere.MatchString(stripComment(line)) || line == "---" && end+1 < len(c.places.starts) && plainRoot.MatchString(c.line(end+1))
		if strings.TrimSpace(line) == "" || !inside {
			break
		}
	}
	return end
}

// insertCode puts code blocks that stood outside Markdown where they belong.
// Both lists are in the order of the note.
func (d *Document) insertCode(blocks []*Block) {
	if len(blocks) == 0 {
		return
	}
	out := make([]*Block, 0, len(d.Blocks)+len(blocks))
	rest := d.Blocks
	for _, b := range blocks {
		at := 0
		for at < len(rest) && rest[at].start < b.start {
			at++
		}
		out, rest = append(out, rest[:at]...), rest[at:]
		if n := len(out); n > 0 {
			before := out[n-1]
			b.headings = before.headings
			if before.Kind == HeadingBlock {
				b.headings = append(before.headings[:len(before.headings):len(before.headings)], before)
			}
		}
		out = append(out, b)
	}
	d.Blocks = append(out, rest...)
}
