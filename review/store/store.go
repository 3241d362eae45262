// Package store keeps the answer log: append-only rows in SQLite, one
// transaction an answer, and the last wording of each card ever answered.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver registers itself under "sqlite"

	"gieok/cards"
	"gieok/review"
)

//go:embed migrations/*.sql
var migrations embed.FS

// A Sitting says in what kind of sitting a card was answered.
type Sitting string

// The sittings. Their text is part of the log and never changes.
const (
	Quiz   Sitting = "quiz"
	Review Sitting = "review"
	Cram   Sitting = "cram" // logged, but the schedule does not move
)

// Bounds of what one row may hold.
const (
	answerBytesMax   = 1 << 20
	snapshotBytesMax = 8 << 20
	millisecondsMax  = 24 * 60 * 60 * 1000 // a learner who left the desk
)

// Options say how answers are dated and scheduled. The zero Options work.
type Options struct {
	Model        *review.Model  // nil: the default weights
	Retention    float64        // 0: review.RetentionDefault
	IntervalDays int            // longest interval in days; 0: review.IntervalDaysMax
	Location     *time.Location // where the learner lives; nil: UTC
	RolloverHour int            // 0 to 23; a day that turns at midnight is 0
	Build        string         // which gieok asks
	Rand         io.Reader      // names rows; nil: crypto/rand
}

func (o Options) filled() (Options, error) {
	if o.Model == nil {
		m := review.DefaultModel()
		o.Model = &m
	}
	if o.Retention == 0 {
		o.Retention = review.RetentionDefault
	}
	if o.IntervalDays == 0 {
		o.IntervalDays = review.IntervalDaysMax
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if !(o.Retention >= review.RetentionMin && o.Retention <= review.RetentionMax) {
		return o, fmt.Errorf("retention %v is outside %v to %v", o.Retention, review.RetentionMin, review.RetentionMax)
	}
	if o.IntervalDays < 1 || o.IntervalDays > review.IntervalDaysMax {
		return o, fmt.Errorf("longest interval of %d days is outside 1 to %d", o.IntervalDays, review.IntervalDaysMax)
	}
	if o.RolloverHour < 0 || o.RolloverHour > review.RolloverHourMax {
		return o, fmt.Errorf("rollover hour %d is outside 0 to %d", o.RolloverHour, review.RolloverHourMax)
	}
	return o, nil
}

// A Store is an open answer log.
type Store struct {
	db *sql.DB
	o  Options
}

// Open opens the log at path, making file and folder if there are none and
// bringing an older schema up to date.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open answer log: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open answer log: %w", err)
	}
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open answer log %s: %w", path, err), db.Close())
	}
	return &Store{db: db, o: o}, nil
}

// dsn carries the settings, so that every connection of the pool has them.
// synchronous(FULL) makes an answer outlive a power cut, not only a crash.
func dsn(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_txlock=immediate"
}

// Close closes the log.
func (s *Store) Close() error { return s.db.Close() }

// ErrNewer says that the file was written by a newer gieok.
var ErrNewer = errors.New("the answer log was written by a newer version")

// migrate applies, in one transaction, every embedded step that the file has not had.
func migrate(ctx context.Context, db *sql.DB) error {
	steps, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(steps) {
		return ErrNewer
	}
	for _, step := range steps[version:] {
		text, err := migrations.ReadFile("migrations/" + step.Name())
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("migration %s: %w", step.Name(), err)
		}
	}
	if version == len(steps) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(steps))); err != nil {
		return err
	}
	return tx.Commit()
}

// An Answer is one graded answer to be logged.
type Answer struct {
	Card    cards.Card
	Sitting Sitting
	Grade   review.Grade
	At      time.Time
	Took    time.Duration // from question to answer
	Text    string        // what the learner typed or chose
}

// A Row is one row of the log.
type Row struct {
	Seq         int64
	ID          string
	Undoes      string // ID of the answer that this row takes back; "" for an answer
	At          time.Time
	Day         review.Day
	ElapsedDays int // -1 for a card's first answer
	Card        cards.ID
	Kind        cards.Kind
	Sitting     Sitting
	Grade       review.Grade
	Took        time.Duration
	Text        string
	Before      review.Memory
	After       review.Memory
	Weights     string
	Build       string
}

