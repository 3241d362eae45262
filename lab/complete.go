package lab

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gieok/parser"

	"go.yaml.in/yaml/v3"
)

// snippetBytesMax bounds a snippet that is completed.
const snippetBytesMax = 1 << 20

// A NotKubernetesError says why a snippet is not run. Its text is Korean.
type NotKubernetesError struct{ Text string }

func (e *NotKubernetesError) Error() string { return e.Text }

// A row is a line of a manifest on its way to completion.
type row struct {
	text  string
	at    parser.Pos // zero for a line of ours
	shift int        // columns that the text stands further right than in the snippet
	cut   bool       // the author left lines out right above
	below bool       // or right below
}

var (
	elidedLine  = regexp.MustCompile(`^\s*(?:#\s*)?(?:- +)?\(?\s*(?:\.{2,}|…+|중략|생략)\s*\)?\s*$`)
	elidedValue = regexp.MustCompile(`^(\s*(?:- +)*[\w./-]+:)\s+\(?(?:\.{3,}|…+|중략|생략)\)?\s*(#.*)?$`)
	heldValue   = regexp.MustCompile(`^(\s*(?:- +)*[\w./-]+:\s+|\s*- +)["']?(\{[\w\p{Hangul}][\w\p{Hangul} -]*\}|<[\w\p{Hangul}][\w\p{Hangul} -]*>)["']?(\s*(?:#.*)?)$`)
	helm        = regexp.MustCompile(`\{\{.*\}\}|^\s*\{%`)
	document    = regexp.MustCompile(`^---(?:\s|$)`)
)

// Complete makes the smallest whole manifest of a snippet that keeps the
// author's words and mistakes. A snippet that is no Kubernetes manifest is a
// *NotKubernetesError.
func (l *Lab) Complete(s *parser.Snippet) (Manifest, error) {
	if len(s.Text) > snippetBytesMax {
		return Manifest{}, &NotKubernetesError{"조각이 1 MiB보다 커서 실행하지 않았습니다."}
	}
	if helm.MatchString(s.Text) {
		return Manifest{}, &NotKubernetesError{"템플릿 문법이 들어 있어 그대로는 실행할 수 없습니다."}
	}
	rows := readRows(s)
	m := Manifest{Snippet: s}
	var out []row
	for i, doc := range splitDocuments(rows) {
		if i > 0 {
			out = append(out, doc[0])
			doc = doc[1:]
		}
		done, completed, err := l.completeDocument(s, doc)
		if err != nil {
			return Manifest{}, err
		}
		m.Completed = m.Completed || completed
		out = append(out, done...)
	}
	var b strings.Builder
	for _, r := range out {
		b.WriteString(r.text + "\n")
		m.Lines = append(m.Lines, r.at)
		m.shifts = append(m.shifts, r.shift)
		m.cuts = append(m.cuts, cutMarks{r.cut, r.below})
	}
	m.Text = b.String()
	for _, im := range imagesOf(m.Text) {
		instead, needed, err := l.standIn(im)
		if err != nil {
			return Manifest{}, err
		}
		if needed && !slices.Contains(m.StandIns, StandIn{im.ref, instead}) {
			m.StandIns = append(m.StandIns, StandIn{im.ref, instead})
		}
	}
	return m, nil
}

// readRows takes the lines that stand for left-out ones away and gives
// placeholders a value.
func readRows(s *parser.Snippet) []row {
	var out []row
	cut := false
	for i, line := range strings.Split(strings.TrimSuffix(s.Text, "\n"), "\n") {
		if elidedLine.MatchString(line) {
			cut = true
			continue
		}
		r := row{text: strings.TrimRight(line, " \t\r"), cut: cut}
		if i < len(s.Lines) {
			r.at = s.Lines[i]
		}
		if m := elidedValue.FindStringSubmatch(r.text); m != nil {
			r.text, r.cut = strings.TrimRight(m[1]+" "+m[2], " "), true
		} else if m := heldValue.FindStringSubmatch(r.text); m != nil {
			key := strings.TrimRight(strings.TrimLeft(m[1], " -"), ": ")
			r.text = m[1] + placeholderValue(strings.Trim(m[2], "{}<>"), key) + m[3]
		}
		cut = false
		out = append(out, r)
	}
	if cut && len(out) > 0 {
		out[len(out)-1].below = true
	}
	return dedent(out)
}

// dedent cuts the indent that all lines share: a left-out mark may have stood
// further left than the rest.
func dedent(rows []row) []row {
	shared := -1
	for _, r := range rows {
		if n := indentOf(r.text); strings.TrimSpace(r.text) != "" && (shared < 0 || n < shared) {
			shared = n
		}
	}
	for i := range rows {
		if shared > 0 && len(rows[i].text) >= shared {
			rows[i].text, rows[i].shift = rows[i].text[shared:], -shared
		}
	}
	return rows
}

