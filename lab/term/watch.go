package term

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of watch.
const (
	watchStep     = time.Second // of virtual time
	watchIdle     = 10 * time.Minute
	watchTimeMax  = 2 * time.Hour
	watchLinesMax = 500
)

// watch lets time pass and shows each Pod whenever it looks different, until
// nothing has changed for watchIdle. The cluster then is where the last change
// was, not where the waiting ended.
func (s *sandbox) watch(ctx context.Context, args []string) error {
	command := strings.Join(append([]string{"kubectl", "get", "pods", "--no-headers"}, args...), " ")
	seen, err := s.pods(ctx, command)
	if err != nil {
		return err
	}
	shown := 0
	report := func(now, before map[string]string) {
		for _, name := range sortedKeys(now) {
			if now[name] != before[name] {
				s.say("%8s  %s", "+"+span(s.c.Elapsed()), now[name])
				shown++
			}
		}
		for _, name := range sortedKeys(before) {
			if _, still := now[name]; !still {
				s.say("%8s  %s  (사라짐)", "+"+span(s.c.Elapsed()), name)
				shown++
			}
		}
	}
	report(seen, nil)
	begin, last := s.c.Elapsed(), s.c.Elapsed()
	calm, calmHistory := s.c.Fork(), s.history.fork()
	version := s.c.Version()
	for s.c.Elapsed()-last < watchIdle {
		if s.c.Elapsed()-begin >= watchTimeMax || shown >= watchLinesMax {
			s.say("%s 동안 지켜보았고 아직 바뀌고 있습니다.", span(s.c.Elapsed()-begin))
			return nil
		}
		if err := s.c.Advance(ctx, watchStep); err != nil {
			return err
		}
		if s.c.Version() == version {
			continue
		}
		version = s.c.Version()
		now, err := s.pods(ctx, command)
		if err != nil {
			return err
		}
		if !maps.Equal(now, seen) {
			report(now, seen)
			seen, last = now, s.c.Elapsed()
			calm, calmHistory = s.c.Fork(), s.history.fork()
		}
	}
	s.enter(calm, calmHistory)
	s.say("그 뒤로 10분 동안 바뀌는 것이 없습니다.")
	return nil
}

// pods is what kubectl shows of each Pod, by name, without ages.
func (s *sandbox) pods(ctx context.Context, command string) (map[string]string, error) {
	step, err := s.c.Exec(ctx, command)
	if err != nil {
		return nil, err
	}
	if step.Exit != 0 {
		return nil, watchError(strings.TrimSpace(step.Stderr))
	}
	columnGap, ago := regexp.MustCompile(`\s{2,}`), regexp.MustCompile(`\s*\([^)]* ago\)`)
	out := map[string]string{}
	for line := range strings.Lines(step.Stdout) {
		columns := columnGap.Split(strings.TrimSpace(ago.ReplaceAllString(line, "")), -1)
		columns = columns[:len(columns)-1] // the age
		if len(columns) < 3 {
			continue
		}
		name := columns[0]
		if slices.Contains(strings.Fields(command), "-A") || strings.Contains(command, "--all-namespaces") {
			name += "/" + columns[1]
		}
		out[name] = strings.Join(columns, "  ")
	}
	return out, nil
}

// A watchError is kubectl's complaint.
type watchError string

func (e watchError) Error() string { return string(e) }
