package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apiserver/pkg/admission"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/networking"
	schedulingapi "k8s.io/kubernetes/pkg/apis/scheduling"
	"k8s.io/kubernetes/plugin/pkg/admission/defaulttolerationseconds"
	"k8s.io/kubernetes/plugin/pkg/admission/limitranger"
	"k8s.io/kubernetes/plugin/pkg/admission/serviceaccount"
)

// An AdmissionChain is the admission of a default cluster: namespace life
// cycle, LimitRanger, ServiceAccount, Priority, DefaultTolerationSeconds,
// DefaultStorageClass, StorageObjectInUseProtection, PodSecurity, the admission
// policies in CEL and ResourceQuota. Upstream's plugins ask
// listers that know no context, hence these short ones over the registry of
// the call; where an upstream plugin needs no lister it is used as it is.
type AdmissionChain struct {
	tolerations *defaulttolerationseconds.Plugin
}

var (
	_ admission.MutationInterface   = AdmissionChain{}
	_ admission.ValidationInterface = AdmissionChain{}
)

// Admission returns the chain, which is the same for all clusters.
func Admission() AdmissionChain { return admissionChain() }

var admissionChain = sync.OnceValue(func() AdmissionChain {
	t := defaulttolerationseconds.NewDefaultTolerationSeconds()
	t.InspectFeatureGates(utilfeature.DefaultFeatureGate) // sets its 300 seconds
	return AdmissionChain{tolerations: t}
})

// Handles reports that every operation but connect is looked at.
func (AdmissionChain) Handles(op admission.Operation) bool { return op != admission.Connect }

// Admit changes what is to be written, or refuses it.
func (c AdmissionChain) Admit(ctx context.Context, a admission.Attributes, o admission.ObjectInterfaces) error {
	r := From(ctx)
	if err := namespaceLifecycle(r, a); err != nil {
		return err
	}
	if a.GetOperation() == admission.Create && a.GetSubresource() == "" {
		// Upstream generates names without a context, hence at random, and after
		// admission has changed the object: a refusal here names the prefix.
		if m, err := meta.Accessor(a.GetObject()); err == nil && m.GetName() == "" && m.GetGenerateName() != "" {
			name := r.generate(m.GetGenerateName())
			if err := c.mutateAll(ctx, r, a, o); err != nil {
				return err
			}
			m.SetName(name)
			return nil
		}
	}
	return c.mutateAll(ctx, r, a, o)
}

// mutateAll changes what is to be written by what it is and by the cluster's
// policies. What policies changed is looked at once more.
func (c AdmissionChain) mutateAll(ctx context.Context, r *Registry, a admission.Attributes, o admission.ObjectInterfaces) error {
	if err := c.mutate(ctx, r, a, o); err != nil {
		return err
	}
	if err := mutatePolicies(ctx, r, a, o); err != nil || !a.GetReinvocationContext().ShouldReinvoke() {
		return err
	}
	a.GetReinvocationContext().SetIsReinvoke()
	if err := c.mutate(ctx, r, a, o); err != nil {
		return err
	}
	return mutatePolicies(ctx, r, a, o)
}

// mutate changes what is to be written by what it is.
func (c AdmissionChain) mutate(ctx context.Context, r *Registry, a admission.Attributes, o admission.ObjectInterfaces) error {
	switch obj := a.GetObject().(type) {
	case *api.Pod:
		if a.GetSubresource() != "" {
			return nil
		}
		return c.admitPod(ctx, r, a, o, obj)
	case *api.PersistentVolumeClaim:
		if a.GetOperation() == admission.Create && a.GetSubresource() == "" {
			defaultStorageClass(r, obj)
			obj.Finalizers = withFinalizer(obj.Finalizers, "kubernetes.io/pvc-protection")
		}
	case *api.PersistentVolume:
		if a.GetOperation() == admission.Create {
			obj.Finalizers = withFinalizer(obj.Finalizers, "kubernetes.io/pv-protection")
		}
	case *networking.Ingress:
		if a.GetOperation() == admission.Create && a.GetSubresource() == "" {
			defaultIngressClass(r, obj)
		}
	case *api.Node:
		if a.GetOperation() == admission.Create && a.GetSubresource() == "" {
			taintNotReady(obj)
		}
	}
	return nil
}

