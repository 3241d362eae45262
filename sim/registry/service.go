package registry

import (
	"net"
	"slices"

	"k8s.io/apiserver/pkg/registry/generic"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/registry/core/service/ipallocator"
	"k8s.io/kubernetes/pkg/registry/core/service/portallocator"
	service "k8s.io/kubernetes/pkg/registry/core/service/storage"
)

// Addresses of Services, the defaults of kube-apiserver.
const (
	nodePortFirst = 30000
	nodePortLast  = 32767
)

// serviceNet is the range of cluster IPs, 10.96.0.0/12 as kubeadm sets it.
func serviceNet() net.IPNet {
	return net.IPNet{IP: net.IPv4(10, 96, 0, 0).To4(), Mask: net.CIDRMask(12, 32)}
}

// serviceKind is the row of Services. Upstream's storage asks its allocators
// without a context, so each cluster has its own.
func serviceKind(r *Registry) *kind {
	return &kind{version: "v1", name: "Service", resource: "services", namespaced: true,
		build: func(o generic.RESTOptionsGetter) (storages, error) {
			ips := map[api.IPFamily]ipallocator.Interface{api.IPv4Protocol: &ipAllocator{r: r}}
			a, status, _, err := service.NewREST(o, api.IPv4Protocol, ips, &portAllocator{r: r}, nil, nil, nil)
			return storages{"": a, "status": status}, err
		}}
}

// An ipAllocator gives out cluster IPs. What is taken is read from the stored
// Services, so that a fork needs no copy; held are those given out in the
// request that is under way.
type ipAllocator struct {
	r      *Registry
	held   []string
	dryRun bool
}

func (a *ipAllocator) Has(ip net.IP) bool {
	if slices.Contains(a.held, ip.String()) {
		return true
	}
	for _, s := range a.r.internalServices() {
		if slices.Contains(s.Spec.ClusterIPs, ip.String()) || s.Spec.ClusterIP == ip.String() {
			return true
		}
	}
	return false
}

func (a *ipAllocator) Allocate(ip net.IP) error {
	cidr := serviceNet()
	if !cidr.Contains(ip) {
		return ipallocator.ErrMismatchedNetwork // what the allocator of addresses as objects says
	}
	if a.Has(ip) {
		return ipallocator.ErrAllocated
	}
	a.hold(ip)
	return nil
}

func (a *ipAllocator) hold(ip net.IP) {
	if !a.dryRun {
		a.held = append(a.held, ip.String())
	}
}

// ipTriesMax bounds the search for a free address; the range has 2^20.
const ipTriesMax = 1000

func (a *ipAllocator) AllocateNext() (net.IP, error) {
	for range ipTriesMax {
		n := a.r.random.IntN(1 << 20)
		ip := net.IPv4(10, byte(96+n>>16), byte(n>>8), byte(n)).To4()
		if low := n & 0xff; low == 0 || low == 255 || n < 16 { // network, broadcast, and the fixed ones of add-ons
			continue
		}
		if !a.Has(ip) {
			a.hold(ip)
			return ip, nil
		}
	}
	return nil, ipallocator.ErrFull
}

func (a *ipAllocator) Release(ip net.IP) error {
	a.held = slices.DeleteFunc(a.held, func(s string) bool { return s == ip.String() })
	return nil
}

func (a *ipAllocator) ForEach(func(net.IP))          {}
func (a *ipAllocator) CIDR() net.IPNet               { return serviceNet() }
func (a *ipAllocator) IPFamily() api.IPFamily        { return api.IPv4Protocol }
func (a *ipAllocator) Destroy()                      {}
func (a *ipAllocator) EnableMetrics()                {}
func (a *ipAllocator) DryRun() ipallocator.Interface { return &ipAllocator{r: a.r, dryRun: true} }

// A portAllocator gives out node ports, as ipAllocator does addresses.
type portAllocator struct {
	r    *Registry
	held []int
}

func (a *portAllocator) Has(port int) bool {
	if slices.Contains(a.held, port) {
		return true
	}
	for _, s := range a.r.internalServices() {
		if int(s.Spec.HealthCheckNodePort) == port {
			return true
		}
		for _, p := range s.Spec.Ports {
			if int(p.NodePort) == port {
				return true
			}
		}
	}
	return false
}

func (a *portAllocator) Allocate(port int) error {
	if port < nodePortFirst || port > nodePortLast {
		return &portallocator.ErrNotInRange{ValidPorts: "30000-32767"}
	}
	if a.Has(port) {
		return portallocator.ErrAllocated
	}
	a.held = append(a.held, port)
	return nil
}

func (a *portAllocator) AllocateNext() (int, error) {
	first := a.r.random.IntN(nodePortLast - nodePortFirst + 1)
	for i := range nodePortLast - nodePortFirst + 1 {
		port := nodePortFirst + (first+i)%(nodePortLast-nodePortFirst+1)
		if !a.Has(port) {
			a.held = append(a.held, port)
			return port, nil
		}
	}
	return 0, portallocator.ErrFull
}

func (a *portAllocator) Release(port int) error {
	a.held = slices.DeleteFunc(a.held, func(p int) bool { return p == port })
	return nil
}

func (a *portAllocator) ForEach(func(int)) {}
func (a *portAllocator) Destroy()          {}
func (a *portAllocator) EnableMetrics()    {}

func (r *Registry) internalServices() []*api.Service {
	entries := r.store.List("services", "")
	out := make([]*api.Service, len(entries))
	for i, e := range entries {
		out[i] = e.Object.(*api.Service)
	}
	return out
}
