package controller

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	sliceManager = "endpointslice-controller.k8s.io"
	sliceMax     = 100 // endpoints of a slice
)

// An EndpointSlice lists, for each Service with a selector, the addresses of
// the Pods that it selects.
type EndpointSlice struct {
	r *registry.Registry
	q queue
}

// NewEndpointSlice registers the controller.
func NewEndpointSlice(r *registry.Registry) *EndpointSlice {
	c := &EndpointSlice{r: r}
	c.q = newQueue(r, "endpointslice", c.sync)
	watchServices(c.q)
	registry.Watch(r, func(old, new *discoveryv1.EndpointSlice) {
		s := either(old, new)
		if name := s.Labels[discoveryv1.LabelServiceName]; name != "" && s.Labels[discoveryv1.LabelManagedBy] == sliceManager {
			c.q.add(s.Namespace, name)
		}
	})
	return c
}

// watchServices enqueues a Service when it or a Pod that it selects changes.
func watchServices(q queue) {
	registry.Watch(q.r, func(old, new *corev1.Service) { q.addObject(either(old, new)) })
	registry.Watch(q.r, func(old, new *corev1.Pod) {
		if old != nil && new != nil && samePlace(old, new) {
			return
		}
		p := either(old, new)
		for _, s := range selecting(q.r, p.Namespace, old, new) {
			q.addObject(s)
		}
	})
}

// selecting are the Services that select one of two versions of a Pod, ordered
// by name.
func selecting(r *registry.Registry, namespace string, old, new *corev1.Pod) []*corev1.Service {
	if old == nil || new == nil || maps.Equal(old.Labels, new.Labels) {
		return registry.ServicesFor(r, namespace, either(old, new).Labels)
	}
	all := append(registry.ServicesFor(r, namespace, old.Labels), registry.ServicesFor(r, namespace, new.Labels)...)
	slices.SortFunc(all, func(a, b *corev1.Service) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b *corev1.Service) bool { return a.Name == b.Name })
}

// samePlace reports whether two versions of a Pod look the same to a Service.
func samePlace(a, b *corev1.Pod) bool {
	return maps.Equal(a.Labels, b.Labels) && podReady(a) == podReady(b) && a.Status.Phase == b.Status.Phase &&
		(a.DeletionTimestamp == nil) == (b.DeletionTimestamp == nil) && a.Spec.NodeName == b.Spec.NodeName &&
		slices.Equal(a.Status.PodIPs, b.Status.PodIPs) && a.Status.PodIP == b.Status.PodIP
}

// listed reports whether a Pod is listed at all: it has an address and has not
// ended.
func listed(p *corev1.Pod) bool {
	return !podTerminal(p) && (len(p.Status.PodIPs) > 0 || p.Status.PodIP != "")
}

// addressesOf are the Pod's addresses of one family.
func addressesOf(p *corev1.Pod, v6 bool) []string {
	ips := p.Status.PodIPs
	if len(ips) == 0 && p.Status.PodIP != "" {
		ips = []corev1.PodIP{{IP: p.Status.PodIP}}
	}
	var out []string
	for _, ip := range ips {
		if a, err := netip.ParseAddr(ip.IP); err == nil && a.Is6() == v6 {
			out = append(out, ip.IP)
		}
	}
	return out
}

// targetPort is the port of the Pod that a Service's port leads to; a name
// stands for the container's port that has it. ok is false if there is none.
func targetPort(p *corev1.Pod, port *corev1.ServicePort) (number int32, ok bool) {
	if port.TargetPort.Type == intstr.Int {
		return port.TargetPort.IntVal, true
	}
	find := func(containers []corev1.Container, suits func(corev1.Container) bool) (int32, bool) {
		for _, c := range containers {
			for _, cp := range c.Ports {
				if suits(c) && cp.Name == port.TargetPort.StrVal && cp.Protocol == port.Protocol {
					return cp.ContainerPort, true
				}
			}
		}
		return 0, false
	}
	if n, ok := find(p.Spec.Containers, func(corev1.Container) bool { return true }); ok {
		return n, true
	}
	return find(p.Spec.InitContainers, func(c corev1.Container) bool { return isSidecar(p, c.Name) })
}

// hasHostname reports whether the Pod has a name of its own in the Service's domain.
func hasHostname(p *corev1.Pod, s *corev1.Service) bool {
	return p.Spec.Hostname != "" && p.Spec.Subdomain == s.Name && p.Namespace == s.Namespace
}

func headless(s *corev1.Service) bool { return s.Spec.ClusterIP == corev1.ClusterIPNone }

