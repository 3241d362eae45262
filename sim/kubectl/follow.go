package kubectl

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of a command that would follow for ever.
const (
	quietMax       = 10 * time.Minute // of virtual time
	followLinesMax = 1000
	followLook     = time.Second // how often it is looked at, in virtual time
)

// follows reports whether a command goes on until somebody stops it.
func follows(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	on := func(names ...string) bool {
		return slices.ContainsFunc(args, func(a string) bool {
			name, value, joined := strings.Cut(a, "=")
			return slices.Contains(names, name) && (!joined || value == "true")
		})
	}
	switch verbOf(args) {
	case "get":
		return on("-w", "--watch", "--watch-only")
	case "events":
		return on("-w", "--watch")
	case "logs":
		return on("-f", "--follow")
	case "attach":
		return true
	}
	return false
}

// stopFollowing ends a command that follows when nothing is going to happen
// for long, or when it has printed enough, and says so.
func (r *command) stopFollowing(ctx context.Context, cancel context.CancelFunc) {
	ticker := time.NewTicker(followLook)
	defer ticker.Stop()
	lines, since := 0, time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if n := r.out.lines(); n != lines {
			lines, since = n, time.Now()
		}
		reason := ""
		switch {
		case lines >= followLinesMax:
			reason = fmt.Sprintf("%d줄을 넘겨 지켜보기를 마칩니다.", followLinesMax)
		case r.quiet() || time.Since(since) >= quietMax:
			reason = fmt.Sprintf("앞으로 %d분 동안 달라질 것이 없어 지켜보기를 마칩니다.", int(quietMax.Minutes()))
		default:
			continue
		}
		_, _ = r.errOut.Write([]byte("(" + reason + ")\n"))
		cancel()
		return
	}
}

// quiet reports whether nothing is due in the cluster for long.
func (r *command) quiet() bool {
	r.client.lock.Lock()
	defer r.client.lock.Unlock()
	next, ok := r.client.clock.Next()
	return !ok || time.Until(next) > quietMax
}
