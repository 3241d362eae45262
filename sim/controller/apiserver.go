package controller

import (
	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Where the API server of the cluster would be reached.
const (
	serverName    = "kubernetes"
	serverAddress = "10.0.0.10"
	serverPort    = 6443
)

// APIServer lists the API server's own address for the Service "kubernetes",
// which has no selector.
type APIServer struct {
	r *registry.Registry
	q queue
}

// NewAPIServer registers the controller.
func NewAPIServer(r *registry.Registry) *APIServer {
	c := &APIServer{r: r}
	c.q = newQueue(r, "apiserver-endpoints", c.sync)
	registry.Watch(r, func(old, new *corev1.Service) { c.changed(either(old, new)) })
	registry.Watch(r, func(old, new *corev1.Endpoints) { c.changed(either(old, new)) })
	registry.Watch(r, func(old, new *discoveryv1.EndpointSlice) { c.changed(either(old, new)) })
	return c
}

func (c *APIServer) changed(o metav1.Object) {
	if o.GetNamespace() == metav1.NamespaceDefault && o.GetName() == serverName {
		c.q.addObject(o)
	}
}

func (c *APIServer) sync(namespace, name string) error {
	if _, ok := registry.Get[*corev1.Service](c.r, namespace, name); !ok {
		return nil
	}
	if _, ok := registry.Get[*corev1.Endpoints](c.r, namespace, name); !ok {
		_, err := registry.Create(c.r, &corev1.Endpoints{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{discoveryv1.LabelSkipMirror: "true"}},
			Subsets: []corev1.EndpointSubset{{Addresses: []corev1.EndpointAddress{{IP: serverAddress}},
				Ports: []corev1.EndpointPort{{Name: "https", Port: serverPort, Protocol: corev1.ProtocolTCP}}}},
		})
		if err != nil {
			return err
		}
	}
	if _, ok := registry.Get[*discoveryv1.EndpointSlice](c.r, namespace, name); ok {
		return nil
	}
	port, portName, protocol, ready := int32(serverPort), "https", corev1.ProtocolTCP, true
	_, err := registry.Create(c.r, &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: name}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: &portName, Port: &port, Protocol: &protocol}},
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{serverAddress}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}}},
	})
	return err
}
