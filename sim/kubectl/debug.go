package kubectl

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/kubectl/pkg/cmd/debug"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// newDebug is kubectl debug. Upstream's waits for its container without end
// and then wants a stream: here it waits as run does and shows the container's
// log, which is the same for whoever types nothing.
func newDebug(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	model := debug.NewCmdDebug(f, s) // for its texts
	o := debug.NewDebugOptions(s)
	cmd := &cobra.Command{Use: model.Use, DisableFlagsInUseLine: true, Short: model.Short, Long: model.Long, Example: model.Example}
	o.AddFlags(cmd)
	cmd.Run = func(cmd *cobra.Command, args []string) {
		o.AttachFunc = func(_ context.Context, _ genericclioptions.RESTClientGetter, _, namespace, pod, container string) error {
			a := &attachedRun{cmd: cmd, streams: s}
			clients, err := f.KubernetesClientSet()
			if err != nil {
				return err
			}
			p, err := a.wait(cmd.Context(), clients, namespace, pod, func(p *corev1.Pod) bool {
				return slices.ContainsFunc(slices.Concat(p.Status.EphemeralContainerStatuses, p.Status.ContainerStatuses), func(c corev1.ContainerStatus) bool {
					return c.Name == container && (c.State.Running != nil || c.State.Terminated != nil)
				})
			})
			if err != nil {
				return err
			}
			return a.log(cmd.Context(), clients, p, container)
		}
		cmdutil.CheckErr(o.Complete(f, cmd, args))
		cmdutil.CheckErr(o.Validate())
		cmdutil.CheckErr(o.Run(f, cmd))
	}
	return cmd
}
