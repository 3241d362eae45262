package node

import (
	"fmt"

	"gieok/sim/container"
)

// Forward asks a port of a Pod by HTTP, from within its own network namespace,
// where no policy counts.
func (k *Kubelet) Forward(namespace, name string, port int32, r container.Request) (container.Answer, error) {
	p := k.pods[namespace+"/"+name]
	if p == nil || p.final != "" {
		return container.Answer{}, fmt.Errorf("pod %s/%s is not running", namespace, name)
	}
	r.From = "127.0.0.1"
	a := (&podNetwork{k, p}).ask(p, port, k.get(r))
	if a.Unknown != "" {
		return a, &NotSimulatedError{Unknown{Namespace: namespace, Pod: name, Field: "port-forward", Why: a.Unknown}}
	}
	return a, nil
}
