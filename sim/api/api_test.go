package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gieok/sim/clock"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A world is a cluster without controllers behind a transport.
type world struct {
	t  *testing.T
	r  *registry.Registry
	mu sync.Mutex
	rt Transport
}

// inWorld runs f in the time of a new cluster.
func inWorld(t *testing.T, f func(w *world)) {
	t.Helper()
	q := clock.NewQueue(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	w := &world{t: t, r: registry.New(q, 1)}
	w.rt = Transport{API: New(w.r, &w.mu, &Scopes{}, nil)}
	_, err := clock.Bubble(q.Now(), func() error {
		for _, name := range []string{"default", "kube-system", "kube-public"} {
			if _, err := registry.Create(w.r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
				return err
			}
		}
		if err := registry.CreateDefaultRoles(w.r); err != nil {
			return err
		}
		f(w)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) send(ctx context.Context, method, path, body string, head ...string) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, "https://127.0.0.1"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	res, err := w.rt.RoundTrip(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res
}

// do sends a request and returns its code and body.
func (w *world) do(method, path, body string, head ...string) (int, string) {
	w.t.Helper()
	res := w.send(context.Background(), method, path, body, head...)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

const configMaps = "/api/v1/namespaces/default/configmaps"

func (w *world) create(name string) string {
	w.t.Helper()
	code, body := w.do("POST", configMaps, fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q}}`, name))
	var c corev1.ConfigMap
	if err := json.Unmarshal([]byte(body), &c); err != nil || code != http.StatusCreated {
		w.t.Fatalf("%d %s %v", code, body, err)
	}
	return c.ResourceVersion
}

func TestRequests(t *testing.T) {
	inWorld(t, func(w *world) {
		w.create("a")
		as := func(who string) []string { return []string{"Impersonate-User", who} }
		for _, c := range []struct {
			name, method, path, body string
			head                     []string
			code                     int
			want                     string
		}{
			{"get", "GET", configMaps + "/a", "", nil, 200, `"name":"a"`},
			{"missing", "GET", configMaps + "/b", "", nil, 404, `configmaps \"b\" not found`},
			{"unknown path", "GET", "/nope", "", nil, 404, ""},
			{"unknown resource", "GET", "/api/v1/nopes", "", nil, 404, "could not find the requested resource"},
			{"verb", "PUT", "/api/v1/namespaces/default/configmaps", "{}", nil, 405, ""},
			{"dry run", "POST", configMaps + "?dryRun=All", `{"metadata":{"name":"dry"}}`, nil, 201, `"name":"dry"`},
			{"dry run leaves nothing", "GET", configMaps + "/dry", "", nil, 404, ""},
			{"strict", "POST", configMaps + "?fieldValidation=Strict", `{"metadata":{"name":"s"},"dat":{}}`, nil, 400, "unknown field"},
			{"ignored", "POST", configMaps + "?fieldValidation=Ignore&dryRun=All", `{"metadata":{"name":"s"},"dat":{}}`, nil, 201, ""},
			{"field selector", "GET", configMaps + "?fieldSelector=metadata.name%3Da", "", nil, 200, `"name":"a"`},
			{"unknown field selector", "GET", configMaps + "?fieldSelector=spec.x%3Da", "", nil, 400, "is not a known field selector"},
			{"table", "GET", configMaps, "", []string{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}, 200, `"kind":"Table"`},
			{"too large", "POST", configMaps, `{"metadata":{"name":"l"},"data":{"k":"` + strings.Repeat("x", bodyBytesMax) + `"}}`, nil, 413, ""},
			{"jane may not", "GET", configMaps, "", as("jane"), 403, `User \"jane\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"`},
			{"nobody without a name", "GET", configMaps, "", []string{"Impersonate-Group", "x"}, 400, "without impersonating a user"},
			{"apis", "GET", "/apis", "", nil, 200, `"name":"apps"`},
			{"openapi", "GET", "/openapi/v3/apis/apps/v1", "", nil, 200, `"enum":["Recreate","RollingUpdate"]`},
			{"openapi v2", "GET", "/openapi/v2", "", []string{"Accept", "application/json"}, 200, `"io.k8s.api.apps.v1.DeploymentStrategy":{"description"`},
			{"openapi v2 in another form", "GET", "/openapi/v2", "", []string{"Accept", "text/plain"}, 406, ""},
		} {
			code, body := w.do(c.method, c.path, c.body, c.head...)
			if code != c.code || !strings.Contains(body, c.want) {
				t.Errorf("%s: got %d %.300s, want %d with %q", c.name, code, body, c.code, c.want)
			}
		}
	})
}

func TestPaging(t *testing.T) {
	inWorld(t, func(w *world) {
		for i := range 7 {
			w.create(fmt.Sprintf("c%d", i))
		}
		var names []string
		next := ""
		for range 10 {
			_, body := w.do("GET", configMaps+"?limit=3&continue="+next, "")
			var list corev1.ConfigMapList
			if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Items) > 3 {
				t.Fatalf("%s: %v", body, err)
			}
			for _, c := range list.Items {
				names = append(names, c.Name)
			}
			if next = list.Continue; next == "" {
				break
			}
			if left := *list.RemainingItemCount; left != int64(7-len(names)) {
				t.Errorf("%d are said to be left after %d", left, len(names))
			}
		}
		if got := strings.Join(names, " "); got != "c0 c1 c2 c3 c4 c5 c6" {
			t.Errorf("got %s", got)
		}
		if code, _ := w.do("GET", configMaps+"?limit=3&continue=nonsense", ""); code != http.StatusBadRequest {
			t.Errorf("a wrong token: %d", code)
		}
	})
}

// An event of a watch, as far as these tests look.
type event struct {
	Type   string
	Object struct {
		Metadata metav1.ObjectMeta
		Code     int
	}
}

