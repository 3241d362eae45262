package sim

import (
	"errors"
	"fmt"
	"strings"

	"gieok/sim/registry"
	"gieok/sim/transcript"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// usageForm is what a line that says what Pods use looks like.
const usageForm = "usage [-n NAMESPACE] KIND/NAME [-c CONTAINER] [total] cpu=200m memory=64Mi"

// usageKinds are what a usage may be of, by kubectl's names for them.
func usageKinds() map[string]string {
	return map[string]string{
		"pod": "Pod", "pods": "Pod", "po": "Pod", "node": "Node", "nodes": "Node", "no": "Node",
		"deployment": "Deployment", "deployments": "Deployment", "deploy": "Deployment", "replicaset": "ReplicaSet", "replicasets": "ReplicaSet", "rs": "ReplicaSet",
		"statefulset": "StatefulSet", "statefulsets": "StatefulSet", "sts": "StatefulSet", "daemonset": "DaemonSet", "daemonsets": "DaemonSet", "ds": "DaemonSet",
		"job": "Job", "jobs": "Job", "cronjob": "CronJob", "cronjobs": "CronJob", "cj": "CronJob",
		"replicationcontroller": "ReplicationController", "replicationcontrollers": "ReplicationController", "rc": "ReplicationController",
	}
}

// readUsage reads the words after "usage".
func readUsage(words []string) (registry.Usage, error) {
	u := registry.Usage{Namespace: metav1.NamespaceDefault, Amounts: corev1.ResourceList{}}
	wrong := errors.New("want `" + usageForm + "`, or `usage KIND/NAME none`")
	none := false
	for i := 0; i < len(words); i++ {
		name, value, ok := strings.Cut(words[i], "=")
		switch w := words[i]; {
		case (w == "-n" || w == "-c") && i+1 < len(words):
			if i++; w == "-n" {
				u.Namespace = words[i]
			} else {
				u.Container = words[i]
			}
		case w == "total":
			u.Total = true
		case w == "none":
			none = true
		case ok && (name == "cpu" || name == "memory"):
			q, err := resource.ParseQuantity(value)
			if err != nil || q.Sign() < 0 {
				return u, fmt.Errorf("%s: want an amount such as 200m or 64Mi", w)
			}
			u.Amounts[corev1.ResourceName(name)] = q
		case u.Name == "" && strings.Contains(w, "/"):
			kind, object, _ := strings.Cut(w, "/")
			if u.Kind, u.Name = usageKinds()[strings.ToLower(kind)], object; u.Kind == "" || u.Name == "" {
				return u, wrong
			}
		default:
			return u, wrong
		}
	}
	alone := u.Kind == "Pod" || u.Kind == "Node"
	if u.Name == "" || none == (len(u.Amounts) > 0) || u.Total && alone || u.Container != "" && u.Kind == "Node" {
		return u, wrong
	}
	return u, nil
}

// Use says what Pods or a node use, for the metrics server to tell: the words
// of a line "usage deployment/web cpu=200m memory=64Mi" after the first.
func (c *Cluster) Use(words []string) error {
	u, err := readUsage(words)
	if err != nil {
		return err
	}
	err = c.Do(func() error { return c.registry.SetUsage(u) })
	if errors.Is(err, registry.ErrNoMetrics) {
		return fmt.Errorf("%w: `switch %s on` comes first", err, metricsServer)
	}
	return err
}

// metricsServer is the name of the switch.
const metricsServer = "metrics-server"

// execUsage carries out a line of a script. One that is wrong fails as a
// command does.
func (c *Cluster) execUsage(line string) transcript.Step {
	step := transcript.Step{Command: line}
	if err := c.Use(strings.Fields(line)[1:]); err != nil {
		step.Stderr, step.Exit = "usage: "+err.Error()+"\n", 2
	}
	return step
}
