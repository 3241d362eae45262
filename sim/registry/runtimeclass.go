package registry

import (
	"fmt"

	nodev1 "k8s.io/api/node/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apiserver/pkg/admission"
	api "k8s.io/kubernetes/pkg/apis/core"
	node "k8s.io/kubernetes/pkg/apis/node"
	apinodev1 "k8s.io/kubernetes/pkg/apis/node/v1"
	"k8s.io/kubernetes/pkg/util/tolerations"
)

// admitRuntimeClass gives a new Pod the overhead and the place that its
// RuntimeClass asks for.
func admitRuntimeClass(r *Registry, a admission.Attributes, pod *api.Pod) error {
	refuse := func(format string, args ...any) error { return admission.NewForbidden(a, fmt.Errorf(format, args...)) }
	var class *nodev1.RuntimeClass
	if name := pod.Spec.RuntimeClassName; name != nil {
		c, ok := Get[*nodev1.RuntimeClass](r, "", *name)
		if !ok {
			return refuse("pod rejected: RuntimeClass %q not found", *name)
		}
		class = c
	}
	if class == nil || class.Overhead == nil {
		if pod.Spec.Overhead != nil {
			return refuse("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
		}
	} else {
		var overhead node.Overhead
		if err := apinodev1.Convert_v1_Overhead_To_node_Overhead(class.Overhead, &overhead, nil); err != nil {
			return err
		}
		if len(pod.Spec.Overhead) > 0 && !equality.Semantic.DeepEqual(overhead.PodFixed, pod.Spec.Overhead) {
			return refuse("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
		}
		pod.Spec.Overhead = overhead.PodFixed
	}
	if class == nil || class.Scheduling == nil {
		return nil
	}
	var scheduling node.Scheduling
	if err := apinodev1.Convert_v1_Scheduling_To_node_Scheduling(class.Scheduling.DeepCopy(), &scheduling, nil); err != nil {
		return err
	}
	if pod.Spec.NodeSelector == nil {
		pod.Spec.NodeSelector = map[string]string{}
	}
	for key, value := range scheduling.NodeSelector {
		if own, ok := pod.Spec.NodeSelector[key]; ok && own != value {
			return refuse("conflict: runtimeClass.scheduling.nodeSelector[%s] = %s; pod.spec.nodeSelector[%s] = %s", key, value, key, own)
		}
		pod.Spec.NodeSelector[key] = value
	}
	pod.Spec.Tolerations = tolerations.MergeTolerations(pod.Spec.Tolerations, scheduling.Tolerations)
	return nil
}
