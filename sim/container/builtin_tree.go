package container

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// copyFile is cp and mv.
func copyFile(c *call) outcome {
	set, names, bad := c.options("fprRavndPLTi")
	if bad != "" || set['T'] || set['i'] || set['n'] {
		return c.unsupported(bad)
	}
	if len(names) < 2 {
		if c.p.image.flavour == gnu && len(names) == 1 {
			c.complain("%s: missing destination file operand after '%s'\nTry '%s --help' for more information.", c.args[0], names[0], c.args[0])
			return done(1)
		}
		return c.unsupported("of this form")
	}
	to := names[len(names)-1]
	into := false
	if n, err := c.stat(c.t.abs(to)); err == nil && n.Dir {
		into = true
	} else if err == errNotFilled {
		c.file("", to, err)
		return done(1)
	}
	if len(names) > 2 && !into {
		c.complain("%s: target '%s': No such file or directory", c.args[0], to)
		return done(1)
	}
	deep := set['r'] || set['R'] || set['a'] || c.args[0] == "mv"
	status := 0
	for _, from := range names[:len(names)-1] {
		target := to
		if into {
			target = strings.TrimSuffix(to, "/") + "/" + path.Base(from)
		}
		if err := c.transfer(from, target, deep); err != nil {
			status = 1
		} else if set['v'] {
			c.out(fmt.Sprintf("'%s' -> '%s'\n", from, target))
		}
	}
	return done(status)
}

// transfer copies or moves one name; what went wrong has been said.
func (c *call) transfer(from, to string, deep bool) error {
	say := func(verb, name string, err error) error { c.file(verb, name, err); return err }
	a, b := c.t.abs(from), c.t.abs(to)
	n, err := c.lstat(a)
	if err == nil && n.Link != "" && !deep {
		n, err = c.stat(a)
	}
	switch {
	case err != nil:
		return say("stat", from, err)
	case a == b:
		c.complain("%s: '%s' and '%s' are the same file", c.args[0], from, to)
		return errExists
	case n.Dir && !deep && c.p.image.flavour == gnu:
		c.complain("cp: -r not specified; omitting directory '%s'", from)
		return errIsDir
	case n.Dir && !deep:
		c.complain("cp: omitting directory '%s'", from)
		return errIsDir
	case n.Dir && strings.HasPrefix(b, a+"/"):
		c.complain("%s: cannot copy a directory, '%s', into itself, '%s'", c.args[0], from, to)
		return errIsDir
	}
	if err := c.copyTree(a, b, 0); err != nil {
		return say("", to, err)
	}
	if c.args[0] == "mv" {
		if err := c.remove(a, true); err != nil {
			return say("remove", from, err)
		}
	}
	return nil
}

// treeDepthMax bounds how deep a tree is copied or looked through.
const treeDepthMax = 64

