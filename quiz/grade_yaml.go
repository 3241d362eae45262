package quiz

import (
	"reflect"
	"regexp"
	"strings"

	"gieok/korean"

	"go.yaml.in/yaml/v3"
)

// yamlDepthMax bounds how deep two values are compared.
const yamlDepthMax = 100

// cleanYAML drops a fence and keeps indentation.
func cleanYAML(s string) string {
	lines := strings.Split(strings.Trim(s, "\n"), "\n")
	if len(lines) > 1 && strings.HasPrefix(strings.TrimSpace(lines[0]), "```") {
		lines = lines[1:]
		if strings.TrimSpace(lines[len(lines)-1]) == "```" {
			lines = lines[:len(lines)-1]
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	s = strings.Trim(strings.Join(lines, "\n"), "\n")
	if !strings.Contains(s, "\n") {
		s = unquote(strings.TrimSpace(s))
	}
	return s
}

// tightColon is a key with its value right behind the colon, which YAML reads
// as one word.
var tightColon = regexp.MustCompile(`(?m)^( *(?:- )?[A-Za-z0-9_.-]+):([^\s:].*)$`)

func parseYAML(s string) (any, bool) {
	var value any
	if err := yaml.Unmarshal([]byte(s), &value); err != nil {
		return nil, false
	}
	return value, value != nil
}

func (q Question) gradeYAML(text string) Grading {
	got, readable := parseYAML(text)
	best := wrong("다른 YAML입니다")
	for _, candidate := range q.candidates() {
		want, ok := parseYAML(cleanYAML(candidate))
		if !ok {
			continue
		}
		if readable {
			best = better(best, compareYAML(want, got))
		}
		if strings.Contains(text, "\t") {
			if untabbed, ok := parseYAML(strings.ReplaceAll(text, "\t", "  ")); ok && reflect.DeepEqual(want, untabbed) {
				best = better(best, almost("탭으로는 읽히지 않습니다. 빈칸으로 들여 쓰세요"))
			}
		}
		if spaced, ok := parseYAML(tightColon.ReplaceAllString(text, "$1: $2")); ok && reflect.DeepEqual(want, spaced) {
			best = better(best, almost("쌍점 뒤에 빈칸이 있어야 합니다"))
		}
		if sameTokens(candidate, text, readable, got) {
			best = better(best, almost("쌍점 뒤의 빈칸이나 줄바꿈이 빠졌습니다"))
		}
	}
	return best
}

// sameTokens tells a text that would be the answer but for the spaces and
// breaks that YAML needs, where it is no mapping at all as it stands.
func sameTokens(want, got string, readable bool, value any) bool {
	if _, mapping := value.(map[string]any); readable && mapping {
		return false
	}
	if _, list := value.([]any); readable && list {
		return false
	}
	plain := func(s string) string {
		return strings.NewReplacer("{", "", "}", "", `"`, "", "'", "").Replace(squeeze(s))
	}
	return plain(want) == plain(got)
}

func compareYAML(want, got any) Grading {
	switch {
	case reflect.DeepEqual(want, got):
		return right("값이 같습니다")
	case sameYAML(want, got, 0, func(a, b string) bool { return strings.EqualFold(a, b) }):
		return almost("필드 이름은 대소문자를 가립니다")
	}
	slips := 0
	if sameYAML(want, got, 0, func(a, b string) bool {
		if a == b {
			return true
		}
		if len(a) >= slipLatinMin && korean.Distance(a, b) == 1 {
			slips++
			return true
		}
		return false
	}) && slips > 0 {
		return almost("필드 이름의 철자가 다릅니다")
	}
	if wrapped(want, got) {
		return almost("바깥쪽 필드까지 적었습니다")
	}
	return wrong("값이나 자리가 다릅니다")
}

// sameYAML compares two values where keys agree by sameKey and scalars exactly.
func sameYAML(want, got any, depth int, sameKey func(a, b string) bool) bool {
	if depth > yamlDepthMax {
		return false
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(w) != len(g) {
			return false
		}
		for key, value := range w {
			other, ok := lookUp(g, key, sameKey)
			if !ok || !sameYAML(value, other, depth+1, sameKey) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) != len(g) {
			return false
		}
		for i := range w {
			if !sameYAML(w[i], g[i], depth+1, sameKey) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(want, got)
}

func lookUp(m map[string]any, key string, sameKey func(a, b string) bool) (any, bool) {
	if value, ok := m[key]; ok {
		return value, true
	}
	var found any
	hits := 0
	for other, value := range m {
		if sameKey(key, other) {
			found = value
			hits++
		}
	}
	return found, hits == 1
}

// wrapped tells whether want stands whole under fields that each hold nothing else.
func wrapped(want, got any) bool {
	for range yamlDepthMax {
		m, ok := got.(map[string]any)
		if !ok || len(m) != 1 {
			return false
		}
		for _, inner := range m {
			got = inner
		}
		if reflect.DeepEqual(want, got) {
			return true
		}
	}
	return false
}