func (c *EndpointSlice) sync(namespace, name string) error {
	s, ok := registry.Get[*corev1.Service](c.r, namespace, name)
	if !ok {
		c.r.Remember(triggerMemory(c.q.name, namespace, name), nil)
		return nil
	}
	if s.Spec.Type == corev1.ServiceTypeExternalName || s.Spec.Selector == nil {
		return nil
	}
	selected := registry.Select[*corev1.Pod](c.r, namespace, labels.SelectorFromSet(s.Spec.Selector))
	trigger := triggerTime(c.r, c.q.name, s, selected)
	pods := slices.DeleteFunc(selected, func(p *corev1.Pod) bool { return !listed(p) })
	var mine []*discoveryv1.EndpointSlice
	for _, slice := range slicesOf(c.r, namespace, name) {
		if slice.Labels[discoveryv1.LabelManagedBy] == sliceManager && slice.DeletionTimestamp == nil {
			mine = append(mine, slice)
		}
	}
	var types []discoveryv1.AddressType
	for _, f := range s.Spec.IPFamilies {
		types = append(types, discoveryv1.AddressType(f))
	}
	if len(types) == 0 {
		types = append(types, discoveryv1.AddressTypeIPv4)
	}
	change := sliceChange{c: c, service: s, trigger: trigger}
	for _, t := range types {
		existing := slices.DeleteFunc(slices.Clone(mine), func(s *discoveryv1.EndpointSlice) bool { return s.AddressType != t })
		if err := change.reconcile(existing, pods, t); err != nil {
			return err
		}
	}
	for _, slice := range mine {
		if !slices.Contains(types, slice.AddressType) {
			if err := c.remove(slice); err != nil {
				return err
			}
		}
	}
	return change.failed
}

// slicesOf are the slices that say they are those of a Service, ordered by name.
func slicesOf(r *registry.Registry, namespace, service string) []*discoveryv1.EndpointSlice {
	return registry.Select[*discoveryv1.EndpointSlice](r, namespace, labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: service}))
}

// slicePorts are the ports of a Pod that the Service leads to. None is nil, as
// an empty list comes back from a real cluster's storage.
func slicePorts(s *corev1.Service, p *corev1.Pod) []discoveryv1.EndpointPort {
	var ports []discoveryv1.EndpointPort
	for i := range s.Spec.Ports {
		sp := &s.Spec.Ports[i]
		if n, ok := targetPort(p, sp); ok {
			name, protocol := sp.Name, sp.Protocol
			ports = append(ports, discoveryv1.EndpointPort{Name: &name, Protocol: &protocol, Port: &n, AppProtocol: sp.AppProtocol})
		}
	}
	return ports
}

func (c *EndpointSlice) slice(s *corev1.Service, t discoveryv1.AddressType, ports []discoveryv1.EndpointPort) *discoveryv1.EndpointSlice {
	set := maps.Clone(s.Labels)
	if set == nil {
		set = map[string]string{}
	}
	delete(set, corev1.IsHeadlessService)
	if headless(s) {
		set[corev1.IsHeadlessService] = ""
	}
	set[discoveryv1.LabelServiceName] = s.Name
	set[discoveryv1.LabelManagedBy] = sliceManager
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: s.Name + "-", Namespace: s.Namespace, Labels: set,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(s, corev1.SchemeGroupVersion.WithKind("Service"))},
		},
		AddressType: t, Ports: ports,
	}
}

func (c *EndpointSlice) endpoint(s *corev1.Service, p *corev1.Pod, addresses []string) discoveryv1.Endpoint {
	serving, terminating := podReady(p), p.DeletionTimestamp != nil
	ready := s.Spec.PublishNotReadyAddresses || serving && !terminating
	e := discoveryv1.Endpoint{
		Addresses:  addresses,
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating},
		TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID},
	}
	if p.Spec.NodeName != "" {
		node := p.Spec.NodeName
		e.NodeName = &node
		if n, ok := registry.Get[*corev1.Node](c.r, "", node); ok {
			if zone, ok := n.Labels[corev1.LabelTopologyZone]; ok && zone != "" {
				e.Zone = &zone
			}
		}
	}
	if hasHostname(p, s) {
		hostname := p.Spec.Hostname
		e.Hostname = &hostname
	}
	return e
}

func (c *EndpointSlice) remove(e *discoveryv1.EndpointSlice) error {
	return ignoreNotFound(registry.Delete[*discoveryv1.EndpointSlice](c.r, e.Namespace, e.Name, registry.DeleteOptions{}))
}