func (c *call) copyTree(from, to string, depth int) error {
	n, err := c.lstat(from)
	if depth == 0 && err == nil && n.Link != "" && c.args[0] == "cp" {
		n, err = c.stat(from)
	}
	c.p.charge(256 + len(n.Data))
	switch {
	case err != nil:
		return err
	case depth > treeDepthMax || c.p.instant > stepsInstantMax:
		return errNotFilled
	case n.Opaque && n.Dir:
		return errNotFilled
	case n.Link != "":
		return c.link(n.Link, to)
	case n.Dir:
		if old, err := c.stat(to); err != nil || !old.Dir {
			if err := c.view.mkdir(to); err != nil {
				return err
			}
		}
		names, err := c.view.list(from)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := c.copyTree(path.Join(from, name), path.Join(to, name), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if !c.who.may(n, 4) {
		return errDenied
	}
	if err := c.write(to, n.Data, false); err != nil {
		return err
	}
	at := c.locate(to)
	made := at.vol.Nodes[at.name]
	made.Mode, made.Like, made.Opaque, made.Size = n.Mode&0o777, n.Like, n.Opaque, n.Size
	at.vol.Set(at.name, made)
	return nil
}

// ln makes symbolic links; a hard one is a copy, which nothing here can tell
// from it until one of both changes, and therefore not known.
func ln(c *call) outcome {
	set, names, bad := c.options("sfnvT")
	if bad != "" || !set['s'] || len(names) == 0 || len(names) > 2 {
		return c.unsupported(bad)
	}
	to := path.Base(names[0])
	if len(names) == 2 {
		to = names[1]
		if n, err := c.stat(c.t.abs(to)); err == nil && n.Dir && !set['n'] {
			to = strings.TrimSuffix(to, "/") + "/" + path.Base(names[0])
		}
	}
	if _, err := c.lstat(c.t.abs(to)); err == nil && set['f'] {
		if err := c.remove(c.t.abs(to), false); err != nil {
			c.file("", to, err)
			return done(1)
		}
	}
	err := c.link(names[0], c.t.abs(to))
	switch {
	case err == errNotFilled:
		c.p.unknown("the file " + to)
	case err != nil && c.p.image.flavour == gnu:
		c.complain("ln: failed to create symbolic link '%s': %v", to, err)
	case err != nil:
		c.complain("ln: %s: %v", to, err)
	default:
		return done(0)
	}
	return done(1)
}

func readlink(c *call) outcome {
	set, names, bad := c.options("fne")
	if bad != "" || len(names) == 0 {
		return c.unsupported(bad)
	}
	status := 0
	for _, n := range names {
		text := ""
		if node, err := c.lstat(c.t.abs(n)); set['f'] || set['e'] || c.args[0] == "realpath" {
			p, err2 := c.resolve(c.t.abs(n), false)
			if _, there := c.stat(path.Dir(c.t.abs(n))); err2 == nil && there == nil {
				text = p
			}
			if err == errMissing && c.args[0] == "realpath" && c.p.image.flavour == busybox {
				text = ""
			}
		} else if err == nil {
			text = node.Link
		}
		if text == "" {
			status = 1
			if c.args[0] == "realpath" {
				c.complain("realpath: %s: No such file or directory", n)
			}
			continue
		}
		c.out(text + map[bool]string{true: "", false: "\n"}[set['n']])
	}
	return done(status)
}

// statFile prints what is known of a node; the times are those of now.
func statFile(c *call) outcome {
	args := c.args[1:]
	format, follow := "", false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case args[0] == "-L":
			follow = true
		case (args[0] == "-c" || args[0] == "--format") && len(args) > 1:
			format, args = args[1], args[1:]
		case strings.HasPrefix(args[0], "-c") || strings.HasPrefix(args[0], "--format="):
			format = strings.TrimPrefix(strings.TrimPrefix(args[0], "--format="), "-c")
		default:
			return c.unsupported(args[0])
		}
		args = args[1:]
	}
	status := 0
	for _, n := range args {
		node, err := c.lstat(c.t.abs(n))
		if follow && err == nil {
			node, err = c.stat(c.t.abs(n))
		}
		if err != nil {
			c.file("stat", n, err)
			status = 1
			continue
		}
		if node.Opaque && node.Size == 0 && !node.Dir && (format == "" || strings.Contains(format, "%s")) {
			return c.unsupported("of a file that is not reproduced")
		}
		kind := "regular file"
		switch {
		case node.Dir:
			kind = "directory"
		case node.Link != "":
			kind = "symbolic link"
		case size(node) == 0:
			kind = "regular empty file"
		}
		if format == "" {
			c.p.cut = true
			stamp := c.p.now.UTC().Format("2006-01-02 15:04:05.000000000 +0000")
			c.out(fmt.Sprintf("  File: %s\n  Size: %-10d\tBlocks: %-10d IO Block: 4096   %s\nDevice: 30h/48d\tInode: 1048577     Links: 1\nAccess: (%04o/%s)  Uid: (%5d/%8s)   Gid: (%5d/%8s)\nAccess: %s\nModify: %s\nChange: %s\n",
				n, size(node), (size(node)+4095)/4096*8, kind, node.Mode, permissions(node), node.Owner, c.userName(node.Owner), node.Group, c.groupName(node.Group), stamp, stamp, stamp))
			continue
		}
		known := strings.NewReplacer("%a", fmt.Sprintf("%o", node.Mode), "%A", permissions(node), "%s", strconv.FormatInt(size(node), 10), "%n", n, "%F", kind,
			"%u", strconv.FormatInt(node.Owner, 10), "%U", c.userName(node.Owner), "%g", strconv.FormatInt(node.Group, 10), "%G", c.groupName(node.Group))
		text := known.Replace(format)
		if strings.Contains(text, "%") {
			return c.unsupported("-c " + format)
		}
		c.out(text + "\n")
	}
	return done(status)
}

