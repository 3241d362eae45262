package lab

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// stateOf is what kubectl get pods shows of a Pod, by the rules of
// Kubernetes' own printer.
func stateOf(p *corev1.Pod) PodState {
	status := string(p.Status.Phase)
	if p.Status.Reason != "" {
		status = p.Status.Reason
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Reason == corev1.PodReasonSchedulingGated {
			status = corev1.PodReasonSchedulingGated
		}
	}
	s := PodState{Name: plainName(p), Node: p.Spec.NodeName}
	sidecars := sidecarNames(p)
	initStatus, sidecarsReady, sidecarRestarts, initRestarts := initState(p, sidecars)
	ready, restarts, total := sidecarsReady, initRestarts, len(p.Spec.Containers)+len(sidecars)
	if initStatus != "" {
		status = initStatus
	}
	if initStatus == "" || initialized(p) {
		n, r, st := mainState(p, status)
		ready, restarts, status = ready+n, sidecarRestarts+r, st
	}
	if p.DeletionTimestamp != nil {
		if p.Status.Reason == "NodeLost" {
			status = "Unknown"
		} else if p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed {
			status = "Terminating"
		}
	}
	s.Ready, s.Status, s.Restarts = fmt.Sprintf("%d/%d", ready, total), status, restarts
	return s
}

func sidecarNames(p *corev1.Pod) []string {
	var out []string
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			out = append(out, c.Name)
		}
	}
	return out
}

func initialized(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodInitialized {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// initState is the STATUS while init containers are not done, "" once they are.
func initState(p *corev1.Pod, sidecars []string) (status string, sidecarsReady, sidecarRestarts, restarts int) {
	for i, c := range p.Status.InitContainerStatuses {
		sidecar := slices.Contains(sidecars, c.Name)
		restarts += int(c.RestartCount)
		if sidecar {
			sidecarRestarts += int(c.RestartCount)
		}
		t, w := c.State.Terminated, c.State.Waiting
		switch {
		case t != nil && t.ExitCode == 0:
			continue
		case sidecar && c.Started != nil && *c.Started:
			if c.Ready {
				sidecarsReady++
			}
			continue
		case t != nil:
			status = "Init:" + terminated(t)
		case w != nil && w.Reason != "" && w.Reason != "PodInitializing":
			status = "Init:" + w.Reason
		default:
			status = fmt.Sprintf("Init:%d/%d", i, len(p.Spec.InitContainers))
		}
		return status, sidecarsReady, sidecarRestarts, restarts
	}
	return "", sidecarsReady, sidecarRestarts, restarts
}

func terminated(t *corev1.ContainerStateTerminated) string {
	switch {
	case t.Reason != "":
		return t.Reason
	case t.Signal != 0:
		return fmt.Sprintf("Signal:%d", t.Signal)
	}
	return fmt.Sprintf("ExitCode:%d", t.ExitCode)
}

// mainState looks at the containers proper.
func mainState(p *corev1.Pod, status string) (ready, restarts int, out string) {
	running := false
	for i := len(p.Status.ContainerStatuses) - 1; i >= 0; i-- {
		c := p.Status.ContainerStatuses[i]
		restarts += int(c.RestartCount)
		switch t, w := c.State.Terminated, c.State.Waiting; {
		case w != nil && w.Reason != "":
			status = w.Reason
		case t != nil:
			status = terminated(t)
		case c.Ready && c.State.Running != nil:
			running = true
			ready++
		}
	}
	if status == "Completed" && running {
		status = "NotReady"
		for _, c := range p.Status.Conditions {
			if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
				status = "Running"
			}
		}
	}
	return ready, restarts, status
}

// plainName is a Pod's name without its random parts.
func plainName(p *corev1.Pod) string {
	if p.GenerateName == "" || !strings.HasPrefix(p.Name, p.GenerateName) {
		return p.Name
	}
	name := strings.TrimSuffix(p.GenerateName, "-")
	if hash := p.Labels["pod-template-hash"]; hash != "" {
		name = strings.TrimSuffix(name, "-"+hash)
	}
	return name
}
