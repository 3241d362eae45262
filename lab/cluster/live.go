package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"gieok/sim/kubectl"
	"gieok/sim/transcript"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// How long is waited for a real cluster.
const (
	lookEvery    = time.Second
	readyTimeMax = 30 * time.Second // for a new namespace to be furnished
	restMax      = 30 * time.Second // for Pods to be ready before a command
	removeMax    = 2 * time.Minute  // for a namespace to go
)

// A reached world is a namespace of ours in a real cluster.
type reached struct {
	live    *Live
	options Options
	name    string
	run     *kubectl.Remote
	files   folder
	trouble trouble
}

// A folder is the files that a command may name.
type folder map[string]string

// Names lists the files in order.
func (f folder) Names() []string {
	var out []string
	for name := range f {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Read is the text of a file.
func (f folder) Read(name string) (string, bool) {
	text, ok := f[name]
	return text, ok
}

// newReached makes a namespace. What it made it also removes if it fails; left
// says what stayed nevertheless.
func newReached(ctx context.Context, l *Live, name string, o Options) (w *reached, left []string, err error) {
	w = &reached{live: l, options: o, name: name, files: folder{}}
	config := rest.CopyConfig(l.config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return guard{next: next, namespace: name, options: o, trouble: &w.trouble}
	})
	if w.run, err = kubectl.NewRemote(config); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	namespace, quota := w.manifests()
	_, err = l.clients.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if said := apierrors.APIStatus(nil); errors.As(err, &said) && said.Status().Code < http.StatusInternalServerError {
		return nil, nil, fmt.Errorf("네임스페이스 %s: %w", name, err) // there is none of ours
	}
	if err == nil {
		err = w.furnish(ctx, quota)
	}
	if err != nil {
		return nil, w.remove(ctx), fmt.Errorf("네임스페이스 %s: %w", name, err)
	}
	return w, nil, nil
}

func (w *reached) manifests() (*corev1.Namespace, *corev1.ResourceQuota) {
	namespace, quota := namespaceManifest(w.name, w.options)
	var ns corev1.Namespace
	var q corev1.ResourceQuota
	if err := errors.Join(yaml.UnmarshalStrict([]byte(namespace), &ns), yaml.UnmarshalStrict([]byte(quota), &q)); err != nil {
		panic("cluster: internal error: " + err.Error())
	}
	return &ns, &q
}

// furnish makes the quota, and waits until it is in force and Pods may be made.
func (w *reached) furnish(ctx context.Context, quota *corev1.ResourceQuota) error {
	core := w.live.clients.CoreV1()
	if _, err := core.ResourceQuotas(w.name).Create(ctx, quota, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.until(ctx, readyTimeMax, func() (bool, error) {
		got, err := core.ResourceQuotas(w.name).Get(ctx, quotaName, metav1.GetOptions{})
		if err != nil || len(got.Status.Hard) == 0 {
			return false, err
		}
		_, err = core.ServiceAccounts(w.name).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, ignoreMissing(err)
	})
}

func ignoreMissing(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// errSlow says that a wait was too long.
var errSlow = errors.New("제때 준비되지 않았습니다")

// until looks again and again until done, for at most limit.
func (w *reached) until(ctx context.Context, limit time.Duration, done func() (bool, error)) error {
	for waited := time.Duration(0); ; waited += lookEvery {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if waited >= limit {
			return errSlow
		}
		if err := w.options.Wait(ctx, lookEvery); err != nil {
			return err
		}
	}
}

func (w *reached) kubectl(ctx context.Context, args []string, files []transcript.File) (kubectl.Result, error) {
	for _, f := range files {
		w.files[f.Name] = f.Text
	}
	w.trouble.take()
	res, err := w.run.Run(ctx, inNamespace(w.name, args), w.files)
	if t := w.trouble.take(); t != nil && err == nil {
		err = t
	}
	return res, err
}

// rest waits until no Pod is on its way, for at most restMax.
func (w *reached) rest(ctx context.Context) error {
	err := w.until(ctx, restMax, func() (bool, error) {
		pods, err := w.live.clients.CoreV1().Pods(w.name).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		return !slices.ContainsFunc(pods.Items, func(p corev1.Pod) bool {
			return p.Status.Phase == corev1.PodPending || p.Status.Phase == corev1.PodRunning && !isReady(p)
		}), nil
	})
	if errors.Is(err, errSlow) {
		return nil
	}
	return err
}

func isReady(p corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// objects are those that lab.Observe tells of.
func (w *reached) objects(ctx context.Context) ([]runtime.Object, error) {
	var out []runtime.Object
	core, apps, batch := w.live.clients.CoreV1(), w.live.clients.AppsV1(), w.live.clients.BatchV1()
	var o metav1.ListOptions
	err := errors.Join(
		gather(&out, func() (runtime.Object, error) { return core.Pods(w.name).List(ctx, o) }),
		gather(&out, func() (runtime.Object, error) { return core.Services(w.name).List(ctx, o) }),
		gather(&out, func() (runtime.Object, error) { return core.PersistentVolumeClaims(w.name).List(ctx, o) }),
		gather(&out, func() (runtime.Object, error) {
			return w.live.clients.DiscoveryV1().EndpointSlices(w.name).List(ctx, o)
		}),
		gather(&out, func() (runtime.Object, error) { return apps.Deployments(w.name).List(ctx, o) }),
		gather(&out, func() (runtime.Object, error) { return apps.ReplicaSets(w.name).List(ctx, o) }),
		gather(&out, func() (runtime.Object, error) { return apps.StatefulSets(w.name).List(ctx, o) }),
		gather(&out, func() (runtime.Object, error) { return apps.DaemonSets(w.name).List(ctx, o) }),
		gather(&out, func() (runtime.Object, error) { return batch.Jobs(w.name).List(ctx, o) }),
		gather(&out, func() (runtime.Object, error) { return batch.CronJobs(w.name).List(ctx, o) }),
	)
	return out, err
}

// gather appends the items of a list.
func gather(out *[]runtime.Object, list func() (runtime.Object, error)) error {
	l, err := list()
	if err != nil {
		return err
	}
	items, err := meta.ExtractList(l)
	*out = append(*out, items...)
	return err
}

// remove removes the namespace and waits until it has gone. It goes on when
// ctx has ended, for at most removeMax. What it returns is what stayed, in
// Korean.
func (w *reached) remove(ctx context.Context) (left []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeMax)
	defer cancel()
	namespaces := w.live.clients.CoreV1().Namespaces()
	var last *corev1.Namespace
	var failed error
	err := w.until(ctx, removeMax, func() (bool, error) {
		ns, err := namespaces.Get(ctx, w.name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return true, nil
		case err != nil:
			failed = err
			return false, nil
		case ns.Labels[runLabel] != w.name:
			return false, fmt.Errorf("네임스페이스 %s의 표지가 달라져 지우지 않습니다", w.name)
		}
		last = ns
		if ns.DeletionTimestamp == nil {
			uid := ns.UID
			failed = ignoreMissing(namespaces.Delete(ctx, w.name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}}))
		}
		return false, nil
	})
	left = w.volumesLeft(ctx)
	if err == nil {
		return left
	}
	if !errors.Is(err, errSlow) && !errors.Is(err, context.DeadlineExceeded) {
		failed = err
	}
	return append(w.namespaceLeft(last, failed), left...)
}

// namespaceLeft says why the namespace is still there.
func (w *reached) namespaceLeft(ns *corev1.Namespace, failed error) []string {
	out := []string{fmt.Sprintf("네임스페이스 %s. 지우려면: kubectl --context %s delete namespace %s", w.name, w.live.Context, w.name)}
	if failed != nil {
		out = append(out, failed.Error())
	}
	if ns == nil {
		return out
	}
	for _, c := range ns.Status.Conditions {
		if c.Status == corev1.ConditionTrue {
			out = append(out, string(c.Type)+": "+c.Message)
		}
	}
	return out
}

// volumesLeft names the volumes that claims of ours were bound to and that are
// kept.
func (w *reached) volumesLeft(ctx context.Context) []string {
	if !w.options.Run {
		return nil
	}
	list, err := w.live.clients.CoreV1().PersistentVolumes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil // who may not list them can't have made any but by a claim
	}
	var out []string
	for _, v := range list.Items {
		if v.Spec.ClaimRef != nil && v.Spec.ClaimRef.Namespace == w.name {
			out = append(out, fmt.Sprintf("PersistentVolume %s (%s)", v.Name, v.Spec.PersistentVolumeReclaimPolicy))
		}
	}
	return out
}

// Leftovers names namespaces of ours of earlier runs that are still there.
func (l *Live) Leftovers(ctx context.Context) []string {
	list, err := l.clients.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: managedBy + "=" + us + "," + runLabel})
	if err != nil {
		return nil
	}
	var out []string
	for _, ns := range list.Items {
		out = append(out, ns.Name)
	}
	return out
}
