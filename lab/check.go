package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gieok/parser"

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
	before   []string // the documents above it
	parsed            // root is nil when the document is no YAML
	gvk      schema.GroupVersionKind
	refusal  error  // nil when it was accepted
	words    string // of kubectl, when the refusal is not the API's own
}

// Check runs every snippet and command of the notes and reports, in the order
// of the notes, what does not work.
func (l *Lab) Check(ctx context.Context, g *parser.Graph) ([]Finding, Stats, error) {
	var out []Finding
	var stats Stats
	for i := range g.Snippets {
		if err := ctx.Err(); err != nil {
			return nil, stats, err
		}
		found, err := l.checkSnippet(ctx, &g.Snippets[i])
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
	sortFindings(out)
	return out, stats, nil
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
func (l *Lab) checkSnippet(ctx context.Context, s *parser.Snippet) ([]Finding, error) {
	m, err := l.Complete(s)
	var not *NotKubernetesError
	if errors.As(err, &not) {
		return []Finding{{Pos: s.Span.Pos, EndLine: s.Span.EndLine, Severity: SeverityNotice, Rule: "not-run", Message: not.Text}}, nil
	}
	if err != nil {
		return nil, err
	}
	c := l.fork()
	if err := prepare(c, m.Text); err != nil {
		return nil, fmt.Errorf("lab: prerequisites: %w", err)
	}
	var out []Finding
	var before []string
	for _, d := range cutDocuments(m.Text) {
		a := &attempt{lab: l, manifest: m, before: slices.Clip(before), parsed: d, refusal: applyDocument(c, d.text)}
		if docs := documents(d.text); len(docs) == 1 {
			a.root, a.gvk = docs[0].root, gvkOf(docs[0].root)
		}
		if a.refusal != nil && !isAPIError(a.refusal) {
			step, err := l.refusal(ctx, d.text)
			if err != nil {
				return nil, err
			}
			a.words = reasonOf(strings.TrimSpace(step.Stderr))
		}
		before = append(before, d.text)
		found := a.findings()
		if err := a.addDiff(ctx, found); err != nil {
			return nil, err
		}
		out = append(out, found...)
		if err := c.Settle(ctx); err != nil {
			return nil, err
		}
	}
	return out, nil
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

// addDiff gives the first finding on unknown fields the edits that put the
// whole document right, if the server accepts the result.
func (a *attempt) addDiff(ctx context.Context, found []Finding) error {
	i := slices.IndexFunc(found, func(f Finding) bool { return f.Rule == "unknown-field" && f.Severity == SeverityError })
	if i < 0 {
		return nil
	}
	fixed, ok, err := a.lab.repairDocument(ctx, a.manifest.Text, a.before, a.text)
	if err != nil || !ok {
		return err
	}
	found[i].Diff = a.outdented(diff(a.text, fixed))
	return nil
}

// outdented takes from a diff the columns that completion put before the
// author's lines.
func (a *attempt) outdented(diff string) string {
	by := 0
	for i := range strings.Split(a.text, "\n") {
		if n := a.first + i; n < len(a.manifest.Lines) && a.manifest.Lines[n].Line > 0 {
			by = max(by, a.manifest.shifts[n])
		}
	}
	var out strings.Builder
	for line := range strings.Lines(diff) {
		rest := line[1:]
		out.WriteString(line[:1] + rest[min(by, indentOf(rest)):])
	}
	return out.String()
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
