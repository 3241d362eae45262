// Package config reads the configuration file: TOML in, a checked Config out.
// A key that it does not know is an error with its place.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// A Config is what the learner may choose. Default is what holds without a file.
type Config struct {
	Notes  Notes  `toml:"notes"`
	Review Review `toml:"review"`
	Quiz   Quiz   `toml:"quiz"`
}

// Notes says where the learner's notes lie.
type Notes struct {
	Paths []string `toml:"paths"` // files or folders; empty: the embedded notes
}

// Review says how the schedule is made.
type Review struct {
	Retention       float64 `toml:"retention"`         // wanted probability of recall when a card is due, 0.70 to 0.97
	RolloverHour    int     `toml:"rollover_hour"`     // local hour at which a learner's day begins, 0 to 23
	MaxIntervalDays int     `toml:"max_interval_days"` // 1 to 36,500
	NewPerDay       int     `toml:"new_per_day"`       // cards never answered before, 0 to 1,000
}

// Quiz says how a quiz is made.
type Quiz struct {
	Count int `toml:"count"` // questions in one sitting, 1 to 1,000
}

// Bounds of the numbers above.
const (
	retentionMin, retentionMax = 0.70, 0.97
	rolloverHourMax            = 23
	maxIntervalDaysMax         = 36_500
	newPerDayMax               = 1_000
	countMax                   = 1_000
	pathsMax                   = 1_000
	fileBytesMax               = 1 << 20
)

// Default is the configuration of a learner who has written none.
func Default() Config {
	return Config{
		Review: Review{Retention: 0.9, RolloverHour: 4, MaxIntervalDays: maxIntervalDaysMax, NewPerDay: 20},
		Quiz:   Quiz{Count: 20},
	}
}

// An Error is something wrong in the file. Line and Col start at 1, columns
// count runes; both are 0 when the whole file is meant.
type Error struct {
	File      string
	Line, Col int
	Text      string // Korean
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Text)
}

// Load reads the file at path. Without such a file it is Default. A leading ~/
// of a notes path becomes home, and a relative one is taken from the file's folder.
func Load(path, home string) (Config, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return Config{}, &Error{File: path, Text: "설정 파일을 읽을 수 없습니다: " + reason(err)}
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, fileBytesMax+1))
	if err != nil {
		return Config{}, &Error{File: path, Text: "설정 파일을 읽을 수 없습니다: " + reason(err)}
	}
	return Parse(path, src, home)
}

