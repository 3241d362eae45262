package cards

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gieok/sim/transcript"
)

func lexicon() *Lexicon {
	return NewLexicon([]Name{
		{"pod", "resource", []string{"파드", "Pod", "po"}},
		{"node", "resource", []string{"노드", "Node"}},
		{"service", "resource", []string{"서비스", "Service", "svc"}},
		{"replicas", "field", []string{"replicas", "레플리카"}},
		{"schedule", "field", []string{"schedule"}},
		{"nat", "concept", []string{"NAT", "Network Address Translation"}},
	})
}

// good is a card that breaks no rule; change makes one of it that does.
func good(change func(*Card)) Card {
	src := Source{File: "note.md", Line: 3, Col: 1, EndLine: 3}
	c := Card{
		ID: "pod/definition/pod#reverse", Kind: Reverse, Concept: "pod", Topic: "실행", Relation: "definition",
		Stem: "노드에서 실행되는 가장 작은 단위는 무엇인가?", Answer: "파드", Accepted: []string{"Pod"}, Choices: []string{},
		Source: src, Sources: []Source{src}, Evidence: Evidence{Status: Stated, Note: "가장 작은 단위"}, Explanation: "노트: 가장 작은 단위",
	}
	if change != nil {
		change(&c)
	}
	return c
}

func choice(answer string, choices ...string) func(*Card) {
	return func(c *Card) {
		c.ID, c.Kind, c.Answer, c.Choices = "pod/definition/pod#choice", Choice, answer, choices
	}
}

func cloze(stem, answer string) func(*Card) {
	return func(c *Card) {
		c.ID, c.Kind, c.Stem, c.Answer, c.Accepted = "pod/has-property/x#cloze", Cloze, stem, answer, []string{}
	}
}

func TestLint(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Card)
		want   string // rules, with ? behind a warning
	}{
		{"good", nil, ""},
		{"answer in the stem", func(c *Card) { c.Stem = "파드는 노드에서 무엇인가?" }, "answer-visible"},
		{"alias in the stem", func(c *Card) { c.Stem = "노드의 pod를 무엇이라고 하는가?" }, "answer-visible"},
		{"part of another word", func(c *Card) { c.Stem = "노드의 tripod를 무엇이라고 하는가?" }, ""},
		{"spaces hide nothing", func(c *Card) {
			c.Answer = "롤링 업데이트"
			c.Stem = "노드의 롤링업데이트는 무엇인가?"
		}, "answer-visible"},
		{"dangling", func(c *Card) { c.Stem = "이 노드에서 실행되는 것은 무엇인가?" }, "dangling"},
		{"named before", func(c *Card) { c.Stem = "노드를 만들고 그 노드를 돌보는 것은 무엇인가?" }, ""},
		{"dangling 해당", func(c *Card) { c.Stem = "해당 노드에서 실행되는 것은 무엇인가?" }, "dangling"},
		{"next without anything", func(c *Card) { c.Stem = "다음 노드에서 실행되는 것은 무엇인가?" }, "dangling"},
		{"no concept", func(c *Card) { c.Stem = "가장 작은 단위는 무엇인가?" }, "no-concept"},
		{"two facts", func(c *Card) { c.Stem = "노드는 크다. 가장 작은 것은 작다. 무엇인가?" }, "two-facts"},
		{"yes or no", func(c *Card) { c.Stem = "노드에서 실행되는가?" }, "yes-no"},
		{"long answer", func(c *Card) { c.Answer = strings.Repeat("가", 41) }, "answer-long"},
		{"no source", func(c *Card) { c.Source.Line = 0 }, "no-source"},
		{"bad id", func(c *Card) { c.ID = "pod#reverse" }, "malformed"},
		{"other kind in the id", func(c *Card) { c.Kind = Basic }, "malformed"},
		{"claims a run", func(c *Card) { c.Evidence.Status = Executed }, "malformed"},
		{"hides a run", func(c *Card) { c.Evidence.Run = &transcript.Transcript{} }, "malformed"},
		{"open quote", func(c *Card) { c.Stem = "“노드에서 실행되는 것은 무엇인가?" }, "malformed"},
		{"not NFC", func(c *Card) { c.Explanation = "\u1102\u1169" }, "not-nfc"},
		{"long stem", func(c *Card) {
			c.Stem = "노드에서 " + strings.Repeat("아주 ", 40) + "작은 것은 무엇인가?"
		}, "stem-long?"},
		{"absolute", func(c *Card) { c.Stem = "노드에서 항상 실행되는 것은 무엇인가?" }, "absolute?"},
		{"many parts", func(c *Card) { c.Answer = "ㄱ, ㄴ, ㄷ, ㄹ" }, "enumeration?"},
		{"choice", choice("파드", "파드", "노드", "서비스"), ""},
		{"choice of other kinds", choice("파드", "파드", "replicas", "노드"), "choices"},
		{"alias as a wrong choice", choice("파드", "파드", "po", "노드"), "choices"},
		{"key missing", choice("파드", "노드", "서비스", "replicas"), "choices"},
		{"two choices", choice("파드", "파드", "노드"), "choices"},
		{"none of them", choice("파드", "파드", "노드", "정답 없음"), "choices"},
		{"cloze", cloze("노드에서 ____은(는) 가장 작은 단위다.", "파드"), ""},
		{"cloze with its particle", cloze("노드에서 ____는 가장 작은 단위다.", "파드"), "particle"},
		{"cloze without context", cloze("노드의 ____", "단위"), "cloze"},
		{"cloze of a sentence", cloze("노드에서 무엇이 어떻게 되는지 ____", "파드가 실행된다."), "cloze"},
		{"cloze with the answer elsewhere", cloze("파드에서 ____은(는) 가장 작은 단위다.", "파드"), "answer-visible"},
	} {
		var got []string
		for _, p := range Lint(good(tc.change), lexicon()) {
			rule := p.Rule
			if p.Warning {
				rule += "?"
			}
			got = append(got, rule)
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, s, tc.want)
		}
	}
}

