package review

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
	"time"
)

// Vectors: states of 40 histories computed with go-fsrs v4.0.0 and checked
// against fsrs-rs 6.5.0, ts-fsrs 5.4.2 and a fourth implementation; edges with
// the learner-day that a person in Seoul would count.
type vectors struct {
	Weights []float64 `json:"weights"`
	Decay   float64   `json:"decay"`
	Factor  float64   `json:"factor"`
	Cases   []struct {
		Name    string `json:"name"`
		Reviews []struct {
			Rating  Grade     `json:"rating"`
			Elapsed int       `json:"elapsed_days"`
			At      time.Time `json:"at"`
		} `json:"reviews"`
		Steps []struct {
			Recall *float64 `json:"retrievability_before"`
			state
		} `json:"steps"`
		RecallAfter map[string]float64  `json:"retrievability_after_days"`
		Interval    map[string]interval `json:"interval"`
		Next        struct {
			Elapsed  int `json:"elapsed_days"`
			ByRating map[string]struct {
				state
				Interval map[string]interval `json:"interval"`
			} `json:"by_rating"`
		} `json:"next"`
	} `json:"cases"`
	Edges []struct {
		Name          string             `json:"name"`
		WeightsChange map[string]float64 `json:"weights_change"`
		Reviews       []struct {
			Rating  Grade `json:"rating"`
			Elapsed int   `json:"elapsed_days"`
		} `json:"reviews"`
		At      []time.Time `json:"at"`
		Ratings []Grade     `json:"ratings"`
		GoFSRS  struct {
			state
			Elapsed int `json:"elapsed_days"`
		} `json:"go_fsrs"`
		Wanted *struct {
			Elapsed   int     `json:"elapsed_days"`
			Stability float64 `json:"stability"`
		} `json:"wanted"`
	} `json:"edges"`
}

type state struct {
	Stability  float64 `json:"stability"`
	Difficulty float64 `json:"difficulty"`
}

type interval struct {
	Raw  float64 `json:"raw"`
	Days int     `json:"days"`
}

func loadVectors(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/fsrs-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cases) != 40 || len(v.Edges) != 8 {
		t.Fatalf("%d cases and %d edges, want 40 and 8", len(v.Cases), len(v.Edges))
	}
	return v
}

const tolerance = 1e-9 // relative

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance*math.Max(math.Abs(want), 1e-300) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func checkIntervals(t *testing.T, m Model, stability float64, want map[string]interval) {
	t.Helper()
	for _, key := range []string{"0.80", "0.90", "0.95"} {
		retention, _ := strconv.ParseFloat(key, 64)
		near(t, "raw interval at "+key, m.rawInterval(stability, retention), want[key].Raw)
		if got := m.Interval(stability, retention, IntervalDaysMax); got != want[key].Days {
			t.Errorf("interval at %s = %d days, want %d", key, got, want[key].Days)
		}
	}
}

func TestVectors(t *testing.T) {
	v := loadVectors(t)
	m, err := NewModel(v.Weights)
	if err != nil {
		t.Fatal(err)
	}
	if m.WeightsHash() != DefaultModel().WeightsHash() {
		t.Error("the vectors' weights are not the default weights")
	}
	near(t, "decay", m.p.Decay, v.Decay)
	near(t, "factor", m.p.Factor, v.Factor)
	for _, c := range v.Cases {
		t.Run(c.Name, func(t *testing.T) {
			var mem Memory
			for i, r := range c.Reviews {
				want := c.Steps[i]
				if want.Recall != nil {
					near(t, "recall before", m.Recall(mem, float64(r.Elapsed)), *want.Recall)
				}
				mem = m.Next(mem, r.Elapsed, r.Rating)
				near(t, "stability", mem.Stability, want.Stability)
				near(t, "difficulty", mem.Difficulty, want.Difficulty)
			}
			for days, want := range c.RecallAfter {
				d, _ := strconv.ParseFloat(days, 64)
				near(t, "recall after "+days, m.Recall(mem, d), want)
			}
			checkIntervals(t, m, mem.Stability, c.Interval)
			for rating, want := range c.Next.ByRating {
				g, _ := strconv.Atoi(rating)
				next := m.Next(mem, c.Next.Elapsed, Grade(g))
				near(t, "next stability", next.Stability, want.Stability)
				near(t, "next difficulty", next.Difficulty, want.Difficulty)
				checkIntervals(t, m, next.Stability, want.Interval)
			}
		})
	}
}

