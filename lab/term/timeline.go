package term

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gieok/quiz/prompt"
	"gieok/sim"

	corev1 "k8s.io/api/core/v1"
)

// Limits of a history and its picture.
const (
	notesMax         = 20_000
	timelineCellsMax = 60
	timelineLinesMax = 40
)

// A history is what became of Pods, in order.
type history struct{ notes []note }

// A note is what was to be seen of a Pod from a time on.
type note struct {
	at         time.Duration // since the cluster began
	pod        string        // namespace/name
	containers []containerState
	gone       bool
	event      string // of an event instead: "reason: message"
	probe      bool   // the event says that a probe failed
}

// A containerState is what a container does.
type containerState struct {
	name     string
	mark     byte // in the picture
	says     string
	restarts int32
}

func (h *history) fork() *history { return &history{notes: slices.Clip(h.notes)} }

func (h *history) add(n note) {
	if len(h.notes) < notesMax {
		h.notes = append(h.notes, n)
	}
}

// pod notes each write of a Pod of c.
func (h *history) pod(c *sim.Cluster) func(at time.Time, old, new *corev1.Pod) {
	begin := c.Now().Add(-c.Elapsed())
	return func(at time.Time, old, p *corev1.Pod) {
		if p == nil {
			h.add(note{at: at.Sub(begin), pod: old.Namespace + "/" + old.Name, gone: true})
			return
		}
		n := note{at: at.Sub(begin), pod: p.Namespace + "/" + p.Name}
		known := slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses)
		for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
			s := containerState{name: c.Name, mark: '.', says: "노드를 기다림"}
			if p.Spec.NodeName != "" {
				s.says = "준비하는 중"
			}
			for i := range known {
				if known[i].Name == c.Name {
					s.read(&known[i])
				}
			}
			if p.DeletionTimestamp != nil {
				s.says += ", 끝내는 중"
			}
			n.containers = append(n.containers, s)
		}
		h.add(n)
	}
}

// read takes over what a status says.
func (s *containerState) read(c *corev1.ContainerStatus) {
	s.restarts = c.RestartCount
	switch state := c.State; {
	case state.Running != nil && c.Ready:
		s.mark, s.says = '#', "실행 중, 준비됨"
	case state.Running != nil:
		s.mark, s.says = '-', "실행 중, 준비 안 됨"
	case state.Terminated != nil && state.Terminated.ExitCode == 0:
		s.mark, s.says = 'o', "끝남 (0)"
	case state.Terminated != nil:
		s.mark, s.says = 'x', fmt.Sprintf("끝남 (%s, %d)", state.Terminated.Reason, state.Terminated.ExitCode)
	case state.Waiting != nil:
		s.says = "기다림 (" + state.Waiting.Reason + ")"
		if strings.HasSuffix(state.Waiting.Reason, "BackOff") || strings.HasPrefix(state.Waiting.Reason, "Err") || strings.HasSuffix(state.Waiting.Reason, "Error") {
			s.mark = '~'
		}
	}
}

// event notes the events that explain what a Pod does.
func (h *history) event(c *sim.Cluster) func(at time.Time, e *corev1.Event) {
	begin := c.Now().Add(-c.Elapsed())
	return func(at time.Time, e *corev1.Event) {
		switch e.Reason {
		case "Unhealthy", "Killing", "Failed", "FailedScheduling", "Evicted", "Preempted", "ProbeWarning", "FailedMount":
			h.add(note{at: at.Sub(begin), pod: e.InvolvedObject.Namespace + "/" + e.InvolvedObject.Name,
				event: e.Reason + ": " + oneLine(e.Message), probe: e.Reason == "Unhealthy"})
		}
	}
}

func (s *sandbox) timeline(_ context.Context, args []string) error {
	namespace, name := corev1.NamespaceDefault, ""
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-n" && i+1 < len(args):
			i++
			namespace = args[i]
		case name == "":
			name = strings.TrimPrefix(strings.TrimPrefix(a, "pods/"), "pod/")
		default:
			return errTimeline
		}
	}
	if name == "" {
		return errTimeline
	}
	pod, err := s.history.find(namespace, name)
	if err != nil {
		return err
	}
	s.show(prompt.Plain, s.history.picture(pod, s.c.Elapsed(), timelineCellsMax))
	return nil
}

var errTimeline = errors.New("timeline 파드이름 [-n 네임스페이스]처럼 적습니다")

