package controller

import (
	"slices"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

func indexed(j *batchv1.Job) bool {
	return j.Spec.CompletionMode != nil && *j.Spec.CompletionMode == batchv1.IndexedCompletion
}

// noIndex is the index of a Pod without one.
const noIndex = -1

// completionIndex is the Pod's index, noIndex if it has none.
func completionIndex(p *corev1.Pod) int {
	n, err := strconv.Atoi(p.Annotations[batchv1.JobCompletionIndexAnnotation])
	if err != nil || n < 0 {
		return noIndex
	}
	return n
}

// counted reads a number that an annotation carries from Pod to Pod, 0 without.
func counted(p *corev1.Pod, annotation string) int32 {
	n, err := strconv.ParseInt(p.Annotations[annotation], 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int32(n)
}

// An interval is a run of indexes, both ends included.
type interval struct{ first, last int }

// intervals are runs of indexes, in order, with gaps between them.
type intervals []interval

// parseIntervals reads what String writes, as far as it is below completions.
func parseIntervals(s string, completions int) intervals {
	var out intervals
	for part := range strings.SplitSeq(s, ",") {
		a, b, ranged := strings.Cut(part, "-")
		first, err := strconv.Atoi(a)
		if err != nil || first >= completions {
			continue
		}
		last := first
		if ranged {
			if last, err = strconv.Atoi(b); err != nil {
				continue
			}
		}
		out = out.add(interval{first, min(last, completions-1)})
	}
	return out
}

// add returns the intervals with one more.
func (s intervals) add(n interval) intervals {
	var out intervals
	placed := false
	for _, i := range s {
		switch {
		case i.last+1 < n.first:
			out = append(out, i)
		case n.last+1 < i.first:
			if !placed {
				out, placed = append(out, n), true
			}
			out = append(out, i)
		default:
			n = interval{min(i.first, n.first), max(i.last, n.last)}
		}
	}
	if !placed {
		out = append(out, n)
	}
	return out
}

func (s intervals) addAll(indexes []int) intervals {
	for _, i := range indexes {
		s = s.add(interval{i, i})
	}
	return s
}

func (s intervals) has(index int) bool {
	return slices.ContainsFunc(s, func(i interval) bool { return i.first <= index && index <= i.last })
}

func (s intervals) total() int {
	n := 0
	for _, i := range s {
		n += i.last - i.first + 1
	}
	return n
}

// String writes the form of a Job's status: "0-2,4", two neighbours as "0,1".
func (s intervals) String() string {
	parts := make([]string, len(s))
	for n, i := range s {
		parts[n] = strconv.Itoa(i.first)
		switch {
		case i.last == i.first+1:
			parts[n] += "," + strconv.Itoa(i.last)
		case i.last > i.first:
			parts[n] += "-" + strconv.Itoa(i.last)
		}
	}
	return strings.Join(parts, ",")
}

// overlap is how many indexes are in both.
func (s intervals) overlap(o intervals) int {
	n := 0
	for _, a := range s {
		for _, b := range o {
			n += max(0, min(a.last, b.last)-max(a.first, b.first)+1)
		}
	}
	return n
}

// indexesOf are the indexes of Pods, in order.
func indexesOf(pods []*corev1.Pod) []int {
	var out []int
	for _, p := range pods {
		if i := completionIndex(p); i != noIndex {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// succeededIndexes are those that the status has and those of Pods that have
// just succeeded.
func (s *jobSync) findSucceededIndexes() intervals {
	all := parseIntervals(s.job.Status.CompletedIndexes, s.completions())
	for _, p := range s.pods {
		if i := completionIndex(p); p.Status.Phase == corev1.PodSucceeded && s.inRange(i) && tracked(p) {
			all = all.add(interval{i, i})
		}
	}
	return all
}

// findFailedIndexes are the indexes that failed too often.
func (s *jobSync) findFailedIndexes() intervals {
	var all intervals
	if s.job.Status.FailedIndexes != nil {
		all = parseIntervals(*s.job.Status.FailedIndexes, s.completions())
	}
	for _, p := range s.pods {
		if i := completionIndex(p); s.inRange(i) && tracked(p) && s.indexFailed(p) {
			all = all.add(interval{i, i})
		}
	}
	return all
}

func (s *jobSync) completions() int {
	if s.job.Spec.Completions == nil {
		return 0
	}
	return int(*s.job.Spec.Completions)
}

func (s *jobSync) inRange(index int) bool { return index != noIndex && index < s.completions() }

func (s *jobSync) indexFailed(p *corev1.Pod) bool {
	if !podFailed(p, s.job) {
		return false
	}
	_, count, action := matchFailurePolicy(s.job.Spec.PodFailurePolicy, p)
	if action == batchv1.PodFailurePolicyActionFailIndex {
		return true
	}
	return count && counted(p, batchv1.JobIndexFailureCountAnnotation) >= *s.job.Spec.BackoffLimitPerIndex
}

// delayedPods are, by index, the last failed Pods of indexes that are to be
// tried again: they keep their finalizer until then.
func (s *jobSync) delayedPods() map[int]*corev1.Pod {
	active := indexesOf(s.active)
	out := map[int]*corev1.Pod{}
	for _, p := range s.pods {
		i := completionIndex(p)
		if !tracked(p) || !podFailed(p, s.job) || !s.inRange(i) || s.succeededIndexes.has(i) || s.failedIndexes.has(i) || slices.Contains(active, i) {
			continue
		}
		if last := out[i]; last == nil || allFailures(last) <= allFailures(p) && !finishedAt(p).Before(finishedAt(last)) {
			out[i] = p
		}
	}
	return out
}

func allFailures(p *corev1.Pod) int32 {
	return counted(p, batchv1.JobIndexFailureCountAnnotation) + counted(p, batchv1.JobIndexIgnoredFailureCountAnnotation)
}

// pendingIndexes are the first n indexes without a Pod that runs or has ended
// for good.
func (s *jobSync) pendingIndexes(n int) []int {
	taken := s.succeededIndexes.addAll(indexesOf(s.active))
	if onlyReplaceFailed(s.job) {
		taken = taken.addAll(indexesOf(slices.DeleteFunc(slices.Clone(s.pods), func(p *corev1.Pod) bool {
			return p.DeletionTimestamp == nil || podTerminal(p)
		})))
	}
	var out []int
	for i := 0; i < s.completions() && len(out) < n; i++ {
		if !taken.has(i) && !s.failedIndexes.has(i) {
			out = append(out, i)
		}
	}
	return out
}
