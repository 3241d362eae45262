package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// Parse reads one note into a graph, as a Parser with the options does.
func Parse(file string, src []byte, o Options) (*Graph, error) { return New(o).Parse(file, src) }

// A Parser reads notes with the same options: the glossary is made ready once.
// It is safe for several goroutines.
type Parser struct {
	options Options
	gloss   *glossary
}

// New makes a Parser.
func New(o Options) *Parser { return &Parser{options: o, gloss: newGlossary(o.Glossary)} }

// Parse reads one note into a graph. A refusal is an *InputError; whatever else
// a note holds is read, and what was not understood becomes a Notice.
func (p *Parser) Parse(file string, src []byte) (*Graph, error) {
	doc, err := ParseDocument(file, src)
	if err != nil {
		return nil, err
	}
	return p.ReadGraph(doc), nil
}

// ReadGraph reads the facts, snippets and commands of a document.
func (p *Parser) ReadGraph(doc *Document) *Graph {
	r := &reader{doc: doc, gloss: p.gloss, graph: &Graph{Notices: doc.Notices}, concepts: map[string]int{}}
	r.join(r.readParts(partsOf(doc.Blocks)))
	r.finish()
	if p.options.Prose {
		r.readProse()
	}
	return r.graph
}

// factsMax bounds the facts of one note.
const factsMax = 500_000

// A reader turns one document, or a part of it, into a graph.
type reader struct {
	doc      *Document
	gloss    *glossary
	graph    *Graph
	concepts map[string]int   // index in graph.Concepts by id
	known    map[string]bool  // ids that headings or short items name
	seen     map[factKey]bool // facts already there
	step     map[*Block]bool  // items read as steps of an order
	above    string           // words of the nearest statement above
	byName   map[nameKey]nameValue
	given    map[*Block]given // by item
	asked    string           // the question of a line "Q. …" that waits for its "A. …"
	fresh    bool             // nothing but code stands between the heading and here
	count    int              // facts of the present statement
}

func (r *reader) knows(id string) bool { return r.known[id] }

// learnNames notes what the headings and short items call by name, so that a
// sentence further up may already speak of it.
func (r *reader) learnNames(blocks []*Block) {
	for _, b := range blocks {
		switch b.Kind {
		case HeadingBlock:
			if s, ok := r.named(b.Text, b); ok {
				r.known[s.id] = true
			}
		case ItemBlock:
			if s, ok := r.named(b.Text, b); ok && wordCount(s.name) <= 2 && len(b.Children) > 0 {
				r.known[s.id] = true
			}
		}
		r.learnNames(b.Children)
	}
}

func (r *reader) blocks(blocks []*Block) {
	for _, b := range blocks {
		switch b.Kind {
		case HeadingBlock:
			r.heading(b)
		case ParagraphBlock, ItemBlock:
			r.words(b)
		case ListBlock:
			r.steps(b)
			r.blocks(b.Children)
			continue
		case CodeBlock:
			r.code(b)
		case TableBlock:
			r.table(b)
			continue
		case HTMLBlock:
			r.html(b)
		}
		if b.Kind == ItemBlock && (r.isName(b) || strings.HasSuffix(b.Text, "?")) {
			r.fresh = true
		}
		r.blocks(b.Children)
	}
}

// isName reports an item that only names what its children speak of.
func (r *reader) isName(b *Block) bool {
	_, ok := r.named(b.Text, b)
	return ok && len(b.Children) > 0 && !strings.Contains(b.Text, ": ")
}

func (r *reader) heading(b *Block) {
	r.above, r.fresh, r.asked = b.title(), true, ""
	if s, ok := r.named(b.Text, b); ok {
		r.concept(s)
	}
}

// words reads the sentences of a paragraph or an item.
func (r *reader) words(b *Block) {
	if b.Text == "" || b.Links > 0 && strings.TrimSpace(b.Linked) == strings.TrimSpace(b.Text) {
		return // a table of contents
	}
	inherited, labels := r.subjectOf(b)
	first := r.fresh
	for i, p := range sentences(b.Text) {
		r.sentence(b, p, inherited, labels, first)
		first = false
		if i == 0 {
			inherited = r.ledBy(b, p.text, inherited)
		}
	}
	r.above = b.Text
	if !r.isName(b) && !isLabel(cleanTitle(b.Text)) {
		r.fresh = false
	}
}

