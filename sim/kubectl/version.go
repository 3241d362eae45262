package kubectl

import (
	"encoding/json"
	"errors"
	"fmt"

	"gieok/sim/api"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/cmd/version"
	"sigs.k8s.io/yaml"
)

// kustomizeVersion is the one that this kubectl is built with, for binaries
// that don't know their modules.
const kustomizeVersion = "v5.8.1"

// newVersion is `kubectl version`. Upstream's reads the client's version from
// variables that kubectl's own build sets and no importer can.
func newVersion(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	upstream := version.NewCmdVersion(f, s)
	upstream.Run = func(cmd *cobra.Command, args []string) {
		flags := cmd.Flags()
		clientOnly, err := flags.GetBool("client")
		cmdutil.CheckErr(err)
		output, err := flags.GetString("output")
		cmdutil.CheckErr(err)
		cmdutil.CheckErr(printVersion(f, s, clientOnly, output, args))
	}
	return upstream
}

func printVersion(f cmdutil.Factory, s genericiooptions.IOStreams, clientOnly bool, output string, args []string) error {
	if len(args) != 0 && !clientOnly {
		return fmt.Errorf("extra arguments: %v", args)
	}
	if output != "" && output != "yaml" && output != "json" {
		return errors.New(`--output must be 'yaml' or 'json'`)
	}
	release := api.Release()
	info := version.Version{ClientVersion: &release, KustomizeVersion: kustomizeVersion}
	if v, ok := version.GetKustomizeModVersion(); ok {
		info.KustomizeVersion = v
	}
	if !clientOnly {
		d, err := f.ToDiscoveryClient()
		if err != nil {
			return err
		}
		if info.ServerVersion, err = d.ServerVersion(); err != nil {
			return err
		}
	}
	var b []byte
	var err error
	switch output {
	case "yaml":
		b, err = yaml.Marshal(&info)
	case "json":
		b, err = json.MarshalIndent(&info, "", "  ")
	default:
		fmt.Fprintf(s.Out, "Client Version: %s\nKustomize Version: %s\n", info.ClientVersion.GitVersion, info.KustomizeVersion)
		if info.ServerVersion != nil {
			fmt.Fprintf(s.Out, "Server Version: %s\n", info.ServerVersion.GitVersion)
		}
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, string(b))
	return nil
}
