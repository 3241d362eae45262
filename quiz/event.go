package quiz

import (
	"gieok/cards"
	"gieok/review"
)

// An Event is something that happened to a sitting.
type Event interface{ event() }

// The events of the source of cards. An undo leaves them alone.
type (
	// Dealt brings the card that Deal asked for.
	Dealt struct{ Card cards.Card }
	// Exhausted says that there is no further card.
	Exhausted struct{}
)

// The events of the learner and of the judge.
type (
	// Answered is a typed answer.
	Answered struct{ Text string }
	// Chose is the choice with this index, from 0, of the question as shown.
	Chose struct{ Index int }
	// Revealed gives up, or in Recalling mode asks for the answer.
	Revealed struct{}
	// Recalled says how well the revealed answer was known: Forgot, Shaky or Knew.
	Recalled struct{ Grade review.Grade }
	// Hinted asks for a hint.
	Hinted struct{}
	// Judged is what running the answer came to. Failure, in Korean, says why it
	// could not be run; then nothing is graded.
	Judged struct {
		Judgement Judgement
		Failure   string
	}
	// Counted is the learner's word on an answer that was almost right.
	Counted struct{ Right bool }
	// Continued leaves the feedback behind.
	Continued struct{}
	// Flagged says that the card is bad. On the feedback it takes the grade back.
	Flagged struct{ Reason string }
	// Undone takes back the last of Answered, Chose, Revealed, Hinted and
	// Flagged, with what followed from it.
	Undone struct{}
	// Stopped ends the sitting.
	Stopped struct{}
)

func (Dealt) event()     {}
func (Exhausted) event() {}
func (Answered) event()  {}
func (Chose) event()     {}
func (Revealed) event()  {}
func (Recalled) event()  {}
func (Hinted) event()    {}
func (Judged) event()    {}
func (Counted) event()   {}
func (Continued) event() {}
func (Flagged) event()   {}
func (Undone) event()    {}
func (Stopped) event()   {}

// An Effect is something to be done, in the order given.
type Effect interface{ effect() }

// The effects.
type (
	// Deal wants the next card: answer with Dealt or Exhausted.
	Deal struct{}
	// Ask wants an answer.
	Ask struct{ Asked Asked }
	// Reveal shows the answer and wants a Recalled.
	Reveal struct{ Asked Asked }
	// Confirm shows the answer and asks whether the almost right answer counts: Counted.
	Confirm struct {
		Asked Asked
		Given string
	}
	// Run wants the answer judged by running it: Judged.
	Run struct {
		Card   cards.Card
		Answer string
	}
	// Feedback shows how it went and wants a Continued.
	Feedback struct{ Result Result }
	// Save logs a graded answer.
	Save struct{ Result Result }
	// Unsave takes the last saved answer back.
	Unsave struct{ Result Result }
	// Flag notes that a card is bad.
	Flag struct {
		Card   cards.Card
		Reason string
	}
	// Unflag takes that back.
	Unflag struct{ Card cards.Card }
	// NothingToUndo tells the learner so.
	NothingToUndo struct{}
	// Summarise ends the sitting.
	Summarise struct{ Summary Summary }
)

func (Deal) effect()          {}
func (Ask) effect()           {}
func (Reveal) effect()        {}
func (Confirm) effect()       {}
func (Run) effect()           {}
func (Feedback) effect()      {}
func (Save) effect()          {}
func (Unsave) effect()        {}
func (Flag) effect()          {}
func (Unflag) effect()        {}
func (NothingToUndo) effect() {}
func (Summarise) effect()     {}

// A Result is how one question went.
type Result struct {
	Asked     Asked
	Verdict   Verdict
	Grade     review.Grade
	Given     string     // what was typed or chosen, "" when the learner gave up
	GaveUp    bool       // asked for the answer
	Judgement *Judgement // nil unless the answer was run
	Failure   string     // why the answer could not be run; then it has no grade
}

// Graded reports whether the result moves the schedule.
func (r Result) Graded() bool { return r.Failure == "" }

// How well a revealed answer was known.
const (
	Forgot = review.Again
	Shaky  = review.Hard
	Knew   = review.Good
)