// ledTerm is the term of "브리지(bridge): 기본 드라이버. …".
var ledTerm = prefilter.MustCompile("^[*_`]*([^:：.,?!()`*]{1,30}?)[*_`]*\\s*(?:\\([^()]*\\))?[*_`]*\\s*[:：]\\s+\\S")

// ledBy is what the further sentences of an item speak of whose first one
// begins with a term and a colon: of the term.
func (r *reader) ledBy(b *Block, text string, inherited subject) subject {
	m := ledTerm.FindStringSubmatch(text)
	if m == nil || isLabel(cleanTitle(m[1])) {
		return inherited
	}
	if s, ok := r.named(cleanTitle(m[1]), b); ok {
		return s
	}
	return inherited
}

// sentenceRunesMax bounds the text in which patterns are looked for, in runes.
const sentenceRunesMax = 600

func (r *reader) sentence(b *Block, p piece, inherited subject, labels []string, first bool) {
	r.codes(b, p)
	st := statement{block: b, text: p.text, off: p.off, subject: inherited, labels: labels, first: first && b.Number == 0}
	st.trim(callout.FindString(st.text))
	st.trim(callout.FindString(st.text)) // a sign, then 주의:
	st.trim(itemNumber.FindString(st.text))
	if lead := asideLead.FindString(st.text); lead != "" {
		st.aside, st.first = true, false
		st.trim(lead)
	} else if lead := exampleLead.FindString(st.text); lead != "" && len(lead) < len(st.text) {
		st.example, st.first = true, false
		st.trim(lead)
	}
	st.text = strings.TrimSpace(st.text)
	if defaultAlone.MatchString(plainWords(st.text)) && r.parentIsDefault(st) {
		return
	}
	if authorTalk.MatchString(plainWords(st.text)) {
		readParentheses(r, st)
		return
	}
	if r.nothing(st) {
		return
	}
	st.title = !st.first && isTitle(st) && !strings.ContainsAny(st.text, "`:=?(→")
	if utf8.RuneCountInString(st.text) > sentenceRunesMax {
		r.notice(st, "문장이 너무 길어 읽지 않았습니다.")
		return
	}
	var explicit bool
	st.subject, st.topic, st.rest, explicit = r.split(st.text, inherited)
	if st.aside && !explicit {
		// A side remark does not speak of what stands above it.
		st.subject = subject{id: inherited.id, kind: inherited.kind}
	}
	before := len(r.graph.Facts)
	r.count = 0
	for _, pat := range patterns {
		if pat.read(r, st) {
			break
		}
	}
	if len(r.graph.Facts) == before && r.asked == "" && !r.step[b] && !isTitle(st) {
		r.notice(st, "사실로 읽지 못한 문장입니다.")
	}
}

// isTitle reports an item that is only the title of what stands below it.
func isTitle(st statement) bool {
	text := plainWords(st.text)
	return len(st.block.Children) > 0 && !sentenceEnd.MatchString(text) && wordCount(text) <= titleWordsMax
}

// titleWordsMax bounds the words of a title.
const titleWordsMax = 6

func (st *statement) trim(lead string) {
	st.text = st.text[len(lead):]
	st.off += len(lead)
}

// nothing reports lines that are no statement: labels, names alone, dots, remarks.
func (r *reader) nothing(st statement) bool {
	text := plainWords(st.text)
	letters := 0
	for _, c := range text {
		if c == '.' || c == ' ' || c == '…' {
			continue
		}
		letters++
	}
	if letters < 2 || addressOnly.MatchString(text) || isLabel(cleanTitle(text)) {
		return true
	}
	if len(st.block.Children) > 0 && !strings.Contains(st.text, "`") {
		if s, ok := r.named(text, st.block); ok && s.name == cleanTitle(text) && wordCount(text) <= 4 {
			return true // a name with its facts below
		}
	}
	return false
}

