package registry

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gieok/sim/store"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsserver "k8s.io/apiextensions-apiserver/pkg/apiserver"
	apiextensionsinformers "k8s.io/apiextensions-apiserver/pkg/client/informers/externalversions/apiextensions/v1"
	apiextensionslisters "k8s.io/apiextensions-apiserver/pkg/client/listers/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
	"k8s.io/client-go/tools/cache"
)

// Objects of kinds that a CustomResourceDefinition defines are served by
// upstream's own handler, with its pruning, defaults, validation and columns.
// It holds wait groups, which belong to the bubble of a command, and so is made
// for one request; hence, too, it never has to be told that a definition has
// changed.

// Limits of the handler's requests; they end by themselves.
const (
	customRequestTime  = time.Minute
	customBodyBytesMax = 3 << 20
)

// Definitions are the custom kinds of the cluster.
func (r *Registry) Definitions() []*apiextensionsv1.CustomResourceDefinition {
	return List[*apiextensionsv1.CustomResourceDefinition](r, "")
}

// DefinitionsKey changes with every change of a definition; "" without any.
func (r *Registry) DefinitionsKey() string {
	var key strings.Builder
	for _, e := range r.store.List(definitionsResource, "") {
		fmt.Fprintf(&key, "%d ", e.Version)
	}
	return key.String()
}

// CustomHandler serves objects of custom kinds, and what it doesn't know by
// next. Its requests need what those of the REST storages need in their
// context.
func (r *Registry) CustomHandler(next http.Handler) (http.Handler, error) {
	if r.DefinitionsKey() == "" {
		return next, nil
	}
	return apiextensionsserver.NewCustomResourceDefinitionHandler(nil, nil, definitions{r: r}, next, customOptions{r}, Admission(),
		nil, nil, nil, 1, Authorizer(), customRequestTime, customRequestTime, nil, customBodyBytesMax)
}

// definitions is a lister and an informer that knows no change.
type definitions struct {
	cache.SharedIndexInformer // nil: the handler only registers for events
	r                         *Registry
}

var (
	_ apiextensionsinformers.CustomResourceDefinitionInformer = definitions{}
	_ apiextensionslisters.CustomResourceDefinitionLister     = definitions{}
)

func (d definitions) Informer() cache.SharedIndexInformer                         { return d }
func (d definitions) Lister() apiextensionslisters.CustomResourceDefinitionLister { return d }

func (d definitions) AddEventHandler(cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	return nil, nil
}

func (d definitions) List(s labels.Selector) ([]*apiextensionsv1.CustomResourceDefinition, error) {
	return slices.DeleteFunc(d.r.Definitions(), func(c *apiextensionsv1.CustomResourceDefinition) bool { return !s.Matches(labels.Set(c.Labels)) }), nil
}

// seasoned is how old a definition must be for the handler not to sleep first,
// as several API servers would need.
const seasoned = 2 * time.Second

func (d definitions) Get(name string) (*apiextensionsv1.CustomResourceDefinition, error) {
	c, ok := Get[*apiextensionsv1.CustomResourceDefinition](d.r, "", name)
	if !ok {
		return nil, apierrors.NewNotFound(apiextensionsv1.Resource("customresourcedefinitions"), name)
	}
	c = c.DeepCopy()
	for i := range c.Status.Conditions {
		t := &c.Status.Conditions[i].LastTransitionTime
		*t = metav1.NewTime(t.Add(-seasoned))
	}
	return c, nil
}

// customOptions hands our backend to the storages of custom kinds.
type customOptions struct{ r *Registry }

