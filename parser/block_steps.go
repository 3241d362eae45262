package parser

import (
	"strings"
	"unicode/utf8"
)

// parallelWays mark a numbered list as ways beside one another and not as an order.
var parallelWays = wordSet("방법 종류 특징 유형 장점 단점 예 예시 조건 이유")

// steps reads a numbered list as an order.
func (r *reader) steps(list *Block) {
	if len(list.Children) < 2 || list.Children[0].Number == 0 {
		return
	}
	var items []string
	for _, item := range list.Children {
		text := plainWords(strings.SplitN(item.Text, "\n", 2)[0])
		if at := exampleInside.FindStringIndex(text); at != nil && at[0] > 0 {
			text = text[:at[0]]
		}
		if text = strings.TrimRight(strings.TrimSpace(text), "."); text == "" {
			return
		}
		items = append(items, shorten(text, stepRunesMax))
	}
	names := 0
	for _, item := range list.Children {
		if m := leftColon.FindStringSubmatch(item.Text); r.isName(item) || m != nil {
			names++
		}
	}
	if names == len(list.Children) {
		return // things one by one, each with its facts below
	}
	s, labels := r.subjectOf(list)
	title := s.name
	if n := len(list.ancestors); n > 0 {
		title = plainWords(list.ancestors[n-1].Text)
	} else if r.above != "" {
		title = plainWords(r.above)
	}
	for _, w := range strings.Fields(cleanTitle(title)) {
		if parallelWays[w] {
			return
		}
	}
	if utf8.RuneCountInString(title) > aboutRunesMax {
		title = s.name
	}
	if len(labels) > 0 && isLabel(title) {
		title = strings.TrimSpace(s.name + " " + title)
	}
	first, last := list.Children[0], list.Children[len(list.Children)-1]
	span := r.doc.Span(first, 0, len(first.Text))
	span.EndLine = r.doc.Span(last, 0, len(last.Text)).EndLine
	for _, item := range list.Children {
		r.step[item] = true
	}
	r.graph.Steps = append(r.graph.Steps, Steps{Subject: s.id, Title: title, Items: items, Topic: list.topic(), Span: span})
}

// stepRunesMax bounds one step, in runes.
const stepRunesMax = 80
