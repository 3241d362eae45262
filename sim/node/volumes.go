package node

import (
	"fmt"
	"hash/crc32"
	"path"
	"slices"
	"strings"
	"time"

	"gieok/sim/container"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// Waits between two tries of a mount (nestedpendingoperations' back-off).
const (
	mountWaitFirst = 500 * time.Millisecond
	mountWaitMax   = 2*time.Minute + 2*time.Second
	mountTimeout   = 2*time.Minute + 3*time.Second // until the sync gives up waiting for volumes
)

// mount makes the volumes of a Pod; false means that one is missing, that an
// event says so, and that it is tried again.
func (k *Kubelet) mount(p *pod, now time.Time) bool {
	for _, v := range p.obj.Spec.Volumes {
		vol, err := k.fill(p, v)
		if err == nil && v.HostPath != nil {
			err = k.hostType(p, v.HostPath)
		}
		if err != nil {
			k.event(p, nil, corev1.EventTypeWarning, "FailedMount", fmt.Sprintf("MountVolume.SetUp failed for volume %q : %v", v.Name, err))
			if p.mountSince.IsZero() {
				p.mountSince = now
			}
			if since := now.Sub(p.mountSince); since >= mountTimeout {
				k.event(p, nil, corev1.EventTypeWarning, "FailedMount", fmt.Sprintf("Unable to attach or mount volumes: unmounted volumes=[%s], unattached volumes=[], failed to process volumes=[]: context deadline exceeded", v.Name))
				p.mountSince = now
			}
			p.mountWait = min(max(2*p.mountWait, mountWaitFirst), mountWaitMax)
			p.again(earlier(now.Add(p.mountWait), p.mountSince.Add(mountTimeout)))
			return false
		}
		if vol != nil {
			if vol.Memory = inMemory(&v); vol.Memory && v.EmptyDir.SizeLimit != nil {
				vol.Limit = v.EmptyDir.SizeLimit.Value() // the size of its tmpfs
			}
			if projectsFiles(&v) {
				vol = k.atomically(p, vol, now)
			}
			if v.Secret != nil || v.Projected != nil { // a tmpfs
				vol.Set(".", container.Node{Dir: true, Mode: 0o1777})
			}
			p.ownGroup(vol)
			vol.Stamp(now)
			k.disk[k.volumeKey(p, v.Name)] = vol
		}
	}
	return true
}

// refreshVolumes brings what was projected into files up to date; an object
// that has gone leaves the old files. Each volume is replaced as a whole.
func (k *Kubelet) refreshVolumes(p *pod, now time.Time) {
	for _, v := range p.obj.Spec.Volumes {
		if !projectsFiles(&v) {
			continue
		}
		if vol, err := k.fill(p, v); err == nil && !sameFiles(k.disk[k.volumeKey(p, v.Name)], vol) {
			root := k.disk[k.volumeKey(p, v.Name)].Nodes["."]
			vol = k.atomically(p, vol, now)
			vol.Set(".", root)
			p.ownGroup(vol)
			vol.Stamp(now)
			k.disk[k.volumeKey(p, v.Name)] = vol
		}
	}
}

func projectsFiles(v *corev1.Volume) bool {
	return v.ConfigMap != nil || v.Secret != nil || v.DownwardAPI != nil || v.Projected != nil
}

// dataLink is the link through which all files of a projected volume are read,
// so that one change of it changes them all (kubelet's AtomicWriter).
const dataLink = "..data"

// atomically lays files out as the kubelet's AtomicWriter does: in a directory
// named after the time, behind links.
func (k *Kubelet) atomically(p *pod, flat *container.Volume, now time.Time) *container.Volume {
	sum := crc32.ChecksumIEEE(fmt.Appendf(nil, "%s %d", p.obj.UID, now.UnixNano()))
	dir := fmt.Sprintf("..%s.%d", now.UTC().Format("2006_01_02_15_04_05"), sum)
	vol := container.NewVolume()
	vol.Memory = flat.Memory
	vol.PutDir(dir)
	vol.Set(dataLink, container.Node{Mode: 0o777, Link: dir})
	for name, n := range flat.Nodes {
		if name == "." {
			continue
		}
		vol.Set(dir+"/"+name, n)
		if top, _, below := strings.Cut(name, "/"); !below {
			vol.Set(top, container.Node{Mode: 0o777, Link: dataLink + "/" + top})
		}
	}
	return vol
}

// sameFiles tells whether a volume holds the files of flat and no others.
func sameFiles(vol, flat *container.Volume) bool {
	if vol == nil {
		return false
	}
	prefix, n := vol.Nodes[dataLink].Link+"/", 0
	for name, node := range vol.Nodes {
		name, below := strings.CutPrefix(name, prefix)
		if !below {
			continue
		}
		n++
		if other, ok := flat.Nodes[name]; !ok || other.Data != node.Data || other.Link != node.Link {
			return false
		}
	}
	return n == len(flat.Nodes)-1
}

func (k *Kubelet) volumeKey(p *pod, name string) string {
	return fmt.Sprintf("pod/%s/volume/%s", p.obj.UID, name)
}

// fill makes the files of a volume that belongs to the Pod; nil for one that
// lies elsewhere.
func (k *Kubelet) fill(p *pod, v corev1.Volume) (*container.Volume, error) {
	vol := container.NewVolume()
	switch {
	case v.ConfigMap != nil:
		s := v.ConfigMap
		return vol, k.putConfigMap(p, vol, s.Name, s.Items, isTrue(s.Optional), mode(s.DefaultMode))
	case v.Secret != nil:
		s := v.Secret
		return vol, k.putSecret(p, vol, s.SecretName, s.Items, isTrue(s.Optional), mode(s.DefaultMode))
	case v.DownwardAPI != nil:
		return vol, k.putDownward(p, vol, v.DownwardAPI.Items, mode(v.DownwardAPI.DefaultMode))
	case v.Projected != nil:
		for _, s := range v.Projected.Sources {
			if err := k.putProjected(p, vol, s, mode(v.Projected.DefaultMode)); err != nil {
				return nil, err
			}
		}
		return vol, nil
	case v.EmptyDir != nil, v == corev1.Volume{Name: v.Name}:
		return vol, nil
	}
	return nil, nil
}

func mode(m *int32) uint32 {
	if m == nil {
		return 0o644
	}
	return uint32(*m)
}

func (k *Kubelet) putProjected(p *pod, vol *container.Volume, s corev1.VolumeProjection, m uint32) error {
	switch {
	case s.ConfigMap != nil:
		return k.putConfigMap(p, vol, s.ConfigMap.Name, s.ConfigMap.Items, isTrue(s.ConfigMap.Optional), m)
	case s.Secret != nil:
		return k.putSecret(p, vol, s.Secret.Name, s.Secret.Items, isTrue(s.Secret.Optional), m)
	case s.DownwardAPI != nil:
		return k.putDownward(p, vol, s.DownwardAPI.Items, m)
	case s.ServiceAccountToken != nil:
		name := path.Clean(s.ServiceAccountToken.Path)
		vol.Put(name, "", m)
		vol.Set(name, container.Node{Mode: m, Opaque: true})
	}
	return nil
}

func (k *Kubelet) putConfigMap(p *pod, vol *container.Volume, name string, items []corev1.KeyToPath, optional bool, m uint32) error {
	cm, ok := registry.Get[*corev1.ConfigMap](k.r, p.obj.Namespace, name)
	if !ok {
		// The cluster's own certificate is in every namespace; it may come a
		// moment later than the first Pod.
		if name == "kube-root-ca.crt" {
			vol.Put("ca.crt", "", m)
			vol.Set("ca.crt", container.Node{Mode: m, Opaque: true})
			return nil
		}
		return unless(optional, fmt.Errorf("configmap %q not found", name))
	}
	data := make(map[string]string, len(cm.Data)+len(cm.BinaryData))
	for key, v := range cm.Data {
		data[key] = v
	}
	for key, v := range cm.BinaryData {
		data[key] = string(v)
	}
	return putItems(vol, data, items, optional, m, "configmap references non-existent config key: %s")
}

func (k *Kubelet) putSecret(p *pod, vol *container.Volume, name string, items []corev1.KeyToPath, optional bool, m uint32) error {
	s, ok := registry.Get[*corev1.Secret](k.r, p.obj.Namespace, name)
	if !ok {
		return unless(optional, fmt.Errorf("secret %q not found", name))
	}
	data := make(map[string]string, len(s.Data))
	for key, v := range s.Data {
		data[key] = string(v)
	}
	return putItems(vol, data, items, optional, m, "references non-existent secret key: %s")
}

func putItems(vol *container.Volume, data map[string]string, items []corev1.KeyToPath, optional bool, m uint32, missing string) error {
	if len(items) == 0 {
		for key, v := range data {
			vol.Put(key, v, m)
		}
		return nil
	}
	for _, it := range items {
		v, ok := data[it.Key]
		if !ok {
			if optional {
				continue
			}
			return fmt.Errorf(missing, it.Key)
		}
		fileMode := m
		if it.Mode != nil {
			fileMode = uint32(*it.Mode)
		}
		vol.Put(it.Path, v, fileMode)
	}
	return nil
}

func (k *Kubelet) putDownward(p *pod, vol *container.Volume, items []corev1.DownwardAPIVolumeFile, m uint32) error {
	for _, it := range items {
		var text string
		var err error
		switch {
		case it.FieldRef != nil:
			text, err = k.fieldValue(p, it.FieldRef.FieldPath)
		case it.ResourceFieldRef != nil:
			text, err = k.resourceValue(p, p.lastRegular(), it.ResourceFieldRef)
		}
		if err != nil {
			return err
		}
		fileMode := m
		if it.Mode != nil {
			fileMode = uint32(*it.Mode)
		}
		vol.Put(it.Path, text, fileMode)
	}
	return nil
}

// mounts are what a container sees. field and why are set if a volume decides
// something that is not known.
func (k *Kubelet) mounts(p *pod, c *ctr, layer string, env []string) (list []container.Mount, field, why string) {
	spec := p.spec(c)
	s := spec.SecurityContext
	list = []container.Mount{{Path: "/", Volume: layer, ReadOnly: s != nil && isTrue(s.ReadOnlyRootFilesystem)}}
	im, _ := container.Lookup(spec.Image)
	managed := layer + "/kubelet"
	files := container.NewVolume()
	files.Put("termination-log", "", 0o666)
	files.Put("hosts", hostsFile(p), 0o644)
	files.Put("resolv.conf", p.resolver().file(), 0o644)
	if p.resolver().node {
		files.Set("resolv.conf", container.Node{Mode: 0o644, Opaque: true})
	}
	if p.obj.Spec.HostNetwork {
		files.Set("hosts", container.Node{Mode: 0o644, Opaque: true})
	}
	files.Put("hostname", hostname(p.obj)+"\n", 0o644)
	k.disk[managed] = files
	log := spec.TerminationMessagePath
	if log == "" {
		log = corev1.TerminationMessagePathDefault
	}
	for at, name := range map[string]string{log: "termination-log", "/etc/hosts": "hosts", "/etc/resolv.conf": "resolv.conf", "/etc/hostname": "hostname"} {
		list = append(list, container.Mount{Path: at, Volume: managed, Sub: name})
	}
	slices.SortFunc(list, func(a, b container.Mount) int { return strings.Compare(a.Path, b.Path) })
	for i, vm := range spec.VolumeMounts {
		field = fmt.Sprintf("volumeMounts[%d]", i)
		if why = im.Decides(path.Clean(vm.MountPath)); why != "" {
			return nil, field, why
		}
		m, why := k.volumeMount(p, vm, env, layer)
		if why != "" {
			return nil, field, why
		}
		list = append(list, m)
	}
	return list, "", ""
}

// misfit finds a mount of a directory over a file of the image, or of a file
// over a directory, which runc refuses; it gives runc's words. A key that a
// subPath names and that is not there is such a directory.
func (k *Kubelet) misfit(p *pod, c *ctr, mounts []container.Mount) *container.StartError {
	root := k.disk[mounts[0].Volume]
	for i, vm := range p.spec(c).VolumeMounts {
		at := path.Clean(vm.MountPath)
		j := slices.IndexFunc(mounts, func(m container.Mount) bool { return m.Path == at })
		if j < 0 || k.disk[mounts[j].Volume] == nil {
			continue
		}
		m := mounts[j]
		there, ok := root.Nodes[strings.TrimPrefix(at, "/")]
		from, known := k.disk[m.Volume].Nodes[path.Clean("./"+m.Sub)]
		if !ok || !known || there.Link != "" || from.Link != "" || there.Dir == from.Dir {
			continue
		}
		source, flags := k.volumePath(p, c, vm, i), "0x5000"
		if m.ReadOnly {
			flags = "0x5001"
		}
		return &container.StartError{Text: fmt.Sprintf("failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "+
			"unable to start container process: error during container init: error mounting %q to rootfs at %q: mount %s:%s (via /proc/self/fd/6), flags: %s: not a directory: unknown",
			source, at, source, at, flags)}
	}
	return nil
}

// volumePath is where the node has what a container mounts.
func (k *Kubelet) volumePath(p *pod, c *ctr, vm corev1.VolumeMount, i int) string {
	dir := "/var/lib/kubelet/pods/" + string(p.obj.UID)
	if vm.SubPath != "" || vm.SubPathExpr != "" {
		return fmt.Sprintf("%s/volume-subpaths/%s/%s/%d", dir, vm.Name, c.name, i)
	}
	for _, v := range p.obj.Spec.Volumes {
		plugin := ""
		switch {
		case v.Name != vm.Name:
			continue
		case v.HostPath != nil:
			return v.HostPath.Path
		case v.ConfigMap != nil:
			plugin = "configmap"
		case v.Secret != nil:
			plugin = "secret"
		case v.Projected != nil:
			plugin = "projected"
		case v.DownwardAPI != nil:
			plugin = "downward-api"
		default:
			plugin = "empty-dir"
		}
		return fmt.Sprintf("%s/volumes/kubernetes.io~%s/%s", dir, plugin, vm.Name)
	}
	return dir
}

// subPath is the part of a volume that a mount shows (kubelet's makeMounts). An
// error is the message of CreateContainerConfigError.
func subPath(vm corev1.VolumeMount, env []string) (string, error) {
	sub := vm.SubPath
	if vm.SubPathExpr != "" {
		var missing []string
		lookup := lookupEnv(env)
		sub = expand(vm.SubPathExpr, func(name string) (string, bool) {
			v, _ := lookup(name)
			if v == "" && !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
			return v, true
		})
		if len(missing) > 0 {
			slices.Sort(missing)
			return "", fmt.Errorf("missing value for %s", strings.Join(missing, ", "))
		}
	}
	if path.IsAbs(sub) {
		return "", fmt.Errorf("error SubPath `%s` must not be an absolute path", sub)
	}
	if slices.Contains(strings.Split(sub, "/"), "..") {
		return "", fmt.Errorf("unable to provision SubPath `%s`: must not contain '..'", sub)
	}
	return sub, nil
}

func (k *Kubelet) volumeMount(p *pod, vm corev1.VolumeMount, env []string, layer string) (container.Mount, string) {
	sub, _ := subPath(vm, env) // see configured
	m := container.Mount{Path: path.Clean(vm.MountPath), Volume: k.volumeKey(p, vm.Name), Sub: sub, ReadOnly: vm.ReadOnly}
	i := slices.IndexFunc(p.obj.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == vm.Name })
	if i < 0 {
		return m, "a volume that is not there"
	}
	v := p.obj.Spec.Volumes[i]
	m.Memory = inMemory(&v) || v.Secret != nil || v.Projected != nil
	switch {
	case v.ConfigMap != nil || v.Secret != nil || v.DownwardAPI != nil || v.Projected != nil:
		m.ReadOnly = true
		if m.Sub != "" {
			// A subPath is bound once, to what the links lead to at that time, and
			// sees no later change.
			key := layer + "/sub" + m.Path
			k.disk[key] = k.disk[m.Volume].Clone()
			m.Sub = path.Join(k.disk[key].Nodes[dataLink].Link, m.Sub)
			m.Volume = key
		}
	case v.HostPath != nil:
		return m, k.hostMount(p, v.HostPath, &m)
	case v.PersistentVolumeClaim != nil:
		return m, k.claimMount(p, v.PersistentVolumeClaim.ClaimName, v.PersistentVolumeClaim.ReadOnly, &m)
	case v.Ephemeral != nil:
		return m, k.claimMount(p, p.obj.Name+"-"+v.Name, false, &m)
	}
	if m.Sub != "" {
		vol := k.disk[m.Volume]
		if _, ok := vol.Nodes[path.Clean(m.Sub)]; !ok {
			vol.PutDir(path.Clean(m.Sub))
		}
	}
	return m, ""
}

// claimMount shows the volume behind a claim.
func (k *Kubelet) claimMount(p *pod, claim string, readOnly bool, m *container.Mount) string {
	m.ReadOnly = m.ReadOnly || readOnly
	pvc, ok := registry.Get[*corev1.PersistentVolumeClaim](k.r, p.obj.Namespace, claim)
	if !ok || pvc.Spec.VolumeName == "" {
		return "a claim that is not bound"
	}
	pv, ok := registry.Get[*corev1.PersistentVolume](k.r, "", pvc.Spec.VolumeName)
	if !ok {
		return "a volume that is not there"
	}
	switch {
	case pv.Spec.HostPath != nil:
		return k.hostMount(p, pv.Spec.HostPath, m)
	case pv.Spec.Local != nil:
		return "a local directory of the node"
	}
	return "storage that is not simulated"
}
