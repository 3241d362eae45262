package quiz

import (
	"fmt"
	"slices"
	"strings"

	"gieok/cards"
	"gieok/review"
)

// Options say how a sitting goes. The zero Options work.
type Options struct {
	Count  int    // questions at most; 0: as many as are dealt
	Seed   uint64 // order of choices
	Repeat bool   // a missed card comes once more at the end
	Judged bool   // answers to cards with a Task are run
	Terms  Terms  // the glossary by which typed answers are graded
}

// A Session is one sitting. Its state is the fold of the learner's events over
// the cards that were dealt, so an undo folds again without the last one.
type Session struct {
	o         Options
	deck      []cards.Card
	exhausted bool
	events    []Event // of the learner and the judge
	st        state
}

// A phase is what a sitting waits for.
type phase int

const (
	dealing phase = iota // waits for a card
	asking
	revealed   // the answer is shown, the grade is not known
	judging    // the answer is being run
	confirming // almost right: does it count?
	feedback
	done
)

// A state is what the events came to.
type state struct {
	phase    phase
	position int   // of the question: an index into the deck, and after it into repeats
	repeats  []int // indices of missed cards into the deck
	results  []Result
	flags    []Flag
	stopped  bool

	// of the question that stands
	hint, retry string
	again       bool
	given       string
	judgement   *Judgement
}

// Start begins a sitting: its first effect asks for a card.
func Start(o Options) (Session, []Effect) {
	return Session{o: o}, []Effect{Deal{}}
}

// Step is the sitting after e, and what is to be done. An event that makes no
// sense in the present state is our own mistake and panics.
func (s Session) Step(e Event) (Session, []Effect) {
	switch e := e.(type) {
	case Dealt:
		s.deck = append(slices.Clip(s.deck), e.Card)
		return s.present()
	case Exhausted:
		s.exhausted = true
		return s.present()
	case Undone:
		return s.undo()
	}
	before := s.st
	s.events = append(slices.Clip(s.events), e)
	s.st = s.apply(s.st, e)
	changes := differences(before, s.st)
	s, next := s.present()
	return s, append(changes, next...)
}

// present moves a state that waits for a card on, if there is one, and says
// what the learner is shown.
func (s Session) present() (Session, []Effect) {
	s.st = s.arrive(s.st)
	switch s.st.phase {
	case dealing:
		return s, []Effect{Deal{}}
	case asking:
		return s, []Effect{Ask{s.asked()}}
	case revealed:
		return s, []Effect{Reveal{s.asked()}}
	case judging:
		return s, []Effect{Run{s.card(), s.st.given}}
	case confirming:
		return s, []Effect{Confirm{s.asked(), s.st.given}}
	case feedback:
		return s, []Effect{Feedback{s.st.results[len(s.st.results)-1]}}
	}
	return s, []Effect{Summarise{s.Summary()}}
}

// arrived is the phase of the question at position: asking if its card is here.
func (s Session) arrived(position int) phase {
	switch {
	case position < len(s.deck):
		return asking
	case !s.full():
		return dealing
	case position-len(s.deck) < len(s.st.repeats):
		return asking
	}
	return done
}

// full reports whether no further card comes.
func (s Session) full() bool {
	return s.exhausted || s.o.Count > 0 && len(s.deck) >= s.o.Count
}

// cardAt is the place in the deck of the card that is asked at a position.
func (s Session) cardAt(st state) int {
	if st.position < len(s.deck) {
		return st.position
	}
	return st.repeats[st.position-len(s.deck)]
}

func (s Session) card() cards.Card { return s.deck[s.cardAt(s.st)] }

func (s Session) asked() Asked { return s.askedOf(s.st) }

