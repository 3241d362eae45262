package container

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ls lists one name a line, as it does when nobody looks at a terminal.
func ls(c *call) outcome {
	args := slices.DeleteFunc(slices.Clone(c.args), func(a string) bool { return strings.HasPrefix(a, "--color") || a == "--all" || a == "--no-group" })
	all := len(args) < len(c.args) && slices.Contains(c.args, "--all")
	o := &call{machine: c.machine, f: c.f, args: args}
	set, names, bad := o.options("1aAlhRdntrSFLpCsgi")
	if bad != "" || set['C'] || set['s'] || set['g'] || set['i'] {
		return c.unsupported(bad)
	}
	set['a'] = set['a'] || all
	if set['l'] || set['n'] {
		set['l'] = true
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	l := &lister{call: c, set: set}
	var files, dirs []string
	for _, n := range names {
		node, err := l.look(n)
		switch {
		case err != nil:
			l.fails(n, err)
		case node.Dir && !set['d']:
			dirs = append(dirs, n)
		default:
			files = append(files, n)
		}
	}
	l.print("", files, false)
	for i, d := range dirs {
		l.dir(d, len(names) > 1 || set['R'], i > 0 || len(files) > 0)
		if c.p.over() {
			break
		}
	}
	c.out(l.b.String())
	return done(l.status)
}

// lister is one run of ls.
type lister struct {
	*call
	set    map[rune]bool
	b      strings.Builder
	status int
}

// look is stat, but of a link itself where its line is asked for.
func (l *lister) look(name string) (Node, error) {
	if l.set['l'] && !l.set['L'] && !strings.HasSuffix(name, "/") || l.set['d'] {
		return l.lstat(l.t.abs(name))
	}
	n, err := l.stat(l.t.abs(name))
	if err == errMissing {
		return l.lstat(l.t.abs(name)) // a link to nowhere
	}
	return n, err
}

func (l *lister) fails(name string, err error) {
	l.file("list", name, err)
	if l.status = 1; l.p.image.flavour == gnu {
		l.status = 2
	}
}

func (l *lister) dir(name string, head, gap bool) {
	entries, err := l.view.list(l.t.abs(name))
	if err != nil {
		l.fails(name, err)
		return
	}
	l.p.charge(128 * (len(entries) + 1))
	if l.b.Len() > outputBytesMax || l.p.instant > stepsInstantMax {
		l.p.unknown("a listing of over 256 KiB")
		return
	}
	if gap {
		l.b.WriteString("\n")
	}
	if head {
		l.b.WriteString(name + ":\n")
	}
	shown := slices.DeleteFunc(entries, func(e string) bool { return strings.HasPrefix(e, ".") && !l.set['A'] && !l.set['a'] })
	below := slices.Clone(shown)
	if l.set['a'] {
		shown = append([]string{".", ".."}, shown...)
	}
	l.print(name, shown, l.set['l'])
	if !l.set['R'] {
		return
	}
	for _, e := range below {
		if n, err := l.lstat(l.t.abs(path.Join(name, e))); err == nil && n.Dir && !l.p.over() {
			l.dir(strings.TrimSuffix(name, "/")+"/"+e, true, true)
		}
	}
}

// print writes the entries of one directory, in long lines if asked for.
func (l *lister) print(dir string, names []string, total bool) {
	if l.set['r'] {
		slices.Reverse(names)
	}
	var rows [][]string
	blocks := int64(0)
	for _, e := range names {
		at := e
		if dir != "" {
			at = strings.TrimSuffix(dir, "/") + "/" + e
		}
		n, err := l.look(at)
		if err != nil {
			n = Node{Mode: 0o644}
		}
		blocks += (size(n) + 4095) / 4096 * 4
		if !l.set['l'] {
			l.b.WriteString(e + l.mark(n) + "\n")
			continue
		}
		rows = append(rows, l.row(n, l.t.abs(at), e))
	}
	if total {
		if text := fmt.Sprintf("total %d\n", blocks); l.set['h'] {
			l.b.WriteString("total " + human(blocks<<10, l.p.image.flavour) + "\n")
		} else {
			l.b.WriteString(text)
		}
	}
	l.align(rows)
}

// align sets rows: busybox has fixed columns, coreutils the widest of each.
func (l *lister) align(rows [][]string) {
	width := [5]int{0, 1, 1, 1, 1}
	if l.p.image.flavour == busybox {
		width = [5]int{0, 4, 8, 8, 9}
	} else {
		for _, r := range rows {
			for i := 1; i < 5; i++ {
				width[i] = max(width[i], len(r[i]))
			}
		}
	}
	gap := map[bool]string{true: " ", false: " "}[l.p.image.flavour == busybox]
	for _, r := range rows {
		fmt.Fprintf(&l.b, "%s%s%*s %-*s %-*s %*s %s %s\n", r[0], gap, width[1], r[1], width[2], r[2], width[3], r[3], width[4], r[4], r[5], r[6])
	}
}

func (l *lister) mark(n Node) string {
	switch {
	case n.Dir && (l.set['F'] || l.set['p']):
		return "/"
	case l.set['F'] && n.Link != "":
		return "@"
	case l.set['F'] && !n.Dir && n.Mode&0o111 != 0:
		return "*"
	}
	return ""
}

func size(n Node) int64 {
	switch {
	case n.Dir:
		return 4096
	case n.Link != "":
		return int64(len(n.Link))
	}
	return int64(len(n.Data)) + n.Size
}

// row is what ls -l says of one entry.
func (l *lister) row(n Node, at, name string) []string {
	links := 1
	if n.Dir {
		links = 2
		if names, err := l.view.list(at); err == nil {
			for _, e := range names {
				if below, err := l.lstat(path.Join(at, e)); err == nil && below.Dir {
					links++
				}
			}
			l.p.charge(64 * len(names))
		}
	}
	changed := time.Unix(n.Time, 0)
	if n.Time == 0 {
		l.p.cut = true // when, and how large, the image has it is not known
		changed = l.p.spec.Start
	}
	owner, group := l.userName(n.Owner), l.groupName(n.Group)
	if l.set['n'] {
		owner, group = strconv.FormatInt(n.Owner, 10), strconv.FormatInt(n.Group, 10)
	}
	bytes := strconv.FormatInt(size(n), 10)
	if l.set['h'] {
		bytes = human(size(n), l.p.image.flavour)
	}
	if n.Link != "" {
		name += " -> " + n.Link
	}
	return []string{permissions(n), strconv.Itoa(links), owner, group, bytes, changed.UTC().Format("Jan _2 15:04"), name + l.mark(n)}
}

// permissions are the ten letters of ls -l.
func permissions(n Node) string {
	kind := byte('-')
	switch {
	case n.Dir:
		kind = 'd'
	case n.Link != "":
		kind = 'l'
	}
	bits := []byte("rwxrwxrwx")
	for i := range bits {
		if n.Mode&(1<<(8-i)) == 0 {
			bits[i] = '-'
		}
	}
	special := func(at int, bit uint32, letter byte) {
		if n.Mode&bit != 0 {
			if bits[at] == '-' {
				letter -= 'a' - 'A'
			}
			bits[at] = letter
		}
	}
	special(2, 0o4000, 's')
	special(5, setGroup, 's')
	special(8, 0o1000, 't')
	return string(kind) + string(bits)
}

// human writes a size with a unit, as -h does.
func human(n int64, f flavour) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10)
	}
	v := float64(n)
	for _, unit := range "KMGTP" {
		if v /= 1024; v < 1024 {
			if v < 10 || f == busybox {
				return fmt.Sprintf("%.1f%c", v, unit)
			}
			return fmt.Sprintf("%.0f%c", v, unit)
		}
	}
	return strconv.FormatInt(n, 10)
}