// Validate refuses what the other parts of the cluster do not allow.
func (c AdmissionChain) Validate(ctx context.Context, a admission.Attributes, o admission.ObjectInterfaces) error {
	r := From(ctx)
	if err := c.validate(r, a); err != nil {
		return err
	}
	if err := podSecurity(ctx, a); err != nil {
		return err
	}
	if err := validatePolicies(ctx, r, a, o); err != nil {
		return err
	}
	return r.checkQuota(a)
}

func (c AdmissionChain) validate(r *Registry, a admission.Attributes) error {
	if err := r.checkReplicas(a); err != nil {
		return err
	}
	switch obj := a.GetObject().(type) {
	case *api.Pod:
		if a.GetOperation() == admission.Create && a.GetSubresource() == "" {
			return limits(r, a, func(l *corev1.LimitRange) error { return limitranger.PodValidateLimitFunc(l, obj) })
		}
	case *api.PersistentVolumeClaim:
		if a.GetSubresource() == "" {
			if old, ok := a.GetOldObject().(*api.PersistentVolumeClaim); ok {
				if err := growClaim(r, a, old, obj); err != nil {
					return err
				}
			}
			return limits(r, a, func(l *corev1.LimitRange) error { return limitranger.PersistentVolumeClaimValidateLimitFunc(l, obj) })
		}
	case *schedulingapi.PriorityClass:
		return oneDefaultPriority(r, a, obj)
	}
	return nil
}

func withFinalizer(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

// taintNotReady is what TaintNodesByCondition does to a new node.
func taintNotReady(n *api.Node) {
	for _, t := range n.Spec.Taints {
		if t.Key == corev1.TaintNodeNotReady && t.Effect == api.TaintEffectNoSchedule {
			return
		}
	}
	n.Spec.Taints = append(n.Spec.Taints, api.Taint{Key: corev1.TaintNodeNotReady, Effect: api.TaintEffectNoSchedule})
}

// immortal namespaces cannot be deleted.
func immortal(name string) bool {
	return name == metav1.NamespaceDefault || name == metav1.NamespaceSystem || name == metav1.NamespacePublic
}

func namespaceLifecycle(r *Registry, a admission.Attributes) error {
	isNamespace := a.GetKind().GroupKind() == schema.GroupKind{Kind: "Namespace"}
	if a.GetOperation() == admission.Delete && isNamespace && immortal(a.GetName()) {
		return apierrors.NewForbidden(a.GetResource().GroupResource(), a.GetName(), fmt.Errorf("this namespace may not be deleted"))
	}
	if isNamespace || a.GetNamespace() == "" || a.GetOperation() != admission.Create {
		return nil
	}
	ns, ok := Get[*corev1.Namespace](r, "", a.GetNamespace())
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, a.GetNamespace())
	}
	if ns.Status.Phase != corev1.NamespaceTerminating {
		return nil
	}
	err := admission.NewForbidden(a, fmt.Errorf("unable to create new content in namespace %s because it is being terminated", a.GetNamespace()))
	if s, ok := err.(*apierrors.StatusError); ok {
		s.ErrStatus.Details.Causes = append(s.ErrStatus.Details.Causes, metav1.StatusCause{
			Type: corev1.NamespaceTerminatingCause, Field: "metadata.namespace",
			Message: fmt.Sprintf("namespace %s is being terminated", a.GetNamespace()),
		})
	}
	return err
}

