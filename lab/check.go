package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gieok/parser"
	"gieok/sim"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The severities of a finding.
const (
	SeverityError   = "error"   // the API server refuses the snippet
	SeverityWarning = "warning" // a command that fails as written
	SeverityNotice  = "notice"  // not an error: what was not run, or not as written
)

// Stats counts what the check rests on: snippets and commands that ran as
// written, that were taken from the note alone, and that the run contradicts.
type Stats struct{ Executed, Stated, Contradicted int }

// An attempt is one document of a snippet and what the server said to it.
type attempt struct {
	lab      *Lab
	manifest Manifest
	world    *sim.Cluster // as it was before the document
	parsed                // root is nil when the document is no YAML
	gvk      schema.GroupVersionKind
	refusal  error  // nil when it was accepted
	words    string // of kubectl, when the refusal is not the API's own
}

// Check runs every snippet and command of a note and reports, in the order of
// the note, what does not work. With parser.Options.Prose it also reports what
// the note says otherwise than a run shows.
func (l *Lab) Check(ctx context.Context, g *parser.Graph) ([]Finding, Stats, error) {
	var out []Finding
	var stats Stats
	definitions := l.definitionsOf(g)
	for i := range g.Snippets {
		if err := ctx.Err(); err != nil {
			return nil, stats, err
		}
		found, err := l.checkSnippet(ctx, &g.Snippets[i], definitions)
		if err != nil {
			return nil, stats, err
		}
		stats.count(found)
		out = append(out, found...)
	}
	for _, c := range g.Commands {
		found, ran, err := l.checkCommand(ctx, c)
		if err != nil {
			return nil, stats, err
		}
		if ran {
			stats.count(found)
		} else {
			stats.Stated++
		}
		out = append(out, found...)
	}
	n := &note{lab: l, graph: g, found: out}
	for _, r := range noteRules() {
		if err := ctx.Err(); err != nil {
			return nil, stats, err
		}
		found, err := r.find(ctx, n)
		if err != nil {
			return nil, stats, err
		}
		for i := range found {
			found[i].Rule = r.name
			if found[i].Severity == SeverityWarning && found[i].Run != nil {
				stats.Contradicted++
			}
		}
		n.found = append(n.found, found...)
	}
	sortFindings(n.found)
	return n.found, stats, nil
}

// count adds one snippet or command with what was found of it.
func (s *Stats) count(found []Finding) {
	switch {
	case slices.ContainsFunc(found, func(f Finding) bool { return f.Severity != SeverityNotice }):
		s.Contradicted++
	case slices.ContainsFunc(found, func(f Finding) bool { return f.Rule != "deprecated" }):
		s.Stated++
	default:
		s.Executed++
	}
}

func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
}

