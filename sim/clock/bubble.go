package clock

import (
	"errors"
	"fmt"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// A PanicError is a panic of the function that ran in a bubble.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in a bubble: %v", e.Value) }

// Bubble runs f where time.Now is now and time passes only while every
// goroutine that f started waits. It returns the time at which f ended.
//
// Upstream Kubernetes code reads time.Now in many places and takes no clock;
// this is the one way to give it the cluster's time. It uses testing/synctest
// outside tests, which is not what that package is meant for: so it is used
// here alone. No channel, timer or WaitGroup made by f may outlive it. A
// bubble inside a bubble is refused with an error; now must not be before
// 2000-01-01. A panic of f, and a goroutine that f left waiting for ever, come
// back as an error.
func Bubble(now time.Time, f func() error) (end time.Time, err error) {
	defer func() {
		// synctest panics on the caller when goroutines are left behind.
		if r := recover(); r != nil {
			err = errors.Join(err, &PanicError{Value: r, Stack: debug.Stack()})
		}
	}()
	synctest.Test(new(testing.T), func(*testing.T) {
		defer func() { end = time.Now() }()
		defer func() {
			if r := recover(); r != nil {
				err = &PanicError{Value: r, Stack: debug.Stack()}
			}
		}()
		time.Sleep(now.Sub(time.Now()))
		err = f()
	})
	return end, err
}
