package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// An act is something that one may ask of a cluster; it returns what it did.
type act struct {
	weight int
	do     func(w *walker, c *Cluster) (string, error)
}

func acts() []act {
	return []act{
		{12, (*walker).apply},
		{6, (*walker).remove},
		{5, (*walker).scale},
		{4, (*walker).setImage},
		{6, (*walker).removePod},
		{2, (*walker).relabel},
		{3, (*walker).tend},
		{3, (*walker).reach},
		{1, (*walker).drain},
		{1, (*walker).replaceNode},
		{2, (*walker).evict},
		{2, (*walker).load},
		{2, (*walker).kubectl},
		{8, (*walker).wait},
	}
}

func (w *walker) act(c *Cluster) {
	w.t.Helper()
	total := 0
	for _, a := range acts() {
		total += a.weight
	}
	n := w.random.IntN(total)
	for _, a := range acts() {
		if n -= a.weight; n >= 0 {
			continue
		}
		what, err := a.do(w, c)
		if err != nil {
			said, _, _ := strings.Cut(err.Error(), "\n")
			what += ": " + said
			if !expected(err) {
				w.fail("%s", what)
			}
		}
		w.trail = append(w.trail, what)
		w.trail = w.trail[max(0, len(w.trail)-trailKept):]
		break
	}
	if err := c.Settle(w.t.Context()); err != nil {
		w.fail("%v", err)
	}
}

// expected reports whether an API server may answer so to a walker who does
// not look.
func expected(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsConflict(err) || apierrors.IsInvalid(err) || apierrors.IsForbidden(err) ||
		apierrors.IsAlreadyExists(err) || apierrors.IsTooManyRequests(err)
}

func (w *walker) pick(list ...string) string { return list[w.random.IntN(len(list))] }

func (w *walker) space() string { return w.pick("default", "default", "default", "side") }

// A template is a kind of which the walker makes objects. %[1]s is the name,
// %[2]d a small number, %[3]s the Pods' template.
type template struct {
	kind     schema.GroupKind
	name     string // with a number behind it
	manifest string
}

func templates() []template {
	const meta = "metadata: {name: %[1]s, namespace: %[4]s}\n"
	const claim = "{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
	return []template{
		{schema.GroupKind{Group: "apps", Kind: "Deployment"}, "d", "apiVersion: apps/v1\nkind: Deployment\n" + meta +
			"spec: {replicas: %[2]d, selector: {matchLabels: {app: %[1]s}}, template: %[3]s}\n"},
		{schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}, "r", "apiVersion: apps/v1\nkind: ReplicaSet\n" + meta +
			"spec: {replicas: %[2]d, selector: {matchLabels: {app: %[1]s}}, template: %[3]s}\n"},
		{schema.GroupKind{Group: "apps", Kind: "StatefulSet"}, "s", "apiVersion: apps/v1\nkind: StatefulSet\n" + meta +
			"spec: {replicas: %[2]d, serviceName: %[1]s, selector: {matchLabels: {app: %[1]s}}, template: %[3]s, volumeClaimTemplates: [" + claim + "]}\n"},
		{schema.GroupKind{Group: "apps", Kind: "StatefulSet"}, "t", "apiVersion: apps/v1\nkind: StatefulSet\n" + meta +
			"spec: {replicas: %[2]d, serviceName: s0, podManagementPolicy: Parallel, selector: {matchLabels: {app: %[1]s}}, template: %[3]s, volumeClaimTemplates: [" + claim + "],\n" +
			"  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Delete}}\n"},
		{schema.GroupKind{Group: "apps", Kind: "DaemonSet"}, "a", "apiVersion: apps/v1\nkind: DaemonSet\n" + meta +
			"spec: {selector: {matchLabels: {app: %[1]s}}, template: %[3]s}\n"},
		{schema.GroupKind{Group: "batch", Kind: "Job"}, "j", "apiVersion: batch/v1\nkind: Job\n" + meta +
			"spec: {completions: %[2]d, parallelism: 2, template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox, command: [\"true\"]}]}}}\n"},
		{schema.GroupKind{Group: "batch", Kind: "Job"}, "f", "apiVersion: batch/v1\nkind: Job\n" + meta +
			"spec: {completions: %[2]d, backoffLimit: 2, ttlSecondsAfterFinished: 60, template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox, command: [\"false\"]}]}}}\n"},
		{schema.GroupKind{Group: "batch", Kind: "CronJob"}, "c", "apiVersion: batch/v1\nkind: CronJob\n" + meta +
			"spec: {schedule: \"* * * * *\", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox, command: [\"true\"]}]}}}}}\n"},
		{schema.GroupKind{Kind: "Service"}, "d", "apiVersion: v1\nkind: Service\n" + meta + "spec: {selector: {app: %[1]s}, ports: [{port: 80}]}\n"},
		{schema.GroupKind{Kind: "Service"}, "s", "apiVersion: v1\nkind: Service\n" + meta + "spec: {clusterIP: None, selector: {app: %[1]s}, ports: [{port: 80}]}\n"},
		{schema.GroupKind{Kind: "PersistentVolumeClaim"}, "p", "apiVersion: v1\nkind: PersistentVolumeClaim\n" + meta +
			"spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"},
		{schema.GroupKind{Group: "policy", Kind: "PodDisruptionBudget"}, "d", "apiVersion: policy/v1\nkind: PodDisruptionBudget\n" + meta +
			"spec: {minAvailable: %[2]d, selector: {matchLabels: {app: %[1]s}}}\n"},
		{schema.GroupKind{Kind: "Namespace"}, "side", "apiVersion: v1\nkind: Namespace\nmetadata: {name: side}\n"},
	}
}

