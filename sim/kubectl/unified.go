package kubectl

import (
	"fmt"
	"strings"
)

// Bounds and form of a diff.
const (
	contextLines = 3
	editsMax     = 4000 // more than these are shown as one whole change
)

// unified renders the difference of two texts as `diff -u` does, without the
// two lines that name the files; "" if there is none.
func unified(before, after string) string {
	a, b := splitLines(before), splitLines(after)
	gone, come := edits(a, b)
	settleRuns(a, gone, come)
	settleRuns(b, come, gone)
	var out strings.Builder
	for _, h := range hunks(gone, come) {
		h.print(&out, a, b, gone, come)
	}
	return out.String()
}

// splitLines keeps the line ends.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// edits marks the lines of a that are gone and those of b that are new, as few
// as can be (Myers 1986). Both slices have one more element than lines.
func edits(a, b []string) (gone, come []bool) {
	gone, come = make([]bool, len(a)+1), make([]bool, len(b)+1)
	n, m := len(a), len(b)
	limit := min(n+m, editsMax)
	reach := make([]int, 2*limit+2) // furthest line of a by diagonal, offset by limit
	var trail [][]int
	for d := 0; d <= limit; d++ {
		trail = append(trail, append([]int(nil), reach...))
		for k := -d; k <= d; k += 2 {
			x := 0
			switch {
			case d == 0:
			case k == -d || k != d && reach[limit+k-1] < reach[limit+k+1]:
				x = reach[limit+k+1]
			default:
				x = reach[limit+k-1] + 1
			}
			for x < n && x-k < m && x-k >= 0 && a[x] == b[x-k] {
				x++
			}
			reach[limit+k] = x
			if x >= n && x-k >= m {
				walkBack(trail, limit, d, n, m, gone, come)
				return gone, come
			}
		}
	}
	for i := range n {
		gone[i] = true
	}
	for i := range m {
		come[i] = true
	}
	return gone, come
}

// walkBack follows the furthest reaches from the end to the start.
func walkBack(trail [][]int, limit, d, x, y int, gone, come []bool) {
	for ; d > 0; d-- {
		reach, k := trail[d], x-y
		down := k == -d || k != d && reach[limit+k-1] < reach[limit+k+1]
		if down {
			k++
		} else {
			k--
		}
		fromX := reach[limit+k]
		fromY := fromX - k
		if down {
			come[fromY] = true
		} else {
			gone[fromX] = true
		}
		x, y = fromX, fromY
	}
}

// settleRuns moves each run of changed lines as far down as equal lines let
// it, joining runs that meet, and beside a change of the other file if it can
// stand there: that is where diff shows them.
func settleRuns(lines []string, changed, other []bool) {
	end := len(lines)
	i, j := 0, 0
	for {
		for i < end && !changed[i] {
			for other[j] {
				j++
			}
			j++
			i++
		}
		if i == end {
			return
		}
		start := i
		for changed[i] {
			i++
		}
		for other[j] {
			j++
		}
		beside := end
		for {
			length := i - start
			for start > 0 && lines[start-1] == lines[i-1] {
				start--
				i--
				changed[start], changed[i] = true, false
				for start > 0 && changed[start-1] {
					start--
				}
				j--
				for other[j] {
					j--
				}
			}
			beside = end
			if j > 0 && other[j-1] {
				beside = i
			}
			for i != end && lines[start] == lines[i] {
				changed[start], changed[i] = false, true
				start++
				i++
				for changed[i] {
					i++
				}
				j++
				for other[j] {
					beside = i
					j++
				}
			}
			if length == i-start {
				break
			}
		}
		for beside < i {
			start--
			i--
			changed[start], changed[i] = true, false
			j--
			for other[j] {
				j--
			}
		}
	}
}

// A hunk is a part of both texts, by line from 0, the ends excluded.
type hunk struct{ a, aEnd, b, bEnd int }

// hunks groups changes that stand near each other.
func hunks(gone, come []bool) []hunk {
	var out []hunk
	n, m := len(gone)-1, len(come)-1
	for i, j := 0, 0; i < n || j < m; {
		if !gone[i] && !come[j] {
			i++
			j++
			continue
		}
		h := hunk{a: i, b: j}
		for gone[i] {
			i++
		}
		for come[j] {
			j++
		}
		h.aEnd, h.bEnd = i, j
		if last := len(out) - 1; last >= 0 && h.a-out[last].aEnd <= 2*contextLines {
			out[last].aEnd, out[last].bEnd = i, j
			continue
		}
		out = append(out, h)
	}
	for k := range out {
		before := min(contextLines, out[k].a)
		after := min(contextLines, n-out[k].aEnd)
		out[k].a, out[k].b = out[k].a-before, out[k].b-before
		out[k].aEnd, out[k].bEnd = out[k].aEnd+after, out[k].bEnd+after
	}
	return out
}

func (h hunk) print(w *strings.Builder, a, b []string, gone, come []bool) {
	fmt.Fprintf(w, "@@ -%s +%s @@\n", span(h.a, h.aEnd), span(h.b, h.bEnd))
	i, j := h.a, h.b
	for i < h.aEnd || j < h.bEnd {
		switch {
		case gone[i]:
			printLine(w, '-', a[i])
			i++
		case come[j]:
			printLine(w, '+', b[j])
			j++
		default:
			printLine(w, ' ', a[i])
			i++
			j++
		}
	}
}

func printLine(w *strings.Builder, mark byte, line string) {
	w.WriteByte(mark)
	w.WriteString(line)
	if !strings.HasSuffix(line, "\n") {
		w.WriteString("\n\\ No newline at end of file\n")
	}
}

// span is a hunk's place in one file: "1,6", "3" for one line, "0,0" for none
// at the start.
func span(from, end int) string {
	switch end - from {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, end-from)
}
