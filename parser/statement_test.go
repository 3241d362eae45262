package parser

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// topicExpression is what topicOf is written out for.
var topicExpression = regexp.MustCompile(`^([^,.:?!()]{1,40}?(?:\([^()]{1,45}\))?)(이란|란|은|는)\s+(.+)$`)

func checkTopic(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) || strings.TrimSpace(text) != text {
		return // no statement is
	}
	name, mark, rest, ok := topicOf(text)
	m := topicExpression.FindStringSubmatch(text)
	if ok != (m != nil) || ok && (name != m[1] || mark != m[2] || rest != m[3]) {
		t.Errorf("%q: got %q %q %q %v, the expression finds %q", text, name, mark, rest, ok, m)
	}
}

func FuzzTopic(f *testing.F) {
	for _, note := range ownNotes(f) {
		for _, line := range strings.Split(note, "\n") {
			if line = strings.TrimSpace(line); len(line) > 20 {
				f.Add(line)
			}
		}
	}
	for _, text := range []string{"파드(Pod)는 작다", "파드(Pod)는", "은 는 은 x", "이란이란 무엇", "a(b)c는 d", "가(나(다)는 라", "파드는\n둘", "파드는 \n", "((는 가"} {
		f.Add(text)
	}
	f.Fuzz(checkTopic)
}

// TestLabels holds every label to the bytes that isLabel looks at.
func TestLabels(t *testing.T) {
	for l := range labels {
		if !isLabel(l) || len(l) > labelBytesMax {
			t.Errorf("%s is no label", l)
		}
	}
	if isLabel(strings.Repeat("가", labelBytesMax)) || isLabel("파드") || !isLabel("사용 예:") || !isLabel("NOTE") {
		t.Error("labels are told wrongly")
	}
}
