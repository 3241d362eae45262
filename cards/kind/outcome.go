package kind

import (
	"slices"
	"strings"

	"gieok/cards"
	"gieok/korean"
	"gieok/parser"
	"gieok/prefilter"
)

var (
	pairAbout   = prefilter.MustCompile(`^(동일|동일한|같은|고유한|공통|서로 다른) 것 두 가지$`)
	pairAdverbs = map[string]string{"동일": "동일하게", "동일한": "동일하게", "같은": "똑같이", "고유한": "고유하게", "공통": "공통으로", "서로 다른": "서로 다르게"}
	hasSubject  = prefilter.MustCompile(`[가-힣A-Za-z)](이|가|은|는|을|를|와|과|에|에서|에게|로|으로|의) |[가-힣]+(을|를|이|가)$`)
	numberAlone = prefilter.MustCompile(`^\d+(이|가) `)
	toNumber    = prefilter.MustCompile(`^\d+(로|으로) `)
	commandLine = prefilter.MustCompile(`^(kubectl|k|docker|helm|echo|minikube|kubeadm) `)
)

// outcome asks what happens, or what must be done, under the condition of f.
func (b *book) outcome(f *parser.Fact) (ask, bool) {
	q := ask{answer: b.reader.Plain(f.Object), accepted: slices.Concat([]string{f.Object}, f.Aliases)}
	if f.Relation == parser.Need && strings.HasSuffix(f.About, "?") {
		return b.reason(f)
	}
	condition := b.condition(f)
	switch {
	case condition == "":
		return q, false
	case commandLine.MatchString(f.Condition):
		return b.after(f)
	case f.Term && f.About != "" && f.Relation == parser.Condition:
		q.answer, q.accepted = f.Object, f.Aliases
		q.stem = "“" + b.reader.Plain(clip(f.Condition)) + "”" + "라는 말이 성립하려면 " + b.with(f.About, "은/는") + " 무엇이어야 하는가?"
	case f.Term && f.About != "":
		q.answer, q.accepted = f.Object, f.Aliases
		q.stem = condition + " " + f.About + "에는 무엇이 일어나는가?"
	case f.Term:
		return q, false
	case strings.HasSuffix(f.Object, " 필요"), strings.HasSuffix(f.Object, "이 필요함"):
		need := strings.TrimSuffix(f.Object, " 필요")
		if _, ok := describe(need); ok && !strings.Contains(need, "는지") {
			q.answer, q.accepted = need, append(q.accepted, b.reader.Plain(f.Object))
			q.stem = condition + " 무엇이 필요한가?"
			break
		}
		q.stem = condition + " 무엇을 해야 하는가?"
		q.answer = strings.TrimSuffix(f.Object, " 필요")
		q.answer = strings.TrimSuffix(q.answer, "확인") + map[bool]string{true: "확인해야 한다"}[strings.HasSuffix(q.answer, "확인")]
	case f.Relation == parser.Need:
		q.stem = condition + " 무엇을 해야 하는가?"
	default:
		q.stem = condition + " 어떻게 되는가?"
	}
	return q, true
}

// condition is the condition of f with what it is about.
func (b *book) condition(f *parser.Fact) string {
	c := strings.TrimSpace(edgeMark.ReplaceAllString(strings.TrimSpace(f.Condition), ""))
	if c == "" || numberAlone.MatchString(c) || strings.HasPrefix(c, "그 외") || strings.Contains(c, "; ") {
		return ""
	}
	if b.named(f.Subject, c) {
		return c
	}
	name := b.name(f.Subject)
	if !hasSubject.MatchString(c+" ") || toNumber.MatchString(c) {
		return b.with(name, "이/가") + " " + c
	}
	if b.term[f.Subject] != nil && b.kindOf(f.Subject) != "resource" {
		name = b.topicName(f.Topic)
	}
	if name == "" || cards.Visible(name, c) || len([]rune(name)) > contextRunesMax {
		return c
	}
	return name + "에서 " + c
}

// reason asks the note's own question about its subject.
func (b *book) reason(f *parser.Fact) (ask, bool) {
	stem := f.About
	if !b.named(f.Subject, stem) {
		for _, why := range []string{"왜 ", "어째서 "} {
			if before, after, ok := strings.Cut(stem, why); ok {
				stem = before + b.with(b.name(f.Subject), "이/가") + " " + why + after
				break
			}
		}
	}
	if !b.named(f.Subject, stem) {
		return ask{}, false
	}
	return ask{stem: stem, answer: f.Object, accepted: f.Aliases}, true
}

