package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gieok/cards"
	"gieok/review"
	"gieok/sim/transcript"
)

// seoul is where the learner of these tests lives.
func seoul() *time.Location { return time.FixedZone("KST", 9*60*60) }

func at(t *testing.T, s string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", s, seoul())
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, Options{Location: seoul(), RolloverHour: 4, Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func card(id string) cards.Card {
	return cards.Card{
		ID: cards.ID(id), Kind: cards.Choice, Concept: "pod", Stem: "Pod의 기본 재시작 정책은?", Answer: "Always",
		Choices: []string{"Always", "Never"}, Source: cards.Source{File: "노트.md", Line: 3, Col: 1, EndLine: 3},
		Evidence: cards.Evidence{Status: cards.Executed, Note: "재시작 정책", Run: &transcript.Transcript{
			Steps: []transcript.Step{{Command: "kubectl get pods", Stdout: "web\n"}},
		}},
	}
}

func answer(t *testing.T, s *Store, id string, when string, sitting Sitting, g review.Grade) Row {
	t.Helper()
	row, err := s.Append(context.Background(), Answer{
		Card: card(id), Sitting: sitting, Grade: g, At: at(t, when), Took: 1500 * time.Millisecond, Text: "올웨이즈",
	})
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestAppendKeepsEveryColumn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "새 폴더", "기억 #1?.db")
	s := open(t, path)
	first := answer(t, s, "a#choice", "2026-03-02 23:00", Quiz, review.Good)
	second := answer(t, s, "a#choice", "2026-03-03 03:30", Review, review.Again) // the same learner-day
	third := answer(t, s, "a#choice", "2026-03-03 08:30", Review, review.Hard)   // the next one
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("the file is not where it was asked for: ", err)
	}
	rows, err := open(t, path).Log(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	sameInstant := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) && a.Format("Z0700") == b.Format("Z0700") })
	if diff := cmp.Diff([]Row{first, second, third}, rows, sameInstant); diff != "" {
		t.Error("read back differs from what Append returned:\n", diff)
	}
	m := review.DefaultModel()
	m1 := m.Next(review.Memory{}, 0, review.Good)
	m2 := m.Next(m1, 0, review.Again)
	m3 := m.Next(m2, 1, review.Hard)
	for i, want := range []struct {
		day           string
		elapsed       int
		before, after review.Memory
	}{{"2026-03-02", -1, review.Memory{}, m1}, {"2026-03-02", 0, m1, m2}, {"2026-03-03", 1, m2, m3}} {
		r := rows[i]
		if r.Seq != int64(i+1) || r.Day.String() != want.day || r.ElapsedDays != want.elapsed || r.Before != want.before || r.After != want.after {
			t.Errorf("row %d: seq %d, day %v, elapsed %d, %v → %v; want %+v", i, r.Seq, r.Day, r.ElapsedDays, r.Before, r.After, want)
		}
		if r.Weights != m.WeightsHash() || r.Build != "test" || r.Took != 1500*time.Millisecond || r.Text != "올웨이즈" || len(r.ID) != 32 {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

func TestUndoIsACompensatingRow(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "review.db"))
	answer(t, s, "a#choice", "2026-03-02 10:00", Quiz, review.Good)
	wrong := answer(t, s, "a#choice", "2026-03-05 10:00", Review, review.Again)
	undo, err := s.Undo(ctx, wrong.ID, at(t, "2026-03-05 10:01"))
	if err != nil {
		t.Fatal(err)
	}
	if undo.Seq != 3 || undo.Undoes != wrong.ID || undo.Before != wrong.After || undo.After != wrong.Before {
		t.Errorf("undo row %+v", undo)
	}
	again := answer(t, s, "a#choice", "2026-03-05 10:02", Review, review.Good)
	if again.Before != wrong.Before || again.ElapsedDays != 3 {
		t.Errorf("after the undo the answer starts from %v, %d days; want %v, 3 days", again.Before, again.ElapsedDays, wrong.Before)
	}
	for _, id := range []string{wrong.ID, undo.ID, "no such row"} {
		if _, err := s.Undo(ctx, id, at(t, "2026-03-05 10:03")); !errors.Is(err, ErrNotUndoable) {
			t.Errorf("undo of %s: %v, want ErrNotUndoable", id, err)
		}
	}
	if rows, _ := s.Log(ctx); len(rows) != 4 {
		t.Errorf("%d rows, want 4: the log only grows", len(rows))
	}
}

