package lab

import (
	"fmt"
	"slices"
	"strings"

	"gieok/korean"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// findKind reports an apiVersion or kind that the server does not serve.
func findKind(a *attempt) []Finding {
	if a.root == nil {
		return nil
	}
	if _, ok := a.lab.schemas.typeOf(a.gvk); ok && (isAPIError(a.refusal) || !a.lab.served(a.gvk.Kind)) {
		return nil
	}
	kindKey, versionKey := keyNode(a.root, "kind"), keyNode(a.root, "apiVersion")
	switch {
	case kindKey == nil || a.gvk.Kind == "":
		return a.missing("kind")
	case versionKey == nil || text(a.root, "apiVersion") == "":
		return a.missing("apiVersion")
	}
	written := a.words
	if gone, ok := removedVersion(a.gvk); ok {
		f := a.finding(a.at(versionKey.Line, versionKey.Column),
			fmt.Sprintf("%s %s 쿠버네티스 %s에서 없어졌습니다. kubectl: %s", a.gvk.GroupVersion(), korean.With(a.gvk.Kind, "은/는"), gone.release, written), "")
		if known, ok := a.lab.servedVersion(a.gvk.Kind); ok {
			f.Fix = fmt.Sprintf("apiVersion: %s 적고, 달라진 필드가 있으면 함께 고치세요.", korean.With(known, "으로/로"))
		}
		if gone.instead != "" {
			f.Fix = gone.instead
		}
		f.Source = gone.source
		return []Finding{f}
	}
	if known := a.lab.schemas.kinds[a.gvk.Kind]; len(known) > 0 && a.lab.served(a.gvk.Kind) {
		return []Finding{a.finding(a.at(versionKey.Line, versionKey.Column),
			fmt.Sprintf("%s의 apiVersion이 아닙니다. kubectl: %s", a.gvk.Kind, written),
			fmt.Sprintf("apiVersion: %s로 적으세요.", known[0].GroupVersion()))}
	}
	if len(a.lab.schemas.kinds[a.gvk.Kind]) > 0 {
		return nil
	}
	if why := notApplied(a.gvk); why != "" {
		f := a.finding(a.at(kindKey.Line, kindKey.Column), korean.With(a.gvk.Kind, "은/는")+" "+why, "")
		f.Severity = SeverityNotice
		return []Finding{f}
	}
	if near := a.lab.schemas.nearKind(a.gvk.Kind); near != "" {
		gv := a.lab.schemas.kinds[near][0].GroupVersion().String()
		fix := fmt.Sprintf("kind: %s로 적으세요.", near)
		if gv != a.gvk.GroupVersion().String() {
			fix = fmt.Sprintf("kind: %s, apiVersion: %s로 적으세요.", near, gv)
		}
		return []Finding{a.finding(a.at(kindKey.Line, kindKey.Column),
			fmt.Sprintf("%s 종류는 없습니다. kubectl: %s", korean.With(a.gvk.Kind, "이라는/라는"), written), fix)}
	}
	if isBuiltIn(a.gvk.Group) {
		return []Finding{a.finding(a.at(kindKey.Line, kindKey.Column),
			fmt.Sprintf("이 버전의 쿠버네티스에는 %s가 없습니다. kubectl: %s", a.gvk.Kind, written), "")}
	}
	f := a.finding(a.at(kindKey.Line, kindKey.Column),
		fmt.Sprintf("실행하지 않음: %s CRD가 있어야 하는 종류입니다(%s).", korean.With(a.gvk.Kind, "은/는"), a.gvk.GroupVersion()), "")
	f.Severity = SeverityNotice
	return []Finding{f}
}

// served tells whether the cluster serves a kind, in whichever version: it
// knows that an object is not there only of kinds that it serves.
func (l *Lab) served(kind string) bool {
	known := l.schemas.kinds[kind]
	if len(known) == 0 {
		return false
	}
	c := l.fork()
	err := c.Do(func() error { return deleteNothing(c.Registry().DeleteObject, known[0].GroupKind()) })
	return isAPIError(err)
}

// notApplied says why a kind is not for this cluster though it is no add-on's:
// files that programs read themselves, and kinds that are not simulated.
func notApplied(gvk schema.GroupVersionKind) string {
	switch {
	case gvk.Group == "" && gvk.Kind == "Config", strings.HasSuffix(gvk.Group, ".config.k8s.io"), gvk.Group == "kubeadm.k8s.io",
		gvk.Group == "kind.x-k8s.io", gvk.Group == "audit.k8s.io", gvk.Group == "client.authentication.k8s.io":
		return "클러스터에 적용하는 오브젝트가 아니라 프로그램이 읽는 설정 파일이라 실행하지 않았습니다."
	case gvk.Group == "apiregistration.k8s.io":
		return "시뮬레이터가 다루지 않는 종류라 실행하지 않았습니다."
	}
	return ""
}

// deleteNothing deletes an object that is not there, with the zero options.
func deleteNothing[O any](del func(gk schema.GroupKind, namespace, name string, o O) error, gk schema.GroupKind) error {
	var o O
	return del(gk, "default", "nothing-of-this-name", o)
}

// missing reports a document without kind or apiVersion. One that has neither
// is no manifest at all.
func (a *attempt) missing(key string) []Finding {
	if a.gvk.Kind == "" && text(a.root, "apiVersion") == "" {
		f := a.finding(a.start(), "apiVersion과 kind가 없어 실행하지 않았습니다.", "")
		f.Severity = SeverityNotice
		return []Finding{f}
	}
	fix := ""
	if known := a.lab.schemas.kinds[a.gvk.Kind]; key == "apiVersion" && len(known) > 0 {
		fix = fmt.Sprintf("apiVersion: %s를 적으세요.", known[0].GroupVersion())
	}
	return []Finding{a.finding(a.start(), fmt.Sprintf("%s 없습니다. kubectl: %s", korean.With(key, "이/가"), a.words), fix)}
}

// nearKind is the kind that name most likely misspells, or "".
func (s *schemas) nearKind(name string) string {
	best, bestAt := "", slipsMax+1
	var names []string
	for k := range s.kinds {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		if strings.EqualFold(k, name) {
			return k
		}
		if d := korean.Distance(strings.ToLower(k), strings.ToLower(name)); d < bestAt && d*3 <= len(name) {
			best, bestAt = k, d
		}
	}
	return best
}

// isBuiltIn tells the groups that Kubernetes itself serves: those without a
// dot, and those of kinds that we know.
func isBuiltIn(group string) bool {
	if !strings.Contains(group, ".") {
		return true
	}
	return slices.ContainsFunc(builtInGroups(), func(g string) bool { return g == group })
}

func builtInGroups() []string {
	return []string{"networking.k8s.io", "rbac.authorization.k8s.io", "storage.k8s.io", "scheduling.k8s.io", "discovery.k8s.io",
		"coordination.k8s.io", "certificates.k8s.io", "admissionregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
		"events.k8s.io", "flowcontrol.apiserver.k8s.io", "node.k8s.io", "resource.k8s.io"}
}

// findOutside tells refusals that rest on what a note does not show, or on a
// kind that is served elsewhere, from the author's mistakes.
func findOutside(a *attempt) []Finding {
	why := ""
	switch {
	case isMissingOutside(a.refusal):
		why = "노트에 없는 오브젝트가 있어야 하므로 실행하지 못했습니다. API 서버: " + oneLine(a.refusal.Error())
	case a.gvk != (schema.GroupVersionKind{}) && !isAPIError(a.refusal):
		why = korean.With(a.gvk.Kind, "은/는") + " 시뮬레이터가 다루지 않는 종류라 실행하지 않았습니다."
	default:
		return nil
	}
	f := a.finding(a.start(), why, "")
	f.Severity = SeverityNotice
	return []Finding{f}
}
