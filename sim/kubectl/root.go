package kubectl

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubectl/pkg/cmd/annotate"
	"k8s.io/kubectl/pkg/cmd/apiresources"
	"k8s.io/kubectl/pkg/cmd/apply"
	"k8s.io/kubectl/pkg/cmd/autoscale"
	"k8s.io/kubectl/pkg/cmd/certificates"
	"k8s.io/kubectl/pkg/cmd/clusterinfo"
	"k8s.io/kubectl/pkg/cmd/completion"
	"k8s.io/kubectl/pkg/cmd/create"
	"k8s.io/kubectl/pkg/cmd/delete"
	"k8s.io/kubectl/pkg/cmd/describe"
	"k8s.io/kubectl/pkg/cmd/drain"
	"k8s.io/kubectl/pkg/cmd/events"
	"k8s.io/kubectl/pkg/cmd/explain"
	"k8s.io/kubectl/pkg/cmd/expose"
	"k8s.io/kubectl/pkg/cmd/get"
	"k8s.io/kubectl/pkg/cmd/kuberc"
	"k8s.io/kubectl/pkg/cmd/kustomize"
	"k8s.io/kubectl/pkg/cmd/label"
	"k8s.io/kubectl/pkg/cmd/logs"
	"k8s.io/kubectl/pkg/cmd/options"
	"k8s.io/kubectl/pkg/cmd/patch"
	"k8s.io/kubectl/pkg/cmd/plugin"
	"k8s.io/kubectl/pkg/cmd/proxy"
	"k8s.io/kubectl/pkg/cmd/replace"
	"k8s.io/kubectl/pkg/cmd/rollout"
	"k8s.io/kubectl/pkg/cmd/scale"
	"k8s.io/kubectl/pkg/cmd/set"
	"k8s.io/kubectl/pkg/cmd/taint"
	"k8s.io/kubectl/pkg/cmd/top"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/cmd/wait"
	"k8s.io/kubectl/pkg/util/templates"
)

