package api

import (
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
	text, err := a.containers.Logs(info.Namespace, info.Name, o)
	if err != nil {
		fail(w, req, gv, apierrors.NewBadRequest(err.Error()))
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.Copy(w, text) // the client has gone
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
	if !slices.Contains(names, name) {
		return "", fmt.Errorf("container %s is not valid for pod %s", name, pod.Name)
	}
	return name, nil
}
