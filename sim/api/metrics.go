package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"

	"gieok/sim/registry"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/request"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// metricsGroup describes what the metrics server serves, as discovery does.
func metricsGroup() apidiscoveryv2.APIGroupDiscovery {
	kind := func(resource, kind string, scope apidiscoveryv2.ResourceScope) apidiscoveryv2.APIResourceDiscovery {
		return apidiscoveryv2.APIResourceDiscovery{Resource: resource, Scope: scope, Verbs: []string{"get", "list"},
			ResponseKind: &metav1.GroupVersionKind{Group: metricsv1beta1.GroupName, Version: "v1beta1", Kind: kind}}
	}
	return apidiscoveryv2.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: metricsv1beta1.GroupName}, Versions: []apidiscoveryv2.APIVersionDiscovery{{
		Version: "v1beta1", Freshness: apidiscoveryv2.DiscoveryFreshnessCurrent,
		Resources: []apidiscoveryv2.APIResourceDiscovery{
			kind("nodes", "NodeMetrics", apidiscoveryv2.ScopeCluster), kind("pods", "PodMetrics", apidiscoveryv2.ScopeNamespace)}}}}
}

// serveMetrics answers for metrics.k8s.io, and reports whether it has.
func (a *API) serveMetrics(w http.ResponseWriter, req *http.Request, info *request.RequestInfo) bool {
	if info.APIGroup != metricsv1beta1.GroupName || info.APIVersion != "v1beta1" || !registry.MetricsServer().Running(a.registry) {
		return false
	}
	gr := schema.GroupResource{Group: info.APIGroup, Resource: info.Resource}
	gv := schema.GroupVersion{Version: "v1"} // of a Status
	if info.Subresource != "" || info.Resource != "pods" && info.Resource != "nodes" {
		return false
	}
	if info.Verb != "get" && info.Verb != "list" {
		fail(w, req, gv, apierrors.NewMethodNotSupported(gr, info.Verb))
		return true
	}
	selector, err := labels.Parse(req.URL.Query().Get("labelSelector"))
	if err != nil {
		fail(w, req, gv, apierrors.NewBadRequest(err.Error()))
		return true
	}
	items := a.metrics(info, selector)
	var body any
	switch {
	case info.Verb == "get":
		i := slices.IndexFunc(items, func(m metricsItem) bool { return m.meta.Name == info.Name })
		if i < 0 {
			fail(w, req, gv, a.noMetrics(info))
			return true
		}
		items = items[i : i+1]
		body = items[0].object
	default:
		list := metricsList{TypeMeta: metav1.TypeMeta{Kind: "NodeMetricsList", APIVersion: metricsv1beta1.SchemeGroupVersion.String()}, Items: []any{}}
		if info.Resource == "pods" {
			list.Kind = "PodMetricsList"
		}
		for _, m := range items {
			list.Items = append(list.Items, m.object)
		}
		body = list
	}
	if wantsTable(req) {
		body = metricsTable(items)
	}
	b, err := json.Marshal(body)
	if err != nil {
		fail(w, req, gv, apierrors.NewInternalError(err))
		return true
	}
	writeJSON(w, "application/json", b)
	return true
}

// noMetrics is the metrics server's error for a Pod or node that is not there,
// or of which it knows nothing.
func (a *API) noMetrics(info *request.RequestInfo) error {
	kind, what, name := "Pod", "podmetrics", info.Namespace+"/"+info.Name
	if info.Resource == "nodes" {
		kind, what, name = "Node", "nodemetrics", info.Name
	}
	if _, ok := a.registry.GetObject(schema.GroupKind{Kind: kind}, info.Namespace, info.Name); !ok {
		return apierrors.NewNotFound(schema.GroupResource{Resource: info.Resource}, info.Name)
	}
	return apierrors.NewNotFound(schema.GroupResource{Group: info.APIGroup, Resource: what}, name)
}

type metricsList struct {
	metav1.TypeMeta
	metav1.ListMeta `json:"metadata"`
	Items           []any `json:"items"`
}

// A metricsItem is one answer of the metrics server.
type metricsItem struct {
	meta   metav1.ObjectMeta
	window metav1.Duration
	usage  corev1.ResourceList // of all containers together
	object any
}

func (a *API) metrics(info *request.RequestInfo, selector labels.Selector) (items []metricsItem) {
	if info.Resource == "nodes" {
		for _, m := range a.registry.NodeMetrics(selector) {
			items = append(items, metricsItem{m.ObjectMeta, m.Window, m.Usage, m})
		}
		return items
	}
	for _, m := range a.registry.PodMetrics(info.Namespace, selector) {
		total := corev1.ResourceList{}
		for _, c := range m.Containers {
			for name, q := range c.Usage {
				sum := total[name]
				sum.Add(q)
				total[name] = sum
			}
		}
		items = append(items, metricsItem{m.ObjectMeta, m.Window, total, m})
	}
	return items
}

func wantsTable(req *http.Request) bool {
	for _, part := range strings.Split(req.Header.Get("Accept"), ",") {
		if _, params, err := mime.ParseMediaType(part); err == nil && params["as"] == "Table" {
			return true
		}
	}
	return false
}

// metricsTable is the table that `kubectl get` shows.
func metricsTable(items []metricsItem) metav1.Table {
	t := metav1.Table{TypeMeta: metav1.TypeMeta{Kind: "Table", APIVersion: "meta.k8s.io/v1"}, Rows: []metav1.TableRow{},
		ColumnDefinitions: []metav1.TableColumnDefinition{{Name: "Name", Type: "string", Format: "name"}, {Name: "cpu", Type: "string"},
			{Name: "memory", Type: "string"}, {Name: "Window", Type: "string", Format: "duration"}}}
	for _, m := range items {
		t.Rows = append(t.Rows, metav1.TableRow{
			Cells: []any{m.meta.Name, m.usage.Cpu().String(), m.usage.Memory().String(), m.window.Duration.String()},
			Object: runtime.RawExtension{Object: &metav1.PartialObjectMetadata{
				TypeMeta: metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: "meta.k8s.io/v1"}, ObjectMeta: m.meta}}})
	}
	return t
}
