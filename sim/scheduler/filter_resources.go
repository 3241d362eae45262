package scheduler

import (
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

// amount is a quantity in the unit that the scheduler counts in: thousandths
// for CPU, the plain number otherwise.
func amount(name corev1.ResourceName, q resource.Quantity) int64 {
	if name == corev1.ResourceCPU {
		return q.MilliValue()
	}
	return q.Value()
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
	if capacity, ok := n.Status.Allocatable[corev1.ResourcePods]; !ok || int64(len(n.pods))+1 > capacity.Value() {
		v.reasons = append(v.reasons, "Too many pods")
	}
	wanted := requests(c.pod)
	names := make([]corev1.ResourceName, 0, len(wanted))
	for name := range wanted {
		names = append(names, name)
	}
	slices.SortFunc(names, compareResources)
	for _, name := range names {
		want := amount(name, wanted[name])
		if want == 0 {
			continue
		}
		capacity := amount(name, n.Status.Allocatable[name])
		var used int64
		for _, p := range n.pods {
			if q, ok := requests(p)[name]; ok {
				used += amount(name, q)
			}
		}
		if want > capacity-used {
			v.reasons = append(v.reasons, "Insufficient "+string(name))
			v.hopeless = v.hopeless || want > capacity
		}
	}
	return v
}

// compareResources orders resources as upstream looks at them.
func compareResources(a, b corev1.ResourceName) int {
	if ra, rb := standardRank(a), standardRank(b); ra != rb {
		return ra - rb
	}
	if a < b {
		return -1
	}
	return 1
}

func standardRank(n corev1.ResourceName) int {
	switch n {
	case corev1.ResourceCPU:
		return 0
	case corev1.ResourceMemory:
		return 1
	case corev1.ResourceEphemeralStorage:
		return 2
	}
	return 3
}

// scoreMax is the best score that one scorer gives.
const scoreMax = 100

// usage is what a node would have in use of CPU and memory with the Pod and has
// without it, and what it can give.
func (c *cycle) usage(n *nodeInfo, list func(*corev1.Pod) corev1.ResourceList) (with, without, capacity [2]int64) {
	for i, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		capacity[i] = amount(name, n.Status.Allocatable[name])
		for _, p := range n.pods {
			without[i] += amount(name, list(p)[name])
		}
		with[i] = without[i] + amount(name, list(c.pod)[name])
	}
	return with, without, capacity
}

// scoreLeastAllocated prefers nodes with more left.
func scoreLeastAllocated(c *cycle, nodes []*nodeInfo) []int64 {
	scores := make([]int64, len(nodes))
	for i, n := range nodes {
		with, _, capacity := c.usage(n, scoredRequests)
		var sum, weights int64
		for j := range with {
			if capacity[j] == 0 {
				continue
			}
			weights++
			if with[j] <= capacity[j] {
				sum += (capacity[j] - with[j]) * scoreMax / capacity[j]
			}
		}
		if weights > 0 {
			scores[i] = sum / weights
		}
	}
	return scores
}

// scoreBalanced prefers nodes on which the Pod brings the shares of CPU and
// memory in use closer together.
func scoreBalanced(c *cycle, nodes []*nodeInfo) []int64 {
	scores := make([]int64, len(nodes))
	wanted := requests(c.pod)
	if wanted.Cpu().IsZero() && wanted.Memory().IsZero() {
		return scores
	}
	for i, n := range nodes {
		with, without, capacity := c.usage(n, requests)
		scores[i] = scoreMax/2 + (scoreMax/2+balance(with, capacity)-balance(without, capacity))/2
	}
	return scores
}

func balance(used, capacity [2]int64) int64 {
	var shares []float64
	for i := range used {
		if capacity[i] > 0 {
			shares = append(shares, min(float64(used[i])/float64(capacity[i]), 1))
		}
	}
	if len(shares) < 2 {
		return scoreMax
	}
	return int64((1 - math.Abs((shares[0]-shares[1])/2)) * scoreMax)
}
