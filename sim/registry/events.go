package registry

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Bounds of what is recorded.
const (
	EventsMax          = 10_000 // of a cluster
	EventsPerObjectMax = 100
)

// Record writes an Event about an object, or counts one more if the same was
// recorded before, as client-go's recorder does.
func (r *Registry) Record(about runtime.Object, component, eventType, reason, message string) {
	r.RecordField(about, "", component, eventType, reason, message)
}

// RecordField is Record for a part of an object, such as
// "spec.containers{web}".
func (r *Registry) RecordField(about runtime.Object, fieldPath, component, eventType, reason, message string) {
	r.RecordFrom(about, fieldPath, corev1.EventSource{Component: component}, eventType, reason, message)
}

// RecordFrom is RecordField with a source that names a host, as a kubelet does.
func (r *Registry) RecordFrom(about runtime.Object, fieldPath string, source corev1.EventSource, eventType, reason, message string) {
	k := r.kindForObject(about)
	m, err := meta.Accessor(about)
	if err != nil {
		return
	}
	namespace := m.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	ref := corev1.ObjectReference{Kind: k.name, Namespace: m.GetNamespace(), Name: m.GetName(), UID: m.GetUID(),
		APIVersion: k.gvk().GroupVersion().String(), ResourceVersion: m.GetResourceVersion(), FieldPath: fieldPath}
	now := metav1.NewTime(r.clock.Now())
	same, full := r.recorded(namespace, ref, func(e *corev1.Event) bool {
		return e.InvolvedObject.FieldPath == fieldPath && e.Source == source && e.Type == eventType && e.Reason == reason && e.Message == message
	})
	if same != nil {
		e := same.DeepCopy()
		e.Count++
		e.LastTimestamp = now
		// An event that cannot be written is lost, as in a real cluster.
		_, _ = Update(r, e)
		return
	}
	if full {
		return
	}
	// Upstream's names end in the time; here many things happen at one time,
	// and the version keeps them in order.
	name := fmt.Sprintf("%s.%016x", m.GetName(), now.UnixNano()+r.store.NextVersion())
	_, _ = Create(r, &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: namespace, Name: name},
		InvolvedObject: ref, Reason: reason, Message: message, Source: source, Type: eventType,
		FirstTimestamp: now, LastTimestamp: now, Count: 1, ReportingController: source.Component, ReportingInstance: source.Host,
	})
}

// recorded finds the Event about an object that is, and tells whether there is
// no room for another.
func (r *Registry) recorded(namespace string, ref corev1.ObjectReference, is func(*corev1.Event) bool) (same *corev1.Event, full bool) {
	n := 0
	for _, e := range find[*corev1.Event](r, byInvolved(ref.UID, ref.Name)) {
		if e.Namespace != namespace {
			continue
		}
		n++
		if is(e) {
			return e, false
		}
	}
	return nil, n >= EventsPerObjectMax || r.store.Count("events", namespace) >= EventsMax
}
