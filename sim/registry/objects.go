package registry

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"gieok/sim/store"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	api "k8s.io/kubernetes/pkg/apis/core"
)

// kindOf is the row for a kind; ok is false for one that is not served.
func (r *Registry) kindOf(gk schema.GroupKind) (*kind, bool) {
	if gk.Group == "" && gk.Kind == "Service" {
		return r.services, true
	}
	k, ok := r.kinds.byKind[gk]
	return k, ok
}

// kindFor is the row for a Go type, which must be one of the table.
func kindFor[T runtime.Object](r *Registry) *kind {
	if gk, ok := r.kinds.kindOfType[reflect.TypeFor[T]()]; ok {
		if k, ok := r.kindOf(gk); ok {
			return k
		}
	}
	panic(fmt.Sprintf("registry: internal error: %s is not served", reflect.TypeFor[T]()))
}

func (r *Registry) kindForObject(obj runtime.Object) *kind {
	gvks, _, err := legacyscheme.Scheme.ObjectKinds(obj)
	if err != nil {
		panic(fmt.Sprintf("registry: internal error: %T is in no group: %v", obj, err))
	}
	k, ok := r.kindOf(gvks[0].GroupKind())
	if !ok {
		panic(fmt.Sprintf("registry: internal error: %T is not served", obj))
	}
	return k
}

// external is the object of an entry in its served version; shared, never to
// be changed.
func (k *kind) external(e *store.Entry) runtime.Object {
	return e.External(k.share)
}

// share is toExternal for an obj that is stored. Both forms may share memory,
// since neither is ever changed.
func (k *kind) share(obj runtime.Object) runtime.Object {
	out, err := legacyscheme.Scheme.UnsafeConvertToVersion(obj, schema.GroupVersion{Group: k.group, Version: k.version})
	if err != nil || out == obj { // toExternal writes to what it returns
		return k.toExternal(obj.DeepCopyObject())
	}
	out.GetObjectKind().SetGroupVersionKind(k.gvk())
	return out
}

// toExternal converts obj, which must not be used afterwards.
func (k *kind) toExternal(obj runtime.Object) runtime.Object {
	out, err := legacyscheme.Scheme.UnsafeConvertToVersion(obj, schema.GroupVersion{Group: k.group, Version: k.version})
	if err != nil {
		panic(fmt.Sprintf("registry: internal error: %s: %v", k.id(), err))
	}
	out.GetObjectKind().SetGroupVersionKind(k.gvk())
	return out
}

// toInternal returns a defaulted copy of obj in upstream's internal form.
func toInternal(obj runtime.Object) (runtime.Object, error) {
	return makeInternal(obj.DeepCopyObject())
}

// makeInternal is toInternal for an obj that must not be used afterwards.
func makeInternal(obj runtime.Object) (runtime.Object, error) {
	legacyscheme.Scheme.Default(obj)
	return legacyscheme.Scheme.UnsafeConvertToVersion(obj, schema.GroupVersion{Group: groupOf(obj), Version: runtime.APIVersionInternal})
}

func groupOf(obj runtime.Object) string {
	gvks, _, err := legacyscheme.Scheme.ObjectKinds(obj)
	if err != nil {
		return ""
	}
	return gvks[0].Group
}

// Get returns an object in its served version. It is shared: copy it before
// changing it.
func Get[T runtime.Object](r *Registry, namespace, name string) (obj T, ok bool) {
	k := kindFor[T](r)
	e := r.store.Get(store.Key{Resource: k.id(), Namespace: namespace, Name: name})
	if e == nil {
		return obj, false
	}
	return k.external(e).(T), true
}

// List returns the objects of a namespace, or with "" of all, ordered by
// namespace and name. They are shared: copy before changing.
func List[T runtime.Object](r *Registry, namespace string) []T {
	k := kindFor[T](r)
	return externals[T](k, r.store.List(k.id(), namespace))
}

