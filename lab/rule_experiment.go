package lab

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gieok/korean"
	"gieok/parser"
	"gieok/sim/transcript"
)

// An error of a note is what an experiment's "# wrong:" matches. What follows
// are words by which a sentence denies, doubts or corrects what it says, or
// asks: such a sentence is left alone, unless the experiment has its own
// "# unless:".
var denied = regexp.MustCompile(`아니|않|아님|없|못|안 ?[된되하]|틀린|틀렸|오해|착각|오답|잘못|실수|❌|\?\s*$`)

// bindings are the words in braces that a "# wrong:" may have: they stand for a
// value of the snippet that the sentence comments or stands below.
func bindings(s *parser.Snippet) map[string]string {
	out := map[string]string{}
	if s == nil {
		return out
	}
	for _, d := range documents(s.Text) {
		out["{name}"] = text(d.root, "metadata", "name")
		out["{namespace}"] = text(d.root, "metadata", "namespace")
		out["{kind}"] = text(d.root, "kind")
	}
	return out
}

var binding = regexp.MustCompile(`\\?\{(?:name|namespace|kind)\\?\}`)

// wrongIn reports whether the experiment shows otherwise than a sentence says.
func (e *Experiment) wrongIn(g *parser.Graph, s *parser.Sentence, around *surroundings, terms map[string][]string) bool {
	if e.Wrong == "" || len(s.Text) > sentenceBytesMax {
		return false
	}
	switch {
	case e.Unless == nil && around.denied, e.Unless != nil && e.Unless.MatchString(s.Text), !e.spokenOf(around, terms):
		return false
	}
	pattern := e.wrong
	if pattern == nil {
		var snippet *parser.Snippet
		if s.Snippet >= 0 {
			snippet = &g.Snippets[s.Snippet]
		}
		values := bindings(snippet)
		whole := true
		bound := binding.ReplaceAllStringFunc(e.Wrong, func(b string) string {
			v := values[b]
			whole = whole && v != ""
			return regexp.QuoteMeta(v)
		})
		if !whole {
			return false
		}
		var err error
		if pattern, err = regexp.Compile(bound); err != nil {
			return false
		}
	}
	return pattern.MatchString(s.Text)
}

// sentenceBytesMax bounds a sentence that is judged: a longer one says too much
// for a pattern to be sure of any of it.
const sentenceBytesMax = 1000

// surroundings are what is asked of a sentence for each experiment.
type surroundings struct {
	text, lower string // what stands above it, and itself
	denied      bool   // it denies, doubts or asks
}

func surrounding(s *parser.Sentence) *surroundings {
	text := strings.Join(s.Path, "\n") + "\n" + s.Text
	return &surroundings{text, strings.ToLower(text), denied.MatchString(s.Text)}
}

// spokenOf reports whether a sentence, or what stands above it, names what the
// experiment is about.
func (e *Experiment) spokenOf(around *surroundings, terms map[string][]string) bool {
	if e.About != nil {
		return e.About.MatchString(around.text)
	}
	return slices.ContainsFunc(terms[e.Concept], func(w string) bool { return strings.Contains(around.lower, w) })
}

// termWords are the ways to write each concept of the glossary, lower case.
func termWords(glossary []parser.Term) map[string][]string {
	out := map[string][]string{}
	for _, t := range glossary {
		for _, w := range slices.Concat(t.Ko, t.En) {
			out[t.ID] = append(out[t.ID], strings.ToLower(w))
		}
	}
	return out
}

// findContradictions reports what the note says otherwise than an experiment
// shows.
func findContradictions(ctx context.Context, n *note) ([]Finding, error) {
	var out []Finding
	for i := range n.graph.Sentences {
		s := &n.graph.Sentences[i]
		p, ok, err := n.lab.contradiction(ctx, n.graph, s)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, contradiction(s, &p.Experiment, p.Run))
		}
	}
	return out, nil
}

func contradiction(s *parser.Sentence, e *Experiment, run transcript.Transcript) Finding {
	f := Finding{Pos: s.Span.Pos, EndLine: s.Span.EndLine, Severity: SeverityWarning, Run: &run}
	f.Message = fmt.Sprintf("실행해 보니 다릅니다. %s (실험 %s)", e.Says, e.Name)
	f.Fix = e.Fix
	if e.Notice {
		f.Severity = SeverityNotice
		f.Message = fmt.Sprintf("정확하지 않습니다. %s (실험 %s)", e.Says, e.Name)
	}
	f.Message = korean.NFC(f.Message)
	return f
}
