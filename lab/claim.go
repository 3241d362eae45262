package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"gieok/korean"
	"gieok/parser"
)

// A claim is a false statement in the words that it may be made of, whatever
// their order, particles, spaces and endings: a "# claim:" of an experiment.
// Its groups are parted by commas, a group's words by bars; each group but the
// refused ones must stand in one clause of a sentence, and what the last one
// says must come last, as a predicate does.
//
//	{service}, 기본, 타입|종류, NodePort
//
// {service} is what the glossary calls it, @remove a row of synonyms.json. Before
// a group, ^ lets it stand above the sentence too, ! refuses it, and a group ~
// wants a clause that denies.
type claim struct {
	groups []wordGroup
	denies bool
}

type wordGroup struct {
	words   []claimWord
	above   bool
	refused bool
}

// A claimWord is a word as squeezed, and longer ones that begin with it and are
// something else: no 노드포트 is a 노드.
type claimWord struct {
	text   string
	longer []string
}

// claimGroupsMax bounds the groups of a claim.
const claimGroupsMax = 8

// readClaim reads a line with the words of a vocabulary.
func readClaim(line string, v *vocabulary) (claim, error) {
	var c claim
	for part := range strings.SplitSeq(line, ",") {
		part = strings.TrimSpace(part)
		if part == "~" {
			c.denies = true
			continue
		}
		var g wordGroup
		part, g.above = strings.CutPrefix(part, "^")
		part, g.refused = strings.CutPrefix(part, "!")
		for w := range strings.SplitSeq(part, "|") {
			known := v.words(strings.TrimSpace(w))
			if len(known) == 0 {
				return c, fmt.Errorf("claim %q: unknown word %q", line, w)
			}
			g.words = append(g.words, known...)
		}
		c.groups = append(c.groups, g)
	}
	if n := len(c.groups); n < 2 || n > claimGroupsMax || c.groups[n-1].refused {
		return c, fmt.Errorf("claim %q: want 2 to %d groups, the last one not refused", line, claimGroupsMax)
	}
	return c, nil
}