func TestKeys(t *testing.T) {
	for term, want := range map[string]string{
		"Pod": "pod", "롤링 업데이트": "롤링-업데이트", "A/B#c": "a-b-c", "--from-file": "--from-file", "-L": "-l",
	} {
		if got := Key(term); got != want {
			t.Errorf("Key(%q) = %q, want %q", term, got, want)
		}
	}
	for line, want := range map[string]string{
		"kubectl get pod web -o wide":                         "kubectl-get--o",
		"kubectl get pod web --show-labels":                   "kubectl-get---show-labels",
		"kubectl rollout undo deployment web --to-revision=2": "kubectl-rollout-undo---to-revision",
		"kubectl create configmap c --from-literal=a=b":       "kubectl-create-configmap---from-literal",
		"kubectl label pod other key=value":                   "kubectl-label",
		"echo -n admin | base64":                              "echo-base64--n",
	} {
		if got := CommandKey(line); got != want {
			t.Errorf("CommandKey(%q) = %q, want %q", line, got, want)
		}
	}
	if Normal("-l") == Normal("-L") || Normal("롤링 업데이트") != Normal("롤링업데이트") {
		t.Error("flags must keep their case, words must not keep their blanks")
	}
}

// TestMerge holds that IDs depend on no order: what asks and answers the same
// is one card, what answers differently is told apart by the answer alone.
func TestMerge(t *testing.T) {
	at := func(line int, answer string) Card {
		return good(func(c *Card) {
			c.Source.Line, c.Answer = line, answer
			c.Sources = []Source{c.Source}
		})
	}
	a, b, other := at(1, "파드"), at(9, "파 드"), at(5, "노드")
	if got := Merge([]Card{a, b}); len(got) != 1 || len(got[0].Sources) != 2 || got[0].ID != a.ID {
		t.Errorf("one ID and one answer: %+v", got)
	}
	ids := func(list []Card) map[string]ID {
		out := map[string]ID{}
		for _, c := range list {
			out[Normal(c.Answer)] = c.ID
		}
		return out
	}
	forth, back := ids(Merge([]Card{a, other, b})), ids(Merge([]Card{b, other, a}))
	if len(forth) != 2 || forth["파드"] != back["파드"] || forth["노드"] != back["노드"] || forth["파드"] == forth["노드"] {
		t.Errorf("IDs depend on order: %v, %v", forth, back)
	}
	for _, id := range forth {
		if key, _, _ := strings.Cut(strings.TrimPrefix(string(id), "pod/definition/pod"), "#"); len(key) != 5 || key[0] != '~' {
			t.Errorf("%s: no ~ and four digits", id)
		}
	}
}

func TestShown(t *testing.T) {
	s := NewShown()
	if !s.Add(good(nil)) || s.Add(good(func(c *Card) { c.Stem += "?" })) {
		t.Error("a near-duplicate of the same kind is not dropped")
	}
	if !s.Add(good(choice("파드", "파드", "노드", "서비스"))) {
		t.Error("another kind may ask the same")
	}
	if !s.Add(good(func(c *Card) { c.Stem = "서비스가 트래픽을 보내는 곳은 무엇인가?" })) {
		t.Error("another question is dropped")
	}
	code := func(text string) Card { return good(func(c *Card) { c.Code = text }) }
	if !s.Add(code("kind: Pod")) || !s.Add(code("kind: Pods")) || s.Add(code("kind: Pod")) {
		t.Error("cards with code differ by a word of it")
	}
}

func TestLabels(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if k.Label() == "" || seen[k.Label()] {
			t.Errorf("%s: label %q", k, k.Label())
		}
		seen[k.Label()] = true
	}
	if got, want := (Truth{Executed: 3, Stated: 2, Contradicted: 1}).String(), "실행으로 확인 3 · 노트 그대로 2 · 노트와 다름 1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestShownAgainstAll holds that the index finds what a comparison with every
// stem before would find.
func TestShownAgainstAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("가나다라 ab")
	base := make([]string, 40)
	for i := range base {
		text := make([]rune, 5+r.IntN(60))
		for j := range text {
			text[j] = letters[r.IntN(len(letters))]
		}
		base[i] = string(text)
	}
	shown := NewShown()
	var kept [][][3]rune
	found := 0
	for range 4000 {
		text := []rune(base[r.IntN(len(base))])
		for range r.IntN(8) {
			text[r.IntN(len(text))] = letters[r.IntN(len(letters))]
		}
		grams := trigrams(string(text))
		want := !slices.ContainsFunc(kept, func(other [][3]rune) bool { return similar(grams, other) >= duplicateShareMin })
		if got := shown.Add(Card{Kind: Basic, Stem: string(text)}); got != want {
			t.Fatalf("%q: added %t, want %t", string(text), got, want)
		}
		if want {
			kept = append(kept, grams)
		} else {
			found++
		}
	}
	if found < 100 || len(kept) < 100 {
		t.Errorf("%d duplicates and %d others: too few of one to hold anything", found, len(kept))
	}
}
