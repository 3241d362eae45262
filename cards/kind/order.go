package kind

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gieok/cards"
	"gieok/korean"
)

// Bounds of a list that is put in order.
const (
	stepsMin     = 3
	stepsMax     = 6
	stepRunesMax = 45
)

// planOrder shuffles the steps of the notes' ordered lists.
func planOrder(b *book) []draft {
	var out []draft
	for i := range b.graph.Steps {
		s := &b.graph.Steps[i]
		var items []string
		for _, item := range s.Items {
			item = strings.TrimSpace(parenthesis.ReplaceAllString(item, ""))
			if first, _, ok := strings.Cut(item, ". "); ok {
				item = first
			}
			items = append(items, strings.TrimSuffix(item, "."))
		}
		tooLong := func(s string) bool { return utf8.RuneCountInString(s) > stepRunesMax || s == "" }
		if len(items) < stepsMin || len(items) > stepsMax || slices.ContainsFunc(items, tooLong) {
			continue
		}
		src := source(s.Span)
		title := strings.TrimSpace(edgeMark.ReplaceAllString(s.Title, ""))
		if topic := b.topicName(s.Topic); topic != "" && !cards.Visible(topic, title) {
			title = topic + "의 " + title
		}
		shownItems := shuffled(b.seed, s.Subject+title, slices.Clone(items))
		if slices.Equal(shownItems, items) {
			slices.Reverse(shownItems)
		}
		c := cards.Card{
			ID: cards.NewID(cards.Key(s.Subject), "order", cards.Key(korean.NFC(s.Title)), cards.Order, ""), Kind: cards.Order,
			Concept: s.Subject, Topic: s.Topic, Relation: "order",
			Stem:     "‘" + title + "’" + b.reader.Josa(title, "을/를") + " 순서대로 늘어놓으라.",
			Answer:   strings.Join(items, " → "),
			Accepted: []string{}, Choices: shownItems, Source: src, Sources: []cards.Source{src},
			Evidence:   cards.Evidence{Status: cards.Stated, Note: strings.Join(s.Items, "\n")},
			Difficulty: 3,
		}
		out = append(out, draft{card: c})
	}
	return out
}
