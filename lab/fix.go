package lab

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gieok/korean"
)

// An Edit replaces whole lines of a note.
type Edit struct {
	Line    int // first line that goes, from 1
	EndLine int // last line that goes; Line-1: none, the new lines stand before Line
	Model   int // line that the new ones take after: its line end, and what stands before Col
	Col     int // column, from 1 in runes, where the new lines begin
	Lines   []string
}

// diffContext is how many lines a hunk shows around what changes.
const diffContext = 3

// addEdits gives the first error of a document the edits that put all of it
// right, if the server accepts the result.
func (a *attempt) addEdits(ctx context.Context, found []Finding) error {
	i := slices.IndexFunc(found, func(f Finding) bool { return f.Severity == SeverityError })
	if i < 0 || a.refusal == nil {
		return nil
	}
	fixed, ok, err := a.lab.repairDocument(ctx, a.world, a.text)
	if err != nil || !ok {
		return err
	}
	found[i].Edits = a.noteEdits(fixed)
	return nil
}

// A lineChange is lines from..to (from 0, to excluded) of an old text that give way
// to lines of a new one.
type lineChange struct {
	from, to int
	with     []string
}

// changesMax bounds the lines of one text whose changes are looked for apart.
const changesMax = 1000

// changesOf is what leads from one text to another, by the longest run of lines
// that both have.
func changesOf(old, now []string) []lineChange {
	if len(old) > changesMax || len(now) > changesMax {
		return []lineChange{{0, len(old), now}}
	}
	// same[i][j] is how many lines old[i:] and now[j:] have in common, in order.
	same := make([][]int, len(old)+1)
	for i := range same {
		same[i] = make([]int, len(now)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if same[i][j] = max(same[i+1][j], same[i][j+1]); old[i] == now[j] {
				same[i][j] = same[i+1][j+1] + 1
			}
		}
	}
	var out []lineChange
	i, j := 0, 0
	for i < len(old) || j < len(now) {
		if i < len(old) && j < len(now) && old[i] == now[j] {
			i, j = i+1, j+1
			continue
		}
		c := lineChange{from: i}
		for i < len(old) || j < len(now) {
			if i < len(old) && j < len(now) && old[i] == now[j] {
				break
			}
			if j >= len(now) || i < len(old) && same[i+1][j] >= same[i][j+1] {
				i++
			} else {
				c.with = append(c.with, now[j])
				j++
			}
		}
		c.to = i
		out = append(out, c)
	}
	return out
}

// noteEdits are the edits of the note that change the document into another
// text; nil when a line of ours would change, or one that the run reads
// otherwise than it is written.
func (a *attempt) noteEdits(fixed string) []Edit {
	old := strings.Split(a.text, "\n")
	var out []Edit
	for _, c := range changesOf(old, strings.Split(fixed, "\n")) {
		e, ok := a.noteEdit(old, c)
		if !ok {
			return nil
		}
		out = append(out, e)
	}
	return out
}

func (a *attempt) noteEdit(old []string, c lineChange) (Edit, bool) {
	m := a.manifest
	model := c.from // the line whose place says where the new ones begin
	for c.from == c.to && model > 0 && (model >= len(old) || strings.TrimSpace(old[model]) == "") {
		model-- // new lines at the end go behind the last one
	}
	n := a.first + model
	if model >= len(old) || strings.TrimSpace(old[model]) == "" || m.Snippet == nil || n >= len(m.Lines) || m.Lines[n].Line == 0 {
		return Edit{}, false
	}
	at, shift := m.Lines[n], m.shiftOf(n+1)
	written := strings.Split(m.Snippet.Text, "\n")
	for i := c.from; i < c.to; i++ {
		n, line := a.first+i, at.Line+i-c.from
		if n >= len(m.Lines) || m.Lines[n].Line != line {
			return Edit{}, false // lines that were left out, or are ours, stand between
		}
		blank := strings.TrimSpace(old[i]) == ""
		if strings.TrimSpace(written[line-m.Snippet.Span.Line]) != strings.TrimSpace(old[i]) || !blank && (m.Lines[n].Col != at.Col || m.shiftOf(n+1) != shift) {
			return Edit{}, false
		}
	}
	e := Edit{Line: at.Line, EndLine: at.Line + c.to - c.from - 1, Model: at.Line, Col: at.Col}
	if model < c.from {
		e.Line, e.EndLine = at.Line+1, at.Line
	}
	for _, line := range c.with {
		by := indentOf(line) - shift
		if strings.TrimSpace(line) == "" {
			by = 0
		}
		if by < 0 {
			return Edit{}, false
		}
		e.Lines = append(e.Lines, strings.Repeat(" ", by)+strings.TrimLeft(line, " "))
	}
	return e, true
}

