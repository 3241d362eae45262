package quiz

import (
	"hash/fnv"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gieok/cards"
	"gieok/korean"
)

// A Mode is how a card is answered.
type Mode int

// The modes.
const (
	Typing    Mode = iota // one line
	Choosing              // one of the choices
	Ordering              // the numbers of the items in the right order
	Writing               // several lines
	Recalling             // in the head: the answer is shown, and the learner says how well it was recalled
)

// typeableRunesMax is the longest answer, in runes, that a learner is made to type
// word by word. Commands and YAML are longer, but are judged by what they do.
const typeableRunesMax = 40

// ModeOf is how c is answered. judged says that an answer can be run.
func ModeOf(c cards.Card, judged bool) Mode {
	run := judged && c.Task != nil
	lines := strings.Contains(strings.TrimSpace(c.Answer), "\n")
	switch {
	case c.Kind == cards.Order && len(c.Choices) > 0:
		return Ordering
	case len(c.Choices) > 0:
		return Choosing
	case c.Kind == cards.Command:
		return Typing
	case run && (c.Kind == cards.YAMLWrite || lines):
		return Writing
	case run:
		return Typing
	case lines || utf8.RuneCountInString(c.Answer) > typeableRunesMax:
		return Recalling
	}
	return Typing
}

// Asked is one card as it is put to the learner.
type Asked struct {
	Card    cards.Card
	Mode    Mode
	Choices []string // in the order of this sitting
	Number  int      // from 1
	Total   int      // questions of this sitting as far as is known, 0 if it is not
	Repeat  bool     // asked once more because it was missed
	Hint    string   // after a hint was asked for
	Retry   string   // after an answer that was almost right: what is not right yet; Korean
	Again   bool     // the last answer was almost right
}

// CanHint reports whether a hint is left to give.
func (a Asked) CanHint() bool { return a.Hint == "" && a.Mode == Typing && hint(a.Card) != "" }

// shown is the order in which the choices of c stand in a sitting. It depends
// on nothing but seed and card, so new cards do not reshuffle old ones.
func shown(c cards.Card, seed uint64) []string {
	choices := slices.Clone(c.Choices)
	if c.Kind == cards.TrueFalse || c.Kind == cards.Order {
		return choices // true stands before false, and the items of an order are shuffled already
	}
	h := fnv.New64a()
	io.WriteString(h, string(c.ID))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	r.Shuffle(len(choices), func(i, j int) { choices[i], choices[j] = choices[j], choices[i] })
	return choices
}

// isRight reports whether text is the answer of c or an accepted one, letter by
// letter: choices are not typed.
func isRight(c cards.Card, text string) bool {
	return text == c.Answer || slices.Contains(c.Accepted, text)
}

// hint gives away a part of the answer: the first two words of a command, the
// initial consonants of Korean, the first letter of other words. It is "" for
// an answer that is too short to give away a part of.
func hint(c cards.Card) string {
	if c.Kind == cards.Command {
		words := strings.Fields(c.Answer)
		if len(words) < 3 {
			return ""
		}
		return strings.Join(words[:2], " ") + " …"
	}
	if utf8.RuneCountInString(c.Answer) < 2 {
		return ""
	}
	var b strings.Builder
	first, hidden := true, false
	for _, r := range c.Answer {
		lead, _, _, ok := korean.Split(r)
		switch {
		case ok:
			b.WriteRune(lead)
			hidden = true
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteRune(r)
		case first && unicode.IsLetter(r):
			b.WriteRune(r)
		default:
			b.WriteByte('_')
			hidden = true
		}
		first = !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	if !hidden {
		return ""
	}
	return b.String()
}

// ordered is the items in the order that typed names by their numbers, each
// once; ok is false when it does not.
func ordered(items []string, typed string) (sequence []string, ok bool) {
	fields := strings.FieldsFunc(korean.NFKC(typed), func(r rune) bool { return !unicode.IsDigit(r) })
	if len(fields) == 1 && len(items) < 10 {
		fields = strings.Split(fields[0], "") // 312
	}
	seen := make([]bool, len(items))
	for _, f := range fields {
		n, err := strconv.Atoi(f)
		if err != nil || n < 1 || n > len(items) || seen[n-1] {
			return nil, false
		}
		seen[n-1] = true
		sequence = append(sequence, items[n-1])
	}
	return sequence, len(sequence) == len(items)
}

// rightOrder is the items of c in the order of its answer, which names each.
func rightOrder(c cards.Card) []string {
	type placed struct {
		item string
		at   int
	}
	// Longer items first, so that one which holds another is found whole.
	items := slices.Clone(c.Choices)
	slices.SortStableFunc(items, func(a, b string) int { return len(b) - len(a) })
	rest := c.Answer
	var all []placed
	for _, item := range items {
		at := strings.Index(rest, item)
		if at >= 0 {
			rest = rest[:at] + strings.Repeat("\x00", len(item)) + rest[at+len(item):]
		}
		all = append(all, placed{item, at})
	}
	slices.SortStableFunc(all, func(a, b placed) int { return a.at - b.at })
	sequence := make([]string, len(all))
	for i, p := range all {
		sequence[i] = p.item
	}
	return sequence
}

// gradeTyped grades a typed answer to c by its words.
func gradeTyped(c cards.Card, typed string, terms Terms) Grading {
	form := Infer
	switch c.Kind {
	case cards.Command:
		form = CommandForm
	case cards.TrueFalse:
		form = TruthForm
	case cards.YAMLWrite:
		form = YAMLForm
	}
	return Grade(Question{Stem: c.Stem, Answer: c.Answer, Accepted: c.Accepted, Form: form, Terms: terms}, typed)
}
