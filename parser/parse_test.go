package parser

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the dumps of testdata/*.txtar")

// dump writes a graph as lines that a person can check against the note.
func dump(g *Graph) string {
	var b strings.Builder
	place := func(s Span) string { return fmt.Sprintf("%d:%d-%d", s.Line, s.Col, s.EndLine) }
	for _, c := range g.Concepts {
		fmt.Fprintf(&b, "concept %s %s (%s) at %d:%d\n", c.ID, c.Name, c.Kind, c.Span.Line, c.Span.Col)
	}
	for _, f := range g.Facts {
		fmt.Fprintf(&b, "fact %s %s/%s [%s] %s", place(f.Span), f.Subject, f.Relation, f.Pattern, f.Object)
		if len(f.Aliases) > 0 {
			fmt.Fprintf(&b, " | %s", strings.Join(f.Aliases, " | "))
		}
		if f.About != "" {
			fmt.Fprintf(&b, " << %s", f.About)
		}
		if f.Condition != "" {
			fmt.Fprintf(&b, " if %s", f.Condition)
		}
		if f.Negative {
			b.WriteString(" (not)")
		}
		b.WriteByte('\n')
	}
	for _, s := range g.Snippets {
		fmt.Fprintf(&b, "snippet %s partial=%v language=%q title=%q path=%q\n", place(s.Span), s.Partial, s.Language, s.Title, s.Path)
		for i, line := range strings.Split(strings.TrimSuffix(s.Text, "\n"), "\n") {
			fmt.Fprintf(&b, "  %d:%d %s\n", s.Lines[i].Line, s.Lines[i].Col, line)
		}
	}
	for _, c := range g.Commands {
		fmt.Fprintf(&b, "command %s %s\n", place(c.Span), c.Text)
	}
	for _, s := range g.Steps {
		fmt.Fprintf(&b, "steps %s %s: %s\n", place(s.Span), s.Title, strings.Join(s.Items, " → "))
	}
	for _, n := range g.Notices {
		fmt.Fprintf(&b, "notice %s %s\n", place(n.Span), n.Text)
	}
	return b.String()
}

func TestNotes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Files) != 2 || a.Files[0].Name != "note.md" || a.Files[1].Name != "dump" {
				t.Fatal("a case is note.md, then dump")
			}
			g, err := Parse("note.md", a.Files[0].Data, Options{Glossary: glossaryOf(t)})
			if err != nil {
				t.Fatal(err)
			}
			checkPlaces(t, a.Files[0].Data, g)
			got := dump(g)
			if *update {
				a.Files[1].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(a.Files[1].Data), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// checkPlaces holds every place of g to the file: the line is there, and the
// column at most one past its last rune.
func checkPlaces(t testing.TB, src []byte, g *Graph) {
	t.Helper()
	lines := strings.Split(strings.TrimPrefix(string(src), "\uFEFF"), "\n")
	check := func(what string, s Span) {
		t.Helper()
		if s.Line < 1 || s.Line > len(lines) || s.EndLine < s.Line || s.EndLine > len(lines) {
			t.Errorf("%s: lines %d-%d of %d", what, s.Line, s.EndLine, len(lines))
			return
		}
		width := utf8.RuneCountInString(strings.ToValidUTF8(strings.TrimSuffix(lines[s.Line-1], "\r"), "\uFFFD"))
		if s.Col < 1 || s.Col > width+1 {
			t.Errorf("%s: column %d of %d in line %d", what, s.Col, width, s.Line)
		}
	}
	for _, c := range g.Concepts {
		check("concept "+c.ID, c.Span)
	}
	for _, f := range g.Facts {
		check("fact "+f.Object, f.Span)
	}
	for _, s := range g.Snippets {
		check("snippet", s.Span)
		if n := strings.Count(s.Text, "\n"); n != len(s.Lines) {
			t.Errorf("snippet has %d lines and %d places", n, len(s.Lines))
		}
		for _, p := range s.Lines {
			check("snippet line", Span{p, p.Line})
		}
	}
	for _, c := range g.Commands {
		check("command "+c.Text, c.Span)
	}
	for _, s := range g.Steps {
		check("steps", s.Span)
	}
	for _, n := range g.Notices {
		check("notice "+n.Text, n.Span)
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		if a, err := txtar.ParseFile(file); err == nil {
			f.Add(a.Files[0].Data)
		}
	}
	f.Add([]byte("\uFEFF- `a` 를\r\n  ```\r\n\tkind: Pod\r\n"))
	f.Add([]byte("> - 1. > ```yaml\n> kind: Pod\napiVersion: v1"))
	f.Add([]byte(norm.NFD.String("- 파드: 가장 작은 단위\n|가|나|\n|-|-|\n|다|라|")))
	terms := glossaryOf(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		g, err := Parse("note.md", src, Options{Glossary: terms})
		if err != nil {
			var refused *InputError
			if !errors.As(err, &refused) {
				t.Fatalf("an error of another type: %v", err)
			}
			return
		}
		checkPlaces(t, src, g)
	})
}

func TestCheck(t *testing.T) {
	euckr := []byte{0xB0, 0xA1, 0xB3, 0xAA, 0xB4, 0xD9, '\n'} // 가나다
	cases := []struct {
		name string
		src  []byte
		kind InputKind
		text string
	}{
		{"nul", []byte("# 제목\x00"), Binary, "n.md: 글이 아닌 파일입니다(NUL 바이트가 있습니다)."},
		{"euc-kr", euckr, EUCKR, "n.md: EUC-KR(CP949)로 저장된 파일입니다. UTF-8로 바꾸어 저장해 주세요."},
		{"broken", []byte("abc \xff\xfe\xff def"), BrokenUTF8, "n.md: UTF-8로 읽을 수 없는 파일입니다."},
		{"large", make([]byte, noteBytesMax+1), TooLarge, "n.md: 노트가 너무 큽니다(최대 16 MiB)."},
	}
	for _, c := range cases {
		var refused *InputError
		_, err := Parse("n.md", c.src, Options{})
		if !errors.As(err, &refused) || refused.Kind != c.kind || refused.Error() != c.text {
			t.Errorf("%s: got %v, want %s", c.name, err, c.text)
		}
	}
	long := append([]byte(strings.Repeat("가", sniffBytes/3)), "나다"...) // a rune lies across the 64 KiB mark
	if err := Check("n.md", long); err != nil {
		t.Errorf("a rune across the mark is refused: %v", err)
	}
	if err := Check("n.md", append([]byte(strings.Repeat("a\n", sniffBytes/2)), 0xff, 0)); err != nil {
		t.Errorf("bytes behind the first 64 KiB are refused: %v", err)
	}
}

// TestPlacesOfWrittenForms: BOM, CRLF, NFD and front matter move no place.
func TestPlacesOfWrittenForms(t *testing.T) {
	note := "# 파드\n- 파드의 기본값: 가장 작은 단위\n- 레이어: 이미지를 이루는 층의 하나 `x`\n"
	place := func(src string) string {
		g, err := Parse("n.md", []byte(src), Options{Glossary: glossaryOf(t)})
		if err != nil {
			t.Fatal(err)
		}
		checkPlaces(t, []byte(src), g)
		for _, f := range g.Facts {
			if f.Object == "레이어" {
				return f.Span.Pos.String()
			}
		}
		t.Fatalf("no fact in %q: %+v", src, g.Facts)
		return ""
	}
	for name, c := range map[string]struct{ src, want string }{
		"plain":        {note, "n.md:3:3"},
		"bom":          {"\uFEFF" + note, "n.md:3:3"},
		"crlf":         {strings.ReplaceAll(note, "\n", "\r\n"), "n.md:3:3"},
		"front matter": {"---\ntitle: 가\n---\n" + note, "n.md:6:3"},
		"nfd":          {norm.NFD.String(note), "n.md:3:3"},
	} {
		if got := place(c.src); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	// Columns count the runes of the file: the six jamo of 파드 are two syllables.
	g, err := Parse("n.md", []byte(norm.NFD.String("> 파드는 `kubectl get pod` 로 본다\n")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := 1 + utf8.RuneCountInString(norm.NFD.String("> 파드는 `"))
	if len(g.Commands) != 1 || g.Commands[0].Span.Col != want {
		t.Errorf("command of the NFD line: %+v, want column %d", g.Commands, want)
	}
}

func TestNotices(t *testing.T) {
	for src, want := range map[string]string{
		"":                               "빈 노트입니다.",
		"\n \n":                          "빈 노트입니다.",
		"# 제목\n":                         "사실을 찾지 못한 노트입니다.",
		"```yaml\nkind: Pod\n":           "닫히지 않은 코드 울타리입니다. 여기부터 끝까지 코드로 읽었습니다.",
		"\uFEFF# 가":                      "파일 머리의 BOM을 빼고 읽었습니다.",
		"# 가\r\n":                        "줄 끝의 CR을 빼고 읽었습니다.",
		norm.NFD.String("# 가\n"):         "풀어쓴 한글(NFD)을 모아서 읽었습니다.",
		strings.Repeat("> ", 70) + "가\n": "64단계보다 깊이 겹친 줄이라 읽지 않았습니다.",
	} {
		g, err := Parse("n.md", []byte(src), Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, n := range g.Notices {
			found = found || n.Text == want
		}
		if !found {
			t.Errorf("%.20q: no notice %q in %+v", src, want, g.Notices)
		}
	}
}

// TestDeepNestingIsQuick: 2,000 levels, in a line and over lines, end in a
// notice and not in seconds of parsing.
func TestDeepNestingIsQuick(t *testing.T) {
	var stairs strings.Builder
	for i := range 2000 {
		stairs.WriteString(strings.Repeat("  ", i) + "- 가\n")
	}
	for _, src := range []string{strings.Repeat("- ", 2000) + "가\n", strings.Repeat(">", 2000) + "가\n", stairs.String()} {
		d, err := ParseDocument("n.md", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if depth := depthOf(d.Blocks); depth > 2*indentColsMax {
			t.Errorf("%d levels", depth)
		}
		if len(d.Notices) == 0 {
			t.Error("no notice")
		}
	}
}

func depthOf(blocks []*Block) int {
	deepest := 0
	for _, b := range blocks {
		deepest = max(deepest, 1+depthOf(b.Children))
	}
	return deepest
}

func TestMerge(t *testing.T) {
	a, _ := Parse("a.md", []byte("# 파드(Pod)\n- 가장 작은 실행 단위\n"), Options{})
	b, _ := Parse("b.md", []byte("# 파드(팟)\n- 컨테이너를 담는 리소스\n"), Options{})
	m := Merge(a, b, nil)
	if len(m.Concepts) != 1 || len(m.Facts) != len(a.Facts)+len(b.Facts) {
		t.Fatalf("merged %d concepts, %d facts", len(m.Concepts), len(m.Facts))
	}
	if diff := cmp.Diff([]string{"Pod", "팟"}, m.Concepts[0].Aliases); diff != "" {
		t.Error(diff)
	}
	if m.Concepts[0].Span.File != "a.md" {
		t.Errorf("the first place is %s", m.Concepts[0].Span.Pos)
	}
}

func TestSnippetLocate(t *testing.T) {
	g, err := Parse("n.md", []byte("- 예시\n    ```yaml\n    spec:\n      # 설명\n      containers: []\n    ```\n"), Options{})
	if err != nil || len(g.Snippets) != 1 {
		t.Fatal(err, g.Snippets)
	}
	s := g.Snippets[0]
	for _, c := range []struct{ line, col, wantLine, wantCol int }{{1, 1, 3, 5}, {3, 3, 5, 7}, {9, 1, 5, 5}, {1, 99, 3, 10}} {
		if p := s.Locate(c.line, c.col); p.Line != c.wantLine || p.Col != c.wantCol {
			t.Errorf("Locate(%d, %d) = %s, want %d:%d", c.line, c.col, p, c.wantLine, c.wantCol)
		}
	}
}

// TestOwnNotes: each note of content gives facts, whole manifests and commands,
// and leaves nothing unread.
func TestOwnNotes(t *testing.T) {
	files, err := filepath.Glob("../content/notes/*.md")
	if err != nil || len(files) < 10 {
		t.Fatal("notes: ", files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g, err := Parse(filepath.Base(file), src, Options{Glossary: glossaryOf(t)})
		if err != nil {
			t.Fatal(err)
		}
		checkPlaces(t, src, g)
		if len(g.Facts) < 15 || len(g.Snippets) == 0 || len(g.Commands) < 2 {
			t.Errorf("%s: %d facts, %d snippets, %d commands", file, len(g.Facts), len(g.Snippets), len(g.Commands))
		}
		for _, s := range g.Snippets {
			if s.Partial {
				t.Errorf("%s: a fragment at line %d", file, s.Span.Line)
			}
		}
		for _, n := range g.Notices {
			t.Errorf("%s: %s: %s", file, n.Span.Pos, n.Text)
		}
	}
}
