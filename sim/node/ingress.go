package node

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"gieok/sim/container"
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// The ingress controller is ingress-nginx on the first node, with the ports 80
// and 443 of that node, as minikube and kind run it.
const (
	ingressActor = "nginx-ingress-controller"
	ingressSpace = "ingress-nginx"
	ingressClass = "nginx"
	ingressKind  = "k8s.io/ingress-nginx"
	ingressNode  = "worker-1"
	ingressPort  = 80
	ingressTime  = time.Second
	ingressRule  = "nginx.ingress.kubernetes.io/"
)

// IngressController is the add-on that answers for Ingresses. It is off in a
// bare cluster, where an Ingress is an object that nothing reads.
func IngressController() registry.Addon {
	return registry.Addon{Lease: "ingress-nginx-leader", Objects: func() []runtime.Object {
		return []runtime.Object{
			&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ingressSpace}},
			&networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: ingressClass, Annotations: map[string]string{networkingv1.AnnotationIsDefaultIngressClass: "true"}},
				Spec: networkingv1.IngressClassSpec{Controller: ingressKind}},
		}
	}}
}

func (k *Kubelet) watchIngress() {
	q := k.r.Clock()
	q.Handle(ingressActor, k.syncIngress)
	registry.Watch(k.r, func(_, i *networkingv1.Ingress) {
		if i != nil && IngressController().Running(k.r) {
			q.After(ingressTime, ingressActor, i.Namespace+"/"+i.Name)
		}
	})
	IngressController().Watch(k.r, func() {
		for _, i := range registry.List[*networkingv1.Ingress](k.r, "") {
			q.After(ingressTime, ingressActor, i.Namespace+"/"+i.Name)
		}
	})
}

// syncIngress tells an Ingress where it is answered.
func (k *Kubelet) syncIngress(key string) {
	namespace, name, _ := strings.Cut(key, "/")
	i, ok := registry.Get[*networkingv1.Ingress](k.r, namespace, name)
	if !ok || !IngressController().Running(k.r) || !ours(i) {
		return
	}
	address := k.nodeAddress(ingressNode)
	if len(i.Status.LoadBalancer.Ingress) > 0 && i.Status.LoadBalancer.Ingress[0].IP == address {
		return
	}
	err := registry.MutateStatus(k.r, namespace, name, func(i *networkingv1.Ingress) {
		i.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: address}}
	})
	if err != nil {
		k.retry(err, ingressActor, key)
		return
	}
	k.r.RecordFrom(i, "", corev1.EventSource{Component: ingressActor}, corev1.EventTypeNormal, "Sync", "Scheduled for sync")
}

func (k *Kubelet) nodeAddress(name string) string {
	if n, ok := registry.Get[*corev1.Node](k.r, "", name); ok {
		for _, a := range n.Status.Addresses {
			if a.Type == corev1.NodeInternalIP {
				return a.Address
			}
		}
	}
	return ""
}

// ours tells whether an Ingress is of the controller's class.
func ours(i *networkingv1.Ingress) bool {
	if c := i.Spec.IngressClassName; c != nil {
		return *c == ingressClass
	}
	old, ok := i.Annotations["kubernetes.io/ingress.class"]
	return !ok || old == ingressClass
}