// find is the Pod that a name or the beginning of one means.
func (h *history) find(namespace, name string) (string, error) {
	all := map[string]bool{}
	for _, n := range h.notes {
		all[n.pod] = true
	}
	want := namespace + "/" + name
	if all[want] {
		return want, nil
	}
	var found []string
	for _, pod := range sortedKeys(all) {
		if strings.HasPrefix(pod, want) {
			found = append(found, pod)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%s: 그런 파드가 없었습니다", want)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%s(으)로 시작하는 파드가 여럿입니다: %s", want, strings.Join(found, ", "))
}

// picture draws what became of a Pod until now, in at most cells columns, and
// lists it below.
func (h *history) picture(pod string, now time.Duration, cells int) string {
	var notes []note
	for _, n := range h.notes {
		if n.pod == pod {
			notes = append(notes, n)
		}
	}
	begin, end := notes[0].at, now
	if last := notes[len(notes)-1]; last.gone {
		end = last.at
	}
	step := cellTime(end-begin, cells)
	var b strings.Builder
	fmt.Fprintf(&b, "%s  +%s부터 +%s까지, 한 칸은 %s\n", pod, span(begin), span(end), span(step))
	count := int((end-begin)/step) + 1
	for _, r := range rows(notes, begin, step, count) {
		fmt.Fprintf(&b, "  %-*s |%s|\n", nameWidth(notes), r.name, r.cells)
	}
	fmt.Fprintf(&b, "  %-*s  %s\n", nameWidth(notes), "", axis(step, count))
	b.WriteString("  . 기다림  - 실행  # 준비됨  o 잘 끝남  x 잘못 끝남  ~ 미루어짐  ! 프로브 실패  1-9 재시작\n")
	list(&b, notes)
	return b.String()
}

// A row is a line of a picture.
type row struct {
	name  string
	cells string
}

// rows are one of states for each container, then failed probes and restarts.
func rows(notes []note, begin, step time.Duration, count int) []row {
	cell := func(at time.Duration) int { return min(int((at-begin)/step), count-1) }
	blank := func() []byte { return []byte(strings.Repeat(" ", count)) }
	states := map[string][]byte{}
	var names []string
	probes, restarts := blank(), blank()
	seen := map[string]int32{}
	for i, n := range notes {
		until := count
		for j := i + 1; j < len(notes); j++ {
			if notes[j].event == "" {
				until = cell(notes[j].at)
				break
			}
		}
		if n.probe {
			probes[cell(n.at)] = '!'
		}
		for _, c := range n.containers {
			if states[c.name] == nil {
				states[c.name] = blank()
				names = append(names, c.name)
			}
			from := cell(n.at)
			for k := from; k < max(until, from+1); k++ {
				// An end that lasts for less than a cell is what one looks for.
				if k > from || !strings.ContainsRune("xo", rune(states[c.name][k])) || c.mark == 'x' {
					states[c.name][k] = c.mark
				}
			}
			if c.restarts > seen[c.name] {
				seen[c.name] = c.restarts
				restarts[from] = byte('0' + min(c.restarts, 9))
			}
		}
	}
	var out []row
	for _, name := range names {
		out = append(out, row{name, string(states[name])})
	}
	for _, r := range []row{{"(probe)", string(probes)}, {"(restart)", string(restarts)}} {
		if strings.TrimSpace(r.cells) != "" {
			out = append(out, r)
		}
	}
	return out
}

func nameWidth(notes []note) int {
	width := len("(restart)")
	for _, n := range notes {
		for _, c := range n.containers {
			width = max(width, len(c.name))
		}
	}
	return width
}

// cellTime is the shortest round time of which cells hold all of total.
func cellTime(total time.Duration, cells int) time.Duration {
	for _, d := range []time.Duration{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400} {
		if total/(d*time.Second) < time.Duration(cells) {
			return d * time.Second
		}
	}
	return (total/time.Duration(cells)/time.Hour + 1) * time.Hour
}

// axis tells times, from the beginning of the picture, every ten cells.
func axis(step time.Duration, count int) string {
	const every = 10
	out := ""
	for i := 0; i < count; i += every {
		out += fmt.Sprintf("%-*s", every, span(time.Duration(i)*step))
	}
	return strings.TrimRight(out, " ")
}

// An entry is a line of the list below a picture.
type entry struct {
	at        time.Duration
	container string // "" for events
	passing   bool   // of no interest if another state follows at once
	text      string
	count     int
}

// entries are the changes of a Pod; what repeats is counted.
func entries(notes []note) (all []entry) {
	add := func(e entry) {
		k := len(all) - 1
		if k >= 0 && all[k].container == e.container && all[k].text == e.text {
			all[k].count++
			return
		}
		for ; k >= 0 && all[k].at == e.at; k-- {
			if all[k].passing && all[k].container == e.container {
				all = slices.Delete(all, k, k+1)
				break
			}
		}
		e.count = 1
		all = append(all, e)
	}
	last := map[string]string{}
	for _, n := range notes {
		if n.event != "" {
			add(entry{at: n.at, text: n.event})
		}
		if n.gone {
			add(entry{at: n.at, text: "사라짐"})
		}
		for _, c := range n.containers {
			text := c.says
			if c.restarts > 0 {
				text += fmt.Sprintf(", 재시작 %d번째", c.restarts)
			}
			if text != last[c.name] {
				last[c.name] = text
				add(entry{at: n.at, container: c.name, passing: c.mark == '.', text: text})
			}
		}
	}
	return all
}

// list writes each change of a Pod with its time.
func list(b *strings.Builder, notes []note) {
	all := entries(notes)
	for _, e := range all[:min(len(all), timelineLinesMax)] {
		who, times := "", ""
		if e.container != "" {
			who = e.container + ": "
		}
		if e.count > 1 {
			times = fmt.Sprintf(" (%d번)", e.count)
		}
		fmt.Fprintf(b, "%8s  %s%s%s\n", "+"+span(e.at), who, e.text, times)
	}
	if more := len(all) - timelineLinesMax; more > 0 {
		fmt.Fprintf(b, "          … %d개 더\n", more)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
