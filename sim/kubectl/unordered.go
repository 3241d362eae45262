package kubectl

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"gieok/sim/clock"
)

// inOrder puts into order what kubectl prints in the random order of a Go map,
// so that a run can be repeated.
func inOrder(args []string, out, errOut string) (string, string) {
	switch verbOf(args) {
	case "label", "annotate":
		if slices.Contains(args, "--list") || slices.Contains(args, "--list=true") {
			out = sortedLines(out)
		}
	case "drain":
		out, errOut = sortedStart(out, "evicting pod "), orderWarnings(orderRefusals(errOut))
	case "describe":
		out = orderLimits(out)
	case "set":
		if takesKeys(args) {
			errOut = sortedLines(errOut)
		}
	}
	return out, errOut
}

func sortedLines(text string) string {
	if text == "" {
		return ""
	}
	lines := splitLines(text)
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// sortedStart sorts the first lines with a prefix that stand together.
func sortedStart(text, prefix string) string {
	lines := splitLines(text)
	from := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, prefix) })
	if from < 0 {
		return text
	}
	to := from
	for to < len(lines) && strings.HasPrefix(lines[to], prefix) {
		to++
	}
	slices.Sort(lines[from:to])
	return strings.Join(lines, "")
}

// A oneByOne transport sends requests of goroutines that run side by side, as
// drain evicts Pods, in the order of what they are about.
type oneByOne struct {
	clock *clock.Queue
	next  http.RoundTripper
}

func (t oneByOne) RoundTrip(req *http.Request) (*http.Response, error) {
	t.clock.InTurn(req.URL.Path + " " + req.Method)
	return t.next.RoundTrip(req)
}

// refusals is the line in which drain lists why it can't drain a node, each
// reason with its Pods.
var refusals = regexp.MustCompile(`(?m)^(error: unable to drain node "[^"]+" due to error: \[)(.+)(\], continuing command\.\.\.)$`)

// orderRefusals orders drain's reasons by their first Pod, in that line and in
// the lines at the end that repeat them.
func orderRefusals(text string) string {
	m := refusals.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	reasons := strings.Split(m[2], ", cannot delete ")
	for i := range reasons[1:] {
		reasons[i+1] = "cannot delete " + reasons[i+1]
	}
	firstPod := func(reason string) string {
		_, pods, _ := strings.Cut(reason, "): ")
		pod, _, _ := strings.Cut(pods, ",")
		return pod
	}
	slices.SortFunc(reasons, func(a, b string) int { return cmp.Or(cmp.Compare(firstPod(a), firstPod(b)), cmp.Compare(a, b)) })
	text = strings.Replace(text, m[0], m[1]+strings.Join(reasons, ", ")+m[3], 1)
	lines := splitLines(text)
	next := 0
	for i, line := range lines {
		if next < len(reasons) && slices.Contains(reasons, strings.TrimSuffix(line, "\n")) {
			lines[i] = reasons[next] + "\n"
			next++
		}
	}
	return strings.Join(lines, "")
}

// orderWarnings orders what drain warns of by the first Pod of each.
func orderWarnings(text string) string {
	lines := splitLines(text)
	for i, line := range lines {
		list, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "Warning: ")
		if !ok {
			continue
		}
		warnings := strings.Split(list, "; ")
		slices.SortFunc(warnings, func(a, b string) int {
			_, x, _ := strings.Cut(a, ": ")
			_, y, _ := strings.Cut(b, ": ")
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
		})
		lines[i] = "Warning: " + strings.Join(warnings, "; ") + "\n"
	}
	return strings.Join(lines, "")
}

// limitsHead is the head of the table in which describe shows a LimitRange.
var limitsHead = regexp.MustCompile(`^ *Type\s+Resource\s+Min\s+Max\s`)

// orderLimits orders the rows of each type in tables of LimitRanges.
func orderLimits(text string) string {
	lines := splitLines(text)
	for i := range lines {
		if !limitsHead.MatchString(lines[i]) || i+2 > len(lines) {
			continue
		}
		kind := func(line string) string {
			if f := strings.Fields(line); len(f) > 0 {
				return f[0]
			}
			return ""
		}
		for at := i + 2; at < len(lines) && kind(lines[at]) != ""; {
			end := at + 1
			for end < len(lines) && kind(lines[end]) == kind(lines[at]) {
				end++
			}
			slices.Sort(lines[at:end])
			at = end
		}
	}
	return strings.Join(lines, "")
}

// takesKeys reports whether the command is `set env --from`, which takes the
// keys of a ConfigMap or Secret in random order.
func takesKeys(args []string) bool {
	return verbOf(args) == "set" && slices.Contains(args, "env") &&
		slices.ContainsFunc(args, func(a string) bool { return a == "--from" || strings.HasPrefix(a, "--from=") })
}

// An inNameOrder transport sorts the variables that a patch of `set env --from`
// adds.
type inNameOrder struct{ next http.RoundTripper }

func (t inNameOrder) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPatch || req.Body == nil {
		return t.next.RoundTrip(req)
	}
	b, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var patch map[string]any
	if json.Unmarshal(b, &patch) == nil {
		sortVariables(patch)
		if sorted, err := json.Marshal(patch); err == nil {
			b = sorted
		}
	}
	req = req.Clone(req.Context())
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	return t.next.RoundTrip(req)
}

// sortVariables sorts the variables of every container of a patch that are
// taken from keys, and their places in the order that it asks for.
func sortVariables(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			sortVariables(item)
		}
	case map[string]any:
		for _, item := range v {
			sortVariables(item)
		}
		env, ok := v["env"].([]any)
		if !ok {
			return
		}
		taken := map[string]bool{}
		for _, e := range env {
			m, ok := e.(map[string]any)
			if !ok {
				continue
			}
			source, _ := m["valueFrom"].(map[string]any)
			if source["configMapKeyRef"] != nil || source["secretKeyRef"] != nil {
				taken[variable(e)] = true
			}
		}
		sortPlaces(env, taken)
		if order, ok := v["$setElementOrder/env"].([]any); ok {
			sortPlaces(order, taken)
		}
	}
}

func variable(e any) string {
	m, _ := e.(map[string]any)
	name, _ := m["name"].(string)
	return name
}

// sortPlaces sorts the taken entries of a list among their own places.
func sortPlaces(list []any, taken map[string]bool) {
	var places []int
	var entries []any
	for i, e := range list {
		if taken[variable(e)] {
			places = append(places, i)
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, func(a, b any) int { return cmp.Compare(variable(a), variable(b)) })
	for i, p := range places {
		list[p] = entries[i]
	}
}
