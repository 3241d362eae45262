package kind

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gieok/cards"
	"gieok/korean"
	"gieok/parser"
	"gieok/prefilter"
)

// tailWordsMax is how many words may follow a blank for a number: more, and the
// number belongs to a side remark.
const tailWordsMax = 3

var (
	thisKind      = prefilter.MustCompile(`^(?:이|해당) ([가-힣]+의) `)
	stepTitle     = prefilter.MustCompile(`(방법|이유|까닭|순서|과정|절차)$`)
	sentenceStop  = prefilter.MustCompile(`([가-힣]다|[가-힣][음함됨임]|값)\. `)
	gluedSentence = prefilter.MustCompile(`^(.*[가-힣]다) \([^()]*\) \S`)
	firstClause   = prefilter.MustCompile(`^(.*[가-힣])(며|고), (.*)$`)
	bothForms     = map[string]string{
		"을": "을(를)", "를": "을(를)", "은": "은(는)", "는": "은(는)", "이": "이(가)", "가": "이(가)",
		"과": "와(과)", "와": "와(과)", "로": "(으)로", "으로": "(으)로", "라는": "(이)라는", "이라는": "(이)라는",
		"이다": "(이)다", "다": "(이)다", "나": "(이)나", "이나": "(이)나",
	}
)

// planCloze leaves a term out of the note's own sentence.
func planCloze(b *book) []draft {
	var out []draft
	for i := range b.graph.Facts {
		f := &b.graph.Facts[i]
		if !f.Term || f.About != "" {
			continue
		}
		stem, answer := b.blank(f)
		if stem == "" || b.askedBetter(f) {
			continue
		}
		c := b.card(f, cards.Cloze, "", b.key(f.Object))
		c.Stem, c.Answer = stem, answer
		c.Accepted = b.otherWays(f, answer, f.Aliases)
		if answer != f.Object {
			c.Accepted = append([]string{f.Object}, c.Accepted...)
		}
		c.Difficulty = 2
		out = append(out, b.draft(f, c))
	}
	return out
}

// blank is the sentence of f with its object left out, and what was left out.
func (b *book) blank(f *parser.Fact) (stem, answer string) {
	sentence := sentenceWith(f.Words, f.Object)
	sentence = thisKind.ReplaceAllString(sentence, b.name(f.Subject)+" $1 ")
	if sentence == "" || strings.ContainsAny(sentence, "?{}[]") || strings.Contains(sentence, "cf.") {
		return "", ""
	}
	at := strings.Index(sentence, f.Object)
	if at < 0 {
		return "", ""
	}
	answer = f.Object
	before, after := sentence[:at], sentence[at+len(answer):]
	if strings.HasPrefix(after, "/") || strings.HasSuffix(before, "/") {
		return "", "" // one of a row
	}
	if r, _ := utf8.DecodeLastRuneInString(before); unicode.IsLetter(r) || unicode.IsDigit(r) {
		return "", ""
	}
	if m := numberUnit.FindStringSubmatch(answer); m != nil && f.Pattern == "number" {
		if tail := strings.Fields(parenthesis.ReplaceAllString(after, "")); len(tail) > tailWordsMax {
			return "", ""
		}
		answer, after = m[1], m[2]+after
	}
	if strings.HasPrefix(after, "(") {
		after = strings.TrimSpace(after[strings.IndexByte(after, ')')+1:])
	}
	if before == "" && strings.HasPrefix(after, " ") && f.Pattern == "term" && len(strings.Fields(after)) > 2 && korean.HasHangul(answer) {
		return "", "" // what it is in the sentence can't be told
	}
	after, ok := bothParticles(after)
	if !ok {
		return "", ""
	}
	if tail := strings.Fields(after); strings.HasPrefix(after, " ") && (len(tail) == 1 || len(tail) == 2 && tail[1] == "가능") && f.Pattern != "number" {
		after = "을(를)" + after // the note left the particle out
	}
	raw := strings.TrimSpace(before + cards.Blank + after)
	text := b.reader.Plain(raw)
	if m, ok := korean.Modifier(trailing(raw)); ok && strings.HasSuffix(m, "인") && strings.HasSuffix(text, "다") {
		text = raw // a thing, no sentence
	}
	if !strings.HasSuffix(text, ".") && korean.HasHangul(text[max(0, len(text)-6):]) && strings.HasSuffix(text, "다") {
		text += "."
	}
	return b.context(f, text) + text, answer
}