func (c AdmissionChain) admitPod(ctx context.Context, r *Registry, a admission.Attributes, o admission.ObjectInterfaces, pod *api.Pod) error {
	switch a.GetOperation() {
	case admission.Update:
		// A manifest that does not name the priority keeps it.
		if old, ok := a.GetOldObject().(*api.Pod); ok {
			if pod.Spec.Priority == nil {
				pod.Spec.Priority = old.Spec.Priority
			}
			if pod.Spec.PreemptionPolicy == nil {
				pod.Spec.PreemptionPolicy = old.Spec.PreemptionPolicy
			}
		}
		return c.tolerations.Admit(ctx, a, o)
	case admission.Create:
	default:
		return nil
	}
	if err := limits(r, a, func(l *corev1.LimitRange) error { return limitranger.PodMutateLimitFunc(l, pod) }); err != nil {
		return err
	}
	if err := admitServiceAccount(r, a, pod); err != nil {
		return err
	}
	if err := admitRuntimeClass(r, a, pod); err != nil {
		return err
	}
	if err := admitPriority(r, a, pod); err != nil {
		return err
	}
	return c.tolerations.Admit(ctx, a, o)
}

// limits runs f for each LimitRange of the namespace.
func limits(r *Registry, a admission.Attributes, f func(*corev1.LimitRange) error) error {
	for _, l := range List[*corev1.LimitRange](r, a.GetNamespace()) {
		if err := f(l); err != nil {
			return admission.NewForbidden(a, limitsInOrder(err))
		}
	}
	return nil
}

// limitsInOrder puts what a LimitRange complains of in the order of resources.
// Upstream's is that of Go maps within each bound: minima, maxima, ratios.
func limitsInOrder(err error) error {
	list, ok := err.(utilerrors.Aggregate)
	if !ok {
		return err
	}
	errs := slices.Clone(list.Errors())
	for i := 0; i < len(errs); {
		end := i + 1
		for end < len(errs) && boundOf(errs[end]) == boundOf(errs[i]) {
			end++
		}
		slices.SortStableFunc(errs[i:end], func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		i = end
	}
	return utilerrors.NewAggregate(errs)
}

// boundOf is which bound a complaint is about: "minimum cpu usage per Pod is…",
// "cpu max limit to request ratio per Pod is…".
func boundOf(err error) string {
	kind, rest, _ := strings.Cut(err.Error(), " per ")
	of, _, _ := strings.Cut(rest, " ")
	switch first, _, _ := strings.Cut(kind, " "); first {
	case "minimum", "maximum":
		return first + " " + of
	}
	return "ratio " + of
}

func admitServiceAccount(r *Registry, a admission.Attributes, pod *api.Pod) error {
	if pod.Spec.ServiceAccountName == "" {
		pod.Spec.ServiceAccountName = serviceaccount.DefaultServiceAccountName
		pod.Spec.DeprecatedServiceAccount = serviceaccount.DefaultServiceAccountName
	}
	sa, ok := Get[*corev1.ServiceAccount](r, a.GetNamespace(), pod.Spec.ServiceAccountName)
	if !ok && pod.Spec.ServiceAccountName == serviceaccount.DefaultServiceAccountName && !r.clock.Happening() {
		// Upstream waits a moment for the default account of a new namespace.
		r.clock.CatchUp(r.clock.Now())
		sa, ok = Get[*corev1.ServiceAccount](r, a.GetNamespace(), pod.Spec.ServiceAccountName)
	}
	if !ok {
		return admission.NewForbidden(a, fmt.Errorf("error looking up service account %s/%s: %w", a.GetNamespace(), pod.Spec.ServiceAccountName,
			apierrors.NewNotFound(schema.GroupResource{Resource: "serviceaccount"}, pod.Spec.ServiceAccountName)))
	}
	automount := pod.Spec.AutomountServiceAccountToken
	if automount == nil {
		automount = sa.AutomountServiceAccountToken
	}
	if automount == nil || *automount {
		mountToken(r, pod)
	}
	if len(pod.Spec.ImagePullSecrets) == 0 {
		for _, s := range sa.ImagePullSecrets {
			pod.Spec.ImagePullSecrets = append(pod.Spec.ImagePullSecrets, api.LocalObjectReference{Name: s.Name})
		}
	}
	return nil
}

// mountToken adds the projected volume kube-api-access-xxxxx to a Pod and
// mounts it where no container has a mount of its own.
func mountToken(r *Registry, pod *api.Pod) {
	prefix := serviceaccount.ServiceAccountVolumeName + "-"
	name, present := "", false
	for _, v := range pod.Spec.Volumes {
		if strings.HasPrefix(v.Name, prefix) {
			name, present = v.Name, true
			break
		}
	}
	if !present {
		name = r.generate(prefix)
	}
	mount := api.VolumeMount{Name: name, ReadOnly: true, MountPath: serviceaccount.DefaultAPITokenMountPath}
	needed := false
	for _, list := range [][]api.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			taken := slices.ContainsFunc(list[i].VolumeMounts, func(m api.VolumeMount) bool { return m.MountPath == mount.MountPath })
			if !taken {
				list[i].VolumeMounts = append(list[i].VolumeMounts, mount)
				needed = true
			}
		}
	}
	if needed && !present {
		pod.Spec.Volumes = append(pod.Spec.Volumes, api.Volume{Name: name,
			VolumeSource: api.VolumeSource{Projected: serviceaccount.TokenVolumeSource()}})
	}
}

