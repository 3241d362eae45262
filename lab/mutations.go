package lab

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// mutationsMax bounds the mutations of one operator on one manifest.
const mutationsMax = 12

// An operator breaks or changes a manifest in one way, wherever it can.
type operator struct {
	name  string
	apply func(*target) []Mutation
}

// operators is every way to change a manifest; order is that of Mutate.
func operators() []operator {
	return []operator{
		{"drop", mutateDrop},
		{"misspell", mutateMisspell},
		{"outdent", mutateOutdent},
		{"type", mutateType},
		{"selector", mutateSelector},
		{"replicas", mutateReplicas},
		{"image", mutateImage},
		{"restart-policy", mutateRestartPolicy},
		{"namespace", mutateNamespace},
		{"reference", mutateReference},
		{"port", mutatePort},
		{"api-version", mutateAPIVersion},
		{"kind", mutateKind},
		{"name", mutateName},
		{"command", mutateCommand},
		{"request", mutateRequest},
		{"node-selector", mutateNodeSelector},
		{"tab", mutateTab},
		{"probe", mutateProbe},
		{"label", mutateLabel},
		{"key", mutateKey},
		{"base64", mutateBase64},
		{"schedule", mutateSchedule},
		{"service-type", mutateServiceType},
		{"case", mutateCase},
		{"dash", mutateDash},
		{"node-name", mutateNodeName},
		{"suspend", mutateSuspend},
		{"job-counts", mutateJobCounts},
	}
}

// A target is a manifest that an operator works on, document by document.
type target struct {
	lab   *Lab
	lines []string // of the whole manifest
	doc   parsed
	gvk   schema.GroupVersionKind
	op    string
}

// Mutate applies every operator to a manifest, wherever it fits. Nothing is
// run; order is that of the table and of the manifest.
func (l *Lab) Mutate(m Manifest) []Mutation {
	var out []Mutation
	docs := documents(m.Text)
	for _, op := range operators() {
		var made []Mutation
		for _, d := range docs {
			t := &target{lab: l, lines: strings.Split(m.Text, "\n"), doc: d, gvk: gvkOf(d.root), op: op.name}
			made = append(made, op.apply(t)...)
		}
		made = slices.DeleteFunc(made, func(x Mutation) bool { return x.Text == m.Text })
		out = append(out, made[:min(len(made), mutationsMax)]...)
	}
	return out
}

// A spot is a key of the document with its path.
type spot struct {
	path       []hop
	key, value *yaml.Node
	parent     *yaml.Node
}

// where writes the path as the API server does.
func (s spot) where() string {
	var b strings.Builder
	for i, h := range s.path {
		switch {
		case h.key == "":
			fmt.Fprintf(&b, "[%d]", h.item)
		case i > 0:
			b.WriteString("." + h.key)
		default:
			b.WriteString(h.key)
		}
	}
	return b.String()
}

func (s spot) name() string { return s.path[len(s.path)-1].key }

// spots are the keys of block mappings that a struct of Kubernetes knows, in
// the order of the document.
func (t *target) spots() []spot {
	a := &attempt{lab: t.lab, parsed: t.doc, gvk: t.gvk}
	var out []spot
	var walk func(n *yaml.Node, path []hop)
	walk = func(n *yaml.Node, path []hop) {
		n = resolved(n)
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				p := append(path[:len(path):len(path)], hop{key: n.Content[i].Value})
				out = append(out, spot{p, n.Content[i], resolved(n.Content[i+1]), n})
				walk(n.Content[i+1], p)
			}
		case yaml.SequenceNode:
			for i, item := range n.Content {
				walk(item, append(path[:len(path):len(path)], hop{item: i}))
			}
		}
	}
	walk(t.doc.root, nil)
	return slices.DeleteFunc(out, func(s spot) bool {
		parent, known := a.structAt(s.path[:len(s.path)-1])
		if !known || parent.Kind() != reflect.Struct || !t.alone(s) {
			return true
		}
		_, known = t.lab.schemas.field(parent, s.name())
		return !known
	})
}

// alone tells whether a key is the first thing on its line, besides dashes.
func (t *target) alone(s spot) bool {
	line := []rune(t.line(s.key.Line))
	return s.key.Column-1 <= len(line) && strings.Trim(string(line[:s.key.Column-1]), " -") == ""
}

