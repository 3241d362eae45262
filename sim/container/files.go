package container

import (
	"errors"
	"path"
	"slices"
	"strings"
)

// What can go wrong with a file; the text is that of strerror.
var (
	errMissing   = errors.New("No such file or directory")
	errDenied    = errors.New("Permission denied")
	errReadOnly  = errors.New("Read-only file system")
	errIsDir     = errors.New("Is a directory")
	errNotDir    = errors.New("Not a directory")
	errExists    = errors.New("File exists")
	errNotEmpty  = errors.New("Directory not empty")
	errNoSpace   = errors.New("No space left on device")
	errLoop      = errors.New("Too many levels of symbolic links")
	errNotFilled = errors.New("not reproduced") // the real image has something here
)

// view is the file tree of one container.
type view struct {
	disk   Disk
	mounts []Mount // the first is "/"
	who    User
	proc   *Process // for /proc and /sys, and to tell it what is not the real thing; nil in tests
}

// A User is on whose behalf a process runs. The zero value is root.
type User struct {
	ID     int64
	Group  int64
	Groups []int64 // besides Group
}

// may tells whether a user has a right (4 to read, 2 to write) on a node. Root
// has every right.
func (u User) may(n Node, right uint32) bool {
	switch {
	case u.ID == 0:
		return true
	case u.ID == n.Owner:
		right <<= 6
	case u.Group == n.Group || slices.Contains(u.Groups, n.Group):
		right <<= 3
	}
	return n.Mode&right != 0
}

// mayChange tells whether entries of the directory around a place can be made
// and removed.
func (v view) mayChange(at place) bool {
	dir, ok := at.vol.Nodes[path.Dir(at.name)]
	return !ok || v.who.may(dir, 2)
}

type place struct {
	vol      *Volume
	name     string // inside vol
	readOnly bool
	mount    string // path of the mount
}

// place finds where a path without symbolic links lies.
func (v view) place(p string) place {
	best := -1
	for i := range v.mounts {
		m := &v.mounts[i]
		if (best < 0 || len(m.Path) > len(v.mounts[best].Path)) && (m.Path == "/" || strings.HasPrefix(p, m.Path) && (len(p) == len(m.Path) || p[len(m.Path)] == '/')) {
			best = i
		}
	}
	m := &v.mounts[best]
	rest := strings.TrimPrefix(strings.TrimPrefix(p, m.Path), "/")
	return place{vol: v.disk[m.Volume], name: path.Join(m.Sub, rest, "."), readOnly: m.ReadOnly, mount: m.Path}
}

// locate finds where a path lies in the end.
func (v view) locate(p string) place {
	if q, err := v.resolve(p, false); err == nil {
		p = q
	}
	return v.place(path.Clean(p))
}

// linksMax is how many symbolic links Linux follows on one path.
const linksMax = 40

// resolve follows the symbolic links of a path; the last name is left as it is
// if keep is set.
func (v view) resolve(p string, keep bool) (string, error) {
	done, rest := "/", strings.TrimPrefix(path.Clean(p), "/")
	for hops := 0; rest != ""; {
		name, after, _ := strings.Cut(rest, "/")
		next := path.Join(done, name)
		link := ""
		if !keep || after != "" {
			if at := v.place(next); at.vol != nil {
				link = at.vol.Nodes[at.name].Link
			}
		}
		if link == "" {
			done, rest = next, after
			continue
		}
		if hops++; hops > linksMax {
			return "", errLoop
		}
		if !path.IsAbs(link) {
			link = path.Join(done, link)
		}
		done, rest = "/", strings.TrimPrefix(path.Join(link, after), "/")
	}
	return done, nil
}

// stat finds the node at p. A path of which nothing is known for sure gives
// errNotFilled, one that surely does not exist errMissing.
func (v view) stat(p string) (Node, error) { return v.look(p, false) }

// lstat is stat of a symbolic link itself.
func (v view) lstat(p string) (Node, error) { return v.look(p, true) }

func (v view) look(p string, keep bool) (Node, error) {
	p, err := v.resolve(p, keep)
	if err != nil {
		return Node{}, err
	}
	if n, ok := v.proc.kernelFile(p); ok {
		return n, nil
	}
	at := v.place(p)
	if at.vol == nil {
		return Node{}, errNotFilled
	}
	if n, ok := at.vol.Nodes[at.name]; ok {
		return n, nil
	}
	for dir := path.Dir(at.name); ; dir = path.Dir(dir) {
		if n, ok := at.vol.Nodes[dir]; ok {
			switch {
			case n.Opaque:
				return Node{}, errNotFilled
			case !n.Dir:
				return Node{}, errNotDir
			}
			return v.madeForMount(p)
		}
		if dir == "." || dir == "/" {
			return v.madeForMount(p)
		}
	}
}

// madeForMount finds a directory that exists because a runtime makes those on
// the way to a mount.
func (v view) madeForMount(p string) (Node, error) {
	for _, m := range v.mounts {
		if strings.HasPrefix(m.Path, path.Clean(p)+"/") {
			return Node{Dir: true, Mode: 0o755}, nil
		}
	}
	return Node{}, errMissing
}

func (v view) read(p string) (string, error) {
	n, err := v.stat(p)
	switch {
	case err != nil:
		return "", err
	case n.Dir:
		return "", errIsDir
	case !v.who.may(n, 4):
		return "", errDenied
	case n.Opaque:
		return "", errNotFilled
	}
	if n.Like && v.proc != nil {
		v.proc.cut = true
	}
	return n.Data, nil
}

