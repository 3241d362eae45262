package registry

import (
	"context"
	"fmt"
	"sync"

	"gieok/sim/store"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/matching"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/client-go/applyconfigurations"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// Admission policies in CEL are upstream's own dispatchers over the policies
// and bindings of the call's cluster. A policy counts from the moment that it
// is stored; a real API server takes about a second to notice it.

// validatePolicies refuses or warns as the cluster's ValidatingAdmissionPolicies
// say.
func validatePolicies(ctx context.Context, r *Registry, a admission.Attributes, o admission.ObjectInterfaces) error {
	bindings := map[string][]*admissionv1.ValidatingAdmissionPolicyBinding{}
	for _, b := range List[*admissionv1.ValidatingAdmissionPolicyBinding](r, "") {
		bindings[b.Spec.PolicyName] = append(bindings[b.Spec.PolicyName], b)
	}
	if len(bindings) == 0 || isPolicy(a) {
		return nil
	}
	var hooks []validating.PolicyHook
	for _, p := range List[*admissionv1.ValidatingAdmissionPolicy](r, "") {
		if len(bindings[p.Name]) == 0 {
			continue
		}
		params, err := r.paramsOf(p.Spec.ParamKind)
		hook := validating.PolicyHook{Policy: p, Bindings: bindings[p.Name], Evaluator: compileValidating(p), ConfigurationError: err}
		if params != nil {
			hook.ParamInformer, hook.ParamScope = params, params.scope()
		}
		hooks = append(hooks, hook)
	}
	matcher := generic.NewPolicyMatcher(matching.NewMatcher(namespaces{r}, nil))
	return validating.NewDispatcher(Authorizer(), matcher).Dispatch(ctx, a, o, hooks)
}

// mutatePolicies changes an object as the cluster's MutatingAdmissionPolicies
// say.
func mutatePolicies(ctx context.Context, r *Registry, a admission.Attributes, o admission.ObjectInterfaces) error {
	bindings := map[string][]*admissionv1.MutatingAdmissionPolicyBinding{}
	for _, b := range List[*admissionv1.MutatingAdmissionPolicyBinding](r, "") {
		bindings[b.Spec.PolicyName] = append(bindings[b.Spec.PolicyName], b)
	}
	if len(bindings) == 0 || isPolicy(a) {
		return nil
	}
	var hooks []mutating.PolicyHook
	for _, p := range List[*admissionv1.MutatingAdmissionPolicy](r, "") {
		if len(bindings[p.Name]) == 0 {
			continue
		}
		params, err := r.paramsOf(p.Spec.ParamKind)
		hook := mutating.PolicyHook{Policy: p, Bindings: bindings[p.Name], Evaluator: compileMutating(p), ConfigurationError: err}
		if params != nil {
			hook.ParamInformer, hook.ParamScope = params, params.scope()
		}
		hooks = append(hooks, hook)
	}
	return mutating.NewDispatcher(Authorizer(), matching.NewMatcher(namespaces{r}, nil), converters{}).Dispatch(ctx, a, o, hooks)
}

// isPolicy reports whether a write is about what policies never see: policies
// and webhooks themselves, and questions that are not kept.
func isPolicy(a admission.Attributes) bool {
	switch a.GetResource().Group {
	case "admissionregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io":
		return true
	}
	return false
}

// converters knows the types that an ApplyConfiguration is merged by.
type converters struct{}

var builtInTypes = sync.OnceValue(func() managedfields.TypeConverter { return applyconfigurations.NewTypeConverter(Scheme()) })

func (converters) Run(context.Context) {}

func (converters) GetTypeConverter(gvk schema.GroupVersionKind) managedfields.TypeConverter {
	if Scheme().Recognizes(gvk) {
		return builtInTypes()
	}
	return managedfields.NewDeducedTypeConverter()
}

// namespaces lists those of a cluster.
type namespaces struct{ r *Registry }

var _ corelisters.NamespaceLister = namespaces{}

func (n namespaces) List(s labels.Selector) ([]*corev1.Namespace, error) {
	var out []*corev1.Namespace
	for _, ns := range List[*corev1.Namespace](n.r, "") {
		if s.Matches(labels.Set(ns.Labels)) {
			out = append(out, ns)
		}
	}
	return out, nil
}

func (n namespaces) Get(name string) (*corev1.Namespace, error) {
	if ns, ok := Get[*corev1.Namespace](n.r, "", name); ok {
		return ns, nil
	}
	return nil, fmt.Errorf("namespace %q is not there", name) // upstream would ask over the network for one that is "not found"
}

// A params finds the objects that a policy's bindings name as its parameters.
// Upstream wants an informer; of it only whether it is in step is asked.
type params struct {
	cache.SharedIndexInformer
	r          *Registry
	kind       *kind // nil for a custom one
	resource   schema.GroupResource
	namespaced bool
	namespace  string
}

// paramsOf is the source for a kind, nil if a policy has none.
func (r *Registry) paramsOf(kind *admissionv1.ParamKind) (*params, error) {
	if kind == nil {
		return nil, nil
	}
	gvk := schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind)
	if k, ok := r.kindOf(gvk.GroupKind()); ok && k.version == gvk.Version {
		return &params{r: r, kind: k, resource: schema.GroupResource{Group: k.group, Resource: k.resource}, namespaced: k.namespaced}, nil
	}
	if c, ok := r.definitionOf(gvk.GroupKind()); ok {
		return &params{r: r, resource: schema.GroupResource{Group: c.Spec.Group, Resource: c.Spec.Names.Plural}, namespaced: c.Spec.Scope == apiextensionsv1.NamespaceScoped}, nil
	}
	return nil, fmt.Errorf("failed to find resource referenced by paramKind: '%v'", gvk)
}

func (p *params) scope() meta.RESTScope {
	if p.namespaced {
		return meta.RESTScopeNamespace
	}
	return meta.RESTScopeRoot
}

// HasSynced reports that the source is always in step.
func (p *params) HasSynced() bool { return true }

// Informer is the source itself.
func (p *params) Informer() cache.SharedIndexInformer { return p }

// Lister is the source itself.
func (p *params) Lister() cache.GenericLister { return p }

// ByNamespace is the source of one namespace.
func (p *params) ByNamespace(namespace string) cache.GenericNamespaceLister {
	q := *p
	q.namespace = namespace
	return &q
}

func (p *params) external(e *store.Entry) runtime.Object {
	if p.kind == nil {
		return e.Object
	}
	return p.kind.external(e)
}

// List is the objects that a selector matches.
func (p *params) List(s labels.Selector) ([]runtime.Object, error) {
	var out []runtime.Object
	for _, e := range p.r.store.List(p.resource.String(), p.namespace) {
		obj := p.external(e)
		if m, err := meta.Accessor(obj); err == nil && s.Matches(labels.Set(m.GetLabels())) {
			out = append(out, obj)
		}
	}
	return out, nil
}

// Get is the object of a name.
func (p *params) Get(name string) (runtime.Object, error) {
	e := p.r.store.Get(store.Key{Resource: p.resource.String(), Namespace: p.namespace, Name: name})
	if e == nil {
		return nil, apierrors.NewNotFound(p.resource, name)
	}
	return p.external(e), nil
}
