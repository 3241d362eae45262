package sim

import (
	"gieok/sim/registry"
)

// ApplyLimit bounds a manifest, in bytes.
const ApplyLimit = 1 << 20

// Apply creates or replaces the objects of a manifest, one document after the
// other, by registry calls: as kubectl apply, but without its words. The first
// refusal ends it; the error is the API's. Server-side, so that no time passes.
func (c *Cluster) Apply(manifest string) error {
	return c.Do(func() error { return registry.Apply(c.registry, []byte(manifest)) })
}
