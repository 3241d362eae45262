package registry

import (
	"context"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
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
	return storages{"": a, "status": customresourcedefinition.NewStatusREST(scheme, a)}, nil
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
