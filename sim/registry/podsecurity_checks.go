package registry

import (
	"fmt"
	"slices"
	"strings"

	api "k8s.io/kubernetes/pkg/apis/core"
)

// containersOf are the containers that the standards look at.
func containersOf(p *api.PodSpec) []*api.Container {
	var out []*api.Container
	for i := range p.InitContainers {
		out = append(out, &p.InitContainers[i])
	}
	for i := range p.Containers {
		out = append(out, &p.Containers[i])
	}
	return out
}

// naming writes `container "a"` or `containers "a", "b"`.
func naming(what string, names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	if len(names) > 1 {
		what += "s"
	}
	return what + " " + strings.Join(quoted, ", ")
}

// each is a check that names the containers for which violates holds.
func each(words string, violates func(*api.Container) bool) func(*api.PodSpec) string {
	return func(p *api.PodSpec) string {
		var names []string
		for _, c := range containersOf(p) {
			if violates(c) {
				names = append(names, c.Name)
			}
		}
		if len(names) == 0 {
			return ""
		}
		return naming("container", names) + " " + words
	}
}

func hostNamespaces(p *api.PodSpec) string {
	var out []string
	for _, n := range []struct {
		on   bool
		name string
	}{{p.HostNetwork, "hostNetwork=true"}, {p.HostPID, "hostPID=true"}, {p.HostIPC, "hostIPC=true"}} {
		if n.on {
			out = append(out, n.name)
		}
	}
	return strings.Join(out, ", ")
}

