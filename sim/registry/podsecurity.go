package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/warning"
	podsecurityadmission "k8s.io/pod-security-admission/admission"
	"k8s.io/pod-security-admission/admission/api/load"
	podsecurityapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/metrics"
	"k8s.io/pod-security-admission/policy"
)

// Pod Security Standards, as the labels of a namespace ask for them, are
// upstream's own checks and words over the namespaces and Pods of the call's
// cluster.

var podSecurityChecks = sync.OnceValues(func() (*podsecurityadmission.Admission, error) {
	config, err := load.LoadFromReader(nil)
	if err != nil {
		return nil, err
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	a := &podsecurityadmission.Admission{Configuration: config, Evaluator: evaluator, Metrics: uncounted{},
		PodSpecExtractor: podsecurityadmission.DefaultPodSpecExtractor{}, NamespaceGetter: residents{}, PodLister: residents{}}
	return a, a.CompleteConfiguration()
})

// podSecurity refuses Pods that violate what their namespace enforces, and
// warns of those, and of templates, that violate what it warns of.
func podSecurity(ctx context.Context, a admission.Attributes) error {
	if a.GetOperation() != admission.Create && a.GetOperation() != admission.Update {
		return nil
	}
	checks, err := podSecurityChecks()
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	resource := a.GetResource().GroupResource()
	if resource != corev1.Resource("namespaces") && !checks.PodSpecExtractor.HasPodSpec(resource) {
		return nil
	}
	answer := checks.Validate(ctx, served{a})
	for _, w := range answer.Warnings {
		warning.AddWarning(ctx, "", w)
	}
	if answer.Allowed {
		return nil
	}
	var refusal *apierrors.StatusError
	if err := admission.NewForbidden(a, errors.New("Not allowed by PodSecurity")); !errors.As(err, &refusal) || answer.Result == nil {
		return err
	}
	refusal.ErrStatus.Message, refusal.ErrStatus.Reason = answer.Result.Message, answer.Result.Reason
	refusal.ErrStatus.Details, refusal.ErrStatus.Code = answer.Result.Details, answer.Result.Code
	return refusal
}

// residents finds namespaces and their Pods in the cluster of the call.
type residents struct{}

func (residents) GetNamespace(ctx context.Context, name string) (*corev1.Namespace, error) {
	if ns, ok := Get[*corev1.Namespace](From(ctx), "", name); ok {
		return ns, nil
	}
	return nil, apierrors.NewNotFound(corev1.Resource("namespaces"), name)
}

func (residents) ListPods(ctx context.Context, namespace string) ([]*corev1.Pod, error) {
	return slices.Clone(List[*corev1.Pod](From(ctx), namespace)), nil // upstream reorders it
}

// served are the attributes of a write with its objects in their served
// versions.
type served struct{ admission.Attributes }

func (s served) GetObject() (runtime.Object, error) { return s.convert(s.Attributes.GetObject()) }

func (s served) GetOldObject() (runtime.Object, error) {
	return s.convert(s.Attributes.GetOldObject())
}

func (s served) GetOperation() admissionv1.Operation {
	return admissionv1.Operation(s.Attributes.GetOperation())
}

func (s served) GetUserName() string {
	if u := s.GetUserInfo(); u != nil {
		return u.GetName()
	}
	return ""
}

func (s served) convert(obj runtime.Object) (runtime.Object, error) {
	if obj == nil {
		return nil, fmt.Errorf("no object")
	}
	r := s.GetResource()
	return Scheme().ConvertToVersion(obj, schema.GroupVersion{Group: r.Group, Version: r.Version})
}

// uncounted keeps no metrics.
type uncounted struct{}

func (uncounted) RecordEvaluation(metrics.Decision, podsecurityapi.LevelVersion, metrics.Mode, podsecurityapi.Attributes) {
}
func (uncounted) RecordExemption(podsecurityapi.Attributes)   {}
func (uncounted) RecordError(bool, podsecurityapi.Attributes) {}
