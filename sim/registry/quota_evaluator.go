package registry

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	quotav1 "k8s.io/apiserver/pkg/quota/v1"
	"k8s.io/apiserver/pkg/quota/v1/generic"
	resourcehelper "k8s.io/component-helpers/resource"
	"k8s.io/kubernetes/pkg/apis/core/v1/helper/qos"
)

// A quotaEvaluator says what objects of one kind use of a quota. Upstream's own
// ones need modules for device claims, which this cluster doesn't have.
type quotaEvaluator struct {
	r           *Registry
	resource    string // of the core group
	names       func(corev1.ResourceName) bool
	usage       func(runtime.Object) corev1.ResourceList
	scope       generic.MatchesScopeFunc
	constraints func(required []corev1.ResourceName, obj runtime.Object) error
	updates     bool // whether an update can change the usage
}

var _ quotav1.Evaluator = (*quotaEvaluator)(nil)

// external is obj in its served version.
func (e *quotaEvaluator) external(obj runtime.Object) runtime.Object {
	if gvks, _, err := Scheme().ObjectKinds(obj); err == nil && gvks[0].Version == "v1" {
		return obj
	}
	return e.r.kindForObject(obj).toExternal(obj.DeepCopyObject())
}

func (e *quotaEvaluator) Constraints(required []corev1.ResourceName, obj runtime.Object) error {
	if e.constraints == nil {
		return nil
	}
	return e.constraints(required, e.external(obj))
}

func (e *quotaEvaluator) GroupResource() schema.GroupResource {
	return schema.GroupResource{Resource: e.resource}
}

func (e *quotaEvaluator) Handles(a admission.Attributes) bool {
	return a.GetSubresource() == "" && (a.GetOperation() == admission.Create || e.updates && a.GetOperation() == admission.Update)
}

func (e *quotaEvaluator) scopes(s corev1.ScopedResourceSelectorRequirement, obj runtime.Object) (bool, error) {
	if e.scope == nil {
		return false, nil
	}
	return e.scope(s, e.external(obj))
}

func (e *quotaEvaluator) Matches(q *corev1.ResourceQuota, obj runtime.Object) (bool, error) {
	return generic.Matches(q, obj, e.MatchingResources, e.scopes)
}

func (e *quotaEvaluator) MatchingScopes(obj runtime.Object, all []corev1.ScopedResourceSelectorRequirement) ([]corev1.ScopedResourceSelectorRequirement, error) {
	out := []corev1.ScopedResourceSelectorRequirement{}
	for _, s := range all {
		ok, err := e.scopes(s, obj)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, s)
		}
	}
	return out, nil
}

func (e *quotaEvaluator) UncoveredQuotaScopes(limited, matched []corev1.ScopedResourceSelectorRequirement) ([]corev1.ScopedResourceSelectorRequirement, error) {
	return slices.DeleteFunc(slices.Clone(limited), func(l corev1.ScopedResourceSelectorRequirement) bool {
		return slices.ContainsFunc(matched, func(m corev1.ScopedResourceSelectorRequirement) bool { return m.ScopeName == l.ScopeName })
	}), nil
}

func (e *quotaEvaluator) MatchingResources(all []corev1.ResourceName) []corev1.ResourceName {
	return slices.DeleteFunc(slices.Clone(all), func(n corev1.ResourceName) bool { return !e.names(n) })
}

func (e *quotaEvaluator) Usage(obj runtime.Object) (corev1.ResourceList, error) {
	return e.usage(e.external(obj)), nil
}

func (e *quotaEvaluator) UsageStats(o quotav1.UsageStatsOptions) (quotav1.UsageStats, error) {
	list := func(namespace string) ([]runtime.Object, error) {
		return e.r.listForQuota(e.GroupResource(), namespace)
	}
	return generic.CalculateUsageStats(o, list, e.scopes, e.Usage)
}

func one64(n int64) resource.Quantity { return *resource.NewQuantity(n, resource.DecimalSI) }

// computeNames are what limits and requests of Pods are counted as.
func computeNames(n corev1.ResourceName) bool {
	switch n {
	case "count/pods", corev1.ResourcePods, corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage,
		corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory, corev1.ResourceRequestsEphemeralStorage,
		corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory, corev1.ResourceLimitsEphemeralStorage:
		return true
	}
	text := strings.TrimPrefix(string(n), corev1.DefaultResourceRequestsPrefix)
	return strings.HasPrefix(text, corev1.ResourceHugePagesPrefix) || text != string(n) && strings.Contains(text, "/")
}

// computeUsage counts requests and limits under all their names.
func computeUsage(requests, limits corev1.ResourceList) corev1.ResourceList {
	out := corev1.ResourceList{corev1.ResourcePods: one64(1)}
	for name, q := range requests {
		switch {
		case name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage,
			strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix):
			out[name] = q
			fallthrough
		case strings.Contains(string(name), "/"):
			out[corev1.ResourceName(corev1.DefaultResourceRequestsPrefix)+name] = q
		}
	}
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
		if q, ok := limits[name]; ok {
			out["limits."+name] = q
		}
	}
	return out
}

