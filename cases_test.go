package tcp_test

import (
	"slices"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/invariant"
)

// Which of the cases of docs/teardown-cases.md a connection lives through, as seen
// from outside: so that tests which make up their input by chance can count what they
// reach.

// glance is what can be seen of a connection.
type glance struct {
	tcp.Status
	ready tcp.Ready
	err   error
}

// turn is one input of a connection, and all that it gave.
type turn struct {
	in      invariant.Event
	was, is glance // before it, and when everything was drained
	sent    []tcp.Segment
	*life
}

// life is what is remembered of a connection since it was opened.
type life struct {
	path       []tcp.State // without repetitions
	since      tcp.Time    // when the last of them began
	finSeq     tcp.Seq     // of our FIN
	fins       int         // how often it was sent
	finAt      tcp.Time    // when first
	restarts   int         // of TIME-WAIT
	challenges map[string]int
	sentIn     map[tcp.State]int // segments, by the state they left behind
	ackedFIN   bool              // the peer's FIN was acknowledged by a segment
	written    map[tcp.State]int // octets given to Send
	closedIn   tcp.State         // where the first CLOSE was called
	inFlight   bool              // octets were in flight then
	received   int               // octets, after our CLOSE
	oldInTW    bool              // an old segment was acknowledged in TIME-WAIT
	aborted    bool
	abandoned  bool   // FIN-WAIT-2 ended by its timer
	ts         uint32 // the peer's newest timestamp
	hasTS      bool
}

func newLife() *life {
	return &life{challenges: map[string]int{}, sentIn: map[tcp.State]int{}, written: map[tcp.State]int{}}
}

// caseCounter watches one connection.
type caseCounter struct {
	count *[numCases + 1]int
	turn  turn
	open  bool // a turn has begun
}

const numCases = 120

func newCaseCounter(count *[numCases + 1]int) *caseCounter {
	return &caseCounter{count: count, turn: turn{life: newLife()}}
}

// observe takes what a checker takes.
func (k *caseCounter) observe(c *tcp.Conn, e invariant.Event) {
	now := glance{c.Status(), c.Ready(), c.Err()}
	u := &k.turn
	switch e.Kind {
	case invariant.Sent:
		u.sent, u.is = append(u.sent, e.Seg), now
		u.noteSent(e, now.State)
	case invariant.Drained:
		u.is = now
		k.end()
	default:
		k.end() // if nothing was drained, what would be sent is unknown
		u.in, u.is, u.sent, k.open = e, now, u.sent[:0], true
	}
}

// end counts the cases of a turn that is over.
func (k *caseCounter) end() {
	u := &k.turn
	if !k.open {
		return
	}
	u.note()
	for i, reached := range cases {
		if reached != nil && reached(u) {
			k.count[i]++
		}
	}
	u.settle()
	u.was, k.open = u.is, false
}

func (u *turn) noteSent(e invariant.Event, s tcp.State) {
	u.sentIn[s]++
	if e.Seg.Flags.Has(tcp.FIN) {
		if u.fins == 0 {
			u.finAt = e.Now
		}
		u.fins, u.finSeq = u.fins+1, e.Seg.End()-1
	}
}

// note remembers what the cases of this turn need.
func (u *turn) note() {
	u.noteClose()
	if u.calls("Send") {
		u.written[u.was.State] += u.in.N
	}
	if u.arrives() && u.closedIn != tcp.StateClosed {
		u.received += max(u.is.Readable-u.was.Readable, 0)
	}
	if u.is.Counters.TimeWaitRestarts > u.was.Counters.TimeWaitRestarts {
		u.restarts++
	}
}

func (u *turn) noteClose() {
	if u.calls("Close", "CloseWrite", "Exit") && u.closedIn == tcp.StateClosed && u.was.ready&tcp.ReadyWriteClosed == 0 && u.is.ready&tcp.ReadyWriteClosed != 0 {
		u.closedIn, u.inFlight = u.was.State, u.was.SndUna != u.was.SndNxt
	}
	if u.calls("Abort") && u.was.State != tcp.StateClosed {
		u.aborted = true
		u.inFlight = u.was.SndUna != u.was.SndNxt
	}
}

// settle remembers what later cases need.
func (u *turn) settle() {
	if u.opens() {
		*u.life = *newLife()
	}
	if s := u.is.State; len(u.path) == 0 || u.path[len(u.path)-1] != s {
		u.path, u.since = append(u.path, s), u.in.Now
	}
	switch u.in.Verdict {
	case tcp.ChallengedRST, tcp.ChallengedSYN:
		if u.arrives() {
			u.challenges[u.in.Verdict.String()]++
		}
	case tcp.Accepted, tcp.ReackedFIN, tcp.FINTimeWait:
		if o := &u.in.Seg.Options; u.arrives() && o.Has(tcp.OptTimestamps) && (!u.hasTS || int32(o.TSVal-u.ts) > 0) {
			u.ts, u.hasTS = o.TSVal, true
		}
	case tcp.ReackedOld:
		u.oldInTW = u.oldInTW || u.arrives()
	}
	for i := range u.sent {
		if u.is.ready&tcp.ReadyEOF != 0 && u.sent[i].Flags.Has(tcp.ACK) && u.sent[i].Ack == u.is.RcvNxt {
			u.ackedFIN = true
		}
	}
	u.abandoned = u.abandoned || u.goes(tcp.StateFinWait2, tcp.StateClosed) && u.expires(tcp.TimerFinWait2)
}

