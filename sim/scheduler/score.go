package scheduler

// A scorer is one of upstream's score plugins with its weight.
type scorer struct {
	name   string
	weight int64
	score  func(c *cycle, nodes []*nodeInfo) []int64
}

// scorers are those of upstream's default profile. The locality of images is
// left out: nodes here have what they need.
var scorers = []scorer{
	{"TaintToleration", 3, scoreTaints},
	{"NodeAffinity", 2, scoreNodeAffinity},
	{"NodeResourcesFit", 1, scoreLeastAllocated},
	{"NodeResourcesBalancedAllocation", 1, scoreBalanced},
	{"PodTopologySpread", 2, scoreSpread},
	{"InterPodAffinity", 2, scorePodAffinity},
}

// best is the node with the highest score, the first by name among equals.
func (c *cycle) best(nodes []*nodeInfo) *nodeInfo {
	if len(nodes) == 1 {
		return nodes[0]
	}
	total := make([]int64, len(nodes))
	for _, s := range scorers {
		for i, score := range s.score(c, nodes) {
			total[i] += s.weight * score
		}
	}
	best := 0
	for i := range nodes {
		if total[i] > total[best] {
			best = i
		}
	}
	return nodes[best]
}

// normalise stretches scores to 0–scoreMax; reverse turns them round.
func normalise(scores []int64, reverse bool) []int64 {
	var most int64
	for _, s := range scores {
		most = max(most, s)
	}
	for i := range scores {
		if most > 0 {
			scores[i] = scores[i] * scoreMax / most
		}
		if reverse {
			scores[i] = scoreMax - scores[i]
		}
	}
	return scores
}
