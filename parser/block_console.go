package parser

import "unicode/utf8"

// consoleFacts reads the commands of a code block, and what the comment beside
// or above each says that it does.
func (r *reader) consoleFacts(b *Block) {
	inherited, _ := r.subjectOf(b)
	lines := consoleLines(b)
	for _, c := range lines {
		p := r.doc.places.at(r.doc.text, b.codeAt[c.line])
		p.Col += leadingBlanks(b.Code[c.line])
		span := Span{Pos: p, EndLine: p.Line + c.last - c.line}
		about := c.about
		if about == "" && len(lines) == 1 {
			about = plainWords(r.above) // the only command of a block does what the line above says
		}
		r.graph.Commands = append(r.graph.Commands, Command{Text: c.text, About: c.about, Topic: b.topic(), Path: b.path(), Span: span})
		if n := utf8.RuneCountInString(about); n < aboutRunesMin || n > aboutRunesMax || !hangulAnywhere.MatchString(about) || isLabel(about) {
			continue
		}
		r.addPlaced("console", Fact{
			Subject: inherited.id, Relation: CommandFor, Object: c.text, Term: true, About: about,
			Topic: b.topic(), Path: b.path(), Span: span, Words: b.Code[c.line],
		})
	}
}

func leadingBlanks(s string) int {
	n := 0
	for n < len(s) && isBlank(s[n]) {
		n++
	}
	return n
}
