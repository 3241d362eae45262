package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gieok/parser"
)

// contentsLinksMin is how many links to its own sections make a list a table of
// contents.
const contentsLinksMin = 3

// findLinks reports links to sections that the note does not have, and sections
// that its table of contents leaves out.
func findLinks(_ context.Context, n *note) ([]Finding, error) {
	var out []Finding
	sections := n.graph.Sections
	byAnchor := map[string]parser.Section{}
	for _, s := range sections {
		byAnchor[s.Anchor] = s
	}
	lists := map[int][]parser.Link{}
	for _, l := range n.graph.Links {
		anchor := strings.ToLower(unescaped(l.Anchor))
		if _, ok := byAnchor[anchor]; !ok && anchor != "" {
			f := Finding{Pos: l.Span.Pos, EndLine: l.Span.EndLine, Severity: SeverityWarning,
				Message: fmt.Sprintf("링크 #%s가 가리키는 절이 이 노트에 없습니다.", l.Anchor)}
			if near, ok := nearestSection(sections, l); ok {
				f.Fix = fmt.Sprintf("(#%s)로 적으세요. %d행의 “%s”입니다.", near.Anchor, near.Span.Line, near.Title)
			}
			out = append(out, f)
		}
		if l.List > 0 {
			lists[l.List] = append(lists[l.List], l)
		}
	}
	for k := 1; len(lists) > 0 && k <= len(n.graph.Links); k++ {
		if links := lists[k]; len(links) >= contentsLinksMin {
			out = append(out, sectionsLeftOut(links, sections, byAnchor)...)
			break // the first one is the table of contents
		}
	}
	return out, nil
}

// sectionsLeftOut are the sections below a table of contents, of the levels that it
// lists wholly but for them.
func sectionsLeftOut(links []parser.Link, sections []parser.Section, byAnchor map[string]parser.Section) []Finding {
	linked := map[string]bool{}
	levels := map[int]int{}
	last := links[len(links)-1]
	for _, l := range links {
		anchor := strings.ToLower(unescaped(l.Anchor))
		if s, ok := byAnchor[anchor]; ok && !linked[anchor] {
			linked[anchor] = true
			levels[s.Level]++
		}
	}
	var out []Finding
	for _, s := range sections {
		if s.Span.Line <= last.Span.Line || linked[s.Anchor] || levels[s.Level] < contentsLinksMin {
			continue
		}
		out = append(out, Finding{Pos: last.Span.Pos, EndLine: last.Span.EndLine, Severity: SeverityNotice,
			Message: fmt.Sprintf("목차에 %d행의 “%s” 절이 없습니다.", s.Span.Line, s.Title),
			Fix:     fmt.Sprintf("[%s](#%s)를 목차에 넣으세요.", s.Title, s.Anchor)})
	}
	if len(out) >= len(linked) {
		return nil // a choice of links, not the contents
	}
	return out
}

// nearestSection is the section whose title or anchor a link most likely means.
func nearestSection(sections []parser.Section, l parser.Link) (parser.Section, bool) {
	bare := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", " ", "", "_", "").Replace(s))
	}
	i := slices.IndexFunc(sections, func(s parser.Section) bool {
		return bare(s.Anchor) == bare(unescaped(l.Anchor)) || bare(s.Title) == bare(l.Text)
	})
	if i < 0 {
		return parser.Section{}, false
	}
	return sections[i], true
}
