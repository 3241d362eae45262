package scheduler

import (
	"maps"
	"math"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	resourcehelper "k8s.io/component-helpers/resource"
)

// Requests that a container counts with, in scores, if it names none.
const (
	defaultMilliCPU = 100
	defaultMemory   = 200 << 20 // bytes
)

// resources are amounts in the units that the scheduler counts in: thousandths
// of a CPU, the plain number otherwise.
type resources struct {
	cpu, memory, storage int64
	others               map[corev1.ResourceName]int64 // nil for none
}

func sum(list corev1.ResourceList) resources {
	var out resources
	for name, q := range list {
		switch name {
		case corev1.ResourceCPU:
			out.cpu = q.MilliValue()
		case corev1.ResourceMemory:
			out.memory = q.Value()
		case corev1.ResourceEphemeralStorage:
			out.storage = q.Value()
		case corev1.ResourcePods:
		default:
			if out.others == nil {
				out.others = map[corev1.ResourceName]int64{}
			}
			out.others[name] = q.Value()
		}
	}
	return out
}

func (a *resources) add(b resources, times int64) {
	a.cpu += times * b.cpu
	a.memory += times * b.memory
	a.storage += times * b.storage
	for name, n := range b.others {
		if a.others == nil {
			a.others = map[corev1.ResourceName]int64{}
		}
		a.others[name] += times * n
	}
}

func (a resources) clone() resources {
	a.others = maps.Clone(a.others)
	return a
}

func requests(p *corev1.Pod) corev1.ResourceList {
	return resourcehelper.PodRequests(p, resourcehelper.PodResourcesOptions{UseStatusResources: true})
}

// scoredRequests counts containers without requests with a little.
func scoredRequests(p *corev1.Pod) corev1.ResourceList {
	return resourcehelper.PodRequests(p, resourcehelper.PodResourcesOptions{
		UseStatusResources: true,
		NonMissingContainerRequests: corev1.ResourceList{
			corev1.ResourceCPU:    *resource.NewMilliQuantity(defaultMilliCPU, resource.DecimalSI),
			corev1.ResourceMemory: *resource.NewQuantity(defaultMemory, resource.DecimalSI),
		},
	})
}

// filterResources compares requests with what the node has left and reports
// all that is short.
func filterResources(c *cycle, n *nodeInfo) verdict {
	var v verdict
	if int64(len(n.pods))+1 > n.podsMax {
		v.reasons = append(v.reasons, "Too many pods")
	}
	short := func(name corev1.ResourceName, want, used, capacity int64) {
		if want > 0 && want > capacity-used {
			v.reasons = append(v.reasons, "Insufficient "+string(name))
			v.hopeless = v.hopeless || want > capacity
		}
	}
	short(corev1.ResourceCPU, c.wants.cpu, n.used.cpu, n.capacity.cpu)
	short(corev1.ResourceMemory, c.wants.memory, n.used.memory, n.capacity.memory)
	short(corev1.ResourceEphemeralStorage, c.wants.storage, n.used.storage, n.capacity.storage)
	if len(c.wants.others) == 0 {
		return v
	}
	for _, name := range slices.Sorted(maps.Keys(c.wants.others)) {
		short(name, c.wants.others[name], n.used.others[name], n.capacity.others[name])
	}
	return v
}

// scoreMax is the best score that one scorer gives.
const scoreMax = 100

// scoreLeastAllocated prefers nodes with more left.
func scoreLeastAllocated(c *cycle, nodes []*nodeInfo) []int64 {
	scores := make([]int64, len(nodes))
	for i, n := range nodes {
		var total, weights int64
		left := func(with, capacity int64) {
			if capacity == 0 {
				return
			}
			weights++
			if with <= capacity {
				total += (capacity - with) * scoreMax / capacity
			}
		}
		left(n.scored.cpu+c.scored.cpu, n.capacity.cpu)
		left(n.scored.memory+c.scored.memory, n.capacity.memory)
		if weights > 0 {
			scores[i] = total / weights
		}
	}
	return scores
}

// scoreBalanced prefers nodes on which the Pod brings the shares of CPU and
// memory in use closer together.
func scoreBalanced(c *cycle, nodes []*nodeInfo) []int64 {
	scores := make([]int64, len(nodes))
	if c.wants.cpu == 0 && c.wants.memory == 0 {
		return scores
	}
	for i, n := range nodes {
		with := balance(n.used.cpu+c.wants.cpu, n.used.memory+c.wants.memory, n.capacity)
		scores[i] = scoreMax/2 + (scoreMax/2+with-balance(n.used.cpu, n.used.memory, n.capacity))/2
	}
	return scores
}

func balance(cpu, memory int64, capacity resources) int64 {
	if capacity.cpu == 0 || capacity.memory == 0 {
		return scoreMax
	}
	share := func(used, of int64) float64 { return min(float64(used)/float64(of), 1) }
	return int64((1 - math.Abs((share(cpu, capacity.cpu)-share(memory, capacity.memory))/2)) * scoreMax)
}
