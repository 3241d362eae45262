package review

import (
	"fmt"
	"time"
)

// A Day is a learner's day: days since 1970-01-01 of the calendar that the
// learner lives by. It turns at the rollover hour and not at midnight, so that
// an answer at one in the night still belongs to the evening before.
type Day int

// Rollover hours, local time.
const (
	RolloverHourDefault = 4
	RolloverHourMax     = 23
)

const secondsPerDay = 24 * 60 * 60

// LearnerDay is the day of t in loc when days turn at rolloverHour (0 to 23).
// The wall clock decides: on the day when clocks change, it still turns at
// that hour.
func LearnerDay(t time.Time, loc *time.Location, rolloverHour int) Day {
	if rolloverHour < 0 || rolloverHour > RolloverHourMax {
		panic(fmt.Sprintf("review: internal error: rollover hour %d", rolloverHour))
	}
	local := t.In(loc)
	y, m, d := local.Date()
	day := Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
	if local.Hour() < rolloverHour {
		day--
	}
	return day
}

// String is the calendar date, 2006-01-02.
func (d Day) String() string { return d.date().Format(time.DateOnly) }

// ParseDay reads what String wrote.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("learner-day %q is not a date", s)
	}
	return Day(t.Unix() / secondsPerDay), nil
}

// Date is the calendar date of d.
func (d Day) Date() (year int, month time.Month, day int) { return d.date().Date() }

func (d Day) date() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }
