package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gieok/cards"
	"gieok/config"
	"gieok/quiz"
	"gieok/quiz/prompt"
	"gieok/quiz/term"
	"gieok/review/store"
)

// home is the learner's home folder, "" if the environment names none.
func (app *App) home() string { return app.env("HOME") }

func (app *App) dirs() config.Dirs { return config.Paths(app.env, app.home()) }

func (app *App) config() (config.Config, error) { return config.Load(app.dirs().Config, app.home()) }

// openLog opens the answer log with the learner's settings.
func (app *App) openLog(ctx context.Context, c config.Config) (*store.Store, error) {
	if !filepath.IsAbs(app.dirs().Log()) {
		return nil, errors.New("답 기록을 둘 곳을 모릅니다: 환경 변수 HOME이나 XDG_DATA_HOME에 폴더를 적으세요")
	}
	s, err := store.Open(ctx, app.dirs().Log(), store.Options{
		Retention: c.Review.Retention, IntervalDays: c.Review.MaxIntervalDays,
		Location: time.Local, RolloverHour: c.Review.RolloverHour, Build: build(),
	})
	if err != nil {
		return nil, fmt.Errorf("답 기록을 열 수 없습니다: %w", err)
	}
	return s, nil
}

// An answerLog keeps the answers of one sitting, and knows which row to take
// back.
type answerLog struct {
	store   *store.Store
	sitting store.Sitting
	rows    []string
}

func (l *answerLog) Save(ctx context.Context, r quiz.Result, at time.Time, took time.Duration) error {
	row, err := l.store.Append(ctx, store.Answer{Card: r.Asked.Card, Sitting: l.sitting, Grade: r.Grade, At: at, Took: took, Text: r.Given})
	if err != nil {
		return err
	}
	l.rows = append(l.rows, row.ID)
	return nil
}

func (l *answerLog) Unsave(ctx context.Context, at time.Time) error {
	if len(l.rows) == 0 {
		return errors.New("되돌릴 답이 없습니다")
	}
	last := l.rows[len(l.rows)-1]
	if _, err := l.store.Undo(ctx, last, at); err != nil {
		return err
	}
	l.rows = l.rows[:len(l.rows)-1]
	return nil
}

// A flagFile keeps what learners call bad cards.
type flagFile struct{ path string }

func (f flagFile) Flag(card cards.Card, reason string, at time.Time) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	return store.AppendFlag(f.path, store.FlagCard(card, reason, at))
}

func (f flagFile) Unflag(card cards.Card, at time.Time) error {
	flag := store.FlagCard(card, "", at)
	flag.Withdrawn = true
	return store.AppendFlag(f.path, flag)
}

// flagged are the cards that the learner called bad; they are not asked again.
func (app *App) flagged() (map[cards.ID]bool, error) {
	flags, unreadable, err := store.ReadFlags(app.dirs().Flags())
	if err != nil {
		return nil, err
	}
	if unreadable > 0 {
		fmt.Fprintf(app.errOut, "gieok: %s: 읽지 못한 줄 %d개\n", app.dirs().Flags(), unreadable)
	}
	bad := map[cards.ID]bool{}
	for _, f := range flags {
		bad[f.Card] = true
	}
	return bad, nil
}

// prompt is the conversation on the program's own streams.
func (app *App) prompt() *prompt.Prompt {
	in, inFile := app.in.(*os.File)
	out, outFile := app.out.(*os.File)
	if inFile && outFile {
		return prompt.New(prompt.Detect(in, out, app.env))
	}
	return prompt.New(prompt.Options{In: app.in, Out: app.out, Echo: true})
}

// hold runs a sitting. Ctrl-C and the end of input end it like the learner's
// own quit: what was answered is kept.
func (app *App) hold(ctx context.Context, o term.Options) error {
	o.Prompt, o.Now = app.prompt(), app.now
	o.Edit = app.editor(o.Prompt)
	_, err := term.Run(ctx, o)
	if errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// editor lets the learner change a text in $EDITOR, nil without one or without
// a terminal.
func (app *App) editor(p *prompt.Prompt) func(context.Context, string) (string, error) {
	program := app.env("VISUAL")
	if program == "" {
		program = app.env("EDITOR")
	}
	words := strings.Fields(program)
	if len(words) == 0 || !p.Interactive() {
		return nil
	}
	// Found now: kubectl edit asks for it while the process has no variables.
	path, err := exec.LookPath(words[0])
	if err != nil {
		path = words[0] // starting it will tell
	}
	return func(ctx context.Context, initial string) (string, error) {
		dir, err := os.MkdirTemp("", "gieok-")
		if err != nil {
			return "", err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		name := filepath.Join(dir, "answer.yaml")
		if err := os.WriteFile(name, []byte(initial), 0o600); err != nil {
			return "", err
		}
		cmd := exec.CommandContext(ctx, path, append(slices.Clone(words[1:]), name)...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = app.in, app.out, app.errOut, app.environ
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("%s: %w", words[0], err)
		}
		b, err := os.ReadFile(name)
		return string(b), err
	}
}