// chmod sets permission bits, in octal or by letters.
func chmod(c *call) outcome {
	deep, args := false, c.args[1:]
	for len(args) > 0 && (args[0] == "-R" || args[0] == "-v" || args[0] == "-f") {
		deep = deep || args[0] == "-R"
		args = args[1:]
	}
	if len(args) < 2 {
		return c.unsupported("of this form")
	}
	change, ok := modeChange(args[0])
	if !ok {
		return c.unsupported(args[0])
	}
	return c.changeNodes(args[1:], deep, func(n Node) Node { n.Mode = change(n); return n })
}

// modeChange reads 755, u+x, go-w, a=r and the like.
func modeChange(s string) (func(Node) uint32, bool) {
	if mode, err := strconv.ParseUint(s, 8, 13); err == nil {
		return func(Node) uint32 { return uint32(mode) }, true
	}
	type step struct {
		who, bits uint32
		op        byte
		x         bool
	}
	var steps []step
	for clause := range strings.SplitSeq(s, ",") {
		i := strings.IndexAny(clause, "+-=")
		if i < 0 {
			return nil, false
		}
		st := step{op: clause[i]}
		for _, r := range clause[:i] {
			bits, ok := map[rune]uint32{'u': 0o700, 'g': 0o070, 'o': 0o007, 'a': 0o777}[r]
			if !ok {
				return nil, false
			}
			st.who |= bits
		}
		if st.who == 0 {
			st.who = 0o777
		}
		for _, r := range clause[i+1:] {
			bits, ok := map[rune]uint32{'r': 0o444, 'w': 0o222, 'x': 0o111, 'X': 0}[r]
			if !ok {
				return nil, false
			}
			st.bits |= bits
			st.x = st.x || r == 'X'
		}
		steps = append(steps, st)
	}
	return func(n Node) uint32 {
		m := n.Mode
		for _, st := range steps {
			bits := st.bits
			if st.x && (n.Dir || m&0o111 != 0) {
				bits |= 0o111
			}
			switch st.op {
			case '+':
				m |= bits & st.who
			case '-':
				m &^= bits & st.who
			default:
				m = m&^st.who | bits&st.who
			}
		}
		return m
	}, true
}

func chown(c *call) outcome {
	set, args, bad := c.options("Rvfh")
	if bad != "" || len(args) < 2 {
		return c.unsupported(bad)
	}
	user, group, both := strings.Cut(args[0], ":")
	if c.args[0] == "chgrp" {
		user, group, both = "", args[0], true
	}
	owner, ok := c.idOf("/etc/passwd", user)
	gid, ok2 := c.idOf("/etc/group", group)
	if user != "" && !ok || group != "" && !ok2 {
		if c.p.image.flavour == gnu {
			c.complain("%s: invalid user: '%s'", c.args[0], args[0])
		} else {
			c.complain("%s: unknown user %s", c.args[0], user)
		}
		return done(1)
	}
	if c.who.ID != 0 {
		c.complain("%s: %s: Operation not permitted", c.args[0], args[1])
		return done(1)
	}
	return c.changeNodes(args[1:], set['R'], func(n Node) Node {
		if user != "" {
			n.Owner = owner
		}
		if both && group != "" {
			n.Group = gid
		}
		return n
	})
}

// changeNodes changes what a node says of itself, in whole trees if deep.
func (c *call) changeNodes(names []string, deep bool, change func(Node) Node) outcome {
	status := 0
	for _, name := range names {
		at := c.locate(c.t.abs(name))
		node, err := c.stat(c.t.abs(name))
		switch {
		case err == nil && (at.readOnly || kernelPath(c.t.abs(name))):
			err = errReadOnly
		case err == nil && c.who.ID != 0 && c.who.ID != node.Owner:
			c.complain("%s: %s: Operation not permitted", c.args[0], name)
			status = 1
			continue
		}
		if err != nil {
			c.file("", name, err)
			status = 1
			continue
		}
		at.vol.Set(at.name, change(node))
		if !deep || !node.Dir {
			continue
		}
		for below, n := range at.vol.Nodes {
			if strings.HasPrefix(below, at.name+"/") || at.name == "." && below != "." {
				at.vol.Set(below, change(n))
			}
		}
	}
	return done(status)
}

