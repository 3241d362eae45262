package controller

import (
	"maps"
	"slices"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

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

// Tokens fills in the Secrets that hold a token of a ServiceAccount, and deletes
// those whose account is not there.
type Tokens struct {
	r          *registry.Registry
	q          queue
	references queue // by "secret account"
}

// NewTokens registers the controller.
func NewTokens(r *registry.Registry) *Tokens {
	c := &Tokens{r: r}
	c.q = newQueue(r, "serviceaccount-token", c.sync)
	c.references = newQueue(r, "serviceaccount-reference", c.forget)
	registry.Watch(r, func(old, new *corev1.Secret) {
		if s := either(old, new); s.Type == corev1.SecretTypeServiceAccountToken {
			if new == nil {
				c.references.add(s.Namespace, s.Name+" "+s.Annotations[corev1.ServiceAccountNameKey])
				return
			}
			c.q.addObject(s)
		}
	})
	registry.Watch(r, func(old, new *corev1.ServiceAccount) {
		if new != nil {
			return
		}
		for _, s := range registry.List[*corev1.Secret](r, old.Namespace) {
			if s.Type == corev1.SecretTypeServiceAccountToken && s.Annotations[corev1.ServiceAccountNameKey] == old.Name {
				c.q.addObject(s)
			}
		}
	})
	return c
}

// account is the ServiceAccount that a Secret is for; ok is false if there is
// none or it is another one of that name.
func (c *Tokens) account(s *corev1.Secret) (sa *corev1.ServiceAccount, ok bool) {
	sa, ok = registry.Get[*corev1.ServiceAccount](c.r, s.Namespace, s.Annotations[corev1.ServiceAccountNameKey])
	if uid := s.Annotations[corev1.ServiceAccountUIDKey]; ok && uid != "" && types.UID(uid) != sa.UID {
		return nil, false
	}
	return sa, ok
}

func (c *Tokens) sync(namespace, name string) error {
	s, ok := registry.Get[*corev1.Secret](c.r, namespace, name)
	if !ok || s.Type != corev1.SecretTypeServiceAccountToken || s.Annotations[corev1.ServiceAccountNameKey] == "" {
		return nil
	}
	sa, ok := c.account(s)
	if !ok {
		return ignoreNotFound(registry.Delete[*corev1.Secret](c.r, namespace, name, registry.DeleteOptions{UID: s.UID}))
	}
	if string(s.Data[corev1.ServiceAccountRootCAKey]) == certificate && len(s.Data[corev1.ServiceAccountNamespaceKey]) > 0 && len(s.Data[corev1.ServiceAccountTokenKey]) > 0 {
		return nil
	}
	return ignoreNotFound(registry.Mutate(c.r, namespace, name, func(s *corev1.Secret) {
		data := maps.Clone(s.Data)
		if data == nil {
			data = map[string][]byte{}
		}
		data[corev1.ServiceAccountRootCAKey] = []byte(certificate)
		if len(data[corev1.ServiceAccountNamespaceKey]) == 0 {
			data[corev1.ServiceAccountNamespaceKey] = []byte(namespace)
		}
		if len(data[corev1.ServiceAccountTokenKey]) == 0 {
			data[corev1.ServiceAccountTokenKey] = []byte(c.r.LegacyToken(sa, s))
		}
		s.Data = data
		s.Annotations[corev1.ServiceAccountNameKey], s.Annotations[corev1.ServiceAccountUIDKey] = sa.Name, string(sa.UID)
	}))
}

// forget takes a Secret that is gone out of its account's list.
func (c *Tokens) forget(namespace, key string) error {
	secret, account, _ := strings.Cut(key, " ")
	if _, back := registry.Get[*corev1.Secret](c.r, namespace, secret); back {
		return nil
	}
	return ignoreNotFound(registry.Mutate(c.r, namespace, account, func(sa *corev1.ServiceAccount) {
		sa.Secrets = slices.DeleteFunc(sa.Secrets, func(ref corev1.ObjectReference) bool { return ref.Name == secret })
	}))
}
