package controller

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// burstMax is how many Pods a workload makes or deletes in one sync.
const burstMax = 500

// failedWait is how long a Pod that failed stands at least before another takes
// its place. Upstream has no such wait, but the way of a Pod to a kubelet that
// refuses it takes time there and none here, and what is refused for ever would
// be made without end in one instant.
const failedWait = time.Second

func justMade(p *corev1.Pod, at time.Time) bool { return at.Sub(p.CreationTimestamp.Time) < failedWait }

// nameMax is the length of a DNS subdomain, which a Pod's name must be.
const nameMax = 253

func podCondition(p *corev1.Pod, t corev1.PodConditionType) *corev1.PodCondition {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type == t {
			return &p.Status.Conditions[i]
		}
	}
	return nil
}

func podReady(p *corev1.Pod) bool {
	c := podCondition(p, corev1.PodReady)
	return c != nil && c.Status == corev1.ConditionTrue
}

// podReadySince is when the Pod became Ready, the zero time if it is not.
func podReadySince(p *corev1.Pod) time.Time {
	if c := podCondition(p, corev1.PodReady); c != nil && c.Status == corev1.ConditionTrue {
		return c.LastTransitionTime.Time
	}
	return time.Time{}
}

// podAvailable reports whether the Pod has been Ready for minReady seconds.
func podAvailable(p *corev1.Pod, minReady int32, at time.Time) bool {
	if !podReady(p) {
		return false
	}
	if minReady == 0 {
		return true
	}
	since := podReadySince(p)
	return !since.IsZero() && !since.Add(time.Duration(minReady)*time.Second).After(at)
}

func podTerminal(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// podActive reports whether a Pod counts for its workload: it has not ended
// and is not being deleted.
func podActive(p *corev1.Pod) bool { return !podTerminal(p) && p.DeletionTimestamp == nil }

// nextAvailability is how long it takes until the next Ready Pod becomes
// available; ok is false if none will.
func nextAvailability(pods []*corev1.Pod, minReady int32, at time.Time) (d time.Duration, ok bool) {
	for _, p := range pods {
		if !podReady(p) || podAvailable(p, minReady, at) {
			continue
		}
		wait := podReadySince(p).Add(time.Duration(minReady) * time.Second).Sub(at)
		if !ok || wait < d {
			d, ok = wait, true
		}
	}
	return d, ok
}

// A podMaker makes and deletes the Pods of one workload object and tells of it
// by events about that object.
type podMaker struct {
	r         *registry.Registry
	component string
	owner     object
	kind      schema.GroupVersionKind
}

// podFromTemplate is a Pod of a template, owned by owner, without a name.
func podFromTemplate(t *corev1.PodTemplateSpec, owner metav1.Object, kind schema.GroupVersionKind) *corev1.Pod {
	t = t.DeepCopy()
	prefix := owner.GetName() + "-"
	if len(prefix) > nameMax {
		prefix = owner.GetName()
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       owner.GetNamespace(),
			Labels:          maps.Clone(t.Labels),
			Annotations:     maps.Clone(t.Annotations),
			Finalizers:      t.Finalizers,
			GenerateName:    prefix,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, kind)},
		},
		Spec: t.Spec,
	}
}

// create makes a Pod of the template. A namespace that is going away is no
// error: nothing more can be made there.
func (m podMaker) create(t *corev1.PodTemplateSpec, generateName string) error {
	pod := podFromTemplate(t, m.owner, m.kind)
	if generateName != "" {
		pod.GenerateName = generateName
	}
	made, err := registry.Create(m.r, pod)
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil
	}
	if err != nil {
		m.r.Record(m.owner, m.component, corev1.EventTypeWarning, "FailedCreate", "Error creating: "+err.Error())
		return err
	}
	m.r.Record(m.owner, m.component, corev1.EventTypeNormal, "SuccessfulCreate", "Created pod: "+made.Name)
	return nil
}

// delete deletes a Pod; one that is gone is no error.
func (m podMaker) delete(name string) error {
	err := registry.Delete[*corev1.Pod](m.r, m.owner.GetNamespace(), name, registry.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		m.r.Record(m.owner, m.component, corev1.EventTypeWarning, "FailedDelete", "Error deleting: "+err.Error())
		return err
	}
	m.r.Record(m.owner, m.component, corev1.EventTypeNormal, "SuccessfulDelete", "Deleted pod: "+name)
	return nil
}

