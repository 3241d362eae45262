// Package cluster compares the simulator with a real cluster, that of a
// kubeconfig: it runs the snippets and commands of notes on both and tells
// where they differ. It is the only part of the program that reads a
// kubeconfig and reaches a network, and nothing of the simulator knows it.
//
// Notes are text from anywhere. What keeps a cluster safe from them is, from
// the outside in:
//
//   - a plan (plan.go) that takes only what is on its lists: namespaced kinds
//     of Kubernetes itself without hazards (hazard.go), and a few verbs of
//     kubectl with a few of their flags (command.go); all else is listed as
//     skipped;
//   - a namespace of our own (live.go), with a ResourceQuota and the baseline
//     level of the Pod Security Standards, which the server holds to whatever
//     we have overlooked;
//   - a guard before the network (guard.go), through which no request leaves
//     that is about anything outside of that namespace, or that would change
//     something in a dry run.
package cluster

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

// Limits of what is done with a cluster.
const (
	requestTimeMax = 30 * time.Second
	queriesASecond = 50
)

// A Target is a cluster that a context of a kubeconfig names. Nothing has been
// sent to it before Open.
type Target struct {
	Context, Server string
	config          *rest.Config
}

// Load finds a context. kubeconfig names a file, "" those that kubectl would
// read: KUBECONFIG, or the one of the home folder.
func Load(kubeconfig, context string) (*Target, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	raw, err := rules.Load()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	if raw.Contexts[context] == nil {
		have := slices.Sorted(maps.Keys(raw.Contexts))
		if len(have) == 0 {
			return nil, fmt.Errorf("--context %s: kubeconfig에 컨텍스트가 없습니다. --kubeconfig FILE이나 KUBECONFIG로 알려 주세요", context)
		}
		return nil, fmt.Errorf("--context %s: 그런 컨텍스트가 없습니다. 있는 것: %s", context, strings.Join(have, ", "))
	}
	// Without the check above, client-go would fall back on the cluster that
	// the program itself may run in.
	config, err := clientcmd.NewNonInteractiveClientConfig(*raw, context, &clientcmd.ConfigOverrides{}, rules).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("--context %s: %w", context, err)
	}
	config.QPS, config.Burst, config.Timeout = queriesASecond, 2*queriesASecond, requestTimeMax
	config.UserAgent = "gieok-check"
	// The guard reads what is sent.
	config.ContentType, config.AcceptContentTypes = runtime.ContentTypeJSON, runtime.ContentTypeJSON
	return &Target{Context: context, Server: config.Host, config: config}, nil
}

// A Live cluster is a target that has answered.
type Live struct {
	*Target
	Version string // of the server, such as "v1.37.2"
	clients kubernetes.Interface
	mapper  meta.RESTMapper
}

// ErrUnreachable is for a cluster that does not answer.
var ErrUnreachable = errors.New("클러스터에 닿지 못했습니다")

// Open asks the cluster what it is and which kinds it has.
func (t *Target) Open() (*Live, error) {
	clients, err := kubernetes.NewForConfig(t.config)
	if err != nil {
		return nil, fmt.Errorf("--context %s: %w", t.Context, err)
	}
	v, err := clients.Discovery().ServerVersion()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, t.Server, err)
	}
	cached := memory.NewMemCacheClient(clients.Discovery())
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, func(string) {})
	return &Live{Target: t, Version: v.GitVersion, clients: clients, mapper: mapper}, nil
}
