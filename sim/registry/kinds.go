package registry

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"           // types, defaults
	_ "k8s.io/kubernetes/pkg/apis/authentication/install" // TokenRequest
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	kubeletclient "k8s.io/kubernetes/pkg/kubelet/client"
	controllerrevision "k8s.io/kubernetes/pkg/registry/apps/controllerrevision/storage"
	daemonset "k8s.io/kubernetes/pkg/registry/apps/daemonset/storage"
	deploymentstrategy "k8s.io/kubernetes/pkg/registry/apps/deployment"
	deployment "k8s.io/kubernetes/pkg/registry/apps/deployment/storage"
	replicasetstrategy "k8s.io/kubernetes/pkg/registry/apps/replicaset"
	replicaset "k8s.io/kubernetes/pkg/registry/apps/replicaset/storage"
	statefulset "k8s.io/kubernetes/pkg/registry/apps/statefulset/storage"
	hpa "k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler/storage"
	cronjob "k8s.io/kubernetes/pkg/registry/batch/cronjob/storage"
	job "k8s.io/kubernetes/pkg/registry/batch/job/storage"
	lease "k8s.io/kubernetes/pkg/registry/coordination/lease/storage"
	configmap "k8s.io/kubernetes/pkg/registry/core/configmap/storage"
	endpoints "k8s.io/kubernetes/pkg/registry/core/endpoint/storage"
	event "k8s.io/kubernetes/pkg/registry/core/event/storage"
	limitrange "k8s.io/kubernetes/pkg/registry/core/limitrange/storage"
	namespace "k8s.io/kubernetes/pkg/registry/core/namespace/storage"
	node "k8s.io/kubernetes/pkg/registry/core/node/storage"
	persistentvolume "k8s.io/kubernetes/pkg/registry/core/persistentvolume/storage"
	persistentvolumeclaim "k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim/storage"
	podstrategy "k8s.io/kubernetes/pkg/registry/core/pod"
	pod "k8s.io/kubernetes/pkg/registry/core/pod/storage"
	podtemplate "k8s.io/kubernetes/pkg/registry/core/podtemplate/storage"
	replicationcontroller "k8s.io/kubernetes/pkg/registry/core/replicationcontroller/storage"
	resourcequota "k8s.io/kubernetes/pkg/registry/core/resourcequota/storage"
	secret "k8s.io/kubernetes/pkg/registry/core/secret/storage"
	endpointslice "k8s.io/kubernetes/pkg/registry/discovery/endpointslice/storage"
	ingress "k8s.io/kubernetes/pkg/registry/networking/ingress/storage"
	ingressclass "k8s.io/kubernetes/pkg/registry/networking/ingressclass/storage"
	networkpolicy "k8s.io/kubernetes/pkg/registry/networking/networkpolicy/storage"
	poddisruptionbudget "k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget/storage"
	priorityclass "k8s.io/kubernetes/pkg/registry/scheduling/priorityclass/storage"
	storageclass "k8s.io/kubernetes/pkg/registry/storage/storageclass/storage"
)

// storages are the REST storages of a kind: "" is the kind itself, other keys
// are its subresources.
type storages map[string]rest.Storage

// A kind is one row of the table: what it is called and how its storages are
// made, which happens when it is first used.
type kind struct {
	group, version, name string // name is the Kind
	resource             string
	namespaced           bool
	also                 []schema.GroupVersion // other versions that serve it
	build                func(o generic.RESTOptionsGetter) (storages, error)
	// reread asks for defaults once more when an object is stored: those of a
	// Job copy labels that are generated after the first time. A real cluster
	// applies defaults whenever it reads.
	reread bool

	once sync.Once
	made storages
}

func (k *kind) gvk() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: k.group, Version: k.version, Kind: k.name}
}

// id is the resource as the store knows it.
func (k *kind) id() string {
	return schema.GroupResource{Group: k.group, Resource: k.resource}.String()
}

// storages makes the kind's storages once. Upstream's constructors fail only
// on a wrong table, which is ours to mend.
func (k *kind) storages() storages {
	k.once.Do(func() {
		made, err := k.build(restOptions{k})
		if err != nil {
			panic(fmt.Sprintf("registry: internal error: %s: %v", k.id(), err))
		}
		k.made = made
	})
	return k.made
}

// restOptions hands our backend to an upstream storage.
type restOptions struct{ k *kind }

