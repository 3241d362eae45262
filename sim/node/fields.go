package node

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"gieok/sim/container"

	corev1 "k8s.io/api/core/v1"
)

// A class says what a field of a Pod's spec means for what becomes of the Pod
// on its node.
type class int

const (
	_              class = iota
	handled              // simulated
	unsimulated          // decides the Pod's state and is not simulated: if set, the outcome is unknown
	decidesNothing       // of what can be seen here; may decide scheduling or networking
)

// fieldRule is the class of a field and of all below it that have no rule of
// their own. Paths are those of JSON without list indices; init containers
// follow the rules of containers.
type fieldRule struct {
	path  string
	class class
	why   string // for unsimulated
	// known limits unsimulated to values that are not understood.
	known func(reflect.Value) bool
}

func isOneOf(words string) func(reflect.Value) bool {
	return func(v reflect.Value) bool {
		return strings.Contains(" "+words+" ", " "+reflect.Indirect(v).String()+" ")
	}
}

func isSignal(v reflect.Value) bool {
	_, ok := container.SignalNamed(reflect.Indirect(v).String())
	return ok
}

// fieldRules covers every field of corev1.PodSpec; a test walks over them all.
func fieldRules() []fieldRule {
	return []fieldRule{
		{path: "volumes.name", class: handled},
		{path: "volumes.emptyDir", class: handled},
		{path: "volumes.hostPath", class: handled},
		{path: "volumes.secret", class: handled},
		{path: "volumes.configMap", class: handled},
		{path: "volumes.downwardAPI", class: handled},
		{path: "volumes.persistentVolumeClaim", class: handled},
		{path: "volumes.ephemeral", class: handled},
		{path: "volumes.projected.defaultMode", class: handled},
		{path: "volumes.projected.sources.secret", class: handled},
		{path: "volumes.projected.sources.configMap", class: handled},
		{path: "volumes.projected.sources.downwardAPI", class: handled},
		{path: "volumes.projected.sources.serviceAccountToken", class: handled},
		{path: "volumes.projected.sources.clusterTrustBundle", class: unsimulated, why: "certificates of a trust bundle"},
		{path: "volumes.projected.sources.podCertificate", class: unsimulated, why: "a certificate for the Pod"},
		{path: "volumes", class: unsimulated, why: "a kind of volume that is not simulated"},
		{path: "initContainers", class: handled},
		{path: "ephemeralContainers", class: handled}, // those of spec.containers apply

		{path: "containers.name", class: handled},
		{path: "containers.image", class: handled},
		{path: "containers.command", class: handled},
		{path: "containers.args", class: handled},
		{path: "containers.workingDir", class: handled},
		{path: "containers.ports", class: decidesNothing},
		{path: "containers.envFrom", class: handled},
		{path: "containers.env.name", class: handled},
		{path: "containers.env.value", class: handled},
		{path: "containers.env.valueFrom.fieldRef", class: handled},
		{path: "containers.env.valueFrom.resourceFieldRef", class: handled},
		{path: "containers.env.valueFrom.configMapKeyRef", class: handled},
		{path: "containers.env.valueFrom.secretKeyRef", class: handled},
		{path: "containers.env.valueFrom.fileKeyRef", class: unsimulated, why: "a variable from a file"},
		{path: "containers.resources.limits", class: handled}, // memory: see memoryShort
		{path: "containers.resources.requests", class: handled},
		{path: "containers.resources.claims", class: unsimulated, why: "a claimed device"},
		{path: "containers.resizePolicy", class: decidesNothing},
		{path: "containers.restartPolicy", class: handled},
		{path: "containers.restartPolicyRules.action", class: handled},
		{path: "containers.restartPolicyRules.exitCodes", class: handled},
		{path: "containers.volumeMounts.name", class: handled},
		{path: "containers.volumeMounts.readOnly", class: handled},
		{path: "containers.volumeMounts.recursiveReadOnly", class: decidesNothing},
		{path: "containers.volumeMounts.mountPath", class: handled},
		{path: "containers.volumeMounts.subPath", class: handled},
		{path: "containers.volumeMounts.mountPropagation", class: decidesNothing},
		{path: "containers.volumeMounts.subPathExpr", class: handled},
		{path: "containers.volumeMounts.bindMountOptions", class: unsimulated, why: "options of a mount"},
		{path: "containers.volumeDevices", class: unsimulated, why: "a block device"},
		{path: "containers.livenessProbe", class: handled},
		{path: "containers.livenessProbe.grpc", class: handled},
		{path: "containers.livenessProbe.httpGet.host", class: unsimulated, why: "a probe of another host", known: isOneOf("127.0.0.1 localhost")},
		{path: "containers.livenessProbe.httpGet.httpHeaders", class: decidesNothing}, // servers here give no heed
		{path: "containers.livenessProbe.tcpSocket.host", class: unsimulated, why: "a probe of another host", known: isOneOf("127.0.0.1 localhost")},
		{path: "containers.readinessProbe", class: handled},
		{path: "containers.readinessProbe.grpc", class: handled},
		{path: "containers.readinessProbe.httpGet.host", class: unsimulated, why: "a probe of another host", known: isOneOf("127.0.0.1 localhost")},
		{path: "containers.readinessProbe.httpGet.httpHeaders", class: decidesNothing}, // servers here give no heed
		{path: "containers.readinessProbe.tcpSocket.host", class: unsimulated, why: "a probe of another host", known: isOneOf("127.0.0.1 localhost")},
		{path: "containers.startupProbe", class: handled},
		{path: "containers.startupProbe.grpc", class: handled},
		{path: "containers.startupProbe.httpGet.host", class: unsimulated, why: "a probe of another host", known: isOneOf("127.0.0.1 localhost")},
		{path: "containers.startupProbe.httpGet.httpHeaders", class: decidesNothing}, // servers here give no heed
		{path: "containers.startupProbe.tcpSocket.host", class: unsimulated, why: "a probe of another host", known: isOneOf("127.0.0.1 localhost")},
		{path: "containers.lifecycle.postStart", class: handled},
		{path: "containers.lifecycle.postStart.httpGet.host", class: unsimulated, why: "a hook that asks another host"},
		{path: "containers.lifecycle.preStop", class: handled},
		{path: "containers.lifecycle.preStop.httpGet.host", class: unsimulated, why: "a hook that asks another host"},
		{path: "containers.lifecycle.stopSignal", class: unsimulated, why: "a stop signal of this name", known: isSignal},
		{path: "containers.terminationMessagePath", class: handled},
		{path: "containers.terminationMessagePolicy", class: handled},
		{path: "containers.imagePullPolicy", class: handled},
		{path: "containers.securityContext.capabilities", class: decidesNothing}, // servers: see images
		{path: "containers.securityContext.privileged", class: decidesNothing},
		{path: "containers.securityContext.seLinuxOptions", class: unsimulated, why: "SELinux"},
		{path: "containers.securityContext.windowsOptions", class: unsimulated, why: "Windows"},
		{path: "containers.securityContext.runAsUser", class: handled}, // servers: see images
		{path: "containers.securityContext.runAsGroup", class: handled},
		{path: "containers.securityContext.runAsNonRoot", class: handled},
		{path: "containers.securityContext.readOnlyRootFilesystem", class: handled}, // servers: see memoryShort
		{path: "containers.securityContext.allowPrivilegeEscalation", class: decidesNothing},
		{path: "containers.securityContext.procMount", class: decidesNothing},
		{path: "containers.securityContext.seccompProfile.type", class: unsimulated, why: "a seccomp profile of the node", known: isOneOf("RuntimeDefault Unconfined")},
		{path: "containers.securityContext.seccompProfile", class: decidesNothing},
		{path: "containers.securityContext.appArmorProfile.type", class: unsimulated, why: "an AppArmor profile of the node", known: isOneOf("RuntimeDefault Unconfined")},
		{path: "containers.securityContext.appArmorProfile", class: decidesNothing},
		{path: "containers.stdin", class: handled},
		{path: "containers.stdinOnce", class: handled},
		{path: "containers.tty", class: decidesNothing},

		{path: "restartPolicy", class: handled},
		{path: "terminationGracePeriodSeconds", class: handled},
		{path: "activeDeadlineSeconds", class: handled},
		{path: "dnsPolicy", class: handled},
		{path: "nodeSelector", class: decidesNothing},
		{path: "serviceAccountName", class: handled},
		{path: "serviceAccount", class: decidesNothing},
		{path: "automountServiceAccountToken", class: decidesNothing},
		{path: "nodeName", class: handled},
		{path: "hostNetwork", class: handled},
		{path: "hostPID", class: handled},
		{path: "hostIPC", class: decidesNothing},
		{path: "shareProcessNamespace", class: handled},
		{path: "securityContext.seLinuxOptions", class: unsimulated, why: "SELinux"},
		{path: "securityContext.windowsOptions", class: unsimulated, why: "Windows"},
		{path: "securityContext.runAsUser", class: handled}, // servers: see images
		{path: "securityContext.runAsGroup", class: handled},
		{path: "securityContext.runAsNonRoot", class: handled},
		{path: "securityContext.supplementalGroups", class: decidesNothing},
		{path: "securityContext.supplementalGroupsPolicy", class: decidesNothing},
		{path: "securityContext.fsGroup", class: handled},
		{path: "securityContext.sysctls", class: handled}, // only whether they are allowed
		{path: "securityContext.fsGroupChangePolicy", class: decidesNothing},
		{path: "securityContext.seccompProfile.type", class: unsimulated, why: "a seccomp profile of the node", known: isOneOf("RuntimeDefault Unconfined")},
		{path: "securityContext.seccompProfile", class: decidesNothing},
		{path: "securityContext.appArmorProfile.type", class: unsimulated, why: "an AppArmor profile of the node", known: isOneOf("RuntimeDefault Unconfined")},
		{path: "securityContext.appArmorProfile", class: decidesNothing},
		{path: "securityContext.seLinuxChangePolicy", class: decidesNothing},
		{path: "imagePullSecrets", class: decidesNothing},
		{path: "hostname", class: handled},
		{path: "subdomain", class: handled},
		{path: "affinity", class: decidesNothing},
		{path: "schedulerName", class: decidesNothing},
		{path: "tolerations", class: decidesNothing},
		{path: "hostAliases", class: handled},
		{path: "priorityClassName", class: decidesNothing},
		{path: "priority", class: decidesNothing},
		{path: "dnsConfig", class: handled},
		{path: "readinessGates", class: handled},
		{path: "runtimeClassName", class: unsimulated, why: "a runtime of its own"},
		{path: "enableServiceLinks", class: handled},
		{path: "preemptionPolicy", class: decidesNothing},
		{path: "overhead", class: decidesNothing},
		{path: "topologySpreadConstraints", class: decidesNothing},
		{path: "setHostnameAsFQDN", class: handled},
		{path: "os.name", class: unsimulated, why: "another operating system", known: isOneOf("linux")},
		{path: "hostUsers", class: decidesNothing},
		{path: "schedulingGates", class: decidesNothing},
		{path: "resourceClaims", class: unsimulated, why: "claimed devices"},
		{path: "resources.limits", class: handled},
		{path: "resources.requests", class: decidesNothing},
		{path: "resources.claims", class: unsimulated, why: "claimed devices"},
		{path: "hostnameOverride", class: handled},
		{path: "schedulingGroup", class: decidesNothing},
		{path: "evictionResponders", class: unsimulated, why: "eviction responders"},
	}
}