// apply makes an object, or replaces it.
func (w *walker) apply(c *Cluster) (string, error) {
	all := templates()
	k := all[w.random.IntN(len(all))]
	name, space, n := fmt.Sprintf("%s%d", k.name, w.random.IntN(names)), w.space(), w.random.IntN(4)
	if k.kind.Kind == "Job" {
		n++
	}
	pods := fmt.Sprintf("{metadata: {labels: {app: %s}}, spec: {terminationGracePeriodSeconds: 1, %scontainers: [{name: main, image: \"nginx:1.%d\", resources: {requests: {%s}}}]}}",
		name, w.pick("", "", "priorityClassName: low, ", "priorityClassName: high, ", "tolerations: [{key: walk, operator: Exists, effect: NoExecute, tolerationSeconds: 5}], "),
		w.random.IntN(3), w.pick("", "cpu: 200m", "cpu: 700m"))
	text := k.manifest
	if k.kind.Kind != "Namespace" {
		text = fmt.Sprintf(text, name, n, pods, space)
		text, _, _ = strings.Cut(text, "%!(EXTRA")
	}
	return fmt.Sprintf("apply %s %s/%s n=%d", k.kind, space, name, n), c.Apply(text)
}

// remove deletes one of the objects, in one of the three ways.
func (w *walker) remove(c *Cluster) (string, error) {
	all := slices.DeleteFunc(c.registry.Objects(), func(o registry.Object) bool {
		m := o.Object.(metav1.Object)
		known := slices.ContainsFunc(templates(), func(k template) bool { return k.kind == o.GVK.GroupKind() })
		return !known || m.GetNamespace() == metav1.NamespaceSystem || m.GetName() == "kubernetes" || o.GVK.Kind == "Namespace" && m.GetName() != "side"
	})
	if len(all) == 0 {
		return "nothing to delete", nil
	}
	o := all[w.random.IntN(len(all))]
	m := o.Object.(metav1.Object)
	way := []metav1.DeletionPropagation{metav1.DeletePropagationBackground, metav1.DeletePropagationForeground, metav1.DeletePropagationOrphan}[w.random.IntN(3)]
	if way == metav1.DeletePropagationOrphan {
		w.free(c, m.GetUID())
	}
	return fmt.Sprintf("delete %s %s/%s %s", o.GVK.Kind, m.GetNamespace(), m.GetName(), way), c.Do(func() error {
		return c.registry.DeleteObject(o.GVK.GroupKind(), m.GetNamespace(), m.GetName(), registry.DeleteOptions{Propagation: &way})
	})
}

// free notes that the Pods of an owner may be left behind.
func (w *walker) free(c *Cluster, owner types.UID) {
	for _, o := range c.registry.Dependents(owner) {
		w.freed[o.Object.(metav1.Object).GetUID()] = true
	}
}

func (w *walker) scale(c *Cluster) (string, error) {
	name, space, n := fmt.Sprint(w.random.IntN(names)), w.space(), int32(w.random.IntN(5))
	kind := w.pick("d", "r", "s", "t")
	return fmt.Sprintf("scale %s%s in %s to %d", kind, name, space, n), c.Do(func() error {
		switch kind {
		case "d":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.Deployment) { d.Spec.Replicas = &n })
		case "r":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.ReplicaSet) { d.Spec.Replicas = &n })
		}
		return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.StatefulSet) { d.Spec.Replicas = &n })
	})
}

