package lab

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"gieok/korean"

	"go.yaml.in/yaml/v3"
)

var (
	unknownField = regexp.MustCompile(`unknown field "([^"]*)"`)
	// placesMax is above how many places a field is too common a word to say
	// where it belongs.
	placesMax = 3
	// listedMax bounds the fields that a fix lists.
	listedMax = 12
)

// findUnknownFields reports every field that strict decoding does not know.
func findUnknownFields(a *attempt) []Finding {
	all := unknownField.FindAllStringSubmatch(a.refusal.Error(), -1)
	if a.root == nil || all == nil {
		return nil
	}
	var out []Finding
	for _, m := range all {
		hops := readPath(m[1])
		key, depth := keyAt(a.root, hops)
		if key == nil || depth < len(hops) || len(hops) == 0 {
			continue
		}
		parent, name := hops[:len(hops)-1], hops[len(hops)-1].key
		where := "매니페스트의 맨 위"
		if len(parent) > 0 {
			where = spellHops(parent)
		}
		f := a.finding(a.at(key.Line, key.Column),
			fmt.Sprintf("%s에는 %s 필드가 없습니다. API 서버: %s", where, korean.With(name, "이라는/라는"), m[0]),
			a.fieldFix(parent, name))
		if a.cutBelow(parent, key) {
			f.Severity = SeverityNotice
			f.Fix = ""
			f.Message = fmt.Sprintf("생략된 줄이 있어 %s 어디에 속하는지 확인하지 못했습니다. API 서버: %s", korean.With(name, "이/가"), m[0])
		}
		out = append(out, f)
	}
	return out
}

// cutBelow tells whether the author left lines out between the parent's key
// and its first child, so that the child may belong to what was left out.
func (a *attempt) cutBelow(parent []hop, key *yaml.Node) bool {
	above, _ := keyAt(a.root, parent)
	if above == nil || above.Line >= key.Line {
		return false
	}
	for n := above.Line + 1; n <= key.Line; n++ {
		if strings.TrimSpace(a.line(n)) != "" && a.at(n, 1).Line > 0 {
			return a.cutAbove(n)
		}
	}
	return false
}

// structAt is the Go type of the value at a path.
func (a *attempt) structAt(path []hop) (reflect.Type, bool) {
	t, ok := a.lab.schemas.typeOf(a.gvk)
	if !ok {
		return nil, false
	}
	for _, h := range path {
		switch {
		case h.key == "" && isList(t):
			t = elem(t)
		case h.key != "" && t.Kind() == reflect.Map:
			t = elem(t)
		default:
			f, ok := a.lab.schemas.field(t, h.key)
			if !ok {
				return nil, false
			}
			t = f.typ
		}
	}
	return t, true
}

// fieldFix says what to do with a field that its parent does not know: lift
// what belongs here out of it, move it to where it is known, spell it right,
// or choose among what there is.
func (a *attempt) fieldFix(parent []hop, name string) string {
	t, ok := a.structAt(parent)
	if !ok {
		return ""
	}
	if inner := a.lab.schemas.knownWithin(at2(a.root, append(slices.Clip(parent), hop{key: name})), t); inner != "" {
		return fmt.Sprintf("%s 없애고, 그 안의 %s 바로 %s 아래에 두세요.", korean.With(name, "을/를"), korean.With(inner, "을/를"), spellHops(parent))
	}
	root, _ := a.lab.schemas.typeOf(a.gvk)
	known := a.lab.schemas.pathsOf(root, name)
	if m, ok := a.moveOf(parent, name); ok {
		return fmt.Sprintf("%s %s 자리로 옮기세요. %s", korean.With(name, "을/를"), m.to, m.advice())
	}
	if n := len(known); n > 0 && n <= placesMax {
		return fmt.Sprintf("%s %s 자리로 옮기세요.", korean.With(name, "을/를"), nearest(known, spellHops(parent)))
	}
	if f, ok := a.lab.schemas.near(t, name); ok {
		return fmt.Sprintf("%s의 철자가 틀렸습니다. %s 적으세요.", name, korean.With(f.name, "으로/로"))
	}
	fields := a.lab.schemas.fieldsOf(t)
	if len(fields) == 0 {
		return ""
	}
	if len(fields) <= listedMax {
		var names []string
		for _, f := range fields {
			names = append(names, f.name)
		}
		slices.Sort(names)
		return fmt.Sprintf("%s 지우세요. %s에 쓸 수 있는 필드는 %s입니다.", korean.With(name, "을/를"), whereWords(parent), strings.Join(names, ", "))
	}
	if len(known) > 0 {
		return fmt.Sprintf("%s %s 같은 자리에 씁니다.", korean.With(name, "은/는"), nearest(known, spellHops(parent)))
	}
	return fmt.Sprintf("%s 지우거나, 맞는 필드 이름으로 고치세요.", korean.With(name, "을/를"))
}

