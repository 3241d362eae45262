package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gieok/cards"
)

// A Flag is a learner's word that a card is bad.
type Flag struct {
	At        time.Time    `json:"at"`
	Card      cards.ID     `json:"card"`
	Reason    string       `json:"reason"`
	Stem      string       `json:"stem"`
	Answer    string       `json:"answer"`
	Source    cards.Source `json:"source"`
	Status    cards.Status `json:"status"`
	Withdrawn bool         `json:"withdrawn,omitempty"` // takes back the flags of this card before it
}

// FlagCard is the flag of card.
func FlagCard(card cards.Card, reason string, at time.Time) Flag {
	return Flag{At: at.UTC(), Card: card.ID, Reason: reason, Stem: card.Stem, Answer: card.Answer,
		Source: card.Source, Status: card.Evidence.Status}
}

const flagsBytesMax = 64 << 20

// AppendFlag adds f to the file at path, one JSON object a line. Like the log,
// the file is only ever added to.
func AppendFlag(path string, f Flag) error {
	line, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("flag a card: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("flag a card: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("flag a card: %w", err)
	}
	// A line that a crash cut short must not swallow the next one.
	if end, err := file.Seek(0, io.SeekEnd); err == nil && end > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	_, err = file.Write(append(line, '\n'))
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("flag a card: %w", err)
	}
	return nil
}

// ReadFlags reads the flags that stand, in the order of the file, and the
// number of lines that could not be read. No file is no flags.
func ReadFlags(path string) (flags []Flag, unreadable int, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read flags: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, flagsBytesMax+1))
	if err != nil {
		return nil, 0, fmt.Errorf("read flags: %w", err)
	}
	if len(text) > flagsBytesMax {
		return nil, 0, fmt.Errorf("read flags: %s is larger than 64 MiB", path)
	}
	var all []Flag
	withdrawn := map[cards.ID]int{} // number of flags in all that a withdrawal came after
	for line := range bytes.Lines(text) {
		var f Flag
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if json.Unmarshal(line, &f) != nil || f.Card == "" {
			unreadable++
			continue
		}
		if f.Withdrawn {
			withdrawn[f.Card] = len(all)
			continue
		}
		all = append(all, f)
	}
	for i, f := range all {
		if i >= withdrawn[f.Card] {
			flags = append(flags, f)
		}
	}
	return flags, unreadable, nil
}
