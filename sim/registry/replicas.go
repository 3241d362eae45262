package registry

import (
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/kubernetes/pkg/apis/apps"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	"k8s.io/kubernetes/pkg/apis/batch"
	api "k8s.io/kubernetes/pkg/apis/core"
)

// checkReplicas refuses a workload that wants more Pods than the cluster holds
// objects. A real API server would take it; here the Pods would only fill the
// memory of whoever asks, so the limit is told at once.
func (r *Registry) checkReplicas(a admission.Attributes) error {
	field, wanted := replicasWanted(a.GetObject())
	if wanted <= int64(r.store.Max()) {
		return nil
	}
	return apierrors.NewForbidden(a.GetResource().GroupResource(), a.GetName(),
		fmt.Errorf("%s: %d is more than this simulated cluster holds (at most %d objects)", field, wanted, r.store.Max()))
}

// replicasWanted is how many Pods at a time an object asks for, and where it
// says so.
func replicasWanted(obj any) (field string, wanted int64) {
	const replicas = "spec.replicas"
	switch o := obj.(type) {
	case *apps.Deployment:
		return replicas, int64(o.Spec.Replicas)
	case *apps.ReplicaSet:
		return replicas, int64(o.Spec.Replicas)
	case *apps.StatefulSet:
		return replicas, int64(o.Spec.Replicas)
	case *api.ReplicationController:
		return replicas, int64(valueOr(o.Spec.Replicas, 1))
	case *autoscaling.Scale:
		return replicas, int64(o.Spec.Replicas)
	case *batch.Job:
		return "spec.parallelism", parallel(&o.Spec)
	case *batch.CronJob:
		return "spec.jobTemplate.spec.parallelism", parallel(&o.Spec.JobTemplate.Spec)
	}
	return "", 0
}

// parallel is how many Pods a Job runs at a time: no more than it has to do.
func parallel(s *batch.JobSpec) int64 {
	n := valueOr(s.Parallelism, 1)
	if s.Completions != nil {
		n = min(n, *s.Completions)
	}
	return int64(n)
}

func valueOr(p *int32, otherwise int32) int32 {
	if p == nil {
		return otherwise
	}
	return *p
}
