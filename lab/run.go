package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gieok/sim"
	"gieok/sim/transcript"

	"go.yaml.in/yaml/v3"
	yaml2 "sigs.k8s.io/yaml"
)

// noteFile is the name under which a manifest lies on the desk.
const noteFile = "note.yaml"

// missingNamespace is a namespace that a run never makes.
const missingNamespace = "missing"

// Run applies a manifest to a fresh cluster and reads what became of it after
// ReadAfter seconds.
func (l *Lab) Run(ctx context.Context, m Manifest) (Outcome, error) { return l.RunText(ctx, m.Text) }

// RunText is Run for a manifest that is no snippet's. The outcome is
// remembered by the text.
func (l *Lab) RunText(ctx context.Context, manifest string) (Outcome, error) {
	l.mu.Lock()
	o, ok := l.outcomes.get(manifest)
	l.mu.Unlock()
	if ok {
		return o, nil
	}
	o, err := l.run(ctx, manifest)
	var restless *sim.NotSettledError
	if errors.As(err, &restless) {
		// A cluster that finds no rest is the simulator's fault: nothing is known.
		o.Class, o.Summary, o.Stable = "unknown", "", false
		o.Unknown = append(o.Unknown, restless.Error())
		err = nil
	}
	if err != nil {
		return o, err
	}
	l.mu.Lock()
	l.outcomes.put(manifest, o)
	l.mu.Unlock()
	return o, nil
}

func (l *Lab) run(ctx context.Context, manifest string) (Outcome, error) {
	ready, standIns, err := l.replaceImages(manifest)
	if err != nil {
		return Outcome{}, err
	}
	c := l.fork()
	if err := prepare(c, ready); err != nil {
		return Outcome{}, fmt.Errorf("lab: prerequisites: %w", err)
	}
	untouched := c.Fork()
	applied := transcript.Step{Command: "kubectl apply -f " + noteFile}
	files := []transcript.File{{Name: noteFile, Text: ready}}
	if refusal := apply(ctx, c, ready); refusal != nil {
		o, err := rejected(ctx, untouched, ready)
		o.StandIns = standIns
		return o, err
	}
	for _, d := range documents(ready) {
		applied.Stdout += createdName(d.root) + " created\n"
	}
	applied.Seconds = c.Elapsed().Seconds()
	o := Outcome{Stable: true, StandIns: standIns, Run: transcript.Transcript{Files: files, Steps: []transcript.Step{applied}}}
	early, err := l.after(ctx, c, ReadEarly*time.Second)
	if err != nil {
		return o, err
	}
	state, err := l.after(ctx, c, (ReadAfter-ReadEarly)*time.Second)
	if err != nil {
		return o, err
	}
	o.Class, o.Summary, o.Pods, o.Unknown = state.class(), state.summary(ready), state.pods, state.unknown
	o.Run.Steps = append(o.Run.Steps, transcript.Step{Command: fmt.Sprintf("advance %ds", ReadAfter), Seconds: c.Elapsed().Seconds()})
	o.at, o.look = c.Fork(), lookCommand(ready)
	late, err := l.after(ctx, c, (ReadLate-ReadAfter)*time.Second)
	if err != nil {
		return o, err
	}
	o.Stable = early.class() == o.Class && late.class() == o.Class
	return o, nil
}

// Look is the run of o with what kubectl shows at its end: the objects, then
// the answers to more commands. Most runs are never shown to anybody, so that
// kubectl looks only where one is.
func (l *Lab) Look(ctx context.Context, o Outcome, more ...string) (transcript.Transcript, error) {
	run := o.Run
	if o.at == nil {
		return run, nil // refused: the words of kubectl are the whole of it
	}
	c := o.at.Fork()
	run.Steps = slices.Clone(run.Steps)
	for _, command := range append([]string{o.look}, more...) {
		step, err := c.Exec(ctx, command)
		if err != nil {
			return run, fmt.Errorf("lab: %s: %w", command, err)
		}
		run.Steps = append(run.Steps, step)
	}
	return run, nil
}

