package lab

import (
	"fmt"
	"strings"
)

// mutateImage names an image that no registry can serve, and one that is no
// name at all.
func mutateImage(t *target) []Mutation {
	var out []Mutation
	for _, s := range t.named("image") {
		name, _, _ := strings.Cut(s.value.Value, ":")
		for _, wrong := range []struct{ ref, says string }{
			{"registry.invalid/" + strings.ToLower(name), "%s 값을 받을 수 없는 이미지로 바꾸었다"},
			{`"` + s.value.Value + ` "`, "%s 값의 끝에 빈칸을 넣었다"},
		} {
			if text, ok := t.withValue(s, wrong.ref); ok && s.value.Value != "" {
				out = append(out, t.made(s, text, fmt.Sprintf(wrong.says, s.where())))
			}
		}
	}
	return out
}
