package registry

import (
	"errors"
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// ErrNoScale says that objects of a kind have no scale subresource.
var ErrNoScale = errors.New("the server could not find the requested resource")

// A Scale is the size of an object of a custom kind.
type Scale struct {
	UID             types.UID
	Wanted, Current int32  // replicas
	Selector        string // of its Pods, as text; "" if it does not say
}

// scaling finds an object of a custom kind, and where its size stands.
func (r *Registry) scaling(gk schema.GroupKind, namespace, name string) (*unstructured.Unstructured, *apiextensionsv1.CustomResourceSubresourceScale, error) {
	c, ok := r.definitionOf(gk)
	if !ok {
		return nil, nil, ErrNoScale
	}
	e := r.store.Get(customKey(c, namespace, name))
	if e == nil {
		return nil, nil, apierrors.NewNotFound(schema.GroupResource{Group: gk.Group, Resource: c.Spec.Names.Plural}, name)
	}
	obj := e.Object.(*unstructured.Unstructured)
	for _, v := range c.Spec.Versions {
		if v.Name == obj.GroupVersionKind().Version && v.Subresources != nil && v.Subresources.Scale != nil {
			return obj, v.Subresources.Scale, nil
		}
	}
	return nil, nil, ErrNoScale
}

// fieldPath is a path as definitions write it, such as .spec.replicas.
func fieldPath(path string) []string { return strings.Split(strings.TrimPrefix(path, "."), ".") }

// CustomScale is what the scale subresource of an object of a custom kind says.
// The error is ErrNoScale, the API's that there is no such object, or that the
// object does not say how many replicas it wants.
func (r *Registry) CustomScale(gk schema.GroupKind, namespace, name string) (Scale, error) {
	obj, at, err := r.scaling(gk, namespace, name)
	if err != nil {
		return Scale{}, err
	}
	wanted, found, err := unstructured.NestedInt64(obj.Object, fieldPath(at.SpecReplicasPath)...)
	if err != nil {
		return Scale{}, apierrors.NewInternalError(err)
	}
	if !found {
		return Scale{}, apierrors.NewInternalError(fmt.Errorf("the spec replicas field %q does not exist", at.SpecReplicasPath))
	}
	// Upstream takes what is not there, or is something else, for nothing.
	current, _, _ := unstructured.NestedInt64(obj.Object, fieldPath(at.StatusReplicasPath)...)
	s := Scale{UID: obj.GetUID(), Wanted: int32(wanted), Current: int32(current)}
	if at.LabelSelectorPath != nil {
		s.Selector, _, _ = unstructured.NestedString(obj.Object, fieldPath(*at.LabelSelectorPath)...)
	}
	return s, nil
}

// SetCustomScale changes how many replicas an object of a custom kind wants.
// The errors are those of CustomScale.
func (r *Registry) SetCustomScale(gk schema.GroupKind, namespace, name string, replicas int32) error {
	obj, at, err := r.scaling(gk, namespace, name)
	if err != nil {
		return err
	}
	obj = obj.DeepCopy()
	if err := unstructured.SetNestedField(obj.Object, int64(replicas), fieldPath(at.SpecReplicasPath)...); err != nil {
		return apierrors.NewInternalError(err)
	}
	obj.SetGeneration(obj.GetGeneration() + 1)
	return r.updateCustom(obj)
}