func (o customOptions) GetRESTOptions(resource schema.GroupResource, _ runtime.Object) (generic.RESTOptions, error) {
	c, ok := Get[*apiextensionsv1.CustomResourceDefinition](o.r, "", resource.String())
	if !ok {
		return generic.RESTOptions{}, fmt.Errorf("registry: internal error: no definition of %s", resource)
	}
	config := storagebackend.Config{Codec: unstructured.UnstructuredJSONScheme}
	return generic.RESTOptions{
		StorageConfig:           config.ForResource(resource),
		EnableGarbageCollection: true,
		DeleteCollectionWorkers: 1,
		ResourcePrefix:          resource.String(),
		Decorator: func(_ *storagebackend.ConfigForResource, _ string, _ func(runtime.Object) (string, error),
			newFunc, _ func() runtime.Object, _ storage.AttrFunc, _ storage.IndexerFuncs, _ *cache.Indexers,
		) (storage.Interface, factory.DestroyFunc, error) {
			return &backend{resource: resource.String(), namespaced: c.Spec.Scope == apiextensionsv1.NamespaceScoped, newFunc: newFunc,
				version: newFunc().GetObjectKind().GroupVersionKind()}, func() {}, nil
		},
	}, nil
}

// definitionOf is the definition of a kind.
func (r *Registry) definitionOf(gk schema.GroupKind) (*apiextensionsv1.CustomResourceDefinition, bool) {
	for _, c := range r.Definitions() {
		if c.Spec.Group == gk.Group && c.Spec.Names.Kind == gk.Kind {
			return c, true
		}
	}
	return nil, false
}

func customKey(c *apiextensionsv1.CustomResourceDefinition, namespace, name string) store.Key {
	if c.Spec.Scope != apiextensionsv1.NamespaceScoped {
		namespace = ""
	}
	return store.Key{Resource: c.Name, Namespace: namespace, Name: name}
}

// customObjects are the objects of custom kinds, by definition, namespace and
// name.
func (r *Registry) customObjects() []Object {
	var out []Object
	for _, c := range r.Definitions() {
		for _, e := range r.store.List(c.Name, "") {
			out = append(out, Object{GVK: e.Object.GetObjectKind().GroupVersionKind(), Resource: c.Name, Object: e.Object})
		}
	}
	return out
}

// deleteCustom deletes an object of a custom kind, or marks it where it has
// finalizers.
func (r *Registry) deleteCustom(k store.Key, o DeleteOptions) error {
	e := r.store.Get(k)
	if e == nil {
		return apierrors.NewNotFound(schema.ParseGroupResource(k.Resource), k.Name)
	}
	obj := e.Object.DeepCopyObject()
	m, err := meta.Accessor(obj)
	if err != nil {
		return err
	}
	switch {
	case o.UID != "" && o.UID != m.GetUID():
		return apierrors.NewConflict(schema.ParseGroupResource(k.Resource), k.Name, fmt.Errorf("the UID is another one"))
	case len(m.GetFinalizers()) == 0:
		r.store.Delete(k)
		return nil
	case m.GetDeletionTimestamp() != nil:
		return nil
	}
	now := metav1.NewTime(r.clock.Now())
	m.SetDeletionTimestamp(&now)
	return r.putCustom(k, m, obj)
}

// updateCustom replaces an object of a custom kind, which ends it if it only
// waited for its finalizers.
func (r *Registry) updateCustom(obj *unstructured.Unstructured) error {
	c, ok := r.definitionOf(obj.GroupVersionKind().GroupKind())
	if !ok {
		return fmt.Errorf("%s: %w", obj.GroupVersionKind(), ErrNotServed)
	}
	k := customKey(c, obj.GetNamespace(), obj.GetName())
	if obj.GetDeletionTimestamp() != nil && len(obj.GetFinalizers()) == 0 {
		r.store.Delete(k)
		return nil
	}
	obj = obj.DeepCopy()
	return r.putCustom(k, obj, obj)
}

func (r *Registry) putCustom(k store.Key, m metav1.Object, obj runtime.Object) error {
	m.SetResourceVersion(strconv.FormatInt(r.store.NextVersion(), 10))
	_, err := r.store.Put(k, obj, nil)
	return err
}
