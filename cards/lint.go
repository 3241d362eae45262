package cards

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gieok/korean"
)

// Bounds that a card keeps before a person sees it, in runes unless said
// otherwise.
const (
	TypedRunesMax    = 40  // an answer that is typed word by word
	revealedRunesMax = 140 // an answer that is chosen or shown
	stemRunesWarned  = 90
	enumerationMax   = 3   // parts of one answer
	deletedShareMax  = 0.4 // of the runes of a cloze's sentence
	contextWordsMin  = 3   // words around a blank
	choicesMin       = 3
	longerKeyFactor  = 1.3 // answer over longest distractor
)

// Blank stands for what a cloze leaves out.
const Blank = "____"

// A Problem is a rule that a card breaks. A card with one that is no warning
// is not shown.
type Problem struct {
	Rule    string
	Text    string // what broke it
	Warning bool
}

// A Name is one concept with the ways to write it.
type Name struct {
	ID    string
	Kind  string // of the glossary, "" for a concept of the notes alone
	Words []string
}

// A Lexicon holds the concepts that stems may name. It is read-only once made.
type Lexicon struct {
	words *WordIndex // Normal, two runes or more
	kinds map[string]string
	ids   map[string]string
	// reader knows how names are read aloud.
	reader korean.Reader
}

// WithReadings is l with how spellings are read aloud, in Hangul.
func (l *Lexicon) WithReadings(readings map[string]string) *Lexicon {
	out := *l
	out.reader = korean.Reader{Readings: readings}
	return &out
}

// NewLexicon makes a Lexicon; of two names with one spelling the first counts.
func NewLexicon(names []Name) *Lexicon {
	l := &Lexicon{kinds: map[string]string{}, ids: map[string]string{}}
	var words []string
	for _, n := range names {
		for _, w := range n.Words {
			w = Normal(w)
			if _, known := l.ids[w]; known || w == "" {
				continue
			}
			l.ids[w], l.kinds[w] = n.ID, n.Kind
			words = append(words, w)
		}
	}
	l.words = NewWordIndex(words)
	return l
}

// ID is the concept that word spells, "" if none.
func (l *Lexicon) ID(word string) string { return l.ids[Normal(word)] }

// Kind is the glossary kind of the concept that word spells, "" if none.
func (l *Lexicon) Kind(word string) string { return l.kinds[Normal(word)] }

// Named reports whether text names any concept.
func (l *Lexicon) Named(text string) bool {
	named := false
	l.words.Each(Normal(text), func(int) bool {
		named = true
		return false
	})
	return named
}

// Lint lists the rules that c breaks, in the order of the rules.
func Lint(c Card, l *Lexicon) []Problem {
	var problems []Problem
	for _, rule := range lintRules() {
		if text, broken := rule.broken(c, l); broken {
			problems = append(problems, Problem{Rule: rule.name, Text: text, Warning: rule.warning})
		}
	}
	return problems
}

// Passes reports whether c breaks no rule but warned ones.
func Passes(c Card, l *Lexicon) bool {
	return !slices.ContainsFunc(Lint(c, l), func(p Problem) bool { return !p.Warning })
}

type lintRule struct {
	name    string
	warning bool
	broken  func(Card, *Lexicon) (text string, broken bool)
}

func lintRules() []lintRule {
	return []lintRule{
		{"malformed", false, malformed},
		{"no-source", false, func(c Card, _ *Lexicon) (string, bool) { return "", c.Source.File == "" || c.Source.Line < 1 }},
		{"not-nfc", false, notNFC},
		{"answer-visible", false, answerVisible},
		{"dangling", false, dangling},
		{"no-concept", false, func(c Card, l *Lexicon) (string, bool) { return "", !l.Named(c.Stem + " " + c.Code) }},
		{"two-facts", false, twoFacts},
		{"yes-no", false, yesNo},
		{"answer-long", false, answerLong},
		{"cloze", false, badCloze},
		{"particle", false, particleTells},
		{"josa", false, wrongJosa},
		{"choices", false, badChoices},
		{"stem-long", true, func(c Card, _ *Lexicon) (string, bool) {
			return "", utf8.RuneCountInString(c.Stem) > stemRunesWarned
		}},
		{"enumeration", true, func(c Card, _ *Lexicon) (string, bool) {
			return c.Answer, c.Kind != Command && !strings.Contains(c.Answer, "\n") && strings.Count(c.Answer, ", ")+1 > enumerationMax
		}},
		{"key-long", true, keyLong},
		{"absolute", true, absolute},
	}
}

func malformed(c Card, _ *Lexicon) (string, bool) {
	id := string(c.ID)
	_, kind, ok := strings.Cut(id, "#")
	concept, rest, slash := strings.Cut(id, "/")
	switch {
	case !ok || !slash || concept == "" || strings.Count(rest, "/") == 0 || strings.ContainsAny(id, " \n\t"):
		return "ID " + id, true
	case !slices.Contains(Kinds(), c.Kind) || kind != string(c.Kind) && !strings.HasPrefix(kind, string(c.Kind)+"-"):
		return "kind " + string(c.Kind), true
	case strings.TrimSpace(c.Stem) == "" || strings.TrimSpace(c.Answer) == "":
		return "empty", true
	case c.Evidence.Status == Stated && c.Evidence.Run != nil, c.Evidence.Status != Stated && c.Evidence.Run == nil:
		return "evidence " + string(c.Evidence.Status), true
	case c.Evidence.Status != Stated && c.Evidence.Status != Executed && c.Evidence.Status != Contradicted:
		return "evidence " + string(c.Evidence.Status), true
	case c.Code != "" && c.CodeLang == "":
		return "code without a language", true
	}
	for _, mark := range []string{"`", "“", "(", "‘"} {
		closing := map[string]string{"`": "`", "“": "”", "(": ")", "‘": "’"}[mark]
		opened, closed := strings.Count(c.Stem, mark), strings.Count(c.Stem, closing)
		if opened != closed || mark == closing && opened%2 == 1 {
			return "unpaired " + mark, true
		}
	}
	return "", false
}

func notNFC(c Card, _ *Lexicon) (string, bool) {
	for _, text := range slices.Concat([]string{string(c.ID), c.Stem, c.Code, c.Answer, c.Explanation}, c.Accepted, c.Choices) {
		if korean.NFC(text) != text || !utf8.ValidString(text) {
			return text, true
		}
	}
	return "", false
}

func answerLong(c Card, _ *Lexicon) (string, bool) {
	n := utf8.RuneCountInString(c.Answer)
	switch c.Kind {
	case Basic, Reverse, Cloze:
		return c.Answer, n > TypedRunesMax
	case YAMLFix, YAMLWrite, YAMLBlank:
		return "", false // judged by what it does, not typed word by word
	}
	return c.Answer, n > revealedRunesMax
}

func keyLong(c Card, _ *Lexicon) (string, bool) {
	if c.Kind != Choice && c.Kind != YAMLPredict {
		return "", false
	}
	longest := 0
	for _, choice := range c.Choices {
		if choice != c.Answer {
			longest = max(longest, utf8.RuneCountInString(choice))
		}
	}
	return c.Answer, longest > 0 && float64(utf8.RuneCountInString(c.Answer)) > longerKeyFactor*float64(longest)
}
