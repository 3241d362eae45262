package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// The metrics server of upstream asks each kubelet every scrapePeriod, and
// leaves out containers that are younger than freshMin at that moment.
const (
	scrapePeriod = 15 * time.Second
	freshMin     = 10 * time.Second
)

// Limits of what is set by hand.
const (
	usagesMax       = 200
	usageAnnotation = "gieok/usage"
)

// MetricsServer is the add-on that answers for metrics.k8s.io. What Pods and
// nodes use is not simulated but set (SetUsage): what nobody has set is
// missing from its answers, as it is from a real one before its first scrape.
func MetricsServer() Addon { return Addon{Lease: "metrics-server"} }

// A Usage is what a Pod, the Pods of a workload, or a node use.
type Usage struct {
	Kind      string              `json:"kind"` // Pod, Node, or that of a workload
	Namespace string              `json:"namespace,omitempty"`
	Name      string              `json:"name"`
	Container string              `json:"container,omitempty"` // "": the first one of each Pod
	Total     bool                `json:"total,omitempty"`     // shared by the Ready Pods of a workload, and not for each
	Amounts   corev1.ResourceList `json:"amounts,omitempty"`   // of cpu and memory; none: no longer known
}

func (u Usage) about(v Usage) bool {
	return u.Kind == v.Kind && u.Namespace == v.Namespace && u.Name == v.Name && u.Container == v.Container
}

// ErrNoMetrics is for usage while the metrics server is off.
var ErrNoMetrics = errors.New("the metrics server is off")

// SetUsage says what u's Pods or node use from the next answer of the metrics
// server on. Of two that speak of one container the later one counts. An
// amount that is not given stays; the first time both are wanted.
func (r *Registry) SetUsage(u Usage) error {
	if u.Kind == "Node" {
		u.Namespace = ""
	}
	gk := schema.GroupKind{Kind: u.Kind}
	if k := slices.IndexFunc(workloadGroups(), func(g schema.GroupKind) bool { return g.Kind == u.Kind }); k >= 0 {
		gk = workloadGroups()[k]
	}
	if _, ok := r.GetObject(gk, u.Namespace, u.Name); !ok {
		return fmt.Errorf("%s %q not found", strings.ToLower(u.Kind), u.Name)
	}
	if !MetricsServer().Running(r) {
		return ErrNoMetrics
	}
	all := r.usages()
	if i := slices.IndexFunc(all, u.about); i >= 0 {
		for name, q := range all[i].Amounts {
			if _, ok := u.Amounts[name]; !ok && len(u.Amounts) > 0 {
				u.Amounts[name] = q
			}
		}
		all = slices.Delete(all, i, i+1)
	}
	switch {
	case len(u.Amounts) == 1:
		return errors.New("both cpu=… and memory=… are wanted the first time")
	case len(u.Amounts) > 0:
		all = append(all, u)
	}
	if len(all) > usagesMax {
		return fmt.Errorf("more than %d usages", usagesMax)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return Mutate(r, metav1.NamespaceSystem, MetricsServer().Lease, func(l *coordinationv1.Lease) {
		metav1.SetMetaDataAnnotation(&l.ObjectMeta, usageAnnotation, string(text))
	})
}

// workloadGroups are the kinds whose Pods a usage may be for.
func workloadGroups() []schema.GroupKind {
	return []schema.GroupKind{{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "ReplicaSet"}, {Group: "apps", Kind: "StatefulSet"},
		{Group: "apps", Kind: "DaemonSet"}, {Group: "batch", Kind: "Job"}, {Group: "batch", Kind: "CronJob"}, {Kind: "ReplicationController"}, {Kind: "Pod"}, {Kind: "Node"}}
}

func (r *Registry) usages() []Usage {
	l, ok := Get[*coordinationv1.Lease](r, metav1.NamespaceSystem, MetricsServer().Lease)
	if !ok {
		return nil
	}
	var all []Usage
	if json.Unmarshal([]byte(l.Annotations[usageAnnotation]), &all) != nil {
		return nil // somebody has written another text there
	}
	return all
}

// PodMetrics is what the metrics server tells of the Pods of a namespace, or
// with "" of all, ordered by namespace and name.
func (r *Registry) PodMetrics(namespace string, selector labels.Selector) []metricsv1beta1.PodMetrics {
	scrape := r.clock.Now().Truncate(scrapePeriod)
	usages := r.usages()
	shares := r.shares(usages)
	var out []metricsv1beta1.PodMetrics
	for _, p := range List[*corev1.Pod](r, namespace) {
		if p.Status.Phase != corev1.PodRunning || !selector.Matches(labels.Set(p.Labels)) {
			continue
		}
		containers, ok := r.containerMetrics(p, scrape, usages, shares)
		if !ok {
			continue
		}
		out = append(out, metricsv1beta1.PodMetrics{
			TypeMeta:   metav1.TypeMeta{Kind: "PodMetrics", APIVersion: metricsv1beta1.SchemeGroupVersion.String()},
			ObjectMeta: metav1.ObjectMeta{Name: p.Name, Namespace: p.Namespace, Labels: p.Labels, CreationTimestamp: metav1.NewTime(r.clock.Now())},
			Timestamp:  metav1.NewTime(scrape), Window: metav1.Duration{Duration: scrapePeriod}, Containers: containers,
		})
	}
	return out
}

// containerMetrics is what a Pod's containers use; ok is false for a Pod that
// is too young, or of which nothing was set.
func (r *Registry) containerMetrics(p *corev1.Pod, scrape time.Time, usages []Usage, shares map[int]int64) (out []metricsv1beta1.ContainerMetrics, ok bool) {
	for _, s := range p.Status.ContainerStatuses {
		if s.State.Running == nil || scrape.Sub(s.State.Running.StartedAt.Time) < freshMin {
			return nil, false
		}
	}
	for i, c := range p.Spec.Containers {
		m := metricsv1beta1.ContainerMetrics{Name: c.Name, Usage: corev1.ResourceList{
			corev1.ResourceCPU: *resource.NewMilliQuantity(0, resource.DecimalSI), corev1.ResourceMemory: *resource.NewQuantity(0, resource.BinarySI)}}
		for n, u := range usages {
			if !r.belongs(p, u) {
				continue
			}
			ok = true // the other containers of the Pod are idle, then
			if u.Container == c.Name || u.Container == "" && i == 0 {
				m.Usage = u.Amounts.DeepCopy()
				if u.Total {
					m.Usage = part(u.Amounts, shares[n])
				}
			}
		}
		out = append(out, m)
	}
	return out, ok
}

// MemoryUse is how many bytes of memory a Pod's containers use, by their names;
// ok is false for a Pod of which nothing was set.
func (r *Registry) MemoryUse(p *corev1.Pod) (bytes map[string]int64, ok bool) {
	usages := r.usages()
	if len(usages) == 0 {
		return nil, false
	}
	fresh := p.DeepCopy()
	fresh.Status.ContainerStatuses = nil // however young
	list, ok := r.containerMetrics(fresh, r.clock.Now(), usages, r.shares(usages))
	bytes = map[string]int64{}
	for _, c := range list {
		bytes[c.Name] = c.Usage.Memory().Value()
	}
	return bytes, ok
}

// part is the n-th part of amounts.
func part(amounts corev1.ResourceList, n int64) corev1.ResourceList {
	out := corev1.ResourceList{}
	for name, q := range amounts {
		out[name] = *resource.NewMilliQuantity(q.MilliValue()/max(n, 1), q.Format)
		if name == corev1.ResourceMemory {
			out[name] = *resource.NewQuantity(q.Value()/max(n, 1), q.Format)
		}
	}
	return out
}

// shares counts the Ready Pods that share a usage, by its place in usages.
func (r *Registry) shares(usages []Usage) map[int]int64 {
	out := map[int]int64{}
	for n, u := range usages {
		if !u.Total {
			continue
		}
		for _, p := range List[*corev1.Pod](r, u.Namespace) {
			ready := slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
				return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
			})
			if ready && p.DeletionTimestamp == nil && r.belongs(p, u) {
				out[n]++
			}
		}
	}
	return out
}

