package lab

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"gieok/parser"
)

var (
	// execAlone is kubectl exec without the dashes before the command; its flags
	// may take a value each.
	execAlone = regexp.MustCompile(`^(?:kubectl|k) exec(?:\s+-\S+)*\s`)
	execFlag  = regexp.MustCompile(`^-`)
	// toldOutdated are sentences that say so themselves.
	toldOutdated = regexp.MustCompile(`(?i)폐기|없어|사라|제거|deprecated|더 ?이상|예전|옛|과거|이전에는|대신|지원하지|지원 ?종료|removed|중단|대체|legacy|레거시|1\.\d\d`)
)

// findOutdated reports what a release of Kubernetes did away with. A command
// that failed or warned when it ran is told once, with the release.
func findOutdated(_ context.Context, n *note) ([]Finding, error) {
	var out []Finding
	rows := outdatedRows()
	add := func(place outdatedPlace, text string, pos parser.Pos) {
		i := slices.IndexFunc(rows, func(r outdated) bool { return r.place == place && r.match.MatchString(text) })
		if i < 0 {
			return
		}
		f := rows[i].finding(pos)
		if k := slices.IndexFunc(n.found, func(g Finding) bool {
			return g.File == pos.File && g.Line == pos.Line && (g.Rule == "command" || g.Rule == "deprecated") && place == inCommand
		}); k >= 0 {
			f.Message += " " + kubectlWords(n.found[k].Message)
			n.found = slices.Delete(n.found, k, k+1)
		}
		if !slices.ContainsFunc(out, func(g Finding) bool {
			return g.Line == f.Line && g.Message[:min(12, len(g.Message))] == f.Message[:min(12, len(f.Message))]
		}) {
			out = append(out, f)
		}
	}
	for _, c := range n.graph.Commands {
		add(inCommand, c.Text, c.Span.Pos)
		if lacksDashes(c.Text) && !slices.ContainsFunc(out, func(f Finding) bool { return f.Line == c.Span.Line }) {
			out = append(out, Finding{Pos: c.Span.Pos, EndLine: c.Span.EndLine, Severity: SeverityWarning,
				Message: "-- 없이 명령을 적는 kubectl exec는 1.18부터 폐기 예정이었고 1.31에서 없어졌습니다.", Fix: "kubectl exec 파드 -- 명령으로 적으세요.",
				Source: `kubernetes/kubernetes pull request 125437, "Remove deprecated kubectl exec command execution without dash"`})
		}
	}
	for i := range n.graph.Snippets {
		s := &n.graph.Snippets[i]
		for k, line := range strings.Split(s.Text, "\n") {
			add(inYAML, line, s.Locate(k+1, 1+indentOf(line)))
		}
	}
	for _, s := range n.graph.Sentences {
		if !toldOutdated.MatchString(s.Text) && !strings.HasSuffix(s.Text, "?") {
			add(inText, s.Text, s.Span.Pos)
		}
	}
	return out, nil
}

func (r outdated) finding(pos parser.Pos) Finding {
	f := Finding{Pos: pos, EndLine: pos.Line, Severity: SeverityNotice, Message: r.says, Fix: r.fix, Source: r.source}
	if r.gone {
		f.Severity = SeverityWarning
	}
	return f
}

// kubectlWords is what kubectl said, of a finding's message.
func kubectlWords(message string) string {
	if i := strings.Index(message, "kubectl: "); i >= 0 {
		return message[i:]
	}
	return ""
}

// lacksDashes reports a kubectl exec whose command follows the Pod without --.
func lacksDashes(line string) bool {
	if !execAlone.MatchString(line + " ") {
		return false
	}
	words := strings.Fields(line)[2:]
	operands := 0
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "--":
			return false
		case execFlag.MatchString(w):
			if w == "-n" || w == "-c" || w == "--namespace" || w == "--container" {
				i++
			}
		case strings.ContainsAny(w, "|&;>"):
			return operands > 1
		default:
			operands++
		}
	}
	return operands > 1
}
