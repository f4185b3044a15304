package tcp

import (
	"math"
	"math/bits"
	"time"
)

// Time is an instant: nanoseconds since an epoch of the caller's choosing, not
// before it: a connection takes a negative Time as 0. A connection never reads a
// clock; every Time comes from its caller.
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

// Timer names a timer of a connection. Timers that expire at the same instant are
// served in this order.
type Timer uint8

const (
	TimerRetransmit  Timer = iota // retransmission timeout (RFC 6298)
	TimerPersist                  // zero-window probe, and what silly-window avoidance held back too long
	TimerLossProbe                // tail loss probe (RFC 8985 §7)
	TimerDelayedACK               // the acknowledgment that waited for company
	TimerKeepAlive                // next keepalive probe
	TimerUserTimeout              // the oldest octet's user timeout
	TimerLinger                   // the end of lingering after Close
	TimerFinWait2                 // the FIN-WAIT-2 timeout
	TimerTimeWait                 // 2·MSL
	numTimers
)

var timerNames = [numTimers]string{
	"retransmit", "persist", "loss probe", "delayed ACK", "keepalive",
	"user timeout", "linger", "FIN-WAIT-2", "TIME-WAIT",
}

// String names the timer.
func (t Timer) String() string {
	if t < numTimers {
		return timerNames[t]
	}
	return "unknown timer"
}

// timers holds the deadlines of the timers that run; those of the others are zero.
type timers struct {
	due   [numTimers]Time
	next  Time   // the earliest of due; Never if none runs
	armed uint16 // a bit for each timer that runs
}

// set runs timer until due, in place of what it was set to before.
func (t *timers) set(timer Timer, due Time) {
	if due == Never {
		t.clear(timer)
		return
	}
	before := t.due[timer]
	t.due[timer] = due
	t.armed |= 1 << (timer & 15)
	if due <= t.next {
		t.next = due
	} else if before == t.next {
		t.refresh()
	}
}

// clear stops timer.
func (t *timers) clear(timer Timer) {
	due := t.due[timer]
	t.due[timer] = 0
	t.armed &^= 1 << (timer & 15)
	if due == t.next {
		t.refresh()
	}
}

func (t *timers) refresh() {
	t.next = Never
	for armed := t.armed; armed != 0; armed &= armed - 1 {
		t.next = min(t.next, t.due[bits.TrailingZeros16(armed)])
	}
}

// first returns the timer that is due first, by the order of Timer among equals.
func (t *timers) first() Timer {
	for armed := t.armed; armed != 0; armed &= armed - 1 {
		if i := bits.TrailingZeros16(armed); t.due[i] == t.next {
			return Timer(i)
		}
	}
	panic("tcp: BUG: no timer is due first")
}

// start runs timer for d from now on, in place of what it was set to before.
func (c *Conn) start(timer Timer, d time.Duration) {
	due := c.now.Add(d)
	if c.cfg.tick != 0 {
		due = c.cfg.wheelSlot(c.now, d)
	}
	if due == Never { // d is Forever, or reaches beyond the end of time
		c.stop(timer)
		return
	}
	c.timers.set(timer, due)
	if c.trace != nil && c.trace.TimerSet != nil {
		c.trace.TimerSet(c.now, timer, d, due)
	}
}

// expires returns when timer expires, or Never.
func (c *Conn) expires(timer Timer) Time {
	if !c.running(timer) {
		return Never
	}
	return c.timers.due[timer]
}

// stop stops timer; it need not run.
func (c *Conn) stop(timer Timer) {
	if c.running(timer) {
		c.stopRunning(timer)
	}
}

func (c *Conn) stopRunning(timer Timer) {
	c.timers.clear(timer)
	if c.trace != nil && c.trace.TimerStopped != nil {
		c.trace.TimerStopped(c.now, timer)
	}
}

