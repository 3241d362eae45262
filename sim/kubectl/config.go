package kubectl

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/kubectl/pkg/cmd/config"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// serverAddress is where the simulated API server says it is. Nothing is ever
// dialled there.
const serverAddress = "https://127.0.0.1:6443"

// configFile is the place of the configuration in messages.
const configFile = Dir + "/.kube/config"

// A Config is a client configuration (kubeconfig). It is never changed once it
// is made; `kubectl config` replaces it.
type Config struct{ *clientcmdapi.Config }

// administrator is what the cluster's user is called, as whoever sets up a
// cluster calls him.
const administrator = "kubernetes-admin"

// NewConfig returns a configuration with one cluster and context of the given
// name, and the administrator as its user.
func NewConfig(name string) Config {
	c := clientcmdapi.NewConfig()
	c.Clusters[name] = &clientcmdapi.Cluster{Server: serverAddress}
	c.AuthInfos[administrator] = &clientcmdapi.AuthInfo{}
	c.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: administrator}
	c.CurrentContext = name
	return Config{c}
}

// newConfigCommand is `kubectl config` over a file of its own, which is the
// client's configuration while the command runs.
func (r *command) newConfigCommand(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	return config.NewCmdConfig(f, &clientcmd.PathOptions{
		GlobalFile: r.configFile, GlobalFileSubpath: ".kube/config",
		EnvVar:           clientcmd.RecommendedConfigPathEnvVar, // none: the host's variables are withheld
		ExplicitFileFlag: clientcmd.RecommendedConfigPathFlag,
		LoadingRules:     &clientcmd.ClientConfigLoadingRules{},
	}, s)
}

// writeConfig puts the configuration into a private folder.
func (c *Client) writeConfig() (file string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "gieok-config-")
	if err != nil {
		return "", nil, err
	}
	file = filepath.Join(dir, "config")
	remove = func() { _ = os.RemoveAll(dir) }
	if err := clientcmd.WriteToFile(*c.config.Config, file); err != nil {
		remove()
		return "", nil, err
	}
	return file, remove, nil
}

// readConfig takes over what the command made of the configuration.
func (c *Client) readConfig(file string) error {
	changed, err := clientcmd.LoadFromFile(file)
	if err != nil {
		return err
	}
	c.config = Config{changed}
	return nil
}
