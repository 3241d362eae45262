package node

import (
	"fmt"
	"slices"

	"gieok/sim/container"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// user is on whose behalf a container runs: its own choice, the Pod's, or the
// image's.
func (p *pod) user(c *ctr) container.User {
	im, _ := container.Lookup(p.spec(c).Image)
	u := container.User{ID: im.User, Group: im.User}
	var id, group *int64
	if s := p.obj.Spec.SecurityContext; s != nil {
		id, group = s.RunAsUser, s.RunAsGroup
		if s.FSGroup != nil {
			u.Groups = append(u.Groups, *s.FSGroup)
		}
		u.Groups = append(u.Groups, s.SupplementalGroups...)
		slices.Sort(u.Groups)
	}
	if s := p.spec(c).SecurityContext; s != nil {
		if s.RunAsUser != nil {
			id = s.RunAsUser
		}
		if s.RunAsGroup != nil {
			group = s.RunAsGroup
		}
	}
	if id != nil {
		u.ID, u.Group = *id, 0 // a number without an entry in passwd has root's group
	}
	if group != nil {
		u.Group = *group
	}
	return u
}

// nonRoot refuses a container that must not run as root and would.
func (k *Kubelet) nonRoot(p *pod, c *ctr) error {
	var must, own *bool
	var id *int64
	if s := p.obj.Spec.SecurityContext; s != nil {
		must, id = s.RunAsNonRoot, s.RunAsUser
	}
	if s := p.spec(c).SecurityContext; s != nil {
		own = s.RunAsNonRoot
		if s.RunAsUser != nil {
			id = s.RunAsUser
		}
	}
	if own != nil {
		must = own
	}
	if must == nil || !*must || p.user(c).ID != 0 {
		return nil
	}
	who := fmt.Sprintf("(pod: \"%s_%s(%s)\", container: %s)", p.obj.Name, p.obj.Namespace, p.obj.UID, c.name)
	if id != nil {
		return fmt.Errorf("container's runAsUser breaks non-root policy %s", who)
	}
	return fmt.Errorf("container has runAsNonRoot and image will run as root %s", who)
}

// beside is the start value of a process that runs in a container beside its
// own: an exec, a probe, a hook.
func (k *Kubelet) beside(p *pod, c *ctr, argv []string) container.Spec {
	resources := p.spec(c).Resources
	s := container.Spec{Image: c.image, Argv: argv, Env: c.env, Dir: p.spec(c).WorkingDir, Hostname: hostname(p.obj), Address: p.ip,
		Mounts: c.mounts, Child: true, First: p.argv(c), User: p.user(c), Shared: p.shares(c), Peers: p.peers(c), MemoryLimit: p.memoryLimit(c),
		CPULimit: resources.Limits.Cpu().MilliValue(), NodeCPUs: k.nodeCPUs(p), NodeMemory: k.nodeMemory(p), Taken: p.taken(nil)}
	return s
}

// memoryLimit is that of a container, or of the whole Pod where the container
// has none.
func (p *pod) memoryLimit(c *ctr) int64 {
	if limit := p.spec(c).Resources.Limits.Memory().Value(); limit > 0 || p.obj.Spec.Resources == nil {
		return limit
	}
	return p.obj.Spec.Resources.Limits.Memory().Value()
}

// shares tells whether a container sees the processes of others.
func (p *pod) shares(c *ctr) bool {
	return isTrue(p.obj.Spec.ShareProcessNamespace) || p.obj.Spec.HostPID || p.target(c) != nil
}

// target is the container whose processes an ephemeral one was made to see.
func (p *pod) target(c *ctr) *ctr {
	if !c.ephemeral {
		return nil
	}
	name := p.obj.Spec.EphemeralContainers[c.index].TargetContainerName
	for _, o := range p.containers {
		if name != "" && o.name == name {
			return o
		}
	}
	return nil
}

// pauseUser is on whose behalf the container of a Pod's sandbox runs.
const pauseUser = 65535

// peers are the processes of a Pod whose containers share them.
func (p *pod) peers(c *ctr) []container.Peer {
	if t := p.target(c); t != nil && !isTrue(p.obj.Spec.ShareProcessNamespace) {
		return []container.Peer{{ID: 1, User: p.user(t).ID, Command: container.Title(t.image, p.argv(t))}}
	}
	if !p.shares(c) || p.obj.Spec.HostPID { // what runs on the node is not known
		return nil
	}
	list := []container.Peer{{ID: 1, User: pauseUser, Command: "/pause"}}
	for i, c := range p.containers {
		if c.up {
			list = append(list, container.Peer{ID: 7 + 6*i, User: p.user(c).ID, Command: container.Title(c.image, p.argv(c))})
		}
	}
	return list
}

// nodeCPUs and nodeMemory are what the machine under a Pod has.
func (k *Kubelet) nodeCPUs(p *pod) int64 {
	if n, ok := registry.Get[*corev1.Node](k.r, "", p.obj.Spec.NodeName); ok {
		return n.Status.Capacity.Cpu().Value()
	}
	return 0
}

func (k *Kubelet) nodeMemory(p *pod) int64 {
	if n, ok := registry.Get[*corev1.Node](k.r, "", p.obj.Spec.NodeName); ok {
		return n.Status.Capacity.Memory().Value()
	}
	return 0
}

// ownGroup gives the files of a volume to the Pod's group, as fsGroup asks.
func (p *pod) ownGroup(vol *container.Volume) {
	s := p.obj.Spec.SecurityContext
	if s == nil || s.FSGroup == nil || vol == nil {
		return
	}
	for name, n := range vol.Nodes {
		n.Group = *s.FSGroup
		if n.Mode |= 0o440; n.Dir {
			n.Mode |= 0o2070
		}
		vol.Set(name, n)
	}
}

// inMemory tells whether a volume lies in memory.
func inMemory(v *corev1.Volume) bool {
	return v.EmptyDir != nil && v.EmptyDir.Medium == corev1.StorageMediumMemory
}

// argv is what process 1 of a container was started as.
func (p *pod) argv(c *ctr) []string {
	im, _ := container.Lookup(c.image)
	spec, lookup := p.spec(c), lookupEnv(c.env)
	command, args := expandAll(spec.Command, lookup), expandAll(spec.Args, lookup)
	if len(command) == 0 {
		if command = slices.Clone(im.Entrypoint); len(args) == 0 {
			args = im.Cmd
		}
	}
	return append(slices.Clone(command), args...)
}
