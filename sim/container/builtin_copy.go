package container

import (
	"fmt"
	"path"
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
