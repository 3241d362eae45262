package kind

import (
	"strings"
	"unicode/utf8"

	"gieok/cards"
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
	return out
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
