package lab

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// migrationGuide is the title of the page that lists removed API versions.
const migrationGuide = `Kubernetes documentation, "Deprecated API Migration Guide"`

// A removal says when an API version went, and what to do.
type removal struct {
	release string // "1.22"
	instead string // Korean; "" when the kind lives on under another version
	source  string
}

// removedVersion tells whether Kubernetes once served a kind in a version and
// no longer does. Upstream's types say so themselves; of kinds whose types are
// gone as well there is a table.
func removedVersion(gvk schema.GroupVersionKind) (removal, bool) {
	for _, k := range removedKinds() {
		if k.group == gvk.Group && k.kind == gvk.Kind && (k.version == "" || k.version == gvk.Version) {
			return removal{k.release, k.instead, migrationGuide}, true
		}
	}
	obj, err := scheme.Scheme.New(gvk)
	if err != nil {
		return removal{}, false
	}
	r, ok := obj.(interface{ APILifecycleRemoved() (major, minor int) })
	if !ok {
		return removal{}, false
	}
	major, minor := r.APILifecycleRemoved()
	if major > servedMajor || major == servedMajor && minor > servedMinor {
		return removal{}, false
	}
	return removal{release: fmt.Sprintf("%d.%d", major, minor), source: migrationGuide}, true
}

// The release whose API server the simulator runs.
const servedMajor, servedMinor = 1, 37

// A removedKind is a row of what even the types know nothing of any more.
type removedKind struct{ group, version, kind, release, instead string }

func removedKinds() []removedKind {
	const psp = "PodSecurityPolicy 대신 네임스페이스의 pod-security.kubernetes.io 라벨(Pod Security Admission)을 쓰세요."
	return []removedKind{
		{"policy", "v1beta1", "PodSecurityPolicy", "1.25", psp},
		{"extensions", "v1beta1", "PodSecurityPolicy", "1.16", psp},
		{"apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition", "1.22", "apiVersion: apiextensions.k8s.io/v1로 적고, 버전마다 schema를 적으세요."},
		{"apiregistration.k8s.io", "v1beta1", "APIService", "1.22", "apiVersion: apiregistration.k8s.io/v1로 적으세요."},
		{"batch", "v2alpha1", "CronJob", "1.21", "apiVersion: batch/v1로 적으세요."},
		{"settings.k8s.io", "v1alpha1", "PodPreset", "1.20", "PodPreset 대신 변경 웹훅(MutatingWebhookConfiguration)을 쓰세요."},
	}
}