// A ruleNode is the rules of a path and of all paths below it.
type ruleNode struct {
	rule  *fieldRule // of the path itself; nil: none
	below map[string]*ruleNode
}

// rules is the table as a tree, made once and never changed.
var rules = sync.OnceValue(func() *ruleNode {
	root := &ruleNode{below: map[string]*ruleNode{}}
	for _, r := range fieldRules() {
		n := root
		for name := range strings.SplitSeq(r.path, ".") {
			next := n.below[name]
			if next == nil {
				next = &ruleNode{below: map[string]*ruleNode{}}
				n.below[name] = next
			}
			n = next
		}
		n.rule = &r
	}
	return root
})

// unknownFields finds what a Pod sets that decides its state and is not
// simulated.
func unknownFields(p *corev1.Pod) []Unknown {
	w := &fieldWalk{}
	ofContainer := rules().below["containers"]
	w.visit(reflect.ValueOf(&p.Spec), rules(), "spec", &fieldRule{})
	for i := range p.Spec.InitContainers {
		w.visit(reflect.ValueOf(&p.Spec.InitContainers[i]), ofContainer, fmt.Sprintf("spec.initContainers[%d]", i), &fieldRule{})
		w.images(&p.Spec.InitContainers[i], fmt.Sprintf("spec.initContainers[%d]", i))
	}
	for i := range p.Spec.EphemeralContainers {
		c := (*corev1.Container)(&p.Spec.EphemeralContainers[i].EphemeralContainerCommon)
		w.visit(reflect.ValueOf(c), ofContainer, fmt.Sprintf("spec.ephemeralContainers[%d]", i), &fieldRule{})
		w.images(c, fmt.Sprintf("spec.ephemeralContainers[%d]", i))
	}
	for i := range p.Spec.Containers {
		w.images(&p.Spec.Containers[i], fmt.Sprintf("spec.containers[%d]", i))
	}
	return w.found
}

