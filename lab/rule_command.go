package lab

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gieok/parser"
)

// usageError are refusals that rest on the command line alone, whatever the
// cluster holds.
var usageError = regexp.MustCompile(`(?m)^(?:error: )?(?:unknown (?:flag|shorthand flag|command)|Required resource not specified|You must specify the type of resource|exactly one NAME is required|unknown command|at least one |one or more |required flag|flag needs an argument|invalid argument|must specify|there is no need to specify a resource type|resource\(s\) were provided, but no name|You must provide|you must specify|the server doesn't have a resource type|invalid resource name|--\S+ is required|NAME is required|from-env-file cannot be combined|all resources must be specified before)`)

// checkCommand runs a command of a note. It complains only of a refusal that
// rests on the command line alone; ran is false for a command that was not
// run, or whose failure may be our world's fault.
func (l *Lab) checkCommand(ctx context.Context, c parser.Command) (found []Finding, ran bool, err error) {
	t, world, ok, err := l.bound(ctx, c)
	if err != nil || !ok {
		return nil, false, err
	}
	r, err := world.Exec(ctx, t.Reference)
	if err != nil {
		return nil, false, err
	}
	f := Finding{Pos: c.Span.Pos, EndLine: c.Span.EndLine, Rule: "command", Severity: SeverityWarning}
	switch {
	case r.Exit == 0:
		if d := deprecation(r.Stderr); d != "" {
			f.Severity, f.Rule = SeverityNotice, "deprecated"
			f.Message = "곧 없어질 쓰임입니다. kubectl: " + d
			return []Finding{f}, true, nil
		}
		return nil, true, nil
	case !usageError.MatchString(r.Stderr) || mentions(t.Reference, r.Stderr):
		return nil, false, nil
	}
	f.Message = fmt.Sprintf("%s 그대로는 실행되지 않습니다. kubectl: %s", "이 명령("+c.Text+")은", errorWords(r.Stderr))
	f.Fix = commandFix(t.Reference, r.Stderr)
	return []Finding{f}, true, nil
}

// lacking are refusals of what is only begun.
var lacking = regexp.MustCompile(`(?m)^(?:error: )?(?:Required resource not specified|exactly one NAME|at least one |one or more |required flag|flag needs an argument|must specify|resource\(s\) were provided, but no name|You must provide|you must specify|--\S+ is required|NAME is required)`)

// mentions reports whether a line that was refused with stderr only names a
// command, as sentences do: "`kubectl delete pod`로 지운다". It lacks what the
// command is to be done to, and has no value of its own.
func mentions(line, stderr string) bool {
	c, ok := readCommand(line)
	if !ok || !lacking.MatchString(stderr) || len(c.names) > 0 || strings.Join(c.files, "") != "" {
		return false
	}
	return !slices.ContainsFunc(c.words, func(w string) bool { return strings.ContainsAny(w, "=/") }) &&
		len(c.positionals()) <= 2 && !slices.ContainsFunc(c.words[:len(c.words)-1], valueFlag)
}

// logPrefix is what klog writes before a message.
var logPrefix = regexp.MustCompile(`^[IWEF]\d{4} [\d:.]+ +\d+ [\w.]+:\d+\] `)

// deprecation is a line that says that something will go away, or "".
func deprecation(stderr string) string {
	for line := range strings.Lines(stderr) {
		if strings.Contains(line, "deprecated") {
			return strings.TrimSpace(logPrefix.ReplaceAllString(line, ""))
		}
	}
	return ""
}

// errorWords is the line that says what is wrong.
func errorWords(stderr string) string {
	for line := range strings.Lines(stderr) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "error:") {
			return strings.TrimSpace(strings.TrimPrefix(line, "error:"))
		}
	}
	return firstLine(stderr)
}

// commandFix says what the usual slips lack.
func commandFix(line, stderr string) string {
	cl, _ := readCommand(line)
	switch {
	case strings.Contains(stderr, "type of resource") || strings.Contains(stderr, "Required resource not specified"):
		return "리소스 종류를 넣으세요. 예: " + strings.Replace(line, " "+cl.verb, " "+cl.verb+" pods", 1)
	case cl.verb == "create" && cl.sub == "secret":
		return "시크릿의 종류를 넣으세요. 예: " + strings.Replace(line, "create secret", "create secret generic", 1)
	}
	return ""
}
