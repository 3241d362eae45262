package pdf

import (
	"slices"
	"strconv"
	"strings"

	"gieok/korean"
)

// A shape is what a mark draws.
type shape uint8

const (
	shapeText  shape = iota // x is its left, y its baseline
	shapeFill               // a filled box
	shapeFrame              // the outline of a box
	shapeDisc               // a circle in the middle of the box
	shapeLine               // from (x, y) to (x+w, y+h)
	shapeDash               // the same, dashed
)

// A mark is one thing on paper. Lengths are mm from the top left corner of the
// card (later: of the sheet), size is in points, tone is grey from 0, black, to 255.
type mark struct {
	shape      shape
	x, y, w, h float64
	text       string
	style      style
	size       float64
	tone       int
}

// A block is a piece of text that is set above the next one. It shrinks from
// size to least together with its neighbours, then loses lines by rank.
type block struct {
	name        string // Korean, for the warning when it is cut
	text        string // prose, or
	code        []string
	variants    []variant // of code: as written, then with comments pulled left
	lang        string    // of code
	style       style
	size, least float64 // points
	gap         float64 // mm above, unless first
	tone        int
	bullet      string   // digits in a circle before the text
	cells       []string // short choices, numbered from 1, several in a row; instead of text
	rank        int      // the highest is cut first
	low         bool     // stands at the bottom of the card
	flows       bool     // code that may be broken rather than get hard to read: one long command
}

const (
	shrinkSteps   = 16
	proseLeading  = 1.36 // line height by size
	codeLeading   = 1.22
	codePad       = 1.3 // mm around code, inside its ground
	hangingIndent = 2   // spaces before the rest of a wrapped line of code
	leadMax       = 20  // spaces at most before a broken line
	comfortSize   = 8.0 // points, code that is easy to read
	bulletEms     = 1.75
	baseline      = 0.80
	groundTone    = 242
)

// A variant is one way to write the same code. Widths are mm at one point.
type variant struct {
	lines    []string
	comments []int   // by line: the byte where its trailing comment begins, or 0
	wide     float64 // of the longest line
	bare     float64 // of the longest line without its trailing comment
}

// codeBlock is a block of code with its variants.
func (s *setter) codeBlock(lines []string, lang string) block {
	b := block{code: lines, lang: lang, style: mono}
	for _, lines := range [][]string{lines, pullComments(lines, lang, true), pullComments(lines, lang, false)} {
		v := variant{lines: lines, comments: commentColumns(lines, lang), wide: s.widest(lines)}
		bare := slices.Clone(lines)
		for i, at := range v.comments {
			if at > 0 {
				bare[i] = strings.TrimRight(lines[i][:at], " ")
			}
		}
		v.bare = s.widest(bare)
		b.variants = append(b.variants, v)
	}
	return b
}

// A set block is a block at one size, broken into lines.
type setBlock struct {
	block
	lines   []string
	at      float64 // points
	columns int     // of cells
}

func (b setBlock) lineHeight() float64 {
	if b.code != nil {
		return b.at * mmPerPoint * codeLeading
	}
	return b.at * mmPerPoint * proseLeading
}

func (b setBlock) height() float64 {
	if len(b.lines) == 0 {
		return 0
	}
	h := float64(len(b.lines)) * b.lineHeight()
	if b.code != nil {
		h += 2 * codePad
	}
	return h
}

func (b setBlock) indent() float64 {
	if b.bullet == "" {
		return 0
	}
	return b.at * mmPerPoint * bulletEms
}

// set breaks b at shrink t, from 0, its size, to 1, its least.
func (s *setter) set(b block, t, width float64) setBlock {
	out := setBlock{block: b, at: b.size - t*(b.size-b.least)}
	switch {
	case b.cells != nil:
		s.setCells(&out, width)
	case b.code != nil:
		s.setCode(&out, width-2*codePad-out.indent())
	default:
		out.lines = s.lines(b.text, b.style, out.at, width-out.indent())
	}
	return out
}

