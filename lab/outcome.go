package lab

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gieok/korean"
	"gieok/sim"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A state is what can be seen of a cluster's workloads at one instant.
type state struct {
	pods      []PodState
	endpoints map[string]int // Service, as namespace/name -> ready addresses
	lines     []line         // what else there is to say, by kind and name
	unknown   []string
}

// A line is one statement on one object.
type line struct{ kind, class, says string }

// An Observation is what can be seen of objects at one instant.
type Observation struct {
	Class   string // equal for what a learner could not tell apart
	Summary string // one Korean sentence; kinds are named if there is nothing else to say
	Pods    []PodState
}

// Observe looks at objects, in the versions of k8s.io/api, as an Outcome does:
// those of a real cluster are told of in the same words. manifest is what made
// them.
func Observe(objects []runtime.Object, manifest string) Observation {
	s := stateOfAll(objects)
	return Observation{Class: s.class(), Summary: s.summary(manifest), Pods: s.pods}
}

// read looks at all objects that a manifest can have made.
func (l *Lab) read(c *sim.Cluster) state {
	var objects []runtime.Object
	for _, o := range c.Registry().Objects() {
		objects = append(objects, o.Object)
	}
	s := stateOfAll(objects)
	for _, u := range c.Unknown() {
		s.unknown = append(s.unknown, fmt.Sprintf("%s: %s: %s", u.Pod, u.Field, u.Why))
	}
	return s
}

