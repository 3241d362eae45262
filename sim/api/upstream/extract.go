//go:build ignore

// Extract makes the openapi_*.json.gz files and swagger.json.gz of this folder
// from the Kubernetes source: the documents of api/openapi-spec, with the
// enumerations that a running server adds to them. Run it as `go run extract.go` in this folder,
// after a change of the version of k8s.io/kubernetes in go.mod.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// groups are the documents that the simulator serves.
var groups = []string{
	"api/v1", "apis/admissionregistration.k8s.io/v1", "apis/apiextensions.k8s.io/v1", "apis/apps/v1", "apis/authentication.k8s.io/v1",
	"apis/authorization.k8s.io/v1", "apis/autoscaling/v1", "apis/autoscaling/v2", "apis/batch/v1", "apis/certificates.k8s.io/v1",
	"apis/coordination.k8s.io/v1", "apis/discovery.k8s.io/v1", "apis/events.k8s.io/v1", "apis/networking.k8s.io/v1", "apis/node.k8s.io/v1",
	"apis/policy/v1", "apis/rbac.authorization.k8s.io/v1", "apis/scheduling.k8s.io/v1", "apis/storage.k8s.io/v1",
}

func main() {
	log.SetFlags(0)
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes").Output()
	check(err)
	root := strings.TrimSpace(string(out))
	enums := readEnums(filepath.Join(root, "pkg/generated/openapi/zz_generated.openapi.go"))
	used := 0
	for _, g := range groups {
		name := strings.ReplaceAll(g, "/", "__")
		b, err := os.ReadFile(filepath.Join(root, "api/openapi-spec/v3", name+"_openapi.json"))
		if os.IsNotExist(err) {
			log.Fatalf("%s: Kubernetes ships no such document", g)
		}
		check(err)
		var doc map[string]any
		check(json.Unmarshal(b, &doc))
		used += addEnums(doc["components"].(map[string]any)["schemas"].(map[string]any), enums)
		check(write("openapi_"+name+".json.gz", doc))
	}
	used += extractSwagger(root, enums)
	log.Printf("%d enumerations", used)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// An enum is what the generated Go code says of a field and its file does not.
type enum struct {
	description string
	values      []any
	of          string // "" for the field itself, or "items", "additionalProperties"
}

// readEnums finds the enumerations by model name and field.
func readEnums(file string) map[string]map[string]enum {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	check(err)
	all := map[string]map[string]enum{}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		model, ok := strings.CutPrefix(fn.Name.Name, "schema_k8sio_")
		if !ok {
			continue
		}
		model = "io.k8s." + strings.ReplaceAll(model, "_", ".")
		ast.Inspect(fn, func(n ast.Node) bool {
			kv, ok := n.(*ast.KeyValueExpr)
			if !ok || !isIdent(kv.Key, "Properties") {
				return true
			}
			for _, e := range kv.Value.(*ast.CompositeLit).Elts {
				property := e.(*ast.KeyValueExpr)
				if found, ok := enumOf(property.Value, ""); ok {
					if all[model] == nil {
						all[model] = map[string]enum{}
					}
					all[model][text(property.Key)] = found
				}
			}
			return false
		})
	}
	return all
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// enumOf reads a spec.Schema literal.
func enumOf(e ast.Expr, of string) (found enum, ok bool) {
	if u, isPointer := e.(*ast.UnaryExpr); isPointer {
		e = u.X
	}
	lit, isLit := e.(*ast.CompositeLit)
	if !isLit {
		return enum{}, false
	}
	found.of = of
	for _, el := range lit.Elts {
		kv, isKV := el.(*ast.KeyValueExpr)
		if !isKV {
			continue
		}
		switch key := kv.Key.(*ast.Ident).Name; key {
		case "Description":
			found.description = text(kv.Value)
		case "Enum":
			ok = true
			for _, v := range kv.Value.(*ast.CompositeLit).Elts {
				found.values = append(found.values, text(v))
			}
		case "SchemaProps", "Schema":
			if inner, has := enumOf(kv.Value, of); has {
				return inner, true
			}
		case "Items", "AdditionalProperties":
			place := map[string]string{"Items": "items", "AdditionalProperties": "additionalProperties"}[key]
			if inner, has := enumOf(kv.Value, place); has {
				// The words stand with the list.
				inner.description = found.description
				return inner, true
			}
		}
	}
	return found, ok
}

func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		log.Fatalf("not a literal: %T", e)
	}
	s, err := strconv.Unquote(lit.Value)
	check(err)
	return s
}

// extractSwagger makes the one document of OpenAPI v2, which clients read for
// what kinds look like and whether they can be patched in a dry run: of the
// groups that are served, the patches and the definitions that they reach.
func extractSwagger(root string, enums map[string]map[string]enum) int {
	b, err := os.ReadFile(filepath.Join(root, "api/openapi-spec/swagger.json"))
	check(err)
	var doc map[string]any
	check(json.Unmarshal(b, &doc))
	all, paths := doc["definitions"].(map[string]any), map[string]any{}
	for path, v := range doc["paths"].(map[string]any) {
		item := v.(map[string]any)
		served := slices.ContainsFunc(groups, func(g string) bool { return strings.HasPrefix(path, "/"+g+"/") })
		if patch, ok := item["patch"]; ok && served {
			paths[path] = map[string]any{"patch": patch, "parameters": item["parameters"]}
		}
	}
	reached := map[string]any{}
	reach(paths, all, reached)
	doc["paths"], doc["definitions"] = paths, reached
	n := addEnums(reached, enums)
	check(write("swagger.json.gz", doc))
	return n
}

// reach adds the definitions that v refers to, and those that they refer to.
func reach(v any, all, reached map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			ref, _ := inner.(string)
			name, ok := strings.CutPrefix(ref, "#/definitions/")
			if key != "$ref" || !ok {
				reach(inner, all, reached)
			} else if _, known := reached[name]; !known {
				reached[name] = all[name]
				reach(all[name], all, reached)
			}
		}
	case []any:
		for _, inner := range v {
			reach(inner, all, reached)
		}
	}
}

// addEnums writes the enumerations into the schemas of a document.
func addEnums(schemas map[string]any, enums map[string]map[string]enum) int {
	n := 0
	for model, schema := range schemas {
		properties, _ := schema.(map[string]any)["properties"].(map[string]any)
		for field, e := range enums[model] {
			p, ok := properties[field].(map[string]any)
			if !ok {
				continue
			}
			if e.description != "" {
				p["description"] = e.description
			}
			if e.of != "" {
				if p, ok = p[e.of].(map[string]any); !ok {
					continue
				}
			}
			p["enum"] = e.values
			n++
		}
	}
	return n
}

func write(name string, doc any) error {
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(b); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(name, out.Bytes(), 0o644)
}
