// Package node is the kubelet: what happens to a Pod once it has a node.
//
// What a kubelet remembers is plain data (processes are values, waits are
// times), so that it is copied with a fork of its cluster. Its timers are
// events of the cluster's queue.
package node

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"gieok/sim/container"
	"gieok/sim/registry"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Mode says how Pods run.
type Mode int

// The modes.
const (
	// Real runs containers as far as they are understood.
	Real Mode = iota
	// Instant makes every Pod Ready at once, as kwok's stages do in the
	// recordings.
	Instant
)

const (
	actor     = "kubelet"
	nodeActor = "kubelet-node"
)

// nodeNames are the nodes that NewNodes makes.
func nodeNames() []string { return []string{"worker-1", "worker-2"} }

// A Kubelet runs the Pods of every node of a cluster.
type Kubelet struct {
	r     *registry.Registry
	mode  Mode
	pods  map[string]*pod // by namespace/name
	disk  container.Disk
	nodes []string       // in the order in which they were first seen
	hosts map[string]int // addresses given out, by node
	// images that a node has pulled, by node and reference
	pulled map[string]bool
	lost   map[string]bool // nodes that were silent when last looked at, or have been deleted since
	// when a node was last seen short of memory; none: not of late
	pressed map[string]time.Time
	flows   int // connections to Services so far: they take turns
}

// Start makes the kubelet of a cluster and lets it watch.
func Start(r *registry.Registry, mode Mode) *Kubelet {
	k := &Kubelet{r: r, mode: mode, pods: map[string]*pod{}, disk: container.Disk{}, hosts: map[string]int{}, pulled: map[string]bool{}, lost: map[string]bool{}, pressed: map[string]time.Time{}}
	k.watch()
	return k
}

// Fork returns the kubelet of a fork of the cluster, whose registry is r. It
// goes on as k would.
func (k *Kubelet) Fork(r *registry.Registry) *Kubelet {
	f := &Kubelet{r: r, mode: k.mode, pods: make(map[string]*pod, len(k.pods)), disk: k.disk.Clone(), nodes: slices.Clone(k.nodes),
		hosts: maps.Clone(k.hosts), pulled: maps.Clone(k.pulled), lost: maps.Clone(k.lost), pressed: maps.Clone(k.pressed), flows: k.flows}
	for key, p := range k.pods {
		f.pods[key] = p.clone()
	}
	f.watch()
	return f
}

func (k *Kubelet) watch() {
	q := k.r.Clock()
	sync := k.syncReal
	if k.mode == Instant {
		sync = k.syncInstant
	}
	q.Handle(actor, sync)
	q.Handle(nodeActor, k.syncNode)
	k.watchIngress()
	if k.mode == Real {
		k.watchPressure()
	}
	registry.Watch(k.r, func(old, p *corev1.Pod) {
		if p == nil {
			p = old
		}
		if p.Spec.NodeName != "" {
			q.Enqueue(actor, p.Namespace+"/"+p.Name)
		}
	})
	registry.Watch(k.r, func(old, n *corev1.Node) {
		if n != nil {
			q.Enqueue(nodeActor, n.Name)
		} else {
			k.lost[old.Name] = true
		}
	})
}

// nodeStorage is the local storage of a node that really runs containers: Pods
// that ask for some must fit. The nodes of the recordings have none.
const nodeStorage = "50Gi"

// NewNodes makes worker-1 and worker-2, each with 2 CPUs, 4 GiB and room for
// 110 Pods, and their leases. The namespace kube-node-lease must exist.
func NewNodes(r *registry.Registry, mode Mode) error {
	for i, name := range nodeNames() {
		n := &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{"node.alpha.kubernetes.io/ttl": "0"}, Labels: map[string]string{
				"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", corev1.LabelArchStable: "amd64",
				corev1.LabelOSStable: "linux", corev1.LabelHostname: name}},
			Status: nodeStatus(i, mode, r.Clock().Now()),
		}
		made, err := registry.Create(r, n)
		if err != nil {
			return fmt.Errorf("node %s: %w", name, err)
		}
		if err := newLease(r, made); err != nil {
			return fmt.Errorf("lease of node %s: %w", name, err)
		}
	}
	return nil
}

// nodeStatus is what the kubelet of the node with an index in nodeNames posts.
func nodeStatus(i int, mode Mode, now time.Time) corev1.NodeStatus {
	room := func() corev1.ResourceList {
		l := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("4Gi"), corev1.ResourcePods: resource.MustParse("110")}
		if mode == Real {
			l[corev1.ResourceEphemeralStorage] = resource.MustParse(nodeStorage)
		}
		return l
	}
	return corev1.NodeStatus{
		Capacity: room(), Allocatable: room(),
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.0.0.%d", 10+i+1)}, {Type: corev1.NodeHostName, Address: nodeNames()[i]}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: 10247}},
		NodeInfo: corev1.NodeSystemInfo{Architecture: "amd64", OperatingSystem: "linux", OSImage: "Linux", KernelVersion: "6.8.0",
			ContainerRuntimeVersion: "containerd://2.1.4", KubeletVersion: "v1.37.2"},
		Conditions: readyConditions(now, now),
	}
}

// newLease is by what the control plane knows that a kubelet is there; it is
// never renewed here.
func newLease(r *registry.Registry, n *corev1.Node) error {
	seconds, name := int32(40), n.Name
	renewed := metav1.NewMicroTime(r.Clock().Now())
	_, err := registry.Create(r, &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: corev1.NamespaceNodeLease, Name: name,
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: name, UID: n.UID}}},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: &name, LeaseDurationSeconds: &seconds, RenewTime: &renewed}})
	return err
}