// belongs reports whether u speaks of a Pod.
func (r *Registry) belongs(p *corev1.Pod, u Usage) bool {
	if p.Namespace != u.Namespace {
		return false
	}
	kind, name, owner := "Pod", p.Name, metav1.GetControllerOfNoCopy(p)
	for range ownersMax {
		if kind == u.Kind && name == u.Name {
			return true
		}
		if owner == nil {
			return false
		}
		kind, name = owner.Kind, owner.Name
		gk := schema.FromAPIVersionAndKind(owner.APIVersion, kind).GroupKind()
		owner = nil
		if obj, ok := r.GetObject(gk, p.Namespace, name); ok {
			owner = metav1.GetControllerOfNoCopy(obj.(metav1.Object))
		}
	}
	return false
}

// ownersMax bounds a chain of owners, which may be a ring.
const ownersMax = 8

// NodeMetrics is what the metrics server tells of the nodes, ordered by name.
func (r *Registry) NodeMetrics(selector labels.Selector) []metricsv1beta1.NodeMetrics {
	var out []metricsv1beta1.NodeMetrics
	usages := r.usages()
	for _, n := range List[*corev1.Node](r, "") {
		for _, u := range usages {
			if u.Kind == "Node" && u.Name == n.Name && selector.Matches(labels.Set(n.Labels)) {
				out = append(out, metricsv1beta1.NodeMetrics{
					TypeMeta:   metav1.TypeMeta{Kind: "NodeMetrics", APIVersion: metricsv1beta1.SchemeGroupVersion.String()},
					ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: n.Labels, CreationTimestamp: metav1.NewTime(r.clock.Now())},
					Timestamp:  metav1.NewTime(r.clock.Now().Truncate(scrapePeriod)), Window: metav1.Duration{Duration: scrapePeriod}, Usage: u.Amounts.DeepCopy(),
				})
			}
		}
	}
	return out
}
