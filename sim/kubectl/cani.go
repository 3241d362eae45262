package kubectl

import (
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/kubectl/pkg/cmd/auth"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// newAuth is `kubectl auth`. Upstream's `can-i` ends the process itself when
// the answer is no, so its last step is done here.
func newAuth(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	cmd := auth.NewCmdAuth(f, s)
	for _, sub := range cmd.Commands() {
		if sub.Name() == "can-i" {
			sub.Run = func(cmd *cobra.Command, args []string) { canI(f, s, cmd, args) }
		}
	}
	return cmd
}

func canI(f cmdutil.Factory, s genericiooptions.IOStreams, cmd *cobra.Command, args []string) {
	o := &auth.CanIOptions{IOStreams: s,
		AllNamespaces: cmdutil.GetFlagBool(cmd, "all-namespaces"), Quiet: cmdutil.GetFlagBool(cmd, "quiet"),
		Subresource: cmdutil.GetFlagString(cmd, "subresource"), List: cmdutil.GetFlagBool(cmd, "list"),
		NoHeaders: cmdutil.GetFlagBool(cmd, "no-headers")}
	cmdutil.CheckErr(o.Complete(f, args))
	cmdutil.CheckErr(o.Validate())
	if o.List {
		cmdutil.CheckErr(o.RunAccessList())
		return
	}
	allowed, err := o.RunAccessCheck()
	cmdutil.CheckErr(err)
	if !allowed {
		cmdutil.CheckErr(cmdutil.ErrExit)
	}
}
