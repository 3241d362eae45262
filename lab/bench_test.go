package lab_test

import (
	"testing"

	"gieok/content"
	"gieok/lab"
	"gieok/parser"
)

// BenchmarkCheck checks one of the notes that ship, on a lab that has met none.
func BenchmarkCheck(b *testing.B) {
	for _, name := range []string{"pod", "deployment", "statefulset"} {
		b.Run(name, func(b *testing.B) {
			src, err := content.FS.ReadFile("notes/" + name + ".md")
			if err != nil {
				b.Fatal(err)
			}
			g, err := parser.Parse(name, src, parser.Options{Glossary: glossary(b)})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				l, err := lab.New(b.Context(), lab.Options{Content: content.FS})
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, _, err := l.Check(b.Context(), g); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
