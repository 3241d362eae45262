package controller

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/endpointslice/trafficdist"
	sliceutil "k8s.io/endpointslice/util"
)

// A sliceChange is what one sync does to the slices of one Service. Endpoints
// stay in the slice that they are in; slices that have to be written anyway are
// filled up first, so that as few as possible are.
type sliceChange struct {
	c       *EndpointSlice
	service *corev1.Service
	trigger time.Time
	failed  error // of a Pod that could not be listed; the others are
}

// A portGroup is the endpoints with the same ports, in the order of their Pods.
type portGroup struct {
	ports     []discoveryv1.EndpointPort
	endpoints []discoveryv1.Endpoint
}

// take removes the endpoint that is the same Pod's with the same addresses.
func (g *portGroup) take(e *discoveryv1.Endpoint) (wanted discoveryv1.Endpoint, ok bool) {
	i := slices.IndexFunc(g.endpoints, func(x discoveryv1.Endpoint) bool {
		return slices.Equal(x.Addresses, e.Addresses) && (x.TargetRef == nil) == (e.TargetRef == nil) && (x.TargetRef == nil || x.TargetRef.UID == e.TargetRef.UID) &&
			(x.Hostname == nil) == (e.Hostname == nil) && (x.Hostname == nil || *x.Hostname == *e.Hostname)
	})
	if i < 0 {
		return wanted, false
	}
	wanted = g.endpoints[i]
	g.endpoints = slices.Delete(g.endpoints, i, i+1)
	return wanted, true
}

// fill moves endpoints into a slice as far as it has room.
func (g *portGroup) fill(s *discoveryv1.EndpointSlice) {
	n := min(len(g.endpoints), sliceMax-len(s.Endpoints))
	s.Endpoints = append(s.Endpoints, g.endpoints[:max(n, 0)]...)
	g.endpoints = g.endpoints[max(n, 0):]
}

// groups sorts what should be listed by its ports.
func (ch *sliceChange) groups(pods []*corev1.Pod, t discoveryv1.AddressType) (keys []sliceutil.PortMapKey, groups map[sliceutil.PortMapKey]*portGroup) {
	groups = map[sliceutil.PortMapKey]*portGroup{}
	for _, p := range pods {
		ports := slicePorts(ch.service, p)
		key := sliceutil.NewPortMapKey(ports) // which sorts them, too
		if groups[key] == nil {
			groups[key] = &portGroup{ports: ports}
			keys = append(keys, key)
		}
		if _, ok := registry.Get[*corev1.Node](ch.c.r, "", p.Spec.NodeName); !ok && !ch.service.Spec.PublishNotReadyAddresses {
			ch.failed = fmt.Errorf("skipping Pod %s for Service %s/%s: Node %s Not Found", p.Name, p.Namespace, ch.service.Name, p.Spec.NodeName)
			continue
		}
		if addresses := addressesOf(p, t == discoveryv1.AddressTypeIPv6); len(addresses) > 0 {
			groups[key].endpoints = append(groups[key].endpoints, ch.c.endpoint(ch.service, p, addresses))
		}
	}
	return keys, groups
}

// A slicePlan sorts slices by what is to be done to them.
type slicePlan struct{ create, update, remove, keep []*discoveryv1.EndpointSlice }

func (ch *sliceChange) reconcile(existing []*discoveryv1.EndpointSlice, pods []*corev1.Pod, t discoveryv1.AddressType) error {
	var plan slicePlan
	byPorts := map[sliceutil.PortMapKey][]*discoveryv1.EndpointSlice{}
	for _, e := range existing {
		if !metav1.IsControlledBy(e, ch.service) {
			plan.remove = append(plan.remove, e)
			continue
		}
		key := sliceutil.NewPortMapKey(slices.Clone(e.Ports))
		byPorts[key] = append(byPorts[key], e)
	}
	keys, groups := ch.groups(pods, t)
	for _, key := range keys {
		ch.plan(&plan, byPorts[key], groups[key], t)
	}
	for _, e := range existing {
		if key := sliceutil.NewPortMapKey(slices.Clone(e.Ports)); groups[key] == nil && metav1.IsControlledBy(e, ch.service) {
			plan.remove = append(plan.remove, e)
		}
	}
	if len(existing) == len(plan.remove) && len(plan.create) == 0 {
		empty := ch.c.slice(ch.service, t, nil)
		if len(plan.remove) == 1 && samePlaceholder(plan.remove[0], empty) {
			plan.remove = nil
		} else {
			plan.create = append(plan.create, empty)
		}
	}
	plan.create, plan.update, _ = trafficdist.ReconcileHints(ch.service.Spec.TrafficDistribution, plan.create, plan.update, plan.keep)
	return ch.carryOut(plan)
}

