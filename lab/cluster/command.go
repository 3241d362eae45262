package cluster

import (
	"errors"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"mvdan.cc/sh/v3/syntax"
)

// A form is a verb of kubectl, or two, with what it may be given.
type form struct {
	verb  string // "rollout undo"
	flags string // of those below, and only those
	// objects says what it speaks of.
	objects objects
	changes bool // takes --dry-run
}

// objects are the ways in which a command names what it is about.
type objects int

const (
	fromFile objects = iota // -f FILE, no names
	made                    // NAME, of a kind that the verb has
	named                   // TYPE NAME… or TYPE/NAME…
	listed                  // the same, or TYPE alone
	logged                  // POD or TYPE/NAME
	assigned                // the same as named, then K=V… or K-…
)

// forms are all that a note may make kubectl do with a cluster. A flag stands
// there with "=" if it takes a value. None leads to other namespaces, clusters,
// users, addresses or files, selects more than what is named, or waits.
func forms() []form {
	const output = " -o= --output= --show-labels --no-headers"
	const making = " --save-config --dry-run= -o= --output="
	return []form{
		{"apply", "-f= --filename= --server-side --force-conflicts --dry-run= -o= --output=", fromFile, true},
		{"create", "-f= --filename=" + making, fromFile, true},
		{"create deployment", "--image= --replicas= -r= --port=" + making, made, true},
		{"create deploy", "--image= --replicas= -r= --port=" + making, made, true},
		{"create configmap", "--from-literal= --from-file=" + making, made, true},
		{"create cm", "--from-literal= --from-file=" + making, made, true},
		{"create secret generic", "--from-literal= --from-file= --type=" + making, made, true},
		{"create secret docker-registry", "--docker-server= --docker-username= --docker-password= --docker-email=" + making, made, true},
		{"create service clusterip", "--tcp= --clusterip=" + making, made, true},
		{"create service externalname", "--external-name= --tcp=" + making, made, true},
		{"create service nodeport", "--tcp= --node-port=" + making, made, true},
		{"create service loadbalancer", "--tcp=" + making, made, true},
		{"create svc clusterip", "--tcp= --clusterip=" + making, made, true},
		{"create job", "--image=" + making, made, true},
		{"create cronjob", "--image= --schedule= --restart=" + making, made, true},
		{"create ingress", "--class= --rule= --default-backend= --annotation=" + making, made, true},
		{"create quota", "--hard=" + making, made, true},
		{"create role", "--verb= --resource= --resource-name=" + making, made, true},
		{"create serviceaccount", making, made, true},
		{"create sa", making, made, true},
		{"create poddisruptionbudget", "--min-available= --max-unavailable= --selector=" + making, made, true},
		{"create pdb", "--min-available= --max-unavailable= --selector=" + making, made, true},
		{"get", "-L= --label-columns= --sort-by=" + output, listed, false},
		{"describe", "--show-events=", listed, false},
		{"logs", "-c= --container= --tail= -p --previous --timestamps --all-containers", logged, false},
		{"rollout status", "", named, false},
		{"rollout history", "--revision=", named, false},
		{"rollout undo", "--to-revision= --dry-run=", named, true},
		{"rollout restart", "", named, false},
		{"rollout pause", "", named, false},
		{"rollout resume", "", named, false},
		{"scale", "--replicas= --current-replicas= --dry-run=", named, true},
		{"set image", "--dry-run=", assigned, true},
		{"set env", "-c= --containers= --dry-run=", assigned, true},
		{"set resources", "-c= --containers= --limits= --requests= --dry-run=", named, true},
		{"label", "--overwrite --dry-run=", assigned, true},
		{"annotate", "--overwrite --dry-run=", assigned, true},
		{"delete", "--grace-period= --now --force --dry-run=", named, true},
	}
}

// A call is a command that may be run on both sides.
type call struct {
	form
	args  []string // of kubectl, without a namespace
	typed []string // what is no flag, after the verb
	dry   bool     // the note itself asks for a dry run
}

// needsObjects tells a command that says nothing in an empty namespace.
func (c call) needsObjects() bool {
	switch c.objects {
	case fromFile, made:
		return false
	case listed:
		return len(c.typed) > 1 || strings.Contains(c.typed[0], "/")
	}
	return true
}

var (
	errShell     = errors.New("셸 문법이 든 명령입니다")
	errForeign   = errors.New("허용하는 명령이 아닙니다")
	errOtherFlag = errors.New("허용하지 않는 옵션이 있습니다")
)

// readCall reads a command line, and says why it is not run if it isn't.
func (p *planner) readCall(line string) (call, error) {
	words, err := plainWords(line)
	if err != nil {
		return call{}, err
	}
	if len(words) < 2 || words[0] != "kubectl" && words[0] != "k" {
		return call{}, errForeign
	}
	c := call{args: words[1:]}
	ok := false
	if c.form, ok = formOf(c.args); !ok {
		return call{}, errForeign
	}
	if err := c.readFlags(); err != nil {
		return call{}, err
	}
	return c, p.refusesCall(c)
}

// plainWords are the words of a line that is one command of plain words: a
// shell would do nothing with it but start it.
func plainWords(line string) ([]string, error) {
	f, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(line), "")
	if err != nil || len(f.Stmts) != 1 {
		return nil, errShell
	}
	s := f.Stmts[0]
	cmd, ok := s.Cmd.(*syntax.CallExpr)
	if !ok || len(s.Redirs) > 0 || s.Negated || s.Background || s.Coprocess || len(cmd.Assigns) > 0 {
		return nil, errShell
	}
	var out []string
	for _, w := range cmd.Args {
		text, ok := plainText(w.Parts)
		if !ok {
			return nil, errShell
		}
		out = append(out, text)
	}
	return out, nil
}