// Watch calls f after each write of a T; old is nil when it was added, new is
// nil when it was deleted. f should do no more than ask the clock for a call.
func Watch[T runtime.Object](r *Registry, f func(old, new T)) {
	k := kindFor[T](r)
	r.store.Watch(k.id(), func(c store.Change) {
		var before, now T
		if c.Old != nil {
			before = k.external(c.Old).(T)
		}
		if c.New != nil {
			now = k.external(c.New).(T)
		}
		f(before, now)
	})
}

// WatchAll is Watch for every kind but Event, those of custom definitions
// included.
func WatchAll(r *Registry, f func(gk schema.GroupKind, old, new metav1.Object)) {
	kinds := map[string]schema.GroupKind{}
	for _, k := range append([]*kind{r.services}, r.kinds.rows...) {
		kinds[k.id()] = k.gvk().GroupKind()
	}
	of := func(e *store.Entry) metav1.Object {
		if e == nil {
			return nil
		}
		m, err := meta.Accessor(e.Object)
		if err != nil {
			return nil
		}
		return m
	}
	r.store.Watch("", func(c store.Change) {
		if c.Key.Resource == "events" {
			return
		}
		gk, ok := kinds[c.Key.Resource]
		if !ok {
			e := c.New
			if e == nil {
				e = c.Old
			}
			gk = e.Object.GetObjectKind().GroupVersionKind().GroupKind()
		}
		f(gk, of(c.Old), of(c.New))
	})
}

// Serves reports whether the cluster knows a kind.
func (r *Registry) Serves(gk schema.GroupKind) bool {
	if _, ok := r.kindOf(gk); ok {
		return true
	}
	_, ok := r.definitionOf(gk)
	return ok
}

// LivesElsewhere reports whether the object with a UID is in another namespace
// than the given one.
func (r *Registry) LivesElsewhere(gk schema.GroupKind, namespace string, uid types.UID) bool {
	resource := ""
	if k, ok := r.kindOf(gk); ok && k.namespaced {
		resource = k.id()
	} else if c, ok := r.definitionOf(gk); ok {
		resource = c.Name
	}
	if resource == "" {
		return false
	}
	for _, e := range r.store.List(resource, "") {
		if m, err := meta.Accessor(e.Object); err == nil && m.GetUID() == uid && m.GetNamespace() != "" && m.GetNamespace() != namespace {
			return true
		}
	}
	return false
}

// Create stores a new object with upstream's defaults, admission and
// validation. Errors are those of the API (k8s.io/apimachinery api/errors).
// What is stored is returned, and shared: copy it before changing it.
func Create[T runtime.Object](r *Registry, obj T) (T, error) {
	k := kindFor[T](r)
	out, err := r.create(k, obj)
	if err != nil {
		var zero T
		return zero, err
	}
	return k.toExternal(out).(T), nil
}

// context is that of a call that no HTTP request carries.
func (r *Registry) context(k *kind, verb, sub, namespace, name string) context.Context {
	ctx := request.WithNamespace(context.WithValue(r.With(context.Background()), insideKey, true), namespace)
	if k.group == rbacv1.GroupName {
		ctx = request.WithUser(ctx, loopback())
	}
	return request.WithRequestInfo(ctx, &request.RequestInfo{IsResourceRequest: true, Verb: verb, APIGroup: k.group, APIVersion: k.version,
		Resource: k.resource, Subresource: sub, Namespace: namespace, Name: name})
}

// create stores obj and returns the result in upstream's internal form.
func (r *Registry) create(k *kind, obj runtime.Object) (runtime.Object, error) {
	internal, err := toInternal(obj)
	if err != nil {
		return nil, err
	}
	m, err := meta.Accessor(internal)
	if err != nil {
		return nil, err
	}
	rest.WipeObjectMetaSystemFields(m)
	ctx := r.context(k, "create", "", m.GetNamespace(), m.GetName())
	attrs := attributes(k, internal, nil, m, "", admission.Create, &metav1.CreateOptions{})
	chain := Admission()
	if err := chain.Admit(ctx, attrs, objectInterfaces()); err != nil {
		return nil, err
	}
	validate := rest.AdmissionToValidateObjectFunc(chain, attrs, objectInterfaces())
	out, err := k.storages()[""].(rest.Creater).Create(ctx, internal, validate, &metav1.CreateOptions{})
	if err != nil {
		return nil, inOrder(err)
	}
	return out, nil
}