// find walks trees: -name, -iname, -path, -type, -maxdepth, -mindepth, -empty,
// -size, -print, -delete, !, and -exec of one command a file.
func find(c *call) outcome {
	if c.f.stage == 0 {
		roots, tests, why := c.findTests()
		if why != "" {
			return c.unsupported(why)
		}
		var hits []string
		for _, r := range roots {
			n, err := c.lstat(c.t.abs(r))
			if err != nil {
				c.file("list", r, err)
				c.f.status = 1
				continue
			}
			c.walk(r, n, 0, tests, &hits)
		}
		if c.p.over() {
			return done(0)
		}
		if tests.command == nil {
			for _, h := range hits {
				if tests.remove && h != "." {
					if err := c.remove(c.t.abs(h), true); err != nil && err != errMissing {
						c.file("remove", h, err)
						c.f.status = 1
					}
				} else {
					c.out(h + tests.end)
				}
			}
			return done(c.f.status)
		}
		status := c.f.status
		if tests.together {
			words := slices.Concat(tests.command, hits)
			if len(hits) == 0 {
				return done(status)
			}
			return outcome{status: status, then: func() { c.t.push(frame{kind: frProgram, words: words}) }}
		}
		slices.Reverse(hits)
		command := tests.command
		return outcome{status: status, then: func() {
			for _, h := range hits {
				words := slices.Clone(command)
				for i := range words {
					words[i] = strings.ReplaceAll(words[i], "{}", h)
				}
				c.t.push(frame{kind: frProgram, words: words})
			}
		}}
	}
	return done(c.f.status)
}

type findTests struct {
	tests    []func(name string, n Node) bool
	min, max int
	remove   bool
	command  []string
	together bool
	end      string
}

func (c *call) findTests() (roots []string, t *findTests, why string) {
	t = &findTests{max: treeDepthMax, end: "\n"}
	args := c.args[1:]
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && args[0] != "!" && args[0] != "(" {
		roots, args = append(roots, args[0]), args[1:]
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	not := false
	add := func(f func(string, Node) bool) {
		if not {
			g := f
			f = func(s string, n Node) bool { return !g(s, n) }
		}
		t.tests, not = append(t.tests, f), false
	}
	for len(args) > 0 {
		a, value := args[0], ""
		args = args[1:]
		switch a {
		case "-name", "-iname", "-path", "-type", "-maxdepth", "-mindepth", "-size", "-user":
			if len(args) == 0 {
				return nil, nil, a
			}
			value, args = args[0], args[1:]
		}
		switch a {
		case "!", "-not":
			not = true
		case "-a", "-and", "-print":
		case "-print0":
			t.end = "\x00"
		case "-name":
			add(func(s string, _ Node) bool { return match(value, path.Base(s)) })
		case "-iname":
			add(func(s string, _ Node) bool { return match(strings.ToLower(value), strings.ToLower(path.Base(s))) })
		case "-path":
			add(func(s string, _ Node) bool { return match(value, s) })
		case "-type":
			add(func(_ string, n Node) bool {
				return map[string]bool{"d": n.Dir, "l": n.Link != "", "f": !n.Dir && n.Link == ""}[value]
			})
		case "-user":
			id, _ := c.idOf("/etc/passwd", value)
			add(func(_ string, n Node) bool { return n.Owner == id })
		case "-empty":
			add(func(s string, n Node) bool {
				names, _ := c.view.list(c.t.abs(s))
				return n.Dir && len(names) == 0 && !n.Opaque || !n.Dir && size(n) == 0 && !n.Opaque
			})
		case "-size":
			unit := map[byte]int64{'k': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'c': 1}[value[len(value)-1]]
			n, err := strconv.ParseInt(strings.Trim(value, "+-kMGc"), 10, 32)
			if unit == 0 || err != nil {
				return nil, nil, "-size " + value
			}
			add(func(_ string, node Node) bool {
				have := (size(node) + unit - 1) / unit
				return value[0] == '+' && have > n || value[0] == '-' && have < n || have == n && value[0] != '+' && value[0] != '-'
			})
		case "-maxdepth", "-mindepth":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				return nil, nil, a
			}
			if a == "-maxdepth" {
				t.max = min(n, treeDepthMax)
			} else {
				t.min = n
			}
		case "-delete":
			t.remove = true
		case "-exec":
			end := slices.IndexFunc(args, func(s string) bool { return s == ";" || s == "+" })
			if end < 1 {
				return nil, nil, "-exec without an end"
			}
			t.command, t.together = args[:end], args[end] == "+"
			if t.together {
				t.command = slices.DeleteFunc(slices.Clone(t.command), func(s string) bool { return s == "{}" })
			}
			args = args[end+1:]
		default:
			return nil, nil, a
		}
	}
	return roots, t, ""
}

