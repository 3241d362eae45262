package kubectl

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"gieok/sim/api"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	openapiclient "k8s.io/client-go/openapi"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/util/openapi"
	"k8s.io/kubectl/pkg/validation"
)

// Shared is what every kubectl of a process has in common: what the API
// offers, which no cluster changes. It holds no channel or timer, so that it
// may be used from one bubble after another.
type Shared struct {
	discovery discovery.CachedDiscoveryInterface
	mapper    meta.RESTMapper
	std       stdFiles // used with process held
}

// prepared guards what upstream's packages have one of in a process.
var prepared sync.Once

// prepare quiets upstream's logging for its developers, and its error handlers, one of which sleeps until a time that it remembers, which
// may be another bubble's.
func prepare() {
	prepareSignals()
	setLog()
	klog.OsExit = func(code int) { panic(exited{code}) }
	utilruntime.ErrorHandlers = nil
}

// NewShared reads what the API offers. Call it outside a bubble.
func NewShared() (*Shared, error) {
	prepared.Do(prepare)
	return newShared(api.Static())
}

func newShared(handler http.Handler) (*Shared, error) {
	config := &rest.Config{Host: serverAddress, QPS: -1, Transport: api.Transport{API: handler}}
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	cached := ordered{memory.NewMemCacheClient(client)}
	return &Shared{discovery: cached, mapper: restmapper.NewDeferredDiscoveryRESTMapper(cached)}, nil
}

// A getter is what kubectl's commands get their clients from. It reads no
// file and no environment.
type getter struct {
	flags      *genericclioptions.ConfigFlags
	config     *rest.Config
	kubeconfig Config
	shared     *Shared
	errOut     io.Writer
}

func (g *getter) ToRESTConfig() (*rest.Config, error) {
	c := rest.CopyConfig(g.config)
	if g.flags.Timeout != nil && *g.flags.Timeout != "" && *g.flags.Timeout != "0" {
		d, err := time.ParseDuration(*g.flags.Timeout)
		if err != nil {
			if d, err = time.ParseDuration(*g.flags.Timeout + "s"); err != nil {
				return nil, err
			}
		}
		c.Timeout = d
	}
	if err := g.actAs(c); err != nil {
		return nil, err
	}
	return c, nil
}

// actAs sends requests as whom --as and its like name.
func (g *getter) actAs(c *rest.Config) error {
	if g.flags.Impersonate != nil {
		c.Impersonate.UserName = *g.flags.Impersonate
	}
	if g.flags.ImpersonateUID != nil {
		c.Impersonate.UID = *g.flags.ImpersonateUID
	}
	if g.flags.ImpersonateGroup != nil {
		c.Impersonate.Groups = *g.flags.ImpersonateGroup
	}
	if g.flags.ImpersonateUserExtra == nil {
		return nil
	}
	for _, extra := range *g.flags.ImpersonateUserExtra {
		key, value, ok := strings.Cut(extra, "=")
		if !ok {
			return fmt.Errorf("impersonation user extra %q: want KEY=VALUE", extra)
		}
		if c.Impersonate.Extra == nil {
			c.Impersonate.Extra = map[string][]string{}
		}
		c.Impersonate.Extra[key] = append(c.Impersonate.Extra[key], value)
	}
	return nil
}

func (g *getter) ToDiscoveryClient() (discovery.CachedDiscoveryInterface, error) {
	return g.shared.discovery, nil
}

func (g *getter) ToRESTMapper() (meta.RESTMapper, error) {
	return restmapper.NewShortcutExpander(g.shared.mapper, g.shared.discovery, func(warning string) {
		fmt.Fprintf(g.errOut, "Warning: %s\n", warning)
	}), nil
}

func (g *getter) ToRawKubeConfigLoader() clientcmd.ClientConfig {
	overrides := &clientcmd.ConfigOverrides{}
	if g.flags.Namespace != nil {
		overrides.Context.Namespace = *g.flags.Namespace
	}
	return clientcmd.NewDefaultClientConfig(*g.kubeconfig.Config, overrides)
}

// noNetwork keeps exec and its like, which dial by themselves and ignore the
// transport, from the host's network.
func noNetwork(*http.Request) (*url.URL, error) {
	return nil, errors.New("the simulator runs no streams into containers")
}

// A factory leaves out what costs much and changes nothing here: the server
// validates fields itself, so kubectl need not ask its schemas whether it does.
type factory struct {
	cmdutil.Factory
	openAPI bool
}

func (f factory) Validator(directive string) (validation.Schema, error) {
	if directive == metav1.FieldValidationIgnore {
		return validation.NullSchema{}, nil
	}
	return validation.NewParamVerifyingSchema(validation.NullSchema{}, supported{}, directive), nil
}

// supported says that the server validates the fields of every kind.
type supported struct{}

func (supported) HasSupport(schema.GroupVersionKind) error { return nil }

// errNoSchemas makes apply fall back on the types it was built with.
var errNoSchemas = errors.New("schemas are read by explain only")

func (f factory) OpenAPIV3Client() (openapiclient.Client, error) {
	if !f.openAPI {
		return nil, errNoSchemas
	}
	return f.Factory.OpenAPIV3Client()
}

func (f factory) OpenAPISchema() (openapi.Resources, error) {
	if !f.openAPI {
		return nil, errNoSchemas
	}
	return f.Factory.OpenAPISchema()
}
