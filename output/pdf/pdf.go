// Package pdf prints a deck: A4, eight cards a sheet in two columns of four,
// for duplex printing on the long edge. A sheet's second page has its columns
// mirrored, so that every answer lies behind its question.
package pdf

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jung-kurt/gofpdf"

	"gieok/cards"
)

// A Layout says how a deck stands on paper.
type Layout string

// Cards is the layout of an empty Options.
const Cards Layout = "cards"

// Options say how to print; the zero value works.
type Options struct {
	Date   time.Time    // both dates of the document; zero: 2000-01-01
	Layout Layout       // empty: Cards
	Warn   func(string) // told, in Korean and in order, what could not be printed as it is; nil: nobody
}

const (
	cardsMax                = 10_000
	sheetWidth, sheetHeight = 210.0, 297.0 // mm, A4
	columns, rows           = 2, 4
	perSheet                = columns * rows
	gridLeft                = (sheetWidth - columns*cardWidth) / 2
	gridTop                 = (sheetHeight - rows*cardHeight) / 2
	hairline                = 0.12 // mm
	cutTone                 = 175
	furnitureSize           = 7.5 // points, header and footer
	headerLine, footerLine  = gridTop - 3.6, sheetHeight - gridTop + 5.6
	cornerTick              = 2.0 // mm, half of a cross where cards meet
	defaultYear             = 2000
)

// Errors of Write.
var (
	ErrEmpty = errors.New("인쇄할 카드가 없음")
	errMany  = fmt.Errorf("카드가 너무 많음: 한 번에 %d장까지 인쇄할 수 있음", cardsMax)
)

// Write prints deck to w. The same deck and options give the same bytes.
// Nothing leaves its card: text shrinks, code continues on a second card, and
// what still does not fit ends with … and is told to o.Warn.
func Write(w io.Writer, deck cards.Deck, o Options) error {
	p, err := NewPress(o)
	if err != nil {
		return err
	}
	for _, c := range deck.Cards {
		p.Add(c)
	}
	return p.Print(w, deck.Title)
}

// A Press sets one card after the other, so that whoever makes them needs not
// wait for the last one, and prints them all.
type Press struct {
	o      Options
	setter *setter
	leaves []leaf
	truth  cards.Truth
	count  int
}

// NewPress returns a press without cards.
func NewPress(o Options) (*Press, error) {
	if o.Layout != "" && o.Layout != Cards {
		return nil, fmt.Errorf("모르는 배치: %q", string(o.Layout))
	}
	faces, err := sharedFaces()
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	return &Press{o: o, setter: &setter{faces: faces, warn: o.Warn, missing: map[rune]bool{}}}, nil
}

// Add sets one more card.
func (p *Press) Add(c cards.Card) {
	if p.count++; p.count > cardsMax {
		return // Print says so
	}
	p.leaves = append(p.leaves, p.setter.leaves(c, p.count)...)
	p.truth.Add(c.Evidence.Status)
}

// Print writes the document.
func (p *Press) Print(w io.Writer, title string) error {
	switch {
	case p.count == 0:
		return ErrEmpty
	case p.count > cardsMax:
		return errMany
	}
	p.setter.where = ""
	title = strings.ReplaceAll(p.setter.clean(title), "\n", " ")
	return print(w, p.setter, pages(p.setter, p.leaves, title, p.truth.String()), title, p.o.Date)
}

// pages puts leaves onto sheets: marks of front, back, front, back, ….
func pages(s *setter, all []leaf, title, truth string) [][]mark {
	var out [][]mark
	count := 2 * ((len(all) + perSheet - 1) / perSheet)
	for from := 0; from < len(all); from += perSheet {
		sheet := all[from:min(from+perSheet, len(all))]
		front := s.furniture(title, truth, fmt.Sprintf("앞면 · %d/%d쪽", len(out)+1, count))
		back := s.furniture(title, truth, fmt.Sprintf("뒷면 · %d/%d쪽", len(out)+2, count))
		front = append(front, cutLines()...)
		back = append(back, cutTicks()...)
		for i, l := range sheet {
			column, row := i%columns, i/columns
			front = append(front, moved(l.front, column, row)...)
			back = append(back, moved(l.back, columns-1-column, row)...)
		}
		out = append(out, front, back)
	}
	return out
}

func moved(marks []mark, column, row int) []mark {
	out := make([]mark, len(marks))
	for i, m := range marks {
		m.x += gridLeft + float64(column)*cardWidth
		m.y += gridTop + float64(row)*cardHeight
		out[i] = m
	}
	return out
}

// furniture is what a sheet shows outside of its cards.
func (s *setter) furniture(title, truth, page string) []mark {
	text := func(x, y float64, t string) mark {
		return mark{shape: shapeText, x: x, y: y, text: t, size: furnitureSize, tone: mutedTone}
	}
	wide := s.width(page, plain, furnitureSize)
	room := columns*cardWidth - wide - 6
	if s.width(title, plain, furnitureSize) > room {
		title = s.ellipsis(title, plain, furnitureSize, room)
	}
	return []mark{
		text(gridLeft, headerLine, title),
		text(sheetWidth-gridLeft-wide, headerLine, page),
		text((sheetWidth-s.width(truth, plain, furnitureSize))/2, footerLine, truth),
	}
}

// cutLines stand on the front alone: a printer shifts the back by up to a
// millimetre, and a second set of lines would show inside the cards.
func cutLines() []mark {
	var marks []mark
	for c := range columns + 1 {
		marks = append(marks, mark{shape: shapeDash, x: gridLeft + float64(c)*cardWidth, y: gridTop, h: rows * cardHeight, tone: cutTone})
	}
	for r := range rows + 1 {
		marks = append(marks, mark{shape: shapeDash, x: gridLeft, y: gridTop + float64(r)*cardHeight, w: columns * cardWidth, tone: cutTone})
	}
	return marks
}

// cutTicks are small crosses where cards meet, for whoever prints on one side only.
func cutTicks() []mark {
	var marks []mark
	for c := range columns + 1 {
		for r := range rows + 1 {
			x, y := gridLeft+float64(c)*cardWidth, gridTop+float64(r)*cardHeight
			marks = append(marks,
				mark{shape: shapeLine, x: x - cornerTick, y: y, w: 2 * cornerTick, tone: cutTone},
				mark{shape: shapeLine, x: x, y: y - cornerTick, h: 2 * cornerTick, tone: cutTone})
		}
	}
	return marks
}

// print draws pages with gofpdf.
func print(w io.Writer, s *setter, pages [][]mark, title string, date time.Time) error {
	if date.IsZero() {
		date = time.Date(defaultYear, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	doc := gofpdf.New("P", "mm", "A4", "")
	doc.SetCatalogSort(true)
	doc.SetCreationDate(date.UTC())
	doc.SetModificationDate(date.UTC())
	doc.SetProducer("gieok", false)
	doc.SetTitle(title, true)
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	doc.SetLineWidth(hairline)
	p := newPen(doc, s)
	for _, page := range pages {
		doc.AddPage()
		p.turnPage()
		for _, m := range page {
			p.draw(m)
		}
	}
	if err := doc.Output(w); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	return nil
}
