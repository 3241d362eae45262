package quiz

import (
	"regexp"
	"slices"
	"sort"
	"strings"

	"gieok/korean"

	"mvdan.cc/sh/v3/syntax"
)

// A commandLine is one simple command, brought to one form.
type commandLine struct {
	words []string          // the command and its words in order, types in one spelling
	flags map[string]string // long name without hyphens; "" for a flag without value
}

// flagNames are kubectl's short flags by their long names (kubectl options and
// the help of each verb); -p means different things and stays.
var flagNames = map[string]string{
	"l": "selector", "n": "namespace", "o": "output", "A": "all-namespaces", "f": "filename", "w": "watch", "c": "container",
	"L": "label-columns", "k": "kustomize", "R": "recursive", "i": "stdin", "t": "tty", "s": "server", "h": "help",
}

// switches take no value.
var switches = strings.Fields("all-namespaces watch watch-only show-labels show-kind recursive stdin tty rm overwrite previous no-headers all force help list ignore-not-found wait server-side dry-run record follow timestamps all-containers privileged quiet command expose attach p it ti")

// kinds are kubectl's resource types with their short names (kubectl api-resources).
var kinds = kindTable(strings.Fields(`
pod=po service=svc deployment=deploy replicaset=rs statefulset=sts daemonset=ds job cronjob=cj configmap=cm secret namespace=ns node=no
persistentvolume=pv persistentvolumeclaim=pvc storageclass=sc ingress=ing networkpolicy=netpol horizontalpodautoscaler=hpa serviceaccount=sa
role clusterrole rolebinding clusterrolebinding endpointslice endpoints=ep event=ev replicationcontroller=rc poddisruptionbudget=pdb
customresourcedefinition=crd ingressclass resourcequota=quota limitrange=limits priorityclass=pc`))

func kindTable(rows []string) map[string]string {
	table := map[string]string{}
	for _, row := range rows {
		name, short, _ := strings.Cut(row, "=")
		table[name] = name
		if short != "" {
			table[short] = name
		}
		switch {
		case strings.HasSuffix(name, "ss"), strings.HasSuffix(name, "s") && name != "endpoints":
			table[name+"es"] = name
		case strings.HasSuffix(name, "y"):
			table[name[:len(name)-1]+"ies"] = name
		default:
			table[name+"s"] = name
		}
	}
	return table
}

// verbs are the words that decide what kubectl does.
var verbs = strings.Fields(`get describe create apply delete edit patch replace label annotate scale autoscale rollout undo history status restart pause resume
set image env resources expose run exec logs attach cp port-forward proxy top explain api-resources api-versions cluster-info config taint cordon uncordon drain wait diff kustomize
auth can-i debug events version generic tls docker-registry configmap secret deployment job cronjob clusterip nodeport loadbalancer externalname token view options plugin completion certificate`)

var assignEquals = regexp.MustCompile(`^([^=!<>\s]+)==([^=\s].*)$`)

// parseCommand reads a line of one or more simple commands joined by pipes and
// their like; joins holds the operators.
func parseCommand(text string) (lines []commandLine, joins []string, ok bool) {
	file, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	if err != nil || len(file.Stmts) == 0 {
		return nil, nil, false
	}
	for _, stmt := range file.Stmts {
		if !collect(stmt, &lines, &joins, 0) {
			return nil, nil, false
		}
		joins = append(joins, ";")
	}
	return lines, joins, true
}

// pipeDepthMax bounds the commands of one line.
const pipeDepthMax = 20

func collect(stmt *syntax.Stmt, lines *[]commandLine, joins *[]string, depth int) bool {
	if depth > pipeDepthMax || stmt.Negated || stmt.Background {
		return false
	}
	for _, redirect := range stmt.Redirs {
		if redirect.Word == nil {
			return false
		}
		*joins = append(*joins, redirect.Op.String()+wordText(redirect.Word))
	}
	switch command := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		var words []string
		for _, assign := range command.Assigns {
			if assign.Name == nil || assign.Value == nil {
				return false
			}
			words = append(words, assign.Name.Value+"="+wordText(assign.Value))
		}
		for _, word := range command.Args {
			words = append(words, wordText(word))
		}
		*lines = append(*lines, normalise(words))
		return true
	case *syntax.BinaryCmd:
		if !collect(command.X, lines, joins, depth+1) {
			return false
		}
		*joins = append(*joins, command.Op.String())
		return collect(command.Y, lines, joins, depth+1)
	}
	return false
}

