package kind

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"gieok/cards"
	"gieok/lab"
	"gieok/parser"
)

// blanksPerSnippet bounds the blanks of one snippet.
const blanksPerSnippet = 2

// planYAMLBlank blanks out a value that the rest of the manifest decides: a
// name that must agree with another, or the version of the API. What is typed
// is put into the blank and run.
func planYAMLBlank(b *book) []draft {
	return planVariants(b, cards.YAMLBlank, blanksPerSnippet, blank)
}

func blank(ctx context.Context, n *bench, c *completed, all []variant, slot int) (cards.Card, bool, error) {
	base := all[0].outcome
	if !runs(base) || len(base.Pods) > 0 && !healthy(base) {
		return cards.Card{}, false, nil
	}
	asked := map[string]bool{} // two places that must agree are one question
	for _, v := range all[1:] {
		blanked, value, ok := blankOf(c.manifest.Text, v)
		if !ok || asked[value] || !matters(base, v.outcome) {
			continue
		}
		asked[value] = true
		if slot--; slot < 0 {
			return n.blanked(ctx, c, all[0], v, blanked, value)
		}
	}
	return cards.Card{}, false, nil
}

// runs reports whether the server takes a manifest and a card may rest on it.
func runs(o lab.Outcome) bool { return !o.Rejected && askable(o) }

// healthy reports whether there are Pods and all of them do what they should.
func healthy(o lab.Outcome) bool {
	return len(o.Pods) > 0 && !slices.ContainsFunc(o.Pods, func(p lab.PodState) bool {
		ready, all, _ := strings.Cut(p.Ready, "/")
		return p.Status != "Completed" && (p.Status != "Running" || ready != all) || p.Restarts > 0
	})
}

// matters reports whether the value of a variant leads elsewhere.
func matters(base, o lab.Outcome) bool {
	return o.Stable && len(o.Unknown) == 0 && o.Class != base.Class
}

// blankOf is a manifest with a blank for the value that v has otherwise; ok is
// false where more than one value would do, which is so unless the value stands
// elsewhere in the manifest too, or is the version of the API.
func blankOf(text string, v variant) (blanked, value string, ok bool) {
	lines, other := strings.Split(text, "\n"), strings.Split(v.text, "\n")
	if len(lines) != len(other) {
		return "", "", false
	}
	at := -1
	for i := range lines {
		if lines[i] == other[i] {
			continue
		}
		if at >= 0 {
			return "", "", false
		}
		at = i
	}
	if at < 0 {
		return "", "", false
	}
	colon := strings.Index(lines[at], ": ")
	if colon < 0 || !strings.HasPrefix(other[at], lines[at][:colon+2]) {
		return "", "", false
	}
	rest := lines[at][colon+2:]
	value, comment, _ := strings.Cut(rest, " #")
	value = strings.TrimSpace(value)
	if value == "" || strings.ContainsAny(value, "{}[]|>&*") || strings.Contains(comment, value) || utf8.RuneCountInString(value) > cards.TypedRunesMax {
		return "", "", false
	}
	lines[at] = lines[at][:colon+2] + strings.Replace(rest, value, cards.Blank, 1)
	blanked = strings.Join(lines, "\n")
	if v.mutation.Operator != "api-version" && !(slices.Contains(links, v.mutation.Operator) && standsIn(strings.Trim(value, `"'`), blanked)) {
		return "", "", false
	}
	return blanked, strings.Trim(value, `"'`), true
}

// standsIn reports whether value is the whole value of some line.
func standsIn(value, manifest string) bool {
	for line := range strings.SplitSeq(manifest, "\n") {
		line, _, _ = strings.Cut(line, " #")
		if _, v, ok := strings.Cut(line, ": "); ok && strings.Trim(strings.TrimSpace(v), `"'`) == value {
			return true
		}
	}
	return false
}

func (n *bench) blanked(ctx context.Context, c *completed, base, v variant, code, value string) (cards.Card, bool, error) {
	card := n.yamlCard(c, cards.YAMLBlank, parser.Condition, changeKey(v.mutation))
	card.Stem = "다음 " + n.book.kindName(c.kind) + " 매니페스트가 제대로 동작하려면 빈칸에 무엇을 적어야 하는가?"
	card.Code, card.Answer = code, value
	card.Task = &cards.Task{Reference: c.manifest.Text}
	run, err := n.lab.Look(ctx, base.outcome)
	if err != nil {
		return cards.Card{}, false, err
	}
	card.Evidence.Run = &run
	card.Explanation = "그렇게 적으면: " + strings.TrimSuffix(base.outcome.Summary, ".") + ". 다른 값이면: " + strings.TrimSuffix(v.outcome.Summary, ".") + "."
	return card, true, nil
}
