package sim

import (
	"slices"
	"strconv"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	resourcehelper "k8s.io/component-helpers/resource"
)

// check holds the cluster to what must be true at every moment.
func (w *walker) check() {
	w.t.Helper()
	r := w.c.registry
	if w.seen == w.c && w.version == r.Version() {
		return // nothing has been written since
	}
	w.seen = w.c
	uids, ending := map[types.UID]bool{}, map[string]bool{}
	all := r.Objects()
	for _, o := range all {
		m := o.Object.(metav1.Object)
		uids[m.GetUID()] = true
		if o.GVK.Kind == "Namespace" && m.GetDeletionTimestamp() != nil {
			ending[m.GetName()] = true
		}
	}
	if v := r.Version(); v < w.version {
		w.fail("the version went from %d to %d", w.version, v)
	}
	w.version = r.Version()
	versions := make(map[types.UID]string, len(all))
	for _, o := range all {
		m := o.Object.(metav1.Object)
		v := m.GetResourceVersion()
		if old := w.versions[m.GetUID()]; len(v) < len(old) || len(v) == len(old) && v < old {
			w.fail("%s %s went from version %s to %s", o.GVK.Kind, m.GetName(), old, v)
		}
		versions[m.GetUID()] = v
		owners := m.GetOwnerReferences()
		if len(owners) > 0 && m.GetDeletionTimestamp() == nil && !slices.ContainsFunc(owners, func(ref metav1.OwnerReference) bool { return uids[ref.UID] }) {
			w.fail("%s %s has outlived its owners", o.GVK.Kind, m.GetName())
		}
		if o.GVK.Kind == "Pod" && len(owners) == 0 && !w.freed[m.GetUID()] {
			w.fail("Pod %s has no owner", m.GetName())
		}
	}
	w.versions = versions
	for _, rs := range registry.List[*appsv1.ReplicaSet](r, "") {
		w.checkReplicas(rs, ending[rs.Namespace])
	}
	for _, d := range registry.List[*policyv1.PodDisruptionBudget](r, "") {
		if !ending[d.Namespace] && d.DeletionTimestamp == nil {
			w.checkBudget(d)
		}
	}
	w.checkNodes()
	for _, s := range registry.List[*corev1.Service](r, "") {
		if len(s.Spec.Selector) > 0 && s.DeletionTimestamp == nil && !ending[s.Namespace] {
			w.checkEndpoints(s)
		}
	}
}

// live tells whether a Pod is neither over nor on its way out.
func live(p *corev1.Pod) bool {
	return p.DeletionTimestamp == nil && p.Status.Phase != corev1.PodFailed && p.Status.Phase != corev1.PodSucceeded
}

// checkNodes looks at what nodes hold: no more than they have room for, one Pod
// of a DaemonSet each, and nothing that their taints drive away at once.
func (w *walker) checkNodes() {
	w.t.Helper()
	for _, n := range registry.List[*corev1.Node](w.c.registry, "") {
		var used resource.Quantity
		agents := map[types.UID]string{}
		for _, p := range registry.OnNode(w.c.registry, n.Name) {
			if p.Status.Phase != corev1.PodFailed && p.Status.Phase != corev1.PodSucceeded {
				used.Add(resourcehelper.PodRequests(p, resourcehelper.PodResourcesOptions{})[corev1.ResourceCPU])
			}
			if !live(p) {
				continue
			}
			if ref := metav1.GetControllerOf(p); ref != nil && ref.Kind == "DaemonSet" {
				if other := agents[ref.UID]; other != "" {
					w.fail("%s and %s of one DaemonSet are both on %s", other, p.Name, n.Name)
				}
				agents[ref.UID] = p.Name
			}
			for _, t := range n.Spec.Taints {
				if t.Effect == corev1.TaintEffectNoExecute && !slices.ContainsFunc(p.Spec.Tolerations, func(o corev1.Toleration) bool { return o.Key == t.Key || o.Key == "" }) {
					w.fail("%s stays on %s in spite of the taint %s", p.Name, n.Name, t.ToString())
				}
			}
		}
		if room := n.Status.Allocatable[corev1.ResourceCPU]; used.Cmp(room) > 0 {
			w.fail("%s has %s CPUs and gives %s", n.Name, room.String(), used.String())
		}
	}
}