// setCode finds the variant and the size at which no line of code is broken.
// A long comment alone makes code no smaller than comfortSize: it moves above
// its line instead.
func (s *setter) setCode(out *setBlock, width float64) {
	v := out.variants[0]
	for _, v = range out.variants {
		if v.wide*out.at <= width {
			out.lines = slices.Clone(v.lines) // cut may change them
			return
		}
	}
	whole, bare := 0.9999*width/v.wide, 0.9999*width/v.bare
	if out.flows {
		bare = comfortSize
	}
	out.at = max(out.least, min(out.at, max(whole, min(bare, comfortSize))))
	for i, line := range v.lines {
		switch at := v.comments[i]; {
		case s.width(line, mono, out.at) <= width:
			out.lines = append(out.lines, line)
		case at > 0:
			out.lines = append(out.lines, s.liftComment(line, at, out.at, width)...)
			line = strings.TrimRight(line[:at], " ")
			fallthrough
		default:
			out.lines = append(out.lines, s.wrapCode(line, out.at, width)...)
		}
	}
}

// liftComment writes the comment of a line as comment lines of their own.
func (s *setter) liftComment(line string, at int, size, width float64) []string {
	lead := strings.Repeat(" ", min(indentOf(line), leadMax)) + "# "
	lines := s.lines(strings.TrimLeft(line[at:], "# "), mono, size, width-s.width(lead, mono, size))
	for i := range lines {
		lines[i] = lead + lines[i]
	}
	return lines
}

// setCells puts short choices into as many columns, four at most, as their widths allow.
func (s *setter) setCells(out *setBlock, width float64) {
	out.columns = s.cellColumns(out.cells, out.at, width)
	for row := range slices.Chunk(out.cells, out.columns) {
		out.lines = append(out.lines, strings.Join(row, "  "))
	}
}

func (s *setter) cellColumns(cells []string, size, width float64) int {
	widest := 0.0
	for _, cell := range cells {
		widest = max(widest, s.width(cell, plain, size))
	}
	room := widest + size*mmPerPoint*(bulletEms+1)
	for _, columns := range []int{4, 2} {
		if room*float64(columns) <= width && (columns == 2 || len(cells) > 2) {
			return columns
		}
	}
	return 1
}

// widest is the width in mm of the longest line at one point, above zero.
func (s *setter) widest(lines []string) float64 {
	w := 1e-6
	for _, line := range lines {
		w = max(w, s.width(line, mono, 1))
	}
	return w
}

// wrapCode breaks a line that is too long even at the least size; the rest
// hangs below its code.
func (s *setter) wrapCode(line string, size, width float64) []string {
	if s.width(line, mono, size) <= width {
		return []string{line}
	}
	lead := strings.Repeat(" ", min(indentOf(line)+hangingIndent, leadMax))
	parts := s.lines(line, mono, size, width-s.width(lead, mono, size))
	for i := range parts[1:] {
		parts[i+1] = lead + strings.TrimLeft(parts[i+1], " ")
	}
	return parts
}

// fit sets blocks as large as they go into width and height; cut names what
// had to lose text. It halves the range of shrinking instead of trying every
// size, since breaking lines is what takes time.
func (s *setter) fit(blocks []block, width, height float64) (set []setBlock, cut []string) {
	at := func(step int) []setBlock {
		set := make([]setBlock, 0, len(blocks))
		for _, b := range blocks {
			set = append(set, s.set(b, float64(step)/shrinkSteps, width))
		}
		return set
	}
	if set = at(0); total(set) <= height {
		return set, nil
	}
	if set = at(shrinkSteps); total(set) > height {
		return set, s.cut(set, width, height)
	}
	for low, high := 0, shrinkSteps; low+1 < high; { // low does not fit, high does
		middle := (low + high) / 2
		if smaller := at(middle); total(smaller) <= height {
			set, high = smaller, middle
		} else {
			low = middle
		}
	}
	return set, nil
}

func total(set []setBlock) float64 {
	sum := 0.0
	for i, b := range set {
		if len(b.lines) == 0 {
			continue
		}
		sum += b.height()
		if i > 0 {
			sum += b.gap
		}
	}
	return sum
}

// cut takes lines off the blocks, the highest rank first, down to one line
// each and then to none, and gives the names of those that lost any.
func (s *setter) cut(set []setBlock, width, height float64) []string {
	var names []string
	order := make([]int, len(set))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return set[b].rank - set[a].rank })
	for _, keep := range []int{1, 0} {
		for _, i := range order {
			b := &set[i]
			before := len(b.lines)
			for total(set) > height && len(b.lines) > keep {
				b.lines = b.lines[:len(b.lines)-1]
			}
			if len(b.lines) == before {
				continue
			}
			if len(b.lines) > 0 {
				last := len(b.lines) - 1
				b.lines[last] = s.ellipsis(b.lines[last], b.style, b.at, s.room(*b, width))
			}
			if !slices.Contains(names, b.name) {
				names = append(names, b.name)
			}
		}
	}
	return names
}

