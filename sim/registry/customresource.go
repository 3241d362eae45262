package registry

import (
	"context"
	"slices"

	"gieok/sim/store"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/registry/rest"
)

// definitionsResource is where definitions lie in the store.
const definitionsResource = "customresourcedefinitions.apiextensions.k8s.io"

func buildDefinitions(o generic.RESTOptionsGetter) (storages, error) {
	scheme := Scheme()
	a, err := customresourcedefinition.NewREST(scheme, o)
	if err != nil {
		return nil, err
	}
	a.Store.CreateStrategy = accepting{a.Store.CreateStrategy}
	return storages{"": definitionStorage{a}, "status": customresourcedefinition.NewStatusREST(scheme, a)}, nil
}

// definitionStorage deletes the objects of a kind together with it, which in a
// cluster a finalizer sees to.
type definitionStorage struct{ *customresourcedefinition.REST }

func (s definitionStorage) Delete(ctx context.Context, name string, validate rest.ValidateObjectFunc, o *metav1.DeleteOptions) (runtime.Object, bool, error) {
	obj, gone, err := s.REST.Delete(ctx, name, validate, o)
	d, ok := obj.(*apiextensions.CustomResourceDefinition)
	if err != nil || len(o.DryRun) > 0 || !gone && (!ok || !slices.Equal(d.Finalizers, []string{apiextensions.CustomResourceCleanupFinalizer})) {
		return obj, gone, err
	}
	r := From(ctx)
	for _, e := range r.store.List(name, "") {
		if m, err := meta.Accessor(e.Object); err == nil {
			r.store.Delete(store.Key{Resource: name, Namespace: m.GetNamespace(), Name: m.GetName()})
		}
	}
	r.store.Delete(store.Key{Resource: definitionsResource, Name: name})
	return obj, true, nil
}

// installDefinitions teaches the scheme the types of definitions.
func installDefinitions(scheme *runtime.Scheme) { apiextensionsinstall.Install(scheme) }

// accepting is a create strategy that also does what controllers of the API
// server do within milliseconds: it accepts the names and establishes the
// kind. Names that are taken are not looked for.
type accepting struct{ rest.RESTCreateStrategy }

func (s accepting) PrepareForCreate(ctx context.Context, obj runtime.Object) {
	s.RESTCreateStrategy.PrepareForCreate(ctx, obj)
	d, ok := obj.(*apiextensions.CustomResourceDefinition)
	if !ok {
		return
	}
	d.Status.AcceptedNames = *d.Spec.Names.DeepCopy()
	now := metav1.NewTime(From(ctx).clock.Now())
	d.Status.Conditions = []apiextensions.CustomResourceDefinitionCondition{
		{Type: apiextensions.NamesAccepted, Status: apiextensions.ConditionTrue, Reason: "NoConflicts", Message: "no conflicts found", LastTransitionTime: now},
		{Type: apiextensions.Established, Status: apiextensions.ConditionTrue, Reason: "InitialNamesAccepted", Message: "the initial names have been accepted", LastTransitionTime: now},
	}
}
