package term

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"flag"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gieok/cards"
	"gieok/korean"
	"gieok/quiz"
	"gieok/quiz/prompt"
	"gieok/sim/transcript"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func deck() []cards.Card {
	run := &transcript.Transcript{Steps: []transcript.Step{
		{Command: "kubectl apply -f pod.yaml", Stdout: "pod/web created\n"},
		{Command: "advance 60s"},
		{Command: "kubectl get pod web", Stdout: "NAME   READY   STATUS             RESTARTS   AGE\nweb    0/1     ImagePullBackOff   0          60s\n"},
		{Command: "kubectl get pod wbe", Stderr: "Error from server (NotFound): pods \"wbe\" not found\n", Exit: 1},
	}}
	return []cards.Card{
		{ID: "pod/consequence/image#yaml-predict", Kind: cards.YAMLPredict, Concept: "pod",
			Stem: "이 Pod을 만들고 1분 뒤의 STATUS는?", CodeLang: "yaml",
			Code:   "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - {name: web, image: registry.invalid/web}\n",
			Answer: "ImagePullBackOff", Choices: []string{"Running", "ImagePullBackOff", "Pending"},
			Source:      cards.Source{File: "pod.md", Line: 12, Col: 3, EndLine: 18},
			Evidence:    cards.Evidence{Status: cards.Executed, Run: run, Note: "```yaml\nimage: registry.invalid/web\n```"},
			Explanation: "이미지를 받지 못하면 컨테이너는 시작하지 않고 STATUS에 까닭이 나온다."},
		{ID: "replicaset/manages/pod#basic", Kind: cards.Basic, Concept: "replicaset",
			Stem: "정해진 개수의 Pod을 유지하는 리소스는?", Answer: "ReplicaSet", Accepted: []string{"레플리카셋", "rs"},
			Source:   cards.Source{File: "pod.md", Line: 30, Col: 1, EndLine: 30},
			Evidence: cards.Evidence{Status: cards.Stated, Note: "ReplicaSet은 파드 개수를 맞춘다"}},
		{ID: "deployment/command-for/scale#command", Kind: cards.Command, Concept: "deployment",
			Stem: "Deployment web의 파드를 세 개로 늘리는 명령은?", Answer: "kubectl scale deployment web --replicas=3",
			Task:     &cards.Task{Reference: "kubectl scale deployment web --replicas=3"},
			Source:   cards.Source{File: "pod.md", Line: 41, Col: 1, EndLine: 41},
			Evidence: cards.Evidence{Status: cards.Executed, Run: run, Note: "늘리기"}},
		{ID: "job/property-default/backofflimit#basic", Kind: cards.Basic, Concept: "job",
			Stem:     "Job의 backoffLimit을 적지 않았을 때 파드가 실패하면 어떻게 되는가?",
			Answer:   "기본값 6까지 다시 시도하고, 그래도 실패하면 Job이 Failed 조건을 얻는다",
			Source:   cards.Source{File: "job.md", Line: 5, Col: 9, EndLine: 5},
			Evidence: cards.Evidence{Status: cards.Contradicted, Run: run, Note: "다시 시도하지 않는다"}},
	}
}

// clock moves on by a second whenever it is read.
func clock() func() time.Time {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	return func() time.Time { now = now.Add(time.Second); return now }
}

// A memo is a Log and Flags that only remember.
type memo struct {
	saved, flags []string
	took         []time.Duration
	err          error
}

func (m *memo) Save(_ context.Context, r quiz.Result, at time.Time, took time.Duration) error {
	if m.err != nil {
		return m.err
	}
	m.saved = append(m.saved, fmt.Sprintf("%s %v %s", r.Asked.Card.ID, r.Grade, r.Given))
	m.took = append(m.took, took)
	return nil
}

func (m *memo) Unsave(context.Context, time.Time) error {
	m.saved = m.saved[:len(m.saved)-1]
	return nil
}

func (m *memo) Flag(c cards.Card, reason string, _ time.Time) error {
	m.flags = append(m.flags, string(c.ID)+" "+reason)
	return nil
}

func (m *memo) Unflag(cards.Card, time.Time) error { m.flags = m.flags[:len(m.flags)-1]; return nil }