// line is a line of the document, from 1.
func (t *target) line(n int) string {
	if i := t.doc.first + n - 1; i >= 0 && i < len(t.lines) {
		return t.lines[i]
	}
	return ""
}

// dashed tells whether a key stands behind the dash of a list item.
func (t *target) dashed(s spot) bool {
	return strings.Contains(t.line(s.key.Line)[:min(len(t.line(s.key.Line)), s.key.Column-1)], "-")
}

// blockEnd is the line, from 1, after the last one of a key's block.
func (t *target) blockEnd(s spot) int {
	col := s.key.Column - 1
	n := s.key.Line + 1
	end := n
	for ; t.doc.first+n-1 < len(t.lines); n++ {
		line := t.line(n)
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if document.MatchString(line) {
			break
		}
		in := indentOf(line)
		if in < col || in == col && !(s.value.Kind == yaml.SequenceNode && strings.HasPrefix(trimmed, "- ")) {
			break
		}
		end = n + 1
	}
	return end
}

// edited is the manifest with the lines from..to (from 1, to excluded) of the
// document replaced.
func (t *target) edited(from, to int, with ...string) string {
	f, e := t.doc.first+from-1, t.doc.first+to-1
	out := append(slices.Clone(t.lines[:f]), with...)
	return strings.Join(append(out, t.lines[e:]...), "\n")
}

// withValue is the manifest with a scalar replaced; ok is false for a value
// that does not end on its key's line.
func (t *target) withValue(s spot, value string) (string, bool) {
	v := s.value
	if v.Kind != yaml.ScalarNode || v.Line != s.key.Line || v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return "", false
	}
	line := []rune(t.line(v.Line))
	from := v.Column - 1
	to := tokenEnd(line, from)
	return t.edited(v.Line, v.Line+1, string(line[:from])+value+string(line[to:])), true
}

// tokenEnd is the index after the scalar that begins at from.
func tokenEnd(line []rune, from int) int {
	if from >= len(line) {
		return len(line)
	}
	if q := line[from]; q == '"' || q == '\'' {
		for i := from + 1; i < len(line); i++ {
			if line[i] == '\\' && q == '"' {
				i++
			} else if line[i] == q {
				return i + 1
			}
		}
		return len(line)
	}
	for i := from; i < len(line); i++ {
		if line[i] == '#' && i > 0 && line[i-1] == ' ' {
			for i > from && line[i-1] == ' ' {
				i--
			}
			return i
		}
	}
	return len([]rune(strings.TrimRight(string(line), " ")))
}

// withKey is the manifest with a key spelt otherwise.
func (t *target) withKey(s spot, key string) string {
	line := []rune(t.line(s.key.Line))
	from := s.key.Column - 1
	return t.edited(s.key.Line, s.key.Line+1, string(line[:from])+key+string(line[tokenLen(line, from, s.key):]))
}

func tokenLen(line []rune, from int, key *yaml.Node) int {
	n := len([]rune(key.Value))
	if key.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		n += 2
	}
	return min(len(line), from+n)
}

// without is the manifest without a key and all below it; ok is false when
// that would leave a list item without its dash.
func (t *target) without(s spot) (string, bool) {
	end := t.blockEnd(s)
	if !t.dashed(s) {
		if len(s.parent.Content) == 2 {
			return "", false // the parent would be empty, which is another thing
		}
		return t.edited(s.key.Line, end), true
	}
	if len(s.parent.Content) < 4 || s.parent.Content[2].Line != end {
		return "", false
	}
	line := t.line(end)
	col := s.key.Column - 1
	dash := t.line(s.key.Line)[:col]
	return t.edited(s.key.Line, end+1, dash+line[col:]), true
}

// insert is the manifest with lines of ours before a line of the document.
func (t *target) insert(before int, lines ...string) string {
	return t.edited(before, before, lines...)
}

func (t *target) made(s spot, text, says string) Mutation {
	return Mutation{Operator: t.op, Path: s.where(), Text: text, Says: says}
}

// named are the spots of these names.
func (t *target) named(names ...string) []spot {
	return slices.DeleteFunc(t.spots(), func(s spot) bool { return !slices.Contains(names, s.name()) })
}

// under tells whether a key stands directly below one of these.
func (s spot) under(names ...string) bool {
	return len(s.path) > 1 && slices.Contains(names, s.path[len(s.path)-2].key)
}