// The times of the vectors are made so that a learner in UTC whose day turns at
// midnight counts the same days.
func TestVectorsFoldByTime(t *testing.T) {
	m := DefaultModel()
	for _, c := range loadVectors(t).Cases {
		var reviews []Review
		for _, r := range c.Reviews {
			reviews = append(reviews, Review{Day: LearnerDay(r.At, time.UTC, 0), Grade: r.Rating})
		}
		s := m.Fold(reviews)
		near(t, c.Name, s.Memory.Stability, c.Steps[len(c.Steps)-1].Stability)
	}
}

func TestEdges(t *testing.T) {
	v := loadVectors(t)
	seoul := time.FixedZone("KST", 9*60*60)
	for _, e := range v.Edges {
		t.Run(e.Name, func(t *testing.T) {
			switch {
			case e.Name == "w19-floor":
				// go-fsrs would lift w19 to 0.01 without a word; here it is refused.
				w := append([]float64(nil), v.Weights...)
				w[19] = e.WeightsChange["19"]
				_, err := NewModel(w)
				if want := "FSRS-6 weight 19 is 0, outside 0.01 to 0.8"; err == nil || err.Error() != want {
					t.Errorf("error %v, want %s", err, want)
				}
				w[19] = 0.01
				near(t, "stability", foldEdge(t, w, e.Reviews[0].Rating, e.Reviews[1].Rating), e.GoFSRS.Stability)
			case e.Name == "s0-floor":
				w := append([]float64(nil), v.Weights...)
				w[0] = e.WeightsChange["0"]
				near(t, "stability", foldEdge(t, w, e.Reviews[0].Rating), e.GoFSRS.Stability)
			case e.Wanted != nil: // the learner's day, not go-fsrs's
				a, b := LearnerDay(e.At[0], seoul, 4), LearnerDay(e.At[1], seoul, 4)
				if int(b-a) != e.Wanted.Elapsed {
					t.Errorf("%d days apart, want %d", b-a, e.Wanted.Elapsed)
				}
				s := DefaultModel().Fold([]Review{{a, e.Ratings[0]}, {b, e.Ratings[1]}})
				near(t, "stability", s.Memory.Stability, e.Wanted.Stability)
			case e.At != nil: // UTC calendar days: rollover 0 in UTC counts as go-fsrs does
				a, b := LearnerDay(e.At[0], time.UTC, 0), LearnerDay(e.At[1], time.UTC, 0)
				s := DefaultModel().Fold([]Review{{a, e.Ratings[0]}, {b, e.Ratings[1]}})
				near(t, "stability", s.Memory.Stability, e.GoFSRS.Stability)
			case e.Name == "max-interval-overrun":
				for g := Again; g <= Easy; g++ {
					next := DefaultModel().Next(Memory{Stability: 500, Difficulty: 5}, 100, g)
					if got := DefaultModel().Interval(next.Stability, 0.9, 100); got > 100 {
						t.Errorf("%v: %d days, maximum 100", g, got)
					}
				}
			default:
				t.Fatal("unknown edge")
			}
		})
	}
}

// foldEdge is the stability after same-day reviews with other weights.
func foldEdge(t *testing.T, weights []float64, grades ...Grade) float64 {
	t.Helper()
	m, err := NewModel(weights)
	if err != nil {
		t.Fatal(err)
	}
	var mem Memory
	for _, g := range grades {
		mem = m.Next(mem, 0, g)
	}
	return mem.Stability
}

