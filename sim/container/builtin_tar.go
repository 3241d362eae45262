package container

import (
	"archive/tar"
	"bytes"
	"io"
	"path"
	"strings"
)

// tarFiles packs, lists and unpacks archives of files whose bytes are known.
func tarFiles(c *call) outcome {
	args := c.args[1:]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		args = append([]string{"-" + args[0]}, args[1:]...)
	}
	set, archive, dir := map[rune]bool{}, "", c.t.dir
	var names []string
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		if !strings.HasPrefix(a, "-") || a == "-" {
			names = append(names, a)
			continue
		}
		for i, o := range a[1:] {
			set[o] = true
			switch {
			case o == 'f' && i < len(a)-2:
				return c.unsupported(a)
			case (o == 'f' || o == 'C') && len(args) == 0:
				return c.unsupported(a)
			case o == 'f':
				archive, args = args[0], args[1:]
			case o == 'C':
				dir, args = c.t.abs(args[0]), args[1:]
			case !strings.ContainsRune("cxtvzpm", o):
				return c.unsupported(a)
			}
		}
	}
	switch {
	case set['c']:
		return c.tarPack(archive, dir, names, set)
	case set['x'] || set['t']:
		return c.tarUnpack(archive, dir, names, set)
	}
	return c.unsupported("of this form")
}

func (c *call) tarPack(archive, dir string, names []string, set map[rune]bool) outcome {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	status := 0
	for _, n := range names {
		if err := c.tarAdd(w, dir, n, set['v'], 0); err != nil {
			c.file("list", n, err)
			status = 1
		}
		if c.p.over() {
			return done(0)
		}
	}
	if err := w.Close(); err != nil {
		return c.unsupported("of these files")
	}
	text := b.String()
	if set['z'] {
		text, _ = recode(text, false)
	}
	if archive == "" || archive == "-" {
		c.out(text)
	} else if err := c.write(c.t.abs(archive), text, false); err != nil {
		c.file("open", archive, err)
		return done(1)
	}
	return done(status)
}

func (c *call) tarAdd(w *tar.Writer, dir, name string, verbose bool, depth int) error {
	at := path.Join(dir, name)
	if path.IsAbs(name) {
		at = path.Clean(name)
	}
	n, err := c.lstat(at)
	switch {
	case err != nil:
		return err
	case depth > treeDepthMax || c.p.instant > stepsInstantMax || n.Opaque:
		return errNotFilled
	}
	c.p.charge(256 + len(n.Data))
	inside := strings.TrimPrefix(name, "/")
	head := &tar.Header{Name: inside, Mode: int64(n.Mode), Uid: int(n.Owner), Gid: int(n.Group), Size: int64(len(n.Data)), ModTime: c.p.now, Linkname: n.Link, Typeflag: tar.TypeReg}
	if n.Dir {
		head.Name, head.Typeflag = strings.TrimSuffix(inside, "/")+"/", tar.TypeDir
	} else if n.Link != "" {
		head.Typeflag = tar.TypeSymlink
	}
	if verbose {
		c.emit(2, head.Name+"\n")
	}
	if err := w.WriteHeader(head); err != nil {
		return errNotFilled
	}
	if _, err := io.WriteString(w, n.Data); err != nil {
		return errNotFilled
	}
	if !n.Dir {
		return nil
	}
	names, err := c.view.list(at)
	if err != nil {
		return err
	}
	for _, e := range names {
		if err := c.tarAdd(w, dir, strings.TrimSuffix(name, "/")+"/"+e, verbose, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) tarUnpack(archive, dir string, only []string, set map[rune]bool) outcome {
	text, again := "", false
	if archive == "" || archive == "-" {
		if text, again = c.input(); again {
			return outcome{again: true}
		}
	} else {
		var err error
		if text, err = c.view.read(c.t.abs(archive)); err != nil {
			c.file("open", archive, err)
			return done(1)
		}
	}
	if strings.HasPrefix(text, "\x1f\x8b") {
		text, _ = recode(text, true)
	}
	r := tar.NewReader(strings.NewReader(text))
	for count := 0; ; count++ {
		h, err := r.Next()
		if err == io.EOF && count > 0 {
			return done(0)
		}
		if err != nil || count > filesMax {
			c.complain("tar: invalid tar magic")
			return done(1)
		}
		if len(only) > 0 && !matchesAny(only, h.Name) {
			continue
		}
		if set['t'] || set['v'] {
			c.out(h.Name + "\n")
		}
		if set['t'] {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(r, fileBytesMax))
		if err == nil {
			err = c.tarPut(path.Join(dir, h.Name), h, string(data))
		}
		if err != nil {
			c.file("open", h.Name, err)
			return done(1)
		}
	}
}

func matchesAny(list []string, name string) bool {
	for _, l := range list {
		l = strings.TrimPrefix(l, "/")
		if strings.TrimSuffix(name, "/") == strings.TrimSuffix(l, "/") || strings.HasPrefix(name, strings.TrimSuffix(l, "/")+"/") {
			return true
		}
	}
	return false
}

func (c *call) tarPut(at string, h *tar.Header, data string) error {
	c.p.charge(256 + len(data))
	for dir := path.Dir(at); ; dir = path.Dir(dir) {
		if _, err := c.stat(dir); err == nil {
			break
		} else if err := c.makeDirs(dir); err != nil {
			return err
		}
	}
	switch h.Typeflag {
	case tar.TypeDir:
		if err := c.view.mkdir(at); err != nil && err != errExists {
			return err
		}
	case tar.TypeSymlink:
		return c.link(h.Linkname, at)
	default:
		if err := c.write(at, data, false); err != nil {
			return err
		}
	}
	place := c.locate(at)
	n := place.vol.Nodes[place.name]
	n.Mode = uint32(h.Mode) & 0o7777
	place.vol.Set(place.name, n)
	return nil
}

// makeDirs makes a directory and those above it.
func (c *call) makeDirs(dir string) error {
	if _, err := c.stat(dir); err == nil {
		return nil
	}
	if err := c.makeDirs(path.Dir(dir)); err != nil {
		return err
	}
	return c.view.mkdir(dir)
}
