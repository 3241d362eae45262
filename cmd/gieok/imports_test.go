package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// edges says who may import whom, as STYLE draws it and docs/architecture.md
// repeats it. A new edge is drawn there in the same commit, with its reason.
var edges = map[string][]string{
	"cmd/gieok":        {"*"},
	"quiz/term":        {"quiz", "quiz/prompt", "cards", "korean", "sim/transcript", "review"},
	"lab/term":         {"lab", "sim", "quiz/prompt", "sim/transcript"},
	"quiz":             {"cards", "korean", "review"},
	"output/pdf":       {"cards", "parser", "korean", "sim/transcript", "review"},
	"output/graph":     {"cards", "parser", "korean", "sim/transcript", "review"},
	"output/sarif":     {},
	"output/text":      {"cards", "parser", "korean", "sim/transcript", "review"},
	"cards/kind":       {"cards", "lab", "parser", "korean", "prefilter", "sim/transcript"},
	"lab":              {"parser", "sim", "content", "korean", "sim/transcript"},
	"lab/cluster":      {"lab", "parser", "korean", "sim", "sim/kubectl", "sim/transcript"},
	"sim":              {"sim/*"},
	"sim/serve":        {"sim", "sim/api", "sim/clock"},
	"sim/desk":         {"sim/kubectl", "sim/container", "sim/clock"},
	"sim/kubectl":      {"sim/api", "sim/clock"},
	"sim/api":          {"sim/registry", "sim/clock"},
	"sim/controller":   {"sim/registry", "sim/clock"},
	"sim/scheduler":    {"sim/registry", "sim/clock"},
	"sim/node":         {"sim/registry", "sim/clock", "sim/container", "sim/network"},
	"sim/container":    {"sim/clock"},
	"sim/network":      {"sim/registry", "sim/clock"},
	"sim/registry":     {"sim/store", "sim/clock"},
	"parser":           {"korean", "prefilter"},
	"review/store":     {"review", "cards"},
	"cards":            {"sim/transcript", "korean", "prefilter"},
	"quiz/prompt":      {"korean"},
	"content":          {},
	"content/glossary": {},
	"korean":           {"prefilter"},
	"prefilter":        {},
	"config":           {},
	"cache":            {},
	"review":           {},
	"sim/clock":        {},
	"sim/store":        {},
	"sim/transcript":   {},
}

// owners says which of our packages alone may import a library.
var owners = []struct {
	library string // its path or a prefix that ends with a slash
	in      []string
}{
	{"github.com/yuin/goldmark", []string{"parser"}},
	{"github.com/manifoldco/promptui", []string{"quiz/prompt"}},
	{"github.com/jung-kurt/gofpdf", []string{"output/pdf"}},
	{"github.com/BurntSushi/toml", []string{"config"}},
	{"modernc.org/sqlite", []string{"review/store", "output/anki"}},
	{"k8s.io/kubernetes/", []string{"sim/registry"}},
	// Upstream's request handlers are the API; hand-made ones would only
	// come near their words (docs/architecture.md, "The control plane").
	{"k8s.io/apiserver/", []string{"sim/registry", "sim/api"}},
	// Who reads a kubeconfig can reach a real cluster; sim/kubectl has it for
	// `kubectl config`, on a file of its own.
	{"k8s.io/client-go/tools/clientcmd", []string{"lab/cluster", "sim/kubectl"}},
	{"k8s.io/kubectl/", []string{"sim/kubectl"}},
	{"testing/synctest", []string{"sim/clock"}},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func ourPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "gieok/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImports(t *testing.T) {
	all := ourPackages(t)
	if len(all) < 20 {
		t.Fatalf("only %d packages: is the list whole?", len(all))
	}
	for _, p := range all {
		name := strings.TrimPrefix(p.ImportPath, "gieok/")
		allowed, known := edges[name]
		if !known {
			t.Errorf("package %s is not in the list", name)
			continue
		}
		for _, i := range p.Imports {
			if ours, ok := strings.CutPrefix(i, "gieok/"); ok && !allows(allowed, ours) {
				t.Errorf("%s imports %s, which is not drawn", name, ours)
			}
			for _, o := range owners {
				if (i == strings.TrimSuffix(o.library, "/") || strings.HasPrefix(i, strings.TrimSuffix(o.library, "/")+"/")) && !slices.Contains(o.in, name) {
					t.Errorf("%s imports %s, which belongs to %v", name, i, o.in)
				}
			}
		}
	}
}

func allows(allowed []string, name string) bool {
	for _, a := range allowed {
		if a == "*" || a == name || strings.HasSuffix(a, "/*") && strings.HasPrefix(name, strings.TrimSuffix(a, "*")) {
			return true
		}
	}
	return false
}
