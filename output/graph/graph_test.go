package graph

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
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

func TestDOT(t *testing.T) {
	var out bytes.Buffer
	if err := DOT(&out, parse(t)); err != nil {
		t.Fatal(err)
	}
	want := `digraph notes {
  rankdir=LR;
  node [shape=box];
  n1 [label="파드", shape=ellipse];
  n2 [label="쿠버네티스가 스케줄링하는 가장 작은 실행 단위"];
  n3 [label="kubectl get pod"];
  n1 -> n2 [label="정의"];
  n1 -> n3 [label="명령"];
}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if got := dotString(`a "b" \n`); got != `"a \"b\" \\n"` {
		t.Errorf("dotString = %s", got)
	}
}

// A note whose concepts hang on one another, with a circle, marks that XML does
// not take, and more than one line can hold.
func tangled() *parser.Graph {
	long := strings.Repeat("아주 긴 설명 ", 30)
	at := parser.Span{Pos: parser.Pos{File: "a&b.md", Line: 3, Col: 1}}
	g := &parser.Graph{}
	for _, name := range []string{"A", "B", "C", "<D>"} {
		g.Concepts = append(g.Concepts, parser.Concept{ID: name, Name: name, Span: at})
	}
	for _, f := range []struct{ from, to string }{
		{"A", "B"}, {"B", "C"}, {"C", "A"}, {"A", "x"}, {"B", "x"}, {"<D>", long}, {"<D>", "a \"quoted\" & \x00 <b>"}, {"A", "A"},
	} {
		g.Facts = append(g.Facts, parser.Fact{Subject: f.from, Relation: parser.HasProperty, Object: f.to, Span: at})
	}
	g.Facts = append(g.Facts, parser.Fact{Subject: "A", Relation: parser.Manages, Object: "B", Span: at})
	return g
}

func TestSVGIsWhole(t *testing.T) {
	for name, g := range map[string]*parser.Graph{"note": parse(t), "tangled": tangled(), "empty": {}} {
		var first, second bytes.Buffer
		if err := SVG(&first, g); err != nil {
			t.Fatal(err)
		}
		if err := SVG(&second, g); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: two runs give different bytes", name)
		}
		for d := xml.NewDecoder(&first); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, second.String())
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range start.Attr {
				if a.Name.Local == "href" || a.Name.Local == "src" || strings.Contains(a.Value, "url(") {
					t.Errorf("%s: <%s %s=%q> is not in the file", name, start.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
}

// Boxes do not cover one another, lie in the picture, and every node has one.
func TestLayoutKeepsBoxesApart(t *testing.T) {
	wide := &parser.Graph{}
	for i := range 60 {
		for k := range 1 + i%7 {
			wide.Facts = append(wide.Facts, parser.Fact{Subject: "c" + strconv.Itoa(i), Relation: parser.Example, Object: strings.Repeat("말 ", i) + strconv.Itoa(k) + "/" + strconv.Itoa(i)})
		}
	}
	for name, g := range map[string]*parser.Graph{"note": parse(t), "tangled": tangled(), "wide": wide} {
		d := drawingOf(g)
		l := layoutOf(d)
		same := joined(d)
		for i, a := range l.boxes {
			if same[i] != i {
				continue
			}
			if a.x-a.pill() < 0 || a.y < 0 || a.x+a.w > l.width || a.y+a.h > l.height {
				t.Errorf("%s: %q lies outside the picture", name, a.lines)
			}
			for k, b := range l.boxes[:i] {
				if same[k] == k && a.x-a.pill() < b.x+b.w && b.x-b.pill() < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Errorf("%s: %q covers %q", name, a.lines, b.lines)
				}
			}
		}
		if name == "wide" && (l.width > 3*l.height || l.height > 3*l.width) {
			t.Errorf("the picture is %.0f by %.0f", l.width, l.height)
		}
	}
}