// ingress answers a request that reached the controller's port.
func (n *podNetwork) ingress(r container.Request) container.Answer {
	host, _, _ := strings.Cut(r.Host, ":")
	path, _, _ := strings.Cut(r.Path, "?")
	var best *networkingv1.HTTPIngressPath
	var from, fallback *networkingv1.Ingress
	rank := -1
	for _, i := range registry.List[*networkingv1.Ingress](n.k.r, "") {
		if !ours(i) || i.DeletionTimestamp != nil {
			continue
		}
		if i.Spec.DefaultBackend != nil && fallback == nil {
			fallback = i
		}
		for _, rule := range i.Spec.Rules {
			hostRank := hostMatches(rule.Host, host)
			if hostRank < 0 || rule.HTTP == nil {
				continue
			}
			for j := range rule.HTTP.Paths {
				p := &rule.HTTP.Paths[j]
				if pathRank := pathMatches(p, path); pathRank >= 0 && hostRank<<20+pathRank > rank {
					best, from, rank = p, i, hostRank<<20+pathRank
				}
			}
		}
	}
	switch {
	case best != nil:
		return n.backend(from, best, r)
	case fallback != nil:
		return n.backend(fallback, &networkingv1.HTTPIngressPath{Backend: *fallback.Spec.DefaultBackend}, r)
	}
	return ingressPage(http.StatusNotFound)
}

// hostMatches ranks how well the host of a rule fits: exact before wildcard
// before none; -1 for not at all.
func hostMatches(rule, host string) int {
	switch {
	case rule == "":
		return 0
	case rule == host:
		return 2
	case strings.HasPrefix(rule, "*."):
		_, rest, _ := strings.Cut(host, ".")
		if rest == rule[2:] {
			return 1
		}
	}
	return -1
}

// pathMatches ranks how well a path fits: exact first, then the longest prefix,
// by whole elements.
func pathMatches(p *networkingv1.HTTPIngressPath, path string) int {
	want := p.Path
	if want == "" {
		want = "/"
	}
	if p.PathType != nil && *p.PathType == networkingv1.PathTypeExact {
		if path == want {
			return 1<<19 + len(want)
		}
		return -1
	}
	bare := strings.TrimSuffix(want, "/")
	if path == want || path == bare || strings.HasPrefix(path, bare+"/") {
		return len(want)
	}
	return -1
}

func (n *podNetwork) backend(i *networkingv1.Ingress, p *networkingv1.HTTPIngressPath, r container.Request) container.Answer {
	for _, key := range sortedKeys(i.Annotations) {
		value := i.Annotations[key]
		switch name, mine := strings.CutPrefix(key, ingressRule); {
		case !mine:
		case name == "rewrite-target" && !strings.Contains(value, "$"):
			r.Path = value
		case name == "ssl-redirect" || name == "force-ssl-redirect" && value == "false":
		default:
			return container.Answer{Unknown: "the annotation " + key}
		}
	}
	host, _, _ := strings.Cut(r.Host, ":")
	tls := slices.ContainsFunc(i.Spec.TLS, func(t networkingv1.IngressTLS) bool { return slices.Contains(t.Hosts, host) })
	if tls && i.Annotations[ingressRule+"ssl-redirect"] != "false" {
		a := ingressPage(http.StatusPermanentRedirect)
		a.Location = "https://" + host + r.Path
		return a
	}
	b := p.Backend.Service
	if b == nil {
		return container.Answer{Unknown: "a backend that is no Service"}
	}
	s, ok := registry.Get[*corev1.Service](n.k.r, i.Namespace, b.Name)
	if !ok {
		return ingressPage(http.StatusServiceUnavailable)
	}
	for j := range s.Spec.Ports {
		port := &s.Spec.Ports[j]
		if b.Port.Name != "" && port.Name == b.Port.Name || b.Port.Number == port.Port {
			if len(n.endpoints(s, port)) == 0 {
				return ingressPage(http.StatusServiceUnavailable)
			}
			a := n.forward(s, port, "", n.k.get(r))
			if a.Fault != container.NoFault {
				return ingressPage(http.StatusBadGateway)
			}
			return a
		}
	}
	return ingressPage(http.StatusServiceUnavailable)
}

// ingressPage is the controller's own answer.
func ingressPage(status int) container.Answer {
	title := fmt.Sprintf("%d %s", status, strings.ReplaceAll(http.StatusText(status), "Service Unavailable", "Service Temporarily Unavailable"))
	return container.Answer{Status: status, Made: true,
		Body: fmt.Sprintf("<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", title, title)}
}
