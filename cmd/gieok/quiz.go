package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"gieok/cards"
	"gieok/cards/kind"
	"gieok/content"
	"gieok/lab"
	"gieok/parser"
	"gieok/quiz"
	"gieok/quiz/term"
	"gieok/review/store"

	"github.com/spf13/cobra"
)

// quizFlags say which cards a quiz asks.
type quizFlags struct {
	topics, kinds []string
	count         int
	seed          uint64
	seeded        bool
	cram          bool
}

// seedsMax keeps drawn seeds short enough to type again.
const seedsMax = 1_000_000

func newQuizCmd(app *App) *cobra.Command {
	var f quizFlags
	cmd := &cobra.Command{
		Use:   "quiz [NOTE…]",
		Short: "노트로 퀴즈를 풉니다",
		Long: `노트에서 낸 문제를 풉니다. NOTE가 없으면 설정의 노트를, 설정도 없으면 함께 들어 있는 노트를 씁니다.
kubectl 명령과 YAML 답은 실제로 실행해 판정합니다.`,
		Example: "  gieok quiz -n 5\n  gieok quiz notes.md --topic Job --seed 7",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.seeded = cmd.Flags().Changed("seed")
			return app.quiz(cmd.Context(), args, f)
		},
	}
	cmd.Flags().StringSliceVar(&f.topics, "topic", nil, "이 주제의 문제만 냅니다 (여러 번 쓸 수 있음)")
	cmd.Flags().StringSliceVar(&f.kinds, "kind", nil, "이 종류의 문제만 냅니다: "+strings.Join(kind.Names(), ", "))
	cmd.Flags().IntVarP(&f.count, "count", "n", 0, "문제 수 (0: 설정대로, 보통 20)")
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "같은 수를 주면 같은 문제가 나옵니다 (주지 않으면 뽑아서 알려 줌)")
	cmd.Flags().BoolVar(&f.cram, "cram", false, "복습 일정을 움직이지 않고 풉니다")
	return cmd
}

// drawSeed draws a seed that the summary can show.
func drawSeed() uint64 {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b[:]) % seedsMax
}

func (app *App) quiz(ctx context.Context, args []string, f quizFlags) error {
	config, err := app.config()
	if err != nil {
		return err
	}
	if f.count < 0 {
		return fmt.Errorf("-n %d: 0 이상이어야 합니다", f.count)
	}
	if f.count == 0 {
		f.count = config.Quiz.Count
	}
	if !f.seeded {
		f.seed = drawSeed()
	}
	glossary, err := loadGlossary()
	if err != nil {
		return err
	}
	soon := labSoon(ctx, glossary)
	g, err := app.graph(args, glossary)
	if err != nil {
		return err
	}
	bad, err := app.flagged()
	if err != nil {
		return err
	}
	first, err := renames(g.Files())
	if err != nil {
		return err
	}
	plan, err := kind.New(g, kind.Options{Kinds: f.kinds, Topics: f.topics, Seed: f.seed, Glossary: glossary, Renames: first})
	if err != nil {
		return err
	}
	l, err := soon()
	if err != nil {
		return err
	}
	log, err := app.openLog(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	sitting := store.Quiz
	if f.cram {
		sitting = store.Cram
	}
	terms, err := quizTerms()
	if err != nil {
		return err
	}
	plan = plan.Select(f.seed, func(id cards.ID) bool { return bad[id] })
	next, stop := dealer(plan.Cards(ctx, l))
	defer stop()
	return app.hold(ctx, term.Options{
		Quiz: quiz.Options{Count: f.count, Seed: f.seed, Repeat: true, Judged: true, Terms: terms},
		Next: next, Judge: judge{l}, Log: &answerLog{store: log, sitting: sitting}, Flags: flagFile{app.dirs().Flags()},
		ConceptName: conceptNames(g), Seed: true,
	})
}

// dealer deals cards one by one.
func dealer(all iter.Seq2[cards.Card, error]) (next func(context.Context) (cards.Card, bool, error), stop func()) {
	pull, stop := iter.Pull2(all)
	return func(context.Context) (cards.Card, bool, error) {
		c, err, ok := pull()
		return c, ok && err == nil, err
	}, stop
}

// conceptNames names concepts as the notes do.
func conceptNames(g *parser.Graph) func(string) string {
	names := map[string]string{}
	for _, c := range g.Concepts {
		names[c.ID] = c.Name
	}
	return func(id string) string {
		if n := names[id]; n != "" {
			return n
		}
		return id
	}
}

// quizTerms is the glossary as grading knows it.
func quizTerms() (quiz.Terms, error) {
	src, err := content.FS.ReadFile("glossary/terms.json")
	if err != nil {
		return quiz.Terms{}, err
	}
	return quiz.ReadTerms(src)
}

// labSoon starts a lab beside whatever is done before the returned function is
// called for it.
func labSoon(ctx context.Context, glossary []parser.Term) func() (*lab.Lab, error) {
	type made struct {
		lab *lab.Lab
		err error
	}
	done := make(chan made, 1)
	go func() {
		l, err := lab.New(ctx, lab.Options{Content: content.FS, Glossary: glossary})
		done <- made{l, err}
		if err == nil {
			l.Warm(ctx)
		}
	}()
	return sync.OnceValues(func() (*lab.Lab, error) {
		m := <-done
		return m.lab, m.err
	})
}

// A judge runs answers in a lab.
type judge struct{ lab *lab.Lab }

// Judge runs an answer and says what came of it.
func (w judge) Judge(ctx context.Context, c cards.Card, answer string) (quiz.Judgement, error) {
	if c.Task == nil {
		return quiz.Judgement{Verdict: quiz.Wrong}, errors.New("이 카드에는 실행할 과제가 없습니다")
	}
	j, err := w.lab.Judge(ctx, labTask(*c.Task), c.Whole(answer))
	if err != nil {
		return quiz.Judgement{Verdict: quiz.Wrong}, err
	}
	out := quiz.Judgement{Verdict: quiz.Wrong, Differences: j.Differences,
		Evidence: cards.Evidence{Status: cards.Executed, Run: &j.Run}}
	if j.Right {
		out.Verdict = quiz.Right
	}
	return out, nil
}

// labTask is a card's task in the lab's terms.
func labTask(t cards.Task) lab.Task {
	out := lab.Task{Manifests: t.Manifests, Setup: t.Setup, Reference: t.Reference}
	for _, a := range t.Assertions {
		out.Assertions = append(out.Assertions, lab.Assertion(a))
	}
	return out
}
