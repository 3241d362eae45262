package kubectl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"gieok/sim/api"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/kubectl/pkg/cmd/cp"
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

func (execClient) ExecuteWithContext(ctx context.Context, u *url.URL, config *restclient.Config, in io.Reader, out, errOut io.Writer, _ bool, _ remotecommand.TerminalSizeQueue) error {
	res, err := send(ctx, http.MethodPost, u.String(), config, in)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusBadRequest:
		return fmt.Errorf("unable to upgrade connection: %w", refusalOf(res))
	default:
		return refusalOf(res)
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

// send asks the API; the caller closes the body.
func send(ctx context.Context, method, url string, config *restclient.Config, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	rt, err := restclient.TransportFor(config)
	if err != nil {
		return nil, err
	}
	return rt.RoundTrip(req)
}

// refusalOf is what the API says in place of an answer.
func refusalOf(res *http.Response) error {
	var status struct{ Message string }
	if err := json.NewDecoder(res.Body).Decode(&status); err != nil {
		return fmt.Errorf("the server answered %s", res.Status)
	}
	return fmt.Errorf("%s", status.Message)
}

// TakesInput tells whether a command hands its input to a container.
func TakesInput(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	switch verbOf(args) {
	case "exec":
		return slices.ContainsFunc(args, func(a string) bool {
			return a == "--stdin" || a == "--stdin=true" || len(a) < 4 && strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, "i")
		})
	}
	return false
}

// newCopy is kubectl cp for single files, without the archives that upstream
// sends through a command in the container.
func (r *command) newCopy(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	model := cp.NewCmdCp(f, s) // for its texts
	c := &copier{r: r, f: f, streams: s}
	cmd := &cobra.Command{Use: model.Use, DisableFlagsInUseLine: true, Short: model.Short, Long: model.Long, Example: model.Example,
		Run: func(cmd *cobra.Command, args []string) {
			if len(args) != 2 {
				cmdutil.CheckErr(errors.New("source and destination are required"))
			}
			cmdutil.CheckErr(c.copy(args[0], args[1]))
		},
	}
	cmdutil.AddContainerVarFlags(cmd, &c.container, c.container)
	cmd.Flags().Bool("no-preserve", false, "The copied file/directory's ownership and permissions will not be preserved in the container")
	cmd.Flags().Int("retries", 0, "Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry).")
	return cmd
}

type copier struct {
	r         *command
	f         cmdutil.Factory
	streams   genericiooptions.IOStreams
	container string
}

// remote splits NAMESPACE/POD:PATH; ok is false for a path of the desk.
func remote(arg string) (namespace, pod, file string, ok bool) {
	pod, file, ok = strings.Cut(arg, ":")
	if !ok || strings.HasPrefix(arg, "/") || strings.HasPrefix(arg, ".") {
		return "", "", arg, false
	}
	if ns, name, found := strings.Cut(pod, "/"); found {
		namespace, pod = ns, name
	}
	return namespace, pod, file, true
}

func (c *copier) copy(from, to string) error {
	ns, pod, src, down := remote(from)
	ns2, pod2, dst, up := remote(to)
	switch {
	case down == up:
		return fmt.Errorf("one of src or dest must be a remote file specification")
	case src == "" || dst == "":
		return fmt.Errorf("filepath can not be empty")
	case down:
		text, err := c.inside(ns, pod, nil, "cat", src)
		if err != nil {
			return err
		}
		w, ok := c.r.folder.(interface{ Write(name, text string) })
		if !ok {
			return fmt.Errorf("the desk takes no files")
		}
		if strings.HasSuffix(dst, "/") || dst == "." {
			dst = path.Join(dst, path.Base(src))
		}
		w.Write(dst, text)
		return nil
	}
	text, ok := c.r.folder.Read(src)
	if !ok {
		return fmt.Errorf("%s doesn't exist in local filesystem", src)
	}
	if _, err := c.inside(ns2, pod2, nil, "test", "-d", dst); err == nil {
		dst = path.Join(dst, path.Base(src))
	}
	_, err := c.inside(ns2, pod2, strings.NewReader(text), "sh", "-c", `cat > "$0"`, dst)
	return err
}

// inside runs a command in a container and returns what it printed.
func (c *copier) inside(namespace, pod string, in io.Reader, argv ...string) (string, error) {
	var out strings.Builder
	o := &exec.ExecOptions{Command: argv, Executor: execClient{}, StreamOptions: exec.StreamOptions{Namespace: namespace, PodName: pod,
		ContainerName: c.container, Stdin: in != nil, Quiet: true, IOStreams: genericiooptions.IOStreams{In: in, Out: &out, ErrOut: c.streams.ErrOut}}}
	if argv[0] == "test" {
		o.ErrOut = io.Discard
	}
	var err error
	if namespace == "" {
		if o.Namespace, _, err = c.f.ToRawKubeConfigLoader().Namespace(); err != nil {
			return "", err
		}
	}
	if o.Config, err = c.f.ToRESTConfig(); err != nil {
		return "", err
	}
	clients, err := c.f.KubernetesClientSet()
	if err != nil {
		return "", err
	}
	o.PodClient = clients.CoreV1()
	if err := o.Validate(); err != nil {
		return "", err
	}
	err = o.Run() // writes to out
	return out.String(), err
}
