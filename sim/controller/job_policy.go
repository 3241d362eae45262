package controller

import (
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// matchFailurePolicy finds the first rule that a failed Pod meets: whether the
// failure counts, and with which message the Job fails, if it does.
func matchFailurePolicy(policy *batchv1.PodFailurePolicy, p *corev1.Pod) (failJob string, count bool, action batchv1.PodFailurePolicyAction) {
	if policy == nil {
		return "", true, ""
	}
	for i, rule := range policy.Rules {
		var message string
		switch {
		case rule.OnExitCodes != nil:
			c := matchExitCodes(p, rule.OnExitCodes)
			if c == nil {
				continue
			}
			message = fmt.Sprintf("Container %s for pod %s/%s failed with exit code %d matching %s rule at index %d",
				c.Name, p.Namespace, p.Name, c.State.Terminated.ExitCode, rule.Action, i)
		default:
			c := matchConditions(p, rule.OnPodConditions)
			if c == nil {
				continue
			}
			message = fmt.Sprintf("Pod %s/%s has condition %s matching %s rule at index %d", p.Namespace, p.Name, c.Type, rule.Action, i)
		}
		if rule.Action != batchv1.PodFailurePolicyActionFailJob {
			message = ""
		}
		return message, rule.Action != batchv1.PodFailurePolicyActionIgnore, rule.Action
	}
	return "", true, ""
}

func matchExitCodes(p *corev1.Pod, want *batchv1.PodFailurePolicyOnExitCodesRequirement) *corev1.ContainerStatus {
	for _, list := range [][]corev1.ContainerStatus{p.Status.ContainerStatuses, p.Status.InitContainerStatuses} {
		for i := range list {
			t := list[i].State.Terminated
			if t == nil || t.ExitCode == 0 || want.ContainerName != nil && *want.ContainerName != list[i].Name {
				continue
			}
			if slices.Contains(want.Values, t.ExitCode) == (want.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn) {
				return &list[i]
			}
		}
	}
	return nil
}

func matchConditions(p *corev1.Pod, patterns []batchv1.PodFailurePolicyOnPodConditionsPattern) *corev1.PodCondition {
	for i := range p.Status.Conditions {
		c := &p.Status.Conditions[i]
		if slices.ContainsFunc(patterns, func(want batchv1.PodFailurePolicyOnPodConditionsPattern) bool {
			return want.Type == c.Type && want.Status == c.Status
		}) {
			return c
		}
	}
	return nil
}

// matchSuccessPolicy is the message of the first rule that the succeeded
// indexes meet, "" if they meet none.
func matchSuccessPolicy(policy *batchv1.SuccessPolicy, completions int, succeeded intervals) string {
	if policy == nil || len(succeeded) == 0 {
		return ""
	}
	for i, rule := range policy.Rules {
		met := false
		if rule.SucceededIndexes != nil {
			wanted := parseIntervals(*rule.SucceededIndexes, completions)
			n := wanted.overlap(succeeded)
			met = n == wanted.total() || rule.SucceededCount != nil && n >= int(*rule.SucceededCount)
		} else if rule.SucceededCount != nil {
			met = succeeded.total() >= int(*rule.SucceededCount)
		}
		if met {
			return fmt.Sprintf("Matched rules at index %d", i)
		}
	}
	return ""
}