// checkBudget counts what a budget that asks for a number of Pods allows.
func (w *walker) checkBudget(d *policyv1.PodDisruptionBudget) {
	w.t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
	if err != nil {
		w.fail("%v", err)
	}
	healthy, expected := int32(0), int32(0)
	for _, p := range registry.List[*corev1.Pod](w.c.registry, d.Namespace) {
		if !selector.Matches(labels.Set(p.Labels)) {
			continue
		}
		expected++
		_, evicted := d.Status.DisruptedPods[p.Name]
		if p.DeletionTimestamp == nil && saysReady(p) && !evicted {
			healthy++
		}
	}
	allowed := max(0, healthy-d.Spec.MinAvailable.IntVal)
	if expected == 0 {
		allowed = 0
	}
	if d.Status.CurrentHealthy != healthy || d.Status.DisruptionsAllowed != allowed {
		w.fail("budget %s/%s of %d with %d Pods, %d healthy, says %+v", d.Namespace, d.Name, d.Spec.MinAvailable.IntVal, expected, healthy, d.Status)
	}
}

// checkReplicas counts the Pods of a ReplicaSet by itself.
func (w *walker) checkReplicas(rs *appsv1.ReplicaSet, ending bool) {
	w.t.Helper()
	if rs.DeletionTimestamp != nil || ending {
		return
	}
	n := 0
	for _, p := range registry.List[*corev1.Pod](w.c.registry, rs.Namespace) {
		if metav1.IsControlledBy(p, rs) && p.DeletionTimestamp == nil && p.Status.Phase != corev1.PodFailed && p.Status.Phase != corev1.PodSucceeded {
			n++
		}
	}
	if n != int(*rs.Spec.Replicas) || n != int(rs.Status.Replicas) {
		w.fail("ReplicaSet %s/%s wants %d Pods, has %d, and says %d", rs.Namespace, rs.Name, *rs.Spec.Replicas, n, rs.Status.Replicas)
	}
}

// checkEndpoints compares a Service's ready addresses with the Pods'.
func (w *walker) checkEndpoints(s *corev1.Service) {
	w.t.Helper()
	var want, slice, old []string
	between := map[string]bool{} // addresses that slices may name or not
	for _, p := range registry.List[*corev1.Pod](w.c.registry, s.Namespace) {
		if labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Labels)) && p.DeletionTimestamp == nil && p.Status.PodIP != "" && isReady(p) {
			want = append(want, p.Status.PodIP)
			// A slice that is written while the node is away leaves the Pod
			// out until it is tried again; one that is not keeps it.
			n, there := registry.Get[*corev1.Node](w.c.registry, "", p.Spec.NodeName)
			between[p.Status.PodIP] = !there || n.CreationTimestamp.After(p.CreationTimestamp.Time)
		}
	}
	for _, e := range registry.List[*discoveryv1.EndpointSlice](w.c.registry, s.Namespace) {
		if e.Labels[discoveryv1.LabelServiceName] != s.Name || e.DeletionTimestamp != nil {
			continue
		}
		for _, p := range e.Endpoints {
			if *p.Conditions.Ready {
				slice = append(slice, p.Addresses...)
			}
		}
	}
	if e, ok := registry.Get[*corev1.Endpoints](w.c.registry, s.Namespace, s.Name); ok {
		for _, sub := range e.Subsets {
			for _, a := range sub.Addresses {
				old = append(old, a.IP)
			}
		}
	}
	slices.Sort(want)
	inSlices := slices.DeleteFunc(slices.Clone(want), func(ip string) bool { return between[ip] })
	slice = slices.DeleteFunc(slice, func(ip string) bool { return between[ip] })
	slices.Sort(slice)
	slices.Sort(old)
	if !slices.Equal(inSlices, slice) || !slices.Equal(want, old) {
		w.fail("Service %s/%s: ready Pods %v, slices %v, Endpoints %v", s.Namespace, s.Name, want, slice, old)
	}
}

func isReady(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodRunning && saysReady(p)
}

func saysReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// restTime is enough for whatever waits, back-offs of nodes and images among it.
const restTime = 12 * time.Minute

