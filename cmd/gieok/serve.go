package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"gieok/sim"
	"gieok/sim/serve"

	"github.com/spf13/cobra"
)

type serveFlags struct {
	kubeconfig string
	print      bool
	speed      string
}

func newServeCmd(app *App) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve --kubeconfig FILE",
		Short: "내장 클러스터에 실제 kubectl을 붙일 수 있게 합니다",
		Long: `내장 클러스터의 API를 이 컴퓨터 안에서만(127.0.0.1, ::1) 열고 kubeconfig를 씁니다. 끝내면 클러스터도,
kubeconfig도 사라집니다. 시간은 실제 시간을 따르며, --speed 60x는 60배로, --speed 0은 멈춰 세웁니다.
표준 입력으로 advance 1m(시간 보내기)과 quit(끝내기)를 받습니다.`,
		Example: "  gieok serve --kubeconfig gieok.kubeconfig\n  gieok serve --print --speed 60x",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.serve(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig를 쓸 파일")
	cmd.Flags().BoolVar(&f.print, "print", false, "파일에 쓰지 않고 화면에 냅니다")
	cmd.Flags().StringVar(&f.speed, "speed", "1x", "시간의 빠르기 (0이면 멈춤)")
	return cmd
}

func (app *App) serve(ctx context.Context, f serveFlags) error {
	if (f.kubeconfig == "") != f.print {
		return errors.New("--kubeconfig FILE과 --print 가운데 하나를 적어 주세요")
	}
	speed, err := strconv.ParseFloat(strings.TrimSuffix(f.speed, "x"), 64)
	if err != nil || !(speed >= 0 && speed <= serve.SpeedMax) {
		return fmt.Errorf("--speed %s: 0부터 %dx까지입니다. 예: 60x", f.speed, serve.SpeedMax)
	}
	cluster, err := sim.New(sim.Options{Node: sim.Real, Start: app.now().Round(0)})
	if err != nil {
		return err
	}
	server, err := serve.Listen(serve.Options{Cluster: cluster, Speed: speed, Now: app.now,
		Log: func(text string) { fmt.Fprintf(app.errOut, "gieok: %s\n", text) }})
	if err != nil {
		return err
	}
	config := server.Kubeconfig()
	if f.print {
		if _, err := app.out.Write(config); err != nil {
			return err
		}
	} else {
		if err := serve.WriteKubeconfig(f.kubeconfig, config, app.home()); err != nil {
			return refused(f.kubeconfig, err)
		}
		defer func() {
			if err := serve.RemoveKubeconfig(f.kubeconfig, config); err != nil {
				fmt.Fprintf(app.errOut, "gieok: %v\n", err)
			}
		}()
		fmt.Fprintf(app.errOut, "%s 에서 기다립니다. 다른 터미널에서: kubectl --kubeconfig %s get nodes\n", server.Address(), f.kubeconfig)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		if app.serveCommands(ctx, server) {
			cancel()
		}
	}()
	return server.Run(ctx)
}

// refused says why a kubeconfig is not written.
func refused(name string, err error) error {
	switch {
	case errors.Is(err, serve.ErrForeign):
		return fmt.Errorf("%s: gieok serve가 쓴 파일이 아니어서 덮어쓰지 않습니다", name)
	case errors.Is(err, serve.ErrHome):
		return fmt.Errorf("%s: 홈 폴더의 .kube에는 쓰지 않습니다. 다른 곳을 적어 주세요", name)
	}
	return err
}

// serveCommands carries out what is typed until the input ends; it reports
// whether that was a quit.
func (app *App) serveCommands(ctx context.Context, server *serve.Server) (quit bool) {
	lines := bufio.NewScanner(io.LimitReader(app.in, serveInputMax))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 0:
			continue
		case len(words) == 1 && (words[0] == "quit" || words[0] == "exit"):
			return true
		case len(words) == 2 && words[0] == "advance":
			d, err := time.ParseDuration(words[1])
			if err != nil || d < 0 {
				fmt.Fprintf(app.errOut, "advance %s: 시간은 30s, 5m, 1h처럼 적습니다\n", words[1])
				continue
			}
			now, err := server.Advance(ctx, d)
			if err != nil {
				fmt.Fprintf(app.errOut, "gieok: %v\n", err)
				continue
			}
			fmt.Fprintf(app.errOut, "클러스터의 시간은 %s\n", now.Format(time.RFC3339))
		default:
			fmt.Fprintln(app.errOut, "advance 1m처럼 시간을 보내거나, quit로 끝냅니다")
		}
	}
	return false
}

// serveInputMax bounds what is read of the standard input, in bytes.
const serveInputMax = 16 << 20
