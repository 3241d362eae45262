package quiz

import (
	"strings"
	"unicode/utf8"

	"gieok/korean"
)

// A Verdict says how well a typed answer hits.
type Verdict int

// The verdicts, from best to worst. Almost is never counted as right: the
// learner is asked again.
const (
	Right Verdict = iota
	Almost
	Wrong
)

func (v Verdict) String() string {
	switch v {
	case Right:
		return "right"
	case Almost:
		return "almost"
	}
	return "wrong"
}

// A Form is what an answer is, which decides by what rules it is compared.
// Infer leaves the choice to the answer and the stem.
type Form int

// The forms of a typed answer.
const (
	Infer     Form = iota
	TermForm       // a name: resource, field, value, word of the trade
	TruthForm      // 참 or 거짓
	PolarForm      // yes or no, in a sentence
	NumberForm
	RangeForm
	OptionForm // a flag of a command
	CommandForm
	YAMLForm
	ListForm  // several things, in any order
	OrderForm // several things, in this order
	HostForm  // a DNS name
	SentenceForm
)

// A Question is what grading needs to know of a card.
type Question struct {
	Stem     string
	Answer   string
	Accepted []string // other right answers
	Form     Form
	Terms    Terms
}

// A Grading is a verdict with its reason, a short Korean phrase for the learner.
type Grading struct {
	Verdict Verdict
	Why     string
}

func right(why string) Grading  { return Grading{Right, why} }
func almost(why string) Grading { return Grading{Almost, why} }
func wrong(why string) Grading  { return Grading{Wrong, why} }

// better keeps the better verdict, the earlier one of equals.
func better(a, b Grading) Grading {
	if b.Verdict < a.Verdict {
		return b
	}
	return a
}

// typedRunesMax bounds an answer; a manifest typed by hand is far shorter.
const typedRunesMax = 4000

// Grade compares what was typed with the answers of q. It is strict where
// leniency could pass a wrong answer: another term, another number, another
// case of a letter that carries meaning, and a negation turned around are
// wrong, however close they look. Spacing, particles, politeness, width and
// normalisation forms, and a keyboard left in the other mode do not count.
func Grade(q Question, typed string) Grading {
	if utf8.RuneCountInString(typed) > typedRunesMax {
		return wrong("답이 너무 깁니다")
	}
	form := q.form()
	text := clean(typed, form)
	if text == "" {
		return wrong("답이 비어 있습니다")
	}
	for _, candidate := range q.candidates() {
		if text == clean(candidate, form) {
			return right("정답 그대로입니다")
		}
	}
	g := q.gradeAs(form, text)
	if g.Verdict == Right {
		return g
	}
	for _, variant := range otherKeyboard(text) {
		if q.sameKeys(form, variant) || q.gradeAs(form, variant).Verdict == Right {
			return right("자판 상태만 다릅니다")
		}
		if q.gradeAs(form, variant).Verdict == Almost {
			g = better(g, almost("자판 상태와 철자가 다릅니다"))
		}
	}
	return g
}

func (q Question) gradeAs(form Form, text string) Grading {
	switch form {
	case TruthForm, PolarForm:
		return q.gradePolar(form, text)
	case NumberForm:
		return q.gradeNumber(text)
	case RangeForm:
		return q.gradeRange(text)
	case OptionForm:
		return q.gradeOption(text)
	case CommandForm:
		return q.gradeCommand(text)
	case YAMLForm:
		return q.gradeYAML(text)
	case ListForm:
		return q.gradeList(text)
	case OrderForm:
		return q.gradeOrder(text)
	case HostForm:
		return q.gradeHost(text)
	case SentenceForm:
		return q.gradeSentence(text)
	}
	return q.gradeTerm(text)
}

// candidates are the right answers, the main one first.
func (q Question) candidates() []string {
	all := make([]string, 0, 1+len(q.Accepted))
	for _, answer := range append([]string{q.Answer}, q.Accepted...) {
		if strings.TrimSpace(answer) != "" {
			all = append(all, answer)
		}
	}
	return all
}

// clean brings a text to the form in which answers are compared: normalised,
// without invisible runes, quotes around it, a closing period or doubled spaces.
func clean(s string, form Form) string {
	s = korean.NFC(korean.Visible(korean.NFKC(s)))
	s = strings.ReplaceAll(s, "\r", "")
	if form == YAMLForm {
		return cleanYAML(s)
	}
	s = strings.Join(strings.Fields(s), " ")
	for {
		before := s
		s = unquote(strings.TrimSpace(s))
		s = strings.TrimPrefix(s, "$ ")
		if form != CommandForm && form != HostForm {
			s = strings.TrimRight(s, " .!?。~…;")
		}
		if s == before {
			return s
		}
	}
}

// quotePairs are the marks that may stand around a whole answer.
var quotePairs = [][2]string{
	{"`", "`"}, {"'", "'"}, {`"`, `"`}, {"“", "”"}, {"‘", "’"}, {"「", "」"}, {"『", "』"}, {"**", "**"}, {"<", ">"}, {"(", ")"}, {"[", "]"},
}

func unquote(s string) string {
	for _, pair := range quotePairs {
		inner, ok := strings.CutPrefix(s, pair[0])
		if !ok {
			continue
		}
		if inner, ok = strings.CutSuffix(inner, pair[1]); ok && !strings.Contains(inner, pair[0]) && !strings.Contains(inner, pair[1]) {
			return inner
		}
	}
	return s
}

// squeeze drops what spacing may differ in.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\t' {
			return -1
		}
		return r
	}, s)
}

// fold is squeeze without regard to case.
func fold(s string) string { return strings.ToLower(squeeze(s)) }

// otherKeyboard gives what would stand there had the keyboard been in the other
// mode: Korean for Latin letters that make whole syllables, keys for Hangul.
func otherKeyboard(text string) []string {
	if korean.HasHangul(text) {
		if strings.ContainsFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) {
			return nil // a keyboard stays in one mode
		}
		variants := []string{korean.ToKeys(text)}
		if composed := korean.Compose(text); composed != text {
			variants = append(variants, composed) // jamo typed one by one
		}
		return variants
	}
	hangul := korean.FromKeys(text)
	syllables := false
	for _, r := range hangul {
		switch {
		case korean.IsJamo(r), r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			return nil
		case korean.IsSyllable(r):
			syllables = true
		}
	}
	if !syllables {
		return nil
	}
	return []string{hangul}
}

// shifted are the keys that give another jamo under shift; only for them does
// a Korean text show whether shift was held.
const shifted = "qwertopQWERTOP"

// sameKeys tells whether keys are those of a candidate, as far as a keyboard in
// Korean mode could show it.
func (q Question) sameKeys(form Form, keys string) bool {
	for _, candidate := range q.candidates() {
		want := []rune(clean(candidate, form))
		got := []rune(keys)
		if len(want) != len(got) || korean.HasHangul(candidate) {
			continue
		}
		same := true
		for i, r := range want {
			if r == got[i] {
				continue
			}
			if strings.ContainsRune(shifted, r) || strings.ToLower(string(r)) != strings.ToLower(string(got[i])) {
				same = false
				break
			}
		}
		if same {
			return true
		}
	}
	return false
}
