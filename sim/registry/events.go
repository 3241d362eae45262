package registry

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Bounds of what is recorded.
const (
	EventsMax          = 10_000 // of a cluster
	EventsPerObjectMax = 100
	// eventLife is how long an event stays after it was last written: the API
	// server's --event-ttl.
	eventLife = time.Hour
	// seriesApart ends a series of events (k8s.io/client-go, tools/events).
	seriesApart = 6 * time.Minute
	expiryActor = "event-ttl"
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
	ref, ok := r.referTo(about)
	if !ok {
		return
	}
	ref.FieldPath = fieldPath
	at := r.clock.Now()
	e := &corev1.Event{InvolvedObject: ref, Reason: reason, Message: message, Source: source, Type: eventType,
		FirstTimestamp: metav1.NewTime(at), LastTimestamp: metav1.NewTime(at), ReportingController: source.Component, ReportingInstance: source.Host}
	combined := r.correlator.combine(e, at)
	if e.Count = r.correlator.admit(e, at, combined); e.Count == 0 {
		return
	}
	same, full := r.recorded(ref, func(o *corev1.Event) bool {
		return o.Source == source && o.Type == eventType && o.Reason == reason &&
			(combined && strings.HasPrefix(o.Message, combinedStart) || o.Message == e.Message && o.InvolvedObject.FieldPath == fieldPath)
	})
	if same != nil {
		same = same.DeepCopy()
		same.Count += e.Count
		same.LastTimestamp, same.Message = e.LastTimestamp, e.Message
		// An event that cannot be written is lost, as in a real cluster.
		_, _ = Update(r, same)
		return
	}
	if !full {
		r.createEvent(e)
	}
}

// RecordAction is Record in the manner of events.k8s.io, the scheduler's: what
// was done stands in the event, related is another object or nil, and what
// recurs about an unchanged object becomes a series.
func (r *Registry) RecordAction(about, related runtime.Object, controller, action, eventType, reason, message string) {
	ref, ok := r.referTo(about)
	if !ok {
		return
	}
	at := metav1.NewMicroTime(r.clock.Now())
	e := &corev1.Event{InvolvedObject: ref, Reason: reason, Message: message, Type: eventType, Action: action, EventTime: at,
		ReportingController: controller, ReportingInstance: controller + "-" + controllerHost}
	if other, ok := r.referTo(related); ok {
		e.Related = &other
	}
	same, full := r.recorded(ref, func(o *corev1.Event) bool {
		last := o.EventTime
		if o.Series != nil {
			last = o.Series.LastObservedTime
		}
		return o.InvolvedObject == ref && o.Action == action && o.Type == eventType && o.Reason == reason && o.ReportingController == controller &&
			at.Sub(last.Time) <= seriesApart
	})
	switch {
	case same != nil && same.Series != nil:
		// Later ones are counted and told when the series ends.
	case same != nil:
		same = same.DeepCopy()
		same.Series = &corev1.EventSeries{Count: 2, LastObservedTime: at}
		_, _ = Update(r, same)
	case !full:
		r.createEvent(e)
	}
}

// controllerHost is the name of the machine that the control plane runs on.
const controllerHost = "control-plane"

// referTo is how events name an object; ok is false for nil.
func (r *Registry) referTo(about runtime.Object) (ref corev1.ObjectReference, ok bool) {
	if about == nil {
		return ref, false
	}
	m, err := meta.Accessor(about)
	if err != nil {
		return ref, false
	}
	k := r.kindForObject(about)
	return corev1.ObjectReference{Kind: k.name, Namespace: m.GetNamespace(), Name: m.GetName(), UID: m.GetUID(),
		APIVersion: k.gvk().GroupVersion().String(), ResourceVersion: m.GetResourceVersion()}, true
}

func (r *Registry) createEvent(e *corev1.Event) {
	e.Namespace = e.InvolvedObject.Namespace
	if e.Namespace == "" {
		e.Namespace = metav1.NamespaceDefault
	}
	// Upstream's names end in the time; here many things happen at one time,
	// and the version keeps them in order.
	e.Name = fmt.Sprintf("%s.%016x", e.InvolvedObject.Name, r.clock.Now().UnixNano()+r.store.NextVersion())
	_, _ = r.create(kindFor[*corev1.Event](r), e)
}

// recorded finds the latest Event about an object that is, and tells whether
// there is no room for another.
func (r *Registry) recorded(ref corev1.ObjectReference, is func(*corev1.Event) bool) (same *corev1.Event, full bool) {
	namespace := ref.Namespace
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	n := 0
	for _, e := range find[*corev1.Event](r, byInvolved(ref.UID, ref.Name)) {
		if e.Namespace != namespace {
			continue
		}
		n++
		if is(e) && (same == nil || same.CreationTimestamp.Before(&e.CreationTimestamp)) {
			same = e
		}
	}
	return same, same == nil && (n >= EventsPerObjectMax || r.store.Count("events", namespace) >= EventsMax)
}

// expireEvents lets events go when their time is over.
func (r *Registry) expireEvents() {
	r.clock.Handle(expiryActor, func(key string) {
		namespace, name, _ := strings.Cut(key, "/")
		e, ok := Get[*corev1.Event](r, namespace, name)
		if !ok {
			return
		}
		last := e.CreationTimestamp.Time
		for _, t := range []time.Time{e.LastTimestamp.Time, e.EventTime.Time} {
			if t.After(last) {
				last = t
			}
		}
		if e.Series != nil && e.Series.LastObservedTime.After(last) {
			last = e.Series.LastObservedTime.Time
		}
		if due := last.Add(eventLife); due.After(r.clock.Now()) {
			r.clock.At(due, expiryActor, key)
			return
		}
		_ = Delete[*corev1.Event](r, namespace, name, DeleteOptions{})
	})
	Watch(r, func(old, new *corev1.Event) {
		if old == nil {
			r.clock.After(eventLife, expiryActor, new.Namespace+"/"+new.Name)
		}
	})
}
