package node

import (
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// Every field of a Pod's spec must have been thought about: a field that a new
// version brings fails here until it has a rule.
func TestEveryFieldHasARule(t *testing.T) {
	rules := map[string]class{}
	for _, r := range fieldRules() {
		if _, twice := rules[r.path]; twice {
			t.Errorf("two rules for %s", r.path)
		}
		if r.class == unsimulated && r.why == "" {
			t.Errorf("no reason for %s", r.path)
		}
		rules[r.path] = r.class
	}
	used := map[string]bool{}
	below := func(path string) bool {
		for p := range rules {
			if strings.HasPrefix(p, path+".") {
				return true
			}
		}
		return false
	}
	var walk func(tt reflect.Type, path string, covered bool)
	walk = func(tt reflect.Type, path string, covered bool) {
		if _, ok := rules[path]; ok {
			used[path], covered = true, true
		}
		for tt.Kind() == reflect.Pointer || tt.Kind() == reflect.Slice {
			tt = tt.Elem()
		}
		if covered && !below(path) {
			return
		}
		if tt.Kind() != reflect.Struct {
			t.Errorf("%s has no rule", path)
			return
		}
		for i := range tt.NumField() {
			name, inline := jsonName(tt.Field(i))
			next := strings.TrimPrefix(path+"."+name, ".")
			if inline {
				next = path
			}
			walk(tt.Field(i).Type, next, covered)
		}
	}
	walk(reflect.TypeFor[corev1.PodSpec](), "", false)
	for path := range rules {
		if !used[path] {
			t.Errorf("%s is no field", path)
		}
	}
}

func TestUnknownFields(t *testing.T) {
	one, zero, yes := int64(1), int64(0), true
	for _, tt := range []struct {
		name  string
		field string // "" for a Pod that is understood
		set   func(*corev1.PodSpec)
	}{
		{"plain", "", func(*corev1.PodSpec) {}},
		{"image", "spec.containers[0].image", func(s *corev1.PodSpec) { s.Containers[0].Image = "example.com/app:1" }},
		{"unreachable image", "", func(s *corev1.PodSpec) { s.Containers[0].Image = "registry.invalid/app:1" }},
		{"user", "", func(s *corev1.PodSpec) { s.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: &one} }},
		{"root", "", func(s *corev1.PodSpec) { s.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: &zero} }},
		{"user of the Pod", "", func(s *corev1.PodSpec) { s.SecurityContext = &corev1.PodSecurityContext{RunAsUser: &one} }},
		{"grpc", "", func(s *corev1.PodSpec) {
			s.Containers[0].LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 1}}}
		}},
		{"exec probe", "", func(s *corev1.PodSpec) {
			s.Containers[0].LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}}}
		}},
		{"postStart by http", "", func(s *corev1.PodSpec) {
			s.Containers[0].Lifecycle = &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/"}}}
		}},
		{"nfs", "spec.volumes[0].nfs", func(s *corev1.PodSpec) {
			s.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{Server: "s"}}}}
		}},
		{"emptyDir", "", func(s *corev1.PodSpec) {
			s.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
		}},
		{"init image", "spec.initContainers[0].image", func(s *corev1.PodSpec) { s.InitContainers = []corev1.Container{{Name: "i", Image: "x/y"}} }},
		{"init device", "spec.initContainers[0].volumeDevices", func(s *corev1.PodSpec) {
			s.InitContainers = []corev1.Container{{Name: "i", Image: "busybox", VolumeDevices: []corev1.VolumeDevice{{Name: "d"}}}}
		}},
		{"shared processes", "", func(s *corev1.PodSpec) { s.ShareProcessNamespace = &yes }},
		{"windows", "spec.os.name", func(s *corev1.PodSpec) { s.OS = &corev1.PodOS{Name: "windows"} }},
		{"linux", "", func(s *corev1.PodSpec) { s.OS = &corev1.PodOS{Name: "linux"} }},
	} {
		p := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "nginx:1.27"}}}}
		tt.set(&p.Spec)
		var got string
		for _, u := range unknownFields(p) {
			got += u.Field
		}
		if got != tt.field {
			t.Errorf("%s: unknown %q, want %q", tt.name, got, tt.field)
		}
	}
}
