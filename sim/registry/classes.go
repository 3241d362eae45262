package registry

import (
	"cmp"
	"errors"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apiserver/pkg/admission"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/helper"
	"k8s.io/kubernetes/pkg/apis/networking"
)

// legacyIngressClass is the annotation that named the class before there was a
// field for it.
const legacyIngressClass = "kubernetes.io/ingress.class"

// defaultIngressClass fills in the default class, the newest if there are
// several.
func defaultIngressClass(r *Registry, i *networking.Ingress) {
	if _, named := i.Annotations[legacyIngressClass]; named || i.Spec.IngressClassName != nil {
		return
	}
	defaults := slices.DeleteFunc(slices.Clone(List[*networkingv1.IngressClass](r, "")), func(c *networkingv1.IngressClass) bool {
		return c.Annotations[networkingv1.AnnotationIsDefaultIngressClass] != "true"
	})
	if len(defaults) == 0 {
		return
	}
	best := slices.MinFunc(defaults, func(a, b *networkingv1.IngressClass) int {
		return cmp.Or(b.CreationTimestamp.Compare(a.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	i.Spec.IngressClassName = &best.Name
}

// isDefaultStorageClass is the annotation of the default StorageClass.
const isDefaultStorageClass = "storageclass.kubernetes.io/is-default-class"

// DefaultStorageClass is the name of the default class, the newest if there are
// several, or "" if there is none.
func (r *Registry) DefaultStorageClass() string {
	var best *storagev1.StorageClass
	for _, c := range List[*storagev1.StorageClass](r, "") {
		if c.Annotations[isDefaultStorageClass] == "true" && (best == nil || best.CreationTimestamp.Before(&c.CreationTimestamp)) {
			best = c
		}
	}
	if best == nil {
		return ""
	}
	return best.Name
}

// growClaim refuses that a claim asks for more, unless it is bound and its
// class says that it may.
func growClaim(r *Registry, a admission.Attributes, old, claim *api.PersistentVolumeClaim) error {
	had, wants := old.Spec.Resources.Requests[api.ResourceStorage], claim.Spec.Resources.Requests[api.ResourceStorage]
	if wants.Cmp(had) <= 0 {
		return nil
	}
	if old.Status.Phase != api.ClaimBound {
		return admission.NewForbidden(a, errors.New("Only bound persistent volume claims can be expanded"))
	}
	class := helper.GetPersistentVolumeClaimClass(claim)
	if class != "" && class == helper.GetPersistentVolumeClaimClass(old) {
		if c, ok := Get[*storagev1.StorageClass](r, "", class); ok && c.AllowVolumeExpansion != nil && *c.AllowVolumeExpansion {
			return nil
		}
	}
	return admission.NewForbidden(a, errors.New("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"))
}
