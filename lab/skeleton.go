package lab

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// A skeleton is the least that a kind needs to be accepted. Order is that of
// preference when a fragment fits several kinds; cost is what it takes a kind
// to be preferred over a nearer place in another one.
type skeleton struct {
	kind, apiVersion string
	cost             int
	body             string // YAML below metadata.name
}

// The names that completion gives.
const (
	ownName  = "demo"
	ownImage = "nginx"
)

const podBody = "spec: {containers: [{name: demo, image: nginx}]}"

const templateBody = "{metadata: {labels: {app: demo}}, " + podBody + "}"

const workloadBody = "spec: {selector: {matchLabels: {app: demo}}, template: " + templateBody + "}"

const jobSpec = "{template: {spec: {containers: [{name: demo, image: busybox, command: [\"true\"]}], restartPolicy: Never}}}"

func skeletons() []skeleton {
	return []skeleton{
		{"Pod", "v1", 0, podBody},
		{"Deployment", "apps/v1", 1, workloadBody},
		{"Service", "v1", 1, "spec: {ports: [{port: 80}]}"},
		{"ConfigMap", "v1", 2, ""},
		{"Secret", "v1", 2, ""},
		{"ReplicaSet", "apps/v1", 2, workloadBody},
		{"StatefulSet", "apps/v1", 2, workloadBody},
		{"DaemonSet", "apps/v1", 2, workloadBody},
		{"Job", "batch/v1", 2, "spec: " + jobSpec},
		{"CronJob", "batch/v1", 2, "spec: {schedule: \"*/5 * * * *\", jobTemplate: {spec: " + jobSpec + "}}"},
		{"PersistentVolumeClaim", "v1", 2, "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}"},
		{"PersistentVolume", "v1", 2, "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /data}}"},
		{"Ingress", "networking.k8s.io/v1", 2, "spec: {defaultBackend: {service: {name: demo, port: {number: 80}}}}"},
		{"NetworkPolicy", "networking.k8s.io/v1", 2, "spec: {podSelector: {}}"},
		{"HorizontalPodAutoscaler", "autoscaling/v2", 2, "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: demo}, maxReplicas: 3}"},
		{"ResourceQuota", "v1", 2, ""},
		{"LimitRange", "v1", 2, "spec: {limits: []}"},
		{"ServiceAccount", "v1", 2, ""},
		{"Role", "rbac.authorization.k8s.io/v1", 2, ""},
		{"ClusterRole", "rbac.authorization.k8s.io/v1", 3, ""},
		{"RoleBinding", "rbac.authorization.k8s.io/v1", 2, "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: demo}"},
		{"ClusterRoleBinding", "rbac.authorization.k8s.io/v1", 3, "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: demo}"},
		{"PodDisruptionBudget", "policy/v1", 3, ""},
		{"StorageClass", "storage.k8s.io/v1", 3, "provisioner: kubernetes.io/no-provisioner"},
		{"PriorityClass", "scheduling.k8s.io/v1", 3, "value: 1000"},
		{"Namespace", "v1", 3, ""},
		{"Node", "v1", 4, ""},
	}
}

// itemOf is the least that an item of a list needs, by the list's name.
func itemOf(list string) string {
	switch list {
	case "containers", "initContainers", "ephemeralContainers":
		return "{name: demo, image: nginx}"
	case "env":
		return "{name: DEMO}"
	case "volumes":
		return "{name: demo}"
	}
	return ""
}

// skeletonOf is what a document of a kind must have; labels of a template
// follow the author's.
func skeletonOf(sk skeleton, doc *yaml.Node) *yaml.Node {
	n := parseOwn(strings.TrimSpace("apiVersion: " + sk.apiVersion + "\nkind: " + sk.kind + "\nmetadata: {name: " + ownName + "}\n" + sk.body))
	if text(doc, "metadata", "generateName") != "" {
		setValue(n, "metadata", nil)
	}
	spec := at(doc, "spec")
	switch sk.kind {
	case "Service":
		if text(spec, "type") == "ExternalName" || text(spec, "clusterIP") == "None" {
			setValue(n, "spec", nil)
		}
	case "Ingress":
		if value(spec, "rules") != nil {
			setValue(n, "spec", nil)
		}
	case "PersistentVolume":
		if spec != nil && anyKey(spec, "nfs", "csi", "local", "awsElasticBlockStore", "gcePersistentDisk", "iscsi", "fc", "cephfs", "rbd") {
			setValue(at(n, "spec"), "hostPath", nil)
		}
	case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet":
		matchLabels(n, spec)
	}
	return n
}

// matchLabels makes the skeleton's selector and template agree with whichever
// of the two the author wrote.
func matchLabels(n, spec *yaml.Node) {
	chosen := at(spec, "selector", "matchLabels")
	if chosen == nil || len(chosen.Content) == 0 {
		chosen = at(spec, "template", "metadata", "labels")
	}
	if chosen == nil || chosen.Kind != yaml.MappingNode || len(chosen.Content) == 0 {
		return
	}
	own := at(n, "spec")
	setValue(at(own, "selector"), "matchLabels", chosen)
	setValue(at(own, "template", "metadata"), "labels", chosen)
}

func anyKey(n *yaml.Node, keys ...string) bool {
	for _, k := range keys {
		if value(n, k) != nil {
			return true
		}
	}
	return false
}

// setValue replaces the value of a key, or with nil drops the key.
func setValue(n *yaml.Node, key string, v *yaml.Node) {
	if n == nil {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			continue
		}
		if v == nil {
			n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
		} else {
			n.Content[i+1] = v
		}
		return
	}
}

// parseOwn reads YAML that we wrote ourselves.
func parseOwn(s string) *yaml.Node {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(s), &n); err != nil {
		panic("lab: internal error: " + err.Error())
	}
	return resolved(&n)
}

// render writes one key with its value as block YAML, indented by spaces.
func render(key string, v *yaml.Node, indent int) []string {
	pad := strings.Repeat(" ", indent)
	switch {
	case v.Kind == yaml.MappingNode && len(v.Content) > 0:
		out := []string{pad + key + ":"}
		for i := 0; i+1 < len(v.Content); i += 2 {
			out = append(out, render(v.Content[i].Value, v.Content[i+1], indent+2)...)
		}
		return out
	case v.Kind == yaml.SequenceNode && len(v.Content) > 0 && v.Content[0].Kind == yaml.MappingNode:
		out := []string{pad + key + ":"}
		for _, item := range v.Content {
			out = append(out, renderItem(item, indent)...)
		}
		return out
	}
	return []string{pad + key + ": " + flow(v)}
}

// renderItem writes an item of a list of mappings.
func renderItem(item *yaml.Node, indent int) []string {
	var lines []string
	for i := 0; i+1 < len(item.Content); i += 2 {
		lines = append(lines, render(item.Content[i].Value, item.Content[i+1], indent+2)...)
	}
	lines[0] = strings.Repeat(" ", indent) + "- " + strings.TrimLeft(lines[0], " ")
	return lines
}

// flow writes a value on one line.
func flow(v *yaml.Node) string {
	switch v.Kind {
	case yaml.SequenceNode:
		var items []string
		for _, c := range v.Content {
			items = append(items, flow(c))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case yaml.MappingNode:
		var items []string
		for i := 0; i+1 < len(v.Content); i += 2 {
			items = append(items, v.Content[i].Value+": "+flow(v.Content[i+1]))
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	b, err := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Tag: v.Tag, Value: v.Value, Style: v.Style &^ (yaml.LiteralStyle | yaml.FoldedStyle)})
	if err != nil {
		return v.Value
	}
	return strings.TrimSpace(string(b))
}