// plainText is the text of a word without expansions.
func plainText(parts []syntax.WordPart) (string, bool) {
	var b strings.Builder
	for _, part := range parts {
		switch v := part.(type) {
		case *syntax.Lit:
			if strings.ContainsAny(v.Value, "\\*?[]{}~!") {
				return "", false
			}
			b.WriteString(v.Value)
		case *syntax.SglQuoted:
			if v.Dollar {
				return "", false
			}
			b.WriteString(v.Value)
		case *syntax.DblQuoted:
			for _, inner := range v.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok || v.Dollar || strings.ContainsAny(lit.Value, "\\!") {
					return "", false
				}
				b.WriteString(lit.Value)
			}
		default:
			return "", false
		}
	}
	return b.String(), true
}

// formOf is the form whose verb the words begin with, the longest first.
func formOf(words []string) (form, bool) {
	var best form
	for _, f := range forms() {
		verb := strings.Fields(f.verb)
		if len(words) >= len(verb) && slices.Equal(words[:len(verb)], verb) && len(f.verb) > len(best.verb) {
			best = f
		}
	}
	if best.verb == "create" && len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		return best, false // a kind that is not on the list
	}
	return best, best.verb != ""
}

// readFlags tells flags from other words; both must be on the list.
func (c *call) readFlags() error {
	allowed := strings.Fields(c.flags)
	rest := c.args[len(strings.Fields(c.verb)):]
	for i := 0; i < len(rest); i++ {
		w := rest[i]
		if w == "--" {
			// What a container is to run.
			if c.objects != made {
				return errOtherFlag
			}
			return nil
		}
		if !strings.HasPrefix(w, "-") || w == "-" {
			c.typed = append(c.typed, w)
			continue
		}
		name, value, joined := strings.Cut(w, "=")
		switch {
		case slices.Contains(allowed, name+"="):
			if !joined {
				if i++; i >= len(rest) {
					return errOtherFlag
				}
				value = rest[i]
			}
		case slices.Contains(allowed, name) && (!joined || value == "true" || value == "false"):
		default:
			return errOtherFlag
		}
		if !plainValue(name, value) {
			return errOtherFlag
		}
		c.dry = c.dry || name == "--dry-run"
	}
	return nil
}

// plainValue refuses values that lead out of the desk, or that read files as
// formats.
func plainValue(name, value string) bool {
	switch name {
	case "-f", "--filename":
		return value != "-" && value != "" && !strings.Contains(value, ":") && !strings.HasPrefix(value, "/") && !strings.Contains(value, "..")
	case "--from-file":
		return !strings.Contains(value, ":") && !strings.Contains(value, "..") && !strings.Contains(value, "/")
	case "--dry-run":
		return value == "client" || value == "server"
	case "-o", "--output":
		format, _, _ := strings.Cut(value, "=")
		return slices.Contains([]string{"yaml", "json", "name", "wide", "jsonpath", "custom-columns"}, format)
	case "--selector": // of a budget, which is no choice of objects
		return !strings.HasPrefix(value, "-")
	}
	return true
}

// refusesCall says why a call is not made, by what it is about.
func (p *planner) refusesCall(c call) error {
	switch c.objects {
	case fromFile:
		if len(c.typed) > 0 {
			return errForeign
		}
		return nil
	case made:
		return p.refusesMade(c)
	}
	if len(c.typed) == 0 || slices.Contains(c.typed, "-") {
		return errForeign
	}
	if c.objects == logged && !strings.Contains(c.typed[0], "/") {
		return nil
	}
	hasName := len(c.typed) > 1 && !strings.ContainsAny(c.typed[1], "=")
	for i, w := range c.typed {
		kind, name, slash := strings.Cut(w, "/")
		switch {
		case c.objects == assigned && i > 0 && (strings.Contains(w, "=") || strings.HasSuffix(w, "-")):
			continue
		case !slash && i > 0:
			continue // a name
		case slash && name == "":
			return errForeign
		case !slash && c.objects != listed && !hasName:
			return errors.New("이름으로 가리키지 않습니다")
		}
		for _, k := range strings.Split(kind, ",") {
			if err := p.refusesResource(k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planner) refusesMade(c call) error {
	for _, h := range hazards() {
		of := map[string]string{"LoadBalancer": "create service loadbalancer", "NodePort": "create service nodeport", "Ingress": "create ingress"}
		if of[h.name] == c.verb && !p.options.allows(h) {
			return errors.New(h.says())
		}
	}
	if len(c.typed) != 1 {
		return errForeign
	}
	return nil
}

// refusesResource refuses what does not belong to a namespace. What neither
// side knows is run: both will say so.
func (p *planner) refusesResource(resource string) error {
	if resource == "all" {
		return nil // a category
	}
	gvr, err := p.mapper.ResourceFor(schema.ParseGroupResource(resource).WithVersion(""))
	if err != nil {
		return nil
	}
	gvk, err := p.mapper.KindFor(gvr)
	if err != nil {
		return nil
	}
	m, err := p.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	switch {
	case err != nil:
		return nil
	case m.Scope.Name() != meta.RESTScopeNameNamespace:
		return errors.New(notNamespaced)
	case !isOurs(gvk.GroupKind()):
		return errors.New(ofAnAddOn)
	}
	return nil
}