// checkSnippet applies the documents of a snippet one after the other.
func (l *Lab) checkSnippet(ctx context.Context, s *parser.Snippet, definitions []string) ([]Finding, error) {
	m, err := l.Complete(s)
	var not *NotKubernetesError
	if errors.As(err, &not) {
		return []Finding{{Pos: s.Span.Pos, EndLine: s.Span.EndLine, Severity: SeverityNotice, Rule: "not-run", Message: not.Text}}, nil
	}
	if err != nil {
		return nil, err
	}
	w, err := l.worldBefore(ctx, m.Text, definitions)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, d := range cutDocuments(m.Text) {
		a := &attempt{lab: l, manifest: m, parsed: d, world: w.Fork()}
		if docs := documents(d.text); len(docs) == 1 {
			a.root, a.gvk = docs[0].root, gvkOf(docs[0].root)
		}
		if a.words, a.refusal, err = tryDocument(ctx, w, d.text); err != nil {
			return nil, err
		}
		found := a.findings()
		if err := a.addEdits(ctx, found); err != nil {
			return nil, err
		}
		out = append(out, found...)
		if err := w.Settle(ctx); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// worldBefore is a cluster with what a manifest names and does not bring, and
// with the kinds that the note defines elsewhere.
func (l *Lab) worldBefore(ctx context.Context, manifest string, definitions []string) (*sim.Cluster, error) {
	w := l.fork()
	if err := prepare(w, manifest); err != nil {
		return nil, fmt.Errorf("lab: prerequisites: %w", err)
	}
	for _, d := range definitions {
		if strings.Contains(manifest, d) {
			continue // it stands in the snippet itself
		}
		_ = applyDocument(w, d) // a refusal is reported where the definition stands
	}
	return w, w.Settle(ctx)
}

// tryDocument applies a document. A refusal that is not the API's own comes
// with the words of kubectl, which also knows the kinds that a definition made.
func tryDocument(ctx context.Context, w *sim.Cluster, doc string) (words string, refusal, err error) {
	if refusal = applyDocument(w, doc); refusal == nil || isAPIError(refusal) {
		return "", refusal, nil
	}
	w.Desk().Put(noteFile, doc)
	step, err := w.Exec(ctx, "kubectl apply -f "+noteFile)
	if err != nil {
		return "", refusal, err
	}
	if step.Exit == 0 {
		return "", nil, nil
	}
	return reasonOf(strings.TrimSpace(step.Stderr)), refusal, nil
}

// definitionsOf are the documents of a note that define kinds of their own.
func (l *Lab) definitionsOf(g *parser.Graph) []string {
	var out []string
	for i := range g.Snippets {
		if !strings.Contains(g.Snippets[i].Text, "CustomResourceDefinition") {
			continue
		}
		m, err := l.Complete(&g.Snippets[i])
		if err != nil {
			continue // checkSnippet says why
		}
		for _, d := range documents(m.Text) {
			if gvkOf(d.root).Kind == "CustomResourceDefinition" {
				out = append(out, d.text)
			}
		}
	}
	return out
}

// findings asks the rules in order; the first that can explain a refusal does.
func (a *attempt) findings() []Finding {
	var out []Finding
	explained := false
	for _, r := range rules() {
		if r.refusal && (a.refusal == nil || explained) {
			continue
		}
		found := r.find(a)
		for i := range found {
			found[i].Rule = r.name
		}
		explained = explained || r.refusal && len(found) > 0
		out = append(out, found...)
	}
	return slices.DeleteFunc(out, func(f Finding) bool { return f.Line == 0 })
}

// at is the place in the note of a line and column of the document, and where
// that is a line of ours the zero Pos.
func (a *attempt) at(line, col int) parser.Pos { return a.manifest.Locate(a.first+line, col) }

// finding makes an error at a place of the note; on a line of ours it makes
// none.
func (a *attempt) finding(pos parser.Pos, message, fix string) Finding {
	return Finding{Pos: pos, EndLine: pos.Line, Severity: SeverityError, Message: message, Fix: fix}
}

// start is where the document begins in the note.
func (a *attempt) start() parser.Pos {
	for i := a.first; i < len(a.manifest.Lines); i++ {
		if a.manifest.Lines[i].Line > 0 && strings.TrimSpace(a.manifest.lineText(i+1)) != "" {
			return a.manifest.Locate(i+1, 1+indentOf(a.manifest.lineText(i+1)))
		}
	}
	if s := a.manifest.Snippet; s != nil {
		return s.Span.Pos
	}
	return parser.Pos{}
}

// cutAbove tells whether the author left lines out between a key and what
// stands below it, so that the structure is not known.
func (a *attempt) cutAbove(line int) bool {
	i := a.first + line - 1
	return i >= 0 && i < len(a.manifest.cuts) && a.manifest.cuts[i].above
}

// cutUnder tells whether the author left lines out right below a line.
func (a *attempt) cutUnder(line int) bool {
	i := a.first + line - 1
	return i >= 0 && i < len(a.manifest.cuts) && a.manifest.cuts[i].below
}
