// Package review is FSRS-6 as arithmetic: a memory, a grade and the days
// between in, a memory out. It reads no clock and knows no card.
package review

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	fsrs "github.com/open-spaced-repetition/go-fsrs/v4"
)

// A Grade is how well a card was recalled. The numbers are those of FSRS and of
// the answer log.
type Grade int

// The grades.
const (
	Again Grade = 1 + iota // not recalled
	Hard                   // recalled with trouble: almost right, or with a hint
	Good                   // recalled
	Easy                   // recalled at once
)

func (g Grade) String() string {
	if !g.Valid() {
		return fmt.Sprintf("Grade(%d)", int(g))
	}
	return [...]string{"Again", "Hard", "Good", "Easy"}[g-1]
}

// Valid reports whether g is one of the four grades.
func (g Grade) Valid() bool { return g >= Again && g <= Easy }

// A Memory is what FSRS knows of one card. The zero Memory is a card that was
// never answered.
type Memory struct {
	Stability  float64 // days until recall falls to 90 %; 0.001 to 36,500
	Difficulty float64 // 1 (easy) to 10
}

// New reports whether the card was never answered.
func (m Memory) New() bool { return m.Stability == 0 }

// Bounds of what a schedule may be asked for.
const (
	RetentionMin     = 0.70 // below it intervals grow so long that most answers fail
	RetentionMax     = 0.97 // above it every card is due every few days
	RetentionDefault = 0.90
	IntervalDaysMax  = 36_500 // the model's own upper bound
	elapsedDaysMax   = 1_000_000
)

// weightsCount is the number of weights of FSRS-6.
const weightsCount = 21

// A Model is FSRS-6 with checked weights. Make one with DefaultModel or
// NewModel; the zero Model is not usable.
type Model struct {
	p fsrs.Parameters
}

// DefaultModel is FSRS-6 with the weights that its authors publish.
func DefaultModel() Model { return modelOf(fsrs.DefaultWeights()) }

// weightBounds are the ranges of FSRS-6's weights. go-fsrs moves a weight that
// lies outside without a word, so they are checked before it sees them.
var weightBounds = [weightsCount][2]float64{
	{0.001, 100}, {0.001, 100}, {0.001, 100}, {0.001, 100},
	{1, 10}, {0.001, 4}, {0.001, 4}, {0.001, 0.75},
	{0, 4.5}, {0, 0.8}, {0.001, 3.5},
	{0.001, 5}, {0.001, 0.25}, {0.001, 0.9}, {0, 4},
	{0, 1}, {1, 6},
	{0, 2}, {0, 2}, {0.01, 0.8},
	{0.1, 0.8},
}

// NewModel is FSRS-6 with the given 21 weights, each finite and in its range.
func NewModel(weights []float64) (Model, error) {
	if len(weights) != weightsCount {
		return Model{}, fmt.Errorf("FSRS-6 has %d weights, not %d", weightsCount, len(weights))
	}
	var w fsrs.Weights
	for i, x := range weights {
		low, high := weightBounds[i][0], weightBounds[i][1]
		if !(x >= low && x <= high) { // false for NaN, too
			return Model{}, fmt.Errorf("FSRS-6 weight %d is %v, outside %v to %v", i, x, low, high)
		}
		w[i] = x
	}
	return modelOf(w), nil
}

func modelOf(w fsrs.Weights) Model {
	p := fsrs.DefaultParam()
	p.W = w
	// NewFSRS works out decay and factor; with weights in range it changes nothing else.
	return Model{p: fsrs.NewFSRS(p).Parameters}
}

// WeightsHash names the weights: the first 16 hexadecimal digits of the sha256
// of their IEEE 754 bits. The answer log keeps it beside every memory.
func (m Model) WeightsHash() string {
	h := sha256.New()
	for _, w := range m.p.W {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], math.Float64bits(w))
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Next is the memory after an answer with grade g, elapsedDays learner-days
// after the last one. 0 is the same day (the short-term formula); a negative
// number, which a clock set back gives, counts as 0. It does not use go-fsrs's
// scheduler, whose days turn at midnight UTC.
func (m Model) Next(before Memory, elapsedDays int, g Grade) Memory {
	if !g.Valid() {
		panic(fmt.Sprintf("review: internal error: grade %d", int(g)))
	}
	days := min(max(elapsedDays, 0), elapsedDaysMax)
	var current *fsrs.MemoryState
	if !before.New() {
		current = &fsrs.MemoryState{Stability: before.Stability, Difficulty: before.Difficulty}
	}
	s := m.p.NextStates(current, m.p.RequestRetention, uint64(days))
	after := [...]fsrs.ItemState{s.Again, s.Hard, s.Good, s.Easy}[g-1].Memory
	return Memory{Stability: after.Stability, Difficulty: after.Difficulty}
}

// Interval is after how many days recall falls to retention (above 0, at most 1):
// whole days from 1 to daysMax.
func (m Model) Interval(stability, retention float64, daysMax int) int {
	raw := m.rawInterval(stability, retention)
	top := float64(min(max(daysMax, 1), IntervalDaysMax))
	return int(math.Max(1, math.Min(math.Round(raw), top)))
}

// rawInterval is Interval before rounding and bounds, in days.
func (m Model) rawInterval(stability, retention float64) float64 {
	if !(retention > 0 && retention <= 1) {
		panic(fmt.Sprintf("review: internal error: retention %v", retention))
	}
	return stability / m.p.Factor * (math.Pow(retention, 1/m.p.Decay) - 1)
}

// Recall is the probability, 0 to 1, that the card is recalled elapsedDays after
// its last answer; 0 for a card that was never answered.
func (m Model) Recall(mem Memory, elapsedDays float64) float64 {
	if mem.New() {
		return 0
	}
	return m.p.ForgettingCurve(math.Max(0, elapsedDays), mem.Stability)
}
