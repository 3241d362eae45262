package node

import (
	"net/netip"
	"slices"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A flow is what a connection looks like to policies: from a Pod to a port of
// an address, with the Pod there if it is one's.
type flow struct {
	from     *pod
	to       *pod // nil: no Pod of this cluster
	toLabels labels.Set
	toSpace  string // namespace, when toLabels are set without a Pod
	address  string
	port     int32
	protocol corev1.Protocol
}

// allows tells whether the policies of both ends let a connection through.
// Policies add up: a Pod that none selects for a direction is open, one that
// some select takes what any of them allows.
func (k *Kubelet) allows(f flow) bool {
	if f.to == f.from && f.to != nil {
		return true
	}
	return k.allowsOut(f) && (f.to == nil || k.allowsIn(f))
}

func (k *Kubelet) allowsOut(f flow) bool {
	isolated := false
	for _, np := range k.selecting(f.from, networkingv1.PolicyTypeEgress) {
		isolated = true
		for _, rule := range np.Spec.Egress {
			if portsMatch(rule.Ports, f) && (len(rule.To) == 0 || slices.ContainsFunc(rule.To, func(p networkingv1.NetworkPolicyPeer) bool {
				return k.peerMatches(p, np.Namespace, f.to, f.toLabels, f.toSpace, f.address)
			})) {
				return true
			}
		}
	}
	return !isolated
}

func (k *Kubelet) allowsIn(f flow) bool {
	isolated := false
	for _, np := range k.selecting(f.to, networkingv1.PolicyTypeIngress) {
		isolated = true
		for _, rule := range np.Spec.Ingress {
			if portsMatch(rule.Ports, f) && (len(rule.From) == 0 || slices.ContainsFunc(rule.From, func(p networkingv1.NetworkPolicyPeer) bool {
				return k.peerMatches(p, np.Namespace, f.from, nil, "", f.from.ip)
			})) {
				return true
			}
		}
	}
	return !isolated
}

// selecting are the policies for one direction that select a Pod. A Pod with
// the network of its node is beyond them.
func (k *Kubelet) selecting(p *pod, direction networkingv1.PolicyType) []*networkingv1.NetworkPolicy {
	if p.obj.Spec.HostNetwork {
		return nil
	}
	var out []*networkingv1.NetworkPolicy
	for _, np := range registry.List[*networkingv1.NetworkPolicy](k.r, p.obj.Namespace) {
		if slices.Contains(np.Spec.PolicyTypes, direction) && selects(&np.Spec.PodSelector, p.obj.Labels) {
			out = append(out, np)
		}
	}
	return out
}

func selects(s *metav1.LabelSelector, set labels.Set) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && selector.Matches(set)
}

// peerMatches tells whether a Pod, or an address, is one that a rule names.
func (k *Kubelet) peerMatches(peer networkingv1.NetworkPolicyPeer, home string, p *pod, set labels.Set, space, address string) bool {
	if peer.IPBlock != nil {
		ip, err := netip.ParseAddr(address)
		return err == nil && inBlock(peer.IPBlock.CIDR, ip) && !slices.ContainsFunc(peer.IPBlock.Except, func(c string) bool { return inBlock(c, ip) })
	}
	switch {
	case p != nil && p.obj.Spec.HostNetwork:
		return false
	case p != nil:
		set, space = p.obj.Labels, p.obj.Namespace
	case set == nil:
		return false
	}
	if peer.NamespaceSelector == nil && space != home {
		return false
	}
	if peer.NamespaceSelector != nil {
		ns, ok := registry.Get[*corev1.Namespace](k.r, "", space)
		if !ok || !selects(peer.NamespaceSelector, ns.Labels) {
			return false
		}
	}
	return peer.PodSelector == nil || selects(peer.PodSelector, set)
}

func inBlock(cidr string, ip netip.Addr) bool {
	prefix, err := netip.ParsePrefix(cidr)
	return err == nil && prefix.Contains(ip)
}

// portsMatch tells whether a rule is for the port of a connection. Names of
// ports are those of the Pod that is connected to.
func portsMatch(ports []networkingv1.NetworkPolicyPort, f flow) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		protocol := corev1.ProtocolTCP
		if p.Protocol != nil {
			protocol = *p.Protocol
		}
		switch {
		case protocol != f.protocol:
			return false
		case p.Port == nil:
			return true
		case p.Port.Type == intstr.String:
			return f.to != nil && f.to.named(p.Port.StrVal, protocol) == f.port
		case p.EndPort != nil:
			return f.port >= p.Port.IntVal && f.port <= *p.EndPort
		}
		return p.Port.IntVal == f.port
	})
}

// named is the number of a port of a Pod by its name, 0 if there is none.
func (p *pod) named(name string, protocol corev1.Protocol) int32 {
	for _, c := range p.obj.Spec.Containers {
		for _, port := range c.Ports {
			if port.Name == name && port.Protocol == protocol {
				return port.ContainerPort
			}
		}
	}
	return 0
}

// dnsPort is where the cluster's name server listens.
const dnsPort = 53

// mayResolve tells whether policies let a Pod ask the cluster's name server,
// which is known by the labels that every installation gives it.
func (k *Kubelet) mayResolve(p *pod) bool {
	return k.allowsOut(flow{from: p, toLabels: labels.Set{"k8s-app": "kube-dns"}, toSpace: metav1.NamespaceSystem,
		address: nameserver, port: dnsPort, protocol: corev1.ProtocolUDP})
}
