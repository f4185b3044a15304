package invariant

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// Kind is the kind of an Event.
type Kind uint8

const (
	Called  Kind = iota // a method other than those below was called
	Arrived             // Arrive was called
	Sent                // Next returned a segment
	Drained             // Next returned false
	Passed              // Advance was called
)

// Event is one thing that was done to a connection.
type Event struct {
	Kind    Kind
	Now     tcp.Time
	Call    string // Called: the method's name
	N       int    // Called: its number, if it has one
	Err     error  // Called
	Seg     tcp.Segment
	Verdict tcp.Verdict
}

// Violation is a row that does not hold.
type Violation struct {
	Row  string
	Text string
}

func (v *Violation) Error() string { return v.Row + ": " + v.Text }

// Checker checks one connection. Its Trace must be the connection's.
type Checker struct {
	cfg     tcp.Config
	checked map[string]int
	found   []error
	trace   tcp.Trace

	now, was view // after this event, and after the one before
	events   int

	// Since the last event.
	transitions []transition
	fired       []tcp.Timer
	firedAt     tcp.Time // the last of them

	shadow
}

type transition struct {
	at       tcp.Time
	from, to tcp.State
	cause    tcp.Cause
}

// view is what can be seen of a connection.
type view struct {
	tcp.Status
	ready    tcp.Ready
	err      error
	acked    uint64
	deadline tcp.Time
	offset   uint64 // SendOffset of the segment sent
	urgent   uint64
	isUrgent bool
	taken    []piece
	held     []piece
}

type piece struct {
	off   uint64
	at, n int
}

// New returns a checker of a connection with configuration cfg, which is fresh, or
// has been made by Init.
func New(cfg tcp.Config) *Checker {
	k := &Checker{cfg: withDefaults(cfg), checked: make(map[string]int)}
	k.trace.Transition = func(now tcp.Time, from, to tcp.State, cause tcp.Cause) {
		k.transitions = append(k.transitions, transition{now, from, to, cause})
	}
	k.trace.TimerFired = func(now tcp.Time, t tcp.Timer) { k.fired, k.firedAt = append(k.fired, t), now }
	k.begin()
	return k
}

// withDefaults fills in the defaults of the fields that the checks need.
func withDefaults(cfg tcp.Config) tcp.Config {
	number := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
		*v = max(*v, 0)
	}
	duration := func(v *time.Duration, def time.Duration) {
		if *v == 0 {
			*v = def
		}
		*v = max(*v, 0)
	}
	number(&cfg.MSS, 1460)
	number(&cfg.ReceiveBuffer, 65535)
	number(&cfg.DataRetries2, 15)
	number(&cfg.DataRetries1, min(3, cfg.DataRetries2))
	number(&cfg.SYNRetries, 7)
	number(&cfg.SYNACKRetries, 7)
	number(&cfg.KeepAliveCount, 9)
	if cfg.OrphanRetries != tcp.OrphanRetriesAuto {
		number(&cfg.OrphanRetries, 8)
	}
	number(&cfg.ChallengeLimit, 1)
	duration(&cfg.ChallengeInterval, 500*time.Millisecond)
	duration(&cfg.MSL, 30*time.Second)
	duration(&cfg.RTOInitial, time.Second)
	duration(&cfg.RTOMax, 120*time.Second)
	return cfg
}

// Trace returns the hooks that the connection must be given.
func (k *Checker) Trace() *tcp.Trace { return &k.trace }

// Checked returns how often each row was checked.
func (k *Checker) Checked() map[string]int { return k.checked }

// holds notes that a row was checked, and that it does not hold.
func (k *Checker) holds(row string, ok bool, format string, args ...any) {
	k.checked[row]++
	if !ok {
		k.found = append(k.found, &Violation{row, fmt.Sprintf(format, args...)})
	}
}

// Observe looks at c after e. The error joins the violations that it finds.
func (k *Checker) Observe(c *tcp.Conn, e Event) error {
	return k.observe(look(c, e), e)
}

func look(c *tcp.Conn, e Event) view {
	v := view{Status: c.Status(), ready: c.Ready(), err: c.Err(), acked: c.Acked(), deadline: c.Deadline()}
	if e.Kind == Sent {
		v.offset = c.SendOffset(e.Seg.Seq)
	}
	v.urgent, v.isUrgent = c.UrgentMark()
	for i := 0; ; i++ {
		off, n, ok := c.Held(i)
		if !ok {
			break
		}
		v.held = append(v.held, piece{off, 0, n})
	}
	for i := 0; e.Kind == Arrived; i++ {
		off, at, n, ok := c.Taken(i)
		if !ok {
			break
		}
		v.taken = append(v.taken, piece{off, at, n})
	}
	return v
}

func (k *Checker) observe(v view, e Event) error {
	k.was, k.now = k.now, v
	if k.events == 0 {
		k.was = v
		if len(k.transitions) > 0 {
			k.was.State = k.transitions[0].from
		}
	}
	k.events++
	k.found = nil
	k.checkTransitions()
	if k.reborn() {
		k.beginAgain()
		k.follow(e)
	} else {
		k.follow(e)
		k.checkEvent(e)
	}
	k.checkState()
	if e.Kind == Drained {
		k.checkDrained(e)
	}
	k.after(e)
	k.transitions, k.fired = k.transitions[:0], k.fired[:0]
	return errors.Join(k.found...)
}

// beginAgain begins an incarnation behind another. One that comes of TIME-WAIT, or
// goes back to it, has limits of its own; TIME-WAIT ends when it would have.
func (k *Checker) beginAgain() {
	due, former := k.twDue, k.former
	k.begin()
	switch tcp.StateTimeWait {
	case k.was.State:
		k.former, k.challenges = due, nil
	case k.now.State:
		k.restored, k.twDue, k.challenges = true, former, nil
	}
}

// reborn reports that a new incarnation began, or the one before came back.
func (k *Checker) reborn() bool {
	for _, t := range k.transitions {
		if t.to == tcp.StateListen || t.from == tcp.StateTimeWait && t.to == tcp.StateSynReceived {
			return true
		}
		if t.from == tcp.StateSynReceived && t.to == tcp.StateTimeWait {
			return true
		}
		if t.from == tcp.StateListen && t.to == tcp.StateSynSent || t.from == tcp.StateClosed && t.to == tcp.StateSynSent {
			return true
		}
	}
	return false
}

func (k *Checker) checkEvent(e Event) {
	switch e.Kind {
	case Called:
		k.checkCall(e)
	case Arrived:
		k.checkVerdict(e)
		k.checkDelivery(e)
	case Sent:
		k.checkNumbers(e)
		k.checkSegment(e)
		k.checkWindow(e)
		k.checkOptions(e)
		k.checkReset(e)
		k.checkNew(e)
	case Passed:
		k.checkTimers(e)
	}
	k.checkMonotone(e)
	k.checkTimeWait(e)
	k.checkLimits()
	k.checkCounters(e)
}
