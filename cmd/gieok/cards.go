package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"gieok/cards"
	"gieok/cards/kind"
	"gieok/korean"
	"gieok/output/text"
	"gieok/parser"

	"github.com/spf13/cobra"
)

// cardFlags say which cards are listed, and how.
type cardFlags struct {
	topics, kinds []string
	count         int
	seed          uint64
	json, dropped bool
	shard         string
	diff, relink  bool
}

func newCardsCmd(app *App) *cobra.Command {
	var f cardFlags
	cmd := &cobra.Command{
		Use:     "cards [NOTE…]",
		Short:   "노트에서 나온 카드를 모두 보입니다",
		Long:    "카드마다 답의 근거와 노트의 자리를 함께 보입니다. --json은 한 줄에 카드 하나입니다.",
		Example: "  gieok cards notes.md --json > cards.jsonl\n  gieok cards notes.md --topic Job --dropped\n  gieok cards --diff old.md notes.md",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.diff:
				return app.diffCards(cmd.Context(), args, f)
			case f.relink:
				return errors.New("--relink: --diff OLD NEW와 함께 씁니다")
			}
			return app.cards(cmd.Context(), args, f)
		},
	}
	cmd.Flags().StringSliceVar(&f.topics, "topic", nil, "이 주제의 카드만 보입니다")
	cmd.Flags().StringSliceVar(&f.kinds, "kind", nil, "이 종류의 카드만 보입니다")
	cmd.Flags().IntVarP(&f.count, "count", "n", 0, "카드 수 (0: 모두)")
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "보기의 순서, -n이 고르는 카드")
	cmd.Flags().BoolVar(&f.json, "json", false, "한 줄에 하나씩 JSON 객체로 냅니다")
	cmd.Flags().BoolVar(&f.dropped, "dropped", false, "규칙에 걸려 버린 카드와 까닭도 알립니다 (표준 오류)")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "두 노트(OLD NEW)의 카드를 견주어 새로 생긴 것, 바뀐 것, 없어진 것을 알립니다")
	cmd.Flags().BoolVar(&f.relink, "relink", false, "--diff가 찾은 ID만 바뀐 카드를 노트 옆 .ids.txt에 적어 학습 기록을 잇습니다")
	cmd.Flags().StringVar(&f.shard, "shard", "", "노트를 N묶음으로 나눈 가운데 I번째만 봅니다 (I/N, I는 0부터)")
	return cmd
}

func (app *App) cards(ctx context.Context, args []string, f cardFlags) error {
	part, err := readShard(f.shard)
	if err != nil {
		return err
	}
	if part.count > 0 {
		if args, err = app.shardArgs(args, part); err != nil || len(args) == 0 {
			return err // a shard without notes has no cards
		}
	}
	if f.count < 0 {
		return fmt.Errorf("-n %d: 0 이상이어야 합니다", f.count)
	}
	progress := app.progressLine()
	defer progress("")
	var truth cards.Truth
	deck, made := cards.Deck{Title: deckTitle(args), Seed: f.seed}, 0
	o := kind.Options{Kinds: f.kinds, Topics: f.topics, Seed: f.seed, N: f.count}
	plan, g, err := app.eachCard(ctx, args, o, func(c cards.Card) (bool, error) {
		truth.Add(c.Evidence.Status)
		made++
		if f.json { // at once: a folder's cards would fill the memory
			progress("")
			return true, writeJSON(app.out, c)
		}
		deck.Cards = append(deck.Cards, c)
		progress(fmt.Sprintf("카드를 확인하는 중: %d", made))
		return true, nil
	})
	if err != nil {
		return err
	}
	progress("")
	if f.dropped {
		for _, d := range plan.Dropped {
			fmt.Fprintf(app.errOut, "버림 %s: %s: %s\n", d.Rule, d.ID, korean.Printable(d.Stem))
		}
	}
	if made == 0 {
		return noCards(g)
	}
	if f.json {
		fmt.Fprintln(app.errOut, truth)
		return nil
	}
	return text.Write(app.out, deck)
}

// eachCard proves the cards of notes one after the other and hands them to f,
// which says whether it wants more. With o.N they are selected, else they come
// in the order of the notes.
func (app *App) eachCard(ctx context.Context, args []string, o kind.Options, f func(cards.Card) (more bool, err error)) (*kind.Plan, *parser.Graph, error) {
	glossary, err := loadGlossary()
	if err != nil {
		return nil, nil, err
	}
	soon := labSoon(ctx, glossary)
	g, err := app.graph(args, glossary)
	if err != nil {
		return nil, nil, err
	}
	o.Glossary = glossary
	if o.Renames, err = renames(g.Files()); err != nil {
		return nil, nil, err
	}
	plan, err := kind.New(g, o)
	if err != nil {
		return nil, nil, err
	}
	l, err := soon()
	if err != nil {
		return nil, nil, err
	}
	if o.N > 0 {
		plan = plan.Select(o.Seed, nil)
	}
	for c, err := range plan.Cards(ctx, l) {
		if err != nil {
			return nil, nil, err
		}
		if more, err := f(c); err != nil || !more {
			return plan, g, err
		}
	}
	return plan, g, nil
}

// writeJSON writes v as one line.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
