package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gieok/cards"
	"gieok/review"
)

// Log is the whole log, in order, undone answers and undos included.
func (s *Store) Log(ctx context.Context) ([]Row, error) {
	rows, err := readRows(ctx, s.db, "")
	if err != nil {
		return nil, fmt.Errorf("read answer log: %w", err)
	}
	return rows, nil
}

// A move is what folding needs of a row.
type move struct {
	id, undoes string
	card       cards.ID
	sitting    Sitting
	review     review.Review
}

// moves reads the rows that match, in the order of the log, without the columns
// that only people read: a log holds years of answers.
func moves(ctx context.Context, q querier, where string, args ...any) ([]move, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, coalesce(undoes, ''), card_id, sitting, learner_day, rating
		FROM answer_log `+where+` ORDER BY seq`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []move
	for rows.Next() {
		var m move
		var day string
		if err := rows.Scan(&m.id, &m.undoes, &m.card, &m.sitting, &day, &m.review.Grade); err != nil {
			return nil, err
		}
		if m.review.Day, err = review.ParseDay(day); err != nil {
			return nil, fmt.Errorf("row %s: %w", m.id, err)
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// fold is what the moves amount to, card by card: answers that were not taken
// back and that move the schedule.
func (s *Store) fold(all []move) map[cards.ID]review.Schedule {
	undone := map[string]bool{}
	for _, m := range all {
		if m.undoes != "" {
			undone[m.undoes] = true
		}
	}
	schedules := map[cards.ID]review.Schedule{}
	for _, m := range all {
		if m.undoes == "" && !undone[m.id] && m.sitting != Cram {
			schedules[m.card], _ = s.o.Model.After(schedules[m.card], m.review)
		}
	}
	return schedules
}

// A Due is one card with its schedule.
type Due struct {
	ID       cards.ID
	Schedule review.Schedule
	Day      review.Day // on which it should be asked again
	Recall   float64    // probability of recall on the day that was asked about, 0 to 1
}

// Schedules are all cards with an answer that counts, as they stand at now: the
// one due first first, and of one day the one most likely forgotten first.
func (s *Store) Schedules(ctx context.Context, now time.Time) ([]Due, error) {
	all, err := s.schedules(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("read answer log: %w", err)
	}
	return all, nil
}

func (s *Store) schedules(ctx context.Context, now time.Time) ([]Due, error) {
	history, err := moves(ctx, s.db, "")
	if err != nil {
		return nil, err
	}
	today := review.LearnerDay(now, s.o.Location, s.o.RolloverHour)
	var all []Due
	for id, schedule := range s.fold(history) { // sorted below
		all = append(all, Due{
			ID: id, Schedule: schedule,
			Day:    s.o.Model.Due(schedule, s.o.Retention, s.o.IntervalDays),
			Recall: s.o.Model.Recall(schedule.Memory, float64(today-schedule.Last)),
		})
	}
	slices.SortFunc(all, func(a, b Due) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Recall, b.Recall), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// An Agenda is what a learner has to do.
type Agenda struct {
	Today    review.Day
	Due      []Due      // due today or before, in the order of Schedules
	Answered int        // cards with an answer that counts
	NewToday int        // cards whose first answer was today
	Next     review.Day // the next day after today with cards due, if NextDue > 0
	NextDue  int        // cards due on that day
}

// Due is the agenda at now.
func (s *Store) Due(ctx context.Context, now time.Time) (Agenda, error) {
	all, err := s.Schedules(ctx, now)
	if err != nil {
		return Agenda{}, err
	}
	a := Agenda{Today: review.LearnerDay(now, s.o.Location, s.o.RolloverHour), Answered: len(all)}
	for _, d := range all {
		switch {
		case d.Day <= a.Today:
			a.Due = append(a.Due, d)
		case a.NextDue == 0 || d.Day == a.Next:
			a.Next = d.Day
			a.NextDue++
		}
		if d.Schedule.First == a.Today {
			a.NewToday++
		}
	}
	return a, nil
}

// Snapshot is the card as it was when it was answered last. ok is false when it
// never was.
func (s *Store) Snapshot(ctx context.Context, id cards.ID) (card cards.Card, ok bool, err error) {
	rows, err := s.db.QueryContext(ctx, "SELECT json FROM card_snapshot WHERE card_id = ?", string(id))
	if err != nil {
		return cards.Card{}, false, fmt.Errorf("read card from answer log: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return cards.Card{}, false, rows.Err()
	}
	var text string
	if err := rows.Scan(&text); err != nil {
		return cards.Card{}, false, fmt.Errorf("read card from answer log: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &card); err != nil {
		return cards.Card{}, false, fmt.Errorf("read card %s from answer log: %w", id, err)
	}
	return card, true, nil
}