func attributes(k *kind, obj, old runtime.Object, m metav1.Object, sub string, op admission.Operation, o runtime.Object) admission.Attributes {
	gvr := schema.GroupVersionResource{Group: k.group, Version: k.version, Resource: k.resource}
	return admission.NewAttributesRecord(obj, old, k.gvk(), m.GetNamespace(), m.GetName(), gvr, sub, op, o, false, loopback())
}

func objectInterfaces() admission.ObjectInterfaces {
	return admission.NewObjectInterfacesFromScheme(legacyscheme.Scheme)
}

// Update replaces an object. It fails with a conflict if obj carries an old
// resource version. What is stored is returned, and shared.
func Update[T runtime.Object](r *Registry, obj T) (T, error) { return update(r, obj, "") }

// UpdateStatus replaces the status of an object.
func UpdateStatus[T runtime.Object](r *Registry, obj T) (T, error) { return update(r, obj, "status") }

func update[T runtime.Object](r *Registry, obj T, sub string) (T, error) {
	var zero T
	k := kindFor[T](r)
	out, err := r.update(k, obj.DeepCopyObject(), sub)
	if err != nil {
		return zero, err
	}
	return k.toExternal(out).(T), nil
}

// update writes obj, which must not be used afterwards, and returns the result
// in upstream's internal form.
func (r *Registry) update(k *kind, obj runtime.Object, sub string) (runtime.Object, error) {
	internal, err := makeInternal(obj)
	if err != nil {
		return nil, err
	}
	m, err := meta.Accessor(internal)
	if err != nil {
		return nil, err
	}
	ctx := r.context(k, "update", sub, m.GetNamespace(), m.GetName())
	updater, ok := k.storages()[sub].(rest.Updater)
	if !ok {
		return nil, fmt.Errorf("registry: internal error: %s has no %q to update", k.id(), sub)
	}
	var validate rest.ValidateObjectUpdateFunc
	if sub != "status" { // admission has no say there
		validate = func(ctx context.Context, obj, old runtime.Object) error {
			attrs := attributes(k, obj, old, m, sub, admission.Update, &metav1.UpdateOptions{})
			return Admission().Validate(ctx, attrs, objectInterfaces())
		}
	}
	out, _, err := updater.Update(ctx, m.GetName(), given{internal, m.GetUID()}, rest.ValidateAllObjectFunc, validate, false, &metav1.UpdateOptions{})
	if err != nil {
		return nil, inOrder(err)
	}
	return out, nil
}

// given is an object that nobody needs afterwards, for a storage to write;
// upstream's DefaultUpdatedObjectInfo makes a copy, lest it be asked twice. This
// one names the version that it is based on, and that is gone then.
type given struct {
	obj runtime.Object
	uid types.UID
}

func (g given) Preconditions() *metav1.Preconditions {
	if g.uid == "" {
		return nil
	}
	return &metav1.Preconditions{UID: &g.uid}
}

func (g given) UpdatedObject(context.Context, runtime.Object) (runtime.Object, error) {
	return g.obj, nil
}

// Mutate gets an object, lets f change a copy, and updates it if f changed
// something.
func Mutate[T runtime.Object](r *Registry, namespace, name string, f func(obj T)) error {
	return mutate(r, namespace, name, "", f)
}

// MutateStatus is Mutate for the status of an object.
func MutateStatus[T runtime.Object](r *Registry, namespace, name string, f func(obj T)) error {
	return mutate(r, namespace, name, "status", f)
}

func mutate[T runtime.Object](r *Registry, namespace, name, sub string, f func(obj T)) error {
	k := kindFor[T](r)
	current, ok := Get[T](r, namespace, name)
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{Group: k.group, Resource: k.resource}, name)
	}
	obj := current.DeepCopyObject().(T)
	f(obj)
	if equal(obj, current) {
		return nil
	}
	_, err := r.update(k, obj, sub)
	return err
}

