package sim

import (
	"fmt"
	"strings"

	"gieok/sim/controller"
	"gieok/sim/node"
	"gieok/sim/registry"
	"gieok/sim/transcript"
)

// A Switch turns an add-on of the cluster on and off: the script line
// "switch NAME on". A new cluster has all of them off, as the recordings do.
type Switch struct {
	Name  string
	addon registry.Addon
}

// Switches lists what can be switched, in the order of menus.
func Switches() []Switch {
	return []Switch{
		{Name: "provisioner", addon: controller.Provisioner()},
		{Name: metricsServer, addon: registry.MetricsServer()},
		{Name: "loadbalancer", addon: controller.LoadBalancer()},
		{Name: "ingress", addon: node.IngressController()},
	}
}

func switchNamed(name string) (Switch, bool) {
	for _, s := range Switches() {
		if s.Name == name {
			return s, true
		}
	}
	return Switch{}, false
}

// Switched reports whether a switch is on.
func (c *Cluster) Switched(s Switch) bool { return s.addon.Running(c.registry) }

// Switch turns an add-on on or off; to do so twice changes nothing.
func (c *Cluster) Switch(s Switch, on bool) error {
	turn := s.addon.Stop
	if on {
		turn = s.addon.Start
	}
	if err := c.Do(func() error { return turn(c.registry) }); err != nil {
		return fmt.Errorf("switch %s: %w", s.Name, err)
	}
	return nil
}

// execSwitch carries out "switch NAME on" and "switch NAME off". A line that
// says anything else fails as a command does.
func (c *Cluster) execSwitch(line string) (transcript.Step, error) {
	step := transcript.Step{Command: line}
	words := strings.Fields(line)[1:]
	if len(words) != 2 || words[1] != "on" && words[1] != "off" {
		step.Stderr, step.Exit = "switch: want `switch NAME on` or `switch NAME off`\n", 2
		return step, nil
	}
	s, ok := switchNamed(words[0])
	if !ok {
		var names []string
		for _, s := range Switches() {
			names = append(names, s.Name)
		}
		step.Stderr, step.Exit = fmt.Sprintf("switch: no %q here, but: %s\n", words[0], strings.Join(names, ", ")), 2
		return step, nil
	}
	return step, c.Switch(s, words[1] == "on")
}