// reason is what an operating system's error says, without the path that the
// message around it names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// Parse reads src, the text of the file at path.
func Parse(path string, src []byte, home string) (Config, error) {
	if len(src) > fileBytesMax {
		return Config{}, &Error{File: path, Text: "설정 파일이 1 MiB보다 큽니다"}
	}
	if !utf8.Valid(src) {
		return Config{}, &Error{File: path, Text: "설정 파일이 UTF-8이 아닙니다"}
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	var written map[string]any
	if _, err := toml.Decode(string(src), &written); err != nil {
		return Config{}, decodeError(path, src, err)
	}
	if err := checkTypes(path, src, written); err != nil {
		return Config{}, err
	}
	c := Default()
	meta, err := toml.Decode(string(src), &c)
	if err != nil {
		return Config{}, decodeError(path, src, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Config{}, unknownKey(path, src, unknown)
	}
	if err := c.validate(path, src); err != nil {
		return Config{}, err
	}
	for i, p := range c.Notes.Paths {
		c.Notes.Paths[i] = expand(p, home, filepath.Dir(path))
	}
	return c, nil
}

// decodeError is what the TOML package says about text that is no TOML.
func decodeError(path string, src []byte, err error) error {
	var p toml.ParseError
	if !errors.As(err, &p) {
		return &Error{File: path, Text: "설정 파일을 이해할 수 없습니다: " + err.Error()}
	}
	line, col := place(src, p.Position.Start)
	return &Error{File: path, Line: line, Col: col, Text: "TOML 문법에 맞지 않습니다: " + p.Message}
}

// place is line and column, from 1 and in runes, of the byte at offset.
func place(src []byte, offset int) (line, col int) {
	before := src[:min(max(offset, 0), len(src))]
	line = 1 + bytes.Count(before, []byte("\n"))
	start := bytes.LastIndexByte(before, '\n') + 1
	return line, 1 + utf8.RuneCount(before[start:])
}

// known lists every key, tables first, with what may be written there.
var known = []struct {
	key    string
	fits   func(value any) bool
	korean string
}{
	{"notes", isTable, "[notes] 표를"},
	{"review", isTable, "[review] 표를"},
	{"quiz", isTable, "[quiz] 표를"},
	{"notes.paths", isTexts, "따옴표로 묶은 경로의 목록을"},
	{"review.retention", isNumber, "수를"},
	{"review.rollover_hour", isInteger, "정수를"},
	{"review.max_interval_days", isInteger, "정수를"},
	{"review.new_per_day", isInteger, "정수를"},
	{"quiz.count", isInteger, "정수를"},
}

func isTable(v any) bool   { _, ok := v.(map[string]any); return ok }
func isInteger(v any) bool { _, ok := v.(int64); return ok }
func isNumber(v any) bool  { _, ok := v.(float64); return ok || isInteger(v) }
func isTexts(v any) bool {
	list, ok := v.([]any)
	return ok && !slices.ContainsFunc(list, func(p any) bool { _, ok := p.(string); return !ok })
}

// checkTypes complains about the first value of a wrong type. The TOML package
// would, too, but without a place.
func checkTypes(path string, src []byte, written map[string]any) error {
	for _, k := range known {
		key := strings.Split(k.key, ".")
		value, ok := written[key[0]]
		if ok && len(key) > 1 {
			value, ok = value.(map[string]any)[key[1]] // its table was checked before it
		}
		if ok && !k.fits(value) {
			line, col := keyPlace(src, key)
			return &Error{File: path, Line: line, Col: col, Text: fmt.Sprintf("%s에는 %s 적어야 합니다", k.key, k.korean)}
		}
	}
	return nil
}

// unknownKey complains about the first unknown key of the file.
func unknownKey(path string, src []byte, keys []toml.Key) error {
	first := &Error{File: path}
	for _, key := range keys {
		line, col := keyPlace(src, key)
		if first.Line == 0 || line < first.Line || line == first.Line && col < first.Col {
			first.Line, first.Col = line, col
			first.Text = fmt.Sprintf("모르는 설정 키 %q", strings.Join(key, "."))
			if near := nearestKey(strings.Join(key, ".")); near != "" {
				first.Text += fmt.Sprintf(" (혹시 %q?)", near)
			}
		}
	}
	return first
}

// nearestKey is the known key that at most two slips of a finger made into key,
// or that has the same last part in another table.
func nearestKey(key string) string {
	last := key[strings.LastIndexByte(key, '.')+1:]
	best, bestDistance := "", 3
	for _, row := range known {
		k := row.key
		if k[strings.LastIndexByte(k, '.')+1:] == last {
			return k
		}
		if d := distance(key, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or replace to make a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// validate checks what the types do not.
func (c Config) validate(path string, src []byte) error {
	complain := func(text string, key ...string) error {
		line, col := keyPlace(src, key)
		return &Error{File: path, Line: line, Col: col, Text: text}
	}
	r := c.Review
	switch {
	case len(c.Notes.Paths) > pathsMax:
		return complain(fmt.Sprintf("notes.paths에는 %d개까지 적을 수 있습니다", pathsMax), "notes", "paths")
	case slices.Contains(c.Notes.Paths, ""):
		return complain("notes.paths에 빈 경로가 있습니다", "notes", "paths")
	case !(r.Retention >= retentionMin && r.Retention <= retentionMax): // false for NaN, too
		return complain(fmt.Sprintf("review.retention은 %.2f에서 %.2f 사이여야 합니다: %v", retentionMin, retentionMax, r.Retention), "review", "retention")
	case r.RolloverHour < 0 || r.RolloverHour > rolloverHourMax:
		return complain(fmt.Sprintf("review.rollover_hour는 0에서 %d 사이여야 합니다: %d", rolloverHourMax, r.RolloverHour), "review", "rollover_hour")
	case r.MaxIntervalDays < 1 || r.MaxIntervalDays > maxIntervalDaysMax:
		return complain(fmt.Sprintf("review.max_interval_days는 1에서 %d 사이여야 합니다: %d", maxIntervalDaysMax, r.MaxIntervalDays), "review", "max_interval_days")
	case r.NewPerDay < 0 || r.NewPerDay > newPerDayMax:
		return complain(fmt.Sprintf("review.new_per_day는 0에서 %d 사이여야 합니다: %d", newPerDayMax, r.NewPerDay), "review", "new_per_day")
	case c.Quiz.Count < 1 || c.Quiz.Count > countMax:
		return complain(fmt.Sprintf("quiz.count는 1에서 %d 사이여야 합니다: %d", countMax, c.Quiz.Count), "quiz", "count")
	}
	return nil
}

// expand makes a notes path absolute where it can.
func expand(p, home, folder string) string {
	switch {
	case p == "~":
		return home
	case strings.HasPrefix(p, "~/"):
		return filepath.Join(home, p[2:])
	case filepath.IsAbs(p):
		return filepath.Clean(p)
	}
	return filepath.Join(folder, p)
}