func TestNewModelRefuses(t *testing.T) {
	good := loadVectors(t).Weights
	with := func(i int, x float64) []float64 {
		w := append([]float64(nil), good...)
		w[i] = x
		return w
	}
	for _, c := range []struct {
		weights []float64
		want    string
	}{
		{good[:19], "FSRS-6 has 21 weights, not 19"},
		{nil, "FSRS-6 has 21 weights, not 0"},
		{with(0, math.NaN()), "FSRS-6 weight 0 is NaN, outside 0.001 to 100"},
		{with(4, math.Inf(1)), "FSRS-6 weight 4 is +Inf, outside 1 to 10"},
		{with(20, 0), "FSRS-6 weight 20 is 0, outside 0.1 to 0.8"},
	} {
		if _, err := NewModel(c.weights); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

func TestLearnerDay(t *testing.T) {
	seoul := time.FixedZone("KST", 9*60*60)
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("this machine has no time zone data: ", err)
	}
	for _, c := range []struct {
		at       string
		loc      *time.Location
		rollover int
		want     string
	}{
		{"2026-03-02T03:59:59+09:00", seoul, 4, "2026-03-01"},
		{"2026-03-02T04:00:00+09:00", seoul, 4, "2026-03-02"},
		{"2026-03-02T23:59:00+09:00", seoul, 4, "2026-03-02"},
		{"2026-03-02T23:59:00+09:00", time.UTC, 4, "2026-03-02"},
		{"2026-03-02T00:00:00+09:00", seoul, 0, "2026-03-02"},
		{"1969-12-31T12:00:00Z", time.UTC, 0, "1969-12-31"},
		{"1970-01-01T01:00:00Z", time.UTC, 4, "1969-12-31"},
		// The clocks of New York jump from 02:00 to 03:00 on 2026-03-08 and back on 2026-11-01.
		{"2026-03-08T07:30:00Z", newYork, 4, "2026-03-07"}, // 03:30 summer time
		{"2026-03-08T08:00:00Z", newYork, 4, "2026-03-08"}, // 04:00
		{"2026-11-01T08:30:00Z", newYork, 4, "2026-10-31"}, // 03:30 winter time
		{"2026-11-01T09:00:00Z", newYork, 4, "2026-11-01"}, // 04:00
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		day := LearnerDay(at, c.loc, c.rollover)
		if day.String() != c.want {
			t.Errorf("%s in %v from %d o'clock: %v, want %s", c.at, c.loc, c.rollover, day, c.want)
		}
		if back, err := ParseDay(day.String()); err != nil || back != day {
			t.Errorf("ParseDay(%s) = %v, %v", day, back, err)
		}
	}
}

func TestClockSetBackCountsAsTheSameDay(t *testing.T) {
	m := DefaultModel()
	back := m.Fold([]Review{{100, Good}, {90, Good}})
	same := m.Fold([]Review{{100, Good}, {100, Good}})
	if back != same {
		t.Errorf("clock set back: %+v, same day: %+v", back, same)
	}
}

// Memories stay inside the model's bounds, a lapse never strengthens, and a
// better grade never weakens, whatever the history.
func FuzzFold(f *testing.F) {
	f.Add([]byte{1, 0, 3, 1, 4, 30, 2, 0, 1, 255})
	f.Add([]byte{1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1})
	f.Add([]byte{4, 0, 4, 255, 4, 255, 4, 255, 4, 255})
	m := DefaultModel()
	f.Fuzz(func(t *testing.T, history []byte) {
		var s Schedule
		var day Day
		for i := 0; i+1 < len(history) && i < 400; i += 2 {
			g := Grade(history[i]%4) + 1
			days := int(history[i+1]) * int(history[i+1]) // up to 178 years
			day += Day(days)
			before := s.Memory
			s, _ = m.After(s, Review{day, g})
			if s.Memory.Stability < 0.001 || s.Memory.Stability > 36_500 || s.Memory.Difficulty < 1 || s.Memory.Difficulty > 10 {
				t.Fatalf("after %v and %d days: %+v out of bounds", before, days, s.Memory)
			}
			if g == Again && !before.New() && s.Memory.Stability > before.Stability*(1+1e-12) {
				t.Fatalf("Again raised the stability from %v to %v", before, s.Memory)
			}
			if n := m.Interval(s.Memory.Stability, RetentionDefault, 365); n < 1 || n > 365 {
				t.Fatalf("interval %d", n)
			}
			if !before.New() && days > 0 {
				hard, good, easy := m.Next(before, days, Hard), m.Next(before, days, Good), m.Next(before, days, Easy)
				if hard.Stability > good.Stability || good.Stability > easy.Stability {
					t.Fatalf("after %v: hard %v, good %v, easy %v", before, hard, good, easy)
				}
			}
		}
	})
}
