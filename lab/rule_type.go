package lab

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gieok/korean"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A mismatch is a value whose type is not that of its field.
type mismatch struct {
	key, value *yaml.Node
	path       []hop
	want       string // Korean
	fix        string
}

var goField = regexp.MustCompile(`Go struct field [A-Za-z0-9]*\.([\w./-]+) of type`)

// findTypes reports values of a wrong type. The server names the first only;
// the document says which value that is.
func findTypes(a *attempt) []Finding {
	words := a.refusal.Error()
	if a.root == nil || !strings.Contains(words, "cannot be handled") {
		return nil
	}
	t, ok := a.lab.schemas.typeOf(a.gvk)
	if !ok {
		return nil
	}
	named := ""
	if m := goField.FindStringSubmatch(words); m != nil {
		named = m[1]
	}
	var out []Finding
	for _, m := range a.lab.schemas.mismatches(a.root, t, nil, nil) {
		server := ""
		if named == "" || strings.HasPrefix(strings.ReplaceAll(spellHops(m.path), "[]", ""), named) {
			server = " API 서버: " + reasonOf("error: "+words)
			named = "-"
		}
		out = append(out, a.finding(a.at(m.key.Line, m.key.Column),
			fmt.Sprintf("%s의 값은 %s 합니다.%s", spot{path: m.path}.where(), korean.With(m.want, "이어야/여야"), server), m.fix))
	}
	return out
}

// mismatches walks a value along its type.
func (s *schemas) mismatches(n *yaml.Node, t reflect.Type, key *yaml.Node, path []hop) []mismatch {
	n = resolved(n)
	if key == nil {
		key = n
	}
	if isNull(n) {
		return nil
	}
	if want, fix := wrongType(n, t); want != "" {
		return []mismatch{{key: key, value: n, path: path, want: want, fix: fix}}
	}
	var out []mismatch
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			ft, ok := t, false
			if t.Kind() == reflect.Map {
				ft, ok = elem(t), true
			} else if f, known := s.field(t, n.Content[i].Value); known {
				ft, ok = f.typ, true
			}
			if ok {
				out = append(out, s.mismatches(n.Content[i+1], ft, n.Content[i], append(path[:len(path):len(path)], hop{key: n.Content[i].Value}))...)
			}
		}
	case yaml.SequenceNode:
		if !isList(t) {
			break
		}
		for i, item := range n.Content {
			k := item
			if item.Kind == yaml.ScalarNode {
				k = item
			}
			out = append(out, s.mismatches(item, elem(t), k, append(path[:len(path):len(path)], hop{item: i}))...)
		}
	}
	return out
}

// wrongType says what a value should be, "" if it is that.
func wrongType(n *yaml.Node, t reflect.Type) (want, fix string) {
	if t.Kind() == reflect.Interface || isLeaf(t) && t.Kind() == reflect.Struct {
		return wrongLeaf(n, t)
	}
	switch {
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		if n.Kind != yaml.MappingNode {
			return "키: 값의 묶음", "값 아래에 한 단계 들여 키: 값을 적으세요."
		}
	case isList(t):
		if n.Kind != yaml.SequenceNode {
			return "목록", "항목마다 앞에 - 를 붙여 목록으로 적으세요."
		}
	case n.Kind != yaml.ScalarNode:
		return scalarWords(t), "한 값만 적으세요."
	default:
		return wrongScalar(n, t)
	}
	return "", ""
}

func scalarWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true 또는 false"
	case reflect.String, reflect.Slice:
		return "문자열"
	}
	return "정수"
}

// plainBool are plain words that YAML 1.1, which Kubernetes reads, takes for
// true or false.
var plainBool = regexp.MustCompile(`^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE)$`)

func wrongScalar(n *yaml.Node, t reflect.Type) (want, fix string) {
	plain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	isBool := plain && plainBool.MatchString(n.Value) && len(n.Value) > 1
	_, intErr := strconv.ParseInt(n.Value, 0, 64)
	_, floatErr := strconv.ParseFloat(n.Value, 64)
	isNumber := plain && (intErr == nil || floatErr == nil && n.Tag == "!!float")
	switch t.Kind() {
	case reflect.Slice:
		if _, err := base64.StdEncoding.DecodeString(n.Value); err != nil {
			return "base64로 인코딩한 글", "base64로 인코딩해 적거나, Secret이라면 stringData에 그대로 적으세요."
		}
	case reflect.String:
		if isBool || isNumber {
			return "문자열", "따옴표로 감싸 " + korean.With(strconv.Quote(n.Value), "으로/로") + " 적으세요."
		}
	case reflect.Bool:
		if !isBool {
			return "true 또는 false", "따옴표 없이 true나 false로 적으세요."
		}
	default:
		if !plain && (intErr == nil) {
			return "정수", "따옴표를 빼고 " + n.Value + "만 적으세요."
		}
		if !isNumber || intErr != nil {
			return "정수", "따옴표 없는 정수로 적으세요."
		}
	}
	return "", ""
}

func wrongLeaf(n *yaml.Node, t reflect.Type) (want, fix string) {
	switch t {
	case reflect.TypeFor[resource.Quantity]():
		if _, err := resource.ParseQuantity(n.Value); n.Kind != yaml.ScalarNode || err != nil {
			return "양", "100m, 0.5, 128Mi, 1Gi처럼 수와 단위를 붙여 적으세요."
		}
	case reflect.TypeFor[intstr.IntOrString]():
		if n.Kind != yaml.ScalarNode || n.Tag == "!!float" || n.Tag == "!!bool" {
			return "정수 또는 문자열", "정수나 따옴표로 감싼 문자열(예: \"25%\") 하나를 적으세요."
		}
	case reflect.TypeFor[metav1.Time]():
		if _, err := time.Parse(time.RFC3339, n.Value); err != nil {
			return "시각", "2026-01-02T15:04:05Z 꼴로 적으세요."
		}
	}
	return "", ""
}
