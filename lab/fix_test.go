package lab_test

import (
	"strings"
	"testing"

	"gieok/lab"
	"gieok/parser"

	"github.com/google/go-cmp/cmp"
)

// fixed is a note after all edits that its check proposes.
func fixed(t *testing.T, note string) (string, []lab.Finding) {
	t.Helper()
	g, err := parser.Parse("note.md", []byte(note), parser.Options{Glossary: glossary(t), Prose: true})
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := newLab(t).Check(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	var edits []lab.Edit
	for _, f := range found {
		edits = append(edits, f.Edits...)
	}
	out, err := lab.Apply([]byte(note), edits)
	if err != nil {
		t.Fatal(err)
	}
	lab.WithDiffs(found, []byte(note))
	return string(out), found
}

// One mistake each, with line ends, a mark at the start, decomposed Hangul and
// blanks at line ends that must stay as they are.
const (
	brokenNote = "\ufeff# 메모 \r\n- 목록   \r\n    ```yaml\r\n    apiVersion: batch/v1\r\n    kind: Job\r\n    metadata:\r\n      name: once\r\n    spec:\r\n      template:\r\n        spec:\r\n" +
		"          restartPolicy: never   # \u1112\u1161\u11ab\u1100\u1173\u11af   \r\n          containers:\r\n          - name: once\r\n            image: busybox\r\n            command: [\"true\"]\r\n        backoffLimit: \"2\"   # \u1112\u1161\u11ab\u1100\u1173\u11af  \r\n    ```\r\n끝 \t\r\n"
	mendedNote = "\ufeff# 메모 \r\n- 목록   \r\n    ```yaml\r\n    apiVersion: batch/v1\r\n    kind: Job\r\n    metadata:\r\n      name: once\r\n    spec:\r\n      template:\r\n        spec:\r\n" +
		"          restartPolicy: Never   # \u1112\u1161\u11ab\u1100\u1173\u11af   \r\n          containers:\r\n          - name: once\r\n            image: busybox\r\n            command: [\"true\"]\r\n      backoffLimit: 2   # \u1112\u1161\u11ab\u1100\u1173\u11af  \r\n    ```\r\n끝 \t\r\n"
)

func TestFixKeepsTheRest(t *testing.T) {
	got, _ := fixed(t, brokenNote)
	if d := cmp.Diff(strings.SplitAfter(mendedNote, "\n"), strings.SplitAfter(got, "\n")); d != "" {
		t.Error(d)
	}
	again, found := fixed(t, got)
	if again != got {
		t.Error("a mended note is mended again")
	}
	for _, f := range found {
		if f.Severity == lab.SeverityError {
			t.Errorf("%s: still wrong: %s", f.Pos, f.Message)
		}
	}
}

func TestFixMends(t *testing.T) {
	const head = "```yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n"
	for _, c := range []struct{ name, note, want string }{
		{"kind", strings.Replace(head, "Service", "service", 1) + "  ports:\n  - port: 80\n```\n", head + "  ports:\n  - port: 80\n```\n"},
		{"quoted number", head + "  ports:\n  - port: \"80\" # 포트\n```\n", head + "  ports:\n  - port: 80 # 포트\n```\n"},
		{"case of a value", head + "  ports:\n  - port: 80\n    protocol: tcp\n```\n", head + "  ports:\n  - port: 80\n    protocol: TCP\n```\n"},
		{"tabs", head + "\tports:\n\t- port: 80\n```\n", head + "  ports:\n  - port: 80\n```\n"},
		{"no blank behind a colon", head + "  ports:\n  - port: 80\n  type:NodePort\n```\n", head + "  ports:\n  - port: 80\n  type: NodePort\n```\n"},
		{"text that is a number", "```yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  port: 80\n```\n", "```yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  port: \"80\"\n```\n"},
		{"old version", "```yaml\napiVersion: extensions/v1beta1\nkind: DaemonSet\nmetadata:\n  name: d\nspec:\n  template:\n    metadata:\n      labels: {app: d}\n    spec:\n      containers:\n      - {name: d, image: nginx}\n```\n",
			"```yaml\napiVersion: apps/v1\nkind: DaemonSet\nmetadata:\n  name: d\nspec:\n  selector:\n    matchLabels:\n      app: d\n  template:\n    metadata:\n      labels: {app: d}\n    spec:\n      containers:\n      - {name: d, image: nginx}\n```\n"},
		{"moved to the end", "```yaml\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    backoffLimit: 2\n    spec: {restartPolicy: Never, containers: [{name: j, image: busybox}]}\n```\n",
			"```yaml\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: j, image: busybox}]}\n  backoffLimit: 2\n```\n"},
		{"moved to the end of the note", "```yaml\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    backoffLimit: 2\n    spec: {restartPolicy: Never, containers: [{name: j, image: busybox}]}",
			"```yaml\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: j, image: busybox}]}\n  backoffLimit: 2"},
		{"no mechanical way", head + "  ports:\n  - port: 80\n    protocol: HTTP\n```\n", head + "  ports:\n  - port: 80\n    protocol: HTTP\n```\n"},
		{"no line end", head + "  ports:\n  - prot: 80", head + "  ports:\n  - port: 80"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := fixed(t, c.note)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestUnifiedDiff(t *testing.T) {
	_, found := fixed(t, brokenNote)
	got := ""
	for _, f := range found {
		got += f.Diff
	}
	want := "--- note.md\n+++ note.md\n@@ -8,11 +8,11 @@\n     spec:\r\n       template:\r\n         spec:\r\n" +
		"-          restartPolicy: never   # \u1112\u1161\u11ab\u1100\u1173\u11af   \r\n+          restartPolicy: Never   # \u1112\u1161\u11ab\u1100\u1173\u11af   \r\n" +
		"           containers:\r\n           - name: once\r\n             image: busybox\r\n             command: [\"true\"]\r\n" +
		"-        backoffLimit: \"2\"   # \u1112\u1161\u11ab\u1100\u1173\u11af  \r\n+      backoffLimit: 2   # \u1112\u1161\u11ab\u1100\u1173\u11af  \r\n     ```\r\n 끝 \t\r\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestApplyRefusesEditsThatMeet(t *testing.T) {
	if _, err := lab.Apply([]byte("a\nb\n"), []lab.Edit{{Line: 1, EndLine: 2, Model: 1, Col: 1}, {Line: 2, EndLine: 2, Model: 2, Col: 1}}); err == nil {
		t.Error("edits that meet were applied")
	}
	if _, err := lab.Apply([]byte("a\n"), []lab.Edit{{Line: 9, EndLine: 9, Model: 1, Col: 1}}); err == nil {
		t.Error("an edit past the end was applied")
	}
}
