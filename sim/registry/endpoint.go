package registry

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/rest"
	pod "k8s.io/kubernetes/pkg/registry/core/pod/storage"
)

// An Endpoint is a resource of the API, or a subresource, with what serves it.
type Endpoint struct {
	Resource    schema.GroupVersionResource
	Subresource string
	Kind        schema.GroupVersionKind
	Namespaced  bool
	Storage     rest.Storage
}

// Endpoint finds what serves a resource in a version; ok is false if nothing
// does.
func (r *Registry) Endpoint(gvr schema.GroupVersionResource, sub string) (e Endpoint, ok bool) {
	k, ok := r.kinds.byResource[gvr.GroupResource()]
	if gvr.Group == "" && gvr.Resource == "services" {
		k, ok = r.services, true
	}
	if !ok || !k.serves(gvr.GroupVersion()) {
		return Endpoint{}, false
	}
	s := k.storages()[sub]
	if k.id() == "pods" && sub == "eviction" {
		s = r.eviction()
	}
	if s == nil {
		return Endpoint{}, false
	}
	e = Endpoint{Resource: gvr, Subresource: sub, Namespaced: k.namespaced, Storage: s,
		Kind: gvr.GroupVersion().WithKind(k.name)}
	if p, ok := s.(rest.GroupVersionKindProvider); ok {
		e.Kind = p.GroupVersionKind(gvr.GroupVersion())
	}
	return e, true
}

func (k *kind) serves(gv schema.GroupVersion) bool {
	if gv.Group == k.group && gv.Version == k.version {
		return true
	}
	for _, a := range k.also {
		if a == gv {
			return true
		}
	}
	return false
}

// eviction is the eviction storage, which asks for budgets without a context
// and so belongs to one cluster.
func (r *Registry) eviction() rest.Storage {
	a, err := pod.NewStorage(restOptions{r.kinds.byResource[schema.GroupResource{Resource: "pods"}]}, nil, nil, budgetClient{r}, nil)
	if err != nil {
		panic("registry: internal error: " + err.Error())
	}
	return a.Eviction
}