func (w *walker) setImage(c *Cluster) (string, error) {
	name, space, image := fmt.Sprint(w.random.IntN(names)), w.space(), fmt.Sprintf("nginx:1.%d", w.random.IntN(3))
	kind := w.pick("d", "s", "t", "a", "pause")
	return fmt.Sprintf("set image of %s%s in %s to %s", kind, name, space, image), c.Do(func() error {
		switch kind {
		case "d":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = image })
		case "s", "t":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.StatefulSet) { d.Spec.Template.Spec.Containers[0].Image = image })
		case "a":
			return registry.Mutate(c.registry, space, kind+name, func(d *appsv1.DaemonSet) { d.Spec.Template.Spec.Containers[0].Image = image })
		}
		return registry.Mutate(c.registry, space, "d"+name, func(d *appsv1.Deployment) { d.Spec.Paused = !d.Spec.Paused })
	})
}

// aPod is one of the Pods, nil if there is none.
func (w *walker) aPod(c *Cluster) *corev1.Pod {
	pods := registry.List[*corev1.Pod](c.registry, "")
	if len(pods) == 0 {
		return nil
	}
	return pods[w.random.IntN(len(pods))]
}

func (w *walker) removePod(c *Cluster) (string, error) {
	p := w.aPod(c)
	if p == nil {
		return "no Pod to delete", nil
	}
	var o registry.DeleteOptions
	if w.random.IntN(2) == 0 {
		o.GracePeriodSeconds = new(int64)
	}
	return "delete Pod " + p.Name, c.Do(func() error { return registry.Delete[*corev1.Pod](c.registry, p.Namespace, p.Name, o) })
}

