package api

import (
	"net/http"
	"slices"
	"sync"

	"k8s.io/apiserver/pkg/server/healthz"
)

// started are the parts that a kube-apiserver of the release starts, by the
// names of their health checks. Those of a simulation are always well.
var started = []string{
	"poststarthook/start-apiserver-admission-initializer", "poststarthook/generic-apiserver-start-informers",
	"poststarthook/priority-and-fairness-config-consumer", "poststarthook/priority-and-fairness-filter",
	"poststarthook/storage-object-count-tracker-hook", "poststarthook/start-apiextensions-informers",
	"poststarthook/start-apiextensions-controllers", "poststarthook/crd-informer-synced",
	"poststarthook/start-system-namespaces-controller", "poststarthook/peer-endpoint-reconciler-controller",
	"poststarthook/start-cluster-authentication-info-controller", "poststarthook/start-kube-apiserver-identity-lease-controller",
	"poststarthook/start-kube-apiserver-identity-lease-garbage-collector", "poststarthook/storage-readiness",
	"poststarthook/start-legacy-token-tracking-controller", "poststarthook/start-service-ip-repair-controllers",
	"poststarthook/rbac/bootstrap-roles", "poststarthook/scheduling/bootstrap-system-priority-classes",
	"poststarthook/priority-and-fairness-config-producer", "poststarthook/bootstrap-controller",
	"poststarthook/start-kubernetes-service-cidr-controller", "poststarthook/start-kube-aggregator-informers",
	"poststarthook/apiservice-status-local-available-controller", "poststarthook/apiservice-status-remote-available-controller",
	"poststarthook/apiservice-registration-controller", "poststarthook/apiservice-discovery-controller",
	"poststarthook/kube-apiserver-autoregistration", "autoregister-completion",
	"poststarthook/apiservice-openapi-controller", "poststarthook/apiservice-openapiv3-controller",
}

// health answers /healthz, /livez and /readyz, and single checks below them, by
// upstream's handler.
var health = sync.OnceValue(func() http.Handler {
	mux := http.NewServeMux()
	alive := slices.Concat([]string{"ping", "log", "loopback-serving-certificate", "etcd"}, started)
	healthz.InstallPathHandler(paths{mux}, "/healthz", wells(alive)...)
	healthz.InstallPathHandler(paths{mux}, "/livez", wells(alive)...)
	ready := slices.Concat([]string{"ping", "log", "etcd", "etcd-readiness", "informer-sync"}, started, []string{"shutdown"})
	healthz.InstallPathHandler(paths{mux}, "/readyz", wells(ready)...)
	return mux
})

func wells(names []string) []healthz.HealthChecker {
	out := make([]healthz.HealthChecker, len(names))
	for i, name := range names {
		out[i] = healthz.NamedCheck(name, func(*http.Request) error { return nil })
	}
	return out
}
