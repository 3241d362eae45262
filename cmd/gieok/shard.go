package main

import (
	"fmt"
	"hash/fnv"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// shardsMax bounds into how many parts notes are split.
const shardsMax = 100_000

// A shard is one of count equal parts of the notes, index from 0: what an
// Indexed Job calls its completion index. The zero shard is all of them.
type shard struct{ index, count uint64 }

// readShard reads "I/N"; "" is the zero shard.
func readShard(s string) (shard, error) {
	if s == "" {
		return shard{}, nil
	}
	i, n, _ := strings.Cut(s, "/")
	index, err1 := strconv.ParseUint(i, 10, 32)
	count, err2 := strconv.ParseUint(n, 10, 32)
	if err1 != nil || err2 != nil || count == 0 || count > shardsMax || index >= count {
		return shard{}, fmt.Errorf("--shard %s: I/N 꼴이어야 합니다. I는 0부터 N-1까지, N은 1부터 %d까지입니다", s, shardsMax)
	}
	return shard{index, count}, nil
}

// has tells whether a file belongs to the shard. Its path alone says so, with
// slashes and as it is given, so that no part need know of the others.
func (s shard) has(file string) bool {
	if s.count == 0 {
		return true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(filepath.ToSlash(file))) // a hash never fails
	return h.Sum64()%s.count == s.index
}

// shardArgs lists the files of args that belong to a shard. It may be empty.
func (app *App) shardArgs(args []string, s shard) ([]string, error) {
	if len(args) == 0 {
		c, err := app.config()
		if err != nil {
			return nil, err
		}
		if args = c.Notes.Paths; len(args) == 0 {
			return nil, fmt.Errorf("--shard: 나눌 노트나 폴더를 적으세요")
		}
	}
	files, err := noteFiles(args)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(files, func(f string) bool { return !s.has(f) }), nil
}

// shardNotes reads the notes of args that belong to the shard that text names.
func (app *App) shardNotes(args []string, text string) ([]note, error) {
	s, err := readShard(text)
	if err != nil {
		return nil, err
	}
	if s.count > 0 {
		if args, err = app.shardArgs(args, s); err != nil || len(args) == 0 {
			return nil, err
		}
	}
	return app.notes(args)
}
