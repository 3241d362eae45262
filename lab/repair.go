package lab

import (
	"context"
	"strings"
)

// repairsMax bounds the edits of one repair.
const repairsMax = 8

// Repair puts fields right that the server does not know, by the edits that
// the check proposes, one after the other. ok is true only when the server
// accepts the result: a repair is proved, not guessed.
func (l *Lab) Repair(ctx context.Context, manifest string) (fixed string, ok bool, err error) {
	docs := cutDocuments(manifest)
	var parts []string
	for _, d := range docs {
		text, ok, err := l.repairDocument(ctx, manifest, parts, d.text)
		if err != nil || !ok {
			return "", false, err
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "---\n"), true, nil
}

// repairDocument repairs one document, which stands behind others.
func (l *Lab) repairDocument(ctx context.Context, manifest string, before []string, doc string) (string, bool, error) {
	world := l.fork()
	if err := prepare(world, manifest); err != nil {
		return "", false, err
	}
	for _, d := range before {
		if applyDocument(world, d) != nil {
			return "", false, nil
		}
		if err := world.Settle(ctx); err != nil {
			return "", false, err
		}
	}
	for range repairsMax {
		a := &attempt{lab: l, manifest: Manifest{Text: doc}, parsed: parsed{text: doc}, refusal: applyDocument(world.Fork(), doc)}
		if a.refusal == nil {
			return doc, true, nil
		}
		found := documents(doc)
		if len(found) != 1 || ctx.Err() != nil {
			return "", false, ctx.Err()
		}
		a.root, a.gvk = found[0].root, gvkOf(found[0].root)
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
	t := &target{lab: a.lab, lines: strings.Split(a.text, "\n"), doc: parsed{root: a.root, text: a.text}, gvk: a.gvk}
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

// diff is what changes between two texts, as lines with - and +.
func diff(old, now string) string {
	a, b := strings.Split(old, "\n"), strings.Split(now, "\n")
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out strings.Builder
	for _, line := range a[head : len(a)-tail] {
		out.WriteString("-" + line + "\n")
	}
	for _, line := range b[head : len(b)-tail] {
		out.WriteString("+" + line + "\n")
	}
	return out.String()
}
