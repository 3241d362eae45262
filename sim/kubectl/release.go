package kubectl

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// release empties root, which has run. Cobra keeps for ever, in a map of the
// process, each flag for which a completion was registered, and through it the
// whole tree of commands and the cluster that they talked to: 18 KB and more a
// run, of which a large folder of notes needs a hundred thousand.
func (r *command) release(root *cobra.Command) {
	*r.getter = getter{}
	empty(root)
}

func empty(c *cobra.Command) {
	for _, sub := range c.Commands() {
		empty(sub)
	}
	for _, flags := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { *f = pflag.Flag{} })
	}
	*c = cobra.Command{}
}
