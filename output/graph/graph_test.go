package graph

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gieok/parser"
)

const note = "# 파드(Pod)\n- 쿠버네티스가 스케줄링하는 가장 작은 실행 단위\n- `kubectl get pod` 파드의 목록을 본다\n"

func parse(t *testing.T) *parser.Graph {
	t.Helper()
	g, err := parser.Parse("pod.md", []byte(note), parser.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestJSONReadsBack(t *testing.T) {
	g := parse(t)
	var first, second bytes.Buffer
	if err := JSON(&first, g); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&second, parse(t)); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("two runs give different bytes")
	}
	var back parser.Graph
	if err := json.Unmarshal(first.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(g.Facts, back.Facts); diff != "" {
		t.Errorf("facts differ after reading back:\n%s", diff)
	}
	if strings.Contains(first.String(), "null") {
		t.Error("an empty list is null")
	}
}

func TestMermaid(t *testing.T) {
	var out bytes.Buffer
	if err := Mermaid(&out, parse(t)); err != nil {
		t.Fatal(err)
	}
	want := `%%{init: {"maxEdges": 2000}}%%
flowchart LR
  n1(["파드"])
  n2["쿠버네티스가 스케줄링하는 가장 작은 실행 단위"]
  n1 -- "정의" --> n2
  n3["kubectl get pod"]
  n1 -- "명령" --> n3
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestLabelKeepsMermaidWhole(t *testing.T) {
	got := label("a \"b\" <c>\n#d & `e` ]")
	if want := `"a #quot;b#quot; #lt;c#gt; #35;d #amp; #96;e#96; ]"`; got != want {
		t.Errorf("label = %s, want %s", got, want)
	}
	if long := label(strings.Repeat("가", 100)); len([]rune(long)) != labelRunesMax+2 {
		t.Errorf("a long label has %d runes", len([]rune(long)))
	}
}
