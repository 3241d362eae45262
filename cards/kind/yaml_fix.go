package kind

import (
	"context"
	"fmt"
	"strings"

	"gieok/cards"
	"gieok/lab"
	"gieok/parser"
)

// planYAMLFix asks to put a refused manifest right: the note's own where the
// server refuses it, else one with one thing changed.
func planYAMLFix(b *book) []draft {
	return planVariants(b, cards.YAMLFix, fixesPerSnippet, fix)
}

func fix(ctx context.Context, n *bench, c *completed, all []variant, slot int) (cards.Card, bool, error) {
	base := all[0].outcome
	if base.Rejected {
		if slot > 0 {
			return cards.Card{}, false, nil
		}
		return n.fixNote(ctx, c, base)
	}
	asked := map[string]bool{}
	for _, v := range all[1:] {
		if !v.outcome.Rejected || !askable(v.outcome) || !askable(base) || asked[mirrored(v.mutation)] {
			continue
		}
		asked[mirrored(v.mutation)] = true
		if slot--; slot < 0 {
			card, ok := n.fixVariant(c, v)
			return card, ok, nil
		}
	}
	return cards.Card{}, false, nil
}

// fixNote asks to put the note's own manifest right. The answer was run.
func (n *bench) fixNote(ctx context.Context, c *completed, base lab.Outcome) (cards.Card, bool, error) {
	fixed, ok, err := repair(ctx, n.lab, c.manifest.Text, base)
	if err != nil || !ok {
		return cards.Card{}, false, err
	}
	card := n.yamlCard(c, cards.YAMLFix, parser.Condition, "")
	n.fill(&card, c, variant{text: c.manifest.Text, outcome: base}, fixed)
	card.Evidence.Status = cards.Contradicted
	where := c.snippet.Span.Pos
	if fields := unknownField.FindAllStringSubmatch(base.Message, -1); len(fields) > 0 {
		if line, column := lineOf(c.manifest.Text, fields[0][1]); line > 0 {
			if at := c.manifest.Locate(line, column); at.Line > 0 {
				where = at
			}
		}
	}
	card.Source.Line, card.Source.Col = where.Line, where.Col
	card.Sources[0] = card.Source
	card.Explanation = fmt.Sprintf("노트 %d번째 줄대로 적용하면 거부된다.\n%s", where.Line, serverWords(base))
	return card, true, nil
}

// fixVariant asks to undo a change.
func (n *bench) fixVariant(c *completed, v variant) (cards.Card, bool) {
	card := n.yamlCard(c, cards.YAMLFix, parser.Condition, changeKey(v.mutation))
	n.fill(&card, c, v, c.manifest.Text)
	card.Explanation = "잘못된 것: " + strings.TrimSuffix(v.mutation.Says, ".") + ".\n" + serverWords(v.outcome)
	return card, strings.TrimSpace(v.text) != ""
}

func (n *bench) fill(card *cards.Card, c *completed, v variant, answer string) {
	card.Stem = "다음 " + n.book.kindName(c.kind) + " 매니페스트는 적용하면 거부된다. 뜻을 바꾸지 말고 적용되도록 고치라."
	card.Code, card.Answer = v.text, answer
	card.Task = &cards.Task{Reference: answer}
	run := v.outcome.Run
	card.Evidence.Run = &run
	card.Difficulty = 3
}
