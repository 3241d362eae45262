package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"gieok/sim/registry"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Kinds changes whenever the API offers other kinds than before; it is "" for
// those that every cluster has.
func (a *API) Kinds() string {
	a.lock.Lock()
	defer a.lock.Unlock()
	key := a.registry.DefinitionsKey()
	if registry.MetricsServer().Running(a.registry) {
		key += " metrics"
	}
	return key
}

// serveCustom answers for the descriptions of kinds that not every cluster
// has, if there are any.
func (a *API) serveCustom(w http.ResponseWriter, req *http.Request) bool {
	if a.registry == nil {
		return false
	}
	openAPI := strings.HasPrefix(req.URL.Path, "/openapi/v3")
	if !openAPI && !pathIs(req, "/apis") {
		return false
	}
	a.lock.Lock()
	definitions, metrics := a.registry.Definitions(), registry.MetricsServer().Running(a.registry)
	a.lock.Unlock()
	if len(definitions) == 0 && (!metrics || openAPI) {
		return false
	}
	if openAPI {
		return serveCustomOpenAPI(w, req, definitions)
	}
	b, err := readUpstream("discovery.json")
	if err != nil {
		return false
	}
	var list map[string]any
	if json.Unmarshal(b, &list) != nil {
		return false
	}
	items, _ := list["items"].([]any)
	for _, g := range customGroups(definitions) {
		items = append(items, g)
	}
	if metrics {
		items = append(items, metricsGroup())
	}
	list["items"] = items
	if b, err = json.Marshal(list); err != nil {
		return false
	}
	writeJSON(w, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", b)
	return true
}

// customGroups describes custom kinds as discovery does.
func customGroups(definitions []*apiextensionsv1.CustomResourceDefinition) []apidiscoveryv2.APIGroupDiscovery {
	var groups []apidiscoveryv2.APIGroupDiscovery
	place := func(group, version string) *apidiscoveryv2.APIVersionDiscovery {
		var g *apidiscoveryv2.APIGroupDiscovery
		for i := range groups {
			if groups[i].Name == group {
				g = &groups[i]
			}
		}
		if g == nil {
			groups = append(groups, apidiscoveryv2.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: group}})
			g = &groups[len(groups)-1]
		}
		for i := range g.Versions {
			if g.Versions[i].Version == version {
				return &g.Versions[i]
			}
		}
		g.Versions = append(g.Versions, apidiscoveryv2.APIVersionDiscovery{Version: version, Freshness: apidiscoveryv2.DiscoveryFreshnessCurrent})
		return &g.Versions[len(g.Versions)-1]
	}
	for _, d := range definitions {
		for _, v := range d.Spec.Versions {
			if v.Served {
				p := place(d.Spec.Group, v.Name)
				p.Resources = append(p.Resources, customResource(d, v))
			}
		}
	}
	return groups
}

func customResource(d *apiextensionsv1.CustomResourceDefinition, v apiextensionsv1.CustomResourceDefinitionVersion) apidiscoveryv2.APIResourceDiscovery {
	names := d.Status.AcceptedNames
	r := apidiscoveryv2.APIResourceDiscovery{
		Resource: names.Plural, SingularResource: names.Singular, ShortNames: names.ShortNames, Categories: names.Categories,
		ResponseKind: &metav1.GroupVersionKind{Group: d.Spec.Group, Version: v.Name, Kind: names.Kind},
		Scope:        apidiscoveryv2.ScopeNamespace,
		Verbs:        []string{"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"},
	}
	if d.Spec.Scope == apiextensionsv1.ClusterScoped {
		r.Scope = apidiscoveryv2.ScopeCluster
	}
	sub := func(name string, kind metav1.GroupVersionKind) {
		r.Subresources = append(r.Subresources, apidiscoveryv2.APISubresourceDiscovery{Subresource: name, ResponseKind: &kind, Verbs: []string{"get", "patch", "update"}})
	}
	if s := v.Subresources; s != nil && s.Status != nil {
		sub("status", *r.ResponseKind)
	}
	if s := v.Subresources; s != nil && s.Scale != nil {
		sub("scale", metav1.GroupVersionKind{Group: "autoscaling", Version: "v1", Kind: "Scale"})
	}
	return r
}

// serveCustomOpenAPI answers for the documents of custom kinds, and for the
// index with them.
func serveCustomOpenAPI(w http.ResponseWriter, req *http.Request, definitions []*apiextensionsv1.CustomResourceDefinition) bool {
	if pathIs(req, "/openapi/v3") {
		var extra []string
		for _, g := range customGroups(definitions) {
			for _, v := range g.Versions {
				extra = append(extra, "apis/"+g.Name+"/"+v.Version)
			}
		}
		writeJSON(w, "application/json", openAPIIndex(extra...))
		return true
	}
	for _, d := range definitions {
		for _, v := range d.Spec.Versions {
			// One definition a group and version is described; more are rare.
			if v.Served && pathIs(req, "/openapi/v3/apis/"+d.Spec.Group+"/"+v.Name) {
				doc, err := builder.BuildOpenAPIV3(d, v.Name, builder.Options{})
				if err != nil {
					return false
				}
				b, err := json.Marshal(doc)
				if err != nil {
					return false
				}
				writeJSON(w, "application/json", b)
				return true
			}
		}
	}
	return false
}
