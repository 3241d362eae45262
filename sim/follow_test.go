package sim

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestFollowersEnd holds that what would follow for ever ends, and says why:
// after a thousand lines, or when nothing is due for ten minutes. None of it
// takes real time.
func TestFollowersEnd(t *testing.T) {
	const quiet, long = "(앞으로 10분 동안 달라질 것이 없어 지켜보기를 마칩니다.)\n", "(1000줄을 넘겨 지켜보기를 마칩니다.)\n"
	c := settled(t, Real)
	check(t, c, []said{
		{"kubectl run tick --image=busybox -- sh -c 'while true; do echo tick; sleep 1; done'", "created"},
		{"kubectl run web --image=nginx", "created"},
		{"kubectl create cronjob hourly --image=busybox --schedule='0 * * * *' -- date", "created"},
		{"advance 30s", ""},
	})
	for _, f := range []struct {
		line, notice string
		lines        int // at least
		limit        time.Duration
	}{
		{"kubectl get pods -w", quiet, 3, 11 * time.Minute},
		{"kubectl get pods --watch-only -o name", quiet, 0, 11 * time.Minute},
		{"kubectl get cronjobs --watch", quiet, 2, 11 * time.Minute},
		{"kubectl events --watch", quiet, 4, 11 * time.Minute},
		{"kubectl logs -f web", quiet, 1, 11 * time.Minute},
		{"kubectl logs -f tick", long, 1000, 20 * time.Minute},
		{"kubectl logs --follow=true --tail=1 tick", long, 1000, 20 * time.Minute},
	} {
		before := c.Now()
		got, err := c.Exec(context.Background(), f.line)
		if err != nil {
			t.Fatalf("%s: %v", f.line, err)
		}
		if !strings.HasSuffix(got.Stderr, f.notice) {
			t.Errorf("%s ends with %q", f.line, got.Stderr)
		}
		if n := strings.Count(got.Stdout, "\n"); n < f.lines {
			t.Errorf("%s prints %d lines, want %d", f.line, n, f.lines)
		}
		if passed := c.Now().Sub(before); passed > f.limit {
			t.Errorf("%s took %s", f.line, passed)
		}
	}
}
