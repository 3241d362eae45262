package controller

import (
	"maps"
	"net/netip"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const mirrorManager = "endpointslicemirroring-controller.k8s.io"

// Mirroring makes EndpointSlices of the Endpoints that a person wrote for a
// Service without a selector.
type Mirroring struct {
	r *registry.Registry
	q queue
}

// NewMirroring registers the controller.
func NewMirroring(r *registry.Registry) *Mirroring {
	c := &Mirroring{r: r}
	c.q = newQueue(r, "endpointslicemirroring", c.sync)
	registry.Watch(r, func(old, new *corev1.Endpoints) { c.q.addObject(either(old, new)) })
	registry.Watch(r, func(old, new *corev1.Service) { c.q.addObject(either(old, new)) })
	return c
}

// mirrored reports whether Endpoints are to be mirrored. Those that the control
// plane wrote before the selector was taken away are, too.
func (c *Mirroring) mirrored(e *corev1.Endpoints) bool {
	s, ok := registry.Get[*corev1.Service](c.r, e.Namespace, e.Name)
	return ok && s.Spec.Selector == nil && e.Labels[discoveryv1.LabelSkipMirror] != "true"
}

func (c *Mirroring) sync(namespace, name string) error {
	var mine []*discoveryv1.EndpointSlice
	for _, s := range slicesOf(c.r, namespace, name) {
		if s.Labels[discoveryv1.LabelManagedBy] == mirrorManager {
			mine = append(mine, s)
		}
	}
	var wanted []*discoveryv1.EndpointSlice
	if e, ok := registry.Get[*corev1.Endpoints](c.r, namespace, name); ok && c.mirrored(e) {
		for _, v6 := range []bool{false, true} {
			for i := range e.Subsets {
				if s := mirror(e, &e.Subsets[i], v6); len(s.Endpoints) > 0 {
					wanted = append(wanted, s)
				}
			}
		}
	}
	for i, s := range wanted {
		if i >= len(mine) {
			if _, err := registry.Create(c.r, s); err != nil {
				return err
			}
			continue
		}
		old := mine[i]
		if old.AddressType == s.AddressType && equality.Semantic.DeepEqual(old.Endpoints, s.Endpoints) &&
			equality.Semantic.DeepEqual(old.Ports, s.Ports) && maps.Equal(old.Labels, s.Labels) && maps.Equal(old.Annotations, s.Annotations) {
			continue
		}
		u := old.DeepCopy()
		u.Endpoints, u.Ports, u.Labels, u.Annotations = s.Endpoints, s.Ports, s.Labels, s.Annotations
		if _, err := registry.Update(c.r, u); err != nil {
			return err
		}
	}
	for i := len(wanted); i < len(mine); i++ {
		err := registry.Delete[*discoveryv1.EndpointSlice](c.r, namespace, mine[i].Name, registry.DeleteOptions{})
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

// mirror is the slice of one subset and address family.
func mirror(e *corev1.Endpoints, subset *corev1.EndpointSubset, v6 bool) *discoveryv1.EndpointSlice {
	set := maps.Clone(e.Labels)
	if set == nil {
		set = map[string]string{}
	}
	set[discoveryv1.LabelServiceName], set[discoveryv1.LabelManagedBy] = e.Name, mirrorManager
	notes := maps.Clone(e.Annotations)
	delete(notes, corev1.EndpointsLastChangeTriggerTime)
	delete(notes, corev1.LastAppliedConfigAnnotation)
	s := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{GenerateName: e.Name + "-", Namespace: e.Namespace, Labels: set, Annotations: notes,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(e, corev1.SchemeGroupVersion.WithKind("Endpoints"))}},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	if v6 {
		s.AddressType = discoveryv1.AddressTypeIPv6
	}
	for i := range subset.Ports {
		p := subset.Ports[i]
		s.Ports = append(s.Ports, discoveryv1.EndpointPort{Name: &p.Name, Port: &p.Port, Protocol: &p.Protocol, AppProtocol: p.AppProtocol})
	}
	add := func(list []corev1.EndpointAddress, ready bool) {
		for _, a := range list {
			ip, err := netip.ParseAddr(a.IP)
			if err != nil || ip.Is6() != v6 {
				continue
			}
			ep := discoveryv1.Endpoint{Addresses: []string{a.IP}, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
				NodeName: a.NodeName, TargetRef: a.TargetRef}
			if a.Hostname != "" {
				hostname := a.Hostname
				ep.Hostname = &hostname
			}
			s.Endpoints = append(s.Endpoints, ep)
		}
	}
	add(subset.Addresses, true)
	add(subset.NotReadyAddresses, false)
	return s
}
