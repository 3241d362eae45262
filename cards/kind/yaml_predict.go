package kind

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"gieok/cards"
	"gieok/lab"
	"gieok/parser"
)

// planYAMLPredict asks what becomes of a manifest of the notes, as it stands or
// with one thing changed. What became of it in other variants are the wrong
// choices: every one of them really happens, to another manifest.
func planYAMLPredict(b *book) []draft {
	return planVariants(b, cards.YAMLPredict, predictsPerSnippet, predict)
}

// predict is the card of slot: the snippet itself, then variants, those first
// whose outcome no earlier slot had.
func predict(ctx context.Context, n *bench, c *completed, all []variant, slot int) (cards.Card, bool, error) {
	base := all[0]
	var asked []variant
	if choosable(base.outcome) {
		asked = append(asked, base)
	}
	classes := map[string]bool{base.outcome.Class: true}
	for _, v := range all[1:] { // a mistake of the note's own hides what a change does
		if !base.outcome.Rejected && choosable(v.outcome) && !classes[v.outcome.Class] {
			asked = append(asked, v)
			classes[v.outcome.Class] = true
		}
	}
	slices.SortStableFunc(asked, func(a, b variant) int { return cmp.Compare(predictRank(a), predictRank(b)) })
	if slot >= len(asked) {
		return cards.Card{}, false, nil
	}
	v := asked[slot]
	change := ""
	if v.mutation.Operator != "" {
		change = changeKey(v.mutation)
	}
	card := n.yamlCard(c, cards.YAMLPredict, parser.Consequence, change)
	wrong := n.otherOutcomes(all, v)
	if len(wrong) < distractorsMin {
		return cards.Card{}, false, nil
	}
	card.Stem = "다음 " + n.book.kindName(c.kind) + " 매니페스트를 적용하면 1분 뒤에 어떻게 되어 있는가?"
	card.Code, card.Answer = v.text, v.outcome.Summary
	card.Choices = shuffled(n.book.seed, string(card.ID), append([]string{card.Answer}, wrong[:min(len(wrong), distractorsMax)]...))
	run, err := n.lab.Look(ctx, v.outcome)
	if err != nil {
		return cards.Card{}, false, err
	}
	card.Evidence.Run = &run
	if change == "" && v.outcome.Rejected {
		card.Evidence.Status = cards.Contradicted
	}
	if v.outcome.Rejected || change != "" {
		card.Difficulty = 3
	}
	card.Explanation = explainOutcome(v)
	return card, true, nil
}

// predictRank puts the snippet itself first, then changes that the server
// takes, then those that it refuses, and slips last.
func predictRank(v variant) int {
	switch {
	case v.mutation.Operator == "":
		return 0
	case slices.Contains(slips, v.mutation.Operator):
		return 3
	case v.outcome.Rejected:
		return 2
	}
	return 1
}

// otherOutcomes are what became of the other variants, in words that differ;
// what the server took first, since a refusal names what it refuses.
func (n *bench) otherOutcomes(all []variant, v variant) []string {
	others := slices.Clone(all)
	slices.SortStableFunc(others, func(a, b variant) int { return cmp.Compare(predictRank(a), predictRank(b)) })
	var out []string
	seen := map[string]bool{cards.Normal(v.outcome.Summary): true}
	for _, o := range others {
		key := cards.Normal(o.outcome.Summary)
		if o.outcome.Class == v.outcome.Class || seen[key] || !o.outcome.Stable || len(o.outcome.Unknown) > 0 ||
			utf8.RuneCountInString(o.outcome.Summary) > summaryRunesMax || strings.Contains(o.outcome.Summary, ".go:") {
			continue
		}
		seen[key] = true
		out = append(out, o.outcome.Summary)
	}
	return out
}

// kindName is a Kubernetes kind as stems name it.
func (b *book) kindName(kind string) string {
	if id := b.words.ID(kind); id != "" {
		return b.name(id)
	}
	return kind
}

func explainOutcome(v variant) string {
	var b strings.Builder
	if v.mutation.Says != "" {
		b.WriteString("노트의 매니페스트에서 달라진 것: " + strings.TrimSuffix(v.mutation.Says, ".") + ". ")
	}
	b.WriteString("실행해 보니: " + strings.TrimSuffix(v.outcome.Summary, ".") + ".")
	if v.outcome.Rejected {
		b.WriteString("\n" + serverWords(v.outcome))
	}
	return b.String()
}

// serverWords quotes kubectl.
func serverWords(o lab.Outcome) string { return "kubectl: " + strings.TrimSpace(o.Message) }
