package controller

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// endpointsManagedBy is the label of Endpoints that this controller writes.
const endpointsManagedBy = "endpoints.kubernetes.io/managed-by"

// Endpoints writes the older form of EndpointSlices, one object a Service.
type Endpoints struct {
	r *registry.Registry
	q queue
}

// NewEndpoints registers the controller.
func NewEndpoints(r *registry.Registry) *Endpoints {
	c := &Endpoints{r: r}
	c.q = newQueue(r, "endpoints", c.sync)
	watchServices(c.q)
	registry.Watch(r, func(old, new *corev1.Endpoints) {
		if e := either(old, new); e.Labels[endpointsManagedBy] != "" {
			c.q.addObject(e)
		}
	})
	return c
}

func (c *Endpoints) sync(namespace, name string) error {
	s, ok := registry.Get[*corev1.Service](c.r, namespace, name)
	if !ok {
		c.r.Remember(triggerMemory(c.q.name, namespace, name), nil)
		return ignoreNotFound(registry.Delete[*corev1.Endpoints](c.r, namespace, name, registry.DeleteOptions{}))
	}
	if s.Spec.Type == corev1.ServiceTypeExternalName || s.Spec.Selector == nil {
		return nil
	}
	set := maps.Clone(s.Labels)
	if set == nil {
		set = map[string]string{}
	}
	if headless(s) {
		set[corev1.IsHeadlessService] = ""
	}
	set[endpointsManagedBy] = "endpoint-controller"
	subsets := c.subsets(s)
	trigger := triggerTime(c.r, c.q.name, s, registry.Select[*corev1.Pod](c.r, namespace, labels.SelectorFromSet(s.Spec.Selector)))
	stamp := func(e *corev1.Endpoints) {
		delete(e.Annotations, corev1.EndpointsLastChangeTriggerTime)
		if !trigger.IsZero() {
			metav1.SetMetaDataAnnotation(&e.ObjectMeta, corev1.EndpointsLastChangeTriggerTime, trigger.UTC().Format(time.RFC3339Nano))
		}
	}
	old, ok := registry.Get[*corev1.Endpoints](c.r, namespace, name)
	if !ok {
		e := &corev1.Endpoints{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: set}, Subsets: subsets}
		stamp(e)
		_, err := registry.Create(c.r, e)
		if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
			return nil
		}
		return err
	}
	if equality.Semantic.DeepEqual(old.Subsets, subsets) && maps.Equal(old.Labels, set) {
		return nil
	}
	return ignoreNotFound(registry.Mutate(c.r, namespace, name, func(e *corev1.Endpoints) {
		e.Subsets, e.Labels = subsets, set
		stamp(e)
	}))
}

// An addressAt is an address of the Service with what it belongs to.
type addressAt struct {
	corev1.EndpointAddress
	ready bool
	ports []corev1.EndpointPort
}

// subsets groups the addresses that have all their ports in common, as
// upstream's repacking does.
func (c *Endpoints) subsets(s *corev1.Service) []corev1.EndpointSubset {
	selector := labels.SelectorFromSet(s.Spec.Selector)
	v6 := len(s.Spec.IPFamilies) > 0 && s.Spec.IPFamilies[0] == corev1.IPv6Protocol
	var all []addressAt
	for _, p := range registry.Select[*corev1.Pod](c.r, s.Namespace, selector) {
		if !listed(p) || p.DeletionTimestamp != nil && !s.Spec.PublishNotReadyAddresses {
			continue
		}
		addresses := addressesOf(p, v6)
		if len(addresses) == 0 {
			continue
		}
		a := addressAt{ready: s.Spec.PublishNotReadyAddresses || podReady(p)}
		node := p.Spec.NodeName
		a.EndpointAddress = corev1.EndpointAddress{IP: addresses[0], NodeName: &node,
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID}}
		if hasHostname(p, s) {
			a.Hostname = p.Spec.Hostname
		}
		for i := range s.Spec.Ports {
			sp := &s.Spec.Ports[i]
			if n, ok := targetPort(p, sp); ok {
				a.ports = append(a.ports, corev1.EndpointPort{Name: sp.Name, Port: n, Protocol: sp.Protocol, AppProtocol: sp.AppProtocol})
			}
		}
		if len(a.ports) > 0 || len(s.Spec.Ports) == 0 && headless(s) {
			all = append(all, a)
		}
	}
	return pack(all)
}

func pack(all []addressAt) []corev1.EndpointSubset {
	slices.SortStableFunc(all, func(a, b addressAt) int { return strings.Compare(a.IP, b.IP) })
	groups := map[string]*corev1.EndpointSubset{}
	var keys []string
	for _, a := range all {
		slices.SortFunc(a.ports, func(x, y corev1.EndpointPort) int { return bytes.Compare(objectHash(x), objectHash(y)) })
		key, err := json.Marshal(a.ports)
		if err != nil {
			panic("controller: internal error: ports cannot be written: " + err.Error())
		}
		g := groups[string(key)]
		if g == nil {
			g = &corev1.EndpointSubset{Ports: a.ports}
			groups[string(key)] = g
			keys = append(keys, string(key))
		}
		if a.ready {
			g.Addresses = append(g.Addresses, a.EndpointAddress)
		} else {
			g.NotReadyAddresses = append(g.NotReadyAddresses, a.EndpointAddress)
		}
	}
	out := make([]corev1.EndpointSubset, len(keys))
	for i, key := range keys {
		out[i] = *groups[key]
	}
	slices.SortFunc(out, func(a, b corev1.EndpointSubset) int { return bytes.Compare(objectHash(a), objectHash(b)) })
	return out
}
