package prefilter

import (
	"regexp"
	"regexp/syntax"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// expressions are shapes that the analysis takes apart differently.
var expressions = []string{
	`(?:다|요|함|됨)[.!?]?$`,
	`^(?:이것|그것|이|그)(?:\s|$)`,
	`^(.+?)(?:을|를)\s+(?:이라고|라고)\s+(?:부른다|한다)[.]?$`,
	`\s*(?:→|=>|->)\s*`,
	`(?:지 ?않|못하|없음)`,
	`(?i)yaml|yml`,
	`^(?i:ex\.?\)?|예)\s*[.:)]?\s+|^(?i:ex|예)[.:)]`,
	`(\d[\d,]*)(\s?)(개월|개|회)(?:\s*(이상|이하))?`,
	"^`([^`]+)`\\s*(.*)$",
	`\b[A-Z]{2,}\b`,
	`^(?:기본|default)$`,
	`(?:가){2,3}나|다+라`,
	`[가-나]다|^$`,
	`(?m)^가.*다$`,
	`(a|b|)c?$`,
	`x*`,
	`^(?:앞)?뒤`,
	`(?:^|\s)끝(?:\s|$)`,
	`\x{FFFD}가`,
	`[^\p{Hangul}]다$`,
	`^\s*(?:\d+[.)]|[①-⑳]|(?i:step) ?\d)\s+`,
	`(?:란)?\s*(?:무엇)?\s*\?+\s*$|[:：]\s*$`,
	`^[^가-힣]+`,
	`(?:[^다요]|도구)[)]?$`,
	`^가|^나다`,
	`다$|요$`,
	`(?:이다|다)?$`,
	`..?$`,
	`\b다$|^다$`,
	`(?s:.)\n?$`,
	`[[:^alpha:]]$`,
	`(?i)(?:k|s)$`,
}

var texts = []string{
	"", "다", "파드는 실행 단위이다", "파드를 소라고 부른다.", "A -> B => C", "할 수 없음", "예) nginx", "ex. yaml", "YAML 파일",
	"12개월 이상", "`kubectl get` 목록", "DNS 서버", "기본", "default", "가가나", "다다라", "나다", "가\n가다\n다", "ac", "앞뒤", "뒤", "그 끝", "끝",
	"\xff가", "긴 문장의 끝에 있는 도구)", "가 다", "줄\n다\n", "a\xffb\xe3\x80", "\xff\xfe다", "이것 은", "요?", "가각다", "없음다", "그", "기본 default",
}

// TestSame holds every answer to that of the library.
func TestSame(t *testing.T) {
	for _, expr := range expressions {
		for _, text := range texts {
			compare(t, expr, text)
		}
	}
}

// FuzzSame looks for an expression and a text with another answer.
func FuzzSame(f *testing.F) {
	for i, expr := range expressions {
		f.Add(expr, texts[i%len(texts)])
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 200 || len(text) > 200 {
			t.Skip("long ones only take time")
		}
		if _, err := syntax.Parse(expr, syntax.Perl); err != nil {
			t.Skip("no expression")
		}
		if _, err := regexp.Compile(expr); err != nil {
			t.Skip("too large an expression")
		}
		compare(t, expr, text)
	})
}

func compare(t *testing.T, expr, text string) {
	t.Helper()
	ours, theirs := MustCompile(expr), regexp.MustCompile(expr)
	type answers struct {
		Match         bool
		First         string
		At            []int
		Groups        []string
		GroupsAt      []int
		All           []string
		AllAt         [][]int
		AllGroups     [][]string
		AllGroupsAt   [][]int
		Replaced      string
		Cut, CutOnce  []string
		CutNone, Two  []string
		FirstOfGroups [][]string
	}
	want := answers{
		theirs.MatchString(text), theirs.FindString(text), theirs.FindStringIndex(text), theirs.FindStringSubmatch(text), theirs.FindStringSubmatchIndex(text),
		theirs.FindAllString(text, -1), theirs.FindAllStringIndex(text, -1), theirs.FindAllStringSubmatch(text, -1), theirs.FindAllStringSubmatchIndex(text, -1),
		theirs.ReplaceAllString(text, "<$1>"), theirs.Split(text, -1), theirs.Split(text, 2), theirs.Split(text, 0), theirs.FindAllString(text, 2), theirs.FindAllStringSubmatch(text, 1),
	}
	got := answers{
		ours.MatchString(text), ours.FindString(text), ours.FindStringIndex(text), ours.FindStringSubmatch(text), ours.FindStringSubmatchIndex(text),
		ours.FindAllString(text, -1), ours.FindAllStringIndex(text, -1), ours.FindAllStringSubmatch(text, -1), ours.FindAllStringSubmatchIndex(text, -1),
		ours.ReplaceAllString(text, "<$1>"), ours.Split(text, -1), ours.Split(text, 2), ours.Split(text, 0), ours.FindAllString(text, 2), ours.FindAllStringSubmatch(text, 1),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q in %q: %s", expr, text, diff)
	}
}

// TestRefuses holds that the prefilter tells the texts apart that it is for.
func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		expr, text string
		may        bool
	}{
		{`(?:다|요)[.]?$`, "파드와 서비스", false},
		{`(?:다|요)[.]?$`, "이것은 파드이다.", true},
		{`^(.+?)(?:을|를) (.+?)라고 한다$`, "이것은 파드이다", false},
		{`^(?:즉|또) `, "그리고 파드", false},
		{`\s*(?:→|=>|->)\s*`, "파드", false},
		{`^(.*?)\s*[:：]\s+(.+)$`, "파드는 가장 작다", false},
	} {
		if got := MustCompile(c.expr).MayMatch(c.text); got != c.may {
			t.Errorf("%q in %q: %v", c.expr, c.text, got)
		}
	}
}