// parent checks that p can be made or changed and gives its place; a symbolic
// link at p is followed unless keep is set.
func (v view) parent(p string, keep bool) (place, error) {
	p, err := v.resolve(p, keep)
	if err != nil {
		return place{}, err
	}
	at := v.place(p)
	switch {
	case at.vol == nil:
		return at, errNotFilled
	case kernelPath(p):
		return at, errReadOnly
	}
	if p != at.mount {
		dir, err := v.stat(path.Dir(p))
		if err != nil {
			return at, err
		}
		if !dir.Dir {
			return at, errNotDir
		}
	}
	if at.readOnly {
		return at, errReadOnly
	}
	return at, nil
}

func (v view) write(p, data string, add bool) error {
	at, err := v.parent(p, false)
	if err != nil {
		return err
	}
	old, ok := at.vol.Nodes[at.name]
	switch {
	case ok && old.Dir:
		return errIsDir
	case ok && !v.who.may(old, 2) || !ok && !v.mayChange(at):
		return errDenied
	case ok && old.Opaque && add:
		return errNotFilled
	case !ok && at.vol.Nodes[path.Dir(at.name)].Opaque && add:
		return errNotFilled // the file may be there already
	case !ok:
		old = Node{Mode: 0o666 &^ v.proc.maskOf(), Owner: v.who.ID, Group: v.groupIn(at)}
	}
	if add {
		data = old.Data + data
	}
	if len(data) > fileBytesMax || len(at.vol.Nodes) >= filesMax {
		return errNotFilled
	}
	room := at.vol.room(at.name, int64(len(data)))
	full := room < int64(len(data))
	at.vol.Set(at.name, Node{Mode: old.Mode, Owner: old.Owner, Group: old.Group, Data: data[:room], Like: old.Like && add, Time: v.time()})
	if full {
		return errNoSpace
	}
	return nil
}

// link makes a symbolic link.
func (v view) link(target, p string) error {
	at, err := v.parent(p, true)
	if err != nil {
		return err
	}
	if _, ok := at.vol.Nodes[at.name]; ok {
		return errExists
	}
	if !v.mayChange(at) {
		return errDenied
	}
	if len(at.vol.Nodes) >= filesMax || at.vol.Nodes[path.Dir(at.name)].Opaque {
		return errNotFilled
	}
	at.vol.Set(at.name, Node{Mode: 0o777, Owner: v.who.ID, Group: v.who.Group, Link: target, Time: v.time()})
	return nil
}

func (v view) mkdir(p string) error {
	at, err := v.parent(p, true)
	if err != nil {
		return err
	}
	if _, ok := at.vol.Nodes[at.name]; ok {
		return errExists
	}
	if !v.mayChange(at) {
		return errDenied
	}
	if len(at.vol.Nodes) >= filesMax || at.vol.Nodes[path.Dir(at.name)].Opaque {
		return errNotFilled
	}
	mode := 0o777&^v.proc.maskOf() | at.vol.Nodes[path.Dir(at.name)].Mode&setGroup
	at.vol.Set(at.name, Node{Dir: true, Mode: mode, Owner: v.who.ID, Group: v.groupIn(at), Time: v.time()})
	return nil
}

// time is the present, for what is written.
func (v view) time() int64 {
	if v.proc == nil {
		return 0
	}
	return v.proc.now.Unix()
}

// setGroup is the bit of a directory that hands its group down.
const setGroup = 0o2000

// groupIn is the group of what is made at a place.
func (v view) groupIn(at place) int64 {
	if dir := at.vol.Nodes[path.Dir(at.name)]; dir.Mode&setGroup != 0 {
		return dir.Group
	}
	return v.who.Group
}

// remove deletes a file or, if all is set, a tree.
func (v view) remove(p string, all bool) error {
	n, err := v.lstat(p)
	if err != nil {
		return err
	}
	at, err := v.parent(p, true)
	if err != nil {
		return err
	}
	if !v.mayChange(at) {
		return errDenied
	}
	if n.Dir {
		for _, m := range v.mounts[1:] {
			if path.Clean(p) == m.Path || strings.HasPrefix(m.Path, path.Clean(p)+"/") {
				return errNotFilled // busy: what is removed first decides
			}
		}
		if !all && (n.Opaque || len(at.vol.list(at.name)) > 0) {
			return errNotEmpty
		}
	}
	nodes := at.vol.own()
	delete(nodes, at.name)
	if !n.Dir {
		return nil
	}
	for name := range nodes {
		if strings.HasPrefix(name, at.name+"/") {
			delete(nodes, name)
		}
	}
	return nil
}

// list gives the entries of a directory, mount points among them.
func (v view) list(p string) ([]string, error) {
	n, err := v.stat(p)
	switch {
	case err != nil:
		return nil, err
	case !n.Dir:
		return nil, errNotDir
	case !v.who.may(n, 4):
		return nil, errDenied
	case n.Opaque:
		return nil, errNotFilled
	}
	if p, err = v.resolve(p, false); err != nil {
		return nil, err
	}
	at := v.place(p)
	names := at.vol.list(at.name)
	for _, m := range v.mounts {
		rest, below := strings.CutPrefix(m.Path, strings.TrimSuffix(path.Clean(p), "/")+"/")
		if first, _, _ := strings.Cut(rest, "/"); below && first != "" && !slices.Contains(names, first) {
			names = append(names, first)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Written is how much was written to v since it was an image's.
func (v *Volume) Written() int64 {
	sum := int64(0)
	for _, n := range v.Nodes {
		if n.Time != 0 {
			sum += int64(len(n.Data)) + n.Size
		}
	}
	return sum
}
