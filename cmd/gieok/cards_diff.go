package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gieok/cards"
	"gieok/cards/kind"
	"gieok/korean"
)

// renamesSuffix names the file beside a note in which a person can read which of
// its cards go on under a first ID: notes.md has notes.ids.txt.
const renamesSuffix = ".ids.txt"

func renamesFile(note string) string {
	return strings.TrimSuffix(note, filepath.Ext(note)) + renamesSuffix
}

// renames reads the renames that lie beside notes.
func renames(notes []string) (cards.Renames, error) {
	out := cards.Renames{}
	for _, n := range notes {
		if strings.HasPrefix(n, embeddedPrefix) {
			continue
		}
		one, err := readRenames(n)
		if err != nil {
			return nil, err
		}
		for to, from := range one {
			out[to] = from
		}
	}
	return out, nil
}

func readRenames(note string) (cards.Renames, error) {
	name := renamesFile(note)
	src, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return cards.Renames{}, nil
	case err != nil:
		return nil, fmt.Errorf("%s: 읽을 수 없습니다", name)
	}
	return cards.ReadRenames(name, src)
}

// diffCards says what became of the cards between two states of notes: files,
// folders, or lists that cards --json made.
func (app *App) diffCards(ctx context.Context, args []string, f cardFlags) error {
	if len(args) != 2 {
		return errors.New("--diff OLD NEW: 견줄 노트(파일, 폴더, cards --json의 .jsonl)를 둘 적으세요")
	}
	var decks [2][]cards.Card
	for i, arg := range args {
		var err error
		if decks[i], err = app.deckOf(ctx, arg); err != nil {
			return err
		}
	}
	changes := cards.Diff(decks[0], decks[1])
	counts := map[string]int{}
	found := map[string]cards.Renames{}
	for _, c := range changes {
		counts[c.What]++
		if c.What == cards.Renamed {
			file := c.New.Source.File
			if found[file] == nil {
				found[file] = cards.Renames{}
			}
			found[file][c.New.ID] = c.Old.ID
		}
		if err := app.printChange(c, f.json); err != nil {
			return err
		}
	}
	if !f.json {
		fmt.Fprintf(app.out, "그대로 %d · 새로 %d · 바뀜 %d · ID만 바뀜 %d · 없어짐 %d\n",
			len(decks[1])-counts[cards.Added]-counts[cards.Changed]-counts[cards.Renamed], counts[cards.Added], counts[cards.Changed], counts[cards.Renamed], counts[cards.Removed])
	}
	if f.relink {
		return app.relink(found)
	}
	if counts[cards.Renamed] > 0 && !f.json {
		fmt.Fprintln(app.out, "--relink를 더하면 ID가 바뀐 카드가 학습 기록을 이어받습니다.")
	}
	return nil
}

// deckOf makes the cards of notes, or reads those that were made.
func (app *App) deckOf(ctx context.Context, arg string) ([]cards.Card, error) {
	var out []cards.Card
	if strings.ToLower(filepath.Ext(arg)) != ".jsonl" {
		_, _, err := app.eachCard(ctx, []string{arg}, kind.Options{}, func(c cards.Card) (bool, error) {
			out = append(out, c)
			return true, nil
		})
		return out, err
	}
	src, err := os.ReadFile(arg)
	if err != nil {
		return nil, fmt.Errorf("%s: 읽을 수 없습니다", arg)
	}
	lines := bufio.NewScanner(bytes.NewReader(src))
	lines.Buffer(nil, josaLineMax)
	for n := 1; lines.Scan(); n++ {
		var c cards.Card
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil || c.ID == "" {
			return nil, fmt.Errorf("%s:%d:1: 카드가 아닙니다", arg, n)
		}
		out = append(out, c)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	return out, nil
}

// changeMarks stand before a change; fieldNames are what changed.
var (
	changeMarks = map[string]string{cards.Added: "+", cards.Changed: "~", cards.Removed: "-", cards.Renamed: ">"}
	fieldNames  = map[string]string{"stem": "질문", "code": "내용", "answer": "답", "choices": "보기", "evidence": "근거"}
)

func (app *App) printChange(c cards.Change, asJSON bool) error {
	if asJSON {
		out := struct {
			Change string      `json:"change"`
			Old    *cards.Card `json:"old,omitempty"`
			New    *cards.Card `json:"new,omitempty"`
			Fields []string    `json:"fields,omitempty"`
		}{c.What, c.Old, c.New, c.Fields}
		return writeJSON(app.out, out)
	}
	shown := c.New
	if shown == nil {
		shown = c.Old
	}
	line := changeMarks[c.What] + " " + string(shown.ID)
	if c.What == cards.Renamed {
		line = changeMarks[c.What] + " " + string(c.Old.ID) + " -> " + string(c.New.ID)
	}
	fmt.Fprintln(app.out, korean.Printable(line))
	if c.What != cards.Changed {
		fmt.Fprintf(app.out, "    %s\n", korean.Printable(shown.Stem))
		return nil
	}
	for _, f := range c.Fields {
		was, is := "", ""
		switch f {
		case "stem":
			was, is = c.Old.Stem, c.New.Stem
		case "answer":
			was, is = c.Old.Answer, c.New.Answer
		case "evidence":
			was, is = c.Old.Evidence.Status.Label(), c.New.Evidence.Status.Label()
		}
		if was == "" || strings.Contains(was+is, "\n") {
			fmt.Fprintf(app.out, "    %s 달라짐\n", fieldNames[f])
			continue
		}
		fmt.Fprintf(app.out, "    %s: %s → %s\n", fieldNames[f], korean.Printable(was), korean.Printable(is))
	}
	return nil
}

// relink adds renames to the files beside the notes.
func (app *App) relink(found map[string]cards.Renames) error {
	for _, note := range slices.Sorted(maps.Keys(found)) {
		if strings.HasPrefix(note, embeddedPrefix) {
			return fmt.Errorf("%s: 함께 들어 있는 노트에는 적을 수 없습니다", note)
		}
		all, err := readRenames(note)
		if err != nil {
			return err
		}
		for to, from := range found[note] {
			all[to] = from
		}
		name := renamesFile(note)
		if err := writeFile(name, all.Bytes()); err != nil {
			return fmt.Errorf("%s: 쓸 수 없습니다: %w", name, err)
		}
		fmt.Fprintf(app.errOut, "%s: ID %d개를 이었습니다\n", korean.Printable(name), len(found[note]))
	}
	return nil
}
