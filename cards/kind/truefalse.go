package kind

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"gieok/cards"
	"gieok/lab"
	"gieok/parser"
)

// statementRunesMax bounds a statement that is judged true or false.
const statementRunesMax = 70

// planTrueFalse puts a limitation to the learner as it stands, and says what
// the notes say of a thing of one that is confused with it.
func planTrueFalse(b *book) []draft {
	var out []draft
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		statement, answer, why := "", "참", ""
		switch {
		case f.Relation == parser.Limitation && !f.Term:
			statement = b.reader.Plain(f.Object)
			if !b.named(f.Subject, statement) && !b.words.Named(statement) {
				statement = b.name(f.Subject) + "에서 " + statement
			}
		case b.namesSubject(f) && (f.Relation == parser.Definition || f.Relation == parser.Purpose):
			statement, answer, why = b.swapped(f)
		}
		statement = strings.TrimSuffix(statement, ".")
		if statement == "" || utf8.RuneCountInString(statement) > statementRunesMax || !strings.HasSuffix(statement, "다") {
			continue
		}
		c := b.card(f, cards.TrueFalse, "", b.key(f.Object))
		if !f.Term {
			c.ID = cards.NewID(cards.Key(f.Subject), string(f.Relation), b.termIn(f.Object), cards.TrueFalse, "")
		}
		c.Stem = "참인가 거짓인가? “" + statement + ".”"
		c.Answer, c.Choices, c.Explanation = answer, []string{"참", "거짓"}, why
		out = append(out, b.draft(f, c))
	}
	out = append(out, planStatements(b)...)
	out = append(out, b.perPlace(cards.TrueFalse, saidPerLine, "said", b.proveSaid)...)
	for i := range b.graph.Facts {
		out = append(out, b.trials(&b.graph.Facts[i])...)
	}
	return out
}

// trials are cards that only a run can give: what an experiment shows of the
// note's words, and that a command of the note fails as it is written.
func (b *book) trials(f *parser.Fact) []draft {
	slot := func(name string, p proof) draft {
		c := b.card(f, cards.TrueFalse, "", name)
		c.Choices = []string{"참", "거짓"}
		return draft{card: c, prove: p, runs: true, order: string(c.ID) + "\x00" + name + f.Words}
	}
	var out []draft
	for i := range saysPerFact {
		out = append(out, slot("experiment-"+strconv.Itoa(i), b.proveSays(f, i)))
	}
	if f.Relation == parser.CommandFor {
		out = append(out, slot("failing", b.proveFailing(f)))
	}
	return out
}

// saysPerFact bounds the experiments that are asked of one fact.
const saysPerFact = 2

// corrects reports whether the statement of an experiment says otherwise than
// the note.
func (b *book) corrects(f *parser.Fact, says string) bool {
	return b.contradicts(f, says) || f.Relation == parser.Example && cards.Visible(f.Object, says) && strings.Contains(says, "거부")
}

// proveSays puts the statement of an experiment to the learner: of the nth that
// speaks of the note's words.
func (b *book) proveSays(f *parser.Fact, nth int) proof {
	return func(ctx context.Context, n *bench, c cards.Card) (cards.Card, bool, error) {
		corrections, err := n.corrections(ctx, f)
		if err != nil {
			return c, false, err
		}
		if nth < len(corrections) {
			return b.correcting(c, corrections[nth])
		}
		left := nth
		// What the note says rightly is asked in other ways, where the answer is
		// not always the same; here only what the run corrects.
		p, ok, err := n.shown(ctx, f.Words+" "+f.About, []string{f.Subject, b.words.ID(f.Topic)}, func(says string) bool {
			if !b.corrects(f, says) {
				return false
			}
			left--
			return left < 0
		})
		if err != nil || !ok {
			return c, false, err
		}
		return b.correcting(c, p)
	}
}

// correcting is the card of what a run shows where the note says otherwise.
func (b *book) correcting(c cards.Card, p lab.Proof) (cards.Card, bool, error) {
	if utf8.RuneCountInString(p.Says) > statementRunesMax+20 {
		return c, false, nil
	}
	run := p.Run
	c.ID = cards.NewID(cards.Key(p.Concept), string(parser.Consequence), cards.Key(p.Name), cards.TrueFalse, "")
	c.Concept, c.Relation = p.Concept, string(parser.Consequence)
	c.Stem = "참인가 거짓인가? “" + strings.TrimSuffix(p.Says, ".") + ".”"
	c.Answer = "참"
	c.Evidence.Status, c.Evidence.Run = cards.Contradicted, &run
	c.Explanation = explain(&c) + "\n실행해 보니: " + p.Says
	c.Difficulty = 2
	return c, true, nil
}

// proveFailing says that a command of the note does not run as it is written.
func (b *book) proveFailing(f *parser.Fact) proof {
	return func(ctx context.Context, n *bench, c cards.Card) (cards.Card, bool, error) {
		r, ok, err := n.command(ctx, f)
		if err != nil || !ok || r.Exit == 0 || strings.Contains(f.Object, "{") && !strings.HasPrefix(f.Object, "kubectl") {
			return c, false, err
		}
		run := r.Run
		c.ID = cards.NewID(cards.Key(f.Subject), string(f.Relation), cards.CommandKey(r.Line), cards.TrueFalse, "")
		c.Stem = "참인가 거짓인가? “`" + r.Line + "` 명령은 적힌 그대로 실행된다.”"
		c.Answer = "거짓"
		c.Evidence.Status, c.Evidence.Run = cards.Contradicted, &run
		c.Explanation = explain(&c) + "\n실행해 보니: " + strings.TrimSpace(r.Stderr)
		c.Difficulty = 2
		return c, true, nil
	}
}

// swapped is a statement about a thing that is confused with the subject of f,
// which the notes make about the subject.
func (b *book) swapped(f *parser.Fact) (statement, answer, why string) {
	p, ok := describe(f.About)
	t := b.term[f.Subject]
	if !ok || t == nil || f.Pattern == "comment" && p.noun || b.class(f) == "것" {
		return "", "", ""
	}
	other := f.Object
	if answer = "참"; f.Relation == parser.Definition && b.coin(f.Subject+string(f.Relation)) {
		wrong := b.distractors(f, f.About, f.Object)
		if len(wrong) == 0 {
			return "", "", ""
		}
		other, answer = wrong[0], "거짓"
		why = b.with(f.Object, "에/에") + " 대한 설명이다."
	}
	switch class := b.class(f); {
	case p.noun && (strings.HasSuffix(p.text, "때") || strings.HasSuffix(p.text, "경우")):
		statement = b.with(other, "은/는") + " " + strings.TrimSuffix(p.text, "경우") + map[bool]string{true: "경우에"}[strings.HasSuffix(p.text, "경우")] + " 사용한다."
	case p.noun && (f.Relation == parser.Purpose || !keyNoun.MatchString(p.text)):
		return "", "", ""
	case p.noun:
		statement = b.with(other, "은/는") + " " + b.with(p.text, "이다/다") + "."
	default:
		statement = b.with(other, "은/는") + " " + p.text + " " + b.with(class, "이다/다") + "."
	}
	return statement, answer, why
}

// coin is true for about half of all texts, always the same ones.
func (b *book) coin(text string) bool {
	two := shuffled(0, text, []string{"", "x"})
	return two[0] == "x"
}