// wordJudge judges by the number of replicas that the answer names.
type wordJudge struct{}

var errBroken = errors.New("명령이 끝나지 않았어요")

func (wordJudge) Judge(_ context.Context, _ cards.Card, answer string) (quiz.Judgement, error) {
	run := &transcript.Transcript{Steps: []transcript.Step{{Command: answer, Stdout: "deployment.apps/web scaled\n"}}}
	evidence := cards.Evidence{Status: cards.Executed, Run: run}
	switch {
	case strings.Contains(answer, "sleep"):
		return quiz.Judgement{Verdict: quiz.Wrong}, errBroken
	case strings.Contains(answer, "3"):
		return quiz.Judgement{Verdict: quiz.Right, Evidence: evidence}, nil
	}
	return quiz.Judgement{Verdict: quiz.Wrong, Differences: []string{"spec.replicas: 3이어야 하는데 2"}, Evidence: evidence}, nil
}

// hold runs one sitting with typed input.
func hold(t *testing.T, input string, keys bool, cs []cards.Card, change func(*Options)) (*memo, quiz.Summary, string, error) {
	t.Helper()
	var out bytes.Buffer
	m := &memo{}
	o := Options{
		Prompt: prompt.New(prompt.Options{In: strings.NewReader(input), Out: &out, Keys: keys, Echo: true}),
		Next:   Cards(cs), Now: clock(), Judge: wordJudge{}, Log: m, Flags: m, Quiz: quiz.Options{Seed: 42, Count: len(cs)},
		Title: "퀴즈 4문제", Seed: true,
		ConceptName: func(id string) string { return map[string]string{"deployment": "Deployment", "job": "Job"}[id] },
	}
	if change != nil {
		change(&o)
	}
	sum, err := Run(context.Background(), o)
	return m, sum, out.String(), err
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// The whole sitting through a pipe, as a person reads it.
func TestPipedSitting(t *testing.T) {
	m, sum, out, err := hold(t, `ImagePullBackOff
?
replicaset
kubectl scale deployment web --replicas=2

1
`, false, deck(), nil)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "piped.txt", out)
	want := []string{
		"pod/consequence/image#yaml-predict Good ImagePullBackOff",
		"replicaset/manages/pod#basic Hard replicaset",
		"deployment/command-for/scale#command Again kubectl scale deployment web --replicas=2",
		"job/property-default/backofflimit#basic Good ",
	}
	if diff := cmp.Diff(want, m.saved); diff != "" {
		t.Error(diff)
	}
	if sum.Right != 3 || sum.Wrong != 1 || sum.Truth != (cards.Truth{Executed: 2, Stated: 1, Contradicted: 1}) {
		t.Errorf("%+v", sum)
	}
	for i, took := range m.took {
		if took < time.Second || took > time.Minute {
			t.Errorf("answer %d took %v", i, took)
		}
	}
}

// The same on a terminal, everything typed ahead: choices by number, feedback
// left with Enter, an undo, a flag with its reason.
func TestSittingByKeys(t *testing.T) {
	cs := deck()
	m, sum, out, err := hold(t, strings.Join([]string{
		"2",                    // whatever stands second
		":u\r",                 // on the feedback: back to the question
		"u", "\x1b[B\x1b[A1\r", // nothing left to undo; the first, Enter leaves the feedback
		"rs\r", "\r",
		"kubectl scale deployment web --replicas=3\r", "!\r", "답이 하나 더 있음\r", // flagged after the answer
		"\r", "2",
	}, ""), true, cs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.saved) != 3 || m.saved[1] != "replicaset/manages/pod#basic Good rs" || m.saved[2] != "job/property-default/backofflimit#basic Hard " {
		t.Errorf("saved %q", m.saved)
	}
	if diff := cmp.Diff([]string{"deployment/command-for/scale#command 답이 하나 더 있음"}, m.flags); diff != "" {
		t.Error(diff)
	}
	if sum.Flagged != 1 || sum.Asked != 3 || sum.Stopped {
		t.Errorf("%+v", sum)
	}
	if !strings.Contains(out, "앞의 답을 되돌렸어요.") || !strings.Contains(out, "되돌릴 답이 없어요.") {
		t.Error("undo was not confirmed")
	}
	if regexp.MustCompile(`\x1b\[[0-9;]*m`).MatchString(out) {
		t.Error("colour without leave")
	}
}

