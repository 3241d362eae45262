// Package api is the Kubernetes REST API over a registry: routing,
// negotiation, watches, tables, discovery and OpenAPI, by upstream's own
// request handlers. HTTP only.
package api

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"gieok/sim/registry"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/audit"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/deprecation"
	"k8s.io/apiserver/pkg/endpoints/filters"
	"k8s.io/apiserver/pkg/endpoints/filters/impersonation"
	"k8s.io/apiserver/pkg/endpoints/handlers"
	"k8s.io/apiserver/pkg/endpoints/handlers/responsewriters"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/client-go/applyconfigurations"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Limits of a request.
const (
	bodyBytesMax = 3 << 20        // as kube-apiserver has it
	watchTime    = 24 * time.Hour // of virtual time; kubectl ends its watches itself
)

// Logs reads what a container printed. Its error is shown to whoever asked.
type Logs interface {
	Logs(namespace, pod string, o LogOptions) (io.Reader, error)
}

// LogOptions are the query of a log request.
type LogOptions struct {
	Container string
	Previous  bool
	TailLines *int64
	SinceTime *time.Time
	LimitByte *int64
	Follow    bool
	Timestamp bool
}

// An API serves the API of one cluster.
type API struct {
	registry   *registry.Registry
	lock       sync.Locker
	containers Containers
	scopes     *Scopes
	handler    http.Handler
}

// Scopes are what requests of every cluster of a process share. The zero
// value is ready.
type Scopes struct {
	mu     sync.Mutex
	byPath map[string]*handlers.RequestScope
	once   sync.Once
	types  managedfields.TypeConverter
	old    oldOpenAPI
}

// New returns the API of a cluster. Each request holds lock, a watch only
// until it has its first events. containers may be nil.
func New(r *registry.Registry, lock sync.Locker, scopes *Scopes, containers Containers) *API {
	a := &API{registry: r, lock: lock, containers: containers, scopes: scopes}
	// Who may act as somebody else is the administrator, whom no role binds;
	// so this needs no cluster yet.
	acting := impersonation.WithImpersonation(http.HandlerFunc(a.serve), registry.Authorizer(), registry.Codecs())
	a.handler = filters.WithWarningRecorder(asAdministrator(acting))
	return a
}

// asAdministrator makes every request that of the cluster's administrator.
func asAdministrator(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		next.ServeHTTP(w, req.WithContext(request.WithUser(req.Context(), registry.Administrator())))
	})
}

// ServeHTTP answers one request of a cluster administrator, or of whom its
// impersonation headers name.
func (a *API) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	a.handler.ServeHTTP(w, req)
}

func (a *API) serve(w http.ResponseWriter, req *http.Request) {
	if a.serveStatic(w, req) {
		return
	}
	info, err := requestInfos().NewRequestInfo(req)
	if err != nil || !info.IsResourceRequest {
		http.NotFound(w, req)
		return
	}
	a.lock.Lock()
	var once sync.Once
	unlock := func() { once.Do(a.lock.Unlock) }
	defer unlock()
	ctx := request.WithRequestInfo(a.registry.With(request.WithReceivedTimestamp(req.Context(), time.Now())), info)
	ctx = registry.WithRelease(audit.WithAuditContext(ctx), unlock)
	req = req.WithContext(ctx)
	if !authorized(w, req) {
		return
	}
	gvr := schema.GroupVersionResource{Group: info.APIGroup, Version: info.APIVersion, Resource: info.Resource}
	if gvr.Group == "" && gvr.Resource == "pods" && info.Subresource == "log" {
		a.serveLog(w, req, info)
		return
	}
	if gvr.Group == "" && gvr.Resource == "pods" && info.Subresource == "exec" {
		a.serveExec(w, req, info)
		return
	}
	if gvr.Group == "" && gvr.Resource == "pods" && info.Subresource == "portforward" {
		a.serveForward(w, req, info)
		return
	}
	if a.serveMetrics(w, req, info) {
		return
	}
	e, ok := a.registry.Endpoint(gvr, info.Subresource)
	if !ok {
		a.serveOther(w, req, gvr.GroupVersion())
		return
	}
	warnDeprecated(req, e)
	h := a.route(e, info)
	if h == nil {
		fail(w, req, gvr.GroupVersion(), apierrors.NewMethodNotSupported(gvr.GroupResource(), info.Verb))
		return
	}
	if info.Verb == "create" || info.Verb == "update" || info.Verb == "patch" {
		held := &refusalWriter{ResponseWriter: w}
		defer held.finish()
		w = held
	}
	h(w, req)
}

