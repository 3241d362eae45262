package kind

import (
	"strings"
	"unicode/utf8"

	"gieok/cards"
	"gieok/korean"
	"gieok/parser"
	"gieok/prefilter"
)

// statementRunesMin is the shortest sentence that says enough to be judged.
const statementRunesMin = 12

var (
	notSaid = prefilter.MustCompile("[?{}\\[\\]|;→=~`<>]|cf\\.|\\.\\.\\.|…|https?:| - |: |[가-힣](한다|하다|된다|있다|없다|이다) [가-힣]")
	// onlyOrToo says more than its predicate denies: 내부에서만 접근할 수 없다.
	onlyOrToo = prefilter.MustCompile(`(만|도|조차|밖에|함이|것이) \S+( 수 \S+)?$`)
	// stepDone ends a step that a person takes.
	stepDone    = prefilter.MustCompile(`(추가|작성|입력)(한다|하지 않는다)$`)
	secondTopic = prefilter.MustCompile(`^\S+( \S+)?(은|는|이|가|끼리) `)
)

// planStatements puts a sentence of the notes to the learner, as it stands and
// turned into its opposite, two questions of which neither gives the other away
// to who does not know.
func planStatements(b *book) []draft {
	var out []draft
	seen := map[string]bool{}
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		if !judgeable(f) {
			continue
		}
		for _, statement := range b.statements(f) {
			if seen[statement] {
				continue
			}
			seen[statement] = true
			opposite, ok := b.reader.Negate(statement)
			if ok && !f.Negative && !onlyOrToo.MatchString(statement) {
				out = append(out, b.judged(f, opposite, "거짓"))
			}
			out = append(out, b.judged(f, statement, "참"))
		}
	}
	return out
}

// judgeable reports whether the words of f are a sentence that is true or not.
func judgeable(f *parser.Fact) bool {
	if len(f.Path) > 0 && stepTitle.MatchString(f.Path[len(f.Path)-1]) {
		return false // what is done next is neither true nor false
	}
	switch f.Relation {
	case parser.HasProperty, parser.Limitation, parser.Consequence, parser.Condition, parser.Manages, parser.PartOf, parser.Need, parser.Contrast, parser.PropertyDefault:
		return f.Pattern != "comment" || strings.HasSuffix(strings.TrimRight(f.Object, "."), "다")
	}
	return false
}

// statements are the sentences of f's words, of which each can stand alone.
func (b *book) statements(f *parser.Fact) []string {
	var out []string
	words := f.Words
	if f.Pattern == "comment" {
		words = f.Object
	}
	if head, tail, ok := strings.Cut(words, ": "); ok && utf8.RuneCountInString(head) <= contextRunesMax {
		words = tail
	}
	for words != "" {
		sentence := words
		if m := sentenceStop.FindStringIndex(words); m != nil {
			sentence, words = words[:m[1]-1], words[m[1]:]
		} else {
			words = ""
		}
		if at := strings.Index(sentence, " ex."); at > 0 {
			sentence = sentence[:at]
		}
		sentence = strings.TrimRight(strings.TrimSpace(edgeMark.ReplaceAllString(strings.TrimSpace(sentence), "")), ". ")
		clauses := []string{sentence}
		if m := firstClause.FindStringSubmatch(sentence); m != nil && secondTopic.MatchString(m[3]) {
			clauses = []string{m[3]}
			if first, ok := clipped(m[1], m[2]); ok {
				clauses = []string{first, m[3]}
			}
		}
		for _, clause := range clauses {
			if s, ok := b.statement(f, clause); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// statement is a clause as a whole sentence; ok is false for what is none, or
// speaks of something that only the lines around it tell.
func (b *book) statement(f *parser.Fact, clause string) (string, bool) {
	clause = strings.Join(strings.Fields(parenthesis.ReplaceAllString(clause, "")), " ")
	clause = thisKind.ReplaceAllString(clause, b.name(f.Subject)+" $1 ")
	if notSaid.MatchString(clause) || !hasSubject.MatchString(clause+" ") {
		return "", false
	}
	text := b.reader.Plain(clause)
	n := utf8.RuneCountInString(text)
	if stepDone.MatchString(text) || !strings.HasSuffix(text, "다") || n < statementRunesMin || n > statementRunesMax {
		return "", false
	}
	return text, true
}

// judged is the card that asks whether statement is true.
func (b *book) judged(f *parser.Fact, statement, answer string) draft {
	key := b.termIn(statement)
	if answer == "거짓" {
		key += "+not"
	}
	c := b.card(f, cards.TrueFalse, "", key)
	c.Stem = "참인가 거짓인가? “" + statement + ".”"
	if !b.ofAnother(f, statement) {
		c.Stem = b.formalName(f) + "에 대한 다음 말은 참인가 거짓인가? “" + statement + ".”"
	}
	c.Answer, c.Choices = answer, []string{"참", "거짓"}
	return b.draft(f, c)
}

// ofAnother reports whether a statement says itself that it is about something
// else than f.
func (b *book) ofAnother(f *parser.Fact, statement string) bool {
	for word := range strings.FieldsSeq(statement) {
		if topic, particle := korean.StripJosa(word); particle == "은" || particle == "는" {
			id := b.words.ID(topic)
			return b.term[id] != nil && id != f.Subject && id != b.words.ID(f.Topic)
		}
		break
	}
	return false
}

// formalName is the English name of what f speaks of, else what stems call it.
func (b *book) formalName(f *parser.Fact) string {
	if t := b.term[f.Subject]; t != nil && len(t.En) > 0 {
		return t.En[0]
	}
	if id := b.words.ID(f.Topic); b.term[f.Subject] == nil && b.term[id] != nil && len(b.term[id].En) > 0 {
		return b.term[id].En[0] + "의 " + b.name(f.Subject)
	}
	return b.name(f.Subject)
}
