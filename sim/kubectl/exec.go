package kubectl

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"gieok/sim/api"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/kubectl/pkg/cmd/exec"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// podWait is how long exec waits for a Pod to run, of virtual time, as
// upstream's does.
const podWait = time.Minute

// newExec is kubectl exec, which would open a connection by itself: here the
// API answers it in one piece.
func newExec(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	o := &exec.ExecOptions{StreamOptions: exec.StreamOptions{IOStreams: s}, Executor: execClient{}}
	model := exec.NewCmdExec(f, s) // for its texts
	cmd := &cobra.Command{Use: model.Use, DisableFlagsInUseLine: true, Short: model.Short, Long: model.Long, Example: model.Example,
		Run: func(cmd *cobra.Command, args []string) {
			cmdutil.CheckErr(o.Complete(f, cmd, args, cmd.ArgsLenAtDash()))
			cmdutil.CheckErr(o.Validate())
			cmdutil.CheckErr(o.Run())
		},
	}
	cmdutil.AddPodRunningTimeoutFlag(cmd, podWait)
	cmdutil.AddJsonFilenameFlag(cmd.Flags(), &o.FilenameOptions.Filenames, "to use to exec into the resource")
	cmdutil.AddContainerVarFlags(cmd, &o.ContainerName, o.ContainerName)
	cmd.Flags().BoolVarP(&o.Stdin, "stdin", "i", o.Stdin, "Pass stdin to the container")
	cmd.Flags().BoolVarP(&o.TTY, "tty", "t", o.TTY, "Stdin is a TTY")
	cmd.Flags().BoolVarP(&o.Quiet, "quiet", "q", o.Quiet, "Only print output from the remote session")
	return cmd
}

// An execClient asks the API to run a command and prints what it printed.
type execClient struct{}

func (c execClient) Execute(u *url.URL, config *restclient.Config, in io.Reader, out, errOut io.Writer, tty bool, size remotecommand.TerminalSizeQueue) error {
	return c.ExecuteWithContext(context.Background(), u, config, in, out, errOut, tty, size)
}

func (execClient) ExecuteWithContext(ctx context.Context, u *url.URL, config *restclient.Config, _ io.Reader, out, errOut io.Writer, _ bool, _ remotecommand.TerminalSizeQueue) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), nil)
	if err != nil {
		return err
	}
	rt, err := restclient.TransportFor(config)
	if err != nil {
		return err
	}
	res, err := rt.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		var status struct{ Message string }
		if err := json.NewDecoder(res.Body).Decode(&status); err != nil {
			return fmt.Errorf("the server answered %s", res.Status)
		}
		return fmt.Errorf("%s", status.Message)
	}
	var r api.ExecResult
	if err := json.NewDecoder(res.Body).Decode(&r); err != nil {
		return err
	}
	for _, p := range []struct {
		w    io.Writer
		text string
	}{{out, r.Stdout}, {errOut, r.Stderr}} {
		if p.w == nil {
			continue
		}
		if _, err := io.WriteString(p.w, p.text); err != nil {
			return err
		}
	}
	if r.Exit != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("command terminated with exit code %d", r.Exit), Code: r.Exit}
	}
	return nil
}
