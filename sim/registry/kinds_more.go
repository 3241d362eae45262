package registry

import (
	"context"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metainternalversion "k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/registry/rest"
	api "k8s.io/kubernetes/pkg/apis/core"

	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install" // types, defaults
	_ "k8s.io/kubernetes/pkg/apis/authorization/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	mutatingpolicy "k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingadmissionpolicy/storage"
	mutatingbinding "k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingadmissionpolicybinding/storage"
	mutatingwebhook "k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingwebhookconfiguration/storage"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/resolver"
	validatingpolicy "k8s.io/kubernetes/pkg/registry/admissionregistration/validatingadmissionpolicy/storage"
	validatingbinding "k8s.io/kubernetes/pkg/registry/admissionregistration/validatingadmissionpolicybinding/storage"
	validatingwebhook "k8s.io/kubernetes/pkg/registry/admissionregistration/validatingwebhookconfiguration/storage"
	selfsubjectreview "k8s.io/kubernetes/pkg/registry/authentication/selfsubjectreview"
	"k8s.io/kubernetes/pkg/registry/authorization/localsubjectaccessreview"
	"k8s.io/kubernetes/pkg/registry/authorization/selfsubjectaccessreview"
	"k8s.io/kubernetes/pkg/registry/authorization/selfsubjectrulesreview"
	"k8s.io/kubernetes/pkg/registry/authorization/subjectaccessreview"
	certificates "k8s.io/kubernetes/pkg/registry/certificates/certificates/storage"
	"k8s.io/kubernetes/pkg/registry/core/componentstatus"
	ipaddress "k8s.io/kubernetes/pkg/registry/networking/ipaddress/storage"
	runtimeclass "k8s.io/kubernetes/pkg/registry/node/runtimeclass/storage"
	csidriver "k8s.io/kubernetes/pkg/registry/storage/csidriver/storage"
	csinode "k8s.io/kubernetes/pkg/registry/storage/csinode/storage"
	csistoragecapacity "k8s.io/kubernetes/pkg/registry/storage/csistoragecapacity/storage"
	volumeattachment "k8s.io/kubernetes/pkg/registry/storage/volumeattachment/storage"
	volumeattributesclass "k8s.io/kubernetes/pkg/registry/storage/volumeattributesclass/storage"
)

// seldomRows are the kinds of the table that nothing here acts on but that a
// cluster keeps, shows and checks.
func seldomRows() []*kind {
	const storageGroup, admissionGroup = "storage.k8s.io", "admissionregistration.k8s.io"
	return []*kind{
		{group: "node.k8s.io", version: "v1", name: "RuntimeClass", resource: "runtimeclasses", build: one(runtimeclass.NewREST)},
		{group: apiextensions.GroupName, version: "v1", name: "CustomResourceDefinition", resource: "customresourcedefinitions", build: buildDefinitions},
		{group: storageGroup, version: "v1", name: "CSIDriver", resource: "csidrivers", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := csidriver.NewStorage(o)
			return storages{"": a.CSIDriver}, err
		}},
		{group: storageGroup, version: "v1", name: "CSINode", resource: "csinodes", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := csinode.NewStorage(o)
			return storages{"": a.CSINode}, err
		}},
		{group: storageGroup, version: "v1", name: "CSIStorageCapacity", resource: "csistoragecapacities", namespaced: true,
			build: func(o generic.RESTOptionsGetter) (storages, error) {
				a, err := csistoragecapacity.NewStorage(o)
				return storages{"": a.CSIStorageCapacity}, err
			}},
		{group: storageGroup, version: "v1", name: "VolumeAttachment", resource: "volumeattachments", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := volumeattachment.NewStorage(o)
			return storages{"": a.VolumeAttachment, "status": a.Status}, err
		}},
		{group: storageGroup, version: "v1", name: "VolumeAttributesClass", resource: "volumeattributesclasses", build: one(volumeattributesclass.NewREST)},
		{group: "certificates.k8s.io", version: "v1", name: "CertificateSigningRequest", resource: "certificatesigningrequests",
			build: func(o generic.RESTOptionsGetter) (storages, error) {
				a, status, approval, err := certificates.NewREST(o)
				return storages{"": a, "status": status, "approval": approval}, err
			}},
		{group: admissionGroup, version: "v1", name: "ValidatingWebhookConfiguration", resource: "validatingwebhookconfigurations", build: one(validatingwebhook.NewREST)},
		{group: admissionGroup, version: "v1", name: "MutatingWebhookConfiguration", resource: "mutatingwebhookconfigurations", build: one(mutatingwebhook.NewREST)},
		{group: admissionGroup, version: "v1", name: "ValidatingAdmissionPolicy", resource: "validatingadmissionpolicies", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, status, err := validatingpolicy.NewREST(o, Authorizer(), unresolved)
			return storages{"": a, "status": status}, err
		}},
		{group: admissionGroup, version: "v1", name: "ValidatingAdmissionPolicyBinding", resource: "validatingadmissionpolicybindings", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := validatingbinding.NewREST(o, Authorizer(), &validatingbinding.DefaultPolicyGetter{Getter: getter{admissionGroup, "validatingadmissionpolicies"}}, unresolved)
			return storages{"": a}, err
		}},
		{group: admissionGroup, version: "v1", name: "MutatingAdmissionPolicy", resource: "mutatingadmissionpolicies", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := mutatingpolicy.NewREST(o, Authorizer(), unresolved)
			return storages{"": a}, err
		}},
		{group: admissionGroup, version: "v1", name: "MutatingAdmissionPolicyBinding", resource: "mutatingadmissionpolicybindings", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := mutatingbinding.NewREST(o, Authorizer(), &mutatingbinding.DefaultPolicyGetter{Getter: getter{admissionGroup, "mutatingadmissionpolicies"}}, unresolved)
			return storages{"": a}, err
		}},
		{group: "networking.k8s.io", version: "v1", name: "IPAddress", resource: "ipaddresses", build: one(ipaddress.NewREST)},
	}
}

