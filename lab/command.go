package lab

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"gieok/parser"
	"gieok/sim"
	"gieok/sim/transcript"

	"k8s.io/client-go/kubernetes/scheme"
)

// A CommandRun is a command of a note, run in the smallest world for it.
type CommandRun struct {
	Line    string // as bound: it can be typed
	Task    Task   // the world, with Line as the reference
	Run     transcript.Transcript
	Exit    int
	Stderr  string
	Changes []string // Korean: what it changed; nil for a command that only looks
}

// A commandLine is the parts of a kubectl command.
type commandLine struct {
	words     []string // without kubectl
	verb, sub string   // "rollout", "undo"
	resource  string   // as written: "po", "deployment"; "" if none
	names     []string
	namespace string
	files     []string // of -f and --from-file
}

// Command binds the placeholders of a note's command, makes the world that it
// needs, and runs it. ok is false when it can't be run: no kubectl command, a
// word that has no value, something that needs a terminal or a network, or one
// that the note only names.
func (l *Lab) Command(ctx context.Context, c parser.Command) (CommandRun, bool, error) {
	t, world, ok, err := l.bound(ctx, c)
	if err != nil || !ok {
		return CommandRun{}, false, err
	}
	line := t.Reference
	before, err := l.snapshot(world)
	if err != nil {
		return CommandRun{}, false, err
	}
	got, err := l.attempt(ctx, world, line, false)
	if err != nil || got.exit != 0 && mentions(line, got.stderr) {
		return CommandRun{}, false, err
	}
	r := CommandRun{Line: line, Task: t, Run: got.run, Exit: got.exit, Stderr: got.stderr}
	if got.exit == 0 {
		for _, ch := range before.told(got.state) {
			r.Changes = append(r.Changes, ch.does())
		}
		if made := before.replaced(got.state); len(r.Changes) == 0 && len(made) > 0 {
			r.Changes = append(r.Changes, strings.Join(made, ", ")+" 오브젝트가 새로 만들어졌다")
		}
	}
	return r, true, nil
}

// bound binds a command and makes its world; the line is the task's reference.
func (l *Lab) bound(ctx context.Context, c parser.Command) (Task, *sim.Cluster, bool, error) {
	line, ok := bind(strings.TrimSpace(c.Text))
	if !ok {
		return Task{}, nil, false, nil
	}
	cl, ok := readCommand(line)
	if !ok || !cl.runnable() {
		return Task{}, nil, false, nil
	}
	line = cl.onNodes(line)
	t, ok, err := l.worldFor(cl)
	if err != nil || !ok {
		return t, nil, false, err
	}
	t.Reference = line
	world, err := l.world(ctx, t)
	if errors.Is(err, ErrTask) {
		return t, nil, false, nil
	}
	return t, world, err == nil, err
}

// A BoundCommand is a command of a note that can be typed, with what it is
// about.
type BoundCommand struct {
	Line      string
	Manifests []string // objects that are there before
	Files     []transcript.File
	Setup     []string // kubectl commands before it
}

// Bind binds a command as Command does, without running it. What the world
// holds besides what the command is about is left out.
func (l *Lab) Bind(ctx context.Context, c parser.Command) (BoundCommand, bool, error) {
	t, _, ok, err := l.bound(ctx, c)
	if err != nil || !ok {
		return BoundCommand{}, false, err
	}
	cl, _ := readCommand(t.Reference)
	files, err := l.filesOf(cl)
	if err != nil {
		return BoundCommand{}, false, err
	}
	return BoundCommand{Line: t.Reference, Manifests: t.Manifests[1:], Files: files, Setup: t.Setup[len(files):]}, true, nil
}

var spacesAndPipes = regexp.MustCompile(`[|;&><]`)

// readCommand takes a kubectl command apart; pipes end it.
func readCommand(line string) (commandLine, bool) {
	line = spacesAndPipes.Split(line, 2)[0]
	words := strings.Fields(line)
	if len(words) > 0 && words[0] == "sudo" {
		words = words[1:]
	}
	if len(words) < 2 || words[0] != "kubectl" && words[0] != "k" || len(words) == 2 && words[1] != "api-resources" {
		return commandLine{}, false
	}
	c := commandLine{words: words[1:]}
	c.verb = words[1]
	if strings.HasPrefix(c.verb, "-") {
		return c, false
	}
	rest := c.positionals()
	if twoWords(c.verb) && len(rest) > 0 {
		c.sub, rest = rest[0], rest[1:]
	}
	c.operands(rest)
	return c, true
}

