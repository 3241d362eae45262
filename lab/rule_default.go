package lab

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"gieok/korean"
	"gieok/parser"
	"gieok/sim/transcript"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A defaulted is a field that the server filled in.
type defaulted struct{ kind, name, path, value string }

// defaultsFile has objects whose fields are left out.
const defaultsFile = "fixtures/defaults.yaml"

// defaultsOf are the fields that the server gives a value, by their name: what
// an object has after it was made and its manifest has not.
func (l *Lab) defaultsOf(ctx context.Context) (map[string][]defaulted, error) {
	l.mu.Lock()
	known := l.defaults
	l.mu.Unlock()
	if known != nil || l.content == nil {
		return known, nil
	}
	src, err := fs.ReadFile(l.content, defaultsFile)
	if err != nil {
		return nil, fmt.Errorf("lab: defaults: %w", err)
	}
	w := l.fork()
	if err := apply(ctx, w, string(src)); err != nil {
		return nil, fmt.Errorf("lab: internal error: %s: %w", defaultsFile, err)
	}
	written := map[string]map[string]string{}
	for _, d := range documents(string(src)) {
		var u map[string]any
		if err := d.root.Decode(&u); err != nil {
			return nil, fmt.Errorf("lab: internal error: %s: %w", defaultsFile, err)
		}
		flat := map[string]string{}
		flatten("", u, flat)
		written[text(d.root, "kind")+"/"+text(d.root, "metadata", "name")] = flat
	}
	known = map[string][]defaulted{}
	for _, o := range w.Registry().Objects() {
		m, ok := o.Object.(metav1.Object)
		if !ok {
			continue
		}
		mine, ok := written[o.GVK.Kind+"/"+m.GetName()]
		if !ok || m.GetNamespace() != "" && m.GetNamespace() != metav1.NamespaceDefault {
			continue
		}
		u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.Object)
		if err != nil {
			return nil, fmt.Errorf("lab: internal error: %s: %w", m.GetName(), err)
		}
		flat := map[string]string{}
		flatten("", map[string]any{"spec": u["spec"], "type": u["type"]}, flat)
		for path, v := range flat {
			if _, ok := mine[path]; ok || v == "" || notDefault.MatchString(path) {
				continue
			}
			name := lastName(path)
			known[name] = append(known[name], defaulted{o.GVK.Kind, m.GetName(), path, v})
		}
	}
	for _, list := range known {
		slices.SortFunc(list, func(a, b defaulted) int { return strings.Compare(a.kind+a.path, b.kind+b.path) })
	}
	l.mu.Lock()
	l.defaults = known
	l.mu.Unlock()
	return known, nil
}

// notDefault are fields that are assigned, or that an admission adds.
var notDefault = regexp.MustCompile(`clusterIP|nodePort|nodeName|ipFamil|tolerations|kube-api-access|uid|volumes\[3\]|volumeMounts|serviceAccount|claimRef|healthCheckNodePort|matchLabels|labels|controller`)

var (
	fieldName  = regexp.MustCompile(`\b[a-z]+(?:[A-Z][A-Za-z]*)+|\b(?:replicas|protocol|completions|parallelism|suspend)\b`)
	defaultSay = regexp.MustCompile(`(?:기본 ?값|디폴트(?: ?값)?|기본(?:적으로)?|(?i:default))(?:은|는|이|가|으로|로)?\s*(?::|=|→)?\s*["'(]?(-?\d+%?|[A-Z][A-Za-z]+|true|false)(?:\s|[.,)"'초번회개이입다]|$)`)
	defaultPut = regexp.MustCompile(`(?:^|[^A-Za-z])(-?\d+%?|[A-Z][A-Za-z]+)\s?(?:초|번|회|개)?(?:이|가)?\s*\(?(?:기본 ?값|디폴트|(?i:default))`)
)

// findWrongDefaults reports a default that is not the server's. A sentence
// counts that names one field or stands below its name, says that something is its default, and where
// no kind that has the field gets that value.
func findWrongDefaults(ctx context.Context, n *note) ([]Finding, error) {
	var out []Finding
	for i := range n.graph.Sentences {
		s := &n.graph.Sentences[i]
		claimed, ok := claimedDefault(s)
		if !ok || denied.MatchString(s.Text) {
			continue
		}
		known, err := n.lab.defaultsOf(ctx)
		if err != nil {
			return nil, err
		}
		field, ok := oneField(s, known)
		if !ok || slices.ContainsFunc(known[field], func(d defaulted) bool { return strings.EqualFold(d.value, claimed) }) {
			continue
		}
		f, err := n.lab.wrongDefault(ctx, s, field, claimed, known[field])
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// claimedDefault is the one value that a sentence calls a default.
func claimedDefault(s *parser.Sentence) (string, bool) {
	all := defaultSay.FindAllStringSubmatch(s.Text, -1)
	if len(all) == 0 {
		all = defaultPut.FindAllStringSubmatch(s.Text, -1)
	}
	if len(all) != 1 {
		return "", false
	}
	return all[0][1], true
}

// oneField is the only field with a default that a sentence names. One that
// names none speaks of what stands above it: of its field a comment, of its item
// or the head of its row a sentence.
func oneField(s *parser.Sentence, known map[string][]defaulted) (string, bool) {
	names := fieldName.FindAllString(s.Text, -1)
	if len(names) == 0 && len(s.Path) > 0 {
		if above := s.Path[len(s.Path)-1]; s.Comment || fieldName.FindString(above) == above {
			names = []string{above} // the item above, the head of the row
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) != 1 || len(known[names[0]]) == 0 {
		return "", false
	}
	return names[0], true
}

// wrongDefault words the finding, with a run that shows the default.
func (l *Lab) wrongDefault(ctx context.Context, s *parser.Sentence, field, claimed string, known []defaulted) (Finding, error) {
	d := known[0]
	around := strings.ToLower(strings.Join(s.Path, " ") + " " + s.Text)
	for _, k := range known {
		if strings.Contains(around, strings.ToLower(k.kind)) || slices.ContainsFunc(l.names[k.kind], func(w string) bool { return strings.Contains(around, w) }) {
			d = k
			break
		}
	}
	src, err := fs.ReadFile(l.content, defaultsFile)
	if err != nil {
		return Finding{}, fmt.Errorf("lab: defaults: %w", err)
	}
	w := l.fork()
	w.Desk().Put(noteFile, string(src))
	run := transcript.Transcript{Files: []transcript.File{{Name: noteFile, Text: string(src)}}}
	for _, line := range []string{"kubectl apply -f " + noteFile, "kubectl get " + strings.ToLower(d.kind) + " " + d.name + " -o jsonpath='{." + d.path + "}'"} {
		step, err := w.Exec(ctx, line)
		if err != nil {
			return Finding{}, err
		}
		run.Steps = append(run.Steps, step)
	}
	return Finding{Pos: s.Span.Pos, EndLine: s.Span.EndLine, Severity: SeverityWarning, Run: &run,
		Message: fmt.Sprintf("실행해 보니 다릅니다. %s의 %s 기본값은 %s 아니라 %s.", d.kind, field, korean.With(claimed, "이/가"), korean.With(d.value, "이다/다")),
		Fix:     fmt.Sprintf("기본값을 %s 적으세요.", korean.With(d.value, "으로/로"))}, nil
}