func indentOf(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

// splitDocuments cuts rows at "---"; each document but the first begins with
// its mark.
func splitDocuments(rows []row) [][]row {
	var out [][]row
	start := 0
	for i, r := range rows {
		if document.MatchString(r.text) && i > start {
			out, start = append(out, rows[start:i]), i
		}
	}
	return append(out, rows[start:])
}

// completeDocument completes one document of a snippet.
func (l *Lab) completeDocument(s *parser.Snippet, rows []row) (out []row, completed bool, err error) {
	root, err := parseRows(rows)
	if err != nil {
		return rows, false, nil // the author's broken YAML stays as it is
	}
	if isNull(root) {
		return rows, false, nil
	}
	kind := text(root, "kind")
	whole := kind != "" && value(root, "apiVersion") != nil
	if whole && !slices.ContainsFunc(rows, func(r row) bool { return r.cut || r.below }) {
		return rows, false, nil
	}
	sk, path, list, err := l.placed(s, root, kind)
	if err != nil || sk.kind == "" {
		return rows, false, err
	}
	rows = wrap(rows, root, path, list)
	if root, err = parseRows(rows); err != nil {
		return rows, true, nil
	}
	f := filler{rows: rows}
	f.fill(root, skeletonOf(sk, root), "")
	rows = f.done()
	if root, err = parseRows(rows); err == nil {
		f = filler{rows: rows}
		f.volumes(root)
		rows = f.done()
	}
	return rows, true, nil
}

// placed finds what the root of a fragment belongs to.
func (l *Lab) placed(s *parser.Snippet, root *yaml.Node, kind string) (sk skeleton, path []step, list bool, err error) {
	if kind != "" {
		for _, sk := range skeletons() {
			if sk.kind == kind {
				return sk, nil, false, nil
			}
		}
		return skeleton{}, nil, false, nil
	}
	c, ok := l.placeOf(s, root)
	if !ok {
		return skeleton{}, nil, false, &NotKubernetesError{"쿠버네티스 매니페스트로 읽을 수 없어 실행하지 않았습니다."}
	}
	return c.skeleton, c.path, c.list, nil
}

func parseRows(rows []row) (*yaml.Node, error) {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.text + "\n")
	}
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(b.String()), &n); err != nil {
		return nil, err
	}
	return resolved(&n), nil
}

// wrap puts our own lines above rows, so that they stand at a path.
func wrap(rows []row, root *yaml.Node, path []step, list bool) []row {
	if len(path) == 0 {
		return rows
	}
	var out []row
	indent, dash := 0, ""
	emit := func(s string) {
		out = append(out, row{text: strings.Repeat(" ", indent-len(dash)) + dash + s})
		dash = ""
	}
	for i, st := range path {
		emit(st.name + ":")
		last := i == len(path)-1
		switch {
		case !st.list:
			indent += 2
		case last && list: // the rows themselves are the list
		default:
			indent, dash = indent+2, "- "
			item := parseOwn("{" + strings.Trim(itemOf(st.name), "{}") + "}")
			for k := 0; k+1 < len(item.Content); k += 2 {
				if !last || value(root, item.Content[k].Value) == nil {
					emit(item.Content[k].Value + ": " + flow(item.Content[k+1]))
				}
			}
		}
	}
	for _, r := range rows {
		if strings.TrimSpace(r.text) != "" {
			pad := strings.Repeat(" ", indent)
			if dash != "" && !strings.HasPrefix(strings.TrimSpace(r.text), "#") {
				pad, dash = strings.Repeat(" ", indent-2)+dash, ""
			}
			r.text, r.shift = pad+r.text, r.shift+indent
		}
		out = append(out, r)
	}
	return out
}

// A filler adds the keys that a skeleton has and a document lacks.
type filler struct {
	rows []row
	adds []addition
}

// An addition is lines that go before the line of this index.
type addition struct {
	before int
	lines  []string
}

func (f *filler) add(before int, lines []string) { f.adds = append(f.adds, addition{before, lines}) }

// done is the rows with all additions.
func (f *filler) done() []row {
	slices.SortStableFunc(f.adds, func(a, b addition) int { return a.before - b.before })
	var out []row
	k := 0
	for i := 0; i <= len(f.rows); i++ {
		for ; k < len(f.adds) && f.adds[k].before == i; k++ {
			for _, line := range f.adds[k].lines {
				out = append(out, row{text: line})
			}
		}
		if i < len(f.rows) {
			out = append(out, f.rows[i])
		}
	}
	return out
}

// fill adds to mapping n what sk has more; list names the list that n is an
// item of.
func (f *filler) fill(n, sk *yaml.Node, list string) {
	if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle != 0 || len(n.Content) == 0 {
		return
	}
	first := n.Content[0]
	line, col := first.Line-1, first.Column-1
	// A missing key goes behind the one that the skeleton has before it, or to
	// the head of the mapping; there is no line before a dash.
	before := line
	if strings.TrimSpace(f.rows[line].text[:col]) != "" {
		before = f.keyEnd(line, col)
	}
	for i := 0; i+1 < len(sk.Content); i += 2 {
		key, want := sk.Content[i].Value, sk.Content[i+1]
		k := keyNode(n, key)
		if k == nil {
			f.add(before, render(key, want, col))
			continue
		}
		before = f.keyEnd(k.Line-1, col)
		f.fillValue(k, value(n, key), want)
	}
	f.fillItems(n)
}