// unresolved finds no resource of the kind that holds a policy's parameters, so
// that whoever names one needs to be allowed to read any of its group.
var unresolved = resolver.ResourceResolverFunc(func(gvk schema.GroupVersionKind) (schema.GroupVersionResource, error) {
	return schema.GroupVersionResource{}, &meta.NoKindMatchError{GroupKind: gvk.GroupKind(), SearchedVersions: []string{gvk.Version}}
})

// questionRows are the kinds that are asked and never kept.
func questionRows() []*kind {
	const authorization = "authorization.k8s.io"
	scheme := Scheme()
	return []*kind{
		{version: "v1", name: "ComponentStatus", resource: "componentstatuses", build: fixed(newComponents())},
		{group: "authentication.k8s.io", version: "v1", name: "SelfSubjectReview", resource: "selfsubjectreviews", build: fixed(selfsubjectreview.NewREST())},
		{group: authorization, version: "v1", name: "SelfSubjectAccessReview", resource: "selfsubjectaccessreviews", build: fixed(selfsubjectaccessreview.NewREST(Authorizer(), scheme))},
		{group: authorization, version: "v1", name: "SubjectAccessReview", resource: "subjectaccessreviews", build: fixed(subjectaccessreview.NewREST(Authorizer(), scheme))},
		{group: authorization, version: "v1", name: "LocalSubjectAccessReview", resource: "localsubjectaccessreviews", namespaced: true,
			build: fixed(localsubjectaccessreview.NewREST(Authorizer(), scheme))},
		{group: authorization, version: "v1", name: "SelfSubjectRulesReview", resource: "selfsubjectrulesreviews", build: fixed(selfsubjectrulesreview.NewREST(Authorizer()))},
	}
}

// fixed adapts a storage that keeps nothing.
func fixed(s rest.Storage) func(generic.RESTOptionsGetter) (storages, error) {
	return func(generic.RESTOptionsGetter) (storages, error) { return storages{"": s}, nil }
}

// components answers for the parts of the control plane. Upstream's storage
// asks them over the network; those of a simulation are always well.
type components struct{ *componentstatus.REST }

func newComponents() components { return components{componentstatus.NewStorage(nil)} }

func (components) all() []api.ComponentStatus {
	var out []api.ComponentStatus
	for _, name := range []string{"controller-manager", "scheduler", "etcd-0"} {
		out = append(out, api.ComponentStatus{ObjectMeta: metav1.ObjectMeta{Name: name},
			Conditions: []api.ComponentCondition{{Type: api.ComponentHealthy, Status: api.ConditionTrue, Message: "ok"}}})
	}
	return out
}

func (c components) List(context.Context, *metainternalversion.ListOptions) (runtime.Object, error) {
	return &api.ComponentStatusList{Items: c.all()}, nil
}

func (c components) Get(_ context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	for _, s := range c.all() {
		if s.Name == name {
			return &s, nil
		}
	}
	return nil, apierrors.NewNotFound(api.Resource("componentstatus"), name)
}