func (o restOptions) GetRESTOptions(resource schema.GroupResource, example runtime.Object) (generic.RESTOptions, error) {
	gv := schema.GroupVersion{Group: o.k.group, Version: o.k.version}
	config := storagebackend.Config{Codec: legacyscheme.Codecs.LegacyCodec(gv), EncodeVersioner: gv}
	return generic.RESTOptions{
		StorageConfig:           config.ForResource(resource),
		EnableGarbageCollection: true,
		DeleteCollectionWorkers: 1,
		ResourcePrefix:          o.k.id(),
		Decorator: func(_ *storagebackend.ConfigForResource, _ string, _ func(runtime.Object) (string, error),
			newFunc, _ func() runtime.Object, _ storage.AttrFunc, _ storage.IndexerFuncs, _ *cache.Indexers,
		) (storage.Interface, factory.DestroyFunc, error) {
			return &backend{kind: o.k, resource: o.k.id(), namespaced: o.k.namespaced, reread: o.k.reread, newFunc: newFunc}, func() {}, nil
		},
	}, nil
}

type kindTable struct {
	rows       []*kind
	byResource map[schema.GroupResource]*kind
	byKind     map[schema.GroupKind]*kind
	kindOfType map[reflect.Type]schema.GroupKind // of the Go types of served versions
}

func newKindTable() *kindTable {
	t := &kindTable{rows: slices.Concat(kindRows(), seldomRows(), questionRows()), byResource: map[schema.GroupResource]*kind{}, byKind: map[schema.GroupKind]*kind{}, kindOfType: map[reflect.Type]schema.GroupKind{}}
	t.kindOfType[reflect.TypeFor[*corev1.Service]()] = schema.GroupKind{Kind: "Service"}
	for _, k := range t.rows {
		if obj, err := legacyscheme.Scheme.New(k.gvk()); err == nil {
			t.kindOfType[reflect.TypeOf(obj)] = k.gvk().GroupKind()
		}
		t.add(k, k.group)
		for _, gv := range k.also {
			t.add(k, gv.Group)
		}
	}
	return t
}

func (t *kindTable) add(k *kind, group string) {
	t.byResource[schema.GroupResource{Group: group, Resource: k.resource}] = k
	t.byKind[schema.GroupKind{Group: group, Kind: k.name}] = k
}