// readyConditions are those of a node in health.
func readyConditions(since, now time.Time) []corev1.NodeCondition {
	condition := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) corev1.NodeCondition {
		return corev1.NodeCondition{Type: kind, Status: status, Reason: reason, Message: message,
			LastHeartbeatTime: metav1.NewTime(now), LastTransitionTime: metav1.NewTime(since)}
	}
	return []corev1.NodeCondition{
		condition(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status"),
		condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
		condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
		condition(corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
		condition(corev1.NodeNetworkUnavailable, corev1.ConditionFalse, "RouteCreated", "RouteController created a route"),
	}
}

// syncNode makes a node that a user created Ready, as kwok does, and looks at
// the Pods that already name it. Behind a real Node object that a person
// creates by hand there is no kubelet.
func (k *Kubelet) syncNode(name string) {
	n, ok := registry.Get[*corev1.Node](k.r, "", name)
	if !ok || !k.runs(name) {
		return
	}
	if _, ok := registry.Get[*coordinationv1.Lease](k.r, corev1.NamespaceNodeLease, name); !ok {
		k.retry(newLease(k.r, n), nodeActor, name)
	}
	if k.mode == Real && len(n.Status.Conditions) == 0 { // made anew under a kubelet that goes on
		i := slices.Index(nodeNames(), name)
		err := registry.MutateStatus(k.r, "", name, func(n *corev1.Node) { n.Status = nodeStatus(i, k.mode, k.r.Clock().Now()) })
		k.retry(err, nodeActor, name)
	}
	if k.mode == Instant && !slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	}) {
		err := registry.MutateStatus(k.r, "", name, func(n *corev1.Node) { k.initialise(n) })
		k.retry(err, nodeActor, name)
	}
	if k.silent(name) {
		k.lost[name] = true
		return
	}
	if slices.Contains(k.nodes, name) && !k.lost[name] {
		return
	}
	delete(k.lost, name)
	if !slices.Contains(k.nodes, name) {
		k.nodes = append(k.nodes, name)
	}
	for _, p := range registry.OnNode(k.r, name) {
		k.r.Clock().Enqueue(actor, p.Namespace+"/"+p.Name)
	}
}

// retryAfter is the wait after a write that was refused.
const retryAfter = time.Second

func (k *Kubelet) retry(err error, actor, key string) {
	if err != nil {
		k.r.Clock().After(retryAfter, actor, key)
	}
}

// initialise is kwok's stage node-initialize.
func (k *Kubelet) initialise(n *corev1.Node) {
	since := n.CreationTimestamp.Time
	n.Status.Conditions = readyConditions(since, k.r.Clock().Now())
	has := func(t corev1.NodeAddressType) bool {
		return slices.ContainsFunc(n.Status.Addresses, func(a corev1.NodeAddress) bool { return a.Type == t })
	}
	if !has(corev1.NodeInternalIP) {
		n.Status.Addresses = append(n.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.0.0.%d", 10+1+len(k.nodes))})
	}
	if !has(corev1.NodeHostName) {
		n.Status.Addresses = append(n.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeHostName, Address: n.Name})
	}
	endless := func() corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1k"), corev1.ResourceMemory: resource.MustParse("1Ti"), corev1.ResourcePods: resource.MustParse("1M")}
	}
	if len(n.Status.Allocatable) == 0 {
		n.Status.Allocatable = endless()
	}
	if len(n.Status.Capacity) == 0 {
		n.Status.Capacity = endless()
	}
	info := &n.Status.NodeInfo
	for field, value := range map[*string]string{&info.Architecture: "amd64", &info.OperatingSystem: "linux", &info.KubeletVersion: "kwok-v0.8.0",
		&info.KernelVersion: "kwok-v0.8.0", &info.ContainerRuntimeVersion: "kwok-v0.8.0", &info.KubeProxyVersion: "kwok-v0.8.0"} {
		if *field == "" {
			*field = value
		}
	}
	n.Status.Phase = corev1.NodeRunning
}

// silent tells whether the kubelet of a node has stopped reporting, which its
// Ready condition says by being Unknown. Containers go on; nobody hears of it.
func (k *Kubelet) silent(node string) bool {
	n, ok := registry.Get[*corev1.Node](k.r, "", node)
	return ok && k.mode == Real && slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionUnknown
	})
}

// runs tells whether a kubelet stands behind a node.
func (k *Kubelet) runs(node string) bool {
	if k.mode == Instant {
		_, ok := registry.Get[*corev1.Node](k.r, "", node)
		return ok
	}
	return slices.Contains(nodeNames(), node)
}

// address gives the next address of a node's range to a Pod, or the node's own
// to one that shares its network.
func (k *Kubelet) address(p *corev1.Pod) (ip, host string) {
	if n, ok := registry.Get[*corev1.Node](k.r, "", p.Spec.NodeName); ok {
		for _, a := range n.Status.Addresses {
			if a.Type == corev1.NodeInternalIP {
				host = a.Address
				break
			}
		}
	}
	if p.Spec.HostNetwork {
		return host, host
	}
	i := slices.Index(k.nodes, p.Spec.NodeName)
	if i < 0 {
		k.nodes = append(k.nodes, p.Spec.NodeName)
		i = len(k.nodes) - 1
	}
	k.hosts[p.Spec.NodeName]++
	n := k.hosts[p.Spec.NodeName] + 1
	return fmt.Sprintf("10.%d.%d.%d", 244+(i+n/65536)%8, (i+n/254)%256, 1+n%254), host
}
