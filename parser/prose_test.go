package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProse(t *testing.T) {
	const note = `# 모음
- [파드](#파드)
- [서비스 & DNS](#서비스--dns)

## 파드
가장 작은 단위이다. 자세한 것은 [여기](#서비스--dns)를 본다.
- 볼륨
  ` + "```yaml" + `
  volumes:        # 파드가 쓸 볼륨
  - name: data
    emptyDir: {}  # 임시 공간
  ` + "```" + `
  + 위의 ` + "`emptyDir`" + `은 비어 있다

| 종류 | 뜻 |
|---|---|
| Pod | 파드 |

## 서비스 & DNS
## 파드
`
	g, err := Parse("n.md", []byte(note), Options{Prose: true})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range g.Sentences {
		fmt.Fprintf(&b, "%d:%d %q %v snippet %d comment %v\n", s.Span.Line, s.Span.Col, s.Text, s.Path, s.Snippet, s.Comment)
	}
	for _, l := range g.Links {
		fmt.Fprintf(&b, "%d:%d #%s %q list %d\n", l.Span.Line, l.Span.Col, l.Anchor, l.Text, l.List)
	}
	for _, s := range g.Sections {
		fmt.Fprintf(&b, "%d:%d %s level %d\n", s.Span.Line, s.Span.Col, s.Anchor, s.Level)
	}
	want := `2:4 "파드" [모음] snippet -1 comment false
3:4 "서비스 & DNS" [모음] snippet -1 comment false
6:1 "가장 작은 단위이다." [모음 파드] snippet -1 comment false
6:13 "자세한 것은 여기를 본다." [모음 파드] snippet -1 comment false
7:3 "볼륨" [모음 파드] snippet -1 comment false
9:3 "파드가 쓸 볼륨" [모음 파드 볼륨 volumes] snippet 0 comment true
11:5 "임시 공간" [모음 파드 볼륨 volumes emptyDir] snippet 0 comment true
13:5 "위의 emptyDir은 비어 있다" [모음 파드 볼륨] snippet 0 comment false
15:3 "종류" [모음 파드] snippet 0 comment false
15:8 "뜻" [모음 파드 종류] snippet 0 comment false
17:3 "Pod" [모음 파드] snippet 0 comment false
17:9 "파드" [모음 파드 Pod] snippet 0 comment false
2:4 #파드 "파드" list 1
3:4 #서비스--dns "서비스 & DNS" list 1
6:21 #서비스--dns "여기" list 0
1:3 모음 level 1
5:4 파드 level 2
19:4 서비스--dns level 2
20:4 파드-1 level 2
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}