func (s Session) askedOf(st state) Asked {
	c := s.deck[s.cardAt(st)]
	total := s.o.Count
	if s.full() {
		total = len(s.deck)
	}
	if total > 0 {
		total += len(st.repeats)
	}
	return Asked{
		Card: c, Mode: ModeOf(c, s.o.Judged), Choices: shown(c, s.o.Seed),
		Number: st.position + 1, Total: total, Repeat: st.position >= len(s.deck),
		Hint: st.hint, Retry: st.retry, Again: st.again,
	}
}

// opens reports whether e is something that a learner can take back.
func opens(e Event) bool {
	switch e.(type) {
	case Answered, Chose, Revealed, Hinted, Flagged:
		return true
	}
	return false
}

func (s Session) undo() (Session, []Effect) {
	last := len(s.events) - 1
	for last >= 0 && !opens(s.events[last]) {
		last--
	}
	if last < 0 {
		s, effects := s.present()
		return s, append([]Effect{NothingToUndo{}}, effects...)
	}
	before := s.st
	s.events = s.events[:last:last]
	s.st = s.fold(s.events)
	changes := differences(before, s.st)
	s, next := s.present()
	return s, append(changes, next...)
}

// fold is what events come to with the cards of this sitting.
func (s Session) fold(events []Event) state {
	st := s.arrive(state{})
	for _, e := range events {
		st = s.arrive(s.apply(st, e))
	}
	return st
}

// arrive ends the wait for a card that is here already.
func (s Session) arrive(st state) state {
	if st.phase == dealing {
		st.phase = s.arrived(st.position)
	}
	return st
}

// differences are the effects on log and flags that lead from a to b, of which
// one is the beginning of the other.
func differences(a, b state) []Effect {
	var effects []Effect
	for i := len(a.flags) - 1; i >= len(b.flags); i-- {
		effects = append(effects, Unflag{a.flags[i].Card})
	}
	for i := len(a.results) - 1; i >= len(b.results); i-- {
		if a.results[i].Graded() {
			effects = append(effects, Unsave{a.results[i]})
		}
	}
	for i := len(a.results); i < len(b.results); i++ {
		if b.results[i].Graded() {
			effects = append(effects, Save{b.results[i]})
		}
	}
	for i := len(a.flags); i < len(b.flags); i++ {
		effects = append(effects, b.flags[i])
	}
	return effects
}

// apply is the state after e. It does not look at s.st.
func (s Session) apply(st state, e Event) state {
	st.results, st.flags, st.repeats = slices.Clip(st.results), slices.Clip(st.flags), slices.Clip(st.repeats)
	if _, ok := e.(Stopped); ok {
		st.phase, st.stopped = done, true
		return st
	}
	switch st.phase {
	case asking:
		return s.applyAsking(st, e)
	case revealed:
		switch e := e.(type) {
		case Recalled:
			return s.settle(st, Result{Verdict: verdictOfGrade(e.Grade), Grade: e.Grade})
		case Flagged:
			return s.flag(st, e)
		}
	case judging:
		if e, ok := e.(Judged); ok {
			return s.applyJudged(st, e)
		}
	case confirming:
		switch e := e.(type) {
		case Counted:
			if e.Right {
				return s.settle(st, Result{Verdict: Almost, Grade: review.Hard})
			}
			return s.settle(st, Result{Verdict: Wrong, Grade: review.Again})
		case Flagged:
			return s.flag(st, e)
		}
	case feedback:
		switch e := e.(type) {
		case Continued:
			return advance(st)
		case Flagged:
			last := st.results[len(st.results)-1]
			st.results = st.results[: len(st.results)-1 : len(st.results)-1]
			if at := s.cardAt(st); len(st.repeats) > 0 && st.repeats[len(st.repeats)-1] == at && !last.Asked.Repeat {
				st.repeats = st.repeats[: len(st.repeats)-1 : len(st.repeats)-1]
			}
			return s.flag(st, e)
		}
	}
	panic(fmt.Sprintf("quiz: internal error: %T in phase %d", e, st.phase))
}

