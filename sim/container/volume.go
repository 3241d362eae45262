package container

import (
	"maps"
	"path"
	"slices"
	"sync/atomic"
	"time"
)

// A Node is a file or a directory of a Volume.
type Node struct {
	Dir   bool
	Mode  uint32 // permission bits
	Owner int64  // user, 0 for root
	Group int64
	Data  string // of a file
	Link  string // target of a symbolic link, "" for what is none
	Time  int64  // last change, seconds since 1970; 0 if the image has it
	Size  int64  // bytes of a file whose data is not kept; with Opaque
	// Opaque marks what exists in the real image but is not reproduced: a
	// file whose bytes, or a directory whose entries, are not known.
	Opaque bool
	// Like marks a file whose bytes are like those of the real one and not
	// the same: who prints them has no log that is known to the letter.
	Like bool
}

// A Volume is a tree of files: the writable layer of one container, or a
// volume of a Pod. Keys are clean slash paths without the first slash; "." is
// the root. Nodes is for reading; a copy shares it until either side changes
// something, which Set and Remove see to.
type Volume struct {
	Nodes  map[string]Node
	Memory bool  // lies in the memory of whoever writes to it
	Limit  int64 // bytes that it can hold, 0: what its device can
	shared atomic.Bool
}

// NewVolume returns an empty directory.
func NewVolume() *Volume {
	return &Volume{Nodes: map[string]Node{".": {Dir: true, Mode: 0o777}}}
}

// Clone returns a copy that goes its own way from here.
func (v *Volume) Clone() *Volume {
	v.shared.Store(true)
	c := &Volume{Nodes: v.Nodes, Memory: v.Memory, Limit: v.Limit}
	c.shared.Store(true)
	return c
}

// own gives the nodes of v for changing.
func (v *Volume) own() map[string]Node {
	if v.shared.Load() {
		v.Nodes = maps.Clone(v.Nodes)
		v.shared.Store(false)
	}
	return v.Nodes
}

// Set puts a node at a name, which is clean; the directories on the way must
// be there.
func (v *Volume) Set(name string, n Node) { v.own()[name] = n }

// Stamp sets the time of all that has none.
func (v *Volume) Stamp(t time.Time) {
	nodes := v.own()
	for name, n := range nodes {
		if n.Time == 0 {
			n.Time = t.Unix()
			nodes[name] = n
		}
	}
}

// Put writes a file, making the directories on the way.
func (v *Volume) Put(name, data string, mode uint32) {
	name = path.Clean(name)
	v.PutDir(path.Dir(name))
	v.Set(name, Node{Mode: mode, Data: data})
}

// PutDir makes a directory and those above it.
func (v *Volume) PutDir(name string) {
	for n := path.Clean(name); ; n = path.Dir(n) {
		if _, ok := v.Nodes[n]; !ok {
			v.Set(n, Node{Dir: true, Mode: 0o755})
		}
		if n == "." || n == "/" {
			return
		}
	}
}

// Bytes is how much all files of v hold together.
func (v *Volume) Bytes() int64 {
	sum := int64(0)
	for _, n := range v.Nodes {
		sum += int64(len(n.Data)) + n.Size
	}
	return sum
}

// room is how many of the bytes that a file is to have fit into v.
func (v *Volume) room(name string, bytes int64) int64 {
	if v.Limit == 0 {
		return bytes
	}
	old := v.Nodes[name]
	return max(min(bytes, v.Limit-v.Bytes()+int64(len(old.Data))+old.Size), 0)
}

// list returns the names directly below dir, in order.
func (v *Volume) list(dir string) []string {
	var names []string
	for n := range v.Nodes {
		if n != "." && path.Dir(n) == dir {
			names = append(names, path.Base(n))
		}
	}
	slices.Sort(names)
	return names
}

// A Disk holds the volumes that processes see, by key. It belongs to whoever
// runs the processes, and is copied with a fork of the cluster.
type Disk map[string]*Volume

// Clone copies the disk with all of its volumes.
func (d Disk) Clone() Disk {
	c := make(Disk, len(d))
	for k, v := range d {
		c[k] = v.Clone()
	}
	return c
}

// A Mount shows the volume Volume of a Disk at Path of a container.
type Mount struct {
	Path     string // clean and absolute; "/" is the container's own layer
	Volume   string // key of the Disk
	Sub      string // path inside the volume, "" or "." for all of it; may name a file
	ReadOnly bool
	Memory   bool // lies in memory, as Secrets and emptyDir of medium Memory do
}