// askedBetter reports whether another fact of the same line asks for the term
// by what the note says of it.
func (b *book) askedBetter(f *parser.Fact) bool {
	if f.Pattern != "term" {
		return false
	}
	for _, i := range b.index.line[placeKey{f.Span.File, f.Span.Line}] {
		o := &b.graph.Facts[i]
		if o.About == "" {
			continue
		}
		if o.About == f.Object || o.Condition != "" && strings.Contains(o.Object, f.Object) || o.Object == f.Object ||
			o.Relation == parser.Definition && b.namesSubject(o) && strings.Contains(o.About, f.Object) {
			return true
		}
	}
	return false
}

// sentenceWith is the sentence of words that holds object, and of two clauses
// with one subject the first if object stands there.
func sentenceWith(words, object string) string {
	rest := words
	for {
		m := sentenceStop.FindStringIndex(rest)
		if m == nil {
			break
		}
		if strings.Contains(rest[:m[1]], object) {
			rest = rest[:m[1]-1]
			break
		}
		rest = rest[m[1]:]
	}
	if head, tail, ok := strings.Cut(rest, ": "); ok && !strings.Contains(head, object) && len(strings.Fields(tail)) > 3 {
		rest = tail
	}
	if at := strings.Index(rest, " ex."); at > 0 {
		rest = rest[:at]
	}
	rest = strings.TrimSpace(edgeMark.ReplaceAllString(strings.TrimSpace(rest), ""))
	if m := firstClause.FindStringSubmatch(rest); m != nil && strings.Contains(m[1], object) && !strings.Contains(m[3], object) {
		if noun, ok := clipped(m[1], m[2]); ok {
			rest = noun
		}
	}
	if m := gluedSentence.FindStringSubmatch(rest); m != nil && strings.Contains(m[1], object) {
		rest = m[1]
	}
	if !strings.Contains(rest, object) {
		return ""
	}
	return rest
}

// clipped gives a clause that ends in 며 the clipped ending of a note: 받으며 → 받음.
func clipped(clause, ending string) (string, bool) {
	if ending != "며" {
		return "", false
	}
	if stem, ok := strings.CutSuffix(clause, "으"); ok {
		return stem + "음", true
	}
	last, size := utf8.DecodeLastRuneInString(clause)
	lead, vowel, tail, ok := korean.Split(last)
	if !ok || tail != 0 {
		return "", false
	}
	closed, ok := korean.Join(lead, vowel, 'ㅁ')
	return clause[:len(clause)-size] + string(closed), ok
}

// bothParticles makes the particle behind a blank tell nothing.
func bothParticles(after string) (string, bool) {
	end := strings.IndexAny(after, " .,(")
	if end < 0 {
		end = len(after)
	}
	word := after[:end]
	if both, ok := bothForms[word]; ok {
		return both + after[end:], true
	}
	for _, start := range []string{"이", "가", "을", "를", "은", "는"} {
		if strings.HasPrefix(word, start) && len([]rune(word)) == 2 && bothForms[start] != "" {
			return "", false
		}
	}
	return after, true
}

// context names what a sentence speaks of when it doesn't say so itself.
func (b *book) context(f *parser.Fact, text string) string {
	for i := len(f.Path) - 1; i > 0 && i >= len(f.Path)-1; i-- {
		p := strings.TrimSpace(edgeMark.ReplaceAllString(f.Path[i], ""))
		if stepTitle.MatchString(p) && len([]rune(p)) <= cards.TypedRunesMax && b.words.Named(p) && !cards.Visible(f.Object, p) {
			return p + ": "
		}
	}
	if b.named(f.Subject, text) {
		return ""
	}
	name := b.name(f.Subject)
	if cards.Visible(f.Object, name) {
		return ""
	}
	if n := len(f.Path); n > 0 && f.Path[n-1] == "특징" {
		return name + "의 특징: "
	}
	if topic := b.topicName(f.Topic); topic != "" && topic != name && b.term[f.Subject] == nil && !cards.Visible(topic, name+" "+text) && !cards.Visible(f.Object, topic) {
		return topic + "의 " + name + ": "
	}
	return name + ": "
}
