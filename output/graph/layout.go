package graph

import (
	"math"
	"strings"

	"gieok/korean"
)

// Measures of the picture, in pixels; text of 13 pixels takes about 7 a cell
// of a terminal, and Hangul two of them.
const (
	cellWidth    = 7.1
	lineHeight   = 18.0
	boxPadding   = 8.0
	conceptCells = 22  // a line of a concept
	factCells    = 42  // a line of what is said of it
	pillCell     = 5.7 // a cell of the relation before it, which is smaller
	boldFactor   = 1.1 // concepts are bold
	gapAcross    = 46  // between a concept and what is said of it
	gapDown      = 6   // between two boxes
	gapTrees     = 26  // between two concepts and theirs
	gapColumns   = 70  // between two columns
	margin       = 24  // around all
	linesMax     = 3   // lines of a box; what is longer ends in …
	depthMax     = 8   // concepts that hang on one another
	aspect       = 1.3 // width over height that columns aim at
)

// A box is a node with its place. X and Y are its upper left corner.
type box struct {
	lines      []string
	relation   string // of the edges from the box that it hangs on
	x, y, w, h float64
	children   []int
	parent     int // -1: none
}

// A layout is a forest in columns: what is said of a concept stands to its
// right, one box below the other, and the concept in the middle before them.
//
// It is our own: of the libraries that lay out graphs in layers, those in Go
// alone are not served, one is a JavaScript engine with dagre in it, one
// Graphviz in WebAssembly under a licence that we do not take; gonum has forces
// only, which make no picture that is read from left to right. Notes are nearly
// trees, and trees need none of that.
type layout struct {
	boxes         []box
	across        []edge // edges that the forest has no room for
	width, height float64
}

func layoutOf(d drawing) layout {
	l := layout{boxes: make([]box, len(d.nodes))}
	same := joined(d)
	for i, n := range d.nodes {
		cells := factCells
		if n.concept {
			cells = conceptCells
		}
		lines := korean.Wrap(n.text, cells)
		if len(lines) > linesMax {
			lines = lines[:linesMax]
			lines[linesMax-1] = korean.Cut(lines[linesMax-1], cells-2) + "…"
		}
		widest := 0
		for _, line := range lines {
			widest = max(widest, korean.Width(line))
		}
		wide := float64(widest) * cellWidth
		if n.concept {
			wide *= boldFactor
		}
		l.boxes[i] = box{lines: lines, parent: -1, w: wide + 2*boxPadding, h: float64(len(lines))*lineHeight + boxPadding}
	}
	for _, e := range d.edges {
		from, to := same[e.from], same[e.to]
		if from == to {
			continue
		}
		if l.boxes[to].parent == from { // two facts of one pair
			if !strings.Contains(l.boxes[to].relation, e.label) {
				l.boxes[to].relation += "·" + e.label
			}
			continue
		}
		if l.boxes[to].parent < 0 && l.depthOf(from)+l.heightOf(to) < depthMax && !l.above(to, from) {
			l.boxes[to].parent, l.boxes[to].relation = from, e.label
			l.boxes[from].children = append(l.boxes[from].children, to)
			continue
		}
		l.across = append(l.across, edge{from, to, e.label})
	}
	l.place(same)
	return l
}

// pill is the width of the relation before a box.
func (b *box) pill() float64 {
	if b.relation == "" {
		return 0
	}
	return float64(korean.Width(b.relation))*pillCell + 2*boxPadding
}

// joined gives each node the one that it is drawn as: what is said of one
// concept and is the name of another is that other one.
func joined(d drawing) []int {
	concepts := map[string]int{}
	for i, n := range d.nodes {
		if _, ok := concepts[n.text]; n.concept && !ok {
			concepts[n.text] = i
		}
	}
	out := make([]int, len(d.nodes))
	for i, n := range d.nodes {
		out[i] = i
		if at, ok := concepts[n.text]; ok {
			out[i] = at
		}
	}
	return out
}

// above tells whether a stands above b in the forest, or is b.
func (l *layout) above(a, b int) bool {
	for ; b >= 0; b = l.boxes[b].parent {
		if a == b {
			return true
		}
	}
	return false
}

func (l *layout) depthOf(i int) int {
	n := 0
	for i = l.boxes[i].parent; i >= 0; i = l.boxes[i].parent {
		n++
	}
	return n
}

// heightOf is how many boxes hang on one another below a box.
func (l *layout) heightOf(i int) int {
	n := 0
	for _, c := range l.boxes[i].children {
		n = max(n, 1+l.heightOf(c))
	}
	return n
}

// place puts the trees into columns.
func (l *layout) place(same []int) {
	var roots []int
	total, widest := 0.0, 0.0
	for i := range l.boxes {
		if l.boxes[i].parent < 0 && same[i] == i {
			w, h := l.tree(i, 0, 0)
			roots = append(roots, i)
			total += h + gapTrees
			widest = max(widest, w)
		}
	}
	columns := max(1, math.Round(math.Sqrt(aspect*total/max(1, widest+gapColumns))))
	target := total / columns
	x, y, column := float64(margin), float64(margin), 0.0
	for _, i := range roots {
		w, h := l.tree(i, x, y)
		if y > margin && y+h/2 > margin+target {
			x, y, column = x+column+gapColumns, margin, 0
			w, h = l.tree(i, x, y)
		}
		column = max(column, w)
		y += h + gapTrees
		l.width, l.height = max(l.width, x+w+margin), max(l.height, y-gapTrees+margin)
	}
}

// tree places a box and all that hangs on it, with the upper left corner at
// x, y, and returns the size of that.
func (l *layout) tree(i int, x, y float64) (w, h float64) {
	b := &l.boxes[i]
	b.x = x + b.pill()
	w = b.x - x + b.w
	for k, c := range b.children {
		if k > 0 {
			h += gapDown
		}
		cw, ch := l.tree(c, b.x+b.w+gapAcross, y+h)
		w, h = max(w, b.x-x+b.w+gapAcross+cw), h+ch
	}
	h = max(h, b.h)
	b.y = y + (h-b.h)/2
	if n := len(b.children); n > 0 { // the middle of the first and the last child
		first, last := l.boxes[b.children[0]], l.boxes[b.children[n-1]]
		b.y = min(max(y, (first.y+last.y+last.h-b.h)/2), y+h-b.h)
	}
	return w, h
}