// fillValue completes the value of a key that the author wrote.
func (f *filler) fillValue(key, have, want *yaml.Node) {
	r := &f.rows[key.Line-1]
	switch {
	case !isNull(have):
		if want.Kind == yaml.MappingNode {
			f.fill(have, want, "")
		}
	case want.Kind == yaml.ScalarNode || len(want.Content) == 0:
		at := strings.Index(r.text, key.Value+":") + len(key.Value) + 1
		r.text = r.text[:at] + " " + flow(want) + r.text[at:]
	default:
		f.add(key.Line, render(key.Value, want, key.Column-1)[1:])
	}
}

// fillItems completes items of the lists that need something, such as the
// image of a container.
func (f *filler) fillItems(n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := resolved(n.Content[i+1])
		item := itemOf(n.Content[i].Value)
		if v.Kind != yaml.SequenceNode || item == "" {
			continue
		}
		for k, it := range v.Content {
			sk := parseOwn(item)
			if k > 0 && value(sk, "name") != nil {
				setValue(sk, "name", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: ownName + "-" + string(rune('1'+k%9))})
			}
			if n.Content[i].Value != "volumes" && n.Content[i].Value != "env" || f.rows[it.Line-1].cut {
				f.fill(resolved(it), sk, n.Content[i].Value)
			}
		}
	}
}

// volumes adds the volumes that a container mounts, where the author showed no
// volumes at all.
func (f *filler) volumes(root *yaml.Node) {
	spec := podSpec(root)
	if spec == nil || value(spec, "volumes") != nil || len(spec.Content) == 0 || spec.Style&yaml.FlowStyle != 0 {
		return
	}
	var claimed, names []string
	if claims := at(root, "spec", "volumeClaimTemplates"); claims != nil {
		for _, c := range claims.Content {
			claimed = append(claimed, text(resolved(c), "metadata", "name"))
		}
	}
	for _, list := range []string{"initContainers", "containers"} {
		containers := value(spec, list)
		if containers == nil {
			continue
		}
		for _, c := range containers.Content {
			mounts := value(c, "volumeMounts")
			if mounts == nil {
				continue
			}
			for _, m := range mounts.Content {
				if name := text(m, "name"); name != "" && !slices.Contains(names, name) && !slices.Contains(claimed, name) {
					names = append(names, name)
				}
			}
		}
	}
	if len(names) == 0 {
		return
	}
	col := spec.Content[0].Column - 1
	pad := strings.Repeat(" ", col)
	lines := []string{pad + "volumes:"}
	for _, name := range names {
		lines = append(lines, pad+"- name: "+name, pad+"  emptyDir: {}")
	}
	f.add(spec.Content[0].Line-1, lines)
}

// podSpec is the Pod's spec within a document of any kind, or nil.
func podSpec(root *yaml.Node) *yaml.Node {
	for _, path := range [][]string{
		{"spec", "jobTemplate", "spec", "template", "spec"},
		{"spec", "template", "spec"},
		{"spec"},
	} {
		if spec := at(root, path...); spec != nil && value(spec, "containers") != nil {
			return spec
		}
	}
	return nil
}

// keyEnd is the index of the first line after the block of the key that stands
// at col of a line. A list may stand at its key's own column.
func (f *filler) keyEnd(line, col int) int {
	end := line + 1
	for i := line + 1; i < len(f.rows); i++ {
		t := strings.TrimSpace(f.rows[i].text)
		if t == "" || strings.HasPrefix(t, "#") {
			continue
		}
		if in := indentOf(f.rows[i].text); in < col || in == col && !strings.HasPrefix(t, "- ") {
			break
		}
		end = i + 1
	}
	return end
}

func keyNode(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i]
		}
	}
	return nil
}

// Locate is the place in the note of a line and a column of Text, both from 1,
// columns in runes. It is the zero Pos on a line that we added.
func (m Manifest) Locate(line, col int) parser.Pos {
	if line < 1 || line > len(m.Lines) || m.Lines[line-1].Line == 0 {
		return parser.Pos{}
	}
	p := m.Lines[line-1]
	p.Col += max(0, col-1-m.shiftOf(line))
	return p
}

func (m Manifest) shiftOf(line int) int {
	if line-1 < len(m.shifts) {
		return m.shifts[line-1]
	}
	return 0
}

// lineText is a line, from 1, of Text.
func (m Manifest) lineText(line int) string {
	lines := strings.Split(m.Text, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	return lines[line-1]
}

func runes(s string) int { return utf8.RuneCountInString(s) }
