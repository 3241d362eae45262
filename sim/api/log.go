package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// serveLog answers a log request with upstream's words where it is refused.
func (a *API) serveLog(w http.ResponseWriter, req *http.Request, info *request.RequestInfo) {
	gv := schema.GroupVersion{Version: "v1"}
	pod, ok := registry.Get[*corev1.Pod](a.registry, info.Namespace, info.Name)
	if !ok {
		fail(w, req, gv, apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, info.Name))
		return
	}
	options := &corev1.PodLogOptions{}
	if err := registry.ParameterCodec().DecodeParameters(req.URL.Query(), gv, options); err != nil {
		fail(w, req, gv, apierrors.NewBadRequest(err.Error()))
		return
	}
	container, err := logContainer(pod, options.Container)
	if err != nil {
		fail(w, req, gv, apierrors.NewBadRequest(err.Error()))
		return
	}
	o := LogOptions{Container: container, Previous: options.Previous, TailLines: options.TailLines,
		LimitByte: options.LimitBytes, Follow: options.Follow, Timestamp: options.Timestamps}
	if options.SinceTime != nil {
		o.SinceTime = &options.SinceTime.Time
	} else if s := options.SinceSeconds; s != nil {
		t := a.registry.Clock().Now().Add(-time.Duration(*s) * time.Second)
		o.SinceTime = &t
	}
	if a.containers == nil || pod.Spec.NodeName == "" {
		return // nothing runs yet: an empty log, as kube-apiserver gives
	}
	o.Follow = false // is done here
	text, err := a.containers.Logs(info.Namespace, info.Name, o)
	if err != nil {
		fail(w, req, gv, apierrors.NewBadRequest(err.Error()))
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	if _, err = io.Copy(w, text); err == nil && options.Follow && !options.Previous {
		_ = a.followLog(w, req, pod, o) // the client has gone
	}
}

// followLook is how often a followed log is looked at, in virtual time.
const followLook = time.Second

// followLog writes what a container adds to its log until it ends. The lock is
// let go meanwhile.
func (a *API) followLog(w http.ResponseWriter, req *http.Request, pod *corev1.Pod, o LogOptions) error {
	o.TailLines, o.LimitByte, o.SinceTime = nil, nil, nil
	read := func() (string, error) {
		r, err := a.containers.Logs(pod.Namespace, pod.Name, o)
		if err != nil {
			return "", err
		}
		b, err := io.ReadAll(r)
		return string(b), err
	}
	before, err := read()
	if err != nil {
		return err
	}
	flusher, _ := w.(http.Flusher)
	for {
		if flusher != nil {
			flusher.Flush()
		}
		last := !a.runs(pod, o.Container)
		text, err := read()
		if err != nil {
			return err
		}
		if more, ok := strings.CutPrefix(text, before); ok {
			if _, err := io.WriteString(w, more); err != nil {
				return err
			}
			before = text
		}
		if last {
			return nil
		}
		if err := a.sleep(req.Context(), time.Now().Add(followLook)); err != nil {
			return err
		}
	}
}

// runs reports whether the container that was asked for still runs or is yet
// to run.
func (a *API) runs(pod *corev1.Pod, container string) bool {
	now, ok := registry.Get[*corev1.Pod](a.registry, pod.Namespace, pod.Name)
	if !ok || now.UID != pod.UID {
		return false
	}
	restarts := func(p *corev1.Pod) (n int32, ended bool) {
		for _, s := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses, p.Status.EphemeralContainerStatuses) {
			if s.Name == container {
				return s.RestartCount, s.State.Terminated != nil
			}
		}
		return 0, false
	}
	then, _ := restarts(pod)
	n, ended := restarts(now)
	return n == then && !ended
}

// sleep lets the cluster's time pass until an instant, without the lock.
func (a *API) sleep(ctx context.Context, until time.Time) error {
	a.lock.Unlock()
	select {
	case <-time.After(time.Until(until)):
	case <-ctx.Done():
	}
	a.lock.Lock()
	a.registry.Clock().CatchUp(time.Now())
	return ctx.Err()
}

func logContainer(pod *corev1.Pod, name string) (string, error) {
	var names []string
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range list {
			names = append(names, c.Name)
		}
	}
	if name == "" {
		if len(names) == 1 {
			return names[0], nil
		}
		return "", fmt.Errorf("a container name must be specified for pod %s, choose one of: [%s]", pod.Name, strings.Join(names, " "))
	}
	for _, c := range pod.Spec.EphemeralContainers {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, name) {
		return "", fmt.Errorf("container %s is not valid for pod %s", name, pod.Name)
	}
	return name, nil
}
