package cluster

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// bodyBytesMax bounds what is sent, as the API server does.
const bodyBytesMax = 3 << 20

// A guard lets through requests about one namespace, and what a client asks of
// a server in general. It is the last thing before the network, so that no
// mistake in reading a note, and nothing that kubectl does by itself, reaches
// further.
type guard struct {
	next      http.RoundTripper
	namespace string
	options   Options
	trouble   *trouble
}

// A trouble is why a request had no answer. kubectl makes a message of it that
// looks like a server's.
type trouble struct {
	mu  sync.Mutex
	err error
}

func (t *trouble) note(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
}

// take is the first trouble since the last call.
func (t *trouble) take() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.err
	t.err = nil
	return err
}

// A RefusedError is what the guard did not let through.
type RefusedError struct{ Method, Path, Why string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("gieok: %s %s was not sent: %s", e.Method, e.Path, e.Why)
}

// RoundTrip sends a request that may be sent.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.WithContext(req.Context()) // its body may be read and replaced
	if why := g.refuses(req); why != "" {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		err := &RefusedError{req.Method, req.URL.Path, why}
		g.trouble.note(err)
		return nil, err
	}
	res, err := g.next.RoundTrip(req)
	if err != nil && req.Context().Err() == nil {
		g.trouble.note(fmt.Errorf("%w: %w", ErrUnreachable, err))
	}
	return res, err
}

// refuses says why a request is not sent, "" if it is.
func (g guard) refuses(req *http.Request) string {
	reads := req.Method == http.MethodGet
	if strings.Contains(req.URL.EscapedPath(), "%") || strings.Contains(req.URL.Path, "..") {
		return "its path is not plain"
	}
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	if isGeneral(parts) {
		if !reads {
			return "it is about no namespace"
		}
		return ""
	}
	if reads && g.namespace != "" && slices.Equal(parts, []string{"api", "v1", "namespaces", g.namespace}) {
		return "" // apply looks whether it is there
	}
	rest, ok := g.inNamespace(parts)
	switch {
	case !ok:
		return "it is not about the namespace " + g.namespace
	case reads && len(rest) == 3 && rest[2] != "log" && rest[2] != "scale" && rest[2] != "status":
		return "it opens a stream or asks for more than an object"
	case reads:
		return ""
	case len(rest) == 3 && rest[2] != "scale":
		return "it is for a part of an object"
	case req.Method == http.MethodDelete && len(rest) < 2:
		return "it deletes more than one object"
	case !g.options.Run && !slices.Equal(req.URL.Query()["dryRun"], []string{"All"}) && !dryDelete(req):
		return "it is no dry run"
	}
	return g.refusesBody(req, rest[0])
}

// isGeneral tells paths that tell what a server offers.
func isGeneral(parts []string) bool {
	switch parts[0] {
	case "version", "openapi":
		return true
	case "api":
		return len(parts) <= 2
	case "apis":
		return len(parts) <= 3
	}
	return false
}

// inNamespace is what follows the namespace in a path: resource, name and
// subresource.
func (g guard) inNamespace(parts []string) (rest []string, ok bool) {
	switch {
	case parts[0] == "api" && len(parts) > 2:
		parts = parts[2:]
	case parts[0] == "apis" && len(parts) > 3:
		parts = parts[3:]
	default:
		return nil, false
	}
	if len(parts) < 3 || len(parts) > 5 || parts[0] != "namespaces" || parts[1] != g.namespace || g.namespace == "" {
		return nil, false
	}
	return parts[2:], true
}

// refusesBody looks for hazards in what is to be stored.
func (g guard) refusesBody(req *http.Request, resource string) string {
	if req.Body == nil || req.Method == http.MethodDelete {
		return ""
	}
	if strings.Contains(req.Header.Get("Content-Type"), "json-patch") {
		return "it is a list of operations, whose fields are not to be seen"
	}
	b, err := io.ReadAll(io.LimitReader(req.Body, bodyBytesMax+1))
	_ = req.Body.Close()
	switch {
	case err != nil:
		return "it could not be read: " + err.Error()
	case len(b) > bodyBytesMax:
		return "it is larger than 3 MiB"
	}
	req.Body = io.NopCloser(bytes.NewReader(b))
	j := b
	if strings.Contains(req.Header.Get("Content-Type"), "yaml") {
		if j, err = yaml.YAMLToJSON(b); err != nil {
			return "it is no YAML"
		}
	} else if !strings.Contains(req.Header.Get("Content-Type"), "json") && req.Header.Get("Content-Type") != "" {
		return "it is no " + runtime.ContentTypeJSON
	}
	var v any
	if err := json.Unmarshal(j, &v); err != nil {
		return "it is no JSON"
	}
	if h, found := hazardIn(kindOf(resource), v, g.options); found {
		return h.name + " is not allowed"
	}
	return ""
}

// kindOf is the kind of a resource to which a hazard is tied, "" for others.
func kindOf(resource string) string {
	return map[string]string{"services": "Service", "configmaps": "ConfigMap", "secrets": "Secret", "ingresses": "Ingress", "persistentvolumeclaims": "PersistentVolumeClaim"}[resource]
}

// dryDelete tells a deletion that says in its body that it is none.
func dryDelete(req *http.Request) bool {
	if req.Method != http.MethodDelete || req.Body == nil {
		return false
	}
	b, err := io.ReadAll(io.LimitReader(req.Body, bodyBytesMax+1))
	_ = req.Body.Close()
	req.Body = io.NopCloser(bytes.NewReader(b))
	var o struct {
		DryRun []string `json:"dryRun"`
	}
	return err == nil && json.Unmarshal(b, &o) == nil && slices.Equal(o.DryRun, []string{"All"})
}