// relabel takes a Pod out of what selects it.
func (w *walker) relabel(c *Cluster) (string, error) {
	p := w.aPod(c)
	if p == nil {
		return "no Pod to label", nil
	}
	if p.Labels[appsv1.StatefulSetPodNameLabel] != "" { // its own, or one that it has left behind
		// It could not make another one of that name, here or in a real cluster.
		return "no label for a StatefulSet's Pod", nil
	}
	w.freed[p.UID] = true
	value := w.pick("other", "d0", "s1")
	return "label Pod " + p.Name + " app=" + value, c.Do(func() error {
		err := registry.Mutate(c.registry, p.Namespace, p.Name, func(p *corev1.Pod) {
			p.Labels = labels.Merge(p.Labels, map[string]string{"app": value})
		})
		if err != nil {
			return err
		}
		// A budget is not told of a Pod that it selects no longer, upstream's
		// neither: it looks again when it is changed itself.
		for _, d := range registry.List[*policyv1.PodDisruptionBudget](c.registry, p.Namespace) {
			if err := registry.Mutate(c.registry, d.Namespace, d.Name, func(d *policyv1.PodDisruptionBudget) {
				metav1.SetMetaDataAnnotation(&d.ObjectMeta, "walk", p.Name+"-"+p.ResourceVersion)
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// tend does something to a node.
func (w *walker) tend(c *Cluster) (string, error) {
	node, what := w.pick("worker-1", "worker-2"), w.pick("cordon", "uncordon", "taint", "untaint")
	return what + " " + node, c.Do(func() error {
		return registry.Mutate(c.registry, "", node, func(n *corev1.Node) {
			n.Spec.Taints = slices.DeleteFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == "walk" })
			switch what {
			case "cordon", "uncordon":
				n.Spec.Unschedulable = what == "cordon"
			case "taint":
				n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: "walk", Effect: corev1.TaintEffectNoExecute})
			}
		})
	})
}

// reach makes a node unreachable, or reachable again.
func (w *walker) reach(c *Cluster) (string, error) {
	if c.mode == Instant {
		return "nodes without kubelets are always heard of", nil
	}
	node, heard := w.pick("worker-1", "worker-2"), w.random.IntN(2) == 0
	return fmt.Sprintf("%s is heard of: %v", node, heard), c.Do(func() error { return setHeard(c.registry, node, heard) })
}

// setHeard writes the conditions of a node of which somebody hears, or nobody,
// as kubelet and node controller do.
func setHeard(r *registry.Registry, node string, heard bool) error {
	at := metav1.NewTime(r.Clock().Now())
	return registry.MutateStatus(r, "", node, func(n *corev1.Node) {
		n.Status.Conditions = nil
		for _, t := range []corev1.NodeConditionType{corev1.NodeReady, corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure} {
			status := corev1.ConditionFalse
			switch {
			case !heard:
				status = corev1.ConditionUnknown
			case t == corev1.NodeReady:
				status = corev1.ConditionTrue
			}
			n.Status.Conditions = append(n.Status.Conditions, corev1.NodeCondition{Type: t, Status: status, LastHeartbeatTime: at, LastTransitionTime: at})
		}
	})
}

// replaceNode deletes a node, or makes it again when it is gone.
func (w *walker) replaceNode(c *Cluster) (string, error) {
	const node = "worker-2"
	if _, there := registry.Get[*corev1.Node](c.registry, "", node); there {
		return "delete " + node, c.Do(func() error { return registry.Delete[*corev1.Node](c.registry, "", node, registry.DeleteOptions{}) })
	}
	return "join " + node, join(c, node)
}

// join makes a node that has gone again; its kubelet says the rest.
func join(c *Cluster, node string) error {
	return c.Apply(fmt.Sprintf("apiVersion: v1\nkind: Node\nmetadata: {name: %[1]s, labels: {kubernetes.io/hostname: %[1]s, kubernetes.io/os: linux}}\n", node))
}

// drain empties a node as administrators do.
func (w *walker) drain(c *Cluster) (string, error) {
	line := "kubectl drain " + w.pick("worker-1", "worker-2") + " --ignore-daemonsets --delete-emptydir-data --force --timeout=20s"
	_, err := c.Exec(w.t.Context(), line)
	return line, err
}

// load sets what Pods use, on which an autoscaler acts.
func (w *walker) load(c *Cluster) (string, error) {
	line := fmt.Sprintf("usage deploy/d%d cpu=%s memory=16Mi", w.random.IntN(names), w.pick("0", "100m", "900m"))
	_, err := c.Exec(w.t.Context(), line)
	return line, err
}

// evict asks for a Pod to go, which a budget may refuse.
func (w *walker) evict(c *Cluster) (string, error) {
	p := w.aPod(c)
	if p == nil {
		return "no Pod to evict", nil
	}
	line := fmt.Sprintf("kubectl create --raw /api/v1/namespaces/%s/pods/%s/eviction -f eviction.json", p.Namespace, p.Name)
	c.Desk().Put("eviction.json", fmt.Sprintf(`{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":%q,"namespace":%q}}`, p.Name, p.Namespace))
	_, err := c.Exec(w.t.Context(), line)
	return line, err
}

// kubectl goes the long way, with field managers and patches.
func (w *walker) kubectl(c *Cluster) (string, error) {
	c.Desk().Put("d.yaml", strings.ReplaceAll(strings.ReplaceAll(manifest(w.random.IntN(4)), "- name: web", "- name: main"), "web", fmt.Sprintf("d%d", w.random.IntN(names))))
	line := w.pick("kubectl apply --server-side --force-conflicts -f d.yaml", "kubectl apply -f d.yaml", "kubectl replace -f d.yaml",
		`kubectl patch deployment d0 --type=json -p '[{"op":"replace","path":"/spec/replicas","value":2}]'`,
		`kubectl patch deployment d1 --type=merge -p '{"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}'`,
		"kubectl rollout undo deployment d0", "kubectl rollout restart statefulset s0", "kubectl label pods --all walked=yes --overwrite",
		"kubectl scale deployment --all --replicas=1", "kubectl autoscale deployment d0 --min=1 --max=4 --cpu=50%", "kubectl autoscale deployment d1 --max=3 --cpu=80%",
		"kubectl delete hpa --all", "kubectl patch job j0 -p '{\"spec\":{\"suspend\":true}}'", "kubectl patch job j0 -p '{\"spec\":{\"suspend\":false}}'",
		"kubectl delete pvc --all --wait=false", "kubectl delete pods --all -n side --wait=false", "kubectl delete pods --all --force --wait=false")
	_, err := c.Exec(w.t.Context(), line)
	return line, err
}

func (w *walker) wait(c *Cluster) (string, error) {
	d := time.Duration(w.random.IntN(20)) * time.Second
	return "advance " + d.String(), c.Advance(w.t.Context(), d)
}