func samePlaceholder(a, b *discoveryv1.EndpointSlice) bool {
	return len(a.Endpoints) == 0 && len(a.Ports) == 0 && a.AddressType == b.AddressType && maps.Equal(a.Labels, b.Labels)
}

// plan decides what becomes of the slices with the ports of one group.
func (ch *sliceChange) plan(plan *slicePlan, existing []*discoveryv1.EndpointSlice, g *portGroup, t discoveryv1.AddressType) {
	set := ch.c.slice(ch.service, t, nil).Labels
	var update, keep []*discoveryv1.EndpointSlice
	for _, e := range existing {
		var stay []discoveryv1.Endpoint
		changed := false
		for i := range e.Endpoints {
			if wanted, ok := g.take(&e.Endpoints[i]); ok {
				changed = changed || !sliceutil.EndpointsEqualBeyondHash(&wanted, &e.Endpoints[i])
				wanted.Hints = e.Endpoints[i].Hints
				stay = append(stay, wanted)
			}
		}
		switch {
		case len(stay) == 0 && len(e.Endpoints) > 0:
			plan.remove = append(plan.remove, e)
		case changed || len(stay) != len(e.Endpoints) || !maps.Equal(e.Labels, set):
			u := e.DeepCopy()
			u.Endpoints, u.Labels = stay, set
			update = append(update, u)
		default:
			keep = append(keep, e)
		}
	}
	slices.SortStableFunc(update, func(a, b *discoveryv1.EndpointSlice) int { return len(b.Endpoints) - len(a.Endpoints) })
	for _, u := range update {
		g.fill(u)
	}
	for len(g.endpoints) > 0 {
		i := fitting(keep, len(g.endpoints))
		if i < 0 {
			n := ch.c.slice(ch.service, t, g.ports)
			g.fill(n)
			plan.create = append(plan.create, n)
			continue
		}
		u := keep[i].DeepCopy()
		keep = slices.Delete(keep, i, i+1)
		g.fill(u)
		update = append(update, u)
	}
	plan.update, plan.keep = append(plan.update, update...), append(plan.keep, keep...)
}

// fitting is the fullest slice that has room for n more endpoints, or -1.
func fitting(all []*discoveryv1.EndpointSlice, n int) int {
	best := -1
	for i, s := range all {
		if len(s.Endpoints)+n <= sliceMax && (best < 0 || len(s.Endpoints) > len(all[best].Endpoints)) {
			best = i
		}
	}
	return best
}

// carryOut writes a plan. A slice that would be made takes the place of one that
// would be deleted.
func (ch *sliceChange) carryOut(plan slicePlan) error {
	for len(plan.create) > 0 {
		last := plan.create[len(plan.create)-1]
		i := slices.IndexFunc(plan.remove, func(e *discoveryv1.EndpointSlice) bool {
			return e.AddressType == last.AddressType && metav1.IsControlledBy(e, ch.service)
		})
		if i < 0 {
			break
		}
		last.Name, last.GenerateName = plan.remove[i].Name, plan.remove[i].GenerateName
		plan.create, plan.update = plan.create[:len(plan.create)-1], append(plan.update, last)
		plan.remove = slices.Delete(plan.remove, i, i+1)
	}
	if ch.service.DeletionTimestamp == nil {
		for _, s := range plan.create {
			ch.stamp(s)
			_, err := registry.Create(ch.c.r, s)
			if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
	for _, s := range plan.update {
		ch.stamp(s)
		if _, err := registry.Update(ch.c.r, s); ignoreNotFound(err) != nil {
			return err
		}
	}
	for _, s := range plan.remove {
		if err := ch.c.remove(s); err != nil {
			return err
		}
	}
	return nil
}

// stamp notes what the slice follows, for those who measure the delay.
func (ch *sliceChange) stamp(s *discoveryv1.EndpointSlice) {
	delete(s.Annotations, corev1.EndpointsLastChangeTriggerTime)
	if ch.trigger.IsZero() {
		return
	}
	if s.Annotations == nil {
		s.Annotations = map[string]string{}
	}
	s.Annotations[corev1.EndpointsLastChangeTriggerTime] = ch.trigger.UTC().Format(time.RFC3339Nano)
}