// However the sitting ends, what was answered is saved and the summary is shown.
func TestEndings(t *testing.T) {
	for _, c := range []struct {
		name, input string
		keys        bool
		saved       int
	}{
		{"end of input at once", "", false, 0},
		{"end of input after one", "1\n", false, 1},
		{"end of input in the middle of an answer that was almost", "1\nRepliacSet\n", false, 1},
		{":q", "1\nReplicaSet\n:q\n", false, 2},
		{"Ctrl-C at a list", "\x03", true, 0},
		{"Ctrl-C at the feedback", "1\x03", true, 1},
		{"Ctrl-C in a line", "1\rRepl\x03", true, 1},
		{"Ctrl-D at an empty line", "1\r\x04", true, 1},
		{"Ctrl-C at the reason of a flag", "1\r!\r\x03\x03", true, 1},
		{"q in a list", "q", true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, sum, out, err := hold(t, c.input, c.keys, deck(), nil)
			if err != nil || !sum.Stopped || len(m.saved) != c.saved {
				t.Errorf("error %v, stopped %v, saved %q", err, sum.Stopped, m.saved)
			}
			if !strings.HasSuffix(out, quiz.TruthLine(sum.Truth)+"\n") {
				t.Errorf("the line of truth is not the last: …%q", out[max(0, len(out)-100):])
			}
		})
	}
}

func TestContextEndsTheSitting(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var out bytes.Buffer
	m := &memo{}
	cs := Cards(deck())
	sum, err := Run(ctx, Options{
		Prompt: prompt.New(prompt.Options{In: strings.NewReader("1\nReplicaSet\n"), Out: &out}), Now: clock(), Log: m,
		Next: func(ctx context.Context) (cards.Card, bool, error) {
			if len(m.saved) == 1 {
				cancel()
				return cards.Card{}, false, ctx.Err()
			}
			return cs(ctx)
		},
	})
	if err != nil || !sum.Stopped || len(m.saved) != 1 || !strings.Contains(out.String(), "여기까지") {
		t.Errorf("%v, %+v, saved %q", err, sum, m.saved)
	}
}

func TestErrorsEndTheSitting(t *testing.T) {
	broken := errors.New("디스크가 가득 참")
	_, _, out, err := hold(t, "1\n1\n", false, deck(), func(o *Options) { o.Log = &memo{err: broken} })
	if !errors.Is(err, broken) || err.Error() != "답을 저장하지 못했습니다: 디스크가 가득 참" {
		t.Errorf("saving: %v", err)
	}
	if strings.Contains(out, "다음 문제") || !strings.Contains(out, "실행으로 확인 1") {
		t.Errorf("the sitting went on: %q", out)
	}
	_, _, _, err = hold(t, "1\n", false, deck(), func(o *Options) {
		o.Next = func(context.Context) (cards.Card, bool, error) { return cards.Card{}, false, broken }
	})
	if !errors.Is(err, broken) {
		t.Errorf("dealing: %v", err)
	}
}

func TestAnswerThatCannotBeRun(t *testing.T) {
	m, sum, out, err := hold(t, "kubectl get pods && sleep 9999\n", false, deck()[2:3], nil)
	if err != nil || len(m.saved) != 0 || sum.Unjudged != 1 {
		t.Errorf("%v, saved %q, %+v", err, m.saved, sum)
	}
	if !strings.Contains(out, "채점하지 못했어요: "+errBroken.Error()) {
		t.Errorf("%q", out)
	}
}