// after asks what running a command leads to: About is a sentence with a blank
// for the answer.
func (b *book) after(f *parser.Fact) (ask, bool) {
	if f.About == "" || !strings.Contains(f.About, "____") {
		return ask{}, false
	}
	line, _ := bind(f.Condition)
	answer, _ := bind(f.Object)
	rest := strings.TrimSpace(strings.Replace(f.About, "____", "", 1))
	head, tail, ok := strings.Cut(rest, " ")
	if !ok {
		return ask{}, false
	}
	thing, particle := korean.StripJosa(head)
	m, ok := korean.Modifier(tail)
	if !ok || particle == "" {
		return ask{}, false
	}
	q := ask{
		stem:   "`" + line + "`" + b.reader.Josa(line, "을/를") + " 실행하면 " + m + " " + b.with(thing, "은/는") + " 무엇인가?",
		answer: answer,
	}
	if k, v, ok := strings.Cut(answer, "="); ok {
		q.accepted = []string{k + ": " + v}
	}
	return q, true
}

// pair asks for the two things that are the same, or one's own.
func (b *book) pair(f *parser.Fact) (ask, bool) {
	m := pairAbout.FindStringSubmatch(f.About)
	if m == nil {
		return ask{}, false
	}
	lead := ""
	words := strings.Fields(f.Words)
	for i, w := range words[:min(len(words), 5)] {
		stem, particle := korean.StripJosa(w)
		if particle == "은" || particle == "는" {
			lead = strings.Join(append(slices.Clone(words[:i]), b.with(stem, "이/가")), " ")
			break
		}
		if particle == "마다" || strings.HasSuffix(w, "마다") {
			lead = strings.Join(words[:i+1], " ")
			break
		}
	}
	if lead == "" {
		return ask{}, false
	}
	if !b.named(f.Subject, lead) {
		lead = b.name(f.Subject) + "에서 " + lead
	}
	return ask{stem: lead + " " + pairAdverbs[m[1]] + " 가지는 것 두 가지는 무엇인가?", answer: f.Object, accepted: f.Aliases}, true
}

// placed is what a fact about a place in YAML speaks of: the heading or bullet
// over it when the subject is the whole topic.
func (b *book) placed(f *parser.Fact) string {
	if n := len(f.Path); n > 0 && b.words.ID(f.Topic) == f.Subject && f.Path[n-1] != f.Topic {
		return f.Path[n-1]
	}
	return b.name(f.Subject)
}

// naming asks for a name made by a rule: the placeholders get names.
func (b *book) naming(f *parser.Fact) (ask, bool) {
	answer, bound := bind(f.Object)
	if len(bound) == 0 {
		return ask{stem: b.name(f.Subject) + "의 " + b.with(f.About, "은/는") + " 무엇인가?", answer: f.Object, accepted: f.Aliases}, f.About != ""
	}
	owner := ""
	if topic := b.topicName(f.Topic); topic != "" {
		owner = topic + "의 "
	}
	return ask{stem: b.given(bound) + " " + owner + b.with(f.About, "을/를") + " 따르는 이름은 무엇인가?", answer: answer}, true
}

// given says what the placeholders stand for: "서비스 이름이 cart, 네임스페이스가 shop일 때".
func (b *book) given(bound []binding) string {
	parts := make([]string, len(bound))
	for i, v := range bound {
		parts[i] = b.with(v.what, "이/가") + " " + v.value
	}
	return strings.Join(parts, ", ") + "일 때"
}

// A binding is a placeholder with the name that a card gives it.
type binding struct{ what, value string }

// boundNames are the names that cards give to placeholders, by the last word
// of the placeholder; the first row is for what no other row knows.
var boundNames = []struct{ ends, value string }{
	{"", "demo"},
	{"파드_이름", "web"}, {"파드이름", "web"}, {"pod_name", "web"}, {"디플로이먼트_이름", "web"},
	{"서비스_이름", "cart"}, {"네임스페이스", "shop"}, {"이미지_이름", "nginx"}, {"이미지", "nginx"},
	{"컨피그맵_이름", "settings"}, {"시크릿_이름", "credentials"}, {"노드_이름", "worker-1"},
	{"KEY", "env"}, {"키", "env"}, {"VALUE", "prod"}, {"값", "prod"}, {"문자열", "admin"}, {"PID", "1234"}, {"pid", "1234"},
	{"data_source", "--from-literal=key=value"},
}

// bind puts names in the place of placeholders.
func bind(text string) (string, []binding) {
	var bound []binding
	out := placeholder.ReplaceAllStringFunc(text, func(p string) string {
		inner := p[1 : len(p)-1]
		value := boundNames[0].value
		for _, row := range boundNames[1:] {
			if strings.HasSuffix(inner, row.ends) {
				value = row.value
				break
			}
		}
		v := binding{what: strings.ReplaceAll(inner, "_", " "), value: value}
		if !slices.Contains(bound, v) {
			bound = append(bound, v)
		}
		return value
	})
	if strings.Contains(out, "pod_name") {
		out = strings.ReplaceAll(out, "pod_name", "web")
		bound = append(bound, binding{"파드 이름", "web"})
	}
	return out, bound
}