func (s Session) applyAsking(st state, e Event) state {
	c := s.deck[s.cardAt(st)]
	switch e := e.(type) {
	case Hinted:
		st.hint = hint(c)
		return st
	case Flagged:
		return s.flag(st, e)
	case Revealed:
		if ModeOf(c, s.o.Judged) == Recalling {
			st.phase = revealed
			return st
		}
		return s.settle(st, Result{Verdict: Wrong, Grade: review.Again, GaveUp: true})
	case Chose:
		choices := shown(c, s.o.Seed)
		if e.Index < 0 || e.Index >= len(choices) {
			panic(fmt.Sprintf("quiz: internal error: choice %d of %d", e.Index, len(choices)))
		}
		st.given = choices[e.Index]
		return s.verdict(st, verdictOf(isRight(c, st.given)), "")
	case Answered:
		st.given = e.Text
		switch ModeOf(c, s.o.Judged) {
		case Ordering:
			sequence, ok := ordered(c.Choices, e.Text)
			if ok {
				st.given = strings.Join(sequence, " → ")
			}
			return s.verdict(st, verdictOf(ok && slices.Equal(sequence, rightOrder(c))), "")
		case Choosing:
			return s.verdict(st, verdictOf(isRight(c, e.Text)), "")
		}
		if s.o.Judged && c.Task != nil {
			st.phase = judging
			return st
		}
		g := gradeTyped(c, e.Text, s.o.Terms)
		return s.verdict(st, g.Verdict, g.Why)
	}
	panic(fmt.Sprintf("quiz: internal error: %T to a question", e))
}

// flag notes the card that stands as bad and goes on without grading it.
func (s Session) flag(st state, e Flagged) state {
	st.flags = append(st.flags, Flag{s.deck[s.cardAt(st)], e.Reason})
	return advance(st)
}

// verdictOfGrade is what a learner's own grade amounts to.
func verdictOfGrade(g review.Grade) Verdict {
	switch g {
	case review.Again:
		return Wrong
	case review.Hard:
		return Almost
	case review.Good, review.Easy:
		return Right
	}
	panic(fmt.Sprintf("quiz: internal error: grade %d", int(g)))
}

func verdictOf(right bool) Verdict {
	if right {
		return Right
	}
	return Wrong
}

func (s Session) applyJudged(st state, e Judged) state {
	if e.Failure != "" {
		return s.settle(st, Result{Verdict: Wrong, Failure: e.Failure})
	}
	st.judgement = &e.Judgement
	return s.verdict(st, e.Judgement.Verdict, strings.Join(e.Judgement.Differences, "; "))
}

// verdict follows from a graded answer. The first that is almost right is asked
// for once more, with what is not right yet; the second is for the learner to
// count or not. Whoever needed help knows the card only hardly.
func (s Session) verdict(st state, v Verdict, why string) state {
	switch {
	case v == Wrong:
		return s.settle(st, Result{Verdict: Wrong, Grade: review.Again})
	case v == Almost && !st.again:
		st.phase, st.again, st.retry = asking, true, why
		return st
	case v == Almost:
		st.phase = confirming
		return st
	case st.again || st.hint != "":
		return s.settle(st, Result{Verdict: Right, Grade: review.Hard})
	}
	return s.settle(st, Result{Verdict: Right, Grade: review.Good})
}

// settle ends the question with r and shows it.
func (s Session) settle(st state, r Result) state {
	r.Asked, r.Given, r.Judgement = s.askedOf(st), st.given, st.judgement
	r.Asked.Total = 0 // it grows while cards are dealt; a result is the same at every replay
	if r.GaveUp {
		r.Given = ""
	}
	st.results = append(st.results, r)
	if s.o.Repeat && r.Grade == review.Again && !r.Asked.Repeat {
		st.repeats = append(st.repeats, s.cardAt(st))
	}
	st.phase = feedback
	return st
}

// advance goes on to the next question.
func advance(st state) state {
	st.position++
	st.phase = dealing
	st.hint, st.retry, st.again, st.given, st.judgement = "", "", false, "", nil
	return st
}
