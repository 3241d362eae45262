package lab

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// root is the spot of a key at the top of the document.
func (t *target) root(key string) (spot, bool) {
	k := keyNode(t.doc.root, key)
	if k == nil {
		return spot{}, false
	}
	return spot{path: []hop{{key: key}}, key: k, value: value(t.doc.root, key), parent: t.doc.root}, true
}

// editKind spells a kind right, or gives it the version that is served.
func (a *attempt) editKind(t *target) (string, bool) {
	if a.words == "" {
		return "", false
	}
	kind, hasKind := t.root("kind")
	version, hasVersion := t.root("apiVersion")
	if !hasKind || kind.value == nil {
		return "", false
	}
	if len(a.lab.schemas.kinds[a.gvk.Kind]) == 0 {
		near := a.lab.schemas.nearKind(a.gvk.Kind)
		if near == "" || !isBuiltIn(a.gvk.Group) {
			return "", false
		}
		return t.withValue(kind, near)
	}
	known, ok := a.lab.servedVersion(a.gvk.Kind)
	switch {
	case !ok || hasVersion && version.value != nil && version.value.Value == known:
		return "", false
	case !hasVersion:
		return t.insert(kind.key.Line, "apiVersion: "+known), true
	}
	return t.withValue(version, known)
}

// servedVersion is the apiVersion under which a kind is written today.
func (l *Lab) servedVersion(kind string) (string, bool) {
	known := l.schemas.kinds[kind]
	if len(known) == 0 || !l.served(kind) {
		return "", false
	}
	return known[0].GroupVersion().String(), true
}

// editType quotes or unquotes the first value whose type is not its field's.
func (a *attempt) editType(t *target) (string, bool) {
	if !strings.Contains(a.refusal.Error(), "cannot be handled") {
		return "", false
	}
	typ, ok := a.lab.schemas.typeOf(a.gvk)
	if !ok {
		return "", false
	}
	for _, m := range a.lab.schemas.mismatches(a.root, typ, nil, nil) {
		if m.value.Kind != yaml.ScalarNode {
			continue
		}
		s := spot{path: m.path, key: m.key, value: m.value}
		switch {
		case m.want == "문자열":
			return t.withValue(s, `"`+m.value.Value+`"`)
		case m.want == "정수" && wholeNumber.MatchString(m.value.Value), m.want == "true 또는 false" && plainBool.MatchString(m.value.Value):
			return t.withValue(s, m.value.Value)
		}
	}
	return "", false
}

var (
	wholeNumber = regexp.MustCompile(`^-?\d+$`)
	quotedWord  = regexp.MustCompile(`"([^"]+)"`)
)

// editValue writes a value as the server spells it when only the case of its
// letters differs.
func (a *attempt) editValue(t *target) (string, bool) {
	var status apierrors.APIStatus
	if !errors.As(a.refusal, &status) || status.Status().Details == nil {
		return "", false
	}
	for _, c := range status.Status().Details.Causes {
		m := supportedValues.FindStringSubmatch(c.Message)
		hops := readPath(c.Field)
		key, depth := keyAt(a.root, hops)
		if m == nil || key == nil || depth < len(hops) {
			continue
		}
		v := at2(a.root, hops)
		for _, w := range quotedWord.FindAllStringSubmatch(m[1], -1) {
			if v != nil && v.Kind == yaml.ScalarNode && strings.EqualFold(w[1], v.Value) && w[1] != v.Value {
				return t.withValue(spot{path: hops, key: key, value: v}, w[1])
			}
		}
	}
	return "", false
}

// editSelector adds the selector that older versions took from the labels of
// the template by themselves.
func (a *attempt) editSelector(t *target) (string, bool) {
	said := a.refusal.Error()
	if !strings.Contains(said, "spec.selector: ") && !strings.Contains(said, "`selector` does not match") || at(a.root, "spec", "selector") != nil {
		return "", false
	}
	if !slices.Contains([]string{"Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"}, a.gvk.Kind) {
		return "", false
	}
	labels := at(a.root, "spec", "template", "metadata", "labels")
	if labels == nil || len(labels.Content) == 0 {
		return "", false
	}
	template := keyNode(value(a.root, "spec"), "template")
	indent := strings.Repeat(" ", template.Column-1)
	lines := []string{indent + "selector:", indent + "  matchLabels:"}
	for i := 0; i+1 < len(labels.Content); i += 2 {
		lines = append(lines, fmt.Sprintf("%s    %s: %s", indent, flow(labels.Content[i]), flow(labels.Content[i+1])))
	}
	return t.insert(template.Line, lines...), true
}

// leadingTab is an indent with tabs in it.
var leadingTab = regexp.MustCompile(`^[ \t]*\t[ \t]*`)

// respaced is text that YAML refuses with two blanks for each tab of an indent
// and a blank behind each colon that has none.
func (a *attempt) respaced() (string, bool) {
	lines := strings.Split(a.text, "\n")
	for i, line := range lines {
		lines[i] = leadingTab.ReplaceAllStringFunc(line, func(s string) string { return strings.ReplaceAll(s, "\t", "  ") })
	}
	if next := strings.Join(lines, "\n"); next != a.text {
		return next, true
	}
	for i, line := range lines {
		if !noColonSpace.MatchString(line) {
			continue
		}
		lines[i] = keyAndColon.ReplaceAllString(line, "$1 ")
		var n yaml.Node
		if yaml.Unmarshal([]byte(strings.Join(lines, "\n")), &n) == nil {
			return strings.Join(lines, "\n"), true
		}
		lines[i] = line
	}
	return "", false
}
