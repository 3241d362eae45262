package review

// A Review is one graded answer to one card.
type Review struct {
	Day   Day
	Grade Grade
}

// A Schedule is what the answers to one card amount to. The zero Schedule is a
// card without an answer.
type Schedule struct {
	Memory Memory
	First  Day // of the first answer
	Last   Day // of the last answer; never goes back
	Count  int // answers
	Lapses int // answers with Again after the first
}

// After is the schedule with one more answer, and the learner-days that had
// passed since the one before (0 for the first). Days that go back, as after a
// clock was set back, count as the same day.
func (m Model) After(s Schedule, r Review) (Schedule, int) {
	elapsed := 0
	if s.Count == 0 {
		s.First, s.Last = r.Day, r.Day
	} else {
		elapsed = max(0, int(r.Day-s.Last))
		s.Last = max(s.Last, r.Day)
		if r.Grade == Again {
			s.Lapses++
		}
	}
	s.Memory = m.Next(s.Memory, elapsed, r.Grade)
	s.Count++
	return s, elapsed
}

// Fold is the schedule after all reviews of one card, in their order.
func (m Model) Fold(reviews []Review) Schedule {
	var s Schedule
	for _, r := range reviews {
		s, _ = m.After(s, r)
	}
	return s
}

// Due is the day on which the card should be asked again.
func (m Model) Due(s Schedule, retention float64, daysMax int) Day {
	return s.Last + Day(m.Interval(s.Memory.Stability, retention, daysMax))
}
