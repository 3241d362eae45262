package kind

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gieok/cards"
	"gieok/korean"
	"gieok/lab"
	"gieok/parser"
)

const (
	// commonWordsMin is how many words the note's line and what an experiment
	// says share at least, for one to be about the other.
	commonWordsMin = 2
	// askedPerLine bounds the experiments that ask something of one kind at one
	// line of the notes, saidPerLine the statements that are judged there.
	askedPerLine = 3
	saidPerLine  = 6
	// placesMax bounds the lines of the notes that a card of an experiment cites.
	placesMax = 4
	// shortAnswerRunes is the length up to which an answer may stand in a line
	// by chance.
	shortAnswerRunes = 2
)

// planAsked plans, at each line of the notes, the questions of kind k of
// experiments on what the line says. The answers come out of a run.
func planAsked(k cards.Kind) func(*book) []draft {
	return func(b *book) []draft {
		return b.perPlace(k, askedPerLine, "asked", func(at *place, slot int) proof { return b.proveAsked(at, k, slot) })
	}
}

// perPlace plans n slots for each place of the notes.
func (b *book) perPlace(k cards.Kind, n int, name string, prove func(at *place, slot int) proof) []draft {
	var out []draft
	for i := range b.places {
		at := &b.places[i]
		for slot := range n {
			c := b.card(at.fact, k, "", name)
			out = append(out, draft{card: c, prove: prove(at, slot), runs: true, order: string(c.ID) + "\x00" + name + strconv.Itoa(slot) + at.fact.Words})
		}
	}
	return out
}

// kindOfAsk is the kind of question that e asks.
func kindOfAsk(e *lab.Experiment) cards.Kind {
	switch {
	case len(e.Others) > 0:
		return cards.YAMLPredict
	case commandLine.MatchString(e.Answer):
		return cards.Command
	}
	return cards.Basic
}

// proveAsked asks the question of the nth experiment of kind k that is about a place.
func (b *book) proveAsked(at *place, k cards.Kind, nth int) proof {
	return func(ctx context.Context, n *bench, c cards.Card) (cards.Card, bool, error) {
		p, ok, err := n.nthAbout(ctx, at, nth, func(e *lab.Experiment) bool { return e.Ask != "" && kindOfAsk(e) == k })
		if err != nil || !ok {
			return c, false, err
		}
		if err := b.shows(ctx, &c, n, at, p, k, ""); err != nil {
			return c, false, err
		}
		c.Stem, c.Answer = p.Ask, p.Answer
		for _, a := range p.Accept {
			if k != cards.Basic || !cards.Visible(a, c.Stem) {
				c.Accepted = append(c.Accepted, a)
			}
		}
		if k == cards.YAMLPredict {
			c.Code, c.CodeLang = strings.TrimSpace(p.Run.Files[0].Text), "yaml"
			c.Choices = shuffled(b.seed, string(c.ID), append([]string{c.Answer}, p.Others...))
		}
		return c, true, nil
	}
}

// proveSaid puts a statement to the learner that a run shows to be so, or what
// people think instead and the run refutes: the nth of those about a place.
func (b *book) proveSaid(at *place, nth int) proof {
	return func(ctx context.Context, n *bench, c cards.Card) (cards.Card, bool, error) {
		// Each experiment has two places, one for either statement.
		p, ok, err := n.nthAbout(ctx, at, nth/2, func(e *lab.Experiment) bool { return e.False != "" })
		if err != nil || !ok {
			return c, false, err
		}
		statement, answer, key := p.Says, "참", ""
		if nth%2 == 1 {
			statement, answer, key = p.False, "거짓", "+not"
		}
		if utf8.RuneCountInString(statement) > statementRunesMax+20 {
			return c, false, nil
		}
		if err := b.shows(ctx, &c, n, at, p, cards.TrueFalse, key); err != nil {
			return c, false, err
		}
		c.Stem, c.Answer = "참인가 거짓인가? “"+strings.TrimSuffix(statement, ".")+".”", answer
		if t := b.term[p.Concept]; t != nil && len(t.En) > 0 && !cards.Visible(t.En[0], c.Stem) {
			c.Stem = t.En[0] + "에 대한 다음 말은 " + c.Stem
		}
		c.Choices = []string{"참", "거짓"}
		return c, true, nil
	}
}

