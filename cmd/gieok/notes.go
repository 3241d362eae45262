package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gieok/content"
	"gieok/parser"
)

// notesDir is where the notes that come along lie in content.
const notesDir = "notes"

// embeddedPrefix begins the name of a note that comes along.
const embeddedPrefix = "gieok:"

// loadGlossary reads the glossary that ships with the program.
func loadGlossary() ([]parser.Term, error) {
	src, err := content.FS.ReadFile("glossary/terms.json")
	if err != nil {
		return nil, err
	}
	var terms []parser.Term
	return terms, json.Unmarshal(src, &terms)
}

// A note is one file of notes and its bytes.
type note struct {
	name string
	src  []byte
}

// notes reads the notes that args name; without args those of the
// configuration, and without those the ones that come along.
func (app *App) notes(args []string) ([]note, error) {
	if len(args) == 0 {
		c, err := app.config()
		if err != nil {
			return nil, err
		}
		if args = c.Notes.Paths; len(args) == 0 {
			return embeddedNotes()
		}
	}
	files, err := noteFiles(args)
	if err != nil {
		return nil, err
	}
	var out []note
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%s: 읽을 수 없습니다", name)
		}
		out = append(out, note{name, src})
	}
	return out, nil
}

func embeddedNotes() ([]note, error) {
	files, err := content.FS.ReadDir(notesDir)
	if err != nil {
		return nil, err
	}
	var out []note
	for _, f := range files {
		src, err := content.FS.ReadFile(notesDir + "/" + f.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, note{embeddedPrefix + f.Name(), src})
	}
	return out, nil
}

// graph parses the notes that args name, and merges what they say.
func (app *App) graph(args []string, glossary []parser.Term) (*parser.Graph, error) {
	graphs, err := app.graphs(args, glossary)
	if err != nil {
		return nil, err
	}
	return parser.Merge(graphs...), nil
}

// graphs parses the notes that args name, one graph a note.
func (app *App) graphs(args []string, glossary []parser.Term) ([]*parser.Graph, error) {
	notes, err := app.notes(args)
	if err != nil {
		return nil, err
	}
	p := parser.New(parser.Options{Glossary: glossary, Prose: true})
	var graphs []*parser.Graph
	for _, n := range notes {
		g, err := p.Parse(n.name, n.src)
		if err != nil {
			return nil, err
		}
		graphs = append(graphs, g)
	}
	return graphs, nil
}

// noteFiles lists the notes of files and folders, in order: *.md and
// *.markdown, no hidden folders, no links out of the folder.
func noteFiles(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: 그런 파일이 없습니다", arg)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: 읽을 수 없습니다", arg)
		}
		if !info.IsDir() {
			out = append(out, arg)
			continue
		}
		if out, err = walkNotes(out, arg); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: 노트(.md)가 없습니다", strings.Join(args, ", "))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// walkNotes appends the notes under dir to out.
func walkNotes(out []string, dir string) ([]string, error) {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("%s: 읽을 수 없습니다", name)
		}
		if d.IsDir() && name != dir && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if ext := strings.ToLower(filepath.Ext(name)); d.Type().IsRegular() && (ext == ".md" || ext == ".markdown") {
			out = append(out, name)
		}
		return nil
	})
	return out, err
}

// noCards is what is said when no note yields a card: what would have been
// understood.
func noCards(g *parser.Graph) error {
	hint := "제목 아래의 정의, `필드` 설명, 값: 뜻, 주석이 달린 YAML, kubectl 명령을 알아듣습니다"
	return fmt.Errorf("노트에서 카드를 만들지 못했습니다 (사실 %d개, YAML %d개, 명령 %d개를 읽음). %s", len(g.Facts), len(g.Snippets), len(g.Commands), hint)
}
