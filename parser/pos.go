package parser

import (
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// places knows where each byte of a cleaned note stands in the file. It alone
// counts lines and columns.
type places struct {
	file   string
	starts []int // starts[i] is the byte offset of line i+1 in the cleaned text
	lens   []int // lens[i] is its length in bytes, without the line end
	// differ holds the written line (without its line end) where cleaning changed it.
	differ map[int]string
	kept   map[int]string // the cleaned line, for the lines in differ
	bom    bool
}

func (p *places) add(start int, original, cleaned string) {
	i := len(p.starts)
	p.starts = append(p.starts, start)
	p.lens = append(p.lens, len(cleaned))
	original = strings.TrimSuffix(original, "\r")
	if original != cleaned {
		if p.differ == nil {
			p.differ, p.kept = map[int]string{}, map[int]string{}
		}
		p.differ[i], p.kept[i] = original, cleaned
	}
}

// end is the offset after the last byte of line i (from 0), its line end not counted.
func (p *places) end(i, size int) int { return min(p.starts[i]+p.lens[i], size) }

// line is the number (from 1) of the line that holds the byte at offset.
func (p *places) line(offset int) int {
	return sort.Search(len(p.starts), func(i int) bool { return p.starts[i] > offset })
}

// at is the place of the byte at offset of the cleaned text. Offsets past the
// end of a line stand on the column after its last rune.
func (p *places) at(text []byte, offset int) Pos {
	offset = max(0, min(offset, len(text)))
	n := max(1, p.line(offset))
	start := p.starts[n-1]
	stop := min(offset, start+p.lens[n-1])
	col := utf8.RuneCount(text[start:stop])
	if original, ok := p.differ[n-1]; ok {
		col = originalColumn(original, p.kept[n-1], col)
	}
	return Pos{File: p.file, Line: n, Col: col + 1}
}

// originalColumn turns a count of runes of the composed line into the count of
// runes as the file has them: ㅎㅏㄴ is three there. A broken byte counts as one.
func originalColumn(original, cleaned string, col int) int {
	var it norm.Iter
	it.InitString(norm.NFC, strings.ToValidUTF8(original, "\uFFFD"))
	source := strings.ToValidUTF8(original, "\uFFFD")
	runes := 0
	for !it.Done() && runes < col {
		n := utf8.RuneCount(it.Next())
		if runes+n > col {
			break
		}
		runes += n
		if runes == col {
			return utf8.RuneCountInString(source[:it.Pos()])
		}
	}
	return min(utf8.RuneCountInString(source[:min(it.Pos(), len(source))])+col-runes, utf8.RuneCountInString(source))
}