func whereWords(parent []hop) string {
	if len(parent) == 0 {
		return "맨 위"
	}
	return spellHops(parent)
}

// nearest is the path that shares most with where the field stands now; paths
// come with the shortest first.
func nearest(paths []string, now string) string {
	best, shared := "", -1
	for _, p := range paths {
		n := 0
		for n < len(p) && n < len(now) && p[n] == now[n] {
			n++
		}
		if n > shared {
			best, shared = p, n
		}
	}
	return best
}

// A move takes a key from where its struct does not know it to one nearby that
// does: out, beside a key above it, or into the mapping or the last item of
// the list that stands right above it.
type move struct {
	to      string // the path where it belongs
	beside  []hop  // the key that it goes beside or, with into, the one it goes below
	into    bool
	list    bool // of into: the last item of a list
	sibling string
}

func (m move) advice() string {
	switch {
	case m.list:
		return fmt.Sprintf("%s 아래 항목의 필드와 같은 칸으로 들여 쓰면 됩니다.", m.sibling)
	case m.into:
		return fmt.Sprintf("%s 아래로 한 단계 들여 쓰면 됩니다.", m.sibling)
	}
	return fmt.Sprintf("%s 같은 칸으로 내어 쓰면 됩니다.", korean.With(m.sibling, "과/와"))
}

// moveOf finds the nearest place where a slip of the indent may have taken the
// key from: below what stands right above it, then what stands around it.
func (a *attempt) moveOf(parent []hop, name string) (move, bool) {
	own := at2(a.root, append(parent[:len(parent):len(parent)], hop{key: name}))
	if own == nil {
		return move{}, false
	}
	if m, ok := a.moveInto(parent, name, own); ok {
		return m, true
	}
	for i := len(parent) - 1; i >= 0; i-- {
		if parent[i].key == "" {
			continue
		}
		around := parent[:i]
		t, ok := a.structAt(around)
		if !ok || value(at2(a.root, around), name) != nil {
			continue
		}
		if f, ok := a.lab.schemas.field(t, name); ok && fits(own, f.typ) {
			to := name
			if len(around) > 0 {
				to = spellHops(around) + "." + name
			}
			return move{to: to, beside: parent[:i+1], sibling: parent[i].key}, true
		}
	}
	return move{}, false
}

// moveInto looks at the keys above name in its own mapping, the nearest first.
func (a *attempt) moveInto(parent []hop, name string, own *yaml.Node) (move, bool) {
	n := at2(a.root, parent)
	if len(parent) == 0 {
		n = a.root
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return move{}, false
	}
	at := 0
	for at+1 < len(n.Content) && n.Content[at].Value != name {
		at += 2
	}
	for i := at - 2; i >= 0; i -= 2 {
		k, v := n.Content[i].Value, resolved(n.Content[i+1])
		m := move{beside: append(parent[:len(parent):len(parent)], hop{key: k}), into: true, sibling: k}
		m.to = spellHops(m.beside) + "." + name
		t, ok := a.structAt(m.beside)
		if ok && isList(t) && v.Kind == yaml.SequenceNode && len(v.Content) > 0 {
			m.list, m.to = true, spellHops(m.beside)+"[]."+name
			t, v = elem(t), resolved(v.Content[len(v.Content)-1])
		}
		if !ok || v.Kind != yaml.MappingNode || len(v.Content) == 0 || value(v, name) != nil {
			continue
		}
		if f, ok := a.lab.schemas.field(t, name); ok && fits(own, f.typ) {
			return m, true
		}
	}
	return move{}, false
}

// at2 is the value at a path, or nil.
func at2(root *yaml.Node, path []hop) *yaml.Node {
	n := root
	for _, h := range path {
		if n = resolved(n); h.key == "" {
			if n.Kind != yaml.SequenceNode || h.item >= len(n.Content) {
				return nil
			}
			n = n.Content[h.item]
		} else if n = value(n, h.key); n == nil {
			return nil
		}
	}
	return n
}

// knownWithin is a key somewhere below n that a struct knows and that holds a
// mapping or a list: it slipped one level too deep.
func (s *schemas) knownWithin(n *yaml.Node, t reflect.Type) string {
	if n == nil || resolved(n).Kind != yaml.MappingNode {
		return ""
	}
	n = resolved(n)
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := resolved(n.Content[i+1])
		if f, ok := s.field(t, n.Content[i].Value); ok && v.Kind != yaml.ScalarNode && fits(v, f.typ) {
			return f.name
		}
		if inner := s.knownWithin(v, t); inner != "" {
			return inner
		}
	}
	return ""
}