// A verb is one row of the table of kubectl's commands. Making a command
// costs more than most of them take to run, so only the one that is called is
// made, and all of them for help and for a name that nobody knows.
type verb struct {
	group string
	names string // with aliases, separated by spaces
	make  func(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command
}

// Headings of kubectl's help.
const (
	beginner     = "Basic Commands (Beginner):"
	intermediate = "Basic Commands (Intermediate):"
	deploy       = "Deploy Commands:"
	management   = "Cluster Management Commands:"
	troubleshoot = "Troubleshooting and Debugging Commands:"
	advanced     = "Advanced Commands:"
	settings     = "Settings Commands:"
	other        = ""
)

func (r *command) verbs() []verb {
	named := func(f func(string, cmdutil.Factory, genericiooptions.IOStreams) *cobra.Command) func(cmdutil.Factory, genericiooptions.IOStreams) *cobra.Command {
		return func(c cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command { return f("kubectl", c, s) }
	}
	clients := func(f func(genericclioptions.RESTClientGetter, genericiooptions.IOStreams) *cobra.Command) func(cmdutil.Factory, genericiooptions.IOStreams) *cobra.Command {
		return func(c cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command { return f(c, s) }
	}
	return []verb{
		{beginner, "create", create.NewCmdCreate},
		{beginner, "expose", expose.NewCmdExposeService},
		{beginner, "run", r.newRun},
		{beginner, "set", set.NewCmdSet},
		{intermediate, "explain", named(explain.NewCmdExplain)},
		{intermediate, "get", named(get.NewCmdGet)},
		{intermediate, "edit", r.newEdit},
		{intermediate, "delete", delete.NewCmdDelete},
		{deploy, "rollout", named(rollout.NewCmdRollout)},
		{deploy, "scale", scale.NewCmdScale},
		{deploy, "autoscale", autoscale.NewCmdAutoscale},
		{management, "certificate", clients(certificates.NewCmdCertificate)},
		{management, "cluster-info", clients(clusterinfo.NewCmdClusterInfo)},
		{management, "top", top.NewCmdTop},
		{management, "cordon", drain.NewCmdCordon},
		{management, "uncordon", drain.NewCmdUncordon},
		{management, "drain", drain.NewCmdDrain},
		{management, "taint", taint.NewCmdTaint},
		{troubleshoot, "describe", named(describe.NewCmdDescribe)},
		{troubleshoot, "logs", logs.NewCmdLogs},
		{troubleshoot, "attach", r.newAttach},
		{troubleshoot, "exec", newExec},
		{troubleshoot, "port-forward", r.newPortForward},
		{troubleshoot, "proxy", proxy.NewCmdProxy},
		{troubleshoot, "cp", r.newCopy},
		{troubleshoot, "auth", newAuth},
		{troubleshoot, "debug", newDebug},
		{troubleshoot, "events", clients(events.NewCmdEvents)},
		{advanced, "diff", newDiff},
		{advanced, "apply", named(apply.NewCmdApply)},
		{advanced, "patch", patch.NewCmdPatch},
		{advanced, "replace", replace.NewCmdReplace},
		{advanced, "wait", clients(wait.NewCmdWait)},
		{advanced, "kustomize", func(_ cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
			return kustomize.NewCmdKustomize(s)
		}},
		{settings, "label", label.NewCmdLabel},
		{settings, "annotate", named(annotate.NewCmdAnnotate)},
		{settings, "completion", func(_ cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
			return completion.NewCmdCompletion(s.Out, "")
		}},
		{other, "kuberc", func(_ cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command { return kuberc.NewCmdKubeRC(s) }},
		{other, "plugin", func(_ cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command { return plugin.NewCmdPlugin(s) }},
		{other, "config", r.newConfigCommand},
		{other, "version", newVersion},
		{other, "api-versions", clients(apiresources.NewCmdAPIVersions)},
		{other, "api-resources", clients(apiresources.NewCmdAPIResources)},
		{other, "options", func(_ cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
			return options.NewCmdOptions(s.Out)
		}},
	}
}

// root is kubectl's root command for args.
func (r *command) root(ctx context.Context, args []string, s genericiooptions.IOStreams) *cobra.Command {
	warnings := rest.NewWarningWriter(s.ErrOut, rest.WarningWriterOptions{Deduplicate: true})
	asErrors := false
	root := &cobra.Command{
		Use:   "kubectl",
		Short: "kubectl controls the Kubernetes cluster manager",
		Long:  "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/",
		Run:   func(cmd *cobra.Command, _ []string) { _ = cmd.Help() },
		PersistentPostRunE: func(*cobra.Command, []string) error {
			switch n := warnings.WarningCount(); {
			case !asErrors || n == 0:
				return nil
			case n == 1:
				return fmt.Errorf("%d warning received", n)
			default:
				return fmt.Errorf("%d warnings received", n)
			}
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true // kubectl has its own
	rest.SetDefaultWarningHandler(warnings)
	root.SetGlobalNormalizationFunc(cliflag.WordSepNormalizeFunc)
	flags := root.PersistentFlags()
	flags.BoolVar(&asErrors, "warnings-as-errors", false, "Treat warnings received from the server as errors and exit with a non-zero exit code")
	addIdleFlags(flags)
	config := genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag()
	config.AddFlags(flags)
	setDefault(flags, "cache-dir", Dir+"/.kube/cache")
	r.getter = &getter{flags: config, config: r.config(ctx, args), kubeconfig: r.client.config, shared: r.shared, errOut: s.ErrOut}
	match := cmdutil.NewMatchVersionFlags(r.getter)
	match.AddFlags(flags)
	f := factory{Factory: cmdutil.NewFactory(match), openAPI: needsOpenAPI(args)}
	groups := r.add(root, args, f, s)
	templates.ActsAsRootCommand(root, []string{"options"}, groups...)
	return root
}

// addIdleFlags adds kubectl's flags for its developers, which are taken and do
// nothing here.
func addIdleFlags(flags *pflag.FlagSet) {
	flags.String("profile", "none", "Name of profile to capture. One of (none|cpu|heap|goroutine|threadcreate|block|mutex|trace)")
	flags.String("profile-output", "profile.pprof", "Name of the file to write the profile to")
	flags.String("kuberc", "", "Path to the kuberc file to use for preferences. This can be disabled by exporting KUBECTL_KUBERC=false feature gate or turning off the feature KUBERC=off.")
	flags.Duration("log-flush-frequency", logFlush, "Maximum number of seconds between log flushes")
	flags.VarP(new(level), "v", "v", "number for the log level verbosity")
	flags.Var(new(level), "vmodule", "comma-separated list of pattern=N settings for file-filtered logging (only works for the default text log format)")
	setDefault(flags, "vmodule", "")
}

// logFlush is what the flag says when nobody sets it.
const logFlush = 5 * time.Second

// A level is a number for logging, or patterns with numbers.
type level string

func (l *level) Set(s string) error { *l = level(s); return nil }
func (l *level) String() string {
	if *l == "" {
		return "0"
	}
	return string(*l)
}
func (*level) Type() string { return "Level" }

func setDefault(flags *pflag.FlagSet, name, value string) {
	if f := flags.Lookup(name); f != nil {
		f.DefValue = value
	}
}

// add makes the commands that args may mean.
func (r *command) add(root *cobra.Command, args []string, f cmdutil.Factory, s genericiooptions.IOStreams) templates.CommandGroups {
	name := verbOf(args)
	table := r.verbs()
	for _, v := range table {
		if v.names == name && !asksHelp(args) {
			root.AddCommand(v.make(f, s))
			// Some messages point to these, if there are such.
			for _, sibling := range []string{"explain", "options"} {
				if name != sibling {
					root.AddCommand(&cobra.Command{Use: sibling, Run: func(*cobra.Command, []string) {}})
				}
			}
			return nil
		}
	}
	var groups templates.CommandGroups
	for _, v := range table {
		c := v.make(f, s)
		root.AddCommand(c)
		if v.group == other {
			continue
		}
		if n := len(groups); n == 0 || groups[n-1].Message != v.group {
			groups = append(groups, templates.CommandGroup{Message: v.group})
		}
		g := &groups[len(groups)-1]
		g.Commands = append(g.Commands, c)
	}
	return append(groups, templates.CommandGroup{Message: "Subcommands provided by plugins:"})
}

// verbOf is the first argument that is no flag; a value of a flag before it
// may be taken for it, and then every command is made.
func verbOf(args []string) string {
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			return a
		}
	}
	return ""
}

func asksHelp(args []string) bool {
	for _, a := range args {
		if a == "--help" || a == "-h" || a == "help" {
			return true
		}
	}
	return false
}

// needsOpenAPI reports whether the command reads schemas: explain does. For
// patches of known types kubectl can read Go's struct tags instead, which say
// the same and cost nothing.
func needsOpenAPI(args []string) bool { return verbOf(args) == "explain" }