type fieldWalk struct{ found []Unknown }

// visit goes through all fields of v that are set. n is the rules for v and
// what is below, above the innermost rule on the way.
func (w *fieldWalk) visit(v reflect.Value, n *ruleNode, place string, above *fieldRule) {
	if v.IsZero() {
		return
	}
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	leaf := n == nil || len(n.below) == 0
	if n != nil && n.rule != nil {
		above = n.rule
		if leaf && above.class == unsimulated {
			if above.known == nil || !above.known(v) {
				w.found = append(w.found, Unknown{Field: place, Why: above.why})
			}
			return
		}
	}
	switch {
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			w.visit(v.Index(i), n, fmt.Sprintf("%s[%d]", place, i), above)
		}
	case v.Kind() == reflect.Struct && !leaf:
		w.fields(v, n, place, above)
	case above.class == unsimulated:
		w.found = append(w.found, Unknown{Field: place, Why: above.why})
	}
}

// fields is visit for the fields of a struct.
func (w *fieldWalk) fields(v reflect.Value, n *ruleNode, place string, above *fieldRule) {
	for i := range v.NumField() {
		f := v.Field(i)
		if f.IsZero() {
			continue
		}
		if name, inline := jsonName(v.Type().Field(i)); inline {
			w.visit(f, n, place, above)
		} else {
			w.visit(f, n.below[name], place+"."+name, above)
		}
	}
}

