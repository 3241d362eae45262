package pdf

import (
	"strconv"

	"github.com/jung-kurt/gofpdf"
)

// slotRunesMax bounds the runes of one embedded subset: gofpdf's width table
// takes quadratic time for a long run of neighbouring runes (1.0 s for 1,200,
// measured), so a deck with more runes of a face embeds a further subset.
const slotRunesMax = 512

// A pen draws marks with gofpdf and keeps track of which font subsets exist.
type pen struct {
	doc   *gofpdf.Fpdf
	s     *setter
	slots [faceCount]map[rune]int
	made  [faceCount]int // subsets registered

	font string // family and size that are set on this page
	size float64
	ink  int
}

func newPen(doc *gofpdf.Fpdf, s *setter) *pen {
	p := &pen{doc: doc, s: s}
	for i := range p.slots {
		p.slots[i] = map[rune]int{}
	}
	return p
}

func (p *pen) turnPage() { p.font, p.size, p.ink = "", 0, -1 }

func (p *pen) draw(m mark) {
	switch m.shape {
	case shapeText:
		p.text(m)
	case shapeFill:
		p.doc.SetFillColor(m.tone, m.tone, m.tone)
		p.doc.Rect(m.x, m.y, m.w, m.h, "F")
	case shapeFrame:
		p.stroke(m.tone)
		p.doc.Rect(m.x, m.y, m.w, m.h, "D")
	case shapeDisc:
		p.stroke(m.tone)
		p.doc.Circle(m.x+m.w/2, m.y+m.h/2, m.w/2, "D")
	case shapeLine:
		p.stroke(m.tone)
		p.doc.Line(m.x, m.y, m.x+m.w, m.y+m.h)
	case shapeDash:
		p.stroke(m.tone)
		p.doc.SetDashPattern([]float64{1, 1}, 0)
		p.doc.Line(m.x, m.y, m.x+m.w, m.y+m.h)
		p.doc.SetDashPattern(nil, 0)
	}
}

func (p *pen) stroke(tone int) { p.doc.SetDrawColor(tone, tone, tone) }

// text draws one line, one run for each change of face.
func (p *pen) text(m mark) {
	if p.ink != m.tone {
		p.doc.SetTextColor(m.tone, m.tone, m.tone)
		p.ink = m.tone
	}
	x, from := m.x, m.x
	var run []rune
	family, heavy := "", false
	flush := func() {
		if len(run) > 0 {
			p.use(family, m.size)
			p.run(from, m, string(run), heavy)
		}
		run, from = run[:0], x
	}
	for _, r := range m.text {
		face, r := p.s.faceOf(m.style, r)
		if face < 0 {
			continue // clean lets no such rune through
		}
		if next := p.family(face, r); next != family {
			flush()
			family, heavy = next, m.style == strong && face == faceCoding
		}
		run = append(run, r)
		x += float64(p.s.faces[face].width(r)) * m.size * mmPerPoint / emUnits
	}
	flush()
}

// heavyStroke is the outline, by size, that makes the coding face as heavy as
// the bold text around it.
const heavyStroke = 0.028

func (p *pen) run(x float64, m mark, text string, heavy bool) {
	if !heavy {
		p.doc.Text(x, m.y, text)
		return
	}
	p.stroke(m.tone)
	p.doc.SetLineWidth(m.size * mmPerPoint * heavyStroke)
	p.doc.SetTextRenderingMode(2)
	p.doc.Text(x, m.y, text)
	p.doc.SetTextRenderingMode(0)
	p.doc.SetLineWidth(hairline)
}

// family is the name of the subset of face that holds r.
func (p *pen) family(face int, r rune) string {
	slot, ok := p.slots[face][r]
	if !ok {
		slot = len(p.slots[face]) / slotRunesMax
		p.slots[face][r] = slot
	}
	name := "f" + strconv.Itoa(face) + "s" + strconv.Itoa(slot)
	if slot >= p.made[face] {
		p.made[face] = slot + 1
		p.doc.AddUTF8FontFromBytes(name, "", p.s.faces[face].data)
	}
	return name
}

func (p *pen) use(family string, size float64) {
	if p.font != family || p.size != size {
		p.doc.SetFont(family, "", size)
		p.font, p.size = family, size
	}
}
