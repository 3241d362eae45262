package kind

import (
	"cmp"
	"slices"
	"strings"

	"gieok/cards"
	"gieok/parser"
)

// nearLines is how far below a snippet a line may stand that speaks of its keys
// without naming them.
const nearLines = 3

// A place is a sentence or a snippet of the notes at which experiments may be
// asked.
type place struct {
	fact  *parser.Fact   // the first that was read of its line, made up where nothing was
	facts []*parser.Fact // all of its line
	words string         // what it says, with what it says it of
	own   []string       // ids of the terms that it names or stands below
	near  []string       // ids of those that the snippet above it names
}

// placesOf are the places of the notes that name a term, in their order.
func (b *book) placesOf(g *parser.Graph) []place {
	facts := map[string][]*parser.Fact{}
	for i := range g.Facts {
		f := &g.Facts[i]
		key := lineKey(f.Span.File, f.Span.Line)
		facts[key] = append(facts[key], f)
	}
	inSnippet := make([][]string, len(g.Snippets))
	var out []place
	for i := range g.Snippets {
		s := &g.Snippets[i]
		f := &parser.Fact{
			Subject: cards.Key(s.Topic), Relation: parser.Consequence, Pattern: snippetPattern,
			About: s.Title, Topic: s.Topic, Path: s.Path, Span: s.Span, Words: s.Text,
		}
		p := b.place([]*parser.Fact{f}, f.Words)
		inSnippet[i] = p.own
		out = append(out, p)
	}
	for i := range g.Sentences {
		s := &g.Sentences[i]
		of := facts[lineKey(s.Span.File, s.Span.Line)]
		if len(of) == 0 {
			of = []*parser.Fact{b.unread(g, s)}
		}
		p := b.place(of, s.Text)
		if n := s.Snippet; !s.Comment && n >= 0 && n < len(inSnippet) && s.Span.Line-g.Snippets[n].Span.EndLine <= nearLines {
			p.near = slices.DeleteFunc(slices.Clone(inSnippet[n]), func(id string) bool { return slices.Contains(p.own, id) })
		}
		out = append(out, p)
	}
	out = slices.DeleteFunc(out, func(p place) bool { return len(p.own) == 0 })
	slices.SortStableFunc(out, func(x, y place) int {
		a, b := x.fact.Span, y.fact.Span
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return out
}

// snippetPattern stands for the pattern of the fact that a snippet is.
const snippetPattern = "snippet"

// place is the place of a few facts of one line and the text of one sentence there.
func (b *book) place(of []*parser.Fact, text string) place {
	f := of[0]
	p := place{fact: f, facts: of, words: text}
	about := f.Path
	if f.Pattern != snippetPattern { // what a line stands below belongs to what it says
		p.words = strings.Join(f.Path[max(0, len(f.Path)-2):], " ") + " " + f.Words
	}
	for _, of := range of {
		p.words += " " + of.About
		about = append(about[:len(about):len(about)], of.Subject, of.Topic)
	}
	ids := b.termsIn(p.words)
	for _, a := range about {
		if id := b.words.ID(a); b.term[id] != nil {
			ids = append(ids, id)
		} else if b.term[a] != nil {
			ids = append(ids, a)
		}
	}
	slices.Sort(ids)
	p.own = slices.Compact(ids)
	return p
}

// unread stands for a sentence of which the reader made nothing.
func (b *book) unread(g *parser.Graph, s *parser.Sentence) *parser.Fact {
	topic := ""
	for i := range g.Sections {
		if g.Sections[i].Span.Line <= s.Span.Line {
			topic = g.Sections[i].Title
		}
	}
	return &parser.Fact{
		Subject: cards.Key(topic), Relation: parser.Consequence, Pattern: "sentence",
		Topic: topic, Path: s.Path, Span: s.Span, Words: s.Text,
	}
}
