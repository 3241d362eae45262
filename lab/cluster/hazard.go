package cluster

import (
	"slices"

	"gieok/korean"
)

// A hazard is what an object may ask for that reaches beyond its namespace.
type hazard struct {
	name    string // as --allow takes it
	runOnly bool   // harmless as long as nothing is stored
	why     string // Korean
	// found looks at one mapping within an object of a kind; root is the
	// object itself.
	found func(kind string, m map[string]any, root bool) bool
}

// hazards are asked in order. What is missing of the baseline level of the Pod
// Security Standards, the server asks by itself in our namespace.
func hazards() []hazard {
	return []hazard{
		{"hostPath", false, "노드의 파일을 마운트합니다", has("hostPath")},
		{"hostNetwork", false, "노드의 네트워크를 씁니다", has("hostNetwork")},
		{"hostPID", false, "노드의 프로세스를 봅니다", has("hostPID")},
		{"hostIPC", false, "노드의 IPC를 씁니다", has("hostIPC")},
		{"hostPort", false, "노드의 포트를 엽니다", has("hostPort")},
		{"privileged", false, "컨테이너가 노드의 권한을 갖습니다", has("privileged")},
		{"capabilities", false, "컨테이너에 기본을 넘는 권한을 줍니다", addsCapability},
		{"unconfined", false, "컨테이너의 격리를 풉니다", isUnconfined},
		{"LoadBalancer", false, "클러스터 밖에 로드 밸런서를 만듭니다", serviceOf("LoadBalancer")},
		{"externalIPs", false, "다른 곳으로 갈 트래픽을 가로챌 수 있습니다", func(kind string, m map[string]any, _ bool) bool {
			return kind == "Service" && isSet(m["externalIPs"])
		}},
		{"NodePort", true, "모든 노드에 포트를 엽니다", serviceOf("NodePort")},
		{"Ingress", true, "클러스터 밖에서 오는 요청을 끌어올 수 있습니다", func(kind string, _ map[string]any, root bool) bool { return root && kind == "Ingress" }},
		{"volumes", true, "클러스터 밖이나 이미 있는 저장소를 마운트합니다", mountsOutside},
		{"PersistentVolumeClaim", true, "디스크를 만들거나 이미 있는 볼륨을 차지합니다", claims},
		{"nodeName", true, "스케줄러를 거치지 않고 노드를 고릅니다", has("nodeName")},
		{"priorityClassName", true, "다른 파드를 밀어낼 수 있습니다", has("priorityClassName")},
		{"finalizers", true, "지우기를 막습니다", has("finalizers")},
		{"subjects", true, "사용자나 그룹에 권한을 줍니다", bindsPeople},
	}
}

// Hazards are the names that an Allowance may hold.
func Hazards() []string {
	var out []string
	for _, h := range hazards() {
		out = append(out, h.name)
	}
	return out
}

// depthMax bounds how deep objects may be nested.
const depthMax = 64

// hazardOf is the first hazard in an object that is not allowed; ok is false
// if there is none.
func hazardOf(object map[string]any, o Options) (hazard, bool) {
	kind, _ := object["kind"].(string)
	return hazardIn(kind, object, o)
}

// hazardIn is hazardOf for a part of an object, such as a patch.
func hazardIn(kind string, part any, o Options) (hazard, bool) {
	for _, h := range hazards() {
		if !o.allows(h) && search(kind, part, 0, h.found) {
			return h, true
		}
	}
	return hazard{}, false
}

// search asks every mapping of an object. Texts of users, which mean nothing
// to a cluster, are left out; what is nested too deep counts as found.
func search(kind string, v any, depth int, found func(string, map[string]any, bool) bool) bool {
	if depth > depthMax {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		if found(kind, v, depth == 0) {
			return true
		}
		for key, inner := range v {
			if isText(kind, key) {
				continue
			}
			if search(kind, inner, depth+1, found) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return search(kind, inner, depth+1, found) })
	}
	return false
}

// isText tells keys under which stand texts of users, not fields.
func isText(kind, key string) bool {
	switch key {
	case "data", "stringData", "binaryData":
		return kind == "ConfigMap" || kind == "Secret"
	case "labels", "annotations", "matchLabels", "nodeSelector":
		return true
	}
	return false
}

// isSet tells a value that says something: not null, false, 0 or empty.
func isSet(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0
	case int64:
		return v != 0
	case []any:
		return len(v) > 0
	}
	return true
}

func has(key string) func(string, map[string]any, bool) bool {
	return func(_ string, m map[string]any, _ bool) bool { return isSet(m[key]) }
}

func serviceOf(kind string) func(string, map[string]any, bool) bool {
	return func(k string, m map[string]any, _ bool) bool { return k == "Service" && m["type"] == kind }
}

// baseline are the capabilities that the baseline level lets containers add
// (Kubernetes documentation, "Pod Security Standards").
func baseline(capability any) bool {
	switch capability {
	case "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT":
		return true
	}
	return false
}

func addsCapability(_ string, m map[string]any, _ bool) bool {
	c, _ := m["capabilities"].(map[string]any)
	list, _ := c["add"].([]any)
	return slices.ContainsFunc(list, func(v any) bool { return !baseline(v) })
}

func isUnconfined(_ string, m map[string]any, _ bool) bool {
	for _, profile := range []string{"seccompProfile", "appArmorProfile"} {
		if p, _ := m[profile].(map[string]any); p["type"] == "Unconfined" {
			return true
		}
	}
	return m["procMount"] == "Unmasked" || isSet(m["hostProcess"]) || isSet(m["sysctls"])
}

// mountsOutside tells a volume that is neither made for the Pod nor an object
// of its namespace.
func mountsOutside(_ string, m map[string]any, _ bool) bool {
	list, _ := m["volumes"].([]any)
	for _, v := range list {
		volume, _ := v.(map[string]any)
		for source := range volume {
			switch source {
			case "name", "configMap", "secret", "emptyDir", "projected", "downwardAPI", "persistentVolumeClaim", "ephemeral", "image",
				"hostPath": // which has a row of its own
			default:
				return true
			}
		}
	}
	return false
}

// claims tells what makes a claim on storage.
func claims(kind string, m map[string]any, root bool) bool {
	return root && kind == "PersistentVolumeClaim" || isSet(m["volumeClaimTemplates"]) || isSet(m["volumeClaimTemplate"])
}

func bindsPeople(_ string, m map[string]any, _ bool) bool {
	list, _ := m["subjects"].([]any)
	return slices.ContainsFunc(list, func(v any) bool {
		s, _ := v.(map[string]any)
		return s["kind"] != "ServiceAccount"
	})
}

// says is why an object with the hazard is skipped.
func (h hazard) says() string {
	return korean.With(h.name, "은/는") + " --allow가 있어야 합니다: " + h.why
}