func TestDue(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "review.db"))
	answer(t, s, "good#choice", "2026-03-02 10:00", Quiz, review.Good)   // S 2.3: due in 2 days
	answer(t, s, "again#choice", "2026-03-02 10:01", Quiz, review.Again) // due tomorrow
	answer(t, s, "easy#choice", "2026-03-02 10:02", Review, review.Easy) // due in 8 days
	answer(t, s, "cram#choice", "2026-03-02 10:03", Cram, review.Good)   // not scheduled
	undone := answer(t, s, "undone#choice", "2026-03-02 10:04", Quiz, review.Again)
	if _, err := s.Undo(ctx, undone.ID, at(t, "2026-03-02 10:05")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		now      string
		due      []cards.ID
		newToday int
		next     string
		nextDue  int
	}{
		{"2026-03-02 22:00", nil, 3, "2026-03-03", 1},
		{"2026-03-03 03:59", nil, 3, "2026-03-03", 1},
		{"2026-03-03 04:00", []cards.ID{"again#choice"}, 0, "2026-03-04", 1},
		{"2026-03-04 12:00", []cards.ID{"again#choice", "good#choice"}, 0, "2026-03-10", 1},
		{"2026-04-04 12:00", []cards.ID{"again#choice", "good#choice", "easy#choice"}, 0, "1970-01-01", 0},
	} {
		a, err := s.Due(ctx, at(t, c.now))
		if err != nil {
			t.Fatal(err)
		}
		var ids []cards.ID
		for _, d := range a.Due {
			ids = append(ids, d.ID)
			if !(d.Recall > 0 && d.Recall < 1) {
				t.Errorf("%s: recall of %s is %v", c.now, d.ID, d.Recall)
			}
		}
		if !reflect.DeepEqual(ids, c.due) || a.NewToday != c.newToday || a.Next.String() != c.next || a.NextDue != c.nextDue || a.Answered != 3 {
			t.Errorf("%s: %v, new %d, next %v (%d), answered %d; want %+v", c.now, ids, a.NewToday, a.Next, a.NextDue, a.Answered, c)
		}
	}
}

func TestSnapshotIsTheLastWording(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "review.db"))
	answer(t, s, "a#choice", "2026-03-02 10:00", Quiz, review.Good)
	better := card("a#choice")
	better.Stem = "Pod의 restartPolicy 기본값은?"
	if _, err := s.Append(ctx, Answer{Card: better, Sitting: Quiz, Grade: review.Good, At: at(t, "2026-03-03 10:00")}); err != nil {
		t.Fatal(err)
	}
	got, ok, err := s.Snapshot(ctx, "a#choice")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if diff := cmp.Diff(better, got); diff != "" {
		t.Error(diff)
	}
	if _, ok, err := s.Snapshot(ctx, "other#choice"); ok || err != nil {
		t.Errorf("a card that was never answered: %v, %v", ok, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "review.db")
	s := open(t, path)
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(ctx, path, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer schema: %v", err)
	}
	for want, o := range map[string]Options{
		"retention 1.2 is outside 0.7 to 0.97":                 {Retention: 1.2},
		"rollover hour 24 is outside 0 to 23":                  {RolloverHour: 24},
		"longest interval of -1 days is outside 1 to 36500":    {IntervalDays: -1},
		"longest interval of 99999 days is outside 1 to 36500": {IntervalDays: 99999},
	} {
		if _, err := Open(ctx, path, o); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := Open(ctx, filepath.Join(path, "no folder", "x.db"), Options{}); err == nil {
		t.Error("a log inside a file was opened")
	}
}

// The settings hold on every connection of the pool, not only on the first.
func TestSettingsOnEveryConnection(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "review.db"))
	for range 3 {
		conn, err := s.db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() // kept open, so that the next one is another connection
		for pragma, want := range map[string]string{"journal_mode": "wal", "foreign_keys": "1", "synchronous": "2", "busy_timeout": "5000"} {
			var got string
			if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s = %s, %v; want %s", pragma, got, err, want)
			}
		}
	}
}

