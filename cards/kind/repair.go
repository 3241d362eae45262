package kind

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"gieok/lab"
	"gieok/prefilter"

	"go.yaml.in/yaml/v3"
)

// Bounds of the search for a manifest that is accepted.
const (
	repairStepsMax = 4  // fields put right one after the other
	repairRunsMax  = 60 // manifests tried
)

var unknownField = prefilter.MustCompile(`unknown field "([^"]+)"`)

// repair puts right a manifest that is refused for fields at the wrong place:
// it moves such a field with all below it to another indent, takes it away and
// keeps what is below, or takes it away, whatever makes fewer fields unknown.
// Each try is run; ok is false when none is accepted.
func repair(ctx context.Context, l *lab.Lab, text string, first lab.Outcome) (fixed string, ok bool, err error) {
	unknown := unknownField.FindAllStringSubmatch(first.Message, -1)
	runs := 0
	for range repairStepsMax {
		if len(unknown) == 0 {
			return "", false, nil
		}
		better := ""
		for _, try := range moves(text, unknown[0][1]) {
			if runs++; runs > repairRunsMax {
				return "", false, nil
			}
			o, err := l.RunText(ctx, try)
			if err != nil {
				return "", false, err
			}
			if !o.Rejected {
				return try, true, nil
			}
			left := unknownField.FindAllStringSubmatch(o.Message, -1)
			// A field at its place may bring to light others below it.
			if len(left) > 0 && (len(left) < len(unknown) || len(left) == len(unknown) && lastName(left[0][1]) != lastName(unknown[0][1])) {
				better, unknown = try, left
				break
			}
		}
		if better == "" {
			return "", false, nil
		}
		text = better
	}
	return "", false, nil
}

// moves are the manifests that come of text by moving or taking away the field
// at path, the smallest change first.
func moves(text, path string) []string {
	var root yaml.Node
	if yaml.Unmarshal([]byte(text), &root) != nil || len(root.Content) == 0 {
		return nil
	}
	key := keyAt(root.Content[0], path)
	if key == nil {
		return nil
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	from, column := key.Line-1, key.Column-1
	to := from + 1
	for to < len(lines) && (strings.TrimSpace(lines[to]) == "" || startColumn(lines[to]) > column) {
		to++
	}
	inItem := strings.HasPrefix(strings.TrimLeft(lines[from], " "), "- ")
	var out []string
	if !inItem {
		for _, c := range columns(lines, column) {
			out = append(out, joined(lines[:from], shifted(lines[from:to], c-column), lines[to:]))
		}
	}
	below := lines[from+1 : to]
	switch {
	case len(below) > 0:
		by := column - startColumn(below[0])
		kept := shifted(below, by)
		if inItem {
			kept[0] = asItem(lines[from], kept[0])
		}
		out = append(out, joined(lines[:from], kept, lines[to:]))
	case inItem && to < len(lines) && startColumn(lines[to]) == column && !strings.HasPrefix(strings.TrimLeft(lines[to], " "), "- "):
		out = append(out, joined(lines[:from], []string{asItem(lines[from], lines[to])}, lines[to+1:]))
	case !inItem:
		out = append(out, joined(lines[:from], lines[to:]))
	}
	return out
}

// asItem gives line the dash of the list item that it now begins.
func asItem(item, line string) string {
	dash := strings.IndexByte(item, '-')
	return item[:dash+1] + " " + strings.TrimLeft(line, " ")
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func joined(parts ...[]string) string { return strings.Join(slices.Concat(parts...), "\n") + "\n" }

func shifted(lines []string, by int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		switch {
		case by >= 0 && strings.TrimSpace(line) != "":
			out[i] = strings.Repeat(" ", by) + line
		default:
			out[i] = line[min(-by, len(line)-len(strings.TrimLeft(line, " "))):]
		}
		if by >= 0 && strings.TrimSpace(line) == "" {
			out[i] = line
		}
	}
	return out
}

// columns are where keys of the manifest begin, the nearest to column first.
func columns(lines []string, column int) []int {
	var out []int
	add := func(c int) {
		if c != column && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		c := startColumn(line)
		add(c)
		if rest := line[c:]; strings.HasPrefix(rest, "- ") {
			add(c + 2 + len(rest[2:]) - len(strings.TrimLeft(rest[2:], " ")))
		}
	}
	slices.SortFunc(out, func(a, b int) int {
		return cmp.Or(cmp.Compare(max(a-column, column-a), max(b-column, column-b)), cmp.Compare(b, a))
	})
	return out
}

func startColumn(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// keyAt is the key node at a path such as spec.containers[0].envFrom.
func keyAt(n *yaml.Node, path string) *yaml.Node {
	var key *yaml.Node
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' }) {
		if index, ok := strings.CutSuffix(part, "]"); ok {
			i, err := strconv.Atoi(index)
			if err != nil || n.Kind != yaml.SequenceNode || i >= len(n.Content) {
				return nil
			}
			n = n.Content[i]
			continue
		}
		if n.Kind != yaml.MappingNode {
			return nil
		}
		found := false
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == part {
				key, n, found = n.Content[i], n.Content[i+1], true
				break
			}
		}
		if !found {
			return nil
		}
	}
	return key
}

// lineOf is line and column, from 1, of the key at a path; 0 if there is none.
func lineOf(text, path string) (line, column int) {
	var root yaml.Node
	if yaml.Unmarshal([]byte(text), &root) != nil || len(root.Content) == 0 {
		return 0, 0
	}
	if key := keyAt(root.Content[0], path); key != nil {
		return key.Line, key.Column
	}
	return 0, 0
}
