package parser

import "fmt"

// A Pos is a place in a note. The zero Pos means "unknown".
type Pos struct {
	File string `json:"file"` // as given on the command line
	Line int    `json:"line"` // from 1; front matter counts
	Col  int    `json:"col"`  // from 1, in runes, so "한" is 1 and not 3
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// A Span is a Pos with the last line it reaches.
type Span struct {
	Pos
	EndLine int `json:"end_line"`
}

// A Relation says how the object of a fact belongs to its subject.
type Relation string

// The relations, named as in the gold facts.
const (
	Definition      Relation = "definition"
	Purpose         Relation = "purpose"
	Need            Relation = "need"
	HasProperty     Relation = "has-property"
	PropertyDefault Relation = "property-default"
	PropertyValue   Relation = "property-value"
	CommandFor      Relation = "command-for"
	OptionFor       Relation = "option-for"
	Example         Relation = "example"
	Condition       Relation = "condition"
	Consequence     Relation = "consequence"
	Contrast        Relation = "contrast"
	PartOf          Relation = "part-of"
	Manages         Relation = "manages"
	OrderOf         Relation = "order"
	Naming          Relation = "naming"
	Abbreviation    Relation = "abbreviation"
	Limitation      Relation = "limitation"
	Alias           Relation = "alias"
)

// A Term is one entry of the glossary: a concept with every way to write it.
type Term struct {
	ID         string            `json:"id"`
	Ko         []string          `json:"ko"`
	En         []string          `json:"en"`
	Abbr       []string          `json:"abbr"`
	Kind       string            `json:"kind"` // resource, concept, field, value, component, command
	Reading    string            `json:"reading"`
	Readings   map[string]string `json:"readings"`
	Confusable []string          `json:"confusable"`
}

// A Concept is a thing that the notes speak of.
type Concept struct {
	ID      string   `json:"id"` // glossary id, or the NFC lower-case term without particles
	Name    string   `json:"name"`
	Ko      []string `json:"ko,omitempty"`
	En      []string `json:"en,omitempty"`
	Aliases []string `json:"aliases,omitempty"`
	Kind    string   `json:"kind"`
	Span    Span     `json:"span"` // where the notes name it first
}

// A Fact is one statement of the notes: subject, relation, object. Object is
// what a question asks for; the stem is made of Subject, Relation, About and
// Condition. There are three shapes:
//
//   - Object names Subject itself (a definition, a purpose, a field with its
//     comment): About is the description and the question is "{About}: what is it?".
//   - Object is a term, value, number or command about Subject: About says which
//     ("기본값", "컨테이너의 개수", the task that a command does); when About is empty,
//     Words is a sentence that can be asked with Object left blank.
//   - Object is a clause (Term false): what happens or must be done under Condition,
//     or the short description of Subject.
type Fact struct {
	Subject   string   `json:"subject"` // concept id
	Relation  Relation `json:"relation"`
	Object    string   `json:"object"`            // the answer side, in the note's words without marks
	Aliases   []string `json:"aliases,omitempty"` // other ways to write Object
	Term      bool     `json:"term"`              // Object is a term, field, value or command that one can type
	About     string   `json:"about,omitempty"`   // what Object is of Subject: "기본값", "이름", "특징", or the description of a field
	Condition string   `json:"condition,omitempty"`
	Negative  bool     `json:"negative,omitempty"`
	Pattern   string   `json:"pattern"` // name of the pattern that read it
	Topic     string   `json:"topic"`   // nearest heading
	Path      []string `json:"path"`    // headings and parent bullets, outermost first
	Span      Span     `json:"span"`
	Words     string   `json:"words"` // the note's own words
}

// A Snippet is a piece of YAML in a note, found by its content.
type Snippet struct {
	Topic string   `json:"topic"`
	Path  []string `json:"path"`
	Span  Span     `json:"span"` // first line of the YAML to its last
	Text  string   `json:"text"` // as written, without the indent that the fence has
	// Lines[i] is the place in the note of the first rune of line i of Text.
	Lines    []Pos  `json:"-"`
	Title    string `json:"title,omitempty"`    // the words of the nearest line above
	Language string `json:"language,omitempty"` // the fence's tag, which is often wrong
	Partial  bool   `json:"partial,omitempty"`  // no apiVersion and kind, or lines left out as (...)
}

// A Command is a command line that the notes show.
type Command struct {
	Text  string   `json:"text"` // as written, placeholders included
	About string   `json:"about,omitempty"`
	Topic string   `json:"topic"`
	Path  []string `json:"path"`
	Span  Span     `json:"span"`
}

// Steps is an ordered list of the notes.
type Steps struct {
	Subject string   `json:"subject"`
	Title   string   `json:"title"`
	Items   []string `json:"items"`
	Topic   string   `json:"topic"`
	Span    Span     `json:"span"`
}

// A Notice says what was not understood, so that nothing is dropped silently.
type Notice struct {
	Span Span   `json:"span"`
	Text string `json:"text"` // Korean
}

// A Graph is what the notes say.
type Graph struct {
	Concepts []Concept `json:"concepts"`
	Facts    []Fact    `json:"facts"`
	Snippets []Snippet `json:"snippets"`
	Commands []Command `json:"commands"`
	Steps    []Steps   `json:"steps"`
	Notices  []Notice  `json:"notices"`

	// All that the note says, understood or not, when Options.Prose asks for it.
	// They are of one note; Merge leaves them out.
	Sentences []Sentence `json:"-"`
	Links     []Link     `json:"-"`
	Sections  []Section  `json:"-"`
}
