// Package term is the sandbox and the exercises on a terminal: a prompt before
// a cluster whose time passes when its user says so.
package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gieok/quiz/prompt"
	"gieok/sim"

	"mvdan.cc/sh/v3/syntax"
)

// Limits of a sandbox.
const (
	undoMax      = 50 // commands that can be taken back
	continuedMax = 1000
)

// Options of a sandbox.
type Options struct {
	Cluster *sim.Cluster // to begin with; it stays as it is
	Prompt  *prompt.Prompt
	// Edit lets the learner change a text in an editor; nil reads lines.
	Edit func(ctx context.Context, initial string) (string, error)
}

// A sandbox is one session.
type sandbox struct {
	Options
	c       *sim.Cluster
	history *history
	past    []moment // before each command that changed something
	told    []sim.Unknown
}

// A moment is what undo goes back to.
type moment struct {
	cluster *sim.Cluster
	history *history
	line    string
}

// errExit ends a session.
var errExit = errors.New("exit")

// Run reads and carries out lines until exit or the end of input.
func Run(ctx context.Context, o Options) error {
	s := &sandbox{Options: o}
	s.enter(o.Cluster.Fork(), &history{})
	if o.Prompt.Interactive() {
		s.say("노드 두 개짜리 클러스터가 준비되었습니다. help로 할 수 있는 일을 봅니다.")
	}
	for {
		line, err := s.read(ctx)
		if errors.Is(err, errExit) {
			return nil
		}
		if err != nil {
			return err
		}
		err = s.carryOut(ctx, line)
		switch {
		case errors.Is(err, errExit):
			return nil
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.Prompt.Println(prompt.Span{Style: prompt.Bad, Text: err.Error()})
		}
		s.admit()
		if err := s.Prompt.Err(); err != nil {
			return err
		}
	}
}

// admit tells of Pods whose outcome is not known since the last time.
func (s *sandbox) admit() {
	now := s.c.Unknown()
	for _, u := range now {
		if !slices.Contains(s.told, u) {
			s.Prompt.Println(prompt.Span{Style: prompt.Warn, Text: fmt.Sprintf(
				"주의: 파드 %s/%s이(가) 실제로 어떻게 될지 이 시뮬레이터는 모릅니다. (%s: %s)", u.Namespace, u.Pod, u.Field, u.Why)})
		}
	}
	s.told = now
}

// enter makes a cluster the present one.
func (s *sandbox) enter(c *sim.Cluster, h *history) {
	s.c, s.history = c, h
	c.Desk().Editor = s.Edit
	c.WatchPods(h.pod(c), h.event(c))
}

func (s *sandbox) say(format string, a ...any) {
	s.Prompt.Println(prompt.Span{Text: fmt.Sprintf(format, a...)})
}

// read is the next command, which may take several lines: an open quote, a
// here-document or a backslash at the end asks for more.
func (s *sandbox) read(ctx context.Context) (string, error) {
	label := fmt.Sprintf("gieok +%s> ", span(s.c.Elapsed()))
	text := ""
	for range continuedMax {
		reply, err := s.Prompt.Line(ctx, label, "", prompt.Commands{Hint: text == "", Undo: text == ""})
		if err != nil {
			return "", err
		}
		switch reply.Command {
		case prompt.Quit:
			if text != "" && ctx.Err() == nil {
				return text, nil // as far as it was typed; the next read ends the session
			}
			return "", errExit
		case prompt.Hint:
			return "help", nil
		case prompt.Undo:
			return "undo", nil
		}
		text += reply.Text
		if !unfinished(text) {
			return text, nil
		}
		text += "\n"
		label = "> "
	}
	return text, nil
}

// unfinished reports whether a shell would ask for another line.
func unfinished(text string) bool {
	if strings.HasSuffix(text, "\\") {
		return true
	}
	_, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text+"\n"), "")
	return err != nil && (syntax.IsIncomplete(err) || strings.Contains(text, "<<") && strings.Contains(err.Error(), "here-document"))
}

// A verb is a command of the sandbox itself.
type verb struct {
	name, usage, says string
	changes           bool // the cluster or the files, so that undo has a use
	run               func(s *sandbox, ctx context.Context, args []string) error
}