// serveOther answers for kinds that are not built in.
func (a *API) serveOther(w http.ResponseWriter, req *http.Request, gv schema.GroupVersion) {
	unknown := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fail(w, req, gv, apierrors.NewGenericServerResponse(http.StatusNotFound, "", schema.GroupResource{}, "", "", 0, true))
	})
	h, err := a.registry.CustomHandler(unknown)
	if err != nil {
		fail(w, req, gv, apierrors.NewInternalError(err))
		return
	}
	h.ServeHTTP(w, req)
}

// authorized reports whether the user may send the request, and answers it if
// not.
func authorized(w http.ResponseWriter, req *http.Request) bool {
	attrs, err := filters.GetAuthorizerAttributes(req.Context())
	if err != nil {
		responsewriters.InternalError(w, req, err)
		return false
	}
	decision, reason, _ := registry.Authorizer().Authorize(req.Context(), attrs)
	if decision != authorizer.DecisionAllow {
		responsewriters.Forbidden(attrs, w, req, reason, registry.Codecs())
		return false
	}
	return true
}

// minorVersion is that of the release that the API is like.
const minorVersion = 37

// warnDeprecated adds the warning that each use of a deprecated type gets.
func warnDeprecated(req *http.Request, e registry.Endpoint) {
	obj, err := registry.Scheme().New(e.Kind)
	if err != nil {
		return
	}
	obj.GetObjectKind().SetGroupVersionKind(e.Kind)
	if deprecation.IsDeprecated(obj, 1, minorVersion) {
		warning.AddWarning(req.Context(), "", deprecation.WarningMessage(obj))
	}
}

func fail(w http.ResponseWriter, req *http.Request, gv schema.GroupVersion, err error) {
	responsewriters.ErrorNegotiated(err, registry.Codecs(), gv, w, req)
}

func requestInfos() *request.RequestInfoFactory {
	return &request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}
}

// route is upstream's handler for a request, nil if the storage can't do it.
func (a *API) route(e registry.Endpoint, info *request.RequestInfo) http.HandlerFunc {
	if !addressed(info) {
		return nil
	}
	scope := a.scopes.of(e)
	chain := registry.Admission()
	switch info.Verb {
	case "get":
		if s, ok := e.Storage.(rest.Getter); ok {
			return handlers.GetResource(s, scope)
		}
	case "list", "watch":
		lister, ok := e.Storage.(rest.Lister)
		watcher, _ := e.Storage.(rest.Watcher)
		if ok {
			return handlers.ListResource(lister, watcher, scope, false, watchTime)
		}
	case "create":
		if s, ok := e.Storage.(rest.NamedCreater); ok {
			return handlers.CreateNamedResource(s, scope, chain)
		}
		if s, ok := e.Storage.(rest.Creater); ok {
			return handlers.CreateResource(s, scope, chain)
		}
	case "update":
		if s, ok := e.Storage.(rest.Updater); ok {
			return handlers.UpdateResource(s, scope, chain)
		}
	case "patch":
		if s, ok := e.Storage.(rest.Patcher); ok {
			return handlers.PatchResource(s, scope, chain, []string{string(types.JSONPatchType), string(types.MergePatchType),
				string(types.StrategicMergePatchType), string(types.ApplyYAMLPatchType)})
		}
	case "delete":
		if s, ok := e.Storage.(rest.GracefulDeleter); ok {
			return handlers.DeleteResource(s, true, scope, chain)
		}
	case "deletecollection":
		if s, ok := e.Storage.(rest.CollectionDeleter); ok {
			return handlers.DeleteCollection(s, true, scope, chain)
		}
	}
	return nil
}

