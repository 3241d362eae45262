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
		if code := run(context.Background(), []string{"deck", "-o", out}, nil, io.Discard, io.Discard, nil); code != exitFine {
			b.Fatalf("exit status %d", code)
		}
	}
}

// BenchmarkFirstQuestion is a quiz of one question whose learner leaves at once.
func BenchmarkFirstQuestion(b *testing.B) {
	b.ReportAllocs()
	env := environment{"HOME=" + b.TempDir()}
	for b.Loop() {
		if code := run(context.Background(), []string{"quiz", "-n", "1", "--seed", "1"}, strings.NewReader(":q\n"), io.Discard, io.Discard, env); code != exitFine {
			b.Fatalf("exit status %d", code)
		}
	}
}
