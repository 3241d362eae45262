package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// aggregatedType is what clients that know aggregated discovery ask for.
const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

// Discovery answers for clients that know no aggregated discovery in the older
// forms, which it makes of the aggregated ones of next. All else is next's.
func Discovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var answer any
		if req.Method == http.MethodGet && !asksForAggregated(req.Header.Get("Accept")) {
			answer = olderDiscovery(next, req)
		}
		if answer == nil {
			next.ServeHTTP(w, req)
			return
		}
		b, err := json.Marshal(answer)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeJSON(w, "application/json", b)
	})
}

func asksForAggregated(accept string) bool {
	for kind := range strings.SplitSeq(accept, ",") {
		if strings.Contains(kind, "as=APIGroupDiscoveryList") && strings.Contains(kind, "v=v2") && !strings.Contains(kind, "v2beta") {
			return true
		}
	}
	return false
}

// olderDiscovery is the answer in the older forms, nil if the path is none of
// theirs.
func olderDiscovery(next http.Handler, req *http.Request) any {
	path := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	switch {
	case len(path) == 1 && path[0] == "api":
		return metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"},
			ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: req.Host}}}
	case len(path) == 2 && path[0] == "api" && path[1] == "v1":
		for _, g := range aggregated(req.Context(), next, "/api") {
			return resourceList("v1", g.Versions[0])
		}
	case len(path) > 3 || path[0] != "apis":
		return nil
	}
	list := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	for _, g := range aggregated(req.Context(), next, "/apis") {
		group := groupOf(g)
		list.Groups = append(list.Groups, group)
		if len(path) == 1 || g.Name != path[1] {
			continue
		}
		if len(path) == 2 {
			group.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
			return group
		}
		for _, v := range g.Versions {
			if v.Version == path[2] {
				return resourceList(g.Name+"/"+v.Version, v)
			}
		}
	}
	if len(path) > 1 {
		return nil
	}
	return list
}

// aggregated asks next for the aggregated document at path.
func aggregated(ctx context.Context, next http.Handler, path string) []apidiscoveryv2.APIGroupDiscovery {
	req := (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Header: http.Header{"Accept": {aggregatedType}}, Body: http.NoBody}).WithContext(ctx)
	w := &answer{header: http.Header{}}
	next.ServeHTTP(w, req)
	var list apidiscoveryv2.APIGroupDiscoveryList
	if json.NewDecoder(bytes.NewReader(w.body.Bytes())).Decode(&list) != nil {
		return nil
	}
	return list.Items
}

func groupOf(g apidiscoveryv2.APIGroupDiscovery) metav1.APIGroup {
	group := metav1.APIGroup{Name: g.Name}
	for _, v := range g.Versions {
		group.Versions = append(group.Versions, metav1.GroupVersionForDiscovery{GroupVersion: g.Name + "/" + v.Version, Version: v.Version})
	}
	if len(group.Versions) > 0 {
		group.PreferredVersion = group.Versions[0]
	}
	return group
}

func resourceList(groupVersion string, v apidiscoveryv2.APIVersionDiscovery) metav1.APIResourceList {
	list := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: groupVersion}
	for _, r := range v.Resources {
		base := metav1.APIResource{Name: r.Resource, SingularName: r.SingularResource, Namespaced: r.Scope == apidiscoveryv2.ScopeNamespace,
			Verbs: r.Verbs, ShortNames: r.ShortNames, Categories: r.Categories}
		list.APIResources = append(list.APIResources, withKind(base, r.ResponseKind))
		for _, s := range r.Subresources {
			sub := metav1.APIResource{Name: r.Resource + "/" + s.Subresource, Namespaced: base.Namespaced, Verbs: s.Verbs}
			list.APIResources = append(list.APIResources, withKind(sub, s.ResponseKind))
		}
	}
	return list
}

// withKind names the kind of a resource. Where the aggregated document leaves
// group and version out, they are the list's own.
func withKind(r metav1.APIResource, k *metav1.GroupVersionKind) metav1.APIResource {
	if k != nil {
		r.Group, r.Version, r.Kind = k.Group, k.Version, k.Kind
	}
	return r
}