// slowStart calls f up to n times, in batches of 1, 2, 4, …, and stops after
// the first batch with an error: whatever is refused once, a quota say, would
// be refused n times. It returns how many calls went well and the first error.
func slowStart(n int, f func(i int) error) (done int, first error) {
	for start, batch := 0, 1; start < n; start, batch = start+batch, 2*batch {
		for i := start; i < min(start+batch, n); i++ {
			if err := f(i); err != nil {
				if first == nil {
					first = err
				}
				continue
			}
			done++
		}
		if first != nil {
			return done, first
		}
	}
	return done, nil
}

// deletionCost is what the annotation says, 0 without one.
func deletionCost(p *corev1.Pod) int32 {
	n, err := strconv.ParseInt(p.Annotations[corev1.PodDeletionCost], 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

// phaseRank orders phases for deletion: what runs goes last.
func phaseRank(p corev1.PodPhase) int {
	switch p {
	case corev1.PodPending:
		return 0
	case corev1.PodUnknown:
		return 1
	case corev1.PodRunning:
		return 2
	}
	return 0
}

// sortForDeletion orders Pods so that those to be deleted first come first
// (upstream's ActivePodsWithRanks): without a node, Pending, not Ready, cheap
// by annotation, on a crowded node, Ready for a shorter time, often restarted,
// young. Ages count by their order of magnitude; UIDs break ties.
func sortForDeletion(pods []*corev1.Pod, crowd map[string]int, at time.Time) {
	slices.SortStableFunc(pods, func(a, b *corev1.Pod) int { return compareForDeletion(a, b, crowd, at) })
}

func compareForDeletion(a, b *corev1.Pod, crowd map[string]int, at time.Time) int {
	if (a.Spec.NodeName == "") != (b.Spec.NodeName == "") {
		return first(a.Spec.NodeName == "")
	}
	if d := phaseRank(a.Status.Phase) - phaseRank(b.Status.Phase); d != 0 {
		return d
	}
	if podReady(a) != podReady(b) {
		return first(!podReady(a))
	}
	if ca, cb := deletionCost(a), deletionCost(b); ca != cb {
		return first(ca < cb)
	}
	if ca, cb := crowd[a.Spec.NodeName], crowd[b.Spec.NodeName]; ca != cb {
		return cb - ca
	}
	if podReady(a) && podReady(b) {
		if ta, tb := podReadySince(a), podReadySince(b); !ta.Equal(tb) {
			return compareAges(ta, tb, at, a.UID, b.UID)
		}
	}
	if d := compareRestarts(a, b); d != 0 {
		return d
	}
	if ta, tb := a.CreationTimestamp.Time, b.CreationTimestamp.Time; !ta.Equal(tb) {
		return compareAges(ta, tb, at, a.UID, b.UID)
	}
	return 0
}

// first is the comparison of two things of which one, if the condition holds
// the former, comes first.
func first(former bool) int {
	if former {
		return -1
	}
	return 1
}

// compareAges puts the clearly younger first: ages of the same power of two
// nanoseconds count as equal, so that chance spreads the deletions.
func compareAges(a, b, at time.Time, ua, ub types.UID) int {
	if d := magnitude(at.Sub(a)) - magnitude(at.Sub(b)); d != 0 {
		return d
	}
	return first(ua < ub)
}

func magnitude(d time.Duration) int {
	if d <= 0 {
		return -1
	}
	return int(math.Log2(float64(d)))
}

// compareRestarts puts the Pod whose containers restarted more often first;
// sidecars decide only if the others are equal.
func compareRestarts(a, b *corev1.Pod) int {
	ra, sa := restarts(a)
	rb, sb := restarts(b)
	if ra != rb {
		return int(rb - ra)
	}
	return int(sb - sa)
}

func restarts(p *corev1.Pod) (regular, sidecar int32) {
	for _, c := range p.Status.ContainerStatuses {
		regular = max(regular, c.RestartCount)
	}
	for _, c := range p.Status.InitContainerStatuses {
		if isSidecar(p, c.Name) {
			sidecar = max(sidecar, c.RestartCount)
		}
	}
	return regular, sidecar
}

func isSidecar(p *corev1.Pod, container string) bool {
	for _, c := range p.Spec.InitContainers {
		if c.Name == container {
			return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		}
	}
	return false
}
