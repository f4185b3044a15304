package packetdrill

import (
	"math"
	"time"
)

// Tolerance says by how much the time of an expected packet, or of the return
// from a blocking call, may differ from the script: by the larger of Absolute and
// Percent of the time since the preceding event, in both directions (§3).
type Tolerance struct {
	Absolute time.Duration // --tolerance_usecs
	Percent  float64       // --tolerance_percent
}

// DefaultTolerance holds for a script without such options.
var DefaultTolerance = Tolerance{Absolute: 4 * time.Millisecond, Percent: 12.5}

// Forever is the end of a [Window] without one.
const Forever time.Duration = math.MaxInt64

// Window is a closed interval of times since the start of a script.
type Window struct {
	From, Until time.Duration
}

// Contains reports whether at lies in the window.
func (w Window) Contains(at time.Duration) bool { return w.From <= at && at <= w.Until }

// Window returns when the event happens, without tolerance; previous is when the
// preceding event did.
func (t Time) Window(previous time.Duration) Window {
	switch t.Kind {
	case Absolute:
		return Window{t.At, t.At}
	case Relative:
		return Window{previous + t.At, previous + t.At}
	case AbsoluteRange:
		return Window{t.At, t.Until}
	case RelativeRange:
		return Window{previous + t.At, previous + t.Until}
	}
	return Window{previous, Forever}
}

// Return returns when a blocking call started by an event at t is to return,
// without tolerance; previous is when the preceding event happened.
func (s *Syscall) Return(t Time, previous time.Duration) time.Duration {
	if t.Kind == Relative {
		return previous + s.End
	}
	return s.End
}

// Margin returns how far an event may lie from its time when gap passed since the
// preceding one.
func (t Tolerance) Margin(gap time.Duration) time.Duration {
	percent := float64(max(gap, 0)) * t.Percent / 100
	if percent >= float64(Forever) {
		return Forever
	}
	return max(t.Absolute, time.Duration(percent))
}

// Widen returns the window in which an event counts as on time. Each end gets the
// margin of its own distance from previous, when the preceding event happened.
func (t Tolerance) Widen(w Window, previous time.Duration) Window {
	from := w.From - t.Margin(w.From-previous)
	if w.Until >= Forever-t.Margin(w.Until-previous) {
		return Window{from, Forever}
	}
	return Window{from, w.Until + t.Margin(w.Until-previous)}
}
