package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	tickEvery = 25 * time.Millisecond
	// stepMax bounds the virtual time of one tick, so that a cluster that is
	// slower than its speed falls behind and does not block its clients.
	stepMax = 10 * time.Minute
)

// A pace turns real time into the cluster's.
type pace struct {
	speed         float64
	real, virtual time.Time // one moment in both
}

func (p pace) at(now time.Time) time.Time {
	return p.virtual.Add(time.Duration(float64(now.Sub(p.real)) * p.speed))
}

// tick lets the cluster's time follow real time until ctx ends.
func (s *Server) tick(ctx context.Context) {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		s.mu.Lock()
		s.catchUp(ctx)
		s.mu.Unlock()
	}
}

// catchUp moves the cluster's time to where it ought to be, and lets happen
// what is due. s.mu must be held.
func (s *Server) catchUp(ctx context.Context) {
	now := s.Now()
	step := s.pace.at(now).Sub(s.Cluster.Now())
	if step < 0 || step > stepMax {
		// A command in a container took time of its own, or the host slept.
		step = min(max(step, 0), stepMax)
		s.pace.real, s.pace.virtual = now, s.Cluster.Now().Add(step)
	}
	s.pass(ctx, step)
}

// pass lets time pass. s.mu must be held.
func (s *Server) pass(ctx context.Context, d time.Duration) {
	err := s.Cluster.Advance(ctx, d)
	if err != nil && !s.stuck && !errors.Is(err, context.Canceled) {
		s.Log(fmt.Sprintf("시간이 흐르지 않습니다: %v", err))
	}
	s.stuck = err != nil
	if v := s.Cluster.Version(); v != s.version {
		s.version = v
		s.admit()
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// admit tells of Pods whose outcome is not known since the last time.
func (s *Server) admit() {
	now := s.Cluster.Unknown()
	for _, u := range now {
		if !slices.Contains(s.unknown, u) {
			s.Log(fmt.Sprintf("파드 %s/%s이(가) 실제로 어떻게 될지 이 시뮬레이터는 모릅니다. (%s: %s)", u.Namespace, u.Pod, u.Field, u.Why))
		}
	}
	s.unknown = now
}

// Advance lets d of the cluster's time pass at once.
func (s *Server) Advance(ctx context.Context, d time.Duration) (now time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp(ctx)
	if err := s.Cluster.Advance(ctx, d); err != nil {
		return s.Cluster.Now(), err
	}
	s.pace.real, s.pace.virtual = s.Now(), s.Cluster.Now()
	s.pass(ctx, 0)
	return s.Cluster.Now(), nil
}
