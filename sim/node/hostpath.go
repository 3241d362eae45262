package node

import (
	"fmt"
	"path"
	"strings"

	"gieok/sim/container"

	corev1 "k8s.io/api/core/v1"
)

// What every Linux node with a kubelet and containerd has. What lies in it
// depends on the machine and is not reproduced.
const (
	hostDirs = "bin boot dev dev/shm etc home lib media mnt opt proc root run run/containerd sbin srv sys sys/fs sys/fs/cgroup tmp " +
		"usr usr/bin usr/lib usr/local usr/sbin usr/share var var/cache var/lib var/lib/containerd var/lib/kubelet var/lib/kubelet/pods " +
		"var/log var/log/containers var/log/pods var/spool var/tmp"
	hostFiles = "etc/group etc/hostname etc/hosts etc/passwd etc/resolv.conf"
)

// hostDisk is the file tree of a node.
func (k *Kubelet) hostDisk(node string) *container.Volume {
	key := "host/" + node
	if k.disk[key] == nil {
		vol := container.NewVolume()
		vol.Set(".", container.Node{Dir: true, Mode: 0o755, Opaque: true})
		for d := range strings.FieldsSeq(hostDirs) {
			vol.Set(d, container.Node{Dir: true, Mode: 0o755, Opaque: true})
		}
		for f := range strings.FieldsSeq(hostFiles) {
			vol.Set(f, container.Node{Mode: 0o644, Opaque: true})
		}
		k.disk[key] = vol
	}
	return k.disk[key]
}

// hostName is a path of a node as its tree has it. /var/run is a link.
func hostName(p string) string {
	name := strings.TrimPrefix(path.Clean(p), "/")
	if rest, ok := strings.CutPrefix(name+"/", "var/run/"); ok {
		name = path.Join("run", rest)
	}
	if name == "" {
		return "."
	}
	return name
}

// hostKinds is what a type of a hostPath is called in messages.
func hostKinds(t corev1.HostPathType) string {
	switch t {
	case corev1.HostPathDirectory, corev1.HostPathDirectoryOrCreate:
		return "directory"
	case corev1.HostPathSocket:
		return "socket file"
	case corev1.HostPathCharDev:
		return "character device"
	case corev1.HostPathBlockDev:
		return "block device"
	}
	return "file"
}

// hostType is the check of a hostPath's type (volume/hostpath's checkType), as
// far as the node's files are known.
func (k *Kubelet) hostType(p *pod, h *corev1.HostPathVolumeSource) error {
	if h.Type == nil || *h.Type == corev1.HostPathUnset {
		return nil
	}
	at, name, kind := h.Path, hostName(h.Path), *h.Type
	nodes := k.hostDisk(p.obj.Spec.NodeName).Nodes
	n, ok := nodes[name]
	switch {
	case !ok && kind == corev1.HostPathDirectoryOrCreate:
		return nil
	case !ok && kind == corev1.HostPathFileOrCreate:
		if _, ok := nodes[path.Dir(name)]; !ok && hostMissing(path.Dir(name)) {
			return fmt.Errorf("open %s: no such file or directory", at)
		}
		return nil
	case !ok && hostMissing(name):
		return fmt.Errorf("hostPath type check failed, %s is not a %s, unable to determine its type: lstat %s: no such file or directory", at, hostKinds(kind), at)
	case !ok:
		return nil
	}
	is, want := "File", hostKinds(kind)
	if n.Dir {
		is = "Directory"
	}
	if strings.ToLower(is) != want {
		return fmt.Errorf("hostPath type check failed: %s is not a %s, it's a %s", at, want, is)
	}
	return nil
}

// hostMissing tells whether the node surely has nothing at a path that no Pod
// has made: below the usual places for data there is only what Pods put there,
// and a directory at the root that no Linux has does not exist.
func hostMissing(name string) bool {
	top, _, below := strings.Cut(name, "/")
	if strings.Contains(" bin boot dev etc lib lib64 media proc root run sbin sys usr var ", " "+top+" ") {
		return false
	}
	return below || !strings.Contains(" home mnt opt srv tmp ", " "+top+" ")
}

// hostEmpty tells whether a directory of the node that is not among its own
// can be taken to be made for who mounts it.
func hostEmpty(name string) bool {
	top, rest, below := strings.Cut(name, "/")
	switch top {
	case "bin", "boot", "dev", "etc", "lib", "lib64", "media", "proc", "root", "run", "sbin", "sys", "usr":
		return false
	case "var":
		return !strings.HasPrefix(rest, "log") && !strings.HasPrefix(rest, "lib/kubelet") && !strings.HasPrefix(rest, "lib/containerd")
	}
	return below || hostMissing(name)
}

// hostMount shows a directory or file of the node. One that nobody has made
// before is empty.
func (k *Kubelet) hostMount(p *pod, h *corev1.HostPathVolumeSource, m *container.Mount) string {
	vol, name, kind := k.hostDisk(p.obj.Spec.NodeName), hostName(h.Path), corev1.HostPathUnset
	if h.Type != nil {
		kind = *h.Type
	}
	_, known := vol.Nodes[name]
	switch {
	case known:
	case (kind == corev1.HostPathUnset || kind == corev1.HostPathDirectoryOrCreate) && hostEmpty(name):
		vol.PutDir(name)
	case kind == corev1.HostPathFileOrCreate && hostMissing(name):
		vol.Put(name, "", 0o644)
	default:
		return "what the node has at " + h.Path
	}
	m.Volume, m.Sub = "host/"+p.obj.Spec.NodeName, path.Join(name, m.Sub)
	return ""
}
