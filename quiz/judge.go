// Package quiz is one sitting as a state machine: an event in, the next state
// and what to do out. It also grades typed answers. It knows no terminal, no
// clock and no disk.
package quiz

import (
	"context"

	"gieok/cards"
)

// A Judge runs an answer and says what came of it.
type Judge interface {
	Judge(ctx context.Context, c cards.Card, answer string) (Judgement, error)
}

// A Judgement is what a run says of an answer. Its Evidence holds the run.
type Judgement struct {
	Verdict     Verdict
	Differences []string // what is not as the task asks, in Korean; empty when right
	Evidence    cards.Evidence
}
