package controller

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Namespace empties namespaces that are being deleted, and then lets them go.
type Namespace struct {
	r *registry.Registry
	q queue
}

// NewNamespace registers the controller.
func NewNamespace(r *registry.Registry) *Namespace {
	c := &Namespace{r: r}
	c.q = newQueue(r, "namespace", func(_, name string) error { return c.sync(name) })
	registry.Watch(r, func(_, new *corev1.Namespace) {
		if new != nil && new.DeletionTimestamp != nil {
			c.q.add("", new.Name)
		}
	})
	registry.Watch(r, func(_, new *corev1.Pod) {
		if new == nil {
			c.wake()
		}
	})
	return c
}

// wake looks again when a Pod, which takes its time to end, is gone.
func (c *Namespace) wake() {
	for _, ns := range registry.List[*corev1.Namespace](c.r, "") {
		if ns.DeletionTimestamp != nil {
			c.q.add("", ns.Name)
		}
	}
}

// namespaceWait is when a namespace is looked at again in which something waits
// for a finalizer: half of upstream's estimate of 15 s, and one more.
const namespaceWait = 8 * time.Second

func (c *Namespace) sync(name string) error {
	ns, ok := registry.Get[*corev1.Namespace](c.r, "", name)
	if !ok || ns.DeletionTimestamp == nil {
		return nil
	}
	policy := metav1.DeletePropagationBackground
	for _, o := range c.content(name) {
		m, ok := o.Object.(metav1.Object)
		if !ok || m.GetDeletionTimestamp() != nil {
			continue
		}
		err := c.r.DeleteObject(o.GVK.GroupKind(), name, m.GetName(), registry.DeleteOptions{Propagation: &policy})
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	left := c.content(name)
	err := registry.MutateStatus(c.r, "", name, func(ns *corev1.Namespace) { c.explain(ns, left) })
	if err != nil {
		return ignoreNotFound(err)
	}
	if len(left) > 0 {
		c.q.after(namespaceWait, "", name)
		return nil
	}
	return ignoreNotFound(c.r.FinalizeNamespace(name))
}

// explain sets the conditions of a namespace that is being deleted: what is
// left in it, and which finalizers that waits for.
func (c *Namespace) explain(ns *corev1.Namespace, left []registry.Object) {
	kinds, finalizers := map[string]int{}, map[string]int{}
	for _, o := range left {
		resource, _, _ := strings.Cut(o.Resource, ".")
		kinds[resource+"."+o.GVK.Group]++
		if m, ok := o.Object.(metav1.Object); ok {
			for _, f := range m.GetFinalizers() {
				finalizers[f]++
			}
		}
	}
	at := now(c.r)
	set := func(t corev1.NamespaceConditionType, failed bool, reason, message string) {
		n := corev1.NamespaceCondition{Type: t, Status: corev1.ConditionFalse, Reason: reason, Message: message, LastTransitionTime: at}
		if failed {
			n.Status = corev1.ConditionTrue
		}
		for i := range ns.Status.Conditions {
			if old := &ns.Status.Conditions[i]; old.Type == t {
				if old.Status == n.Status {
					n.LastTransitionTime = old.LastTransitionTime
				}
				*old = n
				return
			}
		}
		ns.Status.Conditions = append(ns.Status.Conditions, n)
	}
	set(corev1.NamespaceDeletionDiscoveryFailure, false, "ResourcesDiscovered", "All resources successfully discovered")
	set(corev1.NamespaceDeletionGVParsingFailure, false, "ParsedGroupVersions", "All legacy kube types successfully parsed")
	set(corev1.NamespaceDeletionContentFailure, false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization")
	if list := counts(kinds, "%s has %d resource instances"); list != "" {
		set(corev1.NamespaceContentRemaining, true, "SomeResourcesRemain", "Some resources are remaining: "+list)
	} else {
		set(corev1.NamespaceContentRemaining, false, "ContentRemoved", "All content successfully removed")
	}
	if list := counts(finalizers, "%s in %d resource instances"); list != "" {
		set(corev1.NamespaceFinalizersRemaining, true, "SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: "+list)
	} else {
		set(corev1.NamespaceFinalizersRemaining, false, "ContentHasNoFinalizers", "All content-preserving finalizers finished")
	}
}

// counts lists numbers by name, in order.
func counts(m map[string]int, format string) string {
	lines := make([]string, 0, len(m))
	for name, n := range m {
		lines = append(lines, fmt.Sprintf(format, name, n))
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

// content is what lies in a namespace. Events go last: deletions make some.
func (c *Namespace) content(name string) []registry.Object {
	all := slices.DeleteFunc(c.r.Objects(), func(o registry.Object) bool {
		m, ok := o.Object.(metav1.Object)
		return !ok || m.GetNamespace() != name
	})
	slices.SortStableFunc(all, func(a, b registry.Object) int {
		ea, eb := a.GVK.Kind == "Event", b.GVK.Kind == "Event"
		if ea == eb {
			return 0
		}
		return first(eb)
	})
	return all
}

// ServiceAccount gives every namespace its default account and the certificate
// of the cluster.
type ServiceAccount struct {
	r *registry.Registry
	q queue
}

// NewServiceAccount registers the controller.
func NewServiceAccount(r *registry.Registry) *ServiceAccount {
	c := &ServiceAccount{r: r}
	c.q = newQueue(r, "serviceaccount", func(_, name string) error { return c.sync(name) })
	registry.Watch(r, func(_, new *corev1.Namespace) {
		if new != nil && new.DeletionTimestamp == nil {
			c.q.add("", new.Name)
		}
	})
	registry.Watch(r, func(_, new *corev1.ServiceAccount) {
		if new == nil {
			c.all()
		}
	})
	registry.Watch(r, func(old, _ *corev1.ConfigMap) {
		if old != nil && old.Name == rootCertificate {
			c.q.add("", old.Namespace)
		}
	})
	return c
}

func (c *ServiceAccount) all() {
	for _, ns := range registry.List[*corev1.Namespace](c.r, "") {
		c.q.add("", ns.Name)
	}
}

// rootCertificate is the ConfigMap with the certificate that Pods trust.
const rootCertificate = "kube-root-ca.crt"

// certificate stands for the cluster's; nothing here is encrypted with it.
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIBADAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDEwVnaWVvazAe
-----END CERTIFICATE-----
`

func (c *ServiceAccount) sync(name string) error {
	ns, ok := registry.Get[*corev1.Namespace](c.r, "", name)
	if !ok || ns.DeletionTimestamp != nil {
		return nil
	}
	if _, ok := registry.Get[*corev1.ServiceAccount](c.r, name, "default"); !ok {
		_, err := registry.Create(c.r, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: "default"}})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	data := map[string]string{"ca.crt": certificate}
	old, ok := registry.Get[*corev1.ConfigMap](c.r, name, rootCertificate)
	if !ok {
		_, err := registry.Create(c.r, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: rootCertificate, Annotations: map[string]string{
				"kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. " +
					"No other usage is guaranteed across distributions of Kubernetes clusters."}},
			Data: data,
		})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
		return nil
	}
	if old.Data["ca.crt"] == certificate && len(old.Data) == 1 {
		return nil
	}
	return registry.Mutate(c.r, name, rootCertificate, func(x *corev1.ConfigMap) { x.Data = data })
}
