package sim

import (
	"net/http"
	"time"

	"gieok/sim/api"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
)

// API answers requests to the cluster's API, with discovery for clients of
// every age. Call it inside Do, one request at a time; a request may let the
// cluster's time pass, as a command in a container does.
func (c *Cluster) API() http.Handler {
	return api.Discovery(api.New(c.registry, &c.mu, c.scopes, c.containers()))
}

// Version is the resource version of the last write.
func (c *Cluster) Version() int64 { return c.registry.Version() }

// WatchPods calls f for each write of a Pod, with nil for one that has gone,
// and of an event about one. What f gets is shared and never changes; f must
// not call the cluster. A fork has no watchers.
func (c *Cluster) WatchPods(f func(at time.Time, old, new *corev1.Pod), about func(at time.Time, e *corev1.Event)) {
	registry.Watch(c.registry, func(old, new *corev1.Pod) { f(c.clock.Now(), old, new) })
	registry.Watch(c.registry, func(_, e *corev1.Event) {
		if e != nil && e.InvolvedObject.Kind == "Pod" {
			about(c.clock.Now(), e)
		}
	})
}
