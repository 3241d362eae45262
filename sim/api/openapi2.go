package api

import (
	"encoding/json"
	"net/http"
	"sync"

	"k8s.io/kube-openapi/pkg/handler"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// An oldOpenAPI answers clients that know no OpenAPI v3, as kubectl before 1.27,
// by upstream's own handler. Kinds of the cluster's own are not in it.
type oldOpenAPI struct {
	once sync.Once
	mux  *http.ServeMux
}

func (o *oldOpenAPI) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	o.once.Do(func() {
		b, err := readUpstream("swagger.json")
		var doc spec.Swagger
		if err == nil {
			err = json.Unmarshal(b, &doc)
		}
		if err != nil {
			panic("api: internal error: swagger.json: " + err.Error())
		}
		o.mux = http.NewServeMux()
		handler.NewOpenAPIService(&doc).RegisterOpenAPIVersionedService("/openapi/v2", paths{o.mux})
	})
	o.mux.ServeHTTP(w, req)
}

// paths is a mux as upstream wants it.
type paths struct{ *http.ServeMux }

func (p paths) HandlePrefix(path string, h http.Handler) { p.Handle(path, h) }
