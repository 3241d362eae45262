package kind

import (
	"context"
	"strings"

	"gieok/cards"
	"gieok/parser"
	"gieok/prefilter"
	"gieok/sim/transcript"
)

const (
	diagnosesPerSnippet = 1
	// symptomRunesMax bounds what kubectl shows of a broken cluster.
	symptomRunesMax = 900
)

// warnings is the command that shows what went wrong.
const warnings = "kubectl get events -A --field-selector type=Warning --no-headers -o custom-columns=REASON:.reason,MESSAGE:.message | sort -u | head -3"

// serviceLine finds a Service in a manifest.
var serviceLine = prefilter.MustCompile(`(?m)^kind: *Service *(#.*)?$`)

// planDiagnose shows a cluster that a change broke and asks for the change. The
// wrong choices are changes that were run as well and lead elsewhere.
func planDiagnose(b *book) []draft {
	return planVariants(b, cards.Diagnose, diagnosesPerSnippet, diagnose)
}

func diagnose(ctx context.Context, n *bench, c *completed, all []variant, slot int) (cards.Card, bool, error) {
	base := all[0].outcome
	if !runs(base) || !healthy(base) {
		return cards.Card{}, false, nil
	}
	for _, v := range all[1:] {
		if !runs(v.outcome) || !matters(base, v.outcome) {
			continue
		}
		card, ok, err := n.broken(ctx, c, all, v)
		if err != nil {
			return cards.Card{}, false, err
		}
		if !ok {
			continue
		}
		if slot--; slot < 0 {
			return card, true, nil
		}
	}
	return cards.Card{}, false, nil
}

// broken asks for the change that led to v.
func (n *bench) broken(ctx context.Context, c *completed, all []variant, v variant) (cards.Card, bool, error) {
	wrong := otherChanges(all, v)
	if len(wrong) < distractorsMin {
		return cards.Card{}, false, nil
	}
	look := []string{warnings}
	if serviceLine.MatchString(v.text) {
		look = []string{"kubectl get endpointslices", warnings}
	}
	run, err := n.lab.Look(ctx, v.outcome, look...)
	if err != nil {
		return cards.Card{}, false, err
	}
	symptom := shownBy(run)
	if symptom == "" || len([]rune(symptom)) > symptomRunesMax {
		return cards.Card{}, false, nil
	}
	card := n.yamlCard(c, cards.Diagnose, parser.Condition, changeKey(v.mutation))
	card.Stem = "잘 동작하던 " + n.book.kindName(c.kind) + " 매니페스트를 한 곳 바꾸어 새로 적용했더니 1분 뒤 이렇게 보인다. 무엇을 바꾸었는가?"
	card.Code, card.CodeLang = symptom, "sh"
	card.Answer = strings.TrimSuffix(v.mutation.Says, ".")
	card.Choices = shuffled(n.book.seed, string(card.ID), append([]string{card.Answer}, wrong[:min(len(wrong), distractorsMax)]...))
	card.Evidence.Run = &run
	card.Explanation = "그렇게 바꾸면: " + strings.TrimSuffix(v.outcome.Summary, ".") + ". 바꾸지 않으면: " + strings.TrimSuffix(all[0].outcome.Summary, ".") + "."
	card.Difficulty = 3
	return card, true, nil
}

// otherChanges are changes to other fields that lead to something else, each
// other's outcomes aside: first those that the server takes.
func otherChanges(all []variant, v variant) []string {
	var taken, refused []string
	seen := map[string]bool{v.mutation.Path: true}
	for _, o := range all[1:] {
		if o.outcome.Class == v.outcome.Class || !o.outcome.Stable || len(o.outcome.Unknown) > 0 || seen[o.mutation.Path] {
			continue
		}
		seen[o.mutation.Path] = true
		says := strings.TrimSuffix(o.mutation.Says, ".")
		if o.outcome.Rejected {
			refused = append(refused, says)
		} else if o.outcome.Class != all[0].outcome.Class {
			taken = append(taken, says)
		}
	}
	return append(taken, refused...)
}

// shownBy is what a person sees who looks at the end of a run: command lines
// with what they printed.
func shownBy(run transcript.Transcript) string {
	var b strings.Builder
	for _, s := range run.Steps {
		if !strings.HasPrefix(s.Command, "kubectl get ") {
			continue
		}
		out := strings.TrimRight(s.Stdout+s.Stderr, "\n")
		if s.Command == warnings && out == "" {
			continue
		}
		b.WriteString("$ " + s.Command + "\n" + out + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}