// Append logs one answer, with the card as it was asked, in one transaction.
// The Row it returns is on disk.
func (s *Store) Append(ctx context.Context, a Answer) (Row, error) {
	if !a.Grade.Valid() {
		panic(fmt.Sprintf("store: internal error: grade %d", int(a.Grade)))
	}
	snapshot, err := json.Marshal(a.Card)
	if err != nil {
		return Row{}, fmt.Errorf("append to answer log: %w", err)
	}
	if len(a.Text) > answerBytesMax || len(snapshot) > snapshotBytesMax {
		return Row{}, fmt.Errorf("append to answer log: answer of %d bytes or card of %d is too large", len(a.Text), len(snapshot))
	}
	row := Row{
		At: a.At, Day: review.LearnerDay(a.At, s.o.Location, s.o.RolloverHour), ElapsedDays: -1,
		Card: a.Card.ID, Kind: a.Card.Kind, Sitting: a.Sitting, Grade: a.Grade,
		Took: a.Took, Text: strings.ToValidUTF8(a.Text, "\uFFFD"),
		Weights: s.o.Model.WeightsHash(), Build: s.o.Build,
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		history, err := moves(ctx, tx, "WHERE card_id = ?", string(a.Card.ID))
		if err != nil {
			return err
		}
		schedule := s.fold(history)[a.Card.ID]
		row.Before, row.After = schedule.Memory, schedule.Memory
		after, elapsed := s.o.Model.After(schedule, review.Review{Day: row.Day, Grade: a.Grade})
		if schedule.Count > 0 {
			row.ElapsedDays = elapsed
		}
		if a.Sitting != Cram {
			row.After = after.Memory
		}
		if err := s.insert(ctx, tx, &row); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO card_snapshot (card_id, json) VALUES (?, ?)
			ON CONFLICT (card_id) DO UPDATE SET json = excluded.json`, string(a.Card.ID), string(snapshot))
		return err
	})
	if err != nil {
		return Row{}, fmt.Errorf("append to answer log: %w", err)
	}
	return row, nil
}

// Undo takes back the answer in the row called id by a compensating row. An
// answer can be taken back once; nothing takes back an undo.
func (s *Store) Undo(ctx context.Context, id string, at time.Time) (Row, error) {
	var row Row
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		rows, err := readRows(ctx, tx, "WHERE id = ? OR undoes = ?", id, id)
		if err != nil {
			return err
		}
		if len(rows) != 1 || rows[0].Undoes != "" || rows[0].ID != id {
			return ErrNotUndoable
		}
		row = rows[0]
		row.Undoes, row.At, row.Text, row.Took = id, at, "", 0
		row.Day = review.LearnerDay(at, s.o.Location, s.o.RolloverHour)
		row.Before, row.After = row.After, row.Before
		row.Weights, row.Build = s.o.Model.WeightsHash(), s.o.Build
		return s.insert(ctx, tx, &row)
	})
	if err != nil {
		return Row{}, fmt.Errorf("undo in answer log: %w", err)
	}
	return row, nil
}

// ErrNotUndoable says that no answer of that name is left to take back.
var ErrNotUndoable = errors.New("no such answer, or it was taken back already")

func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// insert writes row, after naming it, and fills in its Seq.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, row *Row) error {
	var id [16]byte
	if _, err := io.ReadFull(s.o.Rand, id[:]); err != nil {
		return err
	}
	row.ID = hex.EncodeToString(id[:])
	row.At = row.At.In(s.o.Location).Truncate(time.Millisecond)
	_, offset := row.At.Zone()
	took := min(max(row.Took.Milliseconds(), 0), millisecondsMax)
	row.Took = time.Duration(took) * time.Millisecond
	result, err := tx.ExecContext(ctx, `INSERT INTO answer_log
		(id, undoes, at_ms, offset_s, learner_day, elapsed_days, card_id, card_kind, sitting, rating, milliseconds, answer,
		 stability_before, difficulty_before, stability_after, difficulty_after, weights, build)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.ID, sql.NullString{String: row.Undoes, Valid: row.Undoes != ""},
		row.At.UnixMilli(), offset, row.Day.String(),
		sql.NullInt64{Int64: int64(row.ElapsedDays), Valid: row.ElapsedDays >= 0},
		string(row.Card), string(row.Kind), string(row.Sitting), int(row.Grade), took, row.Text,
		orNull(row.Before, row.Before.Stability), orNull(row.Before, row.Before.Difficulty),
		orNull(row.After, row.After.Stability), orNull(row.After, row.After.Difficulty),
		row.Weights, row.Build)
	if err != nil {
		return err
	}
	row.Seq, err = result.LastInsertId()
	return err
}

func orNull(m review.Memory, x float64) sql.NullFloat64 {
	return sql.NullFloat64{Float64: x, Valid: !m.New()}
}

// A querier is a database or a transaction on it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readRows reads the rows that match, in the order of the log.
func readRows(ctx context.Context, q querier, where string, args ...any) ([]Row, error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, id, undoes, at_ms, offset_s, learner_day, elapsed_days,
		card_id, card_kind, sitting, rating, milliseconds, answer,
		stability_before, difficulty_before, stability_after, difficulty_after, weights, build
		FROM answer_log `+where+` ORDER BY seq`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Row
	for rows.Next() {
		row, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

func scanRow(rows *sql.Rows) (Row, error) {
	var (
		r                      Row
		undoes                 sql.NullString
		atMS, took             int64
		offset                 int
		day                    string
		elapsed                sql.NullInt64
		sBefore, dBefore, s, d sql.NullFloat64
	)
	err := rows.Scan(&r.Seq, &r.ID, &undoes, &atMS, &offset, &day, &elapsed,
		&r.Card, &r.Kind, &r.Sitting, &r.Grade, &took, &r.Text, &sBefore, &dBefore, &s, &d, &r.Weights, &r.Build)
	if err != nil {
		return Row{}, err
	}
	r.Undoes = undoes.String
	r.At = time.UnixMilli(atMS).In(time.FixedZone("", offset))
	if r.Day, err = review.ParseDay(day); err != nil {
		return Row{}, fmt.Errorf("row %d: %w", r.Seq, err)
	}
	r.ElapsedDays = -1
	if elapsed.Valid {
		r.ElapsedDays = int(elapsed.Int64)
	}
	r.Took = time.Duration(took) * time.Millisecond
	r.Before = review.Memory{Stability: sBefore.Float64, Difficulty: dBefore.Float64}
	r.After = review.Memory{Stability: s.Float64, Difficulty: d.Float64}
	return r, nil
}
