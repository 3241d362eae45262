package quiz

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gieok/cards"
	"gieok/review"
)

// deck is one card of each way to be answered.
func deck() []cards.Card {
	executed := cards.Evidence{Status: cards.Executed}
	return []cards.Card{
		{ID: "pod/property-default/restartpolicy#choice", Kind: cards.Choice, Concept: "pod", Stem: "Pod의 restartPolicy 기본값은?",
			Answer: "Always", Choices: []string{"Always", "Never", "OnFailure"}, Evidence: executed},
		{ID: "replicaset/manages/pod#basic", Kind: cards.Basic, Concept: "replicaset", Stem: "ReplicaSet이 개수를 맞추는 대상은?",
			Answer: "ReplicaSet", Evidence: cards.Evidence{Status: cards.Stated}},
		{ID: "deployment/command-for/scale#command", Kind: cards.Command, Concept: "deployment", Stem: "Deployment web을 세 개로 늘리는 명령은?",
			Answer: "kubectl scale deployment web --replicas=3", Evidence: executed, Task: &cards.Task{Reference: "kubectl scale deployment web --replicas=3"}},
		{ID: "job/purpose/finish#basic", Kind: cards.Basic, Concept: "job", Stem: "Job은 무엇을 위한 리소스인가?",
			Answer:   "정해진 작업을 끝까지 마치고 나면 더는 다시 시작하지 않게 하려고 쓰는 리소스",
			Evidence: cards.Evidence{Status: cards.Contradicted}},
		{ID: "rollout/order/steps#order", Kind: cards.Order, Concept: "deployment", Stem: "롤링 업데이트의 순서는?",
			Answer: "새 ReplicaSet → 새 Pod → 옛 Pod 종료", Choices: []string{"옛 Pod 종료", "새 ReplicaSet", "새 Pod"}, Evidence: executed},
	}
}

// A shell carries out the effects as the terminal does: it deals cards and
// keeps a log.
type shell struct {
	t      testing.TB
	s      Session
	source []cards.Card
	dealt  int
	log    []string
	flags  []string
	last   Effect // what is presented
}

func newShell(t testing.TB, o Options, source []cards.Card) *shell {
	sh := &shell{t: t, source: source}
	s, effects := Start(o)
	sh.s = s
	sh.carryOut(effects)
	return sh
}

func (sh *shell) step(e Event) {
	s, effects := sh.s.Step(e)
	sh.s = s
	sh.carryOut(effects)
}

func (sh *shell) carryOut(effects []Effect) {
	for i, e := range effects {
		switch e := e.(type) {
		case Save:
			sh.log = append(sh.log, fmt.Sprintf("%s %v %q", e.Result.Asked.Card.ID, e.Result.Grade, e.Result.Given))
		case Unsave:
			last := sh.log[len(sh.log)-1]
			if want := fmt.Sprintf("%s %v %q", e.Result.Asked.Card.ID, e.Result.Grade, e.Result.Given); last != want {
				sh.t.Fatalf("unsave of %s, but the last saved is %s", want, last)
			}
			sh.log = sh.log[:len(sh.log)-1]
		case Flag:
			sh.flags = append(sh.flags, string(e.Card.ID)+" "+e.Reason)
		case Unflag:
			sh.flags = sh.flags[:len(sh.flags)-1]
		case NothingToUndo:
		default:
			if i != len(effects)-1 {
				sh.t.Fatalf("%T is not the last effect", e)
			}
			sh.last = e
		}
	}
	if _, ok := sh.last.(Deal); ok {
		if sh.dealt == len(sh.source) {
			sh.step(Exhausted{})
			return
		}
		sh.dealt++
		sh.step(Dealt{sh.source[sh.dealt-1]})
	}
}

// presented describes what the learner sees, in one line.
func (sh *shell) presented() string {
	id := func(a Asked) string { return fmt.Sprintf("%d %s", a.Number, a.Card.ID) }
	switch e := sh.last.(type) {
	case Ask:
		return fmt.Sprintf("ask %s hint=%q again=%v retry=%q repeat=%v", id(e.Asked), e.Asked.Hint, e.Asked.Again, e.Asked.Retry, e.Asked.Repeat)
	case Reveal:
		return "reveal " + id(e.Asked)
	case Confirm:
		return "confirm " + id(e.Asked) + " " + e.Given
	case Run:
		return "run " + string(e.Card.ID) + " " + e.Answer
	case Feedback:
		return fmt.Sprintf("feedback %s %v %v %q gaveup=%v failure=%q", id(e.Result.Asked), e.Result.Verdict, e.Result.Grade, e.Result.Given, e.Result.GaveUp, e.Result.Failure)
	case Summarise:
		return "summary"
	}
	return fmt.Sprintf("%T", sh.last)
}

