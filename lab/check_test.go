package lab_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gieok/content"
	"gieok/lab"
	"gieok/parser"

	"golang.org/x/tools/txtar"
)

// Each case is a note and what the check says of it, in order.
func TestCheck(t *testing.T) {
	names, err := filepath.Glob("testdata/check-*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Files) != 2 || a.Files[0].Name != "note.md" || a.Files[1].Name != "want" {
				t.Fatal("want the files note.md and want")
			}
			got := checked(t, "note.md", a.Files[0].Data)
			if *update {
				a.Files[1].Data = []byte(got)
				rewrite(t, name, a)
			}
			if want := string(a.Files[1].Data); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func rewrite(t *testing.T, name string, a *txtar.Archive) {
	t.Helper()
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checked is what the check says of a note, one finding a line, its fix below.
func checked(t *testing.T, name string, note []byte) string {
	t.Helper()
	g, err := parser.Parse(name, note, parser.Options{Glossary: glossary(t), Prose: true})
	if err != nil {
		t.Fatal(err)
	}
	found, stats, err := newLab(t).Check(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	lab.WithDiffs(found, note)
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "%s: %s %s: %s\n", f.Pos, f.Severity, f.Rule, f.Message)
		if f.Fix != "" {
			fmt.Fprintf(&b, "    %s\n", f.Fix)
		}
		for line := range strings.Lines(f.Diff) {
			fmt.Fprintf(&b, "    %s", line)
		}
	}
	fmt.Fprintf(&b, "%d %d %d\n", stats.Executed, stats.Stated, stats.Contradicted)
	return b.String()
}

// The notes that ship with the program must be without fault.
func TestOwnNotesAreClean(t *testing.T) {
	notes, err := content.FS.ReadDir("notes")
	if err != nil || len(notes) == 0 {
		t.Fatal("no notes", err)
	}
	for _, n := range notes {
		src, err := content.FS.ReadFile("notes/" + n.Name())
		if err != nil {
			t.Fatal(err)
		}
		g, err := parser.Parse(n.Name(), src, parser.Options{Glossary: glossary(t), Prose: true})
		if err != nil {
			t.Fatal(err)
		}
		found, _, err := newLab(t).Check(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Severity != lab.SeverityNotice {
				t.Errorf("%s: %s: %s", f.Pos, f.Severity, f.Message)
			}
		}
	}
}
