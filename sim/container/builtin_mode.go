package container

import (
	"fmt"
	"strconv"
	"strings"
)

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