func TestFlagThroughAPipe(t *testing.T) {
	m, sum, _, err := hold(t, "! 화면이 깨짐\n!\n:u\n! 다시\n:q\n", false, deck(), nil)
	if err != nil || sum.Flagged != 2 {
		t.Fatal(err, sum)
	}
	want := []string{"pod/consequence/image#yaml-predict 화면이 깨짐", "replicaset/manages/pod#basic 다시"}
	if diff := cmp.Diff(want, m.flags, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestWritingAManifest(t *testing.T) {
	card := cards.Card{ID: "pod/example/web#yaml-write", Kind: cards.YAMLWrite, Concept: "pod", Stem: "레플리카가 3인 Deployment를 쓰세요.",
		Answer: "replicas: 3", Task: &cards.Task{Reference: "replicas: 3"}}
	m, _, _, err := hold(t, "spec:\n  replicas: 3\n?\n.\n", false, []cards.Card{card}, nil)
	if err != nil || len(m.saved) != 1 || m.saved[0] != "pod/example/web#yaml-write Good spec:\n  replicas: 3\n?" {
		t.Errorf("%v, saved %q", err, m.saved)
	}
	edited := ""
	card.Kind, card.Code, card.Answer = cards.YAMLFix, "replicas: 2", "a\nreplicas: 3"
	m, _, _, err = hold(t, "\r\r", true, []cards.Card{card}, func(o *Options) {
		o.Edit = func(_ context.Context, initial string) (string, error) { edited = initial; return "replicas: 3", nil }
	})
	if err != nil || edited != "replicas: 2" || len(m.saved) != 1 || m.saved[0] != "pod/example/web#yaml-write Good replicas: 3" {
		t.Errorf("%v, editor got %q, saved %q", err, edited, m.saved)
	}
}

func TestOrdering(t *testing.T) {
	card := cards.Card{ID: "a/order/b#order", Kind: cards.Order, Concept: "a", Stem: "순서는?", Answer: "하나 → 둘 → 셋", Choices: []string{"셋", "하나", "둘"}}
	m, _, out, err := hold(t, "2 3 1\n", false, []cards.Card{card}, nil)
	if err != nil || len(m.saved) != 1 || m.saved[0] != "a/order/b#order Good 하나 → 둘 → 셋" {
		t.Errorf("%v, saved %q", err, m.saved)
	}
	if !strings.Contains(out, "  1) 셋\n  2) 하나\n  3) 둘\n") {
		t.Errorf("items: %q", out)
	}
}

// Nothing in a card can write to the terminal behind our back, and on a narrow
// one nothing runs over the edge.
func TestHostileCardOnANarrowTerminal(t *testing.T) {
	evil := "가\x1b[2J나\x1b]0;제목\x07다\u009b5m라\u202e마\r바" + strings.Repeat("사아자차 ", 30)
	card := cards.Card{ID: "x/y/z#choice", Kind: cards.Choice, Concept: evil, Stem: evil, Code: evil + "\n\t" + evil, Answer: evil,
		Choices: []string{evil, evil + "2"}, Explanation: evil, Source: cards.Source{File: evil, Line: 1, Col: 1},
		Evidence: cards.Evidence{Status: cards.Executed, Note: evil, Run: &transcript.Transcript{
			Steps: []transcript.Step{{Command: evil, Stdout: evil, Stderr: evil, Exit: 1}}}}}
	typed := card
	typed.Kind, typed.Choices, typed.Answer = cards.Basic, nil, "a\x1b[2Jb"
	for _, keys := range []bool{false, true} {
		var out bytes.Buffer
		_, err := Run(context.Background(), Options{
			Prompt: prompt.New(prompt.Options{In: strings.NewReader("2\n\n?\n?\n\n"), Out: &out, Keys: keys, Echo: true,
				Size: func() (int, int) { return 40, 24 }}),
			Next: Cards([]cards.Card{card, typed}), Now: clock(),
		})
		if err != nil {
			t.Fatal(err)
		}
		ours := regexp.MustCompile(`\x1b\[(\?25[hl]|\?2004[hl]|[0-9]*[ABCDKJ])`)
		rest := ours.ReplaceAllString(out.String(), "")
		for _, bad := range []string{"\x1b", "제목", "\x07", "\u009b", "\u202e"} {
			if strings.Contains(rest, bad) {
				t.Errorf("keys %v: %q reached the terminal", keys, bad)
			}
		}
		for _, line := range strings.FieldsFunc(rest, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if korean.Width(line) >= 40 && !strings.Contains(line, ":1:1") {
				t.Errorf("keys %v: %d cells: %q", keys, korean.Width(line), line)
			}
		}
	}
}

func TestKoreanDuration(t *testing.T) {
	for in, want := range map[string]string{"15s": "15초", "60s": "1분", "90s": "1분 30초", "1m": "1분", "2h": "2h", "x": "x"} {
		if got := koreanDuration(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
