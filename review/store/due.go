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

// fold is what the rows amount to, card by card: answers that were not taken
// back and that move the schedule.
func (s *Store) fold(rows []Row) map[cards.ID]review.Schedule {
	undone := map[string]bool{}
	for _, r := range rows {
		if r.Undoes != "" {
			undone[r.Undoes] = true
		}
	}
	schedules := map[cards.ID]review.Schedule{}
	for _, r := range rows {
		if r.Undoes != "" || undone[r.ID] || r.Sitting == Cram {
			continue
		}
		schedules[r.Card], _ = s.o.Model.After(schedules[r.Card], review.Review{Day: r.Day, Grade: r.Grade})
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
	rows, err := s.Log(ctx)
	if err != nil {
		return nil, err
	}
	today := review.LearnerDay(now, s.o.Location, s.o.RolloverHour)
	var all []Due
	for id, schedule := range s.fold(rows) { // sorted below
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
