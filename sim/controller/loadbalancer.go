package controller

import (
	"fmt"
	"net/netip"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// The load balancer is MetalLB with one pool of addresses, as its guide for
// kind sets it up.
const (
	balancerName  = "metallb-controller"
	balancerSpace = "metallb-system"
	balancerFirst = "172.18.255.200"
	balancerPool  = 51 // addresses
	balancerTime  = time.Second
)

// LoadBalancer is the add-on that gives Services of that type an address. It is
// off in a bare cluster, where they wait for ever.
func LoadBalancer() registry.Addon {
	return registry.Addon{Lease: balancerName, Objects: func() []runtime.Object {
		return []runtime.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: balancerSpace}}}
	}}
}

// Balancer is the program behind the add-on.
type Balancer struct {
	r        *registry.Registry
	services queue
}

// NewBalancer registers the program; it does nothing while it is off.
func NewBalancer(r *registry.Registry) *Balancer {
	c := &Balancer{r: r}
	c.services = newQueue(r, balancerName, c.sync)
	registry.Watch(r, func(old, s *corev1.Service) {
		if s == nil { // its address may serve another one
			c.all()
		} else if s.Spec.Type == corev1.ServiceTypeLoadBalancer || len(s.Status.LoadBalancer.Ingress) > 0 {
			c.services.after(balancerTime, s.Namespace, s.Name)
		}
	})
	LoadBalancer().Watch(r, c.all)
	return c
}

func (c *Balancer) all() {
	if !LoadBalancer().Running(c.r) {
		return
	}
	for _, s := range registry.List[*corev1.Service](c.r, "") {
		if s.Spec.Type == corev1.ServiceTypeLoadBalancer {
			c.services.after(balancerTime, s.Namespace, s.Name)
		}
	}
}

func (c *Balancer) sync(namespace, name string) error {
	s, ok := registry.Get[*corev1.Service](c.r, namespace, name)
	if !ok || s.DeletionTimestamp != nil || !LoadBalancer().Running(c.r) || s.Spec.LoadBalancerClass != nil {
		return nil
	}
	has := len(s.Status.LoadBalancer.Ingress) > 0
	if s.Spec.Type != corev1.ServiceTypeLoadBalancer || has {
		return nil // the API server itself takes the address from another type
	}
	ip, why := c.free(s)
	if why != "" {
		c.r.Record(s, balancerName, corev1.EventTypeWarning, "AllocationFailed", fmt.Sprintf("Failed to allocate IP for %q: %s", namespace+"/"+name, why))
		return nil
	}
	mode := corev1.LoadBalancerIPModeVIP
	err := registry.MutateStatus(c.r, namespace, name, func(s *corev1.Service) {
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip, IPMode: &mode}}
	})
	if err != nil {
		return ignoreNotFound(err)
	}
	c.r.Record(s, balancerName, corev1.EventTypeNormal, "IPAllocated", fmt.Sprintf("Assigned IP [%q]", ip))
	return nil
}

// free is the first address of the pool that no Service has, or the one that
// the Service asks for.
func (c *Balancer) free(s *corev1.Service) (ip, why string) {
	taken := map[string]bool{}
	for _, o := range registry.List[*corev1.Service](c.r, "") {
		for _, i := range o.Status.LoadBalancer.Ingress {
			taken[i.IP] = true
		}
	}
	a := netip.MustParseAddr(balancerFirst)
	for range balancerPool {
		text := a.String()
		wanted := s.Spec.LoadBalancerIP == "" || s.Spec.LoadBalancerIP == text
		switch {
		case wanted && !taken[text]:
			return text, ""
		case wanted && s.Spec.LoadBalancerIP != "":
			return "", fmt.Sprintf("can't change sharing key for %q, address also in use by another service", s.Namespace+"/"+s.Name)
		}
		a = a.Next()
	}
	if s.Spec.LoadBalancerIP != "" {
		return "", fmt.Sprintf("[%q] is not allowed in config", s.Spec.LoadBalancerIP)
	}
	return "", "no available IPs"
}
