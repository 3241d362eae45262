package lab_test

import (
	"path"
	"strings"
	"testing"

	"gieok/content"
	"gieok/lab"
)

// manifests are what operators work on: every fixture, and one that has more
// of what can be broken.
func manifests(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{"rich": richPod}
	files, err := content.FS.ReadDir("fixtures")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		src, err := content.FS.ReadFile(path.Join("fixtures", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = string(src)
	}
	return out
}

const richPod = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop   # 가게
spec:
  restartPolicy: OnFailure
  containers:
  - name: web
    image: nginx:1.27
    ports:
    - containerPort: 80
    env:
    - name: COLOR
      valueFrom:
        configMapKeyRef:
          name: settings
          key: color
          optional: true
    - name: LEVEL
      value: "3"
    resources:
      requests:
        memory: 64Mi
        cpu: 100m
      limits:
        memory: 128Mi
    readinessProbe:
      httpGet:
        path: /
        port: 80
    volumeMounts:
    - name: cache
      mountPath: /cache
  volumes:
  - name: cache
    emptyDir: {}
`

// Every operator changes something, says what, and leaves an outcome that the
// lab can name; all of them find something to change in some manifest.
func TestMutations(t *testing.T) {
	l := newLab(t)
	used := map[string]bool{}
	for name, text := range manifests(t) {
		before, err := l.RunText(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if before.Rejected {
			t.Fatalf("%s is rejected: %s", name, before.Message)
		}
		seen := map[string]bool{}
		for _, m := range l.Mutate(lab.Manifest{Text: text}) {
			used[m.Operator] = true
			if m.Text == text || m.Says == "" || m.Path == "" {
				t.Errorf("%s: %s at %q changes or says nothing", name, m.Operator, m.Path)
			}
			if seen[m.Text] {
				continue
			}
			seen[m.Text] = true
			o, err := l.RunText(t.Context(), m.Text)
			if err != nil {
				t.Fatalf("%s: %s at %s: %v\n%s", name, m.Operator, m.Path, err, m.Text)
			}
			if len(o.Unknown) == 0 && o.Summary == "" || o.Rejected && o.Message == "" {
				t.Errorf("%s: %s at %s: nothing to say of %q", name, m.Operator, m.Path, o.Class)
			}
			mustReject(t, name, m, o)
		}
	}
	for _, op := range operatorNames() {
		if !used[op] {
			t.Errorf("operator %s was never used", op)
		}
	}
}

// mustReject holds the operators whose every use the server or kubectl refuses.
func mustReject(t *testing.T, name string, m lab.Mutation, o lab.Outcome) {
	t.Helper()
	want := map[string]string{
		"misspell":  "unknown field|required|matches for kind|not set|missing|name may not be empty",
		"namespace": `namespaces "missing" not found`,
		"tab":       "yaml",
		"kind":      "no matches for kind|no kind",
	}[m.Operator]
	if want == "" {
		return
	}
	if m.Operator == "namespace" && strings.Contains(name, "around") {
		return
	}
	ok := false
	for _, w := range strings.Split(want, "|") {
		ok = ok || strings.Contains(strings.ToLower(o.Message), strings.ToLower(w))
	}
	if !o.Rejected || !ok {
		t.Errorf("%s: %s at %s: rejected %v: %s", name, m.Operator, m.Path, o.Rejected, o.Message)
	}
}

func operatorNames() []string {
	return strings.Fields("drop misspell outdent type selector replicas image restart-policy namespace reference port api-version kind name command request node-selector tab")
}

// The same manifest gives the same mutations in the same order.
func TestMutationsAreDeterministic(t *testing.T) {
	l := newLab(t)
	a, b := l.Mutate(lab.Manifest{Text: richPod}), l.Mutate(lab.Manifest{Text: richPod})
	if len(a) != len(b) {
		t.Fatalf("%d and %d", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("%d: %v and %v", i, a[i], b[i])
		}
	}
}

// A repair undoes what a slip of the hand did; the server accepts each.
func TestRepairUndoesSlips(t *testing.T) {
	l := newLab(t)
	tried, undone := 0, 0
	for name, text := range manifests(t) {
		for _, m := range l.Mutate(lab.Manifest{Text: text}) {
			if m.Operator != "misspell" && m.Operator != "outdent" {
				continue
			}
			o, err := l.RunText(t.Context(), m.Text)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(o.Message, "unknown field") {
				continue
			}
			tried++
			defer func(m lab.Mutation) {}(m)
			fixed, ok, err := l.Repair(t.Context(), m.Text)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				continue
			}
			if strings.TrimSpace(fixed) == strings.TrimSpace(text) {
				undone++
			}
			if o, err := l.RunText(t.Context(), fixed); err != nil || o.Rejected {
				t.Errorf("%s: %s at %s: the repair is refused: %s", name, m.Operator, m.Path, o.Message)
			}
		}
	}
	t.Logf("%d of %d slips undone to the letter", undone, tried)
	if undone*10 < tried*9 {
		t.Errorf("only %d of %d slips are undone", undone, tried)
	}
}
