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

var (
	// listedValues is a list of names: "TCP, UDP, HTTP", "Always | Never".
	listedValues = regexp.MustCompile(`[A-Z][A-Za-z0-9]*(?:(?:\s*[,|/]\s*|\s+(?:또는|혹은|or)\s+)[A-Z][A-Za-z0-9]*)+`)
	listedValue  = regexp.MustCompile(`[A-Z][A-Za-z0-9]*`)
)

// triedValuesMax bounds the values of one comment that are tried.
const triedValuesMax = 10

// findWrongValues tries the values that the comment of a field lists beside the
// one that is written: each goes in its place, and one that the server does not
// support is told with its words.
func findWrongValues(ctx context.Context, n *note) ([]Finding, error) {
	var out []Finding
	for i := range n.graph.Sentences {
		s := &n.graph.Sentences[i]
		if !s.Comment || s.Snippet < 0 || denied.MatchString(s.Text) {
			continue
		}
		for _, list := range listedValues.FindAllString(s.Text, -1) {
			found, err := n.tryValues(ctx, s, listedValue.FindAllString(list, triedValuesMax))
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// tryValues tries values in the place of the one that stands before a comment,
// if that one is among them.
func (n *note) tryValues(ctx context.Context, s *parser.Sentence, values []string) ([]Finding, error) {
	m, err := n.lab.Complete(&n.graph.Snippets[s.Snippet])
	if err != nil {
		return nil, nil // it is no manifest, which has been told
	}
	lines := strings.Split(m.Text, "\n")
	at := -1
	for i, p := range m.Lines {
		if p.Line == s.Span.Line {
			at = i
		}
	}
	if at < 0 {
		return nil, nil
	}
	field := fieldLine.FindStringSubmatch(lines[at])
	if field == nil || !slices.Contains(values, field[3]) {
		return nil, nil
	}
	if w, err := n.lab.worldBefore(ctx, m.Text, nil); err != nil {
		return nil, err
	} else if w.Apply(m.Text) != nil {
		return nil, nil // what is written is refused already
	}
	var out []Finding
	for _, v := range values {
		if v == field[3] {
			continue
		}
		tried := append([]string{}, lines...)
		tried[at] = strings.Replace(lines[at], field[0], field[1]+v, 1)
		step, err := n.lab.refusal(ctx, strings.Join(tried, "\n"))
		if err != nil {
			return nil, err
		}
		_, words, ok := strings.Cut(step.Stderr, "."+field[2]+": Unsupported value: ")
		if step.Exit == 0 || !ok || !strings.HasPrefix(words, `"`+v+`"`) {
			continue
		}
		fix := ""
		if m := supportedValues.FindStringSubmatch(firstLine(words)); m != nil {
			fix = m[1] + " 가운데에서 적으세요."
		}
		run := transcript.Transcript{Files: []transcript.File{{Name: noteFile, Text: strings.Join(tried, "\n")}}, Steps: []transcript.Step{step}}
		out = append(out, Finding{Pos: s.Span.Pos, EndLine: s.Span.EndLine, Severity: SeverityWarning, Fix: fix, Run: &run,
			Message: fmt.Sprintf("%s의 값으로 적힌 %s 쓸 수 없습니다. API 서버: Unsupported value: %s", field[2], korean.With(v, "은/는"), firstLine(words))})
	}
	return out, nil
}

// fieldLine is "key: value" with what stands before the value.
var fieldLine = regexp.MustCompile(`^(\s*(?:- )*([A-Za-z]\w*):\s+["']?)([A-Za-z0-9]+)`)
