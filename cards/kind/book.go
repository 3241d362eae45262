package kind

import (
	"slices"
	"strings"
	"unicode"

	"gieok/cards"
	"gieok/korean"
	"gieok/parser"
)

// The field that a glossary belongs to, as stems name it when nothing else does.
const (
	domainID   = "kubernetes"
	domainName = "쿠버네티스"
)

// A book is what makers look things up in: names, particles, siblings. It is
// read-only once made.
type book struct {
	graph    *parser.Graph
	terms    []parser.Term
	term     map[string]*parser.Term    // by id
	concept  map[string]*parser.Concept // by id
	words    *cards.Lexicon
	reader   korean.Reader
	keys     map[string]bool // keys of the notes' YAML
	commands map[string]*parser.Command
	places   []place // where experiments may be asked
	seed     uint64
	domain   bool // the notes are about what the glossary is about
	index    *index
}

func newBook(g *parser.Graph, terms []parser.Term, seed uint64) *book {
	b := &book{
		graph: g, terms: terms, seed: seed,
		term: map[string]*parser.Term{}, concept: map[string]*parser.Concept{},
		keys: map[string]bool{}, commands: map[string]*parser.Command{},
		reader: korean.Reader{Readings: parser.Readings(terms)},
	}
	var names []cards.Name
	if len(terms) > 0 {
		names = append(names, cards.Name{ID: domainID, Words: []string{domainName}})
	}
	for i := range terms {
		t := &terms[i]
		b.term[t.ID] = t
		names = append(names, cards.Name{ID: t.ID, Kind: t.Kind, Words: spellings(t)})
	}
	for i := range g.Concepts {
		c := &g.Concepts[i]
		b.concept[c.ID] = c
		names = append(names, cards.Name{ID: c.ID, Words: slices.Concat([]string{c.Name}, c.Ko, c.En, c.Aliases)})
	}
	for _, f := range g.Facts {
		if t := b.term[f.Subject]; t != nil && t.Kind == "resource" {
			b.domain = true
		}
		names = append(names, cards.Name{ID: cards.Key(f.Topic), Words: []string{f.Topic}})
	}
	b.words = cards.NewLexicon(names).WithReadings(b.reader.Readings)
	for _, s := range g.Snippets {
		for _, line := range strings.Split(s.Text, "\n") {
			if key, _, ok := strings.Cut(strings.TrimLeft(line, " -"), ":"); ok {
				b.keys[key] = true
			}
		}
	}
	for i := range g.Commands {
		c := &g.Commands[i]
		if _, known := b.commands[c.Text]; !known {
			b.commands[c.Text] = c
		}
	}
	b.index = b.newIndex()
	b.places = b.placesOf(g)
	return b
}

func spellings(t *parser.Term) []string { return slices.Concat(t.Ko, t.En, t.Abbr) }

// name is what a stem calls the concept: the key as written for a field, else
// the Korean word where there is one.
func (b *book) name(id string) string {
	t := b.term[id]
	if t == nil {
		if c := b.concept[id]; c != nil {
			if korean.HasHangul(c.Name) {
				return strings.ReplaceAll(c.Name, "-", " ")
			}
			return c.Name
		}
		return strings.ReplaceAll(id, "-", " ")
	}
	switch t.Kind {
	case "component", "value", "command":
		if len(t.En) > 0 {
			return t.En[0]
		}
	case "field":
		for _, w := range t.En {
			if strings.IndexFunc(w, unicode.IsUpper) > 0 {
				return w
			}
		}
	}
	if t.Kind == "concept" && len(t.En) > 0 && t.En[0] == strings.ToUpper(t.En[0]) {
		return t.En[0] // NAT, DNS
	}
	all := slices.Concat(t.Ko, t.En, t.Abbr)
	if len([]rune(all[0])) == 1 && len(t.En) > 0 {
		return t.En[0] // a word of one syllable is easily overread: 잡
	}
	return all[0]
}

// kindOf is the glossary kind of a concept; a key of the notes' YAML without an
// entry is a field.
func (b *book) kindOf(id string) string {
	if t := b.term[id]; t != nil {
		return t.Kind
	}
	if c := b.concept[id]; c != nil {
		return c.Kind
	}
	return ""
}

