package tcp

import "time"

// Trace is a set of hooks that a connection calls as it works, in the manner of
// net/http/httptrace. Any of them may be nil. They are called in the middle of the
// connection's work and must not call it.
//
// A Trace is set with Conn.SetTrace. It does not change what the connection does,
// and does not count where two are compared: see Conn.Canonical.
type Trace struct {
	// Transition is called after each change of state.
	Transition func(now Time, from, to State, cause Cause)
	// Arrived is called after a segment was processed.
	Arrived func(now Time, seg Segment, v Verdict)
	// Sent is called when Next returns a segment.
	Sent func(now Time, seg Segment)
	// TimerSet is called when a timer is started or set anew: for d, to expire at
	// due. The two differ by the rounding of Config.TickRate.
	TimerSet func(now Time, t Timer, d time.Duration, due Time)
	// TimerStopped is called when a timer that was running is stopped.
	TimerStopped func(now Time, t Timer)
	// TimerFired is called when a timer expires.
	TimerFired func(now Time, t Timer)
}

// SetTrace sets the hooks to call from now on; nil for none.
func (c *Conn) SetTrace(t *Trace) { c.trace = t }
