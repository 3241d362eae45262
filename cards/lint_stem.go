package cards

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gieok/korean"
	"gieok/prefilter"
)

var (
	// danglingWord is a word that points at something outside the question.
	danglingWord = prefilter.MustCompile(`(?:^|[\s“‘"(:])(이|그|저|해당|위|위의|상기|앞의|이런|그런|이러한|그러한|이것[은이을도]?|그것[은이을도]?|여기서?|이때|그때)(?:\s|$)`)
	nextWord     = prefilter.MustCompile(`(?:^|\s)다음(?:\s|$)`)
	finiteVerb   = prefilter.MustCompile(`[가-힣]다(?:[.,;:”’"]|$)`)
	asks         = prefilter.MustCompile(`무엇|무슨|어떤|어느|어디|몇|왜|얼마|어떻게|언제|누구|누가|으라|하라|치라|____`)
	absoluteWord = prefilter.MustCompile(`(?:^|\s)(항상|절대로?|반드시|언제나|무조건)(?:\s|$)`)
	allOrNone    = prefilter.MustCompile(`^(모두|모두 맞다|위의? 모두|정답 없음|답 없음|해당 없음|없음)$`)
	oneParticle  = prefilter.MustCompile(`____['’”"]?(을|를|은|는|이|가|과|와|로|으로|이다|다|이라는|라는|이나|나)(?:[\s.,?]|$)`)
)

// dangling finds a word without what it points at. 다음 may point at the code
// or the choices of the card itself.
func dangling(c Card, _ *Lexicon) (string, bool) {
	for _, m := range danglingWord.FindAllStringSubmatchIndex(c.Stem, -1) {
		if !namedBefore(c.Stem[:m[2]], c.Stem[m[3]:]) {
			return c.Stem[m[2]:m[3]], true
		}
	}
	return "다음", nextWord.MatchString(c.Stem) && c.Code == "" && len(c.Choices) == 0
}

// namedBefore reports whether the noun that rest begins with stands before it
// already: 레플리카셋을 만들고, 그 레플리카셋이.
func namedBefore(before, rest string) bool {
	words := strings.Fields(rest)
	if len(words) == 0 {
		return false
	}
	noun, _ := korean.StripJosa(words[0])
	return utf8.RuneCountInString(noun) > 1 && strings.Contains(before, noun)
}

func twoFacts(c Card, _ *Lexicon) (string, bool) {
	if strings.Contains(c.Stem, ";") || strings.Contains(c.Stem, "그리고 ") {
		return ";", true
	}
	if c.Kind == Command || c.Kind == YAMLPredict || c.Kind == YAMLFix {
		return "", false // a situation, then the question
	}
	return "", len(finiteVerb.FindAllString(c.Stem, -1)) > 1
}

func yesNo(c Card, _ *Lexicon) (string, bool) {
	return "", c.Kind != TrueFalse && !asks.MatchString(c.Stem)
}

func absolute(c Card, _ *Lexicon) (string, bool) {
	m := absoluteWord.FindStringSubmatch(c.Stem)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// answerVisible finds an answer, or another way to write it, in the stem.
// Letters of the Latin alphabet and digits must stand alone to count.
func answerVisible(c Card, _ *Lexicon) (string, bool) {
	if c.Kind == TrueFalse || c.Kind == Order || c.Kind == YAMLPredict {
		return "", false // the choices are what is asked
	}
	for _, a := range append([]string{c.Answer}, c.Accepted...) {
		if Visible(a, c.Stem) {
			return a, true
		}
	}
	return "", false
}

// Visible reports whether text shows answer to whoever reads it.
func Visible(answer, text string) bool { return Look(text).Has(answer) }

// A Sight is a text in which many answers are looked for.
type Sight struct{ plain, squeezed string }

// Look prepares text for many calls of Has.
func Look(text string) Sight { return Sight{plainText(text), Normal(plainText(text))} }

// Has is Visible for the text that was prepared.
func (s Sight) Has(answer string) bool {
	answer = plainText(answer)
	if answer == "" {
		return false
	}
	text := s.plain
	for from := 0; ; {
		at := strings.Index(text[from:], answer)
		if at < 0 {
			break
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(answer):])
		first, size := utf8.DecodeRuneInString(answer)
		last, _ := utf8.DecodeLastRuneInString(answer)
		if apart(before, first) && apart(last, after) && (utf8.RuneCountInString(answer) > 1 || !korean.IsHangul(first) || !korean.IsHangul(after)) {
			return true
		}
		from = at + size
	}
	// Spaces hide no answer: 롤링 업데이트, 롤링업데이트.
	squeezed := Normal(answer)
	return korean.HasHangul(squeezed) && utf8.RuneCountInString(squeezed) > 2 && strings.Contains(s.squeezed, squeezed)
}

