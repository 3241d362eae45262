package registry

import (
	"context"
	"reflect"

	"k8s.io/apimachinery/pkg/api/operation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericregistry "k8s.io/apiserver/pkg/registry/generic/registry"
	"k8s.io/apiserver/pkg/registry/rest"
)

// A statusREST is upstream's storage of a status with a statusStrategy.
type statusREST struct {
	upstreamStatus
	store *genericregistry.Store
}

// upstreamStatus is what the API's handlers look for in the storage of a status.
type upstreamStatus interface {
	rest.Patcher
	rest.Storage
	rest.TableConvertor
	rest.ResetFieldsStrategy
}

// quickStatus makes the storage of a status of upstream's one, the store of the
// kind itself, and upstream's strategy for the status.
func quickStatus(s upstreamStatus, main *genericregistry.Store, strategy declarativeStrategy) statusREST {
	store := *main
	store.UpdateStrategy = statusStrategy{strategy}
	return statusREST{upstreamStatus: s, store: &store}
}

// Update is upstream's: what is not there is not made.
func (s statusREST) Update(ctx context.Context, name string, info rest.UpdatedObjectInfo, create rest.ValidateObjectFunc,
	update rest.ValidateObjectUpdateFunc, _ bool, o *metav1.UpdateOptions) (runtime.Object, bool, error) {
	return s.store.Update(ctx, name, info, create, update, false, o)
}

type declarativeStrategy interface {
	rest.RESTUpdateStrategy
	rest.DeclarativeValidationStrategy
}

// A statusStrategy is one of upstream's, for a status, that finds out sooner
// that the spec has not changed. The generated validation leaves alone what is
// as it was, which it learns by comparing copies; but a status is written with
// the spec that is stored, whatever the request says, and to leave both out
// comes to the same.
type statusStrategy struct{ declarativeStrategy }

func (s statusStrategy) ValidateDeclaratively(ctx context.Context, obj, old runtime.Object, errs field.ErrorList, op operation.Type,
	c rest.DeclarativeValidationConfig) field.ErrorList {
	return s.declarativeStrategy.ValidateDeclaratively(ctx, withoutSpec(obj), withoutSpec(old), errs, op, c)
}

// withoutSpec is obj with an empty spec; all else is shared.
func withoutSpec(obj runtime.Object) runtime.Object {
	v := reflect.ValueOf(obj).Elem()
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	c.Elem().FieldByName("Spec").SetZero()
	return c.Interface().(runtime.Object)
}