func (c *call) walk(name string, n Node, depth int, t *findTests, hits *[]string) {
	c.p.charge(128)
	if len(*hits) > wordFieldsMax || c.p.instant > stepsInstantMax {
		c.p.unknown("over 4,096 files")
		return
	}
	if depth >= t.min && !slices.ContainsFunc(t.tests, func(f func(string, Node) bool) bool { return !f(name, n) }) {
		*hits = append(*hits, name)
	}
	if !n.Dir || depth >= t.max {
		return
	}
	names, err := c.view.list(c.t.abs(name))
	if err == errNotFilled && (kernelPath(c.t.abs(name)) || c.t.abs(name) == "/dev") {
		return
	} else if err != nil {
		c.file("list", name, err)
		return
	}
	for _, e := range names {
		p := strings.TrimSuffix(name, "/") + "/" + e
		if below, err := c.lstat(c.t.abs(p)); err == nil {
			c.walk(p, below, depth+1, t, hits)
		}
		if c.p.over() {
			return
		}
	}
}

// du adds up the blocks of trees.
func du(c *call) outcome {
	set, names, bad := c.options("shakmc")
	if bad != "" || set['a'] || set['m'] || set['c'] {
		return c.unsupported(bad)
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	status := 0
	for _, name := range names {
		if n, err := c.lstat(c.t.abs(name)); err != nil {
			c.file("list", name, err)
			status = 1
		} else {
			c.usage(name, n, set['h'], set['s'], 0)
		}
	}
	return done(status)
}

func (c *call) usage(name string, n Node, h, whole bool, depth int) int64 {
	sum := (size(n) + 4095) / 4096 * 4096
	if n.Opaque && n.Size == 0 {
		c.p.cut = true
	}
	if !n.Dir || depth > treeDepthMax {
		return sum
	}
	names, _ := c.view.list(c.t.abs(name))
	c.p.charge(128 * len(names))
	for _, e := range names {
		p := strings.TrimSuffix(name, "/") + "/" + e
		if below, err := c.lstat(c.t.abs(p)); err == nil && c.p.instant <= stepsInstantMax {
			sum += c.usage(p, below, h, whole, depth+1)
		}
	}
	if depth == 0 || !whole {
		text := strconv.FormatInt(sum>>10, 10)
		if h {
			text = human(sum, c.p.image.flavour)
		}
		c.out(text + "\t" + name + "\n")
	}
	return sum
}

// mktemp makes a file or a directory whose name is like a random one.
func mktemp(c *call) outcome {
	set, names, bad := c.options("dqu")
	if bad != "" || len(names) > 1 || set['u'] {
		return c.unsupported(bad)
	}
	pattern := "/tmp/tmp.XXXXXX"
	if c.p.image.flavour == gnu {
		pattern = "/tmp/tmp.XXXXXXXXXX"
	}
	if len(names) == 1 {
		pattern = names[0]
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	seed := uint64(c.p.now.UnixNano()) ^ uint64(c.p.steps)<<20
	name := []byte(pattern)
	for i := len(name) - 1; i >= 0 && name[i] == 'X'; i-- {
		seed = seed*6364136223846793005 + 1442695040888963407
		name[i] = letters[seed>>33%uint64(len(letters))]
	}
	c.p.cut = true
	var err error
	if set['d'] {
		err = c.view.mkdir(c.t.abs(string(name)))
	} else {
		err = c.write(c.t.abs(string(name)), "", false)
	}
	if err != nil {
		c.file("", string(name), err)
		return done(1)
	}
	c.out(string(name) + "\n")
	return done(0)
}
