package cluster

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gieok/sim"
	"gieok/sim/kubectl"
	"gieok/sim/transcript"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"mvdan.cc/sh/v3/syntax"
)

// A world is one of the two clusters that are compared, with a namespace of
// ours in it.
type world interface {
	// kubectl runs a command in the namespace; files lie where it runs.
	kubectl(ctx context.Context, args []string, files []transcript.File) (kubectl.Result, error)
	// rest lets happen what is due after objects were made.
	rest(ctx context.Context) error
	// objects are those of the namespace.
	objects(ctx context.Context) ([]runtime.Object, error)
}

// The names by which what is ours is known.
const (
	managedBy = "app.kubernetes.io/managed-by"
	runLabel  = "gieok-run" // its value is the namespace's own name
	us        = "gieok"
	quotaName = "gieok-limits"
)

// Bounds of a namespace of ours. They are counts only: a quota of memory would
// refuse Pods that don't say what they need.
const (
	podsMax     = "30"
	storageMax  = "10Gi"
	servicesMax = "30"
	countMax    = "50"
)

// namespaceManifest is a namespace of ours with its limits. Both worlds get
// the same.
func namespaceManifest(name string, o Options) (namespace, quota string) {
	level := "\n    pod-security.kubernetes.io/enforce: baseline"
	if o.allowsPods() {
		level = ""
	}
	balancers := "0"
	if o.allows(hazard{name: "LoadBalancer"}) {
		balancers = "5"
	}
	namespace = fmt.Sprintf(`apiVersion: v1
kind: Namespace
metadata:
  name: %s
  labels:
    %s: %s
    %s: %s%s
`, name, managedBy, us, runLabel, name, level)
	quota = fmt.Sprintf(`apiVersion: v1
kind: ResourceQuota
metadata:
  name: %s
  namespace: %s
  labels: {%s: %s}
spec:
  hard:
    pods: %q
    services: %q
    services.loadbalancers: %q
    persistentvolumeclaims: "10"
    requests.storage: %s
    configmaps: %q
    secrets: %q
    count/deployments.apps: %q
    count/jobs.batch: %q
`, quotaName, name, managedBy, us, podsMax, servicesMax, balancers, storageMax, countMax, countMax, countMax, countMax)
	return namespace, quota
}

// A simulated world is a fork of the simulator.
type simulated struct {
	cluster   *sim.Cluster
	namespace string
}

// newSimulated makes the namespace in a fork of base.
func newSimulated(ctx context.Context, base *sim.Cluster, name string, o Options) (*simulated, error) {
	s := &simulated{base.Fork(), name}
	namespace, quota := namespaceManifest(name, o)
	for _, m := range []string{namespace, quota} {
		if err := s.cluster.Apply(m); err != nil {
			return nil, fmt.Errorf("cluster: internal error: the simulator refuses our namespace: %w", err)
		}
	}
	return s, s.cluster.Advance(ctx, time.Second)
}

// catchUp makes it the time that it is in the other world, so that a CronJob is
// due in both or in none.
func (s *simulated) catchUp(ctx context.Context, now time.Time) error {
	return s.cluster.Advance(ctx, max(0, now.Sub(s.cluster.Now())))
}

func (s *simulated) kubectl(ctx context.Context, args []string, files []transcript.File) (kubectl.Result, error) {
	for _, f := range files {
		s.cluster.Desk().Put(f.Name, f.Text)
	}
	var line strings.Builder
	line.WriteString("kubectl")
	for _, a := range inNamespace(s.namespace, args) {
		q, err := syntax.Quote(a, syntax.LangBash)
		if err != nil {
			return kubectl.Result{}, fmt.Errorf("%q: %w", a, err)
		}
		line.WriteString(" " + q)
	}
	step, err := s.cluster.Exec(ctx, line.String())
	return kubectl.Result{Stdout: step.Stdout, Stderr: step.Stderr, Exit: step.Exit}, err
}

func (s *simulated) rest(ctx context.Context) error { return s.cluster.Advance(ctx, restMax) }

func (s *simulated) objects(context.Context) ([]runtime.Object, error) {
	var out []runtime.Object
	for _, o := range s.cluster.Registry().Objects() {
		if m, ok := o.Object.(metav1.Object); ok && m.GetNamespace() == s.namespace {
			out = append(out, o.Object)
		}
	}
	return out, nil
}

// inNamespace puts the namespace before a command's own words; a word after
// "--" would be the container's.
func inNamespace(namespace string, args []string) []string {
	return append([]string{"--namespace=" + namespace}, args...)
}
