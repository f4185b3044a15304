package tcp

import (
	"math"
	"time"
)

// Time is an instant: nanoseconds since an epoch of the caller's choosing. A
// connection never reads a clock; every Time comes from its caller.
type Time int64

// Never is the instant that does not come: the deadline of a connection that has
// no timer running.
const Never Time = math.MaxInt64

// Add returns t+d. It saturates at Never and at the earliest Time; Never plus
// anything is Never.
func (t Time) Add(d time.Duration) Time {
	if t == Never {
		return Never
	}
	s := t + Time(d)
	switch {
	case d > 0 && s < t:
		return Never
	case d < 0 && s > t:
		return math.MinInt64
	}
	return s
}

// Sub returns the duration t-u, saturated to the range of time.Duration.
func (t Time) Sub(u Time) time.Duration {
	d := t - u
	switch {
	case u > 0 && d > t:
		return math.MinInt64
	case u < 0 && d < t:
		return math.MaxInt64
	}
	return time.Duration(d)
}

// Clock tells the time. Drivers, tests and simulators read it to obtain the now
// that they pass to a connection; a connection holds none.
type Clock interface {
	Now() Time
}

// ManualClock is a Clock that stands still until it is told to move. The zero
// value stands at Time 0.
type ManualClock struct {
	now Time
}

// Now returns the time at which the clock stands.
func (c *ManualClock) Now() Time { return c.now }

// Set moves the clock to t. A clock does not go back: an earlier t is ignored.
func (c *ManualClock) Set(t Time) {
	if t > c.now {
		c.now = t
	}
}

// Advance moves the clock forward by d; a negative d is ignored.
func (c *ManualClock) Advance(d time.Duration) { c.Set(c.now.Add(d)) }
