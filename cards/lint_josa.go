package cards

import (
	"strings"

	"gieok/korean"
	"gieok/prefilter"
)

var (
	// followed is a word with a particle of two forms at its end.
	followed = prefilter.MustCompile(`([^\s]*[^\s])(은|는|이|가|을|를|과|와|으로|로)([.,?!:”’"')\]]*)(?:\s|$)`)
	// bothForms leaves the choice to the reader: of a blank, or of nothing that
	// can be read.
	bothForms = prefilter.MustCompile(`[은을이과와]\([는를가와과]$|으?\(으?$`)
)

// josaPair is the pair that a form belongs to.
var josaPair = map[string]string{
	"은": "은/는", "는": "은/는", "이": "이/가", "가": "이/가", "을": "을/를", "를": "을/를", "과": "과/와", "와": "과/와", "으로": "으로/로", "로": "으로/로",
}

// wrongJosa finds a particle that the sound of the word before it does not take.
func wrongJosa(c Card, l *Lexicon) (string, bool) {
	token := ""
	l.eachWrongJosa(c.Stem, func(from, to int, _ string) {
		if token == "" {
			token = c.Stem[from:to]
		}
	})
	return token, token != ""
}

// MendJosa is a stem with particles that follow from how its words sound:
// words that are the note's own may have been written with others, or stood
// before other words.
func (l *Lexicon) MendJosa(stem string) string {
	var b strings.Builder
	done := 0
	l.eachWrongJosa(stem, func(from, to int, want string) {
		b.WriteString(stem[done:from] + want)
		done = to
	})
	return b.String() + stem[done:]
}

// eachWrongJosa calls f with the place of each word whose particle is not the
// one that its sound takes, up to the end of the particle, and with the word as
// it should be. Words of Latin letters, digits and marks count, and of Korean
// ones those that are names: of 가을 nobody can tell otherwise that it has no
// particle.
func (l *Lexicon) eachWrongJosa(stem string, f func(from, to int, want string)) {
	for _, m := range followed.FindAllStringSubmatchIndex(stem, -1) {
		word, form := stem[m[2]:m[3]], stem[m[4]:m[5]]
		if short, ok := strings.CutSuffix(word, "으"); ok && form == "로" && short != "" {
			word, form = short, "으로"
		}
		bare := strings.Trim(word, "`\"'“”‘’()[]{}")
		letters := []rune(word)
		last := letters[len(letters)-1]
		switch {
		case bare == "", strings.Contains(word, Blank), bothForms.MatchString(word):
			continue
		case korean.IsHangul(last) && (l.ids[Normal(bare)] == "" || len([]rune(bare)) < 2):
			continue
		}
		if want := l.reader.Josa(word, josaPair[form]); want != form && l.reader.Reads(word) {
			f(m[2], m[5], word+want)
		}
	}
}