func choice(t testing.TB, sh *shell, words string) Chose {
	ask, ok := sh.last.(Ask)
	if !ok {
		t.Fatalf("no question but %s", sh.presented())
	}
	i := slices.Index(ask.Asked.Choices, words)
	if i < 0 {
		t.Fatalf("%q is not among %q", words, ask.Asked.Choices)
	}
	return Chose{i}
}

func TestGradesByEvents(t *testing.T) {
	d := deck()
	judged := func(v Verdict) Judged {
		return Judged{Judgement: Judgement{Verdict: v, Differences: []string{"replicas: 2"}}}
	}
	for _, c := range []struct {
		name   string
		card   cards.Card
		events []Event
		want   string // of the log, or "" for none
	}{
		{"typed right", d[1], []Event{Answered{"ReplicaSet"}}, `Good "ReplicaSet"`},
		{"typed wrong", d[1], []Event{Answered{"Deployment"}}, `Again "Deployment"`},
		{"hint, then right", d[1], []Event{Hinted{}, Answered{"ReplicaSet"}}, `Hard "ReplicaSet"`},
		{"hint, then wrong", d[1], []Event{Hinted{}, Answered{"Deployment"}}, `Again "Deployment"`},
		{"almost, then right", d[1], []Event{Answered{"RepliacSet"}, Answered{"ReplicaSet"}}, `Hard "ReplicaSet"`},
		{"almost, then wrong", d[1], []Event{Answered{"RepliacSet"}, Answered{"Deployment"}}, `Again "Deployment"`},
		{"almost twice, counted", d[1], []Event{Answered{"RepliacSet"}, Answered{"ReplicaSett"}, Counted{true}}, `Hard "ReplicaSett"`},
		{"almost twice, not counted", d[1], []Event{Answered{"RepliacSet"}, Answered{"ReplicaSett"}, Counted{false}}, `Again "ReplicaSett"`},
		{"given up", d[1], []Event{Revealed{}}, `Again ""`},
		{"almost, then given up", d[1], []Event{Answered{"RepliacSet"}, Revealed{}}, `Again ""`},
		{"run right", d[2], []Event{Answered{"k scale"}, judged(Right)}, `Good "k scale"`},
		{"run wrong", d[2], []Event{Answered{"k scale"}, judged(Wrong)}, `Again "k scale"`},
		{"run almost, then right", d[2], []Event{Answered{"k scale"}, judged(Almost), Answered{"k scale web"}, judged(Right)}, `Hard "k scale web"`},
		{"not run", d[2], []Event{Answered{"k scale"}, Judged{Failure: "시간이 너무 오래 걸립니다"}}, ""},
		{"recalled", d[3], []Event{Revealed{}, Recalled{review.Good}}, `Good ""`},
		{"recalled easily", d[3], []Event{Revealed{}, Recalled{review.Easy}}, `Easy ""`},
		{"recalled hardly", d[3], []Event{Revealed{}, Recalled{review.Hard}}, `Hard ""`},
		{"not recalled", d[3], []Event{Revealed{}, Recalled{review.Again}}, `Again ""`},
		{"in order", d[4], []Event{Answered{"2 3 1"}}, `Good "새 ReplicaSet → 새 Pod → 옛 Pod 종료"`},
		{"in order, without spaces", d[4], []Event{Answered{"231"}}, `Good "새 ReplicaSet → 새 Pod → 옛 Pod 종료"`},
		{"out of order", d[4], []Event{Answered{"3,2,1"}}, `Again "새 Pod → 새 ReplicaSet → 옛 Pod 종료"`},
		{"an order with one missing", d[4], []Event{Answered{"2 3"}}, `Again "2 3"`},
		{"an order with one twice", d[4], []Event{Answered{"2 3 3"}}, `Again "2 3 3"`},
		{"flagged", d[1], []Event{Flagged{"답이 이상함"}}, ""},
		{"flagged on the feedback", d[1], []Event{Answered{"Deployment"}, Flagged{"내 답도 맞음"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			sh := newShell(t, Options{Judged: true, Repeat: true}, []cards.Card{c.card})
			for _, e := range c.events {
				sh.step(e)
			}
			var want []string
			if c.want != "" {
				want = []string{string(c.card.ID) + " " + c.want}
			}
			if diff := cmp.Diff(want, sh.log, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestChoosing(t *testing.T) {
	for words, want := range map[string]string{"Always": "Good", "Never": "Again"} {
		sh := newShell(t, Options{}, deck()[:1])
		sh.step(choice(t, sh, words))
		if got := sh.log[0]; got != fmt.Sprintf("%s %s %q", deck()[0].ID, want, words) {
			t.Errorf("%s: %s", words, got)
		}
	}
}

// Without a judge a command is compared by its words.
func TestWithoutAJudge(t *testing.T) {
	sh := newShell(t, Options{}, deck()[2:3])
	sh.step(Answered{deck()[2].Answer})
	if want := `feedback 1 deployment/command-for/scale#command right Good "kubectl scale deployment web --replicas=3" gaveup=false failure=""`; sh.presented() != want {
		t.Errorf("%s\nwant %s", sh.presented(), want)
	}
}

func TestOneSitting(t *testing.T) {
	sh := newShell(t, Options{Seed: 7, Judged: true, Repeat: true, Count: 4}, deck())
	var seen []string
	do := func(e Event) { sh.step(e); seen = append(seen, sh.presented()) }
	do(choice(t, sh, "Never"))
	do(Continued{})
	do(Hinted{})
	do(Undone{})
	do(Answered{"ReplicaSet"})
	do(Continued{})
	do(Undone{})
	do(Answered{"Deployment"})
	do(Continued{})
	do(Flagged{"답이 두 개"})
	do(Revealed{})
	do(Recalled{review.Hard})
	do(Continued{})
	do(choice(t, sh, "Always"))
	do(Continued{})
	do(Revealed{})
	do(Continued{})
	want := []string{
		`feedback 1 pod/property-default/restartpolicy#choice wrong Again "Never" gaveup=false failure=""`,
		`ask 2 replicaset/manages/pod#basic hint="" again=false retry="" repeat=false`,
		`ask 2 replicaset/manages/pod#basic hint="R_________" again=false retry="" repeat=false`,
		`ask 2 replicaset/manages/pod#basic hint="" again=false retry="" repeat=false`,
		`feedback 2 replicaset/manages/pod#basic right Good "ReplicaSet" gaveup=false failure=""`,
		`ask 3 deployment/command-for/scale#command hint="" again=false retry="" repeat=false`,
		`ask 2 replicaset/manages/pod#basic hint="" again=false retry="" repeat=false`,
		`feedback 2 replicaset/manages/pod#basic wrong Again "Deployment" gaveup=false failure=""`,
		`ask 3 deployment/command-for/scale#command hint="" again=false retry="" repeat=false`,
		`ask 4 job/purpose/finish#basic hint="" again=false retry="" repeat=false`,
		`reveal 4 job/purpose/finish#basic`,
		`feedback 4 job/purpose/finish#basic almost Hard "" gaveup=false failure=""`,
		`ask 5 pod/property-default/restartpolicy#choice hint="" again=false retry="" repeat=true`,
		`feedback 5 pod/property-default/restartpolicy#choice right Good "Always" gaveup=false failure=""`,
		`ask 6 replicaset/manages/pod#basic hint="" again=false retry="" repeat=true`,
		`feedback 6 replicaset/manages/pod#basic wrong Again "" gaveup=true failure=""`,
		`summary`,
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	wantSummary := Summary{Seed: 7, Asked: 3, Almost: 1, Wrong: 2, Flagged: 1,
		Weak:  []Weak{{"pod", 1, 1}, {"replicaset", 1, 1}},
		Truth: cards.Truth{Executed: 1, Stated: 1, Contradicted: 1}}
	if diff := cmp.Diff(wantSummary, sh.last.(Summarise).Summary); diff != "" {
		t.Error(diff)
	}
	if got, want := TruthLine(wantSummary.Truth), "실행으로 확인 1 · 노트 그대로 1 · 노트와 다름 1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"deployment/command-for/scale#command 답이 두 개"}, sh.flags); diff != "" {
		t.Error(diff)
	}
	if sh.dealt != 4 {
		t.Errorf("%d cards dealt, want 4", sh.dealt)
	}
}

func TestStoppingKeepsWhatWasAnswered(t *testing.T) {
	sh := newShell(t, Options{}, deck())
	sh.step(choice(t, sh, "Always"))
	sh.step(Stopped{})
	sum, ok := sh.last.(Summarise)
	if !ok || !sum.Summary.Stopped || sum.Summary.Right != 1 || len(sh.log) != 1 {
		t.Errorf("%s, %+v, log %v", sh.presented(), sum, sh.log)
	}
}

func TestNoCards(t *testing.T) {
	sh := newShell(t, Options{Count: 5}, nil)
	if sh.presented() != "summary" || sh.s.Summary().Asked != 0 {
		t.Errorf("%s, %+v", sh.presented(), sh.s.Summary())
	}
}

func TestTotals(t *testing.T) {
	sh := newShell(t, Options{Count: 20}, deck()[:2])
	if total := sh.last.(Ask).Asked.Total; total != 20 {
		t.Errorf("of %d, want 20 while cards may come", total)
	}
	sh = newShell(t, Options{Count: 1}, deck())
	if total := sh.last.(Ask).Asked.Total; total != 1 {
		t.Errorf("of %d, want 1", total)
	}
	sh = newShell(t, Options{}, deck())
	if total := sh.last.(Ask).Asked.Total; total != 0 {
		t.Errorf("of %d, want 0: unknown", total)
	}
}

// randomEvent is something a learner or judge may do now.
func randomEvent(r *rand.Rand, sh *shell) Event {
	pick := func(all ...Event) Event { return all[r.IntN(len(all))] }
	switch e := sh.last.(type) {
	case Ask:
		switch {
		case r.IntN(12) == 0:
			return Flagged{fmt.Sprint("까닭 ", r.IntN(9))}
		case r.IntN(10) == 0, e.Asked.Mode == Recalling:
			return Revealed{}
		case e.Asked.Mode == Choosing:
			return Chose{r.IntN(len(e.Asked.Choices))}
		case e.Asked.Mode == Ordering:
			return pick(Answered{"2 3 1"}, Answered{"1 2 3"})
		case e.Asked.CanHint() && r.IntN(4) == 0:
			return Hinted{}
		}
		return pick(Answered{e.Asked.Card.Answer}, Answered{"전혀 다른 답"}, Answered{e.Asked.Card.Answer[:len(e.Asked.Card.Answer)-1] + "x"})
	case Reveal:
		if r.IntN(5) == 0 {
			return Flagged{"답이 이상함"}
		}
		return Recalled{review.Grade(1 + r.IntN(4))}
	case Run:
		return pick(Judged{Judgement: Judgement{Verdict: Verdict(r.IntN(3))}}, Judged{Failure: "실행할 수 없음"})
	case Confirm:
		return Counted{r.IntN(2) == 0}
	case Feedback:
		if r.IntN(8) == 0 {
			return Flagged{"채점이 틀림"}
		}
		return Continued{}
	}
	return nil
}

// An undo is the replay of all events without the last one that a learner can
// take back: same screen, same log, same flags, same summary.
func TestUndoIsReplayWithoutTheLastEvent(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		o := Options{Seed: seed, Repeat: r.IntN(2) == 0, Judged: r.IntN(2) == 0, Count: r.IntN(8)}
		var source []cards.Card
		for i := range r.IntN(9) {
			c := deck()[r.IntN(5)]
			c.ID = cards.ID(strings.Replace(string(c.ID), "#", fmt.Sprintf("~%d#", i), 1))
			source = append(source, c)
		}
		sh := newShell(t, o, source)
		var effective []Event
		for range 60 {
			var e Event = Undone{}
			if r.IntN(4) != 0 {
				if e = randomEvent(r, sh); e == nil {
					e = Undone{} // from the summary back
				}
			}
			sh.step(e)
			if _, ok := e.(Undone); !ok {
				effective = append(effective, e)
				continue
			}
			for n := len(effective); n > 0; {
				n--
				switch effective[n].(type) {
				case Answered, Chose, Revealed, Hinted, Flagged:
					effective = effective[:n]
					n = 0
				}
			}
			replay := newShell(t, o, source)
			for _, e := range effective {
				replay.step(e)
			}
			if a, b := sh.presented(), replay.presented(); a != b {
				t.Fatalf("seed %d: after undo %s\nreplayed %s", seed, a, b)
			}
			if diff := cmp.Diff(replay.log, sh.log, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("seed %d: log: %s", seed, diff)
			}
			if diff := cmp.Diff(replay.flags, sh.flags, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("seed %d: flags: %s", seed, diff)
			}
			if diff := cmp.Diff(replay.s.Summary(), sh.s.Summary()); diff != "" {
				t.Fatalf("seed %d: summary: %s", seed, diff)
			}
		}
	}
}

// A step never changes the session it starts from.
func TestStepIsPure(t *testing.T) {
	sh := newShell(t, Options{Repeat: true}, deck())
	first := sh.s
	a, _ := first.Step(choice(t, sh, "Never"))
	b, _ := first.Step(choice(t, sh, "Always"))
	a2, _ := a.Step(Continued{})
	b2, _ := b.Step(Continued{})
	if a2.Summary().Wrong != 1 || b2.Summary().Right != 1 || first.Summary().Asked != 0 {
		t.Errorf("%+v\n%+v\n%+v", a2.Summary(), b2.Summary(), first.Summary())
	}
}

func TestChoicesDependOnSeedAndCardAlone(t *testing.T) {
	orders := map[string]bool{}
	for seed := range uint64(60) {
		a, b := shown(deck()[0], seed), shown(deck()[0], seed)
		if !slices.Equal(a, b) {
			t.Fatalf("seed %d: %v and %v", seed, a, b)
		}
		orders[strings.Join(a, " ")] = true
		slices.Sort(a)
		if !slices.Equal(a, []string{"Always", "Never", "OnFailure"}) {
			t.Fatalf("seed %d: %v", seed, a)
		}
	}
	if len(orders) != 6 {
		t.Errorf("%d of 6 orders in 60 seeds", len(orders))
	}
}

func TestModeOf(t *testing.T) {
	task := &cards.Task{Reference: "x"}
	for _, c := range []struct {
		name   string
		card   cards.Card
		judged bool
		want   Mode
	}{
		{"short", cards.Card{Kind: cards.Basic, Answer: "ReplicaSet"}, false, Typing},
		{"40 runes", cards.Card{Kind: cards.Basic, Answer: strings.Repeat("가", 40)}, false, Typing},
		{"41 runes", cards.Card{Kind: cards.Basic, Answer: strings.Repeat("가", 41)}, false, Recalling},
		{"two lines", cards.Card{Kind: cards.YAMLFix, Answer: "a: 1\nb: 2"}, false, Recalling},
		{"long command", cards.Card{Kind: cards.Command, Answer: strings.Repeat("k", 90), Task: task}, true, Typing},
		{"long command without a judge", cards.Card{Kind: cards.Command, Answer: strings.Repeat("k", 90)}, false, Typing},
		{"predict", cards.Card{Kind: cards.YAMLPredict, Answer: "a", Choices: []string{"a", "b"}}, true, Choosing},
		{"fix in lines", cards.Card{Kind: cards.YAMLFix, Answer: "a: 1\nb: 2", Task: task}, true, Writing},
		{"fix in one line", cards.Card{Kind: cards.YAMLFix, Answer: "a: 1", Task: task}, true, Typing},
		{"write", cards.Card{Kind: cards.YAMLWrite, Answer: "a: 1", Task: task}, true, Writing},
	} {
		if got := ModeOf(c.card, c.judged); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestHint(t *testing.T) {
	for _, c := range []struct {
		kind         cards.Kind
		answer, want string
	}{
		{cards.Basic, "레플리카셋", "ㄹㅍㄹㅋㅅ"},
		{cards.Basic, "livenessProbe", "l____________"},
		{cards.Basic, "Pod 템플릿", "P__ ㅌㅍㄹ"},
		{cards.Basic, "--dry-run", "--d__-r__"},
		{cards.Basic, "8080", "____"},
		{cards.Basic, "X", ""},
		{cards.Command, "kubectl get pods -o wide", "kubectl get …"},
		{cards.Command, "kubectl version", ""},
	} {
		if got := hint(cards.Card{Kind: c.kind, Answer: c.answer}); got != c.want {
			t.Errorf("hint for %q = %q, want %q", c.answer, got, c.want)
		}
	}
}