func admitPriority(r *Registry, a admission.Attributes, pod *api.Pod) error {
	var class *schedulingv1.PriorityClass
	if name := pod.Spec.PriorityClassName; name != "" {
		c, ok := Get[*schedulingv1.PriorityClass](r, "", name)
		if !ok {
			return admission.NewForbidden(a, fmt.Errorf("no PriorityClass with name %v was found", name))
		}
		class = c
	} else {
		class = defaultPriority(r)
	}
	value, policy := int32(0), api.PreemptLowerPriority
	if class != nil {
		value = class.Value
		pod.Spec.PriorityClassName = class.Name
		if class.PreemptionPolicy != nil {
			policy = api.PreemptionPolicy(*class.PreemptionPolicy)
		}
	}
	if p := pod.Spec.Priority; p != nil && *p != value {
		return admission.NewForbidden(a, fmt.Errorf("the integer value of priority (%d) must not be provided in pod spec; priority admission controller computed %d from the given PriorityClass name", *p, value))
	}
	if p := pod.Spec.PreemptionPolicy; p != nil && *p != policy {
		return admission.NewForbidden(a, fmt.Errorf("the string value of PreemptionPolicy (%s) must not be provided in pod spec; priority admission controller computed %s from the given PriorityClass name", *p, policy))
	}
	pod.Spec.Priority, pod.Spec.PreemptionPolicy = &value, &policy
	return nil
}

func defaultPriority(r *Registry) *schedulingv1.PriorityClass {
	for _, c := range List[*schedulingv1.PriorityClass](r, "") {
		if c.GlobalDefault {
			return c
		}
	}
	return nil
}

func oneDefaultPriority(r *Registry, a admission.Attributes, pc *schedulingapi.PriorityClass) error {
	if !pc.GlobalDefault || a.GetOperation() != admission.Create && a.GetOperation() != admission.Update {
		return nil
	}
	if d := defaultPriority(r); d != nil && (a.GetOperation() == admission.Create || d.Name != pc.Name) {
		return admission.NewForbidden(a, fmt.Errorf("PriorityClass %v is already marked as default. Only one default can exist", d.Name))
	}
	return nil
}

// defaultStorageClass fills in the default class.
func defaultStorageClass(r *Registry, pvc *api.PersistentVolumeClaim) {
	if pvc.Spec.StorageClassName != nil || pvc.Annotations[corev1.BetaStorageClassAnnotation] != "" {
		return
	}
	if name := r.DefaultStorageClass(); name != "" {
		pvc.Spec.StorageClassName = &name
	}
}
