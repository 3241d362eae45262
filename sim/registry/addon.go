package registry

import (
	"fmt"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// An Addon is a program beside the control plane that many clusters run and a
// bare one doesn't: a provisioner of volumes, a load balancer. It runs while
// the lease of its leader stands in kube-system, so that a fork of the cluster
// has it and going back in time takes it away.
type Addon struct {
	Lease   string                  // name of the lease
	Objects func() []runtime.Object // what it is installed with, as its classes; may be nil
}

// Running reports whether the add-on is switched on.
func (a Addon) Running(r *Registry) bool {
	_, ok := Get[*coordinationv1.Lease](r, metav1.NamespaceSystem, a.Lease)
	return ok
}

// Watch calls f whenever the add-on has been switched on or off.
func (a Addon) Watch(r *Registry, f func()) {
	Watch(r, func(old, new *coordinationv1.Lease) {
		l := new
		if l == nil {
			l = old
		}
		if l.Namespace == metav1.NamespaceSystem && l.Name == a.Lease && (old == nil || new == nil) {
			f()
		}
	})
}

// Start installs the add-on. Objects that are there already stay as they are.
func (a Addon) Start(r *Registry) error {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: a.Lease},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: &a.Lease}}
	for _, obj := range append(a.objects(), lease) {
		if _, err := r.create(r.kindForObject(obj), obj); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("start %s: %w", a.Lease, err)
		}
	}
	return nil
}

// Stop removes the add-on and what it was installed with; what it has made for
// others stays.
func (a Addon) Stop(r *Registry) error {
	if err := Delete[*coordinationv1.Lease](r, metav1.NamespaceSystem, a.Lease, DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("stop %s: %w", a.Lease, err)
	}
	for _, obj := range a.objects() {
		m := obj.(metav1.Object)
		if err := r.delete(r.kindForObject(obj), m.GetNamespace(), m.GetName(), DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("stop %s: %w", a.Lease, err)
		}
	}
	return nil
}

func (a Addon) objects() []runtime.Object {
	if a.Objects == nil {
		return nil
	}
	return a.Objects()
}
