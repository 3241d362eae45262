package kubectl

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/kubectl/pkg/cmd/run"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// How an attached run waits, in virtual time.
const (
	runLook = 200 * time.Millisecond
	runMax  = 10 * time.Minute // of a Pod that neither ends nor prints
)

// newRun is kubectl run. What is attached to (-i, --attach, --rm) would want a
// stream of its own into the container: here the Pod's log is shown as it
// grows, which is the same for whoever types nothing.
func (r *command) newRun(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	out := &switched{w: s.Out}
	cmd := run.NewCmdRun(f, genericiooptions.IOStreams{In: s.In, Out: out, ErrOut: s.ErrOut})
	create := cmd.Run
	cmd.Run = func(cmd *cobra.Command, args []string) {
		on := func(name string) bool { b, err := cmd.Flags().GetBool(name); return err == nil && b }
		attached := on("attach") || (on("stdin") || on("tty")) && !cmd.Flags().Changed("attach")
		if !attached || cmdutil.GetFlagString(cmd, "dry-run") != "none" {
			create(cmd, args)
			return
		}
		a := &attachedRun{cmd: cmd, streams: s, remove: on("rm")}
		for _, flag := range []string{"attach", "rm"} {
			cmdutil.CheckErr(cmd.Flags().Set(flag, "false"))
		}
		out.w = io.Discard
		create(cmd, args)
		cmdutil.CheckErr(a.follow(f, args[0]))
	}
	return cmd
}

// A switched writer writes to what it is set to.
type switched struct{ w io.Writer }

func (s *switched) Write(b []byte) (int, error) { return s.w.Write(b) }

type attachedRun struct {
	cmd     *cobra.Command
	streams genericiooptions.IOStreams
	remove  bool
}

func (a *attachedRun) follow(f cmdutil.Factory, name string) error {
	ctx := a.cmd.Context()
	namespace, _, err := f.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return err
	}
	clients, err := f.KubernetesClientSet()
	if err != nil {
		return err
	}
	pod, err := a.wait(ctx, clients, namespace, name, func(p *corev1.Pod) bool { return p.Status.Phase != corev1.PodPending })
	if err == nil {
		err = a.log(ctx, clients, pod, pod.Spec.Containers[0].Name)
	}
	if err == nil && pod.Spec.RestartPolicy == corev1.RestartPolicyNever {
		pod, err = a.wait(ctx, clients, namespace, name, func(p *corev1.Pod) bool {
			return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
		})
	}
	if a.remove {
		if err := clients.CoreV1().Pods(namespace).Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.streams.Out, "pod %q deleted from %s namespace\n", name, namespace); err != nil {
			return err
		}
	}
	if err != nil || pod.Status.Phase != corev1.PodFailed {
		return err
	}
	return ended(pod)
}

// ended is the error for a Pod that failed, with the exit status of its
// container.
func ended(pod *corev1.Pod) error {
	if len(pod.Status.ContainerStatuses) == 0 || pod.Status.ContainerStatuses[0].State.Terminated == nil {
		return fmt.Errorf("pod %s/%s failed with unknown exit code", pod.Namespace, pod.Name)
	}
	t := pod.Status.ContainerStatuses[0].State.Terminated
	return utilexec.CodeExitError{Err: fmt.Errorf("pod %s/%s terminated (%s)\n%s", pod.Namespace, pod.Name, t.Reason, t.Message), Code: int(t.ExitCode)}
}

func (a *attachedRun) wait(ctx context.Context, clients kubernetes.Interface, namespace, name string, done func(*corev1.Pod) bool) (*corev1.Pod, error) {
	limit := time.Now().Add(podWait)
	for {
		pod, err := clients.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil || done(pod) {
			return pod, err
		}
		if time.Now().After(limit) {
			return pod, fmt.Errorf("timed out waiting for the condition")
		}
		select {
		case <-time.After(runLook):
		case <-ctx.Done():
			return pod, ctx.Err()
		}
	}
}

// log shows a container's log until it ends.
func (a *attachedRun) log(ctx context.Context, clients kubernetes.Interface, pod *corev1.Pod, container string) error {
	ctx, cancel := context.WithTimeout(ctx, runMax)
	defer cancel()
	stream, err := clients.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: container, Follow: true}).Stream(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	_, err = io.Copy(a.streams.Out, stream)
	if ctx.Err() != nil {
		_, err = fmt.Fprintf(a.streams.ErrOut, "(%d분 동안 끝나지 않아 지켜보기를 마칩니다.)\n", int(runMax.Minutes()))
	}
	return err
}
