package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"gieok/cards"
	"gieok/cards/kind"
	"gieok/korean"
	"gieok/sim/transcript"

	"github.com/spf13/cobra"
)

func newShowCmd(app *App) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "show ID [NOTE…]",
		Short:   "카드 하나를 근거까지 모두 보입니다",
		Example: "  gieok show 'pod/definition/pod#reverse'\n  gieok cards notes.md --json | head -1",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.show(cmd.Context(), cards.ID(args[0]), args[1:], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON 객체로 냅니다")
	return cmd
}

func (app *App) show(ctx context.Context, id cards.ID, notes []string, asJSON bool) error {
	found := false
	_, _, err := app.eachCard(ctx, notes, kind.Options{}, func(c cards.Card) (bool, error) {
		if c.ID != id {
			return true, nil
		}
		found = true
		if asJSON {
			return false, writeJSON(app.out, c)
		}
		return false, printCard(app.out, c)
	})
	if err == nil && !found {
		err = fmt.Errorf("%q: 그런 카드가 없습니다. ID는 gieok cards --json으로 볼 수 있습니다", id)
	}
	return err
}

// printCard prints all of a card.
func printCard(w io.Writer, c cards.Card) error {
	var b strings.Builder
	field := func(name, text string) {
		text = strings.TrimRight(text, "\n")
		switch {
		case text == "":
		case strings.Contains(text, "\n"):
			b.WriteString(name + "\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n")
		default:
			b.WriteString(korean.Pad(name, 10) + text + "\n")
		}
	}
	field("ID", string(c.ID))
	field("종류", c.Kind.Label())
	field("주제", c.Topic)
	field("질문", c.Stem)
	field("내용", c.Code)
	field("보기", strings.Join(c.Choices, " / "))
	field("답", c.Answer)
	field("다른 답", strings.Join(c.Accepted, ", "))
	field("설명", c.Explanation)
	field("근거", c.Evidence.Status.Label())
	for _, s := range c.Sources {
		field("출처", fmt.Sprintf("%s:%d:%d", s.File, s.Line, s.Col))
	}
	field("노트", c.Evidence.Note)
	if c.Evidence.Run != nil {
		field("실행", stepsText(c.Evidence.Run.Steps))
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, korean.Printable(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

// stepsText is the commands of a run with what they printed.
func stepsText(steps []transcript.Step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString("> " + s.Command + "\n")
		if s.Stdout != "" {
			b.WriteString(strings.TrimSuffix(s.Stdout, "\n") + "\n")
		}
		for line := range strings.Lines(s.Stderr) {
			b.WriteString("! " + line)
		}
		if s.Exit != 0 {
			fmt.Fprintf(&b, "exit %d\n", s.Exit)
		}
	}
	return b.String()
}
