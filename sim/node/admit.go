package node

import (
	"fmt"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	resourcehelper "k8s.io/component-helpers/resource"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// safeSysctls are the kernel parameters that a kubelet lets Pods set (kubelet's
// sysctl/safe_sysctls.go).
const safeSysctls = " kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start " +
	"net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes " +
	"net.ipv4.tcp_rmem net.ipv4.tcp_wmem net.ipv4.tcp_slow_start_after_idle net.ipv4.tcp_notsent_lowat "

// reject is the kubelet's own look at a Pod that came past the scheduler: room
// on the node, and whether the Pod wants this node.
func (k *Kubelet) reject(p *pod) bool {
	n, ok := registry.Get[*corev1.Node](k.r, "", p.obj.Spec.NodeName)
	if !ok {
		return false
	}
	refuse := func(reason, text string) bool {
		p.rejected, p.rejectText = reason, text
		k.event(p, nil, corev1.EventTypeWarning, reason, text)
		return true
	}
	if s := p.obj.Spec.SecurityContext; s != nil {
		for _, sysctl := range s.Sysctls {
			if !strings.Contains(safeSysctls, " "+strings.ReplaceAll(sysctl.Name, "/", ".")+" ") {
				return refuse("SysctlForbidden", fmt.Sprintf("forbidden sysctl: %q not allowlisted", sysctl.Name))
			}
		}
	}
	if k.underPressure(p, n) {
		return refuse("Evicted", "The node had condition: [MemoryPressure]. ")
	}
	used := corev1.ResourceList{}
	count := int64(0)
	for _, key := range sortedKeys(k.pods) {
		o := k.pods[key]
		if o == p || o.obj.Spec.NodeName != p.obj.Spec.NodeName || o.final != "" {
			continue
		}
		count++
		for name, q := range requests(o.obj) {
			sum := used[name]
			sum.Add(q)
			used[name] = sum
		}
	}
	if room := n.Status.Allocatable.Pods().Value(); count+1 > room {
		return refuse("OutOfpods", fmt.Sprintf("Node didn't have enough resource: pods, requested: 1, used: %d, capacity: %d", count, room))
	}
	want := requests(p.obj)
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
		amount := func(l corev1.ResourceList) int64 {
			q := l[name]
			if name == corev1.ResourceCPU {
				return q.MilliValue()
			}
			return q.Value()
		}
		if amount(want) > 0 && amount(want)+amount(used) > amount(n.Status.Allocatable) {
			return refuse("OutOf"+string(name), fmt.Sprintf("Node didn't have enough resource: %s, requested: %d, used: %d, capacity: %d",
				name, amount(want), amount(used), amount(n.Status.Allocatable)))
		}
	}
	if fits, err := nodeaffinity.GetRequiredNodeAffinity(p.obj).Match(n); err == nil && !fits {
		return refuse("NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector")
	}
	return false
}

func requests(p *corev1.Pod) corev1.ResourceList {
	return resourcehelper.PodRequests(p, resourcehelper.PodResourcesOptions{})
}

// usageEvery is how often the kubelet measures local storage.
const usageEvery = 10 * time.Second

// evictionGrace is the grace period of a Pod that is evicted at once, seconds.
const evictionGrace = 1

// stepUsage evicts a Pod that holds more on the node's disk than its limits
// allow: an emptyDir volume, then all of it, then one container (kubelet's
// eviction manager).
func (k *Kubelet) stepUsage(p *pod, now time.Time) {
	if !p.ready || now.Before(p.checkAt) {
		return
	}
	p.checkAt = time.Time{}
	why := ""
	for _, v := range p.obj.Spec.Volumes {
		if v.EmptyDir == nil || v.EmptyDir.SizeLimit == nil || v.EmptyDir.SizeLimit.IsZero() {
			continue
		}
		p.checkAt = now.Add(usageEvery)
		if vol := k.disk[k.volumeKey(p, v.Name)]; why == "" && vol != nil && vol.Bytes() > v.EmptyDir.SizeLimit.Value() {
			why = fmt.Sprintf("Usage of EmptyDir volume %q exceeds the limit %q. ", v.Name, v.EmptyDir.SizeLimit.String())
		}
	}
	if total, limited := k.storageLimits(p); limited {
		p.checkAt = now.Add(usageEvery)
		if why == "" {
			why = k.overStorage(p, total)
		}
	}
	if why != "" {
		k.evict(p, why, now)
	}
}

// evict ends a Pod for good.
func (k *Kubelet) evict(p *pod, why string, now time.Time) {
	p.evicted = why
	k.event(p, nil, corev1.EventTypeWarning, "Evicted", why)
	k.beginStop(p, now, "evicted", evictionGrace)
	k.stepStop(p, now)
}

// storageLimits adds the limits for local storage of a Pod's containers up.
func (k *Kubelet) storageLimits(p *pod) (total resource.Quantity, limited bool) {
	for _, c := range p.containers {
		if q, ok := p.spec(c).Resources.Limits[corev1.ResourceEphemeralStorage]; ok && c.regular() {
			total.Add(q)
			limited = true
		}
	}
	return total, limited
}

func (k *Kubelet) overStorage(p *pod, total resource.Quantity) string {
	sum, each := int64(0), map[string]int64{}
	for _, c := range p.containers {
		used := int64(0)
		if layer := k.disk[fmt.Sprintf("pod/%s/root/%s", p.obj.UID, c.name)]; layer != nil {
			used = layer.Written()
		}
		if c.proc != nil {
			used += int64(c.proc.LogBytes())
		}
		each[c.name] = used
		sum += used
	}
	for _, v := range p.obj.Spec.Volumes {
		if vol := k.disk[k.volumeKey(p, v.Name)]; v.EmptyDir != nil && vol != nil && !vol.Memory {
			sum += vol.Bytes()
		}
	}
	if sum > total.Value() {
		return fmt.Sprintf("Pod ephemeral local storage usage exceeds the total limit of containers %s. ", total.String())
	}
	for _, c := range p.containers {
		if q, ok := p.spec(c).Resources.Limits[corev1.ResourceEphemeralStorage]; ok && each[c.name] > q.Value() {
			return fmt.Sprintf("Container %s exceeded its local ephemeral storage limit %q. ", c.name, q.String())
		}
	}
	return ""
}
