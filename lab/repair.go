package lab

import (
	"context"
	"strings"

	"gieok/sim"
)

// repairsMax bounds the edits of one repair.
const repairsMax = 8

// Repair puts a manifest right by the edits that the check proposes, one after
// the other. ok is true only when the server accepts the result: a repair is
// proved, not guessed.
func (l *Lab) Repair(ctx context.Context, manifest string) (fixed string, ok bool, err error) {
	world := l.fork()
	if err := prepare(world, manifest); err != nil {
		return "", false, err
	}
	var parts []string
	for _, d := range cutDocuments(manifest) {
		text, ok, err := l.repairDocument(ctx, world, d.text)
		if err != nil || !ok {
			return "", false, err
		}
		parts = append(parts, text)
		if err := world.Settle(ctx); err != nil {
			return "", false, err
		}
	}
	return strings.Join(parts, "---\n"), true, nil
}

// repairDocument repairs one document and leaves it in the world.
func (l *Lab) repairDocument(ctx context.Context, world *sim.Cluster, doc string) (string, bool, error) {
	for range repairsMax {
		words, refusal, err := tryDocument(ctx, world, doc)
		if err != nil {
			return "", false, err
		}
		if refusal == nil {
			return doc, true, nil
		}
		if ctx.Err() != nil {
			return "", false, ctx.Err()
		}
		a := &attempt{lab: l, manifest: Manifest{Text: doc}, parsed: parsed{text: doc}, refusal: refusal, words: words}
		if found := documents(doc); len(found) == 1 {
			a.root, a.gvk = found[0].root, gvkOf(found[0].root)
		}
		next, ok := a.edit()
		if !ok || next == doc {
			return "", false, nil
		}
		doc = next
	}
	return "", false, nil
}

// edit makes the first edit that the refusal asks for.
func (a *attempt) edit() (string, bool) {
	t := &target{lab: a.lab, lines: strings.Split(a.text, "\n"), doc: parsed{root: a.root, text: a.text}, gvk: a.gvk}
	if a.root == nil {
		return a.respaced()
	}
	for _, mend := range []func(*target) (string, bool){a.editField, a.editKind, a.editType, a.editValue, a.editSelector} {
		if next, ok := mend(t); ok {
			return next, true
		}
	}
	return "", false
}

// editField moves, lifts, respells or drops the first field that is not known.
func (a *attempt) editField(t *target) (string, bool) {
	all := unknownField.FindAllStringSubmatch(a.refusal.Error(), -1)
	if len(all) == 0 {
		return "", false
	}
	hops := readPath(all[0][1])
	key, depth := keyAt(a.root, hops)
	if key == nil || depth < len(hops) || len(hops) == 0 {
		return "", false
	}
	parent, name := hops[:len(hops)-1], hops[len(hops)-1].key
	s := spot{path: hops, key: key, value: at2(a.root, hops), parent: at2(a.root, parent)}
	typ, ok := a.structAt(parent)
	if !ok || s.value == nil || s.parent == nil || !t.alone(s) {
		return "", false
	}
	if inner := a.lab.schemas.knownWithin(s.value, typ); inner != "" {
		return t.lifted(s, inner)
	}
	if m, ok := a.moveOf(parent, name); ok {
		return t.moved(s, m)
	}
	if f, ok := a.lab.schemas.near(typ, name); ok && value(s.parent, f.name) == nil {
		return t.withKey(s, f.name), true
	}
	if n := len(a.lab.schemas.fieldsOf(typ)); n > 0 && n <= listedMax {
		return t.without(s)
	}
	return "", false
}

// block is the lines of a key and all below it, moved to a column from 0.
func (t *target) block(s spot, col int) []string {
	var out []string
	by := col - (s.key.Column - 1)
	for n := s.key.Line; n < t.blockEnd(s); n++ {
		line := t.line(n)
		if n == s.key.Line {
			line = strings.Repeat(" ", s.key.Column-1) + string([]rune(line)[s.key.Column-1:])
		}
		switch {
		case strings.TrimSpace(line) == "":
		case by >= 0:
			line = strings.Repeat(" ", by) + line
		default:
			line = line[min(-by, indentOf(line)):]
		}
		out = append(out, line)
	}
	return out
}

// moved takes a key out of its parent and puts it where it belongs.
func (t *target) moved(s spot, m move) (string, bool) {
	key, _ := keyAt(t.doc.root, m.beside)
	if key == nil || t.dashed(s) {
		return "", false
	}
	beside := spot{path: m.beside, key: key, value: at2(t.doc.root, m.beside)}
	col, after := key.Column-1, t.blockEnd(beside)
	if m.into {
		v := beside.value
		if m.list {
			v = resolved(v.Content[len(v.Content)-1])
		}
		col = firstKey(v).Column - 1
	}
	lines, end := t.block(s, col), t.blockEnd(s)
	if after >= end {
		with := append(strings.Split(t.edited(s.key.Line, end), "\n")[s.key.Line-1:after-1-(end-s.key.Line)], lines...)
		return t.edited(s.key.Line, after, with...), true
	}
	var between []string
	for n := after; n < s.key.Line; n++ {
		between = append(between, t.line(n))
	}
	return t.edited(after, end, append(lines, between...)...), true
}

// lifted replaces a key by what stands below it under a name that its parent
// knows.
func (t *target) lifted(s spot, name string) (string, bool) {
	var find func(path []hop) (spot, bool)
	find = func(path []hop) (spot, bool) {
		n := at2(t.doc.root, path)
		if n == nil {
			return spot{}, false
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			p := append(path[:len(path):len(path)], hop{key: n.Content[i].Value})
			in := spot{p, n.Content[i], resolved(n.Content[i+1]), n}
			if n.Content[i].Value == name {
				return in, true
			}
			if deeper, ok := find(p); ok {
				return deeper, true
			}
		}
		return spot{}, false
	}
	in, ok := find(s.path)
	if !ok || !t.alone(in) {
		return "", false
	}
	lines := t.block(in, s.key.Column-1)
	head := []rune(t.line(s.key.Line))[:s.key.Column-1]
	lines[0] = string(head) + strings.TrimLeft(lines[0], " ")
	return t.edited(s.key.Line, t.blockEnd(s), lines...), true
}