func verbs() []verb {
	return []verb{
		{"kubectl", "kubectl …, k …", "진짜 kubectl. 파이프, 리다이렉션, <<EOF도 됩니다", true, nil},
		{"advance", "advance 35s", "시간을 보냅니다. 그동안 일어날 일이 모두 일어납니다", true, (*sandbox).advance},
		{"settle", "settle", "시간을 보내지 않고 지금 할 일만 끝냅니다", true, (*sandbox).settle},
		{"watch", "watch [-n 이름] [-A]", "파드가 바뀌는 것을 보입니다. 10분 동안 그대로면 끝납니다", true, (*sandbox).watch},
		{"node", "node down 노드, node up 노드", "노드와 연락이 끊기거나 다시 닿습니다", true, (*sandbox).node},
		{"switch", "switch 이름 on, switch 이름 off", "애드온을 켜고 끕니다. 이름 없이 쓰면 무엇이 있는지 보입니다", true, (*sandbox).turn},
		{"usage", "usage deploy/web cpu=200m memory=64Mi", "파드나 노드가 쓰는 양을 정합니다. 양은 파드마다이고, total을 붙이면 나누어 씁니다. none은 지웁니다", true, (*sandbox).usage},
		{"timeline", "timeline 파드 [-n 이름]", "파드가 지나온 상태, 프로브, 재시작을 그립니다", false, (*sandbox).timeline},
		{"undo", "undo (:u)", "마지막으로 무언가를 바꾼 명령 앞으로 돌아갑니다", false, (*sandbox).undo},
		{"reset", "reset", "새 클러스터에서 다시 시작합니다", true, (*sandbox).reset},
		{"files", "files", "만든 파일을 보입니다", false, (*sandbox).files},
		{"edit", "edit 파일", "파일을 고칩니다", true, (*sandbox).edit},
		{"help", "help (?)", "이 도움말", false, (*sandbox).help},
		{"exit", "exit (:q)", "끝냅니다", false, func(*sandbox, context.Context, []string) error { return errExit }},
	}
}

// carryOut runs one command. An error is what the learner is told.
func (s *sandbox) carryOut(ctx context.Context, line string) error {
	words := strings.Fields(line)
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return nil
	}
	for _, v := range verbs() {
		if v.run == nil || v.name != words[0] {
			continue
		}
		if v.changes {
			defer s.remember(line)()
		}
		return v.run(s, ctx, words[1:])
	}
	defer s.remember(line)()
	return s.shell(ctx, line)
}

// remember keeps the present for undo, unless nothing has changed by the time
// that what it returns is called.
func (s *sandbox) remember(line string) func() {
	was := s.c
	before := moment{cluster: was.Fork(), history: s.history.fork(), line: line}
	return func() {
		if s.c == was && was.Version() == before.cluster.Version() && was.Now().Equal(before.cluster.Now()) &&
			was.Desk().Files().Equal(before.cluster.Desk().Files()) {
			return
		}
		if len(s.past) == undoMax {
			s.past = s.past[1:]
		}
		s.past = append(s.past, before)
	}
}

// shell runs a line of the desk and shows what it printed.
func (s *sandbox) shell(ctx context.Context, line string) error {
	step, err := s.c.Exec(ctx, line)
	if err != nil {
		return err
	}
	s.show(prompt.Plain, step.Stdout)
	style := prompt.Warn
	if step.Exit != 0 {
		style = prompt.Bad
	}
	s.show(style, step.Stderr)
	if step.Exit != 0 && step.Stderr == "" {
		s.Prompt.Println(prompt.Span{Style: prompt.Faint, Text: fmt.Sprintf("종료 상태 %d", step.Exit)})
	}
	return nil
}

func (s *sandbox) show(style prompt.Style, text string) {
	for line := range strings.Lines(text) {
		s.Prompt.Println(prompt.Span{Style: style, Text: strings.TrimSuffix(line, "\n")})
	}
}

var errAdvance = errors.New("advance 35s처럼 보낼 시간을 적습니다 (s, m, h)")

func (s *sandbox) advance(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errAdvance
	}
	d, err := time.ParseDuration(args[0])
	if err != nil || d < 0 {
		return errAdvance
	}
	return s.c.Advance(ctx, d)
}

func (s *sandbox) settle(ctx context.Context, _ []string) error { return s.c.Settle(ctx) }

// node makes a node unreachable, or reachable again, as the control plane sees
// it: at the moment when the node has been silent for long enough.
func (s *sandbox) node(ctx context.Context, args []string) error {
	if len(args) != 2 || args[0] != "down" && args[0] != "up" || strings.ContainsAny(args[1], "'\" $`;|&<>()\\") {
		return errors.New("node down worker-1처럼 적습니다 (down 또는 up)")
	}
	if lease, err := s.c.Exec(ctx, "kubectl get lease -n kube-node-lease "+args[1]); err != nil {
		return err
	} else if node, err := s.c.Exec(ctx, "kubectl get node "+args[1]); err != nil {
		return err
	} else if node.Exit == 0 && lease.Exit != 0 {
		return fmt.Errorf("%s에는 kubelet이 없어 소식이 오지 않습니다. Node 오브젝트만 만든 노드는 60초 뒤에 NotReady가 됩니다", args[1])
	}
	patch := nodeStatus(args[0] == "up", s.c.Now())
	step, err := s.c.Exec(ctx, "kubectl patch node "+args[1]+" --subresource=status -p '"+patch+"'")
	if err != nil {
		return err
	}
	if step.Exit != 0 {
		return errors.New(strings.TrimSpace(step.Stderr))
	}
	if err := s.c.Settle(ctx); err != nil {
		return err
	}
	if args[0] == "down" {
		s.say("%s의 소식이 끊겨 NotReady가 되었습니다. 실제로는 소식이 끊기고 50초 뒤의 일입니다.", args[1])
	} else {
		s.say("%s의 소식이 다시 옵니다.", args[1])
	}
	return nil
}

