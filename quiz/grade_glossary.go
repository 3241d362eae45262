package quiz

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gieok/korean"
)

// A Term is one entry of the glossary, in all its spellings.
type Term struct {
	ID         string            `json:"id"`
	Ko         []string          `json:"ko"`
	En         []string          `json:"en"`
	Abbr       []string          `json:"abbr"`
	Kind       string            `json:"kind"` // resource, field, value, concept, component, command
	Reading    string            `json:"reading"`
	Readings   map[string]string `json:"readings"`
	Confusable []string          `json:"confusable"` // ids that are never a slip of this one
}

// Terms is a glossary that can be searched by spelling. The zero value knows
// no term.
type Terms struct {
	list    []Term
	exact   map[string][]int // spelling without spaces
	folded  map[string][]int // the same in lower case
	byParts map[string][]int // parts of names in lower case: stateful, set
	ordered []string         // the keys of folded, sorted
}

// glossaryBytesMax bounds a glossary file.
const glossaryBytesMax = 4 << 20

// ReadTerms reads a glossary: a JSON array of Term.
func ReadTerms(src []byte) (Terms, error) {
	if len(src) > glossaryBytesMax {
		return Terms{}, fmt.Errorf("glossary is larger than %d bytes", glossaryBytesMax)
	}
	var list []Term
	if err := json.Unmarshal(src, &list); err != nil {
		return Terms{}, fmt.Errorf("read glossary: %w", err)
	}
	return NewTerms(list), nil
}

// NewTerms makes list searchable.
func NewTerms(list []Term) Terms {
	t := Terms{list: list, exact: map[string][]int{}, folded: map[string][]int{}, byParts: map[string][]int{}}
	add := func(table map[string][]int, key string, i int) {
		if key != "" && !slices.Contains(table[key], i) {
			table[key] = append(table[key], i)
		}
	}
	for i, term := range list {
		for _, reading := range term.aloud() {
			if key := fold(reading); len(t.folded[key]) == 0 {
				add(t.folded, key, i)
			}
		}
		for _, spelling := range term.spellings() {
			add(t.exact, squeeze(spelling), i)
			add(t.folded, fold(spelling), i)
			for _, part := range nameParts(spelling) {
				add(t.byParts, part, i)
			}
		}
	}
	t.ordered = slices.Sorted(maps.Keys(t.folded))
	return t
}

func (t Term) spellings() []string { return slices.Concat(t.Ko, t.En, t.Abbr) }

// readingRunesMin keeps letters read by name (엠, 피오) out of the search.
const readingRunesMin = 3

// aloud is how the spellings of a term are read, where that names it.
func (t Term) aloud() []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(t.Readings)) {
		all = append(all, t.Readings[key])
	}
	all = append(all, t.Reading)
	return slices.DeleteFunc(all, func(reading string) bool { return utf8.RuneCountInString(reading) < readingRunesMin })
}

// List is the terms in the order of the glossary; it must not be changed.
func (t Terms) List() []Term { return t.list }

// find gives the term of a spelling: the exact one first, then without regard to case.
func (t Terms) find(spelling string) (Term, bool) {
	for _, hits := range [][]int{t.exact[squeeze(spelling)], t.folded[fold(spelling)]} {
		if len(hits) > 0 {
			return t.list[hits[0]], true
		}
	}
	return Term{}, false
}

// findWord is find, and then find without the particle or plural of the word.
func (t Terms) findWord(word string) (Term, bool) {
	for _, spelling := range wordForms(word) {
		if term, ok := t.find(spelling); ok {
			return term, true
		}
	}
	return Term{}, false
}

// wordForms are a word as it stands, without its particle, and without its plural.
func wordForms(word string) []string {
	forms := []string{word}
	if stem, particle := korean.StripJosa(word); particle != "" {
		forms = append(forms, stem)
	}
	for _, form := range forms {
		if single := singular(form); single != form {
			forms = append(forms, single)
		}
	}
	return forms
}

// singular drops the plural of a Latin name or of a Korean noun.
func singular(word string) string {
	if stem, ok := strings.CutSuffix(word, "들"); ok && len([]rune(stem)) > 1 {
		return stem
	}
	lower := strings.ToLower(word)
	switch {
	case len(word) < 4 || korean.HasHangul(word) || strings.HasSuffix(lower, "ss"):
		return word
	case strings.HasSuffix(lower, "sses") || strings.HasSuffix(lower, "xes") || strings.HasSuffix(lower, "ches"):
		return word[:len(word)-2]
	case strings.HasSuffix(lower, "ies"):
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(lower, "s"):
		return word[:len(word)-1]
	}
	return word
}

// nameParts takes a name of several words apart: StatefulSet gives stateful and
// set, 레디니스 프로브 its two words. A name of one word has no parts.
func nameParts(name string) []string {
	var parts []string
	var part []rune
	flush := func() {
		if len(part) > 0 {
			parts = append(parts, strings.ToLower(string(part)))
			part = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case r == ' ' || r == '-' || r == '.' || r == '_':
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && unicode.IsLower(runes[i-1]):
			flush()
		}
		part = append(part, r)
	}
	flush()
	if len(parts) < 2 {
		return nil
	}
	return parts
}