func podUsage(obj runtime.Object) corev1.ResourceList {
	p, ok := obj.(*corev1.Pod)
	if !ok {
		return nil
	}
	out := corev1.ResourceList{"count/pods": one64(1)}
	if p.Status.Phase == corev1.PodFailed || p.Status.Phase == corev1.PodSucceeded {
		return out
	}
	o := resourcehelper.PodResourcesOptions{UseStatusResources: true}
	return quotav1.Add(out, computeUsage(resourcehelper.PodRequests(p, o), resourcehelper.PodLimits(p, o)))
}

// podConstraints asks every container for what the quota limits.
func podConstraints(required []corev1.ResourceName, obj runtime.Object) error {
	p, ok := obj.(*corev1.Pod)
	if !ok || resourcehelper.IsPodLevelResourcesSet(p) {
		return nil
	}
	missing := map[corev1.ResourceName][]string{}
	for _, c := range slices.Concat(p.Spec.Containers, p.Spec.InitContainers) {
		has := computeUsage(c.Resources.Requests, c.Resources.Limits)
		for _, name := range required {
			switch name {
			case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory,
				corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory:
				if _, ok := has[name]; !ok && !slices.Contains(missing[name], c.Name) {
					missing[name] = append(missing[name], c.Name)
				}
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	var lines []string
	for name, containers := range missing {
		slices.Sort(containers)
		lines = append(lines, fmt.Sprintf("%s for: %s", name, strings.Join(containers, ",")))
	}
	slices.Sort(lines)
	return fmt.Errorf("must specify %s", strings.Join(lines, "; "))
}

func podScope(s corev1.ScopedResourceSelectorRequirement, obj runtime.Object) (bool, error) {
	p, ok := obj.(*corev1.Pod)
	if !ok {
		return false, nil
	}
	ends := p.Spec.ActiveDeadlineSeconds != nil
	best := qos.GetPodQOS(p) == corev1.PodQOSBestEffort
	class := p.Spec.PriorityClassName
	switch s.ScopeName {
	case corev1.ResourceQuotaScopeTerminating:
		return ends, nil
	case corev1.ResourceQuotaScopeNotTerminating:
		return !ends, nil
	case corev1.ResourceQuotaScopeBestEffort:
		return best, nil
	case corev1.ResourceQuotaScopeNotBestEffort:
		return !best, nil
	case corev1.ResourceQuotaScopePriorityClass:
		switch s.Operator {
		case corev1.ScopeSelectorOpExists:
			return class != "", nil
		case corev1.ScopeSelectorOpDoesNotExist:
			return class == "", nil
		case corev1.ScopeSelectorOpIn:
			return slices.Contains(s.Values, class), nil
		case corev1.ScopeSelectorOpNotIn:
			return !slices.Contains(s.Values, class), nil
		}
	}
	return false, nil
}

func serviceNames(n corev1.ResourceName) bool {
	switch n {
	case "count/services", corev1.ResourceServices, corev1.ResourceServicesNodePorts, corev1.ResourceServicesLoadBalancers:
		return true
	}
	return false
}

func serviceUsage(obj runtime.Object) corev1.ResourceList {
	s, ok := obj.(*corev1.Service)
	if !ok {
		return nil
	}
	var ports, balancers int64
	switch s.Spec.Type {
	case corev1.ServiceTypeNodePort:
		ports = int64(len(s.Spec.Ports))
	case corev1.ServiceTypeLoadBalancer:
		balancers = 1
		for _, p := range s.Spec.Ports {
			if allocate := s.Spec.AllocateLoadBalancerNodePorts; allocate == nil || *allocate || p.NodePort != 0 {
				ports++
			}
		}
	}
	return corev1.ResourceList{"count/services": one64(1), corev1.ResourceServices: one64(1),
		corev1.ResourceServicesNodePorts: one64(ports), corev1.ResourceServicesLoadBalancers: one64(balancers)}
}

// classSuffix ends the names of what is limited for one StorageClass.
const classSuffix = ".storageclass.storage.k8s.io/"

func claimNames(n corev1.ResourceName) bool {
	return n == "count/persistentvolumeclaims" || n == corev1.ResourcePersistentVolumeClaims || n == corev1.ResourceRequestsStorage ||
		strings.Contains(string(n), classSuffix)
}

func claimUsage(obj runtime.Object) corev1.ResourceList {
	c, ok := obj.(*corev1.PersistentVolumeClaim)
	if !ok {
		return nil
	}
	out := corev1.ResourceList{"count/persistentvolumeclaims": one64(1), corev1.ResourcePersistentVolumeClaims: one64(1)}
	class := ""
	if c.Spec.StorageClassName != nil {
		class = *c.Spec.StorageClassName
	}
	if class != "" {
		out[corev1.ResourceName(class+classSuffix)+corev1.ResourcePersistentVolumeClaims] = one64(1)
	}
	if q, ok := c.Spec.Resources.Requests[corev1.ResourceStorage]; ok {
		out[corev1.ResourceRequestsStorage] = q
		if class != "" {
			out[corev1.ResourceName(class+classSuffix)+corev1.ResourceRequestsStorage] = q
		}
	}
	return out
}
