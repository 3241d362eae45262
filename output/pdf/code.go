package pdf

import (
	"strings"
	"unicode/utf8"

	"gieok/korean"
)

const (
	tabCells     = 4
	codeLinesMax = 200 // lines of code on one card and its continuations
	commentGap   = 2   // spaces before a comment that was pulled left
	cutSlack     = 6   // a part may be longer or shorter by its length through this
)

// code is clean for code: lines stay, trailing space goes, and a tab shows as
// an arrow where it matters: YAML forbids tabs as indentation.
func (s *setter) code(text, lang string) []string {
	text = strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	lines := strings.Split(text, "\n")
	room := textRunesMax
	for i, line := range lines {
		if room -= utf8.RuneCountInString(line); room < 0 || i == codeLinesMax {
			s.tell("코드가 너무 길어 앞의 %d줄만 인쇄함", i)
			lines = append(lines[:i:i], "…")
			break
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(s.clean(expandTabs(line, lang)), " ")
	}
	return dedent(strings.Split(strings.Join(lines, "\n"), "\n"))
}

func expandTabs(line, lang string) string {
	if !strings.Contains(line, "\t") {
		return line
	}
	var b strings.Builder
	column, indent := 0, true
	for _, r := range line {
		if r != '\t' {
			indent = indent && r == ' '
			b.WriteRune(r)
			column++
			continue
		}
		fill := tabCells - column%tabCells
		column += fill
		if lang == "yaml" && indent {
			b.WriteString("→" + strings.Repeat(" ", fill-1))
			continue
		}
		b.WriteString(strings.Repeat(" ", fill))
	}
	return b.String()
}

// dedent takes off the indentation that all lines share.
func dedent(lines []string) []string {
	shared := -1
	for _, line := range lines {
		if line != "" && (shared < 0 || indentOf(line) < shared) {
			shared = indentOf(line)
		}
	}
	for i, line := range lines {
		if line != "" && shared > 0 {
			lines[i] = line[shared:]
		}
	}
	return lines
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// pullComments moves trailing comments to the left: first to one common
// column, and if together is false, each as near to its code as it goes. Lines
// of a YAML block scalar and scripts with a here-document stay: there the
// spaces are content.
func pullComments(lines []string, lang string, together bool) []string {
	if lang != "yaml" && lang != "sh" || lang == "sh" && strings.Contains(strings.Join(lines, "\n"), "<<") {
		return lines
	}
	marks := commentColumns(lines, lang)
	column := 0
	for i, at := range marks {
		if at > 0 {
			column = max(column, korean.Width(strings.TrimRight(lines[i][:at], " "))+commentGap)
		}
	}
	pulled := make([]string, len(lines))
	for i, at := range marks {
		pulled[i] = lines[i]
		if at <= 0 {
			continue
		}
		body := strings.TrimRight(lines[i][:at], " ")
		fill := commentGap
		if together {
			fill = column - korean.Width(body)
		}
		if fill < korean.Width(lines[i][:at])-korean.Width(body) {
			pulled[i] = body + strings.Repeat(" ", fill) + lines[i][at:]
		}
	}
	return pulled
}

// commentColumns gives for each line the byte at which a trailing comment
// begins, 0 where there is none.
func commentColumns(lines []string, lang string) []int {
	marks := make([]int, len(lines))
	scalar := -1 // indentation of the key whose block scalar is open
	for i, line := range lines {
		if scalar >= 0 && (line == "" || indentOf(line) > scalar) {
			continue
		}
		scalar = -1
		marks[i] = commentAt(line)
		body := line
		if marks[i] > 0 {
			body = strings.TrimRight(line[:marks[i]], " ")
		}
		if lang == "yaml" && opensScalar(body) {
			scalar = indentOf(line)
		}
	}
	return marks
}

// opensScalar says whether a YAML line ends with | or > and their modifiers.
func opensScalar(body string) bool {
	body = strings.TrimRight(body, "+-0123456789")
	return strings.HasSuffix(body, " |") || strings.HasSuffix(body, " >")
}

// commentAt finds a # after a space and outside of quotes that has code before it.
func commentAt(line string) int {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && (i == 0 || !isWordByte(line[i-1])):
			quote = c
		case c == '#' && i > 0 && line[i-1] == ' ':
			if strings.TrimSpace(line[:i]) == "" {
				return 0
			}
			return i
		}
	}
	return 0
}

// isWordByte keeps the apostrophe of a word such as don't from opening a quote.
func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// divide cuts lines into parts whose lengths follow room, the lines that each
// part could hold. Near each such place it cuts where the code stands furthest
// to the left.
func divide(lines []string, room []int) [][]string {
	var parts [][]string
	for i := 0; i < len(room)-1 && len(lines) > len(room)-i; i++ {
		left := 0
		for _, n := range room[i:] {
			left += n
		}
		even := max(1, (len(lines)*room[i]+left-1)/max(1, left))
		best, bestCost := even, 1<<30
		for at := max(1, even-even/cutSlack); at <= min(len(lines)-1, even+even/cutSlack); at++ {
			cost := 2*indentOf(lines[at]) + abs(at-even)
			if lines[at] == "---" || lines[at] == "" {
				cost -= 8
			}
			if strings.HasSuffix(lines[at-1], ":") {
				cost += 6 // a key keeps the first line of its value
			}
			if cost < bestCost {
				best, bestCost = at, cost
			}
		}
		best = min(best, len(lines)-1)
		parts = append(parts, lines[:best])
		lines = lines[best:]
	}
	return append(parts, lines)
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
