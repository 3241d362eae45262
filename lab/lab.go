// Package lab is where notes and simulator meet: it completes and runs
// snippets, commands, experiments and mutations on a fresh cluster, judges
// answers by running them, and puts each result back at its line of the note.
package lab

import (
	"gieok/parser"
	"gieok/sim"
	"gieok/sim/transcript"
)

// ReadAfter is when an outcome is read, in seconds of virtual time after the
// step; the stem says so. One that differs at ReadEarly or ReadLate is not
// asked.
const (
	ReadEarly = 50
	ReadAfter = 60
	ReadLate  = 70
)

// A Manifest is a snippet completed to something that can be applied, with
// every line mapped back to the note.
type Manifest struct {
	Snippet   *parser.Snippet // what it was made from; nil for a manifest of our own
	Text      string
	Lines     []parser.Pos // Lines[i] is where line i of Text stands in the note; zero for a line that we added
	Completed bool         // lines were added
	StandIns  []StandIn

	shifts []int      // columns that line i of Text stands further right than in the snippet
	cuts   []cutMarks // of line i
}

// cutMarks say that the author left lines out right above or below a line.
type cutMarks struct{ above, below bool }

// A StandIn is an image outside the catalogue that was replaced for the run:
// no card asks what it decides.
type StandIn struct{ Image, Instead string }

// A PodState is what kubectl get pods shows of a Pod; random name parts are
// cut off.
type PodState struct {
	Name     string `json:"name"`
	Ready    string `json:"ready"` // "1/1"
	Status   string `json:"status"`
	Restarts int    `json:"restarts"`
	Node     string `json:"node,omitempty"`
}

// An Outcome is what became of a manifest after ReadAfter seconds.
type Outcome struct {
	Class    string // equal for outcomes that a learner could not tell apart
	Summary  string // one Korean sentence, as an answer or a choice
	Rejected bool
	Message  string // kubectl's words when rejected
	Pods     []PodState
	// Unknown says what the simulator does not know of the run, if anything:
	// no card may rest on such an outcome.
	Unknown  []string
	StandIns []StandIn             // images that were replaced for the run
	Stable   bool                  // the same at ReadEarly and ReadLate
	Run      transcript.Transcript // without what kubectl shows at the end: see Look

	at   *sim.Cluster // at ReadAfter; nil when rejected
	look string       // the command that shows what became of it
}

// A Finding is one complaint about a note.
type Finding struct {
	parser.Pos
	EndLine  int    `json:"end_line"`
	Severity string `json:"severity"` // "error", "warning", "notice"
	Rule     string `json:"rule"`
	Message  string `json:"message"`        // Korean, with the server's own words
	Fix      string `json:"fix"`            // what to change, Korean; "" if unknown
	Diff     string `json:"diff,omitempty"` // unified, of the note; WithDiffs fills it
	// Edits mend the note; the API server accepts what comes of them.
	Edits []Edit `json:"-"`
	// Run shows what Message says of a cluster; nil where the message quotes the
	// refusal or warning itself.
	Run *transcript.Transcript `json:"run,omitempty"`
	// Source is the title of what says so, where no run can: "" for a run.
	Source string `json:"source,omitempty"`
}

// A Mutation is a manifest with one thing changed.
type Mutation struct {
	Operator string // of the table in mutations.go
	Path     string // field path that was touched, for the card's ID
	Text     string // the changed manifest
	Says     string // what was done, Korean
}