// squeeze is text without what writers differ in: capitals, marks, and spaces
// but those between two words of ASCII.
func squeeze(text string) string {
	var b strings.Builder
	space, last := false, rune(0)
	for _, r := range strings.ToLower(korean.NFC(text)) {
		switch {
		case r == ' ' || r == '\t' || r == '\n':
			space = true
			continue
		case strings.ContainsRune("`*_\"'“”‘’", r):
			continue
		}
		if space && asciiWord(last) && asciiWord(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		space, last = false, r
	}
	return b.String()
}

func asciiWord(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

var (
	// doubt are words by which a sentence, or what stands above it, holds what it
	// says at a distance.
	doubt = regexp.MustCompile(`틀린|틀렸|오해|착각|오답|잘못|실수|헷갈|혼동|생각하|생각하지만|줄 알|알고 있지만|과연|❌|⚠|\?\s*$|(?i:myth|wrong|misconception)`)
	// contrast are words by which a clause speaks of something else beside.
	contrast = regexp.MustCompile(`[와과] ?(?:는 |는)?(?:달리|다르게|반대로)|에 비해|대신|반면|반대로|이외|외에는|제외하고|했던|였던|예전|과거|원래|구버전|이전 버전`)
	negation = regexp.MustCompile(`아니|않|아님|아닌|없|못|(?:^|\s)안\s?[된되돼됨됩하한해함했받만보쓴쓰나생지걸남바뜬맞]|불가|금지|말아|말고|거부|(?i:\bnot\b)`)
	// supposed is what denies in a condition alone: "적지 않으면".
	supposed = regexp.MustCompile(`없이도?|(?:않|없|못|아니)\S*(?:면|도)(?:\s|,|$)|(?:않|없|못|아닌)\S* ?(?:경우|때|상태)`)
	// clauseEnd is a comma or its like.
	clauseEnd = regexp.MustCompile(`[,;]\s|지만[,\s]|[가-힣]고\s|[.!]\s|\s[→⇒/]\s|->|=>`)
	// openEnd ends what the next clause goes on with, goesOn begins it.
	openEnd = regexp.MustCompile(`(?:면|때|경우|후|뒤|서|도|에|은|는)$`)
	goesOn  = regexp.MustCompile(`^(?:있|싶|나서|나면|난)`)
)

// A spoken is a sentence as claims are held against it.
type spoken struct {
	above   string // squeezed, with the sentence
	clauses []clause
}

type clause struct {
	text   string // squeezed
	denies bool
}

// speak splits a sentence; what doubts has no clauses.
func speak(s *parser.Sentence) spoken {
	above := strings.Join(s.Path, "\n")
	out := spoken{above: squeeze(above + "\n" + s.Text)}
	if doubt.MatchString(s.Text) || doubt.MatchString(above) {
		return out
	}
	start := 0
	add := func(text string) {
		if contrast.MatchString(text) {
			return
		}
		out.clauses = append(out.clauses, clause{squeeze(text), negation.MatchString(supposed.ReplaceAllString(text, " "))})
	}
	for _, at := range clauseEnd.FindAllStringIndex(s.Text, -1) {
		if !openEnd.MatchString(s.Text[start:at[0]]) && !goesOn.MatchString(s.Text[at[1]:]) {
			add(s.Text[start:at[1]])
			start = at[1]
		}
	}
	add(s.Text[start:])
	return out
}

// in reports whether a clause of the sentence makes the claim.
func (c *claim) in(s *spoken) bool {
	return slices.ContainsFunc(s.clauses, func(part clause) bool {
		return part.denies == c.denies && c.made(part.text, s.above)
	})
}

func (c *claim) made(text, above string) bool {
	last := c.groups[len(c.groups)-1].last(text)
	if last < 0 {
		return false
	}
	for _, g := range c.groups[:len(c.groups)-1] {
		at := g.first(text)
		switch {
		case g.refused:
			if at >= 0 || g.above && g.first(above) >= 0 {
				return false
			}
		case at >= 0 && at <= last:
		case g.above && g.first(above) >= 0:
		default:
			return false
		}
	}
	return true
}

func (g *wordGroup) first(text string) int {
	at := -1
	for i := range g.words {
		if k := g.words[i].in(text); k >= 0 && (at < 0 || k < at) {
			at = k
		}
	}
	return at
}

func (g *wordGroup) last(text string) int {
	at := -1
	for i := range g.words {
		for from := 0; ; {
			k := g.words[i].in(text[from:])
			if k < 0 {
				break
			}
			at = max(at, from+k)
			from += k + len(g.words[i].text)
		}
	}
	return at
}

// in is where a word first stands as such in a squeezed text, -1 for nowhere.
func (w *claimWord) in(text string) int {
	for from := 0; ; {
		k := strings.Index(text[from:], w.text)
		if k < 0 {
			return -1
		}
		at, end := from+k, from+k+len(w.text)
		if !w.goesOn(text, at, end) {
			return at
		}
		from = end
	}
}

// goesOn reports whether what stands at text[at:end] is part of another word.
func (w *claimWord) goesOn(text string, at, end int) bool {
	if asciiWord(rune(w.text[0])) && at > 0 && asciiWord(rune(text[at-1])) {
		return true
	}
	if asciiWord(rune(w.text[len(w.text)-1])) && end < len(text) && asciiWord(rune(text[end])) && !plural(text[end:]) {
		return true
	}
	return slices.ContainsFunc(w.longer, func(l string) bool { return strings.HasPrefix(text[at:], l) })
}

func plural(rest string) bool {
	return rest[0] == 's' && (len(rest) == 1 || !asciiWord(rune(rest[1])))
}

// A vocabulary is the words that claims are made of.
type vocabulary struct {
	terms    map[string][]string // the glossary's, by id
	synonyms map[string][]string // rows of synonyms.json
	squeezed []string            // all terms, sorted
	read     map[string][]claimWord
}

// synonymsFile has words that say the same, a row each.
const synonymsFile = "glossary/synonyms.json"

func readVocabulary(content fs.FS, terms map[string][]string) (*vocabulary, error) {
	synonyms := map[string][]string{}
	src, err := fs.ReadFile(content, synonymsFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("lab: synonyms: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(src, &synonyms); err != nil {
			return nil, fmt.Errorf("lab: %s: %w", synonymsFile, err)
		}
	}
	return newVocabulary(terms, synonyms), nil
}

func newVocabulary(terms, synonyms map[string][]string) *vocabulary {
	v := &vocabulary{terms: terms, synonyms: synonyms, read: map[string][]claimWord{}}
	for _, words := range terms {
		for _, w := range words {
			v.squeezed = append(v.squeezed, squeeze(w))
		}
	}
	slices.Sort(v.squeezed)
	v.squeezed = slices.Compact(v.squeezed)
	return v
}

// words are those that a word of a claim stands for, none if it is not known.
func (v *vocabulary) words(w string) []claimWord {
	if known, ok := v.read[w]; ok {
		return known
	}
	var known []string
	switch name, braced := strings.CutPrefix(w, "{"); {
	case braced:
		known = v.terms[strings.TrimSuffix(name, "}")]
	case strings.HasPrefix(w, "@"):
		known = v.synonyms[w[1:]]
	case w != "":
		known = []string{w}
	}
	out := make([]claimWord, 0, len(known))
	for _, k := range known {
		text := squeeze(k)
		out = append(out, claimWord{text: text, longer: v.longer(text)})
	}
	v.read[w] = out
	return out
}

// longer are the terms that begin with a word and go on.
func (v *vocabulary) longer(word string) []string {
	from, same := slices.BinarySearch(v.squeezed, word)
	if same {
		from++
	}
	to := from
	for to < len(v.squeezed) && strings.HasPrefix(v.squeezed[to], word) {
		to++
	}
	return v.squeezed[from:to]
}
