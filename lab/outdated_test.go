package lab

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gieok/content"
	"gieok/parser"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

func ownLab(t testing.TB) *Lab {
	t.Helper()
	src, err := content.FS.ReadFile("glossary/terms.json")
	if err != nil {
		t.Fatal(err)
	}
	var terms []parser.Term
	if err := json.Unmarshal(src, &terms); err != nil {
		t.Fatal(err)
	}
	l, err := New(t.Context(), Options{Content: content.FS, Glossary: terms})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What the table says of a command or a manifest, our kubectl and API server
// must say as well: that it fails, or that it is deprecated.
func TestOutdatedRowsAreSo(t *testing.T) {
	l := ownLab(t)
	tried := 0
	for _, r := range outdatedRows() {
		if r.source == "" || r.says == "" || r.fix == "" {
			t.Errorf("%s: a row without source, statement or advice", r.match)
		}
		if r.example == "" {
			continue
		}
		tried++
		if text := r.example; !slices.ContainsFunc(strings.Split(text, "\n"), r.match.MatchString) && !strings.Contains(text, "nodeSelector: {") {
			t.Errorf("%s does not match its example", r.match)
		}
		w := l.fork()
		line := r.example
		if r.place == inYAML {
			w.Desk().Put(noteFile, r.example)
			line = "kubectl apply -f " + noteFile
		} else if err := w.Apply("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}}\n"); err != nil {
			t.Fatal(err)
		}
		step, err := w.Exec(t.Context(), line)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case r.gone && step.Exit == 0:
			t.Errorf("%s: it works today", r.example)
		case !r.gone && (step.Exit != 0 || !strings.Contains(step.Stderr, "deprecated")):
			t.Errorf("%s: exit %d, no warning of a deprecation: %s", r.example, step.Exit, step.Stderr)
		}
	}
	if tried < 15 {
		t.Errorf("only %d rows have an example", tried)
	}
}

// A version that is said to be removed is not served; its successor is.
func TestRemovedVersionsAreNotServed(t *testing.T) {
	l := ownLab(t)
	removed := 0
	check := func(gvk schema.GroupVersionKind) {
		gone, ok := removedVersion(gvk)
		if !ok {
			return
		}
		removed++
		manifest := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: web}\n", gvk.GroupVersion(), gvk.Kind)
		words, refusal, err := tryDocument(t.Context(), l.fork(), manifest)
		if err != nil {
			t.Fatal(err)
		}
		if refusal == nil || !strings.Contains(words, "no matches for kind") {
			t.Errorf("%s is said to be gone since %s, and the server says: %v %s", gvk, gone.release, refusal, words)
		}
	}
	for _, k := range removedKinds() {
		check(schema.GroupVersionKind{Group: k.group, Version: k.version, Kind: k.kind})
	}
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if !strings.HasSuffix(gvk.Kind, "List") && !strings.HasSuffix(gvk.Kind, "Options") && gvk.Version != "__internal" && gvk.Kind != "Scale" && gvk.Kind != "Eviction" && gvk.Kind != "DeploymentRollback" {
			check(gvk)
		}
	}
	if removed < 20 {
		t.Errorf("only %d removed kinds", removed)
	}
	if r, ok := removedVersion(schema.GroupVersionKind{Group: "batch", Version: "v1", Kind: "Job"}); ok {
		t.Errorf("batch/v1 Job is said to be gone since %s", r.release)
	}
}

// What an experiment calls wrong is not what it says.
func TestExperimentsDoNotContradictThemselves(t *testing.T) {
	all, err := ownLab(t).Experiments()
	if err != nil {
		t.Fatal(err)
	}
	withWrong := 0
	for _, e := range all {
		if e.wrong == nil {
			continue
		}
		withWrong++
		doubt := denied
		if e.Unless != nil {
			doubt = e.Unless
		}
		for _, right := range []string{e.Says, e.Fix} {
			if e.wrong.MatchString(right) && !doubt.MatchString(right) {
				t.Errorf("%s calls wrong what it says itself: %s", e.Name, right)
			}
		}
	}
	if withWrong < 35 {
		t.Errorf("only %d experiments know a mistake", withWrong)
	}
}