// DeleteOptions say how an object is deleted. The zero value deletes with the
// kind's own grace period and garbage collection.
type DeleteOptions struct {
	GracePeriodSeconds *int64
	Propagation        *metav1.DeletionPropagation
	UID                types.UID // "" for any
}

// Delete deletes an object, or marks it as being deleted where a grace period
// or finalizers ask for that.
func Delete[T runtime.Object](r *Registry, namespace, name string, o DeleteOptions) error {
	return r.delete(kindFor[T](r), namespace, name, o)
}

func (r *Registry) delete(k *kind, namespace, name string, o DeleteOptions) error {
	options := &metav1.DeleteOptions{GracePeriodSeconds: o.GracePeriodSeconds, PropagationPolicy: o.Propagation}
	if o.UID != "" {
		options.Preconditions = &metav1.Preconditions{UID: &o.UID}
	}
	deleter := k.storages()[""].(rest.GracefulDeleter)
	_, _, err := deleter.Delete(r.context(k, "delete", "", namespace, name), name, rest.ValidateAllObjectFunc, options)
	return err
}

// Bind assigns a Pod to a node, as a scheduler does.
func (r *Registry) Bind(namespace, pod, node string) error {
	k := kindFor[*corev1.Pod](r)
	binding := &api.Binding{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: pod}, Target: api.ObjectReference{Kind: "Node", Name: node}}
	creater := k.storages()["binding"].(rest.NamedCreater)
	_, err := creater.Create(r.context(k, "create", "binding", namespace, pod), pod, binding, rest.ValidateAllObjectFunc, &metav1.CreateOptions{})
	return err
}

// An Object is any object of the cluster with what names it.
type Object struct {
	GVK      schema.GroupVersionKind
	Resource string
	Object   runtime.Object // in its served version; shared, never to be changed
}

// Objects returns every object of the cluster, ordered by the table of kinds,
// namespace and name.
func (r *Registry) Objects() []Object {
	var out []Object
	for _, k := range append([]*kind{r.services}, r.kinds.rows...) {
		for _, e := range r.store.List(k.id(), "") {
			out = append(out, Object{GVK: k.gvk(), Resource: k.id(), Object: k.external(e)})
		}
	}
	return append(out, r.customObjects()...)
}

// GetObject returns the object of a kind by name, in its served version.
func (r *Registry) GetObject(gk schema.GroupKind, namespace, name string) (runtime.Object, bool) {
	k, ok := r.kindOf(gk)
	if !ok {
		c, ok := r.definitionOf(gk)
		if !ok {
			return nil, false
		}
		e := r.store.Get(customKey(c, namespace, name))
		if e == nil {
			return nil, false
		}
		return e.Object, true
	}
	if !k.namespaced {
		namespace = ""
	}
	e := r.store.Get(store.Key{Resource: k.id(), Namespace: namespace, Name: name})
	if e == nil {
		return nil, false
	}
	return k.external(e), true
}

// DeleteObject is Delete for a kind that is known at run time only.
func (r *Registry) DeleteObject(gk schema.GroupKind, namespace, name string, o DeleteOptions) error {
	k, ok := r.kindOf(gk)
	if !ok {
		if c, ok := r.definitionOf(gk); ok {
			return r.deleteCustom(customKey(c, namespace, name), o)
		}
		return fmt.Errorf("%s: %w", gk, ErrNotServed)
	}
	return r.delete(k, namespace, name, o)
}

// UpdateObject is Update for a kind that is known at run time only.
func (r *Registry) UpdateObject(obj runtime.Object) error {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		return r.updateCustom(u)
	}
	_, err := r.update(r.kindForObject(obj), obj.DeepCopyObject(), "")
	return err
}

// ErrNotServed is returned for a kind that no row of the table serves.
var ErrNotServed = errors.New("this cluster does not know the kind")

// Served reports whether objects of a kind can be stored.
func (r *Registry) Served(gk schema.GroupKind) bool {
	if _, ok := r.kindOf(gk); ok {
		return true
	}
	_, ok := r.definitionOf(gk)
	return ok
}
