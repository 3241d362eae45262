package node

import (
	"fmt"
	"hash/crc32"
	"net/netip"
	"slices"
	"strings"

	"gieok/sim/container"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// nameserver is the usual address of the cluster's DNS.
const nameserver = "10.96.0.10"

const clusterDomain = "cluster.local"

// world is what the processes of a Pod meet.
func (k *Kubelet) world(p *pod) container.World {
	return container.World{Disk: k.disk, Network: &podNetwork{k, p}}
}

// taken are the ports on which other containers of the Pod listen.
func (p *pod) taken(c *ctr) []int32 {
	var ports []int32
	for _, o := range p.containers {
		if o != c && o.up {
			ports = append(ports, o.proc.Ports()...)
		}
	}
	return ports
}

func hostsFile(p *pod) string {
	text := "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" +
		"fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"
	name := shortName(p.obj)
	if p.obj.Spec.Subdomain != "" {
		name = fmt.Sprintf("%s.%s.%s.svc.%s\t%s", name, p.obj.Spec.Subdomain, p.obj.Namespace, clusterDomain, name)
	}
	text += p.ip + "\t" + name + "\n"
	if len(p.obj.Spec.HostAliases) > 0 {
		text += "\n# Entries added by HostAliases.\n"
		for _, a := range p.obj.Spec.HostAliases {
			text += a.IP + "\t" + strings.Join(a.Hostnames, "\t") + "\n"
		}
	}
	return text
}

func searchList(p *pod) []string {
	return []string{p.obj.Namespace + ".svc." + clusterDomain, "svc." + clusterDomain, clusterDomain}
}

// podNetwork is the network as one Pod sees it: cluster DNS, Services as
// kube-proxy forwards them, and the servers of Pods.
type podNetwork struct {
	k *Kubelet
	p *pod
}

func (n *podNetwork) Nameserver() string { return nameserver }

func (n *podNetwork) Resolve(name string, search bool) (addresses []string, unknown string) {
	if ip, err := netip.ParseAddr(name); err == nil {
		return []string{ip.String()}, ""
	}
	if name == "localhost" {
		return []string{"127.0.0.1"}, ""
	}
	spec := &n.p.obj.Spec
	for _, a := range spec.HostAliases {
		if slices.Contains(a.Hostnames, name) {
			return []string{a.IP}, ""
		}
	}
	if name == hostname(n.p.obj) && !spec.HostNetwork && search {
		return []string{n.p.ip}, ""
	}
	r := n.p.resolver()
	if r.node || len(r.servers) == 0 || r.servers[0] != nameserver {
		return nil, "names of a resolver that is not the cluster's"
	}
	if !n.k.mayResolve(n.p) {
		return nil, container.NoResolver
	}
	bare, absolute := strings.CutSuffix(name, ".")
	first := strings.Count(bare, ".") >= r.ndots() // as it is, before the list
	if first || absolute || !search {
		if addresses, unknown = n.record(bare); len(addresses) > 0 || unknown != "" || absolute || !search {
			return addresses, unknown
		}
	}
	for _, domain := range r.searches {
		addresses, unknown = n.record(bare + "." + domain)
		if len(addresses) > 0 || unknown != "" {
			return addresses, unknown
		}
	}
	if first {
		return nil, ""
	}
	return n.record(bare)
}

// Records finds what the cluster's zone says of a name beside addresses.
func (n *podNetwork) Records(kind, name string) (records []string, unknown string) {
	rest, ok := strings.CutSuffix(strings.TrimSuffix(name, "."), ".svc."+clusterDomain)
	if !ok {
		return nil, ""
	}
	labels := strings.Split(rest, ".")
	if len(labels) < 2 {
		return nil, ""
	}
	s, ok := registry.Get[*corev1.Service](n.k.r, labels[len(labels)-1], labels[len(labels)-2])
	if !ok {
		return nil, ""
	}
	own := s.Name + "." + s.Namespace + ".svc." + clusterDomain
	switch {
	case kind == "CNAME" && len(labels) == 2 && s.Spec.Type == corev1.ServiceTypeExternalName:
		return []string{s.Spec.ExternalName}, ""
	case kind == "SRV" && len(labels) == 4:
		for i := range s.Spec.Ports {
			port := &s.Spec.Ports[i]
			if labels[0] != "_"+port.Name || labels[1] != "_"+strings.ToLower(string(port.Protocol)) {
				continue
			}
			if s.Spec.ClusterIP != corev1.ClusterIPNone {
				return []string{fmt.Sprintf("0 100 %d %s", port.Port, own)}, ""
			}
			all := usable(n.endpoints(s, port))
			for _, e := range all {
				host := e.host
				if host == "" {
					host = strings.ReplaceAll(e.address, ".", "-")
				}
				records = append(records, fmt.Sprintf("0 %d %d %s.%s", 100/len(all), e.port, host, own))
			}
		}
	}
	return records, ""
}

// record looks up an absolute name in the zone of the cluster.
func (n *podNetwork) record(name string) (addresses []string, unknown string) {
	rest, ok := strings.CutSuffix(name, "."+clusterDomain)
	if !ok {
		labels := strings.Split(name, ".")
		last := labels[len(labels)-1]
		if _, ns := registry.Get[*corev1.Namespace](n.k.r, "", last); len(labels) == 1 || last == "svc" || last == "local" || ns {
			return nil, "" // no top-level domain is called so
		}
		return nil, "the name " + name + " outside the cluster"
	}
	if zone, ok := strings.CutSuffix(rest, ".svc"); ok {
		labels := strings.Split(zone, ".")
		switch len(labels) {
		case 2:
			return n.service(labels[1], labels[0], "")
		case 3:
			return n.service(labels[2], labels[1], labels[0])
		}
		return nil, ""
	}
	if zone, ok := strings.CutSuffix(rest, ".pod"); ok {
		if ip, _, ok := strings.Cut(zone, "."); ok {
			if a, err := netip.ParseAddr(strings.ReplaceAll(ip, "-", ".")); err == nil {
				return []string{a.String()}, ""
			}
		}
	}
	return nil, ""
}

// service gives the addresses of a Service, or of one Pod behind a headless
// one.
func (n *podNetwork) service(namespace, name, host string) (addresses []string, unknown string) {
	s, ok := registry.Get[*corev1.Service](n.k.r, namespace, name)
	if !ok {
		return nil, ""
	}
	switch {
	case s.Spec.Type == corev1.ServiceTypeExternalName:
		if strings.HasSuffix(s.Spec.ExternalName, "."+clusterDomain) && s.Spec.ExternalName != name+"."+namespace+".svc."+clusterDomain {
			return n.record(s.Spec.ExternalName)
		}
		return nil, "the name " + s.Spec.ExternalName + " outside the cluster"
	case s.Spec.ClusterIP != corev1.ClusterIPNone && host == "":
		return []string{s.Spec.ClusterIP}, ""
	}
	for _, e := range n.endpoints(s, nil) {
		if host == "" || e.host == host {
			addresses = append(addresses, e.address)
		}
	}
	return addresses, ""
}

type endpoint struct {
	address string
	host    string
	port    int32
	node    string
	ready   bool // otherwise it serves while it ends
	hints   *discoveryv1.EndpointHints
}

// usable are the ready ones, or, where there are none, those that still serve.
func usable(all []endpoint) []endpoint {
	if ready := slices.DeleteFunc(slices.Clone(all), func(e endpoint) bool { return !e.ready }); len(ready) > 0 {
		return ready
	}
	return all
}

// closest leaves of ready endpoints those that their hints give to a node or to
// its zone, if every endpoint has hints and some are for it (kube-proxy's
// topologyModeFromHints).
func (k *Kubelet) closest(all []endpoint, node string) []endpoint {
	zone := ""
	if n, ok := registry.Get[*corev1.Node](k.r, "", node); ok {
		zone = n.Labels[corev1.LabelTopologyZone]
	}
	forNode := func(e endpoint) bool {
		return slices.ContainsFunc(e.hints.ForNodes, func(f discoveryv1.ForNode) bool { return f.Name == node })
	}
	forZone := func(e endpoint) bool {
		return slices.ContainsFunc(e.hints.ForZones, func(f discoveryv1.ForZone) bool { return f.Name == zone })
	}
	without := func(none func(h *discoveryv1.EndpointHints) bool) bool {
		return slices.ContainsFunc(all, func(e endpoint) bool { return !e.ready || e.hints == nil || none(e.hints) })
	}
	for _, mode := range []struct {
		none func(h *discoveryv1.EndpointHints) bool
		fits func(e endpoint) bool
	}{
		{func(h *discoveryv1.EndpointHints) bool { return len(h.ForNodes) == 0 }, forNode},
		{func(h *discoveryv1.EndpointHints) bool { return len(h.ForZones) == 0 }, forZone},
	} {
		if !without(mode.none) && slices.ContainsFunc(all, mode.fits) {
			return slices.DeleteFunc(slices.Clone(all), func(e endpoint) bool { return !mode.fits(e) })
		}
	}
	return all
}

// endpoints are those that may get traffic, for a port of the Service or for
// any; without a port only ready ones.
func (n *podNetwork) endpoints(s *corev1.Service, port *corev1.ServicePort) []endpoint {
	var out []endpoint
	for _, slice := range registry.List[*discoveryv1.EndpointSlice](n.k.r, s.Namespace) {
		if slice.Labels[discoveryv1.LabelServiceName] != s.Name {
			continue
		}
		number := int32(0)
		for _, p := range slice.Ports {
			if port != nil && p.Name != nil && *p.Name == port.Name && p.Port != nil {
				number = *p.Port
			}
		}
		if port != nil && number == 0 {
			continue
		}
		for _, e := range slice.Endpoints {
			ready := e.Conditions.Ready == nil || *e.Conditions.Ready
			serving := e.Conditions.Serving != nil && *e.Conditions.Serving && e.Conditions.Terminating != nil && *e.Conditions.Terminating
			if !ready && (!serving || port == nil) {
				continue
			}
			host, node := "", ""
			if e.NodeName != nil {
				node = *e.NodeName
			}
			if e.Hostname != nil {
				host = *e.Hostname
			}
			for _, a := range e.Addresses {
				out = append(out, endpoint{address: a, host: host, port: number, node: node, ready: ready, hints: e.Hints})
			}
		}
	}
	slices.SortFunc(out, func(a, b endpoint) int { return strings.Compare(a.address, b.address) })
	return out
}

// Ping asks whether an address answers echoes: Pods and nodes do, the
// addresses of Services do not (kube-proxy forwards their ports only).
func (n *podNetwork) Ping(address string) container.Answer {
	if strings.HasPrefix(address, "127.") || address == n.p.ip {
		return container.Answer{}
	}
	if to := n.k.podAt(address); to != nil {
		if len(n.k.selecting(n.p, networkingv1.PolicyTypeEgress)) > 0 || len(n.k.selecting(to, networkingv1.PolicyTypeIngress)) > 0 {
			return container.Answer{Unknown: "what a NetworkPolicy means for ping, which the API leaves open"}
		}
		return container.Answer{}
	}
	for _, node := range registry.List[*corev1.Node](n.k.r, "") {
		for _, a := range node.Status.Addresses {
			if a.Address == address {
				return container.Answer{}
			}
		}
	}
	for _, s := range registry.List[*corev1.Service](n.k.r, "") {
		if reachedAt(s, address) {
			return container.Answer{Fault: container.Silent}
		}
	}
	return container.Answer{Unknown: "the address " + address}
}

// A talk is what is said to a port of a Pod once it is connected.
type talk func(to *pod, c *ctr, port int32) container.Answer

// Get asks by HTTP.
func (n *podNetwork) Get(address string, port int32, r container.Request) container.Answer {
	r.From = n.p.ip
	if port == ingressPort && address == n.k.nodeAddress(ingressNode) && IngressController().Running(n.k.r) {
		return n.ingress(r)
	}
	return n.connect(address, port, n.k.get(r))
}

// Talk sends a text.
func (n *podNetwork) Talk(address string, port int32, text string) container.Answer {
	return n.connect(address, port, func(to *pod, c *ctr, port int32) container.Answer {
		a := c.proc.Talk(n.k.r.Clock().Now(), port, text)
		n.k.r.Clock().Enqueue(actor, to.key())
		return a
	})
}

// get asks the server in a container by HTTP.
func (k *Kubelet) get(r container.Request) talk {
	return func(to *pod, c *ctr, port int32) container.Answer {
		a := c.proc.Serve(k.r.Clock().Now(), k.disk, port, r)
		if a.Foreign {
			if a.Body != "" {
				k.r.Clock().Enqueue(actor, to.key())
			}
			return container.Answer{} // open, but no HTTP
		}
		return a
	}
}

func (n *podNetwork) connect(address string, port int32, say talk) container.Answer {
	if strings.HasPrefix(address, "127.") || address == n.p.ip {
		return n.ask(n.p, port, say)
	}
	host, nodePort := "", false
	for _, node := range registry.List[*corev1.Node](n.k.r, "") {
		for _, a := range node.Status.Addresses {
			if a.Address == address {
				host, nodePort = node.Name, true
			}
		}
	}
	for _, s := range registry.List[*corev1.Service](n.k.r, "") {
		if !reachedAt(s, address) && !nodePort {
			continue
		}
		for i := range s.Spec.Ports {
			sp := &s.Spec.Ports[i]
			if sp.Protocol != corev1.ProtocolTCP || !nodePort && sp.Port != port || nodePort && sp.NodePort != port {
				continue
			}
			return n.forward(s, sp, host, say)
		}
		if !nodePort {
			return container.Answer{Fault: container.Silent} // a port that the Service does not have
		}
	}
	if nodePort {
		return n.hostServer(address, port, say)
	}
	if p := n.k.podAt(address); p != nil {
		return n.ask(p, port, say)
	}
	return container.Answer{Unknown: "the address " + address}
}

func (n *podNetwork) hostServer(address string, port int32, say talk) container.Answer {
	for _, key := range sortedKeys(n.k.pods) {
		p := n.k.pods[key]
		if p.host != address {
			continue
		}
		if p.obj.Spec.HostNetwork && p.serverOn(port) != nil {
			return n.ask(p, port, say)
		}
		if inside := p.hostPort(port); inside != 0 && p.final == "" {
			return n.ask(p, inside, say)
		}
	}
	return container.Answer{Unknown: "a port of the node"}
}

// hostPort is the port of a Pod to which one of its node leads, 0 for none.
func (p *pod) hostPort(port int32) int32 {
	for _, c := range p.obj.Spec.Containers {
		for _, cp := range c.Ports {
			if cp.HostPort == port && cp.Protocol == corev1.ProtocolTCP && !p.obj.Spec.HostNetwork {
				return cp.ContainerPort
			}
		}
	}
	return 0
}

// forward is kube-proxy: a ready endpoint, or a refusal if there is none. Real
// ones choose by chance; here they take turns.
//
// host is the node whose port was asked, "" for an address of the Service.
func (n *podNetwork) forward(s *corev1.Service, port *corev1.ServicePort, host string, say talk) container.Answer {
	if s.Name == "kubernetes" && s.Namespace == corev1.NamespaceDefault {
		return container.Answer{Unknown: "the API server from inside a container"}
	}
	all := n.endpoints(s, port)
	if len(all) == 0 {
		return container.Answer{Fault: container.Refused}
	}
	// Where only what is on the same node will do, others get nothing.
	near := ""
	switch {
	case host != "" && s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal:
		near = host
	case host == "" && s.Spec.InternalTrafficPolicy != nil && *s.Spec.InternalTrafficPolicy == corev1.ServiceInternalTrafficPolicyLocal:
		near = n.p.obj.Spec.NodeName
	}
	if near != "" {
		all = slices.DeleteFunc(all, func(e endpoint) bool { return e.node != near })
	}
	if len(all) == 0 {
		return container.Answer{Fault: container.Silent}
	}
	if all = usable(all); near == "" {
		from := n.p.obj.Spec.NodeName
		if host != "" {
			from = host
		}
		all = n.k.closest(all, from)
	}
	turn := n.k.flows
	if s.Spec.SessionAffinity == corev1.ServiceAffinityClientIP {
		turn = int(crc32.ChecksumIEEE([]byte(n.p.ip))) // one client, one endpoint
	} else {
		n.k.flows++
	}
	e := all[turn%len(all)]
	p := n.k.podAt(e.address)
	if p == nil {
		return container.Answer{Unknown: "the address " + e.address}
	}
	return n.ask(p, e.port, say)
}

// reachedAt tells whether a Service answers at an address of its own.
func reachedAt(s *corev1.Service, address string) bool {
	return s.Spec.ClusterIP == address || slices.Contains(s.Spec.ExternalIPs, address) ||
		slices.ContainsFunc(s.Status.LoadBalancer.Ingress, func(i corev1.LoadBalancerIngress) bool { return i.IP == address })
}

// podAt finds the Pod that has an address of its own.
func (k *Kubelet) podAt(address string) *pod {
	for _, key := range sortedKeys(k.pods) {
		if p := k.pods[key]; p.ip == address && !p.obj.Spec.HostNetwork && p.final == "" {
			return p
		}
	}
	return nil
}

// ask connects to a port of a Pod.
func (n *podNetwork) ask(to *pod, port int32, say talk) container.Answer {
	if len(to.unknown) > 0 {
		return container.Answer{Unknown: "what runs in Pod " + to.obj.Name}
	}
	if !n.k.allows(flow{from: n.p, to: to, address: to.ip, port: port, protocol: corev1.ProtocolTCP}) {
		return container.Answer{Fault: container.Silent}
	}
	c := to.serverOn(port)
	if c == nil {
		return container.Answer{Fault: container.Refused}
	}
	return say(to, c, port)
}