// twoWords tells verbs whose first operand is a verb of its own.
func twoWords(verb string) bool {
	switch verb {
	case "rollout", "set", "create", "auth", "certificate", "apply", "config", "top":
		return verb != "apply"
	}
	return false
}

// valueFlags take the next word as their value.
func valueFlag(w string) bool {
	switch w {
	case "-n", "--namespace", "-l", "--selector", "-o", "--output", "-L", "--label-columns", "-f", "--filename", "-c", "--container",
		"--image", "--replicas", "--port", "--target-port", "--type", "--name", "--from-literal", "--from-file", "--from-env-file",
		"-p", "--patch", "--to-revision", "--field-selector", "--sort-by", "--tail", "--since", "--min", "--max", "--cpu-percent",
		"--schedule", "--restart", "--env", "--labels", "--command-timeout", "--timeout", "--grace-period", "--for", "--revision":
		return true
	}
	return false
}

// positionals are the words that are no flags, and reads the flags that
// matter.
func (c *commandLine) positionals() []string {
	var out []string
	for i := 1; i < len(c.words); i++ {
		w := c.words[i]
		if w == "--" {
			break
		}
		if !strings.HasPrefix(w, "-") {
			out = append(out, w)
			continue
		}
		name, val, pair := strings.Cut(w, "=")
		if !pair && valueFlag(w) && i+1 < len(c.words) {
			val = c.words[i+1]
			i++
		}
		switch name {
		case "-n", "--namespace":
			c.namespace = val
		case "-f", "--filename", "--from-file", "--from-env-file":
			_, file, pair := strings.Cut(val, "=")
			if !pair {
				file = val
			}
			c.files = append(c.files, file)
		}
	}
	return out
}

// operands reads TYPE NAME…, TYPE/NAME… and, for verbs that know Pods only,
// NAME.
func (c *commandLine) operands(rest []string) {
	switch c.verb {
	case "logs", "exec", "attach", "port-forward":
		c.resource = "pod"
	case "cordon", "uncordon", "drain":
		c.resource = "node"
	case "create", "run", "explain", "api-resources", "apply", "replace", "auth":
		return
	}
	for _, w := range rest {
		kind, name, slash := strings.Cut(w, "/")
		switch {
		case slash && !strings.Contains(w, "="):
			c.resource = kind
			c.names = append(c.names, name)
		case c.resource == "":
			c.resource = w
		case !strings.Contains(w, "=") && !strings.Contains(w, ":") && !strings.HasSuffix(w, "-"):
			c.names = append(c.names, w)
		}
	}
}

// runnable tells whether the command needs neither a terminal, a network nor
// real time.
func (c commandLine) runnable() bool {
	switch c.verb {
	case "config", "proxy", "edit", "port-forward", "attach", "debug", "cp", "top", "plugin", "completion", "version", "cluster-info", "diff", "kustomize", "certificate", "exec", "options", "alpha":
		return false
	}
	for _, w := range c.words {
		switch w {
		case "-w", "--watch", "-it", "-ti", "-i", "-t", "--stdin", "--tty", "--edit", "--help", "-h":
			return false
		}
		if strings.HasPrefix(w, "http://") || strings.HasPrefix(w, "https://") || w == "-" && c.verb != "apply" || strings.HasPrefix(w, "-k") {
			return false
		}
	}
	return !(c.verb == "logs" && slices.Contains(c.words, "-f"))
}

// onNodes gives nodes the names that they have here.
func (c *commandLine) onNodes(line string) string {
	if kindOf(c.resource) != "Node" {
		return line
	}
	words := strings.Fields(line)
	for k, name := range c.names {
		if name == "worker-1" || name == "worker-2" {
			continue
		}
		for i, w := range words {
			if w == name || strings.HasSuffix(w, "/"+name) {
				words[i] = strings.TrimSuffix(w, name) + "worker-1"
			}
		}
		c.names[k] = "worker-1"
	}
	return strings.Join(words, " ")
}

// shortNames are kubectl's own short names.
func shortName(s string) string {
	switch s {
	case "po":
		return "pod"
	case "deploy":
		return "deployment"
	case "rs":
		return "replicaset"
	case "sts":
		return "statefulset"
	case "ds":
		return "daemonset"
	case "svc":
		return "service"
	case "cm":
		return "configmap"
	case "ns":
		return "namespace"
	case "no":
		return "node"
	case "cj":
		return "cronjob"
	case "pvc":
		return "persistentvolumeclaim"
	case "pv":
		return "persistentvolume"
	case "ing":
		return "ingress"
	case "sa":
		return "serviceaccount"
	case "hpa":
		return "horizontalpodautoscaler"
	case "netpol":
		return "networkpolicy"
	case "rc":
		return "replicationcontroller"
	}
	return s
}

