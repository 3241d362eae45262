package lab

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// mutateType writes a value of the wrong type: a number in quotes, a word for
// a number, a number for a string.
func mutateType(t *target) []Mutation {
	var out []Mutation
	a := &attempt{lab: t.lab, parsed: t.doc, gvk: t.gvk}
	for _, s := range t.spots() {
		typ, ok := a.structAt(s.path)
		if !ok || s.value.Kind != yaml.ScalarNode || isLeaf(typ) {
			continue
		}
		wrong, says := "", ""
		switch typ.Kind() {
		case reflect.Int, reflect.Int32, reflect.Int64:
			wrong, says = `"`+s.value.Value+`"`, "정수를 따옴표로 감쌌다"
		case reflect.Bool:
			wrong, says = `"`+s.value.Value+`"`, "참거짓 값을 따옴표로 감쌌다"
		case reflect.String:
			if s.name() != "value" {
				continue
			}
			wrong, says = "8080", "문자열 자리에 따옴표 없는 수를 적었다"
		default:
			continue
		}
		if text, ok := t.withValue(s, wrong); ok {
			out = append(out, t.made(s, text, fmt.Sprintf("%s: %s", s.where(), says)))
		}
	}
	return out
}
