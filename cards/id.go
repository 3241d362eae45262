package cards

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"unicode"

	"gieok/korean"
)

// suffixDigits is how many base32 digits tell cards apart that ask the same
// and answer differently.
const suffixDigits = 4

// NewID is <concept>/<relation>/<key>#<kind>[-<direction>]. Concept and key
// are made by Key; direction may be empty.
func NewID(concept, relation, key string, kind Kind, direction string) ID {
	id := concept + "/" + relation + "/" + key + "#" + string(kind)
	if direction != "" {
		id += "-" + direction
	}
	return ID(id)
}

// Key is a term as part of an ID: NFC, lower case, without particles, blanks
// as hyphens. The marks that divide an ID become hyphens, too.
func Key(term string) string {
	words := strings.Fields(strings.ToLower(korean.NFC(term)))
	if strings.HasPrefix(term, "-") {
		return strings.Join(words, "-") // a flag keeps its dashes
	}
	if n := len(words); n > 0 {
		if stem, _ := korean.StripJosa(words[n-1]); stem != "" {
			words[n-1] = stem
		}
	}
	key := strings.Map(func(r rune) rune {
		if r == '/' || r == '#' || r == '~' || unicode.IsControl(r) {
			return '-'
		}
		return r
	}, strings.Join(words, "-"))
	return strings.Trim(key, "-")
}

// CommandKey is the key of a command line: its verb words and the names of its
// flags, sorted, without names and values.
func CommandKey(line string) string {
	var words, flags []string
	verbs := 0
	for i, w := range strings.Fields(line) {
		switch {
		case w == "|" || w == "&&" || w == ";":
			verbs = 0
			continue
		case strings.HasPrefix(w, "-") && len(w) > 1:
			name, _, _ := strings.Cut(w, "=")
			flags = append(flags, name)
		case i == 0 || verbs == 0:
			words = append(words, w)
			verbs = verbsOf(w)
		case verbs > 1 && !strings.ContainsAny(w, "={/"):
			words = append(words, w)
			if verbs--; verbs == 1 && hasSubcommands(w) {
				verbs++
			}
		}
	}
	slices.Sort(flags)
	return Key(strings.Join(append(words, slices.Compact(flags)...), " "))
}

// verbsOf is one more than the number of verb words that follow program.
func verbsOf(program string) int {
	if program == "kubectl" || program == "k" {
		return 2
	}
	return 1
}

func hasSubcommands(verb string) bool {
	return slices.Contains([]string{"create", "rollout", "set", "top", "auth", "certificate", "config"}, verb)
}

// Normal is text as answers are compared for identity: NFKC, lower case, letters,
// digits and symbols alone. Flags stay as they are: -l is not -L.
func Normal(text string) string {
	if strings.HasPrefix(text, "-") || strings.Contains(text, " -") {
		var b strings.Builder
		for _, w := range strings.Fields(text) {
			if strings.HasPrefix(w, "-") {
				b.WriteString(w)
			} else {
				b.WriteString(normalWord(w))
			}
		}
		return b.String()
	}
	return normalWord(text)
}

func normalWord(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsSymbol(r) {
			return r
		}
		return -1
	}, strings.ToLower(korean.NFKC(text)))
}

// Apart is id with its key told apart by text: ~ and base32 digits of the
// sha256 of what Normal leaves of it.
func (id ID) Apart(text string) ID {
	at := strings.LastIndexByte(string(id), '#')
	if at < 0 {
		return id
	}
	sum := sha256.Sum256([]byte(Normal(text)))
	digits := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:suffixDigits]
	return id[:at] + ID("~"+digits) + id[at:]
}

// Merge makes IDs unique. Cards with one ID and one answer become the first of
// them with the sources and accepted answers of all; cards with one ID and
// different answers are told apart by their answers. The order is kept.
func Merge(all []Card) []Card {
	answers := map[ID][]string{}
	for _, c := range all {
		if n := Normal(c.Answer); !slices.Contains(answers[c.ID], n) {
			answers[c.ID] = append(answers[c.ID], n)
		}
	}
	var out []Card
	place := map[ID]int{}
	for _, c := range all {
		if len(answers[c.ID]) > 1 {
			c.ID = c.ID.Apart(c.Answer)
		}
		at, seen := place[c.ID]
		if !seen {
			place[c.ID] = len(out)
			out = append(out, c)
			continue
		}
		first := &out[at]
		first.Sources = appendNew(first.Sources, c.Sources)
		first.Accepted = appendNew(first.Accepted, c.Accepted)
	}
	return out
}

func appendNew[T comparable](list, more []T) []T {
	list = slices.Clip(list)
	for _, v := range more {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}
