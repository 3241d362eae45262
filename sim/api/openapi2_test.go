package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	"google.golang.org/protobuf/proto"
)

// TestOldOpenAPI reads the description as kubectl before 1.27 does: in
// protobuf, for whether a kind can be patched in a dry run and has its fields
// validated by the server.
func TestOldOpenAPI(t *testing.T) {
	for _, accept := range []string{"application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"} {
		req := httptest.NewRequest(http.MethodGet, "/openapi/v2", nil)
		req.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		(&oldOpenAPI{}).ServeHTTP(w, req)
		var doc openapi_v2.Document
		if err := proto.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: status %d, %v", accept, w.Code, err)
		}
		var names []string
		for _, path := range doc.GetPaths().GetPath() {
			if path.GetName() == "/apis/apps/v1/namespaces/{namespace}/deployments/{name}" {
				for _, p := range path.GetValue().GetPatch().GetParameters() {
					names = append(names, p.GetParameter().GetNonBodyParameter().GetQueryParameterSubSchema().GetName())
				}
			}
		}
		if all := strings.Join(names, " "); !strings.Contains(all, "dryRun") || !strings.Contains(all, "fieldValidation") {
			t.Errorf("%s: a Deployment is patched with %s", accept, all)
		}
		if n := len(doc.GetDefinitions().GetAdditionalProperties()); n < 300 {
			t.Errorf("%s: only %d definitions", accept, n)
		}
	}
}