// apply applies the documents of a manifest one after the other and lets happen
// what each of them sets off, as it would between two requests.
func apply(ctx context.Context, c *sim.Cluster, manifest string) error {
	docs := cutDocuments(manifest)
	for _, d := range docs {
		if err := applyDocument(c, d.text); err != nil {
			return err
		}
		if len(docs) > 1 {
			if err := c.Settle(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// applyDocument applies one document as kubectl does, which makes JSON of it
// first: of two equal keys the last one counts.
func applyDocument(c *sim.Cluster, doc string) error {
	j, err := yaml2.YAMLToJSON([]byte(doc))
	if err != nil {
		return err
	}
	if string(j) == "null" {
		return nil
	}
	return c.Apply(string(j))
}

// after lets time pass and reads the cluster.
func (l *Lab) after(ctx context.Context, c *sim.Cluster, d time.Duration) (state, error) {
	if err := c.Advance(ctx, d); err != nil {
		return state{}, err
	}
	return l.read(c), nil
}

// rejected asks kubectl for the words of a refusal, on a cluster with all that
// the manifest does not bring.
func rejected(ctx context.Context, c *sim.Cluster, manifest string) (Outcome, error) {
	step, err := applyByKubectl(ctx, c, manifest)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Rejected: true, Stable: true, Message: strings.TrimSpace(step.Stderr),
		Run: transcript.Transcript{Files: []transcript.File{{Name: noteFile, Text: manifest}}, Steps: []transcript.Step{step}}}
	if step.Exit == 0 {
		return o, fmt.Errorf("lab: internal error: kubectl accepts what the registry refused: %s", firstLine(manifest))
	}
	reason := reasonOf(o.Message)
	o.Class = "rejected: " + reason
	o.Summary = "API 서버가 거부한다: " + reason
	if isClientRefusal(o.Message) {
		o.Summary = "kubectl이 읽지 못해 아무것도 만들어지지 않는다: " + reason
	}
	return o, nil
}

// refusal is kubectl apply of a manifest on a fresh cluster.
func (l *Lab) refusal(ctx context.Context, manifest string) (transcript.Step, error) {
	c := l.fork()
	if err := prepare(c, manifest); err != nil {
		return transcript.Step{}, fmt.Errorf("lab: prerequisites: %w", err)
	}
	return applyByKubectl(ctx, c, manifest)
}

func applyByKubectl(ctx context.Context, c *sim.Cluster, manifest string) (transcript.Step, error) {
	c.Desk().Put(noteFile, manifest)
	return c.Exec(ctx, "kubectl apply -f "+noteFile)
}

// prepare makes what a manifest names and does not bring: a note shows a part
// of a cluster.
func prepare(c *sim.Cluster, manifest string) error {
	var made []string
	docs := documents(manifest)
	brings := func(kind, namespace, name string) bool {
		return slices.ContainsFunc(docs, func(d parsed) bool {
			return strings.EqualFold(text(d.root, "kind"), kind) && text(d.root, "metadata", "name") == name && text(d.root, "metadata", "namespace") == namespace
		})
	}
	add := func(kind, apiVersion, namespace, name, more string) error {
		key := kind + "/" + namespace + "/" + name
		if name == "" || slices.Contains(made, key) {
			return nil
		}
		made = append(made, key)
		if brings(kind, namespace, name) {
			return nil
		}
		manifest := "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: " + quoted(name)
		if namespace != "" {
			manifest += ", namespace: " + quoted(namespace)
		}
		// A name that is not valid is the manifest's own fault, and its refusal will say so.
		_ = c.Apply(manifest + "}\n" + more)
		return nil
	}
	for _, d := range docs {
		ns := text(d.root, "metadata", "namespace")
		if ns != missingNamespace && !slices.Contains([]string{"default", "kube-system", "kube-public", "kube-node-lease"}, ns) {
			if err := add("Namespace", "v1", "", ns, ""); err != nil {
				return err
			}
		}
		spec := podSpec(d.root)
		if sa := text(spec, "serviceAccountName"); sa != "" && sa != "default" && ns != missingNamespace {
			if err := add("ServiceAccount", "v1", ns, sa, ""); err != nil {
				return err
			}
		}
		if pc := text(spec, "priorityClassName"); !strings.HasPrefix(pc, "system-") {
			if err := add("PriorityClass", "scheduling.k8s.io/v1", "", pc, "value: 1000\n"); err != nil {
				return err
			}
		}
	}
	return c.Settle(context.Background())
}

func quoted(s string) string { return flow(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}) }

// createdName is how kubectl names an object that it created.
func createdName(root *yaml.Node) string {
	gvk := gvkOf(root)
	name := strings.ToLower(gvk.Kind)
	if gvk.Group != "" {
		name += "." + gvk.Group
	}
	return name + "/" + text(root, "metadata", "name")
}

// lookCommand is the command that shows what became of a manifest.
func lookCommand(manifest string) string {
	resource, namespace := "", ""
	for _, d := range documents(manifest) {
		ns := text(d.root, "metadata", "namespace")
		if podSpec(d.root) != nil && text(d.root, "kind") != "CronJob" {
			resource, namespace = "pods", ns
			break
		}
		if resource == "" {
			name := strings.ToLower(text(d.root, "kind"))
			resource, namespace = name+" "+text(d.root, "metadata", "name"), ns
		}
	}
	if namespace != "" {
		resource += " -n " + namespace
	}
	return "kubectl get " + resource
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