// room is the width in mm that the lines of b have.
func (s *setter) room(b setBlock, width float64) float64 {
	if b.code != nil {
		width -= 2 * codePad
	}
	return width - b.indent()
}

// place turns set blocks into marks inside the box at (x, y). Blocks that are
// low stand at its bottom; center moves the others to its middle.
func (s *setter) place(set []setBlock, x, y, width, height float64, center bool) []mark {
	slack := height - total(set)
	if center {
		y += slack / 2
		slack /= 2
	}
	var marks []mark
	first := true
	for _, b := range set {
		if len(b.lines) == 0 {
			continue
		}
		if !first {
			y += b.gap
		}
		first = false
		if b.low {
			y, slack = y+slack, 0
		}
		marks = append(marks, s.marksOf(b, x, y, width)...)
		y += b.height()
	}
	return marks
}

func (s *setter) marksOf(b setBlock, x, y, width float64) []mark {
	var marks []mark
	if b.cells != nil {
		return s.cellMarks(b, x, y, width)
	}
	left := x + b.indent()
	em := b.at * mmPerPoint
	if b.code != nil {
		marks = append(marks, mark{shape: shapeFill, x: left, y: y, w: width - b.indent(), h: b.height(), tone: groundTone})
	}
	if b.bullet != "" {
		top := y
		if b.code != nil {
			top += codePad
		}
		marks = append(marks, s.disc(b.bullet, x, top+(b.lineHeight()-em*1.3)/2, em*1.3, b.tone)...)
	}
	if b.code != nil {
		left, y = left+codePad, y+codePad
	}
	for i, line := range b.lines {
		top := y + float64(i)*b.lineHeight()
		m := mark{
			shape: shapeText, x: left, y: top + (b.lineHeight()-em)/2 + baseline*em,
			w: s.width(line, b.style, b.at), h: em, text: line, style: b.style, size: b.at, tone: b.tone,
		}
		marks = append(marks, s.shadeComment(m, b)...)
	}
	return marks
}

func (s *setter) cellMarks(b setBlock, x, y, width float64) []mark {
	var marks []mark
	for i, cell := range b.cells[:min(len(b.cells), len(b.lines)*b.columns)] {
		one := setBlock{block: b.block, at: b.at, lines: []string{cell}}
		one.cells, one.bullet = nil, strconv.Itoa(i+1)
		column, row := float64(i%b.columns), float64(i/b.columns)
		each := width / float64(b.columns)
		marks = append(marks, s.marksOf(one, x+column*each, y+row*b.lineHeight(), each)...)
	}
	return marks
}

const commentTone = 105

// shadeComment sets the comment in a line of code in grey, so that
// the code stands out. It changes neither text nor place.
func (s *setter) shadeComment(m mark, b setBlock) []mark {
	if b.code == nil || b.lang == "" {
		return []mark{m}
	}
	if strings.HasPrefix(strings.TrimLeft(m.text, " "), "#") {
		m.tone = commentTone
		return []mark{m}
	}
	at := commentAt(m.text)
	if at == 0 {
		return []mark{m}
	}
	code, comment := m, m
	code.text, comment.text = strings.TrimRight(m.text[:at], " "), m.text[at:]
	before := s.width(m.text[:at], m.style, m.size)
	code.w = s.width(code.text, m.style, m.size)
	comment.x, comment.w, comment.tone = m.x+before, m.w-before, commentTone
	return []mark{code, comment}
}

// disc draws digits in a circle of diameter d: Nanum Gothic has no ①.
func (s *setter) disc(digits string, x, y, d float64, tone int) []mark {
	size := d / mmPerPoint * 0.66
	if korean.Width(digits) > 1 {
		size *= 0.8
	}
	w := s.width(digits, strong, size)
	em := size * mmPerPoint
	return []mark{
		{shape: shapeDisc, x: x, y: y, w: d, h: d, tone: tone},
		{shape: shapeText, x: x + (d-w)/2, y: y + d/2 + em*0.36, w: w, h: em, text: digits, style: strong, size: size, tone: tone},
	}
}
