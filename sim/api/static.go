package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/version"
)

// upstream holds what the Kubernetes source ships of its API's description.
//
//go:embed upstream/*.gz
var upstream embed.FS

// Version is the release that the API is like.
const Version = "v1.37.2"

// serveStatic answers what does not depend on a cluster's objects.
func (a *API) serveStatic(w http.ResponseWriter, req *http.Request) bool {
	if a.serveCustom(w, req) {
		return true
	}
	switch {
	case pathIs(req, "/api"):
		writeFile(w, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", "discovery_core.json")
	case pathIs(req, "/api/v1"):
		writeFile(w, "application/json", "api__v1.json")
	case pathIs(req, "/apis"):
		writeFile(w, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", "discovery.json")
	case pathIs(req, "/version"):
		writeVersion(w)
	case pathIs(req, "/openapi/v2"):
		a.scopes.old.ServeHTTP(w, req)
	case pathIs(req, "/openapi/v3"):
		writeJSON(w, "application/json", openAPIIndex())
	case strings.HasPrefix(req.URL.Path, "/openapi/v3/"):
		name := "openapi_" + strings.ReplaceAll(strings.TrimPrefix(req.URL.Path, "/openapi/v3/"), "/", "__") + ".json"
		writeFile(w, "application/json", name)
	case strings.HasPrefix(req.URL.Path, "/healthz"), strings.HasPrefix(req.URL.Path, "/readyz"), strings.HasPrefix(req.URL.Path, "/livez"):
		health().ServeHTTP(w, req)
	default:
		return false
	}
	return true
}

// Release is what a program of the release that the API is like says of its
// build, where upstream's own build would have set it.
func Release() version.Info {
	return version.Info{Major: "1", Minor: strconv.Itoa(minorVersion), GitVersion: Version, GitCommit: "unknown", GitTreeState: "clean",
		BuildDate: "1970-01-01T00:00:00Z", GoVersion: runtime.Version(), Compiler: runtime.Compiler, Platform: "linux/amd64"}
}

// writeVersion answers what the server is, indented as upstream does.
func writeVersion(w http.ResponseWriter) {
	info := Release()
	info.EmulationMajor, info.EmulationMinor = info.Major, info.Minor
	info.MinCompatibilityMajor, info.MinCompatibilityMinor = info.Major, strconv.Itoa(minorVersion-1)
	b, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		panic("api: internal error: " + err.Error())
	}
	writeJSON(w, "application/json", b)
}

func writeJSON(w http.ResponseWriter, contentType string, b []byte) {
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(b) // the client has gone
}

func writeFile(w http.ResponseWriter, contentType, name string) {
	b, err := readUpstream(name)
	if err != nil {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	writeJSON(w, contentType, b)
}

// upstreamBytesMax bounds what an embedded file unpacks to.
const upstreamBytesMax = 16 << 20

func readUpstream(name string) ([]byte, error) {
	b, err := upstream.ReadFile("upstream/" + name + ".gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, upstreamBytesMax))
}

// openAPIIndex lists the OpenAPI documents, with a hash as clients ask for it,
// and more ones, which may change.
func openAPIIndex(more ...string) []byte {
	type entry struct {
		URL string `json:"serverRelativeURL"`
	}
	paths := map[string]entry{}
	files, err := upstream.ReadDir("upstream")
	if err != nil {
		panic("api: internal error: " + err.Error())
	}
	for _, f := range files {
		name, ok := strings.CutPrefix(f.Name(), "openapi_")
		if !ok {
			continue
		}
		path := strings.ReplaceAll(strings.TrimSuffix(name, ".json.gz"), "__", "/")
		paths[path] = entry{URL: fmt.Sprintf("/openapi/v3/%s?hash=%X", path, sha256.Sum256([]byte(Version+path)))}
	}
	for _, path := range more {
		paths[path] = entry{URL: "/openapi/v3/" + path}
	}
	b, err := json.Marshal(map[string]any{"paths": paths})
	if err != nil {
		panic("api: internal error: " + err.Error())
	}
	return b
}

// Static answers what does not depend on a cluster's objects, and nothing else.
func Static() http.Handler {
	a := &API{scopes: &Scopes{}}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !a.serveStatic(w, req) {
			http.NotFound(w, req)
		}
	})
}