// Two sittings on one log at once do not lose each other's answers.
func TestTwoStoresOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "review.db")
	a, b := open(t, path), open(t, path)
	done := make(chan error, 2)
	const each = 20
	for i, s := range []*Store{a, b} {
		when := at(t, "2026-03-02 10:00")
		go func() {
			for n := range each {
				_, err := s.Append(context.Background(), Answer{
					Card: card(fmt.Sprintf("%d-%d#choice", i, n)), Sitting: Quiz, Grade: review.Good, At: when})
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if rows, err := a.Log(context.Background()); err != nil || len(rows) != 2*each {
		t.Errorf("%d rows, %v; want %d", len(rows), err, 2*each)
	}
}

// killedEnv makes this test binary the process that is killed.
const killedEnv = "GIEOK_TEST_KILLED_LOG"

// A process that is killed between two answers loses none that Append returned.
func TestKillLosesNothing(t *testing.T) {
	if path := os.Getenv(killedEnv); path != "" {
		s := open(t, path)
		for n := 0; ; n++ {
			answer(t, s, fmt.Sprintf("%d#choice", n), "2026-03-02 10:00", Quiz, review.Good)
			fmt.Println("saved", n)
		}
	}
	path := filepath.Join(t.TempDir(), "review.db")
	cmd := exec.Command(os.Args[0], "-test.run=^TestKillLosesNothing$")
	cmd.Env = append(os.Environ(), killedEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	saved := -1
	lines := bufio.NewScanner(out)
	for saved < 10 && lines.Scan() {
		fmt.Sscanf(lines.Text(), "saved %d", &saved)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // what it said before it died counts as well
		fmt.Sscanf(lines.Text(), "saved %d", &saved)
	}
	cmd.Wait()
	s := open(t, path)
	rows, err := s.Log(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if saved < 10 || len(rows) <= saved {
		t.Fatalf("%d rows after %d answers were saved", len(rows), saved+1)
	}
	for i, r := range rows {
		if want := cards.ID(fmt.Sprintf("%d#choice", i)); r.Card != want || r.Seq != int64(i+1) {
			t.Errorf("row %d is %s, seq %d", i, r.Card, r.Seq)
		}
		if _, ok, err := s.Snapshot(context.Background(), r.Card); !ok || err != nil {
			t.Errorf("row %d has no snapshot: %v", i, err)
		}
	}
	answer(t, s, "after#choice", "2026-03-02 11:00", Quiz, review.Good)
}

func TestFlags(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gieok", "flags.jsonl")
	if flags, bad, err := ReadFlags(path); flags != nil || bad != 0 || err != nil {
		t.Fatal(flags, bad, err)
	}
	a := FlagCard(card("a#choice"), "답이 틀렸어요\n두 줄", at(t, "2026-03-02 10:00"))
	b := FlagCard(card("b#choice"), "", at(t, "2026-03-02 10:01"))
	for _, f := range []Flag{a, b, {At: a.At, Card: "a#choice", Withdrawn: true}} {
		if err := AppendFlag(path, f); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.WriteString(`{"card": "cut sho`) // a crash in the middle of a line
	file.Close()
	if err := AppendFlag(path, a); err != nil {
		t.Fatal(err)
	}
	flags, bad, err := ReadFlags(path)
	if err != nil || bad != 1 {
		t.Fatal(bad, err)
	}
	if diff := cmp.Diff([]Flag{b, a}, flags); diff != "" {
		t.Error(diff)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if text, _ := os.ReadFile(path); strings.Count(string(text), "\n") != 5 {
		t.Errorf("not one line a flag:\n%s", text)
	}
}

// Asking what is due stays quick after years of answers.
func BenchmarkDue(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ctx := context.Background()
			s, err := Open(ctx, filepath.Join(b.TempDir(), "review.db"), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			tx, err := s.db.Begin()
			if err != nil {
				b.Fatal(err)
			}
			start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
			for i := range n {
				row := Row{At: start.AddDate(0, 0, i/50), Card: cards.ID(fmt.Sprintf("%d#choice", i%500)), Sitting: Quiz,
					Grade: review.Grade(i%4 + 1), Day: review.Day(20_000 + i/50), ElapsedDays: 1}
				if err := s.insert(ctx, tx, &row); err != nil {
					b.Fatal(err)
				}
			}
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Due(ctx, start); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
