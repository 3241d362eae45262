package lab_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"gieok/lab"
	"gieok/parser"

	"golang.org/x/tools/txtar"
)

// Each file "in-N" is a fragment, "out-N" what it is completed to; a line of
// ours begins with "+ ", one of the author's with its place.
func TestComplete(t *testing.T) {
	name := filepath.Join("testdata", "complete.txtar")
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	for i := 0; i+1 < len(a.Files); i += 2 {
		in, out := a.Files[i], &a.Files[i+1]
		t.Run(in.Name, func(t *testing.T) {
			m, err := l.Complete(snippet(string(in.Data)))
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				out.Data = []byte(shown(m))
			}
			if got := shown(m); got != string(out.Data) {
				t.Errorf("got:\n%s\nwant:\n%s", got, out.Data)
			}
			o, err := l.Run(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			if o.Rejected {
				t.Errorf("rejected: %s", o.Message)
			}
		})
	}
	if *update {
		rewrite(t, name, a)
	}
}

// snippet is a fragment that stands at line 10, column 5 of a note.
func snippet(text string) *parser.Snippet {
	s := &parser.Snippet{Text: text, Partial: true}
	for i := range strings.Count(text, "\n") {
		s.Lines = append(s.Lines, parser.Pos{File: "note.md", Line: 10 + i, Col: 5})
	}
	s.Span.Pos = s.Lines[0]
	return s
}

func shown(m lab.Manifest) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(m.Text, "\n"), "\n") {
		mark := "+ "
		if at := m.Locate(i+1, 1+len(line)-len(strings.TrimLeft(line, " "))); at.Line > 0 {
			mark = strings.TrimPrefix(at.String(), "note.md:") + " "
		}
		b.WriteString(strings.TrimRight(mark+line, " ") + "\n")
	}
	return b.String()
}

// What is no Kubernetes is not run, and says why.
func TestNotKubernetes(t *testing.T) {
	for _, text := range []string{
		"version: \"3\"\nservices:\n  web:\n    image: nginx\n",
		"name: build\non: push\njobs:\n  test:\n    runs-on: ubuntu\n",
		"replicaCount: 1\nimage:\n  repository: nginx\n",
		"- hosts: all\n  tasks:\n  - name: install\n",
		"metadata:\n  name: {{ .Release.Name }}\n",
	} {
		_, err := newLab(t).Complete(snippet(text))
		var not *lab.NotKubernetesError
		if !errors.As(err, &not) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
