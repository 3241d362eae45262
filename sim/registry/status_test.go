package registry

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/operation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/kubernetes/pkg/apis/apps"
	api "k8s.io/kubernetes/pkg/apis/core"
	deploymentstrategy "k8s.io/kubernetes/pkg/registry/apps/deployment"
	replicasetstrategy "k8s.io/kubernetes/pkg/registry/apps/replicaset"
	podstrategy "k8s.io/kubernetes/pkg/registry/core/pod"
)

// What the generated validation finds in a status must be found without the
// spec, too, and nothing else.
func TestStatusStrategyFindsTheSame(t *testing.T) {
	spec := api.PodSpec{SchedulingGroup: &api.PodSchedulingGroup{}, Containers: []api.Container{{Name: "a", Image: "a"}}}
	template := api.PodTemplateSpec{Spec: spec}
	for _, tt := range []struct {
		name     string
		strategy declarativeStrategy
		group    string
		old, obj runtime.Object
		finds    bool
	}{
		{"pod", podstrategy.StatusStrategy, "", &api.Pod{Spec: spec}, &api.Pod{Spec: spec, Status: api.PodStatus{Phase: api.PodRunning}}, false},
		{"pod with a bad status", podstrategy.StatusStrategy, "", &api.Pod{Spec: spec}, &api.Pod{Spec: spec,
			Status: api.PodStatus{VolumeHealth: []api.PodVolumeHealth{{}, {}}}}, true},
		{"deployment", deploymentstrategy.StatusStrategy, "apps", &apps.Deployment{Spec: apps.DeploymentSpec{Template: template}},
			&apps.Deployment{Spec: apps.DeploymentSpec{Template: template}, Status: apps.DeploymentStatus{Replicas: -1}}, false},
		{"replica set", replicasetstrategy.StatusStrategy, "apps", &apps.ReplicaSet{Spec: apps.ReplicaSetSpec{Template: template}},
			&apps.ReplicaSet{Spec: apps.ReplicaSetSpec{Template: template}, Status: apps.ReplicaSetStatus{Replicas: -1}}, false},
	} {
		ctx := request.WithRequestInfo(t.Context(), &request.RequestInfo{APIGroup: tt.group, APIVersion: "v1", Subresource: "status"})
		validate := func(s declarativeStrategy) (found []string) {
			for _, e := range s.ValidateDeclaratively(ctx, tt.obj, tt.old, nil, operation.Update, s.DeclarativeValidationConfig(ctx, tt.obj, tt.old)) {
				found = append(found, e.Error())
			}
			return found
		}
		want := validate(tt.strategy)
		if diff := cmp.Diff(want, validate(statusStrategy{tt.strategy})); diff != "" {
			t.Errorf("%s (-upstream +ours):\n%s", tt.name, diff)
		}
		if (len(want) > 0) != tt.finds {
			t.Errorf("%s: upstream finds %q", tt.name, want)
		}
	}
}