// named reports whether text names the concept in any spelling.
func (b *book) named(id, text string) bool {
	words := []string{b.name(id)}
	if t := b.term[id]; t != nil {
		words = append(words, spellings(t)...)
	}
	if c := b.concept[id]; c != nil {
		words = append(words, c.Name)
	}
	return slices.ContainsFunc(words, func(w string) bool { return w != "" && cards.Visible(w, text) })
}

// key is a term as part of an ID: its glossary id where there is one.
func (b *book) key(word string) string {
	if id := b.words.ID(word); id != "" {
		return cards.Key(id)
	}
	return cards.Key(word)
}

// with is word with the form of a pair of particles that follows it.
func (b *book) with(word, pair string) string { return b.reader.With(word, pair) }

// topicName is the topic of a fact as stems name it, "" when it is no known thing.
func (b *book) topicName(topic string) string {
	if id := b.words.ID(topic); b.term[id] != nil {
		return b.name(id)
	}
	return ""
}

// manifestOf is the kind of manifest that a comment beside a key belongs to:
// what the snippet says, else the nearest heading that names a resource.
func (b *book) manifestOf(f *parser.Fact) string {
	if i := b.index.snippetAt(b.graph, f.Span.File, f.Span.Line); i >= 0 {
		s := &b.graph.Snippets[i]
		if kind, _ := headOf(documentAt(s.Text, f.Span.Line-s.Span.Line)); kind != "" {
			return b.kindName(kind)
		}
	}
	for _, heading := range append([]string{f.Topic}, reversed(f.Path)...) {
		if t := b.term[b.words.ID(heading)]; t != nil && t.Kind == "resource" {
			return b.name(t.ID)
		}
	}
	return ""
}

// documentAt is the YAML document that holds a line, counted from 0.
func documentAt(text string, line int) string {
	lines := strings.Split(text, "\n")
	first, last := 0, len(lines)
	for i, l := range lines {
		switch {
		case !strings.HasPrefix(l, "---"):
		case i <= line:
			first = i + 1
		default:
			last = min(last, i)
		}
	}
	return strings.Join(lines[min(first, last):last], "\n")
}

func reversed(list []string) []string {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

// inContext is stem with the place that it speaks of, when it names no known
// thing itself: the topic, an outer heading, or the field of the glossary.
func (b *book) inContext(f *parser.Fact, stem, answer string) string {
	if stem == "" || b.words.Named(stem) {
		return stem
	}
	var places []string
	if b.kindOf(f.Subject) != "resource" {
		places = append(places, b.topicName(f.Topic))
	}
	if b.term[f.Subject] != nil && b.domain {
		places = append(places, domainName)
	}
	places = append(places, f.Topic)
	for i := len(f.Path) - 1; i >= 0; i-- {
		places = append(places, f.Path[i])
	}
	for _, p := range places {
		if p == "" || len([]rune(p)) > contextRunesMax || !b.words.Named(p) || b.named(f.Subject, p) || cards.Visible(answer, p) || cards.Visible(p, answer) || tellsPart(answer, p) {
			continue
		}
		return p + "에서 " + stem
	}
	return stem
}

// contextRunesMax bounds what is put in front of a stem.
const contextRunesMax = 12

// source is where a fact stands.
func source(s parser.Span) cards.Source {
	return cards.Source{File: s.File, Line: s.Line, Col: s.Col, EndLine: max(s.EndLine, s.Line)}
}

// draft is a card made of a fact, with the proof that facts have.
func (b *book) draft(f *parser.Fact, c cards.Card) draft {
	return draft{card: c, prove: b.proveFact(f)}
}

// card fills what every card made of a fact has in common.
func (b *book) card(f *parser.Fact, k cards.Kind, direction, key string) cards.Card {
	src := source(f.Span)
	return cards.Card{
		ID: cards.NewID(cards.Key(f.Subject), string(f.Relation), key, k, direction), Kind: k,
		Concept: f.Subject, Topic: f.Topic, Relation: string(f.Relation),
		Accepted: []string{}, Choices: []string{}, Source: src, Sources: []cards.Source{src},
		Evidence:   cards.Evidence{Status: cards.Stated, Note: f.Words},
		Difficulty: 1,
	}
}