func hostPaths(p *api.PodSpec) string {
	var names []string
	for _, v := range p.Volumes {
		if v.HostPath != nil {
			names = append(names, v.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return naming("volume", names)
}

func hostPorts(p *api.PodSpec) string {
	var names, ports []string
	for _, c := range containersOf(p) {
		for _, port := range c.Ports {
			if port.HostPort == 0 {
				continue
			}
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
			if n := fmt.Sprint(port.HostPort); !slices.Contains(ports, n) {
				ports = append(ports, n)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	verb, noun := "uses", "hostPort"
	if len(names) > 1 {
		verb = "use"
	}
	if len(ports) > 1 {
		noun = "hostPorts"
	}
	return naming("container", names) + " " + verb + " " + noun + " " + strings.Join(ports, ", ")
}

// defaultCapability says which capabilities every container may add.
func defaultCapability(c api.Capability) bool {
	switch c {
	case "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT":
		return true
	}
	return false
}

// addedCapabilities names the containers that add others than the allowed ones.
func addedCapabilities(allowed func(api.Capability) bool) func(*api.PodSpec) string {
	return func(p *api.PodSpec) string {
		var names, added []string
		for _, c := range containersOf(p) {
			if c.SecurityContext == nil || c.SecurityContext.Capabilities == nil {
				continue
			}
			for _, capability := range c.SecurityContext.Capabilities.Add {
				if allowed(capability) {
					continue
				}
				if !slices.Contains(names, c.Name) {
					names = append(names, c.Name)
				}
				if q := fmt.Sprintf("%q", capability); !slices.Contains(added, q) {
					added = append(added, q)
				}
			}
		}
		if len(names) == 0 {
			return ""
		}
		slices.Sort(added)
		return naming("container", names) + " must not include " + strings.Join(added, ", ") + " in securityContext.capabilities.add"
	}
}

func restrictedCapabilities(p *api.PodSpec) string {
	keeps := each(`must set securityContext.capabilities.drop=["ALL"]`, func(c *api.Container) bool {
		return c.SecurityContext == nil || c.SecurityContext.Capabilities == nil || !slices.Contains(c.SecurityContext.Capabilities.Drop, "ALL")
	})(p)
	adds := addedCapabilities(func(c api.Capability) bool { return c == "NET_BIND_SERVICE" })(p)
	if keeps != "" && adds != "" {
		return keeps + "; " + adds
	}
	return keeps + adds
}

// restrictedVolumes names the volumes of a type that is not among those that
// need nothing of the node.
func restrictedVolumes(p *api.PodSpec) string {
	var names, types []string
	for _, v := range p.Volumes {
		s := v.VolumeSource
		kind := ""
		switch {
		case s.ConfigMap != nil, s.CSI != nil, s.DownwardAPI != nil, s.EmptyDir != nil, s.Ephemeral != nil, s.Image != nil,
			s.PersistentVolumeClaim != nil, s.Projected != nil, s.Secret != nil:
			continue
		case s.HostPath != nil:
			kind = "hostPath"
		case s.NFS != nil:
			kind = "nfs"
		case s.ISCSI != nil:
			kind = "iscsi"
		case s.FC != nil:
			kind = "fc"
		default:
			kind = "unknown"
		}
		names = append(names, v.Name)
		if q := fmt.Sprintf("%q", kind); !slices.Contains(types, q) {
			types = append(types, q)
		}
	}
	if len(names) == 0 {
		return ""
	}
	verb, noun := "uses", "type"
	if len(names) > 1 {
		verb = "use"
	}
	if len(types) > 1 {
		noun = "types"
	}
	return naming("volume", names) + " " + verb + " restricted volume " + noun + " " + strings.Join(types, ", ")
}

// mayBeRoot names who does not say that it runs as another user than root. A
// container's word goes before its Pod's.
func mayBeRoot(p *api.PodSpec) string {
	var pod *bool
	if p.SecurityContext != nil {
		pod = p.SecurityContext.RunAsNonRoot
	}
	var silent, denying []string
	for _, c := range containersOf(p) {
		var own *bool
		if c.SecurityContext != nil {
			own = c.SecurityContext.RunAsNonRoot
		}
		switch {
		case own != nil && !*own:
			denying = append(denying, c.Name)
		case own == nil && (pod == nil || !*pod):
			silent = append(silent, c.Name)
		}
	}
	switch {
	case pod != nil && !*pod && len(silent) > 0:
		return "pod must not set securityContext.runAsNonRoot=false"
	case len(denying) > 0:
		return naming("container", denying) + " must not set securityContext.runAsNonRoot=false"
	case len(silent) > 0:
		return "pod or " + naming("container", silent) + " must set securityContext.runAsNonRoot=true"
	}
	return ""
}

func runsAsRoot(p *api.PodSpec) string {
	if s := p.SecurityContext; s != nil && s.RunAsUser != nil && *s.RunAsUser == 0 {
		return "pod must not set runAsUser=0"
	}
	return each("must not set runAsUser=0", func(c *api.Container) bool {
		return c.SecurityContext != nil && c.SecurityContext.RunAsUser != nil && *c.SecurityContext.RunAsUser == 0
	})(p)
}

func podSeccomp(p *api.PodSpec) *api.SeccompProfile {
	if p.SecurityContext == nil {
		return nil
	}
	return p.SecurityContext.SeccompProfile
}

func unconfinedSeccomp(p *api.PodSpec) string {
	const words = `must not set securityContext.seccompProfile.type to "Unconfined"`
	if s := podSeccomp(p); s != nil && s.Type == api.SeccompProfileTypeUnconfined {
		return "pod " + words
	}
	return each(words, func(c *api.Container) bool {
		s := c.SecurityContext
		return s != nil && s.SeccompProfile != nil && s.SeccompProfile.Type == api.SeccompProfileTypeUnconfined
	})(p)
}

func missingSeccomp(p *api.PodSpec) string {
	if d := unconfinedSeccomp(p); d != "" {
		return d
	}
	if podSeccomp(p) != nil {
		return ""
	}
	d := each(`must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`, func(c *api.Container) bool {
		return c.SecurityContext == nil || c.SecurityContext.SeccompProfile == nil
	})(p)
	if d == "" {
		return ""
	}
	return "pod or " + d
}

func forbiddenSysctls(p *api.PodSpec) string {
	if p.SecurityContext == nil {
		return ""
	}
	var out []string
	for _, s := range p.SecurityContext.Sysctls {
		switch s.Name {
		case "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
			"net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
			"net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem":
		default:
			out = append(out, s.Name)
		}
	}
	return strings.Join(out, ", ")
}