func (c *Conn) stopAll() {
	for armed := c.timers.armed; armed != 0; armed &= armed - 1 {
		c.stop(Timer(bits.TrailingZeros16(armed)))
	}
}

// running reports whether timer runs.
func (c *Conn) running(timer Timer) bool { return c.timers.armed>>(timer&15)&1 != 0 }

// due returns when a timer expires that is set to d now: exactly then, or as the
// timer wheel of Config.TickRate has it.
func (c *Conn) due(d time.Duration) Time { return c.cfg.expiry(c.now, d) }

// expiry is when a timer set at now for d expires.
func (cfg *config) expiry(now Time, d time.Duration) Time {
	if cfg.tick == 0 {
		return now.Add(d)
	}
	return cfg.wheelSlot(now, d)
}

// The timer wheel has levels whose slots grow by a factor of 1<<wheelShift.
const (
	wheelLevels = 9
	wheelShift  = 3
)

// wheelSlot is Linux's timer wheel: times count in ticks, and a timer expires with
// its slot, never before its time. A slot is one tick for a delay below 63 ticks, and
// eight times as many for every factor of eight beyond.
func (cfg *config) wheelSlot(now Time, d time.Duration) Time {
	const slots = 63
	delay := Time(d / cfg.tick)
	if d%cfg.tick != 0 {
		delay++
	}
	level := 0
	for limit := Time(slots); delay >= limit && level < wheelLevels-1; limit <<= wheelShift {
		level++
	}
	unit := wheelShift * level
	ticks := (now.Add(cfg.TickPhase))/Time(cfg.tick) + delay
	slot := (ticks>>unit + 1) << unit
	if slot > Never/Time(cfg.tick) {
		return Never
	}
	return slot*Time(cfg.tick) - Time(cfg.TickPhase)
}

// expire begins a call: it runs the timers that are due at or before now, each at
// its own time and in the order of their deadlines. Whether the call is legal is asked
// afterwards, because they may have changed the state.
func (c *Conn) expire(now Time) {
	for c.timers.next <= now {
		c.fire()
	}
}

// observe moves on to now, once the call is known to be legal. A now that is
// earlier than the last one seen counts as that one.
func (c *Conn) observe(now Time) {
	c.expire(now)
	if now > c.now {
		c.now = now
	}
}

// Advance lets time pass until now. It runs the timers that are due, in the
// order of their deadlines and each at its own time, and returns as soon as one has
// given Next something to return; so
//
//	for c.Deadline() <= now {
//		c.Advance(now)
//		// drain c.Next
//	}
//
// sees every segment at its time. Before the deadline it does nothing; Never is
// not a time and does nothing either.
func (c *Conn) Advance(now Time) {
	if now == Never {
		return
	}
	for c.timers.next <= now {
		c.fire()
		if c.pending() {
			return
		}
	}
}

// Deadline returns when Advance is needed next, or Never. Read it after draining
// Next.
func (c *Conn) Deadline() Time { return c.timers.next }

// fire lets the first timer expire.
func (c *Conn) fire() {
	timer := c.timers.first()
	if due := c.timers.due[timer]; due > c.now {
		c.now = due
	}
	c.timers.clear(timer)
	if c.trace != nil && c.trace.TimerFired != nil {
		c.trace.TimerFired(c.now, timer)
	}
	switch timer {
	case TimerRetransmit:
		c.retransmitTimeout()
	case TimerPersist:
		c.persistTimeout()
	case TimerLossProbe:
		c.lossProbeTimeout()
	case TimerDelayedACK:
		c.delayedACKTimeout()
	case TimerKeepAlive:
		c.keepAliveTimeout()
	case TimerUserTimeout:
		c.end(KindUserTimeout, CauseTimeout)
	case TimerLinger:
		c.lingerTimeout()
	case TimerFinWait2:
		c.finWait2Timeout()
	case TimerTimeWait:
		c.end(KindNone, CauseTimeout)
	default:
		panic("tcp: BUG: unknown timer")
	}
}
