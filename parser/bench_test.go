package parser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"golang.org/x/tools/txtar"
)

// benchSizes are the sizes of the notes, in bytes.
var benchSizes = []struct {
	name  string
	bytes int
}{{"20KB", 20 << 10}, {"1MB", 1 << 20}, {"10MB", 10 << 20}}

// BenchmarkParse reads notes into graphs, BenchmarkMarkdown the same notes into
// Markdown's tree alone: what the graph costs is told by the two together.
func BenchmarkParse(b *testing.B) {
	glossary := glossaryOf(b)
	for _, size := range benchSizes {
		note := longNote(b, size.bytes)
		b.Run(size.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(note)))
			for b.Loop() {
				if _, err := Parse("note.md", note, Options{Glossary: glossary}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMarkdown(b *testing.B) {
	for _, size := range benchSizes {
		note := longNote(b, size.bytes)
		b.Run(size.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(note)))
			for b.Loop() {
				goldmark.New(goldmark.WithExtensions(extension.Table, extension.TaskList)).Parser().Parse(text.NewReader(note))
			}
		})
	}
}

// longNote is a note of about size bytes: the notes of testdata and those that
// ship with the program, over and over, with other names and numbers each time,
// so that no sentence comes twice.
func longNote(t testing.TB, size int) []byte {
	t.Helper()
	parts := ownNotes(t)
	var out strings.Builder
	for i := 0; out.Len() < size; i++ {
		for _, line := range strings.SplitAfter(parts[i%len(parts)], "\n") {
			out.WriteString(varied(line, i/len(parts)))
		}
		out.WriteByte('\n')
	}
	return []byte(out.String()[:strings.LastIndexByte(out.String()[:size], '\n')+1])
}

// varied is a line whose last longer word got a number of its own.
func varied(line string, round int) string {
	if round == 0 || strings.Contains(line, "```") || strings.Contains(line, "apiVersion") || strings.Contains(line, "kind:") {
		return line
	}
	at := strings.LastIndexByte(strings.TrimRight(line, "\n "), ' ')
	if at < 0 || strings.TrimSpace(line[:at]) == "" || strings.HasSuffix(line[:at], "#") {
		return line
	}
	return fmt.Sprintf("%s 판%d%s", line[:at], round, line[at:])
}

func ownNotes(t testing.TB) []string {
	t.Helper()
	var parts []string
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(a.Files[0].Data))
	}
	more, err := filepath.Glob("../content/notes/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range more {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(src))
	}
	if len(parts) < 10 {
		t.Fatal("no notes")
	}
	return parts
}
