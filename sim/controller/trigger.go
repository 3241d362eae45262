package controller

import (
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	endpointsliceutil "k8s.io/endpointslice/util"
)

// triggerMemory is where an endpoints controller remembers what it has seen of
// a Service.
func triggerMemory(actor, namespace, name string) string {
	return actor + "-trigger " + joinKey(namespace, name)
}

// triggerTime is when that happened which an endpoints controller is about to
// follow: the Service was made, or Pods became Ready or ceased to be. It is the
// zero time if it was something else. Upstream's own tracker works it out; its
// memory is the cluster's.
func triggerTime(r *registry.Registry, actor string, s *corev1.Service, pods []*corev1.Pod) time.Time {
	memory := triggerMemory(actor, s.Namespace, s.Name)
	key := endpointsliceutil.ServiceKey{Namespace: s.Namespace, Name: s.Name}
	t := endpointsliceutil.NewTriggerTimeTracker()
	if state, ok := r.Recall(memory).(endpointsliceutil.ServiceState); ok {
		t.ServiceStates[key] = state
	}
	at := t.ComputeEndpointLastChangeTriggerTime(s.Namespace, s, pods)
	r.Remember(memory, t.ServiceStates[key])
	return at
}