// codes notes the commands in the inline code of a sentence.
func (r *reader) codes(b *Block, p piece) {
	for _, m := range codeSpans.FindAllStringSubmatchIndex(p.text, -1) {
		code := p.text[m[2]:m[3]]
		if c := asCommand(code); c != "" && wordCount(c) > 1 {
			r.command(b, c, p.off+m[2], p.off+m[3], describeCode(p.text, m[0], m[1]))
		}
	}
}

func (r *reader) code(b *Block) {
	if len(b.Code) == 0 || strings.TrimSpace(strings.Join(b.Code, "")) == "" {
		return
	}
	if isYAML(b) {
		s := r.snippet(b)
		r.graph.Snippets = append(r.graph.Snippets, s)
		r.yamlFacts(b, s)
		return
	}
	r.consoleFacts(b)
}

func (r *reader) html(b *Block) {
	for _, line := range b.Code {
		if hangulAnywhere.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(line), "<!--") {
			p := r.doc.places.at(r.doc.text, b.codeAt[0])
			r.graph.Notices = append(r.graph.Notices, Notice{Span{p, p.Line}, "HTML로 적힌 부분은 읽지 않았습니다."})
			return
		}
	}
}

func (r *reader) notice(st statement, text string) {
	r.graph.Notices = append(r.graph.Notices, Notice{Span: r.span(st), Text: text})
}

func (r *reader) span(st statement) Span {
	return r.doc.Span(st.block, st.off, st.off+len(st.text))
}

// add puts a fact into the graph with its place and words, unless it is there.
func (r *reader) add(st statement, pattern string, f Fact) {
	f.Topic, f.Path, f.Span = st.block.topic(), st.block.path(), r.span(st)
	f.Words = plainWords(st.text)
	r.addPlaced(pattern, f)
}

func (r *reader) addPlaced(pattern string, f Fact) {
	if f.Object = strings.TrimSpace(plainWords(f.Object)); f.Relation != CommandFor {
		f.Object = strings.TrimRight(strings.Trim(f.Object, " ,;:·\"'“”‘’"), " .,")
	}
	f.About = strings.Trim(plainWords(f.About), " ,.;:·")
	f.Pattern = pattern
	if f.Object == "" || f.Subject == "" && f.About == "" && f.Words == "" || len(r.graph.Facts) > factsMax {
		return
	}
	if f.Term && f.Relation != Condition {
		if t, ok := r.gloss.lookup(f.Object); ok {
			f.Aliases = mergeStrings(f.Aliases, t.others(f.Object))
		}
	}
	f.Aliases = without(f.Aliases, f.Object)
	key := factKey{f.Subject, fold(f.Object), f.About, f.Condition, f.Relation, f.Span.Line}
	if r.seen[key] {
		return
	}
	r.seen[key] = true
	r.count++
	r.graph.Facts = append(r.graph.Facts, f)
}

// A factKey is what makes two facts of a line the same.
type factKey struct {
	subject, object, about, condition string
	relation                          Relation
	line                              int
}

// without is list without the spellings of s; the list itself stays as it was.
func without(list []string, s string) []string {
	var out []string
	for _, have := range list {
		if have = strings.TrimRight(have, ". "); have != s && have != "" {
			out = addOnce(out, have)
		}
	}
	return out
}

// names adds a fact whose answer is the subject itself.
func (r *reader) names(st statement, pattern string, rel Relation, s subject, about string) {
	about = strings.Trim(plainWords(about), " ,.:")
	if at := strings.Index(about, ". "); at > 0 && hangulAnywhere.MatchString(about[:at]) {
		about = about[:at] // the first sentence says what it is
	}
	if rel == Definition {
		about = noCopula(about)
	}
	if s.id == "" || s.name == "" || utf8.RuneCountInString(about) < aboutRunesMin {
		return
	}
	for i := len(r.graph.Facts) - 1; i >= 0 && i >= len(r.graph.Facts)-r.count; i-- {
		if f := r.graph.Facts[i]; f.Object == s.name && (f.About == about || strings.Contains(about, f.About) && f.About != "") {
			return // the statement said so already
		}
	}
	r.concept(s)
	r.add(st, pattern, Fact{Subject: s.id, Relation: rel, Object: s.name, Aliases: s.aliases, Term: true, About: about, Negative: negative(about)})
}

// aboutRunesMin: a shorter description tells nothing apart.
const aboutRunesMin = 4
