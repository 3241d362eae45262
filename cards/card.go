// Package cards holds what a card is and the pure rules that every card obeys:
// its identity and the lint it passes before a person sees it. It links no
// Kubernetes, so whoever shows cards stays small.
package cards

import (
	"strings"

	"gieok/sim/transcript"
)

// An ID names what a card asks, never its wording, place or number:
// <concept>/<relation>/<key>#<kind>[-<direction>].
type ID string

// A Kind is a question kind. Its text is part of every ID and never changes.
type Kind string

// The frozen question kinds.
const (
	Basic       Kind = "basic"
	Reverse     Kind = "reverse"
	Cloze       Kind = "cloze"
	Choice      Kind = "choice"
	TrueFalse   Kind = "truefalse"
	Order       Kind = "order"
	Command     Kind = "command"
	YAMLPredict Kind = "yaml-predict"
	YAMLFix     Kind = "yaml-fix"
	YAMLBlank   Kind = "yaml-blank"
	YAMLWrite   Kind = "yaml-write"
	Diagnose    Kind = "diagnose"
)

// A Status says what a card's answer rests on.
type Status string

const (
	Executed     Status = "executed"     // a run shows the answer
	Contradicted Status = "contradicted" // a run shows that the note is wrong; the card teaches what happened
	Stated       Status = "stated"       // from the note alone
)

// Evidence is what a card's answer rests on. A card never claims more.
type Evidence struct {
	Status Status                 `json:"status"`
	Run    *transcript.Transcript `json:"run,omitempty"` // nil when stated
	Note   string                 `json:"note"`          // the words of the note, as written
}

// A Source is a place in a note. Lines and columns start at 1, columns count runes.
type Source struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	EndLine int    `json:"end_line"`
}

// An Assertion is one command with what it must print.
// Exactly one of Text and Pattern is used; Absent turns the match around.
type Assertion struct {
	Command string `json:"command"`
	Text    string `json:"text,omitempty"`    // exact, after trimming
	Pattern string `json:"pattern,omitempty"` // RE2
	Absent  bool   `json:"absent,omitempty"`
	Exit    int    `json:"exit,omitempty"`
}

// A Task says how an answer is judged by running it: the world before, the
// reference answer, and what must hold afterwards.
type Task struct {
	Manifests  []string    `json:"manifests,omitempty"` // applied in order to a fresh cluster, then settled
	Setup      []string    `json:"setup,omitempty"`     // command lines run after the manifests
	Reference  string      `json:"reference"`           // the answer that is known to be right: a command line or a manifest
	Assertions []Assertion `json:"assertions,omitempty"`
}

// A Card is one question with its answer and what that answer rests on.
type Card struct {
	ID          ID       `json:"id"`
	Kind        Kind     `json:"kind"`
	Concept     string   `json:"concept"`  // glossary or graph concept id
	Topic       string   `json:"topic"`    // heading of the note under which the fact stands
	Relation    string   `json:"relation"` // parser.Relation
	Stem        string   `json:"stem"`     // the question, self-contained Korean
	Code        string   `json:"code,omitempty"`
	CodeLang    string   `json:"code_lang,omitempty"` // "yaml" or "sh"
	Answer      string   `json:"answer"`
	Accepted    []string `json:"accepted"` // other right answers
	Choices     []string `json:"choices"`  // for choice, truefalse and predict: all choices, the answer among them; for order: the items in shown order
	Source      Source   `json:"source"`
	Sources     []Source `json:"sources"`
	Evidence    Evidence `json:"evidence"`
	Explanation string   `json:"explanation"`
	Task        *Task    `json:"task,omitempty"` // for kinds judged by a run
	Difficulty  int      `json:"difficulty"`     // 1 easy, 2 middle, 3 hard
}

// Whole is what of a typed answer is run: for a YAMLBlank card the manifest
// with the answer in its blank.
func (c Card) Whole(typed string) string {
	if c.Kind == YAMLBlank {
		return strings.Replace(c.Code, Blank, strings.TrimSpace(typed), 1)
	}
	return typed
}

// A Deck is the cards of one plan, in order, with the seed that ordered them.
type Deck struct {
	Title string
	Seed  uint64
	Cards []Card
}

// Truth counts what the answers of cards rest on; every quiz, deck and check
// ends with it.
type Truth struct{ Executed, Stated, Contradicted int }

// Add counts one more card of status s.
func (t *Truth) Add(s Status) {
	switch s {
	case Executed:
		t.Executed++
	case Contradicted:
		t.Contradicted++
	default:
		t.Stated++
	}
}