// addressed reports whether a verb stands with a name where it needs one, and
// without where it makes one.
func addressed(info *request.RequestInfo) bool {
	switch info.Verb {
	case "update", "patch":
		return info.Name != ""
	case "create":
		return info.Name == "" || info.Subresource != ""
	}
	return true
}

// of is the scope of an endpoint, made when it is first asked for.
func (s *Scopes) of(e registry.Endpoint) *handlers.RequestScope {
	path := e.Resource.String() + "/" + e.Subresource
	s.mu.Lock()
	defer s.mu.Unlock()
	if scope := s.byPath[path]; scope != nil {
		return scope
	}
	scheme := registry.Scheme()
	scope := &handlers.RequestScope{
		Namer:                    handlers.ContextBasedNaming{Namer: meta.NewAccessor(), ClusterScoped: !e.Namespaced},
		Serializer:               registry.Codecs(),
		ParameterCodec:           registry.ParameterCodec(),
		Creater:                  scheme,
		Convertor:                scheme,
		Defaulter:                scheme,
		Typer:                    scheme,
		UnsafeConvertor:          runtime.UnsafeObjectConvertor(scheme),
		Authorizer:               registry.Authorizer(),
		EquivalentResourceMapper: runtime.NewEquivalentResourceRegistry(),
		Resource:                 e.Resource,
		Subresource:              e.Subresource,
		Kind:                     e.Kind,
		HubGroupVersion:          schema.GroupVersion{Group: e.Kind.Group, Version: runtime.APIVersionInternal},
		MetaGroupVersion:         metav1.SchemeGroupVersion,
		MaxRequestBodyBytes:      bodyBytesMax,
	}
	if t, ok := e.Storage.(rest.TableConvertor); ok {
		scope.TableConvertor = t
	} else {
		scope.TableConvertor = rest.NewDefaultTableConvertor(e.Resource.GroupResource())
	}
	s.manageFields(scope, e)
	if s.byPath == nil {
		s.byPath = map[string]*handlers.RequestScope{}
	}
	s.byPath[path] = scope
	return scope
}

// manageFields sets the field manager of a scope, as upstream's installer does.
func (s *Scopes) manageFields(scope *handlers.RequestScope, e registry.Endpoint) {
	s.once.Do(func() { s.types = applyconfigurations.NewTypeConverter(registry.Scheme()) })
	var fields map[fieldpath.APIVersion]fieldpath.Filter
	switch storage := e.Storage.(type) {
	case rest.ResetFieldsStrategy:
		fields = fieldpath.NewExcludeFilterSetMap(storage.GetResetFields())
	case rest.ResetFieldsFilterStrategy:
		fields = storage.GetResetFieldsFilter()
	}
	types := s.types
	if e.Kind.Group == "apiextensions.k8s.io" || e.Kind.Kind == "Scale" {
		types = managedfields.NewDeducedTypeConverter() // these types are not among client-go's
	}
	m, err := managedfields.NewDefaultFieldManager(types, scope.UnsafeConvertor, scope.Defaulter, scope.Creater,
		scope.Kind, scope.HubGroupVersion, e.Subresource, fields)
	if err != nil {
		panic(fmt.Sprintf("api: internal error: field manager of %s: %v", e.Resource, err))
	}
	scope.FieldManager = m
}

// pathIs reports whether a request path is p, a trailing slash aside.
func pathIs(req *http.Request, p string) bool { return strings.TrimSuffix(req.URL.Path, "/") == p }
