package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkDeck makes a finished deck of the notes that come along, every
// snippet executed.
func BenchmarkDeck(b *testing.B) {
	b.ReportAllocs()
	out := filepath.Join(b.TempDir(), "deck.pdf")
	for b.Loop() {
		if code := run(context.Background(), []string{"deck", "-o", out}, nil, io.Discard, io.Discard, noEnv); code != exitFine {
			b.Fatalf("exit status %d", code)
		}
	}
}

// BenchmarkFirstQuestion is a quiz of one question whose learner leaves at once.
func BenchmarkFirstQuestion(b *testing.B) {
	b.ReportAllocs()
	home := b.TempDir()
	env := func(name string) string {
		if name == "HOME" {
			return home
		}
		return ""
	}
	for b.Loop() {
		if code := run(context.Background(), []string{"quiz", "-n", "1", "--seed", "1"}, strings.NewReader(":q\n"), io.Discard, io.Discard, env); code != exitFine {
			b.Fatalf("exit status %d", code)
		}
	}
}

func noEnv(string) string { return "" }