// jsonName is the name of a field in JSON; inline is set for an embedded one.
func jsonName(f reflect.StructField) (name string, inline bool) {
	name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
	return name, name == ""
}

// images adds what an image decides: one that is not known, and a limit or a
// read-only root that its own program may not live with.
func (w *fieldWalk) images(c *corev1.Container, place string) {
	add := func(field, why string) {
		w.found = append(w.found, Unknown{Field: place + "." + field, Why: why})
	}
	if !container.ValidReference(c.Image) || container.Unreachable(c.Image) {
		return
	}
	im, ok := container.Lookup(c.Image)
	if !ok {
		add("image", "image "+c.Image)
		return
	}
	own := len(c.Command) == 0 && len(im.Ports()) > 0
	least := int64(4 << 20)
	if own {
		least = im.MemoryLeast()
	}
	if m, ok := c.Resources.Limits[corev1.ResourceMemory]; ok && m.Value() < least {
		add("resources.limits.memory", fmt.Sprintf("whether %s lives with %s", im.Name, m.String()))
	}
	if s := c.SecurityContext; own && s != nil && s.Capabilities != nil && len(s.Capabilities.Drop) > 0 && im.Name != "pause" {
		add("securityContext.capabilities.drop", "whether "+im.Name+" does without them")
	}
	if s := c.SecurityContext; own && s != nil && isTrue(s.ReadOnlyRootFilesystem) && im.Name != "nginx" {
		add("securityContext.readOnlyRootFilesystem", "whether "+im.Name+" can start without writing")
	}
}