// nodeStatus is the patch with the conditions of a node that is heard of or not.
func nodeStatus(heard bool, now time.Time) string {
	var conditions []string
	for _, c := range []struct{ kind, status, reason, message string }{
		{"Ready", "True", "KubeletReady", "kubelet is posting ready status"},
		{"MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"},
		{"DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
		{"PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
	} {
		if !heard {
			c.status, c.reason, c.message = "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."
		}
		conditions = append(conditions, fmt.Sprintf(`{"type":%q,"status":%q,"reason":%q,"message":%q,"lastTransitionTime":%q}`,
			c.kind, c.status, c.reason, c.message, now.UTC().Format(time.RFC3339)))
	}
	return `{"status":{"conditions":[` + strings.Join(conditions, ",") + `]}}`
}

// says tells what a switch of sim is good for.
func switchSays(name string) string {
	return map[string]string{
		"metrics-server": "kubectl top과 HPA에 쓰는 메트릭. 쓰는 양은 usage로 정합니다",
		"provisioner":    "기본 StorageClass standard와, PVC마다 볼륨을 만드는 프로비저너(kind와 같은 것)",
		"loadbalancer":   "LoadBalancer Service에 주소를 주는 MetalLB",
		"ingress":        "Ingress에 답하는 ingress-nginx와 IngressClass nginx (worker-1의 80 포트)",
	}[name]
}

// turn switches an add-on, or lists them all.
func (s *sandbox) turn(ctx context.Context, args []string) error {
	if len(args) == 0 {
		for _, w := range sim.Switches() {
			state := "꺼짐"
			if s.c.Switched(w) {
				state = "켜짐"
			}
			s.say("%-14s  %s  %s", w.Name, state, switchSays(w.Name))
		}
		return nil
	}
	for _, w := range sim.Switches() {
		if w.Name == args[0] && len(args) == 2 && (args[1] == "on" || args[1] == "off") {
			if err := s.c.Switch(w, args[1] == "on"); err != nil {
				return err
			}
			return s.c.Settle(ctx)
		}
	}
	return errors.New("switch provisioner on처럼 적습니다 (on 또는 off). switch만 적으면 이름을 보입니다")
}

// usage sets what the metrics server tells.
func (s *sandbox) usage(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("usage deploy/web cpu=200m memory=64Mi처럼 적습니다 (pod/이름, node/이름도 됩니다)")
	}
	if err := s.c.Settle(ctx); err != nil {
		return err
	}
	return s.c.Use(args)
}

func (s *sandbox) undo(context.Context, []string) error {
	if len(s.past) == 0 {
		return errors.New("되돌릴 명령이 없습니다")
	}
	last := s.past[len(s.past)-1]
	s.past = s.past[:len(s.past)-1]
	s.enter(last.cluster, last.history)
	s.say("되돌렸습니다: %s", oneLine(last.line))
	return nil
}

func (s *sandbox) reset(context.Context, []string) error {
	s.enter(s.Cluster.Fork(), &history{})
	s.say("새 클러스터입니다. undo로 돌아갈 수 있습니다.")
	return nil
}

func (s *sandbox) files(context.Context, []string) error {
	files := s.c.Desk().Files()
	for _, name := range files.Names() {
		text, _ := files.Read(name)
		s.say("%6d바이트  %s", len(text), name)
	}
	if len(files.Names()) == 0 {
		s.say("파일이 없습니다. edit 파일 또는 kubectl … > 파일 로 만듭니다.")
	}
	return nil
}

func (s *sandbox) edit(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("edit web.yaml처럼 파일 하나를 적습니다")
	}
	text, _ := s.c.Desk().Files().Read(args[0])
	if s.Edit != nil {
		changed, err := s.Edit(ctx, text)
		if err != nil {
			return err
		}
		s.c.Desk().Put(args[0], changed)
		return nil
	}
	s.show(prompt.Faint, text)
	s.say("새 내용을 적고, 점(.) 하나만 있는 줄로 끝냅니다.")
	reply, err := s.Prompt.Text(ctx, "| ", prompt.Commands{})
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case reply.Command == prompt.Quit:
		return errors.New("그대로 두었습니다")
	}
	s.c.Desk().Put(args[0], reply.Text+"\n")
	return nil
}

func (s *sandbox) help(context.Context, []string) error {
	for _, v := range verbs() {
		s.Prompt.Println(prompt.Span{Style: prompt.Code, Text: "  " + v.usage})
		s.Prompt.Paragraph(prompt.Plain, "      ", v.says)
	}
	return nil
}

// span is a duration without idle zeros: 1m30s, 10m, 2h.
func span(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
