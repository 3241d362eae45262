package cluster

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// Limits of a document.
const (
	listDepthMax    = 4
	objectsAListMax = 100
)

// An object is one of a note's, ready to be sent into a namespace of ours.
type object struct {
	kind, name string
	skip       string // Korean: why it is not sent
	content    map[string]any
}

// title is how messages name the object.
func (o object) title() string {
	if o.name == "" {
		return o.kind
	}
	return o.kind + "/" + o.name
}

// read reads the objects of a document, those of a list one by one.
func (p *planner) read(text string) ([]object, string) {
	j, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, "YAML이 아니어서 kubectl이 읽지 못하고, 클러스터에 닿지 않습니다"
	}
	var v any
	if err := json.Unmarshal(j, &v); err != nil || v == nil {
		return nil, ""
	}
	content, ok := v.(map[string]any)
	if !ok {
		return nil, "오브젝트가 아닙니다"
	}
	return p.objects(content, 0)
}

func (p *planner) objects(content map[string]any, depth int) ([]object, string) {
	u := unstructured.Unstructured{Object: content}
	// As kubectl has it, whatever holds items is a list of them.
	items, isList := content["items"].([]any)
	if !isList {
		o := object{kind: u.GetKind(), name: u.GetName(), content: content}
		if o.name == "" {
			o.name = u.GetGenerateName()
		}
		o.skip = p.refuses(u)
		return []object{o}, ""
	}
	if depth >= listDepthMax || len(items) > objectsAListMax {
		return nil, fmt.Sprintf("목록이 너무 깊거나 %d개를 넘습니다", objectsAListMax)
	}
	var out []object
	for _, item := range items {
		inner, ok := item.(map[string]any)
		if !ok {
			return nil, "목록에 오브젝트가 아닌 것이 있습니다"
		}
		more, why := p.objects(inner, depth+1)
		if why != "" {
			return nil, why
		}
		out = append(out, more...)
	}
	return out, ""
}

// Why kinds are left alone.
const (
	notNamespaced = "네임스페이스에 속하지 않는 종류입니다"
	ofAnAddOn     = "추가 기능의 종류라 시뮬레이터에 없습니다"
)

// refuses says why an object is not sent, "" if it is. Kinds that neither side
// knows are sent, and both will say so.
func (p *planner) refuses(u unstructured.Unstructured) string {
	gvk := u.GroupVersionKind()
	if gvk.Kind == "" {
		return "kind가 없습니다"
	}
	m, err := p.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	switch {
	case err == nil && m.Scope.Name() != meta.RESTScopeNameNamespace:
		return notNamespaced
	case err == nil && !isOurs(gvk.GroupKind()):
		return ofAnAddOn
	case gvk.Kind == "Binding", gvk.Kind == "LocalSubjectAccessReview":
		return "저장되지 않는 종류입니다"
	}
	if search("", u.Object, 0, func(string, map[string]any, bool) bool { return false }) {
		return fmt.Sprintf("%d겹보다 깊습니다", depthMax)
	}
	if h, found := hazardOf(u.Object, p.options); found {
		return h.says()
	}
	return ""
}

// isOurs tells the kinds of Kubernetes itself.
func isOurs(gk schema.GroupKind) bool { return len(scheme.Scheme.VersionsForGroupKind(gk)) > 0 }

// into is the document that puts the object into a namespace, and tells
// whether it can be applied: one whose name the server makes can only be
// created.
func (o object) into(namespace string) (document string, applies bool) {
	u := unstructured.Unstructured{Object: overwritten(o.content, namespace, 0).(map[string]any)}
	if _, ok := u.Object["metadata"].(map[string]any); ok || u.Object["metadata"] == nil {
		u.SetNamespace(namespace)
	}
	b, err := json.Marshal(u.Object)
	if err != nil {
		panic("cluster: internal error: " + err.Error())
	}
	return string(b) + "\n", u.GetName() != "" || u.GetGenerateName() == ""
}

// overwritten is a copy in which every namespace that an object names, as
// subjects and references do, is ours.
func overwritten(v any, namespace string, depth int) any {
	if depth > depthMax {
		return nil // search has found it
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, inner := range v {
			_, isString := inner.(string)
			switch {
			case key == "namespace" && isString:
				out[key] = namespace
			case isText("ConfigMap", key):
				out[key] = inner
			default:
				out[key] = overwritten(inner, namespace, depth+1)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = overwritten(inner, namespace, depth+1)
		}
		return out
	}
	return v
}