// An Answers finds which of many answers a text shows.
type Answers struct {
	words           []string
	plain, squeezed *WordIndex
}

// NewAnswers makes an index of answers, of which those of one rune are not found.
func NewAnswers(words []string) *Answers {
	a := &Answers{words: words}
	plain, squeezed := make([]string, len(words)), make([]string, len(words))
	for i, w := range words {
		plain[i] = plainText(w)
		squeezed[i] = Normal(plain[i])
	}
	a.plain, a.squeezed = NewWordIndex(plain), NewWordIndex(squeezed)
	return a
}

// Shown are the indexes of the answers that text shows.
func (a *Answers) Shown(text string) map[int]bool {
	s := Look(text)
	asked, out := map[int]bool{}, map[int]bool{}
	ask := func(n int) bool {
		if !asked[n] {
			asked[n] = true
			if s.Has(a.words[n]) {
				out[n] = true
			}
		}
		return true
	}
	a.plain.Each(s.plain, ask)
	a.squeezed.Each(s.squeezed, ask)
	return out
}

// plainText is lower case with runs of blanks made one and Markdown's code marks away.
func plainText(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.ReplaceAll(korean.NFKC(s), "`", ""))), " ")
}

// apart reports whether a and b, next to one another, belong to different words.
// A Korean word begins where a Hangul syllable follows none; its end is open,
// since particles follow.
func apart(a, b rune) bool {
	switch {
	case latin(a) && latin(b):
		return false
	case korean.IsHangul(a) && korean.IsHangul(b):
		return true
	}
	return true
}

func latin(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_')
}

func badCloze(c Card, _ *Lexicon) (string, bool) {
	if c.Kind != Cloze {
		return "", false
	}
	if strings.Count(c.Stem, Blank) != 1 {
		return "not one blank", true
	}
	if finiteVerb.MatchString(c.Answer) {
		return "no term", true
	}
	words := 0
	for _, w := range strings.Fields(c.Stem) {
		if !strings.Contains(w, Blank) {
			words++
		}
	}
	if words < contextWordsMin {
		return "little context", true
	}
	whole := utf8.RuneCountInString(c.Stem) - len(Blank) + utf8.RuneCountInString(c.Answer)
	return "much left out", float64(utf8.RuneCountInString(c.Answer)) > deletedShareMax*float64(whole)
}

func particleTells(c Card, _ *Lexicon) (string, bool) {
	m := oneParticle.FindStringSubmatch(c.Stem)
	if m == nil {
		return "", false
	}
	return m[1], true
}

func badChoices(c Card, l *Lexicon) (string, bool) {
	switch c.Kind {
	case Choice, YAMLPredict:
	case TrueFalse:
		return "", !slices.Equal(c.Choices, []string{"참", "거짓"}) || !slices.Contains(c.Choices, c.Answer)
	default:
		return "", false
	}
	if len(c.Choices) < choicesMin {
		return "too few", true
	}
	keys, seen := 0, []string{}
	for _, choice := range c.Choices {
		n := Normal(choice)
		if slices.Contains(seen, n) || allOrNone.MatchString(choice) {
			return choice, true
		}
		seen = append(seen, n)
		if choice == c.Answer {
			keys++
			continue
		}
		for _, a := range c.Accepted {
			if Normal(a) == n {
				return choice, true
			}
		}
		key, other := l.Kind(c.Answer), l.Kind(choice)
		if c.Kind == Choice && (l.ID(choice) != "" && l.ID(choice) == l.ID(c.Answer) || key != "" && other != "" && key != other) {
			return choice, true
		}
	}
	return c.Answer, keys != 1
}
