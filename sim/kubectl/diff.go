package kubectl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/kubectl/pkg/cmd/apply"
	"k8s.io/kubectl/pkg/cmd/diff"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/utils/exec"
)

// newDiff is `kubectl diff` with a diff of its own in place of the host's
// program. The flags and the way errors end it are upstream's, whose
// constructor does not hand out its options.
func newDiff(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	o := diff.NewDiffOptions(s)
	o.Diff.Exec = comparer{}
	upstream := diff.NewCmdDiff(f, s)
	cmd := &cobra.Command{Use: upstream.Use, DisableFlagsInUseLine: true, Short: upstream.Short, Long: upstream.Long, Example: upstream.Example,
		Run: func(cmd *cobra.Command, args []string) {
			cmdutil.CheckDiffErr(o.Complete(f, cmd, args))
			cmdutil.CheckDiffErr(o.Validate())
			err := o.Run()
			var status exec.ExitError
			if errors.As(err, &status) && status.ExitStatus() <= 1 {
				cmdutil.CheckErr(cmdutil.ErrExit)
			}
			cmdutil.CheckDiffErr(err)
		}}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		cmdutil.CheckDiffErr(cmdutil.UsageErrorf(cmd, "%s", err.Error()))
		return nil
	})
	flags := cmd.Flags()
	flags.StringArray("prune-allowlist", []string{}, "Overwrite the default allowlist with <group/version/kind> for --prune")
	flags.Bool("prune", false, "Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned")
	flags.BoolVar(&o.ShowManagedFields, "show-managed-fields", false, "If true, include managed fields in the diff.")
	flags.BoolVar(&o.ShowSecrets, "show-secrets", false, "If true, do not mask secret values in the diff.")
	flags.IntVar(&o.Concurrency, "concurrency", 1, "Number of objects to process in parallel when diffing against the live version.")
	cmdutil.AddFilenameOptionFlags(cmd, &o.FilenameOptions, "contains the configuration to diff")
	cmdutil.AddServerSideApplyFlags(cmd)
	cmdutil.AddFieldManagerFlagVar(cmd, &o.FieldManager, apply.FieldManagerClientSideApply)
	cmdutil.AddLabelSelectorFlagVar(cmd, &o.Selector)
	return cmd
}

// comparer stands where kubectl would start the diff program.
type comparer struct{}

// Command returns the comparison of the two folders that args end with.
func (comparer) Command(_ string, args ...string) exec.Cmd {
	return &comparison{from: args[len(args)-2], to: args[len(args)-1]}
}

// CommandContext is Command: the comparison is short.
func (c comparer) CommandContext(_ context.Context, name string, args ...string) exec.Cmd {
	return c.Command(name, args...)
}

// LookPath finds no program.
func (comparer) LookPath(string) (string, error) { return "", exec.ErrExecutableNotFound }

// A comparison is what `diff -u -N FROM TO` would do.
type comparison struct {
	exec.Cmd // nil: kubectl calls nothing else
	from, to string
	out      io.Writer
}

func (c *comparison) SetStdout(w io.Writer) { c.out = w }
func (c *comparison) SetStderr(io.Writer)   {}

// Run prints how the folders differ, in the order of names.
func (c *comparison) Run() error {
	names, err := fileNames(c.from, c.to)
	if err != nil {
		return err
	}
	differ := false
	now := time.Now().UTC().Format("2006-01-02 15:04:05.000000000 -0700")
	for _, name := range names {
		before, err := readAbsent(filepath.Join(c.from, name))
		if err != nil {
			return err
		}
		after, err := readAbsent(filepath.Join(c.to, name))
		if err != nil {
			return err
		}
		hunks := unified(before, after)
		if hunks == "" {
			continue
		}
		differ = true
		// The folders' names are random; kubectl's are kept as they look.
		a, b := "/tmp/LIVE-1/"+name, "/tmp/MERGED-1/"+name
		fmt.Fprintf(c.out, "diff -u -N %s %s\n--- %s\t%s\n+++ %s\t%s\n%s", a, b, a, now, b, now, hunks)
	}
	if differ {
		return exec.CodeExitError{Err: errors.New("the files differ"), Code: 1}
	}
	return nil
}

func fileNames(dirs ...string) ([]string, error) {
	var names []string
	for _, d := range dirs {
		entries, err := os.ReadDir(d)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func readAbsent(file string) (string, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}