func stateOfAll(objects []runtime.Object) state {
	s := state{endpoints: map[string]int{}}
	for _, o := range objects {
		switch v := o.(type) {
		case *corev1.Pod:
			s.pods = append(s.pods, stateOf(v))
		case *discoveryv1.EndpointSlice:
			for _, e := range v.Endpoints {
				if e.Conditions.Ready == nil || *e.Conditions.Ready {
					s.endpoints[v.Namespace+"/"+v.Labels[discoveryv1.LabelServiceName]] += len(e.Addresses)
				}
			}
		}
	}
	for _, o := range objects {
		if m, ok := o.(metav1.Object); ok && (m.GetNamespace() == "kube-system" || m.GetName() == "kubernetes") {
			continue
		}
		if ln, ok := s.lineOf(o); ok {
			s.lines = append(s.lines, ln)
		}
	}
	slices.SortStableFunc(s.pods, func(a, b PodState) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// lineOf says what is worth saying of an object, besides its Pods.
func (s *state) lineOf(obj any) (line, bool) {
	switch v := obj.(type) {
	case *corev1.Service:
		n := s.endpoints[v.Namespace+"/"+v.Name]
		switch {
		case v.Spec.Type == corev1.ServiceTypeExternalName:
			return line{"Service", "externalname", "Service가 " + v.Spec.ExternalName + "의 DNS 별칭으로 만들어진다"}, true
		case n == 0:
			return line{"Service", "endpoints 0", "Service에 이어진 엔드포인트가 없다"}, true
		}
		return line{"Service", fmt.Sprintf("endpoints %d", n), fmt.Sprintf("Service가 엔드포인트 %d개로 이어진다", n)}, true
	case *batchv1.Job:
		return jobLine(v), true
	case *batchv1.CronJob:
		if v.Status.LastScheduleTime == nil {
			return line{"CronJob", "not fired", "CronJob이 아직 Job을 만들지 않았다"}, true
		}
		return line{"CronJob", "fired", "CronJob이 예정 시각에 Job을 만들었다"}, true
	case *corev1.PersistentVolumeClaim:
		return line{"PersistentVolumeClaim", string(v.Status.Phase), "PVC의 STATUS는 " + korean.With(string(v.Status.Phase), "이다/다")}, true
	case *appsv1.Deployment:
		return workload("Deployment", v.Status.ReadyReplicas, v.Status.Replicas), true
	case *appsv1.ReplicaSet:
		if len(v.OwnerReferences) > 0 {
			return line{}, false
		}
		return workload("ReplicaSet", v.Status.ReadyReplicas, v.Status.Replicas), true
	case *appsv1.StatefulSet:
		return workload("StatefulSet", v.Status.ReadyReplicas, *v.Spec.Replicas), true
	case *appsv1.DaemonSet:
		return workload("DaemonSet", v.Status.NumberReady, v.Status.DesiredNumberScheduled), true
	}
	return line{}, false
}

func workload(kind string, ready, wanted int32) line {
	ln := line{kind: kind, class: fmt.Sprintf("%d/%d", ready, wanted)}
	if ready != wanted && ready > 0 {
		ln.says = fmt.Sprintf("%s의 Pod %d개 가운데 %d개만 준비되었다", kind, wanted, ready)
	}
	if wanted == 0 {
		ln.says = korean.With(kind, "은/는") + " 만들어지지만 Pod는 하나도 없다"
	}
	return ln
}

func jobLine(j *batchv1.Job) line {
	for _, c := range j.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		switch c.Type {
		case batchv1.JobComplete:
			return line{"Job", fmt.Sprintf("complete %d", j.Status.Succeeded), fmt.Sprintf("Job이 완료되고 성공한 Pod는 %d개다", j.Status.Succeeded)}
		case batchv1.JobFailed:
			return line{"Job", "failed " + c.Reason, "Job이 실패로 끝난다(" + c.Reason + ")"}
		case batchv1.JobSuspended:
			return line{"Job", "suspended", "Job이 멈춰 있어 Pod를 만들지 않는다"}
		}
	}
	return line{"Job", "running", "Job이 아직 끝나지 않았다"}
}

// class is equal for states that a learner could not tell apart: how many Pods
// show what, without names.
func (s state) class() string {
	var parts []string
	for _, g := range s.groups() {
		parts = append(parts, fmt.Sprintf("%d× %s", g.count, g.class))
	}
	for _, ln := range s.lines {
		parts = append(parts, ln.kind+" "+ln.class)
	}
	return strings.Join(parts, "; ")
}

// A group is Pods that show the same.
type group struct {
	class string
	state PodState
	count int
}

func (s state) groups() []group {
	var out []group
	for _, p := range s.pods {
		class := p.Status + " " + p.Ready
		if p.Restarts > 0 {
			class += " restarted"
		}
		i := slices.IndexFunc(out, func(g group) bool { return g.class == class })
		if i < 0 {
			out = append(out, group{class, p, 1})
			continue
		}
		out[i].count++
	}
	slices.SortStableFunc(out, func(a, b group) int { return strings.Compare(a.class, b.class) })
	return out
}

// summary is one Korean sentence on what can be seen.
func (s state) summary(manifest string) string {
	var parts []string
	if p := s.podSentence(); p != "" {
		parts = append(parts, p)
	}
	for _, ln := range s.lines {
		if ln.says != "" && !slices.Contains(parts, ln.says) {
			parts = append(parts, ln.says)
		}
	}
	if len(parts) == 0 {
		var kinds []string
		for _, d := range documents(manifest) {
			if k := text(d.root, "kind"); k != "" && !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
		made := korean.With(strings.Join(kinds, ", "), "이/가") + " 만들어"
		if slices.Contains(kinds, "Pod") {
			return made + "지지만 남아 있지 않다"
		}
		return made + "진다"
	}
	return strings.Join(parts, "; ")
}

func (s state) podSentence() string {
	groups := s.groups()
	switch {
	case len(groups) == 0:
		return ""
	case len(groups) == 1 && groups[0].count == 1:
		g := groups[0]
		return "Pod의 STATUS는 " + g.state.Status + ", READY는 " + korean.With(g.state.Ready, "이다/다") + g.again()
	case len(groups) == 1:
		g := groups[0]
		return fmt.Sprintf("Pod %d개가 모두 %s고 READY는 %s%s", g.count, strings.TrimSuffix(korean.With(g.state.Status, "이다/다"), "다"), korean.With(g.state.Ready, "이다/다"), g.again())
	}
	var parts []string
	for _, g := range groups {
		parts = append(parts, fmt.Sprintf("%d개는 %s(READY %s)", g.count, g.state.Status, g.state.Ready))
	}
	return fmt.Sprintf("Pod %d개 가운데 %s", len(s.pods), strings.Join(parts, ", ")) + "이다"
}

func (g group) again() string {
	if g.state.Restarts > 0 {
		return "(컨테이너가 다시 시작되었다)"
	}
	return ""
}

var (
	strictError  = regexp.MustCompile(`(?s)strict decoding error: (.*)$`)
	invalidError = regexp.MustCompile(`(?s)The \S+ "[^"]*" is invalid: ?(.*)$`)
	yamlError    = regexp.MustCompile(`(?s)error parsing \S+: (?:error converting YAML to JSON: )?(.*)$`)
	handledError = regexp.MustCompile(`(?s)cannot be handled as a \S+: (.*)$`)
	currentError = regexp.MustCompile(`(?s)from server for: "[^"]*": (.*)$`)
	matchError   = regexp.MustCompile(`no matches for kind "[^"]*" in version "[^"]*"`)
	serverError  = regexp.MustCompile(`(?s)^(?:Error from server(?: \([A-Za-z]+\))?: |error: )(?:error when (?:creating|retrieving)[^:]*: )?(.*)$`)
)

// Reason is what a refusal in kubectl's words says, without what stands around
// it, on one line.
func Reason(message string) string { return reasonOf(strings.TrimSpace(message)) }

// reasonOf is what a refusal says, without what stands around it.
func reasonOf(message string) string {
	if m := matchError.FindString(message); m != "" {
		return m
	}
	for _, re := range []*regexp.Regexp{currentError, strictError, invalidError, yamlError, handledError, serverError} {
		if m := re.FindStringSubmatch(message); m != nil {
			return oneLine(m[1])
		}
	}
	return oneLine(message)
}

// oneLine joins the bullets of a message.
func oneLine(s string) string {
	var out []string
	for _, ln := range strings.Split(s, "\n") {
		if ln = strings.TrimPrefix(strings.TrimSpace(ln), "* "); ln != "" {
			out = append(out, ln)
		}
	}
	return strings.Join(out, ", ")
}

// isClientRefusal tells what kubectl itself could not read.
func isClientRefusal(message string) bool {
	return strings.HasPrefix(message, "error: error parsing") || strings.HasPrefix(message, "error: error validating")
}
