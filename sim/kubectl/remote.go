package kubectl

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// remoteTimeMax bounds one command of a Remote, in real time.
const remoteTimeMax = time.Minute

// A Remote is kubectl with a cluster behind it that its caller reaches. The
// same commands run as in the simulator, so that what they answer differently
// is the clusters' doing; only their time is real. It keeps the host's
// variables, which whoever logs a person in to a cluster may need.
type Remote struct {
	config *rest.Config
	shared *Shared
}

// NewRemote reads what the cluster offers. Whatever a command must not do, the
// transport of the configuration has to refuse.
func NewRemote(config *rest.Config) (*Remote, error) {
	prepared.Do(prepare)
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	cached := ordered{memory.NewMemCacheClient(client)}
	return &Remote{config: config, shared: &Shared{discovery: cached, mapper: restmapper.NewDeferredDiscoveryRESTMapper(cached)}}, nil
}

// Run runs kubectl with args, for at most a minute. No error of kubectl is an
// error here.
func (r *Remote) Run(ctx context.Context, args []string, folder Folder) (Result, error) {
	return inProcess(ctx, args, "", folder, &r.shared.std, func(host *hostFolder, std *stdCapture) (res Result, err error) {
		defer func() {
			// Whoever called has something to put away in the cluster.
			if v := recover(); v != nil {
				err = fmt.Errorf("kubectl: internal error: %v", v)
			}
		}()
		ctx, cancel := context.WithTimeout(ctx, remoteTimeMax)
		defer cancel()
		run := &command{client: &Client{config: NewConfig("cluster")}, shared: r.shared, out: std.out, errOut: std.errOut, folder: folder, remote: r.config}
		exit := run.run(ctx, host.args)
		if err := ctx.Err(); err != nil {
			return Result{}, fmt.Errorf("kubectl: %w", err)
		}
		res, err = run.result(std, host)
		res.Exit = exit
		return res, err
	})
}
