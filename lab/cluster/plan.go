package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gieok/lab"
	"gieok/parser"
	"gieok/sim/transcript"

	"k8s.io/apimachinery/pkg/api/meta"
)

// Options of a comparison. The zero value is a dry run in which nothing
// hazardous is allowed; Name, Now and Wait must be set.
type Options struct {
	Run   bool     // make objects, and look at what becomes of them
	Allow []string // hazards that are let through, of Hazards, or AllowAll
	// Name is a name for a namespace that nobody has; it is called for each.
	Name func() string
	// Now is the cluster's time, for what hangs on the hour.
	Now func() time.Time
	// Wait lets real time pass, until ctx ends.
	Wait func(ctx context.Context, d time.Duration) error
}

// AllowAll allows every hazard.
const AllowAll = "all"

func (o Options) allows(h hazard) bool {
	return !o.Run && h.runOnly || slices.Contains(o.Allow, AllowAll) || slices.Contains(o.Allow, h.name)
}

// allowsPods tells whether Pods may be more than the baseline level allows.
func (o Options) allowsPods() bool {
	return slices.ContainsFunc(hazards(), func(h hazard) bool {
		return !h.runOnly && h.name != "LoadBalancer" && h.name != "externalIPs" && o.allows(h)
	})
}

// Validate refuses hazards that there are not.
func (o Options) Validate() error {
	for _, name := range o.Allow {
		if name != AllowAll && !slices.Contains(Hazards(), name) {
			return fmt.Errorf("--allow=%s: 그런 것이 없습니다. 있는 것: %s, %v", name, AllowAll, Hazards())
		}
	}
	return nil
}

// The verdicts of a Result.
const (
	Same      = "same"
	Different = "different"
	Skipped   = "skipped"
)

// A Result is what came of one object or command of a note.
type Result struct {
	parser.Pos
	EndLine   int    `json:"end_line"`
	Subject   string `json:"subject"` // "Deployment/web", or the command as written
	Verdict   string `json:"verdict"`
	Simulator string `json:"simulator,omitempty"` // Korean, where they differ
	Cluster   string `json:"cluster,omitempty"`
	Why       string `json:"why,omitempty"` // Korean: why it was skipped
}

// A Plan is what is to be done with a cluster. Nothing of it has been done.
type Plan struct {
	Skipped  []Result
	Objects  int // that are sent
	snippets []snippet
	commands []command
}

// Snippets counts the snippets of which something is sent.
func (p Plan) Snippets() int { return len(p.snippets) }

// Commands counts the commands.
func (p Plan) Commands() int { return len(p.commands) }

// Namespaces counts those that are made, one after the other.
func (p Plan) Namespaces(o Options) int {
	n := len(p.snippets) + len(p.commands)
	if !o.Run {
		return min(n, 1)
	}
	return n
}

// A snippet is the objects of one, in order.
type snippet struct {
	parser.Span
	text     string
	objects  []object
	places   []parser.Pos // of the objects
	standIns []string     // images that the simulator does not know
}

// A command is one that both sides run.
type command struct {
	parser.Span
	text   string // as written
	call   call
	world  []object
	files  []transcript.File
	before []call
}

// objectsMax bounds what one run sends.
const objectsMax = 300

// A planner reads notes for one cluster.
type planner struct {
	lab     *lab.Lab
	mapper  meta.RESTMapper
	options Options
	plan    Plan
}

// Plan reads notes and decides what is done with the cluster and what is not.
func (l *Live) Plan(ctx context.Context, runs *lab.Lab, graphs []*parser.Graph, o Options) (Plan, error) {
	p := &planner{lab: runs, mapper: l.mapper, options: o}
	for _, g := range graphs {
		for i := range g.Snippets {
			if err := p.addSnippet(&g.Snippets[i]); err != nil {
				return Plan{}, err
			}
		}
		for _, c := range g.Commands {
			if err := p.addCommand(ctx, c); err != nil {
				return Plan{}, err
			}
		}
	}
	if p.plan.Objects > objectsMax {
		return Plan{}, fmt.Errorf("오브젝트가 %d개입니다. 한 번에 %d개까지 보내니 노트를 나누어 주세요", p.plan.Objects, objectsMax)
	}
	return p.plan, nil
}

func (p *planner) skip(pos parser.Pos, endLine int, subject, why string) {
	p.plan.Skipped = append(p.plan.Skipped, Result{Pos: pos, EndLine: endLine, Subject: subject, Verdict: Skipped, Why: why})
}

func (p *planner) addSnippet(s *parser.Snippet) error {
	m, err := p.lab.Complete(s)
	var not *lab.NotKubernetesError
	if errors.As(err, &not) {
		p.skip(s.Span.Pos, s.Span.EndLine, "YAML", not.Text)
		return nil
	}
	if err != nil {
		return err
	}
	out := snippet{Span: s.Span, text: m.Text}
	for _, in := range m.StandIns {
		out.standIns = append(out.standIns, in.Image)
	}
	for _, d := range m.Documents() {
		objects, why := p.read(d.Text)
		if why != "" {
			p.skip(d.Pos, s.Span.EndLine, "YAML", why)
		}
		for _, o := range objects {
			if o.skip != "" {
				p.skip(d.Pos, s.Span.EndLine, o.title(), o.skip)
				continue
			}
			out.objects, out.places = append(out.objects, o), append(out.places, d.Pos)
		}
	}
	if len(out.objects) > 0 {
		p.plan.Objects += len(out.objects)
		p.plan.snippets = append(p.plan.snippets, out)
	}
	return nil
}

// addCommand takes a command if it, what it is about and what comes before it
// may all be sent.
func (p *planner) addCommand(ctx context.Context, c parser.Command) error {
	skip := func(why string) error {
		p.skip(c.Span.Pos, c.Span.EndLine, c.Text, why)
		return nil
	}
	bound, ok, err := p.lab.Bind(ctx, c)
	if err != nil {
		return err
	}
	if !ok {
		if _, err := p.readCall(c.Text); errors.Is(err, errForeign) || errors.Is(err, errOtherFlag) {
			return skip(err.Error())
		}
		return skip("시뮬레이터가 실행하지 않는 명령입니다")
	}
	out := command{Span: c.Span, text: c.Text, files: bound.Files}
	if out.call, err = p.readCall(bound.Line); err != nil {
		return skip(err.Error())
	}
	if !p.options.Run && out.call.needsObjects() {
		return skip("있는 오브젝트를 다루므로 --run이라야 비교할 수 있습니다")
	}
	if p.options.Run {
		for _, m := range bound.Manifests {
			objects, why := p.read(m)
			for _, o := range objects {
				why += o.skip
			}
			if why != "" {
				return skip(why)
			}
			out.world = append(out.world, objects...)
		}
		for _, line := range bound.Setup {
			before, err := p.readCall(line)
			if err != nil {
				return skip(err.Error())
			}
			out.before = append(out.before, before)
		}
	}
	p.plan.Objects += len(out.world)
	p.plan.commands = append(p.plan.commands, out)
	return nil
}