// shows makes c a card of what p shows at a place.
func (b *book) shows(ctx context.Context, c *cards.Card, n *bench, at *place, p lab.Proof, k cards.Kind, key string) error {
	run := p.Run
	c.Source, c.Evidence.Note = b.citing(at.fact, p.Concept)
	c.Sources = c.Sources[:0]
	for _, f := range n.cited[p.Name] {
		if s, _ := b.citing(f, p.Concept); !slices.Contains(c.Sources, s) {
			c.Sources = append(c.Sources, s)
		}
	}
	c.ID = cards.NewID(cards.Key(p.Concept), string(parser.Consequence), cards.Key(p.Name)+key, k, "")
	c.Concept, c.Relation = p.Concept, string(parser.Consequence)
	c.Evidence.Status, c.Evidence.Run = cards.Executed, &run
	wrong, err := n.corrections(ctx, at.fact)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(wrong, func(w lab.Proof) bool { return w.Name == p.Name }) ||
		slices.ContainsFunc(at.facts, func(f *parser.Fact) bool { return b.corrects(f, p.Says) }) {
		c.Evidence.Status = cards.Contradicted
	}
	c.Explanation = "실행해 보니: " + p.Says + "\n" + explain(c)
	c.Difficulty = 2
	return nil
}

// nthAbout is the nth of the experiments that fit and are about a place before
// any other, run; ok is false when there are not so many, or the run shows
// otherwise.
func (n *bench) nthAbout(ctx context.Context, at *place, nth int, fits func(*lab.Experiment) bool) (p lab.Proof, ok bool, err error) {
	n.aboutOnce.Do(func() { n.aboutErr = n.findAbout() })
	if n.aboutErr != nil {
		return p, false, n.aboutErr
	}
	for _, e := range n.about[at] {
		if !fits(e) {
			continue
		}
		if nth--; nth < 0 {
			return n.lab.Prove(ctx, *e)
		}
	}
	return p, false, nil
}

// findAbout finds the first few places that each experiment is about.
func (n *bench) findAbout() error {
	all, err := n.lab.Experiments()
	if err != nil {
		return err
	}
	byConcept := map[string][]*place{}
	for i := range n.book.places {
		at := &n.book.places[i]
		for _, id := range slices.Concat(at.own, at.near) {
			byConcept[id] = append(byConcept[id], at)
		}
	}
	n.about, n.cited = map[*place][]*lab.Experiment{}, map[string][]*parser.Fact{}
	for i := range all {
		e := &all[i]
		says := n.book.wordsOf(e.Says)
		for _, at := range byConcept[e.Concept] {
			if !n.book.isAbout(at, e, says) {
				continue
			}
			if len(n.cited[e.Name]) == 0 {
				n.about[at] = append(n.about[at], e)
			}
			if n.cited[e.Name] = append(n.cited[e.Name], at.fact); len(n.cited[e.Name]) == placesMax {
				break
			}
		}
	}
	return nil
}

// isAbout reports whether a place speaks of what e shows, whose words are says.
func (b *book) isAbout(at *place, e *lab.Experiment, says map[string]bool) bool {
	if !e.Match.MatchString(at.words) {
		return false
	}
	if utf8.RuneCountInString(e.Answer) > shortAnswerRunes && cards.Visible(e.Answer, at.words) {
		return true
	}
	common := 0
	if slices.Contains(at.own, e.Concept) {
		common = 1
		delete(says, e.Concept)
	}
	for word := range b.wordsOf(at.words) {
		if says[word] {
			common++
		}
	}
	return common >= commonWordsMin
}

// wordsOf are the words of a text without particles, terms by their ids.
func (b *book) wordsOf(text string) map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \n\t`.,:()“”‘’\"'/#[]{}", r) }) {
		stem, _ := korean.StripJosa(word)
		if id := b.words.ID(stem); id != "" {
			words[id] = true
		} else if w := cards.Normal(stem); utf8.RuneCountInString(w) > 1 {
			words[w] = true
		}
	}
	return words
}

// citing is the part of a place that speaks of a concept: of a snippet, the
// first key or value of that name with what stands below it.
func (b *book) citing(f *parser.Fact, concept string) (cards.Source, string) {
	src := source(f.Span)
	t := b.term[concept]
	if f.Pattern != snippetPattern || t == nil {
		return src, f.Words
	}
	lines := strings.Split(f.Words, "\n")
	for i, line := range lines {
		if !slices.ContainsFunc(spellings(t), func(w string) bool { return cards.Visible(w, line) }) {
			continue
		}
		last := i
		for last+1 < len(lines) && indentOf(lines[last+1]) > indentOf(line) {
			last++
		}
		src.Line, src.Col, src.EndLine = src.Line+i, 1, src.Line+last
		return src, strings.Join(lines[i:last+1], "\n")
	}
	return src, f.Words
}

// indentOf is the indent of a line of YAML; an item of a list stands below the
// key over it even when its dash does not.
func indentOf(line string) int {
	trimmed := strings.TrimLeft(line, " ")
	if strings.HasPrefix(trimmed, "- ") || trimmed == "" {
		return len(line) - len(trimmed) + 1
	}
	return len(line) - len(trimmed)
}