// kindRows is the table of kinds. Services are made per cluster, in service.go.
func kindRows() []*kind {
	return []*kind{
		{version: "v1", name: "Namespace", resource: "namespaces", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, status, finalize, err := namespace.NewREST(o)
			return storages{"": a, "status": status, "finalize": finalize}, err
		}},
		{version: "v1", name: "Node", resource: "nodes", build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := node.NewStorage(o, kubeletclient.KubeletClientConfig{}, nil)
			if err != nil {
				return nil, err
			}
			return storages{"": a.Node, "status": a.Status}, nil
		}},
		{version: "v1", name: "Pod", resource: "pods", namespaced: true, build: buildPods},
		{version: "v1", name: "ConfigMap", resource: "configmaps", namespaced: true, build: one(configmap.NewREST)},
		{version: "v1", name: "Secret", resource: "secrets", namespaced: true, build: one(secret.NewREST)},
		{version: "v1", name: "ServiceAccount", resource: "serviceaccounts", namespaced: true, build: buildServiceAccounts},
		{version: "v1", name: "Endpoints", resource: "endpoints", namespaced: true, build: one(endpoints.NewREST)},
		{version: "v1", name: "Event", resource: "events", namespaced: true, also: []schema.GroupVersion{{Group: "events.k8s.io", Version: "v1"}},
			build: func(o generic.RESTOptionsGetter) (storages, error) {
				a, err := event.NewREST(o, 0)
				return storages{"": a}, err
			}},
		{version: "v1", name: "LimitRange", resource: "limitranges", namespaced: true, build: one(limitrange.NewREST)},
		{version: "v1", name: "ResourceQuota", resource: "resourcequotas", namespaced: true, build: withStatus(resourcequota.NewREST)},
		{version: "v1", name: "PersistentVolume", resource: "persistentvolumes", build: withStatus(persistentvolume.NewREST)},
		{version: "v1", name: "PersistentVolumeClaim", resource: "persistentvolumeclaims", namespaced: true, build: withStatus(persistentvolumeclaim.NewREST)},
		{version: "v1", name: "PodTemplate", resource: "podtemplates", namespaced: true, build: one(podtemplate.NewREST)},
		{version: "v1", name: "ReplicationController", resource: "replicationcontrollers", namespaced: true, build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := replicationcontroller.NewStorage(o)
			return storages{"": a.Controller, "status": a.Status, "scale": a.Scale}, err
		}},
		{group: "apps", version: "v1", name: "Deployment", resource: "deployments", namespaced: true, build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := deployment.NewStorage(o)
			if err != nil {
				return nil, err
			}
			return storages{"": a.Deployment, "status": quickStatus(a.Status, a.Deployment.Store, deploymentstrategy.StatusStrategy), "scale": a.Scale}, nil
		}},
		{group: "apps", version: "v1", name: "ReplicaSet", resource: "replicasets", namespaced: true, build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := replicaset.NewStorage(o)
			if err != nil {
				return nil, err
			}
			return storages{"": a.ReplicaSet, "status": quickStatus(a.Status, a.ReplicaSet.Store, replicasetstrategy.StatusStrategy), "scale": a.Scale}, nil
		}},
		{group: "apps", version: "v1", name: "StatefulSet", resource: "statefulsets", namespaced: true, build: func(o generic.RESTOptionsGetter) (storages, error) {
			a, err := statefulset.NewStorage(o)
			return storages{"": a.StatefulSet, "status": a.Status, "scale": a.Scale}, err
		}},
		{group: "apps", version: "v1", name: "DaemonSet", resource: "daemonsets", namespaced: true, build: withStatus(daemonset.NewREST)},
		{group: "apps", version: "v1", name: "ControllerRevision", resource: "controllerrevisions", namespaced: true, build: one(controllerrevision.NewREST)},
		{group: "batch", version: "v1", name: "Job", resource: "jobs", namespaced: true, reread: true, build: withStatus(job.NewREST)},
		{group: "batch", version: "v1", name: "CronJob", resource: "cronjobs", namespaced: true, build: withStatus(cronjob.NewREST)},
		{group: "autoscaling", version: "v2", name: "HorizontalPodAutoscaler", resource: "horizontalpodautoscalers", namespaced: true,
			also: []schema.GroupVersion{{Group: "autoscaling", Version: "v1"}}, build: withStatus(hpa.NewREST)},
		{group: "policy", version: "v1", name: "PodDisruptionBudget", resource: "poddisruptionbudgets", namespaced: true, build: withStatus(poddisruptionbudget.NewREST)},
		{group: "networking.k8s.io", version: "v1", name: "Ingress", resource: "ingresses", namespaced: true, build: withStatus(ingress.NewREST)},
		{group: "networking.k8s.io", version: "v1", name: "IngressClass", resource: "ingressclasses", build: one(ingressclass.NewREST)},
		{group: "networking.k8s.io", version: "v1", name: "NetworkPolicy", resource: "networkpolicies", namespaced: true, build: one(networkpolicy.NewREST)},
		{group: "rbac.authorization.k8s.io", version: "v1", name: "Role", resource: "roles", namespaced: true, build: buildRoles},
		{group: "rbac.authorization.k8s.io", version: "v1", name: "RoleBinding", resource: "rolebindings", namespaced: true, build: buildRoleBindings},
		{group: "rbac.authorization.k8s.io", version: "v1", name: "ClusterRole", resource: "clusterroles", build: buildClusterRoles},
		{group: "rbac.authorization.k8s.io", version: "v1", name: "ClusterRoleBinding", resource: "clusterrolebindings", build: buildClusterRoleBindings},
		{group: "scheduling.k8s.io", version: "v1", name: "PriorityClass", resource: "priorityclasses", build: one(priorityclass.NewREST)},
		{group: "storage.k8s.io", version: "v1", name: "StorageClass", resource: "storageclasses", build: one(storageclass.NewREST)},
		{group: "discovery.k8s.io", version: "v1", name: "EndpointSlice", resource: "endpointslices", namespaced: true, build: one(endpointslice.NewREST)},
		{group: "coordination.k8s.io", version: "v1", name: "Lease", resource: "leases", namespaced: true, build: one(lease.NewREST)},
	}
}

// one adapts the constructor of a kind without subresources.
func one[T rest.Storage](f func(generic.RESTOptionsGetter) (T, error)) func(generic.RESTOptionsGetter) (storages, error) {
	return func(o generic.RESTOptionsGetter) (storages, error) {
		a, err := f(o)
		return storages{"": a}, err
	}
}

// withStatus adapts the constructor of a kind whose only subresource is status.
func withStatus[T, S rest.Storage](f func(generic.RESTOptionsGetter) (T, S, error)) func(generic.RESTOptionsGetter) (storages, error) {
	return func(o generic.RESTOptionsGetter) (storages, error) {
		a, status, err := f(o)
		return storages{"": a, "status": status}, err
	}
}

func buildPods(o generic.RESTOptionsGetter) (storages, error) {
	a, err := pod.NewStorage(o, nil, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	return storages{"": a.Pod, "status": quickStatus(a.Status, a.Pod.Store, podstrategy.StatusStrategy), "binding": a.Binding,
		"ephemeralcontainers": a.EphemeralContainers, "resize": a.Resize}, nil
}
