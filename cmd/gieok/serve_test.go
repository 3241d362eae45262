package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestServeNow advances a served cluster: it began at the real time, so that a
// kubectl that works out ages by its own clock is right.
func TestServeNow(t *testing.T) {
	var out, errOut bytes.Buffer
	before := time.Now().Add(-time.Second)
	if status := run(t.Context(), []string{"serve", "--print"}, strings.NewReader("advance 1h\nquit\n"), &out, &errOut, environment{}); status != exitFine {
		t.Fatalf("status %d: %s", status, errOut.String())
	}
	m := regexp.MustCompile(`클러스터의 시간은 (\S+)`).FindStringSubmatch(errOut.String())
	if m == nil {
		t.Fatalf("no time in %s", errOut.String())
	}
	got, err := time.Parse(time.RFC3339, m[1])
	if err != nil {
		t.Fatal(err)
	}
	if got.Before(before.Add(time.Hour)) || got.After(time.Now().Add(time.Hour)) {
		t.Errorf("after an hour it is %v, having begun at %v", got, before)
	}
}