// kindOf is the Kind of a resource as a person types it, or "".
func kindOf(resource string) string {
	r := strings.ToLower(shortName(resource))
	r, _, _ = strings.Cut(r, ".")
	singular := []string{r, strings.TrimSuffix(r, "s"), strings.TrimSuffix(r, "es"), strings.TrimSuffix(r, "ies") + "y"}
	best := ""
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if slices.Contains(singular, strings.ToLower(gvk.Kind)) && (best == "" || gvk.Kind < best) {
			best = gvk.Kind
		}
	}
	return best
}

// around is the rest of the world: what the command is not about. An answer
// that touches or shows more than it should is told apart by it.
const around = "around"

// worldFor is the smallest world in which a command can do its work.
func (l *Lab) worldFor(c commandLine) (t Task, ok bool, err error) {
	if l.content == nil {
		return t, false, nil
	}
	rest, _, err := l.fixture(around)
	if err != nil {
		return t, false, err
	}
	t.Manifests = []string{rest}
	add := func(kind, name string) error {
		m, found, err := l.fixture(strings.ToLower(kind))
		if err != nil {
			return err
		}
		if ok = ok && found; found {
			t.Manifests = append(t.Manifests, namedFixture(m, name, c.namespace))
		}
		return nil
	}
	ok = true
	files, err := l.filesOf(c)
	if err != nil {
		return t, false, err
	}
	for _, f := range files {
		t.Setup = append(t.Setup, fileLine(f))
		if c.verb == "delete" || c.verb == "replace" {
			t.Manifests = append(t.Manifests, f.Text)
		}
	}
	kind := kindOf(c.resource)
	switch {
	case kind == "" || kind == "Node":
	case len(c.names) == 0:
		if kind != "Namespace" && kind != "Event" {
			if err := add(kind, boundName); err != nil {
				return t, false, err
			}
			ok = true // a list may be empty
		}
	default:
		for _, name := range c.names {
			if err := add(kind, name); err != nil {
				return t, false, err
			}
		}
	}
	if c.namespace != "" {
		t.Manifests = append(t.Manifests, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+quoted(c.namespace)+"}\n")
	}
	if c.verb == "rollout" && len(c.names) > 0 && kind != "" {
		t.Setup = append(t.Setup, "kubectl set image "+strings.ToLower(kind)+"/"+c.names[0]+" web=nginx:1.28"+namespaceFlag(c.namespace))
	}
	return t, ok, nil
}

func namespaceFlag(ns string) string {
	if ns == "" {
		return ""
	}
	return " -n " + ns
}

func uniqueFiles(files []string) []string {
	var out []string
	for _, f := range files {
		if f != "" && f != "-" && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// filesOf are the files that a command names: a manifest, or for a ConfigMap
// some settings.
func (l *Lab) filesOf(c commandLine) ([]transcript.File, error) {
	var out []transcript.File
	for _, name := range uniqueFiles(c.files) {
		m, _, err := l.fixture("deployment")
		if err != nil {
			return nil, err
		}
		if c.verb == "create" && !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
			m = "color=blue\nmode=dark\n"
		}
		out = append(out, transcript.File{Name: name, Text: m})
	}
	return out, nil
}

// fileLine is a command that puts a file onto the desk.
func fileLine(f transcript.File) string {
	return "grep '' > " + f.Name + " <<'EOF'\n" + f.Text + "EOF"
}

// fixture reads a manifest of content/fixtures.
func (l *Lab) fixture(name string) (string, bool, error) {
	b, err := fs.ReadFile(l.content, "fixtures/"+name+".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(b), err == nil, err
}

// namedFixture is a fixture under another name: the name of fixtures is web,
// and it stands at every metadata.name and label.
func namedFixture(manifest, name, namespace string) string {
	if name != boundName {
		manifest = strings.Replace(manifest, "metadata:\n  name: "+boundName+"\n", "metadata:\n  name: "+name+"\n", 1)
	}
	if namespace != "" {
		manifest = strings.Replace(manifest, "metadata:\n", "metadata:\n  namespace: "+namespace+"\n", 1)
	}
	return manifest
}
