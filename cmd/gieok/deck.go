package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"gieok/cards"
	"gieok/cards/kind"
	"gieok/output/pdf"
	"gieok/output/text"

	"github.com/spf13/cobra"
)

// deckFlags say which cards a deck holds and where it goes.
type deckFlags struct {
	out           string
	topics, kinds []string
	count         int
	seed          uint64
}

func newDeckCmd(app *App) *cobra.Command {
	var f deckFlags
	cmd := &cobra.Command{
		Use:     "deck [NOTE…] -o deck.pdf",
		Short:   "인쇄할 카드를 PDF로 만듭니다",
		Long:    "A4 한 장에 카드 여덟 장, 양면 인쇄용(긴 쪽으로 넘김)입니다. 같은 입력이면 같은 바이트가 나옵니다.",
		Example: "  gieok deck -o deck.pdf\n  gieok deck notes.md --topic Service -n 40 -o service.pdf",
		RunE:    func(cmd *cobra.Command, args []string) error { return app.deck(cmd.Context(), args, f) },
	}
	cmd.Flags().StringVarP(&f.out, "output", "o", "deck.pdf", "쓸 파일 (.pdf, 또는 .txt)")
	cmd.Flags().StringSliceVar(&f.topics, "topic", nil, "이 주제의 카드만 넣습니다")
	cmd.Flags().StringSliceVar(&f.kinds, "kind", nil, "이 종류의 카드만 넣습니다")
	cmd.Flags().IntVarP(&f.count, "count", "n", 0, "카드 수 (0: 모두)")
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "보기의 순서, -n이 고르는 카드")
	return cmd
}

func (app *App) deck(ctx context.Context, args []string, f deckFlags) error {
	if f.count < 0 {
		return fmt.Errorf("-n %d: 0 이상이어야 합니다", f.count)
	}
	ext := filepath.Ext(f.out)
	if ext != ".pdf" && ext != ".txt" {
		return fmt.Errorf("-o %s: .pdf나 .txt로 끝나야 합니다", f.out)
	}
	date, err := app.sourceDate()
	if err != nil {
		return err
	}
	if ext == ".pdf" {
		pdf.Preload()
	}
	deck, printed, err := app.printed(ctx, args, f, ext, date)
	if err != nil {
		return err
	}
	if err := writeWhole(f.out, printed); err != nil {
		return err
	}
	var truth cards.Truth
	for _, c := range deck.Cards {
		truth.Add(c.Evidence.Status)
	}
	fmt.Fprintf(app.out, "%s: 카드 %d장\n%s\n", f.out, len(deck.Cards), truth)
	return nil
}

// printed makes the cards and the document; each card is set while the next
// ones are still being proved.
func (app *App) printed(ctx context.Context, args []string, f deckFlags, ext string, date time.Time) (cards.Deck, []byte, error) {
	progress := app.progressLine()
	defer progress("")
	deck := cards.Deck{Title: deckTitle(args), Seed: f.seed}
	var warnings []string
	press := sync.OnceValues(func() (*pdf.Press, error) {
		return pdf.NewPress(pdf.Options{Date: date, Warn: func(s string) { warnings = append(warnings, s) }})
	})
	o := kind.Options{Kinds: f.kinds, Topics: f.topics, Seed: f.seed, N: f.count}
	_, g, err := app.eachCard(ctx, args, o, func(c cards.Card) (bool, error) {
		deck.Cards = append(deck.Cards, c)
		progress(fmt.Sprintf("카드를 확인하는 중: %d", len(deck.Cards)))
		if ext != ".pdf" {
			return true, nil
		}
		p, err := press()
		if err == nil {
			p.Add(c)
		}
		return true, err
	})
	if err != nil {
		return deck, nil, err
	}
	if len(deck.Cards) == 0 {
		return deck, nil, noCards(g)
	}
	progress("인쇄면을 만드는 중")
	var b bytes.Buffer
	if ext == ".txt" {
		err := text.Write(&b, deck)
		return deck, b.Bytes(), err
	}
	p, err := press()
	if err != nil {
		return deck, nil, err
	}
	err = p.Print(&b, deck.Title)
	progress("")
	for _, w := range warnings {
		fmt.Fprintln(app.errOut, "gieok: "+w)
	}
	return deck, b.Bytes(), err
}

// deckTitle names a deck by its note.
func deckTitle(args []string) string {
	if len(args) != 1 {
		return "gieok"
	}
	base := filepath.Base(args[0])
	return base[:len(base)-len(filepath.Ext(base))]
}

// sourceDate is the date inside a document: SOURCE_DATE_EPOCH, or none.
func (app *App) sourceDate() (time.Time, error) {
	s := app.env("SOURCE_DATE_EPOCH")
	if s == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH=%s: 1970년부터의 초를 적으세요", s)
	}
	return time.Unix(n, 0).UTC(), nil
}

// writeWhole writes a file so that it is there whole or not at all.
func writeWhole(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".gieok-*")
	if err != nil {
		return fmt.Errorf("%s: 쓸 수 없습니다: %w", name, errors.Unwrap(err))
	}
	defer func() { _ = os.Remove(f.Name()) }() // nothing is there after the rename
	_, err = f.Write(b)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("%s: 쓸 수 없습니다: %w", name, err)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("%s: 쓸 수 없습니다: %w", name, errors.Unwrap(err))
	}
	return nil
}