// watch reads n events and closes the watch.
func (w *world) watch(query string, n int, meanwhile func()) []string {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	res := w.send(ctx, "GET", configMaps+"?watch=true&"+query, "")
	defer res.Body.Close()
	if meanwhile != nil {
		meanwhile()
	}
	var out []string
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for len(out) < n && lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			w.t.Fatalf("%s: %v", lines.Text(), err)
		}
		text := e.Type + " " + e.Object.Metadata.Name
		if e.Object.Metadata.Annotations[metav1.InitialEventsAnnotationKey] == "true" {
			text += "initial-end"
		}
		if e.Object.Code != 0 {
			text += fmt.Sprint(e.Object.Code)
		}
		out = append(out, text)
	}
	return out
}

func TestWatch(t *testing.T) {
	inWorld(t, func(w *world) {
		w.create("a")
		version := w.create("b")
		patch := func(name, labels string) {
			if code, body := w.do("PATCH", configMaps+"/"+name, `{"metadata":{"labels":`+labels+`}}`, "Content-Type", "application/merge-patch+json"); code != 200 {
				t.Fatalf("%d %s", code, body)
			}
		}
		for _, c := range []struct {
			name, query string
			meanwhile   func()
			want        string
		}{
			{"from nowhere: what is there, then what comes", "", func() { w.create("c") }, "ADDED a, ADDED b, ADDED c"},
			{"from a version: what came after it", "resourceVersion=" + version, nil, "ADDED c"},
			{"initial events end with a bookmark", "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", nil,
				"ADDED a, ADDED b, ADDED c, BOOKMARK initial-end"},
			{"one that starts and stops matching", "labelSelector=x", func() {
				patch("a", `{"x":"1"}`)
				patch("a", `{"x":"2"}`)
				patch("a", `{"x":null}`)
			}, "ADDED a, MODIFIED a, DELETED a"},
			{"deleted", "fieldSelector=metadata.name%3Db", func() { w.do("DELETE", configMaps+"/b", "") }, "ADDED b, DELETED b"},
		} {
			n := strings.Count(c.want, ",") + 1
			if got := strings.Join(w.watch(c.query, n, c.meanwhile), ", "); got != c.want {
				t.Errorf("%s: got %s, want %s", c.name, got, c.want)
			}
		}
	})
}

// TestWatchTooOld: a version whose changes are forgotten is 410 Gone, so that
// clients list again.
func TestWatchTooOld(t *testing.T) {
	inWorld(t, func(w *world) {
		version := w.create("a")
		for i := range 11_000 { // more than the store remembers
			if err := registry.Mutate(w.r, "default", "a", func(c *corev1.ConfigMap) { c.Data = map[string]string{"k": fmt.Sprint(i)} }); err != nil {
				t.Fatal(err)
			}
		}
		code, body := w.do("GET", configMaps+"?watch=true&resourceVersion="+version, "")
		if code != http.StatusGone && !strings.Contains(body, `"code":410`) {
			t.Errorf("got %d %.300s", code, body)
		}
	})
}

// TestTransportEnds: a request whose context has ended is not sent, and an
// open watch ends with its context. The bubble would not end otherwise.
func TestTransportEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		res := w.send(ctx, "GET", configMaps+"?watch=true", "")
		time.AfterFunc(time.Hour, cancel)
		if b, err := io.ReadAll(res.Body); len(b) > 0 || err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the watch gave %q, %v", b, err)
		}
		req, err := http.NewRequestWithContext(ctx, "GET", "https://127.0.0.1"+configMaps, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.rt.RoundTrip(req); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended request: %v", err)
		}
	})
}

// TestCustomKinds: a definition makes a kind whose schema holds.
func TestCustomKinds(t *testing.T) {
	const definition = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"things.example.com"},
"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","singular":"thing","kind":"Thing"},
"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
"properties":{"size":{"type":"integer","maximum":3,"default":1}}}}}}}]}}`
	const things = "/apis/example.com/v1/namespaces/default/things"
	thing := func(name, spec string) string {
		return fmt.Sprintf(`{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":%q},"spec":%s}`, name, spec)
	}
	inWorld(t, func(w *world) {
		if code, _ := w.do("GET", things, ""); code != http.StatusNotFound {
			t.Errorf("before the definition: %d", code)
		}
		if code, body := w.do("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition); code != http.StatusCreated {
			t.Fatalf("%d %s", code, body)
		}
		for _, c := range []struct {
			name, method, path, body string
			code                     int
			want                     string
		}{
			{"defaults", "POST", things, thing("a", "{}"), 201, `"size":1`},
			{"pruned", "POST", things, thing("b", `{"colour":"red"}`), 201, `"spec":{"size":1}`},
			{"too large", "POST", things, thing("c", `{"size":4}`), 422, "should be less than or equal to 3"},
			{"wrong type", "POST", things, thing("d", `{"size":"x"}`), 422, "must be of type integer"},
			{"list", "GET", things, "", 200, `"kind":"ThingList"`},
			{"discovered", "GET", "/apis", "", 200, `"resource":"things"`},
			{"described", "GET", "/openapi/v3/apis/example.com/v1", "", 200, "com.example.v1.Thing"},
			{"deleted", "DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com", "", 200, ""},
			{"gone", "GET", things, "", 404, ""},
		} {
			code, body := w.do(c.method, c.path, c.body)
			if code != c.code || !strings.Contains(body, c.want) {
				t.Errorf("%s: got %d %.400s, want %d with %q", c.name, code, body, c.code, c.want)
			}
		}
		for _, o := range w.r.Objects() {
			if o.GVK.Group == "example.com" {
				t.Errorf("%s outlives its definition", o.GVK)
			}
		}
	})
}