// opens reports whether a new connection begins.
func (u *turn) opens() bool {
	return u.calls("Open", "Listen") || u.arrives() && u.in.Verdict == tcp.Reopen
}

// What the cases ask.

func (u *turn) calls(names ...string) bool {
	return u.in.Kind == invariant.Called && u.in.Err == nil && slices.Contains(names, u.in.Call)
}

func (u *turn) arrives() bool { return u.in.Kind == invariant.Arrived }

// gets reports a segment with these control bits.
func (u *turn) gets(f tcp.Flags) bool { return u.arrives() && u.in.Seg.Flags.Has(f) }

// plain reports a segment with none of SYN, FIN, RST.
func (u *turn) plain() bool {
	return u.arrives() && u.in.Seg.Flags&(tcp.SYN|tcp.FIN|tcp.RST) == 0
}

// text reports a segment with octets and without SYN and RST.
func (u *turn) text() bool {
	return u.arrives() && u.in.Seg.Len > 0 && u.in.Seg.Flags&(tcp.SYN|tcp.RST) == 0
}

func (u *turn) expires(timer tcp.Timer) bool {
	due := u.was.Timers[timer]
	return u.in.Kind == invariant.Passed && due != tcp.Never && due <= u.in.Now
}

func (u *turn) isIn(states ...tcp.State) bool { return slices.Contains(states, u.was.State) }

func (u *turn) goes(from, to tcp.State) bool { return u.was.State == from && u.is.State == to }

func (u *turn) stays(states ...tcp.State) bool { return u.isIn(states...) && u.is.State == u.was.State }

func (u *turn) ends(states ...tcp.State) bool {
	return u.isIn(states...) && u.is.State == tcp.StateClosed
}

func (u *turn) sends(f tcp.Flags) bool {
	return slices.ContainsFunc(u.sent, func(s tcp.Segment) bool { return s.Flags.Has(f) })
}

func (u *turn) sendsText() bool {
	return slices.ContainsFunc(u.sent, func(s tcp.Segment) bool { return s.Len > 0 })
}

func (u *turn) silent() bool { return len(u.sent) == 0 }

// takesFIN reports that the peer's FIN came in order with this segment.
func (u *turn) takesFIN() bool {
	return u.gets(tcp.FIN) && u.was.ready&tcp.ReadyEOF == 0 && u.is.ready&tcp.ReadyEOF != 0
}

// finAgain reports a FIN that was taken before.
func (u *turn) finAgain() bool {
	return u.gets(tcp.FIN) && u.was.ready&tcp.ReadyEOF != 0 && u.in.Seg.End() == u.was.RcvNxt
}

// acksFIN reports that our FIN is acknowledged by this segment.
func (u *turn) acksFIN() bool {
	return u.fins > 0 && u.gets(tcp.ACK) && u.in.Seg.Ack == u.finSeq+1 && u.was.SndUna != u.finSeq+1
}

// acksData reports that octets are acknowledged, and our FIN is not.
func (u *turn) acksData() bool {
	return u.gets(tcp.ACK) && u.was.SndUna.Less(u.is.SndUna) && !u.acksFIN()
}

// finWaits reports that CLOSE was called and its FIN has not been sent.
func (u *turn) finWaits() bool { return u.was.ready&tcp.ReadyWriteClosed != 0 && u.fins == 0 }

// orphan reports that no one holds the connection.
func (u *turn) orphan() bool { return u.was.References == 0 }

// queued reports octets that are not sent, or not acknowledged.
func (u *turn) queued() bool { return u.was.SndEnd != u.was.SndUna && u.fins == 0 }

func (u *turn) exactRST() bool { return u.gets(tcp.RST) && u.in.Seg.Seq == u.was.RcvNxt }

// windowShut reports that we offer no window.
func (u *turn) windowShut() bool { return u.was.RcvEdge == u.was.RcvNxt }

// timesOut reports an end for lack of acknowledgments.
func (u *turn) timesOut() bool {
	return u.in.Kind == invariant.Passed && u.is.Err == tcp.KindTimeout && u.was.Err == tcp.KindNone
}

func (u *turn) resets() bool { return u.sends(tcp.RST) }

// idleFor reports that a state has lasted that many seconds, and only time passes.
func (u *turn) idleFor(seconds int) bool {
	return u.in.Kind == invariant.Passed && u.is.State == u.was.State && u.in.Now.Sub(u.since).Seconds() >= float64(seconds)
}

// unarmed reports that no timer ran.
func (u *turn) unarmed() bool {
	return !slices.ContainsFunc(u.was.Timers[:], func(t tcp.Time) bool { return t != tcp.Never })
}

// stamped reports a segment with timestamps.
func (u *turn) stamped() bool { return u.in.Seg.Options.Has(tcp.OptTimestamps) }

// passed reports states in this order, at the end of the path.
func (u *turn) passed(states ...tcp.State) bool {
	n := len(u.path) - len(states)
	return n >= 0 && slices.Equal(u.path[n:], states)
}

func (u *turn) everIn(s tcp.State) bool { return slices.Contains(u.path, s) }