// rest takes the obstacles away, waits, and looks whether all specs are met.
func (w *walker) rest() {
	w.t.Helper()
	w.clear()
	if err := w.c.Advance(w.t.Context(), restTime); err != nil {
		w.fail("%v", err)
	}
	w.check()
	for _, d := range registry.List[*appsv1.Deployment](w.c.registry, "") {
		if !d.Spec.Paused && (d.Status.AvailableReplicas != *d.Spec.Replicas || d.Status.UpdatedReplicas != *d.Spec.Replicas || d.Status.Replicas != *d.Spec.Replicas) {
			w.fail("Deployment %s/%s of %d rests with %+v", d.Namespace, d.Name, *d.Spec.Replicas, d.Status)
		}
	}
	for _, s := range registry.List[*appsv1.StatefulSet](w.c.registry, "") {
		if s.Status.ReadyReplicas != *s.Spec.Replicas || s.Status.Replicas != *s.Spec.Replicas {
			w.fail("StatefulSet %s/%s of %d rests with %+v", s.Namespace, s.Name, *s.Spec.Replicas, s.Status)
		}
		w.restClaims(s)
	}
	for _, d := range registry.List[*appsv1.DaemonSet](w.c.registry, "") {
		// Its status may be old: as upstream's, it does not look again when a
		// node comes back under Pods that have stayed.
		n := 0
		for _, p := range registry.List[*corev1.Pod](w.c.registry, d.Namespace) {
			if metav1.IsControlledBy(p, d) && isReady(p) {
				n++
			}
		}
		if n != 2 {
			w.fail("DaemonSet %s/%s rests with %d Pods and %+v", d.Namespace, d.Name, n, d.Status)
		}
	}
	for _, j := range registry.List[*batchv1.Job](w.c.registry, "") {
		suspended := j.Spec.Suspend != nil && *j.Spec.Suspend
		over := slices.ContainsFunc(j.Status.Conditions, func(c batchv1.JobCondition) bool {
			return (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue
		})
		if j.Status.Active != 0 || !over && !suspended {
			w.fail("Job %s/%s rests with %+v", j.Namespace, j.Name, j.Status)
		}
	}
	for _, h := range registry.List[*autoscalingv2.HorizontalPodAutoscaler](w.c.registry, "") {
		d, ok := registry.Get[*appsv1.Deployment](w.c.registry, h.Namespace, h.Spec.ScaleTargetRef.Name)
		if n := int32(0); ok && *d.Spec.Replicas != 0 {
			if n = *d.Spec.Replicas; n < *h.Spec.MinReplicas || n > h.Spec.MaxReplicas {
				w.fail("%s is to have %d to %d Pods and rests with %d", h.Name, *h.Spec.MinReplicas, h.Spec.MaxReplicas, n)
			}
		}
	}
	w.restGone()
}

// clear takes away all that keeps Pods from running.
func (w *walker) clear() {
	w.t.Helper()
	if _, there := registry.Get[*corev1.Node](w.c.registry, "", "worker-2"); !there {
		if err := join(w.c, "worker-2"); err != nil {
			w.fail("%v", err)
		}
		if err := w.c.Settle(w.t.Context()); err != nil {
			w.fail("%v", err)
		}
	}
	err := w.c.Do(func() error {
		for _, node := range []string{"worker-1", "worker-2"} {
			if err := registry.Mutate(w.c.registry, "", node, func(n *corev1.Node) { n.Spec.Unschedulable, n.Spec.Taints = false, nil }); err != nil {
				return err
			}
			if err := setHeard(w.c.registry, node, true); err != nil {
				return err
			}
			err := registry.MutateStatus(w.c.registry, "", node, func(n *corev1.Node) {
				n.Status.Capacity[corev1.ResourceCPU] = resource.MustParse("64")
				n.Status.Allocatable[corev1.ResourceCPU] = resource.MustParse("64")
			})
			if err != nil {
				return err
			}
		}
		for _, c := range registry.List[*batchv1.CronJob](w.c.registry, "") { // which never rest
			if err := registry.Delete[*batchv1.CronJob](w.c.registry, c.Namespace, c.Name, registry.DeleteOptions{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.fail("%v", err)
	}
}

// restClaims looks for the claims of a StatefulSet's Pods.
func (w *walker) restClaims(s *appsv1.StatefulSet) {
	w.t.Helper()
	for i := range int(*s.Spec.Replicas) {
		name := "data-" + s.Name + "-" + strconv.Itoa(i)
		if c, ok := registry.Get[*corev1.PersistentVolumeClaim](w.c.registry, s.Namespace, name); !ok || c.Status.Phase != corev1.ClaimBound {
			w.fail("the claim %s/%s of a StatefulSet is not bound", s.Namespace, name)
		}
	}
}

// restGone looks for what should have been gone by now, and for volumes whose
// claims have.
func (w *walker) restGone() {
	w.t.Helper()
	for _, o := range w.c.registry.Objects() {
		m := o.Object.(metav1.Object)
		if c, ok := o.Object.(*corev1.PersistentVolumeClaim); ok && len(registry.UsersOf(w.c.registry, c.Namespace, c.Name)) > 0 {
			continue // kept for as long as a Pod uses it
		}
		if m.GetDeletionTimestamp() != nil {
			w.fail("%s %s/%s is still being deleted, finalizers %v", o.GVK.Kind, m.GetNamespace(), m.GetName(), m.GetFinalizers())
		}
	}
	for _, v := range registry.List[*corev1.PersistentVolume](w.c.registry, "") {
		if v.Status.Phase != corev1.VolumeBound {
			w.fail("the volume %s rests %s", v.Name, v.Status.Phase)
		}
	}
}
