package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gieok/korean"
	"gieok/lab"
	"gieok/parser"
)

// fixNote mends a note on disk by the edits that its check proposes, if the
// check of the result finds less, and returns the check of the result.
func (app *App) fixNote(ctx context.Context, l *lab.Lab, c checked, p *parser.Parser) (checked, error) {
	var edits []lab.Edit
	for _, f := range c.found {
		edits = append(edits, f.Edits...)
	}
	if len(edits) == 0 {
		return c, nil
	}
	if strings.HasPrefix(c.note.name, embeddedPrefix) {
		return c, fmt.Errorf("%s: 함께 들어 있는 노트는 고칠 수 없습니다", c.note.name)
	}
	mended, err := lab.Apply(c.note.src, edits)
	if err != nil {
		return c, fmt.Errorf("%s: %w", c.note.name, err)
	}
	after, err := checkNote(ctx, l, note{c.note.name, mended}, p)
	if err != nil {
		return c, err
	}
	if countErrors(after.found) >= countErrors(c.found) {
		return c, nil // the lines around make another thing of it: leave the note alone
	}
	if err := replaceFile(c.note.name, mended); err != nil {
		return c, fmt.Errorf("%s: 고쳐 쓸 수 없습니다: %w", c.note.name, err)
	}
	for _, f := range c.found {
		if len(f.Edits) > 0 {
			fmt.Fprintf(app.errOut, "%s: 고쳤습니다: %s\n", korean.Printable(f.Pos.String()), korean.Printable(f.Fix))
		}
	}
	return after, nil
}

func countErrors(found []lab.Finding) int {
	n := 0
	for _, f := range found {
		if f.Severity == lab.SeverityError {
			n++
		}
	}
	return n
}

// replaceFile writes a file beside and renames it, so that a kill at any moment
// leaves the old or the new one. Mode and the file behind a link are kept.
func replaceFile(name string, text []byte) error {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	return writeFile(name, text)
}

// writeFile is replaceFile for a file that may not be there yet.
func writeFile(name string, text []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".gieok-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
