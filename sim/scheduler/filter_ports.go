package scheduler

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
)

type hostPort struct {
	ip       string
	protocol corev1.Protocol
	port     int32
}

const anyAddress = "0.0.0.0"

func hostPorts(p *corev1.Pod) []hostPort {
	var ports []hostPort
	add := func(c corev1.Container) {
		for _, port := range c.Ports {
			if port.HostPort > 0 {
				ports = append(ports, hostPort{cmp.Or(port.HostIP, anyAddress), cmp.Or(port.Protocol, corev1.ProtocolTCP), port.HostPort})
			}
		}
	}
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(c)
		}
	}
	for _, c := range p.Spec.Containers {
		add(c)
	}
	return ports
}

func (a hostPort) clashes(b hostPort) bool {
	return a.port == b.port && a.protocol == b.protocol && (a.ip == b.ip || a.ip == anyAddress || b.ip == anyAddress)
}

// filterPorts refuses a node where another Pod has a host port that this wants.
func filterPorts(c *cycle, n *nodeInfo) verdict {
	if n.ported == 0 {
		return verdict{}
	}
	for _, p := range n.pods {
		for _, used := range p.ports {
			for _, want := range c.ports {
				if want.clashes(used) {
					return refuse("node(s) didn't have free ports for the requested pod ports")
				}
			}
		}
	}
	return verdict{}
}