// wordText is a word without its quotes; what the shell would expand stays as written.
func wordText(word *syntax.Word) string {
	var b strings.Builder
	for _, part := range word.Parts {
		writePart(&b, part)
	}
	return b.String()
}

func writePart(b *strings.Builder, part syntax.WordPart) {
	switch p := part.(type) {
	case *syntax.Lit:
		b.WriteString(strings.ReplaceAll(p.Value, `\`, ""))
	case *syntax.SglQuoted:
		b.WriteString(p.Value)
	case *syntax.DblQuoted:
		for _, inner := range p.Parts {
			writePart(b, inner)
		}
	default:
		_ = syntax.NewPrinter().Print(b, part) // a Builder never fails
	}
}

// normalise brings the words of one command to one form.
func normalise(words []string) commandLine {
	line := commandLine{flags: map[string]string{}}
	if len(words) > 0 && words[0] == "k" {
		words = slices.Concat([]string{"kubectl"}, words[1:])
	}
	isKubectl := len(words) > 0 && words[0] == "kubectl"
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "--":
			line.words = append(line.words, words[i:]...)
			return line
		case isKubectl && strings.HasPrefix(word, "-") && len(word) > 1:
			i += line.addFlag(word, words[i+1:])
		case isKubectl:
			line.addWord(word)
		default:
			line.words = append(line.words, word)
		}
	}
	return line
}

// addWord adds a positional word; TYPE/NAME counts as TYPE NAME.
func (line *commandLine) addWord(word string) {
	if kind, name, found := strings.Cut(word, "/"); found && kinds[strings.ToLower(kind)] != "" && name != "" {
		line.words = append(line.words, kinds[strings.ToLower(kind)], name)
		return
	}
	if kind, ok := kinds[strings.ToLower(word)]; ok && line.expectsKind() {
		word = kind
	}
	line.words = append(line.words, word)
}

// expectsKind tells whether a resource type may stand next: only verbs so far.
func (line *commandLine) expectsKind() bool {
	for _, word := range line.words[1:] {
		if !slices.Contains(verbs, word) || kinds[word] != "" {
			return false
		}
	}
	return len(line.words) > 1
}

// addFlag adds a flag and tells how many of the following words it took.
func (line *commandLine) addFlag(word string, rest []string) (taken int) {
	hyphens := len(word) - len(strings.TrimLeft(word, "-"))
	name, value, hasValue := strings.Cut(word[hyphens:], "=")
	short := line.shortFlags()
	if hyphens == 1 && len(name) > 1 {
		if long, ok := short(name[:1]); ok && !slices.Contains(switches, long) {
			value, hasValue = strings.TrimPrefix(word[2:], "="), true
			name = name[:1]
		}
	}
	if hyphens == 1 && len(name) == 1 {
		if long, ok := short(name); ok {
			name = long
		}
	} else {
		name = strings.Repeat("-", hyphens-2+boolToInt(hyphens == 1)*3) + name
	}
	if name == "-it" || name == "-ti" {
		line.flags["stdin"], line.flags["tty"] = "", ""
		return 0
	}
	if !hasValue && !slices.Contains(switches, strings.TrimLeft(name, "-")) && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		value, taken = rest[0], 1
	}
	if m := assignEquals.FindStringSubmatch(value); m != nil && name == "selector" {
		value = m[1] + "=" + m[2]
	}
	if value == "true" && slices.Contains(switches, name) {
		value = ""
	}
	if name == "namespace" && value == "default" {
		return taken
	}
	if old, ok := line.flags[name]; ok {
		value = old + "\x00" + value
	}
	line.flags[name] = value
	return taken
}

// shortFlags reads short flags, some of which mean another thing to some verbs.
func (line *commandLine) shortFlags() func(string) (string, bool) {
	verb := ""
	if len(line.words) > 1 {
		verb = line.words[1]
	}
	return func(name string) (string, bool) {
		switch verb + " " + name {
		case "logs f":
			return "follow", true
		case "logs p":
			return "previous", true
		case "run l":
			return "labels", true
		}
		long, ok := flagNames[name]
		return long, ok
	}
}

var commandTail = regexp.MustCompile(`([ -~]) ?(명령어?)?(을 실행한다|를 실행한다|이다|입니다|를 쓴다|을 쓴다)?$`)

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func sameCommand(a, b commandLine) bool {
	if !slices.Equal(a.words, b.words) || len(a.flags) != len(b.flags) {
		return false
	}
	for name, value := range a.flags {
		other, ok := b.flags[name]
		if !ok || !sameFlagValue(value, other) {
			return false
		}
	}
	return true
}

// sameFlagValue compares the values of a flag that may be given several times, in any order.
func sameFlagValue(a, b string) bool {
	x, y := strings.Split(a, "\x00"), strings.Split(b, "\x00")
	sort.Strings(x)
	sort.Strings(y)
	return slices.Equal(x, y)
}

func sameCommands(a, b string) bool {
	x, xJoins, ok := parseCommand(a)
	if !ok {
		return false
	}
	y, yJoins, ok := parseCommand(b)
	return ok && slices.Equal(xJoins, yJoins) && slices.EqualFunc(x, y, sameCommand)
}

var (
	dashes       = strings.NewReplacer("–", "-", "—", "--", "−", "-", "‐", "-", "‑", "-", "―", "--")
	flagHyphens  = regexp.MustCompile(`(^| )(-{1,3})([A-Za-z][A-Za-z-]*)`)
	quotesInside = strings.NewReplacer("`", "", "“", "\"", "”", "\"", "‘", "'", "’", "'")
)

func (q Question) gradeCommand(text string) Grading {
	text = commandTail.ReplaceAllString(quotesInside.Replace(text), "$1")
	best := wrong("다른 명령입니다")
	for _, candidate := range q.candidates() {
		want := clean(candidate, CommandForm)
		if sameCommands(want, text) {
			return right("결과가 같은 명령입니다")
		}
		best = better(best, commandSlip(want, text))
	}
	return best
}

// commandSlip tells a command that would fail for a slip of the hand.
func commandSlip(want, text string) Grading {
	straight := dashes.Replace(text)
	if straight != text && (sameCommands(want, straight) || sameHyphens(want, straight)) {
		return almost("줄표가 아니라 하이픈을 적어야 합니다")
	}
	if first, _, _ := strings.Cut(want, " "); first == "kubectl" && !strings.HasPrefix(straight, "kubectl") && !strings.HasPrefix(straight, "k ") {
		if sameCommands(want, "kubectl "+straight) {
			return almost("앞의 kubectl이 빠졌습니다")
		}
	}
	if sameHyphens(want, straight) {
		return almost("하이픈의 수가 다릅니다")
	}
	if joined := strings.ReplaceAll(squeeze(straight), "-", ""); strings.ReplaceAll(squeeze(want), "-", "") == joined && squeeze(want) != squeeze(straight) {
		return almost("하이픈이 다릅니다")
	}
	if strings.ReplaceAll(want, " ", "") == strings.ReplaceAll(straight, " ", "") {
		return almost("빈칸이 다릅니다")
	}
	if oneWordSlip(want, straight) {
		return almost("철자가 하나 다릅니다")
	}
	return wrong("다른 명령입니다")
}

// sameHyphens compares two commands with the right number of hyphens put
// before each flag: one before a letter, two before a word.
func sameHyphens(want, text string) bool {
	mend := func(s string) string {
		return flagHyphens.ReplaceAllStringFunc(s, func(flag string) string {
			m := flagHyphens.FindStringSubmatch(flag)
			if len(m[3]) == 1 {
				return m[1] + "-" + m[3]
			}
			if slices.Contains([]string{"it", "ti"}, m[3]) {
				return m[1] + "-" + m[3]
			}
			return m[1] + "--" + m[3]
		})
	}
	if sameCommands(want, mend(text)) {
		return true
	}
	// A hyphen forgotten altogether: selector foo=bar, l foo=bar.
	words := strings.Fields(text)
	for i, word := range words {
		name, _, _ := strings.Cut(word, "=")
		if i == 0 || strings.HasPrefix(word, "-") || !strings.Contains(want, "-"+name) {
			continue
		}
		tried := slices.Clone(words)
		tried[i] = "-" + strings.Repeat("-", boolToInt(len(name) > 1)) + word
		if sameCommands(want, strings.Join(tried, " ")) {
			return true
		}
	}
	return false
}

// oneWordSlip tells whether one fixed word (the command, a verb, a type, the
// name of a long flag) is one letter off and is no word that kubectl knows.
// Names and values may not be off: the command would run, on something else.
func oneWordSlip(want, text string) bool {
	words := strings.Fields(text)
	fixed := fixedWords(want)
	for i, word := range words {
		name, value, hasValue := strings.Cut(word, "=")
		kind, rest, hasName := strings.Cut(name, "/")
		if !hasName {
			kind = name
		}
		if known(kind) {
			continue
		}
		for _, target := range fixed {
			// Two letters and fewer leave doubt; a hyphen short is told elsewhere.
			if len(strings.TrimLeft(target, "-")) < 3 || korean.Distance(target, kind) != 1 && !strings.EqualFold(target, kind) {
				continue
			}
			tried := slices.Clone(words)
			tried[i] = target
			if hasName {
				tried[i] += "/" + rest
			}
			if hasValue {
				tried[i] += "=" + value
			}
			if sameCommands(want, strings.Join(tried, " ")) {
				return true
			}
		}
	}
	return false
}

// known tells whether kubectl would understand a word, so that it is no slip.
func known(word string) bool {
	return slices.Contains(verbs, word) || kinds[word] != ""
}

// fixedWords are the words of a command that are not the learner's to choose.
func fixedWords(want string) []string {
	var fixed []string
	for i, word := range strings.Fields(want) {
		name, _, _ := strings.Cut(word, "=")
		kind, _, _ := strings.Cut(name, "/")
		switch {
		case i == 0, slices.Contains(verbs, kind):
			fixed = append(fixed, kind)
		case kinds[kind] != "":
			for spelling, canonical := range kinds {
				if canonical == kinds[kind] {
					fixed = append(fixed, spelling)
				}
			}
		case strings.HasPrefix(word, "--"):
			fixed = append(fixed, name)
		}
	}
	sort.Strings(fixed)
	return fixed
}

var optionPattern = regexp.MustCompile(`(^|\s)(-{1,3}[A-Za-z][A-Za-z-]*)=?(\s|$)`)

func (q Question) gradeOption(text string) Grading {
	if chosen, negated := afterDenial(text); negated {
		if chosen == "" {
			return wrong("정답을 부정했습니다")
		}
		text = chosen
	}
	items := nonEmpty(separators.Split(text, -1))
	best := right("")
	for _, item := range items {
		g := q.gradeOneOption(item)
		if g.Verdict > best.Verdict || best.Why == "" {
			best = g
		}
	}
	if len(items) == 0 {
		return wrong("다른 옵션입니다")
	}
	return best
}

func (q Question) gradeOneOption(text string) Grading {
	best := wrong("다른 옵션입니다")
	for _, form := range answerForms(text) {
		for _, filler := range []string{"옵션", "플래그"} {
			form = strings.TrimSpace(strings.TrimSuffix(form, filler))
		}
		beside := false
		if found := optionPattern.FindAllStringSubmatch(form, -1); len(found) == 1 {
			beside = slices.ContainsFunc(strings.Fields(strings.Replace(form, found[0][2], " ", 1)), func(word string) bool { return word != "=" && !q.isFiller(word) })
			form = found[0][2]
		}
		form = strings.TrimSuffix(form, "=")
		for _, candidate := range q.candidates() {
			g := compareOption(clean(candidate, OptionForm), unquote(form))
			if g.Verdict == Right && beside {
				g = almost("옵션만 적으면 됩니다")
			}
			best = better(best, g)
		}
	}
	return best
}

func compareOption(want, got string) Grading {
	wantName, gotName := strings.TrimLeft(want, "-"), strings.TrimLeft(dashes.Replace(got), "-")
	switch {
	case want == got:
		return right("같은 옵션입니다")
	case wantName == gotName:
		return almost("하이픈이 다릅니다")
	case len(wantName) < slipLatinMin || len(gotName) < slipLatinMin:
		return wrong("다른 옵션입니다")
	case korean.Distance(wantName, gotName) == 1, strings.EqualFold(wantName, gotName):
		return almost("철자가 하나 다릅니다")
	}
	return wrong("다른 옵션입니다")
}