// Apply carries out edits on the bytes of a note. All else stays as it is, byte
// for byte: line ends, and in a line that only moves its spelling and the
// blanks at its end. Edits that meet are an error.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	lines := bytes.SplitAfter(src, []byte("\n"))
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Line, b.Line) })
	var out bytes.Buffer
	next := 1
	for _, e := range edits {
		if e.Line < next || e.EndLine < e.Line-1 || max(e.Line-1, e.EndLine, e.Model) > len(lines) || e.Model < 1 {
			return nil, fmt.Errorf("line %d: the edit does not fit the note", e.Line)
		}
		for ; next < e.Line; next++ {
			out.Write(lines[next-1])
		}
		for _, line := range e.written(lines) {
			out.WriteString(line)
		}
		next = e.EndLine + 1
	}
	for ; next <= len(lines); next++ {
		out.Write(lines[next-1])
	}
	return out.Bytes(), nil
}

// written are the new lines as they stand in the note.
func (e Edit) written(lines [][]byte) []string {
	model := string(lines[e.Model-1])
	end := "\n"
	if strings.HasSuffix(model, "\r\n") {
		end = "\r\n"
	}
	prefix := runePrefix(strings.TrimRight(model, "\r\n"), e.Col-1)
	kept := map[string]string{} // the words of a line that goes, as they are written
	last := false               // the last line that goes has no line end
	for n := e.Line; n <= e.EndLine; n++ {
		raw := string(lines[n-1])
		last = n == len(lines) && !strings.HasSuffix(raw, "\n")
		raw = strings.TrimLeft(strings.TrimPrefix(strings.TrimRight(raw, "\r\n"), prefix), " ")
		kept[korean.NFC(strings.TrimRight(raw, " \t"))] = raw
	}
	var out []string
	if e.Line > len(lines) {
		out, last = append(out, end), true // the note ends without a line end
	}
	for i, line := range e.Lines {
		words := strings.TrimLeft(line, " ")
		if raw, ok := kept[words]; ok {
			line = line[:len(line)-len(words)] + raw
		} else if n := e.Line + i; n <= e.EndLine {
			line = withTail(line, strings.TrimRight(string(lines[n-1]), "\r\n"))
		}
		line = prefix + line
		if strings.TrimSpace(words) == "" {
			line = strings.TrimRight(prefix, " ")
		}
		if !last || i < len(e.Lines)-1 {
			line += end
		}
		out = append(out, line)
	}
	return out
}

// withTail gives a line the comment and the blanks at the end of the one that it
// stands for, as they are written there.
func withTail(line, raw string) string {
	for i := range raw {
		if raw[i] == '#' {
			words := korean.NFC(strings.TrimRight(raw[i:], " \t"))
			if head, ok := strings.CutSuffix(line, words); ok {
				return head + raw[i:]
			}
		}
	}
	if strings.Contains(raw, "#") {
		return line
	}
	return line + raw[len(strings.TrimRight(raw, " \t")):]
}

func runePrefix(s string, runes int) string {
	at := 0
	for ; runes > 0 && at < len(s); runes-- {
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return s[:at]
}

// WithDiffs fills Diff of the findings of one note whose edits are known.
func WithDiffs(found []Finding, src []byte) {
	for i := range found {
		if len(found[i].Edits) > 0 {
			found[i].Diff = unified(found[i].File, src, found[i].Edits)
		}
	}
}

// unified is a unified diff of edits in the order of the note.
func unified(file string, src []byte, edits []Edit) string {
	lines := bytes.SplitAfter(src, []byte("\n"))
	if n := len(lines); len(lines[n-1]) == 0 {
		lines = lines[:n-1]
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", file, file)
	put := func(mark, line string) {
		out.WriteString(mark + strings.TrimSuffix(line, "\n") + "\n")
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\\ No newline at end of file\n")
		}
	}
	moved := 0
	for len(edits) > 0 {
		n := 1 // edits of this hunk: those whose contexts meet
		for n < len(edits) && edits[n].Line-edits[n-1].EndLine-1 <= 2*diffContext {
			n++
		}
		from, to := max(1, edits[0].Line-diffContext), min(len(lines), edits[n-1].EndLine+diffContext)
		grown := 0
		for _, e := range edits[:n] {
			grown += len(e.Lines) - (e.EndLine - e.Line + 1)
		}
		fmt.Fprintf(&out, "@@ -%d,%d +%d,%d @@\n", from, to-from+1, from+moved, to-from+1+grown)
		next := from
		for _, e := range edits[:n] {
			for ; next < e.Line; next++ {
				put(" ", string(lines[next-1]))
			}
			for ; next <= e.EndLine; next++ {
				put("-", string(lines[next-1]))
			}
			for _, line := range e.written(lines) {
				put("+", line)
			}
		}
		for ; next <= to; next++ {
			put(" ", string(lines[next-1]))
		}
		moved += grown
		edits = edits[n:]
	}
	return out.String()
}

// Text is what replaces the lines of the edit in a note, with line ends.
func (e Edit) Text(src []byte) string {
	return strings.Join(e.written(bytes.SplitAfter(src, []byte("\n"))), "")
}
