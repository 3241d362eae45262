package lab

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gieok/korean"
	"gieok/parser"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func isAPIError(err error) bool {
	var s apierrors.APIStatus
	return errors.As(err, &s)
}

// isMissingOutside tells a refusal for want of another object.
func isMissingOutside(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) && strings.Contains(err.Error(), "not found")
}

// findInvalid reports what the server's validation says, one finding a field.
func findInvalid(a *attempt) []Finding {
	var s apierrors.APIStatus
	if a.root == nil || !errors.As(a.refusal, &s) || !apierrors.IsInvalid(a.refusal) || s.Status().Details == nil {
		return nil
	}
	var out []Finding
	for _, c := range s.Status().Details.Causes {
		pos, ok := a.causeAt(c)
		if !ok || slices.ContainsFunc(out, func(f Finding) bool { return f.Pos == pos }) {
			continue // a default that follows from a wrong value is wrong with it
		}
		out = append(out, a.finding(pos, fmt.Sprintf("%s. API 서버: %s: %s", a.causeWords(c), c.Field, oneLine(c.Message)), causeFix(c)))
	}
	return out
}

// causeAt is where a complaint of the server belongs in the note; ok is false
// when it is about a line that the completion added.
func (a *attempt) causeAt(c metav1.StatusCause) (parser.Pos, bool) {
	steps := readPath(c.Field)
	key, depth := keyAt(a.root, steps)
	if key == nil {
		return a.start(), !a.manifest.Completed
	}
	pos := a.at(key.Line, key.Column)
	if depth == len(steps) {
		return pos, pos.Line > 0
	}
	// The field is missing: it is the author's fault only if nothing was left
	// out there.
	return pos, pos.Line > 0 && !a.manifest.Completed || pos.Line > 0 && depth > 1 && !a.leftOut(key.Line)
}

// leftOut tells whether the author left lines out below or above a key's line.
func (a *attempt) leftOut(line int) bool {
	indent := indentOf(a.line(line))
	for n := line; n <= len(strings.Split(a.text, "\n")); n++ {
		if a.cutAbove(n) || a.cutUnder(n) {
			return true
		}
		if t := a.line(n + 1); strings.TrimSpace(t) != "" && indentOf(t) <= indent {
			return a.cutAbove(n + 1)
		}
	}
	return false
}

func (a *attempt) causeWords(c metav1.StatusCause) string {
	name := lastName(c.Field)
	steps := readPath(c.Field)
	_, depth := keyAt(a.root, steps)
	switch c.Type {
	case metav1.CauseTypeFieldValueRequired:
		if depth == len(steps) {
			break // it is there, and is not what is required
		}
		return korean.With(name, "이/가") + " 있어야 합니다"
	case metav1.CauseTypeFieldValueNotSupported:
		return name + "에 쓸 수 없는 값입니다"
	case metav1.CauseTypeFieldValueDuplicate:
		return name + "의 값이 겹칩니다"
	case metav1.CauseTypeFieldValueNotFound:
		return korean.With(name, "이/가") + " 가리키는 것이 없습니다"
	case metav1.CauseTypeForbidden:
		return korean.With(name, "은/는") + " 여기에 쓸 수 없습니다"
	}
	return name + "의 값이 올바르지 않습니다"
}

var supportedValues = regexp.MustCompile(`(?:supported|valid) values: (.*)$`)

func causeFix(c metav1.StatusCause) string {
	if m := supportedValues.FindStringSubmatch(c.Message); m != nil {
		return m[1] + " 가운데 하나를 적으세요."
	}
	switch {
	case strings.Contains(c.Message, "`selector` does not match template `labels`"):
		return "selector.matchLabels와 template.metadata.labels를 같게 적으세요."
	case strings.Contains(c.Message, "RFC 1123"):
		return "영문 소문자와 숫자, -로만 적으세요. 처음과 끝은 글자나 숫자여야 합니다."
	case strings.Contains(c.Message, "immutable"):
		return "만든 뒤에는 바꿀 수 없는 필드입니다. 지우고 다시 만들어야 합니다."
	case c.Type == metav1.CauseTypeFieldValueNotFound:
		return "같은 이름을 정의하거나, 정의한 이름으로 고치세요."
	case c.Type == metav1.CauseTypeFieldValueRequired:
		return korean.With(strings.TrimSuffix(c.Field, "[]"), "을/를") + " 적으세요."
	}
	return ""
}

func lastName(path string) string {
	steps := readPath(path)
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].key != "" {
			return steps[i].key
		}
	}
	return path
}

// findRejected is the last resort: the server's words at the head of the
// document.
func findRejected(a *attempt) []Finding {
	if apierrors.IsInvalid(a.refusal) && a.manifest.Completed {
		return nil // every complaint was about what was left out
	}
	return []Finding{a.finding(a.start(), "API 서버가 거부합니다. API 서버: "+oneLine(a.refusal.Error()), "")}
}
