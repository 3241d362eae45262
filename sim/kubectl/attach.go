package kubectl

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/kubectl/pkg/cmd/attach"
	"k8s.io/kubectl/pkg/cmd/portforward"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// newAttach is kubectl attach, which would open a stream by itself: here what
// the container prints from now on is read from its log. Nobody types.
func (r *command) newAttach(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	o := attach.NewAttachOptions(s)
	cmd := attach.NewCmdAttach(f, s) // for its texts and flags
	cmd.Run = func(cmd *cobra.Command, args []string) {
		o.ContainerName, o.Quiet = cmdutil.GetFlagString(cmd, "container"), cmdutil.GetFlagBool(cmd, "quiet")
		o.Attach = attachClient{cmd.Context()}
		cmdutil.CheckErr(o.Complete(f, cmd, args))
		cmdutil.CheckErr(o.Validate())
		cmdutil.CheckErr(o.Run())
	}
	return cmd
}

type attachClient struct{ ctx context.Context }

func (a attachClient) Attach(u *url.URL, config *restclient.Config, _ io.Reader, out, errOut io.Writer, _ bool, _ remotecommand.TerminalSizeQueue) error {
	log := *u
	log.Path = strings.TrimSuffix(u.Path, "/attach") + "/log"
	log.RawQuery = url.Values{"container": {u.Query().Get("container")}, "follow": {"true"}, "tailLines": {"0"}}.Encode()
	res, err := send(a.ctx, http.MethodGet, log.String(), config, nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return refusalOf(res)
	}
	if out == nil {
		out = errOut
	}
	if _, err := io.Copy(out, res.Body); a.ctx.Err() == nil {
		return err
	}
	return nil // stopFollowing has said why
}

// newPortForward is kubectl port-forward. On the desk nobody connects, so it
// ends at once; what it would refuse, it refuses.
func (r *command) newPortForward(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	o := &portforward.PortForwardOptions{PortForwarder: forwarder{s}}
	cmd := portforward.NewCmdPortForward(f, s) // for its texts and flags
	cmd.Run = func(cmd *cobra.Command, args []string) {
		o.Address, _ = cmd.Flags().GetStringSlice("address")
		cmdutil.CheckErr(o.Complete(f, cmd, args))
		cmdutil.CheckErr(o.Validate())
		cmdutil.CheckErr(o.RunPortForward())
	}
	return cmd
}

type forwarder struct{ s genericiooptions.IOStreams }

func (w forwarder) ForwardPorts(_ string, _ *url.URL, o portforward.PortForwardOptions) error {
	for _, p := range o.Ports {
		local, inside, ok := strings.Cut(p, ":")
		if !ok {
			inside = local
		}
		if local == "" || local == "0" {
			return fmt.Errorf("빈 포트를 고르는 일은 이 책상에서 되지 않습니다: %s", p)
		}
		for _, address := range o.Address {
			for _, a := range listened(address) {
				if _, err := fmt.Fprintf(w.s.Out, "Forwarding from %s:%s -> %s\n", a, local, inside); err != nil {
					return err
				}
			}
		}
	}
	_, err := fmt.Fprintln(w.s.ErrOut, "(여기서는 아무도 접속하지 않으므로 마칩니다. gieok serve에서는 접속할 수 있습니다.)")
	return err
}

func listened(address string) []string {
	if address == "localhost" {
		return []string{"127.0.0.1", "[::1]"}
	}
	return []string{address}
}
