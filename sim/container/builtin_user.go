package container

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// entries reads a file such as /etc/passwd of the container.
func (c *call) entries(file string) [][]string {
	n, err := c.stat(file)
	if err != nil {
		return nil
	}
	var out [][]string
	for line := range strings.Lines(n.Data) {
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) > 2 {
			out = append(out, f)
		}
	}
	return out
}

func (c *call) nameOf(file string, id int64) (string, bool) {
	text := strconv.FormatInt(id, 10)
	for _, f := range c.entries(file) {
		if f[2] == text {
			return f[0], true
		}
	}
	return text, false
}

func (c *call) userName(id int64) string  { name, _ := c.nameOf("/etc/passwd", id); return name }
func (c *call) groupName(id int64) string { name, _ := c.nameOf("/etc/group", id); return name }

// idOf reads a name or a number.
func (c *call) idOf(file, name string) (int64, bool) {
	for _, f := range c.entries(file) {
		if f[0] == name {
			id, err := strconv.ParseInt(f[2], 10, 64)
			return id, err == nil
		}
	}
	id, err := strconv.ParseInt(name, 10, 64)
	return id, err == nil
}

// groupsOf are the groups of a user beside its own, by /etc/group.
func (c *call) groupsOf(user string) []int64 {
	var out []int64
	for _, f := range c.entries("/etc/group") {
		if len(f) > 3 && slices.Contains(strings.Split(f[3], ","), user) {
			if id, err := strconv.ParseInt(f[2], 10, 64); err == nil {
				out = append(out, id)
			}
		}
	}
	return out
}

func id(c *call) outcome {
	set, names, bad := c.options("ugGn")
	u := c.p.spec.User
	if bad != "" {
		return c.unsupported(bad)
	}
	groups := append([]int64{u.Group}, u.Groups...)
	if len(names) > 0 {
		uid, ok := c.idOf("/etc/passwd", names[0])
		if !ok {
			c.complain("id: unknown user %s", names[0])
			return done(1)
		}
		u, groups = User{ID: uid, Group: uid}, []int64{uid}
		for _, f := range c.entries("/etc/passwd") {
			if f[0] == names[0] {
				u.Group, _ = strconv.ParseInt(f[3], 10, 64)
				groups = []int64{u.Group}
			}
		}
	}
	if user, known := c.nameOf("/etc/passwd", u.ID); known && len(u.Groups) == 0 {
		groups = append(groups, c.groupsOf(user)...)
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	label := func(file string, n int64) string {
		if name, ok := c.nameOf(file, n); ok {
			return fmt.Sprintf("%d(%s)", n, name)
		}
		return strconv.FormatInt(n, 10)
	}
	var list, numbers, words []string
	for _, g := range groups {
		list = append(list, label("/etc/group", g))
		numbers = append(numbers, strconv.FormatInt(g, 10))
		words = append(words, c.groupName(g))
	}
	one := func(file string, n int64) string {
		if set['n'] {
			name, _ := c.nameOf(file, n)
			return name
		}
		return strconv.FormatInt(n, 10)
	}
	switch {
	case set['u']:
		c.out(one("/etc/passwd", u.ID) + "\n")
	case set['g']:
		c.out(one("/etc/group", u.Group) + "\n")
	case set['G'] && set['n']:
		c.out(strings.Join(words, " ") + "\n")
	case set['G']:
		c.out(strings.Join(numbers, " ") + "\n")
	default:
		c.out(fmt.Sprintf("uid=%s gid=%s groups=%s\n", label("/etc/passwd", u.ID), label("/etc/group", u.Group), strings.Join(list, ",")))
	}
	return done(0)
}

func whoami(c *call) outcome {
	u := c.p.spec.User.ID
	name, ok := c.nameOf("/etc/passwd", u)
	switch {
	case len(c.args) > 1:
		return c.unsupported(c.args[1])
	case !ok && c.p.image.flavour == gnu:
		c.complain("whoami: cannot find name for user ID %d", u)
	case !ok:
		c.complain("whoami: unknown uid %d", u)
	default:
		c.out(name + "\n")
		return done(0)
	}
	return done(1)
}
